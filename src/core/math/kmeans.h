/*
 * kmeans.h
 *	  k-means over users as sparse binary vectors.
 *
 * Lloyd's algorithm from k-means++ starts (Arthur and Vassilvitskii 2007), the
 * best of several.  With x binary, |x - m|^2 = |m|^2 + sum over x's items of
 * (1 - 2 m_i), so a round costs interactions x clusters additions.
 */
#ifndef SYNREC_KMEANS_H
#define SYNREC_KMEANS_H

#include "data/histories.h"

typedef struct Kmeans
{
	int64_t clusters;
	uint32_t *cluster;    /* per user */
	int64_t *users;       /* per cluster: its size */
	uint32_t *item_users; /* items x clusters: users of the cluster with the item */
	double inertia;       /* sum of squared distances to the own centroid */
	int64_t rounds;       /* that the best start took */
} Kmeans;

/*
 * Clusters the users.  1 <= clusters <= users, starts >= 1, rounds >= 1.  A
 * start ends when no user moves or the inertia falls by less than 1e-4 of
 * itself.  Empty clusters get the user that is farthest from its centroid.
 * Results depend on the data and the seed only.
 */
extern void kmeans(const Histories *data, int64_t clusters, int64_t starts, int64_t rounds, uint64_t seed,
                   Kmeans *result);

/*
 * Merges the smallest cluster into the one with the nearest centroid until
 * every cluster has at least "least" users or one is left; clusters are
 * numbered anew, larger ones first, and the inertia is theirs.
 */
extern void kmeans_merge_small(const Histories *data, Kmeans *result, int64_t least);

#endif
