/*
 * test_ease.c
 *	  EASE against ridge regression, and the counts that it is made of.
 */
#include "cases.h"
#include "data/pairs.h"
#include "recommenders/ease.h"

#include <math.h>
#include <string.h>

static Histories
random_data(Random *random)
{
	Pairs pairs = pairs_random(random, case_between(random, 1, 120), case_between(random, 1, 30),
	                           case_between(random, 1, 14));
	Histories data;

	build(&pairs, false, case_between(random, 0, 1), &data);
	return data;
}

/* items x items: B, row by row, as scores of users with one item. */
static double *
weights(const Ease *ease)
{
	double *b = host_array(double, ease->items * ease->items);

	for (uint32_t i = 0; i < ease->items; i++)
		ease_score(ease, &i, 1, b + i * ease->items);
	return b;
}

/* Tells whether a user has an item, by indexes. */
static bool
has(const Histories *data, int64_t user, int64_t item)
{
	for (int64_t p = data->start[user]; p < data->start[user + 1]; p++)
	{
		if (data->item[p] == item)
			return true;
	}
	return false;
}

/*
 * Ridge regression of item "target" on the other items: the coefficients that
 * minimise the squared error over users plus lambda times their squares.
 */
static void
ridge_slowly(const Histories *data, double lambda, int64_t target, long double *coefficient)
{
	int64_t n = data->items;
	long double *a = host_array_zero(long double, n *(n + 1));

	/* normal equations; the target's own row says that its coefficient is 0 */
	for (int64_t i = 0; i < n; i++)
	{
		for (int64_t j = 0; j <= n; j++)
		{
			int64_t column = j < n ? j : target;

			if (i == target || j == target)
				continue;
			for (int64_t u = 0; u < data->users; u++)
				a[i * (n + 1) + j] += has(data, u, i) && has(data, u, column);
		}
		a[i * (n + 1) + i] += i == target ? 1 : lambda;
	}
	for (int64_t k = 0; k < n; k++)
	{
		for (int64_t i = 0; i < n; i++)
		{
			long double factor = a[i * (n + 1) + k] / a[k * (n + 1) + k];

			for (int64_t j = k; j <= n && i != k; j++)
				a[i * (n + 1) + j] -= factor * a[k * (n + 1) + j];
		}
	}
	for (int64_t i = 0; i < n; i++)
		coefficient[i] = a[i * (n + 1) + n] / a[i * (n + 1) + i];
	host_free(a);
}

static void
test_is_ridge_regression(void **state)
{
	static const double lambdas[] = {0.01, 1, 10, 500};
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 60; round++)
	{
		Histories data = random_data(&random);
		double lambda = lambdas[round % 4];
		Ease ease;
		double *b;
		long double coefficient[14];

		ease_fit(&data, lambda, &ease);
		assert_int_equal(ease.items, data.items);
		b = weights(&ease);
		for (int64_t j = 0; j < data.items; j++)
		{
			ridge_slowly(&data, lambda, j, coefficient);
			for (int64_t i = 0; i < data.items; i++)
				assert_true(fabsl(b[i * data.items + j] - coefficient[i]) < 1e-9L);
			assert_true(b[j * data.items + j] == 0);
		}
	}
}

/* Users with one item each: nothing says anything about anything else. */
static void
test_diagonal(void **state)
{
	static const char *const rows[] = {"1", "2", "2", "3", "3", "3", "7", NULL};
	Histories data;
	Ease ease;
	double *b;

	(void) state;
	build_rows(rows, false, &data);
	ease_fit(&data, 2, &ease);
	b = weights(&ease);
	for (int64_t i = 0; i < data.items * data.items; i++)
		assert_true(b[i] == 0);
}

/* Scores are sums of rows of B; also of no items, and of all. */
static void
test_scores(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 50; round++)
	{
		Histories data = random_data(&random);
		Ease ease;
		double *b, *score = host_array(double, data.items);
		uint32_t item[14];
		int64_t count = 0;

		ease_fit(&data, 3, &ease);
		b = weights(&ease);
		for (int64_t i = 0; i < data.items; i++)
		{
			if (case_between(&random, 0, round % 5) == 0)
				item[count++] = (uint32_t) i;
		}
		ease_score(&ease, item, count, score);
		for (int64_t j = 0; j < data.items; j++)
		{
			double sum = 0;

			for (int64_t k = 0; k < count; k++)
				sum += b[item[k] * data.items + j];
			assert_true(fabs(score[j] - sum) < 1e-12);
		}
	}
}

static void
test_gram(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 50; round++)
	{
		Histories data = random_data(&random);
		Training training;
		double *gram;

		host_test_set_threads(1 + round % 3);
		training_begin(&data, &training);
		gram = host_array(double, data.items *data.items);
		pairs_gram(&data, training.start, training.user, gram);
		for (int64_t i = 0; i < data.items; i++)
		{
			for (int64_t j = 0; j < data.items; j++)
			{
				int64_t both = 0;

				for (int64_t u = 0; u < data.users; u++)
					both += has(&data, u, i) && has(&data, u, j);
				assert_true(gram[i * data.items + j] == (double) both);
			}
		}
	}
}

/* More items than a block of pivots has. */
static void
test_threads_agree(void **state)
{
	Random random;
	Pairs pairs;
	Histories data;
	Ease one, three;

	(void) state;
	case_random(&random, 4);
	pairs = pairs_random(&random, 6000, 400, 350);
	build(&pairs, false, false, &data);
	ease_fit(&data, 10, &one);
	host_test_set_threads(3);
	ease_fit(&data, 10, &three);
	assert_int_equal(data.items, 350);
	assert_memory_equal(one.inverse, three.inverse, (size_t) (350 * 350) * sizeof(double));
}

static void
expect_refused(const Histories *data, double lambda)
{
	Ease ease;

	EXPECT_FAIL(HOST_INVALID_PARAMETER, ease_fit(data, lambda, &ease));
}

static void
test_refused(void **state)
{
	static const char *const rows[] = {"1 2", "1 2", "1 2 3", NULL};
	Histories data;
	Ease ease;

	(void) state;
	build_rows(rows, false, &data);
	expect_refused(&data, 0);
	expect_refused(&data, -1);
	expect_refused(&data, NAN);
	expect_refused(&data, INFINITY);
	expect_refused(&data, 1e-40); /* two equal items and lambda lost by rounding */
	host_test_limit_memory(100);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, ease_fit(&data, 1, &ease));
	host_test_limit_memory(0);
	host_test_cancel_after(3);
	EXPECT_FAIL(HOST_TEST_CANCELLED, ease_fit(&data, 1, &ease));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_is_ridge_regression),
		host_unit_test(test_diagonal),
		host_unit_test(test_scores),
		host_unit_test(test_gram),
		host_unit_test(test_threads_agree),
		host_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("ease", tests, NULL, NULL);
}
