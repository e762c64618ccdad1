/*
 * rating_cells.h
 *	  Which ratings a model tells apart: values, or ranges of them.
 *
 * No cell is finer than at least RATING_MIN_USERS users share.  Where most
 * ratings are of values that so many users gave, such as stars, cells are those
 * values, and a rarer one counts as the nearest of them.  Else cells are ranges
 * between round numbers, and what lies beyond the rating that the fifth most
 * extreme user gave is cut to it.
 */
#ifndef SYNREC_RATING_CELLS_H
#define SYNREC_RATING_CELLS_H

#include "data/histories.h"
#include "math/random.h"

#define RATING_MIN_USERS 5

/* More different values than this are not looked at one by one. */
#define RATING_MOST_VALUES 1024

typedef struct RatingCells
{
	int64_t count;
	const double *low;  /* count; ascending */
	const double *high; /* count; low[i] <= high[i] < low[i + 1], or equal when low[i] < high[i] */
	double step;        /* ratings in a range are multiples of it; 0 when they are any numbers */
} RatingCells;

/*
 * Finds the cells of rated data, allocated; none when fewer than
 * RATING_MIN_USERS users are there.
 */
extern RatingCells rating_cells_find(const Histories *data);

/* The cell that a rating counts to: its own, or the nearest.  There is one at least. */
extern int64_t rating_cell_of(const RatingCells *cells, double rating);

/* A rating of a cell, all equally likely.  Calls nothing of host.h. */
extern double rating_cell_draw(const RatingCells *cells, int64_t cell, Random *random);

/* Tells whether cells from outside are ones. */
extern bool rating_cells_valid(const RatingCells *cells);

#endif
