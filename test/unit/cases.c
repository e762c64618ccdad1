/*
 * cases.c
 *	  Small sets of histories for tests, and what tests ask of them.
 */
#include "cases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
case_random(Random *random, uint64_t seed)
{
	random_open(random, seed, (RandomPurpose) 1000, 0);
}

int64_t
case_between(Random *random, int64_t low, int64_t high)
{
	return low + (int64_t) random_below(random, (uint64_t) (high - low + 1));
}

Pairs
pairs_random(Random *random, int64_t count, int64_t users, int64_t items)
{
	Pairs pairs = {count, host_array(int64_t, count), host_array(int64_t, count)};

	for (int64_t i = 0; i < count; i++)
	{
		pairs.user[i] = case_between(random, 0, users - 1) - users / 2;
		pairs.item[i] = case_between(random, 0, items - 1) - items / 2;
	}
	return pairs;
}

void
pairs_shuffle(Pairs *pairs, Random *random)
{
	for (int64_t i = pairs->count - 1; i > 0; i--)
	{
		int64_t j = case_between(random, 0, i);
		int64_t user = pairs->user[i], item = pairs->item[i];

		pairs->user[i] = pairs->user[j];
		pairs->item[i] = pairs->item[j];
		pairs->user[j] = user;
		pairs->item[j] = item;
	}
}

Pairs
pairs_part(const Pairs *pairs, int64_t begin, int64_t end)
{
	return (Pairs){end - begin, pairs->user + begin, pairs->item + begin};
}

typedef struct NumberPair
{
	int64_t user;
	int64_t item;
} NumberPair;

static int
compare_pairs(const void *a, const void *b)
{
	const NumberPair *x = a, *y = b;

	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

int64_t
pairs_different(const Pairs *pairs)
{
	NumberPair *sorted = host_array(NumberPair, pairs->count);
	int64_t different = 0;

	for (int64_t i = 0; i < pairs->count; i++)
		sorted[i] = (NumberPair){pairs->user[i], pairs->item[i]};
	qsort(sorted, (size_t) pairs->count, sizeof(NumberPair), compare_pairs);
	for (int64_t i = 0; i < pairs->count; i++)
		different += i == 0 || compare_pairs(&sorted[i - 1], &sorted[i]) != 0;
	host_free(sorted);
	return different;
}

Key
case_key(bool text, int64_t number)
{
	Key key = {text ? 0 : number, NULL, 0};

	if (text)
	{
		/* some with bytes above 127, some that begin as others do, some long */
		char *bytes = host_format("%s%lld%s", number % 3 == 0 ? "\xc3\xa9" : "", (long long) number,
		                          number % 5 == 0 ? ", a long name with spaces" : "");

		key.bytes = bytes;
		key.length = (int64_t) strlen(bytes);
	}
	return key;
}

void
add_pairs(HistoryBuilder *builder, const Pairs *pairs, bool text_users, bool text_items)
{
	for (int64_t i = 0; i < pairs->count; i++)
	{
		Key user = case_key(text_users, pairs->user[i]);
		Key item = case_key(text_items, pairs->item[i]);

		builder_add(builder, text_users, &user, text_items, &item);
		if (text_users)
			host_free((char *) user.bytes);
		if (text_items)
			host_free((char *) item.bytes);
	}
}

void *
build(const Pairs *pairs, bool text_users, bool text_items, Histories *data)
{
	HistoryBuilder *builder = builder_new();

	add_pairs(builder, pairs, text_users, text_items);
	builder_settle(builder);
	return builder_finish(builder, data);
}

Histories
random_histories(uint64_t seed, int64_t count, int64_t users, int64_t items)
{
	Random random;
	Pairs pairs;
	Histories data;

	case_random(&random, seed);
	pairs = pairs_random(&random, count, users, items);
	build(&pairs, seed % 2, seed / 2 % 2, &data);
	return data;
}

void *
build_rows(const char *const *rows, bool text_items, Histories *data)
{
	HistoryBuilder *builder = builder_new();

	for (int64_t u = 0; rows[u] != NULL; u++)
	{
		Key user = case_key(false, u + 1);
		const char *at = rows[u];
		char *end;

		for (long long item = strtoll(at, &end, 10); end != at; item = strtoll(at, &end, 10))
		{
			Key key = case_key(text_items, item);

			builder_add(builder, false, &user, text_items, &key);
			at = end;
		}
	}
	builder_settle(builder);
	return builder_finish(builder, data);
}

Histories
random_set(Random *random, bool text, int64_t shift)
{
	Pairs pairs = pairs_random(random, case_between(random, 1, 45), case_between(random, 1, 12),
	                           case_between(random, 1, 10));
	Histories data;

	for (int64_t i = 0; i < pairs.count; i++)
		pairs.item[i] += shift;
	build(&pairs, case_between(random, 0, 1), text, &data);
	return data;
}

bool
share_an_item(const Histories *a, const Histories *b)
{
	for (int64_t i = 0; i < a->items; i++)
	{
		Key item = keys_get(&a->item_keys, i);

		if (keys_find(&b->item_keys, &item) >= 0)
			return true;
	}
	return false;
}

bool
has_item(const Histories *data, int64_t user, const Key *item)
{
	for (int64_t p = data->start[user]; p < data->start[user + 1]; p++)
	{
		Key there = keys_get(&data->item_keys, data->item[p]);

		if (key_compare(&there, item) == 0)
			return true;
	}
	return false;
}

bool
has_pair(const Histories *data, const Key *user, const Key *item)
{
	int64_t index = keys_find(&data->user_keys, user);

	return index >= 0 && has_item(data, index, item);
}

void
assert_same_value(const Histories *a, const Histories *b)
{
	assert_int_equal(a->bytes, b->bytes);
	assert_memory_equal(a->value, b->value, (size_t) a->bytes);
}

/* Cells that expect fewer draws are taken together. */
#define LEAST_EXPECTED 10.0

/* Quantile 1 - 10^-6 of chi-square, after Wilson and Hilferty (1931). */
static double
chi_square_limit(int degrees)
{
	double part = 2.0 / (9.0 * degrees);
	double root = 1 - part + 4.7534 * sqrt(part);

	return degrees * root * root * root;
}

void
assert_frequencies(const int64_t *observed, const double *probability, int cells)
{
	double statistic = 0, sum = 0, rare = 0; /* expected in all cells that expect too few */
	int64_t draws = 0, observed_rare = 0;
	int degrees = -1;

	for (int i = 0; i < cells; i++)
	{
		draws += observed[i];
		sum += probability[i];
	}
	assert_true(draws > 0 && fabs(sum - 1) < 1e-6);
	for (int i = 0; i < cells; i++)
	{
		if (probability[i] == 0)
			assert_int_equal(observed[i], 0);
		if (probability[i] * (double) draws < LEAST_EXPECTED)
		{
			rare += probability[i] * (double) draws;
			observed_rare += observed[i];
		}
	}
	for (int i = 0; i < cells; i++)
	{
		double expected = probability[i] * (double) draws;
		int64_t found = observed[i];

		if (expected < LEAST_EXPECTED)
			continue;
		if (rare < LEAST_EXPECTED)
		{
			/* too few even together: they join the first other cell */
			expected += rare;
			found += observed_rare;
			rare = LEAST_EXPECTED;
			observed_rare = -1;
		}
		statistic += ((double) found - expected) * ((double) found - expected) / expected;
		degrees++;
	}
	if (observed_rare >= 0)
	{
		statistic += ((double) observed_rare - rare) * ((double) observed_rare - rare) / rare;
		degrees++;
	}
	assert_true(degrees > 0);
	if (statistic > chi_square_limit(degrees))
		fail_msg("chi-square %g with %d degrees of freedom, more than %g", statistic, degrees,
		         chi_square_limit(degrees));
}

void *
exact_copy(const void *value, int64_t bytes)
{
	return memcpy(host_alloc((size_t) bytes), value, (size_t) bytes);
}
