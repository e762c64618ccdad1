/*
 * principal.h
 *	  Principal components of users as binary vectors.
 */
#ifndef SYNREC_PRINCIPAL_H
#define SYNREC_PRINCIPAL_H

#include "data/histories.h"

typedef struct Principal
{
	int64_t items;
	int64_t count;
	double *mean; /* items: share of users with the item */
	double
		*component;   /* items x count, row-major: orthonormal columns, that of the greatest variance first */
	double *variance; /* count, of the users along each component */
} Principal;

/*
 * The first "count" components of the centred data, min(count, items) of them,
 * by subspace iteration.  X stays sparse; the centring is a correction of rank
 * one.  Each component points to where the sum of its entries is positive.
 * Stops when the variances change by less than 1e-9 of the first, or after 300
 * steps.  Work per step: 4 x interactions x (count + 6) flops.
 * Leaves by HOST_NO_DATA when there are no users.
 */
extern void principal_components(const Histories *data, int64_t count, uint64_t seed, Principal *result);

/*
 * Places of users in the components: users x count, allocated.  place says for
 * each item of data which item of the components it is, or -1; NULL when
 * the items are the same.
 */
extern double *principal_project(const Principal *principal, const Histories *data, const int64_t *place);

#endif
