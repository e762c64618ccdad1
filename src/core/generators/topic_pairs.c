/*
 * topic_pairs.c
 *	  The generator that knows what items are about and which go together.
 *
 * A synthetic user draws proportions of topics as in topics.c; then her items
 * come one after the other, each by the topics and by the items before it
 * (pair_weights.h).  "strength" multiplies the pull of the items before: with 0
 * there are only topics and biases.  At last the biases are calibrated, since
 * pairs, too, move how often an item is drawn.
 */
#include "generators/calibration.h"
#include "generators/generator.h"
#include "generators/lengths.h"
#include "generators/pair_weights.h"
#include "generators/topic_model.h"
#include "host.h"

#include <math.h>
#include <string.h>

/* Numbers from outside are at most so large. */
#define SANE_WEIGHT 1e6

typedef struct TopicPairs
{
	TopicModel model;
	Lengths *lengths;
	const int64_t *start; /* items + 1: rows of the weights */
	const uint32_t *item;
	const float *weight;
	const float *bias; /* padded */
	int64_t positions;
	const double *pull;
	const double *trust;
	double strength;
} TopicPairs;

typedef struct Scratch
{
	double *row;  /* topics */
	float *share; /* topics */
	float *base;  /* padded */
	float *drawn; /* padded */
	LogWeights *weights;
} Scratch;

static const OptionSpec topic_pairs_options[] = {
	TOPIC_MODEL_OPTIONS(1.2),
	{"strength", OPTION_NUMBER, 0.7, 0, 10, NULL},
	{"min_pair_count", OPTION_INTEGER, 2, 0, 1000000000, NULL},
	{"epochs", OPTION_INTEGER, 10, 1, 10000, NULL},
	{"batch", OPTION_INTEGER, 128, 1, 100000, NULL},
	{"positions", OPTION_INTEGER, 50, 1, 10000, NULL},
	{"penalty", OPTION_NUMBER, 3, 0, 1e9, NULL},
	{"rate", OPTION_NUMBER, 0.03, 1e-9, 10, NULL},
	{"calibrations", OPTION_INTEGER, 5, 0, 1000, NULL},
	{.name = NULL},
};

static const OptionSpec topic_pairs_sampling[] = {
	TOPIC_MODEL_SAMPLING,
	{"strength", OPTION_NUMBER, NAN, 0, 10, NULL},
	{.name = NULL},
};

/* The "count" items that most users have. */
static bool *
most_popular(const int64_t *users, int64_t items, int64_t count)
{
	bool *popular = host_array_zero(bool, items);
	int64_t low = 0, high = INT64_MAX, left = count;

	/* the greatest number of users that at least "count" items reach */
	while (low < high)
	{
		int64_t middle = low + (high - low) / 2 + 1, reaching = 0;

		for (int64_t i = 0; i < items; i++)
			reaching += users[i] >= middle;
		if (reaching >= count)
			low = middle;
		else
			high = middle - 1;
	}
	for (int64_t i = 0; i < items; i++)
	{
		popular[i] = users[i] > low;
		left -= popular[i];
	}
	for (int64_t i = 0; i < items && left > 0; i++)
	{
		left -= users[i] == low;
		popular[i] = popular[i] || users[i] == low;
	}
	return popular;
}

/*
 * Counts pairs of as many popular items as memory and the model have room for:
 * all of them, a half, a quarter, ...  Gives back how many items those are.
 */
static int64_t
count_pairs(const Histories *data, const TopicFit *fit, const PairLimits *limits, int64_t least,
            PairCounts *counts)
{
	int64_t *users = histories_item_counts(data);
	int64_t before = fit->users.users * fit->model.topics * 8 + fit->model.topics * fit->model.padded * 4;

	for (int64_t items = data->items;; items /= 2)
	{
		bool *wanted = items < data->items ? most_popular(users, data->items, items) : NULL;
		int64_t pairs, bytes;

		host_reserve(before + pair_counts_bytes(data), "topic_pairs");
		pair_counts_begin(data, least, wanted, counts);
		pairs = counts->start[data->items];
		bytes = before + pairs * 8 + pair_weights_bytes(fit, limits, pairs);
		if (pairs * 8 <= VALUE_MAX_BYTES / 2 && (bytes <= host_memory_limit() || items <= 1))
		{
			host_reserve(bytes, "topic_pairs");
			pair_counts_fill(data, least, wanted, counts);
			return items;
		}
	}
}

static void
require(bool ok)
{
	if (!ok)
		value_malformed("model", "Its pairs do not fit together.");
}

static void *
topic_pairs_open(const Model *model, int64_t *longest)
{
	TopicPairs *t = host_alloc(sizeof(TopicPairs));
	int64_t count, pairs;
	const double *numbers;

	topic_model_open(model, &t->model);
	t->lengths = lengths_open(model, 1, longest);
	numbers = model_section(model, "pair_numbers", SECTION_FLOAT64, &count);
	require(count == 3 && numbers[0] >= 0 && numbers[0] <= 10);
	t->strength = numbers[0];
	t->start = model_section(model, "pair_start", SECTION_INT64, &count);
	t->item = model_section(model, "pair_item", SECTION_UINT32, &pairs);
	require(count == t->model.items + 1 && t->start[0] == 0 && t->start[t->model.items] == pairs);
	for (int64_t i = 0; i < t->model.items; i++)
		require(t->start[i] <= t->start[i + 1] && t->start[i + 1] <= pairs);
	t->weight = model_section(model, "pair_weight", SECTION_FLOAT32, &count);
	require(count == pairs);
	for (int64_t i = 0; i < t->model.items; i++)
	{
		host_poll();
		for (int64_t e = t->start[i]; e < t->start[i + 1]; e++)
			require(t->item[e] < t->model.items && fabsf(t->weight[e]) <= (float) SANE_WEIGHT);
	}
	t->bias = model_section(model, "item_bias", SECTION_FLOAT32, &count);
	require(count == t->model.padded);
	for (int64_t i = 0; i < count; i++)
		require(fabsf(t->bias[i]) <= (float) SANE_WEIGHT);
	t->pull = model_section(model, "pull", SECTION_FLOAT64, &t->positions);
	t->trust = model_section(model, "trust", SECTION_FLOAT64, &count);
	require(count == t->positions && count >= 1);
	for (int64_t p = 0; p < count; p++)
		require(fabs(t->pull[p]) <= SANE_WEIGHT && t->trust[p] > 0 && t->trust[p] <= SANE_WEIGHT);
	return t;
}

static void
topic_pairs_tune(void *sampler, const Options *options)
{
	TopicPairs *t = sampler;
	double strength = option_number(options, "strength");

	topic_model_tune(&t->model, options);
	if (!isnan(strength))
		t->strength = strength;
}

static void *
topic_pairs_scratch(const void *sampler)
{
	const TopicPairs *t = sampler;
	Scratch *scratch = host_alloc(sizeof(Scratch));

	scratch->row = host_array(double, t->model.topics);
	scratch->share = host_array(float, t->model.topics);
	scratch->base = host_array(float, t->model.padded);
	scratch->drawn = host_array(float, t->model.padded);
	scratch->weights = log_weights_new(t->model.items);
	return scratch;
}

/*
 * The pull at a step.  Beyond the last one that was learnt, all items so far
 * together pull as much as there.
 */
static float
pull_at(const TopicPairs *t, int64_t step)
{
	int64_t last = t->positions - 1;

	if (step <= last)
		return (float) (t->strength * t->pull[step]);
	return (float) (t->strength * t->pull[last] * (double) last / (double) step);
}

static void
draw_items(const void *sampler, void *scratch, Random *random, int64_t length, uint32_t *item)
{
	const TopicPairs *t = sampler;
	Scratch *s = scratch;

	topic_model_draw_user(&t->model, random, s->row, s->share);
	topic_model_weigh(&t->model, s->share, s->base);
	for (int64_t i = 0; i < t->model.padded; i++)
		s->base[i] += t->bias[i];
	memset(s->drawn, 0, (size_t) t->model.padded * sizeof(float));
	for (int64_t step = 0; step < length; step++)
	{
		double trust = t->trust[step < t->positions ? step : t->positions - 1];

		pair_weights_score(s->base, s->drawn, t->model.padded, (float) trust, pull_at(t, step),
		                   s->weights->log_weight);
		log_weights_begin(s->weights);
		for (int64_t before = 0; before < step; before++)
			log_weights_remove(s->weights, item[before]);
		item[step] = log_weights_draw(s->weights, random);
		s->base[item[step]] = PAIR_WEIGHTS_USED;
		for (int64_t e = t->start[item[step]]; e < t->start[item[step] + 1]; e++)
			s->drawn[t->item[e]] += t->weight[e];
	}
}

/* Moves the biases so that items are drawn as often as the fitted users have them. */
static void
calibrate_biases(const TopicFit *fit, const PairCounts *counts, const PairWeights *weights,
                 const Options *options, uint64_t seed)
{
	TopicPairs sampler = {.model = fit->model,
	                      .start = counts->start,
	                      .item = counts->item,
	                      .weight = weights->weight,
	                      .bias = weights->bias,
	                      .positions = weights->positions,
	                      .pull = weights->pull,
	                      .trust = weights->trust,
	                      .strength = option_number(options, "strength")};

	topic_model_sharpen(&sampler.model, option_number(options, "sharpen"));
	calibrate_users(&(UserCalibration){.users = &fit->users,
	                                   .popularity = fit->model.popularity,
	                                   .rounds = option_integer(options, "calibrations"),
	                                   .seed = seed,
	                                   .sampler = &sampler,
	                                   .scratch = topic_pairs_scratch,
	                                   .draw = draw_items},
	                weights->bias);
}

static void
topic_pairs_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	PairLimits limits = {option_integer(options, "epochs"), option_integer(options, "batch"),
	                     option_integer(options, "positions"), option_number(options, "penalty"),
	                     option_number(options, "rate")};
	double *numbers = host_array(double, 3);
	int64_t longest = 0;
	TopicFit fit;
	Histories train;
	PairCounts counts;
	PairWeights weights;

	topic_model_fit(data, options, seed, writer, &fit);
	lengths_fit(data, NULL, 1, writer);
	train = (Histories){.users = fit.users.users,
	                    .items = fit.users.items,
	                    .interactions = fit.users.start[fit.users.users],
	                    .start = fit.users.start,
	                    .item = fit.users.item};
	longest = histories_longest(&train);
	limits.positions = longest < limits.positions ? longest : limits.positions;
	numbers[0] = option_number(options, "strength");
	numbers[1] =
		(double) count_pairs(&train, &fit, &limits, option_integer(options, "min_pair_count"), &counts);
	pair_weights_fit(&fit, &counts, &limits, seed, &weights);
	calibrate_biases(&fit, &counts, &weights, options, seed);
	numbers[2] = exp(weights.loss[limits.epochs - 1]);
	model_write(writer, "pair_numbers", SECTION_FLOAT64, numbers, 3);
	model_write(writer, "pair_start", SECTION_INT64, counts.start, data->items + 1);
	model_write(writer, "pair_item", SECTION_UINT32, counts.item, counts.start[data->items]);
	model_write(writer, "pair_weight", SECTION_FLOAT32, weights.weight, counts.start[data->items]);
	model_write(writer, "item_bias", SECTION_FLOAT32, weights.bias, fit.model.padded);
	model_write(writer, "pull", SECTION_FLOAT64, weights.pull, weights.positions);
	model_write(writer, "trust", SECTION_FLOAT64, weights.trust, weights.positions);
}

static void
topic_pairs_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
                     HistoryBatch *batch)
{
	const TopicPairs *t = sampler;

	batch->start[0] = 0;
	for (int64_t n = 0; n < users; n++)
	{
		Random random;
		int64_t length;

		random_open(&random, seed, RANDOM_GENERATE, (uint64_t) (first + n));
		length = lengths_draw(t->lengths, &random);
		draw_items(t, scratch, &random, length, batch->item + batch->start[n]);
		batch->start[n + 1] = batch->start[n] + length;
	}
}

static char *
topic_pairs_details(const Model *model)
{
	int64_t count, pairs;
	const double *numbers = model_section(model, "pair_numbers", SECTION_FLOAT64, &count);

	require(count == 3 && isfinite(numbers[1]) && isfinite(numbers[2]));
	model_section(model, "pair_item", SECTION_UINT32, &pairs);
	return host_format("%s, \"pairs\": %lld, \"items_in_pairs\": %.0f, \"training_perplexity\": %.6g",
	                   topic_model_details(model), (long long) pairs / 2, numbers[1], numbers[2]);
}

const Generator topic_pairs_generator = {
	.method = "topic_pairs",
	.discloses = TOPIC_MODEL_DISCLOSES
	" For each pair of items that at least min_pair_count users have, a weight that says how much they go "
	"together: so also which pairs so many users have.",
	.options = topic_pairs_options,
	.block = 8,
	.fit = topic_pairs_fit,
	.open = topic_pairs_open,
	.sampling = topic_pairs_sampling,
	.tune = topic_pairs_tune,
	.scratch = topic_pairs_scratch,
	.generate = topic_pairs_generate,
	.details = topic_pairs_details};
