/*
 * ranking.h
 *	  Where items stand when a recommender has scored them all, and what is made
 *	  of that: the metrics of one user, and their means.
 *
 * Items of equal score are in an order of chance, which depends on a seed, the
 * user and the item and never on the item's key: keys often follow popularity.
 */
#ifndef SYNREC_RANKING_H
#define SYNREC_RANKING_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes scores equal that differ only by how sums were rounded, so that chance
 * decides between them and not an item's place: turns them into whole numbers
 * of a unit, some 2^-33 of the greatest one's size, which is given back.
 */
extern double ranking_round(double *score, int64_t items);

/*
 * How many items come before "item".  Items that do not take part have score
 * -infinity.
 */
extern int64_t ranking_before(const double *score, int64_t items, uint64_t seed, int64_t user, int64_t item);

/*
 * Writes the indexes of the "wanted" first items in order, leaving out those
 * of score -infinity, and gives back how many they are.
 */
extern int64_t ranking_first(const double *score, int64_t items, uint64_t seed, int64_t user, int64_t wanted,
                             uint32_t *first);

/*
 * Metrics.  A user has "held" held-out items, of which some stand at ranks
 * from 1 and others, unknown to the recommender, nowhere.
 *
 *	precision@k	 held-out items among the first k, divided by k
 *	recall@k	 the same, divided by the held-out items
 *	hit_rate@k	 1 if there is one, else 0
 *	ndcg@k		 sum of 1 / log2(rank + 1) over held-out items among the first
 *				 k, divided by the greatest such sum, of min(k, held) items
 *	map@k		 mean over min(k, held) of the precision at each of their ranks
 *	mrr			 1 / rank of the first of all, 0 if there is none
 *	coverage@k	 share of the catalogue that is among somebody's first k
 */
typedef enum MetricKind
{
	METRIC_PRECISION,
	METRIC_RECALL,
	METRIC_HIT_RATE,
	METRIC_NDCG,
	METRIC_MAP,
	METRIC_MRR,
	METRIC_COVERAGE
} MetricKind;

#define METRIC_KINDS 7

extern const char *const metric_kind_names[METRIC_KINDS + 1]; /* ended by NULL */

typedef struct Metric
{
	MetricKind kind;
	int64_t cutoff; /* k; of mrr, 0 */
} Metric;

/* "recall@10" */
extern char *metric_name(const Metric *metric);

/* The kind has a cutoff. */
extern bool metric_has_cutoff(MetricKind kind);

/*
 * A metric of one user, whose held-out items stand at ranks rank[0] <= ... <=
 * rank[found - 1].  Not for coverage.
 */
extern double metric_of_user(const Metric *metric, const int64_t *rank, int64_t found, int64_t held);

#endif
