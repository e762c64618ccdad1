/*
 * test_recommenders.c
 *	  Recommenders against slow definitions.
 */
#include "cases.h"
#include "recommenders/recommender.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SETTINGS 8

static Histories
random_data(Random *random, int64_t pairs_count, int64_t users, int64_t items)
{
	Pairs pairs = pairs_random(random, pairs_count, users, items);
	Histories data;

	build(&pairs, false, false, &data);
	return data;
}

/* A recommender with options in the order of its table. */
static RecommenderChoice
choose(const char *method, const double *options)
{
	RecommenderChoice choice = {.recommender = recommender_find(method)};

	assert_non_null(choice.recommender);
	choice.options = (Options){choice.recommender->options, options};
	return choice;
}

/* Trains "count" settings together. */
static void
train(const char *method, const double (*settings)[2], int count, const Histories *data, void **trained)
{
	Options options[MOST_SETTINGS];
	Training *training = host_array(Training, 1);
	const Recommender *recommender = recommender_find(method);

	for (int s = 0; s < count; s++)
		options[s] = choose(method, settings[s]).options;
	training_begin(data, training);
	recommender->train(training, options, count, trained);
}

static double *
scores(const char *method, const void *trained, const Histories *data, const uint32_t *item, int64_t count)
{
	double *score = host_array(double, data->items);
	double scratch[RECOMMENDER_SCRATCH];

	recommender_find(method)->score(trained, item, count, scratch, score);
	return score;
}

/* Some of the items, ascending. */
static int64_t
random_items(Random *random, int64_t items, uint32_t *item)
{
	int64_t count = 0, rarity = case_between(random, 0, 5);

	for (int64_t i = 0; i < items; i++)
	{
		if (case_between(random, 0, rarity) == 0)
			item[count++] = (uint32_t) i;
	}
	return case_between(random, 0, 9) == 0 ? 0 : count;
}

static bool
has(const Histories *data, int64_t user, int64_t item)
{
	for (int64_t p = data->start[user]; p < data->start[user + 1]; p++)
	{
		if (data->item[p] == item)
			return true;
	}
	return false;
}

static int64_t
both(const Histories *data, int64_t i, int64_t j)
{
	int64_t count = 0;

	for (int64_t u = 0; u < data->users; u++)
		count += has(data, u, i) && has(data, u, j);
	return count;
}

static void
test_top_popular(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 50; round++)
	{
		Histories data = random_data(&random, case_between(&random, 1, 150), 20, 15);
		static const double none[1][2] = {{0, 0}};
		uint32_t item[15];
		void *trained;
		double *score;

		train("top_popular", none, 1, &data, &trained);
		score = scores("top_popular", trained, &data, item, random_items(&random, data.items, item));
		for (int64_t j = 0; j < data.items; j++)
			assert_true(score[j] == (double) both(&data, j, j));
	}
}

static double
similarity(const Histories *data, int64_t i, int64_t j, double shrinkage)
{
	return (double) both(data, i, j) /
	       (sqrt((double) both(data, i, i) * (double) both(data, j, j)) + shrinkage + 1e-6);
}

/* items x items: the similarity to i where i is among the neighbors of j, else 0. */
static double *
knn_slowly(const Histories *data, int64_t neighbors, double shrinkage)
{
	int64_t n = data->items;
	double *all = host_array(double, n *n), *kept = host_array_zero(double, n *n);

	for (int64_t i = 0; i < n * n; i++)
		all[i] = similarity(data, i / n, i % n, shrinkage);
	for (int64_t j = 0; j < n; j++)
	{
		for (int64_t i = 0; i < n; i++)
		{
			int64_t before = 0;

			for (int64_t other = 0; other < n; other++)
			{
				double a = all[other * n + j], b = all[i * n + j];

				before += other != j && (a > b || (a == b && other < i));
			}
			if (i != j && before < neighbors)
				kept[i * n + j] = all[i * n + j];
		}
	}
	host_free(all);
	return kept;
}

static void
test_item_knn(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 120; round++)
	{
		/* few users: many equal similarities */
		Histories data = random_data(&random, case_between(&random, 1, 200), case_between(&random, 1, 25),
		                             case_between(&random, 1, 24));
		double settings[4][2];
		void *trained[4];
		uint32_t item[24];

		host_test_set_threads(1 + round % 3);
		for (int s = 0; s < 4; s++)
		{
			settings[s][0] = (double) case_between(&random, 1, 1 + s * 8);
			settings[s][1] = (double) case_between(&random, 0, 2) * 7.5;
		}
		train("item_knn", settings, 4, &data, trained);
		for (int s = 0; s < 4; s++)
		{
			double *weight = knn_slowly(&data, (int64_t) settings[s][0], settings[s][1]);
			int64_t count = random_items(&random, data.items, item);
			double *score = scores("item_knn", trained[s], &data, item, count);

			for (int64_t j = 0; j < data.items; j++)
			{
				double sum = 0;

				for (int64_t k = 0; k < count; k++)
					sum += weight[item[k] * data.items + j];
				assert_true(fabs(score[j] - sum) < 1e-12);
			}
			host_free(weight);
			host_free(score);
		}
	}
}

/* Four items as like to the fifth as each other: the first of them are its neighbors. */
static void
test_item_knn_ties(void **state)
{
	static const char *const rows[] = {"1 5", "2 5", "3 5", "4 5", NULL};
	static const double settings[2][2] = {{2, 0}, {3, 10}};
	Histories data;
	void *trained[2];

	(void) state;
	build_rows(rows, false, &data);
	train("item_knn", settings, 2, &data, trained);
	for (uint32_t i = 0; i < 4; i++)
	{
		assert_true((scores("item_knn", trained[0], &data, &i, 1)[4] > 0) == (i < 2));
		assert_true((scores("item_knn", trained[1], &data, &i, 1)[4] > 0) == (i < 3));
	}
	assert_true(fabs(scores("item_knn", trained[0], &data, (uint32_t[]){0}, 1)[4] - 1 / (2 + 1e-6)) < 1e-12);
}

/* With as many factors as dimensions, what users of the training have comes back. */
static void
test_svd_of_full_rank(void **state)
{
	static const double settings[1][2] = {{64, 0}};
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 12; round++)
	{
		/* the last are sparse ones: 40 users of 300 items */
		Histories data =
			round < 8 ? random_data(&random, 300, 4 + round * 10, 30) : random_data(&random, 2500, 40, 300);
		void *trained;

		train("svd", settings, 1, &data, &trained);
		for (int64_t u = 0; u < data.users; u++)
		{
			double *score =
				scores("svd", trained, &data, data.item + data.start[u], histories_length(&data, u));

			for (int64_t j = 0; j < data.items; j++)
			{
				if (!(fabs(score[j] - has(&data, u, j)) < 1e-7))
					fail_msg("round %d, user %d, item %d: %g", round, (int) u, (int) j, score[j]);
			}
			host_free(score);
		}
	}
}

/*
 * Two groups of users with nothing in common: one factor knows the larger one
 * only; factors beyond the dimensions of the data add nothing for anybody.
 */
static void
test_svd_by_hand(void **state)
{
	static const char *const rows[] = {"1 2 3", "1 2 3", "1 2 3", "4 5", "4 5", NULL};
	static const double settings[3][2] = {{1, 0}, {2, 0}, {5, 0}};
	Histories data;
	void *trained[3];

	(void) state;
	build_rows(rows, false, &data);
	train("svd", settings, 3, &data, trained);
	for (int s = 0; s < 3; s++)
	{
		double *a = scores("svd", trained[s], &data, (uint32_t[]){0}, 1);
		double *b = scores("svd", trained[s], &data, (uint32_t[]){3}, 1);

		for (int j = 0; j < 5; j++)
		{
			assert_true(fabs(a[j] - (j < 3 ? 1.0 / 3 : 0)) < 1e-12);
			assert_true(fabs(b[j] - (j >= 3 && s > 0 ? 0.5 : 0)) < 1e-12);
		}
	}
}

/* Several settings trained together, on any number of threads, equal each trained alone. */
static void
test_together(void **state)
{
	static const char *const methods[] = {"item_knn", "svd", "ease"};
	static const double settings[3][4][2] = {{{20, 0}, {3, 10}, {50, 100}, {300, 0.5}},
	                                         {{8, 0}, {3, 0}, {12, 0}, {1, 0}},
	                                         {{10, 0}, {1000, 0}, {0.5, 0}, {50, 0}}};
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int m = 0; m < 3; m++)
	{
		/* few items for the dense way of singular vectors, many for the sparse one */
		Histories data = random_data(&random, 1500, 120, m == 1 ? 200 : 150);
		uint32_t item[200];
		int64_t count = random_items(&random, data.items, item);
		void *together[2][4];

		for (int threads = 0; threads < 2; threads++)
		{
			host_test_set_threads(1 + 2 * threads);
			train(methods[m], settings[m], 4, &data, together[threads]);
		}
		assert_true(recommender_find(methods[m])->together() >= 3);
		for (int s = 0; s < 4; s++)
		{
			void *alone;
			double *a, *b, *c;

			train(methods[m], &settings[m][s], 1, &data, &alone);
			a = scores(methods[m], alone, &data, item, count);
			b = scores(methods[m], together[0][s], &data, item, count);
			c = scores(methods[m], together[1][s], &data, item, count);
			assert_memory_equal(b, c, (size_t) data.items * sizeof(double));
			for (int64_t j = 0; j < data.items; j++)
				assert_true(fabs(a[j] - b[j]) < 1e-9);
		}
	}
}

/* Training takes no more memory than it says. */
static void
test_memory(void **state)
{
	static const char *const methods[] = {"item_knn", "svd", "ease", "top_popular"};
	static const double settings[4][2][2] = {
		{{20, 0}, {300, 10}}, {{8, 0}, {40, 0}}, {{10, 0}, {1000, 0}}, {{0, 0}, {0, 0}}};
	Random random;

	(void) state;
	case_random(&random, 5);
	for (int m = 0; m < 4; m++)
	{
		for (int64_t items = 100; items <= 500; items += 200)
		{
			Histories data = random_data(&random, 6000, 300, items);
			Options options[2] = {choose(methods[m], settings[m][0]).options,
			                      choose(methods[m], settings[m][1]).options};
			const Recommender *recommender = recommender_find(methods[m]);
			int count = m == 3 ? 1 : 2;
			int64_t before, taken, said;
			Training training;
			void *trained[2];

			host_test_set_threads(2);
			training_begin(&data, &training);
			before = host_test_peak_memory(true);
			recommender->train(&training, options, count, trained);
			taken = host_test_peak_memory(false) - before;
			said = recommender->bytes(&data, options, count);
			if (taken > said + 1000)
				fail_msg("%s, %d items: %d bytes, not %d", methods[m], (int) items, (int) taken, (int) said);
			/* item_knn cannot know beforehand how many neighbors items have */
			if (m == 1 || m == 2)
				assert_true((double) said < 1.3 * (double) taken);
		}
	}
}

static void
test_names(void **state)
{
	static const double knn[2] = {20, 0}, more[2] = {300, 12.5}, large[1] = {1e15}, small[1] = {0.001};
	RecommenderChoice choice;
	int count = 0;

	(void) state;
	choice = choose("top_popular", knn);
	assert_string_equal(recommender_name(&choice), "top_popular()");
	choice = choose("item_knn", knn);
	assert_string_equal(recommender_name(&choice), "item_knn(neighbors => 20, shrinkage => 0)");
	choice = choose("item_knn", more);
	assert_string_equal(recommender_name(&choice), "item_knn(neighbors => 300, shrinkage => 12.5)");
	choice = choose("ease", small);
	assert_string_equal(recommender_name(&choice), "ease(lambda => 0.001)");
	choice = choose("ease", large);
	assert_string_equal(recommender_name(&choice), "ease(lambda => 1e+15)");
	choice = choose("svd", knn);
	assert_string_equal(recommender_name(&choice), "svd(factors => 20)");
	assert_null(recommender_find("eas"));
	assert_null(recommender_find(""));
	for (; recommenders[count] != NULL; count++)
		assert_ptr_equal(recommender_find(recommenders[count]->method), recommenders[count]);
	assert_true(count >= 4);
	/* the thirteen are of the four kinds, and all different */
	for (int i = 0; i < REFERENCE_RECOMMENDERS; i++)
	{
		char method[30];

		assert_int_equal(sscanf(reference_recommenders[i], "%29[a-z_](", method), 1);
		assert_non_null(recommender_find(method));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(reference_recommenders[i], reference_recommenders[j]);
	}
}

static void
expect_cancel(const char *method, const double (*settings)[2], const Histories *data, int64_t calls)
{
	void *trained[2];

	host_test_cancel_after(calls);
	EXPECT_FAIL(HOST_TEST_CANCELLED, train(method, settings, 2, data, trained));
	host_test_cancel_after(-1);
}

static void
test_cancel(void **state)
{
	static const double knn[2][2] = {{20, 0}, {5, 10}}, svd[2][2] = {{8, 0}, {2, 0}},
						ease[2][2] = {{10, 0}, {20, 0}};
	Random random;
	Histories data;

	(void) state;
	case_random(&random, 6);
	data = random_data(&random, 4000, 200, 300);
	for (int64_t calls = 1; calls < 12; calls += 2)
	{
		/* with several, how often the first one asks is a matter of luck */
		host_test_set_threads(calls < 3 ? 3 : 1);
		expect_cancel("item_knn", knn, &data, calls);
		expect_cancel("svd", svd, &data, calls);
		expect_cancel("ease", ease, &data, calls);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_top_popular),   host_unit_test(test_item_knn),
		host_unit_test(test_item_knn_ties), host_unit_test(test_svd_of_full_rank),
		host_unit_test(test_svd_by_hand),   host_unit_test(test_together),
		host_unit_test(test_memory),        host_unit_test(test_names),
		host_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("recommenders", tests, NULL, NULL);
}
