/*
 * page.c
 *	  What the sections of a report are written with.
 */
#include "report/page.h"

#include "host.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_ROWS 12

/* Reads one character of UTF-8 and moves on; 0xfffd for what is none. */
static uint32_t
next_character(const char **string)
{
	const unsigned char *at = (const unsigned char *) *string;
	int more = at[0] < 0x80   ? 0
	           : at[0] < 0xc2 ? -1
	           : at[0] < 0xe0 ? 1
	           : at[0] < 0xf0 ? 2
	           : at[0] < 0xf5 ? 3
	                          : -1;
	uint32_t character = more <= 0 ? at[0] : at[0] & (0x3f >> more);

	for (int n = 1; n <= more; n++)
	{
		if ((at[n] & 0xc0) != 0x80)
		{
			more = -1;
			break;
		}
		character = character << 6 | (at[n] & 0x3f);
	}
	*string += more < 0 ? 1 : more + 1;
	return more < 0 || (character >= 0xd800 && character < 0xe000) || character > 0x10ffff ? 0xfffd
	                                                                                       : character;
}

void
page_text(Text *page, const char *string)
{
	while (*string != '\0')
	{
		uint32_t character = next_character(&string);

		if (character == '\n' || character == '\t')
			text_add(page, " ");
		else if (character < ' ' || (character >= 0x7f && character < 0xa0))
			text_add(page, "&#xfffd;");
		else if (character >= 0x7f || strchr("&<>\"'", (int) character) != NULL)
			text_add(page, "&#x%x;", character);
		else
			text_add(page, "%c", (int) character);
	}
}

char *
page_label(const char *string)
{
	char *label = host_array(char, (int64_t) strlen(string) + 1), *to = label;

	while (*string != '\0')
	{
		uint32_t character = next_character(&string);

		*to++ = character >= ' ' && character < 0x7f ? (char) character : '?';
	}
	*to = '\0';
	return label;
}

char *
page_percent(double share)
{
	if (isnan(share))
		return host_format("&ndash;");
	return host_format(fabs(share) < 0.0995 && share != 0 ? "%.2f&nbsp;%%" : "%.1f&nbsp;%%", 100 * share);
}

char *
page_number(double number, int decimals)
{
	if (isnan(number))
		return host_format("&ndash;");
	/* no "-0.00" */
	if (fabs(number) < 0.5 * pow(10, -decimals))
		number = 0;
	return host_format("%.*f", decimals, number);
}

char *
page_short(double number)
{
	return isnan(number) ? host_format("&ndash;") : host_format("%g", number);
}

char *
page_count(double count)
{
	Text text = {NULL, 0, 0};
	char *digits = host_format("%.0f", count);
	size_t length = strlen(digits);

	if (isnan(count))
		return host_format("&ndash;");
	for (size_t d = 0; d < length; d++)
		text_add(&text, "%s%c", d > 0 && (length - d) % 3 == 0 ? "," : "", digits[d]);
	return text.bytes;
}

void
page_figure(Text *page, const char *svg, const char *caption, const char *table)
{
	if (svg == NULL)
		return;
	text_add(page, "<figure>%s<figcaption>%s</figcaption>\n", svg, caption);
	if (table != NULL)
		text_add(page, "<details><summary>The figures</summary><div class=\"scroll\">%s</div></details>\n",
		         table);
	text_add(page, "</figure>\n");
}

/* The last point of a line at or before x, or NaN. */
static double
value_at(const Line *line, double x)
{
	double value = NAN;

	for (int64_t p = 0; p < line->points && line->x[p] <= x; p++)
		value = line->y[p];
	return line->points > 0 && x > line->x[line->points - 1] ? NAN : value;
}

char *
page_table_of_lines(const char *x_title, const char *y_title, const Line *line, int lines)
{
	Text table = {NULL, 0, 0};
	const Line *longest = line;
	double before = NAN;

	for (int l = 1; l < lines; l++)
	{
		if (line[l].points > longest->points)
			longest = &line[l];
	}
	text_add(&table, "<table><caption>%s</caption><thead><tr><th class=\"n\" scope=\"col\">%s</th>", y_title,
	         x_title);
	for (int l = 0; l < lines; l++)
		text_add(&table, "<th class=\"n\" scope=\"col\">%s</th>", line[l].name);
	text_add(&table, "</tr></thead><tbody>\n");
	for (int row = 0; row < MOST_ROWS && longest->points > 0; row++)
	{
		int64_t place = longest->points <= MOST_ROWS ? row : row * (longest->points - 1) / (MOST_ROWS - 1);
		double x = place < longest->points ? longest->x[place] : NAN;

		if (isnan(x) || x == before)
			continue;
		text_add(&table, "<tr><th class=\"n\" scope=\"row\">%g</th>", x);
		for (int l = 0; l < lines; l++)
		{
			double value = value_at(&line[l], x);

			text_add(&table, isnan(value) ? "<td class=\"n\">&ndash;</td>" : "<td class=\"n\">%.3g</td>",
			         value);
		}
		text_add(&table, "</tr>\n");
		before = x;
	}
	text_add(&table, "</tbody></table>");
	return table.bytes;
}

void
page_row(Text *page, const char *name, const char *value)
{
	text_add(page, "<tr><th scope=\"row\">%s</th><td class=\"n\">%s</td></tr>\n", name, value);
}

void
page_explained_row(Text *page, const char *name, const char *const *figure, int figures,
                   const char *explanation)
{
	text_add(page, "<tr class=\"m\"><th scope=\"row\">%s</th>", name);
	for (int f = 0; f < figures; f++)
		text_add(page, "<td class=\"n\">%s</td>", figure[f]);
	text_add(page, "</tr>\n<tr class=\"x\"><td colspan=\"%d\"><small>%s</small></td></tr>\n", figures + 1,
	         explanation);
}

bool
page_has(const Json *report, const char *part)
{
	return json_at(report, part)->kind != JSON_NULL;
}

/* A number of a list, or NaN. */
static double
element_number(const Json *list, int64_t n)
{
	return n < list->count ? json_number(&list->element[n], "") : NAN;
}

Line
page_line(const Json *report, const char *path, const char *name, int color)
{
	const Json *list = json_at(report, path);
	double *x = host_array(double, list->count + 1), *y = host_array(double, list->count + 1);
	Line line = {.name = name, .x = x, .y = y, .color = color};

	for (int64_t n = 0; list->kind == JSON_LIST && n < list->count; n++)
	{
		bool is_pair = list->element[n].kind == JSON_LIST;
		double at = is_pair ? element_number(&list->element[n], 0) : (double) (n + 1);
		double value = is_pair ? element_number(&list->element[n], 1) : json_number(&list->element[n], "");

		host_poll();
		if (isnan(at) || isnan(value))
			continue;
		x[line.points] = at;
		y[line.points++] = value;
	}
	return line;
}
