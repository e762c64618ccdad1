/*
 * charts.c
 *	  frontier_chart(), projection(), projection_chart() and membership_chart().
 */
#include "synrec.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "charts/curve_chart.h"
#include "charts/frontier_chart.h"
#include "charts/projection_chart.h"
#include "math/principal.h"
#include "math/random.h"

#include <math.h>

PG_FUNCTION_INFO_V1(synrec_frontier_chart);
PG_FUNCTION_INFO_V1(synrec_projection);
PG_FUNCTION_INFO_V1(synrec_projection_chart);
PG_FUNCTION_INFO_V1(synrec_membership_chart);

/* More points than this are a blot. */
#define MOST_POINTS 1000
#define MOST_CURVES 16

/* A panel of a projection shows at most so many users. */
#define MOST_PROJECTED 2000

/* Runs a query as the caller; row n's columns are read by the two functions below. */
static void
select_rows(const char *query)
{
	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "reading the source failed");
}

/* A column as a number; NaN for NULL. */
static double
number_at(uint64 row, int column)
{
	bool null;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &null);

	return null ? NAN : DatumGetFloat8(value);
}

static char *
string_at(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

/* A chart as the result of a function, in the memory that outlives SPI; NULL, and a notice, without one. */
static Datum
finish_chart(FunctionCallInfo fcinfo, const char *svg)
{
	text *result = NULL;

	if (svg != NULL)
	{
		size_t bytes = VARHDRSZ + strlen(svg);

		result = SPI_palloc(bytes);
		SET_VARSIZE(result, bytes);
		memcpy(VARDATA(result), svg, bytes - VARHDRSZ);
	}
	SPI_finish();
	if (result != NULL)
		PG_RETURN_TEXT_P(result);
	ereport(NOTICE, (errmsg("there is nothing to draw")));
	PG_RETURN_NULL();
}

/* A measure's name, as it is among the known ones. */
static const char *
find_measure(const char *name)
{
	for (int m = 0; m < MEASURES; m++)
	{
		if (strcmp(measure_names[m], name) == 0)
			return measure_names[m];
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown measure \"%s\"", name),
	                errhint("The measures are membership, deanonymization and attribute.")));
}

/* Points that can be drawn, from the rows that were selected. */
static void
read_points(FrontierChart *chart)
{
	FrontierPoint *point = palloc(Max(SPI_processed, 1) * sizeof(FrontierPoint));

	chart->point = point;
	chart->reference_identifiability = NAN;
	chart->reference_realism = NAN;
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		FrontierPoint it = {string_at(row, 1), number_at(row, 2), number_at(row, 3)};

		CHECK_FOR_INTERRUPTS();
		if (isfinite(number_at(row, 4)))
			chart->reference_identifiability = number_at(row, 4);
		if (isfinite(number_at(row, 5)))
			chart->reference_realism = number_at(row, 5);
		if (it.label != NULL && isfinite(it.identifiability) && isfinite(it.realism))
			point[chart->points++] = it;
	}
}

/* frontier_chart(evaluated, measure, title) */
Datum
synrec_frontier_chart(PG_FUNCTION_ARGS)
{
	FrontierChart chart = {.points = 0};
	const char *measure;
	uint64 rows;

	reject_nulls(fcinfo, 2, 2);
	measure = find_measure(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	chart.title = PG_ARGISNULL(2) ? psprintf("Realism and %s identifiability", measure)
	                              : text_to_cstring(PG_GETARG_TEXT_PP(2));
	chart.x_title =
		psprintf("%s identifiability%s", measure, strcmp(measure, "deanonymization") == 0 ? " (nats)" : "");
	SPI_connect();
	select_rows(psprintf(
		"SELECT source.name::pg_catalog.text, source.%s::pg_catalog.float8, source.realism::pg_catalog.float8, "
		"source.%s_reference::pg_catalog.float8, source.realism_reference::pg_catalog.float8 FROM %s AS source",
		measure, measure, source_in_from(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
	rows = SPI_processed;
	read_points(&chart);
	if (chart.points > MOST_POINTS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("a chart can have at most %d points, not %lld", MOST_POINTS,
		                       (long long) chart.points)));
	if (chart.points < (int64_t) rows)
		ereport(NOTICE, (errmsg("%lld of %lld rows have no realism or no %s and are not drawn",
		                        (long long) rows - (long long) chart.points, (long long) rows, measure)));
	return finish_chart(fcinfo, chart.points > 0 ? frontier_chart(&chart) : NULL);
}

/* Both sets in the plane of the original users' first two components. */
typedef struct Projection
{
	Histories data[2]; /* original, synthetic */
	double *place[2];  /* users x 2 */
	double share[2];   /* of the variance, per component */
} Projection;

static void
project(Projection *projection, int64_t seed)
{
	const Histories *original = &projection->data[0], *synthetic = &projection->data[1];
	Principal principal;
	double total = 0;
	int64_t common = 0;
	int64_t *place;

	if (original->users == 0 || synthetic->users == 0)
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		         errmsg("the %s data holds no users", original->users == 0 ? "original" : "synthetic")));
	if (original->items < 2)
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a projection needs at least 2 items")));
	keys_require_same_kind(&original->item_keys, &synthetic->item_keys, "item");
	place = keys_align(&original->item_keys, &synthetic->item_keys, &common);
	if (common == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("the original and the synthetic data have no item in common"),
		                errhint("Check that both sets name items by the same keys.")));
	principal_components(original, 2, (uint64_t) seed, &principal);
	projection->place[0] = principal_project(&principal, original, NULL);
	projection->place[1] = principal_project(&principal, synthetic, place);
	for (int64_t i = 0; i < principal.items; i++)
		total += principal.mean[i] * (1 - principal.mean[i]);
	for (int k = 0; k < 2; k++)
		projection->share[k] = total > 0 ? principal.variance[k] / total : 0;
}

typedef struct ProjectionRows
{
	RowSource rows;
	Projection projection;
	int64_t next;
} ProjectionRows;

static bool
next_projected(RowSource *source, Datum *values, bool *nulls)
{
	ProjectionRows *rows = (ProjectionRows *) source;
	const Projection *projection = &rows->projection;
	int64_t user = rows->next++;
	int side = user >= projection->data[0].users;
	MemoryContext caller;
	Key key;

	user -= side * projection->data[0].users;
	if (user >= projection->data[side].users)
		return false;
	MemoryContextReset(source->row_context);
	caller = MemoryContextSwitchTo(source->row_context);
	key = keys_get(&projection->data[side].user_keys, user);
	values[0] = BoolGetDatum(side == 1);
	values[1] = PointerGetDatum(key_to_text(projection->data[side].user_keys.text, &key));
	values[2] = Float8GetDatum(projection->place[side][2 * user]);
	values[3] = Float8GetDatum(projection->place[side][2 * user + 1]);
	memset(nulls, false, 4);
	MemoryContextSwitchTo(caller);
	return true;
}

static RowSource *
make_projection(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	ProjectionRows *rows = palloc0(sizeof(ProjectionRows));

	(void) row_type;
	reject_nulls(fcinfo, -1, -1);
	/* copies: the arguments need not live as long as the rows */
	for (int side = 0; side < 2; side++)
		interactions_from_datum(copy_of_value(PG_GETARG_DATUM(side)), &rows->projection.data[side]);
	project(&rows->projection, PG_GETARG_INT64(2));
	rows->rows.next = next_projected;
	rows->rows.row_context =
		AllocSetContextCreate(CurrentMemoryContext, "synrec projection rows", ALLOCSET_SMALL_SIZES);
	return &rows->rows;
}

/* projection(original, synthetic, seed) */
Datum
synrec_projection(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_projection);
}

/* projection_chart(original, synthetic, title, seed) */
Datum
synrec_projection_chart(PG_FUNCTION_ARGS)
{
	Projection projection;
	ProjectionChart chart;

	reject_nulls(fcinfo, 2, 2);
	PG_GETARG_INTERACTIONS(0, &projection.data[0]);
	PG_GETARG_INTERACTIONS(1, &projection.data[1]);
	project(&projection, PG_GETARG_INT64(3));
	chart.title = PG_ARGISNULL(2) ? "Original and synthetic users" : text_to_cstring(PG_GETARG_TEXT_PP(2));
	for (int side = 0; side < 2; side++)
	{
		double *place = projection.place[side];
		int64_t users = projection.data[side].users, shown = Min(users, MOST_PROJECTED);

		/* the first ones of a shuffle */
		for (int64_t n = 0; n < shown && users > shown; n++)
		{
			Random random;
			int64_t other;

			random_open(&random, (uint64_t) PG_GETARG_INT64(3), RANDOM_PROJECTION, (uint64_t) (2 * n + side));
			other = n + (int64_t) random_below(&random, (uint64_t) (users - n));
			for (int k = 0; k < 2; k++)
			{
				double moved = place[2 * n + k];

				place[2 * n + k] = place[2 * other + k];
				place[2 * other + k] = moved;
			}
		}
		chart.place[side] = place;
		chart.users[side] = shown;
		chart.share[side] = projection.share[side];
	}
	PG_RETURN_TEXT_P(cstring_to_text(projection_chart(&chart)));
}

/* Curves from selected rows (name, k, value), ordered by name and k. */
static int64_t
read_curves(Curve *curve)
{
	int64_t *k = palloc(Max(SPI_processed, 1) * sizeof(int64_t));
	double *value = palloc(Max(SPI_processed, 1) * sizeof(double));
	int64_t curves = 0;

	for (uint64 row = 0; row < SPI_processed; row++)
	{
		char *name = string_at(row, 1);

		CHECK_FOR_INTERRUPTS();
		value[row] = number_at(row, 3);
		if (name == NULL || !isfinite(value[row]) ||
		    !(number_at(row, 2) >= 1 && number_at(row, 2) <= PG_INT32_MAX))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			                errmsg("a row has no name, no k of at least 1 or no identifiability")));
		k[row] = (int64_t) number_at(row, 2);
		if (curves == 0 || strcmp(curve[curves - 1].name, name) != 0)
		{
			if (curves == MOST_CURVES)
				ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				                errmsg("a chart can have at most %d curves", MOST_CURVES)));
			curve[curves++] = (Curve){name, k + row, value + row, 0};
		}
		curve[curves - 1].points++;
	}
	return curves;
}

/* membership_chart(curves, title) */
Datum
synrec_membership_chart(PG_FUNCTION_ARGS)
{
	Curve curve[MOST_CURVES];
	int64_t curves;
	const char *title;

	reject_nulls(fcinfo, 1, 1);
	SPI_connect();
	select_rows(psprintf(
		"SELECT source.name::pg_catalog.text, source.k::pg_catalog.float8, source.identifiability::pg_catalog.float8 "
		"FROM %s AS source ORDER BY source.name::pg_catalog.text COLLATE pg_catalog.\"C\", source.k",
		source_in_from(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
	curves = read_curves(curve);
	title = PG_ARGISNULL(1) ? "Membership identifiability over k" : text_to_cstring(PG_GETARG_TEXT_PP(1));
	return finish_chart(fcinfo, curves > 0 ? curve_chart(title, curve, curves) : NULL);
}
