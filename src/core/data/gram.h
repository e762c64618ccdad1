/*
 * gram.h
 *	  How many users have both of two items: the matrix X'X that the linear
 *	  recommenders and the generator of co-occurrence start from.
 */
#ifndef SYNREC_GRAM_H
#define SYNREC_GRAM_H

#include "data/histories.h"

/*
 * Gives back items x items numbers, row-major, both triangles; the diagonal
 * holds the users of each item.  Leaves by HOST_MEMORY_LIMIT, naming the
 * operation, when one such matrix would be too much.
 */
extern double *gram_matrix(const Histories *data, const char *operation);

/* Adds them to a matrix that is there. */
extern void gram_count(const Histories *data, double *gram);

#endif
