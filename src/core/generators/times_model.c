/*
 * times_model.c
 *	  Beginnings of histories, gaps within sittings, days between them.
 *
 * Times are computed with as integers, "ticks": what the value stores, but of
 * floats, millionths.  Whatever is not finite is left out.
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

#include "generators/time_bins.h"
#include "host.h"

#include <math.h>
#include <string.h>

#define USERS_PER_POLL 4096

/* Of days: narrow bins for times of day. */
#define DAY_PARTS 96

/* Histories are told apart by the power of two at or below their length. */
#define OCTAVES 32

/* Starts are counted in so many bins at most. */
#define MOST_STARTS (INT64_C(1) << 16)

/* Two bins an octave, to 2^59. */
#define GAP_BINS 118

#define FLOAT_TICKS 1e6

/* Of Roberts (2018), times 2^64: 1 / p and 1 / p^2, where p^3 = p + 1. */
#define STEP_OF_BLOCKS UINT64_C(0xc13fa9a902a6328f)
#define STEP_OF_RANKS UINT64_C(0x91e10da5c79e7b1d)

/* Sittings are ranked by the power of two in their size and the next two bits. */
#define SIZE_CLASSES 128

#define MICROSECONDS_PER_DAY INT64_C(86400000000)

/* What times are, and where they lie; the section "time_clock". */
typedef struct Clock
{
	int64_t kind;  /* TimeKind */
	int64_t day;   /* ticks, or 0 when they have no days */
	int64_t step;  /* ticks are multiples of it */
	int64_t first; /* ticks, multiples of a day: no time lies before */
	int64_t last;  /* nor at or after this */
	int64_t width; /* of narrow bins of starts */
} Clock;

#define CLOCK_NUMBERS ((int64_t) (sizeof(Clock) / sizeof(int64_t)))

struct TimesModel
{
	Clock clock;
	TimeBins start;           /* ticks, of the first item: whole days, when there are days */
	TimeBins hour;            /* ticks of the day, of all items */
	TimeBins gap;             /* ticks between two items of a sitting */
	TimeBins jump;            /* days between two sittings */
	TimeBins breaks[OCTAVES]; /* by length of history: how many sittings follow the first */
};

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

/* a / b rounded down, b > 0. */
static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Sum, kept within the limit. */
static int64_t
add(int64_t a, int64_t b)
{
	int64_t sum = a + b; /* both are within twice the limit */

	return sum > TIME_LIMIT ? TIME_LIMIT : sum < -TIME_LIMIT ? -TIME_LIMIT : sum;
}

/* A stored float time as a number; see the bits in histories.h. */
static double
float_of(int64_t time)
{
	int64_t bits = time < 0 ? time ^ INT64_MAX : time;
	double number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

static int64_t
time_of_float(double number)
{
	int64_t bits;

	if (number == 0)
		number = 0;
	memcpy(&bits, &number, sizeof(bits));
	return bits < 0 ? bits ^ INT64_MAX : bits;
}

/* Sets *tick, or gives back false where the time is infinite or too far away. */
static bool
tick_of(TimeKind kind, int64_t time, int64_t *tick)
{
	double number;

	if (kind == TIMES_FLOAT)
	{
		number = float_of(time) * FLOAT_TICKS;
		if (!(fabs(number) < (double) TIME_LIMIT))
			return false;
		*tick = llrint(number);
		return true;
	}
	*tick = time;
	return time > -TIME_LIMIT && time < TIME_LIMIT;
}

static int64_t
time_of_tick(TimeKind kind, int64_t tick)
{
	return kind == TIMES_FLOAT ? time_of_float((double) tick / FLOAT_TICKS) : tick;
}

static int64_t
greatest_divisor(int64_t a, int64_t b)
{
	while (b != 0)
	{
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a < 0 ? -a : a;
}

/* What there is to know before anything can be counted. */
typedef struct Span
{
	int64_t least; /* tick after the first few users' first ones */
	int64_t most;  /* tick before the last few users' last ones */
	int64_t divisor;
	int64_t users; /* with a time */
} Span;

/* Keeps the TIME_MIN_USERS greatest, ascending. */
static void
keep_greatest(int64_t *kept, int64_t tick)
{
	int i = 0;

	if (tick <= kept[0])
		return;
	for (; i + 1 < TIME_MIN_USERS && kept[i + 1] < tick; i++)
		kept[i] = kept[i + 1];
	kept[i] = tick;
}

/* First and last tick of a user, or false when none is finite. */
static bool
own_span(const Histories *data, int64_t user, int64_t *least, int64_t *most, int64_t *divisor)
{
	bool found = false;
	int64_t tick;

	for (int64_t p = data->start[user]; p < data->start[user + 1]; p++)
	{
		if (!tick_of(data->times, data->time[p], &tick))
			continue;
		if (!found)
			*least = tick;
		*most = tick;
		found = true;
		*divisor = *divisor == 1 ? 1 : greatest_divisor(*divisor, tick);
	}
	return found;
}

/*
 * The range without what fewer than TIME_MIN_USERS users lie beyond, as long
 * as there are so many.
 */
static Span
find_span(const Histories *data)
{
	int64_t first[TIME_MIN_USERS], last[TIME_MIN_USERS];
	Span span = {0};

	for (int i = 0; i < TIME_MIN_USERS; i++)
		first[i] = last[i] = INT64_MIN;
	for (int64_t u = 0; u < data->users; u++)
	{
		int64_t least, most;

		if (u % USERS_PER_POLL == 0)
			host_poll();
		if (!own_span(data, u, &least, &most, &span.divisor))
			continue;
		span.users++;
		keep_greatest(first, -least);
		keep_greatest(last, most);
	}
	if (span.users >= TIME_MIN_USERS)
	{
		span.least = -first[0] < last[0] ? -first[0] : last[0];
		span.most = -first[0] < last[0] ? last[0] : -first[0];
	}
	return span;
}

/* Ticks of a day: numbers that may be seconds or milliseconds of 1973 to 2286 are taken for these. */
static int64_t
day_of(TimeKind kind, const Span *span)
{
	int64_t unit = kind == TIMES_FLOAT ? (int64_t) FLOAT_TICKS : 1;

	if (kind == TIMES_MOMENT)
		return MICROSECONDS_PER_DAY;
	if (span->least / unit >= INT64_C(100000000) && span->most / unit < INT64_C(10000000000))
		return 86400 * unit;
	if (span->least / unit >= INT64_C(100000000000) && span->most / unit < INT64_C(10000000000000))
		return 86400000 * unit;
	return 0;
}

/* The greatest usual unit that all times are multiples of, since an unusual one might tell of few. */
static int64_t
step_of(TimeKind kind, int64_t day, int64_t divisor)
{
	static const int64_t part[] = {1, 24, 1440, 86400, 86400000};

	for (int i = 0; day > 0 && i < (int) (sizeof(part) / sizeof(part[0])); i++)
	{
		if (day % part[i] == 0 && divisor % (day / part[i]) == 0)
			return day / part[i];
	}
	return kind == TIMES_FLOAT && divisor % (int64_t) FLOAT_TICKS == 0 ? (int64_t) FLOAT_TICKS : 1;
}

static Clock
clock_of(const Histories *data, const Span *span)
{
	Clock clock = {.kind = data->times, .day = day_of(data->times, span)};
	int64_t width = 1;

	clock.step = step_of(data->times, clock.day, span->divisor);
	if (clock.day > 0)
	{
		clock.first = floor_div(span->least, clock.day) * clock.day;
		clock.last = (floor_div(span->most, clock.day) + 1) * clock.day;
		for (width = clock.day; (clock.last - clock.first) / width >= MOST_STARTS;)
			width *= 2;
	}
	else
	{
		/* some hundred or thousand bins between round numbers */
		while (width < TIME_LIMIT / 100 && (span->most - span->least) / width >= 2000)
			width *= 10;
		clock.first = floor_div(span->least, width) * width;
		clock.last = (floor_div(span->most, width) + 1) * width;
	}
	clock.width = width;
	return clock;
}

/* Edges of the bins of gaps: 0, 1, 2, 3, 4, 6, 8, 12, ... units. */
static TimeCounts
gap_counts(int64_t unit)
{
	TimeCounts counts = time_counts_new(GAP_BINS);

	for (int64_t i = 0; i <= counts.count; i++)
	{
		int64_t edge = i < 2 ? i : i % 2 == 0 ? INT64_C(1) << i / 2 : INT64_C(3) << (i - 3) / 2;

		counts.edge[i] = edge < TIME_LIMIT / unit ? edge * unit : TIME_LIMIT;
	}
	return counts;
}

/* Bins of equal width. */
static TimeCounts
even_counts(int64_t first, int64_t width, int64_t count)
{
	TimeCounts counts = time_counts_new(count);

	for (int64_t i = 0; i <= count; i++)
		counts.edge[i] = first + i * width;
	return counts;
}

/* The last bin that begins at or below the time, or the first. */
static int64_t
bin_of(const TimeCounts *counts, int64_t time)
{
	int64_t low = 0, high = counts->count - 1;

	if (time >= TIME_LIMIT)
		time = TIME_LIMIT - 1;
	while (low < high)
	{
		int64_t middle = (low + high + 1) / 2;

		if (counts->edge[middle] <= time)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* All that is counted. */
typedef struct Census
{
	Clock clock;
	TimeCounts start;
	TimeCounts gap;

	/* when there are days */
	TimeCounts hour;
	TimeCounts jump;
	TimeCounts breaks[OCTAVES];
} Census;

static int
octave_of(int64_t length)
{
	int octave = 0;

	while (octave + 1 < OCTAVES && length >> (octave + 1) > 0)
		octave++;
	return octave;
}

static int64_t
time_of_day(const Clock *clock, int64_t tick)
{
	return tick - floor_div(tick, clock->day) * clock->day;
}

/* A gap, or the jump between two sittings. */
static bool
count_pause(Census *census, int64_t user, int64_t before, int64_t after)
{
	const Clock *clock = &census->clock;
	int64_t days;

	if (clock->day == 0 || after - before < clock->day / 24)
	{
		time_counts_add(&census->gap, bin_of(&census->gap, after - before), user, 1);
		return false;
	}
	days = floor_div(after, clock->day) - floor_div(before, clock->day);
	time_counts_add(&census->jump, bin_of(&census->jump, days), user, 1);
	return true;
}

static void
count_user(Census *census, const Histories *data, int64_t user)
{
	int64_t before = 0, items = 0, breaks = 0, tick;

	for (int64_t p = data->start[user]; p < data->start[user + 1]; p++)
	{
		if (!tick_of(data->times, data->time[p], &tick))
			continue;
		if (items++ == 0)
			time_counts_add(&census->start, bin_of(&census->start, tick), user, 1);
		else
			breaks += count_pause(census, user, before, tick);
		if (census->clock.day > 0)
			time_counts_add(&census->hour, bin_of(&census->hour, time_of_day(&census->clock, tick)), user, 1);
		before = tick;
	}
	if (census->clock.day > 0 && items > 0)
	{
		TimeCounts *counts = &census->breaks[octave_of(items)];

		time_counts_add(counts, bin_of(counts, breaks), user, 1);
	}
}

static void
census_begin(Census *census, const Histories *data, const Span *span)
{
	const Clock *clock = &census->clock;

	census->clock = clock_of(data, span);
	census->start =
		even_counts(clock->first, clock->width, (clock->last - clock->first - 1) / clock->width + 1);
	census->gap = gap_counts(clock->step);
	census->jump = gap_counts(1);
	if (clock->day > 0)
		census->hour = even_counts(0, clock->day / DAY_PARTS, DAY_PARTS);
	for (int i = 0; i < OCTAVES; i++)
		census->breaks[i] = gap_counts(1);
}

/* Adds the histograms by length, side by side; lengths that too few users have share the next ones'. */
static void
write_breaks(const Census *census, ModelWriter *writer)
{
	int64_t *start = host_array(int64_t, OCTAVES + 1), *low, *high, *sum, total = 0;
	TimeBins bins[OCTAVES];

	for (int i = 0; i < OCTAVES; i++)
	{
		bins[i] = time_bins_shared(&census->breaks[i]);
		if (bins[i].count == 0 && i > 0)
			bins[i] = bins[i - 1];
	}
	for (int i = OCTAVES - 2; i >= 0; i--)
	{
		if (bins[i].count == 0)
			bins[i] = bins[i + 1];
	}
	for (int i = 0; i < OCTAVES; i++)
	{
		start[i] = total;
		total += bins[i].count;
	}
	start[OCTAVES] = total;
	low = host_array(int64_t, total);
	high = host_array(int64_t, total);
	sum = host_array(int64_t, total);
	for (int i = 0; i < OCTAVES; i++)
	{
		for (int64_t b = 0; b < bins[i].count; b++)
		{
			low[start[i] + b] = bins[i].low[b];
			high[start[i] + b] = bins[i].high[b];
			sum[start[i] + b] = bins[i].sum[b];
		}
	}
	model_write(writer, "time_break_start", SECTION_INT64, start, OCTAVES + 1);
	model_write(writer, "time_break_low", SECTION_INT64, low, total);
	model_write(writer, "time_break_high", SECTION_INT64, high, total);
	model_write(writer, "time_break_sum", SECTION_INT64, sum, total);
}

void
times_model_fit(const Histories *data, ModelWriter *writer)
{
	Census census = {0};
	Span span = find_span(data);
	TimeBins start, hour = {0}, gap, jump;
	int64_t *clock;

	if (span.users < TIME_MIN_USERS)
		return;
	host_reserve((MOST_STARTS + (OCTAVES + 2) * GAP_BINS) * 64, "times of histories");
	census_begin(&census, data, &span);
	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % 256 == 0)
		{
			host_progress("times", u, data->users);
			host_poll();
		}
		count_user(&census, data, u);
	}
	start = time_bins_joined(&census.start);
	gap = time_bins_shared(&census.gap);
	jump = time_bins_shared(&census.jump);
	if (census.clock.day > 0)
		hour = time_bins_shared(&census.hour);
	clock = host_array(int64_t, CLOCK_NUMBERS);
	memcpy(clock, &census.clock, sizeof(Clock));
	model_write(writer, "time_clock", SECTION_INT64, clock, CLOCK_NUMBERS);
	time_bins_write(&start, "time_start", writer);
	time_bins_write(&hour, "time_hour", writer);
	time_bins_write(&gap, "time_gap", writer);
	time_bins_write(&jump, "time_jump", writer);
	write_breaks(&census, writer);
}

static bool
clock_valid(const Clock *clock)
{
	return clock->kind >= TIMES_INTEGER && clock->kind <= TIMES_MOMENT && clock->day >= 0 &&
	       clock->day <= TIME_LIMIT && clock->step >= 1 && clock->step <= TIME_LIMIT &&
	       (clock->day == 0 || clock->day % clock->step == 0) && clock->first >= -TIME_LIMIT &&
	       clock->last <= TIME_LIMIT && clock->first < clock->last && clock->width >= 1;
}

/* Leaves unless the histograms by length lie within their sections. */
static void
open_breaks(TimesModel *t, const Model *model)
{
	int64_t starts, lows, highs, sums;
	const int64_t *start = model_section(model, "time_break_start", SECTION_INT64, &starts);
	const int64_t *low = model_section(model, "time_break_low", SECTION_INT64, &lows);
	const int64_t *high = model_section(model, "time_break_high", SECTION_INT64, &highs);
	const int64_t *sum = model_section(model, "time_break_sum", SECTION_INT64, &sums);

	if (starts != OCTAVES + 1 || start[0] != 0 || start[OCTAVES] != lows || highs != lows || sums != lows)
		value_malformed("model", "Its times do not fit together.");
	for (int i = 0; i < OCTAVES; i++)
	{
		if (start[i] < 0 || start[i] > start[i + 1] || start[i + 1] > lows)
			value_malformed("model", "Its times do not fit together.");
		t->breaks[i] = (TimeBins){start[i + 1] - start[i], low + start[i], high + start[i], sum + start[i]};
		time_bins_check(&t->breaks[i]);
	}
}

TimesModel *
times_model_open(const Model *model)
{
	TimesModel *t;
	const int64_t *clock;
	int64_t numbers;

	if (!model_has_section(model, "time_clock"))
		return NULL;
	t = host_alloc_zero(sizeof(TimesModel));
	clock = model_section(model, "time_clock", SECTION_INT64, &numbers);
	if (numbers != CLOCK_NUMBERS)
		value_malformed("model", "Its times do not fit together.");
	memcpy(&t->clock, clock, sizeof(Clock));
	t->start = time_bins_open(model, "time_start");
	t->hour = time_bins_open(model, "time_hour");
	t->gap = time_bins_open(model, "time_gap");
	t->jump = time_bins_open(model, "time_jump");
	if (!clock_valid(&t->clock) || t->start.count < 1 || (t->clock.day == 0 && t->jump.count > 0) ||
	    (t->hour.count > 0 && (t->hour.low[0] < 0 || t->hour.high[t->hour.count - 1] > t->clock.day)) ||
	    (t->gap.count > 0 && t->gap.low[0] < 0) || (t->jump.count > 0 && t->jump.low[0] < 0))
		value_malformed("model", "Its times contradict each other.");
	open_breaks(t, model);
	return t;
}

TimeKind
times_model_kind(const TimesModel *times)
{
	return (TimeKind) times->clock.kind;
}

TimesScratch *
times_scratch_new(int64_t most)
{
	TimesScratch *scratch = host_alloc(sizeof(TimesScratch));

	scratch->sitting = host_array(Sitting, most);
	scratch->order = host_array(uint32_t, most);
	return scratch;
}

static int64_t
whole_steps(const Clock *clock, int64_t ticks)
{
	return floor_div(ticks, clock->step) * clock->step;
}

/* How many sittings a history has after the first. */
static int64_t
draw_breaks(const TimesModel *t, Random *random, int64_t length)
{
	int64_t breaks = t->clock.day > 0 ? time_bins_draw(&t->breaks[octave_of(length)], random) : 0;

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
			time[p] = whole_steps(&t->clock, time_bins_draw(&t->gap, random));
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
	int octave = octave_of(size);
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
				: whole_steps(&t->clock, time_bins_quantile(&t->hour, (double) (share >> 11) * 0x1p-53));
}

/* Moves a history that ends after the last day back by days, and no further than to the first. */
static void
keep_within(const Clock *clock, int64_t begin, int64_t end, int64_t *time)
{
	int64_t back = 0;

	if (clock->day > 0 && time[end - 1] >= clock->last)
		back = (floor_div(time[end - 1] - clock->last, clock->day) + 1) * clock->day;
	for (int64_t p = begin; p < end; p++)
	{
		int64_t moved = time[p] - back;

		if (clock->day > 0)
			time[p] = moved >= clock->first
			              ? moved
			              : clock->first + moved - floor_div(moved, clock->day) * clock->day;
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
place_sitting(const Clock *clock, const Sitting *sitting, int64_t day, int64_t now, int64_t end,
              int64_t *time)
{
	int64_t begin = sitting->place, middle = begin + (end - begin) / 2, passed = 0, at;

	for (int64_t p = begin + 1; p <= middle; p++)
		passed = add(passed, time[p]);
	at = add(add(day * clock->day, sitting->hour), -passed);
	if (at < now)
		at = add(at, (floor_div(now - at - 1, clock->day) + 1) * clock->day);
	time[begin] = at;
	for (int64_t p = begin + 1; p < end; p++)
		time[p] = at = add(at, time[p]);
	return at;
}

/* The times of a history without days: a beginning and gaps. */
static void
place_history(const Clock *clock, int64_t begin, int64_t end, int64_t *time)
{
	int64_t now = whole_steps(clock, time[begin]);

	time[begin] = now;
	for (int64_t p = begin + 1; p < end; p++)
		time[p] = now = add(now, time[p]);
}

/* The sittings of a history, the first of which is "sitting"; gives back the one behind its last. */
static const Sitting *
place_sittings(const Clock *clock, const Sitting *sitting, const Sitting *no_more, int64_t begin, int64_t end,
               int64_t *time)
{
	int64_t now = -TIME_LIMIT;

	while (sitting < no_more && sitting->place < end)
	{
		int64_t stop = sitting + 1 < no_more && sitting[1].place < end ? sitting[1].place : end;
		int64_t jump = time[sitting->place];
		int64_t day = floor_div(sitting->place == begin ? jump : now, clock->day);

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
	const Clock *clock = &t->clock;
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

char *
times_model_details(const Model *model)
{
	TimesModel *t = times_model_open(model);

	if (t == NULL)
		return NULL;
	return host_format(
		"{\"days\": %s, \"starts\": %lld, \"times_of_day\": %lld, \"gaps\": %lld, \"days_between\": %lld}",
		t->clock.day > 0 ? "true" : "false", (long long) t->start.count, (long long) t->hour.count,
		(long long) t->gap.count, (long long) t->jump.count);
}
