/*
 * attribute.h
 *	  Attribute identifiability: can items that I hid be guessed with the help
 *	  of the synthetic users?
 *
 * After Noble et al. (EvalRS 2023), section 4.3: EASE is trained on the
 * synthetic users; for each original user with at least two items, a fifth of
 * them (rounded down, at least one) is held out, the others are scored, and
 * the figure is the share of the held-out ones among the "cutoff" best items
 * that are not among the others.  A held-out item that no synthetic user has
 * is a miss.
 */
#ifndef SYNREC_ATTRIBUTE_H
#define SYNREC_ATTRIBUTE_H

#include "metrics/comparison.h"

/*
 * Gives back one recall per original user, allocated; -1 for users with one
 * item.  cutoff >= 1.  Which items are held out, and the order of items with
 * equal scores, depend on the seed, the user and the item's place only.
 * Leaves as comparison_begin() and ease_fit() do.
 */
extern double *attribute_by_user(const Histories *original, const Histories *synthetic, int64_t cutoff,
                                 double lambda, uint64_t seed);

/* Mean of the recalls; leaves by HOST_NO_DATA when all users have one item. */
extern double attribute_mean(const double *recall, int64_t users);

#endif
