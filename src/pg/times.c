/*
 * times.c
 *	  The times of sequences between SQL types and the core.
 *
 * All are kept as integers of 64 bits that are ordered as PostgreSQL orders the
 * type: integers as they are, dates and times as microseconds since 2000, floats
 * by their bits.
 */
#include "synrec.h"

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include <math.h>

void
time_reader_init(TimeReader *reader, Oid type)
{
	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of times");
	reader->type = getBaseType(type);
	switch (reader->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			reader->kind = TIMES_INTEGER;
			return;
		case FLOAT4OID:
		case FLOAT8OID:
			reader->kind = TIMES_FLOAT;
			return;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			reader->kind = TIMES_MOMENT;
			return;
		default:
			ereport(
				ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
			     errmsg("type %s cannot be the time of sequences", format_type_be(type)),
			     errhint("Cast the column to bigint, double precision, date, timestamp or timestamptz.")));
	}
}

/* The bits of a float, so that integers are ordered as floats are; its own inverse. */
static int64_t
flip(int64_t bits)
{
	return bits < 0 ? bits ^ PG_INT64_MAX : bits;
}

/* NaN comes last, as PostgreSQL has it, and there is one NaN and one 0. */
static int64_t
from_float(double number)
{
	int64_t bits;

	if (isnan(number))
		number = get_float8_nan();
	else if (number == 0)
		number = 0;
	memcpy(&bits, &number, sizeof(bits));
	return flip(isnan(number) ? bits & PG_INT64_MAX : bits);
}

static double
to_float(int64_t time)
{
	int64_t bits = flip(time);
	double number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

int64_t
time_read(const TimeReader *reader, Datum datum)
{
	switch (reader->type)
	{
		case INT2OID:
			return DatumGetInt16(datum);
		case INT4OID:
			return DatumGetInt32(datum);
		case FLOAT4OID:
			return from_float(DatumGetFloat4(datum));
		case FLOAT8OID:
			return from_float(DatumGetFloat8(datum));
		case DATEOID:
			return date2timestamp_opt_overflow(DatumGetDateADT(datum), NULL);
		default:
			return DatumGetInt64(datum);
	}
}

Datum
time_write(KeyWriter *writer, TimeKind kind, int64_t time)
{
	const int utc = 0;
	char buffer[DOUBLE_SHORTEST_DECIMAL_LEN];
	char *string;

	switch (kind)
	{
		case TIMES_FLOAT:
			if (writer->type == FLOAT8OID)
				return Float8GetDatum(to_float(time));
			double_to_shortest_decimal_buf(to_float(time), buffer);
			string = buffer;
			break;
		case TIMES_MOMENT:
			if ((writer->type == TIMESTAMPOID || writer->type == TIMESTAMPTZOID) && writer->typmod < 0)
				return Int64GetDatum(time);
			/* a time zone is said where it is read, lest the session's be assumed */
			if (writer->base == TIMESTAMPTZOID)
				string = JsonEncodeDateTime(NULL, Int64GetDatum(time), TIMESTAMPTZOID, &utc);
			else
				string = JsonEncodeDateTime(NULL, Int64GetDatum(time), TIMESTAMPOID, NULL);
			break;
		default:
			if (writer->type == INT8OID)
				return Int64GetDatum(time);
			string = psprintf(INT64_FORMAT, time);
			break;
	}
	return InputFunctionCall(&writer->input, string, writer->io_parameter, writer->typmod);
}

const char *
time_kind_name(TimeKind kind)
{
	switch (kind)
	{
		case TIMES_INTEGER:
			return "integer";
		case TIMES_FLOAT:
			return "float";
		case TIMES_MOMENT:
			return "timestamp";
		default:
			return NULL;
	}
}
