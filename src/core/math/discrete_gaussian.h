/*
 * discrete_gaussian.h
 *	  Noise for differential privacy: exact integers from the operating
 *	  system's randomness.
 *
 * The discrete Gaussian has P(x) proportional to exp(-x^2 / (2 variance)) over
 * the integers.  The sampler of Canonne, Kamath and Steinke ("The discrete
 * Gaussian for differential privacy", NeurIPS 2020, algorithms 1 to 3) draws from it
 * exactly, by comparisons of integers: no floating point, whose gaps give noisy
 * sums away (Mironov 2012).  It takes time that depends on what it draws.
 */
#ifndef SYNREC_DISCRETE_GAUSSIAN_H
#define SYNREC_DISCRETE_GAUSSIAN_H

#include <stdint.h>

/* Random bytes of host_strong_random(), some at a time. */
typedef struct StrongRandom
{
	int64_t left; /* bytes not yet used */
	uint8_t bytes[8192];
} StrongRandom;

/* Variances are multiples of 1 / this. */
#define VARIANCE_UNITS 64

/* The greatest variance, in units: intermediate products must fit into 128 bits. */
#define VARIANCE_MOST_UNITS (INT64_C(1) << 48)

extern void strong_random_open(StrongRandom *random);

/* Uniform in 0 .. n - 1, n > 0, without bias. */
extern uint64_t strong_random_below(StrongRandom *random, uint64_t n);

/* 1 <= units <= VARIANCE_MOST_UNITS; the variance is units / VARIANCE_UNITS. */
extern int64_t discrete_gaussian(StrongRandom *random, int64_t units);

#endif
