/*
 * optimizers.c
 *	  Adam.
 *
 * The parameters are cut into pieces, each a part of one matrix; a step goes
 * over them twice, first for the sum of the gradients and its length, then for
 * the update.
 */
#include "nn/optimizers.h"

#include "host.h"
#include "math/parallel.h"
#include "math/vectors.h"

#include <string.h>

#define PIECE 65536

#define EPSILON 1e-8

/* How fast running averages move. */
#define AVERAGE_RATE 0.1

typedef struct Piece
{
	int64_t first; /* offset */
	int64_t count;
	bool average;
	double square; /* of the gradient's length */
} Piece;

struct Optimizer
{
	OptimizerOptions options;
	int64_t steps;
	int64_t first; /* offset that the moments begin at */
	real *mean;
	real *square;
	int64_t moments; /* numbers in each */
	Piece *piece;
	int64_t pieces;

	/* of the step under way */
	real *block;
	real *const *gradient;
	int blocks;
	double shrink; /* what clipping multiplies the gradient by */
};

Optimizer *
optimizer_new(const OptimizerOptions *options, const Parameters *parameters, int64_t first, int64_t last)
{
	Optimizer *o = host_alloc_zero(sizeof(Optimizer));

	o->options = *options;
	o->first = first;
	o->moments = last - first;
	host_poll(); /* filling a hundred megabytes takes its time */
	o->mean = host_array_zero(real, last - first);
	host_poll();
	o->square = host_array_zero(real, last - first);
	o->piece = host_array(Piece, (last - first) / PIECE + parameters->count);
	for (int p = 0; p < parameters->count; p++)
	{
		const Parameter *parameter = &parameters->parameter[p];
		int64_t size = parameter->rows * parameter->cols;

		if (parameter->offset < first || parameter->offset >= last)
			continue;
		for (int64_t at = 0; at < size; at += PIECE)
			o->piece[o->pieces++] =
				(Piece){parameter->offset + at, size - at < PIECE ? size - at : PIECE, parameter->average, 0};
	}
	return o;
}

int64_t
optimizer_bytes(int64_t parameters)
{
	return 2 * parameters * (int64_t) sizeof(real);
}

void
optimizer_restart(Optimizer *o, double factor)
{
	o->options.rate *= factor;
	o->steps = 0;
	memset(o->mean, 0, (size_t) o->moments * sizeof(real));
	host_poll();
	memset(o->square, 0, (size_t) o->moments * sizeof(real));
}

WIDE_VECTORS static void
add_to(int64_t n, const real *restrict from, real *restrict to)
{
	for (int64_t j = 0; j < n; j++)
		to[j] += from[j];
}

/* In 16 parts, added up in order. */
WIDE_VECTORS static double
sum_of_squares(int64_t n, const real *x)
{
	double lane[16] = {0}, sum = 0;
	int64_t j = 0;

	for (; j + 16 <= n; j += 16)
	{
		for (int l = 0; l < 16; l++)
			lane[l] += (double) x[j + l] * x[j + l];
	}
	for (; j < n; j++)
		lane[0] += (double) x[j] * x[j];
	for (int l = 0; l < 16; l++)
		sum += lane[l];
	return sum;
}

static void
sum_gradients(void *task, int64_t begin, int64_t end, int worker)
{
	Optimizer *o = task;

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		Piece *piece = &o->piece[i];
		real *sum = o->gradient[0] + piece->first;

		for (int b = 1; b < o->blocks; b++)
			add_to(piece->count, o->gradient[b] + piece->first, sum);
		piece->square = sum_of_squares(piece->count, sum);
	}
}

/* Constants of one step of Adam. */
typedef struct AdamStep
{
	real keep;   /* parameters are multiplied by it: 1 less the decoupled decay */
	real decay;  /* coupled */
	real shrink; /* what the gradient is multiplied by */
	real beta1, beta2;
	real rate;   /* with the correction of the mean */
	real unbias; /* what the square is multiplied by: its correction */
} AdamStep;

WIDE_VECTORS static void
adam(int64_t n, const AdamStep *step, const real *restrict gradient, real *restrict mean,
     real *restrict square, real *restrict parameter)
{
	AdamStep s = *step;

	for (int64_t j = 0; j < n; j++)
	{
		real g = s.shrink * gradient[j] + s.decay * parameter[j];

		mean[j] = s.beta1 * mean[j] + (1 - s.beta1) * g;
		square[j] = s.beta2 * square[j] + (1 - s.beta2) * g * g;
		parameter[j] =
			s.keep * parameter[j] - s.rate * mean[j] / ((real) sqrt(s.unbias * square[j]) + (real) EPSILON);
	}
}

static void
update(void *task, int64_t begin, int64_t end, int worker)
{
	Optimizer *o = task;
	const OptimizerOptions *options = &o->options;
	double t = (double) o->steps;
	AdamStep step = {
		.keep = (real) (options->decoupled ? 1 - options->rate * options->decay : 1),
		.decay = (real) (options->decoupled ? 0 : options->decay),
		.shrink = (real) o->shrink,
		.beta1 = (real) options->beta1,
		.beta2 = (real) options->beta2,
		.rate = (real) (options->rate / (1 - pow(options->beta1, t))),
		.unbias = (real) (1 / (1 - pow(options->beta2, t))),
	};

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		const Piece *piece = &o->piece[i];
		real *parameter = o->block + piece->first;
		const real *gradient = o->gradient[0] + piece->first;
		int64_t at = piece->first - o->first;

		for (int64_t j = 0; piece->average && j < piece->count; j++)
			parameter[j] -= (real) AVERAGE_RATE * gradient[j];
		if (!piece->average)
			adam(piece->count, &step, gradient, o->mean + at, o->square + at, parameter);
	}
}

bool
optimizer_step(Optimizer *o, Parameters *parameters, real *const *gradient, int blocks)
{
	double square = 0, length;

	o->block = parameters->block;
	o->gradient = gradient;
	o->blocks = blocks;
	parallel_for(ANY_WORKERS, o->pieces, 4, sum_gradients, o);
	for (int64_t i = 0; i < o->pieces; i++)
	{
		if (!isfinite(o->piece[i].square))
			return false;
		if (!o->piece[i].average)
			square += o->piece[i].square;
	}
	length = sqrt(square);
	o->shrink = o->options.clip > 0 && length > o->options.clip ? o->options.clip / length : 1;
	o->steps++;
	parallel_for(ANY_WORKERS, o->pieces, 4, update, o);
	return true;
}
