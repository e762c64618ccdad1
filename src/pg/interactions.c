/*
 * interactions.c
 *	  The aggregates interactions(), sequences(), ratings() and merge(), and the operator ||.
 *
 * The aggregate's state is itself of type interactions, so that a parallel
 * plan can hand it from a worker to the leader.  While rows come in it is an
 * expanded object around a HistoryBuilder.  Whoever wants the flat value (the
 * leader, a window, the caller) gets it by the methods of the expanded object
 * or by the final function.
 *
 * All states of one aggregation share one memory context, the nursery, though
 * an expanded object usually has its own: a hash aggregation adds up the
 * memory of all its contexts at every new group, so 100,000 contexts would
 * take it minutes.  Nothing frees a state by itself: we give back the state
 * that we got, so the executor never replaces one, and it drops them all with
 * the aggregation's context.
 */
#include "synrec.h"

#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "data/builder.h"
#include "data/merge.h"
#include "data/sequences.h"

PG_FUNCTION_INFO_V1(synrec_interactions_add);
PG_FUNCTION_INFO_V1(synrec_sequences_add);
PG_FUNCTION_INFO_V1(synrec_ratings_add);
PG_FUNCTION_INFO_V1(synrec_rated_sequences_add);
PG_FUNCTION_INFO_V1(synrec_interactions_combine);
PG_FUNCTION_INFO_V1(synrec_interactions_final);
PG_FUNCTION_INFO_V1(synrec_interactions_concat);

#define STATE_MAGIC 0x53524e53

static const char nursery_name[] = "synrec interactions";

typedef struct State
{
	ExpandedObjectHeader header;
	int magic;
	HistoryBuilder *builder;
	MemoryContext flat_context; /* of the flat value between the two methods */
	void *flat;
} State;

static Size flat_size(ExpandedObjectHeader *object);
static void flatten(ExpandedObjectHeader *object, void *result, Size allocated);

static const ExpandedObjectMethods methods = {flat_size, flatten};

/* Makes the flat value in the current memory context. */
static Datum
flat_value(State *state)
{
	MemoryContext caller = MemoryContextSwitchTo(state->header.eoh_context);
	Histories data;

	builder_settle(state->builder);
	MemoryContextSwitchTo(caller);
	return datum_from_interactions(builder_finish(state->builder, &data));
}

static Size
flat_size(ExpandedObjectHeader *object)
{
	State *state = (State *) object;

	if (state->flat == NULL)
	{
		MemoryContext caller;

		state->flat_context =
			AllocSetContextCreate(object->eoh_context, "synrec flat interactions", ALLOCSET_SMALL_SIZES);
		caller = MemoryContextSwitchTo(state->flat_context);
		state->flat = DatumGetPointer(flat_value(state));
		MemoryContextSwitchTo(caller);
	}
	return VARSIZE(state->flat);
}

static void
flatten(ExpandedObjectHeader *object, void *result, Size allocated)
{
	State *state = (State *) object;

	Assert(state->flat != NULL && allocated == VARSIZE(state->flat));
	memcpy(result, state->flat, allocated);
	MemoryContextDelete(state->flat_context);
	state->flat = NULL;
}

/* The context of all states in an aggregation's context. */
static MemoryContext
nursery(MemoryContext aggregation)
{
	for (MemoryContext child = aggregation->firstchild; child != NULL; child = child->nextchild)
	{
		if (child->name == nursery_name)
			return child;
	}
	return AllocSetContextCreateInternal(aggregation, nursery_name, ALLOCSET_DEFAULT_SIZES);
}

static State *
new_state(MemoryContext aggregation)
{
	MemoryContext context = nursery(aggregation);
	MemoryContext caller = MemoryContextSwitchTo(context);
	State *state = palloc0(sizeof(State));

	EOH_init_header(&state->header, &methods, context);
	state->magic = STATE_MAGIC;
	state->builder = builder_new();
	MemoryContextSwitchTo(caller);
	return state;
}

/* The state behind a datum, or NULL when it is a flat value. */
static State *
expanded_state(Datum datum)
{
	State *state;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
		return NULL;
	state = (State *) DatumGetEOHP(datum);
	return state->header.eoh_methods == &methods && state->magic == STATE_MAGIC ? state : NULL;
}

/* Adds a flat or expanded value to a state. */
static void
add_value(State *state, Datum value)
{
	Histories data;
	MemoryContext caller;

	histories_from_datum(value, &data);
	caller = MemoryContextSwitchTo(state->header.eoh_context);
	builder_add_histories(state->builder, &data);
	MemoryContextSwitchTo(caller);
}

/* The state in argument 0, made when it is NULL, expanded when it is flat. */
static State *
get_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;
	State *state;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
		                errmsg("this function can only be called by an aggregate")));
	if (PG_ARGISNULL(0))
		return new_state(context);
	state = expanded_state(PG_GETARG_DATUM(0));
	if (state == NULL)
	{
		state = new_state(context);
		add_value(state, PG_GETARG_DATUM(0));
	}
	return state;
}

#define RETURN_STATE(state) PG_RETURN_DATUM(EOHPGetRWDatum(&(state)->header))

/* Gives the state back as it came. */
static Datum
unchanged_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

typedef struct Readers
{
	KeyReader user;
	KeyReader item;
	TimeReader time;
	RatingReader rating;
} Readers;

/* at and rating are numbers of arguments, or 0 where there is none. */
static Readers *
get_readers(FunctionCallInfo fcinfo, int at, int rating)
{
	Readers *readers = fcinfo->flinfo->fn_extra;

	if (readers == NULL)
	{
		MemoryContext context = fcinfo->flinfo->fn_mcxt;

		readers = MemoryContextAllocZero(context, sizeof(Readers));
		key_reader_init(&readers->user, get_fn_expr_argtype(fcinfo->flinfo, 1), "users", context);
		key_reader_init(&readers->item, get_fn_expr_argtype(fcinfo->flinfo, 2), "items", context);
		if (at > 0)
			time_reader_init(&readers->time, get_fn_expr_argtype(fcinfo->flinfo, at));
		if (rating > 0)
			rating_reader_init(&readers->rating, get_fn_expr_argtype(fcinfo->flinfo, rating));
		fcinfo->flinfo->fn_extra = readers;
	}
	return readers;
}

/*
 * One row: user and item in arguments 1 and 2, a time and a rating in those of
 * the given numbers, or 0 where there is none.  Rows with a NULL are skipped.
 */
static Datum
add_row(FunctionCallInfo fcinfo, int at, int rating)
{
	Readers *readers = get_readers(fcinfo, at, rating);
	HistoryKind kind = {at > 0 ? readers->time.kind : TIMES_NONE, rating > 0};
	State *state;
	Key user, item;
	int64_t time = 0;
	double rated = 0;
	MemoryContext caller;

	for (int i = 1; i < PG_NARGS(); i++)
	{
		if (PG_ARGISNULL(i))
			return unchanged_state(fcinfo);
	}
	state = get_state(fcinfo);
	user = key_read(&readers->user, PG_GETARG_DATUM(1));
	item = key_read(&readers->item, PG_GETARG_DATUM(2));
	if (at > 0)
		time = time_read(&readers->time, PG_GETARG_DATUM(at));
	if (rating > 0)
		rated = rating_read(&readers->rating, PG_GETARG_DATUM(rating));
	caller = MemoryContextSwitchTo(state->header.eoh_context);
	builder_add_event(state->builder, readers->user.text, &user, readers->item.text, &item, kind, time,
	                  rated);
	MemoryContextSwitchTo(caller);
	RETURN_STATE(state);
}

/* interactions_add(state, user "any", item "any") */
Datum
synrec_interactions_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, 0, 0);
}

/* sequences_add(state, user "any", item "any", at "any") */
Datum
synrec_sequences_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, 3, 0);
}

/* ratings_add(state, user "any", item "any", rating "any") */
Datum
synrec_ratings_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, 0, 3);
}

/* sequences_add(state, user "any", item "any", at "any", rating "any") */
Datum
synrec_rated_sequences_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, 3, 4);
}

/* interactions_combine(state, value): a whole value. */
Datum
synrec_interactions_combine(PG_FUNCTION_ARGS)
{
	State *state;

	if (PG_ARGISNULL(1))
		return unchanged_state(fcinfo);
	state = get_state(fcinfo);
	add_value(state, PG_GETARG_DATUM(1));
	RETURN_STATE(state);
}

/* interactions_final(state): the value; an empty one when there were no rows. */
Datum
synrec_interactions_final(PG_FUNCTION_ARGS)
{
	int before = progress_begin(fcinfo);
	Datum value = flat_value(get_state(fcinfo));

	progress_end(before);
	PG_RETURN_DATUM(value);
}

/* a || b */
Datum
synrec_interactions_concat(PG_FUNCTION_ARGS)
{
	Histories part[2];
	Histories both;
	int before = progress_begin(fcinfo);
	void *value;

	PG_GETARG_HISTORIES(0, &part[0]);
	PG_GETARG_HISTORIES(1, &part[1]);
	keys_require_same_kind(&part[0].user_keys, &part[1].user_keys, "user");
	keys_require_same_kind(&part[0].item_keys, &part[1].item_keys, "item");
	if (part[0].users > 0 && part[1].users > 0)
		histories_require_same_kind(histories_kind(&part[0]), histories_kind(&part[1]));
	value = histories_merge(part, 2, 0, &both);
	progress_end(before);
	return datum_from_interactions(value);
}
