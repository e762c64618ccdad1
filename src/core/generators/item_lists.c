/*
 * item_lists.c
 *	  The lists of items that a training step sees of some users.
 */
#include "generators/item_lists.h"

#include "math/random.h"

/*
 * Draws "wanted" different places below length, the first of them to place[0],
 * the next to place[stride], ...  Floyd's algorithm, which needs no more memory
 * than that: any place up to the last one allowed so far, or if it is taken
 * already, the last one itself.
 */
static void
draw_places(Random *random, int64_t length, int64_t wanted, int64_t stride, uint32_t *place)
{
	for (int64_t t = 0; t < wanted; t++)
	{
		uint32_t last = (uint32_t) (length - wanted + t);
		uint32_t drawn = (uint32_t) random_below(random, (uint64_t) last + 1);

		for (int64_t s = 0; s < t; s++)
		{
			if (place[s * stride] == drawn)
			{
				drawn = last;
				break;
			}
		}
		place[t * stride] = drawn;
	}
}

static void
shuffle_places(Random *random, int64_t count, int64_t stride, uint32_t *place)
{
	for (int64_t t = count - 1; t > 0; t--)
	{
		int64_t other = (int64_t) random_below(random, (uint64_t) t + 1);
		uint32_t moved = place[other * stride];

		place[other * stride] = place[t * stride];
		place[t * stride] = moved;
	}
}

/* Sorts by insertion: there are few. */
static void
sort_places(int64_t count, int64_t stride, uint32_t *place)
{
	for (int64_t t = 1; t < count; t++)
	{
		uint32_t moved = place[t * stride];
		int64_t s = t;

		for (; s > 0 && place[(s - 1) * stride] > moved; s--)
			place[s * stride] = place[(s - 1) * stride];
		place[s * stride] = moved;
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
		int64_t wanted = length < steps ? length : steps;
		const uint32_t *history = data->item + data->start[user];
		uint32_t *list = lists.item + i;
		Random random;

		random_open(&random, shard->seed, RANDOM_ORDER, (uint64_t) shard->step << 32 | (uint64_t) user);
		draw_places(&random, length, wanted, m, list);
		if (data->time == NULL)
			shuffle_places(&random, wanted, m, list);
		else
			sort_places(wanted, m, list);
		lists.length[i] = wanted;
		for (int64_t t = 0; t < steps; t++)
		{
			list[t * m] = t < wanted ? history[list[t * m]] : 0;
			lists.active[t * m + i] = t < wanted;
		}
	}
	return lists;
}
