/*
 * kmeans_merge.c
 *	  Merging small clusters into their nearest.
 *
 * Distances between centroids come from products of the clusters' counts, which
 * are summed over the items of the small cluster only; squares of counts follow
 * the merges, and the inertia comes from them.
 */
#include "math/kmeans.h"

#include "host.h"

#include <math.h>

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

		host_poll();
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
		host_poll();
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
	}
	for (int64_t i = 0; i < data->items; i++)
	{
		host_poll();
		for (int64_t n = 0; n < count; n++)
			item_users[i * count + n] = k->item_users[i * k->clusters + order[n]];
	}
	for (int64_t u = 0; u < data->users; u++)
		k->cluster[u] = number[k->cluster[u]];
	host_free(k->users);
	host_free(k->item_users);
	k->clusters = count;
	k->users = users;
	k->item_users = item_users;
	host_free(order);
	host_free(number);
}

void
kmeans_merge_small(const Histories *data, Kmeans *k, int64_t least)
{
	double *squares = host_array_zero(double, k->clusters);
	double *product = host_array(double, k->clusters);
	int64_t small, merged = 0;

	for (int64_t i = 0; i < data->items; i++)
	{
		host_poll();
		for (int64_t c = 0; c < k->clusters; c++)
			squares[c] += (double) k->item_users[i * k->clusters + c] * k->item_users[i * k->clusters + c];
	}
	while ((small = smallest_cluster(k, least)) >= 0)
	{
		int64_t into;

		host_progress("k-means: merging clusters", merged++, 0);
		multiply_counts(data, k, small, product);
		into = nearest_cluster(k, small, squares, product);
		squares[into] += squares[small] + 2 * product[into];
		merge_clusters(data, k, small, into);
	}
	k->inertia = (double) data->interactions;
	for (int64_t c = 0; c < k->clusters; c++)
	{
		if (k->users[c] > 0)
			k->inertia -= squares[c] / (double) k->users[c];
	}
	host_free(squares);
	host_free(product);
	number_by_size(data, k);
}
