/*
 * private_counts.h
 *	  Everything that the private form of co-occurrence learns from the data:
 *	  three sets of counts with noise.
 *
 * The unit is a user with her whole history; neighbours are data with and
 * without one user.  A history of more than max_items is clipped to a random
 * part.  Released are, one after the other, each with discrete Gaussian noise of
 * its own variance on every count:
 *
 *	  lengths	users with 1, 2, ..., max_items items, and with more.  A user is in
 *				one of these counts: she moves them by 1.
 *	  items		users with each item of the catalogue.  She moves max_items of them
 *				by 1, together (root of the sum of squares) by its root.
 *	  pairs		users with both of two items, for some items that are chosen by
 *				what was released of them.  Of these, at most pair_items of a user
 *				make pairs: t (t - 1) / 2 counts, moved by 1 each.
 *
 * What follows from released numbers needs no noise: how many users there are,
 * which items are popular enough for pairs, how many of them users have.
 */
#ifndef SYNREC_PRIVATE_COUNTS_H
#define SYNREC_PRIVATE_COUNTS_H

#include "data/histories.h"
#include "math/discrete_gaussian.h"

enum
{
	PRIVATE_LENGTHS,
	PRIVATE_ITEMS,
	PRIVATE_PAIRS,
	PRIVATE_RELEASES
};

typedef struct PrivateSettings
{
	double epsilon;
	double delta;
	int64_t max_items;
	double lengths_share;     /* of the budget (rho) */
	double items_share;       /* likewise; pairs get the rest */
	int64_t structured_items; /* items that have pairs; 0: as many as the noise lets speak */
	int64_t factors;          /* that pairs are to be decomposed into, for the memory it takes */
	int64_t pair_items;       /* of a user; 0: as many as users have on average */
	bool private_catalogue;   /* items that hardly anybody has are left out */
	double honesty;           /* what variances are multiplied by: 1, but in tests of the audit */
} PrivateSettings;

typedef struct PrivateRelease
{
	int64_t sensitivity2; /* square of what one user moves it by */
	int64_t variance;     /* of the noise, in units of 1 / VARIANCE_UNITS; 0: nothing released */
} PrivateRelease;

typedef struct PrivateCounts
{
	int64_t longest;     /* max_items, or the items of a public catalogue if they are fewer */
	int64_t *users_with; /* longest + 2: noisy users with so many items; the last: with more */
	int64_t items;       /* in the catalogue */
	int64_t *kept;       /* items: their indexes in the data; ascending */
	int64_t *item_users; /* items: noisy */
	double threshold;    /* that noisy counts of a private catalogue had to reach; or 0 */
	int64_t structured;  /* may be 0 */
	int64_t limit;       /* why not all are: STRUCTURE_... */
	uint32_t *chosen;    /* structured: indexes in the catalogue; ascending */
	int64_t pair_items;
	double *pairs; /* structured x structured: noisy, both triangles; the diagonal is 0 */
	PrivateRelease release[PRIVATE_RELEASES];
	double rho;     /* of all three together */
	double epsilon; /* that they keep with settings->delta; at most settings->epsilon */
} PrivateCounts;

/*
 * Leaves by HOST_INVALID_PARAMETER when delta is not below 1 / users or the
 * noise would be too large to draw, and by HOST_NO_DATA when no item is left in
 * a private catalogue.
 */
extern void private_counts(const Histories *data, const PrivateSettings *settings, PrivateCounts *counts);

/*
 * The parts of it that see the data.  Histories of at most "most" items, drawn
 * without replacement: no value to be stored.
 */
extern Histories private_clip(const Histories *data, int64_t most, StrongRandom *random);

/* longest + 2 counts of users by the length of their histories. */
extern int64_t *private_lengths(const Histories *data, int64_t longest);

#endif
