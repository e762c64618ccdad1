/*
 * membership.h
 *	  Membership identifiability: is a synthetic user nearer to me than others?
 *
 * After Noble et al., "Realistic but Non-Identifiable Synthetic User Data
 * Generation" (EvalRS 2023), section 4.1.  Users are sets of items; the
 * distance is d^2(u, v) = sum of w_i over items that just one of them has,
 * with w_i = 1 / ln(1 + max(f_i, 1)) and f_i the number of original users who
 * have item i (the 1 + keeps an item that was seen once finite).
 *
 * Weights are rounded to multiples of 2^-40 and summed as integers, so sums
 * are exact in any order, and users at equal distances tie exactly.
 */
#ifndef SYNREC_MEMBERSHIP_H
#define SYNREC_MEMBERSHIP_H

#include "data/histories.h"

/* Distances squared are integers in this unit. */
#define MEMBERSHIP_UNIT 0x1p-40

/*
 * For each original user u, *closer: how many other original users are
 * strictly closer to u than the nearest synthetic user is, and *distance: d^2
 * to that nearest synthetic user, in units of 2^-40.  Both have
 * original->users entries and are allocated.
 *
 * u is identifiable at k when closer < k.  The paper's neighbourhood counts u
 * itself, so its k is ours plus one.  Leaves by HOST_NO_DATA when a set is
 * empty or the sets share no item.
 *
 * Exact.  Work: sum over items of f_i * (f_i + synthetic users with i)
 * additions and users * (users + synthetic users) comparisons, on threads.
 */
extern void membership_closer(const Histories *original, const Histories *synthetic,
							  int64_t **closer, int64_t **distance);

/* Share of users with closer < k. */
extern double membership_share(const int64_t *closer, int64_t users, int64_t k);

/* w_i in units of 2^-40 for an item that "frequency" original users have. */
extern int64_t item_weight(int64_t frequency);

#endif
