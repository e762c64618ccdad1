/*
 * blas.h
 *	  The BLAS and LAPACK functions that synrec calls, from OpenBLAS.
 *
 * OpenBLAS is loaded when it is first needed, not linked, because of what its
 * three builds do in a server process:
 *
 *	serial	 has no locks.  Called from two threads at a time it now and then
 *			 gives both the same buffer and returns wrong products (seen: 4 to 25
 *			 of 80,000 products of 250 x 256 x 128).
 *	OpenMP	 is not made for being called from several threads either.
 *	pthread  is safe, but starts threads of its own while it is being loaded,
 *			 which signals to the process could hit: unless the environment says
 *			 that there shall be one, which has to be so before it is loaded.
 *
 * So the pthread build is loaded with OPENBLAS_NUM_THREADS=1, and threads are
 * made above it.  Whatever else is found is used from one thread at a time.
 */
#ifndef SYNREC_BLAS_H
#define SYNREC_BLAS_H

#include <stdbool.h>

enum
{
	BLAS_ROW_MAJOR = 101,
	BLAS_NO_TRANSPOSE = 111,
	BLAS_TRANSPOSE = 112,
	BLAS_UPPER = 121,
	BLAS_LOWER = 122
};

typedef struct Blas
{
	bool concurrent; /* may be called from several threads at a time */
	void (*dgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha,
	              const double *a, int lda, const double *b, int ldb, double beta, double *c, int ldc);
	void (*sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
	              const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
	/* LAPACK, with its own conventions: columns first, everything by address */
	void (*dsyev)(const char *job, const char *triangle, const int *n, double *a, const int *lda, double *w,
	              double *work, const int *work_size, int *info);
	void (*dpotrf)(const char *triangle, const int *n, double *a, const int *lda, int *info);
	void (*dpotri)(const char *triangle, const int *n, double *a, const int *lda, int *info);
} Blas;

/*
 * Gives back the functions, loading them the first time; leaves by
 * HOST_MISSING_LIBRARY when OpenBLAS is not installed, and as host_alloc() does
 * when there is no memory for its buffers.  To be called once by every
 * operation, by the thread that then calls parallel_for(), not from its body.
 */
extern const Blas *blas_load(void);

#endif
