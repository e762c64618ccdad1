/*
 * vae_net.h
 *	  The net of the variational autoencoder: its forward pass and its losses.
 *
 * After Liang et al., "Variational Autoencoders for Collaborative Filtering"
 * (WWW 2018): a user's items, scaled to length 1 and with some left out, go
 * through a hidden layer to the mean and the logarithm of the variance of a
 * code; a code drawn from that goes through another hidden layer to logits of
 * the items.  The loss is minus the logarithm of the multinomial likelihood of
 * the items, plus beta times the divergence of the code from N(0, 1).
 */
#ifndef SYNREC_VAE_NET_H
#define SYNREC_VAE_NET_H

#include "data/histories.h"
#include "nn/layers.h"

typedef struct VaeNet
{
	const Histories *data;
	int64_t code;         /* numbers of a code */
	double keep;          /* share of the items that dropout leaves in */
	double beta;          /* the divergence's weight in the end */
	int64_t anneal_steps; /* over which it grows from 0 */
	uint64_t seed;
	int64_t most_items; /* of all users of one shard together, at most */

	Parameters parameters;
	Dense encoder_hidden; /* items x hidden */
	Dense encoder_code;   /* hidden x 2 code: means, log variances */
	Dense decoder_hidden; /* code x hidden */
	Dense decoder_items;  /* hidden x items */
} VaeNet;

/* Adds the layers. */
extern void vae_net_begin(VaeNet *net, int64_t hidden);

/* States how many users a shard has at most. */
extern void vae_net_limit_shards(VaeNet *net, int64_t rows);

/* Flops of training on one user, about. */
extern double vae_net_work(const VaeNet *net);

/* LossFunctions (nn/train.h); samples are numbers of users. */
extern Node vae_net_loss(const void *net, Tape *tape, const Shard *shard);

/*
 * How well the code of four fifths of a user's items, without noise, tells the
 * others: minus the logarithm of their probability, per item.
 */
extern Node vae_net_validation(const void *net, Tape *tape, const Shard *shard);

/* Codes of users, drawn as in training, from all their items: rows x code. */
extern Node vae_net_encode(const VaeNet *net, Tape *tape, const Shard *shard);

#endif
