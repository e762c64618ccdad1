/*
 * rating_marginals.h
 *	  How alike the ratings of two sets of histories are: all of them, users'
 *	  and items' means.
 */
#ifndef SYNREC_RATING_MARGINALS_H
#define SYNREC_RATING_MARGINALS_H

#include "metrics/comparison.h"

typedef struct RatingMarginals
{
	double divergence;    /* total variation of the distributions of ratings, 0 to 1 */
	double user_distance; /* Wasserstein-1 distance of users' mean ratings, in units of a rating */
	double item_distance; /* the same of items' mean ratings */
} RatingMarginals;

/*
 * Both sides have ratings; each interaction counts.  Users and items of either
 * side are not matched: their means are compared as distributions.  Leaves by
 * HOST_NO_DATA when a side is empty.  Work: interactions x log(interactions).
 */
extern void
rating_marginals_compare(const Histories *original, const Histories *synthetic, RatingMarginals *result);

#endif
