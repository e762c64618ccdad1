/*
 * discrete_gaussian.c
 *	  Noise for differential privacy: exact integers.
 *
 * Everything is made of one question, "yes with probability n/d?", for
 * integers n and d.
 */
#include "math/discrete_gaussian.h"

#include "host.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef unsigned __int128 uint128_t;

void
strong_random_open(StrongRandom *random)
{
	random->left = 0;
}

static void
take_bytes(StrongRandom *random, void *memory, int64_t bytes)
{
	if (random->left < bytes)
	{
		host_strong_random(random->bytes, sizeof(random->bytes));
		random->left = sizeof(random->bytes);
	}
	random->left -= bytes;
	memcpy(memory, random->bytes + random->left, (size_t) bytes);
}

/* Uniform in 0 .. n - 1: as many bits as n - 1 has, again until they are below n. */
static uint128_t
below(StrongRandom *random, uint128_t n)
{
	uint128_t mask = n - 1;

	for (int shift = 1; shift < 128; shift *= 2)
		mask |= mask >> shift;
	for (;;)
	{
		uint128_t bits = 0;

		take_bytes(random, &bits, mask > UINT64_MAX ? 16 : mask > UINT32_MAX ? 8 : 4);
		bits &= mask;
		if (bits < n)
			return bits;
	}
}

uint64_t
strong_random_below(StrongRandom *random, uint64_t n)
{
	return (uint64_t) below(random, n);
}

/* Yes with probability e^(-n/d), 0 <= n <= d: the series of alternating products. */
static bool
bernoulli_exp_fraction(StrongRandom *random, uint128_t n, uint128_t d)
{
	uint128_t k = 1;

	while (below(random, d * k) < n)
		k++;
	return k % 2 == 1;
}

/* The same for any n >= 0: e^-1 as often as d goes into n, then the rest. */
static bool
bernoulli_exp(StrongRandom *random, uint128_t n, uint128_t d)
{
	for (; n > d; n -= d)
	{
		if (!bernoulli_exp_fraction(random, 1, 1))
			return false;
	}
	return bernoulli_exp_fraction(random, n, d);
}

/* P(x) proportional to exp(-|x| / scale). */
static int64_t
discrete_laplace(StrongRandom *random, int64_t scale)
{
	for (;;)
	{
		int64_t rest = (int64_t) below(random, (uint128_t) scale), whole = 0;
		bool negative;

		if (!bernoulli_exp_fraction(random, (uint128_t) rest, (uint128_t) scale))
			continue;
		while (bernoulli_exp_fraction(random, 1, 1))
			whole++;
		negative = below(random, 2) == 1;
		if (negative && rest == 0 && whole == 0)
			continue; /* or 0 would count twice */
		return (negative ? -1 : 1) * (rest + scale * whole);
	}
}

/* The greatest integer whose square is at most n. */
static int64_t
integer_root(int64_t n)
{
	int64_t root = (int64_t) sqrt((double) n);

	while (root * root > n)
		root--;
	while ((root + 1) * (root + 1) <= n)
		root++;
	return root;
}

/*
 * With variance s / q and scale t, a proposal y is accepted with probability
 * exp(-(|y| - s / (q t))^2 q / (2 s)) = exp(-(|y| q t - s)^2 / (2 s q t^2)).
 */
int64_t
discrete_gaussian(StrongRandom *random, int64_t units)
{
	const uint128_t s = (uint128_t) units, q = VARIANCE_UNITS;
	int64_t scale = integer_root(units / VARIANCE_UNITS) + 1;
	uint128_t t = (uint128_t) scale;

	for (;;)
	{
		int64_t proposal = discrete_laplace(random, scale);
		uint128_t size = (uint128_t) (proposal < 0 ? -proposal : proposal) * q * t;
		uint128_t away = size > s ? size - s : s - size;

		if (bernoulli_exp(random, away * away, 2 * s * q * t * t))
			return proposal;
	}
}
