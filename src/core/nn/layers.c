/*
 * layers.c
 *	  The layers that nets are made of.
 */
#include "nn/layers.h"

#include <stdlib.h>

/* Added to a variance before its root is taken. */
#define LEAST_VARIANCE ((real) 1e-5)

Dense
dense_add(Parameters *parameters, int64_t in, int64_t out, Initialiser weight, Initialiser bias)
{
	Dense layer;

	layer.weight = parameters_add(parameters, in, out, weight);
	layer.bias = parameters_add(parameters, 1, out, bias);
	return layer;
}

Node
dense(Tape *tape, const Dense *layer, Node x)
{
	return tape_product(tape, x, false, tape_parameter(tape, layer->weight), false,
	                    tape_parameter(tape, layer->bias));
}

Node
dense_sparse(Tape *tape, const Dense *layer, const Sparse *x)
{
	return tape_add(tape, tape_sparse_product(tape, x, false, tape_parameter(tape, layer->weight)),
	                tape_parameter(tape, layer->bias));
}

/* A matrix with a 1 in each of "rows" rows, whose columns are to be filled in. */
static Sparse *
choice(Tape *tape, int64_t rows, int64_t cols, int64_t **start, uint32_t **column)
{
	Sparse *s = tape_memory(tape, sizeof(Sparse));

	*start = tape_memory(tape, (rows + 1) * (int64_t) sizeof(int64_t));
	*column = tape_memory(tape, rows * (int64_t) sizeof(uint32_t));
	if (s == NULL)
		return NULL;
	for (int64_t i = 0; i <= rows; i++)
		(*start)[i] = i;
	*s = (Sparse){rows, cols, *start, *column, NULL};
	return s;
}

Node
embedding(Tape *tape, int table, const uint32_t *index, int64_t count)
{
	Node rows = tape_parameter(tape, table);
	Sparse dry = {count, tape_value(tape, rows).rows, NULL, NULL, NULL};
	int64_t *start;
	uint32_t *column;
	Sparse *s = choice(tape, dry.rows, dry.cols, &start, &column);

	for (int64_t i = 0; s != NULL && i < count; i++)
		column[i] = index[i];
	return tape_sparse_product(tape, s != NULL ? s : &dry, false, rows);
}

Node
every_step(Tape *tape, Node x, int64_t steps)
{
	int64_t m = tape_value(tape, x).rows;
	Sparse dry = {steps * m, m, NULL, NULL, NULL};
	int64_t *start;
	uint32_t *column;
	Sparse *s = choice(tape, dry.rows, dry.cols, &start, &column);

	for (int64_t i = 0; s != NULL && i < steps * m; i++)
		column[i] = (uint32_t) (i % m);
	return tape_sparse_product(tape, s != NULL ? s : &dry, false, x);
}

Node
dropout(Tape *tape, const Shard *shard, int use, Node x, int64_t steps, double keep)
{
	if (!shard->training || keep == 1)
		return x;
	return tape_multiply(tape, x, shard_mask(tape, shard, use, steps, tape_value(tape, x).cols, keep));
}

/* 1 / sqrt(variance + LEAST_VARIANCE) */
static Node
inverse_deviation(Tape *tape, Node variance)
{
	return tape_reciprocal(tape, tape_sqrt(tape, tape_affine(tape, variance, 1, LEAST_VARIANCE)));
}

/* x gain + shift, by columns. */
static Node
rescale(Tape *tape, const Norm *layer, Node x)
{
	return tape_add(tape, tape_multiply(tape, x, tape_parameter(tape, layer->gain)),
	                tape_parameter(tape, layer->shift));
}

Norm
layer_norm_add(Parameters *parameters, int64_t cols)
{
	Norm layer = {.mean = -1, .variance = -1};

	layer.gain = parameters_add(parameters, 1, cols, INIT_ONE);
	layer.shift = parameters_add(parameters, 1, cols, INIT_ZERO);
	return layer;
}

Node
layer_norm(Tape *tape, const Norm *layer, Node x)
{
	Node centred = tape_subtract(tape, x, tape_mean_cols(tape, x));
	Node variance = tape_mean_cols(tape, tape_multiply(tape, centred, centred));

	return rescale(tape, layer, tape_multiply(tape, centred, inverse_deviation(tape, variance)));
}

Norm
batch_norm_add(Parameters *parameters, int64_t cols)
{
	Norm layer = layer_norm_add(parameters, cols);

	layer.mean = parameters_add_average(parameters, cols, INIT_ZERO);
	layer.variance = parameters_add_average(parameters, cols, INIT_ONE);
	return layer;
}

/*
 * A loss whose derivative with respect to a running average is what it
 * differs by from the latest statistic.
 */
static void
follow(Tape *tape, int average, Node statistic)
{
	Node difference = tape_subtract(tape, tape_parameter(tape, average), tape_detach(tape, statistic));

	tape_add_auxiliary(
		tape, tape_affine(tape, tape_sum(tape, tape_multiply(tape, difference, difference)), 0.5, 0));
}

Node
batch_norm(Tape *tape, const Norm *layer, const Shard *shard, Node x)
{
	int64_t rows = tape_value(tape, x).rows;
	Node mean, centred, variance;

	if (!shard->training)
	{
		centred = tape_subtract(tape, x, tape_parameter(tape, layer->mean));
		variance = tape_parameter(tape, layer->variance);
	}
	else
	{
		mean = tape_mean_rows(tape, x);
		centred = tape_subtract(tape, x, mean);
		variance = tape_mean_rows(tape, tape_multiply(tape, centred, centred));
		follow(tape, layer->mean, mean);
		follow(tape, layer->variance,
		       tape_affine(tape, variance, (real) rows / (real) (rows > 1 ? rows - 1 : 1), 0));
	}
	return rescale(tape, layer, tape_multiply(tape, centred, inverse_deviation(tape, variance)));
}

Node
gumbel_softmax(Tape *tape, const Shard *shard, int use, Node x, int64_t steps, real temperature)
{
	Node noise = shard_gumbel(tape, shard, use, steps, tape_value(tape, x).cols);

	return tape_softmax(tape, tape_affine(tape, tape_add(tape, x, noise), 1 / temperature, 0));
}

GruStack
gru_stack_add(Parameters *parameters, int layers, int64_t in, int64_t units)
{
	GruStack stack = {.layers = layers, .units = units};

	if (layers > MAX_GRU_LAYERS)
		abort();
	for (int l = 0; l < layers; l++)
	{
		stack.input[l] = dense_add(parameters, l == 0 ? in : units, 3 * units, INIT_XAVIER, INIT_ZERO);
		stack.state[l] = parameters_add(parameters, units, 3 * units, INIT_XAVIER);
	}
	return stack;
}

Node
gru_stack(Tape *tape, const GruStack *stack, Node x, const Node *start, int64_t steps, const real *active)
{
	int64_t m = tape_value(tape, x).rows / steps;
	Node states = NO_NODE;

	for (int l = 0; l < stack->layers; l++)
	{
		Node first;

		if (start != NULL)
			first = start[l];
		else
		{
			real *zeros;
			Matrix matrix;

			first = tape_constant(tape, m, stack->units, &zeros);
			matrix = tape_value(tape, first);
			if (zeros != NULL)
				matrix_fill(&matrix, 0);
		}
		if (l > 0)
			x = tape_slice(tape, states, m, 0, steps * m, stack->units);
		states = tape_gru(tape, dense(tape, &stack->input[l], x), first,
		                  tape_parameter(tape, stack->state[l]), steps, active);
	}
	return states;
}
