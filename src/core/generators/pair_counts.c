/*
 * pair_counts.c
 *	  Counting pairs of items, a row at a time: first their lengths, then their
 *	  contents.
 */
#include "generators/pair_counts.h"

#include "host.h"
#include "math/parallel.h"

#include <string.h>

typedef struct Counting
{
	const Histories *data;
	int64_t *list_start; /* users of items */
	uint32_t *list_user;
	uint32_t least; /* users a pair needs */
	const bool *wanted;
	uint32_t **count;  /* per worker: per item */
	PairCounts *pairs; /* item is NULL in the first round */
} Counting;

static void
count_rows(void *argument, int64_t begin, int64_t end, int worker)
{
	Counting *c = argument;
	const Histories *data = c->data;
	uint32_t *count = c->count[worker];

	for (int64_t i = begin; i < end; i++)
	{
		int64_t found = 0;

		if (c->wanted != NULL && !c->wanted[i])
		{
			if (c->pairs->item == NULL)
				c->pairs->start[i + 1] = 0;
			continue;
		}
		memset(count, 0, (size_t) data->items * sizeof(uint32_t));
		for (int64_t l = c->list_start[i]; l < c->list_start[i + 1]; l++)
		{
			int64_t u = c->list_user[l];

			for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
				count[data->item[p]]++;
		}
		for (int64_t j = 0; j < data->items; j++)
		{
			if (count[j] < c->least || j == i || (c->wanted != NULL && !c->wanted[j]))
				continue;
			if (c->pairs->item != NULL)
			{
				c->pairs->item[c->pairs->start[i] + found] = (uint32_t) j;
				c->pairs->users[c->pairs->start[i] + found] = count[j];
			}
			found++;
		}
		if (c->pairs->item == NULL)
			c->pairs->start[i + 1] = found;
	}
}

/* A round over all rows. */
static void
count_pairs(const char *stage, const Histories *data, int64_t least, const bool *wanted, PairCounts *pairs)
{
	Counting c = {.data = data, .least = (uint32_t) least, .wanted = wanted, .pairs = pairs};
	int workers = parallel_workers(data->items, 1);

	histories_invert(data, &c.list_start, &c.list_user);
	c.count = host_array(uint32_t *, workers);
	for (int i = 0; i < workers; i++)
		c.count[i] = host_array(uint32_t, data->items);
	parallel_for_stage(stage, workers, data->items, 1, count_rows, &c);
	for (int i = 0; i < workers; i++)
		host_free(c.count[i]);
	host_free(c.count);
	host_free(c.list_start);
	host_free(c.list_user);
}

int64_t
pair_counts_bytes(const Histories *data)
{
	return data->interactions * 4 + data->items * (16 + 4 * (int64_t) parallel_workers(data->items, 1));
}

void
pair_counts_begin(const Histories *data, int64_t least, const bool *wanted, PairCounts *counts)
{
	*counts = (PairCounts){host_array(int64_t, data->items + 1), NULL, NULL};
	counts->start[0] = 0;
	count_pairs("counting pairs", data, least, wanted, counts);
	for (int64_t i = 0; i < data->items; i++)
		counts->start[i + 1] += counts->start[i];
}

void
pair_counts_fill(const Histories *data, int64_t least, const bool *wanted, PairCounts *counts)
{
	counts->item = host_array(uint32_t, counts->start[data->items]);
	counts->users = host_array(uint32_t, counts->start[data->items]);
	count_pairs("collecting pairs", data, least, wanted, counts);
}
