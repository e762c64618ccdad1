/*
 * pairs.h
 *	  How many users have both of two items: the matrix X'X as a dense one.
 */
#ifndef SYNREC_DATA_PAIRS_H
#define SYNREC_DATA_PAIRS_H

#include "data/histories.h"

/*
 * Fills in items x items numbers, row-major, both triangles; the diagonal
 * holds the users of each item.  start and user are the inverted lists, as of
 * histories_invert().  Work: the sum of squared lengths, on threads.
 */
extern void pairs_gram(const Histories *data, const int64_t *start, const uint32_t *user, double *gram);

/* The same, allocated, with a diagonal of 0. */
extern double *pairs_count(const Histories *data);

#endif
