/*
 * operations.h
 *	  The operations of a tape: all that there are.
 *
 * Each appends an entry and gives back its number.  Shapes are in the comments;
 * a wrong shape is a mistake in the program and aborts.  "covers" is as in
 * matrix.h: one row or column stands for many.
 *
 * Every operation can be derived as often as wished, but for the two that say
 * "first-order": their derivatives have none.
 */
#ifndef SYNREC_OPERATIONS_H
#define SYNREC_OPERATIONS_H

#include "nn/tape.h"

/* op(a) op(b) + bias, a row that is added to all rows, or NO_NODE. */
extern Node tape_product(Tape *tape, Node a, bool transpose_a, Node b, bool transpose_b, Node bias);

/*
 * s a, or its transpose times a.  What s points at lives as long as the
 * entries do; on a dry tape only its sizes are read.
 */
extern Node tape_sparse_product(Tape *tape, const Sparse *s, bool transpose, Node a);

/* Entry by entry; one of a and b covers the other. */
extern Node tape_add(Tape *tape, Node a, Node b);
extern Node tape_subtract(Tape *tape, Node a, Node b);
extern Node tape_multiply(Tape *tape, Node a, Node b);

/* scale a + shift */
extern Node tape_affine(Tape *tape, Node a, real scale, real shift);

/* Sums: over the rows (1 x n), over the columns (m x 1), over all (1 x 1); and means. */
extern Node tape_sum_rows(Tape *tape, Node a);
extern Node tape_sum_cols(Tape *tape, Node a);
extern Node tape_sum(Tape *tape, Node a);
extern Node tape_mean_rows(Tape *tape, Node a);
extern Node tape_mean_cols(Tape *tape, Node a);
extern Node tape_mean(Tape *tape, Node a);

/* a, which covers rows x cols, in that shape. */
extern Node tape_repeat(Tape *tape, Node a, int64_t rows, int64_t cols);

/* A part of a, without copying; and a matrix of zeros but for a part, which is a. */
extern Node tape_slice(Tape *tape, Node a, int64_t row, int64_t col, int64_t rows, int64_t cols);
extern Node tape_place(Tape *tape, Node a, int64_t row, int64_t col, int64_t rows, int64_t cols);

/* Functions of each number. */
extern Node tape_exp(Tape *tape, Node a);
extern Node tape_log(Tape *tape, Node a);
extern Node tape_sqrt(Tape *tape, Node a);
extern Node tape_reciprocal(Tape *tape, Node a);
extern Node tape_tanh(Tape *tape, Node a);
extern Node tape_sigmoid(Tape *tape, Node a);
extern Node tape_softplus(Tape *tape, Node a);

/* x where x > 0, else slope x: 0 is ReLU, -1 the absolute value. */
extern Node tape_leaky(Tape *tape, Node a, real slope);

/* Each row's softmax. */
extern Node tape_softmax(Tape *tape, Node a);

/*
 * First-order.  The cross-entropy of each row's softmax with the same row of
 * a sparse target: m x 1.  What the target points at lives as long as the entry.
 */
extern Node tape_cross_entropy(Tape *tape, Node logits, const Sparse *target);

/*
 * First-order.  A layer of gated recurrent units (Cho et al., 2014) over
 * "steps" steps of m sequences; h units.
 *
 *	  x        steps m x 3h  what the inputs contribute, step by step, in the
 *	                         columns: candidate, reset, update
 *	  start    m x h         the state before the first step
 *	  weight   h x 3h        of the state, in the columns: reset, update, candidate
 *	  active   NULL, or steps m numbers: where one is 0, the state stays
 *
 * reset r = sigmoid(x_r + h W_r), update u = sigmoid(x_u + h W_u), candidate
 * c = tanh(x_c + r (h W_c)), state = u h + (1 - u) c: r is applied after the
 * product, as cuDNN and PyTorch do, so that a step is one product.
 *
 * The value is (steps + 1) m x h: the start, then the state after each step.
 * (The gates have different orders so that both kinds of derivatives lie in
 * neighbouring columns.)
 */
extern Node tape_gru(Tape *tape, Node x, Node start, Node weight, int64_t steps, const real *active);

#endif
