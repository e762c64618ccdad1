/*
 * comparison.c
 *	  One catalogue and the weights of its items.
 */
#include "metrics/comparison.h"

#include "host.h"
#include "math/vectors.h"

#include <math.h>

/* Weights of two histories together stay below 2^63: ln 2 is the least divisor. */
#define MAX_LENGTH ((INT64_C(1) << 62) / INT64_C(1586259972972) / 4)

int64_t
item_weight(int64_t frequency)
{
	return llround(0x1p40 / log1p((double) (frequency > 1 ? frequency : 1)));
}

void
comparison_require_short(const Histories *data)
{
	for (int64_t u = 0; u < data->users; u++)
	{
		if (histories_length(data, u) > MAX_LENGTH)
			host_fail(HOST_TOO_LARGE,
			          host_format("a history of %lld items is too long to compare",
			                      (long long) histories_length(data, u)),
			          NULL, "Shorten histories with truncate_histories().");
	}
}

static void
require_users(const Histories *data, const char *which)
{
	if (data->users == 0)
		host_fail(HOST_NO_DATA, host_format("the %s data holds no users", which), NULL, NULL);
	comparison_require_short(data);
}

int64_t
comparison_bytes(const Histories *original, const Histories *synthetic)
{
	return (original->items + synthetic->items) * 24;
}

void
comparison_begin(const Histories *original, const Histories *synthetic, Comparison *c)
{
	int64_t *frequency;
	int64_t common;

	require_users(original, "original");
	require_users(synthetic, "synthetic");
	if (original->items + synthetic->items > INT64_MAX / item_weight(0))
		host_fail(HOST_TOO_LARGE,
		          host_format("a catalogue of %lld items is too large to compare",
		                      (long long) (original->items + synthetic->items)),
		          NULL, "Drop rare items with filter_histories().");
	keys_require_same_kind(&original->item_keys, &synthetic->item_keys, "item");
	c->original = original;
	c->synthetic = synthetic;
	c->original_item = keys_align(&original->item_keys, &synthetic->item_keys, &common);
	if (common == 0)
		host_fail(HOST_NO_DATA, "the original and the synthetic data have no item in common",
		          "A comparison of such sets would say nothing.",
		          "Check that both sets name items by the same keys.");

	frequency = histories_item_counts(original);
	c->total_weight = 0;
	c->original_weight = host_array(int64_t, original->items);
	c->synthetic_item = host_array(int64_t, original->items);
	for (int64_t i = 0; i < original->items; i++)
	{
		c->original_weight[i] = item_weight(frequency[i]);
		c->synthetic_item[i] = -1;
		c->total_weight += c->original_weight[i];
	}
	host_free(frequency);
	c->synthetic_weight = host_array(int64_t, synthetic->items);
	for (int64_t j = 0; j < synthetic->items; j++)
	{
		int64_t i = c->original_item[j];

		if (i >= 0)
		{
			c->synthetic_item[i] = j;
			c->synthetic_weight[j] = c->original_weight[i];
		}
		else
		{
			c->synthetic_weight[j] = item_weight(0);
			c->total_weight += c->synthetic_weight[j];
		}
	}
}

int64_t
comparison_catalogue(const Comparison *comparison, int64_t *place[2])
{
	int64_t items = comparison->original->items;

	place[0] = host_array(int64_t, items);
	for (int64_t i = 0; i < items; i++)
		place[0][i] = i;
	place[1] = host_array(int64_t, comparison->synthetic->items);
	for (int64_t j = 0; j < comparison->synthetic->items; j++)
		place[1][j] = comparison->original_item[j] >= 0 ? comparison->original_item[j] : items++;
	return items;
}

int64_t *
history_weights(const Histories *data, const int64_t *weight)
{
	int64_t *sum = host_array_zero(int64_t, data->users);

	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % 4096 == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
			sum[u] += weight[data->item[p]];
	}
	return sum;
}

WIDE_VECTORS int64_t
least_number(const int64_t *number, int64_t n)
{
	int64_t value = INT64_MAX;

	for (int64_t i = 0; i < n; i++)
		value = number[i] < value ? number[i] : value;
	return value;
}
