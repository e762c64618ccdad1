/*
 * permutation.c
 *	  Random permutations that are computed, not stored.
 */
#include "math/permutation.h"

#include "math/vectors.h"

#include <math.h>

/* Numbers that are enciphered together. */
#define CHUNK 64

void
permutation_open(Permutation *permutation, int64_t count, Random *random)
{
	permutation->count = (uint32_t) count;
	permutation->columns = (uint32_t) ceil(sqrt((double) count));
	permutation->rows = (uint32_t) ((count + permutation->columns - 1) / permutation->columns);
	for (int round = 0; round < PERMUTATION_ROUNDS; round += 2)
	{
		uint64_t keys = random_uint64(random);

		permutation->key[round] = (uint32_t) keys;
		permutation->key[round + 1] = (uint32_t) (keys >> 32);
	}
}

/*
 * Adds to each of a, modulo limit, a number that depends on all bits of b and of
 * the key (finalizer of MurmurHash3).
 */
static inline void
add_mixed(uint32_t *restrict a, const uint32_t *restrict b, int n, uint32_t key, uint32_t limit)
{
	for (int i = 0; i < n; i++)
	{
		uint32_t hash = b[i] * UINT32_C(0x9e3779b1) + key;
		uint32_t sum;

		hash = (hash ^ (hash >> 16)) * UINT32_C(0x85ebca6b);
		hash = (hash ^ (hash >> 13)) * UINT32_C(0xc2b2ae35);
		hash ^= hash >> 16;
		sum = a[i] + (uint32_t) (((uint64_t) hash * limit) >> 32);
		a[i] = sum < limit ? sum : sum - limit;
	}
}

WIDE_VECTORS static void
encipher(const Permutation *permutation, uint32_t *restrict row, uint32_t *restrict column, int n)
{
	for (int round = 0; round < PERMUTATION_ROUNDS; round += 2)
	{
		add_mixed(row, column, n, permutation->key[round], permutation->rows);
		add_mixed(column, row, n, permutation->key[round + 1], permutation->columns);
	}
}

/* One pass over at most CHUNK numbers; results may be count or more. */
static void
pass(const Permutation *permutation, uint64_t *place, int n)
{
	uint32_t row[CHUNK], column[CHUNK];

	for (int i = 0; i < n; i++)
	{
		row[i] = (uint32_t) (place[i] / permutation->columns);
		column[i] = (uint32_t) (place[i] % permutation->columns);
	}
	encipher(permutation, row, column, n);
	for (int i = 0; i < n; i++)
		place[i] = (uint64_t) row[i] * permutation->columns + column[i];
}

void
permutation_apply(const Permutation *permutation, uint32_t *number, int64_t numbers)
{
	for (int64_t begin = 0; begin < numbers; begin += CHUNK)
	{
		int n = numbers - begin < CHUNK ? (int) (numbers - begin) : CHUNK;
		uint64_t place[CHUNK];

		for (int i = 0; i < n; i++)
			place[i] = number[begin + i];
		pass(permutation, place, n);
		for (int i = 0; i < n; i++)
		{
			while (place[i] >= permutation->count)
				pass(permutation, &place[i], 1);
			number[begin + i] = (uint32_t) place[i];
		}
	}
}
