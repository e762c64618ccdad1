/*
 * optimizers.h
 *	  From gradients to better parameters.
 *
 * Adam (Kingma and Ba, 2015), with L2 decay added to the gradient or, as AdamW
 * (Loshchilov and Hutter, 2019), taken off the parameters; before it, the
 * gradient is shortened to a greatest length if one is given.
 */
#ifndef SYNREC_OPTIMIZERS_H
#define SYNREC_OPTIMIZERS_H

#include "nn/parameters.h"

typedef struct OptimizerOptions
{
	double rate;
	double beta1; /* of the running mean of gradients; usually 0.9 */
	double beta2; /* of their squares; usually 0.999 */
	double decay;
	bool decoupled; /* AdamW */
	double clip;    /* greatest length of the gradient; 0 for any */
} OptimizerOptions;

#define ADAM(rate_) ((OptimizerOptions){.rate = (rate_), .beta1 = 0.9, .beta2 = 0.999})

typedef struct Optimizer Optimizer;

/*
 * For the parameters whose offsets are first .. last - 1.  Running averages
 * among them are not stepped but moved by a tenth of their gradient, neither
 * clipped nor decayed.
 */
extern Optimizer *
optimizer_new(const OptimizerOptions *options, const Parameters *parameters, int64_t first, int64_t last);

/* Bytes that optimizer_new() takes for so many parameters. */
extern int64_t optimizer_bytes(int64_t parameters);

/* Forgets all moments, and multiplies the rate by that factor from now on. */
extern void optimizer_restart(Optimizer *optimizer, double factor);

/*
 * One step.  gradient[0] .. gradient[blocks - 1] are blocks whose sum, made in
 * this order, is the gradient; gradient[0] becomes that sum.  Gives back false
 * and changes nothing but gradient[0] when a number in it is not finite.  On
 * threads; the result does not depend on how many.
 */
extern bool optimizer_step(Optimizer *optimizer, Parameters *parameters, real *const *gradient, int blocks);

#endif
