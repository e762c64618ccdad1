/*
 * test_dense.c
 *	  Inverses of dense matrices.
 */
#include "cases.h"
#include "math/dense.h"

#include <math.h>
#include <string.h>

static bool
invert(double *matrix, int64_t n)
{
	return dense_spd_invert(&matrix, 1, n);
}

/* A'A + ridge I with A random, n / 2 x n: far from diagonal, and definite. */
static double *
random_spd(Random *random, int64_t n, double ridge)
{
	double *matrix = host_array_zero(double, n *n);
	double *row = host_array(double, n);

	for (int64_t k = 0; k < n / 2; k++)
	{
		for (int64_t i = 0; i < n; i++)
			row[i] = 2 * random_uniform(random) - 1;
		for (int64_t i = 0; i < n; i++)
		{
			for (int64_t j = 0; j < n; j++)
				matrix[i * n + j] += row[i] * row[j];
		}
	}
	for (int64_t i = 0; i < n; i++)
		matrix[i * n + i] += ridge;
	host_free(row);
	return matrix;
}

/* Gauss and Jordan, in place, with pivots on the diagonal. */
static long double *
invert_slowly(const double *matrix, int64_t n)
{
	long double *a = host_array(long double, n *n);

	for (int64_t i = 0; i < n * n; i++)
		a[i] = matrix[i];
	for (int64_t k = 0; k < n; k++)
	{
		long double pivot = 1 / a[k * n + k];

		a[k * n + k] = 1;
		for (int64_t j = 0; j < n; j++)
			a[k * n + j] *= pivot;
		for (int64_t i = 0; i < n; i++)
		{
			long double factor = a[i * n + k];

			if (i == k)
				continue;
			a[i * n + k] = 0;
			for (int64_t j = 0; j < n; j++)
				a[i * n + j] -= factor * a[k * n + j];
		}
	}
	return a;
}

static const int64_t sizes[] = {1, 2, 127, 128, 129, 300, 513};

static void
test_inverses(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int s = 0; s < 7; s++)
	{
		int64_t n = sizes[s];
		double *matrix = random_spd(&random, n, 1);
		long double *expected = invert_slowly(matrix, n);

		assert_true(invert(matrix, n));
		for (int64_t i = 0; i < n; i++)
		{
			for (int64_t j = 0; j < n; j++)
			{
				assert_true(fabsl(matrix[i * n + j] - expected[i * n + j]) < 1e-12L);
				assert_true(matrix[i * n + j] == matrix[j * n + i]);
			}
		}
		host_free(matrix);
		host_free(expected);
	}
}

/* Entries of very different sizes: diag(d) A diag(d) has the inverse of A, divided. */
static void
test_scales(void **state)
{
	enum
	{
		N = 200
	};
	double *matrix, *scaled, d[N];
	Random random;

	(void) state;
	case_random(&random, 2);
	matrix = random_spd(&random, N, 1);
	scaled = host_array(double, N *N);
	for (int i = 0; i < N; i++)
		d[i] = ldexp(1, (int) case_between(&random, -20, 20));
	for (int i = 0; i < N * N; i++)
		scaled[i] = matrix[i] * d[i / N] * d[i % N];
	assert_true(invert(matrix, N));
	assert_true(invert(scaled, N));
	for (int i = 0; i < N * N; i++)
		assert_true(fabs(scaled[i] * d[i / N] * d[i % N] - matrix[i]) < 1e-11);
}

/* A diagonal stays one, exactly. */
static void
test_diagonal(void **state)
{
	enum
	{
		N = 300
	};
	double *matrix = host_array_zero(double, N *N);

	(void) state;
	for (int i = 0; i < N; i++)
		matrix[i * N + i] = i + 1;
	assert_true(invert(matrix, N));
	for (int i = 0; i < N * N; i++)
	{
		if (i / N != i % N)
			assert_true(matrix[i] == 0);
		else
			assert_true(fabs(matrix[i] * (i / N + 1) - 1) < 1e-15);
	}
}

/* One eigenvalue at or below 0, met in the first block of pivots or in a later one. */
static void
test_not_definite(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int s = 0; s < 7; s++)
	{
		int64_t n = sizes[s];

		for (int round = 0; round < 3; round++)
		{
			double *matrix = random_spd(&random, n, 1);
			int64_t at = round == 0 ? 0 : round == 1 ? n - 1 : case_between(&random, 0, n - 1);

			matrix[at * n + at] = -matrix[at * n + at];
			assert_false(invert(matrix, n));
			host_free(matrix);
		}
	}
	for (int64_t n = 1; n < 300; n += 149)
	{
		double *zeros = host_array_zero(double, n *n);

		assert_false(invert(zeros, n));
	}
	/* two equal rows of integers: the last pivot is 0 without rounding */
	assert_false(invert((double[]){4, 4, 4, 4}, 2));
}

/* Several matrices side by side, bit for bit as one at a time. */
static void
test_side_by_side(void **state)
{
	enum
	{
		MOST = 5
	};
	Random random;

	(void) state;
	case_random(&random, 6);
	for (int s = 0; s < 6; s++)
	{
		int64_t n = sizes[s];
		int count = 2 + s % (MOST - 1);
		double *together[MOST], *alone[MOST];

		for (int m = 0; m < count; m++)
		{
			together[m] = random_spd(&random, n, 1 + m);
			alone[m] = exact_copy(together[m], n * n * (int64_t) sizeof(double));
			host_test_set_threads(1);
			assert_true(invert(alone[m], n));
		}
		host_test_set_threads(1 + s % 3);
		assert_true(dense_spd_invert(together, count, n));
		for (int m = 0; m < count; m++)
		{
			assert_memory_equal(together[m], alone[m], (size_t) (n * n) * sizeof(double));
			host_free(together[m]);
			host_free(alone[m]);
		}
	}
}

/* One of several is not definite, whichever it is. */
static void
test_one_not_definite(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 7);
	for (int bad = 0; bad < 3; bad++)
	{
		for (int s = 0; s < 6; s++)
		{
			int64_t n = sizes[s], at = bad == 1 ? n - 1 : case_between(&random, 0, n - 1);
			double *matrix[3];

			for (int m = 0; m < 3; m++)
				matrix[m] = random_spd(&random, n, 1);
			matrix[bad][at * n + at] = -1;
			host_test_set_threads(1 + s % 3);
			assert_false(dense_spd_invert(matrix, 3, n));
			for (int m = 0; m < 3; m++)
				host_free(matrix[m]);
		}
	}
}

/* What is said to be taken is taken, but for a little. */
static void
test_memory(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 8);
	for (int s = 3; s < 7; s++)
	{
		double *matrix[2] = {random_spd(&random, sizes[s], 1), random_spd(&random, sizes[s], 1)};
		int64_t before = host_test_peak_memory(true), taken;

		assert_true(dense_spd_invert(matrix, 2, sizes[s]));
		taken = host_test_peak_memory(false) - before;
		assert_in_range(dense_invert_bytes(2, sizes[s]), taken - 1000, taken);
	}
}

static void
test_threads_agree(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int s = 3; s < 7; s++)
	{
		int64_t n = sizes[s] + 300;
		double *one = random_spd(&random, n, 0.5);
		double *three = exact_copy(one, n * n * (int64_t) sizeof(double));

		host_test_set_threads(1);
		assert_true(invert(one, n));
		host_test_set_threads(3);
		host_test_disturb(s % 2);
		assert_true(invert(three, n));
		host_test_disturb(false);
		assert_memory_equal(one, three, (size_t) (n * n) * sizeof(double));
	}
}

static void
expect_cancel(double *matrix, int64_t calls)
{
	host_test_cancel_after(calls);
	EXPECT_FAIL(HOST_TEST_CANCELLED, invert(matrix, 300));
	host_test_cancel_after(-1);
}

static void
test_cancel(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 5);
	for (int threads = 1; threads <= 3; threads += 2)
	{
		host_test_set_threads(threads);
		for (int64_t calls = 0; calls < 12; calls += 3)
			expect_cancel(random_spd(&random, 300, 1), calls);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_inverses),     host_unit_test(test_scales),
		host_unit_test(test_diagonal),     host_unit_test(test_not_definite),
		host_unit_test(test_side_by_side), host_unit_test(test_one_not_definite),
		host_unit_test(test_memory),       host_unit_test(test_threads_agree),
		host_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("dense", tests, NULL, NULL);
}
