/*
 * test_builder.c
 *	  From pairs in any order to one canonical value.
 */
#include "cases.h"
#include "data/merge.h"

/* Asserts that the value is well formed and holds the pairs and no others. */
static void
assert_holds(const Histories *data, const Pairs *pairs, bool text_users, bool text_items)
{
	Histories opened;

	histories_open(data->value, data->bytes, &opened);
	assert_int_equal(data->interactions, pairs_different(pairs));
	assert_int_equal(opened.interactions, data->interactions);
	for (int64_t i = 0; i < pairs->count; i++)
	{
		Key user = case_key(text_users, pairs->user[i]);
		Key item = case_key(text_items, pairs->item[i]);

		assert_true(has_pair(data, &user, &item));
	}
}

static const int64_t row_counts[] = {1, 2, 7, 8, 9, 33, 500, 4095, 4096, 4097, 9000, 30000};

#define ROW_COUNTS ((int) (sizeof(row_counts) / sizeof(row_counts[0])))

/*
 * From few rows to several chunks; all kinds of keys; keys that are rare and
 * keys that are not.
 */
static void
test_holds_what_was_added(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int n = 0; n < ROW_COUNTS; n++)
	{
		for (int kinds = 0; kinds < 4; kinds++)
		{
			Pairs pairs = pairs_random(&random, row_counts[n], 1 + row_counts[n] / 3, 40);
			Histories data;

			host_test_open_arena();
			build(&pairs, kinds & 1, kinds & 2, &data);
			assert_int_equal(data.user_keys.text, kinds & 1);
			assert_int_equal(data.item_keys.text, (kinds & 2) / 2);
			assert_holds(&data, &pairs, kinds & 1, kinds & 2);
			host_test_close_arena();
		}
	}
}

static void
test_order_leaves_no_trace(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int n = 0; n < ROW_COUNTS; n++)
	{
		for (int kinds = 0; kinds < 4; kinds++)
		{
			Pairs pairs = pairs_random(&random, row_counts[n], 1 + row_counts[n] / 5, 30);
			Histories data, shuffled;

			host_test_open_arena();
			build(&pairs, kinds & 1, kinds & 2, &data);
			pairs_shuffle(&pairs, &random);
			build(&pairs, kinds & 1, kinds & 2, &shuffled);
			assert_same_value(&data, &shuffled);
			host_test_close_arena();
		}
	}
}

static void
test_repeats_leave_no_trace(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int kinds = 0; kinds < 4; kinds++)
	{
		Pairs pairs = pairs_random(&random, 3000, 50, 500);
		HistoryBuilder *builder = builder_new();
		Histories once, often;

		build(&pairs, kinds & 1, kinds & 2, &once);
		for (int i = 0; i < 4; i++)
		{
			add_pairs(builder, &pairs, kinds & 1, kinds & 2);
			pairs_shuffle(&pairs, &random);
		}
		builder_settle(builder);
		builder_finish(builder, &often);
		assert_same_value(&once, &often);
	}
}

/* The parts of a parallel aggregate, some as values and some as rows. */
static void
test_parts_make_the_whole(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int n = 0; n < ROW_COUNTS; n++)
	{
		for (int kinds = 0; kinds < 8; kinds++)
		{
			Pairs pairs = pairs_random(&random, row_counts[n], 1 + row_counts[n] / 5, 30);
			HistoryBuilder *builder;
			Histories whole, joined;

			host_test_open_arena();
			builder = builder_new();
			build(&pairs, kinds & 1, kinds & 2, &whole);
			for (int64_t begin = 0, end; begin < pairs.count; begin = end)
			{
				Pairs part;
				Histories data;

				end = case_between(&random, begin + 1, pairs.count);
				part = pairs_part(&pairs, begin, end);
				if ((kinds & 4) && case_between(&random, 0, 1))
				{
					add_pairs(builder, &part, kinds & 1, kinds & 2);
					continue;
				}
				build(&part, kinds & 1, kinds & 2, &data);
				builder_add_histories(builder, &data);
			}
			builder_settle(builder);
			builder_finish(builder, &joined);
			assert_same_value(&whole, &joined);
			host_test_close_arena();
		}
	}
}

/* So few values that they are merged, and so many that they are taken apart; then rows as well. */
static void
test_many_parts(void **state)
{
	static const int64_t parts[] = {1, 2, MERGE_MOST_PARTS, MERGE_MOST_PARTS + 1, 3 * MERGE_MOST_PARTS};
	Random random;

	(void) state;
	case_random(&random, 6);
	for (int n = 0; n < 5; n++)
	{
		for (int kinds = 0; kinds < 8; kinds++)
		{
			Pairs pairs = pairs_random(&random, 3000, 200, 50);
			HistoryBuilder *builder;
			Histories whole, joined;

			host_test_open_arena();
			builder = builder_new();
			build(&pairs, kinds & 1, kinds & 2, &whole);
			for (int64_t i = 0; i < parts[n]; i++)
			{
				Pairs part = pairs_part(&pairs, 3000 * i / parts[n], 3000 * (i + 1) / parts[n]);
				Histories data;

				build(&part, kinds & 1, kinds & 2, &data);
				builder_add_histories(builder, &data);
			}
			if (kinds & 4)
			{
				Pairs again = pairs_part(&pairs, 100, 110);

				add_pairs(builder, &again, kinds & 1, kinds & 2);
			}
			builder_settle(builder);
			builder_finish(builder, &joined);
			assert_same_value(&whole, &joined);
			host_test_close_arena();
		}
	}
}

/* A value is read in an arena that goes, and the builder lives on. */
static void
test_finishing_changes_nothing(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 5);
	for (int n = 0; n < ROW_COUNTS; n++)
	{
		for (int kinds = 0; kinds < 4; kinds++)
		{
			Pairs pairs = pairs_random(&random, row_counts[n], 1 + row_counts[n] / 5, 30);
			Pairs first = pairs_part(&pairs, 0, pairs.count / 2),
				  second = pairs_part(&pairs, pairs.count / 2, pairs.count);
			HistoryBuilder *builder;
			Histories expected_first, expected, data;

			host_test_open_arena();
			build(&first, kinds & 1, kinds & 2, &expected_first);
			build(&pairs, kinds & 1, kinds & 2, &expected);
			builder = builder_new();
			add_pairs(builder, &first, kinds & 1, kinds & 2);
			for (int i = 0; i < 3; i++)
			{
				builder_settle(builder);
				host_test_open_arena();
				builder_finish(builder, &data);
				assert_same_value(&expected_first, &data);
				host_test_close_arena();
			}
			add_pairs(builder, &second, kinds & 1, kinds & 2);
			builder_settle(builder);
			builder_finish(builder, &data);
			assert_same_value(&expected, &data);
			host_test_close_arena();
		}
	}
}

static void
test_empty(void **state)
{
	HistoryBuilder *builder = builder_new();
	Random random;
	Pairs pairs;
	Histories data, opened, again, expected;

	(void) state;
	builder_settle(builder);
	builder_finish(builder, &data);
	histories_open(data.value, data.bytes, &opened);
	assert_int_equal(opened.users, 0);
	assert_int_equal(opened.items, 0);
	assert_int_equal(opened.interactions, 0);

	/* adding nothing changes nothing, and fixes no kind of keys */
	builder_add_histories(builder, &data);
	builder_finish(builder, &again);
	assert_same_value(&data, &again);
	case_random(&random, 6);
	pairs = pairs_random(&random, 10, 4, 4);
	add_pairs(builder, &pairs, true, false);
	builder_add_histories(builder, &data);
	builder_settle(builder);
	builder_finish(builder, &again);
	build(&pairs, true, false, &expected);
	assert_same_value(&expected, &again);
}

static void
add(HistoryBuilder *builder, bool text_user, bool text_item)
{
	Key user = case_key(text_user, 1), item = case_key(text_item, 2);

	builder_add(builder, text_user, &user, text_item, &item);
}

static void
expect_mismatch(bool text_user, bool text_item, bool other_user, bool other_item)
{
	HistoryBuilder *builder = builder_new(), *other = builder_new();
	Histories data;

	add(builder, text_user, text_item);
	add(other, other_user, other_item);
	builder_finish(other, &data);
	EXPECT_FAIL(HOST_TYPE_MISMATCH, add(builder, other_user, other_item));
	EXPECT_FAIL(HOST_TYPE_MISMATCH, builder_add_histories(builder, &data));
}

static void
test_kinds_do_not_mix(void **state)
{
	(void) state;
	for (int kinds = 0; kinds < 4; kinds++)
	{
		bool user = kinds & 1, item = kinds & 2;

		expect_mismatch(user, item, !user, item);
		expect_mismatch(user, item, user, !item);
		expect_mismatch(user, item, !user, !item);
	}
}

static void
test_extreme_integers(void **state)
{
	static const int64_t numbers[] = {INT64_MAX, -1, INT64_MIN, 0, 1};
	static const int64_t sorted[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
	HistoryBuilder *builder = builder_new();
	Histories data;

	(void) state;
	for (int i = 0; i < 5; i++)
	{
		Key key = case_key(false, numbers[i]);

		builder_add(builder, false, &key, false, &key);
	}
	builder_finish(builder, &data);
	assert_int_equal(data.users, 5);
	for (int i = 0; i < 5; i++)
	{
		assert_true(data.user_keys.integer[i] == sorted[i]);
		assert_true(data.item_keys.integer[i] == sorted[i]);
		assert_int_equal(data.item[i], i);
	}
}

static void
build_empty_text(void)
{
	HistoryBuilder *builder = builder_new();
	Key empty = {0, "", 0};
	Histories data;

	builder_add(builder, true, &empty, true, &empty);
	builder_add(builder, true, &empty, true, &empty);
	builder_finish(builder, &data);
	histories_open(data.value, data.bytes, &data);
	if (data.users != 1 || data.items != 1 || data.interactions != 1)
		host_test_child_fails();
}

/* The empty text is a key like any other, also when it is the only one. */
static void
test_empty_text(void **state)
{
	(void) state;
	assert_true(host_test_survives(build_empty_text));
}

static void
test_limits(void **state)
{
	HistoryBuilder *builder = builder_new();
	Random random;
	Pairs pairs;
	Histories data;

	(void) state;
	case_random(&random, 7);
	pairs = pairs_random(&random, 30000, 5000, 300);
	host_test_limit_memory(200 * 1024);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, add_pairs(builder, &pairs, false, false));

	host_test_limit_memory(0);
	build(&pairs, false, false, &data);
	builder = builder_new();
	host_test_limit_memory(data.bytes - 1);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, builder_add_histories(builder, &data));
	host_test_limit_memory(3 * data.bytes);
	builder_add_histories(builder, &data);
	builder_add_histories(builder, &data);
	builder_settle(builder);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, builder_finish(builder, &data));

	host_test_limit_memory(0);
	builder = builder_new();
	add_pairs(builder, &pairs, false, false);
	builder_settle(builder);
	host_test_limit_memory(600 * 1024);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, builder_finish(builder, &data));
}

static void
test_cancel(void **state)
{
	HistoryBuilder *builder = builder_new();
	Random random;
	Pairs pairs;
	Histories data;

	(void) state;
	case_random(&random, 8);
	pairs = pairs_random(&random, 5000, 500, 30);
	host_test_cancel_after(0);
	EXPECT_FAIL(HOST_TEST_CANCELLED, add_pairs(builder, &pairs, false, false));
	host_test_cancel_after(-1);
	build(&pairs, false, false, &data);
	builder = builder_new();
	host_test_cancel_after(0);
	EXPECT_FAIL(HOST_TEST_CANCELLED, builder_add_histories(builder, &data));
	host_test_cancel_after(2);
	EXPECT_FAIL(HOST_TEST_CANCELLED, build(&pairs, true, true, &data));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_holds_what_was_added),
		host_unit_test(test_order_leaves_no_trace),
		host_unit_test(test_repeats_leave_no_trace),
		host_unit_test(test_parts_make_the_whole),
		host_unit_test(test_many_parts),
		host_unit_test(test_finishing_changes_nothing),
		host_unit_test(test_empty),
		host_unit_test(test_kinds_do_not_mix),
		host_unit_test(test_extreme_integers),
		host_unit_test(test_empty_text),
		host_unit_test(test_limits),
		host_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("builder", tests, NULL, NULL);
}
