/*
 * membership.c
 *	  Membership identifiability, exactly, by inverted lists.
 *
 * With W(v) the weight of all of v's items, d^2(u, v) = W(u) + W(v) - 2 W(both).
 * W(u) is the same for everyone compared with u, so it is left out: the row of
 * the others starts as a copy of their W, and for each item of u the lists say
 * whose entry falls by 2 w.  What is left is compared.
 */
#include "metrics/membership.h"

#include "host.h"
#include "math/parallel.h"
#include "math/vectors.h"

#include <string.h>

/* Users per shard: some milliseconds for 100,000 x 100,000 users. */
#define SHARD_USERS 4

/* One side of the comparison: who has an item, and everyone's total weight. */
typedef struct Crowd
{
	int64_t users;
	int64_t *weight; /* users: W */
	int64_t *start;  /* items + 1 */
	uint32_t *user;  /* users of the items */
} Crowd;

typedef struct Task
{
	Comparison comparison;
	Crowd originals;
	Crowd synthetics;
	int64_t **row;     /* per worker: the larger of both sides' users */
	int64_t *closer;   /* original users */
	int64_t *distance; /* original users */
} Task;

WIDE_VECTORS static int64_t
count_below(const int64_t *row, int64_t n, int64_t limit)
{
	int64_t count = 0;

	for (int64_t i = 0; i < n; i++)
		count += row[i] < limit;
	return count;
}

static inline void
subtract(int64_t *row, const Crowd *crowd, int64_t item, int64_t amount)
{
	const uint32_t *user = crowd->user;

	for (int64_t p = crowd->start[item]; p < crowd->start[item + 1]; p++)
		row[user[p]] -= amount;
}

static void
compare_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Task *task = argument;
	const Histories *original = task->comparison.original;
	const int64_t *synthetic_item = task->comparison.synthetic_item;
	const int64_t *weight = task->comparison.original_weight;
	int64_t *row = task->row[worker];

	for (int64_t u = begin; u < end; u++)
	{
		const uint32_t *item = original->item + original->start[u];
		int64_t length = histories_length(original, u);
		int64_t nearest;

		memcpy(row, task->synthetics.weight, (size_t) task->synthetics.users * sizeof(int64_t));
		for (int64_t k = 0; k < length; k++)
		{
			if (synthetic_item[item[k]] >= 0)
				subtract(row, &task->synthetics, synthetic_item[item[k]], 2 * weight[item[k]]);
		}
		nearest = least_number(row, task->synthetics.users);

		memcpy(row, task->originals.weight, (size_t) task->originals.users * sizeof(int64_t));
		for (int64_t k = 0; k < length; k++)
			subtract(row, &task->originals, item[k], 2 * weight[item[k]]);
		row[u] = INT64_MAX; /* not u itself */
		task->closer[u] = count_below(row, task->originals.users, nearest);
		task->distance[u] = task->originals.weight[u] + nearest;
	}
}

static void
gather(Crowd *crowd, const Histories *data, const int64_t *item_weights)
{
	crowd->users = data->users;
	crowd->weight = history_weights(data, item_weights);
	histories_invert(data, &crowd->start, &crowd->user);
}

void
membership_closer(const Histories *original, const Histories *synthetic, int64_t **closer, int64_t **distance)
{
	Task task;
	int64_t most_users = original->users > synthetic->users ? original->users : synthetic->users;
	int workers = parallel_workers(original->users, SHARD_USERS);

	host_reserve(comparison_bytes(original, synthetic) +
	                 (original->interactions + synthetic->interactions) * 4 +
	                 (original->users + synthetic->users) * 8 + original->users * 16 +
	                 (original->items + synthetic->items) * 16 + workers * most_users * 8,
	             "membership");
	comparison_begin(original, synthetic, &task.comparison);
	gather(&task.originals, original, task.comparison.original_weight);
	gather(&task.synthetics, synthetic, task.comparison.synthetic_weight);
	task.row = host_array(int64_t *, workers);
	for (int i = 0; i < workers; i++)
		task.row[i] = host_array(int64_t, most_users);
	task.closer = host_array(int64_t, original->users);
	task.distance = host_array(int64_t, original->users);

	parallel_for_stage("membership", workers, original->users, SHARD_USERS, compare_users, &task);
	*closer = task.closer;
	*distance = task.distance;
}

double
membership_share(const int64_t *closer, int64_t users, int64_t k)
{
	return (double) count_below(closer, users, k) / (double) users;
}
