/*
 * realism_section.c
 *	  Whether conclusions about recommenders carry over; and the frontier of other
 *	  candidates.
 */
#include "report/page.h"

#include "charts/bar_chart.h"
#include "charts/frontier_chart.h"
#include "host.h"

#include <math.h>

#define MOST_METRICS 64
#define MOST_CANDIDATES 200

static char *
metric_chart(const Json *report)
{
	const Json *metrics = json_at(report, "realism.by_metric");
	int count = (int) (metrics->count < MOST_METRICS ? metrics->count : MOST_METRICS);
	Bar *bar = host_array(Bar, count + 1);
	BarMark mark[2] = {{"real data", json_number(report, "realism.ceiling")},
	                   {"popularity alone", json_number(report, "realism.floor")}};
	BarChart chart = {"Realism by metric",
	                  "Share of the conclusions on the synthetic data that hold on the original, by metric.",
	                  "share of conclusions that hold",
	                  1,
	                  bar,
	                  0,
	                  mark,
	                  2};

	for (int m = 0; m < count; m++)
	{
		const Json *metric = &metrics->element[m];
		const char *name = json_string(metric, "metric");
		double both, all;

		if (name == NULL)
			continue;
		both = json_number(metric, "significant_both");
		all = json_number(metric, "significant_synthetic");
		bar[chart.bars++] = (Bar){page_label(name), json_number(metric, "realism"),
		                          isnan(both) || isnan(all) ? NULL : host_format("%.0f of %.0f", both, all)};
	}
	return bar_chart(&chart);
}

static void
add_comparison(Text *page, const Json *row)
{
	static const char *const columns[] = {"metric", "better", "worse"};

	text_add(page, "<tr>");
	for (int c = 0; c < 3; c++)
	{
		const char *string = json_string(row, columns[c]);

		text_add(page, c == 0 ? "<th scope=\"row\">" : "<td>");
		page_text(page, string != NULL ? string : "?");
		text_add(page, c == 0 ? "</th>" : "</td>");
	}
	text_add(page, "<td class=\"n\">%s &gt; %s</td><td class=\"n\">%s &lt; %s</td></tr>\n",
	         page_number(json_number(row, "synthetic_better"), 4),
	         page_number(json_number(row, "synthetic_worse"), 4),
	         page_number(json_number(row, "original_better"), 4),
	         page_number(json_number(row, "original_worse"), 4));
}

static void
add_reversed(Text *page, const Json *report)
{
	const Json *list = json_at(report, "realism.reversed_comparisons");
	double reversed = json_number(report, "realism.reversed");

	text_add(page, "<h3>Reversed conclusions</h3>\n");
	if (reversed == 0 || list->count == 0)
	{
		text_add(page, "<p>%s</p>\n",
		         reversed == 0 ? "None: the synthetic data say the opposite of the original nowhere."
		                       : "They are not listed in this report.");
		return;
	}
	text_add(page,
	         "<p>%s conclusions on the synthetic data are the opposite of one on the original: they would "
	         "mislead.%s</p>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">metric</th><th "
	         "scope=\"col\">said to be better</th><th scope=\"col\">said to be worse</th><th class=\"n\" "
	         "scope=\"col\">synthetic</th><th class=\"n\" scope=\"col\">original</th></tr></thead><tbody>\n",
	         page_count(reversed),
	         (double) list->count < reversed
	             ? host_format(" The first %s are listed.", page_count((double) list->count))
	             : "");
	for (int64_t r = 0; r < list->count; r++)
		add_comparison(page, &list->element[r]);
	text_add(page, "</tbody></table></div>\n");
}

void
page_realism(Text *page, const Json *report)
{
	const Json *realism = json_at(report, "realism");

	text_add(
		page,
		"<p>Data are often released so that others can find out which recommender works better. %s recommenders were "
		"trained and tested on both sides, %s times each; a conclusion is that one is significantly better than "
		"another by a metric (Welch&rsquo;s test, p&nbsp;&lt;&nbsp;%s). Realism is the share of the conclusions on "
		"synthetic data that hold on the original.</p>\n<div class=\"charts\">\n",
		page_count(json_number(realism, "recommenders")), page_count(json_number(realism, "runs")),
		page_short(json_number(realism, "level")));
	page_figure(
		page, metric_chart(report),
		"<em>Real data</em>: what the original scores against other runs of itself. <em>Popularity alone</em>: "
		"what users score that have nothing of the original but how popular items are.",
		NULL);
	text_add(page, "<div><table><tbody>\n");
	page_row(page, "Realism", page_percent(json_number(realism, "realism")));
	page_row(page, "Ceiling: real data", page_percent(json_number(realism, "ceiling")));
	page_row(page, "Floor: popularity alone", page_percent(json_number(realism, "floor")));
	page_row(page, "Conclusions on synthetic data",
	         page_count(json_number(realism, "significant_synthetic")));
	page_row(page, "Conclusions on the original", page_count(json_number(realism, "significant_original")));
	page_row(page, "Conclusions on both", page_count(json_number(realism, "significant_both")));
	page_row(page, "Of the original&rsquo;s conclusions, shown by synthetic data",
	         page_percent(json_number(realism, "converse")));
	page_row(page, "Reversed conclusions", page_count(json_number(realism, "reversed")));
	page_row(page, "Order of the recommenders, Kendall&rsquo;s &tau;",
	         page_number(json_number(realism, "kendall_tau"), 3));
	page_row(page, "Metrics by which the best one is the same",
	         page_percent(json_number(realism, "top_agreement")));
	text_add(page, "</tbody></table></div>\n</div>\n");
	add_reversed(page, report);
}

/* The frontier of candidates that have both figures, by one measure. */
static char *
candidates_chart(const Json *candidates)
{
	FrontierPoint *point = host_array(FrontierPoint, candidates->count + 1);
	FrontierChart chart = {.title = "Realism and membership of candidates",
	                       .x_title = "membership identifiability",
	                       .point = point,
	                       .reference_identifiability = NAN,
	                       .reference_realism = NAN};

	for (int64_t c = 0; c < candidates->count && chart.points < MOST_CANDIDATES; c++)
	{
		const Json *row = &candidates->element[c];
		const char *name = json_string(row, "name");
		FrontierPoint it = {name == NULL ? NULL : page_label(name), json_number(row, "membership"),
		                    json_number(row, "realism")};

		if (name == NULL || isnan(it.identifiability) || isnan(it.realism))
			continue;
		point[chart.points++] = it;
		if (!isnan(json_number(row, "membership_reference")))
			chart.reference_identifiability = json_number(row, "membership_reference");
		if (!isnan(json_number(row, "realism_reference")))
			chart.reference_realism = json_number(row, "realism_reference");
	}
	return chart.points > 0 ? frontier_chart(&chart) : NULL;
}

static void
add_candidate(Text *page, const Json *row)
{
	const char *name = json_string(row, "name"), *error = json_string(row, "error");

	text_add(page, "<tr><th scope=\"row\">");
	page_text(page, name != NULL ? name : "?");
	if (error != NULL)
	{
		text_add(page, "<small>");
		page_text(page, error);
		text_add(page, "</small>");
	}
	text_add(
		page,
		"</th><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>\n",
		page_percent(json_number(row, "membership")), page_number(json_number(row, "deanonymization"), 4),
		page_percent(json_number(row, "attribute")), page_percent(json_number(row, "realism")));
}

void
page_candidates(Text *page, const Json *report)
{
	const Json *candidates = json_at(report, "candidates");
	char *chart = candidates_chart(candidates);

	text_add(
		page,
		"<p>Generators that were tried on the same data. The farther to the left, the less identifiable people are by "
		"this measure; the farther up, the more conclusions hold. On the line are those that no other one beats in "
		"both.</p>\n");
	if (chart != NULL)
		text_add(page, "<figure class=\"wide\"><div class=\"scroll\">%s</div></figure>\n", chart);
	text_add(
		page,
		"<div class=\"scroll\"><table><thead><tr><th scope=\"col\">generator</th><th class=\"n\" "
		"scope=\"col\">membership</th><th class=\"n\" scope=\"col\">de-anonymization (nats)</th><th class=\"n\" "
		"scope=\"col\">attributes</th><th class=\"n\" scope=\"col\">realism</th></tr></thead><tbody>\n");
	for (int64_t c = 0; candidates->kind == JSON_LIST && c < candidates->count; c++)
	{
		host_poll();
		add_candidate(page, &candidates->element[c]);
	}
	text_add(page, "</tbody></table></div>\n");
}
