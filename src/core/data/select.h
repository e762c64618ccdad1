/*
 * select.h
 *	  Parts of a set of histories: samples of users, splits, shorter histories.
 *
 * Each gives back a new value, canonical like every other: users left without
 * items and items left without users are dropped.  Random choices depend on
 * the seed and on a user's place in the order of keys, nothing else.  Sequences
 * stay sequences and ratings stay; where items of a user are counted, their repeats count.
 */
#ifndef SYNREC_SELECT_H
#define SYNREC_SELECT_H

#include "data/histories.h"

/* "users" users drawn without replacement; all of them when there are fewer. */
extern void *select_sample_users(const Histories *data, int64_t users, uint64_t seed);

/*
 * Splits the users into two disjoint sets, the first of
 * round(share * users) users.  0 <= share <= 1.
 */
extern void
select_split_users(const Histories *data, double share, uint64_t seed, void **first, void **second);

/* At most max_items items per user, drawn without replacement. */
extern void *select_truncate(const Histories *data, int64_t max_items, uint64_t seed);

/*
 * The latest max_items items per user of sequences.  Leaves by
 * HOST_INVALID_PARAMETER when the histories are sets.
 */
extern void *select_latest(const Histories *data, int64_t max_items);

/*
 * The largest part in which every user has at least min_items items and every
 * item at least min_users users (the bipartite core; it is unique).
 */
extern void *select_filter(const Histories *data, int64_t min_items, int64_t min_users);

#endif
