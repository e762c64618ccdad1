/*
 * frontier_chart.h
 *	  Realism against identifiability: the chart of a decision.
 *
 * Noble et al. (EvalRS 2023), Figure 3: a point per generator, the Pareto
 * frontier of low identifiability and high realism, and where fresh real people
 * are.
 */
#ifndef SYNREC_FRONTIER_CHART_H
#define SYNREC_FRONTIER_CHART_H

#include <stdint.h>

typedef struct FrontierPoint
{
	const char *label;
	double identifiability; /* finite */
	double realism;
} FrontierPoint;

typedef struct FrontierChart
{
	const char *title;
	const char *x_title;
	const FrontierPoint *point;
	int64_t points;                   /* at least 1 */
	double reference_identifiability; /* of fresh real people; NaN when it is not known */
	double reference_realism;
} FrontierChart;

/*
 * Gives back the chart as SVG, allocated.  Points whose labels agree up to the
 * first parenthesis have the same shape and colour.
 */
extern char *frontier_chart(const FrontierChart *chart);

#endif
