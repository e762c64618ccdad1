/*
 * bigrams.c
 *	  The generator that knows which items go together, two at a time.
 *
 * After Noble et al. (EvalRS 2023), with P(next is j | last was i) = C_ij / sum
 * over j of C_ij, where C_ij users have both (the paper's "history contains j
 * given that it contains i" does not sum to 1).  The first item is drawn by
 * popularity, each further one given the last, without repetition; a user for
 * whom no pair is left goes on by popularity.
 */
#include "generators/generator.h"
#include "generators/lengths.h"
#include "generators/pair_counts.h"
#include "generators/popularity.h"
#include "host.h"
#include "math/sampling.h"

/* Draws from a row that may hit an item already used, before it is gone through. */
#define TRIES 16

typedef struct Bigrams
{
	AliasTable *popularity;
	Lengths *lengths;
	const int64_t *start; /* items + 1: the rows of C */
	const uint32_t *item; /* j, ascending within a row */
	int64_t *sum;         /* C_ij added up along the row, up to here */
	const double *mixing; /* share of steps by popularity */
	int64_t items;
} Bigrams;

static const OptionSpec bigrams_options[] = {
	{"min_pair_count", OPTION_INTEGER, 2, 1, 1000000000, NULL},
	{"mixing", OPTION_NUMBER, 0, 0, 1, NULL},
	{.name = NULL},
};

static void
bigrams_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	int64_t least = option_integer(options, "min_pair_count");
	double *mixing = host_array(double, 1);
	PairCounts counts;
	int64_t pairs;

	(void) seed;
	*mixing = option_number(options, "mixing");
	host_reserve(pair_counts_bytes(data), "bigrams");
	pair_counts_begin(data, least, NULL, &counts);
	pairs = counts.start[data->items];
	if (pairs * 8 > VALUE_MAX_BYTES)
		host_fail(HOST_TOO_LARGE,
		          host_format("%lld pairs of items are too many for a model", (long long) pairs), NULL,
		          "Raise min_pair_count, or drop rare items with filter_histories().");
	host_reserve(pair_counts_bytes(data) + pairs * 16, "bigrams");
	pair_counts_fill(data, least, NULL, &counts);

	popularity_fit(data, writer);
	lengths_fit(data, NULL, 1, writer);
	model_write(writer, "mixing", SECTION_FLOAT64, mixing, 1);
	model_write(writer, "pair_start", SECTION_INT64, counts.start, data->items + 1);
	model_write(writer, "pair_item", SECTION_UINT32, counts.item, pairs);
	model_write(writer, "pair_users", SECTION_UINT32, counts.users, pairs);
}

static void *
bigrams_open(const Model *model, int64_t *longest)
{
	Bigrams *b = host_alloc(sizeof(Bigrams));
	int64_t starts, pairs, counts, ones;
	const uint32_t *users;

	b->items = model->header->items;
	b->popularity = popularity_open(model);
	b->lengths = lengths_open(model, 1, longest);
	b->mixing = model_section(model, "mixing", SECTION_FLOAT64, &ones);
	b->start = model_section(model, "pair_start", SECTION_INT64, &starts);
	b->item = model_section(model, "pair_item", SECTION_UINT32, &pairs);
	users = model_section(model, "pair_users", SECTION_UINT32, &counts);
	if (ones != 1 || !(*b->mixing >= 0 && *b->mixing <= 1) || starts != b->items + 1 || counts != pairs ||
	    b->start[0] != 0 || b->start[b->items] != pairs)
		value_malformed("model", "Its pairs do not fit together.");
	host_reserve(pairs * 8, "bigrams");
	b->sum = host_array(int64_t, pairs);
	for (int64_t i = 0; i < b->items; i++)
	{
		int64_t sum = 0;

		if (b->start[i] > b->start[i + 1] || b->start[i + 1] > pairs)
			value_malformed("model", "Its pairs do not fit together.");
		for (int64_t p = b->start[i]; p < b->start[i + 1]; p++)
		{
			if (b->item[p] >= b->items || users[p] == 0)
				value_malformed("model", "A pair has an item that is not in the catalogue.");
			sum += users[p];
			b->sum[p] = sum;
		}
	}
	return b;
}

static void *
bigrams_scratch(const void *sampler)
{
	return draw_scratch_new(((const Bigrams *) sampler)->items);
}

/*
 * An item that the user does not have yet, drawn from row i; -1 when the row
 * has none.  Rejection is exact; when it does not get there, the row's free
 * part is added up.
 */
static int64_t
draw_from_row(const Bigrams *b, int64_t i, const DrawScratch *used, Random *random)
{
	int64_t free_sum = 0, at;

	if (b->start[i] == b->start[i + 1])
		return -1;
	for (int t = 0; t < TRIES; t++)
	{
		int64_t p = find_in_sums(b->sum, b->start[i], b->start[i + 1] - 1,
		                         (int64_t) random_below(random, (uint64_t) b->sum[b->start[i + 1] - 1]));

		if (used->stamp[b->item[p]] != used->set)
			return b->item[p];
	}
	for (int64_t p = b->start[i]; p < b->start[i + 1]; p++)
	{
		if (used->stamp[b->item[p]] != used->set)
			free_sum += b->sum[p] - (p == b->start[i] ? 0 : b->sum[p - 1]);
	}
	if (free_sum == 0)
		return -1;
	at = (int64_t) random_below(random, (uint64_t) free_sum);
	for (int64_t p = b->start[i];; p++)
	{
		if (used->stamp[b->item[p]] == used->set)
			continue;
		at -= b->sum[p] - (p == b->start[i] ? 0 : b->sum[p - 1]);
		if (at < 0)
			return b->item[p];
	}
}

static void
bigrams_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
                 HistoryBatch *batch)
{
	const Bigrams *b = sampler;
	DrawScratch *used = scratch;

	batch->start[0] = 0;
	for (int64_t n = 0; n < users; n++)
	{
		Random random;
		uint32_t *item = batch->item + batch->start[n];
		int64_t length, count = 0;

		random_open(&random, seed, RANDOM_GENERATE, (uint64_t) (first + n));
		length = lengths_draw(b->lengths, &random);
		draw_scratch_next(used, b->items);
		while (count < length)
		{
			int64_t next = -1;

			if (count > 0 && !(*b->mixing > 0 && random_uniform(&random) < *b->mixing))
				next = draw_from_row(b, item[count - 1], used, &random);
			if (next < 0)
				next = alias_draw_unused(b->popularity, &random, used);
			used->stamp[next] = used->set;
			item[count++] = (uint32_t) next;
		}
		batch->start[n + 1] = batch->start[n] + count;
	}
}

/* How many pairs the model knows. */
static char *
bigrams_details(const Model *model)
{
	int64_t pairs;

	model_section(model, "pair_item", SECTION_UINT32, &pairs);
	return host_format("\"pairs\": %lld", (long long) pairs / 2);
}

const Generator bigrams_generator = {
	.method = "bigrams",
	.discloses =
		"How many users have both of two items, for all pairs that at least min_pair_count users "
		"have, the number of users of each item, and how many users have histories of each length (the tail "
		"shared by fewer than 5 users is cut).",
	.options = bigrams_options,
	.block = 64,
	.fit = bigrams_fit,
	.open = bigrams_open,
	.scratch = bigrams_scratch,
	.generate = bigrams_generate,
	.details = bigrams_details};
