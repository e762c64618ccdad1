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

/* Over the items in order, each of an item's users once: counts them, or appends to "item". */
static void
append_items(int64_t items, const int64_t *start, const uint32_t *user, Cursor *cursor, uint32_t *item)
{
	int64_t work = 0;

	for (int64_t i = 0; i < items; i++)
	{
		for (int64_t p = start[i]; p < start[i + 1]; p++)
		{
			Cursor *history = &cursor[user[p]];

			if (++work % ENTRIES_PER_POLL == 0)
			{
				host_progress(item == NULL ? "counting items of users" : "sorting items of users", work,
				              start[items]);
				host_poll();
			}
			if (history->newest == (uint32_t) i + 1)
				continue;
			history->newest = (uint32_t) i + 1;
			if (item != NULL)
				item[history->next] = (uint32_t) i;
			history->next++;
		}
	}
}

int64_t
lists_bytes(int64_t users, int64_t interactions)
{
	return users * (int64_t) sizeof(Cursor) + (users + 1) * 8 + interactions * 4;
}

void *
histories_from_lists(const Keys *user_keys, const int64_t *selected_users, int64_t users,
                     const Keys *item_keys, const int64_t *selected_items, int64_t items,
                     const int64_t *start, const uint32_t *user, Histories *data)
{
	Cursor *cursor = host_array_zero(Cursor, users);
	int64_t interactions = 0;
	int64_t *user_start;
	uint32_t *item;
	void *value;

	append_items(items, start, user, cursor, NULL);
	for (int64_t u = 0; u < users; u++)
		interactions += cursor[u].next;
	value = histories_new(user_keys, selected_users, users, item_keys, selected_items, items, interactions,
	                      &user_start, &item);
	user_start[0] = 0;
	for (int64_t u = 0; u < users; u++)
	{
		user_start[u + 1] = user_start[u] + cursor[u].next;
		cursor[u] = (Cursor){user_start[u], 0};
	}
	append_items(items, start, user, cursor, item);
	host_free(cursor);
	histories_seal(value, data);
	return value;
}
