/*
 * frontier.h
 *	  Which of some points nobody beats: the Pareto frontier of a plane.
 */
#ifndef SYNREC_FRONTIER_H
#define SYNREC_FRONTIER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sets on[i] when no other point has as little cost and as much gain as point i
 * and is better in one of them; equal points are on it together.  Points with a
 * NaN are not on it and beat nobody.  Work: points^2.
 */
extern void frontier(const double *cost, const double *gain, int64_t points, bool *on);

#endif
