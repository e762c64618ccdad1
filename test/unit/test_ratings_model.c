/*
 * test_ratings_model.c
 *	  Which ratings are told apart, and what synthetic users give items.
 */
#include "generators/rating_cells.h"
#include "generators/ratings_model.h"
#include "models.h"

#include <math.h>
#include <string.h>

/* users x items interactions, each with the rating that "rate" says. */
static Histories
rated(int64_t users, int64_t items, double (*rate)(int64_t user, int64_t item))
{
	HistoryBuilder *builder = builder_new();
	Histories data;

	for (int64_t u = 0; u < users; u++)
	{
		for (int64_t i = 0; i < items; i++)
		{
			Key user = case_key(false, u), item = case_key(false, i);

			builder_add_event(builder, false, &user, false, &item, (HistoryKind){TIMES_NONE, true}, 0,
			                  rate(u, i));
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	return data;
}

/* Stars: 5 of few users, 3 and 4 of all; 4.5 of four users only. */
static double
stars(int64_t user, int64_t item)
{
	if (user < 4 && item == 0)
		return 4.5;
	return user < 6 && item == 1 ? 5 : 3 + (double) ((user + item) % 2);
}

static void
test_values_of_enough_users(void **state)
{
	Histories data = rated(40, 10, stars);
	RatingCells cells = rating_cells_find(&data);

	(void) state;
	assert_int_equal(cells.count, 3);
	assert_true(cells.low[0] == 3 && cells.low[1] == 4 && cells.low[2] == 5);
	assert_true(cells.high[2] == 5 && rating_cells_valid(&cells));
	assert_int_equal(rating_cell_of(&cells, 4.5), 1);
	assert_int_equal(rating_cell_of(&cells, 4.6), 2);
	assert_int_equal(rating_cell_of(&cells, -7), 0);
	assert_int_equal(rating_cell_of(&cells, 1e300), 2);
}

/* Everybody has ratings of her own, one user an outlier. */
static double
continuous(int64_t user, int64_t item)
{
	if (user == 0 && item == 0)
		return 1e6;
	return sqrt(2 + (double) user * 10 + (double) item) / 10;
}

static double
tenths(int64_t user, int64_t item)
{
	return (double) (user * 100 + item * 7) / 10;
}

static double
large_integers(int64_t user, int64_t item)
{
	return (double) (INT64_C(1) << 53) + (double) (user * 1000 + item) * 2;
}

/* Ranges between round numbers, without what few lie beyond. */
static void
test_ranges_otherwise(void **state)
{
	Histories data = rated(400, 10, continuous);
	RatingCells cells = rating_cells_find(&data);
	Random random;

	(void) state;
	assert_true(rating_cells_valid(&cells));
	assert_in_range(cells.count, 20, 120);
	assert_true(cells.low[0] >= 0.1 && cells.high[cells.count - 1] <= 6.4);
	assert_true(cells.step < 1e-5);
	random_open(&random, 1, (RandomPurpose) 1000, 0);
	for (int64_t c = 0; c < cells.count; c++)
	{
		double edge = cells.low[c] * 100;

		assert_true(fabs(edge - rint(edge)) < 1e-6);
		for (int i = 0; i < 50; i++)
		{
			double rating = rating_cell_draw(&cells, c, &random);

			assert_true(rating >= cells.low[c] && rating <= cells.high[c]);
			assert_int_equal(rating_cell_of(&cells, rating), c);
		}
	}

	/* what are multiples of 0.1 stay so */
	data = rated(400, 10, tenths);
	cells = rating_cells_find(&data);
	assert_true(fabs(cells.step - 0.1) < 1e-12 && cells.count > 1);
	for (int i = 0; i < 1000; i++)
	{
		double rating = rating_cell_draw(&cells, i % cells.count, &random);

		assert_true(rating == rint(rating * 10) / 10);
	}

	/* numbers so large that the next integer is not one */
	data = rated(400, 10, large_integers);
	cells = rating_cells_find(&data);
	assert_true(rating_cells_valid(&cells));
	assert_true(isfinite(rating_cell_draw(&cells, 0, &random)));
}

static double
extreme(int64_t user, int64_t item)
{
	return (user * 31 + item * 17) % 2 == 0 ? -1.7e308 + (double) user * 1e300
	                                        : 1.7e308 - (double) item * 1e303 * (double) (user + 1);
}

static double
tiny(int64_t user, int64_t item)
{
	return (double) (user * 10 + item) * 4e-321;
}

/* Ranges that overflow, or that are next to nothing. */
static void
test_numbers_at_their_limits(void **state)
{
	double (*rate[])(int64_t, int64_t) = {extreme, tiny};

	(void) state;
	for (int n = 0; n < 2; n++)
	{
		Histories data = rated(400, 10, rate[n]);
		RatingCells cells = rating_cells_find(&data);
		Random random;

		random_open(&random, 1, (RandomPurpose) 1000, 0);
		assert_true(rating_cells_valid(&cells));
		for (int i = 0; i < 1000; i++)
			assert_true(isfinite(rating_cell_draw(&cells, i % cells.count, &random)));
	}
}

static void
test_too_few_users(void **state)
{
	Histories data = rated(4, 10, stars);
	RatingCells cells = rating_cells_find(&data);
	Model model;

	(void) state;
	assert_int_equal(cells.count, 0);
	fit_model("unigrams", NULL, &data, 1, &model);
	assert_false(model_has_section(&model, "rating_low"));
	assert_null(ratings_model_open(&model));
	assert_null(ratings_model_details(&model));
	assert_null(generated(&model, 1, 1, 5).rating);
}

/* Item 0 has 1 of half its users and 2 of the others; item 1 has 2, but 1 of two users; item 2, 3. */
static double
by_item(int64_t user, int64_t item)
{
	if (item == 0)
		return 1 + (double) (user % 2);
	if (item == 1)
		return user < 2 ? 1 : 2;
	return item == 2 ? 3 : 1 + (double) (user % 3);
}

/*
 * Ratings are drawn as their histograms say.  Item 1's rating 1 is of two users:
 * it comes from all ratings but 2; so it has a third of a share of 4 in 62.
 */
static void
test_draws_by_item(void **state)
{
	enum
	{
		DRAWS = 20000,
		USERS = 60
	};
	Histories data = rated(USERS, 4, by_item);
	/* of all: 1 has 30 + 2 + 20, 2 has 30 + 58 + 20, 3 has 60 + 20 */
	const double all[] = {52.0 / 240, 108.0 / 240, 80.0 / 240};
	double expected[3][3] = {{0}};
	int64_t observed[3][3] = {{0}};
	RatingsModel *ratings;
	Random random;
	Model model;

	(void) state;
	fit_model("unigrams", NULL, &data, 1, &model);
	ratings = ratings_model_open(&model);
	for (int v = 0; v < 3; v++)
	{
		/* two more draws in 62 are from all ratings; two of item 1's from those that are not 2 */
		expected[0][v] = ((v < 2 ? 30 : 0) + 2 * all[v]) / 62;
		expected[1][v] = ((v == 1 ? 58 : 2 * all[v] / (1 - all[1])) + 2 * all[v]) / 62;
		expected[2][v] = ((v == 2 ? 60 : 0) + 2 * all[v]) / 62;
	}
	random_open(&random, 5, RANDOM_RATINGS, 0);
	for (uint32_t i = 0; i < 3; i++)
	{
		for (int n = 0; n < DRAWS; n++)
			observed[i][(int) ratings_model_draw(ratings, &random, 0, i) - 1]++;
		assert_frequencies(observed[i], expected[i], 3);
	}
}

/* Two kinds of users with items of their own but for item 8, which one kind likes and the other does not. */
static Histories
two_kinds(void)
{
	HistoryBuilder *builder = builder_new();
	Histories data;

	for (int64_t u = 0; u < 200; u++)
	{
		for (int64_t i = 0; i < 9; i++)
		{
			Key user = case_key(false, u), item = case_key(false, i);

			if (i == 8 || i / 4 == u % 2)
				builder_add_event(builder, false, &user, false, &item, (HistoryKind){TIMES_NONE, true}, 0,
				                  u % 2 == 0 ? 1 : 5);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	return data;
}

/* The clusters of the clustering are the groups: users rate the common item as their kind does. */
static void
test_draws_by_group(void **state)
{
	Histories data = two_kinds();
	Model model;
	Users users;
	int64_t liked = 0, common = 0;

	(void) state;
	fit_model("clustering", option_values("clustering", "k", 2.0, NULL), &data, 1, &model);
	users = generated(&model, 3, 1, 2000);
	for (int64_t n = 0; n < users.count; n++)
	{
		int kind = -1;

		for (int64_t p = users.start[n]; p < users.start[n + 1]; p++)
			kind = users.item[p] < 8 ? (int) users.item[p] / 4 : kind;
		for (int64_t p = users.start[n]; p < users.start[n + 1]; p++)
		{
			if (users.item[p] != 8 || kind < 0)
				continue;
			common++;
			liked += users.rating[p] == (kind == 0 ? 1 : 5);
		}
	}
	assert_true(common > 1000);
	/* but for 2 draws in 102, half of which are as the others' */
	assert_true((double) liked > 0.97 * (double) common);
	assert_slices(&model, 3);

	/* a generator that has no groups mixes the kinds */
	fit_model("unigrams", NULL, &data, 1, &model);
	users = generated(&model, 3, 1, 2000);
	liked = common = 0;
	for (int64_t p = 0; p < users.start[users.count]; p++)
	{
		common += users.item[p] == 8;
		liked += users.item[p] == 8 && users.rating[p] == 1;
	}
	assert_true(fabs((double) liked / (double) common - 0.5) < 0.06);
}

/* One user's many ratings of an item in a sequence count once. */
static void
test_users_are_counted(void **state)
{
	HistoryBuilder *builder = builder_new();
	Histories data;
	Model model;
	int64_t count;
	const uint32_t *users;
	const double *low;

	(void) state;
	for (int64_t u = 0; u < 6; u++)
	{
		for (int64_t n = 0; n < (u == 0 ? 50 : 1); n++)
		{
			Key user = case_key(false, u), item = case_key(false, 7);

			builder_add_event(builder, false, &user, false, &item, (HistoryKind){TIMES_INTEGER, true}, n,
			                  u == 0 ? 1 : 5);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	fit_model("unigrams", NULL, &data, 1, &model);
	low = model_section(&model, "rating_low", SECTION_FLOAT64, &count);
	/* 1 is of one user, though most of the ratings: there are only ranges */
	assert_true(count == 1 && low[0] <= 5);
	users = model_section(&model, "rating_entry_users", SECTION_UINT32, &count);
	assert_true(count == 1 && users[0] == 6);
}

static void
test_private_models_have_none(void **state)
{
	Histories data = rated(60, 4, by_item);
	Model model;

	(void) state;
	fit_model("private_cooccurrence",
	          option_values("private_cooccurrence", "epsilon", 1.0, "delta", 1e-6, NULL), &data, 0, &model);
	assert_false(model_has_section(&model, "rating_low"));
}

static void
test_damage_is_refused(void **state)
{
	Histories data = rated(60, 4, by_item);
	Model model;
	const double same[] = {1, 1, 3}, no_numbers[] = {1, NAN, 3}, high[] = {1, 2}, step[] = {2};

	(void) state;
	fit_model("unigrams", NULL, &data, 1, &model);
	assert_int_equal(outcome_with(&model, "rating_low", same, 3), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "rating_low", no_numbers, 3), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "rating_high", high, 2), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "rating_step", step, 1), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "rating_low", NULL, 0), HOST_INVALID_VALUE);
	assert_refused_with(&model, "rating_sum", 1, 1);
	assert_refused_with(&model, "rating_sum", 0, -1);
	assert_refused_with(&model, "rating_node_start", 0, 1);
	assert_refused_with(&model, "rating_node_start", 2, -1);
	assert_refused_with(&model, "rating_node_start", 4, 99);
	assert_refused_with(&model, "rating_entry_start", 1, 0);
	assert_refused_with(&model, "rating_entry_start", 1, 1000);
	assert_refused_with(&model, "rating_entry_cell", 0, 3);
	assert_refused_with(&model, "rating_entry_users", 0, 0);
	assert_int_equal(outcome_with_element(&model, "rating_node_rest", 0, UINT32_MAX), HOST_TEST_NOTHING);
	assert_int_equal(outcome_with_element(&model, "rating_node_group", 0, 7), HOST_TEST_NOTHING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_values_of_enough_users),  host_unit_test(test_ranges_otherwise),
		host_unit_test(test_numbers_at_their_limits), host_unit_test(test_too_few_users),
		host_unit_test(test_draws_by_item),           host_unit_test(test_draws_by_group),
		host_unit_test(test_users_are_counted),       host_unit_test(test_private_models_have_none),
		host_unit_test(test_damage_is_refused),
	};

	return cmocka_run_group_tests_name("ratings_model", tests, NULL, NULL);
}
