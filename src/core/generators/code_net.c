/*
 * code_net.c
 *	  What generators with codes have in common.
 */
#include "generators/code_net.h"

#include "data/sequences.h"
#include "generators/calibration.h"
#include "generators/lengths.h"
#include "generators/trained.h"
#include "host.h"
#include "math/parallel.h"

#include <math.h>

/* Users of one pass when codes are collected. */
#define ENCODE_ROWS 128

/* A shard's work at most, so that a cancel is answered soon; and its fewest users. */
#define SHARD_FLOPS 3e9
#define LEAST_SHARD 4

/* Recurrent nets now and then have gradients of a length that would undo much. */
#define LONGEST_GRADIENT 5

/* The number of a use of random numbers (nn/shard.h). */
#define USE_NOISE 0

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
code_net_begin(CodeNet *net, const Encoder *encoder, const Histories *data, const Options *options)
{
	DecoderShape shape = {.kind = option_integer(options, "decoder"),
	                      .code = option_integer(options, "code"),
	                      .layers = option_integer(options, "decoder_layers"),
	                      .units = option_integer(options, "decoder_units"),
	                      .items = data->items};

	net->data = data;
	net->encoder = encoder;
	net->code = shape.code;
	net->noise = option_number(options, "noise");
	net->decay = option_number(options, "code_decay");
	net->steps = smaller(option_integer(options, "steps"), histories_longest(data));
	shape.steps = shape.kind == DECODER_DENSE ? 1 : net->steps;
	net->layers = encoder->add(net, options);
	net->decoder = decoder_add(&shape, &net->parameters);
}

Node
code_net_loss(const void *context, Tape *tape, const Shard *shard)
{
	const CodeNet *net = context;
	ItemLists lists = item_lists(tape, net->data, shard, net->steps);
	Node before = net->encoder->encode(net, tape, shard, &lists);
	Node noise = shard_normal(tape, shard, USE_NOISE, 1, net->code);
	Node code = tape_add(tape, tape_tanh(tape, before), tape_affine(tape, noise, (real) net->noise, 0));
	Node square = tape_mean(tape, tape_sum_cols(tape, tape_multiply(tape, before, before)));

	return tape_add(tape, decoder_loss(&net->decoder, tape, code, &lists),
	                tape_affine(tape, square, (real) (net->decay / 2), 0));
}

/* The codes of all users in the making. */
typedef struct Collection
{
	const CodeNet *net;
	uint64_t seed;
	Tape **tape; /* per worker */
	Codes codes;
} Collection;

/* The graph of the codes of a shard. */
static Node
codes_of(const CodeNet *net, Tape *tape, const Shard *shard)
{
	ItemLists lists = item_lists(tape, net->data, shard, net->steps);

	return tape_tanh(tape, net->encoder->encode(net, tape, shard, &lists));
}

static void
collect_blocks(void *argument, int64_t begin, int64_t end, int worker)
{
	const Collection *c = argument;
	int64_t user[ENCODE_ROWS];

	for (int64_t b = begin; b < end; b++)
	{
		int64_t first = b * ENCODE_ROWS, rows = smaller(ENCODE_ROWS, c->codes.users - first);
		Matrix block = {rows, c->codes.size, c->codes.size, c->codes.value + first * c->codes.size};
		Shard shard = {user, rows, c->seed, 0, false};
		Matrix value;

		for (int64_t i = 0; i < rows; i++)
			user[i] = first + i;
		tape_reset(c->tape[worker]);
		value = tape_value(c->tape[worker], codes_of(c->net, c->tape[worker], &shard));
		matrix_repeat(&value, &block);
	}
}

static Codes
collect_codes(const CodeNet *net, uint64_t seed)
{
	int64_t users = net->data->users, blocks = (users + ENCODE_ROWS - 1) / ENCODE_ROWS;
	int workers = parallel_workers(blocks, 1);
	Collection c = {net, seed, NULL, {users, net->code, host_array(real, users * net->code)}};
	Shard shard = {NULL, ENCODE_ROWS, seed, 0, false};
	void *scope = host_open_scope();
	Tape *dry = tape_new_dry(&net->parameters);

	codes_of(net, dry, &shard);
	c.tape = host_array(Tape *, workers);
	for (int w = 0; w < workers; w++)
		c.tape[w] = tape_new(&net->parameters, tape_room(dry));
	parallel_for(workers, blocks, 1, collect_blocks, &c);
	host_close_scope(scope);
	return c.codes;
}

/* A fitted one, as generate() reads it. */
typedef struct OpenCodeNet
{
	OpenDecoder *decoder;
	Latent *latent;
	double temperature;
	Lengths *lengths;
} OpenCodeNet;

typedef struct CodeNetScratch
{
	Random random[CODE_NET_BLOCK];
	int64_t length[CODE_NET_BLOCK];
	DecoderScratch *decoder;
	void *latent;
} CodeNetScratch;

void *
code_net_open(const Model *model, int64_t *longest)
{
	OpenCodeNet *c = host_alloc(sizeof(OpenCodeNet));
	int64_t count;
	const double *temperature = model_section(model, "temperature", SECTION_FLOAT64, &count);

	if (count != 1 || !(*temperature >= 0.01 && *temperature <= 100))
		value_malformed("model", "It has no temperature.");
	c->temperature = *temperature;
	c->decoder = decoder_open(model, CODE_NET_BLOCK);
	c->latent = latent_open(model, c->decoder->net.shape.code, CODE_NET_BLOCK);
	c->lengths = lengths_open(model, 1, longest);
	return c;
}

void *
code_net_scratch(const void *sampler)
{
	const OpenCodeNet *c = sampler;
	CodeNetScratch *s = host_alloc(sizeof(CodeNetScratch));

	s->decoder = decoder_scratch(c->decoder);
	s->latent = latent_scratch(c->latent);
	return s;
}

void
code_net_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
                  HistoryBatch *batch)
{
	const OpenCodeNet *c = sampler;
	CodeNetScratch *s = scratch;

	/* users is always CODE_NET_BLOCK, so that products have one shape */
	batch->start[0] = 0;
	for (int64_t n = 0; n < users; n++)
	{
		random_open(&s->random[n], seed, RANDOM_GENERATE, (uint64_t) (first + n));
		s->length[n] = lengths_draw(c->lengths, &s->random[n]);
		batch->start[n + 1] = batch->start[n] + s->length[n];
	}
	latent_draw(c->latent, s->latent, s->random, &s->decoder->code);
	decoder_draw(c->decoder, s->decoder, c->temperature, s->length, s->random, batch->start, batch->item);
}

/* What calibration draws users from: the model so far. */
typedef struct Draft
{
	OpenCodeNet *net;
	int64_t longest;
	uint64_t seed;
} Draft;

typedef struct DraftScratch
{
	CodeNetScratch *net;
	int64_t start[CODE_NET_BLOCK + 1];
	uint32_t *item; /* CODE_NET_BLOCK x longest */
} DraftScratch;

static void *
draft_scratch(const void *sampler)
{
	const Draft *draft = sampler;
	DraftScratch *s = host_alloc(sizeof(DraftScratch));

	s->net = code_net_scratch(draft->net);
	s->item = host_array(uint32_t, CODE_NET_BLOCK * draft->longest);
	return s;
}

static void
draw_draft(const void *sampler, void *scratch, int64_t first, int64_t *drawn)
{
	const Draft *draft = sampler;
	DraftScratch *s = scratch;
	HistoryBatch batch = {.start = s->start, .item = s->item};

	code_net_generate(draft->net, s->net, draft->seed, first, CODE_NET_BLOCK, &batch);
	for (int64_t p = 0; p < s->start[CODE_NET_BLOCK]; p++)
		drawn[s->item[p]]++;
}

/* Sets the corrections, zeros so far, with which the model so far makes items as popular as they are in the data. */
static void
calibrate_items(const Histories *data, int64_t rounds, uint64_t seed, const ModelWriter *writer,
                float *correction)
{
	void *scope = host_open_scope();
	int64_t *count = histories_item_counts(data);
	double *popularity = host_array(double, data->items);
	ModelWriter copy = *writer;
	Draft draft;
	Model model;
	int64_t bytes;
	void *value = model_finish(&copy, &bytes);
	Random random;

	for (int64_t i = 0; i < data->items; i++)
		popularity[i] = (double) count[i] / (double) data->interactions;
	model_open(value, bytes, &model);
	draft.net = code_net_open(&model, &draft.longest);
	draft.net->decoder->correction = correction;
	random_open(&random, seed, RANDOM_LATENT, 1);
	draft.seed = random_uint64(&random);
	calibrate(&(Calibration){.items = data->items,
	                         .popularity = popularity,
	                         .rounds = rounds,
	                         .block = CODE_NET_BLOCK,
	                         .sampler = &draft,
	                         .scratch = draft_scratch,
	                         .draw = draw_draft},
	          correction);
	host_close_scope(scope);
}

void
code_net_fit(const Encoder *encoder, const Histories *data, const Options *options, uint64_t seed,
             ModelWriter *writer)
{
	CodeNet *net = host_alloc_zero(sizeof(CodeNet));
	TrainingPlan training = {.stage = "autoencoder",
	                         .operation = encoder->method,
	                         .model = net,
	                         .parameters = &net->parameters,
	                         .objectives = 1,
	                         .samples = data->users,
	                         .batch = option_integer(options, "batch"),
	                         .epochs = option_integer(options, "epochs"),
	                         .seed = seed};
	double *temperature = host_array(double, 1), bytes;
	float *correction = host_array_zero(float, data->items);
	TrainingResult result;
	Histories sets;
	Codes codes;

	code_net_begin(net, encoder, data, options);
	bytes = 4 * decoder_size(&net->decoder.shape) + latent_bytes(data->users, net->code, options);
	if (bytes > (double) VALUE_MAX_BYTES)
		host_fail(HOST_TOO_LARGE,
		          host_format("a decoder of %lld items and %lld units is too large for a model",
		                      (long long) data->items, (long long) net->decoder.shape.units),
		          NULL, "Lower decoder_units or code, or drop rare items with filter_histories().");
	training.objective[0] = (Objective){
		code_net_loss, 0, net->parameters.size, 1, true, ADAM(option_number(options, "learning_rate"))};
	training.objective[0].optimizer.clip = LONGEST_GRADIENT;
	training.shard = (int64_t) fmax(
		SHARD_FLOPS / (decoder_work(&net->decoder.shape) + encoder->work(net, options)), LEAST_SHARD);
	result = train(&training);
	trained_write_curves(&result, 1, "autoencoder", writer);
	host_free(result.curve);
	decoder_write(&net->decoder, &net->parameters, writer);
	codes = collect_codes(net, seed);
	host_free(net->parameters.block);
	latent_fit(&codes, options, seed, writer);
	host_free(codes.value);
	*temperature = option_number(options, "temperature");
	model_write(writer, "temperature", SECTION_FLOAT64, temperature, 1);
	/* synthetic histories are sets, so lengths and popularity are theirs */
	if (data->time != NULL)
	{
		sequences_as_sets(data, &sets);
		data = &sets;
	}
	lengths_fit(data, NULL, 1, writer);
	if (option_integer(options, "calibrations") > 0)
		calibrate_items(data, option_integer(options, "calibrations"), seed, writer, correction);
	model_write(writer, "item_correction", SECTION_FLOAT32, correction, data->items);
}

char *
code_net_details(const Model *model)
{
	static const char *const objectives[] = {"loss"};
	const OpenDecoder *decoder = decoder_open(model, 1);

	return host_format("%s, %s", trained_curves_json(model, "autoencoder", objectives, 1),
	                   latent_details(model, decoder->net.shape.code));
}
