/*
 * line_chart.c
 *	  Lines and points in a plane.
 */
#include "charts/line_chart.h"

#include "charts/plot.h"
#include "host.h"

#include <math.h>

#define WIDTH 360
#define HEIGHT 300
#define LEFT 64
#define RIGHT 14
#define TOP 62
#define BOTTOM 52
#define SAMPLE 20 /* of a line, in the legend */

static const char *const dashes[2] = {"none", "5 4"};

static void
widen(double value, bool logarithmic, double *low, double *high)
{
	if (logarithmic && !(value > 0))
		return;
	*low = fmin(*low, value);
	*high = fmax(*high, value);
}

/* On axes of two kinds a line of equal coordinates would not be straight. */
static bool
has_diagonal(const LineChart *chart)
{
	return chart->diagonal && chart->logarithmic_x == chart->logarithmic_y;
}

/* Axes that hold everything; false when there is nothing. */
static bool
fit_axes(const LineChart *chart, Plot *plot)
{
	double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};

	for (int l = 0; l < chart->lines; l++)
	{
		for (int64_t p = 0; p < chart->line[l].points; p++)
		{
			widen(chart->line[l].x[p], chart->logarithmic_x, &low[0], &high[0]);
			widen(chart->line[l].y[p], chart->logarithmic_y, &low[1], &high[1]);
		}
	}
	if (isinf(low[0]) || isinf(low[1]))
		return false;
	if (has_diagonal(chart))
	{
		low[0] = low[1] = fmin(low[0], low[1]);
		high[0] = high[1] = fmax(high[0], high[1]);
	}
	if (chart->from_zero)
		low[1] = fmin(low[1], 0);
	plot->x.title = chart->x_title;
	plot->y.title = chart->y_title;
	(chart->logarithmic_x ? axis_fit_logarithmic : axis_fit)(&plot->x, low[0], high[0]);
	(chart->logarithmic_y ? axis_fit_logarithmic : axis_fit)(&plot->y, low[1], high[1]);
	if (chart->from_zero && low[1] == 0)
		plot->y.low = 0;
	return true;
}

/* The class of a stroke in the colour of a line. */
static void
add_stroke(Text *svg, const Line *line)
{
	if (line->color < 0)
		text_add(svg, "sr-line");
	else
		text_add(svg, "sr-s%d", line->color);
}

static void
draw_line(Text *svg, const Plot *plot, const Line *line)
{
	if (line->points == 0)
		return;
	text_add(svg, "<path class=\"%s ", line->marks ? "sr-dots" : "sr-curve");
	add_stroke(svg, line);
	if (!line->marks)
		text_add(svg, "\" stroke-dasharray=\"%s", dashes[line->dashed]);
	text_add(svg, "\" d=\"");
	for (int64_t p = 0; p < line->points; p++)
	{
		text_add(svg, "%s%.1f %.1f%s", p == 0 || line->marks ? "M" : "L", plot_x(plot, line->x[p]),
		         plot_y(plot, line->y[p]), line->marks ? "h0" : "");
		host_poll();
	}
	text_add(svg, "\"/>\n");
}

static void
draw_legend(Text *svg, const LineChart *chart)
{
	double x = 16;

	for (int l = 0; l < chart->lines; l++)
	{
		const Line *line = &chart->line[l];

		if (line->name == NULL)
			continue;
		text_add(svg, "<path class=\"%s ", line->marks ? "sr-dots" : "sr-curve");
		add_stroke(svg, line);
		if (line->marks)
			text_add(svg, "\" d=\"M%.1f 44h0M%.1f 40h0M%.1f 45h0\"/>", x + 2, x + 9, x + 16);
		else
			text_add(svg, "\" stroke-dasharray=\"%s\" d=\"M%.1f 43h%d\"/>", dashes[line->dashed], x, SAMPLE);
		text_add(svg, "<text class=\"sr-ink\" x=\"%.1f\" y=\"47\">", x + SAMPLE + 5);
		text_add_escaped(svg, line->name);
		text_add(svg, "</text>\n");
		x += SAMPLE + 18 + text_width(line->name) * 0.88;
	}
}

char *
line_chart(const LineChart *chart)
{
	Plot plot = {.left = LEFT, .top = TOP, .width = WIDTH - LEFT - RIGHT, .height = HEIGHT - TOP - BOTTOM};
	Text svg = {NULL, 0, 0};

	if (!fit_axes(chart, &plot))
		return NULL;
	plot_begin(&svg, WIDTH, HEIGHT, chart->title, chart->description);
	draw_legend(&svg, chart);
	plot_axes(&svg, &plot);
	if (has_diagonal(chart))
		text_add(&svg, "<path class=\"sr-line\" stroke-dasharray=\"2 4\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n",
		         plot.left, plot.top + plot.height, plot.left + plot.width, plot.top);
	for (int l = 0; l < chart->lines; l++)
		draw_line(&svg, &plot, &chart->line[l]);
	plot_end(&svg);
	return svg.bytes;
}
