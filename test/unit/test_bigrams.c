/*
 * test_bigrams.c
 *	  The bigrams generator: what it counts and what it draws.
 *
 * Frequencies are compared with exact probabilities; for the false-alarm rate
 * see assert_frequencies().
 */
#include "models.h"

#include <string.h>

static Histories
random_data(uint64_t seed)
{
	return random_histories(seed, 700, 150, 50);
}

static void
fit(const Histories *data, double min_pair_count, double mixing, Model *model)
{
	const double options[] = {min_pair_count, mixing};

	fit_model("bigrams", options, data, 0, model);
}

/* items x items: users with both; the diagonal is 0. */
static int64_t *
count_pairs(const Histories *data)
{
	int64_t *count = host_array_zero(int64_t, data->items * data->items);

	for (int64_t u = 0; u < data->users; u++)
	{
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			for (int64_t q = data->start[u]; q < data->start[u + 1]; q++)
				count[data->item[p] * data->items + data->item[q]] += p != q;
		}
	}
	return count;
}

static void
assert_model(const Histories *data, const Model *model, int64_t least)
{
	int64_t *expected = count_pairs(data), *item_users = histories_item_counts(data);
	int64_t starts, pairs, counts, at = 0;
	const int64_t *start = model_section(model, "pair_start", SECTION_INT64, &starts);
	const uint32_t *item = model_section(model, "pair_item", SECTION_UINT32, &pairs);
	const uint32_t *users = model_section(model, "pair_users", SECTION_UINT32, &counts);

	assert_int_equal(starts, data->items + 1);
	assert_int_equal(pairs, counts);
	for (int64_t i = 0; i < data->items; i++)
	{
		assert_int_equal(start[i], at);
		for (int64_t j = 0; j < data->items; j++)
		{
			if (expected[i * data->items + j] < least)
				continue;
			assert_true(at < pairs);
			assert_int_equal(item[at], j);
			assert_int_equal(users[at], expected[i * data->items + j]);
			at++;
		}
	}
	assert_int_equal(start[data->items], at);
	assert_int_equal(pairs, at);
	assert_memory_equal(model_section(model, "item_users", SECTION_INT64, &counts), item_users,
	                    (size_t) data->items * sizeof(int64_t));
	assert_string_equal(generator_find("bigrams")->details(model),
	                    host_format("\"pairs\": %lld", (long long) at / 2));
}

static void
test_counts(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 8; seed++)
	{
		Histories data = random_data(seed);

		for (int64_t least = 1; least <= 6; least++)
		{
			Model one, three;
			int64_t count;

			host_test_set_threads(1);
			fit(&data, (double) least, 0.25, &one);
			assert_model(&data, &one, least);
			host_test_set_threads(3);
			fit(&data, (double) least, 0.25, &three);
			assert_true(model_equal(&one, &three));
			assert_true(*(const double *) model_section(&one, "mixing", SECTION_FLOAT64, &count) == 0.25);
			assert_int_equal(count, 1);
		}
	}
}

/* No pair has enough users: everything is drawn by popularity. */
static void
test_no_pairs(void **state)
{
	Histories data = random_data(1);
	Model model;
	Users users;

	(void) state;
	fit(&data, 1e9, 0, &model);
	assert_model(&data, &model, 1000000000);
	users = generated(&model, 1, 1, 2000);
	assert_sets(&users, data.items);
}

static void
test_slices(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 3; seed++)
	{
		Histories data = random_data(seed);
		Model model;

		fit(&data, (double) (1 + seed), (double) seed / 4, &model);
		assert_slices(&model, seed);
	}
}

typedef struct Row
{
	const char *items;
	int times;
} Row;

/* Each row as often as it says; ended by one without items. */
static Histories
repeated(const Row *row)
{
	const char *rows[2000];
	int count = 0;
	Histories data;

	for (; row->items != NULL; row++)
	{
		for (int n = 0; n < row->times; n++)
			rows[count++] = row->items;
	}
	rows[count] = NULL;
	build_rows(rows, false, &data);
	return data;
}

/* How likely the generator is to draw "next" after some items, by definition. */
static double
step_probability(const Histories *data, const int64_t *pair, const int64_t *popularity, int64_t least,
                 double mixing, const int64_t *before, int count, int64_t next)
{
	double popular = 0, going_together = 0, sum = 0;
	const int64_t *row = count > 0 ? pair + before[count - 1] * data->items : NULL;
	double by_popularity;

	for (int64_t j = 0; j < data->items; j++)
	{
		bool used = false;

		for (int k = 0; k < count; k++)
			used = used || before[k] == j;
		if (used && j == next)
			return 0;
		if (used)
			continue;
		popular += (double) popularity[j];
		if (row != NULL && row[j] >= least)
			sum += (double) row[j];
	}
	by_popularity = (double) popularity[next] / popular;
	if (sum == 0)
		return by_popularity;
	going_together = row[next] >= least ? (double) row[next] / sum : 0;
	return mixing * by_popularity + (1 - mixing) * going_together;
}

/*
 * The first "length" items of users who have that many follow the definition:
 * every ordered draw is as frequent as it is likely.
 */
static void
check_sequences(const Row *rows, int length, int64_t least, double mixing, int64_t draws)
{
	Histories data = repeated(rows);
	int64_t *pair = count_pairs(&data), *popularity = histories_item_counts(&data);
	Model model;
	Users users;
	int codes = 1;
	double *probability;
	int64_t *observed;

	for (int k = 0; k < length; k++)
		codes *= (int) data.items;
	probability = host_array(double, codes);
	observed = host_array_zero(int64_t, codes);
	for (int code = 0; code < codes; code++)
	{
		int64_t item[8];

		probability[code] = 1;
		for (int k = length - 1, digits = code; k >= 0; k--, digits /= (int) data.items)
			item[k] = digits % data.items;
		for (int k = 0; k < length && probability[code] > 0; k++)
			probability[code] *= step_probability(&data, pair, popularity, least, mixing, item, k, item[k]);
	}
	fit(&data, (double) least, mixing, &model);
	users = generated(&model, (uint64_t) codes, 1, draws);
	for (int64_t n = 0; n < draws; n++)
	{
		int64_t code = 0;

		if (users.start[n + 1] - users.start[n] < length)
			continue;
		for (int k = 0; k < length; k++)
			code = code * data.items + users.item[users.start[n] + k];
		observed[code]++;
	}
	assert_frequencies(observed, probability, codes);
}

/* Some pairs are frequent, some are not there. */
static const Row common[] = {{"1 2 3", 10}, {"1 2 4", 5}, {"3 4 5", 4}, {"2 5 6", 3},
                             {"1 6 3", 2},  {"4 5 6", 7}, {NULL, 0}};

/* 1 and 2 go together so often that other items are hardly ever drawn from their rows. */
static const Row heavy[] = {{"1 2 3", 5}, {"1 2 4", 5}, {"1 2", 900}, {"1 3 5", 3}, {"2 4 5", 2}, {NULL, 0}};

/* 6 and 7 have no pairs at all, 4 and 5 only each other. */
static const Row lonely[] = {{"1 2 3", 8}, {"4 5", 6}, {"6", 5}, {"7", 9}, {"1 3", 2}, {NULL, 0}};

static void
test_transitions(void **state)
{
	(void) state;
	check_sequences(common, 2, 1, 0, 50000);
	check_sequences(common, 3, 1, 0, 100000);
	check_sequences(common, 3, 4, 0, 100000);
}

static void
test_rows_nearly_used_up(void **state)
{
	(void) state;
	check_sequences(heavy, 2, 1, 0, 100000);
	/* five or more users have three items: about 20 in 1000 histories are long enough */
	check_sequences(heavy, 3, 1, 0, 300000);
}

static void
test_rows_used_up(void **state)
{
	(void) state;
	check_sequences(lonely, 1, 1, 0, 50000);
	check_sequences(lonely, 2, 1, 0, 50000);
	check_sequences(lonely, 3, 1, 0, 100000);
	check_sequences(lonely, 3, 3, 0, 100000);
}

static void
test_mixing(void **state)
{
	(void) state;
	check_sequences(common, 3, 1, 0.3, 100000);
	check_sequences(lonely, 3, 1, 0.6, 100000);
	check_sequences(common, 3, 1, 1, 100000);
	check_sequences(heavy, 2, 1, 1, 100000);
	check_sequences(lonely, 3, 1, 1, 100000);
}

static void
test_lengths(void **state)
{
	static const Row rows[] = {{"1", 10}, {"1 2", 30}, {"3 4 5 6", 60}, {NULL, 0}};
	static const double probability[] = {0, 0.1, 0.3, 0, 0.6};
	Histories data = repeated(rows);
	int64_t observed[5] = {0};
	Model model;
	Users users;

	(void) state;
	fit(&data, 1, 0, &model);
	users = generated(&model, 2, 1, 20000);
	for (int64_t n = 0; n < users.count; n++)
		observed[users.start[n + 1] - users.start[n]]++;
	assert_frequencies(observed, probability, 5);
}

static void
test_damaged(void **state)
{
	static const double bad_mixing[] = {-0.001, 1.001, 1e300, -1e300};
	Histories data = repeated(common);
	int64_t starts, pairs;
	const int64_t *start;
	const uint32_t *item;
	Model model;

	(void) state;
	fit(&data, 1, 0.5, &model);
	start = model_section(&model, "pair_start", SECTION_INT64, &starts);
	item = model_section(&model, "pair_item", SECTION_UINT32, &pairs);
	/* what is no damage passes */
	assert_int_equal(outcome_with(&model, "pair_start", start, starts), HOST_TEST_NOTHING);
	assert_int_equal(outcome_with_element(&model, "pair_users", 0, 1), HOST_TEST_NOTHING);
	for (int i = 0; i < 4; i++)
		assert_int_equal(outcome_with(&model, "mixing", &bad_mixing[i], 1), HOST_INVALID_VALUE);
	assert_refused_with(&model, "mixing", 0, INT64_C(0x7ff8000000000000)); /* not a number */
	assert_int_equal(outcome_with(&model, "mixing", NULL, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "mixing", (double[]){0, 0}, 2), HOST_INVALID_VALUE);

	assert_int_equal(outcome_with(&model, "pair_start", start, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "pair_start", start, starts - 1), HOST_INVALID_VALUE);
	for (int64_t i = 0; i < starts; i++)
	{
		assert_refused_with(&model, "pair_start", i, -1);
		assert_refused_with(&model, "pair_start", i, INT64_MIN);
		assert_refused_with(&model, "pair_start", i, INT64_MAX);
		assert_refused_with(&model, "pair_start", i, pairs + 1);
	}
	assert_refused_with(&model, "pair_start", 0, 1);
	assert_refused_with(&model, "pair_start", starts - 1, pairs - 1);
	assert_refused_with(&model, "pair_start", 2, start[1] - 1);
	assert_int_equal(outcome_with(&model, "pair_item", item, pairs - 1), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "pair_users", item, pairs - 1), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "pair_item", NULL, 0), HOST_INVALID_VALUE);
	assert_refused_with(&model, "pair_item", 3, data.items);
	assert_refused_with(&model, "pair_item", pairs - 1, UINT32_MAX);
	assert_refused_with(&model, "pair_users", 0, 0);
	assert_refused_with(&model, "pair_users", pairs - 1, 0);
	assert_refused_with(&model, "item_users", 1, 0);
	assert_refused_with(&model, "item_users", 1, -5);
	assert_refused_with(&model, "length", 0, data.items + 1);
	assert_refused_with(&model, "length_start", 1, 0);
}

static void
test_limits(void **state)
{
	Histories data = random_data(0);
	Model model;

	(void) state;
	host_test_limit_memory(1000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, fit(&data, 1, 0, &model));
	host_test_limit_memory(0);
	host_test_cancel_after(4);
	EXPECT_FAIL(HOST_TEST_CANCELLED, fit(&data, 1, 0, &model));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_counts),
		host_unit_test(test_no_pairs),
		host_unit_test(test_slices),
		host_unit_test(test_transitions),
		host_unit_test(test_rows_nearly_used_up),
		host_unit_test(test_rows_used_up),
		host_unit_test(test_mixing),
		host_unit_test(test_lengths),
		host_unit_test(test_damaged),
		host_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("bigrams", tests, NULL, NULL);
}
