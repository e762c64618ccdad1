/*
 * data.c
 *	  Functions over interactions: rows, summary, parts, simulation.
 */
#include "synrec.h"

#include "access/htup_details.h"
#include "utils/builtins.h"

#include "data/select.h"
#include "data/sequences.h"
#include "data/simulate.h"

#include <math.h>

#define INTERACTIONS_PER_POLL (1 << 20)

PG_FUNCTION_INFO_V1(synrec_rows);
PG_FUNCTION_INFO_V1(synrec_rows_typed);
PG_FUNCTION_INFO_V1(synrec_rows_rated);
PG_FUNCTION_INFO_V1(synrec_summary);
PG_FUNCTION_INFO_V1(synrec_rating_summary);
PG_FUNCTION_INFO_V1(synrec_sample_users);
PG_FUNCTION_INFO_V1(synrec_split_users);
PG_FUNCTION_INFO_V1(synrec_as_sets);
PG_FUNCTION_INFO_V1(synrec_without_ratings);
PG_FUNCTION_INFO_V1(synrec_truncate_histories);
PG_FUNCTION_INFO_V1(synrec_filter_histories);
PG_FUNCTION_INFO_V1(synrec_simulate);

/* Goes through the users of a value. */
typedef struct Walk
{
	Histories data;
	int64_t next;
} Walk;

static bool
walk_next(HistorySource *source, int64_t *user, const uint32_t **item, int64_t *count)
{
	Walk *walk = source->state;

	if (walk->next == walk->data.users)
		return false;
	*user = walk->next++;
	*item = walk->data.item + walk->data.start[*user];
	if (walk->data.time != NULL)
		source->time = walk->data.time + walk->data.start[*user];
	if (walk->data.rating != NULL)
		source->rating = walk->data.rating + walk->data.start[*user];
	*count = histories_length(&walk->data, *user);
	return true;
}

static Datum
walk_user(HistorySource *source, int64_t user)
{
	const Keys *keys = &((Walk *) source->state)->data.user_keys;
	Key key = keys_get(keys, user);

	return key_write(&source->user_writer, keys->text, &key);
}

static HistorySource *
new_walk(Datum datum)
{
	HistorySource *source = palloc0(sizeof(HistorySource));
	Walk *walk = palloc0(sizeof(Walk));

	/* a copy: the argument need not live as long as the rows */
	histories_from_datum(copy_of_value(datum), &walk->data);
	source->next_history = walk_next;
	source->make_user = walk_user;
	source->state = walk;
	return source;
}

static RowSource *
make_rows(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	HistorySource *source = new_walk(PG_GETARG_DATUM(0));
	const Histories *data = &((Walk *) source->state)->data;

	if (data->user_keys.text)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("user keys are text, not integers"),
		                errhint("Name a table whose columns have the right types: "
		                        "synrec.rows(NULL::tablename, ...).")));
	history_source_init_bigint(source, row_type, &data->item_keys);
	return &source->rows;
}

/* rows(data) */
Datum
synrec_rows(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_rows);
}

static RowSource *
make_typed_rows(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	HistorySource *source;
	const Histories *data;

	for (int i = 1; i < 4; i++)
		reject_null(fcinfo, i);
	source = new_walk(PG_GETARG_DATUM(1));
	data = &((Walk *) source->state)->data;
	history_source_init_typed(source, row_type, &data->item_keys, NameStr(*PG_GETARG_NAME(2)),
	                          NameStr(*PG_GETARG_NAME(3)));
	if (!PG_ARGISNULL(4) && data->users > 0)
		history_source_add_times(source, row_type, NameStr(*PG_GETARG_NAME(4)), data->times);
	return &source->rows;
}

/* rows(row_type, data, user_column, item_column, at_column) */
Datum
synrec_rows_typed(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_typed_rows);
}

static RowSource *
make_rated_rows(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	HistorySource *source = (HistorySource *) make_typed_rows(fcinfo, row_type);
	const Histories *data = &((Walk *) source->state)->data;

	if (!PG_ARGISNULL(5) && data->users > 0)
		history_source_add_ratings(source, row_type, NameStr(*PG_GETARG_NAME(5)), data->rating != NULL);
	return &source->rows;
}

/* rows(row_type, data, user_column, item_column, at_column, rating_column) */
Datum
synrec_rows_rated(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_rated_rows);
}

static Datum
make_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc row_type;

	if (get_call_result_type(fcinfo, NULL, &row_type) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "function does not return a row");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row_type), values, nulls));
}

/* Length of the user in that place (from 0), when users are ordered by length. */
static int64_t
length_in_place(const int64_t *users_with, int64_t place)
{
	int64_t length = 0;

	while (place >= users_with[length])
		place -= users_with[length++];
	return length;
}

/* summary(data) */
Datum
synrec_summary(PG_FUNCTION_ARGS)
{
	Histories data;
	Datum values[11];
	bool nulls[11] = {false};
	int64_t longest;
	int64_t *users_with;
	double users;

	PG_GETARG_HISTORIES(0, &data);
	longest = histories_longest(&data);
	users_with = host_array_zero(int64_t, longest + 1);
	for (int64_t u = 0; u < data.users; u++)
		users_with[histories_length(&data, u)]++;
	users = (double) Max(data.users, 1);

	values[0] = Int64GetDatum(data.users);
	values[1] = Int64GetDatum(data.items);
	values[2] = Int64GetDatum(data.interactions);
	values[3] = Float8GetDatum((double) data.interactions / users);
	values[4] = Int64GetDatum(data.users == 0 ? 0 : length_in_place(users_with, 0));
	values[5] = Int64GetDatum(data.users == 0 ? 0 : length_in_place(users_with, (data.users - 1) / 2));
	values[6] = Int64GetDatum(longest);
	values[7] = Float8GetDatum((double) data.interactions / users / (double) Max(data.items, 1));
	values[8] = CStringGetTextDatum(psprintf("%s, %s", data.user_keys.text ? "text" : "integer",
	                                         data.item_keys.text ? "text" : "integer"));
	values[9] = Int64GetDatum(data.bytes);
	nulls[10] = data.times == TIMES_NONE;
	if (!nulls[10])
		values[10] = CStringGetTextDatum(time_kind_name(data.times));
	return make_row(fcinfo, values, nulls);
}

/* rating_summary(data) */
Datum
synrec_rating_summary(PG_FUNCTION_ARGS)
{
	Histories data;
	Datum values[4] = {0};
	bool nulls[4] = {false};
	double least = INFINITY, most = -INFINITY, sum = 0;
	int before = progress_begin(fcinfo);

	PG_GETARG_HISTORIES(0, &data);
	for (int64_t p = 0; data.rating != NULL && p < data.interactions; p++)
	{
		if (p % INTERACTIONS_PER_POLL == 0)
			host_poll();
		least = Min(least, data.rating[p]);
		most = Max(most, data.rating[p]);
		sum += data.rating[p];
	}
	progress_end(before);
	values[0] = Int64GetDatum(data.rating == NULL ? 0 : data.interactions);
	values[1] = Float8GetDatum(least);
	values[2] = Float8GetDatum(sum / (double) Max(data.interactions, 1));
	values[3] = Float8GetDatum(most);
	nulls[1] = nulls[2] = nulls[3] = data.rating == NULL;
	return make_row(fcinfo, values, nulls);
}

/* sample_users(data, users, seed) */
Datum
synrec_sample_users(PG_FUNCTION_ARGS)
{
	Histories data;
	int before = progress_begin(fcinfo);
	void *value;

	reject_nulls(fcinfo, -1, -1);
	PG_GETARG_HISTORIES(0, &data);
	value = select_sample_users(&data, PG_GETARG_INT64(1), (uint64_t) PG_GETARG_INT64(2));
	progress_end(before);
	return datum_from_interactions(value);
}

/* split_users(data, share, seed) */
Datum
synrec_split_users(PG_FUNCTION_ARGS)
{
	Histories data;
	void *train, *holdout;
	Datum values[2];
	bool nulls[2] = {false};
	int before = progress_begin(fcinfo);

	reject_nulls(fcinfo, -1, -1);
	PG_GETARG_HISTORIES(0, &data);
	select_split_users(&data, PG_GETARG_FLOAT8(1), (uint64_t) PG_GETARG_INT64(2), &train, &holdout);
	/* the row copies both */
	host_reserve(2 * (histories_bytes(train) + histories_bytes(holdout)), "split_users");
	progress_end(before);
	values[0] = datum_from_interactions(train);
	values[1] = datum_from_interactions(holdout);
	return make_row(fcinfo, values, nulls);
}

/* as_sets(data) */
Datum
synrec_as_sets(PG_FUNCTION_ARGS)
{
	Histories data;
	int before = progress_begin(fcinfo);

	PG_GETARG_INTERACTIONS(0, &data);
	progress_end(before);
	return PointerGetDatum(data.value);
}

/* without_ratings(data) */
Datum
synrec_without_ratings(PG_FUNCTION_ARGS)
{
	Histories data, unrated;
	int before = progress_begin(fcinfo);

	PG_GETARG_HISTORIES(0, &data);
	if (data.rating != NULL)
	{
		datum_from_interactions(histories_without_ratings(&data, &unrated));
		data = unrated;
	}
	progress_end(before);
	return PointerGetDatum(data.value);
}

/* truncate_histories(data, max_items, seed, keep) */
Datum
synrec_truncate_histories(PG_FUNCTION_ARGS)
{
	Histories data;
	char *keep;
	int before = progress_begin(fcinfo);
	void *value;

	reject_nulls(fcinfo, -1, -1);
	PG_GETARG_HISTORIES(0, &data);
	keep = text_to_cstring(PG_GETARG_TEXT_PP(3));
	if (strcmp(keep, "latest") == 0)
		value = select_latest(&data, PG_GETARG_INT64(1));
	else if (strcmp(keep, "random") == 0)
		value = select_truncate(&data, PG_GETARG_INT64(1), (uint64_t) PG_GETARG_INT64(2));
	else
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("cannot keep \"%s\" items", keep),
		                errhint("Keep those that are: latest, random.")));
	progress_end(before);
	return datum_from_interactions(value);
}

/* filter_histories(data, min_items, min_users) */
Datum
synrec_filter_histories(PG_FUNCTION_ARGS)
{
	Histories data;
	int before = progress_begin(fcinfo);
	void *value;

	reject_nulls(fcinfo, -1, -1);
	PG_GETARG_HISTORIES(0, &data);
	value = select_filter(&data, PG_GETARG_INT64(1), PG_GETARG_INT64(2));
	progress_end(before);
	return datum_from_interactions(value);
}

static LoggingPolicy
logging_policy(const char *name)
{
	if (strcmp(name, "uniform") == 0)
		return LOGGING_UNIFORM;
	if (strcmp(name, "popularity") == 0)
		return LOGGING_POPULARITY;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown logging policy \"%s\"", name),
	                errhint("The policies are: popularity, uniform.")));
}

/* simulate(users, items, mean_items, topics, taste, zipf, policy, seed) */
Datum
synrec_simulate(PG_FUNCTION_ARGS)
{
	Simulation simulation;
	int before = progress_begin(fcinfo);
	void *value;

	reject_nulls(fcinfo, -1, -1);
	simulation.users = PG_GETARG_INT64(0);
	simulation.items = PG_GETARG_INT64(1);
	simulation.mean_items = PG_GETARG_FLOAT8(2);
	simulation.topics = PG_GETARG_INT64(3);
	simulation.taste = PG_GETARG_FLOAT8(4);
	simulation.zipf = PG_GETARG_FLOAT8(5);
	simulation.policy = logging_policy(text_to_cstring(PG_GETARG_TEXT_PP(6)));
	value = simulate(&simulation, (uint64_t) PG_GETARG_INT64(7));
	progress_end(before);
	return datum_from_interactions(value);
}
