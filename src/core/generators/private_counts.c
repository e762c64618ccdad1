/*
 * private_counts.c
 *	  Three sets of counts with noise.
 */
#include "generators/private_counts.h"

#include "data/pairs.h"
#include "generators/association.h"
#include "generators/cooccurrence.h"
#include "host.h"
#include "math/zcdp.h"

#include <math.h>
#include <string.h>

#define USERS_PER_POLL 4096
#define DRAWS_PER_POLL 4096

Histories
private_clip(const Histories *data, int64_t most, StrongRandom *random)
{
	Histories clipped = *data;
	int64_t *start = host_array(int64_t, data->users + 1);
	uint32_t *item = host_array(uint32_t, data->interactions);
	int64_t at = 0;

	start[0] = 0;
	for (int64_t u = 0; u < data->users; u++)
	{
		int64_t left = histories_length(data, u), wanted = left < most ? left : most;

		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = data->start[u]; wanted > 0; p++, left--)
		{
			if (wanted < left && strong_random_below(random, (uint64_t) left) >= (uint64_t) wanted)
				continue;
			item[at++] = data->item[p];
			wanted--;
		}
		start[u + 1] = at;
	}
	clipped.start = start;
	clipped.item = item;
	clipped.interactions = at;
	return clipped;
}

int64_t *
private_lengths(const Histories *data, int64_t longest)
{
	int64_t *users_with = host_array_zero(int64_t, longest + 2);

	for (int64_t u = 0; u < data->users; u++)
	{
		int64_t length = histories_length(data, u);

		users_with[length <= longest ? length : longest + 1]++;
	}
	return users_with;
}

/* Fixes the variance of a release that may spend rho. */
static void
plan(PrivateRelease *release, int64_t sensitivity2, double rho)
{
	double units = ceil((double) sensitivity2 / (2 * rho) * VARIANCE_UNITS);

	if (!(units <= (double) VARIANCE_MOST_UNITS))
		host_fail(HOST_INVALID_PARAMETER, "epsilon is too small for histories of so many items",
		          host_format("Noise of a standard deviation of %.3g would be added to each count.",
		                      sqrt(units / VARIANCE_UNITS)),
		          "Use a greater epsilon or a smaller max_items.");
	release->sensitivity2 = sensitivity2;
	release->variance = (int64_t) units;
}

static double
deviation(const PrivateRelease *release)
{
	return sqrt((double) release->variance / VARIANCE_UNITS);
}

static int64_t
noise_of(const PrivateRelease *release, const PrivateSettings *settings, StrongRandom *random)
{
	int64_t units = (int64_t) ((double) release->variance * settings->honesty);

	return units > 0 ? discrete_gaussian(random, units) : 0;
}

static void
add_noise(int64_t *count, int64_t counts, const PrivateRelease *release, const PrivateSettings *settings,
          StrongRandom *random)
{
	for (int64_t i = 0; i < counts; i++)
	{
		if (i % DRAWS_PER_POLL == 0)
			host_poll();
		count[i] += noise_of(release, settings, random);
	}
}

/* The number that a standard normal one exceeds with probability p. */
static double
normal_quantile(double p)
{
	double low = 0, high = 40;

	for (int step = 0; step < 100; step++)
	{
		double middle = (low + high) / 2;

		if (erfc(middle / M_SQRT2) / 2 > p)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/*
 * Leaves out the items whose noisy count does not reach a threshold that the
 * items of a single user, at most "longest" of them, reach with a probability
 * of at most delta.  (The tail of the discrete Gaussian at an integer is not
 * heavier than that of the continuous one at one less.)
 */
static void
choose_catalogue(PrivateCounts *c, double delta)
{
	int64_t kept = 0;

	c->threshold = 2 + deviation(&c->release[PRIVATE_ITEMS]) * normal_quantile(delta / (double) c->longest);
	for (int64_t i = 0; i < c->items; i++)
	{
		if ((double) c->item_users[i] < c->threshold)
			continue;
		c->kept[kept] = c->kept[i];
		c->item_users[kept++] = c->item_users[i];
	}
	c->items = kept;
	if (kept == 0)
		host_fail(HOST_NO_DATA, "no item is left in the private catalogue",
		          host_format("An item needs some %.0f users.", c->threshold),
		          "Use a greater epsilon, a smaller max_items, or, if the items are public anyway, catalogue "
		          "=> 'public'.");
}

/* As many items as the noise lets speak: fewer, the more of it there is. */
static int64_t
items_to_structure(PrivateCounts *c, const PrivateSettings *settings)
{
	int64_t wanted = settings->structured_items, most = 1;

	c->limit = STRUCTURE_BY_OPTION;
	if (wanted == 0)
	{
		wanted = (int64_t) (1800 / pow(deviation(&c->release[PRIVATE_PAIRS]), 0.6));
		c->limit = STRUCTURE_BY_NOISE;
	}
	/* not by what histories take, since their number is no public one */
	while (most < wanted && association_bytes(most + 1, settings->factors) <= host_memory_limit() / 2)
		most++;
	if (wanted > most)
	{
		wanted = most;
		c->limit = STRUCTURE_BY_MEMORY;
	}
	if (wanted >= c->items)
	{
		wanted = c->items;
		c->limit = STRUCTURE_WHOLE;
	}
	return wanted;
}

static double
positive_sum(const int64_t *count, int64_t counts)
{
	double sum = 0;

	for (int64_t i = 0; i < counts; i++)
		sum += count[i] > 0 ? (double) count[i] : 0;
	return sum;
}

static void
release_pairs(const Histories *clipped, const PrivateSettings *settings, double rho, PrivateCounts *c,
              StrongRandom *random)
{
	PrivateRelease *release = &c->release[PRIVATE_PAIRS];
	double *count = host_array(double, c->items);
	uint32_t *item;
	Histories part;
	double share = 0;

	c->structured = 0;
	if (c->items < 2 || c->longest < 2)
		return;
	for (int64_t i = 0; i < c->items; i++)
		count[i] = (double) c->item_users[i];
	c->pair_items = settings->pair_items > 0 ? settings->pair_items : c->longest;
	plan(release, c->pair_items * (c->pair_items - 1) / 2, rho);
	c->structured = items_to_structure(c, settings);
	if (c->structured < 2)
	{
		c->structured = 0;
		release->variance = 0;
		return;
	}
	host_reserve(structure_bytes(clipped, c->structured, settings->factors), "private co-occurrence");
	c->chosen = most_popular(count, c->items, c->structured);
	if (settings->pair_items == 0)
	{
		double users = positive_sum(c->users_with, c->longest + 2);

		for (int64_t j = 0; j < c->structured; j++)
			share += count[c->chosen[j]] > 0 ? count[c->chosen[j]] : 0;
		c->pair_items = users > 0 ? (int64_t) ceil(share / users) : c->longest;
		c->pair_items = c->pair_items < 2 ? 2 : c->pair_items;
	}
	if (c->pair_items > c->longest)
		c->pair_items = c->longest;
	plan(release, c->pair_items * (c->pair_items - 1) / 2, rho);
	item = host_array(uint32_t, c->structured);
	for (int64_t j = 0; j < c->structured; j++)
		item[j] = (uint32_t) c->kept[c->chosen[j]];
	part = histories_of_items(clipped, item, c->structured);
	part = private_clip(&part, c->pair_items, random);
	c->pairs = pairs_count(&part);
	for (int64_t i = 0; i < c->structured; i++)
	{
		host_progress("noise", i, c->structured);
		for (int64_t j = i + 1; j < c->structured; j++)
		{
			if (j % DRAWS_PER_POLL == 0 || j == i + 1)
				host_poll();
			c->pairs[i * c->structured + j] += (double) noise_of(release, settings, random);
			c->pairs[j * c->structured + i] = c->pairs[i * c->structured + j];
		}
	}
	host_free(count);
}

/* What was spent: by the variances that were used, which are rounded up. */
static void
account(PrivateCounts *c, double delta)
{
	c->rho = 0;
	for (int i = 0; i < PRIVATE_RELEASES; i++)
	{
		const PrivateRelease *release = &c->release[i];

		if (release->variance > 0)
			c->rho += (double) release->sensitivity2 * VARIANCE_UNITS / (2 * (double) release->variance);
	}
	c->epsilon = zcdp_epsilon(c->rho, delta);
}

void
private_counts(const Histories *data, const PrivateSettings *settings, PrivateCounts *c)
{
	StrongRandom *random = host_alloc(sizeof(StrongRandom));
	double delta = settings->private_catalogue ? settings->delta / 2 : settings->delta;
	double rho = zcdp_rho(settings->epsilon, delta);
	Histories clipped;

	if (data->times != TIMES_NONE)
		host_fail(HOST_TYPE_MISMATCH, "privacy is counted for sets of items, not for sequences", NULL, NULL);
	if (!(settings->delta * (double) data->users < 1))
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("delta must be less than 1 / users, not %g", settings->delta),
		          host_format("There are %lld users: with such a delta, publishing somebody's history as it "
		                      "is would count as private.",
		                      (long long) data->users),
		          "A common choice is a tenth of 1 / users, or less.");
	memset(c, 0, sizeof(*c));
	strong_random_open(random);
	c->longest = settings->max_items;
	if (!settings->private_catalogue && c->longest > data->items)
		c->longest = data->items;
	plan(&c->release[PRIVATE_LENGTHS], 1, rho * settings->lengths_share);
	plan(&c->release[PRIVATE_ITEMS], c->longest, rho * settings->items_share);

	c->users_with = private_lengths(data, c->longest);
	add_noise(c->users_with + 1, c->longest + 1, &c->release[PRIVATE_LENGTHS], settings, random);
	clipped = private_clip(data, c->longest, random);
	c->items = data->items;
	c->item_users = histories_item_counts(&clipped);
	add_noise(c->item_users, c->items, &c->release[PRIVATE_ITEMS], settings, random);
	c->kept = host_array(int64_t, c->items);
	for (int64_t i = 0; i < c->items; i++)
		c->kept[i] = i;
	if (settings->private_catalogue)
		choose_catalogue(c, settings->delta - delta);
	release_pairs(&clipped, settings, rho * (1 - settings->lengths_share - settings->items_share), c, random);
	account(c, delta);
}
