/*
 * figures.c
 *	  Figures in rows and in JSON, where one that is not defined is NULL.
 */
#include "synrec.h"

#include <math.h>

void
set_figure(Datum *value, bool *null, double figure)
{
	*null = isnan(figure);
	*value = Float8GetDatum(figure);
}

void
append_number(StringInfo json, double number)
{
	if (isfinite(number))
		appendStringInfo(json, "%.9g", number);
	else
		appendStringInfoString(json, "null");
}

void
append_figure(StringInfo json, const char *name, double figure)
{
	appendStringInfo(json, ", \"%s\": ", name);
	append_number(json, figure);
}
