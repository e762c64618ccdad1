/*
 * unigrams.c
 *	  The generator that knows how popular each item is, and nothing else.
 *
 * After Noble et al. (EvalRS 2023), section 5: a synthetic user's items are
 * drawn one after the other by their share of all interactions, without
 * repetition.  No synthetic history says anything about which items go
 * together, which makes it the floor of realism and of identifiability.
 */
#include "generators/generator.h"
#include "host.h"
#include "generators/lengths.h"
#include "generators/popularity.h"

typedef struct Unigrams
{
	AliasTable *items;
	Lengths *lengths;
} Unigrams;

static const OptionSpec no_options[] = {{.name = NULL}};

static void
unigrams_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	(void) options;
	(void) seed;
	popularity_fit(data, writer);
	lengths_fit(data, NULL, 1, writer);
}

static void *
unigrams_open(const Model *model, int64_t *longest)
{
	Unigrams *unigrams = host_alloc(sizeof(Unigrams));

	unigrams->items = popularity_open(model);
	unigrams->lengths = lengths_open(model, 1, longest);
	return unigrams;
}

static void *
unigrams_scratch(const void *sampler)
{
	return draw_scratch_new(((const Unigrams *) sampler)->items->count);
}

static void
unigrams_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
                  HistoryBatch *batch)
{
	const Unigrams *unigrams = sampler;

	batch->start[0] = 0;
	for (int64_t n = 0; n < users; n++)
	{
		Random random;

		random_open(&random, seed, RANDOM_GENERATE, (uint64_t) (first + n));
		batch->start[n + 1] = batch->start[n] + alias_draw_distinct(unigrams->items, &random, scratch,
		                                                            lengths_draw(unigrams->lengths, &random),
		                                                            batch->item + batch->start[n]);
	}
}

const Generator unigrams_generator = {
	.method = "unigrams",
	.discloses = "The number of users of each item, and how many users have histories of each length "
				 "(the tail shared by fewer than 5 users is cut).",
	.options = no_options,
	.block = 64,
	.fit = unigrams_fit,
	.open = unigrams_open,
	.scratch = unigrams_scratch,
	.generate = unigrams_generate};
