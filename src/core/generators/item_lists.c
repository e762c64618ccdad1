/*
 * item_lists.c
 *	  The lists of items that a training step sees of some users.
 */
#include "generators/item_lists.h"

#include "math/random.h"

/*
 * Fills in a user's list.  Floyd's algorithm draws the places of a random subset
 * in no more memory than the subset takes, which is the list's: place j of the
 * first so many is taken, or where it is taken already, the last of them.  Then
 * they are shuffled, and the items put there.
 */
static void
draw_list(const uint32_t *history, int64_t length, const Shard *shard, int64_t row, ItemLists *lists)
{
	int64_t wanted = lists->length[row], m = lists->rows;
	Random random;

	random_open(&random, shard->seed, RANDOM_ORDER,
	            (uint64_t) shard->step << 32 | (uint64_t) shard->sample[row]);
	for (int64_t t = 0; t < wanted; t++)
	{
		uint32_t last = (uint32_t) (length - wanted + t);
		uint32_t place = (uint32_t) random_below(&random, (uint64_t) last + 1);

		for (int64_t s = 0; s < t; s++)
		{
			if (lists->item[s * m + row] == place)
			{
				place = last;
				break;
			}
		}
		lists->item[t * m + row] = place;
	}
	for (int64_t t = wanted - 1; t >= 0; t--)
	{
		int64_t other = (int64_t) random_below(&random, (uint64_t) t + 1);
		uint32_t place = lists->item[other * m + row];

		lists->item[other * m + row] = lists->item[t * m + row];
		lists->item[t * m + row] = history[place];
	}
}

ItemLists
item_lists(Tape *tape, const Histories *data, const Shard *shard, int64_t steps)
{
	int64_t m = shard->rows;
	ItemLists lists = {m, steps, tape_memory(tape, m * (int64_t) sizeof(int64_t)),
	                   tape_memory(tape, steps * m * (int64_t) sizeof(uint32_t)),
	                   tape_memory(tape, steps * m * (int64_t) sizeof(real))};

	for (int64_t i = 0; lists.item != NULL && i < m; i++)
	{
		int64_t user = shard->sample[i], length = histories_length(data, user);

		lists.length[i] = length < steps ? length : steps;
		draw_list(data->item + data->start[user], length, shard, i, &lists);
		for (int64_t t = 0; t < steps; t++)
		{
			bool active = t < lists.length[i];

			lists.active[t * m + i] = active;
			if (!active)
				lists.item[t * m + i] = 0;
		}
	}
	return lists;
}
