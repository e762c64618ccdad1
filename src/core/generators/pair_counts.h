/*
 * pair_counts.h
 *	  How many users have both of two items, for the pairs that enough have.
 */
#ifndef SYNREC_PAIR_COUNTS_H
#define SYNREC_PAIR_COUNTS_H

#include "data/histories.h"

typedef struct PairCounts
{
	int64_t *start;  /* items + 1: the row of item i begins at start[i] */
	uint32_t *item;  /* the other item, ascending within a row */
	uint32_t *users; /* who have both */
} PairCounts;

/*
 * Sets counts->start: each pair is in the rows of both its items.  Only items
 * that "wanted" says yes to take part; NULL for all.  Keys of the data are not
 * used.  Work: the sum of squared lengths, on threads.
 */
extern void pair_counts_begin(const Histories *data, int64_t least, const bool *wanted, PairCounts *counts);

/* Memory that pair_counts_begin() takes beside the starts, and until pair_counts_fill() is done. */
extern int64_t pair_counts_bytes(const Histories *data);

/* Allocates and fills in the rows; the other arguments as before. */
extern void pair_counts_fill(const Histories *data, int64_t least, const bool *wanted, PairCounts *counts);

#endif
