/*
 * latent_gan.c
 *	  Codes from a generative adversarial network.
 *
 * A dense generator turns normal noise into codes, and a dense critic tells
 * them from the users' codes.  Two losses:
 *
 *	  wgan_gp  Wasserstein, with a penalty on the critic's gradient between both
 *	           kinds of codes (Gulrajani et al., 2017)
 *	  r_gan    the first GAN's, with a penalty on the gradient of the critic's
 *	           logits at the codes of both kinds (Roth et al., 2017), which in
 *	           "annealing" falls to a hundredth of its weight in the end
 *
 * The critic goes; only the generator is kept.
 */
#include "generators/dense_stack.h"
#include "generators/latent.h"
#include "generators/trained.h"
#include "host.h"
#include "nn/losses.h"

#include <math.h>
#include <string.h>

enum
{
	LOSS_WGAN_GP,
	LOSS_R_GAN
};

const char *const gan_losses[] = {"wgan_gp", "r_gan", NULL};

/* What an option of 0 stands for, by loss. */
static const double usual_rate[] = {1e-4, 2e-4};
static const double usual_critic_steps[] = {5, 1};
static const double usual_penalty[] = {10, 2};

#define USUAL_STEPS 5000
#define USUAL_UNITS 128

/* Of the squares of gradients, as the authors of both losses have it. */
static const double beta2[] = {0.9, 0.999};

/* What annealing leaves of the penalty. */
#define ANNEALED 0.01

/* What random numbers are used for (nn/shard.h). */
enum
{
	USE_INPUTS,
	USE_MIX
};

typedef struct GanNet
{
	const Codes *codes;
	int64_t inputs;
	int64_t loss;
	double penalty;
	int64_t anneal_steps; /* 0: the penalty stays */
	Parameters parameters;
	DenseStack generator;
	DenseStack critic;
} GanNet;

static DenseStack
add_generator(Parameters *parameters, int64_t layers, int64_t inputs, int64_t units, int64_t size)
{
	return dense_stack_add(parameters, (int) layers, inputs, units, size);
}

static double
gan_numbers(int64_t users, int64_t size, const Options *options)
{
	double units = latent_option(options, "sampler_units", USUAL_UNITS);

	(void) users;
	return units * ((double) (size + option_integer(options, "inputs")) +
	                units * (double) (option_integer(options, "sampler_layers") - 1));
}

/* The codes of a shard's users. */
static Node
users_codes(const GanNet *net, Tape *tape, const Shard *shard)
{
	int64_t size = net->codes->size;
	real *value;
	Node node = tape_constant(tape, shard->rows, size, &value);

	for (int64_t i = 0; value != NULL && i < shard->rows; i++)
		memcpy(value + i * size, net->codes->value + shard->sample[i] * size, (size_t) size * sizeof(real));
	return node;
}

static Node
drawn_codes(const GanNet *net, Tape *tape, const Shard *shard)
{
	return dense_stack(tape, &net->generator, shard_normal(tape, shard, USE_INPUTS, 1, net->inputs));
}

static Node
critic(Tape *tape, const void *net, Node x)
{
	return dense_stack(tape, &((const GanNet *) net)->critic, x);
}

static Node
critic_loss(const void *context, Tape *tape, const Shard *shard)
{
	const GanNet *net = context;
	Node real_rows = users_codes(net, tape, shard);
	Node fake_rows = tape_detach(tape, drawn_codes(net, tape, shard));
	double annealed =
		net->anneal_steps > 0 ? pow(ANNEALED, fmin((double) shard->step / (double) net->anneal_steps, 1)) : 1;

	if (net->loss == LOSS_R_GAN)
		return regularised_critic_loss(tape, critic, net, real_rows, fake_rows,
		                               (real) (net->penalty * annealed));
	return wasserstein_critic_loss(tape, critic, net, real_rows, fake_rows,
	                               shard_uniform(tape, shard, USE_MIX, 1, 1), (real) net->penalty);
}

static Node
generator_loss(const void *context, Tape *tape, const Shard *shard)
{
	const GanNet *net = context;
	Node score = critic(tape, net, drawn_codes(net, tape, shard));

	if (net->loss == LOSS_R_GAN)
		return binary_cross_entropy_with(tape, score, 1);
	return tape_affine(tape, tape_mean(tape, score), -1, 0);
}

static void
gan_fit(const Codes *codes, const Options *options, uint64_t seed, ModelWriter *writer)
{
	GanNet *net = host_alloc_zero(sizeof(GanNet));
	int64_t loss = option_integer(options, "loss"), layers = option_integer(options, "sampler_layers");
	int64_t units = (int64_t) latent_option(options, "sampler_units", USUAL_UNITS);
	int64_t critic_steps = (int64_t) latent_option(options, "critic_steps", usual_critic_steps[loss]);
	int64_t steps = (critic_steps + 1) * (int64_t) latent_option(options, "sampler_steps", USUAL_STEPS);
	int64_t *shape = host_array(int64_t, 3);
	OptimizerOptions adam = {.rate = latent_option(options, "sampler_rate", usual_rate[loss]),
	                         .beta1 = option_number(options, "beta1"),
	                         .beta2 = beta2[loss]};
	TrainingPlan training = {.stage = "sampler",
	                         .operation = "the sampler of codes",
	                         .model = net,
	                         .parameters = &net->parameters,
	                         .objectives = 2,
	                         .samples = codes->users,
	                         .batch = option_integer(options, "sampler_batch"),
	                         .seed = seed};
	TrainingResult result;
	int64_t first;

	net->codes = codes;
	net->inputs = option_integer(options, "inputs");
	net->loss = loss;
	net->penalty = latent_option(options, "penalty", usual_penalty[loss]);
	net->generator = add_generator(&net->parameters, layers, net->inputs, units, codes->size);
	first = net->parameters.size;
	net->critic = dense_stack_add(&net->parameters, (int) layers, codes->size, units, 1);

	training.objective[0] =
		(Objective){critic_loss, first, net->parameters.size, (int) critic_steps, false, adam};
	training.objective[1] = (Objective){generator_loss, 0, first, 1, false, adam};
	training.shard = training.batch;
	training.epochs = (steps + train_steps(&training) - 1) / train_steps(&training);
	net->anneal_steps = option_boolean(options, "annealing") ? training.epochs * train_steps(&training) : 0;
	result = train(&training);

	shape[0] = layers;
	shape[1] = units;
	shape[2] = net->inputs;
	model_write(writer, "sampler_shape", SECTION_INT64, shape, 3);
	trained_write_weights(&net->parameters, 0, first, "sampler", writer);
	trained_write_curves(&result, 2, "sampler", writer);
	host_free(result.curve);
	host_free(net->parameters.block);
}

/* A fitted one, and what a block takes on a tape. */
typedef struct OpenGan
{
	Parameters parameters;
	DenseStack generator;
	int64_t inputs;
	int64_t block;
	TapeSize room;
} OpenGan;

typedef struct GanScratch
{
	Tape *tape;
	Matrix input; /* block x inputs */
} GanScratch;

static void *
gan_open(const Model *model, int64_t size, int64_t block)
{
	OpenGan *g = host_alloc_zero(sizeof(OpenGan));
	int64_t count;
	const int64_t *shape = model_section(model, "sampler_shape", SECTION_INT64, &count);
	void *scope;
	Tape *dry;
	real *value;

	if (count != 3 || shape[0] < 1 || shape[0] > MAX_DENSE_LAYERS || shape[1] < 1 ||
	    shape[1] > LATENT_MOST_UNITS || shape[2] < 1 || shape[2] > LATENT_MOST_UNITS)
		value_malformed("model", "Its sampler has a shape that none can have.");
	g->inputs = shape[2];
	g->block = block;
	g->generator = add_generator(&g->parameters, shape[0], g->inputs, shape[1], size);
	trained_read_weights(model, "sampler", &g->parameters);
	matrix_prepare();
	scope = host_open_scope();
	dry = tape_new_dry(&g->parameters);
	dense_stack(dry, &g->generator, tape_constant(dry, block, g->inputs, &value));
	g->room = tape_room(dry);
	host_close_scope(scope);
	return g;
}

static void *
gan_scratch(const void *opened)
{
	const OpenGan *g = opened;
	GanScratch *s = host_alloc(sizeof(GanScratch));

	s->tape = tape_new(&g->parameters, g->room);
	s->input = (Matrix){g->block, g->inputs, g->inputs, host_array(real, g->block * g->inputs)};
	return s;
}

static void
gan_draw(const void *opened, void *scratch, Random *random, Matrix *codes)
{
	const OpenGan *g = opened;
	GanScratch *s = scratch;
	Matrix drawn;

	for (int64_t i = 0; i < g->block * g->inputs; i++)
		s->input.value[i] = (real) random_normal(&random[i / g->inputs]);
	tape_reset(s->tape);
	drawn = tape_value(s->tape, dense_stack(s->tape, &g->generator, tape_view(s->tape, &s->input)));
	matrix_repeat(&drawn, codes);
}

static char *
gan_details(const Model *model)
{
	static const char *const objectives[] = {"critic_loss", "generator_loss"};

	return trained_curves_json(model, "sampler", objectives, 2);
}

const LatentMethod latent_gan = {.numbers = gan_numbers,
                                 .fit = gan_fit,
                                 .open = gan_open,
                                 .scratch = gan_scratch,
                                 .draw = gan_draw,
                                 .details = gan_details};
