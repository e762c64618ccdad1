/*
 * test_select.c
 *	  Samples, splits, shorter histories, cores.
 */
#include "cases.h"
#include "data/select.h"

#include <math.h>
#include <string.h>

static Histories
opened(void *value)
{
	Histories data;

	/* as a value tells its size: all of it was allocated by value_new() */
	const HistoriesHeader *header = value;
	int64_t bytes = (int64_t) sizeof(HistoriesHeader) +
	                keys_stored_bytes(header->value.flags & HISTORIES_TEXT_USERS, header->users,
	                                  header->user_text_bytes) +
	                keys_stored_bytes(header->value.flags & HISTORIES_TEXT_ITEMS, header->items,
	                                  header->item_text_bytes) +
	                (header->users + 1) * 8 + value_align(header->interactions * 4);

	histories_open(value, bytes, &data);
	return data;
}

static Histories
random_case(Random *random)
{
	Pairs pairs = pairs_random(random, case_between(random, 0, 120), case_between(random, 1, 25),
	                           case_between(random, 1, 15));
	Histories data;

	build(&pairs, case_between(random, 0, 1), case_between(random, 0, 1), &data);
	return data;
}

/* Asserts that users of "part" have the same histories in "whole". */
static void
assert_users_of(const Histories *part, const Histories *whole)
{
	for (int64_t u = 0; u < part->users; u++)
	{
		Key user = keys_get(&part->user_keys, u);
		int64_t there = keys_find(&whole->user_keys, &user);

		assert_true(there >= 0);
		assert_int_equal(histories_length(part, u), histories_length(whole, there));
		for (int64_t p = part->start[u]; p < part->start[u + 1]; p++)
		{
			Key item = keys_get(&part->item_keys, part->item[p]);

			assert_true(has_item(whole, there, &item));
		}
	}
}

static void
test_sample_sizes(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 300; round++)
	{
		Histories data = random_case(&random);
		int64_t wanted = case_between(&random, 0, data.users + 3);
		uint64_t seed = random_uint64(&random);
		Histories sample = opened(select_sample_users(&data, wanted, seed)),
				  again = opened(select_sample_users(&data, wanted, seed));

		assert_int_equal(sample.users, wanted < data.users ? wanted : data.users);
		assert_users_of(&sample, &data);
		assert_same_value(&sample, &again);
		if (wanted >= data.users)
			assert_same_value(&sample, &data);
	}
}

static void
test_split(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 300; round++)
	{
		Histories data = random_case(&random), first, second, joined;
		double share = round % 10 == 0 ? 0 : round % 10 == 1 ? 1 : random_uniform(&random);
		void *first_value, *second_value;
		HistoryBuilder *builder = builder_new();

		select_split_users(&data, share, (uint64_t) round, &first_value, &second_value);
		first = opened(first_value);
		second = opened(second_value);
		assert_int_equal(first.users, llround(share * (double) data.users));
		assert_int_equal(first.users + second.users, data.users);
		for (int64_t u = 0; u < first.users; u++)
		{
			Key user = keys_get(&first.user_keys, u);

			assert_true(keys_find(&second.user_keys, &user) < 0);
		}
		assert_users_of(&first, &data);
		assert_users_of(&second, &data);

		builder_add_histories(builder, &second);
		builder_add_histories(builder, &first);
		builder_settle(builder);
		builder_finish(builder, &joined);
		assert_same_value(&joined, &data);
	}
}

static void
test_truncate(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 300; round++)
	{
		Histories data = random_case(&random);
		int64_t most = case_between(&random, 1, 12);
		Histories part = opened(select_truncate(&data, most, (uint64_t) round));

		assert_int_equal(part.users, data.users);
		for (int64_t u = 0; u < part.users; u++)
		{
			Key a = keys_get(&part.user_keys, u), b = keys_get(&data.user_keys, u);
			int64_t length = histories_length(&data, u);

			assert_int_equal(key_compare(&a, &b), 0);
			assert_int_equal(histories_length(&part, u), length < most ? length : most);
			for (int64_t p = part.start[u]; p < part.start[u + 1]; p++)
			{
				Key item = keys_get(&part.item_keys, part.item[p]);

				assert_true(has_item(&data, u, &item));
			}
		}
	}
}

/* Which of the C(5, 2) subsets of the keys 1 .. 5 this is. */
static int
subset_of_five(const Keys *keys)
{
	int number = 0;

	assert_int_equal(keys->count, 2);
	for (int64_t i = 1; i < 5; i++)
	{
		for (int64_t j = i + 1; j <= 5; j++, number++)
		{
			if (keys->integer[0] == i && keys->integer[1] == j)
				return number;
		}
	}
	fail();
	return -1;
}

/* Each subset is equally likely.  False alarms: see assert_frequencies(). */
static void
test_choices_are_fair(void **state)
{
	static const char *const five_users[] = {"7", "7", "7", "7", "7", NULL};
	static const char *const five_items[] = {"1 2 3 4 5", NULL};
	int64_t sampled[10] = {0}, split[10] = {0}, truncated[10] = {0};
	double probability[10];
	Histories users, items;

	(void) state;
	build_rows(five_users, false, &users);
	build_rows(five_items, false, &items);
	for (int i = 0; i < 10; i++)
		probability[i] = 0.1;
	for (uint64_t seed = 0; seed < 10000; seed++)
	{
		void *first, *second;
		Histories part;

		host_test_open_arena();
		part = opened(select_sample_users(&users, 2, seed));
		sampled[subset_of_five(&part.user_keys)]++;
		select_split_users(&users, 0.4, seed, &first, &second);
		part = opened(first);
		split[subset_of_five(&part.user_keys)]++;
		part = opened(select_truncate(&items, 2, seed));
		truncated[subset_of_five(&part.item_keys)]++;
		host_test_close_arena();
	}
	assert_frequencies(sampled, probability, 10);
	assert_frequencies(split, probability, 10);
	assert_frequencies(truncated, probability, 10);
}

/* A user's choice does not depend on who comes after, or on others' histories. */
static void
test_truncate_by_place(void **state)
{
	static const char *const some[] = {"1 2 3 4 5 6 7 8", "1 2", "1 2 3 4 5 6 7 8", NULL};
	static const char *const others[] = {"1 2 3 4 5 6 7 8", "2 3 4 5 6", "1 2 3 4 5 6 7 8", "9", NULL};
	Histories a, b;
	int differ = 0;

	(void) state;
	build_rows(some, false, &a);
	build_rows(others, false, &b);
	for (uint64_t seed = 0; seed < 50; seed++)
	{
		Histories part_a = opened(select_truncate(&a, 4, seed)),
				  part_b = opened(select_truncate(&b, 4, seed));

		for (int64_t u = 0; u < 3; u += 2)
		{
			for (int64_t p = 0; p < 4; p++)
			{
				Key item = keys_get(&part_a.item_keys, part_a.item[part_a.start[u] + p]);

				assert_true(has_item(&part_b, u, &item));
			}
		}
		differ += memcmp(part_a.item, part_a.item + part_a.start[2], 4 * sizeof(uint32_t)) != 0;
	}
	/* users 0 and 2 choose the same with probability 1 in 70 */
	assert_true(differ > 25);
}

/* Drops one user or item at a time, by definition. */
static void
core_slowly(Pairs *pairs, int64_t min_items, int64_t min_users)
{
	for (int64_t i = 0; i < pairs->count;)
	{
		int64_t of_user = 0, of_item = 0, user = pairs->user[i], item = pairs->item[i], kept = 0;

		for (int64_t j = 0; j < pairs->count; j++)
		{
			of_user += pairs->user[j] == user;
			of_item += pairs->item[j] == item;
		}
		if (of_user >= min_items && of_item >= min_users)
		{
			i++;
			continue;
		}
		for (int64_t j = 0; j < pairs->count; j++)
		{
			if (of_user < min_items ? pairs->user[j] == user : pairs->item[j] == item)
				continue;
			pairs->user[kept] = pairs->user[j];
			pairs->item[kept++] = pairs->item[j];
		}
		pairs->count = kept;
		i = 0;
	}
}

static void
test_filter_is_the_core(void **state)
{
	Random random;
	int empty = 0, unchanged = 0;

	(void) state;
	case_random(&random, 4);
	for (int round = 0; round < 400; round++)
	{
		Pairs pairs = pairs_random(&random, case_between(&random, 0, 90), 15, 12);
		bool text = case_between(&random, 0, 1);
		int64_t min_items = case_between(&random, 0, 5), min_users = case_between(&random, 0, 5);
		Pairs distinct = pairs_part(&pairs, 0, 0);
		Histories data, expected, core;

		build(&pairs, text, text, &data);
		for (int64_t i = 0; i < pairs.count; i++)
		{
			int64_t j = 0;

			while (j < distinct.count &&
			       (distinct.user[j] != pairs.user[i] || distinct.item[j] != pairs.item[i]))
				j++;
			distinct.user[j] = pairs.user[i];
			distinct.item[j] = pairs.item[i];
			distinct.count += j == distinct.count;
		}
		core_slowly(&distinct, min_items, min_users);
		build(&distinct, text, text, &expected);
		core = opened(select_filter(&data, min_items, min_users));
		assert_same_value(&core, &expected);
		empty += core.users == 0;
		unchanged += core.bytes == data.bytes;
	}
	assert_in_range(empty, 10, 300); /* the cases are not all trivial */
	assert_in_range(unchanged, 10, 300);
}

static void
test_parameters(void **state)
{
	static const char *const rows[] = {"1 2", "2", NULL};
	Histories data;
	void *first, *second;

	(void) state;
	build_rows(rows, false, &data);
	EXPECT_FAIL(HOST_INVALID_PARAMETER, select_sample_users(&data, -1, 0));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, select_split_users(&data, -0.01, 0, &first, &second));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, select_split_users(&data, 1.01, 0, &first, &second));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, select_split_users(&data, NAN, 0, &first, &second));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, select_truncate(&data, 0, 0));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, select_filter(&data, -1, 1));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, select_filter(&data, 1, INT64_MIN));
	host_test_limit_memory(16);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, select_truncate(&data, 1, 0));
	host_test_limit_memory(0);
	host_test_cancel_after(0);
	EXPECT_FAIL(HOST_TEST_CANCELLED, select_filter(&data, 1, 1));
	EXPECT_FAIL(HOST_TEST_CANCELLED, select_truncate(&data, 1, 0));
	EXPECT_FAIL(HOST_TEST_CANCELLED, select_sample_users(&data, 1, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_sample_sizes),      host_unit_test(test_split),
		host_unit_test(test_truncate),          host_unit_test(test_choices_are_fair),
		host_unit_test(test_truncate_by_place), host_unit_test(test_filter_is_the_core),
		host_unit_test(test_parameters),
	};

	return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
