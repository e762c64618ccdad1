/*
 * page.h
 *	  What the sections of a report are written with.
 */
#ifndef SYNREC_PAGE_H
#define SYNREC_PAGE_H

#include "charts/line_chart.h"
#include "charts/plot.h"
#include "report/json.h"

/* Adds what comes from data, as text in HTML and in ASCII. */
extern void page_text(Text *page, const char *string);

/* The same as a copy, for a chart, where other characters become question marks. */
extern char *page_label(const char *string);

/* Numbers as text, allocated.  NaN is an en dash. */
extern char *page_percent(double share);
extern char *page_number(double number, int decimals);
extern char *page_short(double number); /* with as many digits as it needs */
extern char *page_count(double count);  /* with spaces between thousands */

/* Adds a chart with a caption; nothing when svg is NULL. */
extern void page_figure(Text *page, const char *svg, const char *caption, const char *table);

/* A table of the points of some lines, at most a dozen rows; allocated. */
extern char *page_table_of_lines(const char *x_title, const char *y_title, const Line *line, int lines);

/* A row of a table of two columns: a name, which is HTML, and what is text. */
extern void page_row(Text *page, const char *name, const char *value);

/*
 * A row of figures, each text, and below it over its whole width what the name, which is HTML,
 * means.
 */
extern void page_explained_row(Text *page, const char *name, const char *const *figure, int figures,
                               const char *explanation);

/* Tells whether the report has the part. */
extern bool page_has(const Json *report, const char *part);

/* The points [[x, y], ...] or the values [y, ...] at a path, as a line. */
extern Line page_line(const Json *report, const char *path, const char *name, int color);

/* The sections, in their order (report.c, privacy_section.c, realism_section.c, fidelity_section.c). */
extern void page_summary(Text *page, const Json *report);
extern void page_privacy(Text *page, const Json *report);
extern void page_realism(Text *page, const Json *report);
extern void page_fidelity(Text *page, const Json *report);
extern void page_candidates(Text *page, const Json *report);

#endif
