/*
 * topic_model.c
 *	  Topics of items and the mixture of users over them.
 *
 * Some users are held out, to say how well the topics predict people they were
 * not made from: half of such a person's items give her proportions, the other
 * half is predicted.
 *
 * A weight of an item in a topic that stands for fewer than min_item_users
 * users is not kept; see level_few() for what is.
 */
#include "generators/topic_model.h"

#include "generators/generator.h"
#include "host.h"
#include "math/lanes.h"
#include "math/vectors.h"

#include <math.h>
#include <string.h>

/* A topic should be about more people than a few. */
#define USERS_PER_TOPIC 10

/* Loops over users look for a cancel once every so many. */
#define USERS_PER_POLL 256

/* Rounds of fitting sums of rows and columns. */
#define LEVEL_ROUNDS 20

/* Proportions count as at least so much before their logarithms are taken. */
#define LEAST_SHARE 1e-4

/* An item that only held-out users have is as popular as half a user makes it. */
#define LEAST_USERS 0.5

/* Probabilities from outside are so large: fitted ones are far above 0, and above 1 by rounding only. */
#define LEAST_PROBABILITY 1e-30f
#define MOST_PROBABILITY 1.001f

/* Copies some users: those to whom "held" gives the answer "wanted". */
static LdaUsers
copy_users(const Histories *data, const bool *held, bool wanted)
{
	int64_t users = 0, interactions = 0;
	int64_t *start;
	uint32_t *item;

	for (int64_t u = 0; u < data->users; u++)
	{
		users += held[u] == wanted;
		interactions += held[u] == wanted ? histories_length(data, u) : 0;
	}
	start = host_array(int64_t, users + 1);
	item = host_array(uint32_t, interactions);
	start[0] = 0;
	users = 0;
	for (int64_t u = 0; u < data->users; u++)
	{
		int64_t length = histories_length(data, u);

		if (held[u] != wanted)
			continue;
		memcpy(item + start[users], data->item + data->start[u], (size_t) length * sizeof(uint32_t));
		start[users + 1] = start[users] + length;
		users++;
	}
	return (LdaUsers){users, data->items, start, item};
}

/* Draws round-down(part x users) users (Knuth's algorithm S). */
static bool *
hold_out(const Histories *data, double part, uint64_t seed)
{
	bool *held = host_array_zero(bool, data->users);
	int64_t wanted = (int64_t) (part * (double) data->users);
	Random random;

	random_open(&random, seed, RANDOM_HOLD_OUT_USERS, 0);
	for (int64_t u = 0; u < data->users; u++)
	{
		held[u] = (int64_t) random_below(&random, (uint64_t) (data->users - u)) < wanted;
		wanted -= held[u];
	}
	return held;
}

/* Shares of the items among the interactions. */
static double *
popularity(const LdaUsers *users)
{
	double *share = host_array_zero(double, users->items);
	double sum = 0;

	for (int64_t p = 0; p < users->start[users->users]; p++)
		share[users->item[p]]++;
	for (int64_t i = 0; i < users->items; i++)
	{
		share[i] = fmax(share[i], LEAST_USERS);
		sum += share[i];
	}
	for (int64_t i = 0; i < users->items; i++)
		share[i] /= sum;
	return share;
}

/*
 * Takes the weights of fewer than "least" users out of the counts and puts back
 * what is known when their sums per topic and per item are: a product of one
 * number per topic and one per item, with the same sums (iterative
 * proportional fitting).
 */
static void
level_few(Lda *lda, double least)
{
	double *item_sum = host_array_zero(double, lda->items), *item_factor = host_array(double, lda->items);
	double *topic_sum = host_array_zero(double, lda->topics), *topic_factor = host_array(double, lda->topics);

	for (int64_t i = 0; i < lda->items; i++)
	{
		const float *count = lda->count + i * lda->padded;

		for (int64_t k = 0; k < lda->topics; k++)
		{
			item_sum[i] += count[k] < least ? count[k] : 0;
			topic_sum[k] += count[k] < least ? count[k] : 0;
		}
		item_factor[i] = item_sum[i];
	}
	for (int round = 0; round < LEVEL_ROUNDS; round++)
	{
		host_poll();
		memset(topic_factor, 0, (size_t) lda->topics * sizeof(double));
		for (int64_t i = 0; i < lda->items; i++)
		{
			for (int64_t k = 0; k < lda->topics; k++)
				topic_factor[k] += lda->count[i * lda->padded + k] < least ? item_factor[i] : 0;
		}
		for (int64_t k = 0; k < lda->topics; k++)
			topic_factor[k] = topic_factor[k] > 0 ? topic_sum[k] / topic_factor[k] : 0;
		for (int64_t i = 0; i < lda->items; i++)
		{
			double sum = 0;

			for (int64_t k = 0; k < lda->topics; k++)
				sum += lda->count[i * lda->padded + k] < least ? topic_factor[k] : 0;
			item_factor[i] = sum > 0 ? item_sum[i] / sum : 0;
		}
	}
	for (int64_t i = 0; i < lda->items; i++)
	{
		float *count = lda->count + i * lda->padded;

		for (int64_t k = 0; k < lda->topics; k++)
			count[k] = count[k] < least ? (float) (topic_factor[k] * item_factor[i]) : count[k];
	}
	host_free(item_sum);
	host_free(item_factor);
	host_free(topic_sum);
	host_free(topic_factor);
}

/*
 * P(item | topic) from the counts: topics x padded.  The prior is given out by
 * popularity: alike for all items it would make rare ones more frequent.
 */
static float *
item_probabilities(const Lda *lda, double eta, const double *popular, int64_t padded)
{
	float *probability = host_array_zero(float, lda->topics *padded);
	double prior = eta * (double) lda->items;

	for (int64_t k = 0; k < lda->topics; k++)
	{
		double sum = prior;

		host_poll();
		for (int64_t i = 0; i < lda->items; i++)
			sum += lda->count[i * lda->padded + k];
		for (int64_t i = 0; i < lda->items; i++)
			probability[k * padded + i] =
				(float) ((lda->count[i * lda->padded + k] + prior * popular[i]) / sum);
	}
	return probability;
}

/* Sums of logarithms of the probabilities of some users' items. */
typedef struct Prediction
{
	double topics;
	double popularity;
	int64_t items;
} Prediction;

/* Predicts every second item of the users from the others. */
static Prediction
predict(const Lda *lda, const LdaUsers *users, const float *topic_item, int64_t padded, const double *popular)
{
	int64_t *start = host_array(int64_t, users->users + 1);
	uint32_t *item = host_array(uint32_t, users->start[users->users]);
	double *share = host_array(double, users->users * lda->topics);
	LdaUsers known = {users->users, users->items, start, item};
	Prediction sum = {0, 0, 0};

	start[0] = 0;
	for (int64_t u = 0; u < users->users; u++)
	{
		start[u + 1] = start[u];
		for (int64_t p = users->start[u]; p < users->start[u + 1]; p += 2)
			item[start[u + 1]++] = users->item[p];
	}
	lda_proportions(lda, &known, share);
	for (int64_t u = 0; u < users->users; u++)
	{
		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = users->start[u] + 1; p < users->start[u + 1]; p += 2)
		{
			double probability = 0;

			for (int64_t k = 0; k < lda->topics; k++)
				probability += share[u * lda->topics + k] * topic_item[k * padded + users->item[p]];
			sum.topics += log(probability);
			sum.popularity += log(popular[users->item[p]]);
			sum.items++;
		}
	}
	host_free(start);
	host_free(item);
	host_free(share);
	return sum;
}

/* Shares of the topics among the interactions. */
static double *
topic_shares(const Lda *lda, int64_t interactions)
{
	double *share = host_array_zero(double, lda->topics);

	for (int64_t i = 0; i < lda->items; i++)
	{
		for (int64_t k = 0; k < lda->topics; k++)
			share[k] += lda->count[i * lda->padded + k] / (double) interactions;
	}
	return share;
}

static int64_t
least_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
greatest_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Leaves when fitting would take too much memory, or the model too much room. */
static void
reserve(const LdaUsers *users, int64_t topics, int64_t components, int64_t padded)
{
	int64_t shares = users->users * topics * 8;
	int64_t factors = components * mixture_factor_size(topics) * 8;

	host_reserve(
		users->start[users->users] * 4 + topics * padded * 4 +
			greatest_of(lda_bytes(users, topics), shares + mixture_bytes(users->users, topics, components)),
		"topics");
	if (topics * padded * 4 + factors > VALUE_MAX_BYTES)
		host_fail(HOST_TOO_LARGE,
		          host_format("%lld topics over %lld items are too many for a model", (long long) topics,
		                      (long long) users->items),
		          NULL, "Lower k, or drop rare items with filter_histories().");
}

void
topic_model_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer,
                TopicFit *fit)
{
	bool *held = hold_out(data, option_number(options, "holdout"), seed);
	LdaUsers users = copy_users(data, held, false), holdout = copy_users(data, held, true);
	int64_t topics = least_of(option_integer(options, "k"),
	                          greatest_of(1, least_of(users.users / USERS_PER_TOPIC, users.items)));
	int64_t padded = lanes_padded(users.items);
	LdaLimits lda_limits = {topics, option_integer(options, "passes"), option_integer(options, "rounds"),
	                        option_number(options, "alpha"), option_number(options, "eta")};
	MixtureLimits mixture_limits = {least_of(option_integer(options, "components"), users.users),
	                                option_integer(options, "steps"), option_number(options, "ridge"),
	                                option_number(options, "min_component_size")};
	float *topic_item;
	double *numbers = host_array(double, 4), *popular;
	Prediction prediction;
	Lda lda;
	MixtureFit mixture;

	reserve(&users, topics, mixture_limits.components, padded);
	lda_fit(&users, &lda_limits, seed, &lda);
	popular = popularity(&users);
	level_few(&lda, option_number(options, "min_item_users"));
	topic_item = item_probabilities(&lda, lda_limits.eta, popular, padded);
	prediction = predict(&lda, &holdout, topic_item, padded, popular);
	fit->users = users;
	fit->log_share = host_array(double, users.users *topics);
	lda_proportions(&lda, &users, fit->log_share);
	model_write(writer, "topic_item", SECTION_FLOAT32, topic_item, topics * padded);
	model_write(writer, "topic_share", SECTION_FLOAT64, topic_shares(&lda, users.start[users.users]), topics);
	model_write(writer, "popularity", SECTION_FLOAT64, popular, users.items);
	fit->model =
		(TopicModel){.topics = topics, .items = users.items, .padded = padded, .topic_item = topic_item};
	fit->model.popularity = popular;
	fit->model.offset = host_array_zero(float, padded);
	topic_model_sharpen(&fit->model, 1);
	host_free(lda.count);
	host_free(lda.weight);

	for (int64_t n = 0; n < users.users * topics; n++)
	{
		if (n % (USERS_PER_POLL * topics) == 0)
			host_poll();
		fit->log_share[n] = log(fmax(fit->log_share[n], LEAST_SHARE));
	}
	mixture_fit(fit->log_share, users.users, topics, NULL, &mixture_limits, seed, &mixture);
	model_write(writer, "mixture_weight", SECTION_FLOAT64, mixture.mixture.weight,
	            mixture.mixture.components);
	model_write(writer, "mixture_mean", SECTION_FLOAT64, mixture.mixture.mean,
	            mixture.mixture.components * topics);
	model_write(writer, "mixture_factor", SECTION_FLOAT64, mixture.mixture.factor,
	            mixture.mixture.components * mixture_factor_size(topics));
	model_write(writer, "component_users", SECTION_FLOAT64, mixture.rows, mixture.mixture.components);
	fit->model.mixture = mixture.mixture;
	numbers[0] = option_number(options, "sharpen");
	numbers[1] = prediction.topics;
	numbers[2] = prediction.popularity;
	numbers[3] = (double) prediction.items;
	model_write(writer, "topic_numbers", SECTION_FLOAT64, numbers, 4);
}

static void
require(bool ok)
{
	if (!ok)
		value_malformed("model", "Its topics do not fit together.");
}

void
topic_model_sharpen(TopicModel *model, double factor)
{
	model->sharpen = (float) factor;
	for (int64_t i = 0; i < model->items; i++)
	{
		model->offset[i] = (float) ((1 - factor) * log(model->popularity[i]));
		if (model->correction != NULL)
			model->offset[i] += model->correction[i];
	}
}

void
topic_model_tune(TopicModel *model, const Options *options)
{
	double factor = option_number(options, "sharpen");

	if (!isnan(factor))
		topic_model_sharpen(model, factor);
}

void
topic_model_open(const Model *model, TopicModel *topics)
{
	int64_t count;
	const double *numbers;

	topics->items = model->header->items;
	topics->padded = lanes_padded(topics->items);
	topics->share = model_section(model, "topic_share", SECTION_FLOAT64, &topics->topics);
	require(topics->topics >= 1);
	for (int64_t k = 0; k < topics->topics; k++)
		require(topics->share[k] >= 0 && topics->share[k] <= MOST_PROBABILITY);
	topics->topic_item = model_section(model, "topic_item", SECTION_FLOAT32, &count);
	require(count / topics->padded == topics->topics && count % topics->padded == 0);
	for (int64_t n = 0; n < count; n++)
	{
		if (n % topics->padded == 0)
			host_poll();
		require(n % topics->padded < topics->items
		            ? topics->topic_item[n] >= LEAST_PROBABILITY && topics->topic_item[n] <= MOST_PROBABILITY
		            : topics->topic_item[n] == 0);
	}
	numbers = model_section(model, "topic_numbers", SECTION_FLOAT64, &count);
	require(count == 4 && numbers[0] >= 0 && numbers[0] <= 5);
	topics->popularity = model_section(model, "popularity", SECTION_FLOAT64, &count);
	require(count == topics->items);
	for (int64_t i = 0; i < topics->items; i++)
		require(topics->popularity[i] >= LEAST_PROBABILITY && topics->popularity[i] <= MOST_PROBABILITY);
	host_reserve(topics->padded * 4, "topics");
	topics->offset = host_array_zero(float, topics->padded);
	topics->correction = NULL;
	topic_model_sharpen(topics, numbers[0]);
	topics->mixture.dimensions = topics->topics;
	topics->mixture.weight =
		model_section(model, "mixture_weight", SECTION_FLOAT64, &topics->mixture.components);
	topics->mixture.mean = model_section(model, "mixture_mean", SECTION_FLOAT64, &count);
	require(count / topics->topics == topics->mixture.components && count % topics->topics == 0);
	topics->mixture.factor = model_section(model, "mixture_factor", SECTION_FLOAT64, &count);
	require(count / mixture_factor_size(topics->topics) == topics->mixture.components &&
	        count % mixture_factor_size(topics->topics) == 0);
	require(mixture_valid(&topics->mixture));
}

void
topic_model_draw_user(const TopicModel *model, Random *random, double *row, float *share)
{
	double greatest = -INFINITY, sum = 0;

	mixture_draw(&model->mixture, random, row);
	for (int64_t k = 0; k < model->topics; k++)
		greatest = fmax(greatest, row[k]);
	for (int64_t k = 0; k < model->topics; k++)
	{
		row[k] = exp(row[k] - greatest);
		sum += row[k];
	}
	for (int64_t k = 0; k < model->topics; k++)
		share[k] = (float) (row[k] / sum);
}

/* Vectors of items whose sums stay in registers while topics go by. */
#define TOGETHER 4

/* Logarithms of the items of "vectors" <= TOGETHER vectors. */
LANES_INLINE void
weigh_vectors(const TopicModel *model, const float *share, int64_t first, int vectors, float *log_weight)
{
	Lanes sum[TOGETHER] = {{0}};
	Lanes x;

	for (int64_t k = 0; k < model->topics; k++)
	{
		const float *row = model->topic_item + k * model->padded + first;

		for (int v = 0; v < vectors; v++)
		{
			lanes_load(&x, row + v * LANES);
			sum[v] += x * share[k];
		}
	}
	for (int v = 0; v < vectors; v++)
	{
		lanes_replace_below(&sum[v], LEAST_PROBABILITY, LEAST_PROBABILITY);
		lanes_log(&sum[v]);
		lanes_load(&x, model->offset + first + v * LANES);
		sum[v] = sum[v] * model->sharpen + x;
		lanes_store(log_weight + first + v * LANES, &sum[v]);
	}
}

WIDE_VECTORS void
topic_model_weigh(const TopicModel *model, const float *share, float *log_weight)
{
	int64_t i = 0;

	for (; i + TOGETHER * LANES <= model->padded; i += TOGETHER * LANES)
		weigh_vectors(model, share, i, TOGETHER, log_weight);
	for (; i < model->padded; i += LANES)
		weigh_vectors(model, share, i, 1, log_weight);
}

/* A perplexity, or null where nobody was held out. */
static char *
perplexity(double sum_of_logs, double items)
{
	return items > 0 ? host_format("%.6g", exp(-sum_of_logs / items)) : host_format("null");
}

char *
topic_model_details(const Model *model)
{
	int64_t topics, components, count;
	const double *numbers = model_section(model, "topic_numbers", SECTION_FLOAT64, &count);
	const double *users = model_section(model, "component_users", SECTION_FLOAT64, &components);
	double smallest = INFINITY;

	require(count == 4 && numbers[3] >= 0 && isfinite(numbers[1]) && isfinite(numbers[2]) &&
	        isfinite(numbers[3]));
	model_section(model, "topic_share", SECTION_FLOAT64, &topics);
	for (int64_t c = 0; c < components; c++)
		smallest = fmin(smallest, users[c]);
	require(components > 0 && isfinite(smallest));
	return host_format("\"topics\": %lld, \"components\": %lld, \"smallest_component\": %.4g, "
	                   "\"perplexity\": %s, \"perplexity_by_popularity\": %s",
	                   (long long) topics, (long long) components, smallest,
	                   perplexity(numbers[1], numbers[3]), perplexity(numbers[2], numbers[3]));
}
