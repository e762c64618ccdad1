/*
 * time_bins.h
 *	  Histograms of times: ranges that at least TIME_MIN_USERS users share.
 */
#ifndef SYNREC_TIME_BINS_H
#define SYNREC_TIME_BINS_H

#include "generators/model.h"
#include "math/random.h"

#define TIME_MIN_USERS 5

/* Within +-TIME_LIMIT sums of a few times cannot overflow. */
#define TIME_LIMIT (INT64_C(1) << 60)

typedef struct TimeBins
{
	int64_t count;
	const int64_t *low;  /* count; ascending */
	const int64_t *high; /* count; low < high <= the next low */
	const int64_t *sum;  /* count; weight of the bin and those below, ascending, above 0 */
} TimeBins;

/* Narrow bins side by side that are counted first: bin i is edge[i] to edge[i + 1]. */
typedef struct TimeCounts
{
	int64_t count;
	int64_t *edge;      /* count + 1; ascending */
	int64_t *weight;    /* count */
	int64_t *users;     /* count */
	int64_t *last_user; /* count */
	int64_t all_users;  /* in any bin */
	int64_t last_of_all;
} TimeCounts;

/* Allocates counts of nothing; edges are to be filled in. */
extern TimeCounts time_counts_new(int64_t count);

/* Users are counted in ascending order. */
extern void time_counts_add(TimeCounts *counts, int64_t bin, int64_t user, int64_t weight);

/*
 * The bins that enough users share; what is in the others counts to the nearest
 * of these.  Where no narrow bin has enough users but all together have, one
 * bin; else none.
 */
extern TimeBins time_bins_shared(const TimeCounts *counts);

/* Neighbours joined until each has enough users, where a user is in one narrow bin only. */
extern TimeBins time_bins_joined(const TimeCounts *counts);

/* Sections NAME_low, NAME_high, NAME_sum. */
extern void time_bins_write(const TimeBins *bins, const char *name, ModelWriter *writer);

/* Leaves by HOST_INVALID_VALUE when they are not as they should be; there may be no bins. */
extern TimeBins time_bins_open(const Model *model, const char *name);

/* Leaves by HOST_INVALID_VALUE when bins from outside are none. */
extern void time_bins_check(const TimeBins *bins);

/* A time drawn by weight, uniformly within its bin; 0 when there are no bins. */
extern int64_t time_bins_draw(const TimeBins *bins, Random *random);

/* The time below which the given share of the weight lies, 0 <= share < 1. */
extern int64_t time_bins_quantile(const TimeBins *bins, double share);

#endif
