/*
 * test_item_lists.c
 *	  The lists of items that a training step sees.
 *
 * Frequencies are compared with exact probabilities; for the false-alarm rate
 * see assert_frequencies().
 */
#include "cases.h"
#include "generators/item_lists.h"

#include <string.h>

/* The lists of one step: those of all users of data. */
static ItemLists
lists_of(const Histories *data, int64_t steps, uint64_t seed, int64_t step)
{
	int64_t *sample = host_array(int64_t, data->users);
	Shard shard = {sample, data->users, seed, step, true};
	Tape *tape;

	for (int64_t u = 0; u < data->users; u++)
		sample[u] = u;
	tape = tape_new(NULL, (TapeSize){4, data->users * (steps + 2) * 16 + 4096});
	return item_lists(tape, data, &shard, steps);
}

/* A list is what of the history there is room for, no place twice, and nothing past its end. */
static void
test_lists(void **state)
{
	Random random;

	(void) state;
	for (uint64_t seed = 0; seed < 60; seed++)
	{
		Histories data;
		int64_t steps;
		ItemLists lists;

		case_random(&random, seed);
		data = random_set(&random, seed % 2, 0);
		if (data.users == 0)
			continue;
		steps = case_between(&random, 1, 12);
		lists = lists_of(&data, steps, seed, (int64_t) seed);
		assert_int_equal(lists.rows, data.users);
		for (int64_t u = 0; u < data.users; u++)
		{
			int64_t length = histories_length(&data, u);
			bool seen[16] = {false};

			assert_int_equal(lists.length[u], length < steps ? length : steps);
			for (int64_t t = 0; t < steps; t++)
			{
				uint32_t item = lists.item[t * data.users + u];
				bool there = false;

				assert_true(lists.active[t * data.users + u] == (t < lists.length[u]));
				if (t >= lists.length[u])
				{
					assert_int_equal(item, 0);
					continue;
				}
				for (int64_t p = data.start[u]; p < data.start[u + 1]; p++)
					there = there || data.item[p] == item;
				assert_true(there);
				assert_false(seen[item]);
				seen[item] = true;
			}
		}
	}
}

/* Every order of two of four items is equally likely, over steps. */
static void
test_orders(void **state)
{
	enum
	{
		STEPS = 30000
	};
	Histories data;
	int64_t pair[16] = {0};
	double probability[16];

	(void) state;
	build_rows((const char *const[]){"1 2 3 4", NULL}, false, &data);
	for (int i = 0; i < 16; i++)
		probability[i] = i / 4 == i % 4 ? 0 : 1.0 / 12;
	for (int64_t step = 0; step < STEPS; step++)
	{
		ItemLists lists;

		host_test_open_arena();
		lists = lists_of(&data, 2, 9, step);
		pair[lists.item[0] * 4 + lists.item[1]]++;
		host_test_close_arena();
	}
	assert_frequencies(pair, probability, 16);
}

/* Another step or seed is another order; the same ones are the same, whoever shares the shard. */
static void
test_fresh(void **state)
{
	Histories data;
	ItemLists a, b, c, d;
	size_t bytes = 3 * 8 * sizeof(uint32_t);

	(void) state;
	build_rows((const char *const[]){"1 2 3 4 5 6 7 8", "11 12 13 14 15 16 17 18", "1 2 3 4 5 6 7 8", NULL},
	           false, &data);
	a = lists_of(&data, 8, 5, 3);
	b = lists_of(&data, 8, 5, 3);
	c = lists_of(&data, 8, 5, 4);
	d = lists_of(&data, 8, 6, 3);
	assert_memory_equal(a.item, b.item, bytes);
	assert_memory_not_equal(a.item, c.item, bytes);
	assert_memory_not_equal(a.item, d.item, bytes);
	/* users with the same items have orders of their own */
	for (int t = 0; t < 8; t++)
	{
		if (a.item[3 * t] != a.item[3 * t + 2])
			return;
	}
	fail_msg("two users have one order");
}

/* Sequences keep their order and their repeats. */
static void
test_sequences(void **state)
{
	static const int64_t items[] = {5, 3, 5, 1, 4, 3};
	HistoryBuilder *builder = builder_new();
	Histories data;
	bool dropped[6] = {false};

	(void) state;
	for (int i = 0; i < 6; i++)
	{
		Key user = case_key(false, 1), item = case_key(false, items[i]);

		builder_add_timed(builder, false, &user, false, &item, TIMES_INTEGER, i);
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	for (int64_t step = 0; step < 50; step++)
	{
		ItemLists whole = lists_of(&data, 6, 1, step), part = lists_of(&data, 5, 1, step);
		int at = 0;

		assert_memory_equal(whole.item, data.item, sizeof(items) / 2);
		for (int t = 0; t < 5; t++, at++)
		{
			while (at < 6 && data.item[at] != part.item[t])
				dropped[at++] = true;
			assert_true(at < 6);
		}
		if (at == 5)
			dropped[5] = true;
	}
	/* those that are left out are others each time; of equal ones the search finds the first */
	assert_true(dropped[0] && dropped[1] && dropped[3] && dropped[4] && dropped[5]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_lists),
		host_unit_test(test_orders),
		host_unit_test(test_fresh),
		host_unit_test(test_sequences),
	};

	return cmocka_run_group_tests_name("item_lists", tests, NULL, NULL);
}
