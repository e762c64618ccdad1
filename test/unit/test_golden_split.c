/*
 * test_golden_split.c
 *	  Recommenders and their metrics on a fixed split against those of an
 *	  independent implementation.
 *
 * The figures may not be redistributed: they are looked for beside the
 * repository, and the test is skipped when they are not there.  golden_split
 * prints them.
 */
#include "cases.h"
#include "metrics/evaluation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Seen from the folder of the Makefile, where the tests run. */
#define GOLDEN "../../../shared/golden"

#define ORDERS 5           /* of ties that we average over */
#define EXPECTED_ORDERS 20 /* that the expected means are over */
#define METRICS 7

typedef struct Reading
{
	HistoryBuilder *builder;
	Histories train;
	Pairs input, held;
	Split split;
	RecommenderChoice choice;
	double option[2];
	const void *trained;
	double mean[METRICS];
	int recommenders, figures, tops, weights;
} Reading;

static const Metric metrics[METRICS] = {
	{METRIC_PRECISION, 1}, {METRIC_PRECISION, 5}, {METRIC_PRECISION, 10}, {METRIC_RECALL, 1},
	{METRIC_RECALL, 5},    {METRIC_RECALL, 10},   {METRIC_MRR, 0},
};
static const char *const golden_names[METRICS] = {"P@1", "P@5", "P@10", "R@1", "R@5", "R@10", "MRR"};

static int64_t
item_index(const Reading *reading, int64_t item)
{
	Key key = case_key(false, item);

	return keys_find(&reading->train.item_keys, &key);
}

/* The pairs of both parts, which are ordered by user, as a fold-in. */
static void
make_split(Reading *reading)
{
	FoldIn *tried = &reading->split.tried;
	int64_t h = 0;

	builder_settle(reading->builder);
	builder_finish(reading->builder, &reading->train);
	reading->split.train = reading->train;
	*tried = (FoldIn){.input_start = host_array(int64_t, reading->input.count + 1),
	                  .held_start = host_array(int64_t, reading->input.count + 1),
	                  .input = host_array(uint32_t, reading->input.count),
	                  .held = host_array(int64_t, reading->held.count)};
	tried->input_start[0] = tried->held_start[0] = 0;
	for (int64_t i = 0; i < reading->input.count; tried->users++)
	{
		int64_t user = reading->input.user[i], inputs = tried->input_start[tried->users];

		for (; i < reading->input.count && reading->input.user[i] == user; i++)
		{
			if (item_index(reading, reading->input.item[i]) >= 0)
				tried->input[inputs++] = (uint32_t) item_index(reading, reading->input.item[i]);
		}
		for (; h < reading->held.count && reading->held.user[h] == user; h++)
			tried->held[h] = item_index(reading, reading->held.item[h]);
		tried->input_start[tried->users + 1] = inputs;
		tried->held_start[tried->users + 1] = h;
	}
	assert_int_equal(h, reading->held.count);
	assert_int_equal(tried->users, 160);
}

static void
begin_recommender(Reading *reading, const char *line)
{
	char method[50];
	EvaluationPlan plan = {.recommenders = 1, .metric = metrics, .metrics = METRICS, .runs = ORDERS};
	Training *training = host_array(Training, 1);
	double *value = host_array(double, METRICS *ORDERS);
	void *trained;

	sscanf(line, "recommender %49s %lf %lf", method, &reading->option[0], &reading->option[1]);
	reading->choice.recommender = recommender_find(method);
	assert_non_null(reading->choice.recommender);
	reading->choice.options = (Options){reading->choice.recommender->options, reading->option};
	plan.recommender = &reading->choice;
	plan.stage = "a test";
	for (int order = 0; order < ORDERS; order++)
		evaluate_split(&plan, &reading->split, order, value);
	for (int m = 0; m < METRICS; m++)
	{
		reading->mean[m] = 0;
		for (int order = 0; order < ORDERS; order++)
			reading->mean[m] += value[m * ORDERS + order] / ORDERS;
	}
	training_begin(&reading->train, training);
	reading->choice.recommender->train(training, &reading->choice.options, 1, &trained);
	reading->trained = trained;
	reading->recommenders++;
	reading->tops = 0;
}

/* Exact where no order of ties matters, else within four standard errors. */
static void
check_metric(Reading *reading, const char *line)
{
	char name[10];
	double mean, deviation;
	int m = 0;

	assert_int_equal(sscanf(line, "metric %9s %lf %lf", name, &mean, &deviation), 3);
	while (strcmp(golden_names[m], name) != 0)
		m++;
	if (!(fabs(reading->mean[m] - mean) < 1e-12 + 4 * deviation * sqrt(1.0 / ORDERS + 1.0 / EXPECTED_ORDERS)))
		fail_msg("%s: %s is %.12g, not %.12g (sd %g)", recommender_name(&reading->choice), name,
		         reading->mean[m], mean, deviation);
	reading->figures++;
}

static double *
scores(Reading *reading, const uint32_t *item, int64_t count)
{
	double *score = host_array(double, reading->train.items);
	double scratch[RECOMMENDER_SCRATCH];

	reading->choice.recommender->score(reading->trained, item, count, scratch, score);
	return score;
}

/* The first user's best items; equal scores may come in any order. */
static void
check_top(Reading *reading, const char *line)
{
	const FoldIn *tried = &reading->split.tried;
	long long item;
	double expected;
	double *score = scores(reading, tried->input, tried->input_start[1]);
	uint32_t first[5];

	assert_int_equal(sscanf(line, "top %lld %lf", &item, &expected), 2);
	for (int64_t k = 0; k < tried->input_start[1]; k++)
		score[tried->input[k]] = -INFINITY;
	assert_int_equal(ranking_first(score, reading->train.items, 0, 0, 5, first), 5);
	assert_true(fabs(score[first[reading->tops]] - expected) < 1e-8);
	assert_true(fabs(score[item_index(reading, item)] - expected) < 1e-8);
	reading->tops++;
	host_free(score);
}

static void
check_weight(Reading *reading, const char *line)
{
	long long from, to;
	double expected;
	uint32_t item;
	double *score;

	assert_int_equal(sscanf(line, "weight %lld %lld %lf", &from, &to, &expected), 3);
	item = (uint32_t) item_index(reading, from);
	score = scores(reading, &item, 1);
	if (!(fabs(score[item_index(reading, to)] - expected) < 1e-8))
		fail_msg("%s: the weight from %lld to %lld is %.12g, not %.12g", recommender_name(&reading->choice),
		         from, to, score[item_index(reading, to)], expected);
	reading->weights++;
	host_free(score);
}

static void
add_pair(Pairs *pairs, long long user, long long item)
{
	pairs->user = host_array_resize(int64_t, pairs->user, pairs->count + 1);
	pairs->item = host_array_resize(int64_t, pairs->item, pairs->count + 1);
	pairs->user[pairs->count] = user;
	pairs->item[pairs->count++] = item;
}

static void
read_pair(Reading *reading, const char *part, long long user, long long item)
{
	Key user_key = case_key(false, user), item_key = case_key(false, item);

	if (strcmp(part, "train") == 0)
		builder_add(reading->builder, false, &user_key, false, &item_key);
	else
		add_pair(strcmp(part, "input") == 0 ? &reading->input : &reading->held, user, item);
}

static void
test_split(void **state)
{
	Reading reading = {.builder = NULL};
	char line[200], part[20];
	FILE *lines;
	long long user, item;

	(void) state;
	if (access(GOLDEN "/golden.json", R_OK) != 0)
		skip();
	host_test_set_threads(2);
	reading.builder = builder_new();
	reading.input = (Pairs){0, host_array(int64_t, 1), host_array(int64_t, 1)};
	reading.held = (Pairs){0, host_array(int64_t, 1), host_array(int64_t, 1)};
	lines = popen("perl ./golden_split " GOLDEN, "r");
	assert_non_null(lines);
	while (fgets(line, sizeof(line), lines) != NULL)
	{
		if (sscanf(line, "%19s %lld %lld", part, &user, &item) == 3 && line[0] != 'w' && line[0] != 'r')
			read_pair(&reading, part, user, item);
		else if (strncmp(line, "recommender ", 12) == 0)
		{
			if (reading.recommenders == 0)
				make_split(&reading);
			begin_recommender(&reading, line);
		}
		else if (strncmp(line, "metric ", 7) == 0)
			check_metric(&reading, line);
		else if (strncmp(line, "top ", 4) == 0)
			check_top(&reading, line);
		else
			check_weight(&reading, line);
	}
	assert_int_equal(pclose(lines), 0);
	assert_int_equal(reading.recommenders, 13);
	assert_int_equal(reading.figures, 13 * METRICS);
	assert_int_equal(reading.weights, 8 * 36);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_split),
	};

	return cmocka_run_group_tests_name("golden_split", tests, NULL, NULL);
}
