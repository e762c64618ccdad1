/*
 * test_topics.c
 *	  The generator topics: what its model holds and what it draws.
 *
 * Frequencies are compared with exact probabilities; for the false-alarm rate
 * see assert_frequencies().
 */
#include "math/lanes.h"
#include "models.h"

#include <math.h>
#include <string.h>

/* In the order of the generator's table. */
typedef struct TopicsOptions
{
	double k, components, sharpen, min_item_users, min_component_size, alpha, eta, passes, rounds, steps,
		ridge, holdout, calibrations;
} TopicsOptions;

static const TopicsOptions usual = {6, 3, 1.1, 2, 10, 0.05, 0.05, 8, 20, 20, 0.05, 0.1, 2};

static void
fit(const Histories *data, const TopicsOptions *options, int64_t seed, Model *model)
{
	assert_int_equal(sizeof(TopicsOptions), 13 * sizeof(double));
	fit_model("topics", (const double *) options, data, seed, model);
}

/* Sums of probabilities; as many topics and components as there may be. */
static void
assert_model(const Histories *data, const Model *model, const TopicsOptions *options)
{
	int64_t topics, components, count, padded = lanes_padded(data->items);
	const double *share = model_section(model, "topic_share", SECTION_FLOAT64, &topics);
	const double *users = model_section(model, "component_users", SECTION_FLOAT64, &components);
	const float *probability = model_section(model, "topic_item", SECTION_FLOAT32, &count);
	double sum = 0;

	assert_in_range(topics, 1, (int64_t) options->k);
	assert_true(topics == 1 || topics * 10 <= data->users);
	assert_int_equal(count, topics * padded);
	for (int64_t k = 0; k < topics; k++)
	{
		double all = 0;

		sum += share[k];
		for (int64_t i = 0; i < padded; i++)
		{
			all += probability[k * padded + i];
			assert_true(i < data->items ? probability[k * padded + i] > 0 : probability[k * padded + i] == 0);
		}
		assert_true(fabs(all - 1) < 1e-3);
	}
	assert_true(fabs(sum - 1) < 1e-3);
	assert_in_range(components, 1, (int64_t) options->components);
	for (int64_t c = 0; c < components && components > 1; c++)
		assert_true(users[c] >= options->min_component_size);
}

static void
test_sections(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 8; seed++)
	{
		Histories data = random_histories(seed, 200 + 300 * (int64_t) seed, 20 + 20 * (int64_t) seed,
		                                  10 + 7 * (int64_t) seed);
		TopicsOptions options = usual;
		Model one, three;

		options.k = 1 + 3 * (double) seed;
		options.components = 1 + (double) seed;
		fit(&data, &options, (int64_t) seed, &one);
		assert_model(&data, &one, &options);
		host_test_set_threads(3);
		host_test_disturb(seed % 2);
		fit(&data, &options, (int64_t) seed, &three);
		host_test_disturb(false);
		host_test_set_threads(1);
		assert_true(model_equal(&one, &three));
		fit(&data, &options, (int64_t) seed + 1, &three);
		assert_false(model_equal(&one, &three));
	}
}

static void
test_slices(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 3; seed++)
	{
		Histories data = random_histories(seed, 900, 120, 60);
		Model model;

		fit(&data, &usual, 3, &model);
		assert_slices(&model, seed);
	}
}

/*
 * Users of one item each.  With one topic, and with sharpen => 0, items are as
 * frequent as they are popular; so they are with any topics once calibrated.
 */
static void
test_popularity(void **state)
{
	enum
	{
		ITEMS = 7,
		DRAWS = 100000
	};
	HistoryBuilder *builder = builder_new();
	int64_t user = 0;
	Histories data;

	(void) state;
	for (int64_t i = 0; i < ITEMS; i++)
	{
		for (int64_t n = 0; n < 20 * (i + 1); n++)
		{
			Key user_key = {user++, NULL, 0}, item = {i, NULL, 0};

			builder_add(builder, false, &user_key, false, &item);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	for (int way = 0; way < 2; way++)
	{
		TopicsOptions options = usual;
		int64_t observed[ITEMS] = {0};
		double expected[ITEMS];
		Model model;
		Users users;

		options.holdout = 0;
		options.calibrations = 0;
		options.sharpen = way == 0 ? 1 : 0;
		options.k = way == 0 ? 1 : 6;
		fit(&data, &options, 1, &model);
		users = generated(&model, 5, 1, DRAWS);
		assert_int_equal(users.start[DRAWS], DRAWS);
		for (int64_t p = 0; p < DRAWS; p++)
			observed[users.item[p]]++;
		for (int i = 0; i < ITEMS; i++)
			expected[i] = 20.0 * (i + 1) / (double) data.users;
		assert_frequencies(observed, expected, ITEMS);
	}
}

/* Long histories flatten popularity, sharpening raises it; calibration undoes both. */
static void
test_calibration(void **state)
{
	Histories data = random_histories(4, 3000, 200, 40);

	(void) state;
	for (double sharpen = 1; sharpen < 3.5; sharpen++)
	{
		TopicsOptions options = usual;
		double without;
		Model model;

		options.sharpen = sharpen;
		options.holdout = 0;
		options.calibrations = 0;
		fit(&data, &options, 1, &model);
		without = popularity_error(&data, &model);
		options.calibrations = 10;
		fit(&data, &options, 1, &model);
		assert_true(popularity_error(&data, &model) < 0.035);
		assert_true(sharpen < 2 || popularity_error(&data, &model) < without / 2);
	}
}

/* An item that fewer than min_item_users users have says nothing about any topic: its shares are in proportion. */
static void
test_few_users(void **state)
{
	TopicsOptions options = usual;
	const char *rows[140];
	Histories data;
	Model model;
	int64_t count, topics, padded;
	const float *probability;

	(void) state;
	for (int n = 0; n < 139; n++)
		rows[n] = n == 50 ? "1 2 7 8" : n == 51 ? "4 5 7" : n == 52 ? "1 3 8" : n % 2 ? "1 2 3" : "4 5 6";
	rows[139] = NULL;
	build_rows(rows, false, &data);
	options.k = 2;
	options.min_item_users = 4;
	options.holdout = 0;
	fit(&data, &options, 2, &model);
	probability = model_section(&model, "topic_item", SECTION_FLOAT32, &count);
	model_section(&model, "topic_share", SECTION_FLOAT64, &topics);
	padded = lanes_padded(data.items);
	assert_int_equal(topics, 2);
	/* items 7 and 8 (places 6 and 7): two users each, of different kinds */
	for (int64_t k = 0; k < topics; k++)
		assert_true(fabs(probability[k * padded + 6] / probability[k * padded + 7] - 1) < 1e-4);
	options.min_item_users = 0;
	fit(&data, &options, 2, &model);
	probability = model_section(&model, "topic_item", SECTION_FLOAT32, &count);
	assert_true(fabs(probability[6] / probability[7] - 1) > 0.1);
}

/* Everything that a user may ask for of too little data. */
static void
test_little_data(void **state)
{
	static const char *const sets[][4] = {
		{"5", NULL}, {"1 2 3", NULL}, {"1", "1", "1", NULL}, {"1 2", "3", NULL}};

	(void) state;
	for (int n = 0; n < 4; n++)
	{
		TopicsOptions options = {500, 1000, 1.15, 5, 50, 0.02, 0.01, 25, 30, 60, 0.05, 0.05, 5};
		Histories data;
		Model model;
		Users users;

		build_rows(sets[n], false, &data);
		fit(&data, &options, 0, &model);
		assert_model(&data, &model, &options);
		users = generated(&model, 1, 1, 300);
		assert_sets(&users, data.items);
		assert_non_null(strstr(generator_find("topics")->details(&model), "\"perplexity\": null"));
	}
}

static void
test_details(void **state)
{
	Histories data = random_histories(6, 2000, 150, 50);
	TopicsOptions options = usual;
	Model model;
	const char *details;

	(void) state;
	options.holdout = 0.3;
	fit(&data, &options, 1, &model);
	details = generator_find("topics")->details(&model);
	assert_non_null(strstr(details, "\"topics\": 6"));
	assert_non_null(strstr(details, "\"perplexity_by_popularity\": "));
	assert_null(strstr(details, "null"));
}

static void
test_tuned(void **state)
{
	const Generator *generator = generator_find("topics");
	Histories data = random_histories(7, 1500, 150, 50);
	double values[] = {NAN};
	Options tuning = {generator->sampling, values};
	TopicsOptions options = usual;
	Model one, other;
	Users users;

	(void) state;
	options.calibrations = 0;
	fit(&data, &options, 1, &one);
	options.sharpen = 2;
	fit(&data, &options, 1, &other);
	users = generated(&other, 3, 1, 200);
	for (int way = 0; way < 2; way++)
	{
		Generation *generation = generation_begin(&one, 3, 1, 200);
		int64_t user, count, same = 0;
		const uint32_t *item;

		values[0] = way == 0 ? 2 : NAN;
		generation_tune(generation, &tuning);
		for (int64_t n = 0; generation_next(generation, &user, &item, &count); n++)
			same += count == users.start[n + 1] - users.start[n] &&
			        memcmp(item, users.item + users.start[n], (size_t) count * sizeof(uint32_t)) == 0;
		assert_true(way == 0 ? same == 200 : same < 200);
	}
}

static void
test_damaged(void **state)
{
	Histories data = random_histories(8, 900, 100, 30);
	const int64_t not_a_number = 0x7fc00000, huge = 0x7f000000, nan64 = 0x7ff8000000000000;
	Model model;

	(void) state;
	fit(&data, &usual, 1, &model);
	assert_int_equal(outcome_with_element(&model, "item_correction", 0, 0), HOST_TEST_NOTHING);
	assert_refused_with(&model, "topic_item", 0, 0);
	assert_refused_with(&model, "topic_item", 0, not_a_number);
	assert_refused_with(&model, "topic_item", 3, huge);
	assert_refused_with(&model, "topic_item", 31, huge);
	assert_refused_with(&model, "topic_share", 0, nan64);
	assert_refused_with(&model, "popularity", 2, nan64);
	assert_refused_with(&model, "popularity", 2, 0);
	assert_refused_with(&model, "mixture_weight", 0, nan64);
	assert_refused_with(&model, "mixture_mean", 1, nan64);
	assert_refused_with(&model, "mixture_factor", 0, 0);
	assert_refused_with(&model, "mixture_factor", 2, nan64);
	assert_refused_with(&model, "item_correction", 5, not_a_number);
	assert_refused_with(&model, "topic_numbers", 0, nan64);
	assert_int_equal(outcome_with(&model, "topic_share", NULL, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "mixture_weight", NULL, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "topic_numbers", NULL, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "popularity", NULL, 0), HOST_INVALID_VALUE);
}

static void
expect_cancel(const Histories *data, int64_t calls)
{
	Model model;

	host_test_cancel_after(calls);
	EXPECT_FAIL(HOST_TEST_CANCELLED, fit(data, &usual, 0, &model));
	host_test_cancel_after(-1);
}

static void
test_limits(void **state)
{
	Histories data = random_histories(9, 5000, 500, 100);
	Model model;

	(void) state;
	host_test_limit_memory(10000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, fit(&data, &usual, 0, &model));
	host_test_limit_memory(0);
	for (int64_t calls = 0; calls < 400; calls += 80)
		expect_cancel(&data, calls);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_sections),    host_unit_test(test_slices),    host_unit_test(test_popularity),
		host_unit_test(test_calibration), host_unit_test(test_few_users), host_unit_test(test_little_data),
		host_unit_test(test_details),     host_unit_test(test_tuned),     host_unit_test(test_damaged),
		host_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("topics", tests, NULL, NULL);
}
