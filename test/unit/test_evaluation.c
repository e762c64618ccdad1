/*
 * test_evaluation.c
 *	  Splits, and evaluations against slow ones from the definitions.
 */
#include "cases.h"
#include "metrics/evaluation.h"

#include <math.h>
#include <string.h>

#define RECOMMENDERS 6
#define METRICS 10

static const double settings[RECOMMENDERS][2] = {{0, 0}, {3, 0}, {8, 10}, {2, 0}, {5, 0}, {40, 0}};
static const char *const methods[RECOMMENDERS] = {"top_popular", "item_knn", "item_knn",
                                                  "svd",         "ease",     "ease"};
static RecommenderChoice choice[RECOMMENDERS];
static const Metric metrics[METRICS] = {
	{METRIC_PRECISION, 1}, {METRIC_PRECISION, 5}, {METRIC_RECALL, 5}, {METRIC_HIT_RATE, 3},
	{METRIC_NDCG, 5},      {METRIC_MAP, 5},       {METRIC_MRR, 0},    {METRIC_COVERAGE, 1},
	{METRIC_COVERAGE, 4},  {METRIC_RECALL, 1000},
};

static EvaluationPlan
plan(int64_t runs, int64_t users, uint64_t seed, int side)
{
	for (int r = 0; r < RECOMMENDERS; r++)
	{
		choice[r].recommender = recommender_find(methods[r]);
		choice[r].options = (Options){choice[r].recommender->options, settings[r]};
	}
	return (EvaluationPlan){.recommender = choice,
	                        .recommenders = RECOMMENDERS,
	                        .metric = metrics,
	                        .metrics = METRICS,
	                        .runs = runs,
	                        .users = users,
	                        .seed = seed,
	                        .side = side,
	                        .stage = "a test"};
}

static int64_t
values(const EvaluationPlan *plan)
{
	return plan->recommenders * plan->metrics * plan->runs;
}

/* Every user has an item of her own beside random ones, so that splits can be told apart. */
static Histories
own_items(Random *random, int64_t users, int64_t most)
{
	Pairs pairs = {0, host_array(int64_t, users * (most + 1)), host_array(int64_t, users * (most + 1))};
	Histories data;

	for (int64_t u = 0; u < users; u++)
	{
		int64_t length = case_between(random, 0, most);

		for (int64_t k = 0; k <= length; k++)
		{
			pairs.user[pairs.count] = u;
			pairs.item[pairs.count++] = k == 0 ? u : 1000 + case_between(random, 0, 25);
		}
	}
	build(&pairs, false, false, &data);
	return data;
}

static Histories
random_data(Random *random, int64_t users, int64_t items, int64_t count)
{
	Pairs pairs = pairs_random(random, count, users, items);
	Histories data;

	build(&pairs, false, false, &data);
	return data;
}

static void
test_held_out(void **state)
{
	(void) state;
	for (int64_t length = 2; length < 100; length++)
		assert_int_equal(held_out(length), length < 10 ? 1 : length / 5);
}

/* Who a training user is: the user of the data with the own item that she has. */
static bool
same_split(const Split *a, const Split *b)
{
	return a->train.users == b->train.users && a->train.interactions == b->train.interactions &&
	       a->tried.users == b->tried.users &&
	       memcmp(a->train.start, b->train.start, (size_t) (a->train.users + 1) * sizeof(int64_t)) == 0 &&
	       memcmp(a->train.item, b->train.item, (size_t) a->train.interactions * sizeof(uint32_t)) == 0 &&
	       memcmp(a->tried.held_start, b->tried.held_start,
	              (size_t) (a->tried.users + 1) * sizeof(int64_t)) == 0 &&
	       memcmp(a->tried.held, b->tried.held,
	              (size_t) a->tried.held_start[a->tried.users] * sizeof(int64_t)) == 0;
}

/*
 * Sizes; parts of a history are disjoint and of the documented lengths; items
 * of the training are numbered without gaps.
 */
static void
assert_sound(const Histories *data, int64_t users, const Split *split)
{
	const FoldIn *tried = &split->tried;
	int64_t *count = host_array_zero(int64_t, split->train.items);
	int64_t trained = users - (users / 5 > 0 ? users / 5 : 1);

	assert_int_equal(split->train.users, trained);
	assert_in_range(tried->users, 0, users - trained);
	for (int64_t u = 0; u < trained; u++)
	{
		for (int64_t p = split->train.start[u]; p < split->train.start[u + 1]; p++)
		{
			assert_true(split->train.item[p] < split->train.items);
			assert_true(p == split->train.start[u] || split->train.item[p] > split->train.item[p - 1]);
			count[split->train.item[p]]++;
		}
	}
	for (int64_t i = 0; i < split->train.items; i++)
		assert_true(count[i] > 0);
	for (int64_t n = 0; n < tried->users; n++)
	{
		int64_t inputs = tried->input_start[n + 1] - tried->input_start[n];
		int64_t held = tried->held_start[n + 1] - tried->held_start[n];
		int64_t length = inputs + held; /* at least: unknown ones are not among the inputs */

		assert_true(held >= 1 && held <= histories_longest(data) / 5 + 1);
		assert_true(held <= (length < 10 ? length : length / 5) + data->items);
		for (int64_t k = tried->input_start[n]; k < tried->input_start[n + 1]; k++)
		{
			assert_true(tried->input[k] < split->train.items);
			assert_true(k == tried->input_start[n] || tried->input[k] > tried->input[k - 1]);
			for (int64_t h = tried->held_start[n]; h < tried->held_start[n + 1]; h++)
				assert_true(tried->held[h] != (int64_t) tried->input[k]);
		}
		for (int64_t h = tried->held_start[n]; h < tried->held_start[n + 1]; h++)
			assert_in_range(tried->held[h] + 1, 0, split->train.items);
	}
	host_free(count);
}

static void
test_splits(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 100; round++)
	{
		Histories data = own_items(&random, case_between(&random, 10, 80), 30);
		int64_t users = case_between(&random, 2, data.users);
		Split split, again, other;

		split_users(&data, users, (uint64_t) round, 0, 3, &split);
		assert_sound(&data, users, &split);
		split_users(&data, users, (uint64_t) round, 0, 3, &again);
		assert_true(same_split(&split, &again));
		if (users < 20)
			continue;
		split_users(&data, users, (uint64_t) round, 0, 4, &other);
		assert_false(same_split(&split, &other));
		split_users(&data, users, (uint64_t) round, 1, 3, &other);
		assert_false(same_split(&split, &other));
		split_users(&data, users, (uint64_t) round + 1, 0, 3, &other);
		assert_false(same_split(&split, &other));
	}
}

/*
 * Fifteen users with the same 15 items and one of their own: three are tried
 * on, each given 13 items and tried by 3, and everybody's own item is unknown
 * to the training.  Over runs, every user is tried on as often as any other and
 * every place of a history held out as often.  False alarm: twice in a million.
 */
static void
test_splits_by_chance(void **state)
{
	enum
	{
		USERS = 15,
		ITEMS = 15,
		RUNS = 4000
	};
	Pairs pairs = {0, host_array(int64_t, USERS * (ITEMS + 1)), host_array(int64_t, USERS * (ITEMS + 1))};
	int64_t trained[USERS] = {0}, held[ITEMS] = {0};
	double probability[USERS];
	Histories data;

	(void) state;
	for (int u = 0; u < USERS; u++)
	{
		for (int i = 0; i <= ITEMS; i++)
		{
			pairs.user[pairs.count] = u;
			pairs.item[pairs.count++] = i < ITEMS ? i : 100 + u;
		}
		probability[u] = 1.0 / USERS;
	}
	build(&pairs, false, false, &data);
	for (int run = 0; run < RUNS; run++)
	{
		Split split;
		bool unknown[3] = {false};

		host_test_open_arena();
		split_users(&data, USERS, 5, 0, run, &split);
		assert_int_equal(split.train.users, 12);
		assert_int_equal(split.tried.users, 3);
		/* own items of the twelve come after the common ones, in the users' order */
		assert_int_equal(split.train.items, ITEMS + 12);
		for (int n = 0; n < 3; n++)
		{
			assert_int_equal(split.tried.held_start[n + 1] - split.tried.held_start[n], 3);
			for (int64_t h = split.tried.held_start[n]; h < split.tried.held_start[n + 1]; h++)
			{
				if (split.tried.held[h] < 0)
					unknown[n] = true;
				else
				{
					assert_in_range(split.tried.held[h], 0, ITEMS - 1);
					held[split.tried.held[h]]++;
				}
			}
			assert_int_equal(split.tried.input_start[n + 1] - split.tried.input_start[n], 12 + unknown[n]);
		}
		/* the first user of the training, by the place of her own item among those of all */
		trained[split.train.item[split.train.start[1] - 1] - ITEMS]++;
		host_test_close_arena();
	}
	assert_frequencies(held, probability, ITEMS);
	/* the first of twelve in a random order: each of their places as often as any other */
	for (int u = 0; u < 12; u++)
		probability[u] = 1.0 / 12;
	assert_frequencies(trained, probability, 12);
}

/* Orders that are sorted by score, ties in the order that the ranking has for equal scores. */
static int64_t
rank_slowly(const double *score, int64_t items, uint64_t seed, int64_t user, int64_t item)
{
	double *equal = host_array_zero(double, items);
	int64_t rank = 1;

	for (int64_t j = 0; j < items; j++)
	{
		if (score[j] > score[item] ||
		    (j != item && score[j] == score[item] &&
		     ranking_before(equal, items, seed, user, j) < ranking_before(equal, items, seed, user, item)))
			rank++;
	}
	host_free(equal);
	return rank;
}

/* One recommender, trained alone, by one metric over all users of a split. */
static double
value_slowly(const EvaluationPlan *plan, int r, const Metric *metric, int64_t run, const Split *split)
{
	const FoldIn *tried = &split->tried;
	int64_t items = split->train.items;
	uint64_t word[2] = {(uint64_t) run, (uint64_t) plan->side};
	uint64_t seed = value_hash(word, sizeof(word), plan->seed);
	bool *covered = host_array_zero(bool, items);
	double *score = host_array(double, items);
	double scratch[RECOMMENDER_SCRATCH], sum = 0;
	const Recommender *recommender = plan->recommender[r].recommender;
	int64_t shown = 0;
	Training training;
	void *trained;

	training_begin(&split->train, &training);
	recommender->train(&training, &plan->recommender[r].options, 1, &trained);
	for (int64_t u = 0; u < tried->users; u++)
	{
		int64_t held = tried->held_start[u + 1] - tried->held_start[u], found = 0, rank[50];

		recommender->score(trained, tried->input + tried->input_start[u],
		                   tried->input_start[u + 1] - tried->input_start[u], scratch, score);
		ranking_round(score, items);
		for (int64_t k = tried->input_start[u]; k < tried->input_start[u + 1]; k++)
			score[tried->input[k]] = -INFINITY;
		for (int64_t j = 0; j < items; j++)
		{
			int64_t place = rank_slowly(score, items, seed, u, j);

			if (score[j] > -INFINITY && place <= metric->cutoff)
				covered[j] = true;
			for (int64_t h = tried->held_start[u]; h < tried->held_start[u + 1]; h++)
			{
				if (tried->held[h] == j)
					rank[found++] = place;
			}
		}
		for (int64_t a = 0; a < found; a++)
		{
			for (int64_t b = 0; b < a; b++)
			{
				if (rank[b] > rank[a])
				{
					int64_t swap = rank[a];

					rank[a] = rank[b];
					rank[b] = swap;
				}
			}
		}
		sum += metric_of_user(metric, rank, found, held);
	}
	for (int64_t j = 0; j < items; j++)
		shown += covered[j];
	training_end(&training);
	return metric->kind == METRIC_COVERAGE ? (double) shown / (double) items : sum / (double) tried->users;
}

static void
assert_values(const EvaluationPlan *plan, const double *value, int64_t run, const Split *split)
{
	for (int r = 0; r < plan->recommenders; r++)
	{
		for (int m = 0; m < plan->metrics; m++)
		{
			double expected = value_slowly(plan, r, &plan->metric[m], run, split);
			double found = value[evaluation_index(plan, r, m, run)];

			if (!(fabs(found - expected) < 1e-12))
				fail_msg("%s of recommender %d in run %d: %.15g, not %.15g", metric_name(&plan->metric[m]), r,
				         (int) run, found, expected);
		}
	}
}

static void
test_against_definition(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 12; round++)
	{
		Histories data = random_data(&random, case_between(&random, 20, 50), case_between(&random, 3, 25),
		                             case_between(&random, 300, 500));
		EvaluationPlan p = plan(2, round % 2 ? case_between(&random, 10, data.users) : 1000, (uint64_t) round,
		                        round / 2 % 2);
		double *value;

		host_test_set_threads(1 + round % 3);
		value = evaluate(&data, &p);
		for (int64_t run = 0; run < p.runs; run++)
		{
			Split split;

			split_users(&data, p.users < data.users ? p.users : data.users, p.seed, p.side, run, &split);
			assert_values(&p, value, run, &split);
		}
	}
}

/* The synthetic set trains; items that it does not know are misses. */
static void
test_transfer(void **state)
{
	Random random;
	int unknown = 0;

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 12; round++)
	{
		Pairs tried_pairs = pairs_random(&random, 120, 20, 20),
			  train_pairs = pairs_random(&random, 200, 40, 20);
		Histories train, tried;
		EvaluationPlan p = plan(2, round % 2 ? 25 : 1000, (uint64_t) round, 0);
		int64_t common, *train_item;
		double *value;

		for (int64_t i = 0; i < train_pairs.count; i++)
			train_pairs.item[i] += round % 4 * 4;
		build(&tried_pairs, false, round % 3 == 0, &tried);
		build(&train_pairs, true, round % 3 == 0, &train);
		value = evaluate_transfer(&train, &tried, &p);
		train_item = keys_align(&train.item_keys, &tried.item_keys, &common);
		for (int64_t run = 0; run < p.runs; run++)
		{
			Split split;
			int64_t users = 0;

			split_sets(&train, p.users < train.users ? p.users : train.users, &tried, train_item, p.seed, run,
			           &split);
			assert_values(&p, value, run, &split);
			for (int64_t u = 0; u < tried.users; u++)
				users += histories_length(&tried, u) > 1;
			assert_int_equal(split.tried.users, users);
			for (int64_t h = 0; h < split.tried.held_start[users]; h++)
				unknown += split.tried.held[h] < 0;
		}
	}
	assert_true(unknown > 20);
}

/*
 * By hand: everybody in the training has items 1 to 4, the one who is tried on
 * has 1 and 9, which nobody else has.
 */
static void
test_transfer_by_hand(void **state)
{
	static const char *const train_rows[] = {"1 2 3 4", "1 2 3 4", "1 2 3", NULL};
	static const char *const tried_rows[] = {"2 9", "3", NULL};
	Histories train, tried;
	EvaluationPlan p = plan(40, 1000, 0, 0);
	double *value;
	int hits = 0, misses = 0;

	(void) state;
	build_rows(train_rows, false, &train);
	build_rows(tried_rows, false, &tried);
	p.recommenders = 1; /* top_popular */
	value = evaluate_transfer(&train, &tried, &p);
	for (int64_t run = 0; run < p.runs; run++)
	{
		double mrr = value[evaluation_index(&p, 0, 6, run)], recall = value[evaluation_index(&p, 0, 9, run)];

		/* held out is either 9, a miss, or 2, which ties with 1 and 3 at the top */
		if (recall == 0)
			misses++;
		else
			hits++;
		assert_true(recall == 0 ? mrr == 0 : mrr == 1 || mrr == 0.5 || mrr == 1.0 / 3);
	}
	assert_in_range(hits, 5, 35);
	assert_int_equal(hits + misses, 40);
}

/* A recommender's values do not depend on which others are there, so all see the same split. */
static void
test_alone_or_together(void **state)
{
	Random random;
	Histories data;
	EvaluationPlan all = plan(3, 1000, 4, 1);
	double *value;

	(void) state;
	case_random(&random, 4);
	data = random_data(&random, 60, 30, 600);
	value = evaluate(&data, &all);
	for (int r = 0; r < RECOMMENDERS; r++)
	{
		EvaluationPlan one = all;
		double *alone;

		one.recommender = &choice[r];
		one.recommenders = 1;
		alone = evaluate(&data, &one);
		for (int64_t n = 0; n < METRICS * 3; n++)
			assert_true(fabs(alone[n] - value[r * METRICS * 3 + n]) < 1e-12);
	}
	/* the same recommender twice */
	choice[1] = choice[0];
	value = evaluate(&data, &all);
	assert_memory_equal(value, value + METRICS * 3, METRICS * 3 * sizeof(double));
}

static void
test_threads_agree(void **state)
{
	Random random;
	Histories data;
	EvaluationPlan p = plan(2, 150, 6, 0), other = plan(2, 150, 7, 0);
	double *one, *three;

	(void) state;
	case_random(&random, 5);
	data = random_data(&random, 200, 80, 3000);
	one = evaluate(&data, &p);
	host_test_set_threads(3);
	host_test_disturb(true);
	three = evaluate(&data, &p);
	host_test_disturb(false);
	assert_memory_equal(one, three, (size_t) values(&p) * sizeof(double));
	three = evaluate(&data, &other);
	assert_true(memcmp(one, three, (size_t) values(&p) * sizeof(double)) != 0);
	other = plan(2, 150, 6, 1);
	three = evaluate(&data, &other);
	assert_true(memcmp(one, three, (size_t) values(&p) * sizeof(double)) != 0);
}

static void
expect_no_data(const Histories *data, int64_t users)
{
	EvaluationPlan p = plan(1, users, 0, 0);

	EXPECT_FAIL(HOST_NO_DATA, evaluate(data, &p));
}

static void
expect_transfer(int error, const Histories *train, const Histories *tried)
{
	EvaluationPlan p = plan(1, 1000, 0, 0);

	EXPECT_FAIL(error, evaluate_transfer(train, tried, &p));
}

static void
test_refused(void **state)
{
	Random random;
	Pairs pairs = {40, host_array(int64_t, 40), host_array(int64_t, 40)};
	Histories nine, many, singles, none, foreign, text;
	EvaluationPlan p = plan(2, 10, 0, 0);

	(void) state;
	case_random(&random, 6);
	nine = random_data(&random, 9, 10, 300);
	many = random_data(&random, 30, 10, 300);
	assert_int_equal(nine.users, 9);
	expect_no_data(&nine, 1000);
	expect_no_data(&many, 9);
	evaluate(&many, &p); /* ten are enough */
	for (int64_t i = 0; i < 40; i++)
	{
		pairs.user[i] = i;
		pairs.item[i] = i % 3;
	}
	build(&pairs, false, false, &singles);
	expect_no_data(&singles, 1000);
	expect_transfer(HOST_NO_DATA, &many, &singles);
	builder_finish(builder_new(), &none);
	expect_no_data(&none, 1000);
	expect_transfer(HOST_NO_DATA, &none, &many);
	expect_transfer(HOST_NO_DATA, &many, &none);
	for (int64_t i = 0; i < 40; i++)
		pairs.item[i] = 1000 + i % 7;
	build(&pairs, false, false, &foreign);
	expect_transfer(HOST_NO_DATA, &many, &foreign);
	build(&pairs, false, true, &text);
	expect_transfer(HOST_TYPE_MISMATCH, &many, &text);
	/* one user who learns is enough there */
	p = plan(1, 1, 0, 0);
	evaluate_transfer(&many, &many, &p);
}

/* 400 items: a dense matrix takes 1.3 MB and more, everything else less. */
static void
test_memory_limit(void **state)
{
	Random random;
	Histories data;
	EvaluationPlan p = plan(1, 1000, 0, 0);

	(void) state;
	case_random(&random, 7);
	data = random_data(&random, 60, 400, 1200);
	host_test_limit_memory(1200000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, evaluate(&data, &p));
	assert_true(host_test_failure_says("ease(lambda => 5)"));
	p.recommenders = 4; /* those before EASE */
	evaluate(&data, &p);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, (p.recommenders = RECOMMENDERS, evaluate_transfer(&data, &data, &p)));
	assert_true(host_test_failure_says("ease(lambda => 5)"));
	host_test_limit_memory(0);
	evaluate(&data, &p);
}

/* What is reserved covers what is taken, nearly, and not much more. */
static void
test_memory(void **state)
{
	Random random;
	Histories data;

	(void) state;
	case_random(&random, 8);
	data = random_data(&random, 2000, 500, 20000);
	for (int r = 0; r < RECOMMENDERS; r++)
	{
		EvaluationPlan p = plan(2, 2000, 0, 0);
		int64_t before, taken;

		p.recommender = &choice[r];
		p.recommenders = 1;
		host_test_set_threads(2);
		before = host_test_peak_memory(true);
		evaluate(&data, &p);
		taken = host_test_peak_memory(false) - before;
		host_test_limit_memory(taken * 9 / 10);
		EXPECT_FAIL(HOST_MEMORY_LIMIT, evaluate(&data, &p));
		host_test_limit_memory(taken * 13 / 10);
		evaluate(&data, &p);
		host_test_limit_memory(0);
	}
}

static void
expect_cancel(const Histories *data, int64_t calls, bool transfer)
{
	EvaluationPlan p = plan(2, 1000, 0, 0);

	host_test_cancel_after(calls);
	if (transfer)
		EXPECT_FAIL(HOST_TEST_CANCELLED, evaluate_transfer(data, data, &p));
	else
		EXPECT_FAIL(HOST_TEST_CANCELLED, evaluate(data, &p));
	host_test_cancel_after(-1);
}

static void
test_cancel(void **state)
{
	Random random;
	Histories data;

	(void) state;
	case_random(&random, 9);
	data = random_data(&random, 150, 300, 2000);
	for (int64_t calls = 1; calls < 300; calls += calls / 3 + 1)
	{
		host_test_set_threads(calls < 30 ? 3 : 1);
		expect_cancel(&data, calls, calls % 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_held_out),
		host_unit_test(test_splits),
		host_unit_test(test_splits_by_chance),
		host_unit_test(test_against_definition),
		host_unit_test(test_transfer),
		host_unit_test(test_transfer_by_hand),
		host_unit_test(test_alone_or_together),
		host_unit_test(test_threads_agree),
		host_unit_test(test_refused),
		host_unit_test(test_memory_limit),
		host_unit_test(test_memory),
		host_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("evaluation", tests, NULL, NULL);
}
