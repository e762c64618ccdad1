/*
 * eigen.h
 *	  The leading eigenpairs of a large symmetric matrix.
 *
 * Block subspace iteration with Chebyshev filters and Rayleigh and Ritz's
 * projection: a block of columns is multiplied by a polynomial of the matrix,
 * made orthonormal, and rotated so that the matrix restricted to it is diagonal
 * (Saad, "Numerical methods for large eigenvalue problems", 2011, chapters 5
 * and 7).
 */
#ifndef SYNREC_EIGEN_H
#define SYNREC_EIGEN_H

#include <stdint.h>

typedef struct EigenLimits
{
	double tolerance; /* |Av - lv| at most so many times the greatest |l| ... */
	double floor;     /* ... for every wanted pair with |l| above this */
	int64_t rounds;   /* or when so many products were taken */
} EigenLimits;

/*
 * Sets value[k] and column k of vector (n x wanted, row-major, orthonormal) to
 * the pairs of greatest absolute value, descending by it, and gives back how
 * many there are: "wanted", 1 <= wanted <= n, or fewer when the rank is.  The
 * first entry of a vector that is not 0 is positive.  matrix is n x n with both
 * triangles filled in.  Results depend on the matrix, the limits and the seed
 * only.  Work: 2 n^2 (wanted + 12) flops a round, on threads.
 */
extern int64_t eigen_leading(const double *matrix, int64_t n, int64_t wanted, const EigenLimits *limits,
                             uint64_t seed, double *value, double *vector);

/* Bytes that eigen_leading() takes beside its arguments. */
extern int64_t eigen_bytes(int64_t n, int64_t wanted);

/*
 * All eigenvalues of a symmetric matrix (n x n), descending by absolute value;
 * column k of the matrix (row-major) becomes the vector of value[k].  n is to
 * be small: one call of LAPACK, which no cancel interrupts.
 */
extern void eigen_small(double *matrix, int64_t n, double *value);

#endif
