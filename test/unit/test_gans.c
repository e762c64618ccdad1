/*
 * test_gans.c
 *	  The generators with codes: time_gan and identity_gan.
 *
 * Frequencies are compared with exact probabilities; for the false-alarm rate
 * see assert_frequencies().
 */
#include "generators/code_net.h"
#include "generators/lengths.h"
#include "models.h"

#include <math.h>
#include <string.h>

enum
{
	GAN,
	MIXTURE,
	FLOW,
	SAMPLERS
};

static const char *const methods[] = {"time_gan", "identity_gan"};

/* A small net, with one option changed, by name. */
static double *
small(const char *method, double decoder, double sampler, const char *option, double value)
{
	double *values =
		option_values(method, "decoder", decoder, "sampler", sampler, "code", 4.0, "steps", 6.0, "epochs",
	                  6.0, "batch", 20.0, "decoder_units", 8.0, "encoder_units", 6.0, "sampler_steps", 20.0,
	                  "sampler_batch", 16.0, "sampler_units", 8.0, "sampler_layers", 2.0, "inputs", 3.0,
	                  "components", 3.0, "calibrations", 1.0, NULL);
	const OptionSpec *spec = generator_find(method)->options;

	for (int o = 0; option != NULL && spec[o].name != NULL; o++)
	{
		if (strcmp(spec[o].name, option) == 0)
			values[o] = value;
	}
	return values;
}

static void
test_threads_and_slices(void **state)
{
	Histories data = random_histories(1, 700, 90, 30);

	(void) state;
	for (int which = 0; which < 2 * 2 * SAMPLERS; which++)
	{
		const char *method = methods[which % 2];
		double *values = small(method, which / 2 % 2, which / 4, "loss", which / 2 % 2);
		Model one, three, other;

		fit_model(method, values, &data, 7, &one);
		host_test_set_threads(3);
		fit_model(method, values, &data, 7, &three);
		host_test_set_threads(1);
		assert_true(model_equal(&one, &three));
		fit_model(method, values, &data, 8, &other);
		assert_false(model_equal(&one, &other));
		assert_slices(&one, 5);
	}
}

/* The samplers share a decoder; what they draw differs. */
static void
test_samplers(void **state)
{
	Histories data = random_histories(2, 700, 90, 30);
	const float *decoder[SAMPLERS];
	Users users[SAMPLERS];

	(void) state;
	for (int s = 0; s < SAMPLERS; s++)
	{
		Model model;
		int64_t count;

		fit_model("identity_gan", small("identity_gan", DECODER_DENSE, s, NULL, 0), &data, 7, &model);
		decoder[s] = model_section(&model, "decoder", SECTION_FLOAT32, &count);
		users[s] = generated(&model, 3, 1, 50);
		for (int other = 0; other < s; other++)
		{
			assert_memory_equal(decoder[s], decoder[other], (size_t) count * sizeof(float));
			assert_memory_not_equal(users[s].item, users[other].item, 40 * sizeof(uint32_t));
		}
	}
}

/*
 * A decoder of which only the items' biases are left draws by their softmax:
 * the first item, and, as every step has the same distribution, the first one
 * given that it is among the rest.
 */
static void
test_draws(void **state)
{
	enum
	{
		USERS = 40000,
		ITEMS = 12
	};
	Histories data = random_histories(3, 600, 90, ITEMS);

	(void) state;
	assert_int_equal(data.items, ITEMS);
	for (int kind = 0; kind < 2; kind++)
	{
		for (double temperature = 0.5; temperature <= 1; temperature *= 2)
		{
			Model model, flat, corrected;
			int64_t count, first[ITEMS] = {0}, second[ITEMS] = {0};
			double probability[ITEMS], after[ITEMS] = {0}, sum = 0;
			const void *trained;
			float *weights, correction[ITEMS];
			Users users;

			fit_model("time_gan", small("time_gan", kind, MIXTURE, "temperature", temperature), &data, 7,
			          &model);
			trained = model_section(&model, "decoder", SECTION_FLOAT32, &count);
			weights = exact_copy(trained, count * 4);
			/* the biases of the items come last, in a whole number of lines of 16 */
			memset(weights, 0, (size_t) (count - 16) * sizeof(float));
			for (int i = 0; i < ITEMS; i++)
			{
				weights[count - 16 + i] = (float) (0.1 * i);
				correction[i] = (float) (0.2 * (i % 3));
			}
			model_with(&model, "decoder", weights, count, &flat);
			model_with(&flat, "item_correction", correction, ITEMS, &corrected);
			for (int i = 0; i < ITEMS; i++)
				sum += exp(0.1 * i / temperature + 0.2 * (i % 3));
			for (int i = 0; i < ITEMS; i++)
				probability[i] = exp(0.1 * i / temperature + 0.2 * (i % 3)) / sum;
			for (int i = 0; i < ITEMS; i++)
			{
				for (int j = 0; j < ITEMS; j++)
					after[j] += i == j ? 0 : probability[i] * probability[j] / (1 - probability[i]);
			}
			host_test_set_threads(2);
			users = generated(&corrected, 11, 1, USERS);
			for (int n = 0; n < USERS; n++)
			{
				first[users.item[users.start[n]]]++;
				if (users.start[n + 1] - users.start[n] > 1)
					second[users.item[users.start[n] + 1]]++;
			}
			assert_frequencies(first, probability, ITEMS);
			assert_frequencies(second, after, ITEMS);
			assert_sets(&users, ITEMS);
			host_test_set_threads(1);
		}
	}
}

/* Two kinds of users with nothing in common: a synthetic user is of one kind. */
static void
test_learns(void **state)
{
	const char *rows[201] = {NULL};
	Histories data;

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
	for (int which = 0; which < 4; which++)
	{
		/* each sampler, the first with both losses; each encoder and decoder */
		static const int sampler[] = {GAN, GAN, MIXTURE, FLOW};
		const char *method = methods[which % 2];
		double *values = option_values(method, "decoder", which == 2 ? 1.0 : 0.0, "sampler",
		                               (double) sampler[which], "loss", which == 1 ? 1.0 : 0.0, "code", 4.0,
		                               "steps", 6.0, "epochs", 60.0, "batch", 20.0, "learning_rate", 0.01,
		                               "decoder_units", 16.0, "sampler_steps", 600.0, "sampler_batch", 32.0,
		                               "sampler_units", 16.0, "sampler_rate", 0.002, "components", 4.0, NULL);
		Model model;
		Users users;
		int64_t pure = 0, of_second = 0;

		fit_model(method, values, &data, 7, &model);
		users = generated(&model, 1, 1, 2000);
		for (int n = 0; n < 2000; n++)
		{
			int64_t second = 0, length = users.start[n + 1] - users.start[n];

			for (int64_t p = users.start[n]; p < users.start[n + 1]; p++)
				second += keys_get(&model.item_keys, users.item[p]).integer > 15;
			pure += second == 0 || second == length;
			of_second += second > length / 2;
		}
		if (pure < 1300 || of_second < 400 || of_second > 1600)
			fail_msg("%d: %lld of 2000 are of one kind, %lld of the second", which, (long long) pure,
			         (long long) of_second);
	}
}

/* A decoder of few units and codes of a single Gaussian do not know how popular items are; calibration does. */
static void
test_calibration(void **state)
{
	Histories data = random_histories(4, 3000, 200, 40);

	(void) state;
	for (int which = 0; which < 4; which++)
	{
		const char *method = methods[which % 2];
		Model without, with;

		fit_model(method, small(method, which / 2, MIXTURE, "calibrations", 0), &data, 7, &without);
		fit_model(method, small(method, which / 2, MIXTURE, "calibrations", 10), &data, 7, &with);
		assert_true(popularity_error(&data, &with) < popularity_error(&data, &without) / 2);
	}
}

/* Lengths are those of the common model, also beyond the steps of the decoder. */
static void
test_lengths(void **state)
{
	Histories data = random_histories(4, 500, 60, 30);

	(void) state;
	for (int kind = 0; kind < 2; kind++)
	{
		Model model;
		Users users;
		int64_t observed[64] = {0}, longest;
		double probability[64] = {0};
		Lengths *lengths;

		fit_model("time_gan", small("time_gan", kind, MIXTURE, "steps", 3), &data, 7, &model);
		lengths = lengths_open(&model, 1, &longest);
		assert_true(longest > 3);
		for (int64_t i = 0; i < lengths->count; i++)
			probability[lengths->length[i]] =
				(double) (lengths->users[i] - (i > 0 ? lengths->users[i - 1] : 0)) / (double) data.users;
		users = generated(&model, 11, 1, 20000);
		for (int n = 0; n < 20000; n++)
			observed[users.start[n + 1] - users.start[n]]++;
		assert_frequencies(observed, probability, (int) longest + 1);
		assert_sets(&users, data.items);
	}
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
	static const struct
	{
		const char *option;
		double value;
	} changes[] = {{"code", 1},
	               {"steps", 1},
	               {"steps", 1000},
	               {"epochs", 1},
	               {"batch", 1},
	               {"batch", 100000},
	               {"noise", 0},
	               {"noise", 10},
	               {"code_decay", 100},
	               {"decoder_layers", 8},
	               {"decoder_units", 1},
	               {"temperature", 0.01},
	               {"temperature", 100},
	               {"encoder_units", 1},
	               {"sampler_steps", 1},
	               {"sampler_batch", 1},
	               {"inputs", 1},
	               {"sampler_units", 1},
	               {"critic_steps", 3},
	               {"annealing", 0},
	               {"components", 1000},
	               {"sampler_layers", 8},
	               {"min_component_size", 1000}};

	(void) state;
	for (int s = 0; s < 4; s++)
	{
		for (int c = 0; c < (int) (sizeof(changes) / sizeof(changes[0])); c++)
		{
			const char *method = methods[c % 2];
			Histories data;
			Model model;
			Users users;

			build_rows(sets[s], false, &data);
			fit_model(method,
			          small(method, c / 2 % 2, (s + c) % SAMPLERS, changes[c].option, changes[c].value),
			          &data, 7, &model);
			users = generated(&model, 1, 1, 40);
			assert_sets(&users, data.items);
		}
	}
}

static void
test_refusals(void **state)
{
	Histories data = random_histories(5, 500, 60, 30);
	Model model;

	(void) state;
	for (int which = 0; which < 2 * SAMPLERS; which++)
	{
		const char *method = methods[which % 2];
		double *values = small(method, DECODER_GRU, which / 2, NULL, 0);

		host_test_limit_memory(20000);
		EXPECT_FAIL(HOST_MEMORY_LIMIT, fit_model(method, values, &data, 7, &model));
		host_test_limit_memory(0);
		for (volatile int calls = 3; calls < 600; calls *= 5)
		{
			host_test_cancel_after(calls);
			EXPECT_FAIL(HOST_TEST_CANCELLED, fit_model(method, values, &data, 7, &model));
			host_test_cancel_after(-1);
		}
	}
	/* 1000 components of 500 x 500 / 2 numbers, if there were so many users */
	data = random_histories(6, 3000, 1500, 40);
	EXPECT_FAIL(HOST_TOO_LARGE, fit_model("identity_gan",
	                                      option_values("identity_gan", "sampler", (double) MIXTURE, "code",
	                                                    500.0, "components", 1000.0, NULL),
	                                      &data, 7, &model));
}

/* Rates that are far too high are lowered; what stays without bounds is an error. */
static void
test_divergence(void **state)
{
	Histories data = random_histories(7, 500, 60, 30);
	Model model;
	char *text;

	(void) state;
	fit_model("identity_gan", small("identity_gan", DECODER_DENSE, FLOW, "sampler_rate", 1.0), &data, 7,
	          &model);
	text = generator_find("identity_gan")->details(&model);
	assert_non_null(strstr(text, "\"autoencoder\": {\"epochs\": 6, \"restarts\": 0, \"loss\": ["));
	text = strstr(text, "\"sampler\"");
	assert_null(strstr(text, "\"restarts\": 0"));
	/* a critic whose penalty overflows is no number at any rate */
	EXPECT_FAIL(HOST_INVALID_PARAMETER,
	            fit_model("identity_gan", small("identity_gan", DECODER_DENSE, GAN, "penalty", 1e39), &data,
	                      7, &model));
}

static void
test_details(void **state)
{
	Histories data = random_histories(6, 500, 60, 30);
	static const char *const expected[] = {"\"critic_loss\": [",
	                                       "\"smallest_component\": ", "\"sampler\": {\"epochs\""};

	(void) state;
	for (int s = 0; s < SAMPLERS; s++)
	{
		Model model;
		char *text;

		fit_model("time_gan", small("time_gan", DECODER_GRU, s, "sampler_steps", 400), &data, 7, &model);
		text = generator_find("time_gan")->details(&model);
		assert_non_null(strstr(text, "\"autoencoder\": {\"epochs\": 6"));
		assert_non_null(strstr(text, expected[s]));
		assert_non_null(strstr(text, "\"code_spread\": "));
		/* of a curve of hundreds of epochs a hundred points are kept */
		if (s == FLOW)
		{
			int64_t count;

			model_section(&model, "sampler_curve", SECTION_FLOAT32, &count);
			assert_int_equal(count, 100);
		}
	}
}

static void
test_damaged(void **state)
{
	static const struct
	{
		const char *name;
		SectionType type;
		int sampler;
	} sections[] = {{"decoder", SECTION_FLOAT32, GAN},
	                {"code_mean", SECTION_FLOAT32, GAN},
	                {"code_scale", SECTION_FLOAT32, GAN},
	                {"temperature", SECTION_FLOAT64, GAN},
	                {"sampler", SECTION_FLOAT32, GAN},
	                {"sampler", SECTION_FLOAT32, FLOW},
	                {"mixture_weight", SECTION_FLOAT64, MIXTURE},
	                {"mixture_mean", SECTION_FLOAT64, MIXTURE},
	                {"mixture_factor", SECTION_FLOAT64, MIXTURE}};
	static const char *const shapes[] = {"decoder_shape", "sampler_shape", "sampler_number"};
	Histories data = random_histories(7, 500, 60, 30);

	(void) state;
	for (int s = 0; s < 9; s++)
	{
		bool wide = sections[s].type == SECTION_FLOAT64;
		int64_t count;
		const void *old;
		char *copy;
		Model model;

		fit_model("identity_gan", small("identity_gan", s % 2, sections[s].sampler, NULL, 0), &data, 7,
		          &model);
		old = model_section(&model, sections[s].name, sections[s].type, &count);
		copy = exact_copy(old, count * (wide ? 8 : 4));
		assert_int_equal(outcome_with(&model, sections[s].name, copy, count), HOST_TEST_NOTHING);
		assert_int_equal(outcome_with(&model, sections[s].name, copy, count - 1), HOST_INVALID_VALUE);
		assert_int_equal(outcome_with(&model, sections[s].name, copy, 0), HOST_INVALID_VALUE);
		if (wide)
			((double *) copy)[count / 2] = NAN;
		else
			((float *) copy)[count / 2] = INFINITY;
		assert_int_equal(outcome_with(&model, sections[s].name, copy, count), HOST_INVALID_VALUE);
		/* huge numbers that overflow are no danger */
		for (int64_t i = 0; !wide && i < count; i++)
			((float *) copy)[i] = i % 2 ? 3e38f : -3e38f;
		if (!wide)
			assert_int_equal(outcome_with(&model, sections[s].name, copy, count), HOST_TEST_NOTHING);
	}
	for (int s = 0; s < 3; s++)
	{
		Model model;
		int64_t count;

		fit_model("time_gan", small("time_gan", DECODER_GRU, GAN, NULL, 0), &data, 7, &model);
		model_section(&model, shapes[s], SECTION_INT64, &count);
		for (int64_t i = 0; i < count; i++)
		{
			static const int64_t numbers[] = {-1, 9999, INT64_MAX, INT64_MIN, 1000000};

			for (int n = 0; n < 5; n++)
				assert_refused_with(&model, shapes[s], i, numbers[n]);
		}
	}
}

/* Sequences are read in their order, and make other models than their sets. */
static void
test_sequences(void **state)
{
	HistoryBuilder *forward = builder_new(), *backward = builder_new(), *sets = builder_new();
	Histories data[3];
	Model model[3];
	Random random;
	Users users;

	(void) state;
	case_random(&random, 8);
	for (int i = 0; i < 300; i++)
	{
		Key user = case_key(false, case_between(&random, 1, 40)),
			item = case_key(false, case_between(&random, 1, 20));

		builder_add_timed(forward, false, &user, false, &item, TIMES_INTEGER, i);
		builder_add_timed(backward, false, &user, false, &item, TIMES_INTEGER, -i);
		builder_add(sets, false, &user, false, &item);
	}
	builder_settle(forward);
	builder_settle(backward);
	builder_settle(sets);
	builder_finish(forward, &data[0]);
	builder_finish(backward, &data[1]);
	builder_finish(sets, &data[2]);
	for (int d = 0; d < 3; d++)
		fit_model("time_gan", small("time_gan", DECODER_GRU, MIXTURE, NULL, 0), &data[d], 7, &model[d]);
	for (int d = 0; d < 3; d++)
	{
		int64_t count, other;
		const float *weights = model_section(&model[d], "decoder", SECTION_FLOAT32, &count);

		assert_memory_not_equal(weights,
		                        model_section(&model[(d + 1) % 3], "decoder", SECTION_FLOAT32, &other),
		                        (size_t) count * sizeof(float));
		assert_slices(&model[d], 5);
	}
	users = generated(&model[0], 1, 1, 500);
	assert_sets(&users, data[0].items);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_threads_and_slices),
		host_unit_test(test_samplers),
		host_unit_test(test_draws),
		host_unit_test(test_calibration),
		host_unit_test(test_learns),
		host_unit_test(test_lengths),
		host_unit_test(test_tiny),
		host_unit_test(test_refusals),
		host_unit_test(test_divergence),
		host_unit_test(test_details),
		host_unit_test(test_damaged),
		host_unit_test(test_sequences),
	};

	return cmocka_run_group_tests_name("gans", tests, NULL, NULL);
}
