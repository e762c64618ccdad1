/*
 * test_statistics.c
 *	  Tests and correlations against closed forms, tables and slow definitions.
 */
#include "cases.h"
#include "math/statistics.h"

#include <math.h>
#include <string.h>

static void
assert_near(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance))
		fail_msg("%.17g instead of %.17g", value, expected);
}

/* P-values of tables and of other programs. */
static void
test_student(void **state)
{
	static const double anchors[][3] = {
		{2, 10, 0.0366940}, {2.552, 18, 0.0100079}, {-1, 5, 0.818391}, {3, 9.7, 0.00689259}};

	(void) state;
	for (int i = 0; i < 4; i++)
		assert_near(student_greater(anchors[i][0], anchors[i][1]) / anchors[i][2], 1, 5e-6);
	assert_true(student_greater(INFINITY, 3) == 0 && student_greater(-INFINITY, 3) == 1);
	assert_true(student_greater(1e200, 3) == 0 && student_greater(-1e200, 3) == 1);
	assert_true(isnan(student_greater(NAN, 3)));
	for (double freedom = 0.5; freedom < 1e6; freedom *= 3)
		assert_near(student_greater(0, freedom), 0.5, 1e-14);
}

/* One, two and four degrees of freedom have closed forms; many are nearly normal. */
static void
test_student_closed_forms(void **state)
{
	(void) state;
	for (double t = 0; t < 2000; t = t * 1.7 + 0.01)
	{
		double two = 1 / (2 + t * t + t * sqrt(2 + t * t)); /* (1 - t / sqrt(2 + t^2)) / 2, without loss */
		double r = t / sqrt(4 + t * t), four = 0.5 - 0.75 * (r - r * r * r / 3);

		assert_near(student_greater(t, 1) / (t > 1 ? atan(1 / t) / M_PI : 0.5 - atan(t) / M_PI), 1, 1e-11);
		assert_near(student_greater(t, 2) / two, 1, 1e-11);
		assert_near(student_greater(t, 4), four, 1e-14);
		assert_near(student_greater(-t, 2), 1 - two, 1e-14);
		assert_near(student_greater(t, 1e6), erfc(t / sqrt(2)) / 2, 1e-6);
	}
}

/* For whole a and b: the chance of a or more of a + b - 1 coins that fall so with chance x. */
static long double
binomial_tail(int a, int b, long double x)
{
	long double sum = 0, ways = 1;
	int n = a + b - 1;

	for (int k = 0; k <= n; k++)
	{
		if (k >= a)
			sum += ways * powl(x, k) * powl(1 - x, n - k);
		ways = ways * (n - k) / (k + 1);
	}
	return sum;
}

static void
test_incomplete_beta(void **state)
{
	(void) state;
	for (int a = 1; a <= 12; a++)
	{
		for (int b = 1; b <= 12; b++)
		{
			for (double x = 0.03125; x < 1; x += 0.03125)
			{
				assert_near(incomplete_beta(a, b, x) / (double) binomial_tail(a, b, x), 1, 1e-12);
				assert_near(incomplete_beta(a / 3.0, b / 7.0, x) + incomplete_beta(b / 7.0, a / 3.0, 1 - x),
				            1, 1e-12);
			}
			assert_true(incomplete_beta(a, b, 0) == 0 && incomplete_beta(a, b, 1) == 1);
		}
	}
	for (double x = 0.001; x < 1; x += 0.001)
	{
		assert_near(incomplete_beta(0.5, 0.5, x), 2 / M_PI * asin(sqrt(x)), 1e-13);
		assert_near(incomplete_beta(3.7, 1, x) / pow(x, 3.7), 1, 1e-12);
		assert_near(incomplete_beta(1, 2.3, x), 1 - pow(1 - x, 2.3), 1e-13);
	}
	/* far out in the tail, where relative error is hard to keep */
	assert_near(incomplete_beta(20, 1, 1e-10) / 1e-200, 1, 1e-12);
}

/* The definition, with means and variances in the plain way. */
static double
welch_slowly(const double *x, int nx, const double *y, int ny)
{
	long double mx = 0, my = 0, vx = 0, vy = 0;

	for (int i = 0; i < nx; i++)
		mx += (long double) x[i] / nx;
	for (int i = 0; i < ny; i++)
		my += (long double) y[i] / ny;
	for (int i = 0; i < nx; i++)
		vx += (x[i] - mx) * (x[i] - mx) / (nx - 1) / nx;
	for (int i = 0; i < ny; i++)
		vy += (y[i] - my) * (y[i] - my) / (ny - 1) / ny;
	return student_greater((double) ((mx - my) / sqrtl(vx + vy)),
	                       (double) ((vx + vy) * (vx + vy) / (vx * vx / (nx - 1) + vy * vy / (ny - 1))));
}

static void
test_welch(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 3000; round++)
	{
		double x[12], y[12], scale = pow(10, (double) case_between(&random, -6, 6)),
							 offset = round % 3 * 1000.0;
		int nx = (int) case_between(&random, 2, 12), ny = (int) case_between(&random, 2, 12);
		double p;

		for (int i = 0; i < 12; i++)
		{
			x[i] = offset + random_normal(&random) * scale;
			y[i] = offset + (random_normal(&random) - 1) * 0.3 * scale;
		}
		if (round % 7 == 0)
			memcpy(y, (double[12]){0}, sizeof(y)); /* one side without variance */
		if (round % 3 > 0 && scale < 1e-3)
			continue; /* where the definition itself loses digits */
		p = welch_greater(x, nx, y, ny);
		assert_near(p, welch_slowly(x, nx, y, ny), 1e-9);
		assert_near(p + welch_greater(y, ny, x, nx), 1, 1e-12);
		assert_true(p >= 0 && p <= 1);
	}
}

/* Nothing varies: also where sums of equal numbers would be rounded. */
static void
test_welch_without_variance(void **state)
{
	static const double numbers[] = {0, 0.1, 1.0 / 3, 0.7, 123456.789, -0.1};
	double x[10], y[10];

	(void) state;
	for (int a = 0; a < 6; a++)
	{
		for (int b = 0; b < 6; b++)
		{
			for (int i = 0; i < 10; i++)
			{
				x[i] = numbers[a];
				y[i] = numbers[b];
			}
			for (int n = 2; n <= 10; n++)
				assert_true(welch_greater(x, n, y, 10) == (numbers[a] > numbers[b]   ? 0
				                                           : numbers[a] < numbers[b] ? 1
				                                                                     : 0.5));
		}
	}
}

/* The definition, by counts of pairs of each kind. */
static double
kendall_slowly(const double *x, const double *y, int n)
{
	int concordant = 0, discordant = 0, ties_x = 0, ties_y = 0, pairs = n * (n - 1) / 2;

	for (int i = 0; i < n; i++)
	{
		for (int j = i + 1; j < n; j++)
		{
			double product = (x[i] - x[j]) * (y[i] - y[j]);

			concordant += product > 0;
			discordant += product < 0;
			ties_x += x[i] == x[j];
			ties_y += y[i] == y[j];
		}
	}
	return (concordant - discordant) / sqrt((double) (pairs - ties_x) * (pairs - ties_y));
}

/* All patterns of ties and all orders of up to six pairs. */
static void
test_kendall(void **state)
{
	int defined = 0, undefined = 0;

	(void) state;
	for (int n = 2; n <= 6; n++)
	{
		int patterns = (int) pow(n, n);

		for (int a = 0; a < patterns; a++)
		{
			double x[6];
			bool sorted = true;

			for (int i = 0, rest = a; i < n; i++, rest /= n)
			{
				x[i] = rest % n;
				sorted = sorted && (i == 0 || (x[i] >= x[i - 1] && x[i] <= x[i - 1] + 1));
			}
			/* tau does not change when both are put in another order */
			if (!sorted || x[0] > 0)
				continue;
			for (int b = 0; b < patterns; b++)
			{
				double y[6], tau, expected;

				for (int i = 0, rest = b; i < n; i++, rest /= n)
					y[i] = rest % n;
				tau = kendall_tau(x, y, n);
				expected = kendall_slowly(x, y, n);
				if (isnan(expected))
				{
					assert_true(isnan(tau));
					undefined++;
				}
				else
				{
					assert_near(tau, expected, 1e-15);
					defined++;
				}
			}
		}
	}
	assert_true(defined > 1000000 && undefined > 10000);
	assert_true(isnan(kendall_tau((double[]){1}, (double[]){2}, 1)));
}

/* Holm: the greatest of (n - rank + 1) p over smaller p-values, at most 1. */
static void
holm_slowly(const double *p, int n, double *adjusted)
{
	for (int i = 0; i < n; i++)
	{
		adjusted[i] = 0;
		for (int j = 0; j < n; j++)
		{
			int smaller = 0;

			for (int k = 0; k < n; k++)
				smaller += p[k] < p[j];
			if (p[j] <= p[i])
				adjusted[i] = fmax(adjusted[i], fmin(1, p[j] * (n - smaller)));
		}
	}
}

/* Benjamini and Hochberg: the least of n / rank p over greater p-values, at most 1. */
static void
benjamini_hochberg_slowly(const double *p, int n, double *adjusted)
{
	for (int i = 0; i < n; i++)
	{
		adjusted[i] = 1;
		for (int j = 0; j < n; j++)
		{
			int not_greater = 0;

			for (int k = 0; k < n; k++)
				not_greater += p[k] <= p[j];
			if (p[j] >= p[i])
				adjusted[i] = fmin(adjusted[i], p[j] * n / not_greater);
		}
	}
}

static void
test_corrections(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 2000; round++)
	{
		double p[15], holm[15], bh[15], expected[15];
		int n = (int) case_between(&random, 1, 15);

		for (int i = 0; i < n; i++)
		{
			/* also equal ones, 0 and 1 */
			p[i] = round % 2 ? random_uniform(&random) * 0.3 : (double) case_between(&random, 0, 8) / 8;
			holm[i] = bh[i] = p[i];
		}
		adjust_holm(holm, n);
		holm_slowly(p, n, expected);
		for (int i = 0; i < n; i++)
			assert_near(holm[i], expected[i], 1e-15);
		adjust_benjamini_hochberg(bh, n);
		benjamini_hochberg_slowly(p, n, expected);
		for (int i = 0; i < n; i++)
			assert_near(bh[i], expected[i], 1e-15);
	}
}

/*
 * The fifteen p-values of Benjamini and Hochberg (1995, section 3.2): at 0.05
 * their procedure rejects four hypotheses, and Holm's three.
 */
static void
test_corrections_of_the_literature(void **state)
{
	static const double p[15] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
	                             0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
	double holm[15], bh[15];
	int rejected_holm = 0, rejected_bh = 0;

	(void) state;
	memcpy(holm, p, sizeof(p));
	memcpy(bh, p, sizeof(p));
	adjust_holm(holm, 15);
	adjust_benjamini_hochberg(bh, 15);
	for (int i = 0; i < 15; i++)
	{
		rejected_holm += holm[i] <= 0.05;
		rejected_bh += bh[i] <= 0.05;
	}
	assert_int_equal(rejected_bh, 4);
	assert_int_equal(rejected_holm, 3);
	assert_near(holm[2], 0.0019 * 13, 1e-15);
	assert_near(bh[3], 0.0095 * 15 / 4, 1e-15);
	/* of 0.0278 * 15 / 6, 0.0298 * 15 / 7 and 0.0344 * 15 / 8 the second is least */
	assert_near(bh[5], 0.0298 * 15 / 7, 1e-15);
}

static void
test_quantiles(void **state)
{
	double x[7] = {3, -1, 10, 4, 4, 0, 7};
	Random random;

	(void) state;
	sort_numbers(x, 7);
	for (int i = 1; i < 7; i++)
		assert_true(x[i - 1] <= x[i]);
	assert_near(quantile_sorted(x, 7, 0), -1, 0);
	assert_near(quantile_sorted(x, 7, 1), 10, 0);
	assert_near(quantile_sorted(x, 7, 0.5), 4, 0);
	assert_near(quantile_sorted(x, 7, 0.25), 1.5, 1e-15);  /* halfway between 0 and 3 */
	assert_near(quantile_sorted(x, 7, 0.05), -0.7, 1e-15); /* 0.3 of the way from -1 to 0 */
	assert_near(quantile_sorted(x, 7, 0.95), 9.1, 1e-14);  /* 0.7 of the way from 7 to 10 */
	assert_near(quantile_sorted(x, 1, 0.3), -1, 0);
	case_random(&random, 3);
	for (int round = 0; round < 1000; round++)
	{
		int n = (int) case_between(&random, 1, 7);
		double q = random_uniform(&random), value = quantile_sorted(x, n, q);

		/* of n numbers, q (n - 1) of the gaps are below */
		assert_true(value >= x[(int) floor(q * (n - 1))] && value <= x[(int) ceil(q * (n - 1))]);
	}
}

/* Sorted in runs and merges: lengths around multiples of a run. */
static void
test_long_sorts(void **state)
{
	static const int64_t lengths[] = {0, 1, 2, 65535, 65536, 65537, 131073, 200000};
	Random random;

	(void) state;
	case_random(&random, 9);
	for (int l = 0; l < 8; l++)
	{
		double *x = host_array(double, lengths[l] + 1);
		double sum = 0;

		x[lengths[l]] = -1;
		for (int64_t i = 0; i < lengths[l]; i++)
		{
			x[i] = (double) case_between(&random, 0, 100000);
			sum += x[i];
		}
		sort_numbers(x, lengths[l]);
		for (int64_t i = 0; i < lengths[l]; i++)
		{
			sum -= x[i];
			assert_true(i == 0 || x[i - 1] <= x[i]);
		}
		assert_true(sum == 0 && x[lengths[l]] == -1);
	}
}

/* Of two outcomes: nothing apart, and all of it. */
static void
test_divergence(void **state)
{
	(void) state;
	assert_true(divergence_part(0.3, 0.3) + divergence_part(0.7, 0.7) == 0);
	assert_true(divergence_part(1, 0) + divergence_part(0, 1) == 1);
	assert_true(divergence_part(0, 0) == 0);
	assert_true(fabs(divergence_part(0.5, 1) + divergence_part(0.5, 0) - 0.31127812445913283) < 1e-15);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_student),
		host_unit_test(test_student_closed_forms),
		host_unit_test(test_incomplete_beta),
		host_unit_test(test_welch),
		host_unit_test(test_welch_without_variance),
		host_unit_test(test_kendall),
		host_unit_test(test_corrections),
		host_unit_test(test_corrections_of_the_literature),
		host_unit_test(test_quantiles),
		host_unit_test(test_long_sorts),
		host_unit_test(test_divergence),
	};

	return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
