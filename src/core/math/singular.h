/*
 * singular.h
 *	  The leading right singular vectors of the users x items matrix X: the
 *	  eigenvectors of X'X of its greatest eigenvalues.
 */
#ifndef SYNREC_SINGULAR_H
#define SYNREC_SINGULAR_H

#include "data/histories.h"

typedef struct SingularVectors
{
	int64_t items;
	int64_t count;  /* of vectors: as many as asked for, or one per item */
	double *vector; /* items x count, row-major: columns are the vectors, orthonormal */
	double *value;  /* count singular values, descending */
} SingularVectors;

/*
 * Finds "count" >= 1 vectors.  Small matrices are solved as dense ones; others
 * by subspace iteration on more vectors than asked for, each step a Chebyshev
 * polynomial of X'X that dampens the unwanted part of the spectrum (Zhou, Saad,
 * Tiago and Chelikowsky 2006), until |X'X v - value^2 v| is below
 * tolerance x greatest value^2 for all vectors asked for, or for a bounded
 * number of steps.  X stays sparse: a product costs 4 x interactions x vectors
 * flops.
 *
 * Vectors of (nearly) equal values are some basis of their space.  The random
 * start depends on the seed; results do not depend on the number of threads.
 */
extern void singular_vectors(const Histories *data, int64_t count, double tolerance, uint64_t seed,
                             SingularVectors *result);

/* Memory that singular_vectors() takes, its result included. */
extern int64_t singular_bytes(int64_t users, int64_t items, int64_t interactions, int64_t count);

#endif
