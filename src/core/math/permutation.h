/*
 * permutation.h
 *	  Random permutations that are computed, not stored: any place of any of
 *	  them at once, in any order, on any thread.
 */
#ifndef SYNREC_PERMUTATION_H
#define SYNREC_PERMUTATION_H

#include "math/random.h"

#define PERMUTATION_ROUNDS 8

/*
 * A permutation of 0 .. count - 1: a Feistel cipher over a rectangle of
 * rows x columns >= count numbers; those that fall outside are enciphered again
 * (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002).
 * Mixed well enough for sampling, not a cipher to hide anything with.
 */
typedef struct Permutation
{
	uint32_t count;
	uint32_t rows; /* at most 65536, as columns */
	uint32_t columns;
	uint32_t key[PERMUTATION_ROUNDS];
} Permutation;

/* Takes its keys from the stream.  1 <= count < 2^32. */
extern void permutation_open(Permutation *permutation, int64_t count, Random *random);

/* Replaces numbers from 0 to count - 1 by where they go. */
extern void permutation_apply(const Permutation *permutation, uint32_t *number, int64_t numbers);

/* Where one number goes. */
static inline uint32_t
permutation_at(const Permutation *permutation, uint32_t number)
{
	permutation_apply(permutation, &number, 1);
	return number;
}

#endif
