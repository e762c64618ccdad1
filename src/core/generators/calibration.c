/*
 * calibration.c
 *	  Makes synthetic users have each item about as often as the fitted ones.
 */
#include "generators/calibration.h"

#include "host.h"
#include "math/parallel.h"

#include <math.h>
#include <string.h>

/* Users that a round draws, about. */
#define ROUND_USERS 10000

/* Corrections from outside are at most so large. */
#define SANE_CORRECTION 1e4f

/* Users drawn one by one between two looks for a cancel. */
#define SHARD_USERS 4

typedef struct Round
{
	const Calibration *calibration;
	void **scratch;  /* per worker */
	int64_t **drawn; /* per worker: items */
} Round;

static void
draw_blocks(void *task, int64_t begin, int64_t end, int worker)
{
	const Round *round = task;
	const Calibration *c = round->calibration;

	for (int64_t b = begin; b < end; b++)
		c->draw(c->sampler, round->scratch[worker], b * c->block, round->drawn[worker]);
}

void
calibrate(const Calibration *c, float *correction)
{
	int64_t blocks = ROUND_USERS / c->block;
	int workers = parallel_workers(blocks, 1);
	Round round = {c, host_array(void *, workers), host_array(int64_t *, workers)};
	int64_t *drawn;

	for (int w = 0; w < workers; w++)
	{
		round.scratch[w] = c->scratch(c->sampler);
		round.drawn[w] = host_array(int64_t, c->items);
	}
	drawn = round.drawn[0];
	for (int64_t r = 0; r < c->rounds; r++)
	{
		int64_t sum = 0;

		host_progress("calibrating popularity", r, c->rounds);
		if (c->begin_round != NULL)
			c->begin_round(c->sampler);
		for (int w = 0; w < workers; w++)
			memset(round.drawn[w], 0, (size_t) c->items * sizeof(int64_t));
		parallel_for(workers, blocks, 1, draw_blocks, &round);
		for (int64_t i = 0; i < c->items; i++)
		{
			for (int w = 1; w < workers; w++)
				drawn[i] += round.drawn[w][i];
			sum += drawn[i];
		}
		for (int64_t i = 0; i < c->items; i++)
			correction[i] += (float) (log((c->popularity[i] * (double) sum + 1) / ((double) drawn[i] + 1)) /
			                          (double) (r + 1));
	}
}

typedef struct OneByOne
{
	const UserCalibration *calibration;
	int64_t longest;
} OneByOne;

typedef struct OneByOneScratch
{
	void *scratch;
	uint32_t *item; /* longest: a history that nobody keeps */
} OneByOneScratch;

static void
begin_one_by_one(void *sampler)
{
	const UserCalibration *c = ((OneByOne *) sampler)->calibration;

	if (c->begin_round != NULL)
		c->begin_round(c->sampler);
}

static void *
one_by_one_scratch(const void *sampler)
{
	const OneByOne *all = sampler;
	OneByOneScratch *s = host_alloc(sizeof(OneByOneScratch));

	s->scratch = all->calibration->scratch(all->calibration->sampler);
	s->item = host_array(uint32_t, all->longest);
	return s;
}

static void
draw_one_by_one(const void *sampler, void *scratch, int64_t first, int64_t *drawn)
{
	const UserCalibration *c = ((const OneByOne *) sampler)->calibration;
	OneByOneScratch *s = scratch;

	for (int64_t n = first; n < first + SHARD_USERS; n++)
	{
		int64_t u = n % c->users->users, length = c->users->start[u + 1] - c->users->start[u];
		Random random;

		random_open(&random, c->seed, RANDOM_TOPICS_CALIBRATE, (uint64_t) n);
		c->draw(c->sampler, s->scratch, &random, length, s->item);
		for (int64_t i = 0; i < length; i++)
			drawn[s->item[i]]++;
	}
}

void
calibrate_users(const UserCalibration *c, float *correction)
{
	OneByOne all = {c, 0};

	for (int64_t u = 0; u < c->users->users; u++)
	{
		if (c->users->start[u + 1] - c->users->start[u] > all.longest)
			all.longest = c->users->start[u + 1] - c->users->start[u];
	}
	calibrate(&(Calibration){.items = c->users->items,
	                         .popularity = c->popularity,
	                         .rounds = c->rounds,
	                         .block = SHARD_USERS,
	                         .sampler = &all,
	                         .begin_round = begin_one_by_one,
	                         .scratch = one_by_one_scratch,
	                         .draw = draw_one_by_one},
	          correction);
}

const float *
calibration_open(const Model *model, int64_t items)
{
	int64_t count;
	const float *correction = model_section(model, "item_correction", SECTION_FLOAT32, &count);

	if (count != items)
		value_malformed("model", "It does not have one correction per item.");
	for (int64_t i = 0; i < count; i++)
	{
		if (!(fabsf(correction[i]) <= SANE_CORRECTION))
			value_malformed("model", "A correction is not a number, or too large.");
	}
	return correction;
}
