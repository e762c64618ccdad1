/*
 * bar_chart.c
 *	  Values side by side as bars: each has its name above it, so that names may
 *	  be long where room is scarce.
 */
#include "charts/bar_chart.h"

#include "charts/plot.h"
#include "host.h"

#include <math.h>

#define WIDTH 360
#define LEFT 16
#define RIGHT 24
#define TOP 62
#define BOTTOM 52
#define ROW 34
#define THICKNESS 10

static const char *const dashes[3] = {"none", "2 2", "5 2"};

static void
draw_bar(Text *svg, const Plot *plot, const Bar *bar, int row)
{
	double top = plot->top + row * ROW;

	text_add(svg, "<text class=\"sr-ink sr-label\" x=\"%.1f\" y=\"%.1f\">", plot->left, top + 14);
	text_add_escaped(svg, bar->name);
	if (bar->note != NULL)
	{
		text_add(svg, "<tspan class=\"sr-faint\" dx=\"8\">");
		text_add_escaped(svg, bar->note);
		text_add(svg, "</tspan>");
	}
	text_add(svg, "</text>");
	if (!isnan(bar->value))
		text_add(svg, "<rect class=\"sr-c0\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>",
		         plot->left, top + 19, fmax(plot_x(plot, bar->value) - plot->left, 0.5), THICKNESS);
	text_add(svg, "\n");
}

/* A mark beside each bar, and a legend of the marks. */
static void
draw_marks(Text *svg, const BarChart *chart, const Plot *plot)
{
	double x = LEFT;

	for (int m = 0; m < chart->marks; m++)
	{
		const BarMark *mark = &chart->mark[m];

		if (isnan(mark->value))
			continue;
		text_add(svg, "<path class=\"sr-line\" stroke-width=\"2\" stroke-dasharray=\"%s\" d=\"", dashes[m]);
		for (int b = 0; b < chart->bars; b++)
			text_add(svg, "M%.1f %.1fv%d", plot_x(plot, mark->value), plot->top + b * ROW + 17,
			         THICKNESS + 4);
		text_add(svg, "M%.1f 36v%d\"/>", x + 3, THICKNESS + 4);
		text_add(svg, "<text class=\"sr-ink\" x=\"%.1f\" y=\"47\">", x + 11);
		text_add_escaped(svg, mark->name);
		text_add(svg, "</text>\n");
		x += 30 + text_width(mark->name) * 0.88;
	}
}

char *
bar_chart(const BarChart *chart)
{
	Plot plot = {.left = LEFT, .top = TOP, .width = WIDTH - LEFT - RIGHT, .height = chart->bars * ROW};
	Text svg = {NULL, 0, 0};
	double most = chart->most;

	if (chart->bars == 0)
		return NULL;
	for (int b = 0; b < chart->bars; b++)
		most = fmax(most, chart->bar[b].value); /* passes over NaN */
	for (int m = 0; m < chart->marks; m++)
		most = fmax(most, chart->mark[m].value);
	axis_fit(&plot.x, 0, most > 0 ? most : 1);
	plot.x.title = chart->x_title;
	plot.x.low = 0;
	if (most == chart->most)
		plot.x.high = most;
	/* no ticks of its own: the rows are named */
	plot.y = (Axis){NULL, 0.5, 1, 2, false};
	plot_begin(&svg, WIDTH, TOP + plot.height + BOTTOM, chart->title, chart->description);
	plot_axes(&svg, &plot);
	for (int b = 0; b < chart->bars; b++)
		draw_bar(&svg, &plot, &chart->bar[b], b);
	draw_marks(&svg, chart, &plot);
	plot_end(&svg);
	return svg.bytes;
}
