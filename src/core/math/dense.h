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

#include "math/blas.h"
#include "math/parallel.h"

#include <stdbool.h>
#include <stdint.h>

/* parallel_for(), or one shard after the other where BLAS allows no more than one thread. */
extern void
dense_over_shards(const Blas *blas, int workers, int64_t count, int64_t shard, ParallelBody body, void *task);

/*
 * Replaces symmetric positive definite matrices (count of them, n x n each,
 * both triangles filled in) by their inverses.  Gives back false when one is
 * not positive definite; all are destroyed then.  They go forward side by side,
 * which keeps threads busy.  Work: n^3 flops each, on threads; memory:
 * dense_invert_bytes() more.  Leaves as blas_load() does.
 */
extern bool dense_spd_invert(double **matrix, int count, int64_t n);
extern int64_t dense_invert_bytes(int count, int64_t n);

#endif
