/*
 * plot.c
 *	  The parts of a chart as SVG.
 *
 * The colours are those of Okabe and Ito (2008), which people of all kinds of
 * colour vision can tell apart, darker on white and lighter on black where the
 * contrast needs it.  Shapes say the same once more.
 */
#include "charts/plot.h"

#include "host.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of a label, per character. */
#define CHARACTER_WIDTH 7.3

/* Room beside the values, as a share of their range. */
#define AXIS_ROOM 0.08

static void
make_room(Text *text, size_t more)
{
	if (text->length + more + 1 <= text->room)
		return;
	text->room = 2 * (text->length + more + 1);
	text->bytes = text->bytes == NULL ? host_alloc(text->room) : host_resize(text->bytes, text->room);
}

void
text_add(Text *text, const char *format, ...)
{
	va_list arguments;
	int needed;

	va_start(arguments, format);
	needed = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	make_room(text, (size_t) needed);
	va_start(arguments, format);
	vsnprintf(text->bytes + text->length, (size_t) needed + 1, format, arguments);
	va_end(arguments);
	text->length += (size_t) needed;
}

void
text_add_escaped(Text *text, const char *string)
{
	for (; *string != '\0'; string++)
	{
		switch (*string)
		{
			case '&':
				text_add(text, "&amp;");
				break;
			case '<':
				text_add(text, "&lt;");
				break;
			case '>':
				text_add(text, "&gt;");
				break;
			case '"':
				text_add(text, "&quot;");
				break;
			default:
				if ((unsigned char) *string >= ' ')
					text_add(text, "%c", *string);
		}
	}
}

double
text_width(const char *string)
{
	int characters = 0;

	/* bytes that continue a character of UTF-8 have no width */
	for (; *string != '\0'; string++)
		characters += (*string & 0xc0) != 0x80;
	return characters * CHARACTER_WIDTH;
}

void
axis_fit(Axis *axis, double low, double high)
{
	static const double rounds[] = {1, 2, 5, 10};
	double range = high - low, power;
	int round = 0;

	/* values that are all the same, or as good as */
	if (!(range > 1e-9 * fmax(fabs(low), fabs(high))))
		range = fmax(fabs(high), 1e-6);
	axis->low = low - AXIS_ROOM * range;
	axis->high = high + AXIS_ROOM * range;
	range = axis->high - axis->low;
	power = pow(10, floor(log10(range / 6)));
	while (round < 3 && rounds[round] * power * 6 < range)
		round++;
	axis->step = rounds[round] * power;
}

void
axis_fit_logarithmic(Axis *axis, double low, double high)
{
	double range = log10(high) - log10(low);

	axis->logarithmic = true;
	if (!(range > 0.1))
		range = 0.1;
	axis->low = log10(low) - AXIS_ROOM * range;
	axis->high = log10(high) + AXIS_ROOM * range;
	/* decades apart, so that there are not too many */
	axis->step = ceil((axis->high - axis->low) / 8);
}

/* Where a value lies on an axis: 0 at the low end, 1 at the high one. */
static double
axis_place(const Axis *axis, double value)
{
	if (axis->logarithmic)
		value = value > 0 ? fmax(log10(value), axis->low) : axis->low;
	return (value - axis->low) / (axis->high - axis->low);
}

double
plot_x(const Plot *plot, double value)
{
	return plot->left + plot->width * axis_place(&plot->x, value);
}

double
plot_y(const Plot *plot, double value)
{
	return plot->top + plot->height * (1 - axis_place(&plot->y, value));
}

#define MOST_TICKS 64

/* The ticks of an axis, and how many there are. */
static int
axis_ticks(const Axis *axis, double *tick)
{
	/* less than two decades have ticks at 2 and 5, too */
	static const double parts[] = {1, 2, 5};
	int some = axis->logarithmic && axis->high - axis->low < 2 ? 3 : 1, ticks = 0;
	/* multiples of the step as whole numbers: no sum of rounding errors, no "-0" */
	long long first = llrint(ceil(axis->low / axis->step)) - (some > 1);

	for (long long n = first; (double) n * axis->step <= axis->high && ticks < MOST_TICKS; n++)
	{
		for (int part = 0; part < some; part++)
		{
			double value = (double) n * axis->step;

			double at = axis->logarithmic ? value + log10(parts[part]) : value;

			if (ticks < MOST_TICKS && at >= axis->low && at <= axis->high)
				tick[ticks++] = axis->logarithmic ? parts[part] * pow(10, value) : value;
		}
	}
	return ticks;
}

/* The number at a tick: powers of ten far from 1 as such. */
static void
add_tick(Text *svg, const Axis *axis, double value)
{
	if (axis->logarithmic && (value >= 1e5 || value < 1e-3))
		text_add(svg, "%g&#215;10<tspan dy=\"-4\" font-size=\"9\">%d</tspan>",
		         value / pow(10, floor(log10(value) + 1e-9)), (int) floor(log10(value) + 1e-9));
	else
		text_add(svg, "%g", value);
}

/* Fills of the marks in light and in dark surroundings. */
static const char *const light[PLOT_COLORS] = {"#0072b2", "#d55e00", "#009e73", "#aa4499",
                                               "#e69f00", "#56b4e9", "#555555", "#882255"};
static const char *const dark[PLOT_COLORS] = {"#4ea8e0", "#f08a3c", "#2fc79c", "#dd99cc",
                                              "#f2c14e", "#9ad5f5", "#bbbbbb", "#d46a8f"};

static void
add_colors(Text *svg, const char *const *color, const char *paper, const char *ink, const char *faint,
           const char *grid)
{
	text_add(svg,
	         ".sr-paper{fill:%s}.sr-ink{fill:%s}.sr-faint{fill:%s}.sr-grid{stroke:%s}.sr-line{stroke:%s}"
	         ".sr-lead{stroke:%s}.sr-mark,.sr-label{stroke:%s}",
	         paper, ink, faint, grid, ink, faint, paper);
	for (int c = 0; c < PLOT_COLORS; c++)
		text_add(svg, ".sr-c%d{fill:%s}.sr-s%d{stroke:%s}", c, color[c], c, color[c]);
}

void
plot_begin(Text *svg, double width, double height, const char *title, const char *description)
{
	text_add(svg,
	         "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\" "
	         "role=\"img\" font-family=\"system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif\" "
	         "font-size=\"12\">\n<title>",
	         width, height, width, height);
	text_add_escaped(svg, title);
	text_add(svg, "</title>\n<desc>");
	text_add_escaped(svg, description);
	text_add(
		svg,
		"</desc>\n<style>.sr-label{stroke-width:3;stroke-linejoin:round;paint-order:stroke}.sr-grid{stroke-width:1}"
		".sr-line,.sr-lead,.sr-dots,.sr-curve{fill:none}"
		".sr-dots{stroke-width:3;stroke-linecap:round;stroke-opacity:.55}.sr-curve{stroke-width:2}");
	add_colors(svg, light, "#ffffff", "#1f2328", "#59636e", "#dfe3e8");
	text_add(svg, "\n@media (prefers-color-scheme:dark){");
	add_colors(svg, dark, "#16191d", "#e8eaed", "#a4adb8", "#333a42");
	text_add(svg, "}\n@media print{");
	add_colors(svg, light, "#ffffff", "#000000", "#444444", "#cccccc");
	text_add(svg, "}</style>\n<rect class=\"sr-paper\" width=\"%g\" height=\"%g\"/>\n", width, height);
	text_add(svg, "<text class=\"sr-ink\" x=\"16\" y=\"24\" font-size=\"15\" font-weight=\"600\">");
	text_add_escaped(svg, title);
	text_add(svg, "</text>\n");
}

void
plot_end(Text *svg)
{
	text_add(svg, "</svg>\n");
}

void
plot_axes(Text *svg, const Plot *plot)
{
	double bottom = plot->top + plot->height, right = plot->left + plot->width;
	double tick[MOST_TICKS];
	int ticks = axis_ticks(&plot->x, tick);

	for (int t = 0; t < ticks; t++)
	{
		double x = plot_x(plot, tick[t]);

		text_add(svg, "<path class=\"sr-grid\" d=\"M%.1f %.1fV%.1f\"/>", x, plot->top, bottom);
		text_add(svg, "<text class=\"sr-faint\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", x,
		         bottom + 17);
		add_tick(svg, &plot->x, tick[t]);
		text_add(svg, "</text>\n");
	}
	ticks = axis_ticks(&plot->y, tick);
	for (int t = 0; t < ticks; t++)
	{
		double y = plot_y(plot, tick[t]);

		text_add(svg, "<path class=\"sr-grid\" d=\"M%.1f %.1fH%.1f\"/>", plot->left, y, right);
		text_add(svg, "<text class=\"sr-faint\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", plot->left - 7,
		         y + 4);
		add_tick(svg, &plot->y, tick[t]);
		text_add(svg, "</text>\n");
	}
	text_add(svg, "<text class=\"sr-ink\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
	         plot->left + plot->width / 2, bottom + 38);
	text_add_escaped(svg, plot->x.title);
	text_add(svg, "</text>\n");
	if (plot->y.title == NULL)
		return;
	text_add(svg,
	         "<text class=\"sr-ink\" transform=\"translate(%.1f %.1f) rotate(-90)\" "
	         "text-anchor=\"middle\">",
	         plot->left - 48, plot->top + plot->height / 2);
	text_add_escaped(svg, plot->y.title);
	text_add(svg, "</text>\n");
}

void
plot_mark(Text *svg, double x, double y, int number, const char *title)
{
	/* around the origin, of about equal areas */
	static const char *const shape[PLOT_COLORS] = {
		"M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
		"M-4.6 -4.6h9.2v9.2h-9.2z",
		"M0 -6.4L6 4.4H-6z",
		"M0 -6.6L6.6 0L0 6.6L-6.6 0z",
		"M0 6.4L6 -4.4H-6z",
		"M-2 -6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
		"M-6 -3L-3 -6L0 -3L3 -6L6 -3L3 0L6 3L3 6L0 3L-3 6L-6 3L-3 0z",
		"M0 -6.4L6.1 -2L3.8 5.2H-3.8L-6.1 -2z",
	};

	/* when shapes begin again, they have other colours */
	text_add(svg, "<path class=\"sr-mark sr-c%d\" transform=\"translate(%.1f %.1f)\" d=\"%s\"><title>",
	         (number + number / PLOT_COLORS * 3) % PLOT_COLORS, x, y, shape[number % PLOT_COLORS]);
	text_add_escaped(svg, title);
	text_add(svg, "</title></path>\n");
}
