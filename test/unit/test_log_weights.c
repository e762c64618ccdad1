/*
 * test_log_weights.c
 *	  Draws without replacement from logarithms of weights.
 */
#include "cases.h"
#include "math/lanes.h"
#include "math/log_weights.h"

#include <math.h>

/* Ordered draws of three out of five, in a catalogue that is no whole number of vectors. */
static void
test_frequencies(void **state)
{
	enum
	{
		ITEMS = 5,
		DRAWS = 200000
	};
	static const double weight[ITEMS] = {1, 2, 0.5, 4, 0.25};
	LogWeights *weights = log_weights_new(ITEMS);
	int64_t *observed = host_array_zero(int64_t, ITEMS * ITEMS * ITEMS);
	double *expected = host_array_zero(double, ITEMS *ITEMS *ITEMS), total = 7.75;
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int a = 0; a < ITEMS; a++)
	{
		for (int b = 0; b < ITEMS; b++)
		{
			for (int c = 0; c < ITEMS; c++)
			{
				if (a == b || b == c || a == c)
					continue;
				expected[(a * ITEMS + b) * ITEMS + c] = weight[a] / total * weight[b] / (total - weight[a]) *
				                                        weight[c] / (total - weight[a] - weight[b]);
			}
		}
	}
	for (int n = 0; n < DRAWS; n++)
	{
		int64_t cell = 0;

		/* a common factor changes nothing */
		for (int i = 0; i < ITEMS; i++)
			weights->log_weight[i] = (float) (log(weight[i]) + n % 7 * 100);
		log_weights_begin(weights);
		for (int i = 0; i < 3; i++)
			cell = cell * ITEMS + log_weights_draw(weights, &random);
		observed[cell]++;
	}
	assert_frequencies(observed, expected, ITEMS * ITEMS * ITEMS);
}

/* Many vectors, the last of them and their last block not whole. */
static void
test_frequencies_of_many(void **state)
{
	enum
	{
		ITEMS = 701,
		DRAWS = 300000,
		GONE = 300
	};
	LogWeights *weights = log_weights_new(ITEMS);
	int64_t *observed = host_array_zero(int64_t, ITEMS);
	double *expected = host_array_zero(double, ITEMS), total = 0;
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int i = 0; i < ITEMS; i++)
	{
		expected[i] = i == GONE ? 0 : 1 + i % 7;
		total += expected[i];
	}
	for (int i = 0; i < ITEMS; i++)
	{
		weights->log_weight[i] = (float) log(1 + i % 7);
		expected[i] /= total;
	}
	for (int n = 0; n < DRAWS; n++)
	{
		log_weights_begin(weights);
		log_weights_remove(weights, GONE);
		observed[log_weights_draw(weights, &random)]++;
	}
	assert_frequencies(observed, expected, ITEMS);
}

/* Everything can be drawn, once, however far apart the weights are. */
static void
test_all(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int64_t count = 1; count < 900; count += count < 200 ? 13 : 53)
	{
		LogWeights *weights = log_weights_new(count);
		char *seen = host_alloc_zero((size_t) count);

		for (int64_t i = 0; i < count; i++)
			weights->log_weight[i] = (float) case_between(&random, -1000, 1000);
		log_weights_begin(weights);
		for (int64_t i = 0; i < count; i++)
		{
			uint32_t drawn = log_weights_draw(weights, &random);

			assert_true(drawn < count);
			assert_false(seen[drawn]++);
		}
	}
}

static void
test_removed(void **state)
{
	LogWeights *weights = log_weights_new(40);
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int i = 0; i < 40; i++)
		weights->log_weight[i] = i == 7 ? 50 : 0;
	for (int round = 0; round < 300; round++)
	{
		log_weights_begin(weights);
		log_weights_remove(weights, 7);
		log_weights_remove(weights, 20);
		for (int i = 0; i < 38; i++)
		{
			uint32_t drawn = log_weights_draw(weights, &random);

			assert_true(drawn != 7 && drawn != 20 && drawn < 40);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_frequencies),
		host_unit_test(test_frequencies_of_many),
		host_unit_test(test_all),
		host_unit_test(test_removed),
	};

	return cmocka_run_group_tests_name("log_weights", tests, NULL, NULL);
}
