/*
 * sampling.c
 *	  Alias tables and draws without replacement.
 */
#include "math/sampling.h"

#include "host.h"

#include <math.h>

/* Rejections allowed per wanted index before Gumbel top-k takes over. */
#define REJECTIONS_PER_DRAW 4

/* The same for a single index. */
#define TRIES_UNUSED 64

/* Making a table looks for a cancel request once every so many entries. */
#define ENTRIES_PER_POLL (1 << 18)

AliasTable *
alias_new(const double *weight, int64_t count)
{
	AliasTable *table = host_alloc(sizeof(AliasTable));
	double *scaled = host_array(double, count);
	uint32_t *small = host_array(uint32_t, count);
	uint32_t *large = host_array(uint32_t, count);
	int64_t smalls = 0, larges = 0;
	double sum = 0;

	table->count = count;
	table->positive = 0;
	table->log_weight = host_array(double, count);
	table->threshold = host_array(uint64_t, count);
	table->alias = host_array(uint32_t, count);
	for (int64_t i = 0; i < count; i++)
	{
		if (i % ENTRIES_PER_POLL == 0)
			host_poll();
		sum += weight[i];
		table->positive += weight[i] > 0;
		table->log_weight[i] = weight[i] > 0 ? log(weight[i]) : -INFINITY;
	}
	for (int64_t i = 0; i < count; i++)
	{
		if (i % ENTRIES_PER_POLL == 0)
			host_poll();
		scaled[i] = weight[i] / sum * (double) count;
		if (scaled[i] < 1)
			small[smalls++] = (uint32_t) i;
		else
			large[larges++] = (uint32_t) i;
	}
	while (smalls > 0 && larges > 0)
	{
		uint32_t poor = small[--smalls];
		uint32_t rich = large[larges - 1];

		if (smalls % ENTRIES_PER_POLL == 0)
			host_poll();

		table->threshold[poor] = (uint64_t) (scaled[poor] * 0x1p64);
		table->alias[poor] = rich;
		scaled[rich] -= 1 - scaled[poor];
		if (scaled[rich] < 1)
		{
			larges--;
			small[smalls++] = rich;
		}
	}
	while (larges > 0)
	{
		uint32_t full = large[--larges];

		table->threshold[full] = UINT64_MAX;
		table->alias[full] = full;
	}

	/*
	 * What is left here ought to be exactly 1 but for rounding.  An entry of
	 * weight 0 can be left too: it must never be drawn.
	 */
	while (smalls > 0)
	{
		uint32_t left = small[--smalls];
		uint32_t some = 0;

		while (!(weight[some] > 0))
			some++;
		table->threshold[left] = weight[left] > 0 ? UINT64_MAX : 0;
		table->alias[left] = weight[left] > 0 ? left : some;
	}
	host_free(scaled);
	host_free(small);
	host_free(large);
	return table;
}

uint32_t
alias_draw(const AliasTable *table, Random *random)
{
	unsigned __int128 product;
	uint32_t index;

	/* the high half picks an entry, the low half is as good as a new number */
	product = (unsigned __int128) random_uint64(random) * (uint64_t) table->count;
	index = (uint32_t) (product >> 64);
	return (uint64_t) product < table->threshold[index] ? index : table->alias[index];
}

DrawScratch *
draw_scratch_new(int64_t count)
{
	DrawScratch *scratch = host_alloc(sizeof(DrawScratch));

	scratch->stamp = host_array_zero(uint32_t, count);
	scratch->set = 0;
	scratch->key = host_array(double, count);
	scratch->heap = host_array(uint32_t, count);
	return scratch;
}

void
draw_scratch_next(DrawScratch *scratch, int64_t count)
{
	if (++scratch->set == 0)
	{
		for (int64_t i = 0; i < count; i++)
			scratch->stamp[i] = 0;
		scratch->set = 1;
	}
}

/* Restores the heap (smallest key on top) after a change at its top. */
static void
sift_down(double *key, uint32_t *index, int64_t size, int64_t at)
{
	double moved_key = key[at];
	uint32_t moved = index[at];

	for (;;)
	{
		int64_t child = 2 * at + 1;

		if (child + 1 < size && key[child + 1] < key[child])
			child++;
		if (child >= size || key[child] >= moved_key)
			break;
		key[at] = key[child];
		index[at] = index[child];
		at = child;
	}
	key[at] = moved_key;
	index[at] = moved;
}

/*
 * Draws "wanted" indexes among those not stamped: those with the greatest
 * ln(weight) + Gumbel number, greatest first.
 */
static void
draw_by_gumbel(const AliasTable *table, Random *random, DrawScratch *scratch, int64_t wanted, uint32_t *drawn)
{
	double *key = scratch->key;
	uint32_t *heap = scratch->heap;
	int64_t size = 0;

	for (int64_t i = 0; i < table->count; i++)
	{
		double new_key;

		if (scratch->stamp[i] == scratch->set || table->log_weight[i] == -INFINITY)
			continue;
		new_key = table->log_weight[i] - log(-log(random_uniform(random)));
		if (size < wanted)
		{
			key[size] = new_key;
			heap[size++] = (uint32_t) i;
			for (int64_t at = size / 2 - 1; size == wanted && at >= 0; at--)
				sift_down(key, heap, size, at);
		}
		else if (new_key > key[0])
		{
			key[0] = new_key;
			heap[0] = (uint32_t) i;
			sift_down(key, heap, size, 0);
		}
	}
	while (size > 0)
	{
		drawn[--wanted] = heap[0];
		size--;
		key[0] = key[size];
		heap[0] = heap[size];
		if (size > 0)
			sift_down(key, heap, size, 0);
	}
}

int64_t
alias_draw_distinct(const AliasTable *table, Random *random, DrawScratch *scratch, int64_t wanted,
                    uint32_t *drawn)
{
	int64_t found = 0;
	int64_t rejections = 0;

	if (wanted > table->positive)
		wanted = table->positive;
	draw_scratch_next(scratch, table->count);
	while (found < wanted)
	{
		uint32_t index = alias_draw(table, random);

		if (scratch->stamp[index] != scratch->set)
		{
			scratch->stamp[index] = scratch->set;
			drawn[found++] = index;
		}
		else if (++rejections > REJECTIONS_PER_DRAW * wanted)
			break;
	}
	if (found < wanted)
		draw_by_gumbel(table, random, scratch, wanted - found, drawn + found);
	return wanted;
}

int64_t
alias_draw_unused(const AliasTable *table, Random *random, const DrawScratch *scratch)
{
	int64_t best = -1;
	double best_key = -INFINITY;

	for (int t = 0; t < TRIES_UNUSED; t++)
	{
		uint32_t index = alias_draw(table, random);

		if (scratch->stamp[index] != scratch->set)
			return index;
	}
	for (int64_t i = 0; i < table->count; i++)
	{
		double key;

		if (scratch->stamp[i] == scratch->set || table->log_weight[i] == -INFINITY)
			continue;
		key = table->log_weight[i] - log(-log(random_uniform(random)));
		if (key > best_key)
		{
			best_key = key;
			best = i;
		}
	}
	return best;
}
