/*
 * code_net.h
 *	  What generators with codes have in common: all but the encoder.
 *
 * After Noble et al. (EvalRS 2023), who simplified TimeGAN (Yoon et al., 2019):
 *
 *	  1. An encoder gives each user a code between -1 and 1, a decoder makes
 *	     probabilities of items of it (decoder.h); they are trained together.
 *	     Meanwhile normal noise is added to codes, so that neighbouring codes
 *	     are like users too, and large numbers before the last tanh cost
 *	     something, else codes pile up at -1 and 1, where no sampler of smooth
 *	     distributions can follow.
 *	  2. The codes of all users are kept, and a sampler is fitted to them
 *	     (latent.h); the encoder goes, and so do the codes.
 *	  3. A synthetic user is a drawn code, a drawn length and items drawn from
 *	     the decoder without replacement.
 *	  4. Drawn codes are not quite like the users', so how popular items come
 *	     out is calibrated (calibration.h).
 *
 * The longer the first step is, the more of each history is in its code: the
 * number of epochs is what trades realism for privacy.
 */
#ifndef SYNREC_CODE_NET_H
#define SYNREC_CODE_NET_H

#include "generators/decoder.h"
#include "generators/generator.h"
#include "generators/latent.h"

typedef struct CodeNet CodeNet;

/* What one generator has and the other has not. */
typedef struct Encoder
{
	const char *method;

	/* Adds the layers: they come first among the parameters.  Gives back what encode() needs. */
	void *(*add)(CodeNet *net, const Options *options);

	/* Flops of training on one user, about. */
	double (*work)(const CodeNet *net, const Options *options);

	/* Codes before the last tanh: rows x code. */
	Node (*encode)(const CodeNet *net, Tape *tape, const Shard *shard, const ItemLists *lists);
} Encoder;

extern const Encoder sequence_encoder; /* time_gan.c */
extern const Encoder identity_encoder; /* identity_gan.c */

struct CodeNet
{
	const Histories *data;
	const Encoder *encoder;
	void *layers; /* the encoder's */
	Decoder decoder;
	Parameters parameters;
	int64_t code;  /* numbers of a code */
	int64_t steps; /* items of a history that a step of training looks at */
	double noise;  /* deviation of what is added to codes in training */
	double decay;  /* weight of half the squared length of a code before its tanh */
};

/* Options of both, for their tables. */
#define CODE_NET_OPTIONS(decoder, epochs)                                                                  \
	{"decoder", OPTION_CHOICE, decoder, 0, 0, decoder_kinds}, {"code", OPTION_INTEGER, 64, 1, 500, NULL},  \
		{"steps", OPTION_INTEGER, 20, 1, 1000, NULL}, {"epochs", OPTION_INTEGER, epochs, 1, 100000, NULL}, \
		{"batch", OPTION_INTEGER, 128, 1, 100000, NULL},                                                   \
		{"learning_rate", OPTION_NUMBER, 0.001, 1e-8, 10, NULL},                                           \
		{"noise", OPTION_NUMBER, 0.05, 0, 10, NULL}, {"code_decay", OPTION_NUMBER, 0.01, 0, 100, NULL},    \
		{"decoder_layers", OPTION_INTEGER, 1, 1, 8, NULL},                                                 \
		{"decoder_units", OPTION_INTEGER, 128, 1, 4096, NULL},                                             \
		{"calibrations", OPTION_INTEGER, 5, 0, 1000, NULL},                                                \
	{                                                                                                      \
		"temperature", OPTION_NUMBER, 1, 0.01, 100, NULL                                                   \
	}

/* The loss of the autoencoder; a LossFunction (nn/train.h). */
extern Node code_net_loss(const void *net, Tape *tape, const Shard *shard);

/* Adds the layers of both halves. */
extern void
code_net_begin(CodeNet *net, const Encoder *encoder, const Histories *data, const Options *options);

/* Fits a generator with that encoder. */
extern void code_net_fit(const Encoder *encoder, const Histories *data, const Options *options, uint64_t seed,
                         ModelWriter *writer);

/* The rest of a Generator, the same for all encoders. */
#define CODE_NET_BLOCK 32

#define CODE_NET_DISCLOSES                                                                                       \
	"The weights of a decoder trained on all histories, from codes to probabilities of items; the weights of a " \
	"sampler trained on the codes of all users, or means and covariances of these codes in groups of at least "  \
	"min_component_size users; the mean and the deviation of each number of a code; mean losses of training; "   \
	"a number per item that makes it as popular as it is; and how many users have histories of each length "     \
	"(the tail shared by fewer than 5 users is cut). No user's code is kept. But a decoder trained for long "    \
	"can have learnt histories by heart, and a sampler codes: nobody has bounded what can be read out of them."

extern void *code_net_open(const Model *model, int64_t *longest);
extern void *code_net_scratch(const void *sampler);
extern void code_net_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
                              HistoryBatch *batch);
extern char *code_net_details(const Model *model);

#endif
