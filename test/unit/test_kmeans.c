/*
 * test_kmeans.c
 *	  k-means over users, and merging small clusters.
 */
#include "cases.h"
#include "math/kmeans.h"

#include <math.h>
#include <string.h>

/* Sum of squared distances to the centroids, which are worked out from "cluster". */
static double
inertia_slowly(const Histories *data, const Kmeans *k)
{
	double sum = 0;

	for (int64_t c = 0; c < k->clusters; c++)
	{
		double *centroid = host_array_zero(double, data->items);
		int64_t members = 0;

		for (int64_t u = 0; u < data->users; u++)
		{
			if (k->cluster[u] != c)
				continue;
			members++;
			for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
				centroid[data->item[p]]++;
		}
		for (int64_t i = 0; i < data->items; i++)
		{
			double share = members > 0 ? centroid[i] / (double) members : 0;

			/* "centroid[i]" members have the item, the others do not */
			sum += centroid[i] * (1 - share) * (1 - share) + ((double) members - centroid[i]) * share * share;
		}
		host_free(centroid);
	}
	return sum;
}

/* Sizes and counts of items are those of "cluster". */
static void
assert_counts(const Histories *data, const Kmeans *k)
{
	int64_t *users = host_array_zero(int64_t, k->clusters);
	uint32_t *item_users = host_array_zero(uint32_t, data->items * k->clusters);

	for (int64_t u = 0; u < data->users; u++)
	{
		assert_true(k->cluster[u] < k->clusters);
		users[k->cluster[u]]++;
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
			item_users[data->item[p] * k->clusters + k->cluster[u]]++;
	}
	assert_memory_equal(users, k->users, (size_t) k->clusters * sizeof(int64_t));
	assert_memory_equal(item_users, k->item_users, (size_t) (data->items * k->clusters) * sizeof(uint32_t));
}

static void
assert_inertia(const Histories *data, const Kmeans *k)
{
	assert_true(fabs(k->inertia - inertia_slowly(data, k)) <= 1e-9 * (double) data->interactions);
}

static Histories
random_data(Random *random, int64_t pairs_count, int64_t users, int64_t items)
{
	Pairs pairs = pairs_random(random, pairs_count, users, items);
	Histories data;

	build(&pairs, false, false, &data);
	return data;
}

static void
test_results_fit_together(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 150; round++)
	{
		Histories data = random_data(&random, case_between(&random, 1, 400), case_between(&random, 1, 80),
		                             case_between(&random, 1, 30));
		int64_t clusters = case_between(&random, 1, data.users < 40 ? data.users : 40),
				rounds = case_between(&random, 1, 20);
		Kmeans one, many;

		kmeans(&data, 1, 1, 5, 0, &one);
		kmeans(&data, clusters, case_between(&random, 1, 3), rounds, (uint64_t) round, &many);
		assert_int_equal(many.clusters, clusters);
		assert_in_range(many.rounds, 1, rounds);
		assert_counts(&data, &many);
		assert_inertia(&data, &one);
		assert_inertia(&data, &many);
		assert_true(many.inertia <= one.inertia * (1 + 1e-12));
	}
}

/* Groups that share no item, and agree in most of theirs. */
static void
test_separate_groups(void **state)
{
	enum
	{
		GROUPS = 6,
		MEMBERS = 25,
		ITEMS = 12
	};
	HistoryBuilder *builder = builder_new();
	Histories data;
	Kmeans result;
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int64_t user = 0; user < GROUPS * MEMBERS; user++)
	{
		int64_t without = case_between(&random, 0, ITEMS - 1);

		for (int64_t i = 0; i < ITEMS; i++)
		{
			Key user_key = case_key(false, user), item_key = case_key(false, user % GROUPS * ITEMS + i);

			if (i != without)
				builder_add(builder, false, &user_key, false, &item_key);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	for (uint64_t seed = 0; seed < 10; seed++)
	{
		kmeans(&data, GROUPS, 10, 100, seed, &result);
		for (int64_t u = 0; u < data.users; u++)
		{
			assert_int_equal(result.cluster[u], result.cluster[u % GROUPS]);
			assert_int_equal(result.users[result.cluster[u]], MEMBERS);
		}
		assert_inertia(&data, &result);
	}
}

/* Different users only: user n has the items of n's digits in base 2, and one for all. */
static Histories
different_users(int64_t users, int64_t copies)
{
	HistoryBuilder *builder = builder_new();
	Histories data;

	for (int64_t user = 0; user < users * copies; user++)
	{
		Key user_key = case_key(false, user);

		for (int64_t i = 0; i < 8; i++)
		{
			Key item_key = case_key(false, i);

			if (i == 0 || (user % users) >> (i - 1) & 1)
				builder_add(builder, false, &user_key, false, &item_key);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	return data;
}

static void
test_a_cluster_per_user(void **state)
{
	(void) state;
	for (int64_t users = 1; users <= 50; users += 7)
	{
		Histories data = different_users(users, 1);
		Kmeans result;

		kmeans(&data, users, 1, 10, (uint64_t) users, &result);
		assert_true(fabs(result.inertia) < 1e-9);
		for (int64_t c = 0; c < users; c++)
			assert_int_equal(result.users[c], 1);
		assert_counts(&data, &result);
	}
}

/* More clusters than there are different users. */
static void
test_copies(void **state)
{
	(void) state;
	for (int64_t different = 1; different <= 5; different++)
	{
		Histories data = different_users(different, 9);

		for (int64_t clusters = different; clusters <= data.users; clusters++)
		{
			Kmeans result;

			kmeans(&data, clusters, 2, 20, (uint64_t) clusters, &result);
			assert_counts(&data, &result);
			assert_true(fabs(result.inertia) < 1e-9);
			assert_inertia(&data, &result);
		}
	}
}

static void
assert_same_result(const Histories *data, const Kmeans *a, const Kmeans *b)
{
	assert_int_equal(a->clusters, b->clusters);
	assert_int_equal(a->rounds, b->rounds);
	assert_true(a->inertia == b->inertia);
	assert_memory_equal(a->cluster, b->cluster, (size_t) data->users * sizeof(uint32_t));
	assert_counts(data, b);
}

static void
test_threads_agree(void **state)
{
	Random random;
	Histories data;
	Kmeans one, other;

	(void) state;
	case_random(&random, 3);
	data = random_data(&random, 9000, 1500, 150);
	kmeans(&data, 20, 2, 30, 5, &one);
	for (int threads = 1; threads <= 7; threads += threads == 1 ? 1 : 5)
	{
		host_test_set_threads(threads);
		host_test_disturb(threads == 7);
		kmeans(&data, 20, 2, 30, 5, &other);
		assert_same_result(&data, &one, &other);
	}
	host_test_disturb(false);
	kmeans(&data, 20, 2, 30, 6, &other);
	assert_true(memcmp(one.cluster, other.cluster, (size_t) data.users * sizeof(uint32_t)) != 0);
}

/* More starts are never worse: the first ones are the same. */
static void
test_starts(void **state)
{
	Histories data = different_users(100, 1);
	double before = INFINITY;

	(void) state;
	for (int64_t starts = 1; starts <= 8; starts++)
	{
		Kmeans result;

		kmeans(&data, 12, starts, 50, 9, &result);
		assert_true(result.inertia <= before);
		before = result.inertia;
	}
}

static void
test_merged(void **state)
{
	Random random;
	int merged = 0;

	(void) state;
	case_random(&random, 5);
	for (int round = 0; round < 100; round++)
	{
		Histories data =
			random_data(&random, case_between(&random, 20, 400), case_between(&random, 5, 80), 25);
		int64_t least = case_between(&random, 1, 12), clusters = case_between(&random, 1, data.users);
		uint32_t *before;
		Kmeans result;

		kmeans(&data, clusters, 1, 10, (uint64_t) round, &result);
		before = exact_copy(result.cluster, data.users * (int64_t) sizeof(uint32_t));
		kmeans_merge_small(&data, &result, least);
		assert_in_range(result.clusters, 1, clusters);
		assert_counts(&data, &result);
		for (int64_t c = 0; c < result.clusters; c++)
		{
			assert_true(result.users[c] >= least || result.clusters == 1);
			assert_true(c == 0 || result.users[c] <= result.users[c - 1]);
		}
		/* clusters are merged whole */
		for (int64_t u = 0; u < data.users; u++)
		{
			for (int64_t v = 0; v < u; v++)
				assert_true(before[u] != before[v] || result.cluster[u] == result.cluster[v]);
		}
		merged += result.clusters < clusters;
	}
	assert_in_range(merged, 20, 100);
}

/* What is told of the clusters is told of the merged ones. */
static void
test_inertia_of_merged(void **state)
{
	Random random;
	Histories data;
	Kmeans result;

	(void) state;
	case_random(&random, 6);
	data = random_data(&random, 400, 60, 25);
	kmeans(&data, 30, 1, 10, 1, &result);
	kmeans_merge_small(&data, &result, 5);
	assert_inertia(&data, &result);
}

/*
 * By hand: cluster 1 = {4, 5} twice, cluster 2 = {1 2 3} three times, cluster 0
 * = {1 2 4} alone.  From cluster 0's centroid the squared distance is 2 to
 * cluster 2's and 3 to cluster 1's.
 */
static void
test_merge_by_hand(void **state)
{
	static const char *const rows[] = {"1 2 4", "4 5", "4 5", "1 2 3", "1 2 3", "1 2 3", NULL};
	static const uint32_t cluster[] = {0, 1, 1, 2, 2, 2};
	static const uint32_t two[] = {0, 1, 1, 0, 0, 0}, three[] = {2, 1, 1, 0, 0, 0};

	(void) state;
	for (int64_t least = 1; least <= 7; least++)
	{
		Histories data;
		Kmeans k = {.clusters = 3, .inertia = 0, .rounds = 1};
		int64_t expected = least == 1 ? 3 : least == 2 ? 2 : 1;

		build_rows(rows, false, &data);
		k.cluster = exact_copy(cluster, sizeof(cluster));
		k.users = host_array_zero(int64_t, 3);
		k.item_users = host_array_zero(uint32_t, data.items * 3);
		for (int64_t u = 0; u < data.users; u++)
		{
			k.users[cluster[u]]++;
			for (int64_t p = data.start[u]; p < data.start[u + 1]; p++)
				k.item_users[data.item[p] * 3 + cluster[u]]++;
		}
		kmeans_merge_small(&data, &k, least);
		assert_int_equal(k.clusters, expected);
		assert_counts(&data, &k);
		for (int64_t u = 0; u < data.users; u++)
			assert_int_equal(k.cluster[u], expected == 3 ? three[u] : expected == 2 ? two[u] : 0);
	}
}

static void
expect_cancel(const Histories *data, int64_t calls)
{
	Kmeans result;

	host_test_cancel_after(calls);
	EXPECT_FAIL(HOST_TEST_CANCELLED, kmeans(data, 30, 10, 10, 0, &result));
	host_test_cancel_after(-1);
}

static void
test_limits(void **state)
{
	Random random;
	Histories data;
	Kmeans result;

	(void) state;
	case_random(&random, 7);
	data = random_data(&random, 4000, 800, 100);
	host_test_limit_memory(1000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, kmeans(&data, 30, 1, 10, 0, &result));
	host_test_limit_memory(0);
	for (int64_t calls = 0; calls < 40; calls += 13)
		expect_cancel(&data, calls);
	kmeans(&data, 100, 1, 3, 0, &result);
	host_test_cancel_after(5);
	EXPECT_FAIL(HOST_TEST_CANCELLED, kmeans_merge_small(&data, &result, 500));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_results_fit_together),
		host_unit_test(test_separate_groups),
		host_unit_test(test_a_cluster_per_user),
		host_unit_test(test_copies),
		host_unit_test(test_threads_agree),
		host_unit_test(test_starts),
		host_unit_test(test_merged),
		host_unit_test(test_inertia_of_merged),
		host_unit_test(test_merge_by_hand),
		host_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("kmeans", tests, NULL, NULL);
}
