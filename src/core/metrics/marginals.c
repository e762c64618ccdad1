/*
 * marginals.c
 *	  How alike two sets of histories are item by item and user by user.
 *
 * All figures come from histograms of whole numbers (counts of items, lengths of
 * histories), so nothing is sorted.
 */
#include "metrics/marginals.h"

#include "host.h"
#include "math/statistics.h"

#include <math.h>

#define NUMBERS_PER_POLL (1 << 18)

/* cell[x] of the numbers are x, 0 <= x <= most. */
typedef struct Histogram
{
	int64_t most;
	int64_t *cell;
} Histogram;

static void
poll_at(int64_t n)
{
	if (n % NUMBERS_PER_POLL == 0)
		host_poll();
}

static int64_t
greatest(const int64_t *number, int64_t n)
{
	int64_t most = 0;

	for (int64_t i = 0; i < n; i++)
		most = number[i] > most ? number[i] : most;
	return most;
}

static Histogram
histogram(const int64_t *number, int64_t n)
{
	Histogram result = {greatest(number, n), NULL};

	host_reserve((n + result.most + 1) * 8, "counts of items");
	result.cell = host_array_zero(int64_t, result.most + 1);
	for (int64_t i = 0; i < n; i++)
	{
		poll_at(i);
		result.cell[number[i]]++;
	}
	return result;
}

static Histogram
length_histogram(const Histories *data)
{
	Histogram result = {histories_longest(data), NULL};

	host_reserve((result.most + 1) * 8, "lengths of histories");
	result.cell = host_array_zero(int64_t, result.most + 1);
	for (int64_t u = 0; u < data->users; u++)
	{
		poll_at(u);
		result.cell[histories_length(data, u)]++;
	}
	return result;
}

int64_t
marginals_item_counts(const Comparison *comparison, int64_t *count[2])
{
	const Histories *data[2] = {comparison->original, comparison->synthetic};
	int64_t *place[2];
	int64_t items = comparison_catalogue(comparison, place);

	for (int side = 0; side < 2; side++)
	{
		int64_t *own = histories_item_counts(data[side]);

		count[side] = host_array_zero(int64_t, items);
		for (int64_t i = 0; i < data[side]->items; i++)
			count[side][place[side][i]] = own[i];
		host_free(own);
		host_free(place[side]);
	}
	return items;
}

static double
divergence_of_shares(int64_t *const count[2], int64_t items, double total_original, double total_synthetic)
{
	double sum = 0;

	for (int64_t i = 0; i < items; i++)
	{
		poll_at(i);
		sum += divergence_part((double) count[0][i] / total_original, (double) count[1][i] / total_synthetic);
	}
	return sqrt(fmin(fmax(sum, 0), 1));
}

/* Per number, its average rank among the numbers that the histogram is of; allocated. */
static double *
average_ranks(const Histogram *histogram)
{
	double *rank = host_array(double, histogram->most + 1);
	int64_t below = 0;

	for (int64_t x = 0; x <= histogram->most; x++)
	{
		poll_at(x);
		rank[x] = (double) below + (double) (histogram->cell[x] + 1) / 2;
		below += histogram->cell[x];
	}
	return rank;
}

/* Spearman's correlation: Pearson's of average ranks (Kendall 1945, on ties). */
static double
rank_correlation(int64_t *const count[2], int64_t items)
{
	double sum[3] = {0}, mean = (double) (items + 1) / 2;
	double *rank[2];

	for (int side = 0; side < 2; side++)
	{
		Histogram counts = histogram(count[side], items);

		rank[side] = average_ranks(&counts);
		host_free(counts.cell);
	}
	for (int64_t i = 0; i < items; i++)
	{
		double x = rank[0][count[0][i]] - mean, y = rank[1][count[1][i]] - mean;

		poll_at(i);
		sum[0] += x * x;
		sum[1] += y * y;
		sum[2] += x * y;
	}
	host_free(rank[0]);
	host_free(rank[1]);
	return sum[0] > 0 && sum[1] > 0 ? sum[2] / sqrt(sum[0] * sum[1]) : NAN;
}

/* Both distances of two distributions of lengths, by their cumulative shares. */
static void
compare_lengths(const Histories *original, const Histories *synthetic, Marginals *result)
{
	Histogram a = length_histogram(original), b = length_histogram(synthetic);
	int64_t most = a.most > b.most ? a.most : b.most, below_a = 0, below_b = 0;

	result->activity_divergence = 0;
	result->activity_distance = 0;
	for (int64_t x = 0; x < most; x++)
	{
		double apart;

		poll_at(x);
		below_a += x <= a.most ? a.cell[x] : 0;
		below_b += x <= b.most ? b.cell[x] : 0;
		apart =
			fabs((double) below_a / (double) original->users - (double) below_b / (double) synthetic->users);
		result->activity_divergence = fmax(result->activity_divergence, apart);
		result->activity_distance += apart;
	}
	host_free(a.cell);
	host_free(b.cell);
}

/*
 * The greatest count of an item in the tail: items that are equally rare are in
 * it together, or not at all.  0 when there is no tail.
 */
static int64_t
tail_count(const Histogram *counts, int64_t interactions)
{
	double mass = 0;

	for (int64_t x = 1; x <= counts->most; x++)
	{
		poll_at(x);
		mass += (double) x * (double) counts->cell[x];
		if (mass > TAIL_SHARE * (double) interactions)
			return x - 1;
	}
	return counts->most;
}

static void
measure_coverage(int64_t *const count[2], const Histories *original, Marginals *result)
{
	Histogram counts = histogram(count[0], original->items);
	int64_t rare = tail_count(&counts, original->interactions);
	int64_t covered = 0, tail = 0, tail_covered = 0;

	for (int64_t i = 0; i < original->items; i++)
	{
		poll_at(i);
		covered += count[1][i] > 0;
		tail += count[0][i] <= rare;
		tail_covered += count[0][i] <= rare && count[1][i] > 0;
	}
	result->catalogue_coverage = (double) covered / (double) original->items;
	result->tail_coverage = tail > 0 ? (double) tail_covered / (double) tail : NAN;
	host_free(counts.cell);
}

void
marginals_compare(const Histories *original, const Histories *synthetic, Marginals *result)
{
	Comparison comparison;
	int64_t *count[2];
	int64_t items;

	host_reserve(comparison_bytes(original, synthetic) + (original->items + synthetic->items) * 32,
	             "a comparison of items");
	comparison_begin(original, synthetic, &comparison);
	items = marginals_item_counts(&comparison, count);
	result->popularity_divergence =
		divergence_of_shares(count, items, (double) original->interactions, (double) synthetic->interactions);
	result->popularity_correlation = rank_correlation(count, items);
	compare_lengths(original, synthetic, result);
	measure_coverage(count, original, result);
	host_free(count[0]);
	host_free(count[1]);
}

double
gini(const Histories *data)
{
	int64_t *count;
	Histogram counts;
	double n = (double) data->items, sum = 0, below = 0;

	if (data->users == 0)
		host_fail(HOST_NO_DATA, "the data holds no users", NULL, NULL);
	host_reserve(data->items * 8, "counts of items");
	count = histories_item_counts(data);
	counts = histogram(count, data->items);
	for (int64_t x = 0; x <= counts.most; x++)
	{
		double equal = (double) counts.cell[x];

		poll_at(x);
		/* the ranks of these items, summed, times what each has */
		sum += (double) x * (equal * below + equal * (equal + 1) / 2);
		below += equal;
	}
	host_free(count);
	host_free(counts.cell);
	return 2 * sum / (n * (double) data->interactions) - (n + 1) / n;
}

/* Numbers from 1 to most, about 8 % apart. */
static void
new_curve(int64_t most, MarginalCurve *curve)
{
	int64_t room = 64 + (int64_t) (log((double) most + 1) / log(1.08));

	curve->points = 0;
	curve->x = host_array(double, room);
	curve->y = host_array(double, room);
	for (int64_t x = 1; x <= most; x = x * 108 / 100 > x ? x * 108 / 100 : x + 1)
		curve->x[curve->points++] = (double) x;
}

void
popularity_curve(const Histories *data, MarginalCurve *curve)
{
	int64_t *count;
	Histogram counts;
	int64_t x, rank = 0;

	host_reserve(data->items * 8, "counts of items");
	count = histories_item_counts(data);
	counts = histogram(count, data->items);
	new_curve(data->items, curve);
	x = counts.most;
	for (int64_t p = 0; p < curve->points; p++)
	{
		/* down to the count of the item of this rank */
		while (rank + counts.cell[x] < (int64_t) curve->x[p])
		{
			poll_at(x);
			rank += counts.cell[x--];
		}
		curve->y[p] = (double) x / (double) data->users;
	}
	host_free(count);
	host_free(counts.cell);
}

void
activity_curve(const Histories *data, MarginalCurve *curve)
{
	Histogram lengths = length_histogram(data);
	int64_t x = 0, left = data->users, points = 0;

	new_curve(lengths.most, curve);
	for (int64_t p = 0; p < curve->points; p++)
	{
		for (; x < (int64_t) curve->x[p]; x++)
		{
			poll_at(x);
			left -= lengths.cell[x];
		}
		if (left < LEAST_IN_TAIL)
			break;
		curve->y[p] = (double) left / (double) data->users;
		points++;
	}
	curve->points = points;
	host_free(lengths.cell);
}
