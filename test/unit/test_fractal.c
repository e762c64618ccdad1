/*
 * test_fractal.c
 *	  Fractal expansion: the reduced matrix, the size of blocks, what the three
 *	  modes make of the data, and what is refused.
 */
#include "data/simulate.h"
#include "generators/fractal_rates.h"
#include "math/blas.h"
#include "models.h"

#include <math.h>
#include <string.h>

enum
{
	FOLD,
	THIN,
	EXPAND
};

static void
simulated(int64_t users, int64_t items, Histories *data)
{
	const Simulation simulation = {.users = users,
	                               .items = items,
	                               .mean_items = 12,
	                               .topics = 5,
	                               .taste = 2,
	                               .zipf = 1,
	                               .policy = LOGGING_POPULARITY};
	void *value = simulate(&simulation, 1);

	histories_view(value, histories_bytes(value), data);
}

static void
fit_fractal(const Histories *data, int mode, int64_t user_blocks, int64_t item_blocks, Model *model)
{
	double options[] = {mode, (double) user_blocks, (double) item_blocks};

	fit_model("fractal_expansion", options, data, 5, model);
}

/* Synthetic users 1 .. count; unlike generated(), some may have no items. */
static Users
all_users(const Model *model, uint64_t seed, int64_t count)
{
	Generation *generation = generation_begin(model, seed, 1, count);
	Users users = {1, count, host_array_zero(int64_t, count + 1), NULL, NULL, NULL};
	const uint32_t *item;
	int64_t user, length, room = 1024;

	users.item = host_array(uint32_t, room);
	while (generation_next(generation, &user, &item, &length))
	{
		users.start[user] = users.start[user - 1] + length;
		while (users.start[user] > room)
		{
			room *= 2;
			users.item = host_array_resize(uint32_t, users.item, room);
		}
		for (int64_t i = 0; i < length; i++)
			users.item[users.start[user - 1] + i] = item[i];
	}
	return users;
}

/* Descending singular values of a small matrix, by the eigenvalues of its Gram matrix. */
static void
small_singular_values(const double *m, int rows, int columns, double *value)
{
	double *gram = host_array_zero(double, columns *columns), *work = host_array(double, 64 * columns);
	int work_size = 64 * columns, info;

	for (int r = 0; r < rows; r++)
	{
		for (int i = 0; i < columns; i++)
		{
			for (int j = 0; j < columns; j++)
				gram[i * columns + j] += m[r * columns + i] * m[r * columns + j];
		}
	}
	blas_load()->dsyev("N", "L", &columns, gram, &columns, value, work, &work_size, &info);
	assert_int_equal(info, 0);
	for (int i = 0; i < columns / 2; i++)
	{
		double other = value[i];

		value[i] = value[columns - 1 - i];
		value[columns - 1 - i] = other;
	}
	for (int i = 0; i < columns; i++)
		value[i] = sqrt(fmax(value[i], 0));
}

/* The reduced matrix has the leading singular values of the data. */
static void
test_singular_values(void **state)
{
	static const int shape[][2] = {{5, 3}, {3, 5}, {4, 4}, {1, 6}, {6, 1}, {1, 1}};
	Histories data;
	SingularVectors right;

	(void) state;
	simulated(80, 40, &data);
	singular_vectors(&data, 6, 1e-9, 1, &right);
	for (int s = 0; s < 6; s++)
	{
		int vectors = shape[s][0] < shape[s][1] ? shape[s][0] : shape[s][1];
		double *reduced = fractal_reduce(&data, &right, shape[s][0], shape[s][1], 9);
		double value[6];

		small_singular_values(reduced, shape[s][0], shape[s][1], value);
		for (int k = 0; k < vectors; k++)
			assert_true(fabs(value[k] - right.value[k]) < 1e-8 * right.value[0]);
		for (int k = vectors; k < shape[s][1]; k++)
			assert_true(value[k] < 1e-6 * right.value[0]);
	}
}

/* Data of one dimension: directions without weight do no harm. */
static void
test_one_dimension(void **state)
{
	const char *const rows[] = {"1 2 3", "1 2 3", "1 2 3", "1 2 3", "1 2 3", NULL};
	Histories data;
	SingularVectors right;
	double *reduced, value[3];

	(void) state;
	build_rows(rows, false, &data);
	singular_vectors(&data, 3, 1e-9, 1, &right);
	reduced = fractal_reduce(&data, &right, 3, 3, 1);
	small_singular_values(reduced, 3, 3, value);
	assert_true(fabs(value[0] - sqrt(15)) < 1e-8);
	assert_true(value[1] < 1e-4);
	fractal_rates(reduced, 9);
	for (int i = 0; i < 9; i++)
		assert_true(reduced[i] >= FRACTAL_LEAST_RATE && reduced[i] <= FRACTAL_MOST_RATE);
}

/* Rates are shares of the greatest entry, clipped; so is the greatest itself. */
static void
test_rates(void **state)
{
	double entry[] = {-4, 2, 0.001, -0.4};
	static const double expected[] = {0.99, 0.5, 0.05, 0.1};

	(void) state;
	fractal_rates(entry, 4);
	for (int i = 0; i < 4; i++)
		assert_true(fabs(entry[i] - expected[i]) < 1e-12);
}

/* Each block of an expansion has floor(interactions x rate) of them, spread over all of its items. */
static void
test_block_sizes(void **state)
{
	Histories data;
	Model model;
	Users users;
	int64_t rates;
	const double *rate;
	int64_t *count;

	(void) state;
	simulated(150, 60, &data);
	fit_fractal(&data, EXPAND, 4, 3, &model);
	assert_int_equal(model.header->items, 3 * data.items);
	assert_true(model.header->value.flags & MODEL_CONTAINS_HISTORIES);
	rate = model_section(&model, "rate", SECTION_FLOAT64, &rates);
	assert_int_equal(rates, 12);
	count = host_array_zero(int64_t, 15);
	/* a fifth row of blocks has the rates of the first */
	users = all_users(&model, 77, 5 * data.users);
	assert_sets(&users, model.header->items);
	for (int64_t n = 0; n < users.count; n++)
	{
		for (int64_t p = users.start[n]; p < users.start[n + 1]; p++)
			count[n / data.users * 3 + users.item[p] / data.items]++;
	}
	for (int b = 0; b < 15; b++)
		assert_int_equal(count[b], (int64_t) floor((double) data.interactions * rate[b % 12]));
}

/* In a block, users and items keep their numbers of interactions, but for the thinning, in another order. */
static void
test_shuffled(void **state)
{
	const char *const rows[] = {"1 2 3 4 5 6 7 8", "1", "1", "1", "1", "1", "1", "1", "1", "1", NULL};
	Histories data;
	Model model;
	int moved_user = 0, moved_item = 0;

	(void) state;
	build_rows(rows, false, &data);
	fit_fractal(&data, EXPAND, 1, 1, &model);
	for (uint64_t seed = 0; seed < 50; seed++)
	{
		Users users = all_users(&model, seed, 10);
		int64_t longest = 0, of_item[8] = {0}, popular = 0;

		for (int n = 0; n < 10; n++)
		{
			if (users.start[n + 1] - users.start[n] > users.start[longest + 1] - users.start[longest])
				longest = n;
			for (int64_t p = users.start[n]; p < users.start[n + 1]; p++)
				of_item[users.item[p]]++;
		}
		for (int i = 0; i < 8; i++)
			popular = of_item[i] > of_item[popular] ? i : popular;
		/* 16 of 17 interactions are left */
		assert_int_equal(users.start[10], 16);
		assert_true(users.start[longest + 1] - users.start[longest] >= 7);
		assert_true(of_item[popular] >= 9);
		moved_user += longest != 0;
		moved_item += popular != 0;
	}
	/* fewer than 25 of 50 would be a chance of one in a million for nine places of ten */
	assert_true(moved_user >= 30 && moved_item >= 30);
}

/* In mode thin every synthetic history is a part of a real one. */
static void
test_thin(void **state)
{
	Histories data;
	Model model;
	Users users;

	(void) state;
	simulated(60, 200, &data);
	fit_fractal(&data, THIN, 3, 0, &model);
	users = all_users(&model, 4, 180);
	assert_sets(&users, data.items);
	for (int64_t n = 0; n < 180; n++)
	{
		bool is_part = users.start[n] == users.start[n + 1];

		for (int64_t u = 0; u < data.users && !is_part; u++)
		{
			is_part = true;
			for (int64_t p = users.start[n]; p < users.start[n + 1] && is_part; p++)
			{
				Key key = keys_get(&model.item_keys, users.item[p]);

				is_part = has_item(&data, u, &key);
			}
		}
		assert_true(is_part);
	}
}

/* A fold chooses its blocks so that histories are as long as those of the data. */
static void
test_fold_lengths(void **state)
{
	static const int64_t user_blocks[] = {1, 3, 16};
	Histories data;

	(void) state;
	simulated(300, 200, &data);
	for (int t = 0; t < 3; t++)
	{
		Model model;
		Users users;
		double mean, original = (double) data.interactions / (double) data.users;

		fit_fractal(&data, FOLD, user_blocks[t], 0, &model);
		users = generated(&model, 3, 1, 3000);
		assert_sets(&users, data.items);
		mean = (double) users.start[3000] / 3000;
		/* 2 % too short at most, and 3 standard deviations of what is drawn */
		if (mean < 0.93 * original || mean > 1.05 * original)
			fail_msg("%g of %g items", mean, original);
		/* two blocks alone are too short: that is why there are more */
		fit_fractal(&data, FOLD, user_blocks[t], 2, &model);
		users = all_users(&model, 3, 3000);
		assert_true((double) users.start[3000] / 3000 < mean);
	}
}

/* A fold mixes users: hardly a synthetic history is a part of a real one. */
static void
test_fold_mixes(void **state)
{
	Histories data;
	Model model;
	Users users;
	int64_t parts = 0;

	(void) state;
	simulated(300, 200, &data);
	fit_fractal(&data, FOLD, 16, 0, &model);
	users = generated(&model, 3, 1, 500);
	for (int64_t n = 0; n < 500; n++)
	{
		bool is_part = false;

		if (users.start[n + 1] - users.start[n] < 5)
			continue;
		for (int64_t u = 0; u < data.users && !is_part; u++)
		{
			is_part = true;
			for (int64_t p = users.start[n]; p < users.start[n + 1] && is_part; p++)
			{
				Key key = keys_get(&model.item_keys, users.item[p]);

				is_part = has_item(&data, u, &key);
			}
		}
		parts += is_part;
	}
	assert_true(parts < 50);
}

/* User n is the same, whoever else is asked for. */
static void
test_slices(void **state)
{
	Histories data;
	Model model;

	(void) state;
	simulated(100, 80, &data);
	fit_fractal(&data, FOLD, 3, 0, &model);
	assert_slices(&model, 11);
	/* whole, so that every user has an item */
	fit_fractal(&data, EXPAND, 1, 8, &model);
	for (int threads = 1; threads <= 4; threads++)
	{
		Users all = all_users(&model, 1, 400), again;

		host_test_set_threads(threads);
		again = all_users(&model, 1, 400);
		assert_same_users(&all, &again);
	}
}

/* The keys of a new catalogue: none of the data's, ascending, of its kind. */
static void
test_catalogue(void **state)
{
	Histories data;
	Model model;
	const char *const rows[] = {"-5 7", "7 12", "-5 12", NULL};

	(void) state;
	build_rows(rows, false, &data);
	fit_fractal(&data, EXPAND, 2, 12, &model);
	assert_int_equal(model.item_keys.count, 36);
	for (int64_t i = 0; i < 36; i++)
		assert_int_equal(model.item_keys.integer[i], data.item_keys.integer[i % 3] + (i / 3 + 1) * 18);
	build_rows(rows, true, &data);
	fit_fractal(&data, EXPAND, 2, 12, &model);
	assert_int_equal(model.item_keys.count, 36);
	for (int64_t i = 0; i < 36; i++)
	{
		Key key = keys_get(&model.item_keys, i), of = keys_get(&data.item_keys, i % 3);
		char *expected =
			host_format("expanded-%02lld-%.*s", (long long) i / 3 + 1, (int) of.length, of.bytes);

		assert_int_equal(key.length, strlen(expected));
		assert_memory_equal(key.bytes, expected, strlen(expected));
	}
}

/* Integer keys that leave no room, and catalogues of more than 2^32 items. */
static void
test_overflow(void **state)
{
	static const double options[] = {EXPAND, 2, 10000};
	HistoryBuilder *builder = builder_new();
	Histories data;
	Model model;

	(void) state;
	for (int64_t i = 0; i < 3; i++)
	{
		Key user = {1, NULL, 0}, item = {i * (INT64_MAX / 4) - INT64_MAX / 4, NULL, 0};

		builder_add(builder, false, &user, false, &item);
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	EXPECT_FAIL(HOST_TOO_LARGE, fit_model("fractal_expansion", options, &data, 1, &model));
	builder = builder_new();
	for (int64_t i = 0; i < 430000; i++)
	{
		Key user = {i % 10, NULL, 0}, item = {i, NULL, 0};

		builder_add(builder, false, &user, false, &item);
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	EXPECT_FAIL(HOST_TOO_LARGE, fit_model("fractal_expansion", options, &data, 1, &model));
}

static void
test_refused(void **state)
{
	static const double thin[] = {THIN, 4, 2};
	Histories data;
	Model model;
	int64_t shape[] = {EXPAND, 2, 3, 0};
	double rate[6] = {0};

	(void) state;
	simulated(40, 30, &data);
	EXPECT_FAIL(HOST_INVALID_PARAMETER, fit_model("fractal_expansion", thin, &data, 1, &model));
	host_test_limit_memory(1000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, fit_fractal(&data, FOLD, 16, 0, &model));
	EXPECT_FAIL(HOST_MEMORY_LIMIT, fit_fractal(&data, EXPAND, 16, 32, &model));
	host_test_limit_memory(0);
	fit_fractal(&data, EXPAND, 2, 3, &model);
	assert_refused_with(&model, "shape", 0, 3);
	assert_refused_with(&model, "shape", 0, -1);
	assert_refused_with(&model, "shape", 1, 0);
	assert_refused_with(&model, "shape", 1, 3);
	assert_refused_with(&model, "shape", 2, INT64_MAX);
	assert_refused_with(&model, "shape", 3, 0);
	assert_refused_with(&model, "shape", 3, data.items + 1);
	assert_refused_with(&model, "history_start", 0, 1);
	assert_refused_with(&model, "history_start", 1, 0);
	assert_refused_with(&model, "history_start", 1, INT64_MAX);
	assert_refused_with(&model, "history_item", 0, data.items);
	assert_refused_with(&model, "history_item", 1, 0);
	assert_refused_with(&model, "rate", 0, 0x7ff8000000000000); /* NaN */
	assert_refused_with(&model, "rate", 0, 0x4000000000000000); /* 2 */
	shape[3] = data.items;
	assert_int_equal(outcome_with(&model, "shape", shape, 3), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "rate", rate, 5), HOST_INVALID_VALUE);
}

static void
test_cancel(void **state)
{
	Histories data;
	Model model;

	(void) state;
	simulated(200, 100, &data);
	for (int64_t calls = 1; calls < 2000; calls += 397)
	{
		host_test_cancel_after(calls);
		EXPECT_FAIL(HOST_TEST_CANCELLED, fit_fractal(&data, FOLD, 16, 0, &model));
		host_test_cancel_after(-1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_singular_values), host_unit_test(test_one_dimension),
		host_unit_test(test_rates),           host_unit_test(test_block_sizes),
		host_unit_test(test_shuffled),        host_unit_test(test_thin),
		host_unit_test(test_fold_lengths),    host_unit_test(test_fold_mixes),
		host_unit_test(test_slices),          host_unit_test(test_catalogue),
		host_unit_test(test_overflow),        host_unit_test(test_refused),
		host_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("fractal", tests, NULL, NULL);
}
