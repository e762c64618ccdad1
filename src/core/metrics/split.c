/*
 * split.c
 *	  Splits of users, and of a user's items.
 */
#include "metrics/split.h"

#include "host.h"
#include "math/random.h"

#define TRIED_SHARE 5 /* one in so many users is tried on */

int64_t
held_out(int64_t length)
{
	return length / 5 > 0 ? length / 5 : 1;
}

/* The first "wanted" of a random order of 0 .. count - 1, allocated. */
static int64_t *
draw_users(int64_t count, int64_t wanted, uint64_t seed, int side, int64_t run)
{
	int64_t *user = host_array(int64_t, count);
	Random random;

	random_open(&random, seed, RANDOM_EVALUATE, (uint64_t) (run * 2 + side));
	for (int64_t u = 0; u < count; u++)
		user[u] = u;
	for (int64_t n = 0; n < wanted; n++)
	{
		int64_t other = n + (int64_t) random_below(&random, (uint64_t) (count - n));
		int64_t kept = user[n];

		user[n] = user[other];
		user[other] = kept;
	}
	return user;
}

/*
 * Makes histories of the listed users over the items that they have; new_item
 * (allocated, per item of the data) is an item's number there, or -1.
 */
static void
take_users(const Histories *data, const int64_t *user, int64_t users, Histories *taken, int64_t **new_item)
{
	int64_t *number = host_array_zero(int64_t, data->items);
	int64_t *start = host_array(int64_t, users + 1);
	uint32_t *item;
	int64_t interactions = 0;

	for (int64_t n = 0; n < users; n++)
	{
		start[n] = interactions;
		interactions += histories_length(data, user[n]);
		for (int64_t p = data->start[user[n]]; p < data->start[user[n] + 1]; p++)
			number[data->item[p]] = 1;
	}
	start[users] = interactions;
	*taken = (Histories){.users = users, .interactions = interactions, .start = start};
	for (int64_t i = 0; i < data->items; i++)
		number[i] = number[i] ? taken->items++ : -1;
	item = host_array(uint32_t, interactions);
	for (int64_t n = 0; n < users; n++)
	{
		if (n % 4096 == 0)
			host_poll();
		for (int64_t k = 0; k < histories_length(data, user[n]); k++)
			item[start[n] + k] = (uint32_t) number[data->item[data->start[user[n]] + k]];
	}
	taken->item = item;
	*new_item = number;
}

/*
 * Splits the items of the listed users.  Users with one item are left out.
 * train_item translates items of the data into those of the training, or -1.
 */
static void
fold_in(const Histories *data, const int64_t *user, int64_t users, const int64_t *train_item, uint64_t seed,
        int side, int64_t run, FoldIn *tried)
{
	int64_t interactions = 0, inputs = 0, outputs = 0;

	for (int64_t n = 0; n < users; n++)
		interactions += histories_length(data, user[n]);
	tried->users = 0;
	tried->input_start = host_array(int64_t, users + 1);
	tried->held_start = host_array(int64_t, users + 1);
	tried->input = host_array(uint32_t, interactions);
	tried->held = host_array(int64_t, interactions);
	tried->input_start[0] = tried->held_start[0] = 0;
	for (int64_t n = 0; n < users; n++)
	{
		int64_t length = histories_length(data, user[n]);
		int64_t left = held_out(length);
		Random random;

		if (n % 4096 == 0)
			host_poll();
		if (length < 2)
			continue;
		random_open(&random, seed, RANDOM_FOLD_IN,
		            (uint64_t) ((run * 2 + side) * (data->users + 1) + user[n]));
		for (int64_t k = 0; k < length; k++)
		{
			int64_t item = train_item[data->item[data->start[user[n]] + k]];

			if (random_below(&random, (uint64_t) (length - k)) < (uint64_t) left)
			{
				tried->held[outputs++] = item;
				left--;
			}
			else if (item >= 0)
				tried->input[inputs++] = (uint32_t) item;
		}
		tried->users++;
		tried->input_start[tried->users] = inputs;
		tried->held_start[tried->users] = outputs;
	}
}

void
split_users(const Histories *data, int64_t users, uint64_t seed, int side, int64_t run, Split *split)
{
	int64_t *user = draw_users(data->users, users, seed, side, run);
	int64_t tried = users / TRIED_SHARE > 0 ? users / TRIED_SHARE : 1;
	int64_t *train_item;

	take_users(data, user, users - tried, &split->train, &train_item);
	fold_in(data, user + (users - tried), tried, train_item, seed, side, run, &split->tried);
	host_free(user);
	host_free(train_item);
}

void
split_sets(const Histories *train, int64_t users, const Histories *tried, const int64_t *train_item,
           uint64_t seed, int64_t run, Split *split)
{
	int64_t *user = draw_users(train->users, users, seed, 0, run);
	int64_t *new_item, *translated = host_array(int64_t, tried->items);

	take_users(train, user, users, &split->train, &new_item);
	for (int64_t i = 0; i < tried->items; i++)
		translated[i] = train_item[i] < 0 ? -1 : new_item[train_item[i]];
	host_free(user);
	user = draw_users(tried->users, 0, seed, 0, run);
	fold_in(tried, user, tried->users, translated, seed, 0, run, &split->tried);
	host_free(user);
	host_free(new_item);
	host_free(translated);
}

int64_t
split_users_bytes(const Histories *data)
{
	/* four fifths of the interactions are trained on, one fifth is split into two lists */
	return data->users * 24 + data->interactions * 6 + data->items * 8;
}

int64_t
split_sets_bytes(const Histories *train, const Histories *tried)
{
	return train->users * 16 + train->interactions * 4 + tried->users * 24 + tried->interactions * 12 +
	       (train->items + tried->items) * 8;
}
