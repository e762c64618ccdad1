/*
 * cooccurrence.c
 *	  The generator that knows which items go together, all pairs at a time.
 *
 * It matches how many users have both of two items, the sums over all users
 * that the linear recommenders see, and keeps nothing of a user: the
 * association of pairs becomes a few factors, users get normal tastes for them,
 * and intercepts are moved until items are as popular as they were.
 */
#include "generators/cooccurrence.h"

#include "data/pairs.h"
#include "generators/association.h"
#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define USERS_PER_POLL 4096

/* Synthetic users that a round of the calibration draws. */
#define LEAST_SAMPLE 2000
#define MOST_SAMPLE 20000

static const OptionSpec cooccurrence_options[] = {
	{"gamma", OPTION_NUMBER, 1.3, 0, 10, NULL},
	{"smoothing", OPTION_NUMBER, 20, 0, 1e9, NULL},
	{"factors", OPTION_INTEGER, 60, 1, 300, NULL},
	{"structured_items", OPTION_INTEGER, 10000, 1, 1000000, NULL},
	{"max_lift", OPTION_NUMBER, 20, 0.001, 1e6, NULL},
	{"max_loading", OPTION_NUMBER, 3, 0, 100, NULL},
	{"rounds", OPTION_INTEGER, 8, 0, 100, NULL},
	{.name = NULL},
};

int64_t
structure_bytes(const Histories *data, int64_t structured, int64_t factors)
{
	/* the pairs, the items chosen from each history and their inverted lists, what is kept per item */
	return association_bytes(structured, factors) + data->interactions * 8 + data->users * 8 +
	       data->items * 64;
}

/* As many structured items as are wanted and as memory allows. */
static int64_t
structured_that_fit(const Histories *data, int64_t wanted, int64_t factors, int64_t *limit)
{
	int64_t low = 1, high = wanted < data->items ? wanted : data->items;
	int64_t most = high;

	while (low < high)
	{
		int64_t middle = low + (high - low + 1) / 2;

		if (structure_bytes(data, middle, factors) <= host_memory_limit())
			low = middle;
		else
			high = middle - 1;
	}
	*limit = low < most ? STRUCTURE_BY_MEMORY : low < data->items ? STRUCTURE_BY_OPTION : STRUCTURE_WHOLE;
	return low;
}

typedef struct Popular
{
	double count;
	uint32_t item;
} Popular;

static int
compare_popular(const void *a, const void *b)
{
	const Popular *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

static int
compare_items(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

	return x < y ? -1 : x > y;
}

uint32_t *
most_popular(const double *count, int64_t items, int64_t wanted)
{
	Popular *popular = host_array(Popular, items);
	uint32_t *chosen = host_array(uint32_t, wanted);

	for (int64_t i = 0; i < items; i++)
	{
		popular[i].count = count[i];
		popular[i].item = (uint32_t) i;
	}
	host_poll();
	qsort(popular, (size_t) items, sizeof(Popular), compare_popular);
	for (int64_t j = 0; j < wanted; j++)
		chosen[j] = popular[j].item;
	qsort(chosen, (size_t) wanted, sizeof(uint32_t), compare_items);
	host_free(popular);
	return chosen;
}

Histories
histories_of_items(const Histories *data, const uint32_t *chosen, int64_t count)
{
	Histories part = *data;
	int64_t *start = host_array(int64_t, data->users + 1);
	uint32_t *item = host_array(uint32_t, data->interactions);
	uint32_t *place = host_array(uint32_t, data->items);
	int64_t at = 0;

	memset(place, 0xff, (size_t) data->items * sizeof(uint32_t));
	for (int64_t j = 0; j < count; j++)
		place[chosen[j]] = (uint32_t) j;
	start[0] = 0;
	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			if (place[data->item[p]] != UINT32_MAX)
				item[at++] = place[data->item[p]];
		}
		start[u + 1] = at;
	}
	part.items = count;
	part.interactions = at;
	part.start = start;
	part.item = item;
	host_free(place);
	return part;
}

void
write_cooccurrence(const Cooccurrence *c, const Options *options, uint64_t seed, ModelWriter *writer)
{
	Association a = {.items = c->structured,
	                 .pairs = c->pairs,
	                 .expected = c->expected,
	                 .noise = c->noise,
	                 .smoothing = c->smoothing,
	                 .factors = option_integer(options, "factors"),
	                 .gamma = option_number(options, "gamma"),
	                 .max_lift = option_number(options, "max_lift"),
	                 .max_loading = option_number(options, "max_loading")};
	Factors f = {.items = c->items, .lengths = c->lengths, .item = c->item};
	double *count = host_array(double, c->structured), *structure = host_array(double, 4);
	float *intercept = host_array(float, c->items), *loading = NULL;
	int64_t sample = llround(c->users);

	for (int64_t j = 0; j < c->structured; j++)
		count[j] = c->count[c->item[j]];
	a.count = count;
	structure[1] = structure[2] = 0;
	if (c->structured > 0 && c->expected > 0)
		f.factors = association_factors(&a, seed, &loading, &structure[1], &structure[2]);
	f.structured = f.factors > 0 ? c->structured : 0;
	f.loading = loading;
	structure[0] = (double) c->structured;
	structure[3] = (double) c->limit;
	for (int64_t i = 0; i < c->items; i++)
		intercept[i] = (float) log(c->count[i]);
	for (int64_t j = 0; j < f.structured; j++)
	{
		double norm = 0;

		for (int64_t k = 0; k < f.factors; k++)
			norm += (double) loading[k * f.structured + j] * loading[k * f.structured + j];
		intercept[c->item[j]] -= (float) (norm / 2);
	}
	f.intercept = intercept;
	sample = sample < LEAST_SAMPLE ? LEAST_SAMPLE : sample > MOST_SAMPLE ? MOST_SAMPLE : sample;
	factors_calibrate(&f, intercept, c->count, c->users, sample, option_integer(options, "rounds"), seed);
	factors_write(&f, writer);
	model_write(writer, "structure", SECTION_FLOAT64, structure, 4);
}

static void
cooccurrence_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	Cooccurrence c = {.items = data->items,
	                  .users = (double) data->users,
	                  .smoothing = option_number(options, "smoothing")};
	int64_t factors = option_integer(options, "factors");
	const int64_t *users_of = histories_item_counts(data);
	double *count = host_array(double, data->items);
	double pairs = 0, own = 0;
	Histories part;

	for (int64_t i = 0; i < data->items; i++)
	{
		count[i] = (double) users_of[i];
		own += count[i] * count[i];
	}
	c.count = count;
	c.structured = structured_that_fit(data, option_integer(options, "structured_items"), factors, &c.limit);
	host_reserve(structure_bytes(data, c.structured, factors), "co-occurrence");
	for (int64_t u = 0; u < data->users; u++)
		pairs += (double) histories_length(data, u) * (double) (histories_length(data, u) - 1);
	/* users with both, over all pairs of different items, are as many as there are */
	c.expected = pairs > 0 ? pairs / ((double) data->interactions * (double) data->interactions - own) : 0;
	c.lengths = lengths_fit(data, NULL, 1, writer);
	c.item = most_popular(count, data->items, c.structured);
	part = histories_of_items(data, c.item, c.structured);
	c.pairs = pairs_count(&part);
	write_cooccurrence(&c, options, seed, writer);
}

char *
cooccurrence_details(const Model *model)
{
	static const char *const limits[] = {"null", "\"the option structured_items\"", "\"synrec.max_memory\"",
	                                     "\"noise\""};
	int64_t structured, loadings, numbers;
	const double *structure = model_section(model, "structure", SECTION_FLOAT64, &numbers);

	model_section(model, "structured", SECTION_UINT32, &structured);
	model_section(model, "loading", SECTION_FLOAT32, &loadings);
	if (numbers != 4 || !(structure[3] >= 0 && structure[3] <= 3) || !isfinite(structure[0]) ||
	    !isfinite(structure[1]) || !isfinite(structure[2]))
		value_malformed("model", "Its structure is not described.");
	return host_format("\"factors\": %lld, \"structured_items\": %.0f, \"structure_limited_by\": %s, "
	                   "\"noise_edge\": %.10g, \"leading_eigenvalue\": %.10g",
	                   (long long) (structured > 0 ? loadings / structured : 0), structure[0],
	                   limits[(int) structure[3]], structure[1], structure[2]);
}

const Generator cooccurrence_generator = {
	.method = "cooccurrence",
	.discloses =
		"About how many users have each item, the leading factors of how many users have both of two items, "
		"over all users together, and how many users have histories of each length (the tail shared by "
		"fewer than 5 users is cut).",
	.options = cooccurrence_options,
	.block = FACTORS_BLOCK,
	.fit = cooccurrence_fit,
	.open = factors_open,
	.scratch = factors_scratch,
	.generate = factors_generate,
	.details = cooccurrence_details};
