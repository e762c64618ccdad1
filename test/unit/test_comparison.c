/*
 * test_comparison.c
 *	  One catalogue of two sets, and what its items weigh.
 */
#include "cases.h"
#include "metrics/comparison.h"

#include <math.h>
#include <string.h>

static void
test_weights(void **state)
{
	(void) state;
	for (int64_t frequency = 1; frequency < 1000; frequency++)
	{
		double exact = 1 / log(1 + (double) frequency);

		assert_true(fabs((double) item_weight(frequency) * WEIGHT_UNIT - exact) <= WEIGHT_UNIT);
		assert_true(item_weight(frequency + 1) < item_weight(frequency));
	}
	assert_int_equal(item_weight(0), item_weight(1));
	assert_true(item_weight(INT64_C(1) << 31) > 0);
}

/* Users of "data" who have the item. */
static int64_t
frequency(const Histories *data, const Key *item)
{
	int64_t count = 0;

	for (int64_t u = 0; u < data->users; u++)
		count += has_item(data, u, item);
	return count;
}

static void
assert_as_defined(const Histories *original, const Histories *synthetic, const Comparison *c)
{
	int64_t total = 0;

	assert_ptr_equal(c->original, original);
	assert_ptr_equal(c->synthetic, synthetic);
	for (int64_t i = 0; i < original->items; i++)
	{
		Key item = keys_get(&original->item_keys, i);
		int64_t weight = item_weight(frequency(original, &item));

		assert_int_equal(c->original_weight[i], weight);
		assert_int_equal(c->synthetic_item[i], keys_find(&synthetic->item_keys, &item));
		total += weight;
	}
	for (int64_t j = 0; j < synthetic->items; j++)
	{
		Key item = keys_get(&synthetic->item_keys, j);
		int64_t weight = item_weight(frequency(original, &item));

		assert_int_equal(c->synthetic_weight[j], weight);
		assert_int_equal(c->original_item[j], keys_find(&original->item_keys, &item));
		total += c->original_item[j] < 0 ? weight : 0;
	}
	assert_int_equal(c->total_weight, total);
}

static void
expect_no_data(const Histories *a, const Histories *b)
{
	Comparison comparison;

	EXPECT_FAIL(HOST_NO_DATA, comparison_begin(a, b, &comparison));
}

static void
test_as_defined(void **state)
{
	Random random;
	int apart = 0;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 400; round++)
	{
		bool text = round % 2;
		Histories original = random_set(&random, text, 0),
				  synthetic = random_set(&random, text, case_between(&random, -6, 6));
		Comparison comparison;

		if (!share_an_item(&original, &synthetic))
		{
			expect_no_data(&original, &synthetic);
			apart++;
			continue;
		}
		comparison_begin(&original, &synthetic, &comparison);
		assert_as_defined(&original, &synthetic, &comparison);
		assert_true(comparison_bytes(&original, &synthetic) >= 16 * (original.items + synthetic.items));
	}
	assert_in_range(apart, 5, 200);
}

static void
test_history_weights(void **state)
{
	static const char *const rows[] = {"1 2 3", "2", "1 3", NULL};
	static const int64_t weight[] = {1, 20, 300};
	Histories data;
	int64_t *sums;

	(void) state;
	build_rows(rows, false, &data);
	sums = history_weights(&data, weight);
	assert_int_equal(sums[0], 321);
	assert_int_equal(sums[1], 20);
	assert_int_equal(sums[2], 301);
}

/* "users" users of "length" items each, which nobody else has. */
static Histories
without_common_items(int64_t users, int64_t length)
{
	int64_t *user_key = host_array(int64_t, users), *item_key = host_array(int64_t, users * length), *start;
	Keys user_keys = {false, users, user_key, NULL, NULL},
		 item_keys = {false, users * length, item_key, NULL, NULL};
	uint32_t *item;
	void *value;
	Histories data;

	for (int64_t u = 0; u < users; u++)
		user_key[u] = u;
	for (int64_t i = 0; i < users * length; i++)
		item_key[i] = i;
	value = histories_new(&user_keys, NULL, users, &item_keys, NULL, users * length, users * length, &start,
	                      &item);
	for (int64_t u = 0; u <= users; u++)
		start[u] = u * length;
	for (int64_t i = 0; i < users * length; i++)
		item[i] = (uint32_t) i;
	histories_seal(value, &data);
	return data;
}

/* Weights of two histories together must stay below 2^63. */
static void
test_long_histories(void **state)
{
	static const char *const rows[] = {"1 2 3", NULL};
	Histories fits = without_common_items(1, 700000), longer = without_common_items(1, 3000000), small;
	Comparison comparison;

	(void) state;
	build_rows(rows, false, &small);
	comparison_begin(&fits, &small, &comparison);
	assert_true(history_weights(&fits, comparison.original_weight)[0] == 700000 * item_weight(1));
	EXPECT_FAIL(HOST_TOO_LARGE, comparison_begin(&longer, &small, &comparison));
	EXPECT_FAIL(HOST_TOO_LARGE, comparison_begin(&small, &longer, &comparison));
}

/* No history is long, but all items together weigh more than 2^63 - 1 units. */
static void
compare_large_catalogues(void)
{
	Histories large = without_common_items(12, 500000);
	const char *const rows[] = {"1 2 3", NULL};
	Histories small;
	Comparison comparison;
	volatile int outcome;

	build_rows(rows, false, &small);
	CATCH(outcome, comparison_begin(&large, &small, &comparison));
	if (outcome != HOST_TOO_LARGE)
		host_test_child_fails();
}

static void
test_large_catalogues(void **state)
{
	(void) state;
	assert_true(host_test_survives(compare_large_catalogues));
}

static void
test_refused(void **state)
{
	static const char *const some[] = {"1 2", "2 3", NULL};
	static const char *const others[] = {"4 5", "5", NULL};
	static const char *const none[] = {NULL};
	Histories data, apart, texts, empty;
	Comparison comparison;

	(void) state;
	build_rows(some, false, &data);
	build_rows(others, false, &apart);
	build_rows(some, true, &texts);
	build_rows(none, false, &empty);
	comparison_begin(&texts, &texts, &comparison);
	expect_no_data(&data, &empty);
	expect_no_data(&empty, &data);
	expect_no_data(&empty, &empty);
	expect_no_data(&data, &apart);
	EXPECT_FAIL(HOST_TYPE_MISMATCH, comparison_begin(&data, &texts, &comparison));
	EXPECT_FAIL(HOST_TYPE_MISMATCH, comparison_begin(&texts, &data, &comparison));
	host_test_cancel_after(0);
	EXPECT_FAIL(HOST_TEST_CANCELLED, comparison_begin(&data, &data, &comparison));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_weights),          host_unit_test(test_as_defined),
		host_unit_test(test_history_weights),  host_unit_test(test_long_histories),
		host_unit_test(test_large_catalogues), host_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("comparison", tests, NULL, NULL);
}
