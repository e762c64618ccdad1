/*
 * test_attribute.c
 *	  Attribute identifiability against its expectation.
 *
 * Which items are held out, and which of equals comes first, is up to the
 * seed.  So recalls are averaged over many seeds and compared with the mean
 * over all ways to hold out and all orders of equals.  Limits are 6 standard
 * errors for one user and 4.9 for a set of them; seeds are fixed.
 */
#include "cases.h"
#include "metrics/attribute.h"
#include "recommenders/ease.h"

#include <math.h>
#include <string.h>

#define MAX_ITEMS 40

/* Scores that differ by less are equal but for rounding. */
#define EQUAL 1e-12

/* What comes of items with equal scores. */
typedef enum Ties
{
	TIES_LOST,
	TIES_FAIR,
	TIES_WON
} Ties;

/* items x items: B of EASE, as scores of users with one item each; see test_ease. */
static double *
weights(const Histories *data, double lambda)
{
	double *b = host_array(double, data->items * data->items);
	Ease ease;

	ease_fit(data, lambda, &ease);
	for (uint32_t i = 0; i < data->items; i++)
		ease_score(&ease, &i, 1, b + i * data->items);
	return b;
}

/* How likely the item is among the "cutoff" best ones that are no input. */
static double
hit_probability(const double *b, int64_t items, const bool *input, int64_t item, int64_t cutoff, Ties ties)
{
	double score[MAX_ITEMS] = {0}, better = 0, equal = 1; /* the item itself */

	for (int64_t i = 0; i < items; i++)
	{
		for (int64_t j = 0; j < items && input[i]; j++)
			score[j] += b[i * items + j];
	}
	for (int64_t j = 0; j < items; j++)
	{
		if (input[j] || j == item)
			continue;
		better += score[j] > score[item] + EQUAL;
		equal += fabs(score[j] - score[item]) <= EQUAL;
	}
	if (ties != TIES_FAIR)
		return better + (ties == TIES_LOST ? equal - 1 : 0) < (double) cutoff;
	return fmin(1, fmax(0, ((double) cutoff - better) / equal));
}

/* Mean recall of a user with fewer than 15 items: one or two are held out. */
static double
expected_recall(const Histories *original, int64_t user, const Histories *synthetic, const double *b,
                int64_t cutoff, Ties ties)
{
	int64_t length = histories_length(original, user), known[MAX_ITEMS]; /* synthetic indexes, or -1 */
	bool input[MAX_ITEMS] = {false};
	double sum = 0;
	int64_t ways = 0;

	assert_in_range(length, 2, 14);
	for (int64_t k = 0; k < length; k++)
	{
		Key item = keys_get(&original->item_keys, original->item[original->start[user] + k]);

		known[k] = keys_find(&synthetic->item_keys, &item);
		if (known[k] >= 0)
			input[known[k]] = true;
	}
	for (int64_t first = 0; first < length; first++)
	{
		for (int64_t second = length >= 10 ? first + 1 : first; second < (length >= 10 ? length : first + 1);
		     second++)
		{
			const int64_t held[2] = {known[first], known[second]};
			double hits = 0;

			for (int h = 0; h < 2; h++)
			{
				if (held[h] >= 0)
					input[held[h]] = false;
			}
			for (int h = 0; h < 2; h++)
				hits += held[h] < 0 ? 0 : hit_probability(b, synthetic->items, input, held[h], cutoff, ties);
			for (int h = 0; h < 2; h++)
			{
				if (held[h] >= 0)
					input[held[h]] = true;
			}
			sum += hits / 2;
			ways++;
		}
	}
	return sum / (double) ways;
}

/*
 * Asserts that the recalls of many seeds have the expected means; or without
 * "fair", means between those for ties that are all lost and all won.
 */
static void
check_means(const Histories *original, const Histories *synthetic, int64_t cutoff, double lambda, bool fair,
            int seeds)
{
	double *sum = host_array_zero(double, original->users);
	double *b = weights(synthetic, lambda);
	double off = 0, variance = 0;

	for (int seed = 0; seed < seeds; seed++)
	{
		double *recall = attribute_by_user(original, synthetic, cutoff, lambda, (uint64_t) seed);

		for (int64_t u = 0; u < original->users; u++)
		{
			assert_true(recall[u] == -1 || recall[u] == 0 || recall[u] == 0.5 || recall[u] == 1);
			sum[u] += recall[u];
		}
	}
	for (int64_t u = 0; u < original->users; u++)
	{
		double low, high, nearest, error;

		if (histories_length(original, u) < 2)
		{
			assert_true(sum[u] == -seeds);
			continue;
		}
		low = expected_recall(original, u, synthetic, b, cutoff, fair ? TIES_FAIR : TIES_LOST);
		high = expected_recall(original, u, synthetic, b, cutoff, fair ? TIES_FAIR : TIES_WON);
		nearest = fmin(high, fmax(low, sum[u] / seeds));
		/* no number between 0 and 1 with this mean varies more */
		error = sqrt(fmax(nearest * (1 - nearest), 0) * seeds);
		if (fabs(sum[u] - nearest * seeds) > 6 * error + 1e-6)
			fail_msg("user %lld has a mean recall of %g, not %g", (long long) u, sum[u] / seeds, nearest);
		off += sum[u] - nearest * seeds;
		variance += error * error;
	}
	assert_true(fabs(off) <= 4.9 * sqrt(variance) + 1e-6);
}

/* Compares random sets with what is expected of them. */
static void
check_random_sets(bool fair, uint64_t seed)
{
	static const double lambdas[] = {0.5, 1, 20};
	Random random;
	int compared = 0;

	case_random(&random, seed);
	for (int round = 0; round < 60; round++)
	{
		Histories original = random_set(&random, round % 2, 0),
				  synthetic = random_set(&random, round % 2, case_between(&random, -3, 3));

		if (!share_an_item(&original, &synthetic))
			continue;
		check_means(&original, &synthetic, case_between(&random, 1, 6), lambdas[round % 3], fair, 300);
		compared++;
	}
	assert_in_range(compared, 30, 60);
}

static void
test_as_expected(void **state)
{
	(void) state;
	check_random_sets(false, 1);
}

/* Items with equal scores come in any order, also where rounding makes them differ. */
static void
test_equal_scores(void **state)
{
	(void) state;
	check_random_sets(true, 1);
}

/* Histories of 2 to 14 items: two are held out from 10 on. */
static void
test_two_held_out(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 4; round++)
	{
		HistoryBuilder *builder = builder_new();
		Histories original, synthetic;
		Pairs pairs;

		for (int64_t user = 0; user < 13; user++)
		{
			int64_t from = case_between(&random, 0, 10);

			for (int64_t i = 0; i < user + 2; i++)
			{
				Key user_key = case_key(false, user), item_key = case_key(false, from + i);

				builder_add(builder, false, &user_key, false, &item_key);
			}
		}
		builder_settle(builder);
		builder_finish(builder, &original);
		pairs = pairs_random(&random, 120, 30, 40);
		build(&pairs, false, false, &synthetic);
		check_means(&original, &synthetic, 5, 2, false, 300);
	}
}

static const char *const real[] = {"1 2 3", "1 2 4", "1 2 3 4", "5 6", "1 5 6", "3", NULL};
static const char *const made[] = {"1 2 3", "1 2", "4 5", "6 7", NULL};

/* A handful of users: within 4 standard errors over many seeds. */
static void
check_by_hand(int64_t cutoff, double expected)
{
	enum
	{
		SEEDS = 4000
	};
	Histories original, synthetic;
	double sum = 0, squares = 0;

	build_rows(real, false, &original);
	build_rows(made, false, &synthetic);
	for (uint64_t seed = 0; seed < SEEDS; seed++)
	{
		double *recall = attribute_by_user(&original, &synthetic, cutoff, 1, seed);
		double mean = attribute_mean(recall, 6);

		assert_true(recall[5] == -1);
		sum += mean;
		squares += mean * mean;
		host_free(recall);
	}
	sum /= SEEDS;
	assert_true(fabs(sum - expected) < 4 * sqrt((squares / SEEDS - sum * sum) / SEEDS));
}

static void
test_by_hand(void **state)
{
	Histories original, synthetic;

	(void) state;
	check_by_hand(1, 0.4458333);
	check_by_hand(2, 0.565);
	build_rows(real, false, &original);
	build_rows(made, false, &synthetic);
	check_means(&original, &synthetic, 1, 1, true, 1000);
	check_means(&original, &synthetic, 2, 1, true, 1000);
}

/* With all items to guess from, only unknown items are missed. */
static void
test_large_cutoff(void **state)
{
	static const char *const originals[] = {"1 2 3", "1 9", "2 3", "8 9", NULL};
	Histories original, synthetic;

	(void) state;
	build_rows(originals, true, &original);
	build_rows(made, true, &synthetic);
	for (uint64_t seed = 0; seed < 50; seed++)
	{
		double *recall = attribute_by_user(&original, &synthetic, 7, 1, seed);

		assert_true(recall[0] == 1 && recall[2] == 1 && recall[3] == 0);
		assert_true(recall[1] == 0 || recall[1] == 1);
		assert_memory_equal(recall, attribute_by_user(&original, &synthetic, INT64_MAX, 1, seed),
		                    4 * sizeof(double));
	}
}

static void
test_threads_agree(void **state)
{
	Random random;
	Pairs pairs;
	Histories original, synthetic;
	double *one;

	(void) state;
	case_random(&random, 3);
	pairs = pairs_random(&random, 4000, 500, 60);
	build(&pairs, false, false, &original);
	pairs = pairs_random(&random, 3000, 400, 70);
	build(&pairs, false, false, &synthetic);
	one = attribute_by_user(&original, &synthetic, 5, 10, 1);
	for (int threads = 1; threads <= 7; threads += 2)
	{
		host_test_set_threads(threads);
		host_test_disturb(threads == 5);
		assert_memory_equal(one, attribute_by_user(&original, &synthetic, 5, 10, 1),
		                    (size_t) original.users * sizeof(double));
	}
	host_test_disturb(false);
	assert_true(memcmp(one, attribute_by_user(&original, &synthetic, 5, 10, 2),
	                   (size_t) original.users * sizeof(double)) != 0);
}

static void
test_mean(void **state)
{
	static const double recall[] = {-1, 0.5, 1, -1, 0};

	(void) state;
	assert_true(attribute_mean(recall, 5) == 0.5);
	assert_true(attribute_mean(recall, 2) == 0.5);
	EXPECT_FAIL(HOST_NO_DATA, attribute_mean(recall, 1));
	EXPECT_FAIL(HOST_NO_DATA, attribute_mean(recall, 0));
}

static void
test_refused(void **state)
{
	static const char *const apart_rows[] = {"11 12", NULL};
	static const char *const none[] = {NULL};
	Histories data, texts, apart, empty;

	(void) state;
	build_rows(real, false, &data);
	build_rows(real, true, &texts);
	build_rows(apart_rows, false, &apart);
	build_rows(none, false, &empty);
	EXPECT_FAIL(HOST_NO_DATA, attribute_by_user(&data, &empty, 5, 1, 0));
	EXPECT_FAIL(HOST_NO_DATA, attribute_by_user(&empty, &data, 5, 1, 0));
	EXPECT_FAIL(HOST_NO_DATA, attribute_by_user(&data, &apart, 5, 1, 0));
	EXPECT_FAIL(HOST_TYPE_MISMATCH, attribute_by_user(&data, &texts, 5, 1, 0));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, attribute_by_user(&data, &data, 0, 1, 0));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, attribute_by_user(&data, &data, -1, 1, 0));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, attribute_by_user(&data, &data, 5, 0, 0));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, attribute_by_user(&data, &data, 5, NAN, 0));
	host_test_limit_memory(8);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, attribute_by_user(&data, &data, 5, 1, 0));
	host_test_limit_memory(0);
	host_test_cancel_after(4);
	EXPECT_FAIL(HOST_TEST_CANCELLED, attribute_by_user(&data, &data, 5, 1, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_as_expected),  host_unit_test(test_equal_scores),
		host_unit_test(test_two_held_out), host_unit_test(test_by_hand),
		host_unit_test(test_large_cutoff), host_unit_test(test_threads_agree),
		host_unit_test(test_mean),         host_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("attribute", tests, NULL, NULL);
}
