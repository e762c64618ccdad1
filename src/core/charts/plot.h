/*
 * plot.h
 *	  The parts of a chart as SVG: text, frame, axes, colours.
 *
 * A chart is one <svg> element with its own style sheet, for light and dark
 * surroundings and for print, and no script.  Class names begin with "sr-", so
 * that several charts can stand in one page.
 */
#ifndef SYNREC_PLOT_H
#define SYNREC_PLOT_H

#include <stdbool.h>
#include <stddef.h>

/* Text in the making; zeros to begin with. */
typedef struct Text
{
	char *bytes; /* zero-terminated */
	size_t length;
	size_t room;
} Text;

extern void text_add(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds what a user wrote, so that it is text in XML: no markup, no control characters. */
extern void text_add_escaped(Text *text, const char *string);

/* Width of a label in pixels, not underestimated for common fonts. */
extern double text_width(const char *string);

#define TEXT_HEIGHT 15.0

/* The numbers of one direction: low is at the left or at the bottom. */
typedef struct Axis
{
	const char *title; /* NULL for none, of the vertical axis */
	double low, high;
	double step;      /* between ticks, which are multiples of it */
	bool logarithmic; /* low and high are decimal logarithms; ticks are round numbers by themselves */
} Axis;

/*
 * Chooses an axis for values from low to high, both finite: some room on both
 * sides, ticks at round numbers.
 */
extern void axis_fit(Axis *axis, double low, double high);

/*
 * The same for a logarithmic axis of positive values from low to high.  Values of
 * 0 or less are drawn at its low end.
 */
extern void axis_fit_logarithmic(Axis *axis, double low, double high);

/* The rectangle that values are drawn in, in pixels. */
typedef struct Plot
{
	double left, top, width, height;
	Axis x, y;
} Plot;

extern double plot_x(const Plot *plot, double value);
extern double plot_y(const Plot *plot, double value);

/* There are so many colours, "sr-c0" to "sr-c7", each with a shape of its own. */
#define PLOT_COLORS 8

/* Begins and ends a chart of a size in pixels. */
extern void plot_begin(Text *svg, double width, double height, const char *title, const char *description);
extern void plot_end(Text *svg);

/* Grid, ticks, numbers and titles of both axes. */
extern void plot_axes(Text *svg, const Plot *plot);

/* A mark at a place, whose number decides its shape and its colour. */
extern void plot_mark(Text *svg, double x, double y, int number, const char *title);

#endif
