/*
 * test_membership.c
 *	  Membership identifiability against the definition.
 */
#include "cases.h"
#include "metrics/membership.h"

#include <math.h>
#include <string.h>

static void
test_weights(void **state)
{
	(void) state;
	for (int64_t frequency = 0; frequency < 100000; frequency = frequency * 2 + 1)
	{
		double exact = 1 / log(1 + (double) (frequency > 1 ? frequency : 1));

		assert_true(fabs((double) item_weight(frequency) * WEIGHT_UNIT - exact) <= WEIGHT_UNIT);
	}
	assert_int_equal(item_weight(0), item_weight(1));
}

/* d^2 of two users by definition; f counts users of "original". */
static int64_t
distance_slowly(const Histories *original, const Histories *a, int64_t u, const Histories *b, int64_t v)
{
	int64_t sum = 0;

	/* items of a that b's user has not, then the other way round */
	for (int side = 0; side < 2; side++)
	{
		const Histories *mine = side == 0 ? a : b, *theirs = side == 0 ? b : a;
		int64_t me = side == 0 ? u : v, them = side == 0 ? v : u;

		for (int64_t p = mine->start[me]; p < mine->start[me + 1]; p++)
		{
			Key item = keys_get(&mine->item_keys, mine->item[p]);
			int64_t frequency = 0;

			for (int64_t other = 0; other < original->users; other++)
				frequency += has_item(original, other, &item);
			if (!has_item(theirs, them, &item))
				sum += item_weight(frequency);
		}
	}
	return sum;
}

static void
assert_as_defined(const Histories *original, const Histories *synthetic, const int64_t *closer,
                  const int64_t *distance)
{
	for (int64_t u = 0; u < original->users; u++)
	{
		int64_t nearest = INT64_MAX, count = 0;

		for (int64_t v = 0; v < synthetic->users; v++)
		{
			int64_t d = distance_slowly(original, original, u, synthetic, v);

			nearest = d < nearest ? d : nearest;
		}
		for (int64_t other = 0; other < original->users; other++)
			count += other != u && distance_slowly(original, original, u, original, other) < nearest;
		assert_int_equal(distance[u], nearest);
		assert_int_equal(closer[u], count);
	}
}

static void
expect_no_data(const Histories *a, const Histories *b)
{
	int64_t *closer, *distance;

	EXPECT_FAIL(HOST_NO_DATA, membership_closer(a, b, &closer, &distance));
}

static void
test_as_defined(void **state)
{
	Random random;
	int apart = 0;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 400; round++)
	{
		bool text = round % 2;
		Histories original = random_set(&random, text, 0),
				  synthetic = random_set(&random, text, case_between(&random, -6, 6));
		int64_t *closer, *distance, *closer_3, *distance_3;

		if (!share_an_item(&original, &synthetic))
		{
			expect_no_data(&original, &synthetic);
			apart++;
			continue;
		}
		host_test_set_threads(1);
		membership_closer(&original, &synthetic, &closer, &distance);
		assert_as_defined(&original, &synthetic, closer, distance);
		host_test_set_threads(3);
		membership_closer(&original, &synthetic, &closer_3, &distance_3);
		assert_memory_equal(closer, closer_3, (size_t) original.users * sizeof(int64_t));
		assert_memory_equal(distance, distance_3, (size_t) original.users * sizeof(int64_t));
	}
	assert_in_range(apart, 5, 200);
}

/* Larger, so that there are many shards; ties are frequent with few items. */
static void
test_threads_agree(void **state)
{
	Random random;
	Pairs pairs;
	Histories original, synthetic;
	int64_t *closer, *distance;

	(void) state;
	case_random(&random, 2);
	pairs = pairs_random(&random, 6000, 1500, 40);
	build(&pairs, false, false, &original);
	pairs = pairs_random(&random, 3000, 700, 50);
	build(&pairs, false, false, &synthetic);
	membership_closer(&original, &synthetic, &closer, &distance);
	for (int threads = 2; threads <= 7; threads++)
	{
		int64_t *closer_again, *distance_again;

		host_test_set_threads(threads);
		membership_closer(&original, &synthetic, &closer_again, &distance_again);
		assert_memory_equal(closer, closer_again, (size_t) original.users * sizeof(int64_t));
		assert_memory_equal(distance, distance_again, (size_t) original.users * sizeof(int64_t));
	}
}

/* A handful of users, worked out by hand. */
static void
test_by_hand(void **state)
{
	static const char *const real[] = {"1 2 3", "1 2 4", "1 2 3 4", "5 6", "1 5 6", "3", NULL};
	static const char *const made[] = {"1 2 3", "1 2", "4 5", "6 7", NULL};
	static const int64_t expected_closer[] = {0, 1, 1, 1, 1, 0};
	static const double expected_distance[] = {
		0, .9102392266268375, .9102392266268375, 1.820478453253675, 2.441813387813287, 1.3426824550040934};

	(void) state;
	for (int text = 0; text < 2; text++)
	{
		Histories original, synthetic;
		int64_t *closer, *distance;

		build_rows(real, text, &original);
		build_rows(made, text, &synthetic);
		membership_closer(&original, &synthetic, &closer, &distance);
		for (int u = 0; u < 6; u++)
		{
			assert_int_equal(closer[u], expected_closer[u]);
			assert_true(fabs((double) distance[u] * WEIGHT_UNIT - expected_distance[u]) < 1e-9);
		}
		assert_true(membership_share(closer, 6, 1) == 2.0 / 6);
		assert_true(membership_share(closer, 6, 2) == 1);
		assert_true(membership_share(closer, 6, 0) == 0);
	}
}

/* A set compared with itself: everyone is found at distance 0. */
static void
test_against_itself(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 50; round++)
	{
		Histories data = random_set(&random, round % 2, 0);
		int64_t *closer, *distance;

		membership_closer(&data, &data, &closer, &distance);
		for (int64_t u = 0; u < data.users; u++)
		{
			assert_int_equal(closer[u], 0);
			assert_int_equal(distance[u], 0);
		}
		assert_true(membership_share(closer, data.users, 1) == 1);
	}
}

static void
test_share(void **state)
{
	static const int64_t closer[] = {0, 3, 1, 0, 7, 2, 1, 1};
	static const double expected[] = {0, 2, 5, 6, 7, 7, 7, 7, 8, 8};

	(void) state;
	for (int k = 0; k < 10; k++)
		assert_true(membership_share(closer, 8, k) == expected[k] / 8);
}

static void
test_nothing_to_compare(void **state)
{
	static const char *const some[] = {"1 2", "2 3", NULL};
	static const char *const others[] = {"4 5", "5", NULL};
	static const char *const none[] = {NULL};
	Histories data, apart, texts, empty;
	int64_t *closer, *distance;

	(void) state;
	build_rows(some, false, &data);
	build_rows(others, false, &apart);
	build_rows(some, true, &texts);
	build_rows(none, false, &empty);
	expect_no_data(&data, &empty);
	expect_no_data(&empty, &data);
	expect_no_data(&empty, &empty);
	expect_no_data(&data, &apart);
	EXPECT_FAIL(HOST_TYPE_MISMATCH, membership_closer(&data, &texts, &closer, &distance));
	host_test_limit_memory(8);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, membership_closer(&data, &data, &closer, &distance));
	host_test_limit_memory(0);
	host_test_cancel_after(3);
	EXPECT_FAIL(HOST_TEST_CANCELLED, membership_closer(&data, &data, &closer, &distance));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_weights),
		host_unit_test(test_as_defined),
		host_unit_test(test_threads_agree),
		host_unit_test(test_by_hand),
		host_unit_test(test_against_itself),
		host_unit_test(test_share),
		host_unit_test(test_nothing_to_compare),
	};

	return cmocka_run_group_tests_name("membership", tests, NULL, NULL);
}
