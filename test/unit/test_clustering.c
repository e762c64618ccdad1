/*
 * test_clustering.c
 *	  The clustering generator: what it counts per cluster and what it draws.
 *
 * Frequencies are compared with exact probabilities; for the false-alarm rate
 * see assert_frequencies().
 */
#include "generators/lengths.h"
#include "math/kmeans.h"
#include "models.h"

#include <string.h>

static Histories
random_data(uint64_t seed)
{
	return random_histories(seed, 900, 150, 40);
}

/* The seed is 7. */
static void
fit(const Histories *data, double k, double min_cluster_size, Model *model)
{
	const double options[] = {k, min_cluster_size, 2, 20};

	fit_model("clustering", options, data, 7, model);
}

/* The clusters that fit() finds. */
static Kmeans
clusters_of(const Histories *data, int64_t k, int64_t min_cluster_size)
{
	Kmeans result;

	kmeans(data, k, 2, 20, 7, &result);
	kmeans_merge_small(data, &result, min_cluster_size);
	return result;
}

/* The items of each cluster and their users, by going through all users. */
static void
assert_items(const Histories *data, const Kmeans *k, const Model *model)
{
	int64_t starts, items, counts, at = 0;
	const int64_t *start = model_section(model, "item_start", SECTION_INT64, &starts);
	const uint32_t *item = model_section(model, "item", SECTION_UINT32, &items);
	const uint32_t *users = model_section(model, "item_users", SECTION_UINT32, &counts);

	assert_int_equal(starts, k->clusters + 1);
	assert_int_equal(items, counts);
	for (int64_t c = 0; c < k->clusters; c++)
	{
		uint32_t *count = host_array_zero(uint32_t, data->items);

		assert_int_equal(start[c], at);
		for (int64_t u = 0; u < data->users; u++)
		{
			for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
				count[data->item[p]] += k->cluster[u] == c;
		}
		for (int64_t i = 0; i < data->items; i++)
		{
			if (count[i] == 0)
				continue;
			assert_true(at < items);
			assert_int_equal(item[at], i);
			assert_int_equal(users[at++], count[i]);
		}
	}
	assert_int_equal(start[k->clusters], at);
	assert_int_equal(items, at);
}

/*
 * Users with each length or a shorter one, per cluster; the tail that fewer
 * than five users share is cut to its first length.
 */
static void
assert_lengths(const Histories *data, const Kmeans *k, const Model *model)
{
	int64_t starts, lengths, counts, at = 0;
	const int64_t *start = model_section(model, "length_start", SECTION_INT64, &starts);
	const uint32_t *length = model_section(model, "length", SECTION_UINT32, &lengths);
	const int64_t *users = model_section(model, "length_users", SECTION_INT64, &counts);

	assert_int_equal(starts, k->clusters + 1);
	assert_int_equal(lengths, counts);
	for (int64_t c = 0; c < k->clusters; c++)
	{
		int64_t top = 0, sum = 0;

		assert_int_equal(start[c], at);
		/* the greatest length that five users reach; else the least there is */
		for (int64_t l = data->items; l >= 1; l--)
		{
			int64_t reached = 0, equal = 0;

			for (int64_t u = 0; u < data->users; u++)
			{
				reached += k->cluster[u] == c && histories_length(data, u) >= l;
				equal += k->cluster[u] == c && histories_length(data, u) == l;
			}
			if (equal > 0)
				top = l;
			if (reached >= LENGTHS_MIN_USERS)
				break;
		}
		for (int64_t l = 1; l <= top; l++)
		{
			int64_t before = sum;

			for (int64_t u = 0; u < data->users; u++)
				sum += k->cluster[u] == c &&
				       (histories_length(data, u) == l || (l == top && histories_length(data, u) > l));
			if (sum == before)
				continue;
			assert_true(at < lengths);
			assert_int_equal(length[at], l);
			assert_int_equal(users[at++], sum);
		}
		assert_int_equal(sum, k->users[c]);
	}
	assert_int_equal(lengths, at);
}

static void
test_sections(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 8; seed++)
	{
		Histories data = random_data(seed);
		int64_t k = 1 + 5 * (int64_t) seed, least = 1 + (int64_t) seed % 3 * 6, clusters;
		Kmeans expected = clusters_of(&data, k, least);
		Model one, three;

		fit(&data, (double) k, (double) least, &one);
		assert_memory_equal(model_section(&one, "cluster_users", SECTION_INT64, &clusters), expected.users,
		                    (size_t) expected.clusters * sizeof(int64_t));
		assert_int_equal(clusters, expected.clusters);
		assert_items(&data, &expected, &one);
		assert_lengths(&data, &expected, &one);
		host_test_set_threads(3);
		fit(&data, (double) k, (double) least, &three);
		host_test_set_threads(1);
		assert_true(model_equal(&one, &three));
	}
}

static void
test_details(void **state)
{
	static const char *const rows[] = {"1 2", "1 2", "1 2", "1 2 3", "8 9", "8 9", NULL};
	Histories data;
	Model model;

	(void) state;
	build_rows(rows, false, &data);
	fit(&data, 2, 1, &model);
	assert_string_equal(generator_find("clustering")->details(&model),
	                    "\"inertia\": 0.75, \"clusters\": 2, \"cluster_sizes\": [4, 2]");
	fit(&data, 1, 1, &model);
	assert_non_null(
		strstr(generator_find("clustering")->details(&model), "\"clusters\": 1, \"cluster_sizes\": [6]"));
}

static void
test_slices(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 3; seed++)
	{
		Histories data = random_data(seed);
		Model model;

		fit(&data, 1 + 10 * (double) seed, 3, &model);
		assert_slices(&model, seed);
	}
}

/*
 * Two kinds of users without common items: 20 users of two of items 1 .. 3,
 * 10 users of three of items 4 .. 7.
 */
static const char *const kinds[] = {"1 2",   "1 2",   "1 2",   "1 2",   "1 2",   "1 2",   "1 2",   "1 2",
                                    "1 2",   "1 2",   "1 3",   "1 3",   "1 3",   "1 3",   "1 3",   "1 3",
                                    "2 3",   "2 3",   "2 3",   "2 3",   "4 5 6", "4 5 6", "4 5 6", "4 5 7",
                                    "4 5 7", "4 5 6", "4 5 6", "4 5 6", "4 5 7", "5 6 7", NULL};
static const int kind_users[] = {16, 14, 10, 9, 10, 7, 4};

/* A cluster by its size, its length, then items of it by successive sampling. */
static void
test_draws(void **state)
{
	enum
	{
		ITEMS = 7,
		CODES = ITEMS * ITEMS,
		DRAWS = 100000
	};
	Histories data;
	Model model;
	Users users;
	int64_t observed[CODES] = {0};
	double probability[CODES] = {0};

	(void) state;
	build_rows(kinds, false, &data);
	fit(&data, 2, 5, &model);
	users = generated(&model, 1, 1, DRAWS);
	for (int64_t n = 0; n < DRAWS; n++)
	{
		const uint32_t *item = users.item + users.start[n];
		int64_t length = users.start[n + 1] - users.start[n];

		assert_int_equal(length, item[0] < 3 ? 2 : 3);
		for (int64_t k = 1; k < length; k++)
			assert_int_equal(item[k] < 3, item[0] < 3);
		observed[item[0] * ITEMS + item[1]]++;
	}
	for (int a = 0; a < ITEMS; a++)
	{
		double sum = a < 3 ? 40 : 30;

		for (int b = 0; b < ITEMS; b++)
		{
			if (a != b && (a < 3) == (b < 3))
				probability[a * ITEMS + b] =
					(a < 3 ? 20.0 : 10.0) / 30 * kind_users[a] / sum * kind_users[b] / (sum - kind_users[a]);
		}
	}
	assert_frequencies(observed, probability, CODES);
}

static void
test_parameters(void **state)
{
	Histories data;
	Model model;
	int64_t clusters;

	(void) state;
	build_rows(kinds, false, &data);
	EXPECT_FAIL(HOST_INVALID_PARAMETER, fit(&data, 31, 1, &model));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, fit(&data, 1000000, 5, &model));
	fit(&data, 30, 1, &model);
	model_section(&model, "cluster_users", SECTION_INT64, &clusters);
	assert_int_equal(clusters, 30);
	fit(&data, 30, 1e9, &model);
	model_section(&model, "cluster_users", SECTION_INT64, &clusters);
	assert_int_equal(clusters, 1);
	host_test_limit_memory(100);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, fit(&data, 10, 5, &model));
	host_test_limit_memory(0);
	host_test_cancel_after(6);
	EXPECT_FAIL(HOST_TEST_CANCELLED, fit(&data, 10, 5, &model));
}

/* Clusters of 20 and 10 users with items 0 1 2 and 3 4 5 6, lengths 2 and 3. */
static void
test_damaged(void **state)
{
	static const int64_t sizes[] = {20, 10, 1}, starts[] = {0, 3, 7, 7};
	Histories data;
	Model model;

	(void) state;
	build_rows(kinds, false, &data);
	fit(&data, 2, 5, &model);
	assert_int_equal(outcome_with(&model, "cluster_users", sizes, 2), HOST_TEST_NOTHING);
	assert_int_equal(outcome_with(&model, "item_start", starts, 3), HOST_TEST_NOTHING);
	assert_int_equal(outcome_with_element(&model, "item_users", 0, 3), HOST_TEST_NOTHING);
	assert_int_equal(outcome_with(&model, "cluster_users", sizes, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "cluster_users", sizes, 1), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "cluster_users", sizes, 3), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "item_start", starts, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "item_start", starts, 2), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "item_start", starts, 4), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "item", NULL, 0), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "item_users", NULL, 0), HOST_INVALID_VALUE);
	for (int64_t c = 0; c < 2; c++)
	{
		assert_refused_with(&model, "cluster_users", c, 0);
		assert_refused_with(&model, "cluster_users", c, -1);
		assert_refused_with(&model, "cluster_users", c, INT64_MIN);
	}
	assert_refused_with(&model, "item_start", 0, 1);
	assert_refused_with(&model, "item_start", 0, -1);
	assert_refused_with(&model, "item_start", 1, 0);
	assert_refused_with(&model, "item_start", 1, 1); /* fewer items than the length */
	assert_refused_with(&model, "item_start", 1, 5); /* likewise in the other cluster */
	assert_refused_with(&model, "item_start", 1, 7);
	assert_refused_with(&model, "item_start", 1, 8);
	assert_refused_with(&model, "item_start", 1, -1);
	assert_refused_with(&model, "item_start", 1, INT64_MIN);
	assert_refused_with(&model, "item_start", 1, INT64_MAX);
	assert_refused_with(&model, "item_start", 2, 6);
	assert_refused_with(&model, "item", 2, 7);
	assert_refused_with(&model, "item", 6, UINT32_MAX);
	assert_refused_with(&model, "item_users", 0, 0);
	assert_refused_with(&model, "item_users", 6, 0);
	assert_refused_with(&model, "length_start", 1, 0);
	assert_refused_with(&model, "length", 0, 4);
	assert_refused_with(&model, "length", 1, 8);
	assert_refused_with(&model, "length_users", 1, 0);
}

/* An item that is twice in a cluster would be twice in a history. */
static void
test_repeated_items(void **state)
{
	Histories data;
	Model model;

	(void) state;
	build_rows(kinds, false, &data);
	fit(&data, 2, 5, &model);
	assert_refused_with(&model, "item", 1, 0);
}

/* A cluster that begins where it should and ends before the smallest number there is. */
static void
open_reversed_clusters(void)
{
	static const int64_t sizes[] = {10, 10, 10}, starts[] = {0, 2, INT64_MIN, 7};
	Histories data;
	Model model;

	build_rows((const char *const[]){"1 2", "1 2", "1 2", "1 2", "1 2", "3 4", "3 4", "3 4", "3 4", "3 4",
	                                 "5 6 7", "5 6 7", "5 6 7", "5 6 7", "5 6 7", NULL},
	           false, &data);
	fit(&data, 3, 5, &model);
	if (outcome_with(&model, "cluster_users", sizes, 3) != HOST_TEST_NOTHING ||
	    outcome_with(&model, "item_start", starts, 4) != HOST_INVALID_VALUE)
		host_test_child_fails();
}

static void
test_reversed_clusters(void **state)
{
	(void) state;
	assert_true(host_test_survives(open_reversed_clusters));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_sections),       host_unit_test(test_details),
		host_unit_test(test_slices),         host_unit_test(test_draws),
		host_unit_test(test_parameters),     host_unit_test(test_damaged),
		host_unit_test(test_repeated_items), host_unit_test(test_reversed_clusters),
	};

	return cmocka_run_group_tests_name("clustering", tests, NULL, NULL);
}
