/*
 * entries.h
 *	  What is on a tape; for the files that make up the tape.
 *
 *	  tape.c         room, entries, going backwards
 *	  operations.c   an operation's entry, and its value
 *	  derivatives.c  an operation's derivative
 *
 * An entry is first appended (operation, inputs, shape) and then settled (it
 * gets memory and its value).  A derivative is stated by appending entries
 * only; before they are settled, the last one can be given the place where
 * its value is wanted: a parameter's gradient is computed where it is to be.
 */
#ifndef SYNREC_ENTRIES_H
#define SYNREC_ENTRIES_H

#include "nn/operations.h"

typedef enum Operation
{
	OP_CONSTANT,
	OP_PARAMETER,
	OP_PRODUCT,
	OP_SPARSE_PRODUCT,
	OP_ADD,
	OP_MULTIPLY,
	OP_SUM,
	OP_REPEAT,
	OP_SLICE,
	OP_PLACE,
	OP_MAP,
	OP_SOFTMAX,
	OP_CROSS_ENTROPY,
	OP_CROSS_ENTROPY_GRADIENT,
	OP_GRU,
	OP_GRU_GRADIENT
} Operation;

#define MAX_INPUTS 3

typedef struct Entry
{
	Operation operation;
	Node input[MAX_INPUTS]; /* NO_NODE where there is none */
	Matrix value;
	real alpha, beta;     /* of OP_MAP; beta of OP_ADD */
	MapFunction function; /* of OP_MAP */
	bool transpose[2];    /* of OP_PRODUCT; the first of OP_SPARSE_PRODUCT */
	int64_t row, col;     /* of OP_SLICE and OP_PLACE */
	int64_t steps;        /* of OP_GRU */
	int parameter;        /* of OP_PARAMETER */
	Sparse sparse;        /* of OP_SPARSE_PRODUCT and OP_CROSS_ENTROPY */
	const real *active;   /* of OP_GRU */
	real *kept;           /* what the derivative needs beside the value */

	/* while going backwards */
	bool reaches; /* something that is derived for */
	Node adjoint; /* the derivative of the result with respect to this, so far */

	/* a place to be computed in, instead of the tape's memory; into is NULL on a dry tape */
	bool delivered;
	real *into;
	bool accumulate; /* adds to what is there */
} Entry;

struct Tape
{
	const Parameters *parameters;
	bool dry;
	Entry *entry;
	int64_t entries; /* appended */
	int64_t settled; /* of these */
	char *memory;    /* aligned */
	int64_t used;    /* bytes */
	TapeSize room;
	TapeSize most;                /* in use so far */
	Node auxiliary;               /* sum of the auxiliary losses, or NO_NODE */
	bool written[MAX_PARAMETERS]; /* by tape_backward() */
};

/* Appends an entry of a shape without inputs; the caller fills in the rest. */
extern Node tape_append(Tape *tape, Operation operation, int64_t rows, int64_t cols);

/* Gives every appended entry memory and its value. */
extern void tape_settle(Tape *tape);

static inline Entry *
entry_of(const Tape *tape, Node node)
{
	return &tape->entry[node];
}

/* Appending operations, without computing them (operations.c). */
extern Node append_product(Tape *tape, Node a, bool transpose_a, Node b, bool transpose_b, Node bias);
extern Node append_sparse_product(Tape *tape, const Sparse *s, bool transpose, Node a);
extern Node append_add(Tape *tape, Node a, real beta, Node b);
extern Node append_multiply(Tape *tape, Node a, Node b);
extern Node append_map(Tape *tape, MapFunction function, real alpha, real beta, Node a);
extern Node append_sum(Tape *tape, Node a, int64_t rows, int64_t cols);
extern Node append_repeat(Tape *tape, Node a, int64_t rows, int64_t cols);
extern Node append_slice(Tape *tape, Node a, int64_t row, int64_t col, int64_t rows, int64_t cols);
extern Node append_place(Tape *tape, Node a, int64_t row, int64_t col, int64_t rows, int64_t cols);

/* Memory beside the value that an entry of that operation keeps (operations.c). */
extern int64_t entry_kept(const Tape *tape, const Entry *entry);

/* Computes an entry's value (operations.c). */
extern void entry_evaluate(const Tape *tape, Entry *entry);

/*
 * Appends the derivative of node: given d, the derivative of the result with
 * respect to it, part[i] becomes the one with respect to its i-th input, for
 * those that reach something; NO_NODE where it is zero (derivatives.c).
 */
extern void entry_derive(Tape *tape, Node node, Node d, Node part[MAX_INPUTS]);

/* The recurrent layer's value and derivative (gru.c). */
extern void gru_forward(const Tape *tape, Entry *entry);
extern void gru_backward(const Tape *tape, Entry *entry);

#endif
