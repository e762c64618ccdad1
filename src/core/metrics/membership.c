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

#include <math.h>
#include <string.h>

/* Users per shard: some milliseconds for 100,000 x 100,000 users. */
#define SHARD_USERS 4

/* Sums of weights stay below 2^62: ln 2 is the least divisor. */
#define MAX_LENGTH ((INT64_C(1) << 62) / INT64_C(1586259972972) / 4)

/* The loops over a row compare 64-bit integers, which needs more than SSE2. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WIDE_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE_VECTORS
#endif

/* One side of the comparison: who has an item, and everyone's total weight. */
typedef struct Crowd
{
	int64_t		users;
	int64_t    *weight;			/* users: W */
	int64_t    *start;			/* items + 1 */
	uint32_t   *user;			/* users of the items */
} Crowd;

typedef struct Task
{
	const Histories *original;
	const int64_t *item_weight; /* original items */
	const int64_t *synthetic_item;	/* original item -> synthetic item or -1 */
	Crowd		originals;
	Crowd		synthetics;
	int64_t   **row;			/* per worker: the larger of both sides' users */
	int64_t    *closer;			/* original users */
	int64_t    *distance;		/* original users */
} Task;

int64_t
item_weight(int64_t frequency)
{
	return llround(0x1p40 / log1p((double) (frequency > 1 ? frequency : 1)));
}

WIDE_VECTORS static int64_t
least(const int64_t *row, int64_t n)
{
	int64_t		value = INT64_MAX;

	for (int64_t i = 0; i < n; i++)
		value = row[i] < value ? row[i] : value;
	return value;
}

WIDE_VECTORS static int64_t
count_below(const int64_t *row, int64_t n, int64_t limit)
{
	int64_t		count = 0;

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
	Task	   *task = argument;
	const Histories *original = task->original;
	int64_t    *row = task->row[worker];

	for (int64_t u = begin; u < end; u++)
	{
		const uint32_t *item = original->item + original->start[u];
		int64_t		length = histories_length(original, u);
		int64_t		nearest;

		memcpy(row, task->synthetics.weight, (size_t) task->synthetics.users * sizeof(int64_t));
		for (int64_t k = 0; k < length; k++)
		{
			if (task->synthetic_item[item[k]] >= 0)
				subtract(row, &task->synthetics, task->synthetic_item[item[k]],
						 2 * task->item_weight[item[k]]);
		}
		nearest = least(row, task->synthetics.users);

		memcpy(row, task->originals.weight, (size_t) task->originals.users * sizeof(int64_t));
		for (int64_t k = 0; k < length; k++)
			subtract(row, &task->originals, item[k], 2 * task->item_weight[item[k]]);
		row[u] = INT64_MAX;		/* not u itself */
		task->closer[u] = count_below(row, task->originals.users, nearest);
		task->distance[u] = task->originals.weight[u] + nearest;
	}
}

/* Builds one side; weight_of_item has data->items entries. */
static void
gather(Crowd *crowd, const Histories *data, const int64_t *weight_of_item)
{
	crowd->users = data->users;
	crowd->weight = host_array_zero(int64_t, data->users);
	for (int64_t u = 0; u < data->users; u++)
	{
		if (histories_length(data, u) > MAX_LENGTH)
			host_fail(HOST_TOO_LARGE,
					  host_format("a history of %lld items is too long to compare",
								  (long long) histories_length(data, u)),
					  NULL, "Shorten histories with truncate_histories().");
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
			crowd->weight[u] += weight_of_item[data->item[p]];
	}
	histories_invert(data, &crowd->start, &crowd->user);
}

static void
require_users(const Histories *data, const char *which)
{
	if (data->users == 0)
		host_fail(HOST_NO_DATA, host_format("the %s data holds no users", which), NULL, NULL);
}

void
membership_closer(const Histories *original, const Histories *synthetic,
				  int64_t **closer, int64_t **distance)
{
	Task		task = {.original = original};
	int64_t    *frequency,
			   *original_weight,
			   *synthetic_weight,
			   *synthetic_item,
			   *original_item;
	int64_t		common,
				most_users;
	int			workers = parallel_workers(original->users, SHARD_USERS);

	require_users(original, "original");
	require_users(synthetic, "synthetic");
	keys_require_same_kind(&original->item_keys, &synthetic->item_keys, "item");
	most_users = original->users > synthetic->users ? original->users : synthetic->users;
	host_reserve((original->interactions + synthetic->interactions) * 4
				 + (original->users + synthetic->users) * 8 + original->users * 16
				 + (original->items + synthetic->items) * 40
				 + workers * most_users * 8, "membership");

	original_item = keys_align(&original->item_keys, &synthetic->item_keys, &common);
	if (common == 0)
		host_fail(HOST_NO_DATA, "the original and the synthetic data have no item in common",
				  "A comparison of such sets would say nothing about privacy.",
				  "Check that both sets name items by the same keys.");
	frequency = histories_item_counts(original);
	original_weight = host_array(int64_t, original->items);
	synthetic_item = host_array(int64_t, original->items);
	for (int64_t i = 0; i < original->items; i++)
	{
		original_weight[i] = item_weight(frequency[i]);
		synthetic_item[i] = -1;
	}
	synthetic_weight = host_array(int64_t, synthetic->items);
	for (int64_t j = 0; j < synthetic->items; j++)
	{
		synthetic_weight[j] = original_item[j] < 0 ? item_weight(0) : original_weight[original_item[j]];
		if (original_item[j] >= 0)
			synthetic_item[original_item[j]] = j;
	}

	task.item_weight = original_weight;
	task.synthetic_item = synthetic_item;
	gather(&task.originals, original, original_weight);
	gather(&task.synthetics, synthetic, synthetic_weight);
	task.row = host_array(int64_t *, workers);
	for (int i = 0; i < workers; i++)
		task.row[i] = host_array(int64_t, most_users);
	task.closer = host_array(int64_t, original->users);
	task.distance = host_array(int64_t, original->users);

	parallel_for(original->users, SHARD_USERS, compare_users, &task);
	*closer = task.closer;
	*distance = task.distance;
}

double
membership_share(const int64_t *closer, int64_t users, int64_t k)
{
	return (double) count_below(closer, users, k) / (double) users;
}
