/*
 * topics.c
 *	  The generator that knows what items are about.
 *
 * A synthetic user draws proportions of topics from the mixture and gets items
 * without repetition by their probability under them.  "sharpen" multiplies how
 * far ln P(item | proportions) is from ln P(item): fitted proportions are drawn
 * towards the middle by their prior, and this takes them back.
 */
#include "generators/calibration.h"
#include "generators/generator.h"
#include "generators/lengths.h"
#include "generators/topic_model.h"
#include "host.h"

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
draw_items(const void *model, void *scratch, Random *random, int64_t length, uint32_t *item)
{
	Scratch *s = scratch;

	begin_user(model, random, s);
	for (int64_t i = 0; i < length; i++)
		item[i] = log_weights_draw(s->weights, random);
}

static void *
scratch_of_model(const void *model)
{
	return new_scratch(model);
}

static void
sharpen_again(void *model)
{
	topic_model_sharpen(model, ((TopicModel *) model)->sharpen);
}

static void
topics_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	float *correction = host_array_zero(float, data->items);
	TopicFit fit;

	topic_model_fit(data, options, seed, writer, &fit);
	lengths_fit(data, NULL, 1, writer);
	fit.model.sharpen = (float) option_number(options, "sharpen");
	fit.model.correction = correction;
	calibrate_users(&(UserCalibration){.users = &fit.users,
	                                   .popularity = fit.model.popularity,
	                                   .rounds = option_integer(options, "calibrations"),
	                                   .seed = seed,
	                                   .sampler = &fit.model,
	                                   .begin_round = sharpen_again,
	                                   .scratch = scratch_of_model,
	                                   .draw = draw_items},
	                correction);
	model_write(writer, "item_correction", SECTION_FLOAT32, correction, data->items);
}

static void *
topics_open(const Model *model, int64_t *longest)
{
	Topics *t = host_alloc(sizeof(Topics));

	topic_model_open(model, &t->model);
	t->model.correction = calibration_open(model, t->model.items);
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

	batch->start[0] = 0;
	for (int64_t n = 0; n < users; n++)
	{
		Random random;
		int64_t length;

		random_open(&random, seed, RANDOM_GENERATE, (uint64_t) (first + n));
		length = lengths_draw(t->lengths, &random);
		draw_items(&t->model, scratch, &random, length, batch->item + batch->start[n]);
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
