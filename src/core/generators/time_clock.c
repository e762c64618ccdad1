/*
 * time_clock.c
 *	  Reading the unit, the days and the range of times from the data.
 */
#include "generators/time_clock.h"

#include "host.h"

#include <math.h>
#include <string.h>

#define USERS_PER_POLL 4096

#define FLOAT_TICKS 1e6

#define MICROSECONDS_PER_DAY INT64_C(86400000000)

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

bool
time_to_tick(TimeKind kind, int64_t time, int64_t *tick)
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

int64_t
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
		if (!time_to_tick(data->times, data->time[p], &tick))
			continue;
		if (!found)
			*least = tick;
		*most = tick;
		found = true;
		*divisor = *divisor == 1 ? 1 : greatest_divisor(*divisor, tick);
	}
	return found;
}

TimeSpan
time_span_find(const Histories *data)
{
	int64_t first[TIME_MIN_USERS], last[TIME_MIN_USERS];
	TimeSpan span = {0};

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
day_of(TimeKind kind, const TimeSpan *span)
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

TimeClock
time_clock_of(const Histories *data, const TimeSpan *span)
{
	TimeClock clock = {.kind = data->times, .day = day_of(data->times, span)};
	int64_t width = 1;

	clock.step = step_of(data->times, clock.day, span->divisor);
	if (clock.day > 0)
	{
		clock.first = time_floor_div(span->least, clock.day) * clock.day;
		clock.last = (time_floor_div(span->most, clock.day) + 1) * clock.day;
		for (width = clock.day; (clock.last - clock.first) / width >= TIME_MOST_STARTS;)
			width *= 2;
	}
	else
	{
		/* some hundred or thousand bins between round numbers */
		while (width < TIME_LIMIT / 100 && (span->most - span->least) / width >= 2000)
			width *= 10;
		clock.first = time_floor_div(span->least, width) * width;
		clock.last = (time_floor_div(span->most, width) + 1) * width;
	}
	clock.width = width;
	return clock;
}

bool
time_clock_valid(const TimeClock *clock)
{
	return clock->kind >= TIMES_INTEGER && clock->kind <= TIMES_MOMENT && clock->day >= 0 &&
	       clock->day <= TIME_LIMIT && clock->step >= 1 && clock->step <= TIME_LIMIT &&
	       (clock->day == 0 || clock->day % clock->step == 0) && clock->first >= -TIME_LIMIT &&
	       clock->last <= TIME_LIMIT && clock->first < clock->last && clock->width >= 1;
}

int64_t
time_of_day(const TimeClock *clock, int64_t tick)
{
	return tick - time_floor_div(tick, clock->day) * clock->day;
}

int64_t
time_whole_steps(const TimeClock *clock, int64_t ticks)
{
	return time_floor_div(ticks, clock->step) * clock->step;
}
