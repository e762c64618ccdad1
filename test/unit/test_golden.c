/*
 * test_golden.c
 *	  EASE matrices against those of an independent implementation.
 *
 * The figures may not be redistributed: they are looked for beside the
 * repository, and the test is skipped when they are not there.  golden_ease
 * prints them.
 */
#include "cases.h"
#include "recommenders/ease.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Seen from the folder of the Makefile, where the tests run. */
#define GOLDEN "../../../shared/golden"

#define TOLERANCE 1e-8

typedef struct Reading
{
	HistoryBuilder *builder; /* of the set that is being read */
	bool built;              /* data is up to date */
	Histories data;
	Ease ease;
	int matrices;
	int64_t figures;
} Reading;

static void
read_pair(Reading *reading, const char *line)
{
	long long user, item;
	Key user_key, item_key;

	assert_int_equal(sscanf(line, "pair %lld %lld", &user, &item), 2);
	user_key = case_key(false, user);
	item_key = case_key(false, item);
	builder_add(reading->builder, false, &user_key, false, &item_key);
	reading->built = false;
}

static void
read_fit(Reading *reading, const char *line)
{
	double lambda;

	assert_int_equal(sscanf(line, "fit %lf", &lambda), 1);
	if (!reading->built)
	{
		builder_settle(reading->builder);
		builder_finish(reading->builder, &reading->data);
		reading->built = true;
	}
	ease_fit(&reading->data, lambda, &reading->ease);
	reading->matrices++;
}

static void
check_weight(Reading *reading, const char *line)
{
	double *score = host_array(double, reading->data.items);
	long long from, to;
	double expected;
	Key from_key, to_key;
	int64_t i, j;
	uint32_t item;

	assert_int_equal(sscanf(line, "weight %lld %lld %lf", &from, &to, &expected), 3);
	from_key = case_key(false, from);
	to_key = case_key(false, to);
	i = keys_find(&reading->data.item_keys, &from_key);
	j = keys_find(&reading->data.item_keys, &to_key);
	assert_true(i >= 0 && j >= 0);
	item = (uint32_t) i;
	ease_score(&reading->ease, &item, 1, score);
	if (!(fabs(score[j] - expected) < TOLERANCE))
		fail_msg("matrix %d: the weight from %lld to %lld differs by %g", reading->matrices, from, to,
		         score[j] - expected);
	reading->figures++;
	host_free(score);
}

static void
test_ease(void **state)
{
	Reading reading = {NULL};
	char line[200];
	FILE *lines;

	(void) state;
	if (access(GOLDEN "/golden.json", R_OK) != 0)
		skip();
	lines = popen("perl ./golden_ease " GOLDEN, "r");
	assert_non_null(lines);
	while (fgets(line, sizeof(line), lines) != NULL)
	{
		if (strncmp(line, "set ", 4) == 0)
			reading.builder = builder_new();
		else if (strncmp(line, "pair ", 5) == 0)
			read_pair(&reading, line);
		else if (strncmp(line, "fit ", 4) == 0)
			read_fit(&reading, line);
		else
			check_weight(&reading, line);
	}
	assert_int_equal(pclose(lines), 0);
	assert_true(reading.matrices >= 6 && reading.figures >= 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_ease),
	};

	return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
