/*
 * deanonymization.c
 *	  De-anonymization identifiability, exactly, by inverted lists.
 *
 * Synthetic users are numbered anew, shorter histories first, so that among
 * equals the first ones are wanted.  One pass over the inverted lists counts
 * the items in common with everybody; then passes over the counts, each some
 * thousand million numbers a second, find from which count on users are among
 * the neighbours; only those are looked at closely.
 */
#include "metrics/deanonymization.h"

#include "host.h"
#include "math/parallel.h"
#include "math/vectors.h"

#include <math.h>
#include <string.h>

/* Users per shard: some milliseconds for 100,000 x 100,000 users. */
#define SHARD_USERS 4

#define COUNT_BLOCK 32768

/* Renumbering looks for a cancel request once every so many entries. */
#define ENTRIES_PER_POLL (1 << 20)

/* A cell of the joint distribution below this counts as empty. */
#define EMPTY_CELL 1e-15

typedef struct Scratch
{
	uint16_t *common; /* per synthetic user: items in common */
	uint8_t *mine;    /* per synthetic item: the user in question has it */
} Scratch;

typedef struct Task
{
	Comparison comparison;
	int64_t neighbors;
	const uint32_t *by_length; /* synthetic users, shorter histories first */
	const int64_t *list_start; /* inverted lists of places in by_length */
	const uint32_t *list_place;
	const int64_t *original_weight;  /* per original user */
	const int64_t *synthetic_weight; /* per synthetic user */
	Scratch *scratch;                /* per worker */
	double *information;             /* per original user */
} Task;

static double
cell(double joint, double a, double b)
{
	return joint < EMPTY_CELL ? 0 : joint * log(joint / (a * b));
}

/* Mutual information of two binary variables, given their weights. */
static double
mutual_information(int64_t both, int64_t u, int64_t v, int64_t total)
{
	double p11 = (double) both / (double) total;
	double p10 = (double) (u - both) / (double) total;
	double p01 = (double) (v - both) / (double) total;
	double p00 = (double) (total - u - v + both) / (double) total;
	double p1 = (double) u / (double) total, p0 = (double) (total - u) / (double) total;
	double q1 = (double) v / (double) total, q0 = (double) (total - v) / (double) total;

	return cell(p11, p1, q1) + cell(p10, p1, q0) + cell(p01, p0, q1) + cell(p00, p0, q0);
}

/* Weight of the items of synthetic user v that are marked. */
static int64_t
common_weight(const Comparison *c, int64_t v, const uint8_t *mine)
{
	int64_t sum = 0;

	for (int64_t p = c->synthetic->start[v]; p < c->synthetic->start[v + 1]; p++)
	{
		if (mine[c->synthetic->item[p]])
			sum += c->synthetic_weight[c->synthetic->item[p]];
	}
	return sum;
}

/* How many numbers are at least "least". */
WIDE_VECTORS static int64_t
count_at_least(const uint16_t *number, int64_t n, uint16_t least)
{
	int64_t count = 0;

	/* so many that a sum of 16 bits cannot overflow */
	for (int64_t begin = 0; begin < n; begin += COUNT_BLOCK)
	{
		int64_t end = n - begin < COUNT_BLOCK ? n : begin + COUNT_BLOCK;
		uint16_t in_block = 0;

		for (int64_t i = begin; i < end; i++)
			in_block += number[i] >= least;
		count += in_block;
	}
	return count;
}

/* Sum of the information of the neighbours; common and mine are filled in. */
static double
sum_over_neighbors(const Task *task, Scratch *scratch, int64_t u, int64_t most_common)
{
	const Comparison *c = &task->comparison;
	int64_t users = c->synthetic->users;
	int64_t wanted = task->neighbors < users ? task->neighbors : users;
	int64_t least = 0; /* in common, to be a neighbour */
	int64_t more = 0;  /* users with more than that in common */
	int64_t at_least;  /* neighbours wanted with just so many */
	double sum = 0;

	/* the greatest number that enough users have at least in common */
	for (int64_t next = 1; next <= most_common; next++)
	{
		more = count_at_least(scratch->common, users, (uint16_t) next);
		if (more < wanted)
			break;
		least = next;
		more = 0;
	}
	at_least = wanted - more;

	for (int64_t place = 0, found = 0; found < wanted; place++)
	{
		int64_t v;

		if (scratch->common[place] < least || (scratch->common[place] == least && at_least == 0))
			continue;
		if (scratch->common[place] == least)
			at_least--;
		found++;
		v = task->by_length[place];
		sum += mutual_information(
			least == 0 && scratch->common[place] == 0 ? 0 : common_weight(c, v, scratch->mine),
			task->original_weight[u], task->synthetic_weight[v], c->total_weight);
	}
	return sum / (double) wanted;
}

static void
compare_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Task *task = argument;
	const Comparison *c = &task->comparison;
	Scratch *scratch = &task->scratch[worker];

	for (int64_t u = begin; u < end; u++)
	{
		int64_t most_common = 0;

		memset(scratch->common, 0, (size_t) c->synthetic->users * sizeof(uint16_t));
		for (int64_t p = c->original->start[u]; p < c->original->start[u + 1]; p++)
		{
			int64_t item = c->synthetic_item[c->original->item[p]];

			if (item < 0)
				continue;
			most_common++;
			scratch->mine[item] = 1;
			for (int64_t l = task->list_start[item]; l < task->list_start[item + 1]; l++)
				scratch->common[task->list_place[l]]++;
		}
		task->information[u] = sum_over_neighbors(task, scratch, u, most_common);
		for (int64_t p = c->original->start[u]; p < c->original->start[u + 1]; p++)
		{
			int64_t item = c->synthetic_item[c->original->item[p]];

			if (item >= 0)
				scratch->mine[item] = 0;
		}
	}
}

/* Users ordered by the length of their histories, then by number: counting sort. */
static uint32_t *
users_by_length(const Histories *data)
{
	int64_t longest = histories_longest(data);
	int64_t *next = host_array_zero(int64_t, longest + 2);
	uint32_t *order = host_array(uint32_t, data->users);

	for (int64_t u = 0; u < data->users; u++)
		next[histories_length(data, u) + 1]++;
	for (int64_t l = 1; l <= longest; l++)
		next[l + 1] += next[l];
	for (int64_t u = 0; u < data->users; u++)
		order[next[histories_length(data, u)]++] = (uint32_t) u;
	host_free(next);
	return order;
}

/* Replaces the users in inverted lists by their places in an order. */
static void
renumber(uint32_t *user, int64_t count, const uint32_t *order, int64_t users)
{
	uint32_t *place = host_array(uint32_t, users);

	for (int64_t i = 0; i < users; i++)
		place[order[i]] = (uint32_t) i;
	for (int64_t l = 0; l < count; l++)
	{
		if (l % ENTRIES_PER_POLL == 0)
			host_poll();
		user[l] = place[user[l]];
	}
	host_free(place);
}

double *
deanonymization_by_user(const Histories *original, const Histories *synthetic, int64_t neighbors)
{
	Task task = {.neighbors = neighbors};
	int workers = parallel_workers(original->users, SHARD_USERS);
	int64_t longest = histories_longest(original);
	int64_t *list_start;
	uint32_t *list_place;

	if (neighbors < 1)
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("neighbors must be at least 1, not %lld", (long long) neighbors), NULL, NULL);
	if (longest > UINT16_MAX)
		host_fail(HOST_TOO_LARGE,
		          host_format("a history of %lld items is too long to compare", (long long) longest), NULL,
		          "Shorten histories with truncate_histories().");
	host_reserve(comparison_bytes(original, synthetic) + synthetic->interactions * 4 + original->users * 16 +
	                 synthetic->users * 16 + synthetic->items * 16 +
	                 workers * (synthetic->users * 2 + synthetic->items),
	             "de-anonymization");
	comparison_begin(original, synthetic, &task.comparison);
	task.by_length = users_by_length(synthetic);
	histories_invert(synthetic, &list_start, &list_place);
	renumber(list_place, synthetic->interactions, task.by_length, synthetic->users);
	task.list_start = list_start;
	task.list_place = list_place;
	task.original_weight = history_weights(original, task.comparison.original_weight);
	task.synthetic_weight = history_weights(synthetic, task.comparison.synthetic_weight);
	task.information = host_array(double, original->users);
	task.scratch = host_array(Scratch, workers);
	for (int i = 0; i < workers; i++)
	{
		task.scratch[i].common = host_array(uint16_t, synthetic->users);
		task.scratch[i].mine = host_array_zero(uint8_t, synthetic->items);
	}
	parallel_for_stage("de-anonymization", workers, original->users, SHARD_USERS, compare_users, &task);
	return task.information;
}
