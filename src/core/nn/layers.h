/*
 * layers.h
 *	  The layers that nets are made of.
 *
 * A layer is a struct of numbers of parameters, filled in once by its
 * ..._add(), and a function that appends what it does to a tape.
 */
#ifndef SYNREC_LAYERS_H
#define SYNREC_LAYERS_H

#include "nn/shard.h"

#define MAX_GRU_LAYERS 8

/* x W + b: in -> out numbers. */
typedef struct Dense
{
	int weight; /* in x out */
	int bias;   /* 1 x out */
} Dense;

extern Dense dense_add(Parameters *parameters, int64_t in, int64_t out, Initialiser weight, Initialiser bias);
extern Node dense(Tape *tape, const Dense *layer, Node x);

/* The same of a sparse x: only its entries are multiplied. */
extern Node dense_sparse(Tape *tape, const Dense *layer, const Sparse *x);

/* Rows of a table: count x cols for as many indexes, which are copied.  index is not read on a dry tape. */
extern Node embedding(Tape *tape, int table, const uint32_t *index, int64_t count);

/* Each sample's row, x of m rows, "steps" times: steps m rows, step by step. */
extern Node every_step(Tape *tape, Node x, int64_t steps);

/* x with each number dropped with probability 1 - keep; x itself when not training. */
extern Node dropout(Tape *tape, const Shard *shard, int use, Node x, int64_t steps, double keep);

/*
 * Rows with mean 0 and variance 1, then times gain, plus shift (Ba et al.,
 * 2016).  Variances are biased, plus 1e-5.
 */
typedef struct Norm
{
	int gain;
	int shift;
	int mean; /* running averages, of batch_norm() only */
	int variance;
} Norm;

extern Norm layer_norm_add(Parameters *parameters, int64_t cols);
extern Node layer_norm(Tape *tape, const Norm *layer, Node x);

/*
 * The same of columns (Ioffe and Szegedy, 2015): with the statistics of the
 * shard in training, and with running averages of these otherwise.  The
 * averages are parameters that the optimiser moves (optimizers.h), so they are
 * kept with the weights and do not depend on threads.  The running variance is
 * the unbiased one.
 */
extern Norm batch_norm_add(Parameters *parameters, int64_t cols);
extern Node batch_norm(Tape *tape, const Norm *layer, const Shard *shard, Node x);

/* A soft choice among the columns (Jang et al., 2017): softmax((x + Gumbel noise) / temperature). */
extern Node gumbel_softmax(Tape *tape, const Shard *shard, int use, Node x, int64_t steps, real temperature);

/* Layers of gated recurrent units; operations.h has the equations. */
typedef struct GruStack
{
	int layers;
	int64_t units;
	Dense input[MAX_GRU_LAYERS]; /* in x 3 units */
	int state[MAX_GRU_LAYERS];   /* units x 3 units */
} GruStack;

extern GruStack gru_stack_add(Parameters *parameters, int layers, int64_t in, int64_t units);

/*
 * The states of the top layer, (steps + 1) m x units, the start first.  x:
 * steps m x in.  start: the first state of each layer, m x units, or NULL for
 * zeros.  active as for tape_gru().
 */
extern Node
gru_stack(Tape *tape, const GruStack *stack, Node x, const Node *start, int64_t steps, const real *active);

#endif
