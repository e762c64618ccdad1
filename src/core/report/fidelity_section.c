/*
 * fidelity_section.c
 *	  How alike the data themselves are.
 */
#include "report/page.h"

#include "host.h"

#include <math.h>
#include <string.h>

typedef struct Meaning
{
	const char *key;
	const char *name;
	const char *explanation;
} Meaning;

static const Meaning meanings[] = {
	{"popularity_divergence", "Popularity of items: distance", "Jensen&ndash;Shannon, 0 to 1; best: 0"},
	{"popularity_correlation", "Popularity of items: correlation", "Spearman&rsquo;s; best: 1"},
	{"activity_divergence", "Lengths of histories: distance", "Kolmogorov&ndash;Smirnov, 0 to 1; best: 0"},
	{"activity_distance", "Lengths of histories: distance in items", "Wasserstein-1; best: 0"},
	{"catalogue_coverage", "Coverage of the catalogue", "share of the original items that occur; best: 1"},
	{"tail_coverage", "Coverage of rare items",
     "of those with a fifth of the interactions together; best: 1"},
	{"gini", "Concentration", "Gini coefficient of popularity; best: as fresh real people"},
	{"rating_divergence", "Ratings: distance", "total variation, 0 to 1; best: 0"},
	{"user_rating_distance", "Mean ratings of users: distance",
     "Wasserstein-1, in units of a rating; best: 0"},
	{"item_rating_distance", "Mean ratings of items: distance",
     "Wasserstein-1, in units of a rating; best: 0"},
	{"spectrum_distance", "Common tastes: distance of the spectra", "relative; best: 0"},
	{"cooccurrence_distance", "Which items go together: distance", "relative; best: as fresh real people"},
	{"transition_distance", "Which item follows which: distance",
     "total variation, 0 to 1; best: as fresh real people"},
	{"unsupported_transitions", "Transitions that are not in the original", "best: as fresh real people"},
	{"autocorrelation_distance", "How popularity follows popularity: distance", "best: 0"},
};

static const Meaning *
meaning_of(const char *key)
{
	for (size_t m = 0; m < sizeof(meanings) / sizeof(meanings[0]); m++)
	{
		if (strcmp(meanings[m].key, key) == 0)
			return &meanings[m];
	}
	return NULL;
}

/* What a measure is called: its key when this version does not know it. */
static const char *
name_of(const char *key)
{
	const Meaning *meaning = meaning_of(key);
	Text name = {NULL, 0, 0};

	if (meaning != NULL)
		return meaning->name;
	text_add(&name, "%s", "");
	page_text(&name, key);
	return name.bytes;
}

static void
add_measure(Text *page, const Json *row)
{
	const char *key = json_string(row, "measure");
	const char *const figures[] = {page_number(json_number(row, "matched"), 4),
	                               page_number(json_number(row, "reference"), 4),
	                               page_number(json_number(row, "value"), 4)};

	if (key != NULL && !isnan(json_number(row, "value")))
		page_explained_row(page, name_of(key), figures, 3,
		                   meaning_of(key) != NULL ? meaning_of(key)->explanation : "");
}

/* Why a measure does not apply; NULL for one that does. */
static const char *
reason_of(const Json *row)
{
	const char *note = json_string(row, "note");

	if (json_string(row, "measure") == NULL || !isnan(json_number(row, "value")))
		return NULL;
	return note != NULL ? note : "not defined";
}

/* The measures that do not apply, together by the reason. */
static void
add_unmeasured(Text *page, const Json *list)
{
	int64_t rows = list->kind == JSON_LIST ? list->count : 0;
	bool *told = host_array_zero(bool, rows + 1);

	for (int64_t m = 0; m < rows; m++)
	{
		const char *reason = reason_of(&list->element[m]);

		if (reason == NULL || told[m])
			continue;
		text_add(page, "<p class=\"meta\">Not measured (");
		page_text(page, reason);
		for (int64_t other = m; other < rows; other++)
		{
			const char *same = reason_of(&list->element[other]);

			if (same == NULL || strcmp(same, reason) != 0)
				continue;
			text_add(page, "%s%s", other == m ? "): " : "; ",
			         name_of(json_string(&list->element[other], "measure")));
			told[other] = true;
		}
		text_add(page, ".</p>\n");
	}
}

static void
add_popularity(Text *page, const Json *report)
{
	Line line[2] = {page_line(report, "shapes.popularity.original", "original", 0),
	                page_line(report, "shapes.popularity.synthetic", "synthetic", 1)};
	LineChart chart = {
		.title = "Popularity of items",
		.description =
			"Interactions per user of the most popular item, the second, and so on, of both sides.",
		.x_title = "rank of the item",
		.y_title = "interactions per user",
		.logarithmic_x = true,
		.logarithmic_y = true,
		.line = line,
		.lines = 2};

	line[1].dashed = true;
	page_figure(page, line_chart(&chart),
	            "How the interactions are spread over the items, from the most popular one on.",
	            page_table_of_lines("rank", "interactions per user", line, 2));
}

static void
add_activity(Text *page, const Json *report)
{
	Line line[2] = {page_line(report, "shapes.activity.original", "original", 0),
	                page_line(report, "shapes.activity.synthetic", "synthetic", 1)};
	LineChart chart = {.title = "Lengths of histories",
	                   .description = "Share of users who have at least so many items, of both sides.",
	                   .x_title = "at least so many items",
	                   .y_title = "share of users",
	                   .logarithmic_x = true,
	                   .logarithmic_y = true,
	                   .line = line,
	                   .lines = 2};

	line[1].dashed = true;
	page_figure(page, line_chart(&chart), "The curves end where fewer than five users are left.",
	            page_table_of_lines("items", "share of users with at least so many", line, 2));
}

static void
add_spectrum(Text *page, const Json *report)
{
	Line line[3] = {page_line(report, "shapes.spectrum.original", "original", 0),
	                page_line(report, "shapes.spectrum.synthetic", "synthetic", 1),
	                page_line(report, "shapes.spectrum.fresh", "fresh real people", -1)};
	LineChart chart = {
		.title = "Spectrum",
		.description = "The greatest singular values of users by items, scaled, of both sides and of fresh "
					   "real people.",
		.x_title = "number of the singular value",
		.y_title = "singular value, scaled",
		.logarithmic_x = true,
		.logarithmic_y = true,
		.line = line,
		.lines = 3};

	line[1].dashed = true;
	line[2].dashed = true;
	page_figure(
		page, line_chart(&chart),
		"How much of the data follows few common tastes: each singular value is one. They are compared for as "
		"many users, since more users have less noise.",
		page_table_of_lines("number", "singular value", line, 3));
}

static void
add_items(Text *page, const Json *report)
{
	Line line[2] = {page_line(report, "shapes.items", NULL, 0), {.name = NULL, .color = -1}};
	LineChart chart = {
		.title = "Each item on both sides",
		.description = "A point per item: interactions per user on the original side and on the synthetic "
					   "one. On the diagonal both are the same.",
		.x_title = "original, interactions per user",
		.y_title = "synthetic, interactions per user",
		.logarithmic_x = true,
		.logarithmic_y = true,
		.diagonal = true,
		.line = line,
		.lines = 1};
	double shown = json_number(report, "shapes.items_shown"), all = json_number(report, "shapes.items_all");

	line[0].marks = true;
	page_figure(page, line_chart(&chart),
	            host_format("%s items%s. At the edge are items that one side does not have.",
	                        page_count(shown), shown < all ? host_format(" of %s", page_count(all)) : ""),
	            NULL);
}

void
page_fidelity(Text *page, const Json *report)
{
	const Json *list = json_at(report, "fidelity");

	text_add(
		page,
		"<p>How alike the data themselves are, whatever is concluded from them. None of this says anything about "
		"privacy: a plain copy of the original would score best.</p>\n");
	if (page_has(report, "shapes"))
	{
		text_add(page, "<div class=\"charts\">\n");
		add_popularity(page, report);
		add_activity(page, report);
		add_spectrum(page, report);
		add_items(page, report);
		text_add(page, "</div>\n");
	}
	text_add(
		page,
		"<div class=\"scroll\"><table><thead><tr><th scope=\"col\">measure</th><th class=\"n\" "
		"scope=\"col\">synthetic users<small>as many as fresh ones</small></th><th class=\"n\" scope=\"col\">fresh "
		"real people</th><th class=\"n\" scope=\"col\">all synthetic users</th></tr></thead><tbody>\n");
	for (int64_t m = 0; list->kind == JSON_LIST && m < list->count; m++)
		add_measure(page, &list->element[m]);
	text_add(page, "</tbody></table></div>\n");
	add_unmeasured(page, list);
}
