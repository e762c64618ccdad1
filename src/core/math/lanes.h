/*
 * lanes.h
 *	  Elementary functions of 16 floats at a time.
 *
 * For functions marked WIDE_VECTORS (math/vectors.h): every lane is worked out
 * alone, so the width of the processor's vectors changes nothing; that some
 * processors multiply and add in one step can change the last bit.  Relative
 * errors are below 5e-7 of the result; coefficients are those of Moshier's
 * Cephes library where nothing else is said.  Values go by pointer because
 * vectors as arguments depend on the processor.
 */
#ifndef SYNREC_LANES_H
#define SYNREC_LANES_H

#include <stdint.h>
#include <string.h>

#define LANES 16

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t LaneBits __attribute__((vector_size(LANES * sizeof(int32_t))));

#define LANES_INLINE static inline __attribute__((always_inline))

/* Numbers rounded up to whole vectors. */
static inline int64_t
lanes_padded(int64_t count)
{
	return (count + LANES - 1) / LANES * LANES;
}

LANES_INLINE void
lanes_load(Lanes *x, const float *from)
{
	memcpy(x, from, sizeof(*x));
}

LANES_INLINE void
lanes_store(float *to, const Lanes *x)
{
	memcpy(to, x, sizeof(*x));
}

/* Whatever is less than "least" becomes "instead". */
LANES_INLINE void
lanes_replace_below(Lanes *x, float least, float instead)
{
	const Lanes zero = {0};
	LaneBits below = *x < least;
	LaneBits bits = ((LaneBits) (zero + instead) & below) | ((LaneBits) *x & ~below);

	*x = (Lanes) bits;
}

LANES_INLINE void
lanes_absolute(Lanes *x)
{
	LaneBits bits = (LaneBits) *x & 0x7fffffff;

	*x = (Lanes) bits;
}

/* The sum of all lanes, halves added to halves. */
LANES_INLINE float
lanes_sum(const Lanes *x)
{
	typedef float Half __attribute__((vector_size(LANES / 2 * sizeof(float))));
	typedef float Quarter __attribute__((vector_size(LANES / 4 * sizeof(float))));
	Half low, high;
	Quarter a, b;

	memcpy(&low, x, sizeof(low));
	memcpy(&high, (const char *) x + sizeof(low), sizeof(high));
	low += high;
	memcpy(&a, &low, sizeof(a));
	memcpy(&b, (const char *) &low + sizeof(a), sizeof(b));
	a += b;
	return (a[0] + a[2]) + (a[1] + a[3]);
}

/* e^x; below -87 as at -87, above 88 as at 88. */
LANES_INLINE void
lanes_exp(Lanes *x)
{
	Lanes shifted, n, r, p;
	LaneBits bits;

	lanes_replace_below(x, -87.0f, -87.0f);
	*x = -*x;
	lanes_replace_below(x, -88.0f, -88.0f);
	*x = -*x;
	/* adding 1.5 x 2^23 leaves the nearest integer in the lowest bits */
	shifted = *x * 1.44269504f + 12582912.0f;
	n = shifted - 12582912.0f;
	r = *x - n * 0.693359375f + n * 2.12194440e-4f;
	p = r * 1.9875691500e-4f + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	p = p * r * r + r + 1.0f;
	bits = (LaneBits) p + ((LaneBits) shifted << 23);
	*x = (Lanes) bits;
}

/* ln x of positive numbers that are not subnormal. */
LANES_INLINE void
lanes_log(Lanes *x)
{
	const Lanes zero = {0};
	LaneBits bits = (LaneBits) *x, exponent = (bits >> 23) - 126;
	Lanes m, e, p, square;
	LaneBits below;

	bits = (bits & 0x007fffff) | 0x3f000000;
	m = (Lanes) bits; /* from 1/2 to 1 */
	below = m < 0.707106781186547524f;
	exponent += below;
	bits += below & 0x00800000; /* twice as much: from 1/sqrt(2) to sqrt(2) */
	m = (Lanes) bits - 1.0f;
	e = __builtin_convertvector(exponent, Lanes);
	square = m * m;
	p = zero + 7.0376836292e-2f;
	p = p * m - 1.1514610310e-1f;
	p = p * m + 1.1676998740e-1f;
	p = p * m - 1.2420140846e-1f;
	p = p * m + 1.4249322787e-1f;
	p = p * m - 1.6668057665e-1f;
	p = p * m + 2.0000714765e-1f;
	p = p * m - 2.4999993993e-1f;
	p = p * m + 3.3333331174e-1f;
	p = p * m * square;
	p += e * -2.12194440e-4f;
	p -= 0.5f * square;
	*x = m + p + e * 0.693359375f;
}

/*
 * e^digamma(x), x > 0: the recurrence digamma(x) = digamma(x + 4) - 1/x - ... -
 * 1/(x + 3), then e^digamma(y + 1/2) = y + 1/(24 y) - 37/(5760 y^3) +
 * 10313/(2903040 y^5) - ...  Never less than e^-87.
 */
LANES_INLINE void
lanes_exp_digamma(Lanes *x)
{
	Lanes y = *x + 3.5f;
	Lanes inverse = 1.0f / y, square = inverse * inverse;
	Lanes series = y + inverse * (1.0f / 24 + square * (-37.0f / 5760 + square * (10313.0f / 2903040)));
	/* the four fractions as two, each over a common denominator */
	Lanes a = *x * (*x + 1.0f), b = (*x + 2.0f) * (*x + 3.0f);
	Lanes power = -((*x + *x + 1.0f) / a + (*x + *x + 5.0f) / b);

	lanes_exp(&power);
	*x = series * power;
}

#endif
