/*
 * tape.h
 *	  A record of a computation with matrices, from which derivatives are made.
 *
 * Each operation (operations.h) appends an entry to the tape and computes its
 * value at once.  An entry never changes afterwards.  A derivative is made by
 * going backwards over the entries, and consists of further entries of the same
 * operations: so it can be used like any other value, and be derived again.
 * That is how penalties on a critic's gradient are trained (losses.h).
 *
 * Memory.  A tape has room for a fixed number of entries and bytes, and is
 * reset for each minibatch; so it never asks the host for any, and threads may
 * fill tapes of their own inside parallel_for().  How much room is needed comes
 * from a dry run: a dry tape records shapes but has no values and computes
 * nothing.  On it, every pointer to a value is NULL, and code that fills in
 * constants has to look for that.  The shapes recorded must not depend on
 * values.
 */
#ifndef SYNREC_TAPE_H
#define SYNREC_TAPE_H

#include "nn/parameters.h"

#include <stddef.h>

typedef struct Tape Tape;

/* The number of an entry. */
typedef int Node;

#define NO_NODE (-1)

/* Room on a tape. */
typedef struct TapeSize
{
	int64_t entries;
	int64_t bytes; /* of values */
} TapeSize;

/* A tape with room; parameters may be NULL when none are used.  Calls host_alloc(). */
extern Tape *tape_new(const Parameters *parameters, TapeSize size);

/* A dry tape.  It takes memory from the host as it grows. */
extern Tape *tape_new_dry(const Parameters *parameters);

/* The greatest room that was in use since the tape was made. */
extern TapeSize tape_room(const Tape *tape);

/* Bytes that tape_new() allocates for that. */
extern int64_t tape_bytes(TapeSize size);

/* Removes all entries; their values are gone. */
extern void tape_reset(Tape *tape);

/* Memory that lives until the next reset, aligned for any type; NULL on a dry tape. */
extern void *tape_memory(Tape *tape, int64_t bytes);

/* An entry to be filled in at once by the caller: *value is rows x cols, NULL on a dry tape. */
extern Node tape_constant(Tape *tape, int64_t rows, int64_t cols, real **value);

/* An entry whose value is somebody else's memory, which stays as it is while the tape is used. */
extern Node tape_view(Tape *tape, const Matrix *matrix);

/* One of the parameters that the tape was made with. */
extern Node tape_parameter(Tape *tape, int number);

/* The same value as a constant: no derivative goes through it. */
extern Node tape_detach(Tape *tape, Node node);

/* The value of an entry (value.value is NULL on a dry tape), until the next reset. */
extern Matrix tape_value(const Tape *tape, Node node);

/* The value of an entry of one number; 0 on a dry tape. */
extern real tape_scalar(const Tape *tape, Node node);

/*
 * gradient[i] becomes an entry of the shape of x[i]: the derivative of the
 * sum of y's numbers with respect to it, or zeros when y does not depend on
 * it.  It can be derived again unless a fused operation is on the way.
 */
extern void tape_gradient(Tape *tape, Node y, const Node *x, int count, Node *gradient);

/*
 * Adds a 1 x 1 loss to whatever tape_backward() derives until the next reset:
 * for layers that train something of their own (batch_norm()).
 */
extern void tape_add_auxiliary(Tape *tape, Node loss);

/*
 * Writes scale times the derivative of a 1 x 1 loss into a block laid out like
 * the parameters, for those parameters whose offsets are first .. last - 1;
 * the others' part of the block is left alone.  With accumulate, adds to what
 * is there.  Does not return entries: use tape_gradient() to derive twice.
 */
extern void
tape_backward(Tape *tape, Node loss, real scale, int64_t first, int64_t last, bool accumulate, real *block);

#endif
