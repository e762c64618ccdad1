/*
 * report.c
 *	  A report as a page: what was compared, the sections, what was not measured,
 *	  and how to make it again.
 */
#include "report/report.h"

#include "host.h"
#include "report/page.h"

#include <math.h>
#include <string.h>

/* The colours of the charts; on each ground they have a contrast of at least 4.5. */
static const char style[] =
	":root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--faint:#59636e;--rule:#d0d7de;--card:#f6f8fa;"
	"--accent:#0062a3}\n"
	"@media(prefers-color-scheme:dark){:root{--paper:#16191d;--ink:#e8eaed;--faint:#a4adb8;--rule:#3a424b;"
	"--card:#1e2329;--accent:#6cb8ec}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,'Segoe UI','Helvetica "
	"Neue',Arial,sans-serif;-webkit-text-size-adjust:100%;overflow-wrap:break-word}\n"
	"main{max-width:60rem;margin:0 auto;padding:2rem 1rem 4rem}\n"
	"h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}\n"
	"h2{font-size:1.35rem;margin:2.6rem 0 .6rem;padding-top:.6rem;border-top:2px solid var(--rule)}\n"
	"h3{font-size:1.05rem;margin:1.6rem 0 .4rem}\n"
	"p,ul{max-width:46rem;margin:.6rem 0}li{margin:.25rem 0}\n"
	"a{color:var(--accent)}\n"
	".meta,figcaption,.card span,caption{color:var(--faint)}\n"
	"nav{margin:1rem 0;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem}\n"
	".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13rem),1fr));gap:.8rem;margin:1rem 0}\n"
	".card{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:.8rem 1rem}\n"
	".card h3{margin:0;font-size:.95rem}.card b{display:block;font-size:1.75rem;line-height:1.3;"
	"font-variant-numeric:tabular-nums;white-space:nowrap}.card b small{font-size:1rem;font-weight:400}.card span,.card p{display:block;font-size:.9rem;margin:.15rem 0 0}\n"
	".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem;margin:1rem 0;"
	"align-items:start}\n"
	"figure{margin:0;border:1px solid var(--rule);border-radius:8px;padding:.5rem;min-width:0}\n"
	"figure svg{display:block;width:100%;height:auto;max-width:36rem;margin:0 auto}\n"
	"figure.wide svg{max-width:none}figure.wide .scroll svg{min-width:34rem}\n"
	"figcaption{font-size:.9rem;padding:.3rem .4rem}\n"
	"details{padding:.2rem .4rem;font-size:.9rem}summary{cursor:pointer}\n"
	".scroll{overflow-x:auto}\n"
	"table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.93rem}\n"
	"caption{text-align:left;padding-bottom:.3rem}\n"
	"th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--rule)}\n"
	"th{font-weight:600}tbody th{font-weight:400}\n"
	"tr.m>*{border-bottom:0;padding-bottom:0}tr.x td{padding-top:0}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}\n"
	"td small,th small{display:block;color:var(--faint);font-size:.88em}\n"
	"pre{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:.8rem 1rem;overflow-x:auto;"
	"white-space:pre-wrap;font-size:.85rem}\n"
	".note{border-left:4px solid var(--accent);padding:.1rem 0 .1rem .9rem}\n"
	"@media(max-width:30rem){main{padding:1.2rem .75rem 3rem}figure{padding:.25rem}h1{font-size:1.55rem}\n"
	"body{font-size:15px}table{font-size:.87rem}th,td{padding-right:.35rem}}\n"
	"@media print{:root{--paper:#fff;--ink:#000;--faint:#444;--rule:#bbb;--card:#fff;--accent:#000}\n"
	"body{font-size:10.5pt}main{max-width:none;padding:0}nav,details{display:none}\n"
	"figure,.card,tr{break-inside:avoid}h2,h3{break-after:avoid}.charts,.cards{grid-template-columns:1fr 1fr}}\n";

typedef struct Section
{
	const char *id;
	const char *title;
	void (*write)(Text *page, const Json *report);
	const char *part; /* of the report, without which there is no section; NULL for always */
} Section;

/* A row per side of the data. */
static void
add_data_row(Text *page, const Json *report, const char *side, const char *name)
{
	const Json *data = json_at(report, host_format("data.%s", side));
	const char *source = json_string(report, host_format("sources.%s", side));
	double users = json_number(data, "users"), interactions = json_number(data, "interactions");

	if (data->kind != JSON_OBJECT)
		return;
	text_add(page, "<tr><th scope=\"row\">%s", name);
	if (source != NULL)
	{
		text_add(page, "<small>");
		page_text(page, source);
		text_add(page, "</small>");
	}
	text_add(
		page,
		"</th><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>\n",
		page_count(users), page_count(json_number(data, "items")), page_count(interactions),
		page_number(interactions / users, 1));
}

static void
add_data(Text *page, const Json *report)
{
	double users = json_number(report, "reference.users");
	const char *kind = json_string(report, "reference.kind");

	text_add(
		page,
		"<div class=\"scroll\"><table><thead><tr><th scope=\"col\">data</th><th class=\"n\" "
		"scope=\"col\">users</th><th class=\"n\" scope=\"col\">items</th><th class=\"n\" "
		"scope=\"col\">interactions</th><th class=\"n\" scope=\"col\">per user</th></tr></thead><tbody>\n");
	add_data_row(page, report, "original", "original");
	add_data_row(page, report, "synthetic", "synthetic");
	add_data_row(page, report, "holdout", "holdout");
	text_add(page, "</tbody></table></div>\n<p>%s items occur in the original and in the synthetic data.",
	         page_count(json_number(report, "data.common_items")));
	if (json_at(report, "data.original.ordered")->number != 0)
		text_add(page, " Histories are in order of time.");
	if (json_at(report, "data.original.rated")->number != 0)
		text_add(page, " Interactions have ratings.");
	text_add(page,
	         "</p>\n<p class=\"note\"><strong>How to read the figures.</strong> A figure alone says little: "
	         "real people resemble each other, too. So figures stand beside what <em>fresh real people</em> "
	         "score in place of the synthetic users. ");
	if (kind != NULL && strcmp(kind, "holdout") == 0)
		text_add(page, "Here these are %s users of the holdout, real people beside the original ones.",
		         page_count(users));
	else
		text_add(
			page,
			"Here there was no holdout, so one half of the original users (%s, drawn at random) takes their "
			"place and is compared with the other half.",
			page_count(users));
	text_add(page, "</p>\n");
}

/* What nobody should think was looked at. */
static void
add_limits(Text *page, const Json *report)
{
	bool ordered = json_at(report, "data.original.ordered")->number != 0;
	bool rated = json_at(report, "data.original.rated")->number != 0;

	text_add(page, "<ul>\n");
	if (!page_has(report, "data.holdout"))
		text_add(
			page,
			"<li>Whether synthetic users are nearer to the people that the generator learned from than to "
			"others: this takes a holdout, real users that the generator has not seen.</li>\n");
	if (!page_has(report, "privacy"))
		text_add(page, "<li>Privacy: it was left out of this report.</li>\n");
	if (!page_has(report, "realism"))
		text_add(page, "<li>Realism, whether conclusions carry over: it was left out of this report.</li>\n");
	if (!page_has(report, "fidelity"))
		text_add(page, "<li>Fidelity, how alike the data are: it was left out of this report.</li>\n");
	text_add(
		page,
		"<li>Other attacks. An attacker who knows the generator, who sees several releases made from the same "
		"people, or who has other data about them may learn more than these measures show.</li>\n"
		"<li>The worst case. The figures are averages over people; a single person, most of all one with "
		"unusual items, may be exposed far more than the average says.</li>\n"
		"<li>Guarantees. These are measurements. A guarantee such as differential privacy is a property of a "
		"generator; no measurement of its output can show it, and none can replace it.</li>\n"
		"<li>Columns other than users and items%s.</li>\n</ul>\n"
		"<p>Whether the data may be released is a decision that takes more than this page: who will have them, "
		"what for, and what else is known about the people.</p>\n",
		!ordered && !rated ? ", such as times and ratings"
		: !ordered         ? " and ratings, such as times"
		: !rated           ? " and their order, such as ratings"
						   : ", their order and ratings");
}

static void
add_seconds(Text *page, const Json *report)
{
	const Json *seconds = json_at(report, "seconds");

	if (seconds->kind != JSON_OBJECT)
		return;
	text_add(page, "<table><caption>Seconds that the parts took</caption><tbody>\n");
	for (int64_t s = 0; s < seconds->count; s++)
	{
		text_add(page, "<tr><th scope=\"row\">");
		page_text(page, seconds->name[s]);
		text_add(page, "</th><td class=\"n\">%s</td></tr>\n",
		         page_number(json_number(&seconds->element[s], ""), 2));
	}
	text_add(page, "</tbody></table>\n");
}

/* What to write to get the same figures. */
static void
add_recipe(Text *page, const Json *report)
{
	const char *call = json_string(report, "call");

	text_add(
		page,
		"<p>Of the same data, the same version makes the same figures on the same kind of processor. Random "
		"choices, such as the halves and what recommenders are tested on, follow from the seed; another one shows "
		"how far figures move by chance.</p>\n");
	if (call != NULL)
	{
		text_add(page, "<pre>");
		page_text(page, call);
		text_add(page, "</pre>\n");
	}
	add_seconds(page, report);
}

static const Section sections[] = {
	{"summary", "In short", page_summary, NULL},
	{"data", "What was compared", add_data, "data"},
	{"privacy", "Privacy", page_privacy, "privacy"},
	{"realism", "Realism", page_realism, "realism"},
	{"fidelity", "Fidelity", page_fidelity, "fidelity"},
	{"candidates", "Other candidates", page_candidates, "candidates"},
	{"limits", "What this report does not say", add_limits, NULL},
	{"again", "How to make it again", add_recipe, NULL},
};

#define SECTIONS ((int) (sizeof(sections) / sizeof(sections[0])))

static void
add_string(Text *page, const Json *report, const char *path)
{
	const char *string = json_string(report, path);

	page_text(page, string != NULL ? string : "?");
}

/* A time as ISO 8601 writes it, with a space for its T. */
static void
add_moment(Text *page, const char *moment)
{
	for (; moment != NULL && *moment != '\0'; moment++)
	{
		char character[2] = {*moment == 'T' ? ' ' : *moment, '\0'};

		page_text(page, character);
	}
}

static void
add_head(Text *page, const Json *report)
{
	const char *title = json_string(report, "title");

	if (title == NULL)
		title = "Synthetic data beside the original";
	text_add(page,
	         "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	         "content=\"width=device-width,initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light "
	         "dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
	page_text(page, title);
	text_add(page, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n<header>\n<h1>", style);
	page_text(page, title);
	text_add(page, "</h1>\n<p class=\"meta\">Made ");
	add_moment(page, json_string(report, "made"));
	text_add(page, " by synrec ");
	add_string(page, report, "versions.synrec");
	text_add(page, " in PostgreSQL ");
	add_string(page, report, "versions.postgresql");
	text_add(page, "</p>\n</header>\n<nav aria-label=\"Sections\">\n");
	for (int s = 0; s < SECTIONS; s++)
	{
		if (sections[s].part == NULL || page_has(report, sections[s].part))
			text_add(page, "<a href=\"#%s\">%s</a>\n", sections[s].id, sections[s].title);
	}
	text_add(page, "</nav>\n");
}

static void
require_schema(const Json *report)
{
	double schema = json_number(report, "schema");

	if (report->kind != JSON_OBJECT || !(schema >= 1))
		host_fail(HOST_INVALID_VALUE, "this is not a report",
		          "A report is a JSON object with a number \"schema\".", "Make one by report_json().");
	if (schema > REPORT_SCHEMA)
		host_fail(HOST_NEWER_FORMAT, host_format("the report has schema %g, made by a newer version", schema),
		          host_format("This version knows schemas up to %d.", REPORT_SCHEMA), NULL);
}

char *
report_page(const Json *report)
{
	Text page = {NULL, 0, 0};

	require_schema(report);
	add_head(&page, report);
	for (int s = 0; s < SECTIONS; s++)
	{
		if (sections[s].part != NULL && !page_has(report, sections[s].part))
			continue;
		text_add(&page, "<section id=\"%s\" aria-labelledby=\"h-%s\">\n<h2 id=\"h-%s\">%s</h2>\n",
		         sections[s].id, sections[s].id, sections[s].id, sections[s].title);
		sections[s].write(&page, report);
		text_add(&page, "</section>\n");
		host_poll();
	}
	text_add(&page, "</main>\n</body>\n</html>\n");
	return page.bytes;
}
