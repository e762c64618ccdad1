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
	if (choice.generator->ordered)
		PG_GETARG_HISTORIES(0, &data);
	else
		PG_GETARG_INTERACTIONS(0, &data);
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
} Production;

static bool
production_next(HistorySource *source, int64_t *user, const uint32_t **item, int64_t *count)
{
	return generation_next(((Production *) source->state)->generation, user, item, count);
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

static RowSource *
typed_synthetic_rows(FunctionCallInfo fcinfo, TupleDesc row_type, bool tuned)
{
	HistorySource *source;

	reject_nulls(fcinfo, 0, 0);
	source = new_production_source(fcinfo, 1, tuned);
	source->make_user = production_user_key;
	history_source_init_typed(source, row_type, &((Production *) source->state)->model.item_keys,
	                          NameStr(*PG_GETARG_NAME(5 + tuned)), NameStr(*PG_GETARG_NAME(6 + tuned)));
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

/* generate(row_type, model, users, options, seed, first_user, user_column, item_column) */
Datum
synrec_generate_typed_tuned(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_typed_tuned_rows);
}

/* All users of a generation, as a new value of which *data becomes a view. */
static void *
collect_users(const Model *model, Generation *generation, int64_t users, Histories *data)
{
	HistoryBuilder *builder = builder_new();
	int64_t user, count;
	const uint32_t *item;

	/* a pair takes 8 bytes, a user some more */
	host_reserve((int64_t) Min((double) users * (24 + 8 * (double) model->header->interactions /
	                                                      (double) model->header->users),
	                           1e18),
	             "generate_interactions");
	while (generation_next(generation, &user, &item, &count))
	{
		Key user_key = {user, NULL, 0};

		host_poll();
		for (int64_t i = 0; i < count; i++)
		{
			Key item_key = keys_get(&model->item_keys, item[i]);

			builder_add(builder, false, &user_key, model->item_keys.text, &item_key);
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
	value = collect_users(&production->model, production->generation, PG_GETARG_INT64(1), &data);
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
	collect_users(model, generation_begin(model, seed, 1, users), users, data);
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

/* describe(model) */
Datum
synrec_describe(PG_FUNCTION_ARGS)
{
	Model model;
	const ModelHeader *header;
	const Generator *generator;
	StringInfoData json;

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
	if (generator != NULL)
	{
		appendStringInfoString(&json, ", \"discloses\": ");
		escape_json(&json, generator->discloses);
	}
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}
