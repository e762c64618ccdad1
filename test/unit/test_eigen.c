/*
 * test_eigen.c
 *	  Leading eigenpairs, beside LAPACK's.
 */
#include "cases.h"
#include "math/eigen.h"

#include <math.h>
#include <string.h>

static const EigenLimits exact = {1e-10, 0, 500};

/*
 * Q diag(l) Q' with Q random and l of both signs, falling by "ratio"; the rank
 * is as many as l are not 0.
 */
static double *
random_symmetric(Random *random, int64_t n, int64_t rank, double ratio)
{
	double *matrix = host_array_zero(double, n *n);
	double *q = host_array(double, n *n);
	double value = 8;

	for (int64_t k = 0; k < rank; k++)
	{
		double norm = 0;

		for (int64_t i = 0; i < n; i++)
			q[k * n + i] = 2 * random_uniform(random) - 1;
		for (int64_t before = 0; before < k; before++)
		{
			double product = 0;

			for (int64_t i = 0; i < n; i++)
				product += q[k * n + i] * q[before * n + i];
			for (int64_t i = 0; i < n; i++)
				q[k * n + i] -= product * q[before * n + i];
		}
		for (int64_t i = 0; i < n; i++)
			norm += q[k * n + i] * q[k * n + i];
		for (int64_t i = 0; i < n; i++)
			q[k * n + i] /= sqrt(norm);
		for (int64_t i = 0; i < n; i++)
		{
			for (int64_t j = 0; j < n; j++)
				matrix[i * n + j] += (k % 3 == 2 ? -value : value) * q[k * n + i] * q[k * n + j];
		}
		value *= ratio;
	}
	host_free(q);
	return matrix;
}

/* |A v_k - l_k v_k| and v_j . v_k for the columns there are. */
static void
assert_pairs(const double *matrix, int64_t n, int64_t wanted, int64_t found, const double *value,
             const double *vector, double tolerance)
{
	for (int64_t k = 0; k < found; k++)
	{
		double left = 0;

		for (int64_t i = 0; i < n; i++)
		{
			double sum = -value[k] * vector[i * wanted + k];

			for (int64_t j = 0; j < n; j++)
				sum += matrix[i * n + j] * vector[j * wanted + k];
			left += sum * sum;
		}
		assert_true(sqrt(left) < tolerance * fabs(value[0]));
		for (int64_t j = 0; j <= k; j++)
		{
			double product = 0;

			for (int64_t i = 0; i < n; i++)
				product += vector[i * wanted + j] * vector[i * wanted + k];
			assert_true(fabs(product - (j == k)) < 1e-9);
		}
	}
}

static const int64_t sizes[] = {1, 2, 20, 129, 300};

static void
test_beside_lapack(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int s = 0; s < 5; s++)
	{
		for (int64_t wanted = 1; wanted <= sizes[s] && wanted <= 40; wanted = wanted * 3 + 1)
		{
			int64_t n = sizes[s];
			double *matrix = random_symmetric(&random, n, n, 0.9);
			double *all = exact_copy(matrix, n * n * (int64_t) sizeof(double));
			double *expected = host_array(double, n), *value = host_array(double, wanted);
			double *vector = host_array(double, n *wanted);

			eigen_small(all, n, expected);
			assert_pairs(matrix, n, n, n, expected, all, 1e-10);
			assert_int_equal(eigen_leading(matrix, n, wanted, &exact, 1, value, vector), wanted);
			assert_pairs(matrix, n, wanted, wanted, value, vector, 1e-9);
			for (int64_t k = 0; k < wanted; k++)
				assert_true(fabs(value[k] - expected[k]) < 1e-9);
		}
	}
}

/* Fewer pairs than are wanted, down to none. */
static void
test_rank(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int64_t n = 10; n <= 160; n += 50)
	{
		for (int64_t rank = 0; rank < 9; rank += 4)
		{
			double *matrix = random_symmetric(&random, n, rank, 0.5);
			double value[9], *vector = host_array(double, n * 9);

			assert_int_equal(eigen_leading(matrix, n, 9, &exact, 1, value, vector), rank);
			assert_pairs(matrix, n, 9, rank, value, vector, 1e-9);
		}
	}
}

/* Pairs below the floor may be inexact, those above may not. */
static void
test_floor(void **state)
{
	static const EigenLimits limits = {1e-10, 2, 500};
	double *matrix, value[40], *vector = host_array(double, 200 * 40);
	Random random;

	(void) state;
	case_random(&random, 3);
	matrix = random_symmetric(&random, 200, 200, 0.95);
	eigen_leading(matrix, 200, 40, &limits, 1, value, vector);
	for (int64_t k = 0; k < 40; k++)
		assert_true(fabs(fabs(value[k]) - 8 * pow(0.95, (double) k)) < (fabs(value[k]) > 2 ? 1e-9 : 0.5));
	assert_true(fabs(value[26]) > 2 && fabs(value[27]) < 2.1);
}

static void
test_threads_agree(void **state)
{
	double *matrix, one_value[20], three_value[20];
	double *one = host_array(double, 500 * 20), *three = host_array(double, 500 * 20);
	Random random;

	(void) state;
	case_random(&random, 4);
	matrix = random_symmetric(&random, 500, 60, 0.9);
	eigen_leading(matrix, 500, 20, &exact, 7, one_value, one);
	host_test_set_threads(3);
	host_test_disturb(true);
	eigen_leading(matrix, 500, 20, &exact, 7, three_value, three);
	host_test_disturb(false);
	assert_memory_equal(one, three, 500 * 20 * sizeof(double));
	assert_memory_equal(one_value, three_value, sizeof(one_value));
}

static void
expect_cancel(const double *matrix, int64_t calls)
{
	double value[20], *vector = host_array(double, 500 * 20);

	host_test_cancel_after(calls);
	EXPECT_FAIL(HOST_TEST_CANCELLED, eigen_leading(matrix, 500, 20, &exact, 7, value, vector));
	host_test_cancel_after(-1);
}

static void
test_cancel(void **state)
{
	double *matrix;
	Random random;

	(void) state;
	case_random(&random, 5);
	matrix = random_symmetric(&random, 500, 60, 0.9);
	for (int threads = 1; threads <= 3; threads += 2)
	{
		host_test_set_threads(threads);
		for (int64_t calls = 0; calls < 40; calls += 7)
			expect_cancel(matrix, calls);
	}
}

/* Entries that are no numbers end in an error, not in an endless loop. */
static void
test_not_finite(void **state)
{
	double *matrix = host_array_zero(double, 200 * 200), value[5], *vector = host_array(double, 200 * 5);

	(void) state;
	matrix[3] = matrix[600] = NAN;
	EXPECT_FAIL(HOST_INVALID_VALUE, eigen_leading(matrix, 200, 5, &exact, 1, value, vector));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_beside_lapack), host_unit_test(test_rank),   host_unit_test(test_floor),
		host_unit_test(test_threads_agree), host_unit_test(test_cancel), host_unit_test(test_not_finite),
	};

	return cmocka_run_group_tests_name("eigen", tests, NULL, NULL);
}
