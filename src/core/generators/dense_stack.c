/*
 * dense_stack.c
 *	  Dense layers one after the other.
 */
#include "generators/dense_stack.h"

#include <stdlib.h>

#define SLOPE ((real) 0.2)

DenseStack
dense_stack_add(Parameters *parameters, int layers, int64_t in, int64_t units, int64_t out)
{
	DenseStack stack = {.layers = layers};

	if (layers > MAX_DENSE_LAYERS)
		abort();
	for (int l = 0; l <= layers; l++)
		stack.layer[l] =
			dense_add(parameters, l == 0 ? in : units, l == layers ? out : units, INIT_XAVIER, INIT_ZERO);
	return stack;
}

Node
dense_stack(Tape *tape, const DenseStack *stack, Node x)
{
	for (int l = 0; l < stack->layers; l++)
		x = tape_leaky(tape, dense(tape, &stack->layer[l], x), SLOPE);
	return dense(tape, &stack->layer[stack->layers], x);
}
