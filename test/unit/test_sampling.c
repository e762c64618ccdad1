/*
 * test_sampling.c
 *	  Draws from discrete distributions, with and without replacement.
 *
 * Frequencies are compared with exact probabilities; for the false-alarm rate
 * see assert_frequencies().
 */
#include "cases.h"
#include "math/sampling.h"

#include <math.h>
#include <string.h>

#define MAX_WEIGHTS 64

/* The probability of each index that the table stands for. */
static void
table_probabilities(const AliasTable *table, double *probability)
{
	for (int64_t i = 0; i < table->count; i++)
		probability[i] = 0;
	for (int64_t i = 0; i < table->count; i++)
	{
		double own = (double) table->threshold[i] * 0x1p-64;

		assert_true(table->alias[i] < table->count);
		probability[i] += own / (double) table->count;
		probability[table->alias[i]] += (1 - own) / (double) table->count;
	}
}

static void
test_tables_are_exact(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 2000; round++)
	{
		int64_t count = case_between(&random, 1, MAX_WEIGHTS);
		int64_t range = case_between(&random, 0, 40);
		double weight[MAX_WEIGHTS], probability[MAX_WEIGHTS], sum = 0;
		int64_t positive = 0;
		AliasTable *table;

		for (int64_t i = 0; i < count; i++)
		{
			weight[i] = case_between(&random, 0, 3) == 0 ? 0
			            : round % 2                      ? 1
			                        : exp((double) range * (random_uniform(&random) - 0.5));
			if (i == count - 1 && sum == 0)
				weight[i] = 1;
			sum += weight[i];
			positive += weight[i] > 0;
		}
		table = alias_new(weight, count);
		assert_int_equal(table->count, count);
		assert_int_equal(table->positive, positive);
		table_probabilities(table, probability);
		for (int64_t i = 0; i < count; i++)
		{
			assert_true(fabs(probability[i] - weight[i] / sum) < 1e-12);
			assert_true(weight[i] > 0 || probability[i] == 0);
		}
	}
}

static void
test_draws_follow_weights(void **state)
{
	static const double weights[][8] = {{1, 2, 3, 4, 5, 6, 7, 8},
	                                    {1, 1, 1, 1, 1, 1, 1, 1},
	                                    {0, 0, 5, 0, 1, 0, 0, 2},
	                                    {1000, 1, 1, 1, 1, 1, 1, 1},
	                                    {0, 0, 0, 0, 0, 0, 1, 1},
	                                    {1e-300, 2e-300, 0, 3e-300, 1e-300, 1e-300, 1e-300, 1e-300},
	                                    {1e300, 2e300, 0, 3e300, 1e300, 1e300, 1e300, 1e300}};
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int k = 0; k < 7; k++)
	{
		AliasTable *table = alias_new(weights[k], 8);
		int64_t observed[8] = {0};
		double probability[8], sum = 0;

		for (int i = 0; i < 8; i++)
			sum += weights[k][i];
		for (int i = 0; i < 8; i++)
			probability[i] = weights[k][i] / sum;
		for (int i = 0; i < 100000; i++)
			observed[alias_draw(table, &random)]++;
		assert_frequencies(observed, probability, 8);
	}
}

static void
test_single(void **state)
{
	static const double weight[] = {0.3}, among_zeros[] = {0, 0, 4, 0};
	AliasTable *table = alias_new(weight, 1), *sparse = alias_new(among_zeros, 4);
	DrawScratch *scratch = draw_scratch_new(1), *sparse_scratch = draw_scratch_new(4);
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int i = 0; i < 1000; i++)
	{
		uint32_t drawn[4];

		assert_int_equal(alias_draw(table, &random), 0);
		assert_int_equal(alias_draw(sparse, &random), 2);
		assert_int_equal(alias_draw_distinct(table, &random, scratch, 5, drawn), 1);
		assert_int_equal(drawn[0], 0);
		assert_int_equal(alias_draw_distinct(sparse, &random, sparse_scratch, 4, drawn), 1);
		assert_int_equal(drawn[0], 2);
	}
}

/* Sets hold different indexes of positive weight, as many as there can be. */
static void
test_distinct_sets(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int round = 0; round < 500; round++)
	{
		int64_t count = case_between(&random, 1, MAX_WEIGHTS);
		double weight[MAX_WEIGHTS];
		AliasTable *table;
		DrawScratch *scratch;

		for (int64_t i = 0; i < count; i++)
			weight[i] =
				i > 0 && case_between(&random, 0, 2) == 0 ? 0 : exp(30 * (random_uniform(&random) - 0.5));
		table = alias_new(weight, count);
		scratch = draw_scratch_new(count);
		for (int draw = 0; draw < 20; draw++)
		{
			int64_t wanted = case_between(&random, 0, count + 2), found;
			uint32_t *drawn = host_array(uint32_t, wanted);
			char seen[MAX_WEIGHTS] = {0};

			found = alias_draw_distinct(table, &random, scratch, wanted, drawn);
			assert_int_equal(found, wanted < table->positive ? wanted : table->positive);
			for (int64_t i = 0; i < found; i++)
			{
				assert_true(drawn[i] < count && weight[drawn[i]] > 0);
				assert_false(seen[drawn[i]]++);
			}
			host_free(drawn);
		}
	}
}

/*
 * Goes through all ordered draws of "wanted" of n indexes, writes their
 * probabilities by successive sampling and gives back how many there are.
 * An ordered draw is found again by its number in base n.
 */
static int
ordered_draws(const double *weight, int n, int wanted, int *number_of, double *probability)
{
	int codes = 1, cells = 0;

	for (int i = 0; i < wanted; i++)
		codes *= n;
	for (int code = 0; code < codes; code++)
	{
		double p = 1, left = 0;
		unsigned used = 0;

		for (int i = 0; i < n; i++)
			left += weight[i];
		for (int i = 0, digits = code; i < wanted; i++, digits /= n)
		{
			int index = digits % n;

			p = used & 1u << index ? 0 : p * weight[index] / left;
			left -= weight[index];
			used |= 1u << index;
		}
		number_of[code] = p > 0 ? cells : -1;
		if (p > 0)
			probability[cells++] = p;
	}
	return cells;
}

static void
check_ordered_draws(const double *weight, int n, int wanted, int draws, uint64_t seed)
{
	AliasTable *table = alias_new(weight, n);
	DrawScratch *scratch = draw_scratch_new(n);
	int number_of[1300];
	double probability[1300];
	int64_t observed[1300] = {0};
	int cells = ordered_draws(weight, n, wanted, number_of, probability);
	Random random;

	case_random(&random, seed);
	for (int i = 0; i < draws; i++)
	{
		uint32_t drawn[4];
		int code = 0;

		assert_int_equal(alias_draw_distinct(table, &random, scratch, wanted, drawn), wanted);
		for (int k = wanted - 1; k >= 0; k--)
			code = code * n + (int) drawn[k];
		assert_true(number_of[code] >= 0);
		observed[number_of[code]]++;
	}
	assert_frequencies(observed, probability, cells);
}

static void
test_distinct_is_successive_sampling(void **state)
{
	static const double one_two_three[] = {1, 2, 3}, equal[] = {1, 1, 1, 1, 1}, some[] = {0.5, 0, 4, 1, 2.5};

	(void) state;
	check_ordered_draws(one_two_three, 3, 1, 100000, 5);
	check_ordered_draws(one_two_three, 3, 2, 100000, 6);
	check_ordered_draws(one_two_three, 3, 3, 100000, 7);
	check_ordered_draws(equal, 5, 3, 100000, 8);
	check_ordered_draws(some, 5, 2, 100000, 9);
	check_ordered_draws(some, 5, 4, 200000, 10);
}

/* Here repeats are so frequent that draws often end by Gumbel top-k. */
static void
test_frequent_rejections(void **state)
{
	static const double heavy[] = {50, 1, 2, 3}, two_heavy[] = {100, 100, 1, 2, 1};

	(void) state;
	check_ordered_draws(heavy, 4, 2, 200000, 11);
	check_ordered_draws(heavy, 4, 3, 200000, 12);
	check_ordered_draws(heavy, 4, 4, 200000, 13);
	check_ordered_draws(two_heavy, 5, 4, 400000, 14);
}

/*
 * One weight of 10^9: it comes first but for one case in 10^8, and rejections
 * always exceed their limit after it.  What follows is successive sampling
 * among the others.
 */
static void
test_certain_fallback(void **state)
{
	static const double dominated[] = {1e9, 1, 2, 3, 4, 5, 6};
	AliasTable *table = alias_new(dominated, 7);
	DrawScratch *scratch = draw_scratch_new(7);
	Random random;

	(void) state;
	case_random(&random, 15);
	for (int others = 1; others <= 3; others++)
	{
		int number_of[216];
		double probability[216];
		int64_t observed[216] = {0};
		int cells = ordered_draws(dominated + 1, 6, others, number_of, probability);

		for (int i = 0; i < 100000; i++)
		{
			uint32_t drawn[4];
			int code = 0;

			assert_int_equal(alias_draw_distinct(table, &random, scratch, others + 1, drawn), others + 1);
			assert_int_equal(drawn[0], 0);
			for (int k = others; k >= 1; k--)
			{
				assert_in_range(drawn[k], 1, 6);
				code = code * 6 + (int) drawn[k] - 1;
			}
			assert_true(number_of[code] >= 0);
			observed[number_of[code]]++;
		}
		assert_frequencies(observed, probability, cells);
	}
}

/* The number of the set comes round after 2^32 sets. */
static void
test_sets_are_renumbered(void **state)
{
	static const double weight[] = {1, 1, 1, 1};
	AliasTable *table = alias_new(weight, 4);
	DrawScratch *scratch = draw_scratch_new(4);
	Random random;
	uint32_t drawn[4];

	(void) state;
	case_random(&random, 16);
	alias_draw_distinct(table, &random, scratch, 4, drawn); /* stamps are all 1 */
	scratch->set = UINT32_MAX;
	for (int i = 0; i < 3; i++)
	{
		unsigned seen = 0;

		assert_int_equal(alias_draw_distinct(table, &random, scratch, 4, drawn), 4);
		for (int k = 0; k < 4; k++)
			seen |= 1u << drawn[k];
		assert_int_equal(seen, 15);
	}
	assert_int_equal(scratch->set, 3);
}

/* Old stamps taken for new ones would make every draw a fallback: still right. */
static void
test_scratch_leaves_no_trace(void **state)
{
	static const double weight[] = {3, 1, 4, 1, 5, 9, 2, 6};
	AliasTable *table = alias_new(weight, 8);
	DrawScratch *used = draw_scratch_new(8);

	(void) state;
	for (uint64_t seed = 0; seed < 300; seed++)
	{
		DrawScratch *fresh = draw_scratch_new(8);
		uint32_t a[8], b[8];
		Random random;
		int64_t wanted = (int64_t) (seed % 8) + 1;

		case_random(&random, seed);
		alias_draw_distinct(table, &random, used, wanted, a);
		case_random(&random, seed);
		alias_draw_distinct(table, &random, fresh, wanted, b);
		assert_memory_equal(a, b, (size_t) wanted * sizeof(uint32_t));
	}
}

/* One index at a time, among those not stamped; also when those are rare. */
static void
test_unused(void **state)
{
	static const double weights[][5] = {{1, 2, 3, 4, 5}, {1e9, 0, 1, 2, 1e9}, {1e9, 1e9, 1e9, 7, 0}};
	static const unsigned stamped[] = {0x0a, 0x11, 0x07};
	Random random;

	(void) state;
	case_random(&random, 17);
	for (int k = 0; k < 3; k++)
	{
		AliasTable *table = alias_new(weights[k], 5);
		DrawScratch *scratch = draw_scratch_new(5);
		double probability[6] = {0}, sum = 0;
		int64_t observed[6] = {0};

		scratch->set = UINT32_MAX; /* the next set is 1 again, and old stamps are gone */
		for (int i = 0; i < 5; i++)
		{
			scratch->stamp[i] = 1;
			sum += stamped[k] >> i & 1 ? 0 : weights[k][i];
		}
		draw_scratch_next(scratch, 5);
		for (int i = 0; i < 5; i++)
		{
			assert_true(scratch->stamp[i] != scratch->set);
			if (stamped[k] >> i & 1)
				scratch->stamp[i] = scratch->set;
			else
				probability[i] = weights[k][i] / sum;
		}
		/* with one possible index there is nothing to compare: a second cell is made up */
		for (int i = 0; i < 60000; i++)
			observed[k == 2 && i % 2 ? 5 : alias_draw_unused(table, &random, scratch)]++;
		if (k == 2)
			probability[3] = probability[5] = 0.5;
		assert_frequencies(observed, probability, 6);
		for (int i = 0; i < 5; i++)
			assert_int_equal(scratch->stamp[i] == scratch->set, stamped[k] >> i & 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_tables_are_exact),
		host_unit_test(test_draws_follow_weights),
		host_unit_test(test_single),
		host_unit_test(test_distinct_sets),
		host_unit_test(test_distinct_is_successive_sampling),
		host_unit_test(test_frequent_rejections),
		host_unit_test(test_certain_fallback),
		host_unit_test(test_sets_are_renumbered),
		host_unit_test(test_scratch_leaves_no_trace),
		host_unit_test(test_unused),
	};

	return cmocka_run_group_tests_name("sampling", tests, NULL, NULL);
}
