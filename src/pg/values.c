/*
 * values.c
 *	  The base types interactions and model: input, output, equality, hashing.
 *
 * A value is its own binary form, without PostgreSQL's length word; the text
 * form is the same in hexadecimal.  Every byte that comes in is checked by the
 * core before anything is computed from it.
 */
#include "synrec.h"

#include "access/detoast.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "data/sequences.h"

PG_FUNCTION_INFO_V1(synrec_interactions_in);
PG_FUNCTION_INFO_V1(synrec_interactions_recv);
PG_FUNCTION_INFO_V1(synrec_model_in);
PG_FUNCTION_INFO_V1(synrec_model_recv);
PG_FUNCTION_INFO_V1(synrec_value_out);
PG_FUNCTION_INFO_V1(synrec_value_send);
PG_FUNCTION_INFO_V1(synrec_interactions_eq);
PG_FUNCTION_INFO_V1(synrec_interactions_ne);
PG_FUNCTION_INFO_V1(synrec_interactions_hash);
PG_FUNCTION_INFO_V1(synrec_interactions_hash_extended);
PG_FUNCTION_INFO_V1(synrec_model_eq);
PG_FUNCTION_INFO_V1(synrec_model_ne);
PG_FUNCTION_INFO_V1(synrec_model_hash);
PG_FUNCTION_INFO_V1(synrec_model_hash_extended);

/*
 * Gives back the whole value, aligned for reading in place, with zeros up to
 * the size of a header when it is shorter than that.
 */
static struct varlena *
whole_value(Datum datum)
{
	struct varlena *value;
	Size size;

	if (VARATT_IS_EXTERNAL(DatumGetPointer(datum)) && progress_running())
		hold_copy((int64_t) toast_raw_datum_size(datum));
	value = PG_DETOAST_DATUM(datum);
	size = VARSIZE(value);

	if (size < sizeof(ModelHeader) || (uintptr_t) value % 8 != 0)
	{
		struct varlena *copy = palloc0(Max(size, sizeof(ModelHeader)));

		memcpy(copy, value, size);
		value = copy;
	}
	return value;
}

Datum
copy_of_value(Datum datum)
{
	if (progress_running())
		hold_copy((int64_t) toast_raw_datum_size(datum));
	return PointerGetDatum(PG_DETOAST_DATUM_COPY(datum));
}

void
histories_from_datum(Datum datum, Histories *data)
{
	struct varlena *value = whole_value(datum);

	histories_open(value, VARSIZE(value), data);
}

void
interactions_from_datum(Datum datum, Histories *data)
{
	Histories sequences;

	histories_from_datum(datum, data);
	if (data->time == NULL)
		return;
	sequences = *data;
	datum_from_interactions(sequences_as_sets(&sequences, data));
	if (progress_running())
		hold_copy(data->bytes);
}

void
model_from_datum(Datum datum, Model *model)
{
	struct varlena *value = whole_value(datum);

	model_open(value, VARSIZE(value), model);
}

Datum
datum_from_value(void *value, int64_t bytes)
{
	SET_VARSIZE(value, bytes);
	return PointerGetDatum(value);
}

Datum
datum_from_interactions(void *value)
{
	return datum_from_value(value, histories_bytes(value));
}

/* A varlena of "bytes" bytes after the length word, at least a header long. */
static struct varlena *
empty_value(Size bytes)
{
	struct varlena *value = palloc0(Max(VARHDRSZ + bytes, sizeof(ModelHeader)));

	SET_VARSIZE(value, VARHDRSZ + bytes);
	return value;
}

/* Reads the text form: \x and hexadecimal digits. */
static struct varlena *
value_from_text(const char *input, const char *type_name)
{
	struct varlena *value;
	Size length = strlen(input);

	if (length < 2 || input[0] != '\\' || input[1] != 'x')
		ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
		                errmsg("invalid input syntax for type %s: \"%.60s\"", type_name, input),
		                errdetail("The text form of a value is \\x and hexadecimal digits."),
		                strcmp(type_name, "interactions") == 0
		                    ? errhint("To use a table or a query, write synrec.read('%.60s').", input)
		                    : errhint("A model is made by synrec.fit().")));
	value = empty_value((length - 2) / 2);
	hex_decode(input + 2, length - 2, VARDATA(value));
	return value;
}

static struct varlena *
value_from_message(StringInfo message)
{
	int length = message->len - message->cursor;
	struct varlena *value = empty_value(length);

	pq_copymsgbytes(message, VARDATA(value), length);
	return value;
}

Datum
synrec_interactions_in(PG_FUNCTION_ARGS)
{
	struct varlena *value = value_from_text(PG_GETARG_CSTRING(0), "interactions");
	Histories data;

	histories_open(value, VARSIZE(value), &data);
	PG_RETURN_POINTER(value);
}

Datum
synrec_interactions_recv(PG_FUNCTION_ARGS)
{
	struct varlena *value = value_from_message((StringInfo) PG_GETARG_POINTER(0));
	Histories data;

	histories_open(value, VARSIZE(value), &data);
	PG_RETURN_POINTER(value);
}

Datum
synrec_model_in(PG_FUNCTION_ARGS)
{
	struct varlena *value = value_from_text(PG_GETARG_CSTRING(0), "model");
	Model model;

	model_open(value, VARSIZE(value), &model);
	PG_RETURN_POINTER(value);
}

Datum
synrec_model_recv(PG_FUNCTION_ARGS)
{
	struct varlena *value = value_from_message((StringInfo) PG_GETARG_POINTER(0));
	Model model;

	model_open(value, VARSIZE(value), &model);
	PG_RETURN_POINTER(value);
}

Datum
synrec_value_out(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	Size bytes = VARSIZE(value) - VARHDRSZ;
	char *output = palloc(2 * bytes + 3);

	output[0] = '\\';
	output[1] = 'x';
	hex_encode(VARDATA(value), bytes, output + 2);
	output[2 * bytes + 2] = '\0';
	PG_RETURN_CSTRING(output);
}

Datum
synrec_value_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA(value), VARSIZE(value) - VARHDRSZ);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* Canonical values are equal when their bytes are. */
static bool
interactions_equal(Datum a, Datum b)
{
	struct varlena *value_a, *value_b;

	if (toast_raw_datum_size(a) != toast_raw_datum_size(b))
		return false;
	value_a = PG_DETOAST_DATUM(a);
	value_b = PG_DETOAST_DATUM(b);
	return memcmp(VARDATA(value_a), VARDATA(value_b), VARSIZE(value_a) - VARHDRSZ) == 0;
}

Datum
synrec_interactions_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(interactions_equal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

Datum
synrec_interactions_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!interactions_equal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

static bool
models_equal(Datum a, Datum b)
{
	Model model_a, model_b;

	if (toast_raw_datum_size(a) != toast_raw_datum_size(b))
		return false;
	model_from_datum(a, &model_a);
	model_from_datum(b, &model_b);
	return model_equal(&model_a, &model_b);
}

Datum
synrec_model_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(models_equal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

Datum
synrec_model_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!models_equal(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

/* The first "bytes" bytes of a value, which are stored uncompressed. */
static void
value_head(Datum datum, void *head, Size bytes)
{
	struct varlena *slice = PG_DETOAST_DATUM_SLICE(datum, 0, bytes - VARHDRSZ);

	memset(head, 0, bytes);
	memcpy((char *) head + VARHDRSZ, VARDATA(slice), Min(VARSIZE(slice), bytes) - VARHDRSZ);
}

/* The checksum is a hash of the value already: only the header is read. */
static uint64
interactions_hash(Datum datum)
{
	ValueHeader header;

	value_head(datum, &header, sizeof(header));
	return header.checksum;
}

static uint64
model_hash(Datum datum)
{
	ModelHeader header;

	value_head(datum, &header, sizeof(header));
	return header.identity;
}

/* The seeded hash must agree with the plain one when the seed is 0. */
static uint64
seeded(uint64 hash, uint64 seed)
{
	return seed == 0 ? hash : value_hash(&hash, sizeof(hash), seed) << 32 | (hash & PG_UINT32_MAX);
}

Datum
synrec_interactions_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) interactions_hash(PG_GETARG_DATUM(0)));
}

Datum
synrec_interactions_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) seeded(interactions_hash(PG_GETARG_DATUM(0)), PG_GETARG_INT64(1)));
}

Datum
synrec_model_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) model_hash(PG_GETARG_DATUM(0)));
}

Datum
synrec_model_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) seeded(model_hash(PG_GETARG_DATUM(0)), PG_GETARG_INT64(1)));
}
