/*
 * test_realism.c
 *	  Comparisons and what they amount to, against slow definitions and by hand.
 */
#include "cases.h"
#include "math/statistics.h"
#include "metrics/realism.h"

#include <math.h>
#include <string.h>

static void
assert_near(double value, double expected)
{
	if (isnan(expected) ? !isnan(value) : !(fabs(value - expected) < 1e-12))
		fail_msg("%.17g instead of %.17g", value, expected);
}

/* Values around the recommender's own level, which differs by side and metric. */
static RealismSide
random_side(Random *random, int recommenders, int metrics, int64_t runs, double noise)
{
	double *value = host_array(double, recommenders *metrics *runs);

	for (int pair = 0; pair < recommenders * metrics; pair++)
	{
		double level = (double) case_between(random, 0, 5);
		bool fixed = case_between(random, 0, 9) == 0; /* the same in all runs */

		for (int64_t run = 0; run < runs; run++)
			value[pair * runs + run] = level + (fixed ? 0 : noise * random_normal(random));
	}
	return (RealismSide){value, runs};
}

static const double *
values_of(const RealismSide *side, int metrics, int recommender, int metric)
{
	return side->value + (recommender * metrics + metric) * side->runs;
}

/* The p-values of all ordered pairs by a metric, in some order of its own. */
static double *
all_values(const RealismSide *side, int recommenders, int metrics, Correction correction)
{
	int count = recommenders * recommenders * metrics, n = 0;
	double *p = host_array(double, count), *compact = host_array(double, count);

	for (int i = 0; i < count; i++)
	{
		int a = i / metrics / recommenders, b = i / metrics % recommenders, m = i % metrics;

		if (a != b)
			compact[n++] = welch_greater(values_of(side, metrics, a, m), side->runs,
			                             values_of(side, metrics, b, m), side->runs);
	}
	if (correction == CORRECTION_HOLM)
		adjust_holm(compact, n);
	else if (correction == CORRECTION_BENJAMINI_HOCHBERG)
		adjust_benjamini_hochberg(compact, n);
	n = 0;
	for (int i = 0; i < count; i++)
		p[i] = i / metrics / recommenders == i / metrics % recommenders ? 1 : compact[n++];
	host_free(compact);
	return p;
}

static double
mean(const double *x, int64_t n)
{
	double sum = 0;

	for (int64_t i = 0; i < n; i++)
		sum += x[i] / (double) n;
	return sum;
}

static void
test_as_defined(void **state)
{
	Random random;
	int undefined = 0, reversed = 0, corrected = 0;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 600; round++)
	{
		int recommenders = (int) case_between(&random, 2, 6), metrics = (int) case_between(&random, 1, 4);
		double level = round % 3 ? 0.01 : 0.2, noise = round % 5 ? 0.3 : 20;
		Correction correction = (Correction) (round % 3);
		RealismSide original =
			random_side(&random, recommenders, metrics, case_between(&random, 2, 8), noise);
		RealismSide synthetic =
			random_side(&random, recommenders, metrics, case_between(&random, 2, 8), noise);
		double *p = all_values(&original, recommenders, metrics, correction);
		double *q = all_values(&synthetic, recommenders, metrics, correction);
		RealismReport expected = {.comparisons = recommenders * (recommenders - 1) * metrics}, report;
		RealismComparison *comparison =
			realism_comparisons(&original, &synthetic, recommenders, metrics, level, correction);
		double kendall = 0;
		int kendalls = 0, tops = 0;
		int64_t c = 0;

		for (int m = 0; m < metrics; m++)
		{
			double x[6], y[6], tau;
			int best = 0;
			bool same = false;

			for (int a = 0; a < recommenders; a++)
			{
				for (int b = 0; b < recommenders; b++)
				{
					int pair = (a * recommenders + b) * metrics + m;
					int opposite = (b * recommenders + a) * metrics + m;
					const RealismComparison *it = &comparison[c];

					if (a == b)
						continue;
					c++;
					assert_int_equal(it->metric, m);
					assert_int_equal(it->better, a);
					assert_int_equal(it->worse, b);
					assert_near(it->original_p, p[pair]);
					assert_near(it->synthetic_p, q[pair]);
					assert_int_equal(it->original, p[pair] < level);
					assert_int_equal(it->synthetic, q[pair] < level);
					assert_int_equal(it->reversed, q[pair] < level && p[opposite] < level);
					assert_false(it->original && it->reversed);
					expected.original += p[pair] < level;
					expected.synthetic += q[pair] < level;
					expected.both += p[pair] < level && q[pair] < level;
					expected.reversed += q[pair] < level && p[opposite] < level;
				}
			}
			for (int r = 0; r < recommenders; r++)
			{
				x[r] = mean(values_of(&original, metrics, r, m), original.runs);
				y[r] = mean(values_of(&synthetic, metrics, r, m), synthetic.runs);
				assert_near(realism_mean(&original, metrics, r, m), x[r]);
				best = y[r] > y[best] + 1e-9 ? r : best;
			}
			for (int r = 0; r < recommenders; r++)
			{
				bool first = y[r] > y[best] - 1e-9;

				for (int other = 0; other < recommenders; other++)
					first = first && x[r] > x[other] - 1e-9;
				same = same || first;
			}
			tops += same;
			tau = kendall_tau(x, y, recommenders);
			if (!isnan(tau))
			{
				kendall += tau;
				kendalls++;
			}
		}
		realism_report(&original, &synthetic, recommenders, metrics, comparison, &report);
		assert_int_equal(c, expected.comparisons);
		assert_int_equal(report.comparisons, expected.comparisons);
		assert_int_equal(report.original, expected.original);
		assert_int_equal(report.synthetic, expected.synthetic);
		assert_int_equal(report.both, expected.both);
		assert_int_equal(report.reversed, expected.reversed);
		assert_near(report.realism, expected.synthetic ? (double) expected.both / expected.synthetic : NAN);
		assert_near(report.converse, expected.original ? (double) expected.both / expected.original : NAN);
		assert_near(report.kendall, kendalls ? kendall / kendalls : NAN);
		assert_near(report.top, (double) tops / metrics);
		undefined += expected.synthetic == 0;
		reversed += expected.reversed > 0;
		corrected += correction != CORRECTION_NONE && expected.both > 0;
	}
	if (undefined < 10 || reversed < 100 || corrected < 100)
		fail_msg("%d undefined, %d with reversed ones, %d corrected", undefined, reversed, corrected);
}

/*
 * Three recommenders, one metric, runs that hardly differ.  Original: 1 < 2 < 3;
 * synthetic: 1 < 3 < 2.  Of three conclusions, one is reversed.
 */
static void
test_by_hand(void **state)
{
	static const double original[9] = {1, 1.01, 1.02, 2, 2.01, 2.02, 3, 3.01, 3.02};
	static const double synthetic[9] = {1, 1.01, 1.02, 3, 3.01, 3.02, 2, 2.01, 2.02};
	RealismSide a = {original, 3}, b = {synthetic, 3};
	RealismComparison *comparison = realism_comparisons(&a, &b, 3, 1, 0.01, CORRECTION_NONE);
	RealismReport report;

	(void) state;
	realism_report(&a, &b, 3, 1, comparison, &report);
	assert_int_equal(report.comparisons, 6);
	assert_int_equal(report.original, 3);
	assert_int_equal(report.synthetic, 3);
	assert_int_equal(report.both, 2);
	assert_int_equal(report.reversed, 1);
	assert_near(report.realism, 2.0 / 3);
	assert_near(report.converse, 2.0 / 3);
	assert_near(report.kendall, 1.0 / 3);
	assert_near(report.top, 0);
	for (int c = 0; c < 6; c++)
		assert_int_equal(comparison[c].reversed, comparison[c].better == 1 && comparison[c].worse == 2);
	/* against itself */
	comparison = realism_comparisons(&a, &a, 3, 1, 0.01, CORRECTION_NONE);
	realism_report(&a, &a, 3, 1, comparison, &report);
	assert_true(report.realism == 1 && report.converse == 1 && report.top == 1 && report.reversed == 0);
	assert_near(report.kendall, 1);
}

/* A side on which nothing differs: no conclusions, no order. */
static void
test_undefined(void **state)
{
	static const double original[8] = {1, 1.01, 2, 2.01, 1, 1.01, 3, 3.01};
	static const double same[8] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
	RealismSide a = {original, 2}, b = {same, 2};
	RealismReport report;

	(void) state;
	realism_report(&a, &b, 2, 2, realism_comparisons(&a, &b, 2, 2, 0.01, CORRECTION_NONE), &report);
	assert_int_equal(report.original, 1);
	assert_true(isnan(report.realism) && report.converse == 0 && isnan(report.kendall));
	assert_near(report.top, 1); /* all are best */
	realism_report(&b, &a, 2, 2, realism_comparisons(&b, &a, 2, 2, 0.01, CORRECTION_NONE), &report);
	assert_true(report.realism == 0 && isnan(report.converse) && isnan(report.kendall));
	realism_report(&b, &b, 2, 2, realism_comparisons(&b, &b, 2, 2, 0.01, CORRECTION_HOLM), &report);
	assert_true(isnan(report.realism) && isnan(report.converse) && isnan(report.kendall));
}

/* A correction takes conclusions away and never adds one. */
static void
test_corrections(void **state)
{
	Random random;
	int64_t significant[3] = {0};

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 100; round++)
	{
		RealismSide a = random_side(&random, 5, 2, 4, 1), b = random_side(&random, 5, 2, 4, 1);
		RealismComparison *by[3];

		for (int correction = 0; correction < 3; correction++)
			by[correction] = realism_comparisons(&a, &b, 5, 2, 0.05, (Correction) correction);
		for (int c = 0; c < 40; c++)
		{
			assert_true(by[1][c].synthetic <= by[2][c].synthetic && by[2][c].synthetic <= by[0][c].synthetic);
			for (int correction = 0; correction < 3; correction++)
				significant[correction] += by[correction][c].original;
		}
	}
	assert_true(significant[1] < significant[2] && significant[2] < significant[0]);
	assert_string_equal(correction_names[CORRECTION_NONE], "none");
	assert_string_equal(correction_names[CORRECTION_HOLM], "holm");
	assert_string_equal(correction_names[CORRECTION_BENJAMINI_HOCHBERG], "benjamini_hochberg");
	assert_null(correction_names[3]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_as_defined),
		host_unit_test(test_by_hand),
		host_unit_test(test_undefined),
		host_unit_test(test_corrections),
	};

	return cmocka_run_group_tests_name("realism", tests, NULL, NULL);
}
