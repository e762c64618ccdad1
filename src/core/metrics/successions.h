/*
 * successions.h
 *	  What follows what, in sequences: transitions between items, and how an
 *	  item's popularity depends on those before it.
 */
#ifndef SYNREC_SUCCESSIONS_H
#define SYNREC_SUCCESSIONS_H

#include "metrics/comparison.h"

/* Items that are left less often by original users say too little about what follows. */
#define LEAST_DEPARTURES 10

/* Longest lag of an autocorrelation, and the least number of series that one is averaged over. */
#define MOST_LAGS 50
#define LEAST_SERIES 10

typedef struct Transitions
{
	double distance;    /* total variation of what follows an item, weighted by the original departures */
	double unsupported; /* share of the synthetic transitions that no original user made */
} Transitions;

/*
 * Compares which item follows which directly.  The distance goes over the items
 * that original users leave at least LEAST_DEPARTURES times; an item that no
 * synthetic user leaves counts as 1.  No smoothing: half a count for each of
 * thousands of items would make any two rows alike.  NaN for each where there is
 * nothing to compare: no such items; no transitions.  Of sequences only.
 * Leaves as comparison_begin() does.
 */
extern void transitions_compare(const Histories *original, const Histories *synthetic, Transitions *result);

/*
 * The mean autocorrelation of users' series, at lags 1 ... MOST_LAGS: a user's
 * series is the logarithm of how often each of her items occurs in the data, in
 * their order; it is used up to a quarter of its length, and not at all when it
 * is constant.  NaN at lags that fewer than LEAST_SERIES users reach.
 * value has MOST_LAGS numbers.
 */
extern void autocorrelation(const Histories *data, double *value);

/*
 * Root of the mean squared difference of both sides' mean autocorrelations, over
 * the lags that both have; NaN when there are none.
 */
extern double autocorrelation_distance(const Histories *original, const Histories *synthetic);

#endif
