/*
 * test_topic_pairs.c
 *	  Weights of pairs: a step of learning by hand, what is learnt, and draws.
 *
 * Frequencies are compared with exact probabilities; for the false-alarm rate
 * see assert_frequencies().
 */
#include "generators/pair_weights.h"
#include "math/lanes.h"
#include "models.h"

#include <math.h>
#include <string.h>

/* In the order of the generator's table. */
typedef struct PairsOptions
{
	double k, components, sharpen, min_item_users, min_component_size, alpha, eta, passes, rounds, steps,
		ridge, holdout;
	double strength, min_pair_count, epochs, batch, positions, penalty, rate, calibrations;
} PairsOptions;

static const PairsOptions usual = {4,    3,   1, 2, 10, 0.05, 0.05, 8, 20,   20,
                                   0.05, 0.1, 1, 2, 3,  20,   10,   6, 0.05, 2};

static void
fit(const Histories *data, const PairsOptions *options, int64_t seed, Model *model)
{
	assert_int_equal(sizeof(PairsOptions), 20 * sizeof(double));
	fit_model("topic_pairs", (const double *) options, data, seed, model);
}

/* One topic in which all items are alike. */
static TopicFit
plain_topics(const Histories *data)
{
	int64_t padded = lanes_padded(data->items);
	float *probability = host_array_zero(float, padded);
	double *popularity = host_array(double, data->items);
	TopicFit fit = {.users = {data->users, data->items, data->start, data->item}};

	for (int64_t i = 0; i < data->items; i++)
		popularity[i] = probability[i] = 1 / (float) data->items;
	fit.log_share = host_array_zero(double, data->users);
	fit.model = (TopicModel){.topics = 1,
	                         .items = data->items,
	                         .padded = padded,
	                         .topic_item = probability,
	                         .popularity = popularity,
	                         .offset = host_array_zero(float, padded)};
	topic_model_sharpen(&fit.model, 1);
	return fit;
}

/*
 * Histories of two items, all users in one batch.  The first step starts from
 * equal probabilities, 1 / n and then 1 / (n - 1), so all derivatives are known:
 * by J_ab, users who took b after a or a after b push it up by 1, everybody
 * else who took a (or b) first pushes it down by 1 / (n - 1).
 */
static void
test_first_step(void **state)
{
	enum
	{
		ITEMS = 5
	};
	static const char *const rows[] = {"1 2", "1 2", "1 2", "3 4", "3 5", "2 4", "1 5", NULL};
	const PairLimits limits = {1, 1000, 10, 0, 0.5};
	PairLimits two = limits;
	double gradient[ITEMS][ITEMS] = {{0}}, bias[ITEMS] = {0};
	Histories data;
	TopicFit topics;
	PairCounts counts;
	PairWeights weights;

	(void) state;
	two.positions = 2;
	build_rows(rows, false, &data);
	topics = plain_topics(&data);
	pair_counts_begin(&data, 0, NULL, &counts);
	pair_counts_fill(&data, 0, NULL, &counts);
	assert_int_equal(counts.start[ITEMS], ITEMS * (ITEMS - 1));
	pair_weights_fit(&topics, &counts, &two, 9, &weights);
	for (int64_t u = 0; u < data.users; u++)
	{
		Random random;
		uint32_t first, second;

		random_open(&random, 9, RANDOM_ITEM_ORDER, (uint64_t) u);
		first = data.item[data.start[u] + (int64_t) random_below(&random, 2)];
		second = data.item[data.start[u]] + data.item[data.start[u] + 1] - first;
		for (uint32_t j = 0; j < ITEMS; j++)
		{
			double p = j == first ? 0 : 1.0 / (ITEMS - 1);

			gradient[first][j] += p - (j == second);
			bias[j] += 1.0 / ITEMS - (j == first) + p - (j == second);
		}
	}
	for (int64_t i = 0; i < ITEMS; i++)
	{
		double step = 0.01 * bias[i] / sqrt(1 + bias[i] * bias[i]);

		assert_true(fabs(weights.bias[i] + step) < 1e-5);
		for (int64_t e = counts.start[i]; e < counts.start[i + 1]; e++)
		{
			int64_t j = counts.item[e];
			double g = gradient[i][j] + gradient[j][i];

			assert_true(fabs(weights.weight[e] + 0.5 * g / sqrt(0.01 + g * g)) < 1e-4);
		}
	}
	assert_true(fabs(weights.loss[0] - (log(ITEMS) + log(ITEMS - 1)) / 2) < 1e-5);
	/* nothing was drawn before the first item, and all bases were alike at first */
	assert_true(weights.pull[0] == 1 && fabs(weights.trust[0] - 1) < 1e-5);
}

/* Items 2n and 2n + 1 are always together: their weight is learnt, symmetric, and larger than any other. */
static void
test_companions(void **state)
{
	enum
	{
		USERS = 400,
		COUPLES = 12
	};
	HistoryBuilder *builder = builder_new();
	PairLimits limits = {30, 40, 20, 1, 0.05};
	Histories data;
	TopicFit topics;
	PairCounts counts;
	PairWeights one, more;
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int64_t u = 0; u < USERS; u++)
	{
		Key user = {u, NULL, 0};

		for (int n = 0; n < 3; n++)
		{
			int64_t couple = case_between(&random, 0, COUPLES - 1);

			for (int64_t i = 2 * couple; i < 2 * couple + 2; i++)
			{
				Key item = {i, NULL, 0};

				builder_add(builder, false, &user, false, &item);
			}
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	topics = plain_topics(&data);
	pair_counts_begin(&data, 2, NULL, &counts);
	pair_counts_fill(&data, 2, NULL, &counts);
	limits.positions = histories_longest(&data);
	pair_weights_fit(&topics, &counts, &limits, 1, &one);
	for (int64_t i = 0; i < data.items; i++)
	{
		float own = -INFINITY, other = -INFINITY;

		for (int64_t e = counts.start[i]; e < counts.start[i + 1]; e++)
		{
			if (counts.item[e] / 2 == i / 2)
				own = one.weight[e];
			else
				other = fmaxf(other, one.weight[e]);
			for (int64_t back = counts.start[counts.item[e]]; back < counts.start[counts.item[e] + 1]; back++)
				assert_true(counts.item[back] != i || one.weight[back] == one.weight[e]);
		}
		assert_true(own > 1 && own > other + 1);
	}
	assert_true(one.loss[29] < one.loss[0] - 0.5);
	for (int threads = 2; threads <= 4; threads++)
	{
		host_test_set_threads(threads);
		host_test_disturb(threads == 3);
		pair_weights_fit(&topics, &counts, &limits, 1, &more);
		host_test_disturb(false);
		assert_memory_equal(one.weight, more.weight, (size_t) counts.start[data.items] * sizeof(float));
		assert_memory_equal(one.bias, more.bias, (size_t) data.items * sizeof(float));
		assert_memory_equal(one.pull, more.pull, (size_t) limits.positions * sizeof(double));
		assert_memory_equal(one.loss, more.loss, 30 * sizeof(double));
	}
}

/* Pairs of wanted items that enough users have, in both rows. */
static void
test_pair_counts(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 12; seed++)
	{
		Histories data = random_histories(seed, 400, 40, 25);
		int64_t least = (int64_t) seed % 4;
		bool *wanted = host_array(bool, data.items);
		PairCounts counts;

		for (int64_t i = 0; i < data.items; i++)
			wanted[i] = seed % 3 == 0 || i % 3 != 0;
		host_test_set_threads(1 + (int) seed % 3);
		pair_counts_begin(&data, least, seed % 3 == 0 ? NULL : wanted, &counts);
		pair_counts_fill(&data, least, seed % 3 == 0 ? NULL : wanted, &counts);
		for (int64_t i = 0, at = 0; i < data.items; i++)
		{
			assert_int_equal(counts.start[i], at);
			for (int64_t j = 0; j < data.items; j++)
			{
				Key a = keys_get(&data.item_keys, i), b = keys_get(&data.item_keys, j);
				int64_t both = 0;

				for (int64_t u = 0; u < data.users; u++)
					both += has_item(&data, u, &a) && has_item(&data, u, &b);
				if (i == j || !wanted[i] || !wanted[j] || both < least)
					continue;
				assert_int_equal(counts.item[at], j);
				assert_int_equal(counts.users[at++], both);
			}
			assert_int_equal(counts.start[i + 1], at);
		}
		host_test_set_threads(1);
	}
}

static void
test_models(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 3; seed++)
	{
		Histories data = random_histories(seed, 900, 120, 60);
		PairsOptions options = usual;
		Model one, three;

		options.min_pair_count = (double) (1 + seed);
		fit(&data, &options, 3, &one);
		host_test_set_threads(3);
		fit(&data, &options, 3, &three);
		host_test_set_threads(1);
		assert_true(model_equal(&one, &three));
		assert_slices(&one, seed);
	}
}

/* Pairs that pull harder than was learnt, and long histories, move popularity; calibration takes it back. */
static void
test_calibration(void **state)
{
	Histories data = random_histories(4, 3000, 200, 40);
	PairsOptions options = usual;
	double without;
	Model model;

	(void) state;
	options.holdout = 0;
	options.sharpen = 3;
	options.strength = 3;
	options.calibrations = 0;
	fit(&data, &options, 1, &model);
	without = popularity_error(&data, &model);
	options.calibrations = 10;
	fit(&data, &options, 1, &model);
	assert_true(popularity_error(&data, &model) < without / 2);
}

/* Replaces sections of a model by what makes its draws easy to foretell. */
static void
test_draws(void **state)
{
	enum
	{
		ITEMS = 4,
		DRAWS = 200000
	};
	/* four items, alike; 1 pulls 2 (weight 1), 3 pushes 4 away (weight -1) */
	static const char *const rows[] = {"1 2", "1 3", "1 4", "2 3", "2 4", "3 4", "1 2", "1 3", "1 4", "2 3",
	                                   "2 4", "3 4", "1 2", "1 3", "1 4", "2 3", "2 4", "3 4", NULL};
	static const double pull[] = {1, 1};
	double weight[ITEMS][ITEMS] = {{0, 1, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, -1}, {0, 0, -1, 0}};
	PairsOptions options = usual;
	float flat[ITEMS * 3], zero[LANES] = {0}, equal[LANES] = {0.25f, 0.25f, 0.25f, 0.25f};
	const Generator *generator = generator_find("topic_pairs");
	Histories data;
	Model model, changed;
	ModelWriter *writer = host_alloc_zero(sizeof(ModelWriter));
	int64_t bytes, count = 0;
	void *value;

	(void) state;
	build_rows(rows, false, &data);
	options.k = 1;
	options.components = 1;
	options.holdout = 0;
	fit(&data, &options, 1, &model);
	for (int i = 0; i < ITEMS; i++)
	{
		for (int j = 0; j < ITEMS; j++)
		{
			if (i != j)
				flat[count++] = (float) weight[i][j];
		}
	}
	writer->header = *model.header;
	writer->item_keys = model.item_keys;
	for (int64_t i = 0; i < model.header->sections; i++)
	{
		const ModelSection *entry = &model.section[i];
		const void *section = (const char *) model.header + entry->offset;

		if (strcmp(entry->name, "item_keys") == 0)
			continue;
		section = strcmp(entry->name, "pair_weight") == 0                                 ? flat
		          : strcmp(entry->name, "item_bias") == 0                                 ? zero
		          : strcmp(entry->name, "topic_item") == 0                                ? equal
		          : strcmp(entry->name, "pull") == 0 || strcmp(entry->name, "trust") == 0 ? pull
		                                                                                  : section;
		model_write(writer, entry->name, (SectionType) entry->type, section, entry->count);
	}
	value = model_finish(writer, &bytes);
	model_open(value, bytes, &changed);
	for (double strength = 0; strength <= 2; strength++)
	{
		Options tuning = {generator->sampling, (const double[]){1, strength}};
		Generation *generation = generation_begin(&changed, 4, 1, DRAWS);
		int64_t observed[ITEMS * ITEMS] = {0}, user, length;
		double expected[ITEMS * ITEMS] = {0};
		const uint32_t *item;

		generation_tune(generation, &tuning);
		while (generation_next(generation, &user, &item, &length))
		{
			assert_int_equal(length, 2);
			observed[item[0] * ITEMS + item[1]]++;
		}
		for (int i = 0; i < ITEMS; i++)
		{
			double sum = 0;

			for (int j = 0; j < ITEMS; j++)
				sum += i == j ? 0 : exp(strength * weight[i][j]);
			for (int j = 0; j < ITEMS; j++)
				expected[i * ITEMS + j] = i == j ? 0 : 0.25 * exp(strength * weight[i][j]) / sum;
		}
		assert_frequencies(observed, expected, ITEMS * ITEMS);
	}
}

/* With less memory only pairs of the most popular items have weights, and the model says so. */
static void
test_memory(void **state)
{
	Histories data = random_histories(4, 12000, 500, 300);
	PairsOptions options = usual;
	Model model;
	int64_t *users = histories_item_counts(&data), pairs, starts, all = 0;
	const int64_t *start;
	int64_t least = INT64_MAX, most = 0;

	(void) state;
	options.k = 2;
	options.batch = 4;
	options.epochs = 1;
	fit(&data, &options, 1, &model);
	model_section(&model, "pair_item", SECTION_UINT32, &all);
	assert_non_null(strstr(generator_find("topic_pairs")->details(&model), "\"items_in_pairs\": 300,"));
	host_test_limit_memory(900000);
	fit(&data, &options, 1, &model);
	host_test_limit_memory(0);
	assert_null(strstr(generator_find("topic_pairs")->details(&model), "\"items_in_pairs\": 300,"));
	model_section(&model, "pair_item", SECTION_UINT32, &pairs);
	start = model_section(&model, "pair_start", SECTION_INT64, &starts);
	assert_in_range(pairs, 1, all - 1);
	for (int64_t i = 0; i < data.items; i++)
	{
		if (start[i + 1] > start[i] && users[i] < least)
			least = users[i];
		if (start[i + 1] == start[i] && users[i] > most)
			most = users[i];
	}
	/* held-out users are not counted, so a few may differ */
	assert_true(least + 8 >= most);
	host_test_limit_memory(5000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, fit(&data, &options, 1, &model));
}

static void
test_little_data(void **state)
{
	static const char *const sets[][4] = {
		{"5", NULL}, {"1 2 3", NULL}, {"1", "1", "1", NULL}, {"1 2", "3", NULL}};

	(void) state;
	for (int n = 0; n < 4; n++)
	{
		PairsOptions options = usual;
		Histories data;
		Model model;
		Users users;

		build_rows(sets[n], false, &data);
		fit(&data, &options, 0, &model);
		users = generated(&model, 1, 1, 300);
		assert_sets(&users, data.items);
	}
}

static void
test_damaged(void **state)
{
	Histories data = random_histories(8, 900, 100, 30);
	const int64_t not_a_number = 0x7fc00000, nan64 = 0x7ff8000000000000;
	Model model;

	(void) state;
	fit(&data, &usual, 1, &model);
	assert_int_equal(outcome_with_element(&model, "item_bias", 0, 0), HOST_TEST_NOTHING);
	assert_refused_with(&model, "pair_start", 1, -1);
	assert_refused_with(&model, "pair_start", 1, INT64_MAX);
	assert_refused_with(&model, "pair_item", 3, data.items);
	assert_refused_with(&model, "pair_weight", 3, not_a_number);
	assert_refused_with(&model, "item_bias", 3, not_a_number);
	assert_refused_with(&model, "pull", 1, nan64);
	assert_refused_with(&model, "trust", 1, nan64);
	assert_refused_with(&model, "trust", 1, 0);
	assert_refused_with(&model, "pair_numbers", 0, nan64);
	assert_int_equal(outcome_with(&model, "pull", NULL, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "pair_weight", NULL, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "item_bias", NULL, 0), HOST_INVALID_VALUE);
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
test_cancel(void **state)
{
	Histories data = random_histories(9, 5000, 500, 100);

	(void) state;
	for (int64_t calls = 100; calls < 2000; calls += 400)
		expect_cancel(&data, calls);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_first_step), host_unit_test(test_companions),  host_unit_test(test_pair_counts),
		host_unit_test(test_models),     host_unit_test(test_calibration), host_unit_test(test_draws),
		host_unit_test(test_memory),     host_unit_test(test_little_data), host_unit_test(test_damaged),
		host_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("topic_pairs", tests, NULL, NULL);
}
