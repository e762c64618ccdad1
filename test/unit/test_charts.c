/*
 * test_charts.c
 *	  Charts: well-formed, everything inside, no label on another.
 */
#include "cases.h"
#include "charts/bar_chart.h"
#include "charts/curve_chart.h"
#include "charts/frontier_chart.h"
#include "charts/labels.h"
#include "charts/line_chart.h"
#include "charts/plot.h"
#include "charts/projection_chart.h"
#include "metrics/frontier.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Asserts that elements are closed in the order in which they were opened, and that entities are known. */
static void
assert_well_formed(const char *svg)
{
	const char *open[64];
	size_t length[64];
	int depth = 0;

	for (const char *at = svg; *at != '\0'; at++)
	{
		assert_true((unsigned char) *at >= ' ' || *at == '\n');
		if (*at == '&')
			assert_true(strncmp(at, "&amp;", 5) == 0 || strncmp(at, "&lt;", 4) == 0 ||
			            strncmp(at, "&gt;", 4) == 0 || strncmp(at, "&quot;", 6) == 0 ||
			            strncmp(at, "&#", 2) == 0);
		if (*at != '<')
			continue;
		if (at[1] == '/')
		{
			assert_true(depth > 0);
			depth--;
			assert_memory_equal(at + 2, open[depth], length[depth]);
			assert_int_equal(at[2 + length[depth]], '>');
			continue;
		}
		open[depth] = at + 1;
		length[depth] = strcspn(at + 1, " >/");
		at = strchr(at, '>');
		assert_non_null(at);
		depth += at[-1] != '/';
		assert_true(depth < 64);
	}
	assert_int_equal(depth, 0);
}

static int
count_of(const char *svg, const char *word)
{
	int count = 0;

	for (const char *at = strstr(svg, word); at != NULL; at = strstr(at + 1, word))
		count++;
	return count;
}

/* By brute force from the definition, with ties and NaN. */
static void
test_frontier(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 500; round++)
	{
		int64_t points = case_between(&random, 0, 12);
		double cost[12], gain[12];
		bool on[12];

		for (int64_t i = 0; i < points; i++)
		{
			cost[i] = (double) case_between(&random, 0, 6);
			gain[i] = case_between(&random, 0, 9) == 0 ? NAN : (double) case_between(&random, 0, 6);
		}
		frontier(cost, gain, points, on);
		for (int64_t i = 0; i < points; i++)
		{
			bool beaten = isnan(gain[i]);

			for (int64_t j = 0; j < points; j++)
				beaten = beaten || (cost[j] <= cost[i] && gain[j] > gain[i]) ||
				         (cost[j] < cost[i] && gain[j] >= gain[i]);
			assert_int_equal(on[i], !beaten);
		}
	}
}

/* Asserts that placed labels keep clear of each other, of all points and of the border. */
static void
assert_clear(const Label *label, int64_t labels, const Box *within)
{
	for (int64_t i = 0; i < labels; i++)
	{
		const Box *box = &label[i].box;

		if (!label[i].placed)
			continue;
		assert_true(fabs(box->right - box->left - label[i].width) < 1e-6);
		assert_true(box->left >= within->left && box->right <= within->right && box->top >= within->top &&
		            box->bottom <= within->bottom);
		for (int64_t j = 0; j < labels; j++)
		{
			Box mark = {label[j].x - LABEL_MARK, label[j].y - LABEL_MARK, label[j].x + LABEL_MARK,
			            label[j].y + LABEL_MARK};

			assert_false(boxes_overlap(box, &mark));
			assert_false(j != i && label[j].placed && boxes_overlap(box, &label[j].box));
		}
	}
}

/* Points anywhere, in heaps, all at one place; labels short and long. */
static void
test_labels(void **state)
{
	static const Box within = {70, 40, 740, 460};
	Random random;
	int placed = 0, all = 0;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 60; round++)
	{
		int64_t labels = case_between(&random, 1, 30);
		Label *label = host_array_zero(Label, labels);
		double spread = round % 3 == 0 ? 1 : round % 3 == 1 ? 0.15 : 0;
		double path[2][2] = {{70, 460}, {740, 40}};

		for (int64_t i = 0; i < labels; i++)
		{
			label[i].x = 405 + 330 * spread * (2 * random_uniform(&random) - 1);
			label[i].y = 250 + 205 * spread * (2 * random_uniform(&random) - 1);
			label[i].width = (double) case_between(&random, 20, 190);
			label[i].height = TEXT_HEIGHT;
		}
		labels_place(label, labels, &within, path, 2);
		assert_clear(label, labels, &within);
		for (int64_t i = 0; i < labels && spread == 1; i++)
		{
			placed += label[i].placed;
			all++;
		}
	}
	/* where points lie apart there is room for nearly all */
	assert_true(placed >= 0.97 * all);
}

/* A label wider than the plot has no place. */
static void
test_no_room(void **state)
{
	static const Box within = {0, 0, 100, 100};
	Label label = {.x = 50, .y = 50, .width = 101, .height = TEXT_HEIGHT};

	(void) state;
	labels_place(&label, 1, &within, NULL, 0);
	assert_false(label.placed);
}

/* Axes hold their values and have some ticks, whatever the values are. */
static void
test_axes(void **state)
{
	static const double ranges[][2] = {{0, 1},           {0.1, 0.1},  {0, 0},  {-1e-9, 1e-9},
	                                   {1e12, 1e12 + 1}, {0.4, 0.91}, {-3, 7}, {1e-300, 1e300},
	                                   {0.999, 1},       {5, 5.0001}};

	(void) state;
	for (int r = 0; r < 10; r++)
	{
		Axis axis = {.title = "x"};
		double ticks;

		axis_fit(&axis, ranges[r][0], ranges[r][1]);
		assert_true(axis.low < ranges[r][0] && axis.high > ranges[r][1]);
		ticks = floor(axis.high / axis.step) - ceil(axis.low / axis.step) + 1;
		if (ticks < 2 || ticks > 8)
			fail_msg("%g ticks from %g to %g", ticks, axis.low, axis.high);
	}
}

/* Places of all marks of a chart; gives back how many there are. */
static int
read_marks(const char *svg, double (*place)[2])
{
	int marks = 0;

	for (const char *at = strstr(svg, "class=\"sr-mark"); at != NULL; at = strstr(at + 1, "class=\"sr-mark"))
	{
		assert_int_equal(
			sscanf(strstr(at, "translate("), "translate(%lf %lf)", &place[marks][0], &place[marks][1]), 2);
		marks++;
	}
	return marks;
}

static void
test_frontier_chart(void **state)
{
	static const FrontierPoint points[] = {{"unigrams", 0.1, 0.5},
	                                       {"clustering(k => 5)", 0.2, 0.7},
	                                       {"clustering(k => 50)", 0.3, 0.6},
	                                       {"<&\"'\x01 \xc3\xa4>", 0.4, 0.9}};
	FrontierChart chart = {.title = "a < b & c",
	                       .x_title = "membership",
	                       .point = points,
	                       .points = 4,
	                       .reference_identifiability = 0.5,
	                       .reference_realism = 0.95};
	double place[4][2];
	char *svg = frontier_chart(&chart);

	(void) state;
	assert_well_formed(svg);
	assert_int_equal(count_of(svg, "<svg "), 1);
	assert_int_equal(read_marks(svg, place), 4);
	for (int i = 0; i < 4; i++)
	{
		assert_true(place[i][0] > 72 && place[i][0] < 740 && place[i][1] > 44 && place[i][1] < 464);
		/* greater is to the right and above */
		for (int j = 0; j < 4; j++)
		{
			assert_true((points[i].identifiability < points[j].identifiability) ==
			            (place[i][0] < place[j][0]));
			assert_true((points[i].realism < points[j].realism) == (place[i][1] > place[j][1]));
		}
	}
	/* every point and the reference have a label; one family, one shape */
	assert_int_equal(count_of(svg, "sr-ink sr-label"), 5);
	assert_int_equal(count_of(svg, "sr-mark sr-c0\""), 1);
	assert_int_equal(count_of(svg, "sr-mark sr-c1\""), 2);
	assert_int_equal(count_of(svg, "sr-mark sr-c2\""), 1);
	assert_non_null(strstr(svg, "&lt;&amp;&quot;' \xc3\xa4&gt;"));
	assert_non_null(strstr(svg, "a &lt; b &amp; c"));
	assert_int_equal(count_of(svg, "prefers-color-scheme:dark"), 1);
	assert_int_equal(count_of(svg, "@media print"), 1);

	/* the frontier has the points that nobody beats, and a corner between two of them */
	{
		const char *path = strstr(svg, "sr-frontier");

		path = strstr(path, " d=\"") + 4;
		assert_int_equal(strcspn(path, "L\"") > 0, 1);
		assert_int_equal(count_of(host_format("%.*s", (int) strcspn(path, "\""), path), "L"), 4);
	}
}

/* One point, and no reference. */
static void
test_one_point(void **state)
{
	static const FrontierPoint point = {"only", 0, 0};
	FrontierChart chart = {.title = "t",
	                       .x_title = "x",
	                       .point = &point,
	                       .points = 1,
	                       .reference_identifiability = NAN,
	                       .reference_realism = NAN};
	double place[1][2];
	char *svg = frontier_chart(&chart);

	(void) state;
	assert_well_formed(svg);
	assert_null(strstr(svg, "fresh real people"));
	assert_null(strstr(svg, "nan"));
	assert_int_equal(read_marks(svg, place), 1);
	assert_true(place[0][0] > 72 && place[0][0] < 740);
	/* the reference's realism is not known */
	chart.reference_identifiability = 0.5;
	svg = frontier_chart(&chart);
	assert_well_formed(svg);
	assert_null(strstr(svg, "nan"));
	assert_int_equal(count_of(svg, "sr-reference"), 1);
}

static void
test_projection_chart(void **state)
{
	static const double original[] = {-1, -1, 1, 1, 0, 0.5}, synthetic[] = {3, 0};
	ProjectionChart chart = {
		.title = "t & u", .place = {original, synthetic}, .users = {3, 1}, .share = {0.1, 0.05}};
	char *svg = projection_chart(&chart);
	const char *at = svg;
	int dots = 0;

	(void) state;
	assert_well_formed(svg);
	assert_int_equal(count_of(svg, "sr-dots sr-s"), 2);
	for (int side = 0; side < 2; side++)
	{
		double x, y;

		at = strstr(at, "sr-dots sr-s");
		at = strstr(at, " d=\"") + 4;
		while (sscanf(at, "M%lf %lfh0", &x, &y) == 2)
		{
			assert_true(x > 72 + side * 390 && x < 422 + side * 390 && y > 68 && y < 414);
			dots++;
			at = strstr(at, "h0") + 2;
		}
	}
	assert_int_equal(dots, 4);
}

static void
test_curve_chart(void **state)
{
	static const int64_t k[] = {1, 2, 10};
	static const double value[] = {0.2, 0.4, 0.9}, other[] = {0.1, 0.3, 0.9};
	static const Curve curve[] = {{"a < b", k, value, 3}, {"c", k, other, 3}, {"d", k, value, 1}};
	char *svg = curve_chart("t", curve, 3);

	(void) state;
	assert_well_formed(svg);
	assert_int_equal(count_of(svg, "sr-ink sr-label"), 4);
	/* each stroke twice, in the plot and before its name: those that end at one place are told apart */
	assert_int_equal(count_of(svg, "sr-curve sr-s"), 6);
	assert_int_equal(count_of(svg, "sr-curve sr-s0\" stroke-dasharray=\"none\""), 2);
	assert_int_equal(count_of(svg, "sr-curve sr-s1\" stroke-dasharray=\"7 3\""), 2);
	assert_int_equal(count_of(svg, "sr-reference"), 2);
	assert_null(strstr(svg, "nan"));
}

/* Names keep their order and their distance. */
static void
test_spread(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 5);
	for (int round = 0; round < 200; round++)
	{
		double height[10], before = 0, after = 0;
		int64_t heights = case_between(&random, 1, 10);

		for (int64_t i = 0; i < heights; i++)
		{
			height[i] = 40 + (i == 0 ? 0 : height[i - 1] - 40) + 20 * random_uniform(&random) * (round % 2);
			before += height[i];
		}
		spread_heights(height, heights, 15, 40);
		assert_true(height[0] >= 40 - 1e-9);
		for (int64_t i = 0; i < heights; i++)
		{
			after += height[i];
			assert_true(i == 0 || height[i] - height[i - 1] >= 15 - 1e-9);
		}
		assert_true(after >= before - 1e-6);
	}
}

/* Values from low to high keep their order; what is not positive is at the low end. */
static void
test_logarithmic_axis(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 6);
	for (int round = 0; round < 200; round++)
	{
		double low = pow(10, 12 * random_uniform(&random) - 8);
		double high = low * (round % 5 == 0 ? 1 : pow(10, 9 * random_uniform(&random)));
		Plot plot = {.left = 50, .top = 20, .width = 300, .height = 200};
		Text svg = {NULL, 0, 0};

		axis_fit_logarithmic(&plot.x, low, high);
		axis_fit_logarithmic(&plot.y, low, high);
		plot.x.title = "x";
		assert_true(plot_x(&plot, low) > 50 && plot_x(&plot, high) < 350);
		assert_true(plot_y(&plot, high) > 20 && plot_y(&plot, low) < 220);
		assert_true(high == low || plot_x(&plot, sqrt(low * high)) > plot_x(&plot, low));
		assert_true(plot_x(&plot, 0) == 50 && plot_y(&plot, -1) == 220);
		plot_begin(&svg, 400, 300, "t", "d");
		plot_axes(&svg, &plot);
		plot_end(&svg);
		assert_well_formed(svg.bytes);
		assert_in_range(count_of(svg.bytes, "sr-grid\" d"), high > 10 * low ? 4 : 0, 48);
	}
}

static void
test_line_chart(void **state)
{
	static const double x[] = {1, 10, 100}, y[] = {0.5, 0.05, 0}, none[] = {0};
	Line line[] = {{"a & b", x, y, 3, 0, false, false},
	               {"c", x, y, 2, -1, true, false},
	               {NULL, x, y, 3, 1, false, true}};
	LineChart chart = {
		.title = "t < u", .description = "d", .x_title = "x", .y_title = "y", .line = line, .lines = 3};
	char *svg;

	(void) state;
	for (int kind = 0; kind < 16; kind++)
	{
		const char *at;
		double px, py;

		chart.logarithmic_x = kind & 1;
		chart.logarithmic_y = kind & 2;
		chart.diagonal = kind & 4; /* which is not drawn on axes of two kinds */
		chart.from_zero = kind & 8 && !chart.logarithmic_y;
		svg = line_chart(&chart);
		assert_well_formed(svg);
		assert_null(strstr(svg, "nan"));
		assert_int_equal(count_of(svg, "stroke-dasharray=\"none\""), 2);
		assert_int_equal(count_of(svg, "h0"), 3);
		at = strstr(svg, "sr-dots sr-s1\" d=\"") + strlen("sr-dots sr-s1\" d=\"");
		for (int p = 0; p < 3; p++)
		{
			assert_int_equal(sscanf(at, "M%lf %lfh0", &px, &py), 2);
			assert_true(px >= 64 && px <= 346 && py >= 62 && py <= 248);
			at = strstr(at, "h0") + 2;
		}
	}
	line[0] = (Line){"zero", none, none, 1, 0, false, false};
	chart.lines = 1;
	chart.logarithmic_x = true;
	assert_null(line_chart(&chart));
	chart.lines = 0;
	assert_null(line_chart(&chart));
}

static void
test_bar_chart(void **state)
{
	static const Bar bar[] = {{"a < b", 0.5, "1 of 2"}, {"none", NAN, NULL}, {"c", 3, NULL}};
	static const BarMark mark[] = {{"one", 1}, {"unknown", NAN}};
	BarChart chart = {"t", "d", "x", 1, bar, 3, mark, 2};
	char *svg = bar_chart(&chart);

	(void) state;
	assert_well_formed(svg);
	assert_null(strstr(svg, "nan"));
	assert_int_equal(count_of(svg, "<rect class=\"sr-c0\""), 2);
	assert_int_equal(count_of(svg, "unknown"), 0);
	assert_int_equal(count_of(svg, ">one<"), 1);
	chart.bars = 0;
	assert_null(bar_chart(&chart));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_frontier),         host_unit_test(test_labels),
		host_unit_test(test_no_room),          host_unit_test(test_axes),
		host_unit_test(test_frontier_chart),   host_unit_test(test_one_point),
		host_unit_test(test_projection_chart), host_unit_test(test_curve_chart),
		host_unit_test(test_spread),           host_unit_test(test_logarithmic_axis),
		host_unit_test(test_line_chart),       host_unit_test(test_bar_chart),
	};

	return cmocka_run_group_tests_name("charts", tests, NULL, NULL);
}
