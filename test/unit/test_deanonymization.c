/*
 * test_deanonymization.c
 *	  De-anonymization identifiability against the definition.
 */
#include "cases.h"
#include "metrics/deanonymization.h"

#include <math.h>

static int64_t
common_items(const Histories *a, int64_t u, const Histories *b, int64_t v)
{
	int64_t count = 0;

	for (int64_t p = a->start[u]; p < a->start[u + 1]; p++)
	{
		Key item = keys_get(&a->item_keys, a->item[p]);

		count += has_item(b, v, &item);
	}
	return count;
}

static int64_t
frequency(const Histories *data, const Key *item)
{
	int64_t count = 0;

	for (int64_t u = 0; u < data->users; u++)
		count += has_item(data, u, item);
	return count;
}

/* Adds the item's weight to the cell of the joint distribution that it is in. */
static void
count_item(const Histories *original, int64_t u, const Histories *synthetic, int64_t v, const Key *item,
           double cell[2][2])
{
	cell[has_item(original, u, item)][has_item(synthetic, v, item)] +=
		(double) item_weight(frequency(original, item)) * WEIGHT_UNIT;
}

/* Mutual information over all items that either set has. */
static double
information(const Histories *original, int64_t u, const Histories *synthetic, int64_t v)
{
	double cell[2][2] = {{0}}, total, sum = 0;

	for (int64_t i = 0; i < original->items; i++)
	{
		Key item = keys_get(&original->item_keys, i);

		count_item(original, u, synthetic, v, &item, cell);
	}
	for (int64_t j = 0; j < synthetic->items; j++)
	{
		Key item = keys_get(&synthetic->item_keys, j);

		if (keys_find(&original->item_keys, &item) < 0)
			count_item(original, u, synthetic, v, &item, cell);
	}
	total = cell[0][0] + cell[0][1] + cell[1][0] + cell[1][1];
	for (int a = 0; a < 2; a++)
	{
		for (int b = 0; b < 2; b++)
		{
			double joint = cell[a][b] / total, pa = (cell[a][0] + cell[a][1]) / total,
				   pb = (cell[0][b] + cell[1][b]) / total;

			/* weights are at least some hundredths: less is rounding */
			if (joint > 1e-12)
				sum += joint * log(joint / (pa * pb));
		}
	}
	return sum;
}

/* Tells whether v is a nearer neighbour of u than w: more in common, shorter, earlier. */
static bool
is_nearer(const Histories *original, int64_t u, const Histories *synthetic, int64_t v, int64_t w)
{
	int64_t common_v = common_items(original, u, synthetic, v),
			common_w = common_items(original, u, synthetic, w);
	int64_t length_v = histories_length(synthetic, v), length_w = histories_length(synthetic, w);

	if (common_v != common_w)
		return common_v > common_w;
	return length_v != length_w ? length_v < length_w : v < w;
}

static double
mean_slowly(const Histories *original, int64_t u, const Histories *synthetic, int64_t neighbors)
{
	double sum = 0;
	int64_t counted = 0;

	for (int64_t v = 0; v < synthetic->users; v++)
	{
		int64_t nearer = 0;

		for (int64_t w = 0; w < synthetic->users; w++)
			nearer += is_nearer(original, u, synthetic, w, v);
		if (nearer >= neighbors)
			continue;
		sum += information(original, u, synthetic, v);
		counted++;
	}
	assert_int_equal(counted, neighbors < synthetic->users ? neighbors : synthetic->users);
	return sum / (double) counted;
}

static void
expect_no_data(const Histories *a, const Histories *b)
{
	EXPECT_FAIL(HOST_NO_DATA, deanonymization_by_user(a, b, 5));
}

static void
test_as_defined(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 200; round++)
	{
		bool text = round % 2;
		Histories original = random_set(&random, text, 0),
				  synthetic = random_set(&random, text, case_between(&random, -4, 4));
		int64_t neighbors = case_between(&random, 1, 14);
		double *one, *three;

		if (!share_an_item(&original, &synthetic))
		{
			expect_no_data(&original, &synthetic);
			continue;
		}
		host_test_set_threads(1);
		one = deanonymization_by_user(&original, &synthetic, neighbors);
		for (int64_t u = 0; u < original.users; u++)
			assert_true(fabs(one[u] - mean_slowly(&original, u, &synthetic, neighbors)) < 1e-10);
		host_test_set_threads(3);
		three = deanonymization_by_user(&original, &synthetic, neighbors);
		assert_memory_equal(one, three, (size_t) original.users * sizeof(double));
	}
}

static const char *const real[] = {"1 2 3", "1 2 4", "1 2 3 4", "5 6", "1 5 6", "3", NULL};
static const char *const made[] = {"1 2 3", "1 2", "4 5", "6 7", NULL};

static double
mean(const double *number, int64_t count)
{
	double sum = 0;

	for (int64_t i = 0; i < count; i++)
		sum += number[i];
	return sum / (double) count;
}

/* A handful of users, worked out by hand. */
static void
test_by_hand(void **state)
{
	(void) state;
	for (int text = 0; text < 2; text++)
	{
		Histories original, synthetic;

		build_rows(real, text, &original);
		build_rows(made, text, &synthetic);
		assert_true(fabs(mean(deanonymization_by_user(&original, &synthetic, 50), 6) - 0.14065271099317891) <
		            1e-10);
		assert_true(fabs(mean(deanonymization_by_user(&original, &synthetic, 4), 6) - 0.14065271099317891) <
		            1e-10);
		assert_true(fabs(mean(deanonymization_by_user(&original, &synthetic, 3), 6) - 0.1319126276900275) <
		            1e-10);
	}
}

/* A neighbour that is the user tells all: the entropy of "u has item I". */
static void
test_copies(void **state)
{
	static const char *const rows[] = {"1 2", "3 4", "1 2 3 4 5 6", NULL};
	Histories data;
	double *found;
	double two, rest;

	(void) state;
	build_rows(rows, false, &data);
	found = deanonymization_by_user(&data, &data, 1);
	/* four items of two users, two items of one */
	two = 2 / log(3) / (4 / log(3) + 2 / log(2));
	rest = 1 - two;
	assert_true(fabs(found[0] + two * log(two) + rest * log(rest)) < 1e-10);
	assert_true(fabs(found[1] - found[0]) < 1e-12);
	/* everything there is: nothing is left to tell */
	assert_true(fabs(found[2]) < 1e-12);
}

static void
test_threads_agree(void **state)
{
	Random random;
	Pairs pairs;
	Histories original, synthetic;
	double *one;

	(void) state;
	case_random(&random, 2);
	pairs = pairs_random(&random, 5000, 900, 40);
	build(&pairs, false, false, &original);
	pairs = pairs_random(&random, 4000, 700, 50);
	build(&pairs, false, false, &synthetic);
	one = deanonymization_by_user(&original, &synthetic, 50);
	for (int threads = 2; threads <= 7; threads++)
	{
		double *again;

		host_test_set_threads(threads);
		host_test_disturb(threads % 2);
		again = deanonymization_by_user(&original, &synthetic, 50);
		assert_memory_equal(one, again, (size_t) original.users * sizeof(double));
	}
	for (int64_t u = 0; u < original.users; u += 90)
		assert_true(fabs(one[u] - mean_slowly(&original, u, &synthetic, 50)) < 1e-10);
}

/* One user of so many items. */
static Histories
one_history(int64_t items)
{
	HistoryBuilder *builder = builder_new();
	Key user = {1, NULL, 0};
	Histories data;

	for (int64_t i = 0; i < items; i++)
	{
		Key item = {i, NULL, 0};

		builder_add(builder, false, &user, false, &item);
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	return data;
}

/* Counts of items in common are kept in 16 bits. */
static void
test_long_history(void **state)
{
	Histories fits = one_history(UINT16_MAX), longer = one_history(UINT16_MAX + 1);

	(void) state;
	assert_true(fabs(deanonymization_by_user(&fits, &fits, 3)[0]) < 1e-10);
	EXPECT_FAIL(HOST_TOO_LARGE, deanonymization_by_user(&longer, &fits, 3));
	assert_true(deanonymization_by_user(&fits, &longer, 3)[0] >= 0);
}

static void
test_refused(void **state)
{
	static const char *const none[] = {NULL};
	Histories data, texts, empty;

	(void) state;
	build_rows(real, false, &data);
	build_rows(real, true, &texts);
	build_rows(none, false, &empty);
	expect_no_data(&data, &empty);
	expect_no_data(&empty, &data);
	EXPECT_FAIL(HOST_TYPE_MISMATCH, deanonymization_by_user(&data, &texts, 5));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, deanonymization_by_user(&data, &data, 0));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, deanonymization_by_user(&data, &data, INT64_MIN));
	assert_non_null(deanonymization_by_user(&data, &data, INT64_MAX));
	host_test_limit_memory(8);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, deanonymization_by_user(&data, &data, 5));
	host_test_limit_memory(0);
	host_test_cancel_after(3);
	EXPECT_FAIL(HOST_TEST_CANCELLED, deanonymization_by_user(&data, &data, 5));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_as_defined),    host_unit_test(test_by_hand),      host_unit_test(test_copies),
		host_unit_test(test_threads_agree), host_unit_test(test_long_history), host_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("deanonymization", tests, NULL, NULL);
}
