/*
 * lists.h
 *	  From lists of users, one per item, to histories.
 */
#ifndef SYNREC_LISTS_H
#define SYNREC_LISTS_H

#include "data/histories.h"

/*
 * Gives back the value in which the selected users have the selected items (NULL
 * selections mean all keys), and makes *data a view of it: item i is had by users
 * user[start[i]] ... user[start[i + 1] - 1], in any order; repeats count once.
 * Every user and every item occurs.  rating is parallel to user, or NULL; of
 * repeats the highest is kept, so that their order does not matter.
 */
extern void *
histories_from_lists(const Keys *user_keys, const int64_t *selected_users, int64_t users,
                     const Keys *item_keys, const int64_t *selected_items, int64_t items,
                     const int64_t *start, const uint32_t *user, const double *rating, Histories *data);

/* Memory that it takes besides the keys, of at most so many interactions. */
extern int64_t lists_bytes(int64_t users, int64_t interactions, bool rated);

#endif
