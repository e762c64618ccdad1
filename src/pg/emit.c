/*
 * emit.c
 *	  Set-returning functions in the two ways PostgreSQL knows.
 *
 * In FROM, PostgreSQL stores all rows before it reads the first: there we fill
 * its tuple store ourselves, which saves a call per row.  In a select list it
 * asks for one row at a time, and a LIMIT stops the work: there we give one; in
 *	  synrec.progress such a call is shown until its first row.
 */
#include "synrec.h"

#include "miscadmin.h"

typedef struct Emission
{
	RowSource *source;
	TupleDesc row_type;
	Datum *values;
	bool *nulls;
} Emission;

static TupleDesc
result_row_type(FunctionCallInfo fcinfo)
{
	TupleDesc row_type;

	if (get_call_result_type(fcinfo, NULL, &row_type) != TYPEFUNC_COMPOSITE)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("the rows to return have no row type"),
		                errhint("Pass the row type of a table as NULL::tablename.")));
	return BlessTupleDesc(row_type);
}

static Datum
store_rows(FunctionCallInfo fcinfo, RowSourceMaker make)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int before = progress_begin(fcinfo);
	TupleDesc row_type = result_row_type(fcinfo);
	RowSource *source = make(fcinfo, row_type);
	Datum *values = palloc0(row_type->natts * sizeof(Datum));
	bool *nulls = palloc(row_type->natts * sizeof(bool));

	InitMaterializedSRF(fcinfo, 0);
	memset(nulls, true, row_type->natts);
	while (source->next(source, values, nulls))
	{
		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	progress_end(before);
	return (Datum) 0;
}

static Datum
next_row(FunctionCallInfo fcinfo, RowSourceMaker make)
{
	FuncCallContext *call;
	Emission *emission;

	if (SRF_IS_FIRSTCALL())
	{
		int before = progress_begin(fcinfo);
		MemoryContext caller;

		call = SRF_FIRSTCALL_INIT();
		caller = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		emission = palloc(sizeof(Emission));
		emission->row_type = result_row_type(fcinfo);
		emission->source = make(fcinfo, emission->row_type);
		emission->values = palloc0(emission->row_type->natts * sizeof(Datum));
		emission->nulls = palloc(emission->row_type->natts * sizeof(bool));
		memset(emission->nulls, true, emission->row_type->natts);
		call->user_fctx = emission;
		MemoryContextSwitchTo(caller);
		progress_end(before);
	}
	call = SRF_PERCALL_SETUP();
	emission = call->user_fctx;
	if (emission->source->next(emission->source, emission->values, emission->nulls))
		SRF_RETURN_NEXT(
			call, HeapTupleGetDatum(heap_form_tuple(emission->row_type, emission->values, emission->nulls)));
	SRF_RETURN_DONE(call);
}

Datum
emit_rows(FunctionCallInfo fcinfo, RowSourceMaker make)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	if (result == NULL || !IsA(result, ReturnSetInfo) ||
	    !(result->allowedModes & (SFRM_ValuePerCall | SFRM_Materialize)))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
		                errmsg("set-valued function called in context that cannot accept a set")));
	if ((result->allowedModes & SFRM_Materialize_Preferred) || !(result->allowedModes & SFRM_ValuePerCall))
		return store_rows(fcinfo, make);
	return next_row(fcinfo, make);
}
