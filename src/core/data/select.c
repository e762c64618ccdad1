/*
 * select.c
 *	  Parts of a set of histories.
 *
 * Every choice becomes a set of marks, one per interaction; one function makes
 * the marked part a value of its own.  Order is kept, so nothing is sorted.
 */
#include "data/select.h"

#include "host.h"
#include "math/random.h"

#include <math.h>
#include <string.h>

#define USERS_PER_POLL 4096
#define OPERATION "a selection of interactions"
#define ENTRIES_PER_POLL (1 << 18)

/* Indexes of the entries with a positive count, allocated; *found of them. */
static int64_t *
positive(const int64_t *count, int64_t n, int64_t *found)
{
	int64_t *index = host_array(int64_t, n);

	*found = 0;
	for (int64_t i = 0; i < n; i++)
	{
		if (count[i] > 0)
			index[(*found)++] = i;
	}
	return index;
}

/* Memory that choosing and counting take, besides the part itself. */
static int64_t
choice_bytes(const Histories *data)
{
	return data->interactions + data->users * 17 + data->items * 28;
}

/* Allocates a mark per interaction. */
static char *
new_marks(const Histories *data)
{
	host_reserve(choice_bytes(data), OPERATION);
	return host_array(char, data->interactions);
}

/* The value of the marked interactions; "held" bytes are taken already. */
static void *
marked_part(const Histories *data, const char *marked, int64_t held)
{
	int64_t *of_user, *of_item, *kept_users, *kept_items;
	int64_t users, items, kept = 0;
	uint32_t *new_item;
	HistoryArrays arrays;
	void *value;
	Histories part;

	of_user = host_array_zero(int64_t, data->users);
	of_item = host_array_zero(int64_t, data->items);
	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			of_user[u] += marked[p];
			of_item[data->item[p]] += marked[p];
		}
		kept += of_user[u];
	}
	kept_users = positive(of_user, data->users, &users);
	kept_items = positive(of_item, data->items, &items);
	new_item = host_array(uint32_t, data->items);
	for (int64_t i = 0; i < items; i++)
		new_item[kept_items[i]] = (uint32_t) i;

	host_reserve(held + choice_bytes(data) + kept * kind_width(histories_kind(data)) +
	                 keys_text_bytes(&data->user_keys, kept_users, users) +
	                 keys_text_bytes(&data->item_keys, kept_items, items) + users * 16 + items * 8,
	             OPERATION);
	value = histories_new_kind(&data->user_keys, kept_users, users, &data->item_keys, kept_items, items, kept,
	                           histories_kind(data), &arrays);
	for (int64_t u = 0, at = 0; u < users; u++)
	{
		for (int64_t p = data->start[kept_users[u]]; p < data->start[kept_users[u] + 1]; p++)
		{
			if (!marked[p])
				continue;
			if (data->time != NULL)
				arrays.time[at] = data->time[p];
			if (data->rating != NULL)
				arrays.rating[at] = data->rating[p];
			arrays.item[at++] = new_item[data->item[p]];
		}
		arrays.start[u + 1] = at;
		if (u % USERS_PER_POLL == 0)
			host_poll();
	}
	histories_seal(value, &part);
	host_free(of_user);
	host_free(of_item);
	host_free(kept_users);
	host_free(kept_items);
	host_free(new_item);
	return value;
}

/*
 * Marks "wanted" of n entries, each set of so many equally likely, by going
 * through them in order (Knuth, TAOCP 2, 3.4.2, algorithm S).
 */
static void
mark_random(Random *random, char *marked, int64_t n, int64_t wanted)
{
	for (int64_t i = 0; i < n; i++)
	{
		if (i % ENTRIES_PER_POLL == ENTRIES_PER_POLL - 1)
			host_poll();
		marked[i] = random_below(random, (uint64_t) (n - i)) < (uint64_t) wanted;
		wanted -= marked[i];
	}
}

/* The value of the users that are marked, or that are not when "others". */
static void *
users_part(const Histories *data, const char *user_marked, bool others, int64_t held)
{
	char *marked = new_marks(data);
	void *value;

	for (int64_t u = 0; u < data->users; u++)
		memset(marked + data->start[u], user_marked[u] != others, (size_t) histories_length(data, u));
	value = marked_part(data, marked, held);
	host_free(marked);
	return value;
}

void *
select_sample_users(const Histories *data, int64_t users, uint64_t seed)
{
	char *marked = host_array(char, data->users);
	Random random;

	if (users < 0)
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("users must be at least 0, not %lld", (long long) users), NULL, NULL);
	random_open(&random, seed, RANDOM_SAMPLE_USERS, 0);
	mark_random(&random, marked, data->users, users);
	return users_part(data, marked, false, 0);
}

void
select_split_users(const Histories *data, double share, uint64_t seed, void **first, void **second)
{
	char *marked = host_array(char, data->users);
	Random random;

	if (!(share >= 0 && share <= 1))
		host_fail(HOST_INVALID_PARAMETER, host_format("share must be from 0 to 1, not %g", share), NULL,
		          NULL);
	random_open(&random, seed, RANDOM_SPLIT_USERS, 0);
	mark_random(&random, marked, data->users, llround(share * (double) data->users));
	*first = users_part(data, marked, false, 0);
	*second = users_part(data, marked, true, histories_bytes(*first));
}

static void
require_max_items(int64_t max_items)
{
	if (max_items < 1)
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("max_items must be at least 1, not %lld", (long long) max_items), NULL, NULL);
}

void *
select_truncate(const Histories *data, int64_t max_items, uint64_t seed)
{
	char *marked = new_marks(data);

	require_max_items(max_items);
	for (int64_t u = 0; u < data->users; u++)
	{
		Random random;

		if (u % USERS_PER_POLL == 0)
			host_poll();
		random_open(&random, seed, RANDOM_TRUNCATE, (uint64_t) u);
		mark_random(&random, marked + data->start[u], histories_length(data, u), max_items);
	}
	return marked_part(data, marked, 0);
}

void *
select_latest(const Histories *data, int64_t max_items)
{
	char *marked = new_marks(data);

	require_max_items(max_items);
	if (data->time == NULL && data->users > 0)
		host_fail(HOST_INVALID_PARAMETER, "sets of items have no latest ones", NULL,
		          "Make the histories with sequences(), or keep random items.");
	for (int64_t u = 0; u < data->users; u++)
	{
		int64_t length = histories_length(data, u);
		int64_t dropped = length > max_items ? length - max_items : 0;

		memset(marked + data->start[u], 0, (size_t) dropped);
		memset(marked + data->start[u] + dropped, 1, (size_t) (length - dropped));
	}
	return marked_part(data, marked, 0);
}

/* Per item, how many users have it, who in sequences may have it several times. */
static int64_t *
count_users(const Histories *data, int64_t *last_user)
{
	int64_t *count = host_array_zero(int64_t, data->items);

	for (int64_t i = 0; i < data->items; i++)
		last_user[i] = -1;
	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			count[data->item[p]] += last_user[data->item[p]] != u;
			last_user[data->item[p]] = u;
		}
	}
	return count;
}

void *
select_filter(const Histories *data, int64_t min_items, int64_t min_users)
{
	char *marked = new_marks(data);
	int64_t *last_user = host_array(int64_t, data->items); /* per item, who lost it last */
	int64_t *of_item = count_users(data, last_user);
	int64_t *of_user = host_array(int64_t, data->users);
	bool changed = true;

	if (min_items < 0 || min_users < 0)
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("%s must be at least 0, not %lld", min_items < 0 ? "min_items" : "min_users",
		                      (long long) (min_items < 0 ? min_items : min_users)),
		          NULL, NULL);
	for (int64_t u = 0; u < data->users; u++)
		of_user[u] = histories_length(data, u);
	memset(marked, 1, (size_t) data->interactions);
	for (int64_t i = 0; i < data->items; i++)
		last_user[i] = -1;
	while (changed)
	{
		changed = false;
		for (int64_t u = 0; u < data->users; u++)
		{
			bool drop_user = of_user[u] > 0 && of_user[u] < min_items;

			if (u % USERS_PER_POLL == 0)
				host_poll();
			for (int64_t p = data->start[u]; of_user[u] > 0 && p < data->start[u + 1]; p++)
			{
				if (marked[p] && (drop_user || of_item[data->item[p]] < min_users))
				{
					/* a user loses all of an item's repeats in one round */
					marked[p] = 0;
					of_user[u]--;
					of_item[data->item[p]] -= last_user[data->item[p]] != u;
					last_user[data->item[p]] = u;
					changed = true;
				}
			}
		}
	}
	return marked_part(data, marked, 0);
}
