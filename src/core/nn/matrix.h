/*
 * matrix.h
 *	  Row-major matrices and what is computed with them.
 *
 * The functions are the arithmetic of the tape (tape.h): they write results
 * into memory that they are given, allocate nothing and call nothing of
 * host.h, so threads may run them side by side on different results.
 *
 * "Covers": b covers a when it has a's rows or one, and a's columns or one; it
 * is then read as if its row or column were repeated.
 */
#ifndef SYNREC_MATRIX_H
#define SYNREC_MATRIX_H

#include "nn/real.h"

#include <stdbool.h>
#include <stdint.h>

/* Rows may be a part of longer ones: entry (i, j) is value[i * stride + j]. */
typedef struct Matrix
{
	int64_t rows;
	int64_t cols;
	int64_t stride; /* entries from one row to the next */
	real *value;
} Matrix;

/*
 * A sparse matrix by rows: row i has the entries start[i] .. start[i + 1] - 1,
 * each in a column of its own.
 */
typedef struct Sparse
{
	int64_t rows;
	int64_t cols;
	const int64_t *start;   /* rows + 1 */
	const uint32_t *column; /* of each entry */
	const real *value;      /* of each entry; NULL when all are 1 */
} Sparse;

/* Functions of one number; alpha and beta are constants. */
typedef enum MapFunction
{
	MAP_AFFINE, /* alpha x + beta */
	MAP_EXP,
	MAP_LOG,
	MAP_SQRT,
	MAP_RECIPROCAL,
	MAP_TANH,
	MAP_SIGMOID,
	MAP_SOFTPLUS, /* ln(1 + exp x) */
	MAP_LEAKY,    /* x where x > 0, else alpha x */
	MAP_STEP      /* 1 where x > 0, else alpha: its derivative */
} MapFunction;

/*
 * Loads BLAS; leaves as blas_load() does.  To be called before the first
 * product, and not by a thread of parallel_for().
 */
extern void matrix_prepare(void);

/* c = op(a) op(b), or c += that; op transposes where it is told to. */
extern void matrix_product(const Matrix *a, bool transpose_a, const Matrix *b, bool transpose_b,
                           bool accumulate, Matrix *c);

/* c = s a, or its transpose times a; or c += that. */
extern void
matrix_sparse_product(const Sparse *s, bool transpose, const Matrix *a, bool accumulate, Matrix *c);

extern void matrix_map(MapFunction function, real alpha, real beta, const Matrix *a, Matrix *c);

/* c = a + beta b and c = a b, entry by entry; b covers a.  c may be a. */
extern void matrix_add(const Matrix *a, real beta, const Matrix *b, Matrix *c);
extern void matrix_multiply(const Matrix *a, const Matrix *b, Matrix *c);

/* Sums over the rows, the columns or both in which c has one and a has more. */
extern void matrix_sum(const Matrix *a, bool accumulate, Matrix *c);

/* c = a, repeated along the rows or columns that a has one of. */
extern void matrix_repeat(const Matrix *a, Matrix *c);

extern void matrix_fill(Matrix *c, real value);

/* Each row's exp, divided by their sum. */
extern void matrix_softmax(const Matrix *a, Matrix *c);

/*
 * Cross-entropy of each row's softmax with the row of a sparse target x:
 * loss[i] = (sum of x_i) log_sum_exp[i] - x_i a_i.
 */
extern void matrix_cross_entropy(const Matrix *a, const Sparse *x, real *log_sum_exp, Matrix *loss);

/* Row i of c = d[i] ((sum of x_i) softmax(a_i) - x_i): its derivative. */
extern void matrix_cross_entropy_gradient(const Matrix *a, const Sparse *x, const real *log_sum_exp,
                                          const Matrix *d, Matrix *c);

#endif
