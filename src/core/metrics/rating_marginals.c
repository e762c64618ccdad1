/*
 * rating_marginals.c
 *	  How alike the ratings of two sets of histories are.
 */
#include "metrics/rating_marginals.h"

#include "host.h"
#include "math/statistics.h"

#include <math.h>
#include <string.h>

#define NUMBERS_PER_POLL (1 << 18)

/* Numbers, ascending. */
typedef struct Sorted
{
	int64_t count;
	double *number;
} Sorted;

static void
poll_at(int64_t n)
{
	if (n % NUMBERS_PER_POLL == 0)
		host_poll();
}

static Sorted
sorted_ratings(const Histories *data)
{
	Sorted all = {data->interactions, host_array(double, data->interactions)};

	for (int64_t p = 0; p < data->interactions; p++)
	{
		poll_at(p);
		all.number[p] = data->rating[p];
	}
	sort_numbers(all.number, all.count);
	return all;
}

static Sorted
sorted_user_means(const Histories *data)
{
	Sorted means = {data->users, host_array(double, data->users)};

	for (int64_t u = 0; u < data->users; u++)
	{
		double sum = 0;

		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			poll_at(p);
			sum += data->rating[p];
		}
		means.number[u] = sum / (double) histories_length(data, u);
	}
	sort_numbers(means.number, means.count);
	return means;
}

static Sorted
sorted_item_means(const Histories *data)
{
	Sorted means = {data->items, host_array_zero(double, data->items)};
	int64_t *count = histories_item_counts(data);

	for (int64_t p = 0; p < data->interactions; p++)
	{
		poll_at(p);
		means.number[data->item[p]] += data->rating[p];
	}
	for (int64_t i = 0; i < data->items; i++)
		means.number[i] /= (double) count[i];
	sort_numbers(means.number, means.count);
	host_free(count);
	return means;
}

/* How many numbers from "at" on equal x. */
static int64_t
count_equal(const Sorted *sorted, int64_t at, double x)
{
	int64_t n = at;

	while (n < sorted->count && sorted->number[n] == x)
	{
		poll_at(n);
		n++;
	}
	return n - at;
}

/*
 * Goes through the numbers of both in ascending order: the total variation, and
 * the integral of the difference of the cumulative shares, which is the
 * Wasserstein-1 distance.
 */
static void
compare_sorted(const Sorted *a, const Sorted *b, double *variation, double *distance)
{
	int64_t at_a = 0, at_b = 0;
	double last = 0;

	*variation = 0;
	*distance = 0;
	while (at_a < a->count || at_b < b->count)
	{
		double x = at_b == b->count || (at_a < a->count && a->number[at_a] < b->number[at_b])
		               ? a->number[at_a]
		               : b->number[at_b];
		double apart = fabs((double) at_a / (double) a->count - (double) at_b / (double) b->count);
		int64_t equal_a = count_equal(a, at_a, x), equal_b = count_equal(b, at_b, x);

		poll_at(at_a + at_b);
		if (at_a + at_b > 0)
			*distance += apart * (x - last);
		*variation += fabs((double) equal_a / (double) a->count - (double) equal_b / (double) b->count) / 2;
		at_a += equal_a;
		at_b += equal_b;
		last = x;
	}
}

void
rating_marginals_compare(const Histories *original, const Histories *synthetic, RatingMarginals *result)
{
	const Histories *side[2] = {original, synthetic};
	Sorted all[2], users[2], items[2];
	double ignored;
	void *scope;

	if (original->users == 0 || synthetic->users == 0)
		host_fail(HOST_NO_DATA,
		          host_format("the %s data holds no users", original->users == 0 ? "original" : "synthetic"),
		          NULL, NULL);
	host_reserve((original->interactions + synthetic->interactions) * 24, "a comparison of ratings");
	scope = host_open_scope();
	for (int s = 0; s < 2; s++)
	{
		all[s] = sorted_ratings(side[s]);
		users[s] = sorted_user_means(side[s]);
		items[s] = sorted_item_means(side[s]);
	}
	compare_sorted(&all[0], &all[1], &result->divergence, &ignored);
	compare_sorted(&users[0], &users[1], &ignored, &result->user_distance);
	compare_sorted(&items[0], &items[1], &ignored, &result->item_distance);
	host_close_scope(scope);
}
