/*
 * generate.c
 *	  Synthetic users one after the other, made in blocks on threads.
 *
 * A round makes some consecutive blocks, whole ones even where the first or
 * the last user asked for lies inside: that keeps a user's history independent
 * of the question.  Rounds start with one block and double, so that a LIMIT
 * pays for little more than it takes.
 */
#include "generators/generator.h"
#include "host.h"
#include "math/parallel.h"

#include <string.h>

/* A round keeps at most so many items, unless a single block has more. */
#define ROUND_ITEMS (INT64_C(1) << 20)
#define ROUND_BLOCKS 256

/* More is a mistake, not a wish. */
#define MOST_USERS INT64_C(1000000000000000)

struct Generation
{
	const Generator *generator;
	void *sampler;
	void **scratch; /* per worker */
	uint64_t seed;
	int64_t user;        /* the next one to hand out */
	int64_t first;       /* the first one asked for */
	int64_t last;        /* the last one */
	int64_t first_block; /* of this round */
	int64_t blocks;      /* in this round */
	int64_t next_blocks; /* in the round after */
	int64_t most_blocks;
	HistoryBatch *batch; /* most_blocks */
};

static void
generate_blocks(void *argument, int64_t begin, int64_t end, int worker)
{
	Generation *g = argument;

	for (int64_t b = begin; b < end; b++)
		g->generator->generate(g->sampler, g->scratch[worker], g->seed,
		                       (g->first_block + b) * g->generator->block, g->generator->block, &g->batch[b]);
}

static void
require(bool ok, char *message)
{
	if (!ok)
		host_fail(HOST_INVALID_PARAMETER, message, NULL, NULL);
}

Generation *
generation_begin(const Model *model, uint64_t seed, int64_t first_user, int64_t users)
{
	Generation *g = host_alloc_zero(sizeof(Generation));
	int64_t longest;
	int workers;

	require(users >= 0, host_format("users must be at least 0, not %lld", (long long) users));
	require(first_user >= 1, host_format("first_user must be at least 1, not %lld", (long long) first_user));
	require(users <= MOST_USERS && first_user <= MOST_USERS,
	        host_format("users and first_user must be at most %lld, not %lld and %lld",
	                    (long long) MOST_USERS, (long long) users, (long long) first_user));
	g->generator = generator_find(model->header->method);
	if (g->generator == NULL)
		host_fail(HOST_NEWER_FORMAT,
		          host_format("this version of synrec has no generator \"%s\"", model->header->method),
		          "The model was fitted by another version.", NULL);
	g->sampler = g->generator->open(model, &longest);
	g->seed = seed;
	g->user = g->first = first_user;
	g->last = first_user + users - 1;
	g->most_blocks = ROUND_ITEMS / (longest * g->generator->block);
	if (g->most_blocks > ROUND_BLOCKS)
		g->most_blocks = ROUND_BLOCKS;
	if (g->most_blocks < host_threads())
		g->most_blocks = host_threads();
	if (g->most_blocks > users / g->generator->block + 2)
		g->most_blocks = users / g->generator->block + 2;
	g->first_block = first_user / g->generator->block;
	g->next_blocks = 1;

	host_reserve(g->most_blocks * g->generator->block * (longest * 4 + 8), "generate");
	g->batch = host_array(HistoryBatch, g->most_blocks);
	for (int64_t b = 0; b < g->most_blocks; b++)
	{
		g->batch[b].start = host_array(int64_t, g->generator->block + 1);
		g->batch[b].item = host_array(uint32_t, longest * g->generator->block);
	}
	workers = parallel_workers(g->most_blocks, 1);
	g->scratch = host_array(void *, workers);
	for (int i = 0; i < workers; i++)
		g->scratch[i] = g->generator->scratch(g->sampler);
	return g;
}

void
generation_tune(Generation *generation, const Options *options)
{
	if (generation->generator->sampling != NULL)
		generation->generator->tune(generation->sampler, options);
}

bool
generation_next(Generation *g, int64_t *user, const uint32_t **item, int64_t *count)
{
	int64_t block = g->user / g->generator->block;
	int64_t place = g->user % g->generator->block;
	const HistoryBatch *batch;

	if (g->user > g->last)
		return false;
	if (block >= g->first_block + g->blocks)
	{
		int64_t needed = g->last / g->generator->block - block + 1;

		g->first_block = block;
		g->blocks = g->next_blocks < needed ? g->next_blocks : needed;
		g->next_blocks = g->next_blocks * 2 < g->most_blocks ? g->next_blocks * 2 : g->most_blocks;
		host_progress("generating users", g->user - g->first, g->last - g->first + 1);
		parallel_for(g->blocks, 1, generate_blocks, g);
	}
	batch = &g->batch[block - g->first_block];
	*user = g->user++;
	*item = batch->item + batch->start[place];
	*count = batch->start[place + 1] - batch->start[place];
	return true;
}
