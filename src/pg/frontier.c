/*
 * frontier.c
 *	  evaluate_generators(): how private and how realistic generators are, side by
 *	  side.
 *
 * What depends on the originals alone is done once: their evaluation, the
 * halves, the references.  Then each generator has a subtransaction and a memory
 * context of its own: when it fails, its row says why and the others go on.
 *
 * A generator is fitted to all originals for the figures of identifiability and
 * realism.  The audit and transfer performance need people whom it has not seen:
 * the holdout, or else one half of the originals, for which it is fitted once
 * more to the other half.
 */
#include "synrec.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "metrics/frontier.h"
#include "metrics/realism.h"

#include <math.h>

PG_FUNCTION_INFO_V1(synrec_evaluate_generators);

#define MOST_TRIALS 1000

/* The recommender and the metric of transfer performance. */
static const char *const transfer_recommender[] = {"ease(lambda => 250)"};
static Metric transfer_metric = {METRIC_NDCG, 10};

static const OptionSpec evaluation_options[] = {
	MEASURE_OPTIONS,
	{"recommenders", OPTION_OTHER, 0, 0, 0, NULL},
	{"runs", OPTION_INTEGER, 10, 2, 10000, NULL},
	{"level", OPTION_NUMBER, 0.01, 1e-12, 0.5, NULL},
	{"unseen", OPTION_BOOLEAN, 1, 0, 1, NULL},
	{.name = NULL},
};

/* The columns of a row, in their order. */
typedef enum Column
{
	COLUMN_GENERATOR,
	COLUMN_NAME,
	COLUMN_MEASURES, /* per measure: value, reference, lift, on the frontier */
	COLUMN_REALISM = COLUMN_MEASURES + 4 * MEASURES,
	COLUMN_REALISM_REFERENCE,
	COLUMN_CONVERSE,
	COLUMN_SIGNIFICANT_ORIGINAL,
	COLUMN_SIGNIFICANT_SYNTHETIC,
	COLUMN_SIGNIFICANT_BOTH,
	COLUMN_REVERSED,
	COLUMN_TRANSFER,
	COLUMN_TRANSFER_REFERENCE,
	COLUMN_AUC,
	COLUMN_AUC_LOW,
	COLUMN_AUC_HIGH,
	COLUMN_FIT_SECONDS,
	COLUMN_GENERATE_SECONDS,
	COLUMN_BYTES,
	COLUMN_ERROR,
	COLUMN_SETTING,
	COLUMNS
} Column;

typedef struct Row
{
	Datum value[COLUMNS];
	bool null[COLUMNS];
} Row;

/* What all generators share. */
typedef struct Bench
{
	Options options;
	int64_t users;
	int64_t trials;
	int64_t seed;
	bool has_holdout;
	Histories original;
	Histories kept;  /* what a generator that is audited is fitted to */
	Histories fresh; /* people whom it has not seen */
	EvaluationRequest request;
	EvaluationRequest transfer;
	RealismSide original_side;
	double reference[MEASURES];
	double realism_reference;
	double transfer_reference;
	int64_t setting; /* hash of the data and of all that rows depend on beside the generator */
} Bench;

typedef struct BenchRows
{
	RowSource rows;
	Row *row;
	int count;
	int next;
} BenchRows;

static void
set_number(Row *row, int column, double value)
{
	row->value[column] = Float8GetDatum(value);
	row->null[column] = isnan(value);
}

static void
set_count(Row *row, int column, int64_t value)
{
	row->value[column] = Int64GetDatum(value);
	row->null[column] = false;
}

static double
seconds_since(instr_time started)
{
	instr_time now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, started);
	return INSTR_TIME_GET_DOUBLE(now);
}

/* Users of a run of realism: as many on both sides. */
static int64_t
users_per_run(const Bench *bench)
{
	return Min(bench->original.users, bench->users);
}

/* The values of recommenders on some users. */
static RealismSide
evaluate_side(const Bench *bench, const Histories *data, int64_t users, int side, const char *stage)
{
	EvaluationPlan plan = request_plan(&bench->request, option_integer(&bench->options, "runs"), users,
	                                   bench->seed, side, stage);

	return (RealismSide){.value = evaluate(data, &plan), .runs = plan.runs};
}

static void
compare_sides(const Bench *bench, const RealismSide *original, const RealismSide *other,
              RealismReport *report)
{
	RealismComparison *comparison =
		realism_comparisons(original, other, bench->request.recommenders, bench->request.metrics,
	                        option_number(&bench->options, "level"), CORRECTION_NONE);

	realism_report(original, other, bench->request.recommenders, bench->request.metrics, comparison, report);
}

/* How good a recommender that learns from "train" is for people it has not seen. */
static double
measure_transfer(const Bench *bench, const Histories *train)
{
	EvaluationPlan plan = request_plan(&bench->transfer, bench->trials, INT64_MAX, bench->seed, 0,
	                                   "evaluating transfer performance");
	double *value = evaluate_transfer(train, &bench->fresh, &plan);
	double sum = 0;

	for (int64_t run = 0; run < plan.runs; run++)
		sum += value[run];
	return sum / (double) plan.runs;
}

/* Everything that depends on the originals alone. */
static void
evaluate_originals(Bench *bench)
{
	int64_t fresh_users;
	RealismSide kept, fresh;
	RealismReport report;

	bench->original_side =
		evaluate_side(bench, &bench->original, users_per_run(bench), 0, "evaluating original users");
	if (!bench->has_holdout)
		split_views(&bench->original, bench->seed, &bench->kept, &bench->fresh);
	/* lifts are at equal numbers */
	sample_view(&bench->fresh, bench->users, bench->seed, &bench->fresh);
	measure_all(&bench->kept, &bench->fresh, &bench->options, bench->seed, bench->reference);
	/* people against people, as many on both sides */
	fresh_users = Min(bench->kept.users, bench->fresh.users);
	if (bench->has_holdout && fresh_users >= users_per_run(bench))
		kept = bench->original_side;
	else
		kept = evaluate_side(bench, &bench->kept, fresh_users, 0, "evaluating original users");
	fresh = evaluate_side(bench, &bench->fresh, Min(fresh_users, users_per_run(bench)), 1,
	                      "evaluating fresh users");
	compare_sides(bench, &kept, &fresh, &report);
	bench->realism_reference = report.realism;
	bench->transfer_reference =
		option_boolean(&bench->options, "unseen") ? measure_transfer(bench, &bench->kept) : NAN;
}

/* A fitted model as a view. */
static void
fit_model(const GeneratorChoice *choice, const Histories *data, int64_t seed, Model *model)
{
	int64_t bytes;
	void *value = generator_fit(choice->generator, data, &choice->options, choice->options_text, seed,
	                            SYNREC_VERSION, &bytes);

	model_open(value, bytes, model);
}

/* The three figures: means over samples of as many synthetic users as there are originals. */
static void
measure_identifiability(const Bench *bench, const Histories *synthetic, Row *row)
{
	double sum[MEASURES] = {0}, level[MEASURES];
	Histories sample;

	for (int64_t trial = 0; trial < bench->trials; trial++)
	{
		double value[MEASURES];

		sample_view(synthetic, bench->original.users, bench->seed + trial, &sample);
		measure_all(&bench->original, &sample, &bench->options, bench->seed + trial, value);
		for (int m = 0; m < MEASURES; m++)
			sum[m] += value[m] / (double) bench->trials;
	}
	/* the lift compares with the reference at equal numbers */
	sample_view(synthetic, bench->fresh.users, bench->seed, &sample);
	measure_all(&bench->kept, &sample, &bench->options, bench->seed, level);
	for (int m = 0; m < MEASURES; m++)
	{
		set_number(row, COLUMN_MEASURES + 4 * m, sum[m]);
		set_number(row, COLUMN_MEASURES + 4 * m + 1, bench->reference[m]);
		set_number(row, COLUMN_MEASURES + 4 * m + 2, measure_lift(level[m], bench->reference[m]));
	}
}

static void
measure_conclusions(const Bench *bench, const Histories *synthetic, Row *row)
{
	RealismSide side = evaluate_side(bench, synthetic, users_per_run(bench), 1, "evaluating synthetic users");
	RealismReport report;

	compare_sides(bench, &bench->original_side, &side, &report);
	set_number(row, COLUMN_REALISM, report.realism);
	set_number(row, COLUMN_REALISM_REFERENCE, bench->realism_reference);
	set_number(row, COLUMN_CONVERSE, report.converse);
	set_count(row, COLUMN_SIGNIFICANT_ORIGINAL, report.original);
	set_count(row, COLUMN_SIGNIFICANT_SYNTHETIC, report.synthetic);
	set_count(row, COLUMN_SIGNIFICANT_BOTH, report.both);
	set_count(row, COLUMN_REVERSED, report.reversed);
}

/* What unseen people say: model is fitted to the kept users. */
static void
measure_unseen(const Bench *bench, const Model *model, Row *row)
{
	Histories synthetic;
	MembershipAudit audit;

	generate_histories(model, bench->kept.users, (uint64_t) bench->seed, &synthetic);
	measure_audit(&bench->kept, &bench->fresh, &synthetic, &audit);
	set_number(row, COLUMN_TRANSFER, measure_transfer(bench, &synthetic));
	set_number(row, COLUMN_TRANSFER_REFERENCE, bench->transfer_reference);
	set_number(row, COLUMN_AUC, audit.auc);
	set_number(row, COLUMN_AUC_LOW, audit.auc_low);
	set_number(row, COLUMN_AUC_HIGH, audit.auc_high);
}

/* Fills in a generator's figures. */
static void
evaluate_generator(const Bench *bench, const GeneratorChoice *choice, Row *row)
{
	Model model;
	Histories synthetic;
	instr_time started;

	fit_model(choice, &bench->original, bench->seed, &model);
	set_number(row, COLUMN_FIT_SECONDS, model.header->seconds);
	set_count(row, COLUMN_BYTES, model.bytes);
	INSTR_TIME_SET_CURRENT(started);
	generate_histories(&model, bench->users, (uint64_t) bench->seed, &synthetic);
	set_number(row, COLUMN_GENERATE_SECONDS, seconds_since(started));
	measure_identifiability(bench, &synthetic, row);
	measure_conclusions(bench, &synthetic, row);
	if (!option_boolean(&bench->options, "unseen"))
		return;
	if (!bench->has_holdout)
		fit_model(choice, &bench->kept, bench->seed, &model);
	measure_unseen(bench, &model, row);
}

/*
 * Evaluates a generator in a subtransaction.  An error becomes the row's, unless
 * it is a cancel or the like.
 */
static void
try_generator(const Bench *bench, const GeneratorChoice *choice, Row *row)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext work = AllocSetContextCreate(caller, "synrec generator", ALLOCSET_DEFAULT_SIZES);
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(work);
	PG_TRY();
	{
		evaluate_generator(bench, choice, row);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION)
			ReThrowError(error);
		memset(row->null + COLUMN_MEASURES, true, COLUMN_ERROR - COLUMN_MEASURES);
		row->value[COLUMN_ERROR] =
			CStringGetTextDatum(psprintf("%s: %s", unpack_sql_state(error->sqlerrcode), error->message));
		row->null[COLUMN_ERROR] = false;
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	MemoryContextDelete(work);
}

/* Tells whether a name is to show an option: it is not the default, or generators differ in it. */
static bool
names_option(const GeneratorChoice *choice, int count, int own, int option)
{
	const GeneratorChoice *it = &choice[own];

	if (it->options.spec[option].type == OPTION_OTHER)
		return false;
	if (it->options.value[option] != it->options.spec[option].fallback)
		return true;
	for (int g = 0; g < count; g++)
	{
		if (choice[g].generator == it->generator &&
		    choice[g].options.value[option] != it->options.value[option])
			return true;
	}
	return false;
}

/* A generator as short as it can be told from the others. */
static char *
short_name(const GeneratorChoice *choice, int count, int own)
{
	const Options *options = &choice[own].options;
	StringInfoData name;
	int named = 0;

	initStringInfo(&name);
	appendStringInfoString(&name, choice[own].generator->method);
	for (int o = 0; options->spec[o].name != NULL; o++)
	{
		if (!names_option(choice, count, own, o))
			continue;
		appendStringInfo(&name, "%s%s => ", named++ == 0 ? "(" : ", ", options->spec[o].name);
		if (options->spec[o].type == OPTION_CHOICE)
			appendStringInfoString(&name, options->spec[o].choices[(int) options->value[o]]);
		else if (options->spec[o].type == OPTION_BOOLEAN)
			appendStringInfoString(&name, options->value[o] != 0 ? "true" : "false");
		else
			appendStringInfo(&name, "%.10g", options->value[o]);
	}
	if (named > 0)
		appendStringInfoChar(&name, ')');
	return name.data;
}

/* Generators from an array of the domain. */
static GeneratorChoice *
read_generators(Datum array, Datum **element, int *count)
{
	ArrayType *list = DatumGetArrayTypeP(array);
	GeneratorChoice *choice;
	bool *null;

	deconstruct_array(list, ARR_ELEMTYPE(list), -1, false, TYPALIGN_INT, element, &null, count);
	if (*count == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there are no generators"),
		                errhint("synrec.paper_generators() are some.")));
	choice = palloc(*count * sizeof(GeneratorChoice));
	for (int g = 0; g < *count; g++)
	{
		if (null[g])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a generator must not be null")));
		generator_from_datum((*element)[g], &choice[g]);
		for (int other = 0; other < g; other++)
		{
			if (choice[other].generator == choice[g].generator &&
			    strcmp(choice[other].options_text, choice[g].options_text) == 0)
				ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				                errmsg("the generator \"%s\" with the options %s is given twice",
				                       choice[g].generator->method, choice[g].options_text)));
		}
	}
	return choice;
}

/*
 * Fills in the rows that a stored result has for the same generators, data and
 * settings, with the rights of the caller; others stay as they are.
 */
static void
read_previous(const char *source, TupleDesc row_type, const Bench *bench, Row *row, int count)
{
	MemoryContext keep = CurrentMemoryContext;
	StringInfoData query;

	SPI_connect();
	initStringInfo(&query);
	for (int c = 0; c < COLUMNS; c++)
		appendStringInfo(&query, "%s source.%s::%s", c == 0 ? "SELECT" : ",",
		                 quote_identifier(NameStr(TupleDescAttr(row_type, c)->attname)),
		                 format_type_be_qualified(TupleDescAttr(row_type, c)->atttypid));
	appendStringInfo(
		&query,
		" FROM %s AS source WHERE source.error IS NULL AND source.setting OPERATOR(pg_catalog.=) " INT64_FORMAT,
		source_in_from(source), bench->setting);
	if (SPI_execute(query.data, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "reading the previous result failed");
	for (uint64 r = 0; r < SPI_processed; r++)
	{
		Row stored;

		CHECK_FOR_INTERRUPTS();
		for (int c = 0; c < COLUMNS; c++)
			stored.value[c] =
				SPI_getbinval(SPI_tuptable->vals[r], SPI_tuptable->tupdesc, c + 1, &stored.null[c]);
		for (int g = 0; g < count && !stored.null[COLUMN_GENERATOR]; g++)
		{
			MemoryContext caller;

			if (!DatumGetBool(DirectFunctionCall2(jsonb_eq, row[g].value[COLUMN_GENERATOR],
			                                      stored.value[COLUMN_GENERATOR])))
				continue;
			caller = MemoryContextSwitchTo(keep);
			for (int c = COLUMN_MEASURES; c < COLUMNS; c++)
			{
				Form_pg_attribute column = TupleDescAttr(row_type, c);

				row[g].null[c] = stored.null[c];
				if (!stored.null[c])
					row[g].value[c] = datumCopy(stored.value[c], column->attbyval, column->attlen);
			}
			MemoryContextSwitchTo(caller);
		}
	}
	SPI_finish();
}

/* Sets the flags of the three planes. */
static void
set_frontiers(Row *row, int count)
{
	double *cost = palloc(count * sizeof(double)), *gain = palloc(count * sizeof(double));
	bool *on = palloc(count * sizeof(bool));

	for (int m = 0; m < MEASURES; m++)
	{
		int column = COLUMN_MEASURES + 4 * m;

		for (int g = 0; g < count; g++)
		{
			cost[g] = row[g].null[column] ? NAN : DatumGetFloat8(row[g].value[column]);
			gain[g] = row[g].null[COLUMN_REALISM] ? NAN : DatumGetFloat8(row[g].value[COLUMN_REALISM]);
		}
		frontier(cost, gain, count, on);
		for (int g = 0; g < count; g++)
		{
			row[g].value[column + 3] = BoolGetDatum(on[g]);
			row[g].null[column + 3] = isnan(cost[g]) || isnan(gain[g]);
		}
	}
}

/* Says which generators have no realism, though they did not fail. */
static void
notice_undefined(const Row *row, int count)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int g = 0; g < count; g++)
	{
		if (row[g].null[COLUMN_ERROR] && row[g].null[COLUMN_REALISM])
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
			                 TextDatumGetCString(row[g].value[COLUMN_NAME]));
	}
	if (names.len > 0)
		ereport(NOTICE,
		        (errmsg("realism is not defined for %s", names.data),
		         errdetail("No recommender is significantly better than another on that synthetic data.")));
}

/* The settings of a call: arguments from 2 on. */
static void
read_settings(FunctionCallInfo fcinfo, Bench *bench)
{
	Jsonb *options = PG_GETARG_JSONB_P(7);
	JsonbValue *list;
	uint64 hash;

	bench->users = PG_GETARG_INT64(2);
	bench->trials = PG_GETARG_INT32(3);
	bench->seed = PG_GETARG_INT64(4);
	bench->has_holdout = !PG_ARGISNULL(5);
	options_from_jsonb(options, evaluation_options, "evaluate_generators", NULL, &bench->options);
	if (bench->users < EVALUATION_LEAST_USERS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("users must be at least %d, not %lld", EVALUATION_LEAST_USERS,
		                       (long long) bench->users)));
	if (bench->trials < 1 || bench->trials > MOST_TRIALS)
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		         errmsg("trials must be from 1 to %d, not %lld", MOST_TRIALS, (long long) bench->trials)));
	PG_GETARG_INTERACTIONS(0, &bench->original);
	if (bench->has_holdout)
	{
		PG_GETARG_INTERACTIONS(5, &bench->fresh);
		bench->kept = bench->original;
	}
	list = getKeyJsonValueFromContainer(&options->root, "recommenders", strlen("recommenders"), NULL);
	if (list != NULL && list->type != jbvNull)
		request_recommenders_json(&bench->request, list);
	else
		request_recommenders_named(&bench->request, reference_recommenders, REFERENCE_RECOMMENDERS);
	if (bench->request.recommenders < 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("realism compares recommenders, and there is only one")));
	request_metrics(&bench->request, options, PAPER_METRIC_KINDS);
	request_recommenders_named(&bench->transfer, transfer_recommender, 1);
	bench->transfer.metric = &transfer_metric;
	bench->transfer.metrics = 1;
	hash = ((const ValueHeader *) bench->original.value)->checksum;
	if (bench->has_holdout)
		hash = hash_combine64(hash, ((const ValueHeader *) bench->fresh.value)->checksum);
	hash = hash_combine64(hash, (uint64) bench->users);
	hash = hash_combine64(hash, (uint64) bench->trials);
	hash = hash_combine64(hash, (uint64) bench->seed);
	hash = hash_combine64(hash, DatumGetUInt64(DirectFunctionCall2(
									jsonb_hash_extended, JsonbPGetDatum(options), UInt64GetDatum(0))));
	bench->setting = (int64_t) hash;
}

static bool
next_generator(RowSource *source, Datum *values, bool *nulls)
{
	BenchRows *rows = (BenchRows *) source;

	if (rows->next == rows->count)
		return false;
	memcpy(values, rows->row[rows->next].value, sizeof(rows->row[0].value));
	memcpy(nulls, rows->row[rows->next].null, sizeof(rows->row[0].null));
	rows->next++;
	return true;
}

static RowSource *
make_generators(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	BenchRows *rows = palloc0(sizeof(BenchRows));
	Bench *bench = palloc0(sizeof(Bench));
	GeneratorChoice *choice;
	Datum *element;
	int todo = 0, done = 0;

	reject_nulls(fcinfo, 5, 6);
	choice = read_generators(PG_GETARG_DATUM(1), &element, &rows->count);
	read_settings(fcinfo, bench);
	rows->rows.next = next_generator;
	rows->row = palloc(rows->count * sizeof(Row));
	for (int g = 0; g < rows->count; g++)
	{
		Row *row = &rows->row[g];

		memset(row->null, true, sizeof(row->null));
		row->value[COLUMN_GENERATOR] = PointerGetDatum(PG_DETOAST_DATUM_COPY(element[g]));
		row->value[COLUMN_NAME] = CStringGetTextDatum(short_name(choice, rows->count, g));
		row->null[COLUMN_GENERATOR] = row->null[COLUMN_NAME] = false;
	}
	if (!PG_ARGISNULL(6))
		read_previous(text_to_cstring(PG_GETARG_TEXT_PP(6)), row_type, bench, rows->row, rows->count);
	for (int g = 0; g < rows->count; g++)
		todo += rows->row[g].null[COLUMN_SETTING];
	if (todo > 0)
		evaluate_originals(bench);
	for (int g = 0; g < rows->count; g++)
	{
		if (!rows->row[g].null[COLUMN_SETTING])
			continue;
		host_progress("evaluating generators", done++, todo);
		set_count(&rows->row[g], COLUMN_SETTING, bench->setting);
		try_generator(bench, &choice[g], &rows->row[g]);
	}
	set_frontiers(rows->row, rows->count);
	notice_undefined(rows->row, rows->count);
	return &rows->rows;
}

/* evaluate_generators(original, generators, users, trials, seed, holdout, previous, options) */
Datum
synrec_evaluate_generators(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_generators);
}
