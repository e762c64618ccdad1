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
	TOPIC_MODEL_OPTIONS,
	{.name = NULL},
};

static void
topics_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	TopicFit fit;

	topic_model_fit(data, options, seed, writer, &fit);
	lengths_fit(data, NULL, 1, writer);
}

static void *
topics_open(const Model *model, int64_t *longest)
{
	Topics *t = host_alloc(sizeof(Topics));

	topic_model_open(model, &t->model);
	t->lengths = lengths_open(model, 1, longest);
	return t;
}

static void *
topics_scratch(const void *sampler)
{
	const Topics *t = sampler;
	Scratch *scratch = host_alloc(sizeof(Scratch));

	scratch->row = host_array(double, t->model.topics);
	scratch->share = host_array(float, t->model.topics);
	scratch->weights = log_weights_new(t->model.items);
	return scratch;
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
		topic_model_draw_user(&t->model, &random, s->row, s->share);
		topic_model_weigh(&t->model, s->share, s->weights->log_weight);
		log_weights_begin(s->weights);
		for (int64_t i = 0; i < length; i++)
			item[i] = log_weights_draw(s->weights, &random);
		batch->start[n + 1] = batch->start[n] + length;
	}
}

const Generator topics_generator = {
	.method = "topics",
	.discloses =
		"Per topic its share and the probability of each item (weights that stand for fewer than "
		"min_item_users users are spread by popularity), the share of each item, means and covariances of the "
		"proportions of topics in components of at least min_component_size users in expectation, and how many "
		"users have histories of each length (the tail shared by fewer than 5 users is cut). No user's proportions.",
	.options = topics_options,
	.block = 64,
	.fit = topics_fit,
	.open = topics_open,
	.scratch = topics_scratch,
	.generate = topics_generate,
	.details = topic_model_details};
