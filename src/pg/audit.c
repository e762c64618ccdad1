/*
 * audit.c
 *	  membership_inference() and closest_record().
 */
#include "synrec.h"

#include "access/htup_details.h"
#include "utils/builtins.h"

#include "math/statistics.h"

#include <math.h>

PG_FUNCTION_INFO_V1(synrec_membership_inference);
PG_FUNCTION_INFO_V1(synrec_closest_record);

/* The arguments that both begin with. */
static void
get_sets(FunctionCallInfo fcinfo, Histories *members, Histories *outsiders, Histories *synthetic)
{
	reject_nulls(fcinfo, -1, -1);
	PG_GETARG_INTERACTIONS(0, members);
	PG_GETARG_INTERACTIONS(1, outsiders);
	PG_GETARG_INTERACTIONS(2, synthetic);
}

/* membership_inference(train, holdout, synthetic) */
Datum
synrec_membership_inference(PG_FUNCTION_ARGS)
{
	static const double rates[] = {0.001, 0.01, 0.1};
	Histories members, outsiders, synthetic;
	MembershipAudit audit;
	double *score;
	TupleDesc row_type;
	Datum values[9];
	bool nulls[9] = {false};
	int before = progress_begin(fcinfo);

	get_sets(fcinfo, &members, &outsiders, &synthetic);
	if (get_call_result_type(fcinfo, NULL, &row_type) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	audit_membership(&members, &outsiders, &synthetic, &audit, &score);
	values[0] = Float8GetDatum(audit.auc);
	values[1] = Float8GetDatum(audit.auc_low);
	values[2] = Float8GetDatum(audit.auc_high);
	for (int r = 0; r < 3; r++)
	{
		double positives = audit_true_positives(&audit, score, rates[r]);

		nulls[3 + r] = isnan(positives);
		values[3 + r] = Float8GetDatum(positives);
	}
	values[6] = Float8GetDatum(audit.advantage);
	values[7] = Int64GetDatum(audit.members);
	values[8] = Int64GetDatum(audit.outsiders);
	progress_end(before);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row_type), values, nulls));
}

void
measure_audit(const Histories *members, const Histories *outsiders, const Histories *synthetic,
              MembershipAudit *audit)
{
	double *score;

	audit_membership(members, outsiders, synthetic, audit, &score);
	pfree(score);
}

#define FIGURES 9

typedef struct ClosestRows
{
	RowSource rows;
	double figure[FIGURES][2]; /* members, outsiders */
	int next;
} ClosestRows;

static bool
next_closest(RowSource *source, Datum *values, bool *nulls)
{
	static const char *const names[FIGURES] = {"dcr_05",  "dcr_25",    "dcr_50", "nndr_05", "nndr_25",
	                                           "nndr_50", "identical", "closer", "tied"};
	ClosestRows *rows = (ClosestRows *) source;

	if (rows->next == FIGURES)
		return false;
	values[0] = CStringGetTextDatum(names[rows->next]);
	values[1] = Float8GetDatum(rows->figure[rows->next][0]);
	values[2] = Float8GetDatum(rows->figure[rows->next][1]);
	memset(nulls, false, 3);
	rows->next++;
	return true;
}

static RowSource *
make_closest(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	static const double quantiles[] = {0.05, 0.25, 0.5};
	ClosestRows *rows = palloc0(sizeof(ClosestRows));
	Histories members, outsiders, synthetic;
	ClosestRecords closest;

	(void) row_type;
	get_sets(fcinfo, &members, &outsiders, &synthetic);
	audit_closest(&members, &outsiders, &synthetic, (uint64_t) PG_GETARG_INT64(3), &closest);
	for (int s = 0; s < 2; s++)
	{
		for (int q = 0; q < 3; q++)
		{
			rows->figure[q][s] = quantile_sorted(closest.distance[s], closest.synthetic, quantiles[q]);
			rows->figure[3 + q][s] = quantile_sorted(closest.ratio[s], closest.synthetic, quantiles[q]);
		}
		rows->figure[6][s] = closest.identical[s];
		rows->figure[7][s] = closest.closer[s] + closest.tied / 2;
		rows->figure[8][s] = closest.tied;
	}
	rows->rows.next = next_closest;
	return &rows->rows;
}

/* closest_record(train, holdout, synthetic, seed) */
Datum
synrec_closest_record(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_closest);
}
