/*
 * test_discrete_gaussian.c
 *	  Noise for differential privacy: its distribution.
 *
 * The noise has no seed, so these tests differ from run to run: each statistical one
 * would fail by chance once in a million times (assert_frequencies()).
 */
#include "cases.h"
#include "math/discrete_gaussian.h"

#include <math.h>

static void
test_below(void **state)
{
	static const uint64_t counts[] = {2, 3, 7, 32, 33};
	StrongRandom random;

	(void) state;
	strong_random_open(&random);
	for (int c = 0; c < 5; c++)
	{
		int64_t observed[33] = {0};
		double probability[33];

		for (int n = 0; n < 100000; n++)
			observed[strong_random_below(&random, counts[c])]++;
		for (uint64_t i = 0; i < counts[c]; i++)
			probability[i] = 1 / (double) counts[c];
		assert_frequencies(observed, probability, (int) counts[c]);
	}
	for (int n = 0; n < 1000; n++)
	{
		assert_int_equal(strong_random_below(&random, 1), 0);
		assert_true(strong_random_below(&random, UINT64_MAX) < UINT64_MAX);
	}
}

/* P(x) proportional to exp(-x^2 / (2 variance)). */
static void
assert_gaussian(double variance)
{
	enum
	{
		HALF = 400,
		DRAWS = 200000
	};
	int64_t *observed = host_array_zero(int64_t, 2 * HALF + 1);
	double *probability = host_array(double, 2 * HALF + 1), sum = 0;
	StrongRandom random;

	strong_random_open(&random);
	for (int n = 0; n < DRAWS; n++)
	{
		int64_t x = discrete_gaussian(&random, llround(variance * VARIANCE_UNITS));

		assert_true(x >= -HALF && x <= HALF);
		observed[x + HALF]++;
	}
	for (int x = -HALF; x <= HALF; x++)
		sum += probability[x + HALF] = exp(-x * x / (2 * variance));
	for (int x = -HALF; x <= HALF; x++)
		probability[x + HALF] /= sum;
	assert_frequencies(observed, probability, 2 * HALF + 1);
}

/* Below 1, where it is far from a rounded Gaussian; whole and broken; up to sigma = 40. */
static void
test_distribution(void **state)
{
	(void) state;
	assert_gaussian(0.125);
	assert_gaussian(0.25);
	assert_gaussian(1);
	assert_gaussian(1 + 1.0 / 64);
	assert_gaussian(4);
	assert_gaussian(70.140625);
	assert_gaussian(1600);
}

/* Large variances: the squares, relative to the variance, have mean 1 and variance 2. */
static void
test_large(void **state)
{
	static const int64_t units[] = {INT64_C(1) << 30, (INT64_C(1) << 40) + 1, VARIANCE_MOST_UNITS};
	enum
	{
		DRAWS = 20000
	};
	StrongRandom random;

	(void) state;
	strong_random_open(&random);
	for (int v = 0; v < 3; v++)
	{
		double variance = (double) units[v] / VARIANCE_UNITS, sum = 0, squares = 0;

		for (int n = 0; n < DRAWS; n++)
		{
			double x = (double) discrete_gaussian(&random, units[v]) / sqrt(variance);

			sum += x;
			squares += x * x;
		}
		/* each fails by chance once in ten million times: 5.33 standard errors */
		assert_true(fabs(sum / DRAWS) < 5.33 / sqrt(DRAWS));
		assert_true(fabs(squares / DRAWS - 1) < 5.33 * sqrt(2.0 / DRAWS));
	}
}

/* Nothing is drawn twice. */
static void
test_unrepeatable(void **state)
{
	StrongRandom a, b;
	int same = 0;

	(void) state;
	strong_random_open(&a);
	strong_random_open(&b);
	for (int n = 0; n < 100; n++)
		same += discrete_gaussian(&a, INT64_C(1) << 40) == discrete_gaussian(&b, INT64_C(1) << 40);
	assert_true(same < 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_below),
		host_unit_test(test_distribution),
		host_unit_test(test_large),
		host_unit_test(test_unrepeatable),
	};

	return cmocka_run_group_tests_name("discrete Gaussian", tests, NULL, NULL);
}
