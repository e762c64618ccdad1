/*
 * companions.h
 *	  Which items users have together: X'X of both sides.
 */
#ifndef SYNREC_COMPANIONS_H
#define SYNREC_COMPANIONS_H

#include "metrics/comparison.h"

/*
 * Of sets.  With C the matrix of how many users have both of two different
 * items, divided by the number of users: |C original - C synthetic| / |C
 * original|, Frobenius norms.  0 for the same, about 1 for users whose items have
 * nothing to do with each other; it has no upper limit.  NaN when no original
 * user has two items.
 *
 * Exact, a row at a time, on threads; no matrix is made.  Work: the sum of the
 * squared lengths of both sides' histories.  Leaves as comparison_begin() does.
 */
extern double cooccurrence_distance(const Histories *original, const Histories *synthetic);

#endif
