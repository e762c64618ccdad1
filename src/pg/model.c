/*
 * model.c
 *	  fit(), generate() and describe().
 */
#include "synrec.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "data/builder.h"
#include "generators/ratings_model.h"
#include "generators/times_model.h"

PG_FUNCTION_INFO_V1(synrec_fit);
PG_FUNCTION_INFO_V1(synrec_generate);
PG_FUNCTION_INFO_V1(synrec_generate_tuned);
PG_FUNCTION_INFO_V1(synrec_generate_typed);
PG_FUNCTION_INFO_V1(synrec_generate_typed_tuned);
PG_FUNCTION_INFO_V1(synrec_generate_interactions);
PG_FUNCTION_INFO_V1(synrec_generate_interactions_tuned);
PG_FUNCTION_INFO_V1(synrec_describe);

/* fit(data, generator, seed) */
Datum
synrec_fit(PG_FUNCTION_ARGS)
{
	Histories data;
	GeneratorChoice choice;
	int64_t bytes;
	void *value;
	int before = progress_begin(fcinfo);

	reject_nulls(fcinfo, -1, -1);
	generator_from_datum(PG_GETARG_DATUM(1), &choice);
	PG_GETARG_HISTORIES(0, &data);
	/* of sequences, sets are made first, whose times are not there */
	if (data.time != NULL && !choice.generator->ordered)
		hold_copy(data.bytes - data.interactions * (int64_t) sizeof(int64_t));
	value = generator_fit(choice.generator, &data, &choice.options, choice.options_text, PG_GETARG_INT64(2),
	                      SYNREC_VERSION, &bytes);
	progress_end(before);
	if (((ModelHeader *) value)->value.flags & MODEL_CONTAINS_HISTORIES)
		ereport(WARNING,
		        (errmsg("the model contains the histories that it was fitted to"),
		         errdetail("%s", choice.generator->discloses),
		         errhint("Protect the model as you protect the data, and measure what you release.")));
	return datum_from_value(value, bytes);
}

/* Goes through synthetic users. */
typedef struct Production
{
	Model model;
	Generation *generation;
	HistoryKind kind; /* what is generated beside the items */
} Production;

static bool
production_next(HistorySource *source, int64_t *user, const uint32_t **item, int64_t *count)
{
	Generation *generation = ((Production *) source->state)->generation;

	if (!generation_next(generation, user, item, count))
		return false;
	source->time = generation_times(generation);
	source->rating = generation_ratings(generation);
	return true;
}

static Datum
production_user_number(HistorySource *source, int64_t user)
{
	(void) source;
	return Int64GetDatum(user);
}

static Datum
production_user_key(HistorySource *source, int64_t user)
{
	return synthetic_user_key(&source->user_writer, ((Production *) source->state)->model.header, user);
}

/*
 * The arguments from "first" on are model, users, seed, first_user; when it is
 * tuned, there are options behind users.
 */
static Production *
new_production(FunctionCallInfo fcinfo, int first, bool tuned)
{
	static const OptionSpec none = {.name = NULL};
	Production *production = palloc0(sizeof(Production));
	int seed = first + 2 + tuned;

	/* a copy: the argument need not live as long as the rows */
	model_from_datum(copy_of_value(PG_GETARG_DATUM(first)), &production->model);
	production->generation = generation_begin(&production->model, (uint64_t) PG_GETARG_INT64(seed),
	                                          PG_GETARG_INT64(seed + 1), PG_GETARG_INT64(first + 1));
	if (tuned)
	{
		const Generator *generator = generator_find(production->model.header->method);
		Options options;

		options_from_jsonb(PG_GETARG_JSONB_P(first + 2),
		                   generator->sampling != NULL ? generator->sampling : &none,
		                   psprintf("generating from \"%s\"", generator->method), NULL, &options);
		generation_tune(production->generation, &options);
	}
	return production;
}

static HistorySource *
new_production_source(FunctionCallInfo fcinfo, int first, bool tuned)
{
	HistorySource *source = palloc0(sizeof(HistorySource));

	source->next_history = production_next;
	source->state = new_production(fcinfo, first, tuned);
	return source;
}

static RowSource *
synthetic_rows(FunctionCallInfo fcinfo, TupleDesc row_type, bool tuned)
{
	HistorySource *source;

	reject_nulls(fcinfo, -1, -1);
	source = new_production_source(fcinfo, 0, tuned);
	source->make_user = production_user_number;
	history_source_init_bigint(source, row_type, &((Production *) source->state)->model.item_keys);
	return &source->rows;
}

static RowSource *
make_synthetic_rows(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	return synthetic_rows(fcinfo, row_type, false);
}

static RowSource *
make_tuned_rows(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	return synthetic_rows(fcinfo, row_type, true);
}

/* generate(model, users, seed, first_user) */
Datum
synrec_generate(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_synthetic_rows);
}

/* generate(model, users, options, seed, first_user) */
Datum
synrec_generate_tuned(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_tuned_rows);
}

/* Has ratings or times generated for a column, or leaves by an error when the model has none. */
static void
add_generated_column(HistorySource *source, TupleDesc row_type, const char *column, bool is_rating)
{
	Production *production = source->state;

	if (is_rating)
		production->kind.rated = generation_want_ratings(production->generation);
	else
		production->kind.times = generation_want_times(production->generation);
	if (is_rating ? !production->kind.rated : production->kind.times == TIMES_NONE)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		     errmsg("the model has no %s for the column \"%s\"", is_rating ? "ratings" : "times", column),
		     errdetail("A model has them when it was fitted to interactions that do, of at least 5 users, "
		               "by a generator without differential privacy."),
		     errhint("Fit the generator to synrec.read(source, user_column, item_column, at_column, "
		             "rating_column).")));
	if (is_rating)
		history_source_add_ratings(source, row_type, column, true);
	else
		history_source_add_times(source, row_type, column, production->kind.times);
}

/* Of the tuned function, arguments 8 and 9 are the columns of ratings and times, or NULL. */
static RowSource *
typed_synthetic_rows(FunctionCallInfo fcinfo, TupleDesc row_type, bool tuned)
{
	HistorySource *source;

	for (int i = 1; i < 7 + tuned; i++)
		reject_null(fcinfo, i);
	source = new_production_source(fcinfo, 1, tuned);
	source->make_user = production_user_key;
	history_source_init_typed(source, row_type, &((Production *) source->state)->model.item_keys,
	                          NameStr(*PG_GETARG_NAME(5 + tuned)), NameStr(*PG_GETARG_NAME(6 + tuned)));
	if (tuned && !PG_ARGISNULL(8))
		add_generated_column(source, row_type, NameStr(*PG_GETARG_NAME(8)), true);
	if (tuned && !PG_ARGISNULL(9))
		add_generated_column(source, row_type, NameStr(*PG_GETARG_NAME(9)), false);
	return &source->rows;
}

static RowSource *
make_typed_synthetic_rows(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	return typed_synthetic_rows(fcinfo, row_type, false);
}

static RowSource *
make_typed_tuned_rows(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	return typed_synthetic_rows(fcinfo, row_type, true);
}

/* generate(row_type, model, users, seed, first_user, user_column, item_column) */
Datum
synrec_generate_typed(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_typed_synthetic_rows);
}

/* generate(row_type, model, users, options, seed, first_user, user_column, item_column, rating_column, at_column) */
Datum
synrec_generate_typed_tuned(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_typed_tuned_rows);
}

/*
 * All users of a generation, as a new value of the given kind, of which *data
 * becomes a view.
 */
static void *
collect_users(const Model *model, Generation *generation, HistoryKind kind, int64_t users, Histories *data)
{
	HistoryBuilder *builder = builder_new();
	int64_t user, count;
	const uint32_t *item;

	/* a pair takes 8 bytes and those of its time and rating, a user some more */
	host_reserve((int64_t) Min((double) users * (24 + (4 + (double) kind_width(kind)) *
	                                                      (double) model->header->interactions /
	                                                      (double) model->header->users),
	                           1e18),
	             "generate_interactions");
	while (generation_next(generation, &user, &item, &count))
	{
		Key user_key = {user, NULL, 0};
		const double *rating = generation_ratings(generation);
		const int64_t *time = generation_times(generation);

		host_poll();
		for (int64_t i = 0; i < count; i++)
		{
			Key item_key = keys_get(&model->item_keys, item[i]);

			builder_add_event(builder, false, &user_key, model->item_keys.text, &item_key, kind,
			                  time != NULL ? time[i] : 0, rating != NULL ? rating[i] : 0);
		}
	}
	builder_settle(builder);
	return builder_finish(builder, data);
}

static Datum
synthetic_interactions(FunctionCallInfo fcinfo, bool tuned)
{
	Production *production;
	Histories data;
	void *value;
	int before = progress_begin(fcinfo);

	reject_nulls(fcinfo, -1, -1);
	production = new_production(fcinfo, 0, tuned);
	production->kind.rated = generation_want_ratings(production->generation);
	production->kind.times = generation_want_times(production->generation);
	value = collect_users(&production->model, production->generation, production->kind, PG_GETARG_INT64(1),
	                      &data);
	progress_end(before);
	return datum_from_interactions(value);
}

/* generate_interactions(model, users, seed, first_user) */
Datum
synrec_generate_interactions(PG_FUNCTION_ARGS)
{
	return synthetic_interactions(fcinfo, false);
}

/* generate_interactions(model, users, options, seed, first_user) */
Datum
synrec_generate_interactions_tuned(PG_FUNCTION_ARGS)
{
	return synthetic_interactions(fcinfo, true);
}

void
generate_histories(const Model *model, int64_t users, uint64_t seed, Histories *data)
{
	collect_users(model, generation_begin(model, seed, 1, users), (HistoryKind){TIMES_NONE, false}, users,
	              data);
}

/* Text of a section; bytes that are no text end in an error. */
static char *
section_text(const Model *model, const char *name)
{
	int64_t length;
	const char *bytes = model_section(model, name, SECTION_BYTES, &length);

	return pg_any_to_server(pnstrdup(bytes, length), length, PG_UTF8);
}

/* The options as JSON that is whole by itself. */
static char *
options_text(const Model *model)
{
	Datum jsonb = DirectFunctionCall1(jsonb_in, CStringGetDatum(section_text(model, "options")));

	return DatumGetCString(DirectFunctionCall1(jsonb_out, jsonb));
}

/* What reading a model discloses: what the generator says, and what the models of ratings and times hold. */
static void
append_discloses(StringInfo json, const Generator *generator, bool ratings, bool times)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, generator->discloses);
	if (ratings)
		appendStringInfoString(
			&text, " How many users gave each rating (or rating in a range) that at least 5 users "
				   "gave; per item, and per item and group of users, if the generator has groups, "
				   "how many of its users gave it each of them, where these are at least 3.");
	if (times)
		appendStringInfoString(&text,
		                       " When histories begin, the times of day, the gaps between items and the days "
		                       "between sittings, counted in bins that at least 5 users share.");
	appendStringInfoString(json, ", \"discloses\": ");
	escape_json(json, text.data);
}

/* describe(model) */
Datum
synrec_describe(PG_FUNCTION_ARGS)
{
	Model model;
	const ModelHeader *header;
	const Generator *generator;
	StringInfoData json;
	char *ratings, *times;

	PG_GETARG_MODEL(0, &model);
	header = model.header;
	generator = generator_find(header->method);
	initStringInfo(&json);
	appendStringInfoString(&json, "{\"method\": ");
	escape_json(&json, header->method);
	appendStringInfo(&json, ", \"options\": %s", options_text(&model));
	appendStringInfo(&json, ", \"seed\": " INT64_FORMAT, header->seed);
	appendStringInfo(&json, ", \"users\": " INT64_FORMAT, header->users);
	appendStringInfo(&json, ", \"items\": " INT64_FORMAT, header->items);
	appendStringInfo(&json, ", \"interactions\": " INT64_FORMAT, header->interactions);
	appendStringInfo(&json, ", \"seconds\": %.6f", header->seconds);
	appendStringInfo(&json, ", \"bytes\": " INT64_FORMAT, model.bytes);
	appendStringInfo(&json, ", \"format\": %d", header->value.version);
	appendStringInfoString(&json, ", \"version\": ");
	escape_json(&json, section_text(&model, "version"));
	if (generator != NULL && generator->details != NULL)
		appendStringInfo(&json, ", %s", generator->details(&model));
	appendStringInfo(&json, ", \"contains_histories\": %s",
	                 header->value.flags & MODEL_CONTAINS_HISTORIES ? "true" : "false");
	ratings = ratings_model_details(&model);
	times = times_model_details(&model);
	if (ratings != NULL)
		appendStringInfo(&json, ", \"ratings\": %s", ratings);
	if (times != NULL)
		appendStringInfo(&json, ", \"times\": %s", times);
	if (generator != NULL)
		append_discloses(&json, generator, ratings != NULL, times != NULL);
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}
