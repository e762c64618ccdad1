/*
 * frontier_chart.c
 *	  Realism against identifiability.
 */
#include "charts/frontier_chart.h"

#include "charts/labels.h"
#include "charts/plot.h"
#include "host.h"
#include "metrics/frontier.h"

#include <math.h>
#include <string.h>

#define WIDTH 760
#define HEIGHT 520

#define REFERENCE_LABEL "fresh real people"

/* Axes that hold all points and the reference. */
static void
fit_axes(const FrontierChart *chart, Plot *plot)
{
	double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};

	for (int64_t i = -1; i < chart->points; i++)
	{
		double at[2];

		at[0] = i < 0 ? chart->reference_identifiability : chart->point[i].identifiability;
		at[1] = i < 0 ? chart->reference_realism : chart->point[i].realism;
		for (int c = 0; c < 2; c++)
		{
			/* these pass over NaN */
			low[c] = fmin(low[c], at[c]);
			high[c] = fmax(high[c], at[c]);
		}
	}
	plot->x.title = chart->x_title;
	plot->y.title = "realism";
	axis_fit(&plot->x, low[0], high[0]);
	axis_fit(&plot->y, low[1], high[1]);
}

/* Tells whether two labels agree up to the first parenthesis. */
static bool
same_family(const char *a, const char *b)
{
	size_t length = strcspn(a, "(");

	return strcspn(b, "(") == length && strncmp(a, b, length) == 0;
}

/* The numbers of the points' families, in the order in which they are met; allocated. */
static int *
number_families(const FrontierChart *chart)
{
	int *family = host_array(int, chart->points), families = 0;

	for (int64_t i = 0; i < chart->points; i++)
	{
		int64_t before = 0;

		while (before < i && !same_family(chart->point[before].label, chart->point[i].label))
			before++;
		family[i] = before < i ? family[before] : families++;
	}
	return family;
}

/*
 * The frontier as the corners of a staircase, allocated; points on it that
 * agree in identifiability agree in realism, too.
 */
static double (*staircase(const FrontierChart *chart, const Plot *plot, int64_t *corners))[2]
{
	double *cost = host_array(double, chart->points), *gain = host_array(double, chart->points);
	int64_t *order = host_array(int64_t, chart->points);
	double(*corner)[2] = host_alloc(host_array_bytes(2 * chart->points, sizeof(*corner)));
	bool *on = host_array(bool, chart->points);
	int64_t count = 0;

	for (int64_t i = 0; i < chart->points; i++)
	{
		cost[i] = chart->point[i].identifiability;
		gain[i] = chart->point[i].realism;
	}
	frontier(cost, gain, chart->points, on);
	for (int64_t i = 0; i < chart->points; i++)
	{
		int64_t place = count;

		if (!on[i])
			continue;
		for (; place > 0 && cost[order[place - 1]] > cost[i]; place--)
			order[place] = order[place - 1];
		order[place] = i;
		count++;
	}
	*corners = 0;
	for (int64_t n = 0; n < count; n++)
	{
		double x = plot_x(plot, cost[order[n]]), y = plot_y(plot, gain[order[n]]);

		if (n > 0)
		{
			corner[*corners][0] = x;
			corner[(*corners)++][1] = plot_y(plot, gain[order[n - 1]]);
		}
		corner[*corners][0] = x;
		corner[(*corners)++][1] = y;
	}
	host_free(cost);
	host_free(gain);
	host_free(order);
	host_free(on);
	return corner;
}

/* The labels of all points and, as the last one, of the reference. */
static Label *
place_labels(const FrontierChart *chart, const Plot *plot, const double (*path)[2], int64_t corners,
             int64_t *labels)
{
	Label *label = host_array_zero(Label, chart->points + 1);
	Box within = {plot->left, plot->top, plot->left + plot->width, plot->top + plot->height};
	bool has_reference = !isnan(chart->reference_identifiability) && !isnan(chart->reference_realism);

	*labels = chart->points + has_reference;
	for (int64_t i = 0; i < *labels; i++)
	{
		bool is_point = i < chart->points;

		label[i].x =
			plot_x(plot, is_point ? chart->point[i].identifiability : chart->reference_identifiability);
		label[i].y = plot_y(plot, is_point ? chart->point[i].realism : chart->reference_realism);
		label[i].width = text_width(is_point ? chart->point[i].label : REFERENCE_LABEL);
		label[i].height = TEXT_HEIGHT;
	}
	labels_place(label, *labels, &within, path, corners);
	return label;
}

static void
draw_reference(Text *svg, const FrontierChart *chart, const Plot *plot)
{
	double x = plot_x(plot, chart->reference_identifiability);

	if (isnan(chart->reference_identifiability))
		return;
	text_add(svg, "<path class=\"sr-line sr-reference\" stroke-dasharray=\"2 4\" d=\"M%.1f %.1fV%.1f\"/>\n",
	         x, plot->top, plot->top + plot->height);
	if (!isnan(chart->reference_realism))
		text_add(svg,
		         "<path class=\"sr-ink\" transform=\"translate(%.1f %.1f)\" "
		         "d=\"M0 -8L2 -2.6L7.6 -2.5L3.1 .9L4.7 6.5L0 3.2L-4.7 6.5L-3.1 .9L-7.6 -2.5L-2 -2.6z\">"
		         "<title>" REFERENCE_LABEL ": %.4g, realism %.4g</title></path>\n",
		         x, plot_y(plot, chart->reference_realism), chart->reference_identifiability,
		         chart->reference_realism);
}

static void
draw_label(Text *svg, const Label *label, const char *string)
{
	if (!label->placed)
		return;
	if (label->apart)
		text_add(svg, "<path class=\"sr-lead\" d=\"M%.1f %.1fL%.1f %.1f\"/>", label->x, label->y,
		         fmin(fmax(label->x, label->box.left), label->box.right),
		         fmin(fmax(label->y, label->box.top), label->box.bottom));
	/* the box is rather too wide: keep the side at the point */
	if (label->box.left >= label->x)
		text_add(svg, "<text class=\"sr-ink sr-label\" x=\"%.1f\" y=\"%.1f\">", label->box.left,
		         label->box.bottom - 4);
	else
		text_add(svg, "<text class=\"sr-ink sr-label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">",
		         label->box.right <= label->x ? label->box.right : (label->box.left + label->box.right) / 2,
		         label->box.bottom - 4, label->box.right <= label->x ? "end" : "middle");
	text_add_escaped(svg, string);
	text_add(svg, "</text>\n");
}

char *
frontier_chart(const FrontierChart *chart)
{
	Plot plot = {.left = 72, .top = 44, .width = WIDTH - 72 - 20, .height = HEIGHT - 44 - 56};
	Text svg = {NULL, 0, 0};
	int64_t corners, labels;
	double(*path)[2];
	Label *label;
	int *family = number_families(chart);

	fit_axes(chart, &plot);
	path = staircase(chart, &plot, &corners);
	label = place_labels(chart, &plot, path, corners, &labels);
	plot_begin(
		&svg, WIDTH, HEIGHT, chart->title,
		host_format("Realism against %s of %lld generators. The line is the Pareto frontier: nobody has "
	                "as little identifiability with more realism.",
	                chart->x_title, (long long) chart->points));
	plot_axes(&svg, &plot);
	draw_reference(&svg, chart, &plot);
	text_add(&svg, "<path class=\"sr-line sr-frontier\" stroke-width=\"1.5\" d=\"");
	for (int64_t c = 0; c < corners; c++)
		text_add(&svg, "%s%.1f %.1f", c == 0 ? "M" : "L", path[c][0], path[c][1]);
	text_add(&svg, "\"/>\n");
	for (int64_t i = 0; i < labels; i++)
		draw_label(&svg, &label[i], i < chart->points ? chart->point[i].label : REFERENCE_LABEL);
	for (int64_t i = 0; i < chart->points; i++)
		plot_mark(&svg, label[i].x, label[i].y, family[i],
		          host_format("%s: %.4g, realism %.4g", chart->point[i].label,
		                      chart->point[i].identifiability, chart->point[i].realism));
	plot_end(&svg);
	host_free(path);
	host_free(label);
	host_free(family);
	return svg.bytes;
}
