/*
 * privacy.c
 *	  Measures of identifiability.
 */
#include "synrec.h"

#include "utils/builtins.h"

#include "metrics/attribute.h"
#include "metrics/deanonymization.h"
#include "metrics/membership.h"

#include <math.h>

PG_FUNCTION_INFO_V1(synrec_membership_identifiability);
PG_FUNCTION_INFO_V1(synrec_membership_ranks);
PG_FUNCTION_INFO_V1(synrec_deanonymization_identifiability);
PG_FUNCTION_INFO_V1(synrec_attribute_identifiability);

double
measure_membership(const Histories *original, const Histories *synthetic, int64_t k)
{
	int64_t *closer, *distance;

	if (k < 1)
		host_fail(HOST_INVALID_PARAMETER, host_format("k must be at least 1, not %lld", (long long) k), NULL,
		          NULL);
	membership_closer(original, synthetic, &closer, &distance);
	return membership_share(closer, original->users, k);
}

double
measure_deanonymization(const Histories *original, const Histories *synthetic, int64_t neighbors)
{
	double *information = deanonymization_by_user(original, synthetic, neighbors);
	double sum = 0;

	for (int64_t u = 0; u < original->users; u++)
		sum += information[u];
	return sum / (double) original->users;
}

double
measure_attribute(const Histories *original, const Histories *synthetic, int64_t cutoff, double lambda,
                  int64_t seed)
{
	return attribute_mean(attribute_by_user(original, synthetic, cutoff, lambda, (uint64_t) seed),
	                      original->users);
}

/* The arguments that every measure begins with. */
static void
get_sets(FunctionCallInfo fcinfo, Histories *original, Histories *synthetic)
{
	reject_nulls(fcinfo, -1, -1);
	PG_GETARG_INTERACTIONS(0, original);
	PG_GETARG_INTERACTIONS(1, synthetic);
}

/* membership_identifiability(original, synthetic, k) */
Datum
synrec_membership_identifiability(PG_FUNCTION_ARGS)
{
	Histories original, synthetic;
	int before = progress_begin(fcinfo);
	double figure;

	get_sets(fcinfo, &original, &synthetic);
	figure = measure_membership(&original, &synthetic, PG_GETARG_INT32(2));
	progress_end(before);
	PG_RETURN_FLOAT8(figure);
}

/* deanonymization_identifiability(original, synthetic, neighbors) */
Datum
synrec_deanonymization_identifiability(PG_FUNCTION_ARGS)
{
	Histories original, synthetic;
	int before = progress_begin(fcinfo);
	double figure;

	get_sets(fcinfo, &original, &synthetic);
	figure = measure_deanonymization(&original, &synthetic, PG_GETARG_INT32(2));
	progress_end(before);
	PG_RETURN_FLOAT8(figure);
}

/* attribute_identifiability(original, synthetic, cutoff, lambda, seed) */
Datum
synrec_attribute_identifiability(PG_FUNCTION_ARGS)
{
	Histories original, synthetic;
	int before = progress_begin(fcinfo);
	double figure;

	get_sets(fcinfo, &original, &synthetic);
	figure =
		measure_attribute(&original, &synthetic, PG_GETARG_INT32(2), PG_GETARG_FLOAT8(3), PG_GETARG_INT64(4));
	progress_end(before);
	PG_RETURN_FLOAT8(figure);
}

typedef struct Ranks
{
	RowSource rows;
	Histories original;
	int64_t *closer;
	int64_t *distance;
	int64_t next;
} Ranks;

static bool
next_rank(RowSource *source, Datum *values, bool *nulls)
{
	Ranks *ranks = (Ranks *) source;
	int64_t user = ranks->next++;
	Key key;
	MemoryContext caller;

	if (user >= ranks->original.users)
		return false;
	MemoryContextReset(source->row_context);
	caller = MemoryContextSwitchTo(source->row_context);
	key = keys_get(&ranks->original.user_keys, user);
	values[0] = PointerGetDatum(key_to_text(ranks->original.user_keys.text, &key));
	values[1] = Int32GetDatum((int32) Min(ranks->closer[user], PG_INT32_MAX));
	values[2] = Float8GetDatum(sqrt((double) ranks->distance[user] * WEIGHT_UNIT));
	memset(nulls, false, 3);
	MemoryContextSwitchTo(caller);
	return true;
}

static RowSource *
make_ranks(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	Ranks *ranks = palloc0(sizeof(Ranks));
	Histories synthetic;

	(void) row_type;
	reject_nulls(fcinfo, -1, -1);
	/* a copy: the argument need not live as long as the rows */
	interactions_from_datum(copy_of_value(PG_GETARG_DATUM(0)), &ranks->original);
	PG_GETARG_INTERACTIONS(1, &synthetic);
	membership_closer(&ranks->original, &synthetic, &ranks->closer, &ranks->distance);
	ranks->rows.next = next_rank;
	ranks->rows.row_context = AllocSetContextCreate(CurrentMemoryContext, "synrec row", ALLOCSET_SMALL_SIZES);
	return &ranks->rows;
}

/* membership_ranks(original, synthetic) */
Datum
synrec_membership_ranks(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_ranks);
}
