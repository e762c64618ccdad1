/*
 * decoder.c
 *	  From a user's code to the items.
 */
#include "generators/decoder.h"

#include "generators/calibration.h"
#include "generators/trained.h"
#include "host.h"
#include "math/vectors.h"
#include "nn/losses.h"

#include <string.h>

/* Logits of a model that was tampered with; from a fit they are far smaller. */
#define GREATEST_LOGIT 1e4f

#define SHAPE_NUMBERS ((int64_t) (sizeof(DecoderShape) / sizeof(int64_t)))

/* Sizes beyond these are no decoder's of ours. */
#define MOST_UNITS 10000
#define MOST_STEPS 1000

const char *const decoder_kinds[] = {"dense", "gru", NULL};

Decoder
decoder_add(const DecoderShape *shape, Parameters *parameters)
{
	Decoder d = {.shape = *shape, .first = parameters->size};

	for (int l = 0; l < shape->layers; l++)
	{
		int64_t in = shape->kind == DECODER_DENSE && l > 0 ? shape->units : shape->code;

		d.hidden[l] = dense_add(parameters, in, shape->units, INIT_XAVIER, INIT_ZERO);
	}
	if (shape->kind == DECODER_GRU)
		d.gru = gru_stack_add(parameters, (int) shape->layers, shape->code, shape->units);
	d.items = dense_add(parameters, shape->units, shape->items, INIT_XAVIER, INIT_ZERO);
	d.last = parameters->size;
	return d;
}

/* Weights of the layers below the items, at one step. */
static double
hidden_size(const DecoderShape *s)
{
	double units = (double) s->units, code = (double) s->code, above = (double) (s->layers - 1) * units;

	if (s->kind == DECODER_DENSE)
		return units * (code + above);
	return units * (4 * code + 3 * above + 3 * (double) s->layers * units + (double) (s->layers - 1) * code);
}

double
decoder_size(const DecoderShape *s)
{
	return hidden_size(s) + ((double) s->units + 1) * (double) s->items;
}

double
decoder_work(const DecoderShape *s)
{
	/* two for a multiplication and an addition, three for the value and two derivatives */
	return 6 * (double) s->steps * decoder_size(s);
}

/* What the logits are made of: steps rows x units, step by step. */
static Node
states(const Decoder *d, Tape *tape, Node code)
{
	int64_t m = tape_value(tape, code).rows;
	Node start[MAX_GRU_LAYERS];

	if (d->shape.kind == DECODER_DENSE)
	{
		for (int l = 0; l < d->shape.layers; l++)
			code = tape_tanh(tape, dense(tape, &d->hidden[l], code));
		return code;
	}
	for (int l = 0; l < d->shape.layers; l++)
		start[l] = tape_tanh(tape, dense(tape, &d->hidden[l], code));
	return tape_slice(
		tape, gru_stack(tape, &d->gru, every_step(tape, code, d->shape.steps), start, d->shape.steps, NULL),
		m, 0, d->shape.steps * m, d->shape.units);
}

/*
 * The lists as targets, a row for each distribution: all items of a user in
 * one, or an item a step.  Each is as much worth as the list is short.
 */
static Sparse *
targets(const Decoder *d, Tape *tape, const ItemLists *lists)
{
	int64_t m = lists->rows, rows = d->shape.steps * m, entries = lists->steps * m, end = 0;
	Sparse *target = tape_memory(tape, sizeof(Sparse));
	int64_t *start = tape_memory(tape, (rows + 1) * (int64_t) sizeof(int64_t));
	uint32_t *column = tape_memory(tape, entries * (int64_t) sizeof(uint32_t));
	real *value = tape_memory(tape, entries * (int64_t) sizeof(real));

	if (target == NULL)
		return NULL;
	*target = (Sparse){rows, d->shape.items, start, column, value};
	start[0] = 0;
	for (int64_t r = 0; r < rows; r++)
	{
		int64_t user = r % m, step = r / m, length = lists->length[user];
		int64_t begin = d->shape.kind == DECODER_DENSE ? 0 : step;
		int64_t past = d->shape.kind == DECODER_DENSE ? length : step + (step < length);

		for (int64_t t = begin; t < past; t++, end++)
		{
			column[end] = lists->item[t * m + user];
			value[end] = 1 / (real) length;
		}
		start[r + 1] = end;
	}
	return target;
}

Node
decoder_loss(const Decoder *d, Tape *tape, Node code, const ItemLists *lists)
{
	Node logits = dense(tape, &d->items, states(d, tape, code));
	Sparse dry = {d->shape.steps * lists->rows, d->shape.items, NULL, NULL, NULL};
	Sparse *target = targets(d, tape, lists);
	Node loss = tape_sum(tape, tape_cross_entropy(tape, logits, target != NULL ? target : &dry));

	return tape_affine(tape, loss, 1 / (real) lists->rows, 0);
}

void
decoder_write(const Decoder *d, const Parameters *parameters, ModelWriter *writer)
{
	DecoderShape *shape = host_alloc(sizeof(DecoderShape));

	*shape = d->shape;
	model_write(writer, "decoder_shape", SECTION_INT64, shape, SHAPE_NUMBERS);
	trained_write_weights(parameters, d->first, d->last, "decoder", writer);
}

static bool
within(int64_t number, int64_t least, int64_t most)
{
	return number >= least && number <= most;
}

OpenDecoder *
decoder_open(const Model *model, int64_t block)
{
	OpenDecoder *d = host_alloc_zero(sizeof(OpenDecoder));
	int64_t count;
	const int64_t *numbers = model_section(model, "decoder_shape", SECTION_INT64, &count);
	DecoderShape shape;
	void *scope;
	Tape *dry;
	real *code;

	if (count != SHAPE_NUMBERS)
		value_malformed("model", "Its decoder has no shape.");
	memcpy(&shape, numbers, sizeof(shape));
	if (!within(shape.kind, DECODER_DENSE, DECODER_GRU) || !within(shape.code, 1, MOST_UNITS) ||
	    !within(shape.layers, 1, MAX_GRU_LAYERS) || !within(shape.units, 1, MOST_UNITS) ||
	    !within(shape.steps, 1, shape.kind == DECODER_DENSE ? 1 : MOST_STEPS) ||
	    shape.items != model->header->items)
		value_malformed("model", "Its decoder has a shape that none can have.");
	d->net = decoder_add(&shape, &d->parameters);
	trained_read_weights(model, "decoder", &d->parameters);
	/* models of earlier versions have none */
	d->correction = model_has_section(model, "item_correction") ? calibration_open(model, shape.items)
	                                                            : host_array_zero(float, shape.items);
	d->block = block;
	matrix_prepare();
	scope = host_open_scope();
	dry = tape_new_dry(&d->parameters);
	states(&d->net, dry, tape_constant(dry, block, shape.code, &code));
	d->room = tape_room(dry);
	host_close_scope(scope);
	return d;
}

static Matrix
new_matrix(int64_t rows, int64_t cols)
{
	return (Matrix){rows, cols, cols, host_array(real, rows * cols)};
}

DecoderScratch *
decoder_scratch(const OpenDecoder *d)
{
	DecoderScratch *s = host_alloc(sizeof(DecoderScratch));
	const DecoderShape *shape = &d->net.shape;

	s->tape = tape_new(&d->parameters, d->room);
	s->code = new_matrix(d->block, shape->code);
	s->logits = new_matrix(d->block, shape->items);
	s->weights = log_weights_new(shape->items);
	return s;
}

/* to = (logit + bias) x factor + correction, within bounds; what is no number becomes the least. */
WIDE_VECTORS static void
finish_logits(int64_t n, const real *restrict logit, const real *restrict bias, float factor,
              const float *restrict correction, float *restrict to)
{
	for (int64_t i = 0; i < n; i++)
	{
		float x = (float) (logit[i] + bias[i]) * factor + correction[i];

		x = x > -GREATEST_LOGIT ? x : -GREATEST_LOGIT;
		to[i] = x < GREATEST_LOGIT ? x : GREATEST_LOGIT;
	}
}

/* Makes one user's weights of finished logits, without the items drawn so far. */
static void
begin_user(LogWeights *weights, const uint32_t *drawn, int64_t count)
{
	/* what is gone must not be the greatest, beside which others may vanish */
	for (int64_t i = 0; i < count; i++)
		weights->log_weight[drawn[i]] = -GREATEST_LOGIT;
	log_weights_begin(weights);
	for (int64_t i = 0; i < count; i++)
		log_weights_remove(weights, drawn[i]);
}

void
decoder_draw(const OpenDecoder *d, DecoderScratch *s, double temperature, const int64_t *length,
             Random *random, const int64_t *start, uint32_t *item)
{
	const Matrix weight = parameters_matrix(&d->parameters, d->net.items.weight);
	const Matrix bias = parameters_matrix(&d->parameters, d->net.items.bias);
	int64_t steps = d->net.shape.steps, longest = 0;
	Matrix all;

	for (int64_t n = 0; n < d->block; n++)
		longest = length[n] > longest ? length[n] : longest;
	tape_reset(s->tape);
	all = tape_value(s->tape, states(&d->net, s->tape, tape_view(s->tape, &s->code)));
	for (int64_t t = 0; t < steps && t < longest; t++)
	{
		Matrix state = {d->block, all.cols, all.stride, all.value + t * d->block * all.stride};

		matrix_product(&state, false, &weight, false, false, &s->logits);
		for (int64_t n = 0; n < d->block; n++)
		{
			/* the last distribution is for all the rest */
			int64_t past = t == steps - 1 ? length[n] : t + 1;

			if (t >= length[n])
				continue;
			finish_logits(s->logits.cols, s->logits.value + n * s->logits.stride, bias.value,
			              (float) (1 / temperature), d->correction, s->weights->log_weight);
			begin_user(s->weights, item + start[n], t);
			for (int64_t place = t; place < past; place++)
				item[start[n] + place] = log_weights_draw(s->weights, &random[n]);
		}
	}
}
