/*
 * statistics.c
 *	  Tests and correlations.
 */
#include "math/statistics.h"

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* So many numbers are sorted in some milliseconds. */
#define SORTED_AT_ONCE (1 << 16)

/* Continued fraction of the incomplete beta function; converges for x < (a + 1) / (a + b + 2). */
static double
beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1;
	double d = 1 - (a + b) * x / (a + 1);
	double value;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	value = d;
	for (int m = 1; m <= 10000; m++)
	{
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		value *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		step = d * c;
		value *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return value;
}

/* ln Gamma(x), x > 0; lgamma() writes to a global. */
static double
log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

double
incomplete_beta(double a, double b, double x)
{
	double front;

	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double
student_greater(double t, double freedom)
{
	double tail;

	if (isinf(t))
		return t > 0 ? 0 : 1;
	tail = incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2;
	return t >= 0 ? tail : 1 - tail;
}

/*
 * The mean, and the variance of the mean in *spread.  Sums are of distances
 * from the first number, so that equal numbers have a variance of just 0.
 */
static double
mean_of(const double *x, int64_t n, double *spread)
{
	double sum = 0, squares = 0;

	for (int64_t i = 0; i < n; i++)
		sum += x[i] - x[0];
	for (int64_t i = 0; i < n; i++)
		squares += (x[i] - x[0] - sum / (double) n) * (x[i] - x[0] - sum / (double) n);
	*spread = squares / (double) (n - 1) / (double) n;
	return x[0] + sum / (double) n;
}

double
welch_greater(const double *x, int64_t nx, const double *y, int64_t ny)
{
	double spread_x, spread_y, freedom;
	double difference = mean_of(x, nx, &spread_x) - mean_of(y, ny, &spread_y);
	double spread = spread_x + spread_y;

	if (spread == 0)
		return difference > 0 ? 0 : difference < 0 ? 1 : 0.5;
	freedom =
		spread * spread / (spread_x * spread_x / (double) (nx - 1) + spread_y * spread_y / (double) (ny - 1));
	return student_greater(difference / sqrt(spread), freedom);
}

double
kendall_tau(const double *x, const double *y, int64_t n)
{
	int64_t agree = 0, differ_x = 0, differ_y = 0;

	for (int64_t i = 0; i < n; i++)
	{
		for (int64_t j = 0; j < i; j++)
		{
			int sign_x = (x[i] > x[j]) - (x[i] < x[j]);
			int sign_y = (y[i] > y[j]) - (y[i] < y[j]);

			agree += sign_x * sign_y;
			differ_x += sign_x != 0;
			differ_y += sign_y != 0;
		}
	}
	if (differ_x == 0 || differ_y == 0)
		return NAN;
	return (double) agree / sqrt((double) differ_x * (double) differ_y);
}

double
divergence_part(double p, double q)
{
	double mean = (p + q) / 2, sum = 0;

	if (p > 0)
		sum += p * log2(p / mean);
	if (q > 0)
		sum += q * log2(q / mean);
	return sum / 2;
}

static int
compare_numbers(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

/* Merges two ascending neighbours, from[low .. middle - 1] and from[middle .. high - 1]. */
static void
merge_numbers(const double *from, double *to, int64_t low, int64_t middle, int64_t high)
{
	int64_t a = low, b = middle;

	for (int64_t out = low; out < high; out++)
	{
		if (out % SORTED_AT_ONCE == 0)
			host_poll();
		to[out] = b < high && (a == middle || from[b] < from[a]) ? from[b++] : from[a++];
	}
}

/* Runs that are sorted fast enough, then merges, between which a cancel is seen. */
void
sort_numbers(double *x, int64_t n)
{
	double *from = x, *to;

	for (int64_t low = 0; low < n; low += SORTED_AT_ONCE)
	{
		host_poll();
		qsort(x + low, (size_t) (n - low < SORTED_AT_ONCE ? n - low : SORTED_AT_ONCE), sizeof(double),
		      compare_numbers);
	}
	if (n <= SORTED_AT_ONCE)
		return;
	to = host_array(double, n);
	for (int64_t width = SORTED_AT_ONCE; width < n; width *= 2)
	{
		double *swap = from;

		for (int64_t low = 0; low < n; low += 2 * width)
			merge_numbers(from, to, low, low + width < n ? low + width : n,
			              low + 2 * width < n ? low + 2 * width : n);
		from = to;
		to = swap;
	}
	if (from != x)
		memcpy(x, from, (size_t) n * sizeof(double));
	host_free(from == x ? to : from);
}

typedef struct Placed
{
	double p;
	int64_t place;
} Placed;

static int
compare_placed(const void *a, const void *b)
{
	const Placed *x = a, *y = b;

	return x->p != y->p ? (x->p > y->p) - (x->p < y->p) : (x->place > y->place) - (x->place < y->place);
}

/* The p-values in ascending order. */
static Placed *
sorted_values(const double *p, int64_t n)
{
	Placed *sorted = host_array(Placed, n);

	for (int64_t i = 0; i < n; i++)
		sorted[i] = (Placed){p[i], i};
	qsort(sorted, (size_t) n, sizeof(Placed), compare_placed);
	return sorted;
}

void
adjust_holm(double *p, int64_t n)
{
	Placed *sorted = sorted_values(p, n);
	double greatest = 0;

	for (int64_t i = 0; i < n; i++)
	{
		greatest = fmax(greatest, fmin(1, sorted[i].p * (double) (n - i)));
		p[sorted[i].place] = greatest;
	}
	host_free(sorted);
}

void
adjust_benjamini_hochberg(double *p, int64_t n)
{
	Placed *sorted = sorted_values(p, n);
	double least = 1;

	for (int64_t i = n - 1; i >= 0; i--)
	{
		least = fmin(least, sorted[i].p * (double) n / (double) (i + 1));
		p[sorted[i].place] = least;
	}
	host_free(sorted);
}

double
quantile_sorted(const double *x, int64_t n, double q)
{
	double at = q * (double) (n - 1);
	int64_t below = (int64_t) at;

	if (below >= n - 1)
		return x[n - 1];
	return x[below] + (at - (double) below) * (x[below + 1] - x[below]);
}
