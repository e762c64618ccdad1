/*
 * projection_chart.h
 *	  Original and synthetic users in the same plane, side by side.
 *
 * Noble et al. (EvalRS 2023), Figure 4: does synthetic data reach the tails of
 * the population, or does it crowd around the mean user?
 */
#ifndef SYNREC_PROJECTION_CHART_H
#define SYNREC_PROJECTION_CHART_H

#include <stdint.h>

typedef struct ProjectionChart
{
	const char *title;
	const double *place[2]; /* of original, of synthetic users: users x 2 */
	int64_t users[2];       /* at least 1 each */
	double share[2];        /* of the variance of the original users, per component */
} ProjectionChart;

/* Gives back the chart as SVG, allocated. */
extern char *projection_chart(const ProjectionChart *chart);

#endif
