/*
 * report.h
 *	  A report as a page of HTML: one file that needs nothing else, for people who
 *	  decide about a release and are no experts in recommenders.
 *
 * What is drawn is a report as report_json() makes it, whose schema docs/report.md
 * describes.  A figure that is not there is said not to have been measured.
 *
 * The page is ASCII: everything else becomes a character reference, so it is the same
 * in every encoding.  It has no script and refers to nothing outside of it.
 */
#ifndef SYNREC_REPORT_H
#define SYNREC_REPORT_H

#include "report/json.h"

/* Of the schema that report_page() draws. */
#define REPORT_SCHEMA 1

/* Gives back the page, allocated.  Leaves by HOST_INVALID_VALUE or HOST_NEWER_FORMAT. */
extern char *report_page(const Json *report);

#endif
