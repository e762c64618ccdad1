/*
 * curve_chart.h
 *	  Membership identifiability over k: Noble et al. (EvalRS 2023), Figure 7.
 */
#ifndef SYNREC_CURVE_CHART_H
#define SYNREC_CURVE_CHART_H

#include <stdint.h>

typedef struct Curve
{
	const char *name;
	const int64_t *k;    /* points, ascending */
	const double *value; /* points, finite */
	int64_t points;      /* at least 1 */
} Curve;

/*
 * Gives back the chart as SVG, allocated; curves is at least 1.  Beside the
 * curves there is 1 - 2^-k, what strangers would score, were there no ties.
 * Names stand at the ends of the curves, at the right, moved apart where curves
 * end close together.
 */
extern char *curve_chart(const char *title, const Curve *curve, int64_t curves);

/*
 * Moves heights, which ascend, so that neighbours are at
 * least "apart" from each other and none is less than "least", in place.
 */
extern void spread_heights(double *height, int64_t heights, double apart, double least);

#endif
