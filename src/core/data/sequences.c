/*
 * sequences.c
 *	  Histories in order of time, and the sets of items in them.
 */
#include "data/sequences.h"

#include "data/lists.h"
#include "host.h"

#include <string.h>

#define ENTRIES_PER_POLL (1 << 18)

typedef struct Event
{
	int64_t time;
	double rating; /* 0 when there are none */
	uint32_t item;
} Event;

struct SequenceScratch
{
	Event *from; /* the longest history, each */
	Event *to;
};

SequenceScratch *
sequence_scratch(int64_t longest)
{
	SequenceScratch *scratch = host_alloc(sizeof(SequenceScratch));

	scratch->from = host_array(Event, longest);
	scratch->to = host_array(Event, longest);
	return scratch;
}

void
sequence_scratch_free(SequenceScratch *scratch)
{
	host_free(scratch->from);
	host_free(scratch->to);
	host_free(scratch);
}

static inline bool
is_before(const Event *a, const Event *b)
{
	if (a->time != b->time)
		return a->time < b->time;
	return a->item != b->item ? a->item < b->item : a->rating < b->rating;
}

static bool
is_sorted(const int64_t *time, const uint32_t *item, const double *rating, int64_t count)
{
	for (int64_t i = 1; i < count; i++)
	{
		if (time[i] < time[i - 1] || (time[i] == time[i - 1] && item[i] < item[i - 1]) ||
		    (rating != NULL && time[i] == time[i - 1] && item[i] == item[i - 1] && rating[i] < rating[i - 1]))
			return false;
	}
	return true;
}

/* Merges two sorted neighbours, from[low .. middle - 1] and from[middle .. high - 1]. */
static void
merge_runs(const Event *from, Event *to, int64_t low, int64_t middle, int64_t high)
{
	int64_t a = low, b = middle;

	for (int64_t out = low; out < high; out++)
	{
		if (out % ENTRIES_PER_POLL == 0)
			host_poll();
		if (b < high && (a == middle || is_before(&from[b], &from[a])))
			to[out] = from[b++];
		else
			to[out] = from[a++];
	}
}

/* Bottom-up merge sort; rows often come in order already. */
void
sequence_sort(int64_t *time, uint32_t *item, double *rating, int64_t count, SequenceScratch *scratch)
{
	if (is_sorted(time, item, rating, count))
		return;
	for (int64_t i = 0; i < count; i++)
		scratch->from[i] = (Event){time[i], rating != NULL ? rating[i] : 0, item[i]};
	for (int64_t width = 1; width < count; width *= 2)
	{
		Event *swap = scratch->from;

		for (int64_t low = 0; low < count; low += 2 * width)
		{
			int64_t middle = count - low < width ? count : low + width;
			int64_t high = count - low < 2 * width ? count : low + 2 * width;

			merge_runs(scratch->from, scratch->to, low, middle, high);
		}
		scratch->from = scratch->to;
		scratch->to = swap;
	}
	for (int64_t i = 0; i < count; i++)
	{
		time[i] = scratch->from[i].time;
		item[i] = scratch->from[i].item;
		if (rating != NULL)
			rating[i] = scratch->from[i].rating;
	}
}

void *
sequences_as_sets(const Histories *data, Histories *sets)
{
	bool rated = data->rating != NULL;
	int64_t *start;
	uint32_t *user;
	double *rating;
	void *value;

	host_reserve(lists_bytes(data->users, data->interactions, rated) + data->interactions * (rated ? 12 : 4) +
	                 data->items * 16,
	             "the sets of items of sequences");
	histories_invert_rated(data, &start, &user, &rating);
	value = histories_from_lists(&data->user_keys, NULL, data->users, &data->item_keys, NULL, data->items,
	                             start, user, rating, sets);
	host_free(start);
	host_free(user);
	if (rated)
		host_free(rating);
	return value;
}

void *
histories_without_ratings(const Histories *data, Histories *unrated)
{
	HistoryArrays arrays;
	void *value;

	host_reserve(data->bytes, "interactions without ratings");
	value = histories_new_kind(&data->user_keys, NULL, data->users, &data->item_keys, NULL, data->items,
	                           data->interactions, (HistoryKind){data->times, false}, &arrays);
	memcpy(arrays.start, data->start, (size_t) (data->users + 1) * sizeof(int64_t));
	host_poll();
	memcpy(arrays.item, data->item, (size_t) data->interactions * sizeof(uint32_t));
	host_poll();
	if (data->time != NULL)
		memcpy(arrays.time, data->time, (size_t) data->interactions * sizeof(int64_t));
	histories_seal(value, unrated);
	return value;
}

static const char *
name_of_kind(TimeKind kind)
{
	switch (kind)
	{
		case TIMES_INTEGER:
			return "sequences in order of an integer";
		case TIMES_FLOAT:
			return "sequences in order of a floating-point number";
		case TIMES_MOMENT:
			return "sequences in order of a date or time";
		default:
			return "sets";
	}
}

void
histories_require_same_kind(HistoryKind a, HistoryKind b)
{
	if (a.times == b.times && a.rated == b.rated)
		return;
	if (a.times == b.times)
		host_fail(HOST_TYPE_MISMATCH, "interactions with and without ratings do not mix", NULL,
		          "Drop the ratings by without_ratings().");
	if (a.times == TIMES_NONE || b.times == TIMES_NONE)
		host_fail(HOST_TYPE_MISMATCH, "sets and sequences of items do not mix", NULL,
		          "Take the sets of items of the sequences by as_sets().");
	host_fail(HOST_TYPE_MISMATCH, "the times of the sequences are of different types",
	          host_format("Some are %s, some are %s.", name_of_kind(a.times), name_of_kind(b.times)),
	          "Cast the column to the same type in both.");
}
