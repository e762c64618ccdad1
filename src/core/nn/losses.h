/*
 * losses.h
 *	  What training makes small.
 *
 * Unless it says otherwise a loss is one number, the mean over rows.  The
 * penalties on a critic's gradient are derived from the critic on the same
 * tape, so they hold for any critic without fused operations, and one in which
 * no row of the input moves another row's output: no batch norm.
 */
#ifndef SYNREC_LOSSES_H
#define SYNREC_LOSSES_H

#include "nn/layers.h"

/* A net with one output per row of x: m x 1. */
typedef Node (*Critic)(Tape *tape, const void *critic, Node x);

/* -ln of the multinomial likelihood of sparse targets, less its constant; first-order. */
extern Node cross_entropy(Tape *tape, Node logits, const Sparse *target);

/* Binary cross-entropy of sigmoid(logits) with targets from 0 to 1, mean over all numbers. */
extern Node binary_cross_entropy(Tape *tape, Node logits, Node target);

/* The same with one target for all. */
extern Node binary_cross_entropy_with(Tape *tape, Node logits, real target);

/* Mean over all numbers. */
extern Node mean_squared_error(Tape *tape, Node a, Node b);

/* Divergence of N(mean, diag exp(log_variance)) from N(0, 1): summed over columns. */
extern Node gaussian_divergence(Tape *tape, Node mean, Node log_variance);

/*
 * mean (|gradient of the critic| - 1)^2 at points between real and fake rows
 * (Gulrajani et al., 2017): mix real + (1 - mix) fake, mix m x 1 from 0 to 1.
 */
extern Node
gradient_penalty(Tape *tape, Critic critic, const void *net, Node real_rows, Node fake_rows, Node mix);

/*
 * With logits f and D = sigmoid(f): mean over real of (1 - D)^2 |gradient of f|^2
 * plus mean over fake of D^2 |gradient of f|^2 (Roth et al., 2017).
 * The weights are derived too, as the paper's code does.
 */
extern Node
jensen_shannon_penalty(Tape *tape, Critic critic, const void *net, Node real_rows, Node fake_rows);

/*
 * The critic's losses: W-GAN's with weight times gradient_penalty(); that of a
 * GAN with logits, with weight / 2 times jensen_shannon_penalty() (R-GAN).  fake
 * is detached by the caller.
 */
extern Node wasserstein_critic_loss(Tape *tape, Critic critic, const void *net, Node real_rows,
                                    Node fake_rows, Node mix, real weight);
extern Node regularised_critic_loss(Tape *tape, Critic critic, const void *net, Node real_rows,
                                    Node fake_rows, real weight);

#endif
