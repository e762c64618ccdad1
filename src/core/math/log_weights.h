/*
 * log_weights.h
 *	  Draws without replacement from weights that are known by their logarithms.
 *
 * For weights that are used once, where making an alias table would cost more
 * than the draws.  Weights are scaled so that the greatest is 1; those below
 * e^-87 of it count as e^-87.
 */
#ifndef SYNREC_LOG_WEIGHTS_H
#define SYNREC_LOG_WEIGHTS_H

#include "math/random.h"

/* Belongs to one thread. */
typedef struct LogWeights
{
	int64_t count;
	int64_t padded;    /* count, rounded up to whole vectors */
	float *log_weight; /* padded: the first "count" are filled in by the caller */
	float *weight;     /* padded */
	float *sum;        /* per vector: of its weights; blocks of LANES vectors, filled up with 0 */
	float *block;      /* blocks: of their sums */
	int64_t blocks;
} LogWeights;

extern LogWeights *log_weights_new(int64_t count);

/* Bytes that log_weights_new() allocates. */
extern int64_t log_weights_bytes(int64_t count);

/* Takes over the logarithms, which must be finite: all indexes can be drawn. */
extern void log_weights_begin(LogWeights *weights);

/* Keeps an index from being drawn until the next log_weights_begin(). */
extern void log_weights_remove(LogWeights *weights, uint32_t index);

/* Draws an index that is left, of which there must be one, and removes it. */
extern uint32_t log_weights_draw(LogWeights *weights, Random *random);

#endif
