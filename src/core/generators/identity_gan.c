/*
 * identity_gan.c
 *	  The generator that gives each user a code of their own: IdentityGAN of
 *	  Noble et al. (EvalRS 2023).
 *
 * The encoder is a row of numbers per user and dense layers from there to the
 * code; it never sees an item, so whatever a code tells of a history, the
 * decoder's gradient has put there.  The rest is in code_net.c.
 *
 * A user's row gets one gradient an epoch, a layer one a step, so rows need a
 * rate of their own.  Adam takes steps of a length that does not depend on how
 * steep its objective is: a parameter that is multiplied by a constant before
 * it is used moves that many times as fast.
 */
#include "generators/code_net.h"
#include "generators/dense_stack.h"
#include "host.h"

/* Between the rows and the code. */
#define HIDDEN_LAYERS 1

static const OptionSpec identity_gan_options[] = {
	CODE_NET_OPTIONS(DECODER_DENSE, 24),
	{"table_units", OPTION_INTEGER, 64, 1, 1000, NULL},
	{"table_rate", OPTION_NUMBER, 0.03, 1e-8, 10, NULL},
	{"encoder_units", OPTION_INTEGER, 128, 1, 4096, NULL},
	LATENT_OPTIONS,
	{.name = NULL},
};

typedef struct IdentityEncoder
{
	int table;    /* users x row */
	double scale; /* of the rows */
	DenseStack code;
} IdentityEncoder;

static void *
add(CodeNet *net, const Options *options)
{
	IdentityEncoder *e = host_alloc(sizeof(IdentityEncoder));
	int64_t row = option_integer(options, "table_units");

	e->table = parameters_add(&net->parameters, net->data->users, row, INIT_NORMAL);
	e->scale = option_number(options, "table_rate") / option_number(options, "learning_rate");
	e->code = dense_stack_add(&net->parameters, HIDDEN_LAYERS, row, option_integer(options, "encoder_units"),
	                          net->code);
	return e;
}

static double
work(const CodeNet *net, const Options *options)
{
	double units = (double) option_integer(options, "encoder_units");

	return 6 * units * (double) (option_integer(options, "table_units") + net->code);
}

static Node
encode(const CodeNet *net, Tape *tape, const Shard *shard, const ItemLists *lists)
{
	const IdentityEncoder *e = net->layers;
	uint32_t *user = tape_memory(tape, shard->rows * (int64_t) sizeof(uint32_t));
	Node row;

	(void) lists;
	for (int64_t i = 0; user != NULL && i < shard->rows; i++)
		user[i] = (uint32_t) shard->sample[i];
	row = embedding(tape, e->table, user, shard->rows);
	return dense_stack(tape, &e->code, tape_affine(tape, row, (real) e->scale, 0));
}

const Encoder identity_encoder = {.method = "identity_gan", .add = add, .work = work, .encode = encode};

static void
identity_gan_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	code_net_fit(&identity_encoder, data, options, seed, writer);
}

const Generator identity_gan_generator = {.method = "identity_gan",
                                          .discloses = CODE_NET_DISCLOSES,
                                          .options = identity_gan_options,
                                          .block = CODE_NET_BLOCK,
                                          .fit = identity_gan_fit,
                                          .open = code_net_open,
                                          .scratch = code_net_scratch,
                                          .generate = code_net_generate,
                                          .details = code_net_details};
