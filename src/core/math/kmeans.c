/*
 * kmeans.c
 *	  k-means over sparse binary vectors.
 *
 * Centroids are kept as integers, the number of a cluster's users that have an
 * item, one row of clusters per item: sums of integers do not depend on the
 * order or the number of threads, and adding up a user's rows is a loop over
 * neighbouring numbers.  For the rounds the rows are divided into floats, padded
 * to whole vectors.
 */
#include "math/kmeans.h"

#include "host.h"
#include "math/parallel.h"
#include "math/random.h"
#include "math/vectors.h"

#include <math.h>
#include <string.h>

#define SHARD_USERS 64
#define SHARD_ITEMS 64

/* Clusters are padded to a multiple of this. */
#define LANES 16

/* A start ends when the inertia falls by less than this share of itself. */
#define TOLERANCE 1e-4

typedef struct Work
{
	const Histories *data;
	int64_t clusters;
	int64_t padded;       /* clusters, rounded up to LANES */
	uint32_t *cluster;    /* per user */
	uint32_t *item_users; /* items x clusters */
	int64_t *users;       /* per cluster */
	float *gain;          /* items x padded: 2 x the centroid's entry */
	float *norm;          /* padded: |centroid|^2; huge for the padding */
	float *distance;      /* per user: to the nearest centroid, squared, less |x|^2 */
	float **sums;         /* per worker: padded */
	uint32_t *nearest;    /* per user: where she belongs after this round */
} Work;

/* Index of the least of norm - sum of the items' rows. */
WIDE_VECTORS static int64_t
nearest(const float *gain, int64_t padded, const float *norm, const uint32_t *item, int64_t items, float *sum,
        float *distance)
{
	int64_t best = 0;

	memcpy(sum, norm, (size_t) padded * sizeof(float));
	for (int64_t k = 0; k < items; k++)
	{
		const float *row = gain + item[k] * padded;

		for (int64_t c = 0; c < padded; c++)
			sum[c] -= row[c];
	}
	for (int64_t c = 1; c < padded; c++)
	{
		if (sum[c] < sum[best])
			best = c;
	}
	*distance = sum[best];
	return best;
}

static void
assign_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;

	for (int64_t u = begin; u < end; u++)
		w->nearest[u] = (uint32_t) nearest(w->gain, w->padded, w->norm, w->data->item + w->data->start[u],
		                                   histories_length(w->data, u), w->sums[worker], &w->distance[u]);
}

/* Centroids of some items, from the counts. */
static void
divide_items(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		for (int64_t c = 0; c < w->clusters; c++)
			w->gain[i * w->padded + c] =
				w->users[c] == 0 ? 0 : 2 * (float) w->item_users[i * w->clusters + c] / (float) w->users[c];
	}
}

/* Counts the clusters' users and items. */
static void
count_clusters(Work *w)
{
	memset(w->users, 0, (size_t) w->clusters * sizeof(int64_t));
	memset(w->item_users, 0, (size_t) (w->data->items * w->clusters) * sizeof(uint32_t));
	for (int64_t u = 0; u < w->data->users; u++)
	{
		uint32_t c = w->cluster[u];

		if (u % 4096 == 0)
			host_poll();
		w->users[c]++;
		for (int64_t p = w->data->start[u]; p < w->data->start[u + 1]; p++)
			w->item_users[w->data->item[p] * w->clusters + c]++;
	}
}

/* Moves a user to another cluster. */
static void
move_user(Work *w, int64_t u, uint32_t to)
{
	uint32_t from = w->cluster[u];

	w->cluster[u] = to;
	w->users[from]--;
	w->users[to]++;
	for (int64_t p = w->data->start[u]; p < w->data->start[u + 1]; p++)
	{
		w->item_users[w->data->item[p] * w->clusters + from]--;
		w->item_users[w->data->item[p] * w->clusters + to]++;
	}
}

/* Moves everybody to the nearest cluster; gives back how many have moved. */
static int64_t
move_users(Work *w)
{
	int64_t moved = 0;

	for (int64_t u = 0; u < w->data->users; u++)
	{
		if (u % 4096 == 0)
			host_poll();
		if (w->nearest[u] == w->cluster[u])
			continue;
		move_user(w, u, w->nearest[u]);
		moved++;
	}
	return moved;
}

/*
 * Inertia from the counts, and the centroids' squared norms on the way: within
 * a cluster, sum |x - m|^2 = sum |x|^2 - users * |m|^2, and sum |x|^2 over all
 * users is the number of interactions.
 */
static double
inertia_and_norms(Work *w)
{
	double *squares = host_array_zero(double, w->clusters);
	double inertia = (double) w->data->interactions;

	for (int64_t i = 0; i < w->data->items; i++)
	{
		if (i % 4096 == 0)
			host_poll();
		for (int64_t c = 0; c < w->clusters; c++)
		{
			double count = w->item_users[i * w->clusters + c];

			squares[c] += count * count;
		}
	}
	for (int64_t c = 0; c < w->padded; c++)
	{
		w->norm[c] = 1e30f;
		if (c < w->clusters && w->users[c] > 0)
		{
			inertia -= squares[c] / (double) w->users[c];
			w->norm[c] = (float) (squares[c] / ((double) w->users[c] * (double) w->users[c]));
		}
	}
	host_free(squares);
	return inertia;
}

/* Items that the user has in common with a marked set. */
static int64_t
common_items(const Histories *data, int64_t user, const char *marked)
{
	int64_t common = 0;

	for (int64_t p = data->start[user]; p < data->start[user + 1]; p++)
		common += marked[data->item[p]];
	return common;
}

/*
 * k-means++: centres are users, each drawn with probability proportional to the
 * squared distance (an integer) from the nearest centre so far.  Users are
 * assigned to their nearest centre on the way.
 */
static void
choose_centres(Work *w, Random *random)
{
	const Histories *data = w->data;
	int64_t *distance = host_array(int64_t, data->users);
	char *marked = host_array_zero(char, data->items);
	int64_t centre = (int64_t) random_below(random, (uint64_t) data->users);

	for (int64_t u = 0; u < data->users; u++)
		distance[u] = INT64_MAX;
	for (int64_t c = 0; c < w->clusters; c++)
	{
		int64_t total = 0;

		for (int64_t p = data->start[centre]; p < data->start[centre + 1]; p++)
			marked[data->item[p]] = 1;
		for (int64_t u = 0; u < data->users; u++)
		{
			int64_t d = histories_length(data, u) + histories_length(data, centre) -
			            2 * common_items(data, u, marked);

			if (u % 4096 == 0)
				host_poll();
			if (d < distance[u] || u == centre)
			{
				distance[u] = d;
				w->cluster[u] = (uint32_t) c;
			}
			total += distance[u];
		}
		for (int64_t p = data->start[centre]; p < data->start[centre + 1]; p++)
			marked[data->item[p]] = 0;

		/* with nothing but copies of centres left, the others stay empty for now */
		if (total > 0)
		{
			int64_t drawn = (int64_t) random_below(random, (uint64_t) total);

			for (centre = 0; drawn >= distance[centre]; centre++)
				drawn -= distance[centre];
		}
	}
	host_free(distance);
	host_free(marked);
}

/* Gives each empty cluster the user farthest from her centroid. */
static void
fill_empty_clusters(Work *w)
{
	for (int64_t c = 0; c < w->clusters; c++)
	{
		int64_t farthest = -1;
		float most = -1;

		if (w->users[c] > 0)
			continue;
		for (int64_t u = 0; u < w->data->users; u++)
		{
			float d = w->distance[u] + (float) histories_length(w->data, u);

			if (w->users[w->cluster[u]] > 1 && d > most)
			{
				most = d;
				farthest = u;
			}
		}
		if (farthest < 0)
			break;
		move_user(w, farthest, (uint32_t) c);
		w->distance[farthest] = -(float) histories_length(w->data, farthest);
	}
}

/* One start; gives back the inertia. */
static double
lloyd(Work *w, int64_t rounds, Random *random, int64_t *done)
{
	double inertia;

	choose_centres(w, random);
	memset(w->distance, 0, (size_t) w->data->users * sizeof(float));
	count_clusters(w);
	fill_empty_clusters(w);
	inertia = inertia_and_norms(w);
	for (*done = 0; *done < rounds;)
	{
		double before = inertia;

		parallel_for(w->data->items, SHARD_ITEMS, divide_items, w);
		parallel_for(w->data->users, SHARD_USERS, assign_users, w);
		(*done)++;
		if (move_users(w) == 0)
			break;
		fill_empty_clusters(w);
		inertia = inertia_and_norms(w);
		if (before - inertia <= TOLERANCE * before)
			break;
	}
	return inertia;
}

void
kmeans(const Histories *data, int64_t clusters, int64_t starts, int64_t rounds, uint64_t seed, Kmeans *result)
{
	Work w = {.data = data, .clusters = clusters};
	int workers = parallel_workers(data->users, SHARD_USERS);

	w.padded = (clusters + LANES - 1) / LANES * LANES;
	host_reserve(data->items * (w.padded * 4 + clusters * 8) + data->users * 16 + data->items, "k-means");
	w.cluster = host_array(uint32_t, data->users);
	w.item_users = host_array(uint32_t, data->items * clusters);
	w.users = host_array(int64_t, clusters);
	w.gain = host_array_zero(float, data->items *w.padded);
	w.norm = host_array(float, w.padded);
	w.distance = host_array(float, data->users);
	w.nearest = host_array(uint32_t, data->users);
	w.sums = host_array(float *, workers);
	for (int i = 0; i < workers; i++)
		w.sums[i] = host_array(float, w.padded);

	result->clusters = clusters;
	result->cluster = host_array(uint32_t, data->users);
	result->inertia = INFINITY;
	for (int64_t s = 0; s < starts; s++)
	{
		Random random;
		int64_t done;
		double inertia;

		random_open(&random, seed, RANDOM_KMEANS, (uint64_t) s);
		inertia = lloyd(&w, rounds, &random, &done);
		if (inertia < result->inertia)
		{
			result->inertia = inertia;
			result->rounds = done;
			memcpy(result->cluster, w.cluster, (size_t) data->users * sizeof(uint32_t));
		}
	}
	memcpy(w.cluster, result->cluster, (size_t) data->users * sizeof(uint32_t));
	count_clusters(&w);
	result->users = w.users;
	result->item_users = w.item_users;
}

/* Squared distance of two clusters' centroids. */
static double
centroid_distance(const Histories *data, const Kmeans *k, int64_t a, int64_t b)
{
	double sum = 0;

	for (int64_t i = 0; i < data->items; i++)
	{
		double difference = k->item_users[i * k->clusters + a] / (double) k->users[a] -
		                    k->item_users[i * k->clusters + b] / (double) k->users[b];

		sum += difference * difference;
	}
	return sum;
}

/* Moves everybody of cluster a to cluster b; a is empty then. */
static void
merge_clusters(const Histories *data, Kmeans *k, int64_t a, int64_t b)
{
	for (int64_t u = 0; u < data->users; u++)
	{
		if (k->cluster[u] == a)
			k->cluster[u] = (uint32_t) b;
	}
	k->users[b] += k->users[a];
	k->users[a] = 0;
	for (int64_t i = 0; i < data->items; i++)
	{
		k->item_users[i * k->clusters + b] += k->item_users[i * k->clusters + a];
		k->item_users[i * k->clusters + a] = 0;
	}
}

/* The smallest cluster with fewer than "least" users, or -1; empty ones do not count. */
static int64_t
smallest_cluster(const Kmeans *k, int64_t least)
{
	int64_t smallest = -1, left = 0;

	for (int64_t c = 0; c < k->clusters; c++)
	{
		if (k->users[c] == 0)
			continue;
		left++;
		if (k->users[c] < least && (smallest < 0 || k->users[c] < k->users[smallest]))
			smallest = c;
	}
	return left > 1 ? smallest : -1;
}

/* Numbers the clusters anew: larger ones first, empty ones gone. */
static void
number_by_size(const Histories *data, Kmeans *k)
{
	int64_t *order = host_array(int64_t, k->clusters);
	uint32_t *number = host_array(uint32_t, k->clusters);
	int64_t *users = host_array(int64_t, k->clusters);
	uint32_t *item_users;
	int64_t count = 0;

	for (int64_t c = 0; c < k->clusters; c++)
	{
		int64_t at = count;

		if (k->users[c] == 0)
			continue;
		for (; at > 0 && k->users[order[at - 1]] < k->users[c]; at--)
			order[at] = order[at - 1];
		order[at] = c;
		count++;
	}
	item_users = host_array(uint32_t, data->items * count);
	for (int64_t n = 0; n < count; n++)
	{
		number[order[n]] = (uint32_t) n;
		users[n] = k->users[order[n]];
		for (int64_t i = 0; i < data->items; i++)
			item_users[i * count + n] = k->item_users[i * k->clusters + order[n]];
	}
	for (int64_t u = 0; u < data->users; u++)
		k->cluster[u] = number[k->cluster[u]];
	k->clusters = count;
	k->users = users;
	k->item_users = item_users;
	host_free(order);
	host_free(number);
}

/* The inertia of clusters from their counts, as inertia_and_norms() has it. */
static double
inertia_of(const Histories *data, const Kmeans *k)
{
	double inertia = (double) data->interactions;

	for (int64_t i = 0; i < data->items; i++)
	{
		for (int64_t c = 0; c < k->clusters; c++)
		{
			double count = k->item_users[i * k->clusters + c];

			inertia -= count * count / (double) k->users[c];
		}
	}
	return inertia;
}

void
kmeans_merge_small(const Histories *data, Kmeans *k, int64_t least)
{
	int64_t small;

	while ((small = smallest_cluster(k, least)) >= 0)
	{
		int64_t best = -1;
		double best_distance = INFINITY;

		for (int64_t c = 0; c < k->clusters; c++)
		{
			double distance;

			host_poll();
			if (c == small || k->users[c] == 0)
				continue;
			distance = centroid_distance(data, k, small, c);
			if (distance < best_distance)
			{
				best = c;
				best_distance = distance;
			}
		}
		merge_clusters(data, k, small, best);
	}
	number_by_size(data, k);
	k->inertia = inertia_of(data, k);
}
