/*
 * gram.c
 *	  Co-occurrence counts, a row of the matrix at a time.
 */
#include "recommenders/gram.h"

#include "host.h"
#include "math/parallel.h"

#include <string.h>

#define SHARD_ITEMS 1

typedef struct Task
{
	const Training *training;
	double *gram;
} Task;

static void
count_rows(void *argument, int64_t begin, int64_t end, int worker)
{
	Task *task = argument;
	const Training *t = task->training;

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		double *row = task->gram + i * t->data->items;

		memset(row, 0, (size_t) t->data->items * sizeof(double));
		for (int64_t l = t->start[i]; l < t->start[i + 1]; l++)
		{
			int64_t u = t->user[l];

			for (int64_t p = t->data->start[u]; p < t->data->start[u + 1]; p++)
				row[t->data->item[p]] += 1;
		}
	}
}

void
gram_matrix(const Training *training, double *gram)
{
	Task task = {.training = training, .gram = gram};

	parallel_for_stage("counting pairs of items", training->data->items, SHARD_ITEMS, count_rows, &task);
}
