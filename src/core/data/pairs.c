/*
 * pairs.c
 *	  How many users have both of two items, a row of the matrix at a time.
 */
#include "data/pairs.h"

#include "host.h"
#include "math/parallel.h"

#include <string.h>

#define SHARD_ITEMS 1

typedef struct Task
{
	const Histories *data;
	const int64_t *start; /* inverted lists */
	const uint32_t *user;
	double *gram;
} Task;

static void
count_rows(void *argument, int64_t begin, int64_t end, int worker)
{
	Task *task = argument;
	const Histories *data = task->data;

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		double *row = task->gram + i * data->items;

		/* here, not while allocating: a large matrix takes long to clear */
		memset(row, 0, (size_t) data->items * sizeof(double));
		for (int64_t l = task->start[i]; l < task->start[i + 1]; l++)
		{
			int64_t u = task->user[l];

			for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
				row[data->item[p]] += 1;
		}
	}
}

void
pairs_gram(const Histories *data, const int64_t *start, const uint32_t *user, double *gram)
{
	Task task = {.data = data, .start = start, .user = user, .gram = gram};

	parallel_for_stage("counting pairs of items", ANY_WORKERS, data->items, SHARD_ITEMS, count_rows, &task);
}

double *
pairs_count(const Histories *data)
{
	double *pairs = host_array(double, data->items * data->items);
	int64_t *start;
	uint32_t *user;

	histories_invert(data, &start, &user);
	pairs_gram(data, start, user, pairs);
	for (int64_t i = 0; i < data->items; i++)
		pairs[i * data->items + i] = 0;
	host_free(start);
	host_free(user);
	return pairs;
}
