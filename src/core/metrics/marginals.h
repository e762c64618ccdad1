/*
 * marginals.h
 *	  How alike two sets of histories are item by item and user by user: shares
 *	  of items, lengths of histories, what of the catalogue is there.
 *
 * Interactions are counted: in sets each user's items once, in sequences with
 * their repeats.  So both sides should be of one kind.
 */
#ifndef SYNREC_MARGINALS_H
#define SYNREC_MARGINALS_H

#include "metrics/comparison.h"

/* The tail of a catalogue: its rarest items, which have this share of the interactions. */
#define TAIL_SHARE 0.2

typedef struct Marginals
{
	double popularity_divergence; /* Jensen-Shannon distance of the items' shares, 0 to 1 */
	double
		popularity_correlation; /* Spearman's, of the items' counts; NaN when either side's are all equal */
	double activity_divergence; /* Kolmogorov-Smirnov distance of the lengths of histories, 0 to 1 */
	double activity_distance;   /* Wasserstein-1 distance of them, in items */
	double catalogue_coverage;  /* share of the original items that the synthetic users have */
	double tail_coverage;       /* the same of the tail; NaN when nothing is so rare */
} Marginals;

/*
 * Compares, over the items that either side has.  Leaves as comparison_begin()
 * does.  Work: interactions + items + the greatest count of an item.
 */
extern void marginals_compare(const Histories *original, const Histories *synthetic, Marginals *result);

/*
 * Gini coefficient of the counts of the items that occur: 0 when all are equally
 * popular, near 1 when one has nearly all interactions.  Leaves by HOST_NO_DATA
 * when there are none.
 */
extern double gini(const Histories *data);

/* Points of a curve over whole numbers, about evenly apart on a logarithmic axis. */
typedef struct MarginalCurve
{
	int64_t points;
	double *x;
	double *y;
} MarginalCurve;

/* How many interactions per user the item of rank x has: 1 is the most popular one. */
extern void popularity_curve(const Histories *data, MarginalCurve *curve);

/*
 * Share of the users who have at least x items.  It ends where fewer than
 * LEAST_IN_TAIL users are left, so that it tells of nobody's history.
 */
#define LEAST_IN_TAIL 5
extern void activity_curve(const Histories *data, MarginalCurve *curve);

/*
 * How often each item of either side occurs on the original side (count[0]) and
 * on the synthetic one (count[1]): allocated, original items first.
 */
extern int64_t marginals_item_counts(const Comparison *comparison, int64_t *count[2]);

#endif
