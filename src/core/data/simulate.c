/*
 * simulate.c
 *	  Interactions with known properties.
 *
 * Everything about a user comes from a stream of random numbers of her own, so
 * users are simulated on threads and the result does not depend on them.
 */
#include "data/simulate.h"

#include "data/builder.h"
#include "host.h"
#include "math/parallel.h"
#include "math/random.h"
#include "math/sampling.h"

#include <math.h>

#define SHARD_USERS 8

/* Slates are filled by draws that may repeat; a full one is not insisted on. */
#define SLATE_DRAWS (4 * SIMULATE_SLATE)

#define MOST_TOPICS 1000

#define ITEMS_PER_POLL 4096

typedef struct World
{
	const Simulation *s;
	uint64_t seed;
	double *item_taste;  /* items x topics */
	double *quality;     /* per item: added to the utility */
	AliasTable *shown;   /* items by how often they are shown */
	int64_t *start;      /* users + 1: room for the histories */
	uint32_t *item;      /* chosen items, from start on */
	DrawScratch **owned; /* per worker: stamps of the user's items */
	double **user_taste; /* per worker: topics */
} World;

static void
require(bool ok, const char *message)
{
	if (!ok)
		host_fail(HOST_INVALID_PARAMETER, message, NULL, NULL);
}

static void
check(const Simulation *s)
{
	require(s->users >= 1, host_format("users must be at least 1, not %lld", (long long) s->users));
	require(s->items >= 1 && s->items <= 100000000,
	        host_format("items must be from 1 to 100000000, not %lld", (long long) s->items));
	require(s->mean_items >= 1 && isfinite(s->mean_items),
	        host_format("mean_items must be at least 1, not %g", s->mean_items));
	require(s->topics >= 1 && s->topics <= MOST_TOPICS,
	        host_format("topics must be from 1 to %d, not %lld", MOST_TOPICS, (long long) s->topics));
	require(s->taste >= 0 && s->taste <= 100, host_format("taste must be from 0 to 100, not %g", s->taste));
	require(s->zipf >= 0 && s->zipf <= 10, host_format("zipf must be from 0 to 10, not %g", s->zipf));
}

/* A mixture of topics: softmax of 2 z. */
static void
draw_mixture(Random *random, double *mixture, int64_t topics)
{
	double sum = 0;

	for (int64_t t = 0; t < topics; t++)
	{
		mixture[t] = exp(2 * random_normal(random));
		sum += mixture[t];
	}
	for (int64_t t = 0; t < topics; t++)
		mixture[t] /= sum;
}

/* 1 + a geometric number, with the given mean before it is cut. */
static int64_t
draw_length(Random *random, double mean, int64_t longest)
{
	double drawn = 1;

	if (mean > 1)
		drawn += floor(log(random_uniform(random)) / log1p(-1 / mean));
	return drawn < (double) longest ? (int64_t) drawn : longest;
}

/* Draws the items' mixtures and their ranks in quality. */
static void
make_items(World *w)
{
	const Simulation *s = w->s;
	double *weight = host_array(double, s->items);
	uint32_t *rank = host_array(uint32_t, s->items);
	Random random;

	random_open(&random, w->seed, RANDOM_SIMULATE, 0);
	for (int64_t i = 0; i < s->items; i++)
	{
		int64_t j = (int64_t) random_below(&random, (uint64_t) i + 1);

		if (i % ITEMS_PER_POLL == 0)
			host_poll();
		rank[i] = rank[j];
		rank[j] = (uint32_t) i + 1;
	}
	for (int64_t i = 0; i < s->items; i++)
	{
		double log_quality = -s->zipf * log(rank[i]);

		if (i % ITEMS_PER_POLL == 0)
			host_poll();
		draw_mixture(&random, w->item_taste + i * s->topics, s->topics);
		weight[i] = s->policy == LOGGING_POPULARITY ? exp(log_quality) : 1;
		w->quality[i] = s->policy == LOGGING_POPULARITY ? 0 : log_quality;
	}
	w->shown = alias_new(weight, s->items);
	host_free(weight);
	host_free(rank);
}

/* Shows a slate of items that the user does not have, at least one; gives back how many. */
static int64_t
show_slate(const World *w, Random *random, const DrawScratch *owned, uint32_t *slate)
{
	int64_t shown = 0;

	for (int t = 0; t < SLATE_DRAWS && shown < SIMULATE_SLATE; t++)
	{
		uint32_t item = alias_draw(w->shown, random);
		bool repeated = owned->stamp[item] == owned->set;

		for (int64_t k = 0; k < shown && !repeated; k++)
			repeated = slate[k] == item;
		if (!repeated)
			slate[shown++] = item;
	}
	if (shown == 0)
		slate[shown++] = (uint32_t) alias_draw_unused(w->shown, random, owned);
	return shown;
}

/* Chooses from a slate by a multinomial logit. */
static uint32_t
choose(const World *w, Random *random, const double *taste, const uint32_t *slate, int64_t shown)
{
	int64_t topics = w->s->topics;
	double best_key = -INFINITY;
	uint32_t best = slate[0];

	/* the greatest of utility + Gumbel number is such a choice */
	for (int64_t k = 0; k < shown; k++)
	{
		const double *item = w->item_taste + slate[k] * topics;
		double match = 0;
		double key;

		for (int64_t t = 0; t < topics; t++)
			match += taste[t] * item[t];
		key =
			w->s->taste * (double) topics * match + w->quality[slate[k]] - log(-log(random_uniform(random)));
		if (key > best_key)
		{
			best_key = key;
			best = slate[k];
		}
	}
	return best;
}

static void
simulate_users(void *argument, int64_t begin, int64_t end, int worker)
{
	World *w = argument;
	DrawScratch *owned = w->owned[worker];
	double *taste = w->user_taste[worker];

	for (int64_t u = begin; u < end; u++)
	{
		int64_t wanted = w->start[u + 1] - w->start[u];
		int64_t found = 0;
		Random random;

		random_open(&random, w->seed, RANDOM_SIMULATE, (uint64_t) u + 1);
		draw_length(&random, w->s->mean_items, 1); /* drawn before, see draw_lengths() */
		draw_mixture(&random, taste, w->s->topics);
		draw_scratch_next(owned, w->s->items);
		while (found < wanted)
		{
			uint32_t slate[SIMULATE_SLATE];
			int64_t shown = show_slate(w, &random, owned, slate);
			uint32_t item = choose(w, &random, taste, slate, shown);

			owned->stamp[item] = owned->set;
			w->item[w->start[u] + found++] = item;
		}
	}
}

/* Draws every user's length, so that there is room for the items. */
static void
draw_lengths(World *w)
{
	int64_t longest = w->s->items / 2 > 0 ? w->s->items / 2 : 1;

	w->start[0] = 0;
	for (int64_t u = 0; u < w->s->users; u++)
	{
		Random random;

		if (u % 4096 == 0)
			host_poll();
		random_open(&random, w->seed, RANDOM_SIMULATE, (uint64_t) u + 1);
		w->start[u + 1] = w->start[u] + draw_length(&random, w->s->mean_items, longest);
	}
}

void *
simulate(const Simulation *s, uint64_t seed)
{
	World w = {.s = s, .seed = seed};
	int workers = parallel_workers(s->users, SHARD_USERS);
	int64_t world_bytes;
	HistoryBuilder *builder;
	Histories data;

	check(s);
	if (s->users > VALUE_MAX_BYTES / 20)
		host_fail(HOST_TOO_LARGE, host_format("%lld users are too many for one value", (long long) s->users),
		          NULL, "Simulate several sets with different seeds.");
	world_bytes = s->items * (s->topics * 8 + 40 + workers * 16) + s->users * 8;
	host_reserve(world_bytes, "simulate");
	w.item_taste = host_array(double, s->items * s->topics);
	w.quality = host_array(double, s->items);
	make_items(&w);
	w.start = host_array(int64_t, s->users + 1);
	draw_lengths(&w);
	/* the items chosen, and, while the value is made of them, pairs, their order and the value */
	host_reserve(world_bytes + w.start[s->users] * 20 + s->users * 60, "simulate");
	w.item = host_array(uint32_t, w.start[s->users]);
	w.owned = host_array(DrawScratch *, workers);
	w.user_taste = host_array(double *, workers);
	for (int i = 0; i < workers; i++)
	{
		w.owned[i] = draw_scratch_new(s->items);
		w.user_taste[i] = host_array(double, s->topics);
	}
	parallel_for_stage("simulating users", workers, s->users, SHARD_USERS, simulate_users, &w);

	builder = builder_new();
	for (int64_t u = 0; u < s->users; u++)
	{
		Key user = {u + 1, NULL, 0};

		for (int64_t k = 0; k < w.start[u + 1] - w.start[u]; k++)
		{
			Key item = {(int64_t) w.item[w.start[u] + k] + 1, NULL, 0};

			builder_add(builder, false, &user, false, &item);
		}
	}
	builder_settle(builder);
	return builder_finish(builder, &data);
}
