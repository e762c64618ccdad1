/*
 * dense.h
 *	  Dense matrices, row-major, over BLAS and LAPACK.
 *
 * Each call of BLAS works in one thread; work is split among threads above it,
 * in tiles whose size does not depend on the number of threads.  Calls are
 * short, so that a cancel is answered between them.
 */
#ifndef SYNREC_DENSE_H
#define SYNREC_DENSE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Replaces a symmetric positive definite matrix (n x n, both triangles filled
 * in) by its inverse.  Gives back false when it is not positive definite; it is
 * destroyed then.  Work: n^3 flops, on threads; memory: 256 columns more.
 * Leaves as blas_load() does.
 */
extern bool dense_spd_invert(double *matrix, int64_t n);

#endif
