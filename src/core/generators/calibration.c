/*
 * calibration.c
 *	  Makes synthetic users have each item about as often as the fitted ones.
 */
#include "generators/calibration.h"

#include "host.h"
#include "math/parallel.h"

#include <math.h>
#include <string.h>

/* Users that a round draws. */
#define ROUND_USERS 10000
#define SHARD_USERS 4

typedef struct Worker
{
	void *scratch;
	uint32_t *item; /* a history that nobody keeps */
	int64_t *drawn; /* items: how often */
} Worker;

typedef struct Round
{
	const Calibration *calibration;
	Worker *worker;
} Round;

static void
draw_users(void *task, int64_t begin, int64_t end, int worker)
{
	const Round *round = task;
	const Calibration *c = round->calibration;
	Worker *w = &round->worker[worker];

	for (int64_t n = begin; n < end; n++)
	{
		int64_t u = n % c->users->users, length = c->users->start[u + 1] - c->users->start[u];
		Random random;

		random_open(&random, c->seed, RANDOM_TOPICS_CALIBRATE, (uint64_t) n);
		c->draw(c->sampler, w->scratch, &random, length, w->item);
		for (int64_t i = 0; i < length; i++)
			w->drawn[w->item[i]]++;
	}
}

static int64_t
longest_history(const LdaUsers *users)
{
	int64_t longest = 0;

	for (int64_t u = 0; u < users->users; u++)
	{
		if (users->start[u + 1] - users->start[u] > longest)
			longest = users->start[u + 1] - users->start[u];
	}
	return longest;
}

void
calibrate(const Calibration *c, float *correction)
{
	int64_t items = c->users->items, longest = longest_history(c->users);
	int workers = parallel_workers(ROUND_USERS, SHARD_USERS);
	Round round = {c, host_array(Worker, workers)};
	int64_t *drawn;

	for (int w = 0; w < workers; w++)
		round.worker[w] =
			(Worker){c->scratch(c->sampler), host_array(uint32_t, longest), host_array(int64_t, items)};
	drawn = round.worker[0].drawn;
	for (int64_t r = 0; r < c->rounds; r++)
	{
		int64_t sum = 0;

		host_progress("calibrating popularity", r, c->rounds);
		if (c->begin_round != NULL)
			c->begin_round(c->sampler);
		for (int w = 0; w < workers; w++)
			memset(round.worker[w].drawn, 0, (size_t) items * sizeof(int64_t));
		parallel_for(ROUND_USERS, SHARD_USERS, draw_users, &round);
		for (int64_t i = 0; i < items; i++)
		{
			for (int w = 1; w < workers; w++)
				drawn[i] += round.worker[w].drawn[i];
			sum += drawn[i];
		}
		for (int64_t i = 0; i < items; i++)
			correction[i] += (float) (log((c->popularity[i] * (double) sum + 1) / ((double) drawn[i] + 1)) /
			                          (double) (r + 1));
	}
}
