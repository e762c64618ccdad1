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
/* So many items are worth a thread. */
#define SHARD_ITEMS 4096

/* Clusters are padded to a multiple of this. */
#define LANES 16
typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));

/* Starts whose centres are chosen at the same time. */
#define STARTS_TOGETHER 16

/* A centre touches so many interactions at most; so many are some tens of milliseconds. */
#define SEEDING_INTERACTIONS 10000000

/* A start ends when the inertia falls by less than this share of itself. */
#define TOLERANCE 1e-4

typedef struct Work
{
	const Histories *data;
	int64_t clusters;
	int64_t padded;        /* clusters, rounded up to LANES */
	uint32_t *cluster;     /* per user */
	uint32_t *item_users;  /* items x clusters */
	int64_t *users;        /* per cluster */
	float *gain;           /* items x padded: 2 x the centroid's entry */
	float *norm;           /* padded: |centroid|^2; huge for the padding */
	float *distance;       /* per user: to the nearest centroid, squared, less |x|^2 */
	float *twice_inverse;  /* per cluster: 2 / users */
	double *shard_squares; /* shards of items x clusters: sums of squared counts */
	int64_t *list_start;   /* items + 1: the users of each item */
	uint32_t *list_user;
	uint32_t *nearest; /* per user: where she belongs after this round */
} Work;

/*
 * Index of the least of norm - sum of the items' rows, and that least itself.
 * Some clusters at a time, whose sums stay in registers.
 */
WIDE_VECTORS static int64_t
nearest(const float *gain, int64_t padded, const float *norm, const uint32_t *item, int64_t items,
        float *distance)
{
	int64_t best = 0;
	float least = INFINITY;

	for (int64_t first = 0; first < padded; first += LANES)
	{
		Lanes sum, row;

		memcpy(&sum, norm + first, sizeof(sum));
		for (int64_t k = 0; k < items; k++)
		{
			memcpy(&row, gain + item[k] * padded + first, sizeof(row));
			sum -= row;
		}
		for (int c = 0; c < LANES; c++)
		{
			if (sum[c] < least)
			{
				least = sum[c];
				best = first + c;
			}
		}
	}
	*distance = least;
	return best;
}

static void
assign_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;

	(void) worker;
	for (int64_t u = begin; u < end; u++)
		w->nearest[u] = (uint32_t) nearest(w->gain, w->padded, w->norm, w->data->item + w->data->start[u],
		                                   histories_length(w->data, u), &w->distance[u]);
}

/* Centroids of some items, from the counts, and these items' part of the squared counts. */
static void
divide_items(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;
	double *squares = w->shard_squares + begin / SHARD_ITEMS * w->clusters;

	(void) worker;
	memset(squares, 0, (size_t) w->clusters * sizeof(double));
	for (int64_t i = begin; i < end; i++)
	{
		const uint32_t *count = w->item_users + i * w->clusters;
		float *gain = w->gain + i * w->padded;

		for (int64_t c = 0; c < w->clusters; c++)
		{
			gain[c] = (float) count[c] * w->twice_inverse[c];
			squares[c] += (double) count[c] * count[c];
		}
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
 * Centroids and their squared norms from the counts; gives back the inertia:
 * within a cluster, sum |x - m|^2 = sum |x|^2 - users * |m|^2, and sum |x|^2
 * over all users is the number of interactions.
 */
static double
update_centroids(Work *w)
{
	int64_t shards = (w->data->items + SHARD_ITEMS - 1) / SHARD_ITEMS;
	double inertia = (double) w->data->interactions;

	for (int64_t c = 0; c < w->clusters; c++)
		w->twice_inverse[c] = w->users[c] == 0 ? 0 : 2 / (float) w->users[c];
	parallel_for(w->data->items, SHARD_ITEMS, divide_items, w);
	for (int64_t c = 0; c < w->padded; c++)
	{
		double users = c < w->clusters ? (double) w->users[c] : 0;
		double squares = 0;

		w->norm[c] = 1e30f;
		if (users == 0)
			continue;
		for (int64_t s = 0; s < shards; s++)
			squares += w->shard_squares[s * w->clusters + c];
		inertia -= squares / users;
		w->norm[c] = (float) (squares / (users * users));
	}
	return inertia;
}

/*
 * Takes a new centre into account: users who are nearer to it than to those
 * before get its number.  Gives back the sum of the distances.
 */
WIDE_VECTORS static int64_t
approach(const int32_t *length, const int32_t *common, int64_t users, int32_t centre_length, uint32_t centre,
         int32_t *distance, uint32_t *cluster)
{
	int64_t total = 0;

	for (int64_t u = 0; u < users; u++)
	{
		int32_t d = length[u] + centre_length - 2 * common[u];

		cluster[u] = d < distance[u] ? centre : cluster[u];
		distance[u] = d < distance[u] ? d : distance[u];
		total += distance[u];
	}
	return total;
}

/* One start while its centres are chosen. */
typedef struct Start
{
	Random random;
	int64_t centre;    /* the newest one, a user */
	int32_t *common;   /* per user: items in common with it */
	int32_t *distance; /* per user: squared, to the nearest centre so far */
	uint32_t *cluster; /* per user: the number of that centre */
} Start;

typedef struct Seeding
{
	const Work *w;
	const int32_t *length; /* per user */
	Start *start;
	int64_t first; /* number of the centre that each start has chosen */
	int64_t end;   /* number of the centre to stop before */
} Seeding;

/* Takes a start's newest centre, of the given number, into account and draws the next one. */
static void
advance(const Seeding *seeding, Start *start, int64_t number)
{
	const Work *w = seeding->w;
	const Histories *data = w->data;
	int64_t total;

	memset(start->common, 0, (size_t) data->users * sizeof(int32_t));
	for (int64_t p = data->start[start->centre]; p < data->start[start->centre + 1]; p++)
	{
		for (int64_t l = w->list_start[data->item[p]]; l < w->list_start[data->item[p] + 1]; l++)
			start->common[w->list_user[l]]++;
	}
	total = approach(seeding->length, start->common, data->users, seeding->length[start->centre],
	                 (uint32_t) number, start->distance, start->cluster);

	/* with nothing but copies of centres left, the others stay empty for now */
	if (total > 0)
	{
		int64_t drawn = (int64_t) random_below(&start->random, (uint64_t) total);

		for (start->centre = 0; drawn >= start->distance[start->centre]; start->centre++)
			drawn -= start->distance[start->centre];
	}
}

static void
advance_starts(void *argument, int64_t begin, int64_t end, int worker)
{
	Seeding *seeding = argument;

	(void) worker;
	for (int64_t s = begin; s < end; s++)
	{
		for (int64_t c = seeding->first; c < seeding->end; c++)
			advance(seeding, &seeding->start[s], c);
	}
}

/*
 * k-means++ for some starts: centres are users, each drawn with probability
 * proportional to the squared distance (an integer) from the nearest centre so
 * far.  Users are assigned to their nearest centre on the way.
 */
static void
choose_centres(const Work *w, const int32_t *length, Start *start, int64_t first, int64_t starts,
               uint64_t seed)
{
	Seeding seeding = {.w = w, .length = length, .start = start};

	for (int64_t s = 0; s < starts; s++)
	{
		random_open(&start[s].random, seed, RANDOM_KMEANS, (uint64_t) (first + s));
		start[s].centre = (int64_t) random_below(&start[s].random, (uint64_t) w->data->users);
		for (int64_t u = 0; u < w->data->users; u++)
			start[s].distance[u] = INT32_MAX;
	}
	/* few enough centres at a time for a cancel to be answered between them */
	for (; seeding.first < w->clusters; seeding.first = seeding.end)
	{
		seeding.end = seeding.first + 1 + SEEDING_INTERACTIONS / w->data->interactions;
		if (seeding.end > w->clusters)
			seeding.end = w->clusters;
		parallel_for(starts, 1, advance_starts, &seeding);
	}
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

/* One start, from its first clusters on; gives back the inertia. */
static double
lloyd(Work *w, const Start *start, int64_t rounds, int64_t *done)
{
	double inertia;

	memcpy(w->cluster, start->cluster, (size_t) w->data->users * sizeof(uint32_t));
	memset(w->distance, 0, (size_t) w->data->users * sizeof(float));
	count_clusters(w);
	fill_empty_clusters(w);
	inertia = update_centroids(w);
	for (*done = 0; *done < rounds;)
	{
		double before = inertia;

		parallel_for(w->data->users, SHARD_USERS, assign_users, w);
		(*done)++;
		if (move_users(w) == 0)
			break;
		fill_empty_clusters(w);
		inertia = update_centroids(w);
		if (before - inertia <= TOLERANCE * before)
			break;
	}
	return inertia;
}

void
kmeans(const Histories *data, int64_t clusters, int64_t starts, int64_t rounds, uint64_t seed, Kmeans *result)
{
	Work w = {.data = data, .clusters = clusters};
	Start start[STARTS_TOGETHER];
	int64_t together = starts < STARTS_TOGETHER ? starts : STARTS_TOGETHER;
	int32_t *length;

	if (data->interactions > INT32_MAX / 4)
		host_fail(HOST_TOO_LARGE, "too many interactions for k-means", NULL, NULL);
	w.padded = (clusters + LANES - 1) / LANES * LANES;
	host_reserve(data->items * (w.padded * 4 + clusters * 8 + 16) + data->users * (28 + together * 12) +
	                 data->interactions * 4,
	             "k-means");
	w.cluster = host_array(uint32_t, data->users);
	w.item_users = host_array(uint32_t, data->items * clusters);
	w.users = host_array(int64_t, clusters);
	w.gain = host_array_zero(float, data->items *w.padded);
	w.norm = host_array(float, w.padded);
	w.twice_inverse = host_array(float, clusters);
	w.shard_squares = host_array(double, (data->items / SHARD_ITEMS + 1) * clusters);
	w.distance = host_array(float, data->users);
	w.nearest = host_array(uint32_t, data->users);
	histories_invert(data, &w.list_start, &w.list_user);

	length = host_array(int32_t, data->users);
	for (int64_t u = 0; u < data->users; u++)
		length[u] = (int32_t) histories_length(data, u);
	for (int64_t s = 0; s < together; s++)
	{
		start[s].common = host_array(int32_t, data->users);
		start[s].distance = host_array(int32_t, data->users);
		start[s].cluster = host_array(uint32_t, data->users);
	}

	result->clusters = clusters;
	result->cluster = host_array(uint32_t, data->users);
	result->inertia = INFINITY;
	for (int64_t s = 0; s < starts; s++)
	{
		int64_t done;
		double inertia;

		if (s % together == 0)
			choose_centres(&w, length, start, s, starts - s < together ? starts - s : together, seed);
		inertia = lloyd(&w, &start[s % together], rounds, &done);
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

/*
 * How much clusters have in common with one of them: per cluster, the sum over
 * the items of the product of both clusters' counts.
 */
static void
multiply_counts(const Histories *data, const Kmeans *k, int64_t one, double *product)
{
	for (int64_t c = 0; c < k->clusters; c++)
		product[c] = 0;
	for (int64_t i = 0; i < data->items; i++)
	{
		const uint32_t *row = k->item_users + i * k->clusters;

		if (row[one] == 0)
			continue;
		for (int64_t c = 0; c < k->clusters; c++)
			product[c] += (double) row[one] * row[c];
	}
}

/*
 * The cluster whose centroid is nearest to that of "one".  squares has, per
 * cluster, the sum of its squared counts.
 */
static int64_t
nearest_cluster(const Kmeans *k, int64_t one, const double *squares, const double *product)
{
	int64_t best = -1;
	double best_distance = INFINITY;

	for (int64_t c = 0; c < k->clusters; c++)
	{
		double users = (double) k->users[c];
		double distance;

		if (c == one || k->users[c] == 0)
			continue;
		/* less the squared norm of the one centroid, which is in all distances */
		distance = squares[c] / (users * users) - 2 * product[c] / (users * (double) k->users[one]);
		if (distance < best_distance)
		{
			best = c;
			best_distance = distance;
		}
	}
	return best;
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

/* The inertia of clusters from their counts, as update_centroids() has it. */
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
	double *squares = host_array_zero(double, k->clusters);
	double *product = host_array(double, k->clusters);
	int64_t small;

	for (int64_t i = 0; i < data->items; i++)
	{
		for (int64_t c = 0; c < k->clusters; c++)
			squares[c] += (double) k->item_users[i * k->clusters + c] * k->item_users[i * k->clusters + c];
	}
	while ((small = smallest_cluster(k, least)) >= 0)
	{
		int64_t into;

		host_poll();
		multiply_counts(data, k, small, product);
		into = nearest_cluster(k, small, squares, product);
		squares[into] += squares[small] + 2 * product[into];
		merge_clusters(data, k, small, into);
	}
	host_free(squares);
	host_free(product);
	number_by_size(data, k);
	k->inertia = inertia_of(data, k);
}
