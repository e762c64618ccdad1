/*
 * merge.c
 *	  Joining sorted values without sorting.
 *
 * Users and items of the result are the unions of the parts' keys.  A part's
 * items keep their order when they are numbered anew, so a user's history is
 * the merge of at most one sorted list per part.  All memory is read and
 * written from front to back, which for large values is several times faster
 * than sorting their pairs again.
 */
#include "data/merge.h"

#include "host.h"

#include <math.h>

#define USERS_PER_POLL 4096
#define OPERATION "interactions"

/* What is left of one part's history of the user in question. */
typedef struct List
{
	const uint32_t *item;
	const uint32_t *end;
	const uint32_t *place; /* of the part's items among all items */
	const int64_t *time;   /* of sequences: parallel to item */
	const double *rating;  /* or NULL, likewise */
} List;

/*
 * Merges lists, dropping repeats but for their highest rating, and gives back
 * how many items there are; they go to "merged" and "rating" unless these are NULL.
 */
static int64_t
merge_lists(List *list, int lists, uint32_t *merged, double *rating)
{
	int64_t count = 0;

	while (lists > 0)
	{
		uint32_t least = UINT32_MAX;
		int left = 0;

		for (int l = 0; l < lists; l++)
		{
			uint32_t place = list[l].place[*list[l].item];

			if (place < least)
				least = place;
		}
		if (merged != NULL)
			merged[count] = least;
		if (rating != NULL)
			rating[count] = -INFINITY;
		for (int l = 0; l < lists; l++)
		{
			bool taken = list[l].place[*list[l].item] == least;

			if (rating != NULL && taken && *list[l].rating > rating[count])
				rating[count] = *list[l].rating;
			if (list[l].rating != NULL)
				list[l].rating += taken;
			list[l].item += taken;
			if (list[l].item < list[l].end)
				list[left++] = list[l];
		}
		count++;
		lists = left;
	}
	return count;
}

/* Tells whether the next event of a comes before that of b. */
static inline bool
is_before(const List *a, const List *b)
{
	uint32_t item_a = a->place[*a->item], item_b = b->place[*b->item];

	if (*a->time != *b->time || item_a != item_b)
		return *a->time < *b->time || (*a->time == *b->time && item_a < item_b);
	return a->rating != NULL && *a->rating < *b->rating;
}

/* The same for sequences, of which nothing is dropped. */
static int64_t
merge_sequences(List *list, int lists, uint32_t *merged, int64_t *merged_time, double *merged_rating)
{
	int64_t count = 0;

	for (int l = 0; merged == NULL && l < lists; l++)
		count += list[l].end - list[l].item;
	while (merged != NULL && lists > 0)
	{
		int first = 0;

		for (int l = 1; l < lists; l++)
		{
			if (is_before(&list[l], &list[first]))
				first = l;
		}
		if (merged_rating != NULL)
			merged_rating[count] = *list[first].rating++;
		merged[count] = list[first].place[*list[first].item++];
		merged_time[count++] = *list[first].time++;
		if (list[first].item == list[first].end)
			list[first] = list[--lists];
	}
	return count;
}

/*
 * Goes through all users, merging their histories: into the arrays,
 * or only counting them into start[user + 1] when arrays is NULL.
 */
static void
merge_users(const Histories *part, int parts, uint32_t *const *user_place, uint32_t *const *item_place,
            int64_t users, HistoryKind kind, int64_t *start, const HistoryArrays *arrays)
{
	uint32_t *item = arrays != NULL ? arrays->item : NULL;
	int64_t *time = arrays != NULL ? arrays->time : NULL;
	double *rating = arrays != NULL ? arrays->rating : NULL;
	int64_t next[MERGE_MOST_PARTS] = {0};

	for (int64_t u = 0; u < users; u++)
	{
		List list[MERGE_MOST_PARTS];
		int lists = 0;
		int64_t count;

		if (u % USERS_PER_POLL == 0)
		{
			host_progress(item == NULL ? "counting what is merged" : "merging", u, users);
			host_poll();
		}
		for (int p = 0; p < parts; p++)
		{
			if (next[p] == part[p].users || user_place[p][next[p]] != u)
				continue;
			list[lists].item = part[p].item + part[p].start[next[p]];
			list[lists].end = part[p].item + part[p].start[next[p] + 1];
			list[lists].time = part[p].time != NULL ? part[p].time + part[p].start[next[p]] : NULL;
			list[lists].rating = part[p].rating != NULL ? part[p].rating + part[p].start[next[p]] : NULL;
			list[lists++].place = item_place[p];
			next[p]++;
		}
		if (kind.times == TIMES_NONE)
			count = merge_lists(list, lists, item != NULL ? item + start[u] : NULL,
			                    rating != NULL ? rating + start[u] : NULL);
		else
			count = merge_sequences(list, lists, item != NULL ? item + start[u] : NULL,
			                        time != NULL ? time + start[u] : NULL,
			                        rating != NULL ? rating + start[u] : NULL);
		if (item == NULL)
			start[u + 1] = count;
	}
}

void *
histories_merge(const Histories *part, int parts, int64_t held, Histories *data)
{
	Keys user_keys[MERGE_MOST_PARTS];
	Keys item_keys[MERGE_MOST_PARTS];
	uint32_t *user_place[MERGE_MOST_PARTS];
	uint32_t *item_place[MERGE_MOST_PARTS];
	Keys users, items;
	int64_t *length;
	HistoryArrays arrays;
	HistoryKind kind = {TIMES_NONE, false};
	int64_t bytes = held;
	void *value;

	for (int p = 0; p < parts; p++)
	{
		user_keys[p] = part[p].user_keys;
		item_keys[p] = part[p].item_keys;
		/* places, union and lengths; then the union's keys once more, in the value */
		bytes += part[p].users * 20 + part[p].items * 12 +
		         keys_text_bytes(&part[p].user_keys, NULL, part[p].users) +
		         keys_text_bytes(&part[p].item_keys, NULL, part[p].items);
		kind = part[p].users > 0 ? histories_kind(&part[p]) : kind;
	}
	host_reserve(bytes, OPERATION);
	users = keys_union(user_keys, parts, user_place);
	items = keys_union(item_keys, parts, item_place);

	length = host_array(int64_t, users.count + 1);
	length[0] = 0;
	merge_users(part, parts, user_place, item_place, users.count, kind, length, NULL);
	for (int64_t u = 0; u < users.count; u++)
		length[u + 1] += length[u];
	host_reserve(bytes + users.count * 16 + items.count * 8 + keys_text_bytes(&users, NULL, users.count) +
	                 keys_text_bytes(&items, NULL, items.count) + length[users.count] * kind_width(kind),
	             OPERATION);
	value = histories_new_kind(&users, NULL, users.count, &items, NULL, items.count, length[users.count],
	                           kind, &arrays);
	for (int64_t u = 0; u <= users.count; u++)
		arrays.start[u] = length[u];
	host_free(length);
	merge_users(part, parts, user_place, item_place, users.count, kind, arrays.start, &arrays);
	for (int p = 0; p < parts; p++)
	{
		host_free(user_place[p]);
		host_free(item_place[p]);
	}
	histories_seal(value, data);
	return value;
}
