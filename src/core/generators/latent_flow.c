/*
 * latent_flow.c
 *	  Codes carried from normal noise by a flow: flow matching.
 *
 * After Lipman et al., "Flow Matching for Generative Modeling", and Liu et al.,
 * "Flow Straight and Fast" (both ICLR 2023).  A user's code x and noise z are
 * joined by a straight line, passed at constant speed in time t from 0 to 1; a
 * net learns the speed from where a point is and when:
 *
 *	  minimise |v(z + t (x - z), t) - (x - z)|^2
 *
 * What it learns is the mean speed of all lines through that point, and the
 * flow with this velocity carries noise to codes.  There is no game between two
 * nets, so training cannot collapse.  A code costs 2 x FLOW_STEPS passes of the
 * net: the flow is followed by the midpoint rule.
 */
#include "generators/dense_stack.h"
#include "generators/latent.h"
#include "generators/trained.h"
#include "host.h"
#include "nn/losses.h"

#include <math.h>
#include <string.h>

#define USUAL_STEPS 20000
#define USUAL_UNITS 256
#define USUAL_RATE 5e-4

#define FLOW_STEPS 10

/* Time as the net sees it: itself, and sines and cosines of 1, 2, ... turns. */
#define TURNS 4
#define TIME_NUMBERS (1 + 2 * TURNS)

/* What random numbers are used for (nn/shard.h). */
enum
{
	USE_NOISE,
	USE_TIME
};

typedef struct FlowNet
{
	const Codes *codes;
	Parameters parameters;
	DenseStack velocity; /* size + TIME_NUMBERS -> size */
} FlowNet;

static DenseStack
add_velocity(Parameters *parameters, int64_t layers, int64_t units, int64_t size)
{
	return dense_stack_add(parameters, (int) layers, size + TIME_NUMBERS, units, size);
}

static double
flow_numbers(int64_t users, int64_t size, const Options *options)
{
	double units = latent_option(options, "sampler_units", USUAL_UNITS);

	(void) users;
	return units * ((double) (2 * size + TIME_NUMBERS) +
	                units * (double) (option_integer(options, "sampler_layers") - 1));
}

static void
write_time(real t, real *number)
{
	*number++ = t;
	for (int turn = 1; turn <= TURNS; turn++)
	{
		*number++ = (real) sin(2 * M_PI * turn * t);
		*number++ = (real) cos(2 * M_PI * turn * t);
	}
}

static Node
velocity_loss(const void *context, Tape *tape, const Shard *shard)
{
	const FlowNet *net = context;
	int64_t size = net->codes->size, in = size + TIME_NUMBERS;
	const real *noise = tape_value(tape, shard_normal(tape, shard, USE_NOISE, 1, size)).value;
	const real *time = tape_value(tape, shard_uniform(tape, shard, USE_TIME, 1, 1)).value;
	real *input, *speed;
	Node point = tape_constant(tape, shard->rows, in, &input);
	Node wanted = tape_constant(tape, shard->rows, size, &speed);

	for (int64_t i = 0; input != NULL && i < shard->rows; i++)
	{
		const real *code = net->codes->value + shard->sample[i] * size;

		for (int64_t j = 0; j < size; j++)
		{
			speed[i * size + j] = code[j] - noise[i * size + j];
			input[i * in + j] = noise[i * size + j] + time[i] * speed[i * size + j];
		}
		write_time(time[i], input + i * in + size);
	}
	return mean_squared_error(tape, dense_stack(tape, &net->velocity, point), wanted);
}

static void
flow_fit(const Codes *codes, const Options *options, uint64_t seed, ModelWriter *writer)
{
	FlowNet *net = host_alloc_zero(sizeof(FlowNet));
	int64_t layers = option_integer(options, "sampler_layers");
	int64_t units = (int64_t) latent_option(options, "sampler_units", USUAL_UNITS);
	int64_t steps = (int64_t) latent_option(options, "sampler_steps", USUAL_STEPS);
	int64_t *shape = host_array(int64_t, 2);
	TrainingPlan training = {.stage = "sampler",
	                         .operation = "the sampler of codes",
	                         .model = net,
	                         .parameters = &net->parameters,
	                         .objectives = 1,
	                         .samples = codes->users,
	                         .batch = option_integer(options, "sampler_batch"),
	                         .seed = seed};
	TrainingResult result;

	net->codes = codes;
	net->velocity = add_velocity(&net->parameters, layers, units, codes->size);
	training.objective[0] = (Objective){velocity_loss,
	                                    0,
	                                    net->parameters.size,
	                                    1,
	                                    true,
	                                    ADAM(latent_option(options, "sampler_rate", USUAL_RATE))};
	training.shard = training.batch;
	training.epochs = (steps + train_steps(&training) - 1) / train_steps(&training);
	result = train(&training);

	shape[0] = layers;
	shape[1] = units;
	model_write(writer, "sampler_shape", SECTION_INT64, shape, 2);
	trained_write_weights(&net->parameters, 0, net->parameters.size, "sampler", writer);
	trained_write_curves(&result, 1, "sampler", writer);
	host_free(result.curve);
	host_free(net->parameters.block);
}

/* A fitted one, and what a block takes on a tape. */
typedef struct OpenFlow
{
	Parameters parameters;
	DenseStack velocity;
	int64_t size;
	int64_t block;
	TapeSize room;
} OpenFlow;

typedef struct FlowScratch
{
	Tape *tape;
	Matrix input;  /* block x (size + TIME_NUMBERS) */
	Matrix middle; /* block x size: half a step further */
} FlowScratch;

static void *
flow_open(const Model *model, int64_t size, int64_t block)
{
	OpenFlow *f = host_alloc_zero(sizeof(OpenFlow));
	int64_t count;
	const int64_t *shape = model_section(model, "sampler_shape", SECTION_INT64, &count);
	void *scope;
	Tape *dry;
	real *value;

	if (count != 2 || shape[0] < 1 || shape[0] > MAX_DENSE_LAYERS || shape[1] < 1 ||
	    shape[1] > LATENT_MOST_UNITS)
		value_malformed("model", "Its sampler has a shape that none can have.");
	f->size = size;
	f->block = block;
	f->velocity = add_velocity(&f->parameters, shape[0], shape[1], size);
	trained_read_weights(model, "sampler", &f->parameters);
	matrix_prepare();
	scope = host_open_scope();
	dry = tape_new_dry(&f->parameters);
	dense_stack(dry, &f->velocity, tape_constant(dry, block, size + TIME_NUMBERS, &value));
	f->room = tape_room(dry);
	host_close_scope(scope);
	return f;
}

static void *
flow_scratch(const void *opened)
{
	const OpenFlow *f = opened;
	FlowScratch *s = host_alloc(sizeof(FlowScratch));
	int64_t in = f->size + TIME_NUMBERS;

	s->tape = tape_new(&f->parameters, f->room);
	s->input = (Matrix){f->block, in, in, host_array(real, f->block * in)};
	s->middle = (Matrix){f->block, f->size, f->size, host_array(real, f->block * f->size)};
	return s;
}

/* to = from + length x the velocity at "at" and time t, row by row; to may be from. */
static void
follow(const OpenFlow *f, FlowScratch *s, const Matrix *at, real t, real length, const Matrix *from,
       Matrix *to)
{
	Matrix speed;

	for (int64_t n = 0; n < f->block; n++)
	{
		real *input = s->input.value + n * s->input.stride;

		memcpy(input, at->value + n * at->stride, (size_t) f->size * sizeof(real));
		write_time(t, input + f->size);
	}
	tape_reset(s->tape);
	speed = tape_value(s->tape, dense_stack(s->tape, &f->velocity, tape_view(s->tape, &s->input)));
	matrix_add(from, length, &speed, to);
}

static void
flow_draw(const void *opened, void *scratch, Random *random, Matrix *codes)
{
	const OpenFlow *f = opened;
	FlowScratch *s = scratch;
	const real step = (real) 1 / FLOW_STEPS;

	for (int64_t n = 0; n < f->block; n++)
	{
		for (int64_t j = 0; j < f->size; j++)
			codes->value[n * codes->stride + j] = (real) random_normal(&random[n]);
	}
	for (int k = 0; k < FLOW_STEPS; k++)
	{
		follow(f, s, codes, (real) k * step, step / 2, codes, &s->middle);
		follow(f, s, &s->middle, ((real) k + (real) 0.5) * step, step, codes, codes);
	}
}

static char *
flow_details(const Model *model)
{
	static const char *const objectives[] = {"loss"};

	return trained_curves_json(model, "sampler", objectives, 1);
}

const LatentMethod latent_flow = {.numbers = flow_numbers,
                                  .fit = flow_fit,
                                  .open = flow_open,
                                  .scratch = flow_scratch,
                                  .draw = flow_draw,
                                  .details = flow_details};
