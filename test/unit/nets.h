/*
 * nets.h
 *	  Tapes for tests: random inputs, and derivatives beside difference quotients.
 */
#ifndef SYNREC_NETS_H
#define SYNREC_NETS_H

#include "cases.h"
#include "nn/layers.h"

/* A random matrix on the heap, numbers from low to high. */
extern Matrix random_matrix(Random *random, int64_t rows, int64_t cols, double low, double high);

/* A random sparse matrix with up to "most" entries in a row; values are NULL when "ones". */
extern Sparse random_sparse(Random *random, int64_t rows, int64_t cols, int64_t most, bool ones);

/* Asserts that two matrices differ by less than a tolerance, relative to 1 or their size. */
extern void assert_near(const Matrix *a, const Matrix *b, double tolerance);

/* Computes something from inputs; what else it needs is in "context". */
typedef Node (*Formula)(const void *context, Tape *tape, const Node *input);

/*
 * Asserts that the derivatives of a formula with respect to its inputs agree
 * with difference quotients: of a random combination of its numbers, and if
 * order is 2 of a random combination of those derivatives.  Each tape has just
 * the room that a dry run found.  In double only.
 */
extern void assert_derivatives(Formula formula, const void *context, int inputs, Matrix *input, int order);

/*
 * The same for a loss of parameters, by tape_backward(): also into a part of
 * the block and adding to what is there.
 */
extern void
assert_backward(Node (*loss)(const void *context, Tape *tape), const void *context, Parameters *parameters);

#endif
