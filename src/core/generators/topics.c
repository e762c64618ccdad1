/*
 * topics.c
 *	  The generator that knows what items are about.
 *
 * A synthetic user draws proportions of topics from the mixture and gets items
 * without repetition by their probability under them.  "sharpen" multiplies how
 * far ln P(item | proportions) is from ln P(item): fitted proportions are drawn
 * towards the middle by their prior, and this takes them back.
 */
#include "generators/generator.h"
#include "generators/lengths.h"
#include "generators/topic_model.h"
#include "host.h"
#include "math/parallel.h"

#include <string.h>

/* Users that a round of calibration draws. */
#define CALIBRATION_USERS 10000
#define CALIBRATION_SHARD 4

/* Corrections from outside are at most so large. */
#define SANE_CORRECTION 1e4f

typedef struct Topics
{
	TopicModel model;
	Lengths *lengths;
} Topics;

typedef struct Scratch
{
	double *row;  /* topics */
	float *share; /* topics */
	LogWeights *weights;
} Scratch;

static const OptionSpec topics_options[] = {
	TOPIC_MODEL_OPTIONS(1.1),
	{"calibrations", OPTION_INTEGER, 5, 0, 1000, NULL},
	{.name = NULL},
};

static const OptionSpec topics_sampling[] = {
	TOPIC_MODEL_SAMPLING,
	{.name = NULL},
};

/* Users with items of their own, and how often each item was drawn for them. */
typedef struct Calibration
{
	const TopicModel *model;
	const LdaUsers *lengths; /* user n gets as many items as user n of these has */
	uint64_t seed;
	Scratch **scratch; /* per worker */
	int64_t **drawn;   /* per worker: per item */
} Calibration;

static Scratch *
new_scratch(const TopicModel *model)
{
	Scratch *scratch = host_alloc(sizeof(Scratch));

	scratch->row = host_array(double, model->topics);
	scratch->share = host_array(float, model->topics);
	scratch->weights = log_weights_new(model->items);
	return scratch;
}

/* Draws proportions of topics, and gets ready for drawing items. */
static void
begin_user(const TopicModel *model, Random *random, Scratch *s)
{
	topic_model_draw_user(model, random, s->row, s->share);
	topic_model_weigh(model, s->share, s->weights->log_weight);
	log_weights_begin(s->weights);
}

static void
draw_users(void *argument, int64_t begin, int64_t end, int worker)
{
	const Calibration *c = argument;
	Scratch *s = c->scratch[worker];

	for (int64_t n = begin; n < end; n++)
	{
		int64_t u = n % c->lengths->users;
		Random random;

		random_open(&random, c->seed, RANDOM_TOPICS_CALIBRATE, (uint64_t) n);
		begin_user(c->model, &random, s);
		for (int64_t p = c->lengths->start[u]; p < c->lengths->start[u + 1]; p++)
			c->drawn[worker][log_weights_draw(s->weights, &random)]++;
	}
}

/*
 * Finds what to add to the logarithms of the items' weights so that synthetic
 * users have each item about as often as the fitted ones do: drawing without
 * repetition, sharpening and the mixture all move that.
 */
static float *
calibrate(const TopicFit *fit, double factor, int64_t rounds, uint64_t seed)
{
	TopicModel model = fit->model;
	float *correction = host_array_zero(float, model.items);
	int workers = parallel_workers(CALIBRATION_USERS, CALIBRATION_SHARD);
	Calibration c = {.model = &model, .lengths = &fit->users, .seed = seed};

	c.scratch = host_array(Scratch *, workers);
	c.drawn = host_array(int64_t *, workers);
	for (int i = 0; i < workers; i++)
	{
		c.scratch[i] = new_scratch(&model);
		c.drawn[i] = host_array(int64_t, model.items);
	}
	model.correction = correction;
	for (int64_t round = 0; round < rounds; round++)
	{
		int64_t sum = 0;

		host_progress("calibrating popularity", round, rounds);
		topic_model_sharpen(&model, factor);
		for (int i = 0; i < workers; i++)
			memset(c.drawn[i], 0, (size_t) model.items * sizeof(int64_t));
		parallel_for(CALIBRATION_USERS, CALIBRATION_SHARD, draw_users, &c);
		for (int64_t i = 0; i < model.items; i++)
		{
			for (int w = 1; w < workers; w++)
				c.drawn[0][i] += c.drawn[w][i];
			sum += c.drawn[0][i];
		}
		/* shorter and shorter steps, so that the chance of one round does not stay */
		for (int64_t i = 0; i < model.items; i++)
			correction[i] +=
				(float) (log((model.popularity[i] * (double) sum + 1) / ((double) c.drawn[0][i] + 1)) /
			             (double) (round + 1));
	}
	return correction;
}

static void
topics_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	TopicFit fit;
	float *correction;

	topic_model_fit(data, options, seed, writer, &fit);
	lengths_fit(data, NULL, 1, writer);
	correction =
		calibrate(&fit, option_number(options, "sharpen"), option_integer(options, "calibrations"), seed);
	model_write(writer, "item_correction", SECTION_FLOAT32, correction, data->items);
}

static void *
topics_open(const Model *model, int64_t *longest)
{
	Topics *t = host_alloc(sizeof(Topics));
	int64_t count;

	topic_model_open(model, &t->model);
	t->model.correction = model_section(model, "item_correction", SECTION_FLOAT32, &count);
	if (count != t->model.items)
		value_malformed("model", "It does not have one correction per item.");
	for (int64_t i = 0; i < count; i++)
	{
		if (!(fabsf(t->model.correction[i]) <= SANE_CORRECTION))
			value_malformed("model", "A correction is not a number, or too large.");
	}
	topic_model_sharpen(&t->model, t->model.sharpen);
	t->lengths = lengths_open(model, 1, longest);
	return t;
}

static void
topics_tune(void *sampler, const Options *options)
{
	topic_model_tune(&((Topics *) sampler)->model, options);
}

static void *
topics_scratch(const void *sampler)
{
	return new_scratch(&((const Topics *) sampler)->model);
}

static void
topics_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
                HistoryBatch *batch)
{
	const Topics *t = sampler;
	Scratch *s = scratch;

	batch->start[0] = 0;
	for (int64_t n = 0; n < users; n++)
	{
		Random random;
		uint32_t *item = batch->item + batch->start[n];
		int64_t length;

		random_open(&random, seed, RANDOM_GENERATE, (uint64_t) (first + n));
		length = lengths_draw(t->lengths, &random);
		begin_user(&t->model, &random, s);
		for (int64_t i = 0; i < length; i++)
			item[i] = log_weights_draw(s->weights, &random);
		batch->start[n + 1] = batch->start[n] + length;
	}
}

const Generator topics_generator = {.method = "topics",
                                    .discloses = TOPIC_MODEL_DISCLOSES,
                                    .options = topics_options,
                                    .block = 8,
                                    .fit = topics_fit,
                                    .open = topics_open,
                                    .sampling = topics_sampling,
                                    .tune = topics_tune,
                                    .scratch = topics_scratch,
                                    .generate = topics_generate,
                                    .details = topic_model_details};
