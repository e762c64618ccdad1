/*
 * matrix.c
 *	  Arithmetic with matrices.
 *
 * Products go to BLAS; the rest are loops over rows that are compiled for
 * several kinds of vectors.  A sum over a row is kept in LANES parts, added up
 * in a fixed order, so that its bits do not depend on the width of vectors.
 */
#include "nn/matrix.h"

#include "math/blas.h"
#include "math/vectors.h"

#include <pthread.h>
#include <string.h>

#define LANES 16

static const Blas *blas;

/* For a BLAS that is to be called from one thread at a time. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

void
matrix_prepare(void)
{
	blas = blas_load();
}

static void
gemm(const Matrix *a, bool transpose_a, const Matrix *b, bool transpose_b, real beta, Matrix *c)
{
	int64_t inner = transpose_a ? a->rows : a->cols;
#ifdef SYNREC_DOUBLE
#define xgemm dgemm
#else
#define xgemm sgemm
#endif
	blas->xgemm(BLAS_ROW_MAJOR, transpose_a ? BLAS_TRANSPOSE : BLAS_NO_TRANSPOSE,
	            transpose_b ? BLAS_TRANSPOSE : BLAS_NO_TRANSPOSE, (int) c->rows, (int) c->cols, (int) inner,
	            1, a->value, (int) a->stride, b->value, (int) b->stride, beta, c->value, (int) c->stride);
}

void
matrix_product(const Matrix *a, bool transpose_a, const Matrix *b, bool transpose_b, bool accumulate,
               Matrix *c)
{
	if (blas->concurrent)
	{
		gemm(a, transpose_a, b, transpose_b, accumulate, c);
		return;
	}
	pthread_mutex_lock(&one_at_a_time);
	gemm(a, transpose_a, b, transpose_b, accumulate, c);
	pthread_mutex_unlock(&one_at_a_time);
}

/* Several rows without gaps are one long row. */
static inline bool
is_dense(const Matrix *a)
{
	return a->stride == a->cols;
}

static inline real *
row_of(const Matrix *a, int64_t row)
{
	return a->value + row * a->stride;
}

void
matrix_fill(Matrix *c, real value)
{
	for (int64_t i = 0; i < c->rows; i++)
	{
		real *row = row_of(c, i);

		if (value == 0)
			memset(row, 0, (size_t) c->cols * sizeof(real));
		for (int64_t j = 0; value != 0 && j < c->cols; j++)
			row[j] = value;
	}
}

/* y += scale x */
WIDE_VECTORS static void
add_row(int64_t n, real scale, const real *restrict x, real *restrict y)
{
	for (int64_t j = 0; j < n; j++)
		y[j] += scale * x[j];
}

void
matrix_sparse_product(const Sparse *s, bool transpose, const Matrix *a, bool accumulate, Matrix *c)
{
	if (!accumulate)
		matrix_fill(c, 0);
	for (int64_t i = 0; i < s->rows; i++)
	{
		for (int64_t p = s->start[i]; p < s->start[i + 1]; p++)
		{
			real value = s->value != NULL ? s->value[p] : 1;

			if (transpose)
				add_row(a->cols, value, row_of(a, i), row_of(c, s->column[p]));
			else
				add_row(a->cols, value, row_of(a, s->column[p]), row_of(c, i));
		}
	}
}

/* A loop over n numbers; "body" makes y of x. */
#define MAP_LOOP(name, body)                                                                    \
	WIDE_VECTORS static void name(int64_t n, real alpha, real beta, const real *from, real *to) \
	{                                                                                           \
		(void) alpha, (void) beta;                                                              \
		for (int64_t j = 0; j < n; j++)                                                         \
		{                                                                                       \
			real x = from[j];                                                                   \
                                                                                                \
			to[j] = (body);                                                                     \
		}                                                                                       \
	}

MAP_LOOP(map_affine, alpha *x + beta)
MAP_LOOP(map_exp, real_exp(x))
MAP_LOOP(map_log, (real) log(x))
MAP_LOOP(map_sqrt, (real) sqrt(x))
MAP_LOOP(map_reciprocal, 1 / x)
MAP_LOOP(map_tanh, real_tanh(x))
MAP_LOOP(map_sigmoid, real_sigmoid(x))
MAP_LOOP(map_softplus, (x > 0 ? x : 0) + (real) log1p(exp(x > 0 ? -x : x)))
MAP_LOOP(map_leaky, x > 0 ? x : alpha * x)
MAP_LOOP(map_step, x > 0 ? 1 : alpha)

void
matrix_map(MapFunction function, real alpha, real beta, const Matrix *a, Matrix *c)
{
	static void (*const loop[])(int64_t, real, real, const real *, real *) = {
		map_affine, map_exp,     map_log,      map_sqrt,  map_reciprocal,
		map_tanh,   map_sigmoid, map_softplus, map_leaky, map_step,
	};

	if (is_dense(a) && is_dense(c))
	{
		loop[function](a->rows * a->cols, alpha, beta, a->value, c->value);
		return;
	}
	for (int64_t i = 0; i < a->rows; i++)
		loop[function](a->cols, alpha, beta, row_of(a, i), row_of(c, i));
}

/* A loop over n numbers of a and one or n of b; "body" makes one of x and y. */
#define PAIR_LOOP(name, body)                                                                            \
	WIDE_VECTORS static void name(int64_t n, real beta, const real *a, const real *b, bool one, real *c) \
	{                                                                                                    \
		(void) beta;                                                                                     \
		if (one)                                                                                         \
		{                                                                                                \
			real y = b[0];                                                                               \
                                                                                                         \
			for (int64_t j = 0; j < n; j++)                                                              \
			{                                                                                            \
				real x = a[j];                                                                           \
                                                                                                         \
				c[j] = (body);                                                                           \
			}                                                                                            \
			return;                                                                                      \
		}                                                                                                \
		for (int64_t j = 0; j < n; j++)                                                                  \
		{                                                                                                \
			real x = a[j];                                                                               \
			real y = b[j];                                                                               \
                                                                                                         \
			c[j] = (body);                                                                               \
		}                                                                                                \
	}

PAIR_LOOP(pair_add, x + beta * y)
PAIR_LOOP(pair_multiply, x *y)

static void
pairs(void (*loop)(int64_t, real, const real *, const real *, bool, real *), real beta, const Matrix *a,
      const Matrix *b, Matrix *c)
{
	if (is_dense(a) && is_dense(b) && is_dense(c) && a->rows == b->rows && a->cols == b->cols)
	{
		loop(a->rows * a->cols, beta, a->value, b->value, false, c->value);
		return;
	}
	for (int64_t i = 0; i < a->rows; i++)
		loop(a->cols, beta, row_of(a, i), row_of(b, b->rows == 1 ? 0 : i), b->cols == 1, row_of(c, i));
}

void
matrix_add(const Matrix *a, real beta, const Matrix *b, Matrix *c)
{
	pairs(pair_add, beta, a, b, c);
}

void
matrix_multiply(const Matrix *a, const Matrix *b, Matrix *c)
{
	pairs(pair_multiply, 0, a, b, c);
}

/* Adds up LANES parts of a sum. */
static inline real
sum_lanes(real *lane)
{
	for (int width = LANES / 2; width > 0; width /= 2)
	{
		for (int l = 0; l < width; l++)
			lane[l] += lane[l + width];
	}
	return lane[0];
}

WIDE_VECTORS static real
sum_row(int64_t n, const real *x)
{
	real lane[LANES] = {0};
	int64_t j = 0;

	for (; j + LANES <= n; j += LANES)
	{
		for (int l = 0; l < LANES; l++)
			lane[l] += x[j + l];
	}
	for (; j < n; j++)
		lane[j % LANES] += x[j];
	return sum_lanes(lane);
}

void
matrix_sum(const Matrix *a, bool accumulate, Matrix *c)
{
	if (!accumulate)
		matrix_fill(c, 0);
	for (int64_t i = 0; i < a->rows; i++)
	{
		real *to = row_of(c, c->rows == 1 ? 0 : i);

		if (c->cols == 1 && a->cols > 1)
			to[0] += sum_row(a->cols, row_of(a, i));
		else
			add_row(a->cols, 1, row_of(a, i), to);
	}
}

void
matrix_repeat(const Matrix *a, Matrix *c)
{
	for (int64_t i = 0; i < c->rows; i++)
	{
		const real *from = row_of(a, a->rows == 1 ? 0 : i);
		real *to = row_of(c, i);

		for (int64_t j = 0; a->cols == 1 && j < c->cols; j++)
			to[j] = from[0];
		if (a->cols > 1)
			memcpy(to, from, (size_t) c->cols * sizeof(real));
	}
}

WIDE_VECTORS static real
greatest(int64_t n, const real *x)
{
	real lane[LANES];
	int64_t j = 0;

	for (int l = 0; l < LANES; l++)
		lane[l] = x[0];
	for (; j + LANES <= n; j += LANES)
	{
		for (int l = 0; l < LANES; l++)
			lane[l] = x[j + l] > lane[l] ? x[j + l] : lane[l];
	}
	for (; j < n; j++)
		lane[0] = x[j] > lane[0] ? x[j] : lane[0];
	for (int l = 1; l < LANES; l++)
		lane[0] = lane[l] > lane[0] ? lane[l] : lane[0];
	return lane[0];
}

/* The sum of exp(x - shift). */
WIDE_VECTORS static real
sum_exp(int64_t n, real shift, const real *x)
{
	real lane[LANES] = {0};
	int64_t j = 0;

	for (; j + LANES <= n; j += LANES)
	{
		for (int l = 0; l < LANES; l++)
			lane[l] += real_exp(x[j + l] - shift);
	}
	for (; j < n; j++)
		lane[j % LANES] += real_exp(x[j] - shift);
	return sum_lanes(lane);
}

/* y = scale exp(x - shift) */
WIDE_VECTORS static void
scaled_exp(int64_t n, real scale, real shift, const real *x, real *y)
{
	for (int64_t j = 0; j < n; j++)
		y[j] = scale * real_exp(x[j] - shift);
}

void
matrix_softmax(const Matrix *a, Matrix *c)
{
	for (int64_t i = 0; i < a->rows; i++)
	{
		const real *from = row_of(a, i);
		real shift = greatest(a->cols, from);

		scaled_exp(a->cols, 1 / sum_exp(a->cols, shift, from), shift, from, row_of(c, i));
	}
}

/* Sum of row i of a sparse matrix. */
static real
sparse_row_sum(const Sparse *x, int64_t i)
{
	real sum = 0;

	if (x->value == NULL)
		return (real) (x->start[i + 1] - x->start[i]);
	for (int64_t p = x->start[i]; p < x->start[i + 1]; p++)
		sum += x->value[p];
	return sum;
}

void
matrix_cross_entropy(const Matrix *a, const Sparse *x, real *log_sum_exp, Matrix *loss)
{
	for (int64_t i = 0; i < a->rows; i++)
	{
		const real *logit = row_of(a, i);
		real shift = greatest(a->cols, logit);
		real sum = 0;

		log_sum_exp[i] = shift + (real) log(sum_exp(a->cols, shift, logit));
		for (int64_t p = x->start[i]; p < x->start[i + 1]; p++)
			sum += (x->value != NULL ? x->value[p] : 1) * (log_sum_exp[i] - logit[x->column[p]]);
		row_of(loss, i)[0] = sum;
	}
}

void
matrix_cross_entropy_gradient(const Matrix *a, const Sparse *x, const real *log_sum_exp, const Matrix *d,
                              Matrix *c)
{
	for (int64_t i = 0; i < a->rows; i++)
	{
		real scale = row_of(d, i)[0];
		real *gradient = row_of(c, i);

		scaled_exp(a->cols, scale * sparse_row_sum(x, i), log_sum_exp[i], row_of(a, i), gradient);
		for (int64_t p = x->start[i]; p < x->start[i + 1]; p++)
			gradient[x->column[p]] -= scale * (x->value != NULL ? x->value[p] : 1);
	}
}
