/*
 * real.h
 *	  The numbers that neural nets compute with, and the functions of them that
 *	  are called often.
 *
 * They are floats.  The gradient tests compile the same sources with
 * SYNREC_DOUBLE, because a difference quotient of floats has no more than
 * three digits.
 *
 * exp and what follows from it are polynomials that GCC turns into vectors,
 * which it cannot do with calls of the library.  Relative error below 2e-7 for
 * exp, absolute error below 2e-7 for sigmoid and tanh.  NaN stays NaN.
 */
#ifndef SYNREC_REAL_H
#define SYNREC_REAL_H

#include <math.h>
#include <stdint.h>

#ifdef SYNREC_DOUBLE

typedef double real;

static inline real
real_exp(real x)
{
	return exp(x);
}

#else

typedef float real;

/* Number of the form 2^n x 2^r, |r| <= 1/2; the second factor by its Taylor series (degree 6). */
static inline real
real_exp(real x)
{
	union
	{
		float number;
		uint32_t bits;
	} shifted, power;
	float r, sum;

	x = x < -87.0f ? -87.0f : x;
	x = x > 88.0f ? 88.0f : x;
	/* adding 1.5 * 2^23 rounds to a whole number, which then is in the low bits */
	shifted.number = x * 1.44269504f + 12582912.0f;
	r = shifted.number - 12582912.0f;
	/* ln 2 in two parts, of which the first times r is exact */
	r = (x - r * 0.693359375f) + r * 2.12194440e-4f;
	sum = 1.3888889e-3f;
	sum = sum * r + 8.3333333e-3f;
	sum = sum * r + 4.1666667e-2f;
	sum = sum * r + 1.6666667e-1f;
	sum = sum * r + 0.5f;
	sum = sum * r + 1.0f;
	sum = sum * r + 1.0f;
	power.bits = (shifted.bits << 23) + (127u << 23);
	return sum * power.number;
}

#endif

static inline real
real_sigmoid(real x)
{
	return 1 / (1 + real_exp(-x));
}

static inline real
real_tanh(real x)
{
	return 1 - 2 / (1 + real_exp(2 * x));
}

#endif
