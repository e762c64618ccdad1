/*
 * test_simulate.c
 *	  Simulated interactions have the properties that were asked for.
 */
#include "cases.h"
#include "data/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* With integer keys the sizes tell a value's bytes. */
static Histories
simulated(const Simulation *simulation, uint64_t seed)
{
	const HistoriesHeader *header = simulate(simulation, seed);
	Histories data;

	assert_int_equal(header->value.flags, 0);
	histories_open(header,
	               (int64_t) sizeof(HistoriesHeader) + header->users * 8 + header->items * 8 +
	                   (header->users + 1) * 8 + value_align(header->interactions * 4),
	               &data);
	return data;
}

static void
test_sizes(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 200; round++)
	{
		Simulation s = {.users = case_between(&random, 1, 40),
		                .items = case_between(&random, 1, 50),
		                .mean_items = 1 + 10 * random_uniform(&random),
		                .topics = case_between(&random, 1, 8),
		                .taste = (double) case_between(&random, 0, 8) / 4,
		                .zipf = (double) case_between(&random, 0, 8) / 4,
		                .policy = round % 2 ? LOGGING_POPULARITY : LOGGING_UNIFORM};
		int64_t longest = s.items / 2 > 1 ? s.items / 2 : 1;
		Histories data, again;

		host_test_set_threads(1);
		data = simulated(&s, (uint64_t) round);
		host_test_set_threads(1 + round % 4);
		again = simulated(&s, (uint64_t) round);
		assert_same_value(&data, &again);
		assert_int_equal(data.users, s.users);
		for (int64_t u = 0; u < data.users; u++)
		{
			assert_int_equal(data.user_keys.integer[u], u + 1);
			assert_in_range(histories_length(&data, u), 1, longest);
		}
		assert_in_range(data.item_keys.integer[0], 1, s.items);
		assert_in_range(data.item_keys.integer[data.items - 1], 1, s.items);
	}
}

static const Simulation usual = {
	.users = 3000, .items = 200, .mean_items = 10, .topics = 8, .taste = 1, .zipf = 1};

static bool
differ(const Histories *a, const Histories *b)
{
	return a->bytes != b->bytes || memcmp(a->value, b->value, (size_t) a->bytes) != 0;
}

/* Seeds, policies and tastes make a difference, the number of threads does not. */
static void
test_what_matters(void **state)
{
	Simulation s = usual;
	Histories data = simulated(&s, 1), other;

	(void) state;
	other = simulated(&s, 2);
	assert_true(differ(&data, &other));
	for (int threads = 2; threads <= 7; threads += 5)
	{
		host_test_set_threads(threads);
		host_test_disturb(threads == 7);
		other = simulated(&s, 1);
		assert_same_value(&data, &other);
	}
	host_test_disturb(false);
	s.policy = LOGGING_POPULARITY;
	other = simulated(&s, 1);
	assert_true(differ(&data, &other));
	s = usual;
	s.taste = 0;
	other = simulated(&s, 1);
	assert_true(differ(&data, &other));
}

/*
 * 1 + geometric with mean 4, under both policies; half the catalogue is never
 * reached.  False alarms: see assert_frequencies().
 */
static void
check_lengths(LoggingPolicy policy, double zipf)
{
	const Simulation s = {.users = 10000,
	                      .items = 400,
	                      .mean_items = 4,
	                      .topics = 3,
	                      .taste = 0.5,
	                      .zipf = zipf,
	                      .policy = policy};
	Histories data = simulated(&s, 3);
	int64_t observed[15] = {0};
	double probability[15], rest = 1;

	for (int64_t u = 0; u < data.users; u++)
	{
		int64_t length = histories_length(&data, u);

		observed[length < 15 ? length - 1 : 14]++;
	}
	for (int i = 0; i < 14; i++)
	{
		probability[i] = 0.25 * pow(0.75, i);
		rest -= probability[i];
	}
	probability[14] = rest;
	assert_frequencies(observed, probability, 15);
}

static void
test_lengths(void **state)
{
	(void) state;
	check_lengths(LOGGING_UNIFORM, 0);
	check_lengths(LOGGING_UNIFORM, 5);
	check_lengths(LOGGING_POPULARITY, 1);
}

/* What is shown does not decide how much is chosen, however few items stand out. */
static void
test_lengths_with_few_shown(void **state)
{
	(void) state;
	check_lengths(LOGGING_POPULARITY, 5);
}

/* Means, too: the standard error is about 0.17. */
static void
test_mean_length(void **state)
{
	Histories data = simulated(&usual, 4);

	(void) state;
	assert_true(fabs((double) data.interactions / (double) data.users - 10) < 1);
}

static int
compare_falling(const void *a, const void *b)
{
	int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

	return (y > x) - (y < x);
}

/* Under either policy, counts fall from tenth to tenth of the items, the first much above the last. */
static void
test_popularity_falls(void **state)
{
	(void) state;
	for (int policy = 0; policy < 2; policy++)
	{
		Simulation s = usual;
		Histories data;
		int64_t *count;
		int64_t tenths[10] = {0};

		s.policy = policy == 0 ? LOGGING_UNIFORM : LOGGING_POPULARITY;
		data = simulated(&s, 5);
		count = histories_item_counts(&data);
		qsort(count, (size_t) data.items, sizeof(int64_t), compare_falling);
		for (int64_t i = 0; i < data.items; i++)
			tenths[i / 20] += count[i];
		assert_true((double) tenths[0] > 0.25 * (double) data.interactions);
		for (int t = 1; t < 10; t++)
			assert_true(tenths[t] < tenths[t - 1]);
		assert_true(tenths[9] * 10 < tenths[0]);
	}
}

/*
 * Without taste or quality all items are alike.  Items are drawn without
 * repetition within a history, so chi-square is a little smaller than its
 * distribution says.
 */
static void
test_uniform(void **state)
{
	Simulation s = usual;
	Histories data;
	int64_t *count;
	double probability[200];

	(void) state;
	s.taste = 0;
	s.zipf = 0;
	data = simulated(&s, 6);
	assert_int_equal(data.items, 200);
	count = histories_item_counts(&data);
	for (int i = 0; i < 200; i++)
		probability[i] = 1.0 / 200;
	assert_frequencies(count, probability, 200);
}

static void
expect_refused(Simulation s)
{
	EXPECT_FAIL(HOST_INVALID_PARAMETER, simulate(&s, 0));
}

/* The parameter, which is at "place" in the structure, may not have any of some values. */
static void
expect_numbers_refused(size_t place, double low, double high)
{
	const double bad[] = {low, high, NAN, INFINITY, -INFINITY};

	for (int i = 0; i < 5; i++)
	{
		Simulation s = usual;

		memcpy((char *) &s + place, &bad[i], sizeof(double));
		expect_refused(s);
	}
}

static void
expect_counts_refused(size_t place, int64_t high)
{
	const int64_t bad[] = {0, -1, INT64_MIN, high, INT64_MAX};

	for (int i = 0; i < 5; i++)
	{
		Simulation s = usual;

		memcpy((char *) &s + place, &bad[i], sizeof(int64_t));
		expect_refused(s);
	}
}

static void
test_parameters(void **state)
{
	Simulation s = {.users = 1, .items = 1, .mean_items = 1, .topics = 1};
	Histories least;

	(void) state;
	least = simulated(&s, 0);
	assert_int_equal(least.interactions, 1);
	s.topics = 1000;
	s.mean_items = 1e300;
	s.taste = 100;
	s.zipf = 10;
	least = simulated(&s, 0);
	assert_int_equal(least.interactions, 1);
	expect_counts_refused(offsetof(Simulation, items), INT64_C(1) << 40);
	expect_counts_refused(offsetof(Simulation, topics), 1001);
	expect_numbers_refused(offsetof(Simulation, mean_items), 0.99, -5);
	expect_numbers_refused(offsetof(Simulation, taste), -0.1, 101);
	expect_numbers_refused(offsetof(Simulation, zipf), -0.1, 10.1);
	s = usual;
	s.users = 0;
	expect_refused(s);
	s.users = INT64_MIN;
	expect_refused(s);
	s.users = INT64_MAX;
	EXPECT_FAIL(HOST_TOO_LARGE, simulate(&s, 0));
}

static void
test_limits(void **state)
{
	(void) state;
	host_test_limit_memory(10000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, simulate(&usual, 0));
	host_test_limit_memory(0);
	host_test_cancel_after(0); /* making items */
	EXPECT_FAIL(HOST_TEST_CANCELLED, simulate(&usual, 0));
	host_test_cancel_after(20); /* drawing users */
	EXPECT_FAIL(HOST_TEST_CANCELLED, simulate(&usual, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_sizes),       host_unit_test(test_what_matters),
		host_unit_test(test_lengths),     host_unit_test(test_lengths_with_few_shown),
		host_unit_test(test_mean_length), host_unit_test(test_popularity_falls),
		host_unit_test(test_uniform),     host_unit_test(test_parameters),
		host_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("simulate", tests, NULL, NULL);
}
