/*
 * association.h
 *	  From how many users have both of two items to loadings of the items.
 *
 * When users are as factors.h has them, the users with both of i and j are, to
 * first order, exp(V_i . V_j) times as many as if the two had nothing to do
 * with each other.  So loadings come from moments, without optimisation: the
 * excess of the counts over independence is cleaned of noise by its leading
 * eigenpairs, then its logarithm is decomposed in the same manner.
 */
#ifndef SYNREC_ASSOCIATION_H
#define SYNREC_ASSOCIATION_H

#include <stdint.h>

typedef struct Association
{
	int64_t items;
	double *pairs;       /* items x items: users with both; destroyed */
	const double *count; /* items: users with each, > 0 */
	double expected;     /* users with both of i and j by chance: this * count[i] * count[j] */
	double noise;        /* variance of noise that was added to each of the pairs */
	double smoothing;    /* users to add to each count where it divides */
	int64_t factors;     /* at most so many */
	double gamma;        /* what loadings are multiplied by */
	double max_lift;     /* observed over expected pairs, less 1, is cut to this */
	double max_loading;  /* loadings are cut to this size */
} Association;

/*
 * Gives back how many factors stand out of the noise, and allocates their
 * loadings: *loading is factors x items.  *edge is what their eigenvalues had
 * to exceed, *leading the greatest of them.
 */
extern int64_t association_factors(const Association *association, uint64_t seed, float **loading,
                                   double *edge, double *leading);

/* Bytes that association_factors() takes, the pairs included. */
extern int64_t association_bytes(int64_t items, int64_t factors);

#endif
