/*
 * keys.c
 *	  User and item keys between SQL types and the core.
 *
 * Integers stay integers.  Other types become text in a form that depends on
 * no setting of the session, so that the same row gives the same key for
 * everyone: dates and times in ISO 8601 (timestamp with time zone in UTC),
 * numbers without trailing zeros, bytea in hexadecimal.  Types whose only text
 * form follows settings (interval, money, reg*) or that hold other types
 * (arrays, rows, ranges) are refused.  Texts are kept in UTF-8.
 */
#include "synrec.h"

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

static bool
has_fixed_text_form(Oid type)
{
	char kind = get_typtype(type);

	if (kind != TYPTYPE_BASE && kind != TYPTYPE_ENUM)
		return type == UNKNOWNOID;
	if (OidIsValid(get_element_type(type)))
		return false;
	switch (type)
	{
		case INTERVALOID:
		case MONEYOID:
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGCOLLATIONOID:
		case REGTYPEOID:
		case REGROLEOID:
		case REGNAMESPACEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case POINTOID:
		case LSEGOID:
		case PATHOID:
		case BOXOID:
		case POLYGONOID:
		case LINEOID:
		case CIRCLEOID:
			return false;
		default:
			return true;
	}
}

void
key_reader_init(KeyReader *reader, Oid type, const char *what, MemoryContext context)
{
	Oid output;
	bool is_varlena;

	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of the key of %s", what);
	reader->type = getBaseType(type);
	reader->text = reader->type != INT2OID && reader->type != INT4OID && reader->type != INT8OID;
	if (!reader->text)
		return;
	if (!has_fixed_text_form(reader->type))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
		                errmsg("type %s cannot be the key of %s", format_type_be(type), what),
		                errdetail("It has no text form that is the same under all settings."),
		                errhint("Cast the column to text or to an integer.")));
	getTypeOutputInfo(reader->type, &output, &is_varlena);
	fmgr_info_cxt(output, &reader->output, context);
}

/* Text in the server's encoding to a key, in the current memory context if new. */
static Key
key_from_bytes(const char *bytes, int length)
{
	Key key = {0};

	key.bytes = pg_server_to_any(bytes, length, PG_UTF8);
	key.length = key.bytes == bytes ? length : (int64_t) strlen(key.bytes);
	return key;
}

static Key
key_from_cstring(const char *string)
{
	return key_from_bytes(string, strlen(string));
}

static Key
key_from_float(double number)
{
	char *buffer = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);

	double_to_shortest_decimal_buf(number == 0 ? 0 : number, buffer);
	return key_from_cstring(buffer);
}

Key
key_read(KeyReader *reader, Datum datum)
{
	Key key = {0};

	switch (reader->type)
	{
		case INT2OID:
			key.integer = DatumGetInt16(datum);
			return key;
		case INT4OID:
			key.integer = DatumGetInt32(datum);
			return key;
		case INT8OID:
			key.integer = DatumGetInt64(datum);
			return key;
		case TEXTOID:
		case VARCHAROID:
		{
			text *string = DatumGetTextPP(datum);

			return key_from_bytes(VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));
		}
		case BPCHAROID:
		{
			/* trailing blanks do not count in comparisons of char(n) */
			text *string = DatumGetTextPP(datum);

			return key_from_bytes(VARDATA_ANY(string),
			                      bpchartruelen(VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string)));
		}
		case NUMERICOID:
			return key_from_cstring(numeric_normalize(DatumGetNumeric(datum)));
		case FLOAT4OID:
			return key_from_float(DatumGetFloat4(datum));
		case FLOAT8OID:
			return key_from_float(DatumGetFloat8(datum));
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		{
			const int utc = 0;

			return key_from_cstring(JsonEncodeDateTime(NULL, datum, reader->type, &utc));
		}
		case BYTEAOID:
		{
			bytea *bytes = DatumGetByteaPP(datum);
			Size length = VARSIZE_ANY_EXHDR(bytes);
			char *string = palloc(2 * length + 3);

			strcpy(string, "\\x");
			hex_encode(VARDATA_ANY(bytes), length, string + 2);
			string[2 * length + 2] = '\0';
			return key_from_cstring(string);
		}
		default:
			return key_from_cstring(OutputFunctionCall(&reader->output, datum));
	}
}

void
key_writer_init(KeyWriter *writer, Oid type, int32 typmod)
{
	Oid input;

	writer->type = type;
	writer->typmod = typmod;
	writer->base = getBaseType(type);
	getTypeInputInfo(type, &input, &writer->io_parameter);
	fmgr_info(input, &writer->input);
}

/* A text key in the server's encoding; bytes that are no text end in an error. */
static char *
key_to_cstring(const Key *key)
{
	char *copy = pnstrdup(key->bytes, key->length);

	return pg_any_to_server(copy, key->length, PG_UTF8);
}

text *
key_to_text(bool text_key, const Key *key)
{
	return cstring_to_text(text_key ? key_to_cstring(key) : psprintf(INT64_FORMAT, key->integer));
}

Datum
key_write(KeyWriter *writer, bool text, const Key *key)
{
	if (!text && writer->type == INT8OID)
		return Int64GetDatum(key->integer);
	if (!text && writer->type == INT4OID && key->integer == (int32) key->integer)
		return Int32GetDatum((int32) key->integer);
	return InputFunctionCall(&writer->input,
	                         text ? key_to_cstring(key) : psprintf(INT64_FORMAT, key->integer),
	                         writer->io_parameter, writer->typmod);
}

/*
 * No synthetic key equals the key of a user that was fitted.  Integers count
 * down from 0, or from below the smallest key where there were negative ones;
 * texts begin with more "synthetic-" than any key did; UUIDs are of version 8
 * that begin with "synthe", which no generator of UUIDs makes, and a number
 * greater than any that came so.
 */
Datum
synthetic_user_key(KeyWriter *writer, const ModelHeader *model, int64_t user)
{
	Key key = {0};
	StringInfoData string;

	switch (writer->base)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			if (model->user_key_floor < PG_INT64_MIN + user)
				ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				                errmsg("no integer keys are left for synthetic users"),
				                errdetail("Synthetic integer keys lie below all keys that were fitted, "
				                          "and one of these is below -10^18."),
				                errhint("Use a table whose user column is of type text.")));
			key.integer = model->user_key_floor - user;
			return key_write(writer, false, &key);
		case UUIDOID:
			if (model->user_key_uuids == MODEL_MAX_KEY_UUIDS)
				ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				                errmsg("no UUIDs are left for synthetic users"),
				                errdetail("The original users are synthetic users of %d generations.",
				                          MODEL_MAX_KEY_UUIDS)));
			return InputFunctionCall(&writer->input,
			                         psprintf(SYNTHETIC_UUID_PREFIX "%03x-8%03x-%012" INT64_MODIFIER "x",
			                                  (unsigned) model->user_key_uuids,
			                                  (unsigned) (user >> 48) & 0xfff,
			                                  user & INT64CONST(0xffffffffffff)),
			                         writer->io_parameter, writer->typmod);
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
			initStringInfo(&string);
			for (int64_t i = 0; i < model->user_key_prefixes; i++)
				appendStringInfoString(&string, SYNTHETIC_KEY_PREFIX);
			appendStringInfo(&string, INT64_FORMAT, user);
			if (writer->base == NAMEOID && string.len >= NAMEDATALEN)
				ereport(ERROR,
				        (errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				         errmsg("the synthetic user key \"%s\" is too long for type name", string.data)));
			return InputFunctionCall(&writer->input, string.data, writer->io_parameter, writer->typmod);
		default:
			ereport(
				ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
			     errmsg("cannot make synthetic user keys of type %s", format_type_be(writer->type)),
			     errhint("The user column can be of an integer type, text, varchar, char, name or uuid.")));
	}
}
