/*
 * fractal.c
 *	  Fractal expansion: the data is repeated in blocks, each with its users
 *	  shuffled anew and thinned at a rate of its own.
 *
 * After Belletti et al. (2019), a randomised Kronecker product: the expansion
 * has user_blocks x item_blocks blocks (fractal_rates.h says how much of the
 * data each keeps), and in block (p, q) user x has what remains of the history
 * of a user of the data.  Three modes:
 *
 *	expand	 as published: a new catalogue of item_blocks times as many items,
 *			 each block with its items shuffled, too.  For tests of scale.
 *	fold	 item j of every block is item j of the data; a user's blocks are
 *			 united and cut to a length of the data.  The items of several
 *			 people are mixed in one synthetic user.
 *	thin	 one block of items: a synthetic user is a part of one real user.
 *
 * Nothing is stored per block: a user's place, an item's place and whether an
 * interaction is kept come from permutations that are computed
 * (permutation.h), so any user can be made alone, and a block still has
 * exactly floor(interactions x rate) of them (at least one).  After user_blocks x users the
 * rates begin again, with other permutations.
 */
#include "generators/fractal_rates.h"
#include "generators/generator.h"
#include "generators/lengths.h"
#include "host.h"
#include "math/permutation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef enum FractalMode
{
	FRACTAL_FOLD,
	FRACTAL_THIN,
	FRACTAL_EXPAND
} FractalMode;

static const char *const mode_names[] = {"fold", "thin", "expand", NULL};

#define MOST_BLOCKS 10000

static const OptionSpec fractal_options[] = {
	{"mode", OPTION_CHOICE, FRACTAL_FOLD, 0, 0, mode_names},
	{"user_blocks", OPTION_INTEGER, 16, 1, MOST_BLOCKS, NULL},
	{"item_blocks", OPTION_INTEGER, 0, 0, MOST_BLOCKS, NULL}, /* 0: as the mode needs */
	{.name = NULL},
};

#define EXPAND_ITEM_BLOCKS 32

/* Item blocks that a fold tries, to reach this share of the mean length. */
static const int64_t fold_blocks[] = {2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};
#define FOLD_TRIALS ((int) (sizeof(fold_blocks) / sizeof(fold_blocks[0])))
#define FOLD_LENGTH 0.98
#define FOLD_USERS 1000

/* The expansion that users are drawn from; the arrays belong to the data or to a model. */
typedef struct Fractal
{
	FractalMode mode;
	int64_t user_blocks;
	int64_t item_blocks;
	int64_t users; /* of the data */
	int64_t items;
	int64_t interactions;
	const int64_t *start; /* users + 1 */
	const uint32_t *item; /* interactions */
	const double *rate;   /* user_blocks x item_blocks */
	Lengths *lengths;     /* of a fold */
	int64_t longest;      /* history of the data */
	int64_t most_items;   /* of a user before she is cut */
} Fractal;

/* One block, as far as it does not depend on the user. */
typedef struct Block
{
	Permutation user;
	Permutation item;
	Permutation interaction;
	uint32_t kept; /* interactions, by their place after the permutation */
} Block;

/* What one thread writes to. */
typedef struct FractalScratch
{
	uint64_t seed;    /* the blocks below are for it */
	int64_t row;      /* and for this row of blocks; -1 before the first */
	Block *block;     /* item_blocks */
	uint32_t *stamp;  /* items: the user that last got the item */
	uint32_t set;     /* number of the current user */
	uint32_t *joined; /* most_items */
	uint32_t *place;  /* longest: where interactions go */
} FractalScratch;

static void *
fractal_scratch(const void *sampler)
{
	const Fractal *fractal = sampler;
	FractalScratch *scratch = host_alloc_zero(sizeof(FractalScratch));

	scratch->row = -1;
	scratch->block = host_array(Block, fractal->item_blocks);
	scratch->stamp = host_array_zero(uint32_t, fractal->items);
	scratch->joined = host_array(uint32_t, fractal->most_items);
	scratch->place = host_array(uint32_t, fractal->longest);
	return scratch;
}

/* Memory of one thread's scratch. */
static int64_t
scratch_bytes(const Fractal *fractal)
{
	return fractal->item_blocks * (int64_t) sizeof(Block) +
	       (fractal->items + fractal->most_items + fractal->longest) * 4;
}

/* Gets the scratch ready for a row of blocks. */
static void
enter_row(const Fractal *fractal, FractalScratch *scratch, uint64_t seed, int64_t row)
{
	if (scratch->row == row && scratch->seed == seed)
		return;
	scratch->row = row;
	scratch->seed = seed;
	for (int64_t q = 0; q < fractal->item_blocks; q++)
	{
		Block *block = &scratch->block[q];
		double rate = fractal->rate[row % fractal->user_blocks * fractal->item_blocks + q];
		Random random;

		random_open(&random, seed, RANDOM_FRACTAL_BLOCKS, (uint64_t) (row * fractal->item_blocks + q));
		permutation_open(&block->user, fractal->users, &random);
		permutation_open(&block->item, fractal->items, &random);
		permutation_open(&block->interaction, fractal->interactions, &random);
		block->kept = (uint32_t) fmax(1, floor((double) fractal->interactions * rate));
	}
}

/*
 * Writes what block q has for the user at place x of the row, and gives back
 * how many items that is.
 */
static int64_t
write_block(const Fractal *fractal, FractalScratch *scratch, int64_t q, uint32_t x, uint32_t *item)
{
	const Block *block = &scratch->block[q];
	uint32_t user = permutation_at(&block->user, x);
	int64_t first = fractal->start[user], length = fractal->start[user + 1] - first, count = 0;

	for (int64_t p = 0; p < length; p++)
		scratch->place[p] = (uint32_t) (first + p);
	permutation_apply(&block->interaction, scratch->place, length);
	for (int64_t p = 0; p < length; p++)
	{
		item[count] = fractal->item[first + p];
		count += scratch->place[p] < block->kept;
	}
	if (fractal->mode == FRACTAL_EXPAND)
	{
		permutation_apply(&block->item, item, count);
		for (int64_t i = 0; i < count; i++)
			item[i] += (uint32_t) (q * fractal->items);
	}
	return count;
}

/* Moves the items that the current user did not have yet to the front; gives back how many. */
static int64_t
keep_new(FractalScratch *scratch, uint32_t *item, int64_t count)
{
	int64_t kept = 0;

	for (int64_t i = 0; i < count; i++)
	{
		if (scratch->stamp[item[i]] == scratch->set)
			continue;
		scratch->stamp[item[i]] = scratch->set;
		item[kept++] = item[i];
	}
	return kept;
}

/* Unites the blocks of a user in scratch->joined and gives back how many items there are. */
static int64_t
join_blocks(const Fractal *fractal, FractalScratch *scratch, uint64_t seed, int64_t user)
{
	int64_t count = 0;

	enter_row(fractal, scratch, seed, (user - 1) / fractal->users);
	if (++scratch->set == 0)
	{
		memset(scratch->stamp, 0, (size_t) fractal->items * sizeof(uint32_t));
		scratch->set = 1;
	}
	for (int64_t q = 0; q < fractal->item_blocks; q++)
	{
		uint32_t *added = scratch->joined + count;
		int64_t more = write_block(fractal, scratch, q, (uint32_t) ((user - 1) % fractal->users), added);

		count += fractal->mode == FRACTAL_FOLD ? keep_new(scratch, added, more) : more;
	}
	return count;
}

/* Moves "wanted" of the items, each set of so many equally likely, to the front. */
static void
draw_some(uint32_t *item, int64_t count, int64_t wanted, Random *random)
{
	for (int64_t i = 0; i < wanted; i++)
	{
		int64_t other = i + (int64_t) random_below(random, (uint64_t) (count - i));
		uint32_t taken = item[other];

		item[other] = item[i];
		item[i] = taken;
	}
}

static void
fractal_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
                 HistoryBatch *batch)
{
	const Fractal *fractal = sampler;
	uint32_t *joined = ((FractalScratch *) scratch)->joined;

	batch->start[0] = 0;
	for (int64_t n = 0; n < users; n++)
	{
		/* blocks of users begin at multiples of their size, and there is no user 0 */
		int64_t count = first + n > 0 ? join_blocks(fractal, scratch, seed, first + n) : 0;

		if (fractal->mode == FRACTAL_FOLD && count > 0)
		{
			Random random;
			int64_t length;

			random_open(&random, seed, RANDOM_GENERATE, (uint64_t) (first + n));
			length = lengths_draw(fractal->lengths, &random);
			if (length < count)
			{
				draw_some(joined, count, length, &random);
				count = length;
			}
		}
		if (count > 0)
			memcpy(batch->item + batch->start[n], joined, (size_t) count * sizeof(uint32_t));
		batch->start[n + 1] = batch->start[n] + count;
	}
}

/* Sets the number of items that a user has before she is cut, and room for one more history. */
static void
set_most_items(Fractal *fractal)
{
	fractal->most_items = fractal->longest * fractal->item_blocks;
	if (fractal->mode == FRACTAL_FOLD && fractal->most_items > fractal->items)
		fractal->most_items = fractal->items;
	fractal->most_items += fractal->longest;
}

/*
 * The smallest number of item blocks with which users of a fold are as long as
 * those of the data, save 2 %, and its rates.
 */
static void
choose_fold(Fractal *fractal, const Histories *data, const SingularVectors *right, uint64_t seed)
{
	fractal->longest = histories_longest(data);
	for (int trial = 0; trial < FOLD_TRIALS; trial++)
	{
		FractalScratch *scratch;
		double *rate;
		void *scope;
		int64_t wanted = 0, reached = 0;

		fractal->item_blocks = fold_blocks[trial];
		rate = fractal_reduce(data, right, fractal->user_blocks, fractal->item_blocks, seed);
		fractal_rates(rate, fractal->user_blocks * fractal->item_blocks);
		fractal->rate = rate;
		set_most_items(fractal);
		scope = host_open_scope();
		scratch = fractal_scratch(fractal);
		for (int64_t n = 0; n < FOLD_USERS; n++)
		{
			/* as many users of each row of blocks, one row after the other */
			int64_t user = n * fractal->user_blocks / FOLD_USERS * data->users + n % data->users + 1;
			int64_t length = histories_length(data, n * data->users / FOLD_USERS);
			int64_t count = join_blocks(fractal, scratch, seed, user);

			host_poll();
			wanted += length;
			reached += count < length ? count : length;
		}
		host_close_scope(scope);
		if ((double) reached >= FOLD_LENGTH * (double) wanted || trial == FOLD_TRIALS - 1)
			break;
		host_free(rate);
	}
}

/* How many item blocks there are: as asked for, or as the mode needs; 0 when that is to be tried. */
static int64_t
item_blocks_of(FractalMode mode, int64_t wanted)
{
	if (mode == FRACTAL_THIN && wanted > 1)
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("item_blocks must be 1 in mode \"thin\", not %lld", (long long) wanted), NULL,
		          "Mode \"fold\" unites the blocks of several users.");
	if (wanted > 0)
		return wanted;
	return mode == FRACTAL_FOLD ? 0 : mode == FRACTAL_THIN ? 1 : EXPAND_ITEM_BLOCKS;
}

/* Leaves because the catalogue would be too large. */
static _Noreturn void
catalogue_overflow(char *detail)
{
	host_fail(HOST_TOO_LARGE, "the expanded catalogue is too large", detail,
	          "Choose a smaller item_blocks, or drop rare items with filter_histories().");
}

/*
 * Keys of a catalogue of several blocks.  Integers: key + (q + 1) x stride, which lies
 * above every key of the data; texts: "expanded-q-key", with q of equal length.
 */
static Keys
expanded_keys(const Keys *keys, int64_t blocks)
{
	Keys expanded = {.text = keys->text, .count = keys->count * blocks};

	if (keys->text)
	{
		int digits = snprintf(NULL, 0, "%lld", (long long) blocks);
		int64_t prefix = (int64_t) strlen("expanded--") + digits;
		int64_t *start = host_array(int64_t, expanded.count + 1);
		char *bytes = host_alloc(
			host_array_bytes(blocks, (size_t) (keys->start[keys->count] + prefix * keys->count + 1)));
		int64_t at = 0, n = 0;

		for (int64_t q = 1; q <= blocks; q++)
		{
			for (int64_t i = 0; i < keys->count; i++)
			{
				Key key = keys_get(keys, i);

				start[n++] = at;
				at += sprintf(bytes + at, "expanded-%0*lld-", digits, (long long) q);
				memcpy(bytes + at, key.bytes, (size_t) key.length);
				at += key.length;
			}
			host_poll();
		}
		start[n] = at;
		expanded.start = start;
		expanded.bytes = bytes;
	}
	else
	{
		int64_t first = keys->integer[0], last = keys->integer[keys->count - 1];
		int64_t *integer = host_array(int64_t, expanded.count);
		int64_t stride, greatest;

		if (__builtin_sub_overflow(last, first, &stride) || __builtin_add_overflow(stride, 1, &stride) ||
		    __builtin_mul_overflow(stride, blocks, &greatest) ||
		    __builtin_add_overflow(greatest, last, &greatest))
			catalogue_overflow(
				host_format("Integer keys from %lld to %lld leave no room for %lld times as many.",
			                (long long) first, (long long) last, (long long) blocks));
		for (int64_t q = 0; q < blocks; q++)
		{
			for (int64_t i = 0; i < keys->count; i++)
				integer[q * keys->count + i] = keys->integer[i] + (q + 1) * stride;
			host_poll();
		}
		expanded.integer = integer;
	}
	return expanded;
}

/* Puts the catalogue of an expansion in the place of the data's. */
static void
expand_catalogue(const Histories *data, int64_t blocks, ModelWriter *writer)
{
	/* neither product can overflow: both factors are below 2^32 */
	int64_t items = data->items * blocks;
	int64_t bytes = items * 8;

	if (items > (int64_t) UINT32_MAX)
		catalogue_overflow(host_format("It would have %lld items, %lld times %lld; the limit is %lld.",
		                               (long long) items, (long long) blocks, (long long) data->items,
		                               (long long) UINT32_MAX));
	if (data->item_keys.text)
		bytes += blocks * (data->item_keys.start[data->items] + 20 * data->items);
	if (bytes > VALUE_MAX_BYTES)
		catalogue_overflow(host_format("Its keys would take %lld MB; the limit of a value is %lld MB.",
		                               (long long) (bytes >> 20), (long long) (VALUE_MAX_BYTES >> 20)));
	host_reserve(bytes * 2, "fractal_expansion");
	writer->item_keys = expanded_keys(&data->item_keys, blocks);
	writer->header.items = items;
}

static void
fractal_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	Fractal fractal = {.mode = (FractalMode) option_integer(options, "mode"),
	                   .user_blocks = option_integer(options, "user_blocks"),
	                   .users = data->users,
	                   .items = data->items,
	                   .interactions = data->interactions,
	                   .start = data->start,
	                   .item = data->item};
	int64_t item_blocks = item_blocks_of(fractal.mode, option_integer(options, "item_blocks"));
	int64_t most_blocks = item_blocks > 0 ? item_blocks : fold_blocks[FOLD_TRIALS - 1];
	int64_t vectors = fractal.user_blocks < most_blocks ? fractal.user_blocks : most_blocks;
	int64_t *shape = host_array(int64_t, 4);
	int64_t needed;
	SingularVectors right;

	/* refuses what is too large before any work is done */
	if (fractal.mode == FRACTAL_EXPAND)
		expand_catalogue(data, item_blocks, writer);
	if (vectors > FRACTAL_MOST_VECTORS)
		vectors = FRACTAL_MOST_VECTORS;
	needed = singular_bytes(data->users, data->items, data->interactions, vectors) +
	         fractal.user_blocks * most_blocks * 8 + (fractal.user_blocks + most_blocks) * vectors * 8;
	/* the model is made when the vectors are done with */
	host_reserve(needed > data->bytes ? needed : data->bytes, "fractal_expansion");
	singular_vectors(data, vectors, 1e-6, seed, &right);
	if (item_blocks == 0)
		choose_fold(&fractal, data, &right, seed);
	else
	{
		double *rate = fractal_reduce(data, &right, fractal.user_blocks, item_blocks, seed);

		fractal_rates(rate, fractal.user_blocks * item_blocks);
		fractal.rate = rate;
		fractal.item_blocks = item_blocks;
	}
	shape[0] = fractal.mode;
	shape[1] = fractal.user_blocks;
	shape[2] = fractal.item_blocks;
	shape[3] = data->items;
	writer->header.value.flags |= MODEL_CONTAINS_HISTORIES;
	model_write(writer, "shape", SECTION_INT64, shape, 4);
	model_write(writer, "rate", SECTION_FLOAT64, fractal.rate, fractal.user_blocks * fractal.item_blocks);
	model_write(writer, "history_start", SECTION_INT64, data->start, data->users + 1);
	model_write(writer, "history_item", SECTION_UINT32, data->item, data->interactions);
	lengths_fit(data, NULL, 1, writer);
}

/* Leaves unless the histories are ones; sets the length of the longest. */
static void
check_histories(Fractal *fractal)
{
	if (fractal->start[0] != 0 || fractal->start[fractal->users] != fractal->interactions)
		value_malformed("model", "Its histories do not fit together.");
	for (int64_t u = 0; u < fractal->users; u++)
	{
		int64_t length = fractal->start[u + 1] - fractal->start[u];

		if (length < 1 || fractal->start[u] < 0 || fractal->start[u + 1] > fractal->interactions)
			value_malformed("model", "Its histories do not fit together.");
		for (int64_t p = fractal->start[u]; p < fractal->start[u + 1]; p++)
		{
			if (fractal->item[p] >= fractal->items ||
			    (p > fractal->start[u] && fractal->item[p] <= fractal->item[p - 1]))
				value_malformed("model", "A history is not an ascending list of items.");
		}
		if (length > fractal->longest)
			fractal->longest = length;
	}
}

static void *
fractal_open(const Model *model, int64_t *longest)
{
	Fractal *fractal = host_alloc_zero(sizeof(Fractal));
	int64_t shapes, rates, starts, items;
	const int64_t *shape = model_section(model, "shape", SECTION_INT64, &shapes);

	fractal->rate = model_section(model, "rate", SECTION_FLOAT64, &rates);
	fractal->start = model_section(model, "history_start", SECTION_INT64, &starts);
	fractal->item = model_section(model, "history_item", SECTION_UINT32, &items);
	fractal->users = model->header->users;
	fractal->interactions = model->header->interactions;
	if (shapes != 4 || shape[0] < FRACTAL_FOLD || shape[0] > FRACTAL_EXPAND || shape[1] < 1 ||
	    shape[1] > MOST_BLOCKS || shape[2] < 1 || shape[2] > MOST_BLOCKS || shape[3] < 1 ||
	    rates != shape[1] * shape[2] || starts != fractal->users + 1 || items != fractal->interactions ||
	    items > (int64_t) UINT32_MAX || shape[3] > model->header->items ||
	    model->header->items != shape[3] * (shape[0] == FRACTAL_EXPAND ? shape[2] : 1))
		value_malformed("model", "Its blocks do not fit together.");
	fractal->mode = (FractalMode) shape[0];
	fractal->user_blocks = shape[1];
	fractal->item_blocks = shape[2];
	fractal->items = shape[3];
	for (int64_t i = 0; i < rates; i++)
	{
		if (!(fractal->rate[i] >= 0 && fractal->rate[i] <= 1))
			value_malformed("model", "A rate is not from 0 to 1.");
	}
	check_histories(fractal);
	set_most_items(fractal);
	if (fractal->mode == FRACTAL_FOLD)
		fractal->lengths = lengths_open(model, 1, longest);
	else
		*longest = fractal->longest * fractal->item_blocks;
	host_reserve(scratch_bytes(fractal) * host_threads(), "generate");
	return fractal;
}

/* The blocks, and the size of the whole expansion. */
static char *
fractal_details(const Model *model)
{
	int64_t count, rates;
	const int64_t *shape = model_section(model, "shape", SECTION_INT64, &count);
	const double *rate = model_section(model, "rate", SECTION_FLOAT64, &rates);
	double sum = 0;

	if (count != 4 || rates < 1 || shape[1] < 1 || shape[1] > MOST_BLOCKS)
		value_malformed("model", "Its blocks do not fit together.");
	for (int64_t i = 0; i < rates; i++)
		sum += isfinite(rate[i]) ? rate[i] : 0;
	return host_format("\"item_blocks\": %lld, \"mean_rate\": %.6g, \"expanded_users\": %lld",
	                   (long long) shape[2], sum / (double) rates,
	                   (long long) (shape[1] * model->header->users));
}

const Generator fractal_generator = {
	.method = "fractal_expansion",
	.discloses =
		"The item histories of all users that it was fitted to, without their keys. What it generates is "
		"made of parts of them: in mode \"thin\" each synthetic history is a part of one real history.",
	.options = fractal_options,
	.block = 16, /* a user of many blocks takes long */
	.fit = fractal_fit,
	.open = fractal_open,
	.scratch = fractal_scratch,
	.generate = fractal_generate,
	.details = fractal_details};
