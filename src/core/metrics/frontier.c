/*
 * frontier.c
 *	  The Pareto frontier of a plane.
 */
#include "metrics/frontier.h"

#include "host.h"

#include <math.h>

/* Tells whether point j beats point i. */
static bool
beats(const double *cost, const double *gain, int64_t j, int64_t i)
{
	return cost[j] <= cost[i] && gain[j] >= gain[i] && (cost[j] < cost[i] || gain[j] > gain[i]);
}

void
frontier(const double *cost, const double *gain, int64_t points, bool *on)
{
	for (int64_t i = 0; i < points; i++)
	{
		on[i] = !isnan(cost[i]) && !isnan(gain[i]);
		for (int64_t j = 0; j < points && on[i]; j++)
			on[i] = !beats(cost, gain, j, i);
		host_poll();
	}
}
