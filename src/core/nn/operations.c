/*
 * operations.c
 *	  The operations of a tape: their entries, and their values.
 */
#include "nn/entries.h"

#include <stdlib.h>

static Matrix
shape(const Tape *tape, Node node)
{
	return entry_of(tape, node)->value;
}

static void
require(bool right)
{
	if (!right)
		abort(); /* a model multiplies what does not fit */
}

static bool
covers(const Matrix *b, const Matrix *a)
{
	return (b->rows == a->rows || b->rows == 1) && (b->cols == a->cols || b->cols == 1);
}

/* Appends an entry with inputs. */
static Node
append(Tape *tape, Operation operation, int64_t rows, int64_t cols, Node a, Node b, Node c)
{
	Node node = tape_append(tape, operation, rows, cols);
	Entry *entry = entry_of(tape, node);

	entry->input[0] = a;
	entry->input[1] = b;
	entry->input[2] = c;
	return node;
}

Node
append_product(Tape *tape, Node a, bool transpose_a, Node b, bool transpose_b, Node bias)
{
	Matrix left = shape(tape, a), right = shape(tape, b);
	int64_t rows = transpose_a ? left.cols : left.rows;
	int64_t cols = transpose_b ? right.rows : right.cols;
	Node node;

	require((transpose_a ? left.rows : left.cols) == (transpose_b ? right.cols : right.rows));
	require(bias == NO_NODE || (shape(tape, bias).rows == 1 && shape(tape, bias).cols == cols));
	node = append(tape, OP_PRODUCT, rows, cols, a, b, bias);
	entry_of(tape, node)->transpose[0] = transpose_a;
	entry_of(tape, node)->transpose[1] = transpose_b;
	return node;
}

Node
append_sparse_product(Tape *tape, const Sparse *s, bool transpose, Node a)
{
	Matrix right = shape(tape, a);
	Node node;

	require((transpose ? s->rows : s->cols) == right.rows);
	node = append(tape, OP_SPARSE_PRODUCT, transpose ? s->cols : s->rows, right.cols, a, NO_NODE, NO_NODE);
	entry_of(tape, node)->sparse = *s;
	entry_of(tape, node)->transpose[0] = transpose;
	return node;
}

Node
append_add(Tape *tape, Node a, real beta, Node b)
{
	Matrix left = shape(tape, a), right = shape(tape, b);
	Node node;

	require(covers(&right, &left));
	node = append(tape, OP_ADD, left.rows, left.cols, a, b, NO_NODE);
	entry_of(tape, node)->beta = beta;
	return node;
}

Node
append_multiply(Tape *tape, Node a, Node b)
{
	Matrix left = shape(tape, a), right = shape(tape, b);

	require(covers(&right, &left));
	return append(tape, OP_MULTIPLY, left.rows, left.cols, a, b, NO_NODE);
}

Node
append_map(Tape *tape, MapFunction function, real alpha, real beta, Node a)
{
	Matrix from = shape(tape, a);
	Node node = append(tape, OP_MAP, from.rows, from.cols, a, NO_NODE, NO_NODE);
	Entry *entry = entry_of(tape, node);

	entry->function = function;
	entry->alpha = alpha;
	entry->beta = beta;
	return node;
}

Node
append_sum(Tape *tape, Node a, int64_t rows, int64_t cols)
{
	Matrix from = shape(tape, a), to = {rows, cols, cols, NULL};

	require(covers(&to, &from));
	return append(tape, OP_SUM, rows, cols, a, NO_NODE, NO_NODE);
}

Node
append_repeat(Tape *tape, Node a, int64_t rows, int64_t cols)
{
	Matrix from = shape(tape, a), to = {rows, cols, cols, NULL};

	require(covers(&from, &to));
	return append(tape, OP_REPEAT, rows, cols, a, NO_NODE, NO_NODE);
}

Node
append_slice(Tape *tape, Node a, int64_t row, int64_t col, int64_t rows, int64_t cols)
{
	Matrix from = shape(tape, a);
	Node node = append(tape, OP_SLICE, rows, cols, a, NO_NODE, NO_NODE);

	require(row >= 0 && col >= 0 && row + rows <= from.rows && col + cols <= from.cols);
	entry_of(tape, node)->row = row;
	entry_of(tape, node)->col = col;
	return node;
}

Node
append_place(Tape *tape, Node a, int64_t row, int64_t col, int64_t rows, int64_t cols)
{
	Matrix from = shape(tape, a);
	Node node = append(tape, OP_PLACE, rows, cols, a, NO_NODE, NO_NODE);

	require(row >= 0 && col >= 0 && row + from.rows <= rows && col + from.cols <= cols);
	entry_of(tape, node)->row = row;
	entry_of(tape, node)->col = col;
	return node;
}

static Node
settled(Tape *tape, Node node)
{
	tape_settle(tape);
	return node;
}

Node
tape_product(Tape *tape, Node a, bool transpose_a, Node b, bool transpose_b, Node bias)
{
	return settled(tape, append_product(tape, a, transpose_a, b, transpose_b, bias));
}

Node
tape_sparse_product(Tape *tape, const Sparse *s, bool transpose, Node a)
{
	return settled(tape, append_sparse_product(tape, s, transpose, a));
}

Node
tape_add(Tape *tape, Node a, Node b)
{
	Matrix left = shape(tape, a), right = shape(tape, b);

	return settled(tape, covers(&right, &left) ? append_add(tape, a, 1, b) : append_add(tape, b, 1, a));
}

Node
tape_subtract(Tape *tape, Node a, Node b)
{
	Matrix left = shape(tape, a), right = shape(tape, b);

	if (covers(&right, &left))
		return settled(tape, append_add(tape, a, -1, b));
	return settled(tape, append_add(tape, append_map(tape, MAP_AFFINE, -1, 0, b), 1, a));
}

Node
tape_multiply(Tape *tape, Node a, Node b)
{
	Matrix left = shape(tape, a), right = shape(tape, b);

	return settled(tape, covers(&right, &left) ? append_multiply(tape, a, b) : append_multiply(tape, b, a));
}

Node
tape_affine(Tape *tape, Node a, real scale, real shift)
{
	return settled(tape, append_map(tape, MAP_AFFINE, scale, shift, a));
}

Node
tape_sum_rows(Tape *tape, Node a)
{
	return settled(tape, append_sum(tape, a, 1, shape(tape, a).cols));
}

Node
tape_sum_cols(Tape *tape, Node a)
{
	return settled(tape, append_sum(tape, a, shape(tape, a).rows, 1));
}

Node
tape_sum(Tape *tape, Node a)
{
	return settled(tape, append_sum(tape, a, 1, 1));
}

Node
tape_mean_rows(Tape *tape, Node a)
{
	return tape_affine(tape, tape_sum_rows(tape, a), 1 / (real) shape(tape, a).rows, 0);
}

Node
tape_mean_cols(Tape *tape, Node a)
{
	return tape_affine(tape, tape_sum_cols(tape, a), 1 / (real) shape(tape, a).cols, 0);
}

Node
tape_mean(Tape *tape, Node a)
{
	Matrix from = shape(tape, a);

	return tape_affine(tape, tape_sum(tape, a), 1 / (real) (from.rows * from.cols), 0);
}

Node
tape_repeat(Tape *tape, Node a, int64_t rows, int64_t cols)
{
	return settled(tape, append_repeat(tape, a, rows, cols));
}

Node
tape_slice(Tape *tape, Node a, int64_t row, int64_t col, int64_t rows, int64_t cols)
{
	return settled(tape, append_slice(tape, a, row, col, rows, cols));
}

Node
tape_place(Tape *tape, Node a, int64_t row, int64_t col, int64_t rows, int64_t cols)
{
	return settled(tape, append_place(tape, a, row, col, rows, cols));
}

Node
tape_exp(Tape *tape, Node a)
{
	return settled(tape, append_map(tape, MAP_EXP, 0, 0, a));
}

Node
tape_log(Tape *tape, Node a)
{
	return settled(tape, append_map(tape, MAP_LOG, 0, 0, a));
}

Node
tape_sqrt(Tape *tape, Node a)
{
	return settled(tape, append_map(tape, MAP_SQRT, 0, 0, a));
}

Node
tape_reciprocal(Tape *tape, Node a)
{
	return settled(tape, append_map(tape, MAP_RECIPROCAL, 0, 0, a));
}

Node
tape_tanh(Tape *tape, Node a)
{
	return settled(tape, append_map(tape, MAP_TANH, 0, 0, a));
}

Node
tape_sigmoid(Tape *tape, Node a)
{
	return settled(tape, append_map(tape, MAP_SIGMOID, 0, 0, a));
}

Node
tape_softplus(Tape *tape, Node a)
{
	return settled(tape, append_map(tape, MAP_SOFTPLUS, 0, 0, a));
}

Node
tape_leaky(Tape *tape, Node a, real slope)
{
	return settled(tape, append_map(tape, MAP_LEAKY, slope, 0, a));
}

Node
tape_softmax(Tape *tape, Node a)
{
	Matrix from = shape(tape, a);

	return settled(tape, append(tape, OP_SOFTMAX, from.rows, from.cols, a, NO_NODE, NO_NODE));
}

Node
tape_cross_entropy(Tape *tape, Node logits, const Sparse *target)
{
	Matrix from = shape(tape, logits);
	Node node;

	require(target->rows == from.rows && target->cols == from.cols);
	node = append(tape, OP_CROSS_ENTROPY, from.rows, 1, logits, NO_NODE, NO_NODE);
	entry_of(tape, node)->sparse = *target;
	return settled(tape, node);
}

Node
tape_gru(Tape *tape, Node x, Node start, Node weight, int64_t steps, const real *active)
{
	Matrix inputs = shape(tape, x), state = shape(tape, start), weights = shape(tape, weight);
	Node node;

	require(inputs.rows == steps * state.rows && inputs.cols == 3 * state.cols &&
	        weights.rows == state.cols && weights.cols == 3 * state.cols);
	node = append(tape, OP_GRU, (steps + 1) * state.rows, state.cols, x, start, weight);
	entry_of(tape, node)->steps = steps;
	entry_of(tape, node)->active = active;
	return settled(tape, node);
}

int64_t
entry_kept(const Tape *tape, const Entry *entry)
{
	if (entry->operation == OP_CROSS_ENTROPY)
		return entry->value.rows;
	if (entry->operation == OP_GRU)
		return shape(tape, entry->input[0]).rows * 4 * entry->value.cols;
	return 0;
}

/* The product, with the bias in its place before it is added. */
static void
evaluate_product(const Entry *entry, const Matrix *a, const Matrix *b, const Matrix *bias, Matrix *c)
{
	if (bias != NULL)
		matrix_repeat(bias, c);
	matrix_product(a, entry->transpose[0], b, entry->transpose[1], bias != NULL || entry->accumulate, c);
}

static void
evaluate_place(const Entry *entry, const Matrix *a, Matrix *c)
{
	Matrix part = {a->rows, a->cols, c->stride, c->value + entry->row * c->stride + entry->col};

	matrix_fill(c, 0);
	matrix_repeat(a, &part);
}

void
entry_evaluate(const Tape *tape, Entry *entry)
{
	const Matrix *in[MAX_INPUTS];
	Matrix *c = &entry->value;

	for (int i = 0; i < MAX_INPUTS; i++)
		in[i] = entry->input[i] == NO_NODE ? NULL : &entry_of(tape, entry->input[i])->value;
	switch (entry->operation)
	{
		case OP_CONSTANT:
		case OP_PARAMETER:
		case OP_SLICE:
			break;
		case OP_PRODUCT:
			evaluate_product(entry, in[0], in[1], in[2], c);
			break;
		case OP_SPARSE_PRODUCT:
			matrix_sparse_product(&entry->sparse, entry->transpose[0], in[0], entry->accumulate, c);
			break;
		case OP_ADD:
			matrix_add(in[0], entry->beta, in[1], c);
			break;
		case OP_MULTIPLY:
			matrix_multiply(in[0], in[1], c);
			break;
		case OP_SUM:
			matrix_sum(in[0], entry->accumulate, c);
			break;
		case OP_REPEAT:
			matrix_repeat(in[0], c);
			break;
		case OP_PLACE:
			evaluate_place(entry, in[0], c);
			break;
		case OP_MAP:
			matrix_map(entry->function, entry->alpha, entry->beta, in[0], c);
			break;
		case OP_SOFTMAX:
			matrix_softmax(in[0], c);
			break;
		case OP_CROSS_ENTROPY:
			matrix_cross_entropy(in[0], &entry->sparse, entry->kept, c);
			break;
		case OP_CROSS_ENTROPY_GRADIENT:
			matrix_cross_entropy_gradient(in[0], &entry_of(tape, entry->input[2])->sparse,
			                              entry_of(tape, entry->input[2])->kept, in[1], c);
			break;
		case OP_GRU:
			gru_forward(tape, entry);
			break;
		case OP_GRU_GRADIENT:
			gru_backward(tape, entry);
			break;
	}
}
