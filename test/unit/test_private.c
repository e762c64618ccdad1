/*
 * test_private.c
 *	  Co-occurrence with differential privacy: what one user can change, and an
 *	  audit that plants one.
 *
 * The noise has no seed, so what is said of chance here is meant for every run.
 */
#include "data/pairs.h"
#include "generators/cooccurrence.h"
#include "generators/private_cooccurrence.h"
#include "math/zcdp.h"
#include "models.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In the order of the method's options; catalogue 0 is public, 1 private. */
enum
{
	EPSILON,
	DELTA,
	MAX_ITEMS,
	CATALOGUE,
	STRUCTURED_ITEMS = 7,
	LENGTHS_SHARE = 9,
	ITEMS_SHARE,
	ROUNDS = 13,
	OPTIONS
};

static const double defaults[OPTIONS] = {10, 1e-4, 20, 0, 1.5, 8, 60, 0, 0, 0.02, 0.1, 20, 3, 8};

/* The same histories and one more, of the items whose bits are set; a view, not a value. */
static Histories
with_user(const Histories *data, unsigned items)
{
	Histories more = *data;
	int64_t *start = host_array(int64_t, data->users + 2);
	uint32_t *item = host_array(uint32_t, data->interactions + 32);
	int64_t at = data->interactions;

	memcpy(start, data->start, (size_t) (data->users + 1) * sizeof(int64_t));
	memcpy(item, data->item, (size_t) data->interactions * sizeof(uint32_t));
	for (uint32_t i = 0; i < data->items; i++)
	{
		if (items >> i & 1)
			item[at++] = i;
	}
	start[data->users + 1] = at;
	more.users++;
	more.interactions = at;
	more.start = start;
	more.item = item;
	return more;
}

/* Square of what the last user moves the three statistics by, as the mechanism takes them. */
static void
moved_by_last(const Histories *data, const Histories *more, int64_t max_items, const uint32_t *chosen,
              int64_t structured, int64_t pair_items, double *squares)
{
	StrongRandom random;
	Histories without, with, part;
	int64_t *lengths, *more_lengths, *items, *more_items;
	double *pairs, *more_pairs;

	strong_random_open(&random);
	lengths = private_lengths(data, max_items);
	more_lengths = private_lengths(more, max_items);
	with = private_clip(more, max_items, &random);
	/* the others' histories clipped alike: chance does not depend on who else is there */
	without = with;
	without.users--;
	without.interactions = with.start[without.users];
	items = histories_item_counts(&without);
	more_items = histories_item_counts(&with);
	part = histories_of_items(&with, chosen, structured);
	part = private_clip(&part, pair_items, &random);
	more_pairs = pairs_count(&part);
	part.users--;
	part.interactions = part.start[part.users];
	pairs = pairs_count(&part);
	memset(squares, 0, PRIVATE_RELEASES * sizeof(double));
	for (int64_t l = 0; l <= max_items + 1; l++)
		squares[PRIVATE_LENGTHS] += pow((double) (more_lengths[l] - lengths[l]), 2);
	for (int64_t i = 0; i < data->items; i++)
		squares[PRIVATE_ITEMS] += pow((double) (more_items[i] - items[i]), 2);
	for (int64_t i = 0; i < structured; i++)
	{
		for (int64_t j = i + 1; j < structured; j++)
			squares[PRIVATE_PAIRS] += pow(more_pairs[i * structured + j] - pairs[i * structured + j], 2);
	}
}

/*
 * Every history that could be added to small data: none moves a statistic by
 * more than is claimed, and some by just as much.
 */
static void
test_sensitivity(void **state)
{
	static const int64_t limits[][3] = {{3, 6, 3}, {4, 5, 2}, {6, 4, 4}, {1, 2, 2}, {20, 6, 5}};

	(void) state;
	for (int c = 0; c < 5; c++)
	{
		int64_t max_items = limits[c][0], structured = limits[c][1], pair_items = limits[c][2];
		Histories data = random_histories((uint64_t) c, 14, 5, 6);
		int64_t longest = max_items < data.items ? max_items : data.items;
		double greatest[PRIVATE_RELEASES] = {0}, pairs_of;
		uint32_t chosen[6];

		structured = structured < data.items ? structured : data.items;
		for (uint32_t j = 0; j < structured; j++)
			chosen[j] = (uint32_t) (data.items - structured) + j;
		for (unsigned items = 1; items < 1u << data.items; items++)
		{
			Histories more = with_user(&data, items);
			double squares[PRIVATE_RELEASES];

			moved_by_last(&data, &more, longest, chosen, structured, pair_items, squares);
			for (int r = 0; r < PRIVATE_RELEASES; r++)
				greatest[r] = squares[r] > greatest[r] ? squares[r] : greatest[r];
		}
		assert_true(greatest[PRIVATE_LENGTHS] == 1);
		assert_true(greatest[PRIVATE_ITEMS] == (double) longest);
		pairs_of = (double) (pair_items < longest ? pair_items : longest);
		assert_true(greatest[PRIVATE_PAIRS] == pairs_of * (pairs_of - 1) / 2);
	}
}

/* Everybody keeps what she has, or a random part of it: each item with the same chance. */
static void
test_clip(void **state)
{
	Histories data = random_histories(3, 300, 40, 30);
	int64_t observed[30] = {0};
	double probability[30];
	StrongRandom random;
	Histories clipped;

	(void) state;
	strong_random_open(&random);
	clipped = private_clip(&data, 5, &random);
	assert_int_equal(clipped.users, data.users);
	for (int64_t u = 0; u < data.users; u++)
	{
		int64_t length = histories_length(&data, u), at = data.start[u];

		assert_int_equal(histories_length(&clipped, u), length < 5 ? length : 5);
		for (int64_t p = clipped.start[u]; p < clipped.start[u + 1]; p++)
		{
			while (at < data.start[u + 1] && data.item[at] != clipped.item[p])
				at++;
			assert_true(at++ < data.start[u + 1]);
		}
	}
	data = with_user(&data, (1u << 20) - 1);
	for (int n = 0; n < 20000; n++)
	{
		clipped = private_clip(&data, 5, &random);
		for (int64_t p = clipped.start[data.users - 1]; p < clipped.start[data.users]; p++)
			observed[clipped.item[p]]++;
		host_free((void *) clipped.start);
		host_free((void *) clipped.item);
	}
	for (int i = 0; i < 20; i++)
		probability[i] = 0.05;
	assert_frequencies(observed, probability, 20);
}

static PrivateSettings
settings_of(double epsilon, double delta, int64_t max_items)
{
	return (PrivateSettings){.epsilon = epsilon,
	                         .delta = delta,
	                         .max_items = max_items,
	                         .lengths_share = 0.02,
	                         .items_share = 0.1,
	                         .structured_items = 8,
	                         .pair_items = 4,
	                         .factors = 2,
	                         .honesty = 1};
}

/* The budget is spent, and not more of it than there is. */
static void
test_account(void **state)
{
	Histories data = random_histories(0, 400, 60, 8);

	(void) state;
	for (double epsilon = 0.1; epsilon < 30; epsilon *= 2)
	{
		for (int catalogue = 0; catalogue < 2; catalogue++)
		{
			PrivateSettings settings = settings_of(epsilon, 1e-5, 4);
			double spent = 0;
			PrivateCounts counts;

			settings.private_catalogue = catalogue == 1 && epsilon > 5;
			private_counts(&data, &settings, &counts);
			for (int r = 0; r < PRIVATE_RELEASES; r++)
				spent += (double) counts.release[r].sensitivity2 /
				         (2 * (double) counts.release[r].variance / VARIANCE_UNITS);
			assert_true(fabs(counts.rho / spent - 1) < 1e-12);
			assert_true(counts.epsilon <= epsilon && counts.epsilon > 0.99 * epsilon);
			assert_int_equal(counts.release[PRIVATE_LENGTHS].sensitivity2, 1);
			assert_int_equal(counts.release[PRIVATE_ITEMS].sensitivity2, 4);
			assert_int_equal(counts.release[PRIVATE_PAIRS].sensitivity2, 6);
			assert_true(zcdp_delta(spent, epsilon) <= (settings.private_catalogue ? 0.5e-5 : 1e-5));
		}
	}
}

/* Every count has noise, of the variance that is claimed, and the two triangles the same. */
static void
test_noise(void **state)
{
	enum
	{
		RUNS = 400
	};
	Histories data = random_histories(0, 400, 60, 8);
	PrivateSettings settings = settings_of(1, 1e-3, 8); /* nobody is clipped, no pair is left out */
	int64_t *lengths = private_lengths(&data, 8), *items = histories_item_counts(&data);
	double squares[PRIVATE_RELEASES] = {0}, *pairs = pairs_count(&data);
	PrivateCounts counts;

	(void) state;
	settings.pair_items = 8;
	for (int run = 0; run < RUNS; run++)
	{
		private_counts(&data, &settings, &counts);
		assert_int_equal(counts.structured, 8);
		for (int l = 1; l <= 9; l++)
			squares[PRIVATE_LENGTHS] += pow((double) (counts.users_with[l] - lengths[l]), 2) / 9 / RUNS;
		for (int i = 0; i < 8; i++)
			squares[PRIVATE_ITEMS] += pow((double) (counts.item_users[i] - items[i]), 2) / 8 / RUNS;
		for (int i = 0; i < 8; i++)
		{
			assert_true(counts.pairs[i * 8 + i] == 0);
			for (int j = 0; j < i; j++)
			{
				assert_true(counts.pairs[i * 8 + j] == counts.pairs[j * 8 + i]);
				squares[PRIVATE_PAIRS] += pow(counts.pairs[i * 8 + j] - pairs[i * 8 + j], 2) / 28 / RUNS;
			}
		}
	}
	/* 9 x 400 squares at least: less than one alarm in a million */
	for (int r = 0; r < PRIVATE_RELEASES; r++)
		assert_true(fabs(squares[r] / ((double) counts.release[r].variance / VARIANCE_UNITS) - 1) <
		            5 * sqrt(2.0 / (8 * RUNS)));
}

/*
 * The audit.  A user whose items nobody else has together is planted or not,
 * many times over.  An attacker who knows all others and sees the statistic
 * T guesses that she is there when T exceeds a threshold; a mechanism that keeps
 * (epsilon, delta) allows P(yes | in) <= e^epsilon P(yes | out) + delta, and the
 * same of no.  The threshold is chosen by the first half of the runs, the
 * probabilities bounded from the second half by Clopper and Pearson.
 */
#define CANARY 0xfu /* items 0 to 3 of 8 */

/* Other users have one of the canary's items and some of the other four. */
static Histories
background(void)
{
	HistoryBuilder *builder = builder_new();
	Random random;
	Histories data;

	case_random(&random, 1);
	for (int64_t u = 0; u < 60; u++)
	{
		Key user = case_key(false, u), item = case_key(false, u % 4);

		builder_add(builder, false, &user, false, &item);
		for (int n = 0; n < 2; n++)
		{
			item = case_key(false, case_between(&random, 4, 7));
			builder_add(builder, false, &user, false, &item);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	assert_int_equal(data.items, 8);
	return data;
}

/* P(X <= k) of n draws with probability p. */
static double
binomial_tail(int64_t k, int64_t n, double p)
{
	double sum = 0;

	for (int64_t i = 0; i <= k; i++)
		sum += exp(lgamma((double) n + 1) - lgamma((double) i + 1) - lgamma((double) (n - i) + 1) +
		           (double) i * log(p) + (double) (n - i) * log1p(-p));
	return sum;
}

/* The greatest p for which k or fewer of n are not rarer than alpha. */
static double
upper_bound(int64_t k, int64_t n, double alpha)
{
	double low = 0, high = 1;

	if (k >= n)
		return 1;
	for (int step = 0; step < 60; step++)
	{
		double middle = (low + high) / 2;

		if (binomial_tail(k, n, middle) > alpha)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static double
lower_bound(int64_t k, int64_t n, double alpha)
{
	return 1 - upper_bound(n - k, n, alpha);
}

static int64_t
count_above(const double *t, int64_t n, double threshold)
{
	int64_t count = 0;

	for (int64_t i = 0; i < n; i++)
		count += t[i] > threshold;
	return count;
}

/* ln((P(yes | in) - delta) / P(yes | out)) with each bounded at "alpha", or plainly. */
static double
epsilon_at(const double *in, const double *out, int64_t n, double threshold, double delta, double alpha)
{
	int64_t yes_in = count_above(in, n, threshold), yes_out = count_above(out, n, threshold);
	double in_low = lower_bound(yes_in, n, alpha), out_high = upper_bound(yes_out, n, alpha);
	double out_low = lower_bound(n - yes_out, n, alpha), in_high = upper_bound(n - yes_in, n, alpha);
	double yes = in_low > delta ? log((in_low - delta) / out_high) : 0;
	double no = out_low > delta ? log((out_low - delta) / in_high) : 0;

	return yes > no ? yes : no;
}

/* 99 % sure: four bounds, of which two are used, at 0.25 % each. */
static double
audited_epsilon(const double *in, const double *out, int64_t runs, double delta)
{
	int64_t half = runs / 2;
	double best = -INFINITY, threshold = 0;

	for (int64_t i = 0; i < 2 * half; i++)
	{
		double here = i < half ? in[i] : out[i - half];
		double yes_in = (double) count_above(in, half, here), yes_out = (double) count_above(out, half, here);
		double n = (double) half, least = 4; /* few cases are no evidence */
		double yes = log((yes_in + 1) / (yes_out + least)),
			   no = log((n - yes_out + 1) / (n - yes_in + least));

		if (fmax(yes, no) > best)
		{
			best = fmax(yes, no);
			threshold = here;
		}
	}
	return epsilon_at(in + half, out + half, half, threshold, delta, 0.0025);
}

/* The logarithm of how much likelier the counts are with the canary, but for a constant. */
static double
likelihood(const PrivateCounts *counts)
{
	double t = 0, variance[PRIVATE_RELEASES];

	for (int r = 0; r < PRIVATE_RELEASES; r++)
		variance[r] = (double) counts->release[r].variance / VARIANCE_UNITS;
	t += (double) counts->users_with[4] / variance[PRIVATE_LENGTHS];
	for (int i = 0; i < 4; i++)
		t += (double) counts->item_users[i] / variance[PRIVATE_ITEMS];
	for (int i = 0; i < 4; i++)
	{
		for (int j = 0; j < i; j++)
			t += counts->pairs[i * 8 + j] / variance[PRIVATE_PAIRS];
	}
	return t;
}

/* What the attacker makes of a whole model. */
static double
guess_from_model(const Model *model)
{
	int64_t items;
	const float *intercept = model_section(model, "intercept", SECTION_FLOAT32, &items);
	double t = (double) model->header->users / 4;

	for (int i = 0; i < 4; i++)
		t += exp((double) intercept[i]);
	return t;
}

static double
audit_counts(int64_t runs, double epsilon, double delta, double honesty)
{
	PrivateSettings settings = settings_of(epsilon, delta, 4);
	double *in = host_array(double, runs), *out = host_array(double, runs);
	Histories data = background(), more = with_user(&data, CANARY);

	settings.honesty = honesty;
	for (int64_t run = 0; run < runs; run++)
	{
		PrivateCounts counts;

		host_test_open_arena();
		private_counts(&more, &settings, &counts);
		in[run] = likelihood(&counts);
		private_counts(&data, &settings, &counts);
		out[run] = likelihood(&counts);
		host_test_close_arena();
	}
	return audited_epsilon(in, out, runs, delta);
}

/* Most of the budget goes to what the guess is made of. */
static double
audit_models(int64_t runs, double epsilon, double delta, double honesty)
{
	PrivateSettings settings = settings_of(epsilon, delta, 4);
	double options[OPTIONS], *in = host_array(double, runs), *out = host_array(double, runs);
	Histories data = background(), more = with_user(&data, CANARY);
	Options chosen = {generator_find("private_cooccurrence")->options, options};

	memcpy(options, defaults, sizeof(options));
	options[ROUNDS] = 0;
	settings.honesty = honesty;
	settings.lengths_share = 0.4;
	settings.items_share = 0.5;
	for (int64_t run = 0; run < 2 * runs; run++)
	{
		ModelWriter *writer;
		int64_t bytes;
		void *value;
		Model model;

		host_test_open_arena();
		writer = host_alloc_zero(sizeof(ModelWriter));
		strcpy(writer->header.method, "private_cooccurrence");
		model_write(writer, "options", SECTION_BYTES, "{}", 2);
		model_write(writer, "version", SECTION_BYTES, "1", 1);
		private_fit_with(run % 2 == 0 ? &more : &data, &settings, &chosen, writer);
		value = model_finish(writer, &bytes);
		model_open(value, bytes, &model);
		(run % 2 == 0 ? in : out)[run / 2] = guess_from_model(&model);
		host_test_close_arena();
	}
	return audited_epsilon(in, out, runs, delta);
}

/* Runs of each audit of counts, twice as many as of models: SYNREC_AUDIT_RUNS, for a longer one. */
static int64_t
audit_runs(void)
{
	const char *runs = getenv("SYNREC_AUDIT_RUNS");

	return runs != NULL ? atoll(runs) : 1500;
}

/* The bound lies below what is claimed (by chance above it: at most once in 100, if it were tight), ... */
static void
test_audit(void **state)
{
	int64_t runs = audit_runs();

	(void) state;
	for (double epsilon = 1; epsilon <= 4; epsilon *= 4)
	{
		double counts = audit_counts(runs, epsilon, 1e-3, 1),
			   models = audit_models(runs / 2, epsilon, 1e-3, 1);

		print_message(
			"epsilon %g claimed, at least %.2f from counts, %.2f from models (%lld and %lld runs)\n", epsilon,
			counts, models, (long long) runs, (long long) runs / 2);
		assert_true(counts < epsilon && models < epsilon);
	}
}

/* ... and above it, when less noise is added than is claimed, or none. */
static void
test_audit_finds(void **state)
{
	int64_t runs = audit_runs();

	(void) state;
	assert_true(audit_counts(runs, 1, 1e-3, 1.0 / 64) > 1);
	assert_true(audit_counts(runs, 1, 1e-3, 0) > 1);
	assert_true(audit_models(runs / 2, 2, 1e-3, 1.0 / 100) > 2);
	assert_true(audit_models(runs / 2, 2, 1e-3, 0) > 2);
}

/* Nothing in the model's header is exact, and none of it is about keys of users. */
static void
test_header(void **state)
{
	Random random;
	Pairs pairs;
	Histories data;
	int64_t different = 0;

	(void) state;
	case_random(&random, 4);
	pairs = pairs_random(&random, 3000, 400, 30); /* half of the keys are negative */
	build(&pairs, false, false, &data);
	for (int run = 0; run < 10; run++)
	{
		Model model;

		fit_model("private_cooccurrence", defaults, &data, 0, &model);
		different += model.header->users != data.users;
		different += model.header->interactions != data.interactions;
		assert_int_equal(model.header->user_key_floor, 0);
		assert_int_equal(model.header->user_key_prefixes, 1);
		assert_int_equal(model.header->user_key_uuids, 1);
		assert_int_equal(model.header->seed, 0);
		assert_true(model.header->seconds == 0);
		assert_true(model.header->value.flags & MODEL_PRIVATE);
		assert_true(llabs(model.header->users - data.users) < 200);
	}
	/* each agrees by chance once in ten times or less */
	assert_true(different >= 10);
}

/* Two fits are two draws of the noise; a model's users depend on the model and the seed. */
static void
test_unrepeatable(void **state)
{
	Histories data = random_histories(1, 3000, 400, 30);
	Model one, other;

	(void) state;
	fit_model("private_cooccurrence", defaults, &data, 0, &one);
	fit_model("private_cooccurrence", defaults, &data, 0, &other);
	assert_false(model_equal(&one, &other));
	assert_slices(&one, 1);
	EXPECT_FAIL(HOST_INVALID_PARAMETER, fit_model("private_cooccurrence", defaults, &data, 1, &one));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, fit_model("private_cooccurrence", defaults, &data, -1, &one));
}

/* 400 users of whom some have items that nobody else has: none of those is in a private catalogue. */
static void
test_catalogue(void **state)
{
	HistoryBuilder *builder = builder_new();
	double options[OPTIONS];
	Histories data;
	Model model;

	(void) state;
	for (int64_t u = 0; u < 400; u++)
	{
		for (int64_t i = 0; i < 4; i++)
		{
			Key user = case_key(false, u), item = case_key(true, i < 3 ? i + 3 * (u % 2) : u + 1000);

			builder_add(builder, false, &user, true, &item);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	assert_int_equal(data.items, 406);
	memcpy(options, defaults, sizeof(options));
	options[MAX_ITEMS] = 4;
	fit_model("private_cooccurrence", options, &data, 0, &model);
	assert_int_equal(model.header->items, 406);
	options[CATALOGUE] = 1;
	fit_model("private_cooccurrence", options, &data, 0, &model);
	assert_int_equal(model.header->items, 6);
	for (int64_t i = 0; i < 6; i++)
	{
		Key expected = case_key(true, i);

		assert_true(keys_find(&model.item_keys, &expected) >= 0);
	}
	assert_slices(&model, 1);
	options[EPSILON] = 0.1;
	EXPECT_FAIL(HOST_NO_DATA, fit_model("private_cooccurrence", options, &data, 0, &model));
}

static void
test_parameters(void **state)
{
	Histories data = random_histories(1, 3000, 400, 30);
	PrivateSettings settings = settings_of(1, 1e-4, 10000);
	double options[OPTIONS];
	PrivateCounts counts;
	Model model;

	(void) state;
	memcpy(options, defaults, sizeof(options));
	options[DELTA] = 1.0 / 400;
	EXPECT_FAIL(HOST_INVALID_PARAMETER, fit_model("private_cooccurrence", options, &data, 0, &model));
	options[DELTA] = 0.999 / 400;
	fit_model("private_cooccurrence", options, &data, 0, &model);
	options[DELTA] = 0.1;
	EXPECT_FAIL(HOST_INVALID_PARAMETER, fit_model("private_cooccurrence", options, &data, 0, &model));
	options[DELTA] = 1e-100;
	options[EPSILON] = 0.01;
	options[MAX_ITEMS] = 10000;
	fit_model("private_cooccurrence", options, &data, 0, &model); /* the catalogue has 30 */
	options[CATALOGUE] = 1;
	EXPECT_FAIL(HOST_NO_DATA, fit_model("private_cooccurrence", options, &data, 0, &model));
	settings.epsilon = 1e-7;
	settings.delta = 1e-100;
	EXPECT_FAIL(HOST_INVALID_PARAMETER, private_counts(&data, &settings, &counts));
	host_test_limit_memory(1000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, fit_model("private_cooccurrence", defaults, &data, 0, &model));
}

/* One user, one item, more than can be clipped. */
static void
test_small(void **state)
{
	static const char *const cases[][4] = {
		{"1", NULL}, {"1 2 3", NULL}, {"1", "1", "1", NULL}, {"1 2 3 4 5 6 7 8 9", "1", NULL}};
	double options[OPTIONS];

	(void) state;
	memcpy(options, defaults, sizeof(options));
	for (int c = 0; c < 4; c++)
	{
		for (options[MAX_ITEMS] = 1; options[MAX_ITEMS] <= 25; options[MAX_ITEMS] *= 5)
		{
			Histories data;
			Model model;
			Users users;

			build_rows(cases[c], false, &data);
			fit_model("private_cooccurrence", options, &data, 0, &model);
			users = generated(&model, 1, 1, 100);
			assert_sets(&users, data.items);
			for (int64_t n = 0; n < 100; n++)
				assert_true(users.start[n + 1] - users.start[n] <= (int64_t) options[MAX_ITEMS]);
		}
	}
}

static void
test_details(void **state)
{
	Histories data = random_histories(1, 3000, 400, 30);
	double options[OPTIONS];
	char *text;
	Model model;

	(void) state;
	memcpy(options, defaults, sizeof(options));
	options[MAX_ITEMS] = 6;
	fit_model("private_cooccurrence", options, &data, 0, &model);
	text = generator_find("private_cooccurrence")->details(&model);
	assert_non_null(strstr(
		text, "\"unit\": \"a user with her whole history\", \"adjacency\": \"one user more or less\""));
	assert_non_null(strstr(text, "\"delta\": 0.0001"));
	assert_non_null(strstr(text, "\"max_items\": 6, \"clipped_users\": "));
	assert_non_null(strstr(text, "\"items\": {\"sensitivity\": 2.449489743, \"sigma\": "));
}

static void
expect_cancel(const Histories *data, int64_t calls)
{
	Model model;

	host_test_cancel_after(calls);
	EXPECT_FAIL(HOST_TEST_CANCELLED, fit_model("private_cooccurrence", defaults, data, 0, &model));
	host_test_cancel_after(-1);
}

static void
test_cancel(void **state)
{
	Histories data = random_histories(1, 3000, 400, 30);

	(void) state;
	for (int64_t calls = 0; calls < 60; calls += 9)
		expect_cancel(&data, calls);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_sensitivity), host_unit_test(test_clip),         host_unit_test(test_account),
		host_unit_test(test_noise),       host_unit_test(test_audit),        host_unit_test(test_audit_finds),
		host_unit_test(test_header),      host_unit_test(test_unrepeatable), host_unit_test(test_catalogue),
		host_unit_test(test_parameters),  host_unit_test(test_small),        host_unit_test(test_details),
		host_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("private co-occurrence", tests, NULL, NULL);
}
