/*
 * privacy.c
 *	  Measures of identifiability.
 */
#include "synrec.h"

#include "utils/builtins.h"

#include "metrics/membership.h"

#include <math.h>

PG_FUNCTION_INFO_V1(synrec_membership_identifiability);
PG_FUNCTION_INFO_V1(synrec_membership_ranks);

/* membership_identifiability(original, synthetic, k) */
Datum
synrec_membership_identifiability(PG_FUNCTION_ARGS)
{
	Histories	original,
				synthetic;
	int64_t    *closer,
			   *distance;
	int32		k;

	reject_nulls(fcinfo, -1);
	k = PG_GETARG_INT32(2);
	if (k < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be at least 1, not %d", k)));
	PG_GETARG_INTERACTIONS(0, &original);
	PG_GETARG_INTERACTIONS(1, &synthetic);
	membership_closer(&original, &synthetic, &closer, &distance);
	PG_RETURN_FLOAT8(membership_share(closer, original.users, k));
}

typedef struct Ranks
{
	RowSource	rows;
	Histories	original;
	int64_t    *closer;
	int64_t    *distance;
	int64_t		next;
} Ranks;

static bool
next_rank(RowSource *source, Datum *values, bool *nulls)
{
	Ranks	   *ranks = (Ranks *) source;
	int64_t		user = ranks->next++;
	Key			key;
	MemoryContext caller;

	if (user >= ranks->original.users)
		return false;
	MemoryContextReset(source->row_context);
	caller = MemoryContextSwitchTo(source->row_context);
	key = keys_get(&ranks->original.user_keys, user);
	values[0] = PointerGetDatum(key_to_text(ranks->original.user_keys.text, &key));
	values[1] = Int32GetDatum((int32) Min(ranks->closer[user], PG_INT32_MAX));
	values[2] = Float8GetDatum(sqrt((double) ranks->distance[user] * MEMBERSHIP_UNIT));
	memset(nulls, false, 3);
	MemoryContextSwitchTo(caller);
	return true;
}

static RowSource *
make_ranks(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	Ranks	   *ranks = palloc0(sizeof(Ranks));
	Histories	synthetic;

	(void) row_type;
	reject_nulls(fcinfo, -1);
	/* a copy: the argument need not live as long as the rows */
	interactions_from_datum(PointerGetDatum(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0))),
							&ranks->original);
	PG_GETARG_INTERACTIONS(1, &synthetic);
	membership_closer(&ranks->original, &synthetic, &ranks->closer, &ranks->distance);
	ranks->rows.next = next_rank;
	ranks->rows.row_context = AllocSetContextCreate(CurrentMemoryContext, "synrec row",
													ALLOCSET_SMALL_SIZES);
	return &ranks->rows;
}

/* membership_ranks(original, synthetic) */
Datum
synrec_membership_ranks(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_ranks);
}
