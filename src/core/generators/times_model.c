/*
 * times_model.c
 *	  Beginnings of histories, gaps within sittings, days between them: what is
 *	  counted, and the sections of the model that keep it.
 */
#include "generators/times_model.h"

#include "generators/times_parts.h"
#include "host.h"

#include <string.h>

/* Of days: narrow bins for times of day. */
#define DAY_PARTS 96

/* Two bins an octave, to 2^59. */
#define GAP_BINS 118

#define CLOCK_NUMBERS ((int64_t) (sizeof(TimeClock) / sizeof(int64_t)))

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
	TimeClock clock;
	TimeCounts start;
	TimeCounts gap;

	/* when there are days */
	TimeCounts hour;
	TimeCounts jump;
	TimeCounts breaks[TIMES_OCTAVES];
} Census;

/* A gap, or the jump between two sittings. */
static bool
count_pause(Census *census, int64_t user, int64_t before, int64_t after)
{
	const TimeClock *clock = &census->clock;
	int64_t days;

	if (clock->day == 0 || after - before < clock->day / 24)
	{
		time_counts_add(&census->gap, bin_of(&census->gap, after - before), user, 1);
		return false;
	}
	days = time_floor_div(after, clock->day) - time_floor_div(before, clock->day);
	time_counts_add(&census->jump, bin_of(&census->jump, days), user, 1);
	return true;
}

static void
count_user(Census *census, const Histories *data, int64_t user)
{
	int64_t before = 0, items = 0, breaks = 0, tick;

	for (int64_t p = data->start[user]; p < data->start[user + 1]; p++)
	{
		if (!time_to_tick(data->times, data->time[p], &tick))
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
		TimeCounts *counts = &census->breaks[times_octave_of(items)];

		time_counts_add(counts, bin_of(counts, breaks), user, 1);
	}
}

static void
census_begin(Census *census, const Histories *data, const TimeSpan *span)
{
	const TimeClock *clock = &census->clock;

	census->clock = time_clock_of(data, span);
	census->start =
		even_counts(clock->first, clock->width, (clock->last - clock->first - 1) / clock->width + 1);
	census->gap = gap_counts(clock->step);
	census->jump = gap_counts(1);
	if (clock->day > 0)
		census->hour = even_counts(0, clock->day / DAY_PARTS, DAY_PARTS);
	for (int i = 0; i < TIMES_OCTAVES; i++)
		census->breaks[i] = gap_counts(1);
}

/* Adds the histograms by length, side by side; lengths that too few users have share the next ones'. */
static void
write_breaks(const Census *census, ModelWriter *writer)
{
	int64_t *start = host_array(int64_t, TIMES_OCTAVES + 1), *low, *high, *sum, total = 0;
	TimeBins bins[TIMES_OCTAVES];

	for (int i = 0; i < TIMES_OCTAVES; i++)
	{
		bins[i] = time_bins_shared(&census->breaks[i]);
		if (bins[i].count == 0 && i > 0)
			bins[i] = bins[i - 1];
	}
	for (int i = TIMES_OCTAVES - 2; i >= 0; i--)
	{
		if (bins[i].count == 0)
			bins[i] = bins[i + 1];
	}
	for (int i = 0; i < TIMES_OCTAVES; i++)
	{
		start[i] = total;
		total += bins[i].count;
	}
	start[TIMES_OCTAVES] = total;
	low = host_array(int64_t, total);
	high = host_array(int64_t, total);
	sum = host_array(int64_t, total);
	for (int i = 0; i < TIMES_OCTAVES; i++)
	{
		for (int64_t b = 0; b < bins[i].count; b++)
		{
			low[start[i] + b] = bins[i].low[b];
			high[start[i] + b] = bins[i].high[b];
			sum[start[i] + b] = bins[i].sum[b];
		}
	}
	model_write(writer, "time_break_start", SECTION_INT64, start, TIMES_OCTAVES + 1);
	model_write(writer, "time_break_low", SECTION_INT64, low, total);
	model_write(writer, "time_break_high", SECTION_INT64, high, total);
	model_write(writer, "time_break_sum", SECTION_INT64, sum, total);
}

void
times_model_fit(const Histories *data, ModelWriter *writer)
{
	Census census = {0};
	TimeSpan span = time_span_find(data);
	TimeBins start, hour = {0}, gap, jump;
	int64_t *clock;

	if (span.users < TIME_MIN_USERS)
		return;
	host_reserve((TIME_MOST_STARTS + (TIMES_OCTAVES + 2) * GAP_BINS) * 64, "times of histories");
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
	memcpy(clock, &census.clock, sizeof(TimeClock));
	model_write(writer, "time_clock", SECTION_INT64, clock, CLOCK_NUMBERS);
	time_bins_write(&start, "time_start", writer);
	time_bins_write(&hour, "time_hour", writer);
	time_bins_write(&gap, "time_gap", writer);
	time_bins_write(&jump, "time_jump", writer);
	write_breaks(&census, writer);
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

	if (starts != TIMES_OCTAVES + 1 || start[0] != 0 || start[TIMES_OCTAVES] != lows || highs != lows ||
	    sums != lows)
		value_malformed("model", "Its times do not fit together.");
	for (int i = 0; i < TIMES_OCTAVES; i++)
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
	memcpy(&t->clock, clock, sizeof(TimeClock));
	t->start = time_bins_open(model, "time_start");
	t->hour = time_bins_open(model, "time_hour");
	t->gap = time_bins_open(model, "time_gap");
	t->jump = time_bins_open(model, "time_jump");
	if (!time_clock_valid(&t->clock) || t->start.count < 1 || (t->clock.day == 0 && t->jump.count > 0) ||
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
