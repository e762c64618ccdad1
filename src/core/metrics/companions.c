/*
 * companions.c
 *	  Which items users have together.
 *
 * A row of both matrices is counted by inverted lists, compared, and cleared by
 * the items that it touched.  Rows are added up in their order, so the sum does
 * not depend on threads.
 */
#include "metrics/companions.h"

#include "host.h"
#include "math/parallel.h"

#include <math.h>
#include <string.h>

#define SHARD_ITEMS 1

/* One side, over the items of both. */
typedef struct Side
{
	const Histories *data;
	const int64_t *place; /* per item of data: its number among the items of both */
	int64_t *own;         /* per item of both: its number in data, or -1 */
	int64_t *start;       /* inverted lists */
	uint32_t *user;
} Side;

typedef struct Scratch
{
	uint32_t *count[2]; /* per item of both: users who have it beside the row's item */
	uint32_t *touched;  /* items whose counts are not 0 */
} Scratch;

typedef struct Task
{
	Side side[2];
	Scratch *scratch; /* per worker */
	double *apart;    /* per item of both: the squared differences of its row, summed */
	double *length;   /* likewise, the squares of the original row */
} Task;

/* Counts who is in the row of an item; gives back how many items are touched by then. */
static int64_t
count_row(const Side *side, int64_t item, uint32_t *count, const uint32_t *other, uint32_t *touched,
          int64_t touched_count)
{
	const Histories *data = side->data;
	int64_t own = side->own[item];

	if (own < 0)
		return touched_count;
	for (int64_t l = side->start[own]; l < side->start[own + 1]; l++)
	{
		int64_t u = side->user[l];

		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			int64_t place = side->place[data->item[p]];

			if (place == item)
				continue;
			if (count[place] == 0 && other[place] == 0)
				touched[touched_count++] = (uint32_t) place;
			count[place]++;
		}
	}
	return touched_count;
}

static void
compare_rows(void *argument, int64_t begin, int64_t end, int worker)
{
	Task *task = argument;
	Scratch *scratch = &task->scratch[worker];
	uint32_t *a = scratch->count[0], *b = scratch->count[1];
	double users_a = (double) task->side[0].data->users, users_b = (double) task->side[1].data->users;

	for (int64_t i = begin; i < end; i++)
	{
		int64_t touched = count_row(&task->side[0], i, a, b, scratch->touched, 0);

		touched = count_row(&task->side[1], i, b, a, scratch->touched, touched);
		task->apart[i] = 0;
		task->length[i] = 0;
		for (int64_t t = 0; t < touched; t++)
		{
			int64_t j = scratch->touched[t];
			double share = (double) a[j] / users_a, difference = share - (double) b[j] / users_b;

			task->apart[i] += difference * difference;
			task->length[i] += share * share;
			a[j] = 0;
			b[j] = 0;
		}
	}
}

static void
open_side(Side *side, const Histories *data, const int64_t *place, int64_t items)
{
	side->data = data;
	side->place = place;
	side->own = host_array(int64_t, items);
	for (int64_t i = 0; i < items; i++)
		side->own[i] = -1;
	for (int64_t i = 0; i < data->items; i++)
		side->own[place[i]] = i;
	histories_invert(data, &side->start, &side->user);
}

double
cooccurrence_distance(const Histories *original, const Histories *synthetic)
{
	int64_t most = original->items + synthetic->items;
	int workers = parallel_workers(most, SHARD_ITEMS);
	Comparison comparison;
	Task task;
	int64_t *place[2];
	int64_t items;
	double apart = 0, length = 0;
	void *scope;

	host_reserve(comparison_bytes(original, synthetic) +
	                 (original->interactions + synthetic->interactions) * 4 +
	                 most * (int64_t) (64 + workers * 12),
	             "co-occurrence");
	scope = host_open_scope();
	comparison_begin(original, synthetic, &comparison);
	items = comparison_catalogue(&comparison, place);
	open_side(&task.side[0], original, place[0], items);
	open_side(&task.side[1], synthetic, place[1], items);
	task.scratch = host_array(Scratch, workers);
	for (int w = 0; w < workers; w++)
		task.scratch[w] = (Scratch){{host_array_zero(uint32_t, items), host_array_zero(uint32_t, items)},
		                            host_array(uint32_t, items)};
	task.apart = host_array(double, items);
	task.length = host_array(double, items);
	parallel_for_stage("co-occurrence", workers, items, SHARD_ITEMS, compare_rows, &task);
	for (int64_t i = 0; i < items; i++)
	{
		apart += task.apart[i];
		length += task.length[i];
	}
	host_close_scope(scope);
	return length > 0 ? sqrt(apart / length) : NAN;
}
