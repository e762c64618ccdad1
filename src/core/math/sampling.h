/*
 * sampling.h
 *	  Draws from a discrete distribution, with and without replacement.
 */
#ifndef SYNREC_SAMPLING_H
#define SYNREC_SAMPLING_H

#include "math/random.h"

#include <stdbool.h>

/*
 * An alias table: one draw in constant time (Walker 1977, Vose 1991).  Read
 * only after it is made, so threads may share it.
 */
typedef struct AliasTable
{
	int64_t count;
	int64_t positive;    /* entries with weight > 0 */
	double *log_weight;  /* count; -infinity where the weight is 0 */
	uint64_t *threshold; /* count; keep the entry below it, else its alias */
	uint32_t *alias;     /* count */
} AliasTable;

/* Weights >= 0, at least one > 0, of a finite sum; 0 < count < 2^32. */
extern AliasTable *alias_new(const double *weight, int64_t count);

/* Index drawn with probability weight / sum of weights. */
extern uint32_t alias_draw(const AliasTable *table, Random *random);

/* The place from first to last where the running sum first exceeds "at"; that of last does. */
static inline int64_t
find_in_sums(const int64_t *sum, int64_t first, int64_t last, int64_t at)
{
	while (first < last)
	{
		int64_t middle = first + (last - first) / 2;

		if (sum[middle] > at)
			last = middle;
		else
			first = middle + 1;
	}
	return first;
}

/* What one thread needs to draw without replacement. */
typedef struct DrawScratch
{
	uint32_t *stamp; /* count: the set that an index was last drawn in */
	uint32_t set;    /* number of the current set */
	double *key;     /* count: heap of Gumbel keys */
	uint32_t *heap;  /* count: indexes in the heap */
} DrawScratch;

extern DrawScratch *draw_scratch_new(int64_t count);

/*
 * Draws "wanted" different indexes one after the other, each with probability
 * proportional to weight among those not drawn yet, and gives back how many
 * there are: "wanted", or the number of positive weights when that is less.
 *
 * Repeats are rejected, which is exact; when rejections become frequent the
 * remaining indexes come from Gumbel top-k over those not drawn yet, which has
 * the same distribution (Efraimidis and Spirakis 2006).
 */
extern int64_t alias_draw_distinct(const AliasTable *table, Random *random, DrawScratch *scratch,
                                   int64_t wanted, uint32_t *drawn);

/* Begins a new set: no index is stamped. */
extern void draw_scratch_next(DrawScratch *scratch, int64_t count);

/*
 * One index that is not stamped, by weight among those.  There must be one
 * with a positive weight.  Does not stamp it.
 */
extern int64_t alias_draw_unused(const AliasTable *table, Random *random, const DrawScratch *scratch);

#endif
