/*
 * random.h
 *	  Counter-based random numbers: no state but a position.
 *
 * A stream is named by (seed, purpose, index) and can be opened anywhere, in
 * any order, on any thread; its n-th number depends on the name and n only.
 * The generator is Philox4x32-10 (Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011) from the Random123 library, keyed by the seed;
 * the counter holds index (64 bits), purpose (32) and block number (32), so a
 * stream has 2^33 numbers.
 */
#ifndef SYNREC_RANDOM_H
#define SYNREC_RANDOM_H

#include <stdint.h>

/* What random numbers are for: streams of different purposes are unrelated. */
typedef enum RandomPurpose
{
	RANDOM_SAMPLE_USERS = 1,
	RANDOM_SPLIT_USERS = 2,
	RANDOM_TRUNCATE = 3,
	RANDOM_SIMULATE = 4,
	RANDOM_GENERATE = 5,
	RANDOM_HOLD_OUT = 6,
	RANDOM_KMEANS = 7,
	RANDOM_SINGULAR = 8,
	RANDOM_EVALUATE = 9,
	RANDOM_FOLD_IN = 10,
	RANDOM_AUDIT = 11,
	RANDOM_INITIALISE = 40, /* weights of neural nets */
	RANDOM_SHUFFLE = 41,    /* order of the samples of an epoch */
	RANDOM_DROPOUT = 42,
	RANDOM_NOISE = 43,      /* normal numbers of a training step */
	RANDOM_VALIDATION = 44, /* samples kept from training */
	RANDOM_ORDER = 50,      /* lists of items of a training step */
	RANDOM_LATENT = 51,     /* seed of what draws codes */
	RANDOM_SEARCH = 52,     /* hyper-parameters of a trial, seeds of its fits */
	RANDOM_MIXTURE = 60,
	RANDOM_LDA = 61,
	RANDOM_HOLD_OUT_USERS = 62,
	RANDOM_USER_ORDER = 63,
	RANDOM_ITEM_ORDER = 64,
	RANDOM_TOPICS_CALIBRATE = 65,
	RANDOM_EIGEN = 70,
	RANDOM_CALIBRATE = 71,
	RANDOM_FRACTAL_BLOCKS = 80,
	RANDOM_FRACTAL_RATES = 81,
	RANDOM_PRINCIPAL = 82,
	RANDOM_PROJECTION = 83,
	RANDOM_RATINGS = 90,     /* of a synthetic user's items */
	RANDOM_TIMES = 91,       /* likewise */
	RANDOM_TIME_BLOCKS = 92, /* order of sittings in a block of users */
	RANDOM_TIME_OFFSET = 93  /* of times of day */
} RandomPurpose;

typedef struct Random
{
	uint64_t seed;
	uint64_t index;
	uint32_t purpose;
	uint32_t block; /* number of the next block of the stream */
	uint64_t spare; /* second half of the last block */
	int has_spare;
} Random;

extern void random_open(Random *random, uint64_t seed, RandomPurpose purpose, uint64_t index);

/* Uniform over all 64-bit numbers. */
extern uint64_t random_uint64(Random *random);

/* Uniform in 0 .. n - 1, n > 0, without bias. */
extern uint64_t random_below(Random *random, uint64_t n);

/* Normal with mean 0 and variance 1. */
extern double random_normal(Random *random);

/* Uniform in the open interval (0, 1): never 0, never 1. */
extern double random_uniform(Random *random);

#endif
