/*
 * test_ranking.c
 *	  Ranks against sorting, ties, and metrics by hand and by their definitions.
 */
#include "cases.h"
#include "metrics/ranking.h"

#include <math.h>
#include <string.h>

/* Scores of few different numbers, some items left out. */
static void
random_scores(Random *random, double *score, int64_t items)
{
	int64_t different = case_between(random, 1, 8);

	for (int64_t j = 0; j < items; j++)
	{
		score[j] = (double) case_between(random, 0, different) / 3 - 1;
		if (case_between(random, 0, 4) == 0)
			score[j] = -INFINITY;
	}
}

/*
 * Ranks are a permutation that sorts by score; the first items are those of the
 * first ranks, in order, and those left out are not among them.
 */
static void
test_against_sorting(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 3000; round++)
	{
		double score[20];
		int64_t items = case_between(&random, 1, 20), user = case_between(&random, 0, 5);
		int64_t wanted = case_between(&random, 1, 22), before[20], item_at[20], real = 0;
		uint64_t seed = (uint64_t) round / 7;
		uint32_t first[22];

		random_scores(&random, score, items);
		for (int64_t j = 0; j < items; j++)
			item_at[j] = -1;
		for (int64_t j = 0; j < items; j++)
		{
			before[j] = ranking_before(score, items, seed, user, j);
			assert_in_range(before[j], 0, items - 1);
			assert_int_equal(item_at[before[j]], -1);
			item_at[before[j]] = j;
			real += score[j] > -INFINITY;
		}
		for (int64_t place = 1; place < items; place++)
			assert_true(score[item_at[place]] <= score[item_at[place - 1]]);
		assert_int_equal(ranking_first(score, items, seed, user, wanted, first),
		                 wanted < real ? wanted : real);
		for (int64_t place = 0; place < wanted && place < real; place++)
			assert_int_equal(first[place], item_at[place]);
	}
}

static void
test_nobody_left(void **state)
{
	double score[3] = {-INFINITY, -INFINITY, -INFINITY};
	uint32_t first[3];

	(void) state;
	assert_int_equal(ranking_first(score, 3, 1, 1, 3, first), 0);
}

/*
 * Five equal items among others: each order comes equally often over seeds, and
 * over users.  False alarm: twice in a million.
 */
static void
test_ties_by_chance(void **state)
{
	static const double score[8] = {3, 1, 1, 0, 1, 1, 1, -INFINITY};
	static const int tied[5] = {1, 2, 4, 5, 6};

	(void) state;
	for (int over_users = 0; over_users < 2; over_users++)
	{
		int64_t observed[120] = {0};
		double probability[120];

		for (int i = 0; i < 120; i++)
			probability[i] = 1.0 / 120;
		for (int n = 0; n < 60000; n++)
		{
			int64_t rank[5];
			int order = 0;

			for (int i = 0; i < 5; i++)
			{
				int smaller = 0;

				rank[i] =
					ranking_before(score, 8, over_users ? 7 : (uint64_t) n, over_users ? n : 7, tied[i]);
				assert_in_range(rank[i], 1, 5);
				for (int j = 0; j < i; j++)
					smaller += rank[j] < rank[i];
				order = order * (i + 1) + smaller;
			}
			observed[order]++;
		}
		assert_frequencies(observed, probability, 120);
	}
}

/* Sums in another order are one score; different scores stay different, however small all are. */
static void
test_round(void **state)
{
	static const double scales[] = {1, 1e-12, 1e-200, 1e9};

	(void) state;
	for (int s = 0; s < 4; s++)
	{
		double score[5] = {(0.1 + 0.2 + 0.3) * scales[s], (0.3 + 0.2 + 0.1) * scales[s],
		                   (0.6 + 1e-9) * scales[s], -scales[s] / 3, 0.25 * scales[s]};
		double unit;

		assert_true(score[0] != score[1]);
		unit = ranking_round(score, 5);
		assert_true(score[0] == score[1]);
		assert_true(score[2] > score[0]);
		assert_true(fabs(score[4] * unit / scales[s] - 0.25) < 1e-9);
		assert_true(fabs(score[3] * unit / scales[s] + 1.0 / 3) < 1e-9);
	}
}

static void
test_round_nothing(void **state)
{
	double score[2] = {0, 0}, counts[3] = {1000000, 999999, 0};
	double unit;

	(void) state;
	ranking_round(score, 2);
	assert_true(score[0] == 0 && score[1] == 0);
	/* whole numbers stay what they are */
	unit = ranking_round(counts, 3);
	assert_true(counts[0] * unit == 1000000 && counts[1] * unit == 999999 && counts[2] == 0);
}

static double
metric(MetricKind kind, int64_t cutoff, const int64_t *rank, int64_t found, int64_t held)
{
	Metric metric = {kind, cutoff};

	return metric_of_user(&metric, rank, found, held);
}

static void
assert_near(double value, double expected)
{
	if (!(fabs(value - expected) < 1e-14))
		fail_msg("%.17g instead of %.17g", value, expected);
}

/* Three held-out items, at ranks 1, 3 and 12. */
static void
test_by_hand(void **state)
{
	static const int64_t rank[3] = {1, 3, 12};

	(void) state;
	assert_near(metric(METRIC_PRECISION, 1, rank, 3, 3), 1);
	assert_near(metric(METRIC_PRECISION, 5, rank, 3, 3), 2.0 / 5);
	assert_near(metric(METRIC_PRECISION, 100, rank, 3, 3), 3.0 / 100);
	assert_near(metric(METRIC_RECALL, 1, rank, 3, 3), 1.0 / 3);
	assert_near(metric(METRIC_RECALL, 11, rank, 3, 3), 2.0 / 3);
	assert_near(metric(METRIC_RECALL, 12, rank, 3, 3), 1);
	assert_near(metric(METRIC_HIT_RATE, 1, rank, 3, 3), 1);
	assert_near(metric(METRIC_HIT_RATE, 2, rank + 1, 2, 3), 0);
	assert_near(metric(METRIC_HIT_RATE, 3, rank + 1, 2, 3), 1);
	/* 1 / log2(2) + 1 / log2(4), of 1 + 1 / log2(3) + 1 / log2(4) */
	assert_near(metric(METRIC_NDCG, 5, rank, 3, 3), 1.5 / (1 + 1 / log2(3) + 0.5));
	assert_near(metric(METRIC_NDCG, 2, rank, 3, 3), 1 / (1 + 1 / log2(3)));
	assert_near(metric(METRIC_NDCG, 1, rank, 3, 3), 1);
	/* precisions 1 and 2 / 3, of min(5, 3) */
	assert_near(metric(METRIC_MAP, 5, rank, 3, 3), (1 + 2.0 / 3) / 3);
	assert_near(metric(METRIC_MAP, 12, rank, 3, 3), (1 + 2.0 / 3 + 3.0 / 12) / 3);
	assert_near(metric(METRIC_MAP, 2, rank, 3, 3), 1.0 / 2);
	assert_near(metric(METRIC_MRR, 0, rank, 3, 3), 1);
	assert_near(metric(METRIC_MRR, 0, rank + 2, 1, 3), 1.0 / 12);
}

/* Held-out items that the recommender does not know have no rank, but count. */
static void
test_unknown_items(void **state)
{
	static const int64_t rank[1] = {2};

	(void) state;
	for (int kind = 0; kind < METRIC_COVERAGE; kind++)
		assert_near(metric(kind, kind == METRIC_MRR ? 0 : 5, NULL, 0, 4), 0);
	assert_near(metric(METRIC_RECALL, 5, rank, 1, 4), 1.0 / 4);
	assert_near(metric(METRIC_PRECISION, 5, rank, 1, 4), 1.0 / 5);
	assert_near(metric(METRIC_NDCG, 5, rank, 1, 4),
	            1 / log2(3) / (1 + 1 / log2(3) + 1 / log2(4) + 1 / log2(5)));
	assert_near(metric(METRIC_MAP, 5, rank, 1, 4), 0.5 / 4);
	assert_near(metric(METRIC_MRR, 0, rank, 1, 4), 0.5);
}

/* The definitions, over a list of which places are held-out items. */
static double
metric_slowly(MetricKind kind, int64_t k, const bool *hit, int64_t places, int64_t held)
{
	double hits = 0, gain = 0, ideal = 0, precisions = 0, first = 0;

	for (int64_t place = 1; place <= places; place++)
	{
		if (hit[place] && first == 0)
			first = 1 / (double) place;
		if (place > k || !hit[place])
			continue;
		hits++;
		gain += 1 / log2((double) place + 1);
		precisions += hits / (double) place;
	}
	for (int64_t place = 1; place <= k && place <= held; place++)
		ideal += 1 / log2((double) place + 1);
	switch (kind)
	{
		case METRIC_PRECISION:
			return hits / (double) k;
		case METRIC_RECALL:
			return hits / (double) held;
		case METRIC_HIT_RATE:
			return hits > 0 ? 1 : 0;
		case METRIC_NDCG:
			return gain / ideal;
		case METRIC_MAP:
			return precisions / (double) (k < held ? k : held);
		default:
			return first;
	}
}

static void
test_against_definitions(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 3000; round++)
	{
		int64_t places = case_between(&random, 1, 30), rank[30], found = 0, held;
		bool hit[31] = {false};

		for (int64_t place = 1; place <= places; place++)
		{
			hit[place] = case_between(&random, 0, round % 9) == 0;
			if (hit[place])
				rank[found++] = place;
		}
		held = found + case_between(&random, found == 0, 3);
		for (int kind = 0; kind < METRIC_COVERAGE; kind++)
		{
			int64_t k = case_between(&random, 1, 40);
			double value = metric(kind, kind == METRIC_MRR ? 0 : k, rank, found, held);

			assert_near(value, metric_slowly(kind, k, hit, places, held));
			assert_true(value >= 0 && value <= 1 + 1e-15);
		}
	}
}

static void
test_names(void **state)
{
	static const char *const expected[METRIC_KINDS] = {"precision@10", "recall@10", "hit_rate@10", "ndcg@10",
	                                                   "map@10",       "mrr",       "coverage@10"};

	(void) state;
	for (int kind = 0; kind < METRIC_KINDS; kind++)
	{
		Metric metric = {(MetricKind) kind, metric_has_cutoff(kind) ? 10 : 0};

		assert_string_equal(metric_name(&metric), expected[kind]);
	}
	assert_null(metric_kind_names[METRIC_KINDS]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_against_sorting), host_unit_test(test_nobody_left),
		host_unit_test(test_ties_by_chance),  host_unit_test(test_round),
		host_unit_test(test_round_nothing),   host_unit_test(test_by_hand),
		host_unit_test(test_unknown_items),   host_unit_test(test_against_definitions),
		host_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("ranking", tests, NULL, NULL);
}
