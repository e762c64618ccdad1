/*
 * search.c
 *	  Random search for the hyper-parameters of generators with codes.
 */
#include "generators/search.h"

#include "host.h"
#include "math/random.h"
#include "math/statistics.h"

#include <math.h>
#include <string.h>

typedef enum RangeKind
{
	RANGE_LIST,    /* one of some values */
	RANGE_UNIFORM, /* between two */
	RANGE_POWERS   /* likewise, the logarithm uniform */
} RangeKind;

typedef struct SearchRange
{
	const char *option;
	RangeKind kind;
	int values;
	double value[3];
} SearchRange;

static const SearchRange ranges[] = {
	{"loss", RANGE_LIST, 2, {0, 1}},
	{"code", RANGE_LIST, 3, {32, 64, 128}},
	{"decoder_units", RANGE_LIST, 3, {64, 128, 256}},
	{"noise", RANGE_LIST, 3, {0.02, 0.05, 0.2}},
	{"sampler_rate", RANGE_POWERS, 2, {1e-5, 1e-2}},
	{"beta1", RANGE_UNIFORM, 2, {0, 0.999}},
	{"sampler_layers", RANGE_LIST, 3, {2, 3, 4}},
	{"sampler_units", RANGE_LIST, 3, {64, 128, 256}},
	{"inputs", RANGE_LIST, 3, {16, 32, 64}},
	{"critic_steps", RANGE_LIST, 2, {1, 5}},
	{"penalty", RANGE_POWERS, 2, {0.1, 100}},
	{"annealing", RANGE_LIST, 2, {0, 1}},
	{"components", RANGE_LIST, 3, {5, 10, 20}},
};

#define RANGES ((int) (sizeof(ranges) / sizeof(ranges[0])))

/* A number from a range, by a uniform one. */
static double
draw(const SearchRange *range, double at)
{
	double low = range->value[0], high = range->value[1];

	switch (range->kind)
	{
		case RANGE_UNIFORM:
			return low + at * (high - low);
		case RANGE_POWERS:
			return low * pow(high / low, at);
		default:
			return range->value[(int) (at * range->values)];
	}
}

void
search_draw(const OptionSpec *spec, uint64_t seed, int64_t trial, double *value)
{
	Random random;

	random_open(&random, seed, RANDOM_SEARCH, (uint64_t) trial << 32);
	for (int r = 0; r < RANGES; r++)
	{
		double drawn = draw(&ranges[r], random_uniform(&random));

		for (int o = 0; spec[o].name != NULL; o++)
		{
			if (strcmp(spec[o].name, ranges[r].option) == 0)
				value[o] = drawn;
		}
	}
}

int64_t
search_seed(uint64_t seed, int64_t trial, int64_t restart)
{
	Random random;

	random_open(&random, seed, RANDOM_SEARCH, (uint64_t) trial << 32 | (uint64_t) (restart + 1));
	return (int64_t) (random_uint64(&random) >> 33);
}

double
search_distance(const Model *model, int64_t users, uint64_t seed, const Histories *others)
{
	Generation *generation;
	int64_t *ours = host_array_zero(int64_t, model->header->items), all_ours = 0;
	int64_t *theirs = histories_item_counts(others), common;
	int64_t *place;
	const uint32_t *item;
	int64_t user, count;
	double sum = 0;

	keys_require_same_kind(&model->item_keys, &others->item_keys, "item");
	place = keys_align(&model->item_keys, &others->item_keys, &common);
	generation = generation_begin(model, seed, 1, users);
	while (generation_next(generation, &user, &item, &count))
	{
		host_poll();
		for (int64_t i = 0; i < count; i++)
			ours[item[i]]++;
		all_ours += count;
	}
	for (int64_t i = 0; i < others->items; i++)
	{
		double q = (double) theirs[i] / (double) others->interactions;

		if (place[i] < 0)
			sum += divergence_part(0, q);
		else
		{
			sum += divergence_part((double) ours[place[i]] / (double) all_ours, q);
			ours[place[i]] = 0;
		}
	}
	for (int64_t i = 0; i < model->header->items; i++)
		sum += divergence_part((double) ours[i] / (double) all_ours, 0);
	return sqrt(fmax(sum, 0));
}
