/*
 * privacy_section.c
 *	  What the synthetic users tell about the original ones, in words that a data
 *	  protection officer can use; and the summary, most of which is that.
 */
#include "report/page.h"

#include "charts/bar_chart.h"
#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Measure
{
	const char *key;
	const char *name;
	const char *question;
	bool is_share; /* else nats */
	const char *explanation;
} Measure;

static const Measure measures[] = {
	{"membership", "Membership", "Is a synthetic user nearer to a person than other people are?", true,
     "The share of original users to whom fewer than k other original users are nearer than a synthetic user is."},
	{"deanonymization", "De-anonymization", "What do similar synthetic users tell about a person's items?",
     false,
     "How much the synthetic users most like a person tell, on average, about whether she has an item "
     "(mutual information, in nats)."},
	{"attribute", "Attributes", "Can hidden items of a person be guessed?", true,
     "The share of a person's hidden items that a recommender, trained on the synthetic users, guesses from her "
     "other items."},
};

#define MEASURES ((int) (sizeof(measures) / sizeof(measures[0])))

static double
figure(const Json *report, const Measure *measure, const char *member)
{
	return json_number(report, host_format("privacy.%s.%s", measure->key, member));
}

static char *
as_text(const Measure *measure, double value)
{
	return measure->is_share
	           ? page_percent(value)
	           : host_format("%s&nbsp;<small>nats</small>", page_number(value, value < 0.0995 ? 4 : 3));
}

/* How as many synthetic users compare with fresh people, as a sentence. */
static char *
in_words(double lift)
{
	char *times = page_number(lift, 2);
	double rounded = strtod(times, NULL);

	if (isnan(lift))
		return host_format("Strangers score 0 here, so there is no ratio.");
	return host_format(
		"At equal numbers of users the synthetic ones score %s times as much: on average, and by this measure, %s than "
		"strangers.",
		times,
		rounded == 1  ? "neither more nor less revealing"
		: rounded < 1 ? "less revealing"
					  : "more revealing");
}

static void
add_card(Text *page, const char *title, const char *question, const char *value, const char *beside,
         const char *words)
{
	text_add(page, "<div class=\"card\"><h3>%s</h3><span>%s</span><b>%s</b><span>%s</span><p>%s</p></div>\n",
	         title, question, value, beside, words);
}

static void
add_realism_card(Text *page, const Json *report)
{
	double ceiling = json_number(report, "realism.ceiling"), floor = json_number(report, "realism.floor");
	double both = json_number(report, "realism.significant_both"),
		   all = json_number(report, "realism.significant_synthetic");

	add_card(page, "Realism", "Do conclusions about recommenders carry over?",
	         page_percent(json_number(report, "realism.realism")),
	         host_format("real data: %s; popularity alone: %s", page_percent(ceiling), page_percent(floor)),
	         host_format("%s of the %s conclusions that the synthetic data allow hold on the original.",
	                     page_count(both), page_count(all)));
}

/* The measure that is farthest above strangers, in a sentence of its own. */
static void
add_most_revealing(Text *page, const Json *report)
{
	const Measure *most = NULL;

	for (int m = 0; m < MEASURES; m++)
	{
		double lift = figure(report, &measures[m], "lift");

		if (!isnan(lift) && (most == NULL || lift > figure(report, most, "lift")))
			most = &measures[m];
	}
	if (most == NULL)
		return;
	text_add(
		page,
		"<p>Of the three privacy measures, <strong>%s</strong> is the farthest up beside its reference: the synthetic "
		"users score %s times what as many fresh real people score. 1 means: neither more nor less than "
		"strangers.</p>\n",
		most->name, page_number(figure(report, most, "lift"), 2));
}

void
page_summary(Text *page, const Json *report)
{
	text_add(
		page,
		"<p>This page measures two things about synthetic data that imitate an original: how much "
		"they give away about the people in the original, and how well they stand in for it. It "
		"reports measurements; it does not certify that anybody is protected.</p>\n<div class=\"cards\">\n");
	for (int m = 0; page_has(report, "privacy") && m < MEASURES; m++)
		add_card(page, measures[m].name, measures[m].question,
		         as_text(&measures[m], figure(report, &measures[m], "value")),
		         host_format("fresh real people: %s",
		                     as_text(&measures[m], figure(report, &measures[m], "reference"))),
		         in_words(figure(report, &measures[m], "lift")));
	if (page_has(report, "realism"))
		add_realism_card(page, report);
	text_add(page, "</div>\n");
	add_most_revealing(page, report);
	if (page_has(report, "inference"))
		text_add(
			page,
			"<p>With the holdout: an attacker who takes the distance of the nearest synthetic user for a sign that "
			"somebody was in the original data is right in %s of the pairs of an original user and an "
			"outsider (95&nbsp;%% interval %s to %s); guessing blindly is right in half of them.</p>\n",
			page_percent(json_number(report, "inference.auc")),
			page_percent(json_number(report, "inference.auc_low")),
			page_percent(json_number(report, "inference.auc_high")));
	else
		text_add(
			page,
			"<p>There was no holdout, so it was not measured whether the generator remembers the people that it "
			"learned from.</p>\n");
}

/* Lifts as bars, beside 1. */
static char *
lift_chart(const Json *report)
{
	Bar bar[MEASURES];
	BarMark one = {"fresh real people", 1};
	BarChart chart = {
		"Beside as many fresh real people",
		"What the synthetic users score, divided by what as many fresh real people score, by measure.",
		"times what fresh real people score",
		1.25,
		bar,
		0,
		&one,
		1};

	for (int m = 0; m < MEASURES; m++)
	{
		double lift = figure(report, &measures[m], "lift");

		if (!isnan(lift))
			bar[chart.bars++] = (Bar){measures[m].name, fmax(lift, 0), host_format("%.2f", lift)};
	}
	return bar_chart(&chart);
}

static void
add_curves(Text *page, const Json *report)
{
	Line line[3] = {page_line(report, "membership_curve.synthetic", "synthetic", 1),
	                page_line(report, "membership_curve.fresh", "fresh real people", 0),
	                {NULL, NULL, NULL, 0, -1, true, false}};
	LineChart chart = {.title = "Membership over k",
	                   .description =
	                       "Share of original users to whom fewer than k others are nearer than a synthetic "
	                       "user is, for synthetic users and for fresh real people.",
	                   .x_title = "k",
	                   .y_title = "share of original users",
	                   .logarithmic_x = true,
	                   .from_zero = true,
	                   .line = line,
	                   .lines = 3};
	int64_t points = line[0].points;
	double *y = host_array(double, points + 1);

	/* of equal numbers of strangers, 1 - 2^-k */
	for (int64_t p = 0; p < points; p++)
		y[p] = 1 - exp2(-line[0].x[p]);
	line[1].dashed = true;
	line[2].name = "1 - 1/2^k";
	line[2].x = line[0].x;
	line[2].y = y;
	line[2].points = points;
	page_figure(
		page, line_chart(&chart),
		"The larger k, the weaker the claim: at 10, a person counts when a synthetic user is among the ten "
		"nearest to her. Of equally many strangers 1 &minus; 1/2<sup>k</sup> is expected.",
		page_table_of_lines("k", "share of original users", line, 3));
}

static void
add_measures(Text *page, const Json *report)
{
	text_add(
		page,
		"<div class=\"scroll\"><table><thead><tr><th scope=\"col\">measure</th><th class=\"n\" "
		"scope=\"col\">synthetic users</th><th class=\"n\" scope=\"col\">fresh real people</th><th class=\"n\" "
		"scope=\"col\">ratio<small>equal numbers</small></th></tr></thead><tbody>\n");
	for (int m = 0; m < MEASURES; m++)
	{
		const char *const figures[] = {as_text(&measures[m], figure(report, &measures[m], "value")),
		                               as_text(&measures[m], figure(report, &measures[m], "reference")),
		                               page_number(figure(report, &measures[m], "lift"), 3)};

		page_explained_row(page, measures[m].name, figures, 3, measures[m].explanation);
	}
	text_add(
		page,
		"</tbody></table></div>\n<p>Here k is %s; de-anonymization goes over the %s most similar synthetic "
		"users; attributes are guessed among the %s best items, by EASE with &lambda; %s. More synthetic "
		"users are nearer to everybody, so the last column compares as many as there are fresh people.</p>\n",
		page_short(json_number(report, "privacy.k")), page_short(json_number(report, "privacy.neighbors")),
		page_short(json_number(report, "privacy.cutoff")), page_short(json_number(report, "privacy.lambda")));
}

static void
add_inference(Text *page, const Json *report)
{
	const Json *found = json_at(report, "inference");
	double rate = json_number(found, "tpr_at_fpr_0_01");

	text_add(
		page,
		"<h3>With the holdout</h3>\n<p>Is a synthetic user nearer to somebody in the original data than to "
		"somebody outside? That would be a trace of memory.</p>\n<table><tbody>\n");
	page_row(page,
	         "Chance that an original user lies nearer than an outsider (AUC)<small>50&nbsp;% is a blind "
	         "guess</small>",
	         host_format("%s<small>95&nbsp;%% interval %s to %s</small>",
	                     page_percent(json_number(found, "auc")), page_percent(json_number(found, "auc_low")),
	                     page_percent(json_number(found, "auc_high"))));
	page_row(page, "Best attacker's advantage<small>true less false accusations</small>",
	         page_percent(json_number(found, "advantage")));
	page_row(page,
	         "Original users found by an attacker who is wrong about 1&nbsp;% of outsiders"
	         "<small>1&nbsp;% is a blind guess</small>",
	         isnan(rate) ? "&ndash;<small>too few outsiders to say</small>" : page_percent(rate));
	if (page_has(report, "closest"))
	{
		page_row(
			page,
			"Synthetic users nearer to an original user than to an outsider"
			"<small>of equally many; ties count one half; 50&nbsp;% where nothing was remembered</small>",
			page_percent(json_number(report, "closest.closer.to_train")));
		page_row(page,
		         "Synthetic users whose items are all those of an original user<small>of an outsider</small>",
		         host_format("%s<small>%s</small>",
		                     page_percent(json_number(report, "closest.identical.to_train")),
		                     page_percent(json_number(report, "closest.identical.to_holdout"))));
	}
	text_add(page, "</tbody></table>\n");
}

void
page_privacy(Text *page, const Json *report)
{
	text_add(
		page,
		"<p>Three ways in which somebody who has the synthetic data might learn about people in the original. "
		"Each figure stands beside what fresh real people score.</p>\n<div class=\"charts\">\n");
	page_figure(
		page, lift_chart(report),
		"At the line, the synthetic users are, on average and for this attack, as revealing as strangers "
		"are. Beyond it they may have been learnt from individuals.",
		NULL);
	if (page_has(report, "membership_curve"))
		add_curves(page, report);
	text_add(page, "</div>\n");
	add_measures(page, report);
	if (page_has(report, "inference"))
		add_inference(page, report);
	text_add(
		page,
		"<p class=\"note\">A figure at its reference does not show that nobody can be recognised, and a figure "
		"above it does not show that somebody was. A membership of 50&nbsp;%% does not mean that half of the people "
		"can be recognised: strangers score about as much at k&nbsp;=&nbsp;1.</p>\n");
}
