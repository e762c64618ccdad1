/*
 * test_matrix.c
 *	  Arithmetic with matrices beside naive loops, in floats.
 */
#include "nets.h"

#include <math.h>
#include <string.h>

/* Copies a matrix into the middle of a wider one. */
static Matrix
with_stride(const Matrix *m, int64_t stride)
{
	Matrix wide = {m->rows, m->cols, stride, host_array_zero(real, m->rows * stride + 3)};

	wide.value += 3;
	for (int64_t i = 0; i < m->rows; i++)
		memcpy(wide.value + i * stride, m->value + i * m->cols, (size_t) m->cols * sizeof(real));
	return wide;
}

static real
at(const Matrix *m, int64_t i, int64_t j)
{
	return m->value[i * m->stride + j];
}

static Matrix
product_slowly(const Matrix *a, bool ta, const Matrix *b, bool tb, const Matrix *plus)
{
	int64_t rows = ta ? a->cols : a->rows, cols = tb ? b->rows : b->cols, inner = ta ? a->rows : a->cols;
	Matrix c = {rows, cols, cols, host_array(real, rows * cols)};

	for (int64_t i = 0; i < rows; i++)
	{
		for (int64_t j = 0; j < cols; j++)
		{
			double sum = plus != NULL ? at(plus, i, j) : 0;

			for (int64_t k = 0; k < inner; k++)
				sum += (double) (ta ? at(a, k, i) : at(a, i, k)) * (tb ? at(b, j, k) : at(b, k, j));
			c.value[i * cols + j] = (real) sum;
		}
	}
	return c;
}

static void
test_products(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	matrix_prepare();
	for (int n = 0; n < 64; n++)
	{
		int64_t rows = case_between(&random, 1, 40), cols = case_between(&random, 1, 40);
		int64_t inner = case_between(&random, 1, 200);
		bool ta = n & 1, tb = n & 2, accumulate = n & 4;
		Matrix a = random_matrix(&random, ta ? inner : rows, ta ? rows : inner, -1, 1);
		Matrix b = random_matrix(&random, tb ? cols : inner, tb ? inner : cols, -1, 1);
		Matrix c = random_matrix(&random, rows, cols, -1, 1);
		Matrix expected = product_slowly(&a, ta, &b, tb, accumulate ? &c : NULL);

		if (n & 8)
		{
			a = with_stride(&a, a.cols + 5);
			c = with_stride(&c, c.cols + 1);
		}
		matrix_product(&a, ta, &b, tb, accumulate, &c);
		assert_near(&c, &expected, 1e-4);
	}
}

/* The sparse matrix with zeros. */
static Matrix
dense_of(const Sparse *s)
{
	Matrix m = {s->rows, s->cols, s->cols, host_array_zero(real, s->rows * s->cols)};

	for (int64_t i = 0; i < s->rows; i++)
	{
		for (int64_t p = s->start[i]; p < s->start[i + 1]; p++)
			m.value[i * s->cols + s->column[p]] = s->value != NULL ? s->value[p] : 1;
	}
	return m;
}

static void
test_sparse_products(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int n = 0; n < 32; n++)
	{
		Sparse s =
			random_sparse(&random, case_between(&random, 1, 9), case_between(&random, 1, 30), 12, n & 1);
		bool transpose = n & 2, accumulate = n & 4;
		int64_t cols = case_between(&random, 1, 40);
		Matrix full = dense_of(&s);
		Matrix a = random_matrix(&random, transpose ? s.rows : s.cols, cols, -1, 1);
		Matrix c = random_matrix(&random, transpose ? s.cols : s.rows, cols, -1, 1);
		Matrix expected = product_slowly(&full, transpose, &a, false, accumulate ? &c : NULL);

		matrix_sparse_product(&s, transpose, &a, accumulate, &c);
		assert_near(&c, &expected, 1e-5);
	}
}

/* Each function over its whole range, beside the library's. */
static void
test_functions(void **state)
{
	enum
	{
		N = 200001
	};
	Matrix x = {1, N, N, host_array(real, N)}, y = {1, N, N, host_array(real, N)};

	(void) state;
	for (int i = 0; i < N; i++)
		x.value[i] = (real) (-100 + 0.001 * i);
	matrix_map(MAP_EXP, 0, 0, &x, &y);
	for (int i = 0; i < N; i++)
	{
		double bounded = fmin(fmax(x.value[i], -87), 88);

		assert_true(fabs(y.value[i] / exp(bounded) - 1) < 3e-7);
	}
	matrix_map(MAP_SIGMOID, 0, 0, &x, &y);
	for (int i = 0; i < N; i++)
		assert_true(fabs(y.value[i] - 1 / (1 + exp(-(double) x.value[i]))) < 2e-7);
	matrix_map(MAP_TANH, 0, 0, &x, &y);
	for (int i = 0; i < N; i++)
		assert_true(fabs(y.value[i] - tanh(x.value[i])) < 4e-7);
	matrix_map(MAP_SOFTPLUS, 0, 0, &x, &y);
	for (int i = 0; i < N; i++)
		assert_true(fabs(y.value[i] - (x.value[i] > 30 ? x.value[i] : log1p(exp(x.value[i])))) < 1e-5);
	matrix_map(MAP_LEAKY, (real) 0.25, 0, &x, &y);
	for (int i = 0; i < N; i++)
		assert_true(y.value[i] == (x.value[i] > 0 ? x.value[i] : x.value[i] / 4));
	matrix_map(MAP_STEP, (real) 0.25, 0, &x, &y);
	for (int i = 0; i < N; i++)
		assert_true(y.value[i] == (x.value[i] > 0 ? 1 : (real) 0.25));
	for (int i = 0; i < N; i++)
		x.value[i] = (real) (1e-6 + 1e-3 * i);
	matrix_map(MAP_LOG, 0, 0, &x, &y);
	for (int i = 0; i < N; i++)
		assert_true(fabs(y.value[i] - log(x.value[i])) < 1e-5);
	matrix_map(MAP_SQRT, 0, 0, &x, &y);
	for (int i = 0; i < N; i++)
		assert_true(fabs(y.value[i] / sqrt(x.value[i]) - 1) < 1e-6);
	matrix_map(MAP_RECIPROCAL, 0, 0, &x, &y);
	for (int i = 0; i < N; i++)
		assert_true(fabs((double) y.value[i] * x.value[i] - 1) < 1e-6);
}

/* A number that is none stays one, also through sums and greatest numbers. */
static void
test_not_numbers(void **state)
{
	static const MapFunction function[] = {MAP_AFFINE, MAP_EXP,     MAP_LOG,      MAP_SQRT, MAP_RECIPROCAL,
	                                       MAP_TANH,   MAP_SIGMOID, MAP_SOFTPLUS, MAP_LEAKY};
	Random random;
	Matrix x, y, loss = {1, 1, 1, host_array(real, 1)};
	int64_t start[] = {0, 1};
	uint32_t column[] = {2};
	Sparse target = {1, 50, start, column, NULL};
	real kept;

	(void) state;
	case_random(&random, 3);
	x = random_matrix(&random, 1, 50, 1, 2);
	y = random_matrix(&random, 1, 50, 1, 2);
	for (int place = 0; place < 50; place += 7)
	{
		real before = x.value[place];

		x.value[place] = NAN;
		for (int f = 0; f < 9; f++)
		{
			matrix_map(function[f], (real) 0.5, 1, &x, &y);
			for (int i = 0; i < 50; i++)
				assert_true((isnan(y.value[i]) != 0) == (i == place || isnan(x.value[i])));
		}
		matrix_cross_entropy(&x, &target, &kept, &loss);
		assert_true(isnan(loss.value[0]));
		x.value[place] = before;
	}
}

/* Entry by entry, with rows or columns that stand for many, with and without a stride. */
static void
test_pairs(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int n = 0; n < 64; n++)
	{
		int64_t rows = case_between(&random, 1, 6), cols = case_between(&random, 1, 50);
		Matrix a = random_matrix(&random, rows, cols, -1, 1), c = random_matrix(&random, rows, cols, -1, 1);
		Matrix b = random_matrix(&random, n & 1 ? 1 : rows, n & 2 ? 1 : cols, -1, 1), sum = c;
		int64_t to_rows = n & 1 ? 1 : rows, to_cols = n & 2 ? 1 : cols;

		if (n & 4)
			a = with_stride(&a, cols + 2);
		if (n & 8)
			c = with_stride(&c, cols + 1);
		matrix_add(&a, (real) 0.5, &b, &c);
		for (int64_t i = 0; i < rows; i++)
		{
			for (int64_t j = 0; j < cols; j++)
				assert_true(fabs(at(&c, i, j) - (at(&a, i, j) + 0.5 * at(&b, n & 1 ? 0 : i, n & 2 ? 0 : j))) <
				            1e-6);
		}
		matrix_multiply(&a, &b, &c);
		for (int64_t i = 0; i < rows; i++)
		{
			for (int64_t j = 0; j < cols; j++)
				assert_true(fabs(at(&c, i, j) - at(&a, i, j) * at(&b, n & 1 ? 0 : i, n & 2 ? 0 : j)) < 1e-6);
		}
		matrix_repeat(&b, &c);
		for (int64_t i = 0; i < rows; i++)
		{
			for (int64_t j = 0; j < cols; j++)
				assert_true(at(&c, i, j) == at(&b, n & 1 ? 0 : i, n & 2 ? 0 : j));
		}
		sum = random_matrix(&random, to_rows, to_cols, 7, 7);
		matrix_sum(&a, n & 16, &sum);
		for (int64_t i = 0; i < to_rows; i++)
		{
			for (int64_t j = 0; j < to_cols; j++)
			{
				double expected = n & 16 ? 7 : 0;

				for (int64_t k = 0; k < rows * cols; k++)
				{
					if ((to_rows == 1 || k / cols == i) && (to_cols == 1 || k % cols == j))
						expected += at(&a, k / cols, k % cols);
				}
				assert_true(fabs(at(&sum, i, j) - expected) < 1e-4);
			}
		}
	}
}

/* Softmax and cross-entropy of logits near and far from 0. */
static void
test_softmax(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 5);
	for (int n = 0; n < 20; n++)
	{
		int64_t rows = 4, cols = case_between(&random, 1, 300);
		double shift = n % 4 * 1000 - 1500;
		Matrix a = random_matrix(&random, rows, cols, shift - 5, shift + 5);
		Matrix y = random_matrix(&random, rows, cols, 0, 1), loss = random_matrix(&random, rows, 1, 0, 1);
		Matrix d = random_matrix(&random, rows, 1, -1, 1),
			   gradient = random_matrix(&random, rows, cols, 0, 1);
		Sparse target = random_sparse(&random, rows, cols, 20, n & 1);
		Matrix full = dense_of(&target);
		real *kept = host_array(real, rows);

		matrix_softmax(&a, &y);
		matrix_cross_entropy(&a, &target, kept, &loss);
		matrix_cross_entropy_gradient(&a, &target, kept, &d, &gradient);
		for (int64_t i = 0; i < rows; i++)
		{
			double sum = 0, weight = 0, expected = 0;

			for (int64_t j = 0; j < cols; j++)
			{
				sum += exp(at(&a, i, j) - shift);
				weight += at(&full, i, j);
			}
			for (int64_t j = 0; j < cols; j++)
			{
				double p = exp(at(&a, i, j) - shift) / sum;

				expected -= at(&full, i, j) * log(p);
				assert_true(fabs(at(&y, i, j) - p) < 1e-6);
				assert_true(fabs(at(&gradient, i, j) - d.value[i] * (weight * p - at(&full, i, j))) <
				            1e-4 * (1 + weight));
			}
			assert_true(fabs(loss.value[i] - expected) < 1e-3 * (1 + expected));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_products),  host_unit_test(test_sparse_products),
		host_unit_test(test_functions), host_unit_test(test_not_numbers),
		host_unit_test(test_pairs),     host_unit_test(test_softmax),
	};

	return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
