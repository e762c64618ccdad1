/*
 * tape.c
 *	  Room for entries and their values, and going backwards over them.
 */
#include "nn/entries.h"

#include "host.h"

#include <stdlib.h>
#include <string.h>

/* Values begin at multiples of so many bytes. */
#define ALIGNMENT 64

#define FIRST_DRY_ENTRIES 256

static int64_t
aligned(int64_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

int64_t
tape_bytes(TapeSize size)
{
	return (int64_t) sizeof(Tape) + size.entries * (int64_t) sizeof(Entry) + size.bytes + ALIGNMENT;
}

Tape *
tape_new(const Parameters *parameters, TapeSize size)
{
	Tape *tape = host_alloc_zero(sizeof(Tape));

	tape->parameters = parameters;
	tape->entry = host_array(Entry, size.entries);
	tape->room = size;
	tape->memory = (char *) aligned((intptr_t) host_alloc((size_t) (size.bytes + ALIGNMENT)));
	tape_reset(tape);
	return tape;
}

Tape *
tape_new_dry(const Parameters *parameters)
{
	Tape *tape = host_alloc_zero(sizeof(Tape));

	tape->parameters = parameters;
	tape->dry = true;
	tape->room = (TapeSize){FIRST_DRY_ENTRIES, INT64_MAX};
	tape->entry = host_array(Entry, FIRST_DRY_ENTRIES);
	tape_reset(tape);
	return tape;
}

TapeSize
tape_room(const Tape *tape)
{
	return tape->most;
}

void
tape_reset(Tape *tape)
{
	tape->entries = 0;
	tape->settled = 0;
	tape->used = 0;
	tape->auxiliary = NO_NODE;
}

void *
tape_memory(Tape *tape, int64_t bytes)
{
	char *memory = tape->dry ? NULL : tape->memory + tape->used;

	tape->used += aligned(bytes);
	if (tape->used > tape->room.bytes)
		abort(); /* the dry run did something else */
	if (tape->used > tape->most.bytes)
		tape->most.bytes = tape->used;
	return memory;
}

Node
tape_append(Tape *tape, Operation operation, int64_t rows, int64_t cols)
{
	if (tape->entries == tape->room.entries)
	{
		if (!tape->dry)
			abort(); /* the dry run did something else */
		tape->room.entries *= 2;
		tape->entry = host_array_resize(Entry, tape->entry, tape->room.entries);
	}
	tape->entry[tape->entries] = (Entry){
		.operation = operation,
		.input = {NO_NODE, NO_NODE, NO_NODE},
		.value = {rows, cols, cols, NULL},
		.adjoint = NO_NODE,
	};
	tape->entries++;
	if (tape->entries > tape->most.entries)
		tape->most.entries = tape->entries;
	return (Node) (tape->entries - 1);
}

static int64_t
bytes_of(const Matrix *matrix)
{
	return matrix->rows * matrix->cols * (int64_t) sizeof(real);
}

/* Tells whether an operation can add its value to what is there. */
static bool
can_accumulate(const Entry *entry)
{
	return (entry->operation == OP_PRODUCT && entry->input[2] == NO_NODE) ||
	       entry->operation == OP_SPARSE_PRODUCT || entry->operation == OP_SUM;
}

/* Gives the entry memory, and lets it be computed there. */
static void
settle(Tape *tape, Entry *entry)
{
	bool elsewhere =
		entry->delivered && entry->operation != OP_SLICE && (!entry->accumulate || can_accumulate(entry));
	int64_t kept = entry_kept(tape, entry);

	if (entry->operation == OP_SLICE)
	{
		const Matrix *whole = &entry_of(tape, entry->input[0])->value;

		entry->value.stride = whole->stride;
		if (!tape->dry)
			entry->value.value = whole->value + entry->row * whole->stride + entry->col;
	}
	else if (elsewhere)
		entry->value.value = entry->into;
	else
		entry->value.value = tape_memory(tape, bytes_of(&entry->value));
	if (kept > 0)
		entry->kept = tape_memory(tape, kept * (int64_t) sizeof(real));
	if (tape->dry)
		return;
	entry_evaluate(tape, entry);
	if (entry->delivered && !elsewhere)
	{
		Matrix place = {entry->value.rows, entry->value.cols, entry->value.cols, entry->into};

		if (!entry->accumulate)
			matrix_fill(&place, 0);
		matrix_add(&place, 1, &entry->value, &place);
	}
}

void
tape_settle(Tape *tape)
{
	for (; tape->settled < tape->entries; tape->settled++)
	{
		Entry *entry = &tape->entry[tape->settled];

		if (entry->operation != OP_CONSTANT && entry->operation != OP_PARAMETER)
			settle(tape, entry);
	}
}

Node
tape_constant(Tape *tape, int64_t rows, int64_t cols, real **value)
{
	Node node = tape_append(tape, OP_CONSTANT, rows, cols);
	Matrix *matrix = &entry_of(tape, node)->value;

	*value = matrix->value = tape_memory(tape, bytes_of(matrix));
	return node;
}

Node
tape_view(Tape *tape, const Matrix *matrix)
{
	Node node = tape_append(tape, OP_CONSTANT, matrix->rows, matrix->cols);

	entry_of(tape, node)->value = *matrix;
	return node;
}

Node
tape_parameter(Tape *tape, int number)
{
	Matrix matrix = parameters_matrix(tape->parameters, number);
	Node node = tape_append(tape, OP_PARAMETER, matrix.rows, matrix.cols);

	entry_of(tape, node)->value = matrix;
	entry_of(tape, node)->parameter = number;
	return node;
}

Node
tape_detach(Tape *tape, Node node)
{
	Matrix value = entry_of(tape, node)->value;

	return tape_view(tape, &value);
}

Matrix
tape_value(const Tape *tape, Node node)
{
	return entry_of(tape, node)->value;
}

real
tape_scalar(const Tape *tape, Node node)
{
	const Matrix *value = &entry_of(tape, node)->value;

	if (value->rows != 1 || value->cols != 1)
		abort();
	return tape->dry ? 0 : value->value[0];
}

void
tape_add_auxiliary(Tape *tape, Node loss)
{
	tape->auxiliary = tape->auxiliary == NO_NODE ? loss : tape_add(tape, tape->auxiliary, loss);
}

static Node
filled(Tape *tape, int64_t rows, int64_t cols, real number)
{
	real *value;
	Node node = tape_constant(tape, rows, cols, &value);
	Matrix matrix = entry_of(tape, node)->value;

	if (value != NULL)
		matrix_fill(&matrix, number);
	return node;
}

/* Where the gradients of parameters go. */
typedef struct Sink
{
	int64_t first, last; /* offsets */
	bool accumulate;
	real *block;
} Sink;

static bool
takes(const Tape *tape, const Sink *sink, const Entry *entry)
{
	int64_t offset;

	if (sink == NULL || entry->operation != OP_PARAMETER)
		return false;
	offset = tape->parameters->parameter[entry->parameter].offset;
	return offset >= sink->first && offset < sink->last;
}

/* Has the part, not yet settled, computed into the parameter's place in the block. */
static void
deliver(Tape *tape, const Sink *sink, int number, Node part)
{
	/* it may be the derivative of something else as well */
	if (part < tape->settled)
		part = append_map(tape, MAP_AFFINE, 1, 0, part);
	entry_of(tape, part)->delivered = true;
	entry_of(tape, part)->accumulate = sink->accumulate || tape->written[number];
	if (!tape->dry)
		entry_of(tape, part)->into = sink->block + tape->parameters->parameter[number].offset;
	tape->written[number] = true;
}

/* Marks the entries up to y that depend on something marked already, or on what the sink takes. */
static void
mark(Tape *tape, Node y, const Sink *sink)
{
	for (Node node = 0; node <= y; node++)
	{
		Entry *entry = entry_of(tape, node);

		entry->adjoint = NO_NODE;
		entry->reaches = entry->reaches || takes(tape, sink, entry);
		for (int i = 0; i < MAX_INPUTS; i++)
			entry->reaches =
				entry->reaches || (entry->input[i] != NO_NODE && entry_of(tape, entry->input[i])->reaches);
	}
}

static void
unmark(Tape *tape, Node y)
{
	for (Node node = 0; node <= y; node++)
		entry_of(tape, node)->reaches = false;
}

/* From y, whose derivative is "seed", back to everything that is marked. */
static void
go_backwards(Tape *tape, Node y, Node seed, const Sink *sink)
{
	entry_of(tape, y)->adjoint = seed;
	for (Node node = y; node >= 0; node--)
	{
		Entry entry = *entry_of(tape, node); /* a copy: a dry tape moves as it grows */
		Node part[MAX_INPUTS] = {NO_NODE, NO_NODE, NO_NODE};
		Node former[MAX_INPUTS];

		if (!entry.reaches || entry.adjoint == NO_NODE)
			continue;
		entry_derive(tape, node, entry.adjoint, part);
		for (int i = 0; i < MAX_INPUTS; i++)
		{
			if (part[i] != NO_NODE && takes(tape, sink, entry_of(tape, entry.input[i])))
			{
				deliver(tape, sink, entry_of(tape, entry.input[i])->parameter, part[i]);
				part[i] = NO_NODE;
			}
		}
		tape_settle(tape);
		for (int i = 0; i < MAX_INPUTS; i++)
		{
			if (part[i] == NO_NODE)
				continue;
			former[i] = entry_of(tape, entry.input[i])->adjoint;
			if (former[i] != NO_NODE)
				part[i] = append_add(tape, former[i], 1, part[i]);
			entry_of(tape, entry.input[i])->adjoint = part[i];
		}
		tape_settle(tape);
	}
}

void
tape_gradient(Tape *tape, Node y, const Node *x, int count, Node *gradient)
{
	Matrix value = entry_of(tape, y)->value;

	for (int i = 0; i < count; i++)
		entry_of(tape, x[i])->reaches = true;
	mark(tape, y, NULL);
	for (int i = 0; i < count; i++)
		entry_of(tape, x[i])->adjoint = NO_NODE; /* also when it is later than y */
	go_backwards(tape, y, filled(tape, value.rows, value.cols, 1), NULL);
	for (int i = 0; i < count; i++)
	{
		gradient[i] = entry_of(tape, x[i])->adjoint;
		entry_of(tape, x[i])->reaches = false;
	}
	unmark(tape, y);
	for (int i = 0; i < count; i++)
	{
		Matrix shape = entry_of(tape, x[i])->value;

		if (gradient[i] == NO_NODE)
			gradient[i] = filled(tape, shape.rows, shape.cols, 0);
	}
}

void
tape_backward(Tape *tape, Node loss, real scale, int64_t first, int64_t last, bool accumulate, real *block)
{
	Sink sink = {first, last, accumulate, block};

	if (tape->auxiliary != NO_NODE)
		loss = tape_add(tape, loss, tape->auxiliary);
	memset(tape->written, 0, sizeof(tape->written));
	mark(tape, loss, &sink);
	go_backwards(tape, loss, filled(tape, 1, 1, scale), &sink);
	unmark(tape, loss);
	for (int p = 0; p < tape->parameters->count && !tape->dry && !accumulate; p++)
	{
		const Parameter *parameter = &tape->parameters->parameter[p];

		if (parameter->offset >= first && parameter->offset < last && !tape->written[p])
			memset(block + parameter->offset, 0, (size_t) (parameter->rows * parameter->cols) * sizeof(real));
	}
}
