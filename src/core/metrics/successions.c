/*
 * successions.c
 *	  What follows what, in sequences.
 */
#include "metrics/successions.h"

#include "host.h"

#include <math.h>

#define ENTRIES_PER_POLL (1 << 16)

/* The successors of each item: next[start[i]] ... next[start[i + 1] - 1], in sparse rows. */
typedef struct Successors
{
	int64_t *start; /* items + 1 */
	int64_t *next;  /* numbers among the items of both sides */
	int64_t count;
} Successors;

static Successors
find_successors(const Histories *data, const int64_t *place, int64_t items)
{
	Successors found = {host_array_zero(int64_t, items + 2), NULL, data->interactions - data->users};
	int64_t *start = found.start + 1;

	found.next = host_array(int64_t, found.count);
	for (int pass = 0; pass < 2; pass++)
	{
		for (int64_t u = 0; u < data->users; u++)
		{
			if (u % 4096 == 0)
				host_poll();
			for (int64_t p = data->start[u] + 1; p < data->start[u + 1]; p++)
			{
				int64_t from = place[data->item[p - 1]];

				if (p % ENTRIES_PER_POLL == 0)
					host_poll();
				if (pass == 0)
					start[from + 1]++;
				else
					found.next[start[from]++] = place[data->item[p]];
			}
		}
		/* after the second pass each entry is where the next row begins: found.start is then right */
		for (int64_t i = 0; pass == 0 && i < items; i++)
			start[i + 1] += start[i];
	}
	return found;
}

/* The two rows of an item, compared; counts are zeros before and after. */
typedef struct Rows
{
	int64_t length[2];
	double distance;     /* total variation; 1 when the synthetic row is empty */
	int64_t unsupported; /* synthetic ones that no original user made */
} Rows;

static void
add_row(const Successors *successors, int64_t item, int64_t *count, int64_t sign)
{
	for (int64_t s = successors->start[item]; s < successors->start[item + 1]; s++)
	{
		if (s % ENTRIES_PER_POLL == 0)
			host_poll();
		count[successors->next[s]] += sign;
	}
}

/*
 * Total variation is the sum of what the original row has more: each occurrence
 * of an item in that row adds its part of the item's difference.
 */
static Rows
compare_rows(const Successors side[2], int64_t item, int64_t *count[2])
{
	const int64_t *a = side[0].next + side[0].start[item], *b = side[1].next + side[1].start[item];
	Rows rows = {{0, 0}, 0, 0};

	for (int s = 0; s < 2; s++)
	{
		rows.length[s] = side[s].start[item + 1] - side[s].start[item];
		add_row(&side[s], item, count[s], 1);
	}
	for (int64_t n = 0; n < rows.length[0]; n++)
	{
		double in_original = (double) count[0][a[n]] / (double) rows.length[0];
		double in_synthetic = rows.length[1] > 0 ? (double) count[1][a[n]] / (double) rows.length[1] : 0;

		if (n % ENTRIES_PER_POLL == 0)
			host_poll();
		rows.distance += fmax(in_original - in_synthetic, 0) / (double) count[0][a[n]];
	}
	for (int64_t n = 0; n < rows.length[1]; n++)
	{
		if (n % ENTRIES_PER_POLL == 0)
			host_poll();
		rows.unsupported += count[0][b[n]] == 0;
	}
	for (int s = 0; s < 2; s++)
		add_row(&side[s], item, count[s], -1);
	return rows;
}

void
transitions_compare(const Histories *original, const Histories *synthetic, Transitions *result)
{
	Comparison comparison;
	Successors side[2];
	int64_t *place[2], *count[2];
	int64_t items, unsupported = 0, departures = 0;
	double sum = 0;
	void *scope;

	host_reserve(comparison_bytes(original, synthetic) +
	                 (original->interactions + synthetic->interactions) * 8 +
	                 (original->items + synthetic->items) * 48,
	             "transitions");
	scope = host_open_scope();
	comparison_begin(original, synthetic, &comparison);
	items = comparison_catalogue(&comparison, place);
	side[0] = find_successors(original, place[0], items);
	side[1] = find_successors(synthetic, place[1], items);
	count[0] = host_array_zero(int64_t, items);
	count[1] = host_array_zero(int64_t, items);
	for (int64_t i = 0; i < items; i++)
	{
		Rows rows;

		host_poll();
		rows = compare_rows(side, i, count);
		unsupported += rows.unsupported;
		if (rows.length[0] < LEAST_DEPARTURES)
			continue;
		departures += rows.length[0];
		sum += (double) rows.length[0] * rows.distance;
	}
	host_close_scope(scope);
	result->distance = departures > 0 && side[1].count > 0 ? sum / (double) departures : NAN;
	result->unsupported = side[1].count > 0 ? (double) unsupported / (double) side[1].count : NAN;
}

/* Adds the autocorrelations of one series to sum, and 1 to series, per lag. */
static void
add_series(const double *x, int64_t length, double *sum, int64_t *series)
{
	double mean = 0, spread = 0;
	int64_t lags = length / 4 < MOST_LAGS ? length / 4 : MOST_LAGS;

	for (int64_t t = 0; t < length; t++)
		mean += x[t] / (double) length;
	for (int64_t t = 0; t < length; t++)
		spread += (x[t] - mean) * (x[t] - mean);
	/* constant but for rounding */
	if (!(spread > 1e-18 * (double) length * (1 + mean * mean)))
		return;
	for (int64_t k = 1; k <= lags; k++)
	{
		double products = 0;

		for (int64_t t = 0; t + k < length; t++)
			products += (x[t] - mean) * (x[t + k] - mean);
		sum[k - 1] += products / spread;
		series[k - 1]++;
	}
}

void
autocorrelation(const Histories *data, double *value)
{
	int64_t series[MOST_LAGS] = {0};
	int64_t *count;
	double *x;

	host_reserve(data->items * 8 + histories_longest(data) * 8, "autocorrelation");
	count = histories_item_counts(data);
	x = host_array(double, histories_longest(data));
	for (int k = 0; k < MOST_LAGS; k++)
		value[k] = 0;
	for (int64_t u = 0; u < data->users; u++)
	{
		host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
			x[p - data->start[u]] = log((double) count[data->item[p]]);
		add_series(x, histories_length(data, u), value, series);
	}
	for (int k = 0; k < MOST_LAGS; k++)
		value[k] = series[k] >= LEAST_SERIES ? value[k] / (double) series[k] : NAN;
	host_free(count);
	host_free(x);
}

double
autocorrelation_distance(const Histories *original, const Histories *synthetic)
{
	double a[MOST_LAGS], b[MOST_LAGS], sum = 0;
	int lags = 0;

	autocorrelation(original, a);
	autocorrelation(synthetic, b);
	for (int k = 0; k < MOST_LAGS; k++)
	{
		if (isnan(a[k]) || isnan(b[k]))
			continue;
		sum += (a[k] - b[k]) * (a[k] - b[k]);
		lags++;
	}
	return lags > 0 ? sqrt(sum / lags) : NAN;
}
