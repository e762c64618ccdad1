/*
 * membership.h
 *	  Membership identifiability: is a synthetic user nearer to me than others?
 *
 * After Noble et al., "Realistic but Non-Identifiable Synthetic User Data
 * Generation" (EvalRS 2023), section 4.1.  Users are sets of items; the
 * distance is d^2(u, v) = sum of w_i over items that just one of them has,
 * with the weights of comparison.h.
 */
#ifndef SYNREC_MEMBERSHIP_H
#define SYNREC_MEMBERSHIP_H

#include "metrics/comparison.h"

/*
 * For each original user u, *closer: how many other original users are
 * strictly closer to u than the nearest synthetic user is, and *distance: d^2
 * to that nearest synthetic user, in WEIGHT_UNITs.  Both have
 * original->users entries and are allocated.
 *
 * u is identifiable at k when closer < k.  The paper's neighbourhood counts u
 * itself, so its k is ours plus one.  Leaves as comparison_begin() does.
 *
 * Exact.  Work: sum over items of f_i * (f_i + synthetic users with i)
 * additions and users * (users + synthetic users) comparisons, on threads.
 */
extern void membership_closer(const Histories *original, const Histories *synthetic, int64_t **closer,
                              int64_t **distance);

/* Share of users with closer < k. */
extern double membership_share(const int64_t *closer, int64_t users, int64_t k);

#endif
