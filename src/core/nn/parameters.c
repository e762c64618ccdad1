/*
 * parameters.c
 *	  The trained numbers of a model.
 */
#include "nn/parameters.h"

#include "host.h"
#include "math/random.h"

#include <stdlib.h>

/* A matrix begins at a multiple of so many numbers: a line of the cache. */
#define ALIGNMENT 16

#define NORMAL_DEVIATION 0.01

#define NUMBERS_PER_POLL (1 << 20)

static int
add(Parameters *parameters, int64_t rows, int64_t cols, Initialiser initialiser, bool average)
{
	if (parameters->count == MAX_PARAMETERS)
		abort(); /* a model with more layers than any of ours */
	parameters->parameter[parameters->count] =
		(Parameter){rows, cols, parameters->size, initialiser, average};
	parameters->size += (rows * cols + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return parameters->count++;
}

int
parameters_add(Parameters *parameters, int64_t rows, int64_t cols, Initialiser initialiser)
{
	return add(parameters, rows, cols, initialiser, false);
}

int
parameters_add_average(Parameters *parameters, int64_t cols, Initialiser initialiser)
{
	return add(parameters, 1, cols, initialiser, true);
}

void
parameters_allocate(Parameters *parameters)
{
	parameters->block = host_array_zero(real, parameters->size);
}

/* Half the width of an interval around 0. */
static double
bound(const Parameter *parameter)
{
	switch (parameter->initialiser)
	{
		case INIT_XAVIER:
			return sqrt(6.0 / (double) (parameter->rows + parameter->cols));
		case INIT_FAN_IN:
			return 1 / sqrt((double) parameter->rows);
		default:
			return 0;
	}
}

static double
initial(const Parameter *parameter, Random *random)
{
	double number;

	switch (parameter->initialiser)
	{
		case INIT_ZERO:
			return 0;
		case INIT_ONE:
			return 1;
		case INIT_NORMAL:
			do
				number = random_normal(random);
			while (fabs(number) > 2);
			return NORMAL_DEVIATION * number;
		default:
			return bound(parameter) * (2 * random_uniform(random) - 1);
	}
}

void
parameters_initialise(Parameters *parameters, uint64_t seed)
{
	for (int p = 0; p < parameters->count; p++)
	{
		const Parameter *parameter = &parameters->parameter[p];
		Random random;

		random_open(&random, seed, RANDOM_INITIALISE, (uint64_t) p);
		for (int64_t i = 0; i < parameter->rows * parameter->cols; i++)
		{
			if (i % NUMBERS_PER_POLL == 0)
				host_poll();
			parameters->block[parameter->offset + i] = (real) initial(parameter, &random);
		}
	}
}

Matrix
parameters_matrix(const Parameters *parameters, int number)
{
	const Parameter *parameter = &parameters->parameter[number];

	return (Matrix){parameter->rows, parameter->cols, parameter->cols,
	                parameters->block != NULL ? parameters->block + parameter->offset : NULL};
}
