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
#include "generators/ratings_model.h"
#include "generators/times_model.h"
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
	int workers;    /* that there is scratch for */
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
	const Model *model;
	int64_t longest;
	int64_t reserved;      /* bytes, for what is in batches */
	RatingsModel *ratings; /* when they are wanted */
	TimesModel *times;
	TimesScratch **times_scratch; /* per worker */
	const HistoryBatch *current;  /* where the user is that was handed out, and her place */
	int64_t current_start;
};

/* The ratings of a block's users: each user's from a stream of her own. */
static void
rate_block(const RatingsModel *ratings, uint64_t seed, int64_t first, int64_t users, HistoryBatch *batch)
{
	for (int64_t n = 0; n < users; n++)
	{
		Random random;

		random_open(&random, seed, RANDOM_RATINGS, (uint64_t) (first + n));
		for (int64_t p = batch->start[n]; p < batch->start[n + 1]; p++)
			batch->rating[p] = ratings_model_draw(ratings, &random, batch->group[n], batch->item[p]);
	}
}

static void
generate_blocks(void *argument, int64_t begin, int64_t end, int worker)
{
	Generation *g = argument;

	for (int64_t b = begin; b < end; b++)
	{
		int64_t users = g->generator->block, first = (g->first_block + b) * users;
		HistoryBatch *batch = &g->batch[b];

		g->generator->generate(g->sampler, g->scratch[worker], g->seed, first, users, batch);
		if (g->ratings != NULL)
			rate_block(g->ratings, g->seed, first, users, batch);
		if (g->times != NULL)
			times_model_draw(g->times, g->times_scratch[worker], g->seed, first, users, batch->start,
			                 batch->time);
	}
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

	g->model = model;
	g->longest = longest;
	g->reserved = g->most_blocks * g->generator->block * (longest * 4 + 12);
	host_reserve(g->reserved, "generate");
	g->batch = host_array(HistoryBatch, g->most_blocks);
	for (int64_t b = 0; b < g->most_blocks; b++)
	{
		g->batch[b].start = host_array(int64_t, g->generator->block + 1);
		g->batch[b].item = host_array(uint32_t, longest * g->generator->block);
		g->batch[b].group = host_array_zero(uint32_t, g->generator->block);
		g->batch[b].rating = NULL;
		g->batch[b].time = NULL;
	}
	g->workers = parallel_workers(g->most_blocks, 1);
	g->scratch = host_array(void *, g->workers);
	for (int i = 0; i < g->workers; i++)
		g->scratch[i] = g->generator->scratch(g->sampler);
	return g;
}

/* Leaves when there is no memory for 8 bytes more per item, and "scratch" per worker. */
static void
reserve_more(Generation *g, int64_t scratch)
{
	g->reserved += g->longest * g->generator->block * (g->most_blocks * 8 + scratch);
	host_reserve(g->reserved, "generate");
}

bool
generation_want_ratings(Generation *g)
{
	g->ratings = ratings_model_open(g->model);
	if (g->ratings == NULL)
		return false;
	reserve_more(g, 0);
	for (int64_t b = 0; b < g->most_blocks; b++)
		g->batch[b].rating = host_array(double, g->longest * g->generator->block);
	return true;
}

TimeKind
generation_want_times(Generation *g)
{
	g->times = times_model_open(g->model);
	if (g->times == NULL)
		return TIMES_NONE;
	reserve_more(g, (int64_t) g->workers * TIMES_SCRATCH_BYTES);
	for (int64_t b = 0; b < g->most_blocks; b++)
		g->batch[b].time = host_array(int64_t, g->longest * g->generator->block);
	g->times_scratch = host_array(TimesScratch *, g->workers);
	for (int i = 0; i < g->workers; i++)
		g->times_scratch[i] = times_scratch_new(g->longest * g->generator->block);
	return times_model_kind(g->times);
}

const double *
generation_ratings(const Generation *g)
{
	return g->ratings == NULL ? NULL : g->current->rating + g->current_start;
}

const int64_t *
generation_times(const Generation *g)
{
	return g->times == NULL ? NULL : g->current->time + g->current_start;
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
		parallel_for(g->workers, g->blocks, 1, generate_blocks, g);
	}
	batch = &g->batch[block - g->first_block];
	g->current = batch;
	g->current_start = batch->start[place];
	*user = g->user++;
	*item = batch->item + batch->start[place];
	*count = batch->start[place + 1] - batch->start[place];
	return true;
}
