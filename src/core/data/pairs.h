/*
 * pairs.h
 *	  How many users have both of two items.
 */
#ifndef SYNREC_DATA_PAIRS_H
#define SYNREC_DATA_PAIRS_H

#include "data/histories.h"

/*
 * Gives back items x items numbers, row-major, both triangles, allocated; the
 * diagonal is 0.  Work: the sum of squared lengths, on threads.
 */
extern double *pairs_count(const Histories *data);

#endif
