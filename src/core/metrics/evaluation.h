/*
 * evaluation.h
 *	  How good recommenders are: each of them, by each metric, in each run.
 */
#ifndef SYNREC_EVALUATION_H
#define SYNREC_EVALUATION_H

#include "metrics/ranking.h"
#include "metrics/split.h"
#include "recommenders/recommender.h"

/* What is evaluated, and how. */
typedef struct EvaluationPlan
{
	const RecommenderChoice *recommender; /* recommenders */
	int recommenders;
	const Metric *metric; /* metrics */
	int metrics;
	int64_t runs;
	int64_t users; /* per run, at most; drawn without replacement, afresh each run */
	uint64_t seed;
	int side;          /* 0 or 1: evaluations of the same data that are to be independent */
	const char *stage; /* for progress */
} EvaluationPlan;

/* The users of a run are too few below this. */
#define EVALUATION_LEAST_USERS 10

/*
 * Gives back recommenders x metrics x runs values, allocated: means over the
 * users of a run that are tried on (split.h).  The same split, the same held-out
 * items and the same order of equal scores serve all recommenders of a run.
 *
 * Leaves by HOST_NO_DATA when there are fewer than EVALUATION_LEAST_USERS
 * users, or none with two items to try on, and by HOST_MEMORY_LIMIT, before
 * allocating, when a recommender needs more than the host allows.
 */
extern double *evaluate(const Histories *data, const EvaluationPlan *plan);

/*
 * The same with recommenders that are trained on the users of "train" and tried
 * on all users of "tried" with two items or more.  Leaves by HOST_NO_DATA when
 * the sets share no item.
 */
extern double *evaluate_transfer(const Histories *train, const Histories *tried, const EvaluationPlan *plan);

/* One run on a given split: sets the values of that run. */
extern void evaluate_split(const EvaluationPlan *plan, const Split *split, int64_t run, double *value);

/* Place of a value. */
static inline int64_t
evaluation_index(const EvaluationPlan *plan, int recommender, int metric, int64_t run)
{
	return ((int64_t) recommender * plan->metrics + metric) * plan->runs + run;
}

#endif
