/*
 * item_knn.c
 *	  Items like those that a user has, by the users that they share.
 *
 * The similarity of two items is n_ij / (sqrt(n_i n_j) + shrinkage + 1e-6), with
 * n_ij the users who have both: the shrunk cosine of Ferrari Dacrema, Cremonesi
 * and Jannach (RecSys 2019).  For each item the most similar ones are kept, its
 * neighbors; an item's score for a user is the sum of the similarities of those
 * of its neighbors that she has.
 *
 * The counts n_ij of one item are made at a time, from the inverted lists, and
 * serve all settings that are trained together: no items x items matrix is made.
 */
#include "host.h"
#include "math/parallel.h"
#include "recommenders/recommender.h"

#include <math.h>
#include <string.h>

#define SHARD_ITEMS 8

/* One similarity: of "item" to an item that is recommended for it, or the other way round. */
typedef struct Neighbor
{
	double similarity;
	uint32_t item;
} Neighbor;

typedef struct ItemKnn
{
	int64_t items;
	int64_t *start;     /* items + 1: where the rows of input items begin */
	Neighbor *neighbor; /* the items that an input item is a neighbor of */
} ItemKnn;

typedef struct Scratch
{
	uint32_t *together; /* per item: users who have it and the current item */
	uint32_t *touched;  /* the items with such users */
	Neighbor *candidate;
} Scratch;

typedef struct Task
{
	const Training *training;
	Scratch *scratch; /* per worker */
	int settings;
	const int64_t *neighbors; /* per setting: how many are kept */
	const double *shrinkage;  /* per setting */
	Neighbor **best;          /* per setting: the neighbors of each item in turn, at most */
	int64_t **place;          /* per setting: items + 1 offsets into best, */
	int64_t **found;          /* and how many there are */
} Task;

static const OptionSpec options[] = {
	{"neighbors", OPTION_INTEGER, 50, 1, 100000, NULL},
	{"shrinkage", OPTION_NUMBER, 100, 0, 1e9, NULL},
	{.name = NULL},
};

/* Tells whether a goes before b among neighbors; equally similar ones go by key. */
static bool
goes_before(const Neighbor *a, const Neighbor *b)
{
	return a->similarity != b->similarity ? a->similarity > b->similarity : a->item < b->item;
}

static void
swap(Neighbor *a, Neighbor *b)
{
	Neighbor kept = *a;

	*a = *b;
	*b = kept;
}

/* Brings the "wanted" first neighbors to the front (quickselect). */
static void
select_first(Neighbor *list, int64_t count, int64_t wanted)
{
	int64_t low = 0, high = count - 1;

	while (low < high)
	{
		int64_t middle = low + (high - low) / 2, i = low;

		/* the middle one of three goes last, as the pivot */
		if (goes_before(&list[middle], &list[low]))
			swap(&list[middle], &list[low]);
		if (goes_before(&list[high], &list[low]))
			swap(&list[high], &list[low]);
		if (goes_before(&list[middle], &list[high]))
			swap(&list[middle], &list[high]);
		for (int64_t k = low; k < high; k++)
		{
			if (goes_before(&list[k], &list[high]))
				swap(&list[k], &list[i++]);
		}
		swap(&list[i], &list[high]);
		if (i == wanted || i + 1 == wanted)
			return;
		if (i < wanted)
			low = i + 1;
		else
			high = i - 1;
	}
}

/* Counts the users whom item "target" shares with others; gives back how many others. */
static int64_t
count_shared(const Training *t, Scratch *scratch, int64_t target)
{
	int64_t touched = 0;

	for (int64_t l = t->start[target]; l < t->start[target + 1]; l++)
	{
		int64_t u = t->user[l];

		for (int64_t p = t->data->start[u]; p < t->data->start[u + 1]; p++)
		{
			uint32_t i = t->data->item[p];

			if (scratch->together[i]++ == 0)
				scratch->touched[touched++] = i;
		}
	}
	return touched;
}

static void
find_neighbors(void *argument, int64_t begin, int64_t end, int worker)
{
	Task *task = argument;
	const Training *t = task->training;
	Scratch *scratch = &task->scratch[worker];

	for (int64_t target = begin; target < end; target++)
	{
		int64_t touched = count_shared(t, scratch, target);

		for (int s = 0; s < task->settings; s++)
		{
			int64_t count = 0;
			int64_t kept;

			for (int64_t c = 0; c < touched; c++)
			{
				uint32_t i = scratch->touched[c];

				if (i != target)
					scratch->candidate[count++] = (Neighbor){
						scratch->together[i] / (sqrt((double) t->count[i] * (double) t->count[target]) +
					                            task->shrinkage[s] + 1e-6),
						i};
			}
			kept = count < task->neighbors[s] ? count : task->neighbors[s];
			if (kept < count)
				select_first(scratch->candidate, count, kept);
			memcpy(task->best[s] + task->place[s][target], scratch->candidate,
			       (size_t) kept * sizeof(Neighbor));
			task->found[s][target] = kept;
		}
		for (int64_t c = 0; c < touched; c++)
			scratch->together[scratch->touched[c]] = 0;
	}
}

/*
 * The most neighbors that an item can have whose users have "others" further
 * items.
 */
static int64_t
most_neighbors(const Histories *data, int64_t others, int64_t neighbors)
{
	int64_t most = data->items - 1 < neighbors ? data->items - 1 : neighbors;

	return others < most ? others : most;
}

/* Per item, how many further items its users have, counted once per user; allocated. */
static int64_t *
count_others(const Histories *data)
{
	int64_t *others = host_array_zero(int64_t, data->items);

	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % 4096 == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
			others[data->item[p]] += histories_length(data, u) - 1;
	}
	return others;
}

/* Rows of input items from columns of targets. */
static ItemKnn *
transpose(const Task *task, int setting)
{
	int64_t items = task->training->data->items;
	const int64_t *place = task->place[setting], *found = task->found[setting];
	ItemKnn *knn = host_alloc(sizeof(ItemKnn));
	int64_t *next = host_array_zero(int64_t, items + 1);
	int64_t sum = 0;

	knn->items = items;
	knn->start = host_array(int64_t, items + 1);
	for (int64_t j = 0; j < items; j++)
	{
		for (int64_t k = 0; k < found[j]; k++)
			next[task->best[setting][place[j] + k].item]++;
	}
	for (int64_t i = 0; i <= items; i++)
	{
		knn->start[i] = sum;
		sum += next[i];
		next[i] = knn->start[i];
	}
	knn->neighbor = host_array(Neighbor, sum);
	for (int64_t j = 0; j < items; j++)
	{
		if (j % 1024 == 0)
			host_poll();
		for (int64_t k = 0; k < found[j]; k++)
		{
			const Neighbor *best = &task->best[setting][place[j] + k];

			knn->neighbor[next[best->item]++] = (Neighbor){best->similarity, (uint32_t) j};
		}
	}
	host_free(next);
	return knn;
}

static int
together(void)
{
	return INT32_MAX;
}

/* The neighbors of all settings, and of one of them twice while it is turned into rows. */
static int64_t
bytes(const Histories *data, const Options *chosen, int count)
{
	int64_t *others = count_others(data);
	int64_t sum = 0, most = 0;

	for (int s = 0; s < count; s++)
	{
		int64_t kept = 0;

		for (int64_t i = 0; i < data->items; i++)
			kept += most_neighbors(data, others[i], option_integer(&chosen[s], "neighbors"));
		sum += kept;
		most = kept > most ? kept : most;
	}
	host_free(others);
	return (sum + most) * (int64_t) sizeof(Neighbor) + data->items * (count * 24 + host_threads() * 24 + 8);
}

static void
train(Training *training, const Options *chosen, int count, void **trained)
{
	int64_t items = training->data->items;
	int workers = parallel_workers(items, SHARD_ITEMS);
	Task task = {.training = training, .settings = count};
	int64_t *neighbors = host_array(int64_t, count);
	double *shrinkage = host_array(double, count);
	int64_t *others = count_others(training->data);

	task.neighbors = neighbors;
	task.shrinkage = shrinkage;
	task.best = host_array(Neighbor *, count);
	task.place = host_array(int64_t *, count);
	task.found = host_array(int64_t *, count);
	for (int s = 0; s < count; s++)
	{
		int64_t sum = 0;

		neighbors[s] = option_integer(&chosen[s], "neighbors");
		shrinkage[s] = option_number(&chosen[s], "shrinkage");
		task.place[s] = host_array(int64_t, items + 1);
		task.found[s] = host_array(int64_t, items);
		for (int64_t i = 0; i < items; i++)
		{
			task.place[s][i] = sum;
			sum += most_neighbors(training->data, others[i], neighbors[s]);
		}
		task.place[s][items] = sum;
		task.best[s] = host_array(Neighbor, sum);
	}
	task.scratch = host_array(Scratch, workers);
	for (int w = 0; w < workers; w++)
	{
		task.scratch[w].together = host_array_zero(uint32_t, items);
		task.scratch[w].touched = host_array(uint32_t, items);
		task.scratch[w].candidate = host_array(Neighbor, items);
	}
	host_free(others);
	parallel_for(workers, items, SHARD_ITEMS, find_neighbors, &task);
	for (int s = 0; s < count; s++)
	{
		trained[s] = transpose(&task, s);
		host_free(task.best[s]);
		host_free(task.place[s]);
		host_free(task.found[s]);
	}
	for (int w = 0; w < workers; w++)
	{
		host_free(task.scratch[w].together);
		host_free(task.scratch[w].touched);
		host_free(task.scratch[w].candidate);
	}
}

static void
score_items(const void *trained, const uint32_t *item, int64_t count, double *scratch, double *score)
{
	const ItemKnn *knn = trained;

	(void) scratch;
	memset(score, 0, (size_t) knn->items * sizeof(double));
	for (int64_t k = 0; k < count; k++)
	{
		for (int64_t n = knn->start[item[k]]; n < knn->start[item[k] + 1]; n++)
			score[knn->neighbor[n].item] += knn->neighbor[n].similarity;
	}
}

const Recommender item_knn_recommender = {
	.method = "item_knn",
	.options = options,
	.together = together,
	.bytes = bytes,
	.train = train,
	.score = score_items,
};
