/*
 * shard.c
 *	  Random numbers of a shard.
 */
#include "nn/shard.h"

#include "math/random.h"

/* A use has so many blocks of a sample's stream, each of two numbers. */
#define BLOCKS_PER_USE (1u << 24)

static void
open_stream(Random *random, const Shard *shard, RandomPurpose purpose, int use, int64_t row)
{
	random_open(random, shard->seed, purpose, (uint64_t) shard->step << 32 | (uint64_t) shard->sample[row]);
	random->block = (uint32_t) use * BLOCKS_PER_USE;
}

/* Fills in n numbers. */
typedef void (*Filler)(Random *random, double parameter, int64_t n, real *value);

static Node
fill(Tape *tape, const Shard *shard, RandomPurpose purpose, int use, int64_t steps, int64_t cols,
     Filler filler, double parameter)
{
	real *value;
	Node node = tape_constant(tape, steps * shard->rows, cols, &value);

	for (int64_t i = 0; value != NULL && i < shard->rows; i++)
	{
		Random random;

		open_stream(&random, shard, purpose, use, i);
		for (int64_t t = 0; t < steps; t++)
			filler(&random, parameter, cols, value + (t * shard->rows + i) * cols);
	}
	return node;
}

/* In (0, 1), from 32 bits. */
static inline float
uniform_of(uint32_t bits)
{
	return ((float) (bits >> 9) + 0.5f) * 0x1p-23f;
}

/* Box and Muller, both numbers. */
static void
fill_normal(Random *random, double parameter, int64_t n, real *value)
{
	(void) parameter;
	for (int64_t j = 0; j < n; j += 2)
	{
		uint64_t bits = random_uint64(random);
		float radius = sqrtf(-2 * logf(uniform_of((uint32_t) bits)));
		float angle = (float) (2 * M_PI) * uniform_of((uint32_t) (bits >> 32));

		value[j] = radius * cosf(angle);
		if (j + 1 < n)
			value[j + 1] = radius * sinf(angle);
	}
}

static void
fill_uniform(Random *random, double parameter, int64_t n, real *value)
{
	(void) parameter;
	for (int64_t j = 0; j < n; j++)
		value[j] = uniform_of((uint32_t) random_uint64(random));
}

static void
fill_gumbel(Random *random, double parameter, int64_t n, real *value)
{
	(void) parameter;
	for (int64_t j = 0; j < n; j++)
		value[j] = (real) -log(-log(random_uniform(random)));
}

/* Two numbers of 32 bits each time. */
static void
fill_mask(Random *random, double keep, int64_t n, real *value)
{
	const uint64_t limit = (uint64_t) (keep * 0x1p32);
	uint64_t bits = 0;

	for (int64_t j = 0; j < n; j++)
	{
		bits = j % 2 == 0 ? random_uint64(random) : bits >> 32;
		value[j] = (bits & UINT32_MAX) < limit ? (real) (1 / keep) : 0;
	}
}

Node
shard_normal(Tape *tape, const Shard *shard, int use, int64_t steps, int64_t cols)
{
	return fill(tape, shard, RANDOM_NOISE, use, steps, cols, fill_normal, 0);
}

Node
shard_uniform(Tape *tape, const Shard *shard, int use, int64_t steps, int64_t cols)
{
	return fill(tape, shard, RANDOM_NOISE, use, steps, cols, fill_uniform, 0);
}

Node
shard_gumbel(Tape *tape, const Shard *shard, int use, int64_t steps, int64_t cols)
{
	return fill(tape, shard, RANDOM_NOISE, use, steps, cols, fill_gumbel, 0);
}

Node
shard_mask(Tape *tape, const Shard *shard, int use, int64_t steps, int64_t cols, double keep)
{
	return fill(tape, shard, RANDOM_DROPOUT, use, steps, cols, fill_mask, keep);
}

void
shard_mask_sparse(const Shard *shard, int use, double keep, const int64_t *start, real *value)
{
	for (int64_t i = 0; value != NULL && i < shard->rows; i++)
	{
		Random random;

		open_stream(&random, shard, RANDOM_DROPOUT, use, i);
		for (int64_t p = start[i]; p < start[i + 1]; p += 2)
		{
			real mask[2];

			fill_mask(&random, keep, 2, mask);
			value[p] *= mask[0];
			if (p + 1 < start[i + 1])
				value[p + 1] *= mask[1];
		}
	}
}
