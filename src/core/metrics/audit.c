/*
 * audit.c
 *	  Distances between synthetic users and two sets of real ones.
 *
 * The three sets are put over one catalogue.  As in membership.c, with W(v) the
 * weight of all of v's items, d^2(u, v) = W(u) + W(v) - 2 W(both), and the users
 * who have an item are found by inverted lists.
 */
#include "metrics/audit.h"

#include "data/select.h"
#include "host.h"
#include "math/parallel.h"
#include "math/statistics.h"
#include "metrics/comparison.h"

#include <math.h>
#include <string.h>

#define SHARD_USERS 4
#define USERS_PER_POLL 4096
#define SETS 3
#define NO_ITEM UINT32_MAX
#define NORMAL_95 1.959963984540054

/* A set over the common catalogue. */
typedef struct Crowd
{
	const Histories *data;
	uint32_t *place; /* per item of data: its number in the catalogue */
	uint32_t *item;  /* per item of the catalogue: its number in data, or NO_ITEM */
	int64_t *weight; /* per user: of all of her items */
	int64_t *start;  /* inverted lists of data */
	uint32_t *user;
} Crowd;

typedef struct Task
{
	const Crowd *from;
	const Crowd *to;
	const int64_t *item_weight; /* per item of the catalogue */
	int64_t **row;              /* per worker: users of "to" */
	int64_t *nearest;           /* per user of "from": squared distance, in units of weight */
	int64_t *second;            /* to the nearest but one; the nearest when there is one user */
} Task;

static void
find_nearest(void *argument, int64_t begin, int64_t end, int worker)
{
	Task *task = argument;
	const Histories *data = task->from->data;
	int64_t others = task->to->data->users;
	int64_t *row = task->row[worker];

	for (int64_t u = begin; u < end; u++)
	{
		int64_t place = 0;

		memcpy(row, task->to->weight, (size_t) others * sizeof(int64_t));
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			uint32_t common = task->from->place[data->item[p]];
			uint32_t item = task->to->item[common];

			if (item == NO_ITEM)
				continue;
			for (int64_t l = task->to->start[item]; l < task->to->start[item + 1]; l++)
				row[task->to->user[l]] -= 2 * task->item_weight[common];
		}
		task->nearest[u] = least_number(row, others);
		while (row[place] != task->nearest[u])
			place++;
		row[place] = INT64_MAX;
		task->second[u] = others > 1 ? least_number(row, others) : task->nearest[u];
		task->nearest[u] += task->from->weight[u];
		task->second[u] += task->from->weight[u];
	}
}

/* Fills in what a crowd needs beside its data and their places. */
static void
gather(Crowd *crowd, int64_t catalogue, const int64_t *item_weight)
{
	const Histories *data = crowd->data;

	crowd->item = host_array(uint32_t, catalogue);
	for (int64_t i = 0; i < catalogue; i++)
		crowd->item[i] = NO_ITEM;
	for (int64_t i = 0; i < data->items; i++)
		crowd->item[crowd->place[i]] = (uint32_t) i;
	crowd->weight = host_array_zero(int64_t, data->users);
	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
			crowd->weight[u] += item_weight[crowd->place[data->item[p]]];
	}
	histories_invert(data, &crowd->start, &crowd->user);
}

static void
require_users(const Histories *data, const char *which)
{
	if (data->users == 0)
		host_fail(HOST_NO_DATA, host_format("%s holds no users", which), NULL, NULL);
	comparison_require_short(data);
}

static void
require_sets(const Histories *members, const Histories *outsiders, const Histories *synthetic)
{
	require_users(members, "the training data");
	require_users(outsiders, "the holdout");
	require_users(synthetic, "the synthetic data");
}

/*
 * Puts members, outsiders and synthetic users over one catalogue whose items
 * weigh what the frequency among members and outsiders says; gives back the
 * weights.
 */
static int64_t *
common_catalogue(const Histories *members, const Histories *outsiders, const Histories *synthetic,
                 Crowd crowd[SETS])
{
	Keys keys[SETS] = {members->item_keys, outsiders->item_keys, synthetic->item_keys};
	uint32_t *place[SETS];
	int64_t *frequency;
	Keys all;

	keys_require_same_kind(&keys[0], &keys[1], "item");
	keys_require_same_kind(&keys[0], &keys[2], "item");
	all = keys_union(keys, SETS, place);
	crowd[0].data = members;
	crowd[1].data = outsiders;
	crowd[2].data = synthetic;
	frequency = host_array_zero(int64_t, all.count);
	for (int s = 0; s < 2; s++)
	{
		int64_t *count = histories_item_counts(crowd[s].data);

		for (int64_t i = 0; i < crowd[s].data->items; i++)
			frequency[place[s][i]] += count[i];
		host_free(count);
	}
	for (int64_t i = 0; i < all.count; i++)
		frequency[i] = item_weight(frequency[i]);
	for (int s = 0; s < SETS; s++)
	{
		crowd[s].place = place[s];
		gather(&crowd[s], all.count, frequency);
	}
	return frequency;
}

/* Distances from every user of one crowd to the nearest two of another. */
static void
nearest_two(const Crowd *from, const Crowd *to, const int64_t *item_weight, int64_t **nearest,
            int64_t **second)
{
	Task task = {.from = from, .to = to, .item_weight = item_weight};
	int workers = parallel_workers(from->data->users, SHARD_USERS);

	task.row = host_array(int64_t *, workers);
	for (int w = 0; w < workers; w++)
		task.row[w] = host_array(int64_t, to->data->users);
	*nearest = task.nearest = host_array(int64_t, from->data->users);
	*second = task.second = host_array(int64_t, from->data->users);
	parallel_for(workers, from->data->users, SHARD_USERS, find_nearest, &task);
	for (int w = 0; w < workers; w++)
		host_free(task.row[w]);
	host_free(task.row);
}

/* For the catalogue and the lists, what the caller keeps of users, and a row of so many users per worker. */
static void
reserve(const Histories *members, const Histories *outsiders, const Histories *synthetic, int64_t user_bytes,
        int64_t row_users)
{
	int64_t items = members->items + outsiders->items + synthetic->items;
	int64_t interactions = members->interactions + outsiders->interactions + synthetic->interactions;

	host_reserve(interactions * 4 + items * 60 + user_bytes + host_threads() * row_users * 8,
	             "comparing users with a holdout");
}

/* How many of n ascending numbers are below x, and how many equal to it. */
static int64_t
count_below(const double *sorted, int64_t n, double x, int64_t *equal)
{
	int64_t bound[2];

	for (int side = 0; side < 2; side++)
	{
		int64_t low = 0, high = n;

		while (low < high)
		{
			int64_t middle = low + (high - low) / 2;

			if (sorted[middle] < x || (side == 1 && sorted[middle] == x))
				low = middle + 1;
			else
				high = middle;
		}
		bound[side] = low;
	}
	*equal = bound[1] - bound[0];
	return bound[0];
}

static double *
sorted_copy(const double *x, int64_t n)
{
	double *copy = host_array(double, n);

	memcpy(copy, x, (size_t) n * sizeof(double));
	sort_numbers(copy, n);
	return copy;
}

/*
 * Variance of the mean of "placements": for each x, the share of sorted numbers
 * below it, ties one half.  The mean comes in *mean.
 */
static double
placement_variance(const double *x, int64_t nx, const double *sorted, int64_t n, double *mean)
{
	double sum = 0, squares = 0;

	for (int64_t i = 0; i < nx; i++)
	{
		int64_t equal;
		double below = (double) count_below(sorted, n, x[i], &equal);
		double placement = (below + (double) equal / 2) / (double) n;

		if (i % USERS_PER_POLL == 0)
			host_poll();
		sum += placement;
		squares += placement * placement;
	}
	*mean = sum / (double) nx;
	return nx > 1 ? fmax(0, squares - sum * *mean) / (double) (nx - 1) / (double) nx : 0;
}

void
audit_roc(const double *score, int64_t members, int64_t outsiders, MembershipAudit *audit)
{
	double *inside = sorted_copy(score, members);
	double *outside = sorted_copy(score + members, outsiders);
	double complement, variance;

	audit->members = members;
	audit->outsiders = outsiders;
	variance = placement_variance(inside, members, outside, outsiders, &audit->auc);
	variance += placement_variance(outside, outsiders, inside, members, &complement);
	audit->auc_low = fmax(0, audit->auc - NORMAL_95 * sqrt(variance));
	audit->auc_high = fmin(1, audit->auc + NORMAL_95 * sqrt(variance));
	audit->advantage = 0;
	for (int64_t i = 0; i < members; i++)
	{
		int64_t equal_in, equal_out;
		int64_t below_in = count_below(inside, members, inside[i], &equal_in);
		int64_t below_out = count_below(outside, outsiders, inside[i], &equal_out);

		if (i % USERS_PER_POLL == 0)
			host_poll();
		/* everybody with this score or more is taken for a member */
		audit->advantage = fmax(audit->advantage, (double) below_out / (double) outsiders -
		                                              (double) below_in / (double) members);
	}
	host_free(inside);
	host_free(outside);
}

void
audit_membership(const Histories *members, const Histories *outsiders, const Histories *synthetic,
                 MembershipAudit *audit, double **score)
{
	Crowd crowd[SETS];
	int64_t *item_weight;

	require_sets(members, outsiders, synthetic);
	reserve(members, outsiders, synthetic, (members->users + outsiders->users) * 48 + synthetic->users * 8,
	        synthetic->users);
	item_weight = common_catalogue(members, outsiders, synthetic, crowd);
	*score = host_array(double, members->users + outsiders->users);
	for (int s = 0; s < 2; s++)
	{
		int64_t *nearest, *second;
		double *place = *score + (s == 0 ? 0 : members->users);

		nearest_two(&crowd[s], &crowd[2], item_weight, &nearest, &second);
		for (int64_t u = 0; u < crowd[s].data->users; u++)
			place[u] = -(double) nearest[u];
		host_free(nearest);
		host_free(second);
	}
	audit_roc(*score, members->users, outsiders->users, audit);
}

double
audit_true_positives(const MembershipAudit *audit, const double *score, double rate)
{
	int64_t members = audit->members, outsiders = audit->outsiders;
	double *inside, *outside;
	double threshold, passing, positives;
	int64_t pass, equal, below, equal_in;

	if ((double) outsiders * rate < 10)
		return NAN;
	inside = sorted_copy(score, members);
	outside = sorted_copy(score + members, outsiders);
	pass = (int64_t) (rate * (double) outsiders);
	threshold = outside[outsiders - pass];
	below = count_below(outside, outsiders, threshold, &equal);
	passing = (double) (pass - (outsiders - below - equal)) / (double) equal;
	below = count_below(inside, members, threshold, &equal_in);
	positives = (double) (members - below - equal_in) + passing * (double) equal_in;
	host_free(inside);
	host_free(outside);
	return positives / (double) members;
}

/* A sample of users as a view; all of them when there are no more. */
static void
sample(const Histories *data, int64_t users, uint64_t seed, Histories *result)
{
	if (users >= data->users)
		*result = *data;
	else
	{
		void *value = select_sample_users(data, users, seed);

		histories_view(value, histories_bytes(value), result);
	}
}

void
audit_closest(const Histories *members, const Histories *outsiders, const Histories *synthetic, uint64_t seed,
              ClosestRecords *closest)
{
	int64_t users = members->users < outsiders->users ? members->users : outsiders->users;
	int64_t *nearest[2], *second[2];
	int64_t counts[3] = {0}; /* nearer to members, to outsiders, tied */
	Histories real[2];
	Crowd crowd[SETS];
	int64_t *item_weight;

	require_sets(members, outsiders, synthetic);
	reserve(members, outsiders, synthetic, users * 2 * 8 + synthetic->users * 80, users);
	sample(members, users, seed, &real[0]);
	sample(outsiders, users, seed, &real[1]);
	item_weight = common_catalogue(&real[0], &real[1], synthetic, crowd);
	closest->synthetic = synthetic->users;
	for (int s = 0; s < 2; s++)
	{
		int64_t identical = 0;

		nearest_two(&crowd[2], &crowd[s], item_weight, &nearest[s], &second[s]);
		closest->distance[s] = host_array(double, synthetic->users);
		closest->ratio[s] = host_array(double, synthetic->users);
		for (int64_t v = 0; v < synthetic->users; v++)
		{
			closest->distance[s][v] = sqrt((double) nearest[s][v] * WEIGHT_UNIT);
			closest->ratio[s][v] =
				second[s][v] > 0 ? sqrt((double) nearest[s][v] / (double) second[s][v]) : 1;
			identical += nearest[s][v] == 0;
		}
		closest->identical[s] = (double) identical / (double) synthetic->users;
		sort_numbers(closest->distance[s], synthetic->users);
		sort_numbers(closest->ratio[s], synthetic->users);
	}
	for (int64_t v = 0; v < synthetic->users; v++)
		counts[nearest[0][v] < nearest[1][v] ? 0 : nearest[0][v] > nearest[1][v] ? 1 : 2]++;
	closest->closer[0] = (double) counts[0] / (double) synthetic->users;
	closest->closer[1] = (double) counts[1] / (double) synthetic->users;
	closest->tied = (double) counts[2] / (double) synthetic->users;
}
