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
is_before(int64_t time_a, uint32_t item_a, int64_t time_b, uint32_t item_b)
{
	return time_a != time_b ? time_a < time_b : item_a < item_b;
}

static bool
is_sorted(const int64_t *time, const uint32_t *item, int64_t count)
{
	for (int64_t i = 1; i < count; i++)
	{
		if (is_before(time[i], item[i], time[i - 1], item[i - 1]))
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
		if (b < high && (a == middle || is_before(from[b].time, from[b].item, from[a].time, from[a].item)))
			to[out] = from[b++];
		else
			to[out] = from[a++];
	}
}

/* Bottom-up merge sort; rows often come in order already. */
void
sequence_sort(int64_t *time, uint32_t *item, int64_t count, SequenceScratch *scratch)
{
	if (is_sorted(time, item, count))
		return;
	for (int64_t i = 0; i < count; i++)
		scratch->from[i] = (Event){time[i], item[i]};
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
	}
}

void *
sequences_as_sets(const Histories *data, Histories *sets)
{
	int64_t *start;
	uint32_t *user;
	void *value;

	host_reserve(lists_bytes(data->users, data->interactions) + data->interactions * 4 + data->items * 16,
	             "the sets of items of sequences");
	histories_invert(data, &start, &user);
	value = histories_from_lists(&data->user_keys, NULL, data->users, &data->item_keys, NULL, data->items,
	                             start, user, sets);
	host_free(start);
	host_free(user);
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
times_require_same_kind(TimeKind a, TimeKind b)
{
	if (a == b)
		return;
	if (a == TIMES_NONE || b == TIMES_NONE)
		host_fail(HOST_TYPE_MISMATCH, "sets and sequences of items do not mix", NULL,
		          "Take the sets of items of the sequences by as_sets().");
	host_fail(HOST_TYPE_MISMATCH, "the times of the sequences are of different types",
	          host_format("Some are %s, some are %s.", name_of_kind(a), name_of_kind(b)),
	          "Cast the column to the same type in both.");
}
