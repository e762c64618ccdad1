/*
 * deanonymization.h
 *	  De-anonymization identifiability: what do the synthetic users nearest to
 *	  me tell about my items?
 *
 * After Noble et al. (EvalRS 2023), section 4.2: the mutual information, in
 * nats, of "u has item I" and "v has item I" for an item I drawn with
 * probability proportional to its weight (comparison.h) from all items that
 * either set has; averaged over the synthetic users v that share most items
 * with u.
 */
#ifndef SYNREC_DEANONYMIZATION_H
#define SYNREC_DEANONYMIZATION_H

#include "metrics/comparison.h"

/*
 * Gives back one figure per original user, allocated: the mean over her
 * "neighbors" (>= 1) synthetic users with most items in common; among equals
 * those with the shorter history, then the earlier ones; all synthetic users
 * when there are fewer.  Leaves as comparison_begin() does.
 *
 * Exact.  Work: sum over items of (original users with it) * (synthetic users
 * with it) additions and users * synthetic users comparisons, on threads.
 */
extern double *
deanonymization_by_user(const Histories *original, const Histories *synthetic, int64_t neighbors);

#endif
