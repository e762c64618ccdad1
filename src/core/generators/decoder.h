/*
 * decoder.h
 *	  From a user's code to the items: the net that the generators with codes
 *	  have in common.
 *
 * Two kinds.  "gru" lays the code out in time: layers of gated recurrent units,
 * which start from the code and get it as their input at every step, and whose
 * states become logits, one distribution of items a step.  Nothing of what was
 * drawn is fed back.  "dense" has one distribution for all steps, by dense
 * layers: of sets, whose lists are in random order, the steps of the first
 * kind learn the same distribution too, at as many times the cost.
 *
 * There is no end-of-sequence among the items; lengths come from the common
 * model (lengths.h).  Left to end by itself, a decoder makes histories that are
 * too short.
 */
#ifndef SYNREC_DECODER_H
#define SYNREC_DECODER_H

#include "generators/item_lists.h"
#include "generators/model.h"
#include "math/log_weights.h"
#include "nn/layers.h"

enum
{
	DECODER_DENSE,
	DECODER_GRU
};

extern const char *const decoder_kinds[];

/* A decoder's sizes; also the section "decoder_shape". */
typedef struct DecoderShape
{
	int64_t kind;
	int64_t code;
	int64_t layers;
	int64_t units;
	int64_t steps; /* distributions a user: 1 when dense */
	int64_t items;
} DecoderShape;

typedef struct Decoder
{
	DecoderShape shape;
	Dense hidden[MAX_GRU_LAYERS]; /* dense: the layers; gru: from the code to the first states */
	GruStack gru;
	Dense items;         /* units x items */
	int64_t first, last; /* offsets of the parameters */
} Decoder;

/* Adds the layers. */
extern Decoder decoder_add(const DecoderShape *shape, Parameters *parameters);

/* Flops of training on one user, about. */
extern double decoder_work(const DecoderShape *shape);

/* Numbers that decoder_add() adds, but for gaps. */
extern double decoder_size(const DecoderShape *shape);

/*
 * Minus the logarithm of the probability of the lists' items, in the mean over
 * each list and over the users: one number.  code: rows x code.
 */
extern Node decoder_loss(const Decoder *decoder, Tape *tape, Node code, const ItemLists *lists);

/* Adds the sections "decoder" and "decoder_shape". */
extern void decoder_write(const Decoder *decoder, const Parameters *parameters, ModelWriter *writer);

/* A trained one with its weights, which threads share. */
typedef struct OpenDecoder
{
	Decoder net;
	Parameters parameters;
	const float *correction; /* items: what is added to logits divided by the temperature */
	TapeSize room;           /* that a block takes on a tape */
	int64_t block;           /* users decoded at a time */
} OpenDecoder;

/*
 * Leaves by HOST_INVALID_VALUE when the sections do not fit together.  The
 * corrections are those of the section "item_correction", or 0 without one.
 */
extern OpenDecoder *decoder_open(const Model *model, int64_t block);

/* What one thread writes to. */
typedef struct DecoderScratch
{
	Tape *tape;
	Matrix code;   /* block x code: filled in by the caller */
	Matrix logits; /* block x items */
	LogWeights *weights;
} DecoderScratch;

extern DecoderScratch *decoder_scratch(const OpenDecoder *decoder);

/*
 * Draws items of a block of users without replacement: length[n] different ones
 * for user n, into item + start[n].  At each step the logits are divided by the
 * temperature; steps beyond the last one are like that.  Any thread.
 */
extern void decoder_draw(const OpenDecoder *decoder, DecoderScratch *scratch, double temperature,
                         const int64_t *length, Random *random, const int64_t *start, uint32_t *item);

#endif
