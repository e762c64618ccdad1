/*
 * gram.h
 *	  How many users have both of two items: the matrix X'X as a dense one.
 */
#ifndef SYNREC_GRAM_H
#define SYNREC_GRAM_H

#include "recommenders/recommender.h"

/*
 * Fills in items x items numbers, row-major, both triangles; the diagonal
 * holds the users of each item.
 */
extern void gram_matrix(const Training *training, double *gram);

#endif
