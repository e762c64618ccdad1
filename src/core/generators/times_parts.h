/*
 * times_parts.h
 *	  What fitting and drawing of times share: the model as it is opened.
 */
#ifndef SYNREC_TIMES_PARTS_H
#define SYNREC_TIMES_PARTS_H

#include "generators/time_bins.h"
#include "generators/time_clock.h"
#include "generators/times_model.h"

/* Histories are told apart by the power of two at or below their length. */
#define TIMES_OCTAVES 32

struct TimesModel
{
	TimeClock clock;
	TimeBins start;                 /* ticks, of the first item: whole days, when there are days */
	TimeBins hour;                  /* ticks of the day, of all items */
	TimeBins gap;                   /* ticks between two items of a sitting */
	TimeBins jump;                  /* days between two sittings */
	TimeBins breaks[TIMES_OCTAVES]; /* by length of history: how many sittings follow the first */
};

/* That power, or the greatest there is. */
static inline int
times_octave_of(int64_t length)
{
	int octave = 0;

	while (octave + 1 < TIMES_OCTAVES && length >> (octave + 1) > 0)
		octave++;
	return octave;
}

#endif
