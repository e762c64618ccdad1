/*
 * dense_stack.h
 *	  Dense layers one after the other, the shape of many a small net.
 */
#ifndef SYNREC_DENSE_STACK_H
#define SYNREC_DENSE_STACK_H

#include "nn/layers.h"

#define MAX_DENSE_LAYERS 8

/* Hidden layers with leaky ReLU, whose slope is 0.2 where it is negative; then a linear one. */
typedef struct DenseStack
{
	int layers; /* hidden ones; may be 0 */
	Dense layer[MAX_DENSE_LAYERS + 1];
} DenseStack;

extern DenseStack dense_stack_add(Parameters *parameters, int layers, int64_t in, int64_t units, int64_t out);

extern Node dense_stack(Tape *tape, const DenseStack *stack, Node x);

#endif
