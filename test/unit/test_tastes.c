/*
 * test_tastes.c
 *	  What simulated users have in common can be learned from them.
 */
#include "cases.h"
#include "data/simulate.h"
#include "recommenders/ease.h"

/* With integer keys the sizes tell a value's bytes. */
static Histories
simulated(const Simulation *simulation, uint64_t seed)
{
	const HistoriesHeader *header = simulate(simulation, seed);
	Histories data;

	histories_open(header,
	               (int64_t) sizeof(HistoriesHeader) + header->users * 8 + header->items * 8 +
	                   (header->users + 1) * 8 + value_align(header->interactions * 4),
	               &data);
	return data;
}

static const Simulation usual = {
	.users = 3000, .items = 200, .mean_items = 10, .topics = 8, .taste = 1, .zipf = 1};

/*
 * Chi-square per pair of the numbers of users with both items, against what the
 * items' numbers of users would give by chance: about 1 when items have nothing
 * to do with each other, whatever is popular.
 */
static double
pair_dependence(double taste)
{
	Simulation s = usual;
	Histories data;
	int64_t *pair, *count;
	double statistic = 0, pairs = 0, sum = 0;
	int64_t cells = 0;

	s.taste = taste;
	s.zipf = 0.5;
	data = simulated(&s, 7);
	pair = host_array_zero(int64_t, data.items * data.items);
	count = histories_item_counts(&data);
	for (int64_t u = 0; u < data.users; u++)
	{
		for (int64_t p = data.start[u]; p < data.start[u + 1]; p++)
		{
			for (int64_t q = data.start[u]; q < p; q++)
				pair[data.item[p] * data.items + data.item[q]]++;
		}
	}
	for (int64_t i = 0; i < data.items; i++)
	{
		for (int64_t j = 0; j < i; j++)
		{
			pairs += (double) pair[i * data.items + j];
			sum += (double) count[i] * (double) count[j];
		}
	}
	for (int64_t i = 0; i < data.items; i++)
	{
		for (int64_t j = 0; j < i; j++)
		{
			double expected = pairs * (double) count[i] * (double) count[j] / sum;
			double difference = (double) pair[i * data.items + j] - expected;

			statistic += difference * difference / expected;
			cells++;
		}
	}
	return statistic / (double) cells;
}

static void
test_items_go_together(void **state)
{
	double without = pair_dependence(0), with = pair_dependence(1);

	(void) state;
	/* 19,900 pairs: the standard error is 0.01, but pairs of one user are related */
	assert_true(without > 0.8 && without < 1.25);
	assert_true(with > 1.5 * without);
}

/* Share of users whose held-out item is among the ten best by score, or by popularity. */
static void
recall(const Simulation *s, uint64_t seed, double *by_ease, double *by_popularity)
{
	Histories data = simulated(s, seed), train;
	HistoryBuilder *builder = builder_new();
	int64_t *held = host_array(int64_t, data.users);
	int64_t *count;
	int64_t users = 0;
	double *score;
	Ease ease;
	Random random;

	case_random(&random, seed);
	for (int64_t u = 0; u < data.users; u++)
	{
		int64_t length = histories_length(&data, u);

		held[u] = length < 2 ? -1 : data.start[u] + case_between(&random, 0, length - 1);
		for (int64_t p = data.start[u]; p < data.start[u + 1]; p++)
		{
			Key user = keys_get(&data.user_keys, u), item = keys_get(&data.item_keys, data.item[p]);

			if (p != held[u])
				builder_add(builder, false, &user, false, &item);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &train);
	assert_int_equal(train.users, data.users);
	assert_int_equal(train.items, data.items);
	count = histories_item_counts(&train);
	ease_fit(&train, 100, &ease);
	score = host_array(double, train.items);
	*by_ease = *by_popularity = 0;
	for (int64_t u = 0; u < train.users; u++)
	{
		int64_t better = 0, more_popular = 0;

		if (held[u] < 0)
			continue;
		ease_score(&ease, train.item + train.start[u], histories_length(&train, u), score);
		for (int64_t i = 0, p = train.start[u]; i < train.items; i++)
		{
			if (p < train.start[u + 1] && train.item[p] == i)
			{
				p++;
				continue;
			}
			better += score[i] > score[data.item[held[u]]];
			more_popular += count[i] > count[data.item[held[u]]];
		}
		*by_ease += better < 10;
		*by_popularity += more_popular < 10;
		users++;
	}
	*by_ease /= (double) users;
	*by_popularity /= (double) users;
}

/* What somebody likes tells what else she likes; standard errors are below 0.01. */
static void
test_tastes_can_be_learned(void **state)
{
	Simulation s = usual;
	double by_ease, by_popularity;

	(void) state;
	s.zipf = 0.5;
	for (int policy = 0; policy < 2; policy++)
	{
		s.taste = 1;
		s.policy = policy == 0 ? LOGGING_UNIFORM : LOGGING_POPULARITY;
		recall(&s, 8, &by_ease, &by_popularity);
		assert_true(by_ease > by_popularity + 0.05);
		/* without taste there is nothing to learn but popularity */
		s.taste = 0;
		recall(&s, 8, &by_ease, &by_popularity);
		assert_true(by_ease < by_popularity + 0.03);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_items_go_together),
		host_unit_test(test_tastes_can_be_learned),
	};

	return cmocka_run_group_tests_name("tastes", tests, NULL, NULL);
}
