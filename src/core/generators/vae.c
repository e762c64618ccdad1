/*
 * vae.c
 *	  The generator that knows a space of tastes: a variational autoencoder.
 *
 * The net is that of Liang et al. (2018), see vae_net.h; Noble et al. (EvalRS
 * 2023) compare it as a generator.  A synthetic user is a code, decoded to a
 * probability per item, from which the items are drawn without replacement.
 * Where codes come from is the option "latent":
 *
 *	  prior      N(0, 1), which training pulls the users' codes towards: a little
 *	             (beta), so most codes drawn there are nobody's
 *	  aggregate  a mixture of Gaussians fitted to codes of the users; a component
 *	             is made of min_component_size users or more
 *
 * The model holds the decoder and the mixture; the encoder goes.
 */
#include "generators/generator.h"
#include "generators/lengths.h"
#include "generators/vae_net.h"
#include "host.h"
#include "math/log_weights.h"
#include "math/mixture.h"
#include "nn/train.h"

#include <stdio.h>
#include <string.h>

/* Users of one product when generating. */
#define BLOCK 256

/* Users of one product when encoding. */
#define ENCODE_ROWS 128

/* A shard's work at most, so that a cancel is answered soon; and its fewest users. */
#define SHARD_FLOPS 3e9
#define LEAST_SHARD 16

/* The mixture is fitted to so many users at most, spread evenly. */
#define MIXTURE_USERS 50000

/* Steps of EM, and what keeps a component from becoming a point. */
#define MIXTURE_STEPS 100
#define MIXTURE_RIDGE 1e-3

/* Logits of a model that was tampered with; from a fit they are far smaller. */
#define GREATEST_LOGIT 1e4f

enum
{
	LATENT_PRIOR,
	LATENT_AGGREGATE
};

static const char *const latents[] = {"prior", "aggregate", NULL};

static const OptionSpec vae_options[] = {
	{"latent", OPTION_CHOICE, LATENT_AGGREGATE, 0, 0, latents},
	{"hidden", OPTION_INTEGER, 600, 1, 10000, NULL},
	{"code", OPTION_INTEGER, 64, 1, 500, NULL},
	{"epochs", OPTION_INTEGER, 200, 1, 100000, NULL},
	{"batch", OPTION_INTEGER, 500, 1, 100000, NULL},
	{"learning_rate", OPTION_NUMBER, 0.001, 1e-8, 10, NULL},
	{"dropout", OPTION_NUMBER, 0.5, 0, 0.99, NULL},
	{"beta", OPTION_NUMBER, 0.2, 0, 100, NULL},
	{"annealing", OPTION_NUMBER, 0.1, 0, 1, NULL},
	{"weight_decay", OPTION_NUMBER, 0, 0, 1, NULL},
	{"holdout", OPTION_NUMBER, 0.05, 0, 0.5, NULL},
	{"patience", OPTION_INTEGER, 20, 1, 100000, NULL},
	{"components", OPTION_INTEGER, 10, 1, 1000, NULL},
	{"min_component_size", OPTION_INTEGER, 5, 5, 1000000000, NULL},
	{.name = NULL},
};

/* A fitted one, as generate() reads it. */
typedef struct Vae
{
	int64_t items, hidden, code;
	Matrix hidden_weight; /* code x hidden */
	Matrix hidden_bias;   /* 1 x hidden */
	Matrix items_weight;  /* hidden x items */
	Matrix items_bias;    /* 1 x items */
	bool aggregate;
	Mixture mixture;
	Lengths *lengths;
} Vae;

/* What one thread writes to: BLOCK rows of each. */
typedef struct VaeScratch
{
	Random random[BLOCK];
	int64_t length[BLOCK];
	double *row; /* a code */
	Matrix code;
	Matrix hidden;
	Matrix logits;
	LogWeights *weights;
} VaeScratch;

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Bytes of the sections of a model. */
static int64_t
model_bytes(const VaeNet *net, int64_t hidden, int64_t components)
{
	return ((net->code + 1) * hidden + (hidden + 1) * net->data->items) * (int64_t) sizeof(float) +
	       components * (mixture_factor_size(net->code) + net->code + 2) * (int64_t) sizeof(double);
}

/* A parameter as a section of floats. */
static void
write_parameter(const VaeNet *net, int number, const char *name, ModelWriter *writer)
{
	Matrix m = parameters_matrix(&net->parameters, number);
	float *copy = host_array(float, m.rows *m.cols);

	for (int64_t i = 0; i < m.rows * m.cols; i++)
		copy[i] = (float) m.value[i];
	model_write(writer, name, SECTION_FLOAT32, copy, m.rows * m.cols);
}

/* Codes of "rows" users spread evenly over all of them: rows x code. */
static double *
encode_users(const VaeNet *net, int64_t rows)
{
	double *code = host_array(double, rows * net->code);
	Shard shard = {NULL, ENCODE_ROWS, net->seed, 0, false};
	void *scope = host_open_scope();
	Tape *dry = tape_new_dry(&net->parameters), *tape;
	int64_t user[ENCODE_ROWS];

	vae_net_encode(net, dry, &shard);
	tape = tape_new(&net->parameters, tape_room(dry));
	shard.sample = user;
	for (int64_t begin = 0; begin < rows; begin += ENCODE_ROWS)
	{
		Matrix codes;

		host_poll();
		shard.rows = smaller(ENCODE_ROWS, rows - begin);
		for (int64_t i = 0; i < shard.rows; i++)
			user[i] = (int64_t) ((__int128) (begin + i) * net->data->users / rows);
		tape_reset(tape);
		codes = tape_value(tape, vae_net_encode(net, tape, &shard));
		for (int64_t i = 0; i < shard.rows * net->code; i++)
			code[begin * net->code + i] = codes.value[i];
	}
	host_close_scope(scope);
	return code;
}

static void
write_mixture(const VaeNet *net, const Options *options, ModelWriter *writer)
{
	MixtureLimits limits = {option_integer(options, "components"), MIXTURE_STEPS, MIXTURE_RIDGE,
	                        (double) option_integer(options, "min_component_size")};
	int64_t rows = smaller(net->data->users, MIXTURE_USERS);
	double *code = encode_users(net, rows);
	MixtureFit fit;

	limits.components = smaller(limits.components, rows);
	mixture_fit(code, rows, net->code, NULL, &limits, net->seed, &fit);
	host_free(code);
	model_write(writer, "mixture_weight", SECTION_FLOAT64, fit.mixture.weight, fit.mixture.components);
	model_write(writer, "mixture_mean", SECTION_FLOAT64, fit.mixture.mean,
	            fit.mixture.components * net->code);
	model_write(writer, "mixture_factor", SECTION_FLOAT64, fit.mixture.factor,
	            fit.mixture.components * mixture_factor_size(net->code));
	model_write(writer, "component_users", SECTION_FLOAT64, fit.rows, fit.mixture.components);
}

static void
write_training(const TrainingResult *result, ModelWriter *writer)
{
	int64_t *numbers = host_array(int64_t, 3);

	numbers[0] = result->epochs;
	numbers[1] = result->best;
	numbers[2] = result->restarts;
	model_write(writer, "training", SECTION_INT64, numbers, 3);
	model_write(writer, "curves", SECTION_FLOAT32, result->curve, result->epochs * 2);
}

static VaeNet *
new_net(const Histories *data, const Options *options, uint64_t seed)
{
	VaeNet *net = host_alloc_zero(sizeof(VaeNet));

	net->data = data;
	net->code = option_integer(options, "code");
	net->keep = 1 - option_number(options, "dropout");
	net->beta = option_number(options, "beta");
	net->seed = seed;
	vae_net_begin(net, option_integer(options, "hidden"));
	return net;
}

/* How the net is to be trained; what depends on that in the net is filled in. */
static TrainingPlan
new_plan(VaeNet *net, const Options *options)
{
	TrainingPlan plan = {
		.stage = "training", .operation = "vae", .model = net, .parameters = &net->parameters};

	plan.objectives = 1;
	plan.objective[0] = (Objective){
		vae_net_loss, 0, net->parameters.size, 1, true, ADAM(option_number(options, "learning_rate"))};
	plan.objective[0].optimizer.decay = option_number(options, "weight_decay");
	plan.samples = net->data->users;
	plan.held_out = (int64_t) (option_number(options, "holdout") * (double) plan.samples);
	plan.validate = plan.held_out > 0 ? vae_net_validation : NULL;
	plan.batch = option_integer(options, "batch");
	plan.shard = larger((int64_t) (SHARD_FLOPS / vae_net_work(net)), LEAST_SHARD);
	plan.epochs = option_integer(options, "epochs");
	plan.patience = option_integer(options, "patience");
	plan.seed = net->seed;
	net->anneal_steps =
		(int64_t) (option_number(options, "annealing") * (double) plan.epochs * (double) train_steps(&plan));
	vae_net_limit_shards(net, larger(train_shard_rows(&plan), ENCODE_ROWS));
	return plan;
}

/* Leaves when the model would be too large, or fitting it take too much memory. */
static void
reserve(const VaeNet *net, const TrainingPlan *plan, const Options *options)
{
	int64_t needed;
	int64_t hidden = option_integer(options, "hidden"), rows = smaller(net->data->users, MIXTURE_USERS);
	bool aggregate = option_integer(options, "latent") == LATENT_AGGREGATE;
	int64_t components = aggregate ? smaller(option_integer(options, "components"), rows) : 0;

	if (model_bytes(net, hidden, components) > VALUE_MAX_BYTES)
		host_fail(HOST_TOO_LARGE,
		          host_format("a decoder of %lld items and %lld hidden units is too large for a model",
		                      (long long) net->data->items, (long long) hidden),
		          NULL, "Lower hidden or code, or drop rare items with filter_histories().");
	needed = train_bytes(plan);
	if (aggregate)
		needed = larger(needed, rows * net->code * (int64_t) sizeof(double) +
		                            mixture_bytes(rows, net->code, components) +
		                            net->parameters.size * (int64_t) sizeof(real));
	host_reserve(needed, plan->operation);
}

static void
vae_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	VaeNet *net = new_net(data, options, seed);
	TrainingPlan plan = new_plan(net, options);
	TrainingResult result;

	reserve(net, &plan, options);
	result = train(&plan);
	write_training(&result, writer);
	write_parameter(net, net->decoder_hidden.weight, "decoder_hidden", writer);
	write_parameter(net, net->decoder_hidden.bias, "decoder_hidden_bias", writer);
	write_parameter(net, net->decoder_items.weight, "decoder_items", writer);
	write_parameter(net, net->decoder_items.bias, "decoder_items_bias", writer);
	if (option_integer(options, "latent") == LATENT_AGGREGATE)
		write_mixture(net, options, writer);
	host_free(net->parameters.block);
	lengths_fit(data, NULL, 1, writer);
}

static void
require(bool ok)
{
	if (!ok)
		value_malformed("model", "Its decoder does not fit together.");
}

/* A section of finite floats as a matrix of that many rows. */
static Matrix
matrix_section(const Model *model, const char *name, int64_t rows)
{
	int64_t count;
	const float *value = model_section(model, name, SECTION_FLOAT32, &count);
	Matrix m;

	require(count > 0 && count % rows == 0);
	m = (Matrix){rows, count / rows, count / rows, host_array(real, count)};
	for (int64_t i = 0; i < count; i++)
	{
		require(isfinite(value[i]));
		m.value[i] = value[i];
	}
	return m;
}

static void
open_mixture(const Model *model, Vae *v)
{
	int64_t count;

	v->mixture.dimensions = v->code;
	v->mixture.weight = model_section(model, "mixture_weight", SECTION_FLOAT64, &v->mixture.components);
	v->mixture.mean = model_section(model, "mixture_mean", SECTION_FLOAT64, &count);
	require(count / v->code == v->mixture.components && count % v->code == 0);
	v->mixture.factor = model_section(model, "mixture_factor", SECTION_FLOAT64, &count);
	require(count / mixture_factor_size(v->code) == v->mixture.components &&
	        count % mixture_factor_size(v->code) == 0);
	require(mixture_valid(&v->mixture));
}

/* Memory of one thread's scratch. */
static int64_t
scratch_bytes(const Vae *v)
{
	return BLOCK * (v->code + v->hidden + v->items) * (int64_t) sizeof(real) + log_weights_bytes(v->items);
}

static void *
vae_open(const Model *model, int64_t *longest)
{
	Vae *v = host_alloc_zero(sizeof(Vae));
	int64_t count;

	host_reserve(model->bytes, "generate");
	v->items = model->header->items;
	v->items_bias = matrix_section(model, "decoder_items_bias", 1);
	v->hidden_bias = matrix_section(model, "decoder_hidden_bias", 1);
	v->hidden = v->hidden_bias.cols;
	v->items_weight = matrix_section(model, "decoder_items", v->hidden);
	model_section(model, "decoder_hidden", SECTION_FLOAT32, &count);
	v->code = count / v->hidden;
	require(v->code > 0);
	v->hidden_weight = matrix_section(model, "decoder_hidden", v->code);
	require(v->items_bias.cols == v->items && v->items_weight.cols == v->items &&
	        v->hidden_weight.cols == v->hidden);
	v->aggregate = model_has_section(model, "mixture_weight");
	if (v->aggregate)
		open_mixture(model, v);
	v->lengths = lengths_open(model, 1, longest);
	host_reserve(model->bytes + host_threads() * scratch_bytes(v), "generate");
	matrix_prepare();
	return v;
}

static Matrix
new_matrix(int64_t rows, int64_t cols)
{
	return (Matrix){rows, cols, cols, host_array(real, rows * cols)};
}

static void *
vae_scratch(const void *sampler)
{
	const Vae *v = sampler;
	VaeScratch *s = host_alloc(sizeof(VaeScratch));

	s->row = host_array(double, v->code);
	s->code = new_matrix(BLOCK, v->code);
	s->hidden = new_matrix(BLOCK, v->hidden);
	s->logits = new_matrix(BLOCK, v->items);
	s->weights = log_weights_new(v->items);
	return s;
}

/* A code, as row n of the block. */
static void
draw_code(const Vae *v, VaeScratch *s, int64_t n)
{
	if (v->aggregate)
		mixture_draw(&v->mixture, &s->random[n], s->row);
	else
	{
		for (int64_t j = 0; j < v->code; j++)
			s->row[j] = random_normal(&s->random[n]);
	}
	for (int64_t j = 0; j < v->code; j++)
		s->code.value[n * v->code + j] = (real) s->row[j];
}

/* x W + b */
static void
apply(const Matrix *x, const Matrix *weight, const Matrix *bias, Matrix *y)
{
	matrix_repeat(bias, y);
	matrix_product(x, false, weight, false, true, y);
}

static void
vae_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
             HistoryBatch *batch)
{
	const Vae *v = sampler;
	VaeScratch *s = scratch;

	/* users is always BLOCK, so that products have one shape */
	for (int64_t n = 0; n < users; n++)
	{
		random_open(&s->random[n], seed, RANDOM_GENERATE, (uint64_t) (first + n));
		s->length[n] = lengths_draw(v->lengths, &s->random[n]);
		draw_code(v, s, n);
	}
	apply(&s->code, &v->hidden_weight, &v->hidden_bias, &s->hidden);
	matrix_map(MAP_TANH, 0, 0, &s->hidden, &s->hidden);
	apply(&s->hidden, &v->items_weight, &v->items_bias, &s->logits);
	batch->start[0] = 0;
	for (int64_t n = 0; n < users; n++)
	{
		const real *logit = s->logits.value + n * v->items;

		for (int64_t i = 0; i < v->items; i++)
		{
			float x = (float) logit[i];

			s->weights->log_weight[i] = x > -GREATEST_LOGIT && x < GREATEST_LOGIT ? x : -GREATEST_LOGIT;
		}
		log_weights_begin(s->weights);
		batch->start[n + 1] = batch->start[n] + s->length[n];
		for (int64_t p = batch->start[n]; p < batch->start[n + 1]; p++)
			batch->item[p] = log_weights_draw(s->weights, &s->random[n]);
	}
}

/* How training went, and the mixture. */
static char *
vae_details(const Model *model)
{
	int64_t numbers, points, components;
	const int64_t *training = model_section(model, "training", SECTION_INT64, &numbers);
	const float *curve = model_section(model, "curves", SECTION_FLOAT32, &points);
	double smallest = INFINITY;
	const double *users;
	char *text;

	if (numbers != 3 || points % 2 != 0 || training[0] != points / 2)
		value_malformed("model", "Its curves do not fit together.");
	text = host_format("\"epochs\": %lld, \"best_epoch\": %lld, \"restarts\": %lld, "
	                   "\"training_loss\": %s, \"validation_loss\": %s",
	                   (long long) training[0], (long long) training[1], (long long) training[2],
	                   train_curve_json(curve, points / 2, 1, 0), train_curve_json(curve, points / 2, 1, 1));
	if (!model_has_section(model, "component_users"))
		return text;
	users = model_section(model, "component_users", SECTION_FLOAT64, &components);
	for (int64_t c = 0; c < components; c++)
		smallest = fmin(smallest, users[c]);
	if (components == 0 || !isfinite(smallest))
		value_malformed("model", "Its mixture does not fit together.");
	return host_format("%s, \"components\": %lld, \"smallest_component\": %.4g", text, (long long) components,
	                   smallest);
}

const Generator vae_generator = {
	.method = "vae",
	.discloses =
		"The weights of a decoder trained on all histories, from codes to the probability of each item, the mean "
		"losses of its training, and how many users have histories of each length (the tail shared by fewer than "
		"5 users is cut). With latent => 'aggregate' also means and covariances of the users' codes, in groups of "
		"min_component_size users or more. A decoder can have learnt a rare combination of items by heart: nothing "
		"bounds what can be read out of it.",
	.options = vae_options,
	.block = BLOCK,
	.fit = vae_fit,
	.open = vae_open,
	.scratch = vae_scratch,
	.generate = vae_generate,
	.details = vae_details};
