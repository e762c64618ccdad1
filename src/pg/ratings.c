/*
 * ratings.c
 *	  Ratings between SQL types and the core, where they are doubles.
 *
 * Integers, floats and numerics are ratings.  A bigint or a numeric with more
 * than 15 digits is rounded to the nearest double.
 */
#include "synrec.h"

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include <float.h>
#include <math.h>

void
rating_reader_init(RatingReader *reader, Oid type)
{
	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of ratings");
	reader->type = getBaseType(type);
	switch (reader->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return;
		default:
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
			                errmsg("type %s cannot be a rating", format_type_be(type)),
			                errhint("Cast the column to double precision.")));
	}
}

double
rating_read(const RatingReader *reader, Datum datum)
{
	switch (reader->type)
	{
		case INT2OID:
			return DatumGetInt16(datum);
		case INT4OID:
			return DatumGetInt32(datum);
		case INT8OID:
			return (double) DatumGetInt64(datum);
		case FLOAT4OID:
			return DatumGetFloat4(datum);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8, datum));
		default:
			return DatumGetFloat8(datum);
	}
}

Datum
rating_write(KeyWriter *writer, double rating)
{
	char buffer[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (writer->type == FLOAT8OID)
		return Float8GetDatum(rating);
	if (writer->type == FLOAT4OID && fabs(rating) <= FLT_MAX)
		return Float4GetDatum((float4) rating);
	if (rating == rint(rating) && fabs(rating) <= PG_INT16_MAX)
	{
		if (writer->type == INT2OID)
			return Int16GetDatum((int16) rating);
		if (writer->type == INT4OID)
			return Int32GetDatum((int32) rating);
		if (writer->type == INT8OID)
			return Int64GetDatum((int64) rating);
	}
	double_to_shortest_decimal_buf(rating, buffer);
	return InputFunctionCall(&writer->input, buffer, writer->io_parameter, writer->typmod);
}
