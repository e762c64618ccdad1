/*
 * attribute.c
 *	  Attribute identifiability.  Ranks are counted, nothing is sorted.
 */
#include "metrics/attribute.h"

#include "host.h"
#include "math/parallel.h"
#include "math/random.h"
#include "metrics/ranking.h"
#include "metrics/split.h"
#include "recommenders/ease.h"

#include <math.h>

#define SHARD_USERS 1

typedef struct Scratch
{
	double *score;   /* per synthetic item */
	uint32_t *input; /* synthetic items that are known of the user */
	int64_t *held;   /* synthetic items that are held out, or -1 */
} Scratch;

typedef struct Task
{
	Comparison comparison;
	Ease ease;
	int64_t cutoff;
	uint64_t seed;
	Scratch *scratch; /* per worker */
	double *recall;   /* per original user */
} Task;

/* Splits a user's items at random; gives back how many are held out. */
static int64_t
hold_out(const Task *task, Scratch *scratch, int64_t user, int64_t *inputs)
{
	const Comparison *c = &task->comparison;
	int64_t length = histories_length(c->original, user);
	int64_t wanted = held_out(length);
	int64_t held = 0;
	Random random;

	*inputs = 0;
	random_open(&random, task->seed, RANDOM_HOLD_OUT, (uint64_t) user);
	for (int64_t k = 0; k < length; k++)
	{
		int64_t item = c->synthetic_item[c->original->item[c->original->start[user] + k]];

		if (random_below(&random, (uint64_t) (length - k)) < (uint64_t) (wanted - held))
			scratch->held[held++] = item;
		else if (item >= 0)
			scratch->input[(*inputs)++] = (uint32_t) item;
	}
	return held;
}

static void
score_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Task *task = argument;
	Scratch *scratch = &task->scratch[worker];

	for (int64_t u = begin; u < end; u++)
	{
		int64_t inputs, held, hits = 0;

		task->recall[u] = -1;
		if (histories_length(task->comparison.original, u) < 2)
			continue;
		held = hold_out(task, scratch, u, &inputs);
		ease_score(&task->ease, scratch->input, inputs, scratch->score);
		ranking_round(scratch->score, task->ease.items);
		for (int64_t k = 0; k < inputs; k++)
			scratch->score[scratch->input[k]] = -INFINITY;
		for (int64_t k = 0; k < held; k++)
			hits += scratch->held[k] >= 0 && ranking_before(scratch->score, task->ease.items, task->seed, u,
			                                                scratch->held[k]) < task->cutoff;
		task->recall[u] = (double) hits / (double) held;
	}
}

double *
attribute_by_user(const Histories *original, const Histories *synthetic, int64_t cutoff, double lambda,
                  uint64_t seed)
{
	Task task = {.cutoff = cutoff, .seed = seed};
	int workers = parallel_workers(original->users, SHARD_USERS);
	int64_t longest = histories_longest(original);

	if (cutoff < 1)
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("cutoff must be at least 1, not %lld", (long long) cutoff), NULL, NULL);
	comparison_begin(original, synthetic, &task.comparison);
	ease_fit(synthetic, lambda, &task.ease);
	task.scratch = host_array(Scratch, workers);
	for (int i = 0; i < workers; i++)
	{
		task.scratch[i].score = host_array(double, synthetic->items);
		task.scratch[i].input = host_array(uint32_t, longest);
		task.scratch[i].held = host_array(int64_t, longest);
	}
	task.recall = host_array(double, original->users);
	parallel_for_stage("guessing attributes", workers, original->users, SHARD_USERS, score_users, &task);
	return task.recall;
}

double
attribute_mean(const double *recall, int64_t users)
{
	double sum = 0;
	int64_t counted = 0;

	for (int64_t u = 0; u < users; u++)
	{
		if (recall[u] >= 0)
		{
			sum += recall[u];
			counted++;
		}
	}
	if (counted == 0)
		host_fail(HOST_NO_DATA, "no original user has two items",
		          "One item is held out and another one is needed to guess it from.", NULL);
	return sum / (double) counted;
}
