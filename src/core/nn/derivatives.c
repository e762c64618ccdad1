/*
 * derivatives.c
 *	  The derivative of each operation, in operations.
 *
 * Given y = f(a, b) and d, the derivative of the result with respect to y,
 * each rule appends what gives the derivatives with respect to a and b.  In the
 * comments ' transposes, products of letters are matrix products and * is
 * entry by entry.
 */
#include "nn/entries.h"

#include <stdlib.h>

/* d, summed over the rows or columns along which the input was repeated. */
static Node
shrink(Tape *tape, Node d, Node input)
{
	Matrix from = entry_of(tape, d)->value, to = entry_of(tape, input)->value;

	return from.rows == to.rows && from.cols == to.cols ? d : append_sum(tape, d, to.rows, to.cols);
}

static Node
scale(Tape *tape, Node a, real factor)
{
	return append_map(tape, MAP_AFFINE, factor, 0, a);
}

/* y = op(a) op(b) + bias: da = d op(b)', db = op(a)' d, or their transposes; dbias = sum of rows */
static void
derive_product(Tape *tape, const Entry *y, Node d, Node part[MAX_INPUTS])
{
	Node a = y->input[0], b = y->input[1], bias = y->input[2];
	bool ta = y->transpose[0], tb = y->transpose[1];

	if (entry_of(tape, a)->reaches)
		part[0] = ta ? append_product(tape, b, tb, d, true, NO_NODE)
		             : append_product(tape, d, false, b, !tb, NO_NODE);
	if (entry_of(tape, b)->reaches)
		part[1] = tb ? append_product(tape, d, true, a, ta, NO_NODE)
		             : append_product(tape, a, !ta, d, false, NO_NODE);
	if (bias != NO_NODE && entry_of(tape, bias)->reaches)
		part[2] = append_sum(tape, d, 1, y->value.cols);
}

/* y = a + beta b */
static void
derive_add(Tape *tape, const Entry *y, Node d, Node part[MAX_INPUTS])
{
	part[0] = d;
	if (entry_of(tape, y->input[1])->reaches)
		part[1] = shrink(tape, y->beta == 1 ? d : scale(tape, d, y->beta), y->input[1]);
}

/* y = a * b */
static void
derive_multiply(Tape *tape, const Entry *y, Node d, Node part[MAX_INPUTS])
{
	if (entry_of(tape, y->input[0])->reaches)
		part[0] = append_multiply(tape, d, y->input[1]);
	if (entry_of(tape, y->input[1])->reaches)
		part[1] = shrink(tape, append_multiply(tape, d, y->input[0]), y->input[1]);
}

/* y = f(x): d * f'(x), which is often a function of y */
static Node
derive_map(Tape *tape, Node node, const Entry *y, Node d)
{
	Node x = y->input[0];

	switch (y->function)
	{
		case MAP_AFFINE:
			return scale(tape, d, y->alpha);
		case MAP_EXP:
			return append_multiply(tape, d, node);
		case MAP_LOG:
			return append_multiply(tape, d, append_map(tape, MAP_RECIPROCAL, 0, 0, x));
		case MAP_SQRT: /* 1 / (2 y) */
			return append_multiply(tape, d, scale(tape, append_map(tape, MAP_RECIPROCAL, 0, 0, node), 0.5));
		case MAP_RECIPROCAL: /* -y^2 */
			return append_multiply(tape, d, scale(tape, append_multiply(tape, node, node), -1));
		case MAP_TANH: /* 1 - y^2 */
			return append_multiply(tape, d,
			                       append_map(tape, MAP_AFFINE, -1, 1, append_multiply(tape, node, node)));
		case MAP_SIGMOID: /* y (1 - y) */
			return append_multiply(tape, d,
			                       append_multiply(tape, node, append_map(tape, MAP_AFFINE, -1, 1, node)));
		case MAP_SOFTPLUS:
			return append_multiply(tape, d, append_map(tape, MAP_SIGMOID, 0, 0, x));
		case MAP_LEAKY:
			return append_multiply(tape, d, append_map(tape, MAP_STEP, y->alpha, 0, x));
		case MAP_STEP:
			return NO_NODE;
	}
	return NO_NODE;
}

/* y = softmax of rows: y * (d - sum of (d * y)) */
static Node
derive_softmax(Tape *tape, Node node, const Entry *y, Node d)
{
	Node sum = append_sum(tape, append_multiply(tape, d, node), y->value.rows, 1);

	return append_multiply(tape, append_add(tape, d, -1, sum), node);
}

static Node
derive_cross_entropy(Tape *tape, Node node, const Entry *y, Node d)
{
	Matrix logits = entry_of(tape, y->input[0])->value;
	Node gradient = tape_append(tape, OP_CROSS_ENTROPY_GRADIENT, logits.rows, logits.cols);

	entry_of(tape, gradient)->input[0] = y->input[0];
	entry_of(tape, gradient)->input[1] = d;
	entry_of(tape, gradient)->input[2] = node;
	return gradient;
}

/*
 * One entry goes back through all steps.  Its columns are the derivatives of
 * what goes into candidate, reset, update, and into the candidate from the
 * state; its last m rows are that of the start.
 */
static void
derive_gru(Tape *tape, Node node, const Entry *y, Node d, Node part[MAX_INPUTS])
{
	Matrix start = entry_of(tape, y->input[1])->value;
	int64_t rows = y->steps * start.rows, units = start.cols;
	Node gradient = tape_append(tape, OP_GRU_GRADIENT, rows + start.rows, 4 * units);

	entry_of(tape, gradient)->input[0] = node;
	entry_of(tape, gradient)->input[1] = d;
	entry_of(tape, gradient)->input[2] = y->input[2];
	if (entry_of(tape, y->input[0])->reaches)
		part[0] = append_slice(tape, gradient, 0, 0, rows, 3 * units);
	if (entry_of(tape, y->input[1])->reaches)
		part[1] = append_slice(tape, gradient, rows, 0, start.rows, units);
	if (entry_of(tape, y->input[2])->reaches)
		part[2] = append_product(tape, append_slice(tape, node, 0, 0, rows, units), true,
		                         append_slice(tape, gradient, 0, units, rows, 3 * units), false, NO_NODE);
}

void
entry_derive(Tape *tape, Node node, Node d, Node part[MAX_INPUTS])
{
	Entry y = *entry_of(tape, node); /* a copy: a dry tape moves as it grows */
	Matrix from = y.input[0] != NO_NODE ? entry_of(tape, y.input[0])->value : y.value;

	switch (y.operation)
	{
		case OP_CONSTANT:
		case OP_PARAMETER:
			break;
		case OP_PRODUCT:
			derive_product(tape, &y, d, part);
			break;
		case OP_SPARSE_PRODUCT:
			part[0] = append_sparse_product(tape, &y.sparse, !y.transpose[0], d);
			break;
		case OP_ADD:
			derive_add(tape, &y, d, part);
			break;
		case OP_MULTIPLY:
			derive_multiply(tape, &y, d, part);
			break;
		case OP_SUM:
			part[0] = append_repeat(tape, d, from.rows, from.cols);
			break;
		case OP_REPEAT:
			part[0] = shrink(tape, d, y.input[0]);
			break;
		case OP_SLICE:
			part[0] = append_place(tape, d, y.row, y.col, from.rows, from.cols);
			break;
		case OP_PLACE:
			part[0] = append_slice(tape, d, y.row, y.col, from.rows, from.cols);
			break;
		case OP_MAP:
			part[0] = derive_map(tape, node, &y, d);
			break;
		case OP_SOFTMAX:
			part[0] = derive_softmax(tape, node, &y, d);
			break;
		case OP_CROSS_ENTROPY:
			part[0] = derive_cross_entropy(tape, node, &y, d);
			break;
		case OP_GRU:
			derive_gru(tape, node, &y, d, part);
			break;
		case OP_CROSS_ENTROPY_GRADIENT:
		case OP_GRU_GRADIENT:
			abort(); /* first-order, as operations.h says */
	}
}
