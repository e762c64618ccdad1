/*
 * realism.c
 *	  realism(), realism_report() and realism_comparisons().
 *
 * Each side is a set of interactions, which is evaluated here, or the stored
 * rows of an evaluation: so the originals can be evaluated once and serve many
 * synthetic sets.
 */
#include "synrec.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "metrics/realism.h"

#include <math.h>

PG_FUNCTION_INFO_V1(synrec_realism);
PG_FUNCTION_INFO_V1(synrec_realism_report);
PG_FUNCTION_INFO_V1(synrec_realism_comparisons);
PG_FUNCTION_INFO_V1(synrec_realism_source);
PG_FUNCTION_INFO_V1(synrec_realism_report_source);
PG_FUNCTION_INFO_V1(synrec_realism_comparisons_source);

/* A report lists at most so many reversed comparisons. */
#define MOST_REVERSED 50

static const OptionSpec realism_options[] = {
	{"recommenders", OPTION_OTHER, 0, 0, 0, NULL},
	{"metrics", OPTION_OTHER, 0, 0, 0, NULL},
	{"cutoffs", OPTION_OTHER, 0, 0, 0, NULL},
	{"runs", OPTION_INTEGER, 10, 2, 10000, NULL},
	{"users_per_run", OPTION_INTEGER, 9e15, EVALUATION_LEAST_USERS, 9e15, NULL},
	{"level", OPTION_NUMBER, 0.01, 1e-12, 0.5, NULL},
	{"correction", OPTION_CHOICE, CORRECTION_NONE, 0, 0, correction_names},
	{"ceiling", OPTION_BOOLEAN, 0, 0, 1, NULL},
	{"floor", OPTION_BOOLEAN, 0, 0, 1, NULL},
	{.name = NULL},
};

/* The rows of a stored evaluation, ordered by recommender, metric and run. */
typedef struct Stored
{
	int64_t rows;
	char **recommender;
	char **metric;
	double *value;
} Stored;

/* What one side of a comparison is. */
typedef struct Side
{
	const char *name; /* for messages */
	bool is_stored;
	Stored stored;
	Histories data;
} Side;

/* Everything that is compared. */
typedef struct Realism
{
	Options options;
	int64_t seed;
	EvaluationRequest request;
	Side original, synthetic;
	RealismSide values[2];
	RealismComparison *comparison;
	RealismReport report;
} Realism;

/*
 * Reads the rows of a stored evaluation, with the rights of the caller.  What is
 * kept goes to the memory context "keep".
 */
static void
read_stored(const char *source, Side *side, MemoryContext keep)
{
	Stored *stored = &side->stored;
	MemoryContext caller = MemoryContextSwitchTo(keep);
	char *query = psprintf(
		"SELECT source.recommender::pg_catalog.text, source.metric::pg_catalog.text, "
		"source.value::pg_catalog.float8 FROM %s AS source ORDER BY source.recommender::pg_catalog.text "
		"COLLATE pg_catalog.\"C\", source.metric::pg_catalog.text COLLATE pg_catalog.\"C\", source.run",
		source_in_from(source));

	MemoryContextSwitchTo(caller);
	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "reading the source failed");
	MemoryContextSwitchTo(keep);
	stored->rows = (int64_t) SPI_processed;
	stored->recommender = palloc_extended((stored->rows + 1) * sizeof(char *), MCXT_ALLOC_HUGE);
	stored->metric = palloc_extended((stored->rows + 1) * sizeof(char *), MCXT_ALLOC_HUGE);
	stored->value = palloc_extended((stored->rows + 1) * sizeof(double), MCXT_ALLOC_HUGE);
	for (int64_t row = 0; row < stored->rows; row++)
	{
		HeapTuple tuple = SPI_tuptable->vals[row];
		bool null;
		Datum value = SPI_getbinval(tuple, SPI_tuptable->tupdesc, 3, &null);

		CHECK_FOR_INTERRUPTS();
		stored->recommender[row] = SPI_getvalue(tuple, SPI_tuptable->tupdesc, 1);
		stored->metric[row] = SPI_getvalue(tuple, SPI_tuptable->tupdesc, 2);
		if (null || stored->recommender[row] == NULL || stored->metric[row] == NULL)
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			                errmsg("the stored evaluation of the %s data has a null", side->name)));
		stored->value[row] = DatumGetFloat8(value);
		if (!isfinite(stored->value[row]))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			                errmsg("the stored evaluation of the %s data has a value that is not finite",
			                       side->name)));
	}
	MemoryContextSwitchTo(caller);
	side->is_stored = true;
}

/* Fills in a side from what a text names. */
static void
side_from_source(FunctionCallInfo fcinfo, Side *side, const char *source)
{
	static const char *const columns[] = {"recommender", "metric", "run", "value", NULL};
	MemoryContext keep = CurrentMemoryContext;

	SPI_connect();
	if (source_has_columns(source, columns))
		read_stored(source, side, keep);
	else
	{
		Datum value = read_interactions(fcinfo->flinfo->fn_oid, source,
		                                &(SourceColumns){"user_id", "item_id", NULL, NULL});
		MemoryContext caller = MemoryContextSwitchTo(keep);

		interactions_from_datum(value, &side->data);
		MemoryContextSwitchTo(caller);
	}
	SPI_finish();
}

/* The recommenders that a stored evaluation has: its rows are in their order. */
static void
request_stored(EvaluationRequest *request, const Stored *stored)
{
	const char **name = palloc_extended((stored->rows + 1) * sizeof(char *), MCXT_ALLOC_HUGE);
	int count = 0;

	for (int64_t row = 0; row < stored->rows; row++)
	{
		if (row == 0 || strcmp(stored->recommender[row], stored->recommender[row - 1]) != 0)
			name[count++] = stored->recommender[row];
	}
	request_recommenders_named(request, name, count);
}

/*
 * Picks the values of the requested recommenders and metrics out of a stored
 * evaluation.
 */
static void
values_from_stored(const Side *side, const EvaluationRequest *request, RealismSide *values)
{
	const Stored *stored = &side->stored;
	double *value = NULL;

	values->runs = 0;
	for (int r = 0; r < request->recommenders; r++)
	{
		for (int m = 0; m < request->metrics; m++)
		{
			int64_t first = 0, runs = 0;

			CHECK_FOR_INTERRUPTS();
			while (first < stored->rows &&
			       (strcmp(stored->recommender[first], request->recommender_name[r]) != 0 ||
			        strcmp(stored->metric[first], request->metric_name[m]) != 0))
				first++;
			while (first + runs < stored->rows &&
			       strcmp(stored->recommender[first + runs], request->recommender_name[r]) == 0 &&
			       strcmp(stored->metric[first + runs], request->metric_name[m]) == 0)
				runs++;
			if (runs == 0)
				ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				                errmsg("the stored evaluation of the %s data has no %s of %s", side->name,
				                       request->metric_name[m], request->recommender_name[r]),
				                errhint("Evaluate both sides with the same recommenders and metrics, or "
				                        "choose among those that are there by the options \"recommenders\", "
				                        "\"metrics\" and \"cutoffs\".")));
			if (value == NULL)
			{
				values->runs = runs;
				value = palloc_extended((int64_t) request->recommenders * request->metrics * runs *
				                            sizeof(double),
				                        MCXT_ALLOC_HUGE);
			}
			if (runs != values->runs || runs < 2)
				ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				                errmsg("the stored evaluation of the %s data has %lld run(s) of %s by %s",
				                       side->name, (long long) runs, request->recommender_name[r],
				                       request->metric_name[m]),
				                errdetail("It needs at least 2, and of everything as many.")));
			memcpy(value + ((int64_t) r * request->metrics + m) * runs, stored->value + first,
			       runs * sizeof(double));
		}
	}
	values->value = value;
}

/* Values of a side; users is how many are evaluated in each run at most. */
static void
side_values(const Realism *realism, const Side *side, int number, int64_t users, RealismSide *values)
{
	EvaluationPlan plan;

	if (side->is_stored)
	{
		values_from_stored(side, &realism->request, values);
		return;
	}
	plan = request_plan(&realism->request, option_integer(&realism->options, "runs"), users, realism->seed,
	                    number, number == 0 ? "evaluating original users" : "evaluating synthetic users");
	values->runs = plan.runs;
	values->value = evaluate(&side->data, &plan);
}

/* The users of a run: as many on both sides. */
static int64_t
users_per_run(const Realism *realism)
{
	int64_t users = option_integer(&realism->options, "users_per_run");

	if (!realism->original.is_stored)
		users = Min(users, realism->original.data.users);
	if (!realism->synthetic.is_stored)
		users = Min(users, realism->synthetic.data.users);
	return users;
}

/* Recommenders: as the options say, as a stored evaluation has them, or the reference. */
static void
choose_recommenders(Realism *realism, Jsonb *options)
{
	JsonbValue *list =
		getKeyJsonValueFromContainer(&options->root, "recommenders", strlen("recommenders"), NULL);

	if (list != NULL && list->type != jbvNull)
		request_recommenders_json(&realism->request, list);
	else if (realism->original.is_stored)
		request_stored(&realism->request, &realism->original.stored);
	else if (realism->synthetic.is_stored)
		request_stored(&realism->request, &realism->synthetic.stored);
	else
		request_recommenders_named(&realism->request, reference_recommenders, REFERENCE_RECOMMENDERS);
	if (realism->request.recommenders < 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("realism compares recommenders, and there is only one")));
}

/* Compares the values of both sides. */
static void
compare_sides(const Realism *realism, const RealismSide *original, const RealismSide *synthetic,
              RealismComparison **comparison, RealismReport *report)
{
	const EvaluationRequest *request = &realism->request;

	*comparison = realism_comparisons(original, synthetic, request->recommenders, request->metrics,
	                                  option_number(&realism->options, "level"),
	                                  (Correction) option_integer(&realism->options, "correction"));
	realism_report(original, synthetic, request->recommenders, request->metrics, *comparison, report);
}

static void
measure(Realism *realism, Jsonb *options, int64_t seed)
{
	options_from_jsonb(options, realism_options, "realism", NULL, &realism->options);
	realism->seed = seed;
	choose_recommenders(realism, options);
	request_metrics(&realism->request, options, PAPER_METRIC_KINDS);
	if (!realism->original.is_stored && !realism->synthetic.is_stored)
	{
		int64_t common;

		keys_require_same_kind(&realism->original.data.item_keys, &realism->synthetic.data.item_keys, "item");
		keys_align(&realism->original.data.item_keys, &realism->synthetic.data.item_keys, &common);
		/* without users there are no items either, which evaluate() says better */
		if (common == 0 && realism->original.data.users > 0 && realism->synthetic.data.users > 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			                errmsg("the original and the synthetic data have no item in common"),
			                errhint("Check that both sets name items by the same keys.")));
	}
	side_values(realism, &realism->original, 0, users_per_run(realism), &realism->values[0]);
	side_values(realism, &realism->synthetic, 1, users_per_run(realism), &realism->values[1]);
	compare_sides(realism, &realism->values[0], &realism->values[1], &realism->comparison, &realism->report);
	if (isnan(realism->report.realism))
		ereport(NOTICE,
		        (errmsg("no recommender is significantly better than another on the synthetic data, so "
		                "realism is not defined")));
}

double
measure_realism(const Histories *original, const Histories *synthetic, int64_t seed, Jsonb *options)
{
	Realism realism = {.original = {.name = "original", .data = *original},
	                   .synthetic = {.name = "synthetic", .data = *synthetic}};

	measure(&realism, options, seed);
	return realism.report.realism;
}

/*
 * The arguments of all functions here: original, synthetic, seed, options.  The
 * first two are values, or texts that name what is to be read.
 */
static Realism *
measure_arguments(FunctionCallInfo fcinfo, bool texts)
{
	Realism *realism = palloc0(sizeof(Realism));

	reject_nulls(fcinfo, -1, -1);
	realism->original.name = "original";
	realism->synthetic.name = "synthetic";
	if (texts)
	{
		side_from_source(fcinfo, &realism->original, text_to_cstring(PG_GETARG_TEXT_PP(0)));
		side_from_source(fcinfo, &realism->synthetic, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	}
	else
	{
		PG_GETARG_INTERACTIONS(0, &realism->original.data);
		PG_GETARG_INTERACTIONS(1, &realism->synthetic.data);
	}
	measure(realism, PG_GETARG_JSONB_P(3), PG_GETARG_INT64(2));
	return realism;
}

static Datum
realism_figure(FunctionCallInfo fcinfo, bool texts)
{
	int before = progress_begin(fcinfo);
	double figure = measure_arguments(fcinfo, texts)->report.realism;

	progress_end(before);
	if (isnan(figure))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(figure);
}

/* realism(original interactions, synthetic interactions, seed, options) */
Datum
synrec_realism(PG_FUNCTION_ARGS)
{
	return realism_figure(fcinfo, false);
}

/* realism(original text, synthetic text, seed, options) */
Datum
synrec_realism_source(PG_FUNCTION_ARGS)
{
	return realism_figure(fcinfo, true);
}

/*
 * Realism of another evaluation against the original one.  Both that serve for
 * comparison need the original interactions.
 */
static double
realism_against(const Realism *realism, const Histories *other)
{
	Side side = {.name = "synthetic", .data = *other};
	RealismSide values;
	RealismComparison *comparison;
	RealismReport report;

	side_values(realism, &side, 1, Min(users_per_run(realism), other->users), &values);
	compare_sides(realism, &realism->values[0], &values, &comparison, &report);
	return report.realism;
}

/* What the original users reach against themselves. */
static double
realism_ceiling(const Realism *realism)
{
	return realism_against(realism, &realism->original.data);
}

/* What users reach who have nothing of the original ones but the popularity of items. */
static double
realism_floor(const Realism *realism)
{
	const Generator *unigrams = generator_find("unigrams");
	double none = 0;
	Options options = {unigrams->options, &none};
	Histories users;
	Model model;
	int64_t bytes;
	void *value = generator_fit(unigrams, &realism->original.data, &options, "{}", realism->seed,
	                            SYNREC_VERSION, &bytes);

	SET_VARSIZE(value, bytes);
	model_open(value, bytes, &model);
	generate_histories(&model, realism->original.data.users, (uint64_t) realism->seed, &users);
	return realism_against(realism, &users);
}

/* The counts of one metric. */
static void
append_metric(StringInfo json, const Realism *realism, int metric)
{
	int64_t original = 0, synthetic = 0, both = 0, reversed = 0;

	for (int64_t c = 0; c < realism->report.comparisons; c++)
	{
		const RealismComparison *it = &realism->comparison[c];

		if (it->metric != metric)
			continue;
		original += it->original;
		synthetic += it->synthetic;
		both += it->original && it->synthetic;
		reversed += it->reversed;
	}
	appendStringInfo(
		json,
		"%s{\"metric\": \"%s\", \"significant_original\": %lld, \"significant_synthetic\": %lld, "
		"\"significant_both\": %lld, \"reversed\": %lld",
		metric == 0 ? "" : ", ", realism->request.metric_name[metric], (long long) original,
		(long long) synthetic, (long long) both, (long long) reversed);
	append_figure(json, "realism", synthetic > 0 ? (double) both / (double) synthetic : NAN);
	appendStringInfoChar(json, '}');
}

/* The first comparisons that are reversed. */
static void
append_reversed(StringInfo json, const Realism *realism)
{
	int listed = 0;

	for (int64_t c = 0; c < realism->report.comparisons && listed < MOST_REVERSED; c++)
	{
		const RealismComparison *it = &realism->comparison[c];
		const int pair[2] = {it->better, it->worse};

		if (!it->reversed)
			continue;
		appendStringInfo(json, "%s{\"metric\": \"%s\", \"better\": \"%s\", \"worse\": \"%s\"",
		                 listed++ == 0 ? "" : ", ", realism->request.metric_name[it->metric],
		                 realism->request.recommender_name[it->better],
		                 realism->request.recommender_name[it->worse]);
		for (int side = 0; side < 2; side++)
		{
			for (int p = 0; p < 2; p++)
				append_figure(
					json,
					psprintf("%s_%s", side == 0 ? "original" : "synthetic", p == 0 ? "better" : "worse"),
					realism_mean(&realism->values[side], realism->request.metrics, pair[p], it->metric));
		}
		append_figure(json, "original_p", it->original_p);
		append_figure(json, "synthetic_p", it->synthetic_p);
		appendStringInfoChar(json, '}');
	}
}

/* Whether the options say no to one that is asked for otherwise. */
static bool
wanted(Jsonb *options, const Options *read, const char *name)
{
	return getKeyJsonValueFromContainer(&options->root, name, strlen(name), NULL) == NULL ||
	       option_boolean(read, name);
}

void
append_realism_json(StringInfo json, const Histories *original, const Histories *synthetic, int64_t seed,
                    Jsonb *options)
{
	Realism realism = {.original = {.name = "original", .data = *original},
	                   .synthetic = {.name = "synthetic", .data = *synthetic}};
	const RealismReport *report = &realism.report;

	measure(&realism, options, seed);
	appendStringInfo(
		json,
		"{\"comparisons\": %lld, \"significant_original\": %lld, \"significant_synthetic\": %lld, "
		"\"significant_both\": %lld, \"reversed\": %lld, \"recommenders\": %d, \"runs\": %lld",
		(long long) report->comparisons, (long long) report->original, (long long) report->synthetic,
		(long long) report->both, (long long) report->reversed, realism.request.recommenders,
		(long long) option_integer(&realism.options, "runs"));
	append_figure(json, "level", option_number(&realism.options, "level"));
	append_figure(json, "realism", report->realism);
	append_figure(json, "converse", report->converse);
	append_figure(json, "kendall_tau", report->kendall);
	append_figure(json, "top_agreement", report->top);
	append_figure(json, "ceiling",
	              wanted(options, &realism.options, "ceiling") ? realism_ceiling(&realism) : NAN);
	append_figure(json, "floor", wanted(options, &realism.options, "floor") ? realism_floor(&realism) : NAN);
	appendStringInfoString(json, ", \"by_metric\": [");
	for (int m = 0; m < realism.request.metrics; m++)
		append_metric(json, &realism, m);
	appendStringInfoString(json, "], \"reversed_comparisons\": [");
	append_reversed(json, &realism);
	appendStringInfoString(json, "]}");
}

static Datum
report_row(FunctionCallInfo fcinfo, bool texts)
{
	int before = progress_begin(fcinfo);
	Realism *realism = measure_arguments(fcinfo, texts);
	const RealismReport *report = &realism->report;
	bool ceiling = option_boolean(&realism->options, "ceiling");
	bool floor = option_boolean(&realism->options, "floor");
	TupleDesc row_type;
	Datum values[11];
	bool nulls[11] = {false};

	if ((ceiling || floor) && realism->original.is_stored)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("the ceiling and the floor need the original interactions"),
		                errdetail("The original data is a stored evaluation.")));
	if (get_call_result_type(fcinfo, NULL, &row_type) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	set_figure(&values[0], &nulls[0], report->realism);
	set_figure(&values[1], &nulls[1], report->converse);
	values[2] = Int64GetDatum(report->comparisons);
	values[3] = Int64GetDatum(report->original);
	values[4] = Int64GetDatum(report->synthetic);
	values[5] = Int64GetDatum(report->both);
	values[6] = Int64GetDatum(report->reversed);
	set_figure(&values[7], &nulls[7], report->kendall);
	set_figure(&values[8], &nulls[8], report->top);
	set_figure(&values[9], &nulls[9], ceiling ? realism_ceiling(realism) : NAN);
	set_figure(&values[10], &nulls[10], floor ? realism_floor(realism) : NAN);
	progress_end(before);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row_type), values, nulls));
}

/* realism_report(original interactions, synthetic interactions, seed, options) */
Datum
synrec_realism_report(PG_FUNCTION_ARGS)
{
	return report_row(fcinfo, false);
}

/* realism_report(original text, synthetic text, seed, options) */
Datum
synrec_realism_report_source(PG_FUNCTION_ARGS)
{
	return report_row(fcinfo, true);
}

typedef struct ComparisonRows
{
	RowSource rows;
	Realism *realism;
	int64_t next;
} ComparisonRows;

static bool
next_comparison(RowSource *source, Datum *values, bool *nulls)
{
	ComparisonRows *rows = (ComparisonRows *) source;
	const Realism *realism = rows->realism;
	const EvaluationRequest *request = &realism->request;
	const RealismComparison *it = &realism->comparison[rows->next];
	MemoryContext caller;

	if (rows->next++ == realism->report.comparisons)
		return false;
	MemoryContextReset(source->row_context);
	caller = MemoryContextSwitchTo(source->row_context);
	values[0] = CStringGetTextDatum(request->metric_name[it->metric]);
	values[1] = CStringGetTextDatum(request->recommender_name[it->better]);
	values[2] = CStringGetTextDatum(request->recommender_name[it->worse]);
	MemoryContextSwitchTo(caller);
	for (int side = 0; side < 2; side++)
	{
		values[3 + 2 * side] =
			Float8GetDatum(realism_mean(&realism->values[side], request->metrics, it->better, it->metric));
		values[4 + 2 * side] =
			Float8GetDatum(realism_mean(&realism->values[side], request->metrics, it->worse, it->metric));
	}
	values[7] = Float8GetDatum(it->original_p);
	values[8] = Float8GetDatum(it->synthetic_p);
	values[9] = BoolGetDatum(it->original);
	values[10] = BoolGetDatum(it->synthetic);
	values[11] = BoolGetDatum(it->reversed);
	memset(nulls, false, 12);
	return true;
}

static RowSource *
comparison_rows(FunctionCallInfo fcinfo, bool texts)
{
	ComparisonRows *rows = palloc0(sizeof(ComparisonRows));

	rows->realism = measure_arguments(fcinfo, texts);
	rows->rows.next = next_comparison;
	rows->rows.row_context =
		AllocSetContextCreate(CurrentMemoryContext, "synrec comparison rows", ALLOCSET_SMALL_SIZES);
	return &rows->rows;
}

static RowSource *
make_comparisons(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	(void) row_type;
	return comparison_rows(fcinfo, false);
}

static RowSource *
make_comparisons_source(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	(void) row_type;
	return comparison_rows(fcinfo, true);
}

/* realism_comparisons(original interactions, synthetic interactions, seed, options) */
Datum
synrec_realism_comparisons(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_comparisons);
}

/* realism_comparisons(original text, synthetic text, seed, options) */
Datum
synrec_realism_comparisons_source(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_comparisons_source);
}
