/*
 * pair_weights.h
 *	  What a user's items so far say about the next one, beyond her topics.
 *
 * A history is taken in random order.  With weights J of pairs, a bias h of
 * each item and, for each step t, a trust b_t in the topics and a pull a_t of
 * the items so far, item j comes next with probability proportional to
 *
 *	  exp(b_t (h_j + ln P(j | topics)) + a_t sum over items i before of J_ij),
 *
 * items that the user has being left out.  J is symmetric, and zero where fewer
 * than so many users have both items: a pair's weight then never stands for one
 * person.
 */
#ifndef SYNREC_PAIR_WEIGHTS_H
#define SYNREC_PAIR_WEIGHTS_H

#include "generators/pair_counts.h"
#include "generators/topic_model.h"

typedef struct PairLimits
{
	int64_t epochs;    /* at least 1 */
	int64_t batch;     /* users per step of learning, at least 1 */
	int64_t positions; /* steps that are told apart, at least 1 */
	double penalty;    /* of squared weights, for all users together */
	double rate;       /* of learning weights */
} PairLimits;

typedef struct PairWeights
{
	int64_t positions;
	float *weight; /* like counts->item: J, in the rows of both items */
	float *bias;   /* padded items: h */
	double *pull;  /* positions: a */
	double *trust; /* positions: b */
	double *loss;  /* epochs: mean of -ln P(next item), before the epoch's changes */
} PairWeights;

/* Memory of pair_weights_fit(). */
extern int64_t pair_weights_bytes(const TopicFit *fit, const PairLimits *limits, int64_t pairs);

/*
 * Learns the weights of the counted pairs by Adagrad (Duchi et al. 2011) on
 * the mean of -ln P(next item), from zero.  Longer histories give "positions"
 * of their items, others in each epoch.  Results depend on the seed and not on
 * the number of threads.  Work: epochs x users x positions x items exponentials.
 */
extern void pair_weights_fit(const TopicFit *fit, const PairCounts *counts, const PairLimits *limits,
                             uint64_t seed, PairWeights *weights);

/*
 * Sets score[j] = trust x base[j] + pull x drawn[j], over whole vectors of
 * items, for fitting and drawing alike.
 */
extern void pair_weights_score(const float *base, const float *drawn, int64_t padded, float trust, float pull,
                               float *score);

/* What replaces the base of an item that is not to be drawn any more. */
#define PAIR_WEIGHTS_USED (-1e30f)

#endif
