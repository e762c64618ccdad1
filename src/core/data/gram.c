/*
 * gram.c
 *	  Co-occurrence counts, a row of the matrix at a time.
 */
#include "data/gram.h"

#include "host.h"
#include "math/parallel.h"

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

		for (int64_t l = task->start[i]; l < task->start[i + 1]; l++)
		{
			int64_t u = task->user[l];

			for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
				row[data->item[p]] += 1;
		}
	}
}

void
gram_count(const Histories *data, double *gram)
{
	Task task = {.data = data, .gram = gram};
	int64_t *start;
	uint32_t *user;

	histories_invert(data, &start, &user);
	task.start = start;
	task.user = user;
	parallel_for(data->items, SHARD_ITEMS, count_rows, &task);
	host_free(start);
	host_free(user);
}

double *
gram_matrix(const Histories *data, const char *operation)
{
	double *gram;

	host_reserve(data->items * (data->items + 512) * (int64_t) sizeof(double) + data->interactions * 4 +
	                 data->items * 16,
	             operation);
	gram = host_array_zero(double, data->items * data->items);
	gram_count(data, gram);
	return gram;
}
