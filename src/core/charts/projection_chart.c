/*
 * projection_chart.c
 *	  Two panels with the same axes.  A panel's points are one path of strokes
 *	  without length, which keeps thousands of them small.
 */
#include "charts/projection_chart.h"

#include "charts/plot.h"
#include "host.h"

#include <math.h>

#define WIDTH 840
#define HEIGHT 470
#define PANEL 370

static void
fit_axes(const ProjectionChart *chart, Plot *plot)
{
	double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};

	for (int side = 0; side < 2; side++)
	{
		for (int64_t n = 0; n < 2 * chart->users[side]; n++)
		{
			low[n % 2] = fmin(low[n % 2], chart->place[side][n]);
			high[n % 2] = fmax(high[n % 2], chart->place[side][n]);
		}
	}
	plot->x.title = host_format("first component (%.1f %% of the variance)", 100 * chart->share[0]);
	plot->y.title = host_format("second component (%.1f %%)", 100 * chart->share[1]);
	axis_fit(&plot->x, low[0], high[0]);
	axis_fit(&plot->y, low[1], high[1]);
}

char *
projection_chart(const ProjectionChart *chart)
{
	static const char *const names[2] = {"original users", "synthetic users"};
	Plot plot = {.top = 68, .width = PANEL - 20, .height = HEIGHT - 68 - 56};
	Text svg = {NULL, 0, 0};

	fit_axes(chart, &plot);
	plot_begin(&svg, WIDTH, HEIGHT, chart->title,
	           "Original and synthetic users in the plane of the first two principal components of the "
	           "original users.");
	for (int side = 0; side < 2; side++)
	{
		plot.left = 72 + side * (PANEL + 20);
		plot_axes(&svg, &plot);
		plot.y.title = NULL;
		text_add(&svg, "<text class=\"sr-ink\" x=\"%.1f\" y=\"%.1f\" font-weight=\"600\">%s</text>\n",
		         plot.left, plot.top - 10, names[side]);
		text_add(&svg, "<path class=\"sr-dots sr-s%d\" d=\"", side);
		for (int64_t n = 0; n < chart->users[side]; n++)
		{
			text_add(&svg, "M%.1f %.1fh0", plot_x(&plot, chart->place[side][2 * n]),
			         plot_y(&plot, chart->place[side][2 * n + 1]));
			host_poll();
		}
		text_add(&svg, "\"/>\n");
	}
	plot_end(&svg);
	return svg.bytes;
}
