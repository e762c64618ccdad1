/*
 * test_lengths.c
 *	  The model of history lengths, and hyper-parameters by name.
 */
#include "cases.h"
#include "generators/lengths.h"
#include "data/options.h"

#include <string.h>

/* Histories of the given lengths, all from one catalogue. */
static Histories
with_lengths(const int64_t *length, int64_t users)
{
	HistoryBuilder *builder = builder_new();
	Histories data;

	for (int64_t user = 0; user < users; user++)
	{
		for (int64_t i = 0; i < length[user]; i++)
		{
			Key user_key = case_key(false, user), item_key = case_key(false, i);

			builder_add(builder, false, &user_key, false, &item_key);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	return data;
}

/* What every model has, and nothing of a method yet. */
static ModelWriter *
new_writer(const Keys *item_keys, int64_t users, int64_t interactions)
{
	ModelWriter *writer = host_alloc_zero(sizeof(ModelWriter));

	strcpy(writer->header.method, "lengths");
	writer->item_keys = *item_keys;
	writer->header.users = users;
	writer->header.interactions = interactions;
	writer->header.items = item_keys->count;
	writer->header.user_key_prefixes = 1;
	writer->header.user_key_uuids = 1;
	model_write(writer, "options", SECTION_BYTES, "{}", 2);
	model_write(writer, "version", SECTION_BYTES, "1", 1);
	return writer;
}

static Lengths *
open_written(ModelWriter *writer, int64_t groups, int64_t *longest)
{
	int64_t bytes;
	void *value = model_finish(writer, &bytes);
	Model model;

	model_open(value, bytes, &model);
	return lengths_open(&model, groups, longest);
}

/* A model with nothing in it but the lengths of some groups, opened. */
static Lengths *
open_groups(const int64_t *start, int64_t starts, const uint32_t *length, int64_t lengths,
            const int64_t *users, int64_t counts, int64_t items, int64_t groups)
{
	int64_t *key = host_array(int64_t, items);
	Keys keys = {false, items, key, NULL, NULL};
	ModelWriter *writer = new_writer(&keys, 1, 1);
	int64_t longest;

	for (int64_t i = 0; i < items; i++)
		key[i] = i;
	model_write(writer, "length_start", SECTION_INT64, start, starts);
	model_write(writer, "length", SECTION_UINT32, length, lengths);
	model_write(writer, "length_users", SECTION_INT64, users, counts);
	return open_written(writer, groups, &longest);
}

/* The same with one group. */
static void
open_sections(const uint32_t *length, int64_t lengths, const int64_t *users, int64_t counts, int64_t items,
              Lengths *result)
{
	int64_t *start = host_array(int64_t, 2);

	start[0] = 0;
	start[1] = lengths;
	*result = *open_groups(start, 2, length, lengths, users, counts, items, 1);
}

static Lengths *
fitted_groups(const Histories *data, const uint32_t *group, int64_t groups)
{
	ModelWriter *writer = new_writer(&data->item_keys, data->users, data->interactions);
	int64_t longest, most = 0;
	Lengths *lengths;

	lengths_fit(data, group, groups, writer);
	lengths = open_written(writer, groups, &longest);
	for (int64_t g = 0; g < groups; g++)
		most = lengths[g].longest > most ? lengths[g].longest : most;
	assert_int_equal(longest, most);
	return lengths;
}

static Lengths
fitted(const Histories *data)
{
	return *fitted_groups(data, NULL, 1);
}

/*
 * By definition: no length above the greatest that five users reach, or above
 * the least there is when there are not five users.
 */
static void
test_histogram(void **state)
{
	Random random;
	int cut = 0;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 500; round++)
	{
		int64_t users = case_between(&random, 1, 40), longest = case_between(&random, 1, 30), top = INT64_MAX,
				length[40];
		Histories data;
		Lengths lengths;
		int64_t number = 0, up_to = 0;

		for (int64_t u = 0; u < users; u++)
		{
			length[u] = case_between(&random, 1 + longest / 4, longest);
			top = length[u] < top ? length[u] : top;
		}
		for (int64_t u = 0; u < users; u++)
		{
			int64_t as_long = 0;

			for (int64_t v = 0; v < users; v++)
				as_long += length[v] >= length[u];
			if (as_long >= LENGTHS_MIN_USERS && length[u] > top)
				top = length[u];
		}
		data = with_lengths(length, users);
		lengths = fitted(&data);
		assert_int_equal(lengths.longest, top);
		for (int64_t l = 1; l <= top; l++)
		{
			int64_t with = 0;

			for (int64_t u = 0; u < users; u++)
				with += length[u] == l || (l == top && length[u] > top);
			if (with == 0)
				continue;
			up_to += with;
			assert_true(number < lengths.count);
			assert_int_equal(lengths.length[number], l);
			assert_int_equal(lengths.users[number], up_to);
			number++;
		}
		assert_int_equal(number, lengths.count);
		assert_int_equal(up_to, users);
		for (int64_t u = 0; u < users; u++)
			cut += length[u] > top;
	}
	assert_true(cut > 500);
}

/* A length that one person has does not appear. */
static void
test_tail_is_cut(void **state)
{
	static const int64_t length[] = {1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 4, 5, 90};
	static const int64_t four[] = {9, 7, 8, 9};
	Histories data = with_lengths(length, 14);
	Lengths lengths = fitted(&data);

	(void) state;
	assert_int_equal(lengths.count, 2);
	assert_int_equal(lengths.longest, 2);
	assert_int_equal(lengths.users[0], 5);
	assert_int_equal(lengths.users[1], 14);
	data = with_lengths(four, 4);
	lengths = fitted(&data);
	assert_int_equal(lengths.count, 1);
	assert_int_equal(lengths.longest, 7);
	assert_int_equal(lengths.users[0], 4);
}

/* The histogram of a group is that of its users alone. */
static void
test_groups(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 200; round++)
	{
		int64_t users = case_between(&random, 6, 60), groups = case_between(&random, 1, 6), length[60];
		uint32_t group[60];
		Histories data;
		Lengths *lengths;

		for (int64_t u = 0; u < users; u++)
		{
			length[u] = case_between(&random, 1, 12);
			group[u] = (uint32_t) (u < groups ? u : case_between(&random, 0, groups - 1));
		}
		data = with_lengths(length, users);
		lengths = fitted_groups(&data, group, groups);
		for (int64_t g = 0; g < groups; g++)
		{
			int64_t of_group[60], members = 0;
			Histories part;
			Lengths alone;

			for (int64_t u = 0; u < users; u++)
			{
				if (group[u] == g)
					of_group[members++] = length[u];
			}
			part = with_lengths(of_group, members);
			alone = fitted(&part);
			assert_int_equal(lengths[g].count, alone.count);
			assert_int_equal(lengths[g].longest, alone.longest);
			assert_memory_equal(lengths[g].length, alone.length, (size_t) alone.count * sizeof(uint32_t));
			assert_memory_equal(lengths[g].users, alone.users, (size_t) alone.count * sizeof(int64_t));
		}
	}
}

/* False alarms: see assert_frequencies(). */
static void
test_draws(void **state)
{
	static const uint32_t length[] = {1, 2, 5, 6, 20};
	static const int64_t users[] = {50, 51, 80, 90, 100};
	static const double share[] = {0.5, 0.01, 0.29, 0.1, 0.1};
	int64_t observed[5] = {0};
	Lengths lengths;
	Random random;

	(void) state;
	open_sections(length, 5, users, 5, 20, &lengths);
	case_random(&random, 2);
	for (int i = 0; i < 100000; i++)
	{
		int64_t drawn = lengths_draw(&lengths, &random);
		int number = 0;

		while (number < 5 && length[number] != drawn)
			number++;
		assert_true(number < 5);
		observed[number]++;
	}
	assert_frequencies(observed, share, 5);
}

static void
expect_refused(const uint32_t *length, int64_t lengths, const int64_t *users, int64_t counts)
{
	Lengths result;

	EXPECT_FAIL(HOST_INVALID_VALUE, open_sections(length, lengths, users, counts, 10, &result));
}

static void
test_refused(void **state)
{
	Lengths result;

	(void) state;
	open_sections((uint32_t[]){3, 10}, 2, (int64_t[]){1, 2}, 2, 10, &result);
	expect_refused(NULL, 0, NULL, 0);
	expect_refused((uint32_t[]){3}, 1, NULL, 0);
	expect_refused(NULL, 0, (int64_t[]){3}, 1);
	expect_refused((uint32_t[]){3, 10}, 2, (int64_t[]){1}, 1);
	expect_refused((uint32_t[]){3, 11}, 2, (int64_t[]){1, 2}, 2); /* more than there are items */
	expect_refused((uint32_t[]){0, 3}, 2, (int64_t[]){1, 2}, 2);
	expect_refused((uint32_t[]){3, 3}, 2, (int64_t[]){1, 2}, 2);
	expect_refused((uint32_t[]){4, 3}, 2, (int64_t[]){1, 2}, 2);
	expect_refused((uint32_t[]){3, 4}, 2, (int64_t[]){2, 2}, 2);
	expect_refused((uint32_t[]){3, 4}, 2, (int64_t[]){2, 1}, 2);
	expect_refused((uint32_t[]){3, 4}, 2, (int64_t[]){0, 1}, 2);
	expect_refused((uint32_t[]){3, 4}, 2, (int64_t[]){-1, 1}, 2);
	expect_refused((uint32_t[]){3, 4}, 2, (int64_t[]){1, INT64_MIN}, 2);
}

/* Two groups: 3 and 10, 5 alone. */
static void
expect_groups(int expected, int64_t first, int64_t second, int64_t third, int64_t starts, int64_t groups)
{
	static const uint32_t length[] = {3, 10, 5};
	static const int64_t users[] = {1, 2, 1};
	const int64_t start[] = {first, second, third};
	volatile int outcome;

	CATCH(outcome, open_groups(start, starts, length, 3, users, 3, 10, groups));
	assert_int_equal(outcome, expected);
}

static void
test_groups_refused(void **state)
{
	(void) state;
	expect_groups(HOST_TEST_NOTHING, 0, 2, 3, 3, 2);
	expect_groups(HOST_INVALID_VALUE, 0, 2, 3, 3, 1);
	expect_groups(HOST_INVALID_VALUE, 0, 2, 3, 3, 3);
	expect_groups(HOST_INVALID_VALUE, 0, 2, 3, 2, 2);
	expect_groups(HOST_INVALID_VALUE, 0, 3, 3, 0, 2);
	expect_groups(HOST_INVALID_VALUE, 1, 2, 3, 3, 2);
	expect_groups(HOST_INVALID_VALUE, -1, 2, 3, 3, 2);
	expect_groups(HOST_INVALID_VALUE, 0, 0, 3, 3, 2);
	expect_groups(HOST_INVALID_VALUE, 0, 3, 3, 3, 2);
	expect_groups(HOST_INVALID_VALUE, 0, 4, 3, 3, 2);
	expect_groups(HOST_INVALID_VALUE, 0, -1, 3, 3, 2);
	expect_groups(HOST_INVALID_VALUE, 0, INT64_MAX, 3, 3, 2);
	expect_groups(HOST_INVALID_VALUE, 0, INT64_MIN, 3, 3, 2);
	expect_groups(HOST_INVALID_VALUE, 0, 2, 2, 3, 2);
	expect_groups(HOST_INVALID_VALUE, 0, 2, INT64_MAX, 3, 2);
	expect_groups(HOST_INVALID_VALUE, 0, 1, 3, 3, 2); /* 10 before 5 */
}

static void
test_options(void **state)
{
	static const OptionSpec spec[] = {{"rank", OPTION_INTEGER, 32, 1, 1000, NULL},
	                                  {"rate", OPTION_NUMBER, 0.1, 0, 1, NULL},
	                                  {"ordered", OPTION_BOOLEAN, 0, 0, 1, NULL},
	                                  {"rank2", OPTION_INTEGER, 1, 0, 9, NULL},
	                                  {NULL}};
	static const double value[] = {40, 0.25, 1, 7}, other[] = {41, 0, 0, -8};
	const Options options = {spec, value}, others = {spec, other};

	(void) state;
	assert_int_equal(option_integer(&options, "rank"), 40);
	assert_int_equal(option_integer(&options, "rank2"), 7);
	assert_true(option_number(&options, "rate") == 0.25);
	assert_true(option_number(&options, "rank") == 40);
	assert_true(option_boolean(&options, "ordered"));
	assert_int_equal(option_integer(&others, "rank"), 41);
	assert_int_equal(option_integer(&others, "rank2"), -8);
	assert_false(option_boolean(&others, "ordered"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_histogram), host_unit_test(test_tail_is_cut), host_unit_test(test_groups),
		host_unit_test(test_draws),     host_unit_test(test_refused),     host_unit_test(test_groups_refused),
		host_unit_test(test_options),
	};

	return cmocka_run_group_tests_name("lengths", tests, NULL, NULL);
}
