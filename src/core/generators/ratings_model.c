/*
 * ratings_model.c
 *	  Histograms of ratings, per group and item, per item, and of all.
 *
 * A node is a histogram of an item: of all users (group 0), or of a group.  The
 * nodes of an item lie side by side, ascending by group, so one is found by
 * halving.  A node has entries for cells that at least RATING_MIN_COUNT of its users
 * share, and the number of the others, the rest.
 */
#include "generators/ratings_model.h"

#include "generators/rating_cells.h"
#include "host.h"
#include "math/sampling.h"

#include <string.h>

/* So many more draws of a node go to the histogram behind it. */
#define SMOOTHING 2

/* What is drawn behind a node is drawn again so often when it is none of the rest. */
#define MOST_TRIES 20

struct RatingsModel
{
	RatingCells cells;
	const int64_t *sum;        /* per cell: ratings in it and those below */
	const int64_t *node_start; /* items + 1 */
	const uint32_t *group;     /* per node: 0 for all users, else the group's number from 1 */
	const uint32_t *rest;
	uint64_t *total;            /* per node: users of the entries, the rest, and SMOOTHING */
	const int64_t *entry_start; /* nodes + 1 */
	const uint32_t *entry_cell;
	const uint32_t *entry_users;
	int64_t nodes;
	int64_t entries;
};

/* The sections as they grow. */
typedef struct Nodes
{
	int64_t count;
	int64_t room;
	uint32_t *group;
	uint32_t *rest;
	int64_t *entry_start;
	int64_t entries;
	int64_t entry_room;
	uint32_t *cell;
	uint32_t *users;
} Nodes;

/* Users of one item by cell, of one group or of all. */
typedef struct Counts
{
	int64_t *last_user; /* per cell: the last one counted, or -1 */
	uint32_t *users;    /* per cell */
} Counts;

static void
add_entry(Nodes *nodes, int64_t cell, uint32_t users)
{
	if (nodes->entries == nodes->entry_room)
	{
		nodes->entry_room *= 2;
		host_reserve(nodes->entry_room * 8 + nodes->room * 16, "ratings of items");
		nodes->cell = host_array_resize(uint32_t, nodes->cell, nodes->entry_room);
		nodes->users = host_array_resize(uint32_t, nodes->users, nodes->entry_room);
	}
	nodes->cell[nodes->entries] = (uint32_t) cell;
	nodes->users[nodes->entries++] = users;
}

/* Adds the node of the counts, unless no cell has enough users, and clears them. */
static void
add_node(Nodes *nodes, uint32_t group, int64_t cells, Counts *counts)
{
	int64_t before = nodes->entries;
	uint32_t rest = 0;

	for (int64_t c = 0; c < cells; c++)
	{
		if (counts->users[c] >= RATING_MIN_COUNT)
			add_entry(nodes, c, counts->users[c]);
		else
			rest += counts->users[c];
		counts->users[c] = 0;
		counts->last_user[c] = -1;
	}
	if (nodes->entries == before)
		return;
	if (nodes->count + 1 == nodes->room)
	{
		nodes->room *= 2;
		host_reserve(nodes->entry_room * 8 + nodes->room * 16, "ratings of items");
		nodes->group = host_array_resize(uint32_t, nodes->group, nodes->room);
		nodes->rest = host_array_resize(uint32_t, nodes->rest, nodes->room);
		nodes->entry_start = host_array_resize(int64_t, nodes->entry_start, nodes->room);
	}
	nodes->group[nodes->count] = group;
	nodes->rest[nodes->count++] = rest;
	nodes->entry_start[nodes->count] = nodes->entries;
}

static void
count_user(Counts *counts, int64_t cell, int64_t user)
{
	counts->users[cell] += counts->last_user[cell] != user;
	counts->last_user[cell] = user;
}

static Counts
new_counts(int64_t cells)
{
	Counts counts = {host_array(int64_t, cells), host_array_zero(uint32_t, cells)};

	for (int64_t c = 0; c < cells; c++)
		counts.last_user[c] = -1;
	return counts;
}

static Nodes
new_nodes(void)
{
	Nodes nodes = {.room = 1024, .entry_room = 4096};

	nodes.group = host_array(uint32_t, nodes.room);
	nodes.rest = host_array(uint32_t, nodes.room);
	nodes.entry_start = host_array_zero(int64_t, nodes.room);
	nodes.cell = host_array(uint32_t, nodes.entry_room);
	nodes.users = host_array(uint32_t, nodes.entry_room);
	return nodes;
}

/* One item's ratings, by group: places in the inverted list, sorted by counting. */
typedef struct ByGroup
{
	int64_t *start; /* groups + 1 */
	int64_t *place;
} ByGroup;

static void
sort_by_group(ByGroup *by, const uint32_t *user, int64_t begin, int64_t end, const uint32_t *group,
              int64_t groups)
{
	memset(by->start, 0, (size_t) (groups + 1) * sizeof(int64_t));
	for (int64_t p = begin; p < end; p++)
		by->start[group[user[p]] + 1]++;
	for (int64_t g = 0; g < groups; g++)
		by->start[g + 1] += by->start[g];
	for (int64_t p = end - 1; p >= begin; p--)
		by->place[--by->start[group[user[p]] + 1]] = p;
	/* each start has moved to where its group begins: shift them back by one */
	memmove(by->start, by->start + 1, (size_t) groups * sizeof(int64_t));
	by->start[groups] = end - begin;
}

static int64_t
longest_list(const int64_t *start, int64_t items)
{
	int64_t longest = 0;

	for (int64_t i = 0; i < items; i++)
		longest = start[i + 1] - start[i] > longest ? start[i + 1] - start[i] : longest;
	return longest;
}

/* Nodes of every item, and the number of ratings per cell in "whole". */
static Nodes
count_nodes(const Histories *data, const RatingCells *cells, const uint32_t *group, int64_t groups,
            int64_t *node_start, int64_t *whole)
{
	Nodes nodes = new_nodes();
	Counts counts = new_counts(cells->count);
	ByGroup by = {0};
	int64_t *start;
	uint32_t *user;
	double *rating;

	histories_invert_rated(data, &start, &user, &rating);
	if (group != NULL)
	{
		by.start = host_array(int64_t, groups + 1);
		by.place = host_array(int64_t, longest_list(start, data->items));
	}
	for (int64_t i = 0; i < data->items; i++)
	{
		host_poll();
		node_start[i] = nodes.count;
		for (int64_t p = start[i]; p < start[i + 1]; p++)
		{
			int64_t cell = rating_cell_of(cells, rating[p]);

			whole[cell]++;
			count_user(&counts, cell, user[p]);
		}
		add_node(&nodes, 0, cells->count, &counts);
		/* a group can only have enough users where all have */
		if (group == NULL || nodes.count == node_start[i])
			continue;
		sort_by_group(&by, user, start[i], start[i + 1], group, groups);
		for (int64_t g = 0; g < groups; g++)
		{
			if (by.start[g + 1] - by.start[g] < RATING_MIN_COUNT)
				continue;
			for (int64_t n = by.start[g]; n < by.start[g + 1]; n++)
				count_user(&counts, rating_cell_of(cells, rating[by.place[n]]), user[by.place[n]]);
			add_node(&nodes, (uint32_t) g + 1, cells->count, &counts);
		}
	}
	node_start[data->items] = nodes.count;
	host_free(start);
	host_free(user);
	host_free(rating);
	return nodes;
}

void
ratings_model_fit(const Histories *data, const uint32_t *group, int64_t groups, ModelWriter *writer)
{
	RatingCells cells;
	int64_t *node_start, *whole;
	double *step;
	Nodes nodes;

	host_progress("ratings", 0, data->interactions);
	host_reserve(data->interactions * 12 + data->items * 24, "ratings of items");
	cells = rating_cells_find(data);
	if (cells.count == 0)
		return;
	node_start = host_array(int64_t, data->items + 1);
	whole = host_array_zero(int64_t, cells.count);
	step = host_array(double, 1);
	*step = cells.step;
	nodes = count_nodes(data, &cells, group, groups, node_start, whole);
	for (int64_t c = 1; c < cells.count; c++)
		whole[c] += whole[c - 1];
	model_write(writer, "rating_low", SECTION_FLOAT64, cells.low, cells.count);
	model_write(writer, "rating_high", SECTION_FLOAT64, cells.high, cells.count);
	model_write(writer, "rating_step", SECTION_FLOAT64, step, 1);
	model_write(writer, "rating_sum", SECTION_INT64, whole, cells.count);
	model_write(writer, "rating_node_start", SECTION_INT64, node_start, data->items + 1);
	model_write(writer, "rating_node_group", SECTION_UINT32, nodes.group, nodes.count);
	model_write(writer, "rating_node_rest", SECTION_UINT32, nodes.rest, nodes.count);
	model_write(writer, "rating_entry_start", SECTION_INT64, nodes.entry_start, nodes.count + 1);
	model_write(writer, "rating_entry_cell", SECTION_UINT32, nodes.cell, nodes.entries);
	model_write(writer, "rating_entry_users", SECTION_UINT32, nodes.users, nodes.entries);
}

static void
require(bool ok, const char *detail)
{
	if (!ok)
		value_malformed("model", detail);
}

/* Leaves unless the nodes lie within the sections and are what a fit makes. */
static void
check_nodes(const RatingsModel *r, int64_t items)
{
	static const char *const detail = "Its ratings of items do not fit together.";

	require(r->node_start[0] == 0 && r->node_start[items] == r->nodes && r->entry_start[0] == 0 &&
	            r->entry_start[r->nodes] == r->entries,
	        detail);
	for (int64_t i = 0; i < items; i++)
	{
		require(r->node_start[i] >= 0 && r->node_start[i] <= r->node_start[i + 1] &&
		            r->node_start[i + 1] <= r->nodes,
		        detail);
		for (int64_t n = r->node_start[i] + 1; n < r->node_start[i + 1]; n++)
			require(r->group[n] > r->group[n - 1], detail);
	}
	for (int64_t n = 0; n < r->nodes; n++)
		require(r->entry_start[n] >= 0 && r->entry_start[n] < r->entry_start[n + 1] &&
		            r->entry_start[n + 1] <= r->entries,
		        detail);
	for (int64_t e = 0; e < r->entries; e++)
		require(r->entry_cell[e] < r->cells.count && r->entry_users[e] > 0, detail);
}

static uint64_t *
node_totals(const RatingsModel *r)
{
	uint64_t *total = host_array(uint64_t, r->nodes);

	for (int64_t n = 0; n < r->nodes; n++)
	{
		total[n] = (uint64_t) r->rest[n] + SMOOTHING;
		for (int64_t e = r->entry_start[n]; e < r->entry_start[n + 1]; e++)
			total[n] += r->entry_users[e];
	}
	return total;
}

RatingsModel *
ratings_model_open(const Model *model)
{
	RatingsModel *r;
	int64_t highs, steps, sums, starts, groups, rests, entry_starts, users;
	const double *step;

	if (!model_has_section(model, "rating_low"))
		return NULL;
	r = host_alloc_zero(sizeof(RatingsModel));
	r->cells.low = model_section(model, "rating_low", SECTION_FLOAT64, &r->cells.count);
	r->cells.high = model_section(model, "rating_high", SECTION_FLOAT64, &highs);
	step = model_section(model, "rating_step", SECTION_FLOAT64, &steps);
	r->sum = model_section(model, "rating_sum", SECTION_INT64, &sums);
	r->node_start = model_section(model, "rating_node_start", SECTION_INT64, &starts);
	r->group = model_section(model, "rating_node_group", SECTION_UINT32, &groups);
	r->rest = model_section(model, "rating_node_rest", SECTION_UINT32, &rests);
	r->entry_start = model_section(model, "rating_entry_start", SECTION_INT64, &entry_starts);
	r->entry_cell = model_section(model, "rating_entry_cell", SECTION_UINT32, &r->entries);
	r->entry_users = model_section(model, "rating_entry_users", SECTION_UINT32, &users);
	r->nodes = groups;
	require(steps == 1 && highs == r->cells.count && sums == r->cells.count &&
	            starts == model->header->items + 1 && rests == groups && entry_starts == groups + 1 &&
	            users == r->entries,
	        "Its ratings do not fit together.");
	r->cells.step = *step;
	require(rating_cells_valid(&r->cells), "Its ratings are not in order.");
	for (int64_t c = 0; c < sums; c++)
		require(r->sum[c] >= (c > 0 ? r->sum[c - 1] : 0), "Its ratings are not a histogram.");
	require(r->sum[sums - 1] > 0, "Its ratings are not a histogram.");
	check_nodes(r, model->header->items);
	r->total = node_totals(r);
	return r;
}

/* The node of an item and a group, or -1. */
static int64_t
find_node(const RatingsModel *r, uint32_t item, uint32_t group)
{
	int64_t low = r->node_start[item], high = r->node_start[item + 1];

	while (low < high)
	{
		int64_t middle = (low + high) / 2;

		if (r->group[middle] == group)
			return middle;
		if (r->group[middle] < group)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

/* Where a rating is to come from when it is not one of a node's cells. */
#define ANY_BEHIND (-1)    /* of the histogram behind: smoothing */
#define OTHERS_BEHIND (-2) /* the same, but for the node's own cells: the rest */

/* A cell from a node, or one of the above. */
static int64_t
draw_from_node(const RatingsModel *r, int64_t node, Random *random)
{
	uint64_t drawn = random_below(random, r->total[node]);

	for (int64_t e = r->entry_start[node]; e < r->entry_start[node + 1]; e++)
	{
		if (drawn < r->entry_users[e])
			return r->entry_cell[e];
		drawn -= r->entry_users[e];
	}
	return drawn < r->rest[node] ? OTHERS_BEHIND : ANY_BEHIND;
}

static bool
has_cell(const RatingsModel *r, int64_t node, int64_t cell)
{
	for (int64_t e = r->entry_start[node]; e < r->entry_start[node + 1]; e++)
	{
		if (r->entry_cell[e] == cell)
			return true;
	}
	return false;
}

static int64_t
draw_from_all(const RatingsModel *r, Random *random)
{
	int64_t drawn = (int64_t) random_below(random, (uint64_t) r->sum[r->cells.count - 1]);

	return find_in_sums(r->sum, 0, r->cells.count - 1, drawn);
}

/* A cell from the first of some nodes, each of which has the next one behind it, and the last all ratings. */
static int64_t
draw_cell(const RatingsModel *r, const int64_t *node, int nodes, Random *random)
{
	int64_t cell, drawn;

	if (nodes == 0)
		return draw_from_all(r, random);
	drawn = draw_from_node(r, node[0], random);
	if (drawn >= 0)
		return drawn;
	cell = draw_cell(r, node + 1, nodes - 1, random);
	for (int i = 0; drawn == OTHERS_BEHIND && i < MOST_TRIES && has_cell(r, node[0], cell); i++)
		cell = draw_cell(r, node + 1, nodes - 1, random);
	return cell;
}

double
ratings_model_draw(const RatingsModel *r, Random *random, uint32_t group, uint32_t item)
{
	int64_t node[2];
	int nodes = 0;

	if (r->node_start[item] < r->node_start[item + 1])
	{
		node[0] = group < UINT32_MAX ? find_node(r, item, group + 1) : -1;
		nodes = node[0] >= 0;
		node[nodes] = find_node(r, item, 0);
		nodes += node[nodes] >= 0;
	}
	return rating_cell_draw(&r->cells, draw_cell(r, node, nodes, random), random);
}

char *
ratings_model_details(const Model *model)
{
	RatingsModel *r = ratings_model_open(model);
	int64_t items = 0, of_groups = 0;

	if (r == NULL)
		return NULL;
	for (int64_t n = 0; n < r->nodes; n++)
		items += r->group[n] == 0;
	of_groups = r->nodes - items;
	return host_format("{\"cells\": %lld, \"least\": %.10g, \"most\": %.10g, \"ranges\": %s, "
	                   "\"items\": %lld, \"items_of_groups\": %lld}",
	                   (long long) r->cells.count, r->cells.low[0], r->cells.high[r->cells.count - 1],
	                   r->cells.low[0] < r->cells.high[0] ? "true" : "false", (long long) items,
	                   (long long) of_groups);
}
