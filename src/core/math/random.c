/*
 * random.c
 *	  Counter-based random numbers.
 */
#include "math/random.h"

#include <Random123/philox.h>
#include <math.h>

void
random_open(Random *random, uint64_t seed, RandomPurpose purpose, uint64_t index)
{
	random->seed = seed;
	random->index = index;
	random->purpose = (uint32_t) purpose;
	random->block = 0;
	random->spare = 0;
	random->has_spare = 0;
}

uint64_t
random_uint64(Random *random)
{
	philox4x32_ctr_t counter;
	philox4x32_key_t key;
	philox4x32_ctr_t out;

	if (random->has_spare)
	{
		random->has_spare = 0;
		return random->spare;
	}
	counter.v[0] = random->block++;
	counter.v[1] = random->purpose;
	counter.v[2] = (uint32_t) random->index;
	counter.v[3] = (uint32_t) (random->index >> 32);
	key.v[0] = (uint32_t) random->seed;
	key.v[1] = (uint32_t) (random->seed >> 32);
	out = philox4x32(counter, key);
	random->spare = (uint64_t) out.v[3] << 32 | out.v[2];
	random->has_spare = 1;
	return (uint64_t) out.v[1] << 32 | out.v[0];
}

/* Lemire's multiplication with rejection. */
uint64_t
random_below(Random *random, uint64_t n)
{
	unsigned __int128 product = (unsigned __int128) random_uint64(random) * n;

	if ((uint64_t) product < n)
	{
		uint64_t unfair = (0 - n) % n;

		while ((uint64_t) product < unfair)
			product = (unsigned __int128) random_uint64(random) * n;
	}
	return (uint64_t) (product >> 64);
}

double
random_uniform(Random *random)
{
	return ((double) (random_uint64(random) >> 12) + 0.5) * 0x1p-52;
}

/* Box and Muller; the second number is not kept, so that streams stay simple. */
double
random_normal(Random *random)
{
	double radius = sqrt(-2 * log(random_uniform(random)));

	return radius * cos(2 * M_PI * random_uniform(random));
}
