/*
 * mixture.h
 *	  Mixtures of Gaussians with full covariances: fitting, drawing.
 *
 * A mixture holds shares, means and covariances, never a row.  Its arrays are
 * plain, so that a model can keep them as sections and read them in place.
 */
#ifndef SYNREC_MIXTURE_H
#define SYNREC_MIXTURE_H

#include "math/random.h"

#include <stdbool.h>

typedef struct Mixture
{
	int64_t components;
	int64_t dimensions;
	const double *weight; /* components; share of the rows */
	const double *mean;   /* components x dimensions */
	const double *factor; /* components x mixture_factor_size(dimensions): see below */
} Mixture;

/*
 * A covariance is L L' with L lower triangular, kept column after column from
 * the diagonal down: column j begins after the dimensions, dimensions - 1, ...
 * entries of those before it.
 */
extern int64_t mixture_factor_size(int64_t dimensions);

/* What a fit may do and must keep to. */
typedef struct MixtureLimits
{
	int64_t components; /* at most */
	int64_t steps;      /* of EM, at most, beside those after which a component is dropped; at least 1 */
	double ridge;       /* > 0, added to the diagonal of each covariance */
	double least;       /* rows that a component must be made of, in expectation; 1 if less */
} MixtureLimits;

typedef struct MixtureFit
{
	Mixture mixture;       /* components with the greatest shares first */
	double *rows;          /* per component: of how many rows it was made, in expectation */
	double log_likelihood; /* per row, of the last step; see mixture.c for what is added up */
	int64_t steps;
} MixtureFit;

/* Memory of mixture_fit(): compare it with the host's limit before calling. */
extern int64_t mixture_bytes(int64_t rows, int64_t dimensions, int64_t components);

/*
 * Fits a mixture to rows (rows x dimensions, finite), at least one row and one
 * dimension.  "start" gives each row's component to begin with, a number below
 * limits->components; NULL for centres by k-means++ and some rounds of k-means,
 * as the seed decides.  Components made of fewer than limits->least rows are
 * dropped, the smallest first, and their rows go to the others; one always
 * stays.  Stops when a step gains less than 1e-4 per row.
 *
 * Results do not depend on the number of threads.  Work: a step costs about
 * 2 x rows x components x dimensions^2 flops; a cancel waits for dimensions^3
 * of them, so some hundred dimensions are the most.  Leaves as blas_load() does.
 */
extern void mixture_fit(const double *row, int64_t rows, int64_t dimensions, const uint32_t *start,
                        const MixtureLimits *limits, uint64_t seed, MixtureFit *fit);

/*
 * Tells whether arrays from outside are a mixture that can be drawn from:
 * shares that add up to 1, positive diagonals, and nothing huge or infinite.
 */
extern bool mixture_valid(const Mixture *mixture);

/* Draws a row of "dimensions" numbers.  Only reads the mixture; any thread. */
extern void mixture_draw(const Mixture *mixture, Random *random, double *row);

#endif
