/*
 * curve_chart.c
 *	  Membership identifiability over k.
 */
#include "charts/curve_chart.h"

#include "charts/plot.h"
#include "host.h"

#include <math.h>

#define WIDTH 760
#define HEIGHT 470

#define REFERENCE_NAME "strangers, without ties"

/* Strokes of the curves, one for each colour. */
static const char *const dashes[PLOT_COLORS] = {"none", "7 3", "2 3", "9 3 2 3",
                                                "12 4", "4 2", "1 4", "8 2 2 2 2 2"};

/* Between the plot and a name: so much to get to its height, then a sample of the stroke. */
#define LEAD 12
#define SAMPLE 30

/* Begins the path of a curve in its stroke; the reference is number "curves". */
static void
begin_stroke(Text *svg, int64_t number, int64_t curves)
{
	if (number == curves)
		text_add(svg, "<path class=\"sr-line sr-reference\" stroke-dasharray=\"2 4\" d=\"");
	else
		text_add(svg, "<path class=\"sr-curve sr-s%d\" stroke-dasharray=\"%s\" d=\"",
		         (int) (number % PLOT_COLORS), dashes[number % PLOT_COLORS]);
}

void
spread_heights(double *height, int64_t heights, double apart, double least)
{
	double before = 0, after = 0, shift;

	for (int64_t i = 0; i < heights; i++)
		before += height[i];
	for (int64_t i = 1; i < heights; i++)
		height[i] = fmax(height[i], height[i - 1] + apart);
	for (int64_t i = 0; i < heights; i++)
		after += height[i];
	/* back by what they moved on average, but not beyond the least */
	shift = fmin((after - before) / (double) heights, height[0] - least);
	for (int64_t i = 0; i < heights; i++)
		height[i] -= shift;
}

/* Order of the ends of the curves, downwards; the reference is number "curves". */
static int64_t *
order_ends(const double *end, int64_t ends)
{
	int64_t *order = host_array(int64_t, ends);

	for (int64_t i = 0; i < ends; i++)
	{
		int64_t place = i;

		for (; place > 0 && end[order[place - 1]] > end[i]; place--)
			order[place] = order[place - 1];
		order[place] = i;
	}
	return order;
}

/* Names at the right, each with a line to the end of its curve, in the curve's stroke. */
static void
draw_names(Text *svg, const Plot *plot, const Curve *curve, int64_t curves, const double *end)
{
	int64_t *order = order_ends(end, curves + 1);
	double *height = host_array(double, curves + 1);
	double right = plot->left + plot->width;

	for (int64_t n = 0; n <= curves; n++)
		height[n] = end[order[n]];
	spread_heights(height, curves + 1, TEXT_HEIGHT, plot->top);
	for (int64_t n = 0; n <= curves; n++)
	{
		begin_stroke(svg, order[n], curves);
		text_add(svg, "M%.1f %.1fL%.1f %.1fh%d\"/>", right, end[order[n]], right + LEAD, height[n], SAMPLE);
		text_add(svg, "<text class=\"sr-ink sr-label\" x=\"%.1f\" y=\"%.1f\">", right + LEAD + SAMPLE + 4,
		         height[n] + 4);
		text_add_escaped(svg, order[n] == curves ? REFERENCE_NAME : curve[order[n]].name);
		text_add(svg, "</text>\n");
	}
	host_free(order);
	host_free(height);
}

char *
curve_chart(const char *title, const Curve *curve, int64_t curves)
{
	Plot plot = {.left = 72, .top = 44, .height = HEIGHT - 44 - 56};
	Text svg = {NULL, 0, 0};
	double *end = host_array(double, curves + 1);
	double widest = text_width(REFERENCE_NAME), most = 0;
	int64_t first = INT64_MAX, last = 0;

	for (int64_t c = 0; c < curves; c++)
	{
		widest = fmax(widest, text_width(curve[c].name));
		first = curve[c].k[0] < first ? curve[c].k[0] : first;
		last = curve[c].k[curve[c].points - 1] > last ? curve[c].k[curve[c].points - 1] : last;
		for (int64_t p = 0; p < curve[c].points; p++)
			most = fmax(most, curve[c].value[p]);
	}
	plot.width = WIDTH - plot.left - LEAD - SAMPLE - 12 - fmin(widest, 280);
	plot.x.title = "k: how many others may be nearer than the nearest synthetic user";
	plot.y.title = "membership identifiability";
	axis_fit_logarithmic(&plot.x, (double) first, (double) last);
	axis_fit(&plot.y, 0, fmax(most, 1 - exp2((double) -last)));
	plot_begin(&svg, WIDTH, HEIGHT, title,
	           "Share of original users to whom fewer than k others are nearer than a synthetic user is.");
	plot_axes(&svg, &plot);
	begin_stroke(&svg, curves, curves);
	for (int64_t k = first; k <= last && k < first + 64; k++)
		text_add(&svg, "%s%.1f %.1f", k == first ? "M" : "L", plot_x(&plot, (double) k),
		         plot_y(&plot, 1 - exp2((double) -k)));
	text_add(&svg, "H%.1f\"/>\n", plot.left + plot.width);
	end[curves] = plot_y(&plot, 1 - exp2((double) -last));
	for (int64_t c = 0; c < curves; c++)
	{
		begin_stroke(&svg, c, curves);
		for (int64_t p = 0; p < curve[c].points; p++)
		{
			text_add(&svg, "%s%.1f %.1f", p == 0 ? "M" : "L", plot_x(&plot, (double) curve[c].k[p]),
			         plot_y(&plot, curve[c].value[p]));
			host_poll();
		}
		end[c] = plot_y(&plot, curve[c].value[curve[c].points - 1]);
		text_add(&svg, "H%.1f\"/>\n", plot.left + plot.width);
	}
	draw_names(&svg, &plot, curve, curves, end);
	plot_end(&svg);
	host_free(end);
	return svg.bytes;
}
