/*
 * train.h
 *	  The training loop of all models.
 *
 * A model states its parameters, its losses and what it needs to compute them;
 * the loop does the rest: minibatches in a new order each epoch, shards of them
 * on threads, gradients, steps, a look at samples kept apart after each epoch,
 * stopping early, the best weights, curves.
 *
 * Where a training goes is decided by (data, options, seed) alone: shards and
 * the order in which their gradients are summed do not depend on the number of
 * threads.  Memory does not depend on the number of epochs but for the curves.
 *
 * Divergence.  When a loss or a gradient is not finite, a loss that is to fall
 * is ten times that of the untrained weights (or 10, if that is more), or the
 * best validation is a tenth worse than that of the untrained weights, training
 * begins anew from the same weights at a quarter of the rates: three times at
 * most; after that it leaves by HOST_INVALID_PARAMETER.
 */
#ifndef SYNREC_TRAIN_H
#define SYNREC_TRAIN_H

#include "nn/optimizers.h"
#include "nn/shard.h"

#define MAX_OBJECTIVES 4

/*
 * Appends a loss: one number, the mean over the shard's samples.  Runs on any
 * thread, so it calls nothing of host.h, and on a dry tape first (tape.h).
 */
typedef Node (*LossFunction)(const void *model, Tape *tape, const Shard *shard);

/* Something that is made small by moving some of the parameters. */
typedef struct Objective
{
	LossFunction loss;
	int64_t first, last; /* offsets of the parameters that it moves */
	int repeats;         /* steps before it is the next objective's turn, each with a minibatch */
	bool falls;          /* not in a game, where a loss may rise */
	OptimizerOptions optimizer;
} Objective;

typedef struct TrainingPlan
{
	const char *stage;     /* for host_progress() */
	const char *operation; /* for messages: what needs memory, what diverged */
	const void *model;
	Parameters *parameters; /* added, not allocated */
	int objectives;
	Objective objective[MAX_OBJECTIVES];
	LossFunction validate; /* NULL: train for all epochs and keep the last weights */
	int64_t samples;       /* numbered from 0 */
	int64_t held_out;      /* of them, chosen at random, for validate only */
	int64_t batch;         /* samples of a step */
	int64_t shard;         /* samples of a tape at most */
	int64_t epochs;        /* at most */
	int64_t patience;      /* epochs without a better validation before stopping */
	uint64_t seed;
} TrainingPlan;

typedef struct TrainingResult
{
	int64_t epochs;   /* gone through */
	int64_t best;     /* the epoch whose weights are kept, from 1; 0: untrained ones */
	int64_t restarts; /* at lower rates */
	int64_t steps;    /* of one epoch */
	float *curve;     /* epochs x (objectives + 1): mean loss of each, then the validation's or NaN */
} TrainingResult;

/* Samples of a tape at most. */
extern int64_t train_shard_rows(const TrainingPlan *training);

/* Steps of one epoch: schedules that go by shard->step need them. */
extern int64_t train_steps(const TrainingPlan *training);

/* What train() allocates, from a dry run. */
extern int64_t train_bytes(const TrainingPlan *training);

/*
 * Allocates and trains the parameters.  Leaves by HOST_MEMORY_LIMIT before it
 * allocates much, and when training diverges.
 */
extern TrainingResult train(const TrainingPlan *training);

/* The curve of objective n, or of the validation (n = objectives), as a JSON array. */
extern char *train_curve_json(const float *curve, int64_t epochs, int objectives, int n);

#endif
