/*
 * test_generate.c
 *	  Fitting the unigrams generator and generating from it.
 *
 * Frequencies are compared with exact probabilities; for the false-alarm rate
 * see assert_frequencies().
 */
#include "models.h"

#include <string.h>

static void
fitted(const Histories *data, Model *model)
{
	fit_model("unigrams", NULL, data, 42, model);
}

static Histories
random_data(uint64_t seed)
{
	return random_histories(seed, 900, 150, 60);
}

static void
test_histories_are_sets(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 4; seed++)
	{
		Histories data = random_data(seed);
		Model model;
		Users users;

		fitted(&data, &model);
		users = generated(&model, seed, 1, 1000);
		assert_sets(&users, data.items);
	}
}

static void
test_slices(void **state)
{
	Histories data = random_data(3);
	Model model;

	(void) state;
	fitted(&data, &model);
	assert_slices(&model, 7);
}

static void
test_seeds_differ(void **state)
{
	Histories data = random_data(0);
	Model model;
	Users a, b;

	(void) state;
	fitted(&data, &model);
	a = generated(&model, 1, 1, 200);
	b = generated(&model, UINT64_C(1) << 40 | 1, 1, 200);
	assert_true(memcmp(a.item, b.item, 200 * sizeof(uint32_t)) != 0);
}

static void
test_distant_users(void **state)
{
	Histories data = random_data(0);
	Model model;
	const int64_t first = INT64_C(1000000000000000);
	Users a, b;

	(void) state;
	fitted(&data, &model);
	a = generated(&model, 1, first, 300);
	b = generated(&model, 1, first - 100, 200);
	assert_memory_equal(b.item + b.start[100], a.item, (size_t) a.start[100] * sizeof(uint32_t));
}

/* Every length is shared by five users or more: the histogram as it is. */
static void
test_lengths_follow_histogram(void **state)
{
	static const int users_with[] = {0, 40, 25, 0, 15, 5, 10, 0, 5};
	double probability[9];
	int64_t observed[9] = {0};
	HistoryBuilder *builder = builder_new();
	Histories data;
	Model model;
	Users users;
	int64_t user = 0;

	(void) state;
	for (int length = 0; length < 9; length++)
	{
		probability[length] = users_with[length] / 100.0;
		for (int n = 0; n < users_with[length]; n++, user++)
		{
			for (int i = 0; i < length; i++)
			{
				Key user_key = case_key(false, user), item_key = case_key(false, (user + i) % 37);

				builder_add(builder, false, &user_key, false, &item_key);
			}
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	fitted(&data, &model);
	users = generated(&model, 5, 1, 50000);
	for (int64_t n = 0; n < users.count; n++)
		observed[users.start[n + 1] - users.start[n]]++;
	assert_frequencies(observed, probability, 9);
}

/* The first item of any history follows popularity. */
static void
test_items_follow_popularity(void **state)
{
	Histories data = random_data(1);
	Model model;
	Users users;
	int64_t *count = histories_item_counts(&data);
	int64_t observed[60] = {0};
	double probability[60];

	(void) state;
	assert_in_range(data.items, 20, 60);
	fitted(&data, &model);
	users = generated(&model, 6, 1, 60000);
	for (int64_t n = 0; n < users.count; n++)
		observed[users.item[users.start[n]]]++;
	for (int64_t i = 0; i < data.items; i++)
		probability[i] = (double) count[i] / (double) data.interactions;
	assert_frequencies(observed, probability, (int) data.items);
}

/* Two items by successive sampling: counts 10, 20, 30 of items 1, 2, 3. */
static void
test_pairs_by_successive_sampling(void **state)
{
	HistoryBuilder *builder = builder_new();
	Histories data;
	Model model;
	Users users;
	int64_t observed[9] = {0};
	double probability[9];

	(void) state;
	for (int64_t user = 0; user < 30; user++)
	{
		/* item 3 for all, with 1 or 2 */
		Key user_key = case_key(false, user), three = case_key(false, 3),
			other = case_key(false, user < 10 ? 1 : 2);

		builder_add(builder, false, &user_key, false, &three);
		builder_add(builder, false, &user_key, false, &other);
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	fitted(&data, &model);
	users = generated(&model, 8, 1, 50000);
	for (int64_t n = 0; n < users.count; n++)
	{
		assert_int_equal(users.start[n], 2 * n);
		observed[users.item[2 * n] * 3 + users.item[2 * n + 1]]++;
	}
	for (int a = 0; a < 3; a++)
	{
		for (int b = 0; b < 3; b++)
			probability[a * 3 + b] = a == b ? 0 : (a + 1) / 6.0 * (b + 1) / (6.0 - (a + 1));
	}
	assert_frequencies(observed, probability, 9);
}

static int64_t
floor_for(int64_t key)
{
	HistoryBuilder *builder = builder_new();
	Key user = {key, NULL, 0}, other = {INT64_MAX, NULL, 0};
	Histories data;
	Model model;

	builder_add(builder, false, &user, false, &user);
	builder_add(builder, false, &other, false, &user);
	builder_finish(builder, &data);
	fitted(&data, &model);
	return model.header->user_key_floor;
}

/* The negative power of ten at or below all negative keys, else 0. */
static void
test_key_floor(void **state)
{
	int64_t power = 1;

	(void) state;
	assert_true(floor_for(0) == 0);
	assert_true(floor_for(1) == 0);
	assert_true(floor_for(INT64_MAX) == 0);
	for (int digits = 1; digits <= 18; digits++, power *= 10)
	{
		assert_true(floor_for(-power) == -power);
		assert_true(floor_for(-power - 1) == -10 * power);
		assert_true(floor_for(-10 * power + 1) == -10 * power);
	}
	assert_true(floor_for(-power) == -power); /* 10^18 is the last that fits */
	assert_true(floor_for(-power - 1) == INT64_MIN);
	assert_true(floor_for(INT64_MIN) == INT64_MIN);
}

/* A model of two users with text keys, one of which is given. */
static void
fit_text_key(const char *key, Model *model)
{
	HistoryBuilder *builder = builder_new();
	Key user = {0, key, (int64_t) strlen(key)}, other = {0, "somebody", 8}, item = {1, NULL, 0};
	Histories data;

	builder_add(builder, true, &user, false, &item);
	builder_add(builder, true, &other, false, &item);
	builder_finish(builder, &data);
	fitted(&data, model);
	assert_true(model->header->user_key_floor == 0);
}

static int64_t
prefixes_for(const char *key)
{
	Model model;

	fit_text_key(key, &model);
	return model.header->user_key_prefixes;
}

static int64_t
uuids_for(const char *key)
{
	Model model;

	fit_text_key(key, &model);
	return model.header->user_key_uuids;
}

/* One more than the number in any key that could be a synthetic UUID. */
static void
test_key_uuids(void **state)
{
	(void) state;
	assert_int_equal(uuids_for("somebody"), 1);
	assert_int_equal(uuids_for("73796e74-6865-4000-8000-000000000001"), 1);
	assert_int_equal(uuids_for("73796e74-6865-8000-8000-000000000001"), 1);
	assert_int_equal(uuids_for("73796e74-6865-8001-8000-000000000001"), 2);
	assert_int_equal(uuids_for("73796e74-6865-80af-8000-000000000001"), 0xb0);
	assert_int_equal(uuids_for("73796e74-6865-80aF-8000-000000000001"), 1);
	assert_int_equal(uuids_for("73796e74-6865-8001-8000-00000000000"), 1);
	assert_int_equal(uuids_for("73796e74-6865-8001-8000-0000000000011"), 1);
	assert_int_equal(uuids_for("73796e74-6865-8ffe-8000-000000000001"), MODEL_MAX_KEY_UUIDS - 1);
	assert_int_equal(uuids_for("73796e74-6865-8fff-8000-000000000001"), MODEL_MAX_KEY_UUIDS);
}

static void
test_key_prefixes(void **state)
{
	char many[10 * 150 + 1] = "";

	(void) state;
	assert_int_equal(prefixes_for("somebody"), 1);
	assert_int_equal(prefixes_for("synthetic"), 1);
	assert_int_equal(prefixes_for("Synthetic-1"), 1);
	assert_int_equal(prefixes_for("a synthetic-1"), 1);
	assert_int_equal(prefixes_for("synthetic-"), 2);
	assert_int_equal(prefixes_for("synthetic-1"), 2);
	assert_int_equal(prefixes_for("synthetic-1synthetic-"), 2);
	assert_int_equal(prefixes_for("synthetic-synthetic-7"), 3);
	for (int i = 0; i < 150; i++)
		strcat(many, SYNTHETIC_KEY_PREFIX);
	assert_int_equal(prefixes_for(many), MODEL_MAX_KEY_PREFIXES);
	assert_int_equal(floor_for(5), 0);
}

static void
test_parameters(void **state)
{
	Histories data = random_data(0), empty;
	Model model;
	Options options = {generator_find("unigrams")->options, NULL};
	int64_t bytes;

	(void) state;
	fitted(&data, &model);
	EXPECT_FAIL(HOST_INVALID_PARAMETER, generation_begin(&model, 0, 0, 1));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, generation_begin(&model, 0, -5, 1));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, generation_begin(&model, 0, 1, -1));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, generation_begin(&model, 0, 1, INT64_MAX));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, generation_begin(&model, 0, INT64_MAX, 1));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, generation_begin(&model, 0, 1, INT64_C(1000000000000001)));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, generation_begin(&model, 0, INT64_C(1000000000000001), 1));
	builder_finish(builder_new(), &empty);
	EXPECT_FAIL(HOST_NO_DATA,
	            generator_fit(generator_find("unigrams"), &empty, &options, "{}", 0, "1.0", &bytes));
	host_test_limit_memory(64);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, generation_begin(&model, 0, 1, 1000));
	host_test_limit_memory(0);
	assert_null(generator_find("unigram"));
	assert_null(generator_find(""));
}

static void
test_cancel(void **state)
{
	Histories data = random_data(0);
	Model model;

	(void) state;
	fitted(&data, &model);
	host_test_set_threads(2);
	host_test_cancel_after(20);
	EXPECT_FAIL(HOST_TEST_CANCELLED, generated(&model, 0, 1, 1000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_histories_are_sets),
		host_unit_test(test_slices),
		host_unit_test(test_seeds_differ),
		host_unit_test(test_distant_users),
		host_unit_test(test_lengths_follow_histogram),
		host_unit_test(test_items_follow_popularity),
		host_unit_test(test_pairs_by_successive_sampling),
		host_unit_test(test_key_floor),
		host_unit_test(test_key_prefixes),
		host_unit_test(test_key_uuids),
		host_unit_test(test_parameters),
		host_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("generate", tests, NULL, NULL);
}
