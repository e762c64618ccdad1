/*
 * shard.h
 *	  The samples that one tape works on, and the random numbers that belong to
 *	  them.
 *
 * A minibatch is cut into shards, one tape each, that threads work on side by
 * side.  Random numbers are named by the sample's number in all the data and
 * by the training step, so it does not matter how a minibatch was cut or which
 * thread took which part.
 */
#ifndef SYNREC_SHARD_H
#define SYNREC_SHARD_H

#include "nn/operations.h"

typedef struct Shard
{
	const int64_t *sample; /* rows numbers of samples, below 2^32 */
	int64_t rows;
	uint64_t seed;
	int64_t step;  /* of the training so far, below 2^31 */
	bool training; /* else only to see how good the model is: no dropout */
} Shard;

/*
 * Constants of steps rows x cols: the first row of every sample, then the second
 * of every sample, and so on.  "use" tells the random numbers that a model takes
 * for one thing from those that it takes for another: any number from 0 to 255.
 * The numbers are normal; uniform in (0, 1); of Gumbel's distribution.
 */
extern Node shard_normal(Tape *tape, const Shard *shard, int use, int64_t steps, int64_t cols);
extern Node shard_uniform(Tape *tape, const Shard *shard, int use, int64_t steps, int64_t cols);
extern Node shard_gumbel(Tape *tape, const Shard *shard, int use, int64_t steps, int64_t cols);

/*
 * 1 / keep with probability keep, else 0: what dropout multiplies by
 * (Srivastava et al., 2014).
 */
extern Node shard_mask(Tape *tape, const Shard *shard, int use, int64_t steps, int64_t cols, double keep);

/*
 * The same for the entries of a sparse matrix, one row a sample: an entry is
 * multiplied by the mask of its place in the row.  value may be NULL.
 */
extern void shard_mask_sparse(const Shard *shard, int use, double keep, const int64_t *start, real *value);

#endif
