/*
 * evaluation.c
 *	  evaluate() and transfer_performance(), and what they share with realism():
 *	  recommenders and metrics as users name them.
 */
#include "synrec.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include <math.h>

PG_FUNCTION_INFO_V1(synrec_reference_recommenders);
PG_FUNCTION_INFO_V1(synrec_evaluate);
PG_FUNCTION_INFO_V1(synrec_transfer_performance);

#define MOST_RUNS 10000
#define ALL_KINDS ((1u << METRIC_KINDS) - 1)

static const OptionSpec evaluate_options[] = {
	{"metrics", OPTION_OTHER, 0, 0, 0, NULL},
	{"cutoffs", OPTION_OTHER, 0, 0, 0, NULL},
	{.name = NULL},
};

/* Makes room for "count" recommenders. */
static void
begin_recommenders(EvaluationRequest *request, int count)
{
	request->recommender = palloc(Max(count, 1) * sizeof(RecommenderChoice));
	request->recommender_name = palloc(Max(count, 1) * sizeof(char *));
	request->recommenders = 0;
	if (count == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there are no recommenders")));
}

/* Names the next recommender, which is filled in. */
static void
add_recommender(EvaluationRequest *request)
{
	char *name = recommender_name(&request->recommender[request->recommenders]);

	for (int r = 0; r < request->recommenders; r++)
	{
		if (strcmp(request->recommender_name[r], name) == 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			                errmsg("the recommender \"%s\" is given twice", name)));
	}
	request->recommender_name[request->recommenders++] = name;
}

void
request_recommenders(EvaluationRequest *request, Datum array)
{
	ArrayType *list = DatumGetArrayTypeP(array);
	Datum *element;
	bool *null;
	int count;

	deconstruct_array(list, ARR_ELEMTYPE(list), -1, false, TYPALIGN_INT, &element, &null, &count);
	begin_recommenders(request, count);
	for (int r = 0; r < count; r++)
	{
		if (null[r])
			ereport(ERROR,
			        (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a recommender must not be null")));
		recommender_from_jsonb(DatumGetJsonbP(element[r]), &request->recommender[r]);
		add_recommender(request);
	}
}

void
request_recommenders_json(EvaluationRequest *request, const JsonbValue *list)
{
	int count;
	JsonbValue *element = list_elements(list, "recommenders", &count);

	begin_recommenders(request, count);
	for (int r = 0; r < count; r++)
	{
		recommender_from_jsonb(JsonbValueToJsonb(&element[r]), &request->recommender[r]);
		add_recommender(request);
	}
}

void
request_recommenders_named(EvaluationRequest *request, const char *const *names, int count)
{
	begin_recommenders(request, count);
	for (int r = 0; r < count; r++)
	{
		Jsonb *jsonb = recommender_json(names[r]);

		if (jsonb == NULL)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			                errmsg("\"%s\" is not the name of a recommender", names[r]),
			                errhint("Names are as synrec.evaluate() writes them.")));
		recommender_from_jsonb(jsonb, &request->recommender[r]);
		add_recommender(request);
	}
}

/* reference_recommenders() */
Datum
synrec_reference_recommenders(PG_FUNCTION_ARGS)
{
	Datum element[REFERENCE_RECOMMENDERS];
	Oid type = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));

	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of recommenders");
	for (int r = 0; r < REFERENCE_RECOMMENDERS; r++)
		element[r] = JsonbPGetDatum(recommender_json(reference_recommenders[r]));
	PG_RETURN_ARRAYTYPE_P(construct_array(element, REFERENCE_RECOMMENDERS, type, -1, false, TYPALIGN_INT));
}

/* The cutoffs of a list, or 1, 5 and 10. */
static int64_t *
cutoffs_from_json(const JsonbValue *list, int *count)
{
	int64_t *cutoff;
	JsonbValue *element;

	if (list == NULL || list->type == jbvNull)
	{
		cutoff = palloc(3 * sizeof(int64_t));
		cutoff[0] = 1;
		cutoff[1] = 5;
		cutoff[2] = 10;
		*count = 3;
		return cutoff;
	}
	element = list_elements(list, "cutoffs", count);
	cutoff = palloc((*count + 1) * sizeof(int64_t));
	for (int i = 0; i < *count; i++)
	{
		double number =
			element[i].type == jbvNumeric
				? DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(element[i].val.numeric)))
				: 0;

		if (!(number >= 1 && number <= 1000000 && number == floor(number)))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			                errmsg("a cutoff must be a whole number from 1 to 1000000")));
		cutoff[i] = (int64_t) number;
		for (int j = 0; j < i; j++)
		{
			if (cutoff[j] == cutoff[i])
				ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				                errmsg("the cutoff %lld is given twice", (long long) cutoff[i])));
		}
	}
	return cutoff;
}

/* The kinds of a list of words as a bit set. */
static uint32_t
kinds_from_json(const JsonbValue *list)
{
	int count;
	JsonbValue *element = list_elements(list, "metrics", &count);
	const OptionSpec spec = {"metrics", OPTION_CHOICE, 0, 0, 0, metric_kind_names};
	uint32_t kinds = 0;

	for (int i = 0; i < count; i++)
		kinds |= 1u << (int) option_from_json(&spec, &element[i], "an evaluation");
	return kinds;
}

void
request_metrics(EvaluationRequest *request, Jsonb *options, uint32_t default_kinds)
{
	JsonbValue *list = getKeyJsonValueFromContainer(&options->root, "metrics", strlen("metrics"), NULL);
	uint32_t kinds = list == NULL || list->type == jbvNull ? default_kinds : kinds_from_json(list);
	int cutoffs;
	int64_t *cutoff = cutoffs_from_json(
		getKeyJsonValueFromContainer(&options->root, "cutoffs", strlen("cutoffs"), NULL), &cutoffs);

	request->metrics = 0;
	request->metric = palloc(METRIC_KINDS * (cutoffs + 1) * sizeof(Metric));
	request->metric_name = palloc(METRIC_KINDS * (cutoffs + 1) * sizeof(char *));
	for (int kind = 0; kind < METRIC_KINDS; kind++)
	{
		int many = metric_has_cutoff(kind) ? cutoffs : 1;

		for (int c = 0; (kinds & 1u << kind) && c < many; c++)
		{
			Metric *metric = &request->metric[request->metrics];

			metric->kind = kind;
			metric->cutoff = metric_has_cutoff(kind) ? cutoff[c] : 0;
			request->metric_name[request->metrics++] = metric_name(metric);
		}
	}
	if (request->metrics == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there are no metrics")));
}

EvaluationPlan
request_plan(const EvaluationRequest *request, int64_t runs, int64_t users, int64_t seed, int side,
             const char *stage)
{
	return (EvaluationPlan){.recommender = request->recommender,
	                        .recommenders = request->recommenders,
	                        .metric = request->metric,
	                        .metrics = request->metrics,
	                        .runs = runs,
	                        .users = users,
	                        .seed = (uint64_t) seed,
	                        .side = side,
	                        .stage = stage};
}

/* The rows of an evaluation. */
typedef struct EvaluationRows
{
	RowSource rows;
	EvaluationRequest request;
	EvaluationPlan plan;
	double *value;
	int64_t next;
} EvaluationRows;

static bool
next_value(RowSource *source, Datum *values, bool *nulls)
{
	EvaluationRows *rows = (EvaluationRows *) source;
	int64_t place = rows->next++;
	int64_t pair = place / rows->plan.runs;
	MemoryContext caller;

	if (pair >= (int64_t) rows->plan.recommenders * rows->plan.metrics)
		return false;
	MemoryContextReset(source->row_context);
	caller = MemoryContextSwitchTo(source->row_context);
	values[0] = CStringGetTextDatum(rows->request.recommender_name[pair / rows->plan.metrics]);
	values[1] = CStringGetTextDatum(rows->request.metric_name[pair % rows->plan.metrics]);
	MemoryContextSwitchTo(caller);
	values[2] = Int32GetDatum((int32) (place % rows->plan.runs) + 1);
	values[3] = Float8GetDatum(rows->value[place]);
	memset(nulls, false, 4);
	return true;
}

/*
 * Reads the arguments from "first" on, which are recommenders, runs,
 * users_per_run (may be NULL), seed and options.
 */
static EvaluationRows *
new_evaluation_rows(FunctionCallInfo fcinfo, int first)
{
	EvaluationRows *rows = palloc0(sizeof(EvaluationRows));
	Jsonb *options;
	Options none;
	int64_t runs, users;

	reject_nulls(fcinfo, first + 2, first + 2);
	options = PG_GETARG_JSONB_P(first + 4);
	options_from_jsonb(options, evaluate_options, "an evaluation", NULL, &none);
	runs = PG_GETARG_INT32(first + 1);
	users = PG_ARGISNULL(first + 2) ? INT64_MAX : PG_GETARG_INT64(first + 2);
	if (runs < 1 || runs > MOST_RUNS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("runs must be from 1 to %d, not %lld", MOST_RUNS, (long long) runs)));
	if (users < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("users_per_run must be at least 1, not %lld", (long long) users)));
	request_recommenders(&rows->request, PG_GETARG_DATUM(first));
	request_metrics(&rows->request, options, ALL_KINDS);
	rows->plan =
		request_plan(&rows->request, runs, users, PG_GETARG_INT64(first + 3), 0, "evaluating recommenders");
	rows->rows.next = next_value;
	rows->rows.row_context =
		AllocSetContextCreate(CurrentMemoryContext, "synrec evaluation rows", ALLOCSET_SMALL_SIZES);
	return rows;
}

static RowSource *
make_evaluation(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	EvaluationRows *rows = new_evaluation_rows(fcinfo, 1);
	Histories data;

	(void) row_type;
	PG_GETARG_INTERACTIONS(0, &data);
	rows->value = evaluate(&data, &rows->plan);
	return &rows->rows;
}

/* evaluate(data, recommenders, runs, users_per_run, seed, options) */
Datum
synrec_evaluate(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_evaluation);
}

static RowSource *
make_transfer(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	EvaluationRows *rows = new_evaluation_rows(fcinfo, 2);
	Histories original, synthetic;

	(void) row_type;
	PG_GETARG_INTERACTIONS(0, &original);
	PG_GETARG_INTERACTIONS(1, &synthetic);
	rows->value = evaluate_transfer(&synthetic, &original, &rows->plan);
	return &rows->rows;
}

/* transfer_performance(original, synthetic, recommenders, runs, users_per_run, seed, options) */
Datum
synrec_transfer_performance(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_transfer);
}
