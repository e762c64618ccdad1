/*
 * time_gan.c
 *	  The generator that reads histories: after TimeGAN, as Noble et al. (EvalRS
 *	  2023) simplified it.
 *
 * The encoder is a row of numbers per item and layers of gated recurrent units
 * that read a user's items one after the other; from the last state comes the
 * code.  The rest is in code_net.c.
 */
#include "generators/code_net.h"
#include "host.h"

static const OptionSpec time_gan_options[] = {
	CODE_NET_OPTIONS(DECODER_DENSE, 50),
	{"embedding", OPTION_INTEGER, 32, 1, 1000, NULL},
	{"encoder_layers", OPTION_INTEGER, 2, 1, MAX_GRU_LAYERS, NULL},
	{"encoder_units", OPTION_INTEGER, 64, 1, 4096, NULL},
	LATENT_OPTIONS,
	{.name = NULL},
};

typedef struct SequenceEncoder
{
	int table; /* items x embedding */
	GruStack gru;
	Dense code; /* units x code */
} SequenceEncoder;

static void *
add(CodeNet *net, const Options *options)
{
	SequenceEncoder *e = host_alloc(sizeof(SequenceEncoder));
	int64_t embedding_size = option_integer(options, "embedding"),
			units = option_integer(options, "encoder_units");

	e->table = parameters_add(&net->parameters, net->data->items, embedding_size, INIT_XAVIER);
	e->gru = gru_stack_add(&net->parameters, (int) option_integer(options, "encoder_layers"), embedding_size,
	                       units);
	e->code = dense_add(&net->parameters, units, net->code, INIT_XAVIER, INIT_ZERO);
	return e;
}

static double
work(const CodeNet *net, const Options *options)
{
	double units = (double) option_integer(options, "encoder_units");
	double layers = (double) option_integer(options, "encoder_layers");
	double a_step = 3 * units * ((double) option_integer(options, "embedding") + (2 * layers - 1) * units);

	return 6 * ((double) net->steps * a_step + units * (double) net->code);
}

static Node
encode(const CodeNet *net, Tape *tape, const Shard *shard, const ItemLists *lists)
{
	const SequenceEncoder *e = net->layers;
	int64_t m = shard->rows, steps = lists->steps;
	Node items = embedding(tape, e->table, lists->item, steps * m);
	Node states = gru_stack(tape, &e->gru, items, NULL, steps, lists->active);

	/* past the end of a list its state stays, so the last one is that of its end */
	return dense(tape, &e->code, tape_slice(tape, states, steps * m, 0, m, e->gru.units));
}

const Encoder sequence_encoder = {.method = "time_gan", .add = add, .work = work, .encode = encode};

static void
time_gan_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	code_net_fit(&sequence_encoder, data, options, seed, writer);
}

const Generator time_gan_generator = {.method = "time_gan",
                                      .discloses = CODE_NET_DISCLOSES,
                                      .options = time_gan_options,
                                      .ordered = true,
                                      .block = CODE_NET_BLOCK,
                                      .fit = time_gan_fit,
                                      .open = code_net_open,
                                      .scratch = code_net_scratch,
                                      .generate = code_net_generate,
                                      .details = code_net_details};
