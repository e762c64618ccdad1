/*
 * histories.c
 *	  The stored form of item histories: checked on the way in, read in place.
 */
#include "data/histories.h"

#include "host.h"

#include <math.h>
#include <string.h>

#define TYPE_NAME "interactions"

/* Loops over interactions look for a cancel request once every so many users. */
#define USERS_PER_POLL 4096
#define INTERACTIONS_PER_POLL (1 << 20)

/* Sizes so large that their sum could overflow are malformed, or refused. */
#define SANE_SIZE (INT64_C(1) << 40)

static int64_t
stored_bytes(const HistoriesHeader *header)
{
	return (int64_t) sizeof(HistoriesHeader) +
	       keys_stored_bytes(header->value.flags & HISTORIES_TEXT_USERS, header->users,
	                         header->user_text_bytes) +
	       keys_stored_bytes(header->value.flags & HISTORIES_TEXT_ITEMS, header->items,
	                         header->item_text_bytes) +
	       (header->users + 1) * 8 + value_align(header->interactions * 4) +
	       (header->value.flags & HISTORIES_TIMES ? header->interactions * 8 : 0) +
	       (header->value.flags & HISTORIES_RATINGS ? header->interactions * 8 : 0);
}

void
histories_view(const void *value, int64_t bytes, Histories *data)
{
	const HistoriesHeader *header = value;
	const char *at = (const char *) value + sizeof(HistoriesHeader);

	data->users = header->users;
	data->items = header->items;
	data->interactions = header->interactions;
	at = keys_view(at, header->value.flags & HISTORIES_TEXT_USERS, header->users, header->user_text_bytes,
	               &data->user_keys);
	at = keys_view(at, header->value.flags & HISTORIES_TEXT_ITEMS, header->items, header->item_text_bytes,
	               &data->item_keys);
	data->start = (const int64_t *) at;
	at += (header->users + 1) * 8;
	data->item = (const uint32_t *) at;
	data->times = (TimeKind) ((header->value.flags & HISTORIES_TIMES) >> HISTORIES_TIMES_SHIFT);
	at += value_align(header->interactions * 4);
	data->time = data->times == TIMES_NONE ? NULL : (const int64_t *) at;
	at += data->times == TIMES_NONE ? 0 : header->interactions * 8;
	data->rating = header->value.flags & HISTORIES_RATINGS ? (const double *) at : NULL;
	data->value = value;
	data->bytes = bytes;
}

/* Tells whether the interaction at p may follow the one before it in a history. */
static inline bool
may_follow(const Histories *data, int64_t p)
{
	if (data->time == NULL)
		return data->item[p] > data->item[p - 1];
	if (data->time[p] != data->time[p - 1] || data->item[p] != data->item[p - 1])
		return data->time[p] > data->time[p - 1] ||
		       (data->time[p] == data->time[p - 1] && data->item[p] > data->item[p - 1]);
	return data->rating == NULL || data->rating[p] >= data->rating[p - 1];
}

/* Tells whether rows are in bounds, in order and not empty, and items all used. */
static bool
rows_valid(const Histories *data)
{
	char *used;
	int64_t items_used = 0;

	if (data->start[0] != 0 || data->start[data->users] != data->interactions ||
	    !value_padded(data->item, data->interactions * 4))
		return false;
	used = host_array_zero(char, data->items + 1);
	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % USERS_PER_POLL == 0)
			host_poll();
		if (data->start[u + 1] <= data->start[u] || data->start[u + 1] > data->interactions)
			return false;
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			int64_t item = data->item[p];

			if (item >= data->items || (p > data->start[u] && !may_follow(data, p)))
				return false;
			items_used += !used[item];
			used[item] = 1;
		}
	}
	host_free(used);
	return items_used == data->items;
}

/* Tells whether all ratings are finite, and none is -0. */
static bool
ratings_valid(const Histories *data)
{
	for (int64_t p = 0; data->rating != NULL && p < data->interactions; p++)
	{
		if (p % INTERACTIONS_PER_POLL == 0)
			host_poll();
		if (!isfinite(data->rating[p]) || (data->rating[p] == 0 && signbit(data->rating[p])))
			return false;
	}
	return true;
}

/* The format version in which a value with these flags is written. */
static uint16_t
version_of_flags(uint16_t flags)
{
	return flags & HISTORIES_RATINGS ? HISTORIES_VERSION : flags & HISTORIES_TIMES ? 2 : 1;
}

void
histories_open(const void *value, int64_t bytes, Histories *data)
{
	const HistoriesHeader *header = value;

	value_check(value, bytes, sizeof(HistoriesHeader), HISTORIES_MAGIC, HISTORIES_VERSION,
	            HISTORIES_KNOWN_FLAGS, TYPE_NAME);
	if (header->value.version != version_of_flags(header->value.flags))
		value_malformed(TYPE_NAME, "Its version and its flags contradict each other.");
	if (header->users < 0 || header->users > SANE_SIZE || header->items < 0 ||
	    header->items > (int64_t) UINT32_MAX || header->interactions < 0 ||
	    header->interactions > SANE_SIZE || header->user_text_bytes < 0 ||
	    header->user_text_bytes > SANE_SIZE || header->item_text_bytes < 0 ||
	    header->item_text_bytes > SANE_SIZE ||
	    (!(header->value.flags & HISTORIES_TEXT_USERS) && header->user_text_bytes != 0) ||
	    (!(header->value.flags & HISTORIES_TEXT_ITEMS) && header->item_text_bytes != 0) ||
	    (header->users == 0 && header->value.flags != 0) || stored_bytes(header) != bytes)
		value_malformed(TYPE_NAME, "Its sizes contradict each other.");
	histories_view(value, bytes, data);
	if (!keys_valid(&data->user_keys, header->user_text_bytes) ||
	    !keys_valid(&data->item_keys, header->item_text_bytes))
		value_malformed(TYPE_NAME, "Its keys are not in ascending order.");
	if (!rows_valid(data))
		value_malformed(TYPE_NAME, "Its histories are not in order.");
	if (!ratings_valid(data))
		value_malformed(TYPE_NAME, "A rating is not a finite number.");
}

void *
histories_new(const Keys *user_keys, const int64_t *selected_users, int64_t users, const Keys *item_keys,
              const int64_t *selected_items, int64_t items, int64_t interactions, int64_t **start,
              uint32_t **item)
{
	HistoryArrays arrays;
	void *value = histories_new_kind(user_keys, selected_users, users, item_keys, selected_items, items,
	                                 interactions, (HistoryKind){TIMES_NONE, false}, &arrays);

	*start = arrays.start;
	*item = arrays.item;
	return value;
}

void *
histories_new_kind(const Keys *user_keys, const int64_t *selected_users, int64_t users, const Keys *item_keys,
                   const int64_t *selected_items, int64_t items, int64_t interactions, HistoryKind kind,
                   HistoryArrays *arrays)
{
	HistoriesHeader sizes = {.users = users, .items = items, .interactions = interactions};
	HistoriesHeader *header;
	Histories data;
	char *at;
	int64_t bytes;

	if (interactions > SANE_SIZE || users > SANE_SIZE)
		host_fail(HOST_TOO_LARGE, "too many interactions for one value", NULL, NULL);
	if (users > 0)
		sizes.value.flags =
			(uint16_t) ((user_keys->text ? HISTORIES_TEXT_USERS : 0) |
		                (item_keys->text ? HISTORIES_TEXT_ITEMS : 0) | kind.times << HISTORIES_TIMES_SHIFT |
		                (kind.rated ? HISTORIES_RATINGS : 0));
	sizes.user_text_bytes = keys_text_bytes(user_keys, selected_users, users);
	sizes.item_text_bytes = keys_text_bytes(item_keys, selected_items, items);
	bytes = stored_bytes(&sizes);

	header =
		value_new(bytes, HISTORIES_MAGIC, version_of_flags(sizes.value.flags), sizes.value.flags, TYPE_NAME);
	header->users = users;
	header->items = items;
	header->interactions = interactions;
	at = (char *) header + sizeof(HistoriesHeader);
	if (users > 0)
	{
		at = keys_store(at, user_keys, selected_users, users, &header->user_text_bytes);
		at = keys_store(at, item_keys, selected_items, items, &header->item_text_bytes);
	}
	histories_view(header, bytes, &data);
	arrays->start = (int64_t *) data.start;
	arrays->item = (uint32_t *) data.item;
	arrays->time = (int64_t *) data.time;
	arrays->rating = (double *) data.rating;
	return header;
}

void
histories_seal(void *value, Histories *data)
{
	int64_t bytes = stored_bytes(value);

	value_seal(value, bytes);
	histories_view(value, bytes, data);
}

int64_t
histories_longest(const Histories *data)
{
	int64_t longest = 0;

	for (int64_t u = 0; u < data->users; u++)
	{
		if (histories_length(data, u) > longest)
			longest = histories_length(data, u);
	}
	return longest;
}

int64_t
histories_bytes(const void *value)
{
	return stored_bytes(value);
}

int64_t *
histories_item_counts(const Histories *data)
{
	int64_t *count = host_array_zero(int64_t, data->items);

	for (int64_t p = 0; p < data->interactions; p++)
	{
		if (p % INTERACTIONS_PER_POLL == 0)
			host_poll();
		count[data->item[p]]++;
	}
	return count;
}

void
histories_invert_rated(const Histories *data, int64_t **start, uint32_t **user, double **rating)
{
	int64_t *count = histories_item_counts(data);
	int64_t sum = 0;

	if (data->users > (int64_t) UINT32_MAX)
		host_fail(HOST_TOO_LARGE, "more than 4294967295 users", NULL, NULL);
	*start = host_array(int64_t, data->items + 1);
	*user = host_array(uint32_t, data->interactions);
	*rating = data->rating != NULL ? host_array(double, data->interactions) : NULL;
	for (int64_t i = 0; i < data->items; i++)
	{
		(*start)[i] = sum;
		sum += count[i];
		count[i] = (*start)[i];
	}
	(*start)[data->items] = sum;
	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			int64_t to = count[data->item[p]]++;

			(*user)[to] = (uint32_t) u;
			if (*rating != NULL)
				(*rating)[to] = data->rating[p];
		}
	}
	host_free(count);
}

void
histories_invert(const Histories *data, int64_t **start, uint32_t **user)
{
	Histories unrated = *data;
	double *none;

	unrated.rating = NULL;
	histories_invert_rated(&unrated, start, user, &none);
}
