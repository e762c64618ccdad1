/*
 * time_clock.h
 *	  What times are: their unit, whether they have days, and where they lie.
 *
 * Times are computed with as integers, "ticks": what the value stores, but of
 * floats, millionths.  Whatever is not finite is left out.
 */
#ifndef SYNREC_TIME_CLOCK_H
#define SYNREC_TIME_CLOCK_H

#include "data/histories.h"
#include "generators/time_bins.h"

/* Starts are counted in so many bins at most. */
#define TIME_MOST_STARTS (INT64_C(1) << 16)

/* What times are, and where they lie; the section "time_clock". */
typedef struct TimeClock
{
	int64_t kind;  /* TimeKind */
	int64_t day;   /* ticks, or 0 when they have no days */
	int64_t step;  /* ticks are multiples of it */
	int64_t first; /* ticks, multiples of a day: no time lies before */
	int64_t last;  /* nor at or after this */
	int64_t width; /* of narrow bins of starts */
} TimeClock;

/* What there is to know before anything can be counted. */
typedef struct TimeSpan
{
	int64_t least; /* tick after the first few users' first ones */
	int64_t most;  /* tick before the last few users' last ones */
	int64_t divisor;
	int64_t users; /* with a time */
} TimeSpan;

/* a / b rounded down, b > 0. */
static inline int64_t
time_floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Sum, kept within the limit. */
static inline int64_t
time_add(int64_t a, int64_t b)
{
	int64_t sum = a + b; /* both are within twice the limit */

	return sum > TIME_LIMIT ? TIME_LIMIT : sum < -TIME_LIMIT ? -TIME_LIMIT : sum;
}

/* Sets *tick, or gives back false where the time is infinite or too far away. */
extern bool time_to_tick(TimeKind kind, int64_t time, int64_t *tick);

/* The time as the value stores it. */
extern int64_t time_of_tick(TimeKind kind, int64_t tick);

/*
 * The range without what fewer than TIME_MIN_USERS users lie beyond, as long
 * as there are so many.
 */
extern TimeSpan time_span_find(const Histories *data);

/* The clock of data in whose span at least TIME_MIN_USERS users are. */
extern TimeClock time_clock_of(const Histories *data, const TimeSpan *span);

/* Tells whether a clock from outside is one. */
extern bool time_clock_valid(const TimeClock *clock);

/* Ticks since the day began, where there are days. */
extern int64_t time_of_day(const TimeClock *clock, int64_t tick);

/* Ticks rounded down to a multiple of the step. */
extern int64_t time_whole_steps(const TimeClock *clock, int64_t ticks);

#endif
