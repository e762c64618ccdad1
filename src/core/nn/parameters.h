/*
 * parameters.h
 *	  The trained numbers of a model: matrices in one flat block.
 *
 * First the layers add their matrices, which gives each a number and a place;
 * then the block is allocated and filled.  Gradients and an optimiser's
 * moments are blocks of the same layout, so what is done to all parameters is
 * one loop.
 */
#ifndef SYNREC_PARAMETERS_H
#define SYNREC_PARAMETERS_H

#include "nn/matrix.h"

#define MAX_PARAMETERS 128

/* How a matrix of rows x cols (inputs x outputs) begins. */
typedef enum Initialiser
{
	INIT_ZERO,
	INIT_ONE,
	INIT_XAVIER, /* uniform within sqrt(6 / (rows + cols)) (Glorot and Bengio, 2010) */
	INIT_FAN_IN, /* uniform within 1 / sqrt(rows), as PyTorch's linear layers */
	INIT_NORMAL  /* normal with deviation 0.01, cut at two deviations */
} Initialiser;

/* One matrix. */
typedef struct Parameter
{
	int64_t rows;
	int64_t cols;
	int64_t offset; /* into the block */
	Initialiser initialiser;
	bool average; /* not trained: a running mean (see batch_norm()) */
} Parameter;

typedef struct Parameters
{
	int count;
	Parameter parameter[MAX_PARAMETERS];
	int64_t size; /* of the block */
	real *block;  /* NULL until parameters_allocate() */
} Parameters;

/* Adds a matrix and gives back its number. */
extern int parameters_add(Parameters *parameters, int64_t rows, int64_t cols, Initialiser initialiser);

/* Adds a row of running means, which begin at the initialiser's value. */
extern int parameters_add_average(Parameters *parameters, int64_t cols, Initialiser initialiser);

/* Allocates the block; its numbers are undefined. */
extern void parameters_allocate(Parameters *parameters);

/* Fills the block: a matrix depends on the seed and its number only. */
extern void parameters_initialise(Parameters *parameters, uint64_t seed);

/* A matrix as a view of the block. */
extern Matrix parameters_matrix(const Parameters *parameters, int number);

#endif
