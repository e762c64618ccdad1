/*
 * test_vae.c
 *	  The generator made of a variational autoencoder.
 *
 * Frequencies are compared with exact probabilities; for the false-alarm rate
 * see assert_frequencies().
 */
#include "generators/lengths.h"
#include "models.h"

#include <math.h>
#include <string.h>

enum
{
	LATENT,
	HIDDEN,
	CODE,
	EPOCHS,
	BATCH,
	RATE,
	DROPOUT,
	BETA,
	ANNEALING,
	DECAY,
	HOLDOUT,
	PATIENCE,
	COMPONENTS,
	LEAST,
	OPTIONS
};

/* A small net; the mixture, or the prior. */
static const double small[OPTIONS] = {1, 16, 4, 12, 20, 0.01, 0.2, 0.2, 0.5, 0, 0.1, 12, 3, 5};

/* The small net with one option changed; the seed is 7. */
static void
fit(const Histories *data, int option, double value, Model *model)
{
	double options[OPTIONS];

	memcpy(options, small, sizeof(options));
	options[option] = value;
	fit_model("vae", options, data, 7, model);
}

static void
test_sections(void **state)
{
	Histories data = random_histories(1, 700, 90, 30);
	int64_t items = data.items, count, components;

	(void) state;
	for (int latent = 0; latent < 2; latent++)
	{
		Model one, three, other;

		fit(&data, LATENT, latent, &one);
		host_test_set_threads(3);
		fit(&data, LATENT, latent, &three);
		host_test_set_threads(1);
		assert_true(model_equal(&one, &three));
		model_section(&one, "decoder_hidden", SECTION_FLOAT32, &count);
		assert_int_equal(count, 4 * 16);
		model_section(&one, "decoder_hidden_bias", SECTION_FLOAT32, &count);
		assert_int_equal(count, 16);
		model_section(&one, "decoder_items", SECTION_FLOAT32, &count);
		assert_int_equal(count, 16 * items);
		model_section(&one, "decoder_items_bias", SECTION_FLOAT32, &count);
		assert_int_equal(count, items);
		/* keys, options, version, 4 of the decoder, 2 of training, 3 of lengths; 4 of the mixture */
		assert_int_equal(one.header->sections, (one.item_keys.text ? 2 : 1) + 11 + 4 * latent);
		if (latent == 1)
		{
			const double *users = model_section(&one, "component_users", SECTION_FLOAT64, &components);

			assert_true(components >= 1 && components <= 3);
			for (int64_t c = 0; c < components; c++)
				assert_true(users[c] >= 5);
		}
		/* another seed, another model */
		fit_model("vae", small, &data, 8, &other);
		assert_false(model_equal(&one, &other));
		assert_slices(&one, 5);
	}
}

/* The mean of the users' codes is not 0, so prior and mixture differ. */
static void
test_latents(void **state)
{
	Histories data = random_histories(2, 700, 90, 30);
	Model prior, aggregate;
	const float *of_prior, *of_aggregate;
	int64_t count;
	Users a, b;

	(void) state;
	fit(&data, LATENT, 0, &prior);
	fit(&data, LATENT, 1, &aggregate);
	of_prior = model_section(&prior, "decoder_items", SECTION_FLOAT32, &count);
	of_aggregate = model_section(&aggregate, "decoder_items", SECTION_FLOAT32, &count);
	assert_memory_equal(of_prior, of_aggregate, (size_t) count * sizeof(float));
	a = generated(&prior, 3, 1, 50);
	b = generated(&aggregate, 3, 1, 50);
	assert_memory_not_equal(a.item, b.item, 40 * sizeof(uint32_t));
}

/*
 * Without weights from the hidden layer, items are drawn by the softmax of
 * their biases: the first item of each user by it exactly.
 */
static void
test_draws(void **state)
{
	enum
	{
		USERS = 20000,
		ITEMS = 12
	};
	Histories data = random_histories(3, 600, 90, ITEMS);
	Model model, flat;
	int64_t observed[ITEMS] = {0}, count;
	double probability[ITEMS], sum = 0;
	const float *bias;
	Users users;

	(void) state;
	fit(&data, LATENT, 0, &model);
	assert_int_equal(data.items, ITEMS);
	model_with(&model, "decoder_items", host_array_zero(float, 16 * ITEMS), 16 * ITEMS, &flat);
	bias = model_section(&flat, "decoder_items_bias", SECTION_FLOAT32, &count);
	for (int i = 0; i < ITEMS; i++)
		sum += exp(bias[i]);
	for (int i = 0; i < ITEMS; i++)
		probability[i] = exp(bias[i]) / sum;
	host_test_set_threads(2);
	users = generated(&flat, 11, 1, USERS);
	for (int n = 0; n < USERS; n++)
		observed[users.item[users.start[n]]]++;
	assert_frequencies(observed, probability, ITEMS);
	assert_sets(&users, ITEMS);
}

/* Two kinds of users with nothing in common: a synthetic user is of one kind. */
static void
test_learns(void **state)
{
	double options[OPTIONS];
	const char *rows[201] = {NULL};
	Histories data;
	Model model;
	Users users;
	int64_t pure = 0;

	(void) state;
	for (int u = 0; u < 200; u++)
	{
		Random random;
		char *row = host_format("%s", "");

		case_random(&random, (uint64_t) u);
		for (int i = 0; i < 6; i++)
			row = host_format("%s %lld", row, (long long) (case_between(&random, 1, 15) + u % 2 * 15));
		rows[u] = row;
	}
	build_rows(rows, false, &data);
	memcpy(options, small, sizeof(options));
	options[EPOCHS] = options[PATIENCE] = 60;
	fit_model("vae", options, &data, 7, &model);
	users = generated(&model, 1, 1, 2000);
	for (int n = 0; n < 2000; n++)
	{
		int64_t second = 0, length = users.start[n + 1] - users.start[n];

		for (int64_t p = users.start[n]; p < users.start[n + 1]; p++)
			second += keys_get(&model.item_keys, users.item[p]).integer > 15;
		pure += second == 0 || second == length;
	}
	assert_true(pure > 1500);
}

/* Lengths are those of the common model. */
static void
test_lengths(void **state)
{
	Histories data = random_histories(4, 500, 60, 30);
	Model model;
	Users users;
	int64_t observed[64] = {0}, longest;
	double probability[64] = {0};
	Lengths *lengths;

	(void) state;
	fit(&data, LATENT, 1, &model);
	lengths = lengths_open(&model, 1, &longest);
	for (int64_t i = 0; i < lengths->count; i++)
		probability[lengths->length[i]] =
			(double) (lengths->users[i] - (i > 0 ? lengths->users[i - 1] : 0)) / (double) data.users;
	users = generated(&model, 11, 1, 5000);
	for (int n = 0; n < 5000; n++)
		observed[users.start[n + 1] - users.start[n]]++;
	assert_frequencies(observed, probability, (int) longest + 1);
}

/* Few users, few items, and shapes of nets and batches at their limits. */
static void
test_tiny(void **state)
{
	static const char *const one_user[] = {"5 6 7", NULL};
	static const char *const one_pair[] = {"5", NULL};
	static const char *const one_item[] = {"1", "1", "1", "1", "1", "1", "1", NULL};
	static const char *const alike[] = {"1 2", "1 2", "1 2", "1 2", "1 2", "1 2", "1 2", "1 2", NULL};
	static const char *const *const sets[] = {one_user, one_pair, one_item, alike};
	static const double changes[][2] = {{HIDDEN, 1},        {CODE, 1},     {BATCH, 1},     {BATCH, 100000},
	                                    {EPOCHS, 1},        {DROPOUT, 0},  {BETA, 0},      {BETA, 100},
	                                    {ANNEALING, 0},     {HOLDOUT, 0},  {HOLDOUT, 0.5}, {PATIENCE, 1},
	                                    {COMPONENTS, 1000}, {LEAST, 1000}, {DECAY, 1},     {DROPOUT, 0.99}};

	(void) state;
	for (int s = 0; s < 4; s++)
	{
		for (int c = 0; c < 16; c++)
		{
			Histories data;
			Model model;
			Users users;

			build_rows(sets[s], false, &data);
			fit(&data, (int) changes[c][0], changes[c][1], &model);
			users = generated(&model, 1, 1, 40);
			assert_sets(&users, data.items);
		}
	}
}

static void
test_refusals(void **state)
{
	Histories data = random_histories(5, 500, 60, 30), large;
	Model model;
	double options[OPTIONS];

	(void) state;
	host_test_limit_memory(50000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, fit_model("vae", small, &data, 7, &model));
	host_test_limit_memory(0);
	/* a decoder of 10,000 x 14,000 weights is beyond what a model can hold */
	memcpy(options, small, sizeof(options));
	options[HIDDEN] = 10000;
	large = random_histories(5, 40000, 60, 20000);
	assert_true(large.items > 14000);
	EXPECT_FAIL(HOST_TOO_LARGE, fit_model("vae", options, &large, 7, &model));
	for (volatile int calls = 3; calls < 800; calls *= 3)
	{
		host_test_cancel_after(calls);
		EXPECT_FAIL(HOST_TEST_CANCELLED, fit_model("vae", small, &data, 7, &model));
		host_test_cancel_after(-1);
	}
}

static void
test_details(void **state)
{
	Histories data = random_histories(6, 500, 60, 30);
	const Generator *generator = generator_find("vae");
	Model model;
	char *text;

	(void) state;
	fit(&data, LATENT, 1, &model);
	text = generator->details(&model);
	assert_non_null(strstr(text, "\"epochs\": 12, \"best_epoch\": "));
	assert_non_null(strstr(text, "\"restarts\": 0, \"training_loss\": ["));
	assert_non_null(strstr(text, "], \"validation_loss\": ["));
	assert_non_null(strstr(text, "\"smallest_component\": "));
	fit(&data, LATENT, 0, &model);
	text = generator->details(&model);
	assert_null(strstr(text, "component"));
	/* far too high a rate is lowered */
	fit(&data, RATE, 10, &model);
	text = generator->details(&model);
	assert_null(strstr(text, "\"restarts\": 0"));
	/* nobody is held out: no validation, and the last epoch is kept */
	fit(&data, HOLDOUT, 0, &model);
	text = generator->details(&model);
	assert_non_null(strstr(text, "\"best_epoch\": 12"));
	assert_non_null(strstr(text, "\"validation_loss\": [null, null"));
}

static void
test_damaged(void **state)
{
	static const char *const sections[] = {"decoder_hidden",     "decoder_hidden_bias", "decoder_items",
	                                       "decoder_items_bias", "mixture_weight",      "mixture_mean",
	                                       "mixture_factor"};
	Histories data = random_histories(7, 500, 60, 30);
	Model model;

	(void) state;
	fit(&data, LATENT, 1, &model);
	for (int s = 0; s < 7; s++)
	{
		int64_t count;
		bool wide = s > 3;
		const void *old =
			model_section(&model, sections[s], wide ? SECTION_FLOAT64 : SECTION_FLOAT32, &count);
		char *copy = exact_copy(old, count * (wide ? 8 : 4));

		assert_int_equal(outcome_with(&model, sections[s], copy, count), HOST_TEST_NOTHING);
		assert_int_equal(outcome_with(&model, sections[s], copy, count - 1), HOST_INVALID_VALUE);
		assert_int_equal(outcome_with(&model, sections[s], copy, 0), HOST_INVALID_VALUE);
		if (wide)
			((double *) copy)[count / 2] = NAN;
		else
			((float *) copy)[count / 2] = INFINITY;
		assert_int_equal(outcome_with(&model, sections[s], copy, count), HOST_INVALID_VALUE);
		/* huge numbers that overflow are no danger */
		if (!wide)
		{
			for (int64_t i = 0; i < count; i++)
				((float *) copy)[i] = i % 2 ? 3e38f : -3e38f;
			assert_int_equal(outcome_with(&model, sections[s], copy, count), HOST_TEST_NOTHING);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_sections), host_unit_test(test_latents), host_unit_test(test_draws),
		host_unit_test(test_learns),   host_unit_test(test_lengths), host_unit_test(test_tiny),
		host_unit_test(test_refusals), host_unit_test(test_details), host_unit_test(test_damaged),
	};

	return cmocka_run_group_tests_name("vae", tests, NULL, NULL);
}
