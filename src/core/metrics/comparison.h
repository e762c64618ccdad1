/*
 * comparison.h
 *	  What all measures between original and synthetic users begin with: one
 *	  catalogue, and how much each item weighs.
 *
 * The weight of an item is w_i = 1 / ln(1 + max(f_i, 1)) with f_i the number of
 * original users who have it: rare items say more (Noble et al., EvalRS 2023,
 * sections 4.1 and 4.2, have 1 / ln(f_i), which is infinite at 1).  Weights are
 * rounded to multiples of 2^-40 and summed as integers, so that sums are exact
 * in any order, and users at equal distances tie exactly.
 */
#ifndef SYNREC_COMPARISON_H
#define SYNREC_COMPARISON_H

#include "data/histories.h"

/* Weights are integers in this unit. */
#define WEIGHT_UNIT 0x1p-40

typedef struct Comparison
{
	const Histories *original;
	const Histories *synthetic;
	int64_t *synthetic_item;   /* per original item: its synthetic index, or -1 */
	int64_t *original_item;    /* per synthetic item: its original index, or -1 */
	int64_t *original_weight;  /* per original item */
	int64_t *synthetic_weight; /* per synthetic item */
	int64_t total_weight;      /* of all items that either set has */
} Comparison;

/*
 * Leaves by HOST_NO_DATA when a set is empty or the sets share no item, by
 * HOST_TYPE_MISMATCH when their item keys are of different kinds, and by
 * HOST_TOO_LARGE when a history or the catalogue is so large that a sum of
 * weights could overflow (some 0.7 and 5.8 million items).
 */
extern void comparison_begin(const Histories *original, const Histories *synthetic, Comparison *comparison);

/*
 * Numbers the items that either side has, the original ones as they are:
 * place[0] has the number of each original item, place[1] of each synthetic
 * one, both allocated.  Gives back how many there are.
 */
extern int64_t comparison_catalogue(const Comparison *comparison, int64_t *place[2]);

/* Leaves by HOST_TOO_LARGE when a history is so long that a sum of weights could overflow. */
extern void comparison_require_short(const Histories *data);

/* Memory that comparison_begin() takes. */
extern int64_t comparison_bytes(const Histories *original, const Histories *synthetic);

/* Weight of an item that "frequency" original users have. */
extern int64_t item_weight(int64_t frequency);

/* Per user, the weight of all of her items; allocated. */
extern int64_t *history_weights(const Histories *data, const int64_t *weight);

/* The least of n numbers. */
extern int64_t least_number(const int64_t *number, int64_t n);

#endif
