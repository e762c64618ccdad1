/*
 * times_draw.c
 *	  Drawing when synthetic users have their items.
 *
 * Times of day are dealt out rather than drawn.  Of a block of users the
 * sittings are ranked by their number of items (the order of about equal ones is
 * random), and the sitting of rank r in block b gets the time of day at
 * frac(x + b a + r c) of the histogram, where x is random and a and c are such
 * that these numbers lie evenly both for one rank in many blocks and for many
 * ranks in one block.  Each sitting's time is distributed as if drawn; but
 * together the sittings, the long ones above all, make up the times of day of the
 * data better than independent draws, in which one long sitting more or less in
 * an hour shows.  It is the item in the middle of the sitting that has this time:
 * so the others, some before and some after it, spread without a shift.
 */
#include "generators/times_model.h"

#include "generators/times_parts.h"
#include "host.h"

/* Of Roberts (2018), times 2^64: 1 / p and 1 / p^2, where p^3 = p + 1. */
#define STEP_OF_BLOCKS UINT64_C(0xc13fa9a902a6328f)
#define STEP_OF_RANKS UINT64_C(0x91e10da5c79e7b1d)

/* Sittings are ranked by the power of two in their size and the next two bits. */
#define SIZE_CLASSES 128

/* Items of a user without a jump between them. */
typedef struct Sitting
{
	uint32_t place; /* of the first item, in the block */
	uint32_t order; /* the sitting that is in this place of an order */
	int64_t hour;   /* ticks of the day */
} Sitting;

struct TimesScratch
{
	Sitting *sitting; /* most; in the order of their places */
	uint32_t *order;  /* most */
};

TimesScratch *
times_scratch_new(int64_t most)
{
	TimesScratch *scratch = host_alloc(sizeof(TimesScratch));

	scratch->sitting = host_array(Sitting, most);
	scratch->order = host_array(uint32_t, most);
	return scratch;
}

/* How many sittings a history has after the first. */
static int64_t
draw_breaks(const TimesModel *t, Random *random, int64_t length)
{
	int64_t breaks = t->clock.day > 0 ? time_bins_draw(&t->breaks[times_octave_of(length)], random) : 0;

	return breaks < 0 ? 0 : breaks < length ? breaks : length - 1;
}

/*
 * Draws the beginning of a history, its gaps, and the days between sittings;
 * sittings are added behind "sittings" others, whose number is given back.
 */
static int64_t
draw_skeleton(const TimesModel *t, Random *random, int64_t begin, int64_t end, int64_t *time,
              Sitting *sitting, int64_t sittings)
{
	int64_t breaks = begin < end ? draw_breaks(t, random, end - begin) : 0;

	for (int64_t p = begin; p < end; p++)
	{
		/* each set of places between items is equally likely */
		bool is_break =
			p > begin && breaks > 0 && (int64_t) random_below(random, (uint64_t) (end - p)) < breaks;

		if (p > begin && !is_break)
		{
			time[p] = time_whole_steps(&t->clock, time_bins_draw(&t->gap, random));
			continue;
		}
		breaks -= is_break;
		sitting[sittings] = (Sitting){(uint32_t) p, (uint32_t) sittings, 0};
		sittings++;
		time[p] = time_bins_draw(is_break ? &t->jump : &t->start, random);
	}
	return sittings;
}

/* Puts the sittings in a random order (Fisher and Yates). */
static void
shuffle_sittings(Sitting *sitting, int64_t sittings, Random *random)
{
	for (int64_t s = sittings - 1; s > 0; s--)
	{
		int64_t other = (int64_t) random_below(random, (uint64_t) s + 1);
		uint32_t order = sitting[s].order;

		sitting[s].order = sitting[other].order;
		sitting[other].order = order;
	}
}

static int
size_class(int64_t size)
{
	int octave = times_octave_of(size);
	int64_t bits = octave >= 2 ? size >> (octave - 2) : size << (2 - octave);

	return octave * 4 + (int) (bits & 3);
}

/* Ranks the sittings, which are in a random order, by size, the longest first. */
static void
rank_sittings(TimesScratch *scratch, int64_t sittings, int64_t items)
{
	Sitting *sitting = scratch->sitting;
	int64_t next[SIZE_CLASSES + 1] = {0};

	for (int64_t s = 0; s < sittings; s++)
	{
		int64_t end = s + 1 < sittings ? sitting[s + 1].place : items;

		sitting[s].hour = size_class(end - sitting[s].place);
		next[SIZE_CLASSES - sitting[s].hour]++;
	}
	for (int c = 1; c <= SIZE_CLASSES; c++)
		next[c] += next[c - 1];
	for (int64_t n = 0; n < sittings; n++)
	{
		uint32_t s = sitting[n].order;

		scratch->order[next[SIZE_CLASSES - 1 - sitting[s].hour]++] = s;
	}
}

/* Deals out times of day to the sittings of a block, which are ranked. */
static void
deal_hours(const TimesModel *t, uint64_t seed, int64_t block, TimesScratch *scratch, int64_t sittings)
{
	Random random;
	uint64_t share;

	random_open(&random, seed, RANDOM_TIME_OFFSET, 0);
	share = random_uint64(&random) + (uint64_t) block * STEP_OF_BLOCKS;
	for (int64_t n = 0; n < sittings; n++, share += STEP_OF_RANKS)
		scratch->sitting[scratch->order[n]].hour =
			t->hour.count == 0
				? 0
				: time_whole_steps(&t->clock, time_bins_quantile(&t->hour, (double) (share >> 11) * 0x1p-53));
}

/* Moves a history that ends after the last day back by days, and no further than to the first. */
static void
keep_within(const TimeClock *clock, int64_t begin, int64_t end, int64_t *time)
{
	int64_t back = 0;

	if (clock->day > 0 && time[end - 1] >= clock->last)
		back = (time_floor_div(time[end - 1] - clock->last, clock->day) + 1) * clock->day;
	for (int64_t p = begin; p < end; p++)
	{
		int64_t moved = time[p] - back;

		if (clock->day > 0)
			time[p] = moved >= clock->first
			              ? moved
			              : clock->first + moved - time_floor_div(moved, clock->day) * clock->day;
		else
			time[p] = moved >= clock->last ? clock->last - 1 : moved < clock->first ? clock->first : moved;
	}
}

/*
 * Sets the times of a sitting, whose first is an item of the given day at the
 * earliest, so that the one in its middle has the sitting's time of day; no
 * time is before "now".  Gives back the last.
 */
static int64_t
place_sitting(const TimeClock *clock, const Sitting *sitting, int64_t day, int64_t now, int64_t end,
              int64_t *time)
{
	int64_t begin = sitting->place, middle = begin + (end - begin) / 2, passed = 0, at;

	for (int64_t p = begin + 1; p <= middle; p++)
		passed = time_add(passed, time[p]);
	at = time_add(time_add(day * clock->day, sitting->hour), -passed);
	if (at < now)
		at = time_add(at, (time_floor_div(now - at - 1, clock->day) + 1) * clock->day);
	time[begin] = at;
	for (int64_t p = begin + 1; p < end; p++)
		time[p] = at = time_add(at, time[p]);
	return at;
}

/* The times of a history without days: a beginning and gaps. */
static void
place_history(const TimeClock *clock, int64_t begin, int64_t end, int64_t *time)
{
	int64_t now = time_whole_steps(clock, time[begin]);

	time[begin] = now;
	for (int64_t p = begin + 1; p < end; p++)
		time[p] = now = time_add(now, time[p]);
}

/* The sittings of a history, the first of which is "sitting"; gives back the one behind its last. */
static const Sitting *
place_sittings(const TimeClock *clock, const Sitting *sitting, const Sitting *no_more, int64_t begin,
               int64_t end, int64_t *time)
{
	int64_t now = -TIME_LIMIT;

	while (sitting < no_more && sitting->place < end)
	{
		int64_t stop = sitting + 1 < no_more && sitting[1].place < end ? sitting[1].place : end;
		int64_t jump = time[sitting->place];
		int64_t day = time_floor_div(sitting->place == begin ? jump : now, clock->day);

		if (sitting->place > begin)
			day += jump < TIME_LIMIT / clock->day ? jump : TIME_LIMIT / clock->day;
		now = place_sitting(clock, sitting++, day, now, stop, time);
	}
	return sitting;
}

void
times_model_draw(const TimesModel *t, TimesScratch *scratch, uint64_t seed, int64_t first, int64_t users,
                 const int64_t *start, int64_t *time)
{
	const TimeClock *clock = &t->clock;
	const Sitting *next = scratch->sitting;
	int64_t sittings = 0;
	Random random;

	for (int64_t n = 0; n < users; n++)
	{
		random_open(&random, seed, RANDOM_TIMES, (uint64_t) (first + n));
		sittings = draw_skeleton(t, &random, start[n], start[n + 1], time, scratch->sitting, sittings);
	}
	random_open(&random, seed, RANDOM_TIME_BLOCKS, (uint64_t) first);
	shuffle_sittings(scratch->sitting, sittings, &random);
	rank_sittings(scratch, sittings, start[users]);
	deal_hours(t, seed, first / users, scratch, sittings);
	for (int64_t n = 0; n < users; n++)
	{
		if (start[n] == start[n + 1])
			continue;
		if (clock->day == 0)
			place_history(clock, start[n], start[n + 1], time);
		else
			next = place_sittings(clock, next, scratch->sitting + sittings, start[n], start[n + 1], time);
		keep_within(clock, start[n], start[n + 1], time);
		for (int64_t p = start[n]; p < start[n + 1]; p++)
			time[p] = time_of_tick((TimeKind) clock->kind, time[p]);
	}
}
