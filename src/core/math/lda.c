/*
 * lda.c
 *	  Latent Dirichlet allocation by batch variational Bayes.
 *
 * A pass has two halves, neither with sums that threads would share: over the
 * users, each of whom finds her proportions, and over the items, each of which
 * adds up what its users make of it.  What user u adds to item i is her vector
 * e^(E ln theta), divided by its product with the item's weights: so the first
 * half leaves a vector per user and a number per interaction to the second.
 *
 * Topics are padded to whole vectors; weights of items are zero there.
 */
#include "math/lda.h"

#include "host.h"
#include "math/lanes.h"
#include "math/parallel.h"
#include "math/random.h"
#include "math/vectors.h"

#include <math.h>
#include <string.h>

#define SHARD_USERS 4
#define SHARD_ROWS 64

/* Loops over users on one thread look for a cancel once every so many. */
#define USERS_PER_POLL 1024

/* Mean change of a user's proportions, unnormalised, below which her rounds end. */
#define TOLERANCE 1e-3f

/* Floors that keep products out of the subnormal numbers, which are slow. */
#define LEAST_USER_WEIGHT 1e-22f
#define LEAST_ITEM_WEIGHT 1e-12f

/* Keeps the product of a user and an item of no known topic from being zero. */
#define TINY 1e-30f

/* The start: counts around 1, whose logarithms vary by so much. */
#define START_DEVIATION 0.1

/* What one thread writes to. */
typedef struct Scratch
{
	float *gamma;  /* padded: proportions, unnormalised */
	float *sum;    /* padded */
	float *weight; /* padded */
	float *ratio;  /* longest history */
} Scratch;

typedef struct Work
{
	Lda *lda;
	const LdaUsers *users;
	float eta;
	uint64_t seed;
	float *user_weight;   /* users x padded: e^(E ln theta) */
	float *ratio;         /* per interaction: 1 / product of user and item */
	int64_t *list_start;  /* items + 1: the interactions of each item */
	uint32_t *list_user;  /* whose */
	uint32_t *list_place; /* and where in "ratio" */
	float *scale;         /* padded: 1 / e^digamma(sum of the topic's counts) */
	double *share;        /* users x topics */
	Scratch *scratch;     /* per worker */
} Work;

int64_t
lda_bytes(const LdaUsers *users, int64_t topics)
{
	int64_t padded = lanes_padded(topics);

	return (2 * users->items + users->users) * padded * 4 + users->start[users->users] * 12 +
	       users->items * 16;
}

/*
 * Finds a user's proportions: gamma = alpha + sum over her items of P(topic |
 * item), where P is proportional to weight = e^digamma(gamma) times the item's
 * weights.  Leaves in "ratio" the inverse of each item's sum.
 */
WIDE_VECTORS static void
infer(const Lda *lda, const uint32_t *item, int64_t items, float *gamma, float *sum, float *weight,
      float *ratio)
{
	const int64_t padded = lda->padded;
	const Lanes zero = {0};

	for (int64_t k = 0; k < padded; k++)
		gamma[k] = k < lda->topics ? 1 : lda->alpha;
	for (int64_t round = 0; round < lda->rounds; round++)
	{
		Lanes change = zero;

		for (int64_t k = 0; k < padded; k += LANES)
		{
			Lanes x;

			lanes_load(&x, gamma + k);
			lanes_exp_digamma(&x);
			lanes_replace_below(&x, LEAST_USER_WEIGHT, LEAST_USER_WEIGHT);
			lanes_store(weight + k, &x);
			lanes_store(sum + k, &zero);
		}
		for (int64_t p = 0; p < items; p++)
		{
			const float *row = lda->weight + item[p] * padded;
			Lanes product = zero;
			Lanes x, y;

			for (int64_t k = 0; k < padded; k += LANES)
			{
				lanes_load(&x, weight + k);
				lanes_load(&y, row + k);
				product += x * y;
			}
			ratio[p] = 1 / (lanes_sum(&product) + TINY);
			for (int64_t k = 0; k < padded; k += LANES)
			{
				lanes_load(&x, sum + k);
				lanes_load(&y, row + k);
				x += y * ratio[p];
				lanes_store(sum + k, &x);
			}
		}
		for (int64_t k = 0; k < padded; k += LANES)
		{
			Lanes x, y, difference;

			lanes_load(&x, sum + k);
			lanes_load(&y, weight + k);
			lanes_load(&difference, gamma + k);
			x = x * y + lda->alpha;
			lanes_store(gamma + k, &x);
			difference -= x;
			lanes_absolute(&difference);
			change += difference;
		}
		if (lanes_sum(&change) < TOLERANCE * (float) lda->topics)
			break;
	}
}

/* The first half of a pass. */
static void
infer_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;
	Scratch *scratch = &w->scratch[worker];

	for (int64_t u = begin; u < end; u++)
	{
		int64_t first = w->users->start[u];

		infer(w->lda, w->users->item + first, w->users->start[u + 1] - first, scratch->gamma, scratch->sum,
		      w->user_weight + u * w->lda->padded, w->ratio + first);
	}
}

/* Adds up what the users of an item make of it. */
WIDE_VECTORS static void
count_item(const Work *w, int64_t i)
{
	const int64_t padded = w->lda->padded;
	const float *row = w->lda->weight + i * padded;
	float *count = w->lda->count + i * padded;

	memset(count, 0, (size_t) padded * sizeof(float));
	for (int64_t l = w->list_start[i]; l < w->list_start[i + 1]; l++)
	{
		const float *weight = w->user_weight + w->list_user[l] * padded;
		float ratio = w->ratio[w->list_place[l]];

		for (int64_t k = 0; k < padded; k += LANES)
		{
			Lanes x, y;

			lanes_load(&x, count + k);
			lanes_load(&y, weight + k);
			x += y * ratio;
			lanes_store(count + k, &x);
		}
	}
	for (int64_t k = 0; k < padded; k++)
		count[k] *= row[k];
}

/* The second half of a pass. */
static void
count_items(void *argument, int64_t begin, int64_t end, int worker)
{
	(void) worker;
	for (int64_t i = begin; i < end; i++)
		count_item(argument, i);
}

/* Weights of some items from their counts. */
WIDE_VECTORS static void
weigh_rows(const Work *w, int64_t begin, int64_t end)
{
	const Lda *lda = w->lda;

	for (int64_t i = begin; i < end; i++)
	{
		float *row = lda->weight + i * lda->padded;

		for (int64_t k = 0; k < lda->padded; k += LANES)
		{
			Lanes x, scale;

			lanes_load(&x, lda->count + i * lda->padded + k);
			lanes_load(&scale, w->scale + k);
			x += w->eta;
			lanes_exp_digamma(&x);
			x *= scale;
			lanes_replace_below(&x, LEAST_ITEM_WEIGHT, 0);
			lanes_store(row + k, &x);
		}
	}
}

static void
weigh_items(void *argument, int64_t begin, int64_t end, int worker)
{
	(void) worker;
	weigh_rows(argument, begin, end);
}

/* Weights from counts. */
static void
weigh(Work *w)
{
	const Lda *lda = w->lda;
	double *sum = host_array_zero(double, lda->topics);

	for (int64_t i = 0; i < lda->items; i++)
	{
		for (int64_t k = 0; k < lda->topics; k++)
			sum[k] += lda->count[i * lda->padded + k] + w->eta;
	}
	memset(w->scale, 0, (size_t) lda->padded * sizeof(float));
	for (int64_t k = 0; k < lda->topics; k += LANES)
	{
		float number[LANES];
		Lanes x;

		for (int c = 0; c < LANES; c++)
			number[c] = k + c < lda->topics ? (float) sum[k + c] : 1;
		lanes_load(&x, number);
		lanes_exp_digamma(&x);
		for (int c = 0; c < LANES && k + c < lda->topics; c++)
			w->scale[k + c] = 1 / x[c];
	}
	host_free(sum);
	parallel_for(ANY_WORKERS, lda->items, SHARD_ROWS, weigh_items, w);
}

static void
begin_items(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		Random random;

		random_open(&random, w->seed, RANDOM_LDA, (uint64_t) i);
		for (int64_t k = 0; k < w->lda->padded; k++)
			w->lda->count[i * w->lda->padded + k] =
				k < w->lda->topics ? (float) exp(START_DEVIATION * random_normal(&random)) : 0;
	}
}

/* The interactions of each item, users ascending. */
static void
invert(Work *w)
{
	const LdaUsers *users = w->users;
	int64_t *next = host_array_zero(int64_t, users->items + 1);

	w->list_start = host_array_zero(int64_t, users->items + 1);
	for (int64_t p = 0; p < users->start[users->users]; p++)
		w->list_start[users->item[p] + 1]++;
	for (int64_t i = 0; i < users->items; i++)
	{
		w->list_start[i + 1] += w->list_start[i];
		next[i + 1] = w->list_start[i + 1];
	}
	for (int64_t u = 0; u < users->users; u++)
	{
		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = users->start[u]; p < users->start[u + 1]; p++)
		{
			int64_t place = next[users->item[p]]++;

			w->list_user[place] = (uint32_t) u;
			w->list_place[place] = (uint32_t) p;
		}
	}
	host_free(next);
}

/* Scratch for all workers; *count of them. */
static void
new_scratch(Work *w, bool own_vectors, int *count)
{
	int64_t longest = 0;

	for (int64_t u = 0; u < w->users->users; u++)
	{
		if (w->users->start[u + 1] - w->users->start[u] > longest)
			longest = w->users->start[u + 1] - w->users->start[u];
	}
	*count = parallel_workers(w->users->users, SHARD_USERS);
	w->scratch = host_array_zero(Scratch, *count);
	for (Scratch *s = w->scratch; s < w->scratch + *count; s++)
	{
		s->gamma = host_array(float, w->lda->padded);
		s->sum = host_array(float, w->lda->padded);
		if (!own_vectors)
			continue;
		s->weight = host_array(float, w->lda->padded);
		s->ratio = host_array(float, longest);
	}
}

static void
free_scratch(Work *w, bool own_vectors, int count)
{
	for (Scratch *s = w->scratch; s < w->scratch + count; s++)
	{
		host_free(s->gamma);
		host_free(s->sum);
		if (!own_vectors)
			continue;
		host_free(s->weight);
		host_free(s->ratio);
	}
	host_free(w->scratch);
}

void
lda_fit(const LdaUsers *users, const LdaLimits *limits, uint64_t seed, Lda *lda)
{
	Work w = {.lda = lda, .users = users, .eta = (float) limits->eta, .seed = seed};
	int64_t interactions = users->start[users->users];
	int workers;

	lda->items = users->items;
	lda->topics = limits->topics;
	lda->padded = lanes_padded(limits->topics);
	lda->rounds = limits->rounds;
	lda->alpha = (float) limits->alpha;
	lda->count = host_array(float, lda->items * lda->padded);
	lda->weight = host_array(float, lda->items * lda->padded);
	w.user_weight = host_array(float, users->users * lda->padded);
	w.ratio = host_array(float, interactions);
	w.list_user = host_array(uint32_t, interactions);
	w.list_place = host_array(uint32_t, interactions);
	w.scale = host_array(float, lda->padded);
	new_scratch(&w, false, &workers);
	invert(&w);
	parallel_for(ANY_WORKERS, lda->items, SHARD_ROWS, begin_items, &w);
	for (int64_t pass = 0; pass < limits->passes; pass++)
	{
		host_progress("finding topics", pass, limits->passes);
		weigh(&w);
		parallel_for(workers, users->users, SHARD_USERS, infer_users, &w);
		parallel_for(ANY_WORKERS, lda->items, 1, count_items, &w);
	}
	weigh(&w);
	free_scratch(&w, false, workers);
	host_free(w.user_weight);
	host_free(w.ratio);
	host_free(w.list_start);
	host_free(w.list_user);
	host_free(w.list_place);
	host_free(w.scale);
}

static void
share_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;
	const Lda *lda = w->lda;
	Scratch *scratch = &w->scratch[worker];

	for (int64_t u = begin; u < end; u++)
	{
		int64_t first = w->users->start[u];
		double sum = 0;

		infer(lda, w->users->item + first, w->users->start[u + 1] - first, scratch->gamma, scratch->sum,
		      scratch->weight, scratch->ratio);
		for (int64_t k = 0; k < lda->topics; k++)
			sum += scratch->gamma[k];
		for (int64_t k = 0; k < lda->topics; k++)
			w->share[u * lda->topics + k] = scratch->gamma[k] / sum;
	}
}

void
lda_proportions(const Lda *lda, const LdaUsers *users, double *share)
{
	Work w = {.lda = (Lda *) lda, .users = users, .share = share};
	int workers;

	new_scratch(&w, true, &workers);
	parallel_for(workers, users->users, SHARD_USERS, share_users, &w);
	free_scratch(&w, true, workers);
}
