/*
 * clustering.c
 *	  The generator that knows kinds of users.
 *
 * After Monti et al. (2019) as used by Noble et al. (EvalRS 2023): k-means over
 * the users; a synthetic user belongs to a cluster, drawn by size, and gets
 * items by their popularity in it.  The more clusters, the more realistic and
 * the more identifying: with a cluster per user the output is the input.  So
 * clusters of fewer than min_cluster_size users are merged into their nearest.
 */
#include "generators/generator.h"
#include "generators/lengths.h"
#include "host.h"
#include "math/kmeans.h"
#include "math/sampling.h"

#include <stdio.h>

typedef struct Clustering
{
	AliasTable *sizes;         /* clusters by their users */
	AliasTable **items;        /* per cluster: over the items that it has */
	const int64_t *item_start; /* clusters + 1 */
	const uint32_t *item;      /* those items */
	Lengths *lengths;          /* per cluster */
	int64_t most_items;        /* of a cluster */
} Clustering;

static const OptionSpec clustering_options[] = {
	{"k", OPTION_INTEGER, 50, 1, 1000000, NULL},
	{"min_cluster_size", OPTION_INTEGER, 5, 1, 1000000000, NULL},
	{"starts", OPTION_INTEGER, 10, 1, 1000, NULL},
	{"rounds", OPTION_INTEGER, 100, 1, 10000, NULL},
	{.name = NULL},
};

/* Adds the items of each cluster and how many of its users have them. */
static void
write_items(const Histories *data, const Kmeans *k, ModelWriter *writer)
{
	int64_t *start = host_array_zero(int64_t, k->clusters + 1);
	int64_t *next = host_array(int64_t, k->clusters);
	uint32_t *item, *users;

	for (int64_t i = 0; i < data->items; i++)
	{
		host_poll();
		for (int64_t c = 0; c < k->clusters; c++)
			start[c + 1] += k->item_users[i * k->clusters + c] > 0;
	}
	for (int64_t c = 0; c < k->clusters; c++)
	{
		start[c + 1] += start[c];
		next[c] = start[c];
	}
	item = host_array(uint32_t, start[k->clusters]);
	users = host_array(uint32_t, start[k->clusters]);
	for (int64_t i = 0; i < data->items; i++)
	{
		host_poll();
		for (int64_t c = 0; c < k->clusters; c++)
		{
			if (k->item_users[i * k->clusters + c] == 0)
				continue;
			item[next[c]] = (uint32_t) i;
			users[next[c]++] = k->item_users[i * k->clusters + c];
		}
	}
	model_write(writer, "item_start", SECTION_INT64, start, k->clusters + 1);
	model_write(writer, "item", SECTION_UINT32, item, start[k->clusters]);
	model_write(writer, "item_users", SECTION_UINT32, users, start[k->clusters]);
}

static void
clustering_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	int64_t k = option_integer(options, "k");
	double *inertia = host_array(double, 1);
	Kmeans result;

	if (k > data->users)
		host_fail(
			HOST_INVALID_PARAMETER,
			host_format("k is %lld, but there are only %lld users", (long long) k, (long long) data->users),
			NULL, "A cluster per user would copy the users; choose a k far below their number.");
	kmeans(data, k, option_integer(options, "starts"), option_integer(options, "rounds"), seed, &result);
	kmeans_merge_small(data, &result, option_integer(options, "min_cluster_size"));
	*inertia = result.inertia;
	model_write(writer, "inertia", SECTION_FLOAT64, inertia, 1);
	model_write(writer, "cluster_users", SECTION_INT64, result.users, result.clusters);
	write_items(data, &result, writer);
	lengths_fit(data, result.cluster, result.clusters, writer);
	writer->group = result.cluster;
	writer->groups = result.clusters;
}

/* A table over numbers that must all be positive. */
static AliasTable *
table_of(const uint32_t *small, const int64_t *large, int64_t count)
{
	double *weight = host_array(double, count);
	AliasTable *table;

	for (int64_t i = 0; i < count; i++)
	{
		weight[i] = small != NULL ? small[i] : (double) large[i];
		if (!(weight[i] > 0))
			value_malformed("model", "A cluster is empty.");
	}
	table = alias_new(weight, count);
	host_free(weight);
	return table;
}

static void *
clustering_open(const Model *model, int64_t *longest)
{
	Clustering *c = host_alloc_zero(sizeof(Clustering));
	int64_t clusters, starts, items, counts;
	const int64_t *size = model_section(model, "cluster_users", SECTION_INT64, &clusters);
	const uint32_t *users;

	c->item_start = model_section(model, "item_start", SECTION_INT64, &starts);
	c->item = model_section(model, "item", SECTION_UINT32, &items);
	users = model_section(model, "item_users", SECTION_UINT32, &counts);
	if (clusters < 1 || starts != clusters + 1 || counts != items || c->item_start[0] != 0 ||
	    c->item_start[clusters] != items)
		value_malformed("model", "Its clusters do not fit together.");
	for (int64_t i = 0; i < items; i++)
	{
		if (c->item[i] >= model->header->items)
			value_malformed("model", "A cluster has an item that is not in the catalogue.");
	}
	c->sizes = table_of(NULL, size, clusters);
	c->lengths = lengths_open(model, clusters, longest);
	c->items = host_array(AliasTable *, clusters);
	for (int64_t n = 0; n < clusters; n++)
	{
		int64_t count;

		if (c->item_start[n] < 0 || c->item_start[n] >= c->item_start[n + 1] || c->item_start[n + 1] > items)
			value_malformed("model", "Its clusters do not fit together.");
		count = c->item_start[n + 1] - c->item_start[n];
		if (c->lengths[n].longest > count)
			value_malformed("model", "A cluster has longer histories than it has items.");
		for (int64_t i = c->item_start[n] + 1; i < c->item_start[n + 1]; i++)
		{
			if (c->item[i] <= c->item[i - 1])
				value_malformed("model", "The items of a cluster do not ascend.");
		}
		c->items[n] = table_of(users + c->item_start[n], NULL, count);
		if (count > c->most_items)
			c->most_items = count;
	}
	return c;
}

static void *
clustering_scratch(const void *sampler)
{
	return draw_scratch_new(((const Clustering *) sampler)->most_items);
}

static void
clustering_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
                    HistoryBatch *batch)
{
	const Clustering *c = sampler;

	batch->start[0] = 0;
	for (int64_t n = 0; n < users; n++)
	{
		Random random;
		uint32_t cluster;
		uint32_t *item = batch->item + batch->start[n];
		int64_t count;

		random_open(&random, seed, RANDOM_GENERATE, (uint64_t) (first + n));
		cluster = alias_draw(c->sizes, &random);
		batch->group[n] = cluster;
		count = alias_draw_distinct(c->items[cluster], &random, scratch,
		                            lengths_draw(&c->lengths[cluster], &random), item);
		for (int64_t i = 0; i < count; i++)
			item[i] = c->item[c->item_start[cluster] + item[i]];
		batch->start[n + 1] = batch->start[n] + count;
	}
}

/* Inertia and the clusters' sizes. */
static char *
clustering_details(const Model *model)
{
	int64_t clusters, ones;
	const int64_t *size = model_section(model, "cluster_users", SECTION_INT64, &clusters);
	const double *inertia = model_section(model, "inertia", SECTION_FLOAT64, &ones);
	char *text;
	int64_t room;
	int64_t used;

	if (ones != 1)
		value_malformed("model", "It has no inertia.");
	/* a size has at most 20 characters, a comma and a blank */
	room = 128 + clusters * 22;
	text = host_array(char, room);
	used = snprintf(text, (size_t) room, "\"inertia\": %.10g, \"clusters\": %lld, \"cluster_sizes\": [",
	                *inertia, (long long) clusters);
	for (int64_t n = 0; n < clusters; n++)
		used +=
			snprintf(text + used, (size_t) (room - used), "%s%lld", n == 0 ? "" : ", ", (long long) size[n]);
	snprintf(text + used, (size_t) (room - used), "]");
	return text;
}

const Generator clustering_generator = {
	.method = "clustering",
	.discloses =
		"The size of each cluster of users and, per cluster, how many of its users have each item "
		"and histories of each length (the tail shared by fewer than 5 users is cut). An item that one user "
		"of a cluster has is there.",
	.options = clustering_options,
	.block = 64,
	.fit = clustering_fit,
	.open = clustering_open,
	.scratch = clustering_scratch,
	.generate = clustering_generate,
	.details = clustering_details};
