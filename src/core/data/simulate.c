/*
 * simulate.c
 *	  Interactions with known properties.
 */
#include "data/simulate.h"

#include "host.h"
#include "math/random.h"
#include "math/sampling.h"
#include "data/builder.h"

#include <math.h>

static void
require(bool ok, const char *message)
{
	if (!ok)
		host_fail(HOST_INVALID_PARAMETER, message, NULL, NULL);
}

/* 1 + a geometric number, with the given mean before it is cut. */
static int64_t
draw_length(Random *random, double mean, int64_t longest)
{
	double		drawn = 1;

	if (mean > 1)
		drawn += floor(log(random_uniform(random)) / log1p(-1 / mean));
	return drawn < (double) longest ? (int64_t) drawn : longest;
}

/* Popularity tables: one per topic, the last for the whole catalogue. */
static AliasTable **
popularity_tables(const Simulation *s)
{
	AliasTable **table = host_array(AliasTable *, s->topics + 1);
	double	   *weight = host_array(double, s->items);

	for (int64_t t = 0; t <= s->topics; t++)
	{
		for (int64_t i = 0; i < s->items; i++)
			weight[i] = t == s->topics || i % s->topics == t ? pow((double) (i + 1), -s->zipf) : 0;
		table[t] = alias_new(weight, s->items);
		host_poll();
	}
	host_free(weight);
	return table;
}

void *
simulate(const Simulation *wanted, uint64_t seed)
{
	Simulation	clamped = *wanted;
	const Simulation *s = &clamped;
	int64_t		longest = wanted->items / 2 > 0 ? wanted->items / 2 : 1;
	AliasTable **table;
	HistoryBuilder *builder;
	uint32_t   *drawn_in;
	Histories	data;

	require(s->users >= 1, host_format("users must be at least 1, not %lld", (long long) s->users));
	require(s->items >= 1 && s->items <= 100000000,
			host_format("items must be from 1 to 100000000, not %lld", (long long) s->items));
	require(s->mean_items >= 1 && isfinite(s->mean_items),
			host_format("mean_items must be at least 1, not %g", s->mean_items));
	require(s->topics >= 1, host_format("topics must be at least 1, not %lld", (long long) s->topics));
	require(s->focus >= 0 && s->focus <= 1, host_format("focus must be from 0 to 1, not %g", s->focus));
	require(s->zipf >= 0 && s->zipf <= 10, host_format("zipf must be from 0 to 10, not %g", s->zipf));

	if (clamped.topics > clamped.items)
		clamped.topics = clamped.items;
	host_reserve((s->topics + 2) * s->items * 20, "simulate");
	table = popularity_tables(s);
	builder = builder_new();
	drawn_in = host_array_zero(uint32_t, s->items);
	for (int64_t user = 1; user <= s->users; user++)
	{
		Random		random;
		int64_t		length,
					topic;
		Key			user_key = {user, NULL, 0};

		if (user % 1024 == 0)
			host_poll();
		random_open(&random, seed, RANDOM_SIMULATE, (uint64_t) user);
		length = draw_length(&random, s->mean_items, longest);
		topic = (int64_t) random_below(&random, (uint64_t) s->topics);
		/* repeats are drawn again; a user who cannot find enough items has fewer */
		for (int64_t found = 0, tries = 0; found < length && tries < 100 * length; tries++)
		{
			bool		own = random_uniform(&random) < s->focus;
			uint32_t	item = alias_draw(table[own ? topic : s->topics], &random);
			Key			item_key = {(int64_t) item + 1, NULL, 0};

			if (drawn_in[item] == (uint32_t) user)
				continue;
			drawn_in[item] = (uint32_t) user;
			builder_add(builder, false, &user_key, false, &item_key);
			found++;
		}
	}
	builder_settle(builder);
	return builder_finish(builder, &data);
}
