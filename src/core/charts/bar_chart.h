/*
 * bar_chart.h
 *	  Values side by side as bars, with lines to compare them with.
 */
#ifndef SYNREC_BAR_CHART_H
#define SYNREC_BAR_CHART_H

#include <stdint.h>

typedef struct Bar
{
	const char *name;
	double value;     /* finite, at least 0; NaN for none */
	const char *note; /* beside the name, or NULL */
} Bar;

/* A vertical stroke across every bar. */
typedef struct BarMark
{
	const char *name;
	double value; /* NaN for none */
} BarMark;

typedef struct BarChart
{
	const char *title;
	const char *description;
	const char *x_title;
	double most; /* at which the axis ends, at least; 0 for where the values do */
	const Bar *bar;
	int bars;
	const BarMark *mark;
	int marks; /* at most 3 */
} BarChart;

/* Gives back the chart as SVG, allocated; NULL when there is no bar. */
extern char *bar_chart(const BarChart *chart);

#endif
