/*
 * losses.c
 *	  What training makes small.
 */
#include "nn/losses.h"

/* Under a root, whose derivative at 0 is infinite. */
#define LEAST_SQUARE ((real) 1e-12)

static Node
square(Tape *tape, Node a)
{
	return tape_multiply(tape, a, a);
}

Node
cross_entropy(Tape *tape, Node logits, const Sparse *target)
{
	return tape_mean(tape, tape_cross_entropy(tape, logits, target));
}

/* ln(1 + exp x) - x t */
Node
binary_cross_entropy(Tape *tape, Node logits, Node target)
{
	return tape_mean(tape,
	                 tape_subtract(tape, tape_softplus(tape, logits), tape_multiply(tape, logits, target)));
}

Node
binary_cross_entropy_with(Tape *tape, Node logits, real target)
{
	return tape_mean(tape,
	                 tape_subtract(tape, tape_softplus(tape, logits), tape_affine(tape, logits, target, 0)));
}

Node
mean_squared_error(Tape *tape, Node a, Node b)
{
	return tape_mean(tape, square(tape, tape_subtract(tape, a, b)));
}

/* (exp(v) + mean^2 - 1 - v) / 2, v the log variance */
Node
gaussian_divergence(Tape *tape, Node mean, Node log_variance)
{
	Node terms =
		tape_add(tape, tape_subtract(tape, tape_exp(tape, log_variance), log_variance), square(tape, mean));

	return tape_mean(tape, tape_sum_cols(tape, tape_affine(tape, terms, 0.5, -0.5)));
}

/* The squared length of the gradient of each row's output: m x 1. */
static Node
gradient_square(Tape *tape, Node output, Node x)
{
	Node gradient;

	tape_gradient(tape, output, &x, 1, &gradient);
	return tape_sum_cols(tape, square(tape, gradient));
}

Node
gradient_penalty(Tape *tape, Critic critic, const void *net, Node real_rows, Node fake_rows, Node mix)
{
	Node between =
		tape_add(tape, fake_rows, tape_multiply(tape, tape_subtract(tape, real_rows, fake_rows), mix));
	Node squared = gradient_square(tape, critic(tape, net, between), between);
	Node length = tape_sqrt(tape, tape_affine(tape, squared, 1, LEAST_SQUARE));

	return tape_mean(tape, square(tape, tape_affine(tape, length, 1, -1)));
}

/* mean of weight^2 |gradient of the logits|^2; weight is D where "fake", else 1 - D = sigmoid(-f). */
static Node
half_penalty(Tape *tape, Node logits, Node x, bool fake)
{
	Node weight = tape_sigmoid(tape, fake ? logits : tape_affine(tape, logits, -1, 0));

	return tape_mean(tape, tape_multiply(tape, square(tape, weight), gradient_square(tape, logits, x)));
}

Node
jensen_shannon_penalty(Tape *tape, Critic critic, const void *net, Node real_rows, Node fake_rows)
{
	return tape_add(tape, half_penalty(tape, critic(tape, net, real_rows), real_rows, false),
	                half_penalty(tape, critic(tape, net, fake_rows), fake_rows, true));
}

Node
wasserstein_critic_loss(Tape *tape, Critic critic, const void *net, Node real_rows, Node fake_rows, Node mix,
                        real weight)
{
	Node difference = tape_subtract(tape, tape_mean(tape, critic(tape, net, fake_rows)),
	                                tape_mean(tape, critic(tape, net, real_rows)));
	Node penalty = gradient_penalty(tape, critic, net, real_rows, fake_rows, mix);

	return tape_add(tape, difference, tape_affine(tape, penalty, weight, 0));
}

Node
regularised_critic_loss(Tape *tape, Critic critic, const void *net, Node real_rows, Node fake_rows,
                        real weight)
{
	Node real_logits = critic(tape, net, real_rows), fake_logits = critic(tape, net, fake_rows);
	Node penalty = tape_add(tape, half_penalty(tape, real_logits, real_rows, false),
	                        half_penalty(tape, fake_logits, fake_rows, true));
	Node loss = tape_add(tape, binary_cross_entropy_with(tape, real_logits, 1),
	                     binary_cross_entropy_with(tape, fake_logits, 0));

	return tape_add(tape, loss, tape_affine(tape, penalty, weight / 2, 0));
}
