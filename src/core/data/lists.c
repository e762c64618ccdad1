/*
 * lists.c
 *	  From lists of users, one per item, to histories.
 *
 * Going through the items in order and appending each to its users' histories
 * leaves every history sorted, and a repeated pair is recognised because it
 * would be appended twice in a row.
 */
#include "data/lists.h"

#include "host.h"

#define ENTRIES_PER_POLL (1 << 18)

/* Where a user's history has got to. */
typedef struct Cursor
{
	int64_t next;    /* first: how many items; then: where the next goes */
	uint32_t newest; /* the last item appended, plus 1 */
} Cursor;

/*
 * Over the items in order, each of an item's users once: counts them, or
 * appends to the arrays unless they are NULL.
 */
static void
append_items(int64_t items, const int64_t *start, const uint32_t *user, const double *rating, Cursor *cursor,
             const HistoryArrays *arrays)
{
	int64_t work = 0;

	for (int64_t i = 0; i < items; i++)
	{
		for (int64_t p = start[i]; p < start[i + 1]; p++)
		{
			Cursor *history = &cursor[user[p]];

			if (++work % ENTRIES_PER_POLL == 0)
			{
				host_progress(arrays == NULL ? "counting items of users" : "sorting items of users", work,
				              start[items]);
				host_poll();
			}
			if (history->newest == (uint32_t) i + 1)
			{
				if (arrays != NULL && rating != NULL && rating[p] > arrays->rating[history->next - 1])
					arrays->rating[history->next - 1] = rating[p];
				continue;
			}
			history->newest = (uint32_t) i + 1;
			if (arrays != NULL)
				arrays->item[history->next] = (uint32_t) i;
			if (arrays != NULL && rating != NULL)
				arrays->rating[history->next] = rating[p];
			history->next++;
		}
	}
}

int64_t
lists_bytes(int64_t users, int64_t interactions, bool rated)
{
	return users * (int64_t) sizeof(Cursor) + (users + 1) * 8 + interactions * (rated ? 12 : 4);
}

void *
histories_from_lists(const Keys *user_keys, const int64_t *selected_users, int64_t users,
                     const Keys *item_keys, const int64_t *selected_items, int64_t items,
                     const int64_t *start, const uint32_t *user, const double *rating, Histories *data)
{
	Cursor *cursor = host_array_zero(Cursor, users);
	int64_t interactions = 0;
	HistoryArrays arrays;
	void *value;

	append_items(items, start, user, rating, cursor, NULL);
	for (int64_t u = 0; u < users; u++)
		interactions += cursor[u].next;
	value = histories_new_kind(user_keys, selected_users, users, item_keys, selected_items, items,
	                           interactions, (HistoryKind){TIMES_NONE, rating != NULL}, &arrays);
	for (int64_t u = 0; u < users; u++)
	{
		arrays.start[u + 1] = arrays.start[u] + cursor[u].next;
		cursor[u] = (Cursor){arrays.start[u], 0};
	}
	append_items(items, start, user, rating, cursor, &arrays);
	host_free(cursor);
	histories_seal(value, data);
	return value;
}
