/*
 * test_cooccurrence.c
 *	  The generator of co-occurrence: loadings from pairs, intercepts, draws.
 *
 * Frequencies are compared with exact probabilities; for the false-alarm rate
 * see assert_frequencies().
 */
#include "generators/association.h"
#include "generators/cooccurrence.h"
#include "models.h"

#include <math.h>
#include <string.h>

/* gamma, smoothing, factors, structured items, max_lift, max_loading, rounds */
static const double defaults[] = {1.3, 20, 60, 10000, 20, 3, 8};

static Histories
random_data(uint64_t seed)
{
	return random_histories(seed, 900, 150, 40);
}

/* Two kinds of users without common items, 15 items each, of 4 to 6 items. */
static Histories
two_kinds(int64_t users)
{
	HistoryBuilder *builder = builder_new();
	Random random;
	Histories data;

	case_random(&random, 5);
	for (int64_t u = 0; u < users; u++)
	{
		for (int64_t n = case_between(&random, 4, 6); n > 0; n--)
		{
			Key user = case_key(false, u), item = case_key(false, u % 2 * 15 + case_between(&random, 0, 14));

			builder_add(builder, false, &user, false, &item);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	return data;
}

/* A model of items 1 .. items with these numbers. */
static void
make_model(int64_t items, const uint32_t *structured, int64_t structures, const float *loading,
           int64_t factors, const float *intercept, const int64_t *users_with, int64_t longest, Model *model)
{
	static const double structure[] = {1, 0, 0, 0};
	ModelWriter *writer = host_alloc_zero(sizeof(ModelWriter));
	int64_t *key = host_array(int64_t, items), bytes;
	void *value;

	for (int64_t i = 0; i < items; i++)
		key[i] = i + 1;
	writer->item_keys = (Keys){.count = items, .integer = key};
	strcpy(writer->header.method, "cooccurrence");
	writer->header.users = writer->header.interactions = 1;
	writer->header.items = items;
	writer->header.user_key_prefixes = writer->header.user_key_uuids = 1;
	model_write(writer, "options", SECTION_BYTES, "{}", 2);
	model_write(writer, "version", SECTION_BYTES, "1", 1);
	model_write(writer, "structured", SECTION_UINT32, structured, structures);
	model_write(writer, "loading", SECTION_FLOAT32, loading, structures * factors);
	model_write(writer, "intercept", SECTION_FLOAT32, intercept, items);
	model_write(writer, "structure", SECTION_FLOAT64, structure, 4);
	lengths_write(users_with, longest, writer);
	value = model_finish(writer, &bytes);
	model_open(value, bytes, model);
}

/*
 * Two factors, four items, one of them plain: the first two items of users, by
 * integration over the factors.
 */
static void
test_draws(void **state)
{
	enum
	{
		ITEMS = 4,
		DRAWS = 200000,
		STEPS = 400
	};
	static const uint32_t structured[] = {0, 1, 3};
	static const float loading[] = {1.5f, -1, 0.2f, 0.5f, 0.7f, -2}, intercept[] = {0.3f, 1, 0.5f, -1};
	static const int64_t users_with[] = {0, 0, 7};
	double probability[ITEMS * ITEMS] = {0};
	int64_t observed[ITEMS * ITEMS] = {0};
	Model model;
	Users users;

	(void) state;
	make_model(ITEMS, structured, 3, loading, 2, intercept, users_with, 2, &model);
	users = generated(&model, 3, 1, DRAWS);
	for (int64_t n = 0; n < DRAWS; n++)
		observed[users.item[2 * n] * ITEMS + users.item[2 * n + 1]]++;
	for (int x = 0; x < STEPS * STEPS; x++)
	{
		double z[] = {-7 + 14 * (x % STEPS + 0.5) / STEPS, -7 + 14 * (x / STEPS + 0.5) / STEPS};
		double here = exp(-(z[0] * z[0] + z[1] * z[1]) / 2) / (2 * M_PI) * 14 / STEPS * 14 / STEPS;
		double weight[ITEMS], sum = 0;

		for (int i = 0; i < ITEMS; i++)
			weight[i] = intercept[i];
		for (int j = 0; j < 3; j++)
			weight[structured[j]] += loading[j] * z[0] + loading[3 + j] * z[1];
		for (int i = 0; i < ITEMS; i++)
			sum += weight[i] = exp(weight[i]);
		for (int a = 0; a < ITEMS; a++)
		{
			for (int b = 0; b < ITEMS; b++)
			{
				if (a != b)
					probability[a * ITEMS + b] += here * weight[a] / sum * weight[b] / (sum - weight[a]);
			}
		}
	}
	assert_frequencies(observed, probability, ITEMS * ITEMS);
}

/* Whole catalogues, with weights that no float holds side by side: nobody waits for ever. */
static void
test_extremes(void **state)
{
	enum
	{
		ITEMS = 300
	};
	uint32_t structured[ITEMS / 2];
	float loading[ITEMS], intercept[ITEMS];
	int64_t users_with[ITEMS + 1] = {0};

	(void) state;
	users_with[1] = users_with[ITEMS / 2] = users_with[ITEMS] = 1;
	for (int spread = 0; spread <= 990; spread += 330)
	{
		Model model;
		Users users;

		for (int i = 0; i < ITEMS; i++)
		{
			structured[i / 2] = (uint32_t) i;
			intercept[i] = (float) ((i % 3 - 1) * spread) + (float) i / 100;
			loading[i] = (float) ((i % 5 - 2) * spread) / 2;
		}
		make_model(ITEMS, structured, ITEMS / 2, loading, 2, intercept, users_with, ITEMS, &model);
		users = generated(&model, 1, 1, 500);
		assert_sets(&users, ITEMS);
	}
}

static void
test_slices(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 3; seed++)
	{
		Histories data = seed == 2 ? two_kinds(400) : random_data(seed);
		Model model;

		fit_model("cooccurrence", defaults, &data, 7, &model);
		assert_slices(&model, seed);
	}
}

static void
test_threads_agree(void **state)
{
	Histories data = two_kinds(500);
	Model one, three;

	(void) state;
	fit_model("cooccurrence", defaults, &data, 7, &one);
	host_test_set_threads(3);
	host_test_disturb(true);
	fit_model("cooccurrence", defaults, &data, 7, &three);
	host_test_disturb(false);
	assert_true(model_equal(&one, &three));
}

/* The counts that synthetic users of the model have, beside those it was fitted to. */
static void
test_moments(void **state)
{
	enum
	{
		USERS = 20000
	};
	Histories data = two_kinds(2000);
	const int64_t *expected = histories_item_counts(&data);
	int64_t *count = host_array_zero(int64_t, data.items);
	int64_t alike = 0, other = 0, loadings, structured;
	Model model;
	Users users;

	(void) state;
	fit_model("cooccurrence", defaults, &data, 7, &model);
	model_section(&model, "structured", SECTION_UINT32, &structured);
	model_section(&model, "loading", SECTION_FLOAT32, &loadings);
	assert_int_equal(structured, 30);
	assert_int_equal(loadings, 30); /* one factor: the kind */
	users = generated(&model, 1, 1, USERS);
	for (int64_t n = 0; n < USERS; n++)
	{
		for (int64_t p = users.start[n]; p < users.start[n + 1]; p++)
		{
			count[users.item[p]]++;
			for (int64_t q = users.start[n]; q < p; q++)
			{
				if (users.item[p] / 15 == users.item[q] / 15)
					alike++;
				else
					other++;
			}
		}
	}
	/* without structure there would be about as many of one kind as of two */
	assert_true(alike > 2 * other);
	for (int64_t i = 0; i < data.items; i++)
		assert_true(fabs((double) count[i] / USERS / ((double) expected[i] / 2000) - 1) < 0.1);
}

/* Pairs that follow loadings exactly give those loadings back, up to rotation. */
static void
test_association(void **state)
{
	enum
	{
		ITEMS = 80,
		FACTORS = 3
	};
	double v[ITEMS][FACTORS], count[ITEMS], edge, leading;
	double *pairs = host_array(double, ITEMS *ITEMS);
	Association a = {.items = ITEMS,
	                 .pairs = pairs,
	                 .count = count,
	                 .expected = 1e-6,
	                 .factors = 20,
	                 .gamma = 1,
	                 .max_lift = 100,
	                 .max_loading = 10};
	float *loading;
	int64_t found;
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int i = 0; i < ITEMS; i++)
	{
		count[i] = 1e5 * (1 + random_uniform(&random));
		for (int k = 0; k < FACTORS; k++)
			v[i][k] = random_uniform(&random) - 0.5;
	}
	for (int i = 0; i < ITEMS * ITEMS; i++)
	{
		double product = 0;

		for (int k = 0; k < FACTORS; k++)
			product += v[i / ITEMS][k] * v[i % ITEMS][k];
		pairs[i] = a.expected * count[i / ITEMS] * count[i % ITEMS] * exp(product);
	}
	found = association_factors(&a, 1, &loading, &edge, &leading);
	assert_true(found >= FACTORS && found < 20 && leading > edge && edge > 0);
	for (int i = 0; i < ITEMS; i++)
	{
		for (int j = 0; j < i; j++)
		{
			double product = 0, expected = 0;

			for (int k = 0; k < FACTORS; k++)
				expected += v[i][k] * v[j][k];
			for (int64_t k = 0; k < found; k++)
				product += (double) loading[k * ITEMS + i] * (double) loading[k * ITEMS + j];
			assert_true(fabs(product - expected) < 0.05);
		}
	}
}

/* Pairs of independent users: nothing stands out of the noise. */
static void
test_no_structure(void **state)
{
	Random random;
	Pairs pairs;
	Histories data;
	Model model;
	int64_t loadings;

	(void) state;
	case_random(&random, 9);
	pairs = pairs_random(&random, 40000, 4000, 50);
	build(&pairs, false, false, &data);
	fit_model("cooccurrence", defaults, &data, 7, &model);
	model_section(&model, "loading", SECTION_FLOAT32, &loadings);
	assert_int_equal(loadings, 0);
	assert_slices(&model, 1);
}

/* One user, one item, one of each, users with everything. */
static void
test_small(void **state)
{
	static const char *const cases[][4] = {{"1", NULL},
	                                       {"1 2 3", NULL},
	                                       {"1", "1", "1", NULL},
	                                       {"1 2", "1 2", "1 2", NULL},
	                                       {"1", "2", "3", NULL}};

	(void) state;
	for (int c = 0; c < 5; c++)
	{
		Histories data;
		Model model;
		Users users;

		build_rows(cases[c], false, &data);
		fit_model("cooccurrence", defaults, &data, 7, &model);
		users = generated(&model, 1, 1, 100);
		assert_sets(&users, data.items);
	}
}

static void
test_details(void **state)
{
	Histories data = two_kinds(500);
	double options[7];
	Model model;

	(void) state;
	memcpy(options, defaults, sizeof(options));
	fit_model("cooccurrence", options, &data, 7, &model);
	assert_non_null(strstr(generator_find("cooccurrence")->details(&model),
	                       "\"factors\": 1, \"structured_items\": 30, \"structure_limited_by\": null"));
	options[3] = 20;
	fit_model("cooccurrence", options, &data, 7, &model);
	assert_non_null(
		strstr(generator_find("cooccurrence")->details(&model),
	           "\"structured_items\": 20, \"structure_limited_by\": \"the option structured_items\""));
	assert_slices(&model, 1);
}

/* Above the limit, fewer items have structure; below what one takes, it is refused. */
static void
test_memory(void **state)
{
	Histories data = two_kinds(500);
	int64_t structured;
	double options[7];
	Model model;

	(void) state;
	memcpy(options, defaults, sizeof(options));
	options[2] = 1;
	host_test_limit_memory(structure_bytes(&data, 12, 1));
	fit_model("cooccurrence", options, &data, 7, &model);
	model_section(&model, "structured", SECTION_UINT32, &structured);
	assert_int_equal(structured, 12);
	assert_non_null(strstr(generator_find("cooccurrence")->details(&model),
	                       "\"structured_items\": 12, \"structure_limited_by\": \"synrec.max_memory\""));
	host_test_limit_memory(1000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, fit_model("cooccurrence", options, &data, 7, &model));
}

static void
expect_cancel(const Histories *data, int64_t calls)
{
	Model model;

	host_test_cancel_after(calls);
	EXPECT_FAIL(HOST_TEST_CANCELLED, fit_model("cooccurrence", defaults, data, 7, &model));
	host_test_cancel_after(-1);
}

static void
test_cancel(void **state)
{
	Histories data = two_kinds(500);

	(void) state;
	for (int threads = 1; threads <= 3; threads += 2)
	{
		host_test_set_threads(threads);
		for (int64_t calls = 0; calls < 100; calls += 9)
			expect_cancel(&data, calls);
	}
}

static void
test_damaged(void **state)
{
	static const float many[30 * 2] = {0};
	static const uint32_t some[31] = {0};
	Histories data = two_kinds(500);
	float number[] = {NAN, INFINITY, 1001};
	Model model;

	(void) state;
	fit_model("cooccurrence", defaults, &data, 7, &model);
	assert_int_equal(outcome_with(&model, "loading", many, 60), HOST_TEST_NOTHING);
	assert_int_equal(outcome_with(&model, "loading", many, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "loading", many, 31), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "intercept", many, 29), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "intercept", many, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "structured", some, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "structured", some, 31), HOST_INVALID_VALUE);
	assert_refused_with(&model, "structured", 29, 30);
	assert_refused_with(&model, "structured", 5, 4);
	assert_refused_with(&model, "structured", 5, 3);
	for (int n = 0; n < 3; n++)
	{
		int64_t bits = 0;

		memcpy(&bits, &number[n], sizeof(float));
		assert_refused_with(&model, "loading", 3, bits);
	}
	assert_refused_with(&model, "length", 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_draws),         host_unit_test(test_extremes), host_unit_test(test_slices),
		host_unit_test(test_threads_agree), host_unit_test(test_moments),  host_unit_test(test_association),
		host_unit_test(test_no_structure),  host_unit_test(test_small),    host_unit_test(test_details),
		host_unit_test(test_memory),        host_unit_test(test_cancel),   host_unit_test(test_damaged),
	};

	return cmocka_run_group_tests_name("cooccurrence", tests, NULL, NULL);
}
