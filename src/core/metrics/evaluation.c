/*
 * evaluation.c
 *	  Runs of training and trying.
 *
 * Recommenders of one kind are trained together, since they share work; each
 * batch is scored and forgotten before the next one.  Users are scored by
 * threads, in shards, one user at a time: the scores of a user stay in the
 * processor's cache until her ranks are counted.
 */
#include "metrics/evaluation.h"

#include "host.h"
#include "math/parallel.h"

#include <math.h>
#include <string.h>

#define SHARD_USERS 4

/* What one thread writes to. */
typedef struct Scratch
{
	double *score; /* per item of the training */
	double small[RECOMMENDER_SCRATCH];
	int64_t *rank;     /* of held-out items, as many as the longest history has */
	uint32_t *first;   /* items that come first, as many as the greatest cutoff */
	uint8_t **covered; /* per metric: items that were among the first; NULL but for coverage */
} Scratch;

typedef struct Task
{
	const EvaluationPlan *plan;
	const Split *split;
	const RecommenderChoice *choice;
	const void *trained;
	uint64_t tie_seed;
	int64_t most_first; /* the greatest cutoff of coverage; 0 when it is not asked for */
	Scratch *scratch;   /* per worker */
	double *value;      /* users x metrics */
} Task;

/* Ranks of a user's held-out items, from 1, ascending; gives back how many have one. */
static int64_t
rank_held(const Task *task, Scratch *scratch, int64_t user)
{
	const FoldIn *tried = &task->split->tried;
	int64_t found = 0;

	for (int64_t h = tried->held_start[user]; h < tried->held_start[user + 1]; h++)
	{
		int64_t rank, place;

		if (tried->held[h] < 0)
			continue;
		rank = 1 +
		       ranking_before(scratch->score, task->split->train.items, task->tie_seed, user, tried->held[h]);
		for (place = found++; place > 0 && scratch->rank[place - 1] > rank; place--)
			scratch->rank[place] = scratch->rank[place - 1];
		scratch->rank[place] = rank;
	}
	return found;
}

static void
mark_covered(const Task *task, Scratch *scratch, int64_t user)
{
	const EvaluationPlan *plan = task->plan;
	int64_t count = ranking_first(scratch->score, task->split->train.items, task->tie_seed, user,
	                              task->most_first, scratch->first);

	for (int m = 0; m < plan->metrics; m++)
	{
		for (int64_t k = 0; scratch->covered[m] != NULL && k < count && k < plan->metric[m].cutoff; k++)
			scratch->covered[m][scratch->first[k]] = 1;
	}
}

static void
try_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Task *task = argument;
	const EvaluationPlan *plan = task->plan;
	const FoldIn *tried = &task->split->tried;
	Scratch *scratch = &task->scratch[worker];

	for (int64_t u = begin; u < end; u++)
	{
		const uint32_t *input = tried->input + tried->input_start[u];
		int64_t inputs = tried->input_start[u + 1] - tried->input_start[u];
		int64_t found;

		task->choice->recommender->score(task->trained, input, inputs, scratch->small, scratch->score);
		ranking_round(scratch->score, task->split->train.items);
		for (int64_t k = 0; k < inputs; k++)
			scratch->score[input[k]] = -INFINITY;
		found = rank_held(task, scratch, u);
		for (int m = 0; m < plan->metrics; m++)
			task->value[u * plan->metrics + m] = metric_of_user(
				&plan->metric[m], scratch->rank, found, tried->held_start[u + 1] - tried->held_start[u]);
		if (task->most_first > 0)
			mark_covered(task, scratch, u);
	}
}

/* Share of the catalogue that some thread has marked. */
static double
coverage(const Task *task, int workers, int metric)
{
	int64_t items = task->split->train.items, covered = 0;

	for (int64_t i = 0; i < items; i++)
	{
		int any = 0;

		for (int w = 0; w < workers; w++)
			any |= task->scratch[w].covered[metric][i];
		covered += any;
	}
	return (double) covered / (double) items;
}

/* Tries one trained recommender on all users; value is per metric. */
static void
try_recommender(Task *task, int workers, double *value)
{
	const EvaluationPlan *plan = task->plan;
	int64_t users = task->split->tried.users;

	for (int w = 0; w < workers; w++)
	{
		for (int m = 0; m < plan->metrics; m++)
		{
			if (task->scratch[w].covered[m] != NULL)
				memset(task->scratch[w].covered[m], 0, (size_t) task->split->train.items);
		}
	}
	parallel_for(workers, users, SHARD_USERS, try_users, task);
	for (int m = 0; m < plan->metrics; m++)
	{
		double sum = 0;

		for (int64_t u = 0; u < users; u++)
			sum += task->value[u * plan->metrics + m];
		value[m] =
			plan->metric[m].kind == METRIC_COVERAGE ? coverage(task, workers, m) : sum / (double) users;
	}
}

static void
scratch_init(const Task *task, Scratch *scratch)
{
	const EvaluationPlan *plan = task->plan;
	const FoldIn *tried = &task->split->tried;
	int64_t items = task->split->train.items, longest = 0;

	for (int64_t u = 0; u < tried->users; u++)
	{
		if (tried->held_start[u + 1] - tried->held_start[u] > longest)
			longest = tried->held_start[u + 1] - tried->held_start[u];
	}
	scratch->score = host_array(double, items);
	scratch->rank = host_array(int64_t, longest);
	scratch->first = host_array(uint32_t, task->most_first);
	scratch->covered = host_array(uint8_t *, plan->metrics);
	for (int m = 0; m < plan->metrics; m++)
		scratch->covered[m] = plan->metric[m].kind == METRIC_COVERAGE ? host_array(uint8_t, items) : NULL;
}

/*
 * Lists the recommenders of the same kind as the first one that is not done,
 * at most as many as go together; gives back how many they are.
 */
static int
next_batch(const EvaluationPlan *plan, const bool *done, int *batch)
{
	int count = 0, most = 1;

	for (int r = 0; r < plan->recommenders && count < most; r++)
	{
		if (done[r])
			continue;
		if (count == 0)
			most = plan->recommender[r].recommender->together();
		else if (plan->recommender[r].recommender != plan->recommender[batch[0]].recommender)
			continue;
		batch[count++] = r;
	}
	return count;
}

/* The options of a batch side by side. */
static Options *
batch_options(const EvaluationPlan *plan, const int *batch, int count)
{
	Options *options = host_array(Options, count);

	for (int b = 0; b < count; b++)
		options[b] = plan->recommender[batch[b]].options;
	return options;
}

/* Leaves by HOST_MEMORY_LIMIT when the largest batch would take more than is allowed. */
static void
reserve(const EvaluationPlan *plan, const Histories *train, int64_t other)
{
	void *scope = host_open_scope();
	bool *done = host_array_zero(bool, plan->recommenders);
	int *batch = host_array(int, plan->recommenders);
	int count;

	while ((count = next_batch(plan, done, batch)) > 0)
	{
		const Recommender *recommender = plan->recommender[batch[0]].recommender;
		int64_t bytes = recommender->bytes(train, batch_options(plan, batch, count), count);

		if (bytes < INT64_MAX - other)
			bytes += other;
		host_reserve(bytes, host_format("training %s", recommender_name(&plan->recommender[batch[0]])));
		for (int b = 0; b < count; b++)
			done[batch[b]] = true;
	}
	host_close_scope(scope);
}

void
evaluate_split(const EvaluationPlan *plan, const Split *split, int64_t run, double *value)
{
	uint64_t word[2] = {(uint64_t) run, (uint64_t) plan->side};
	Task task = {.plan = plan, .split = split, .tie_seed = value_hash(word, sizeof(word), plan->seed)};
	bool *done = host_array_zero(bool, plan->recommenders);
	int *batch = host_array(int, plan->recommenders);
	double *figure = host_array(double, plan->metrics);
	int workers = parallel_workers(split->tried.users, SHARD_USERS);
	int count, finished = 0;
	Training training;

	if (split->tried.users == 0)
		host_fail(HOST_NO_DATA, "no user to try recommenders on has two items",
		          "One item is held out and another one is given to the recommender.", NULL);
	for (int m = 0; m < plan->metrics; m++)
	{
		if (plan->metric[m].kind == METRIC_COVERAGE && plan->metric[m].cutoff > task.most_first)
			task.most_first = plan->metric[m].cutoff;
	}
	training_begin(&split->train, &training);
	task.scratch = host_array(Scratch, workers);
	for (int w = 0; w < workers; w++)
		scratch_init(&task, &task.scratch[w]);
	task.value = host_array(double, split->tried.users * plan->metrics);
	while ((count = next_batch(plan, done, batch)) > 0)
	{
		void *scope = host_open_scope();
		void **trained = host_array(void *, count);
		const Recommender *recommender = plan->recommender[batch[0]].recommender;

		recommender->train(&training, batch_options(plan, batch, count), count, trained);
		for (int b = 0; b < count; b++)
		{
			task.choice = &plan->recommender[batch[b]];
			task.trained = trained[b];
			try_recommender(&task, workers, figure);
			for (int m = 0; m < plan->metrics; m++)
				value[evaluation_index(plan, batch[b], m, run)] = figure[m];
			done[batch[b]] = true;
			host_progress(plan->stage, run * plan->recommenders + ++finished,
			              plan->runs * plan->recommenders);
		}
		host_close_scope(scope);
	}
}

static double *
new_values(const EvaluationPlan *plan)
{
	return host_array(double, (int64_t) plan->recommenders * plan->metrics * plan->runs);
}

/* Memory beside the recommenders: the split and what threads write to. */
static int64_t
other_bytes(const EvaluationPlan *plan, const Histories *train, int64_t tried_users, int64_t split)
{
	return split + train->interactions * 4 + train->items * 16 +
	       host_threads() * train->items * (8 + plan->metrics) + tried_users * plan->metrics * 8;
}

double *
evaluate(const Histories *data, const EvaluationPlan *plan)
{
	double *value = new_values(plan);
	int64_t users = plan->users < data->users ? plan->users : data->users;

	if (users < EVALUATION_LEAST_USERS)
		host_fail(HOST_NO_DATA,
		          host_format("an evaluation needs at least %d users, not %lld", EVALUATION_LEAST_USERS,
		                      (long long) users),
		          NULL, NULL);
	reserve(plan, data, other_bytes(plan, data, users / 5, split_users_bytes(data)));
	for (int64_t run = 0; run < plan->runs; run++)
	{
		void *scope = host_open_scope();
		Split split;

		split_users(data, users, plan->seed, plan->side, run, &split);
		evaluate_split(plan, &split, run, value);
		host_close_scope(scope);
	}
	return value;
}

double *
evaluate_transfer(const Histories *train, const Histories *tried, const EvaluationPlan *plan)
{
	double *value = new_values(plan);
	int64_t users = plan->users < train->users ? plan->users : train->users;
	int64_t common;
	int64_t *train_item;

	if (users == 0 || tried->users == 0)
		host_fail(HOST_NO_DATA, "there are no users to train on or to try on", NULL, NULL);
	keys_require_same_kind(&train->item_keys, &tried->item_keys, "item");
	train_item = keys_align(&train->item_keys, &tried->item_keys, &common);
	if (common == 0)
		host_fail(HOST_NO_DATA, "the original and the synthetic data have no item in common",
		          "Nothing that recommenders learn from one would be of use for the other.",
		          "Check that both sets name items by the same keys.");
	reserve(plan, train, other_bytes(plan, train, tried->users, split_sets_bytes(train, tried)));
	for (int64_t run = 0; run < plan->runs; run++)
	{
		void *scope = host_open_scope();
		Split split;

		split_sets(train, users, tried, train_item, plan->seed, run, &split);
		evaluate_split(plan, &split, run, value);
		host_close_scope(scope);
	}
	return value;
}
