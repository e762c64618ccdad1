/*
 * factors.h
 *	  Users whose tastes are a few numbers: the sampler that the generators of
 *	  co-occurrence share.
 *
 * A user is z, independent normal numbers of mean 0 and variance 1, one per
 * factor.  Her items are drawn one after the other without repetition, item i
 * with probability proportional to exp(b_i + V_i . z) among those not drawn
 * yet: the same as the items of greatest b_i + V_i . z plus Gumbel noise.
 * Items without structure have no V_i; with no factors at all, items are
 * drawn by popularity alone.
 */
#ifndef SYNREC_FACTORS_H
#define SYNREC_FACTORS_H

#include "generators/generator.h"
#include "generators/lengths.h"

typedef struct Factors
{
	int64_t items;
	int64_t structured;     /* items with loadings */
	int64_t factors;        /* 0 when structured is, and the other way round */
	const uint32_t *item;   /* structured; ascending */
	const float *loading;   /* factors x structured: V, transposed */
	const float *intercept; /* items: b */
	const Lengths *lengths;

	/* made by factors_prepare() */
	int64_t plain;        /* items without loadings */
	uint32_t *plain_item; /* plain; ascending */
	double *plain_sum;    /* plain; weights exp(b - plain_shift), added up */
	float plain_shift;
} Factors;

/* Makes what drawing needs; allocated the first time, filled in anew each time. */
extern void factors_prepare(Factors *factors);

/*
 * Moves the intercepts so that synthetic users have the items as often as
 * users have them: wanted[i] of "users" users.  In each of "rounds" rounds
 * "sample" users are drawn, and b_i moves by a part of the difference of logarithms
 * of what is wanted and what there is, both plus one: by 0.8 in the first half of the
 * rounds, then by less and less, so that the chance of single rounds goes out.
 */
extern void factors_calibrate(Factors *factors, float *intercept, const double *wanted, double users,
                              int64_t sample, int64_t rounds, uint64_t seed);

/* Adds the sections that factors_open() reads; lengths are written apart. */
extern void factors_write(const Factors *factors, ModelWriter *writer);

/* The functions of a Generator. */
extern void *factors_open(const Model *model, int64_t *longest);
extern void *factors_scratch(const void *sampler);
extern void factors_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
                             HistoryBatch *batch);

/* Users per call of factors_generate(). */
#define FACTORS_BLOCK 64

/* Intercepts and loadings beyond this are malformed: scores would overflow. */
#define FACTORS_MOST 1000.0f

#endif
