/*
 * line_chart.h
 *	  Lines and points in a plane whose axes may be logarithmic, small enough
 *	  to be read on a phone.
 */
#ifndef SYNREC_LINE_CHART_H
#define SYNREC_LINE_CHART_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Line
{
	const char *name; /* for the legend; NULL to leave it out */
	const double *x;  /* points, finite */
	const double *y;
	int64_t points;
	int color;   /* a number of plot.h; -1 for ink */
	bool dashed; /* of lines */
	bool marks;  /* points that are not joined */
} Line;

typedef struct LineChart
{
	const char *title;
	const char *description;
	const char *x_title;
	const char *y_title;
	bool logarithmic_x; /* values of 0 or less are drawn at the low end */
	bool logarithmic_y;
	bool from_zero; /* the vertical axis, when it is not logarithmic */
	bool diagonal;  /* a line where both coordinates agree, when both axes are of one kind */
	const Line *line;
	int lines;
} LineChart;

/*
 * Gives back the chart as SVG, allocated; NULL when there is no point, or on a
 * logarithmic axis none above 0.
 */
extern char *line_chart(const LineChart *chart);

#endif
