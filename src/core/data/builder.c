/*
 * builder.c
 *	  From pairs in any order to the canonical value, without comparing pairs.
 *
 * Sets come from two passes of counting sort: by item, then by user (see
 * data/lists.c).  Only keys are ever compared.  Sequences come from one, by user;
 * then each history is sorted by time.
 *
 * A few whole values and nothing else, as the leader of a parallel plan gets
 * from its workers, are kept as they are and merged in the end.
 */
#include "data/builder.h"

#include "data/lists.h"
#include "data/merge.h"
#include "data/sequences.h"
#include "host.h"

#include <math.h>
#include <string.h>

/* Waiting rows before keys are given numbers: 64 KB. */
#define WAITING_ROWS 4096

/* How many rows ahead their place in the dictionary is asked for. */
#define PREFETCH_AHEAD 12

/* Pairs in a full chunk: 8 MB.  Loops poll once a chunk or part of it. */
#define CHUNK_PAIRS (1 << 20)
#define SMALLEST_CHUNK_PAIRS 64
#define PAIRS_PER_POLL (1 << 18)

typedef struct Row
{
	int64_t user; /* an integer key, or the number of a text key */
	int64_t item;
} Row;

typedef struct Pair
{
	uint32_t user; /* numbers given by the key tables */
	uint32_t item;
} Pair;

typedef struct Chunk
{
	struct Chunk *next;
	int64_t count;
	int64_t capacity;
	int64_t *time;  /* capacity: the pairs' times, or NULL */
	double *rating; /* likewise */
	Pair pair[];
} Chunk;

struct HistoryBuilder
{
	KeyTable users;
	KeyTable items;
	HistoryKind kind; /* of everything that was added */
	Row *waiting;
	int64_t *waiting_time;  /* parallel to waiting, or NULL */
	double *waiting_rating; /* likewise */
	int waiting_count;
	int waiting_capacity;
	Chunk *first;
	Chunk *last;
	int64_t pairs; /* in all chunks */
	int64_t chunk_bytes;
	Histories *part; /* MERGE_MOST_PARTS: whole values, not among the pairs */
	int parts;
	int64_t part_bytes;
};

HistoryBuilder *
builder_new(void)
{
	return host_alloc_zero(sizeof(HistoryBuilder));
}

/* Leaves when the builder may not take "more" bytes. */
static void
reserve(const HistoryBuilder *builder, int64_t more)
{
	host_reserve(builder->chunk_bytes + builder->part_bytes + keytable_bytes(&builder->users) +
	                 keytable_bytes(&builder->items) + more,
	             "interactions");
}

/* Bytes that a pair takes in a chunk. */
static int64_t
pair_bytes(HistoryKind kind)
{
	return (int64_t) sizeof(Pair) + (kind.times != TIMES_NONE ? 8 : 0) + (kind.rated ? 8 : 0);
}

/* Appends an empty chunk: for the waiting rows, or as large as all before it. */
static void
add_chunk(HistoryBuilder *builder)
{
	int64_t capacity = builder->pairs;
	int64_t bytes;
	Chunk *chunk;

	if (capacity < builder->waiting_count)
		capacity = builder->waiting_count;
	if (capacity < SMALLEST_CHUNK_PAIRS)
		capacity = SMALLEST_CHUNK_PAIRS;
	if (capacity > CHUNK_PAIRS)
		capacity = CHUNK_PAIRS;
	bytes = (int64_t) sizeof(Chunk) + capacity * pair_bytes(builder->kind);
	host_progress("collecting rows", builder->pairs, 0);
	/* the key tables double at most once while the chunk is filled */
	reserve(builder, bytes + keytable_bytes(&builder->users) + keytable_bytes(&builder->items));
	chunk = host_alloc((size_t) bytes);
	chunk->next = NULL;
	chunk->count = 0;
	chunk->capacity = capacity;
	chunk->time = builder->kind.times != TIMES_NONE ? (int64_t *) (chunk->pair + capacity) : NULL;
	chunk->rating = builder->kind.rated
	                    ? (double *) (chunk->pair + capacity + (chunk->time != NULL ? capacity : 0))
	                    : NULL;
	if (builder->last == NULL)
		builder->first = chunk;
	else
		builder->last->next = chunk;
	builder->last = chunk;
	builder->chunk_bytes += bytes;
}

static inline void
add_pair(HistoryBuilder *builder, uint32_t user, uint32_t item, int64_t time, double rating)
{
	if (builder->last == NULL || builder->last->count == builder->last->capacity)
		add_chunk(builder);
	if (builder->last->time != NULL)
		builder->last->time[builder->last->count] = time;
	if (builder->last->rating != NULL)
		builder->last->rating[builder->last->count] = rating;
	builder->last->pair[builder->last->count++] = (Pair){user, item};
	builder->pairs++;
}

/* Gives the waiting rows' keys their numbers. */
static void
number_waiting(HistoryBuilder *builder)
{
	int count = builder->waiting_count;

	host_poll();
	for (int i = 0; i < count; i++)
	{
		Row row = builder->waiting[i];

		if (i + PREFETCH_AHEAD < count)
		{
			keytable_prefetch_integer(&builder->users, builder->waiting[i + PREFETCH_AHEAD].user);
			keytable_prefetch_integer(&builder->items, builder->waiting[i + PREFETCH_AHEAD].item);
		}
		add_pair(
			builder,
			builder->users.text ? (uint32_t) row.user : keytable_intern_integer(&builder->users, row.user),
			builder->items.text ? (uint32_t) row.item : keytable_intern_integer(&builder->items, row.item),
			builder->waiting_time != NULL ? builder->waiting_time[i] : 0,
			builder->waiting_rating != NULL ? builder->waiting_rating[i] : 0);
	}
	builder->waiting_count = 0;
}

/* Makes room for a row: 8, 32, 128, 512, 2048, 4096. */
static void
grow_waiting(HistoryBuilder *builder)
{
	int capacity = builder->waiting_capacity;

	if (capacity == WAITING_ROWS)
	{
		number_waiting(builder);
		return;
	}
	capacity = capacity == 0 ? 8 : capacity * 4;
	if (capacity > WAITING_ROWS)
		capacity = WAITING_ROWS;
	if (builder->waiting == NULL)
		builder->waiting = host_array(Row, capacity);
	else
		builder->waiting = host_array_resize(Row, builder->waiting, capacity);
	if (builder->kind.times != TIMES_NONE && builder->waiting_time == NULL)
		builder->waiting_time = host_array(int64_t, capacity);
	else if (builder->kind.times != TIMES_NONE)
		builder->waiting_time = host_array_resize(int64_t, builder->waiting_time, capacity);
	if (builder->kind.rated && builder->waiting_rating == NULL)
		builder->waiting_rating = host_array(double, capacity);
	else if (builder->kind.rated)
		builder->waiting_rating = host_array_resize(double, builder->waiting_rating, capacity);
	builder->waiting_capacity = capacity;
}

/* Fixes the kind when nothing was added yet; else leaves when it is another. */
static void
require_kind(HistoryBuilder *builder, HistoryKind kind)
{
	if (builder->pairs > 0 || builder->waiting_count > 0 || builder->parts > 0)
		histories_require_same_kind(builder->kind, kind);
	builder->kind = kind;
}

void
builder_add(HistoryBuilder *builder, bool text_user, const Key *user, bool text_item, const Key *item)
{
	builder_add_event(builder, text_user, user, text_item, item, (HistoryKind){TIMES_NONE, false}, 0, 0);
}

void
builder_add_timed(HistoryBuilder *builder, bool text_user, const Key *user, bool text_item, const Key *item,
                  TimeKind times, int64_t time)
{
	builder_add_event(builder, text_user, user, text_item, item, (HistoryKind){times, false}, time, 0);
}

void
builder_add_event(HistoryBuilder *builder, bool text_user, const Key *user, bool text_item, const Key *item,
                  HistoryKind kind, int64_t time, double rating)
{
	Row row = {user->integer, item->integer};

	if (!builder->users.kind_known || builder->users.text != text_user)
		keytable_require_kind(&builder->users, text_user, "user");
	if (!builder->items.kind_known || builder->items.text != text_item)
		keytable_require_kind(&builder->items, text_item, "item");
	if (builder->kind.times != kind.times || builder->kind.rated != kind.rated)
		require_kind(builder, kind);
	if (kind.rated && !isfinite(rating))
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("a rating must be a finite number, not %s", isnan(rating) ? "NaN" : "infinity"),
		          NULL, NULL);
	if (builder->waiting_count == builder->waiting_capacity)
		grow_waiting(builder);
	if (text_user)
		row.user = keytable_intern_text(&builder->users, user->bytes, user->length);
	if (text_item)
		row.item = keytable_intern_text(&builder->items, item->bytes, item->length);
	if (kind.times != TIMES_NONE)
		builder->waiting_time[builder->waiting_count] = time;
	if (kind.rated)
		builder->waiting_rating[builder->waiting_count] = rating + 0.0; /* -0 becomes 0 */
	builder->waiting[builder->waiting_count++] = row;
}

/* Adds the pairs of a value. */
static void
add_pairs(HistoryBuilder *builder, const Histories *data)
{
	uint32_t *number;

	reserve(builder, data->interactions * pair_bytes(histories_kind(data)) +
	                     2 * data->items * (int64_t) sizeof(uint32_t));
	number = host_array(uint32_t, data->items);
	for (int64_t i = 0; i < data->items; i++)
	{
		Key key = keys_get(&data->item_keys, i);

		number[i] = keytable_intern(&builder->items, data->item_keys.text, &key);
	}
	for (int64_t u = 0; u < data->users; u++)
	{
		Key key = keys_get(&data->user_keys, u);
		uint32_t user = keytable_intern(&builder->users, data->user_keys.text, &key);

		if (u % 4096 == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
			add_pair(builder, user, number[data->item[p]], data->time != NULL ? data->time[p] : 0,
			         data->rating != NULL ? data->rating[p] : 0);
	}
	host_free(number);
}

/* Keeps a copy of a value as a part. */
static void
add_part(HistoryBuilder *builder, const Histories *data)
{
	void *copy;

	host_poll();
	reserve(builder, data->bytes);
	if (builder->part == NULL)
		builder->part = host_array(Histories, MERGE_MOST_PARTS);
	copy = host_alloc((size_t) data->bytes);
	memcpy(copy, data->value, (size_t) data->bytes);
	histories_view(copy, data->bytes, &builder->part[builder->parts++]);
	builder->part_bytes += data->bytes;
}

/* Turns the parts into pairs. */
static void
dissolve_parts(HistoryBuilder *builder)
{
	while (builder->parts > 0)
	{
		Histories *part = &builder->part[--builder->parts];

		add_pairs(builder, part);
		builder->part_bytes -= part->bytes;
		host_free((void *) part->value);
	}
}

void
builder_add_histories(HistoryBuilder *builder, const Histories *data)
{
	if (data->users == 0)
		return;
	keytable_require_kind(&builder->users, data->user_keys.text, "user");
	keytable_require_kind(&builder->items, data->item_keys.text, "item");
	require_kind(builder, histories_kind(data));
	if (builder->pairs == 0 && builder->waiting_count == 0 && builder->parts < MERGE_MOST_PARTS)
		add_part(builder, data);
	else
	{
		dissolve_parts(builder);
		add_pairs(builder, data);
	}
}

/* Ranks of the keys: rank[number] is the place of that key in key order. */
static uint32_t *
ranks(const int64_t *order, int64_t count)
{
	uint32_t *rank = host_array(uint32_t, count);

	for (int64_t i = 0; i < count; i++)
		rank[order[i]] = (uint32_t) i;
	return rank;
}

/* First pass: user ranks, and ratings, by item rank.  start has items + 1 entries. */
static void
sort_by_item(const HistoryBuilder *builder, const uint32_t *user_rank, const uint32_t *item_rank,
             int64_t *start, uint32_t *user, double *rating)
{
	int64_t items = builder->items.count;
	int64_t *next = host_array(int64_t, items);

	memset(start, 0, (size_t) (items + 1) * sizeof(int64_t));
	for (const Chunk *chunk = builder->first; chunk != NULL; chunk = chunk->next)
	{
		host_poll();
		for (int64_t i = 0; i < chunk->count; i++)
			start[item_rank[chunk->pair[i].item] + 1]++;
	}
	for (int64_t i = 0; i < items; i++)
	{
		start[i + 1] += start[i];
		next[i] = start[i];
	}
	for (const Chunk *chunk = builder->first; chunk != NULL; chunk = chunk->next)
	{
		for (int64_t i = 0; i < chunk->count; i++)
		{
			int64_t to;

			if (i % PAIRS_PER_POLL == 0)
				host_poll();
			to = next[item_rank[chunk->pair[i].item]]++;
			user[to] = user_rank[chunk->pair[i].user];
			if (rating != NULL)
				rating[to] = chunk->rating[i];
		}
	}
	host_free(next);
}

/* Sequences: the pairs of each user, then each user's pairs by time. */
static void *
build_sequences(const HistoryBuilder *builder, const Keys *user_keys, const int64_t *user_order,
                const Keys *item_keys, const int64_t *item_order, const uint32_t *user_rank,
                const uint32_t *item_rank, Histories *data)
{
	int64_t users = builder->users.count;
	int64_t *start, *next;
	HistoryArrays arrays;
	SequenceScratch *scratch;
	void *value = histories_new_kind(user_keys, user_order, users, item_keys, item_order,
	                                 builder->items.count, builder->pairs, builder->kind, &arrays);
	int64_t longest = 0, done = 0;

	start = arrays.start;
	for (const Chunk *chunk = builder->first; chunk != NULL; chunk = chunk->next)
	{
		host_poll();
		for (int64_t i = 0; i < chunk->count; i++)
			start[user_rank[chunk->pair[i].user] + 1]++;
	}
	next = host_array(int64_t, users);
	for (int64_t u = 0; u < users; u++)
	{
		longest = start[u + 1] > longest ? start[u + 1] : longest;
		start[u + 1] += start[u];
		next[u] = start[u];
	}
	for (const Chunk *chunk = builder->first; chunk != NULL; chunk = chunk->next)
	{
		for (int64_t i = 0; i < chunk->count; i++)
		{
			int64_t to;

			if (i % PAIRS_PER_POLL == 0)
				host_poll();
			to = next[user_rank[chunk->pair[i].user]]++;
			arrays.item[to] = item_rank[chunk->pair[i].item];
			arrays.time[to] = chunk->time[i];
			if (chunk->rating != NULL)
				arrays.rating[to] = chunk->rating[i];
		}
	}
	host_free(next);
	scratch = sequence_scratch(longest);
	for (int64_t u = 0; u < users; u++)
	{
		if (start[u] >= done)
		{
			host_progress("sorting by time", start[u], builder->pairs);
			host_poll();
			done = start[u] + PAIRS_PER_POLL;
		}
		sequence_sort(arrays.time + start[u], arrays.item + start[u],
		              arrays.rating != NULL ? arrays.rating + start[u] : NULL, start[u + 1] - start[u],
		              scratch);
	}
	sequence_scratch_free(scratch);
	histories_seal(value, data);
	return value;
}

void
builder_settle(HistoryBuilder *builder)
{
	if (builder->pairs > 0 || builder->waiting_count > 0)
		dissolve_parts(builder);
	if (builder->first != NULL)
		number_waiting(builder);
}

void *
builder_finish(const HistoryBuilder *settled, Histories *data)
{
	HistoryBuilder copy = *settled;
	HistoryBuilder *builder = &copy;
	Keys user_keys, item_keys;
	int64_t *user_order, *item_order;
	uint32_t *user_rank, *item_rank;
	int64_t users, items;
	void *value;

	if (builder->parts > 0)
		return histories_merge(builder->part, builder->parts, builder->part_bytes, data);

	/* unless settled, there are no chunks, and integer keys no table, to share */
	number_waiting(builder);
	user_keys = keytable_keys(&builder->users);
	item_keys = keytable_keys(&builder->items);
	users = builder->users.count;
	items = builder->items.count;
	/* the users of items with their ratings, and the value's arrays; orders, ranks, counts, keys */
	reserve(builder, builder->pairs * (kind_width(builder->kind) +
	                                   (builder->kind.times == TIMES_NONE ? kind_width(builder->kind) : 0)) +
	                     (users + items) * 32 + keytable_bytes(&builder->users) +
	                     keytable_bytes(&builder->items));

	user_order = keys_sorted_order(&user_keys);
	item_order = keys_sorted_order(&item_keys);
	user_rank = ranks(user_order, users);
	item_rank = ranks(item_order, items);
	if (builder->kind.times != TIMES_NONE)
		value = build_sequences(builder, &user_keys, user_order, &item_keys, item_order, user_rank, item_rank,
		                        data);
	else
	{
		int64_t *item_start = host_array(int64_t, items + 1);
		uint32_t *users_of_items = host_array(uint32_t, builder->pairs);
		double *rating = builder->kind.rated ? host_array(double, builder->pairs) : NULL;

		sort_by_item(builder, user_rank, item_rank, item_start, users_of_items, rating);
		value = histories_from_lists(&user_keys, user_order, users, &item_keys, item_order, items, item_start,
		                             users_of_items, rating, data);
		host_free(item_start);
		host_free(users_of_items);
		if (rating != NULL)
			host_free(rating);
	}
	host_free(user_rank);
	host_free(item_rank);
	host_free(user_order);
	host_free(item_order);
	return value;
}
