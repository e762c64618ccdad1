/*
 * test_permutation.c
 *	  Permutations that are computed: they are ones, and they are random.
 */
#include "cases.h"
#include "math/permutation.h"

static void
open_case(Permutation *permutation, int64_t count, uint64_t seed)
{
	Random random;

	case_random(&random, seed);
	permutation_open(permutation, count, &random);
}

/* Every number is met once, whatever the count. */
static void
test_bijection(void **state)
{
	(void) state;
	for (int64_t count = 1; count <= 3000; count += count < 300 ? 1 : 271)
	{
		char *met = host_alloc_zero((size_t) count);
		Permutation permutation;

		open_case(&permutation, count, (uint64_t) count);
		for (int64_t n = 0; n < count; n++)
		{
			uint32_t place = permutation_at(&permutation, (uint32_t) n);

			assert_true(place < count);
			assert_false(met[place]++);
		}
		host_free(met);
	}
}

/* The greatest counts do not overflow: numbers stay below, and do not meet. */
static void
test_greatest(void **state)
{
	static const int64_t counts[] = {INT64_C(1) << 31, UINT32_MAX - 1, UINT32_MAX};

	(void) state;
	for (int c = 0; c < 3; c++)
	{
		Permutation permutation;
		uint32_t last[1000];

		open_case(&permutation, counts[c], 7);
		for (int n = 0; n < 1000; n++)
		{
			last[n] = permutation_at(&permutation, (uint32_t) (counts[c] - 1 - n));
			assert_true(last[n] < counts[c]);
			for (int m = 0; m < n; m++)
				assert_true(last[m] != last[n]);
		}
	}
}

/* Over many keys a number goes everywhere alike, and two numbers to every pair of places. */
static void
test_uniform(void **state)
{
	enum
	{
		COUNT = 7,
		KEYS = 40000
	};
	int64_t place[COUNT] = {0}, pair[COUNT * COUNT] = {0};
	double each[COUNT], each_pair[COUNT * COUNT];

	(void) state;
	for (int key = 0; key < KEYS; key++)
	{
		Permutation permutation;
		uint32_t a, b;

		open_case(&permutation, COUNT, (uint64_t) key + 1000);
		a = permutation_at(&permutation, 2);
		b = permutation_at(&permutation, 3);
		place[a]++;
		pair[a * COUNT + b]++;
	}
	for (int i = 0; i < COUNT; i++)
	{
		each[i] = 1.0 / COUNT;
		for (int j = 0; j < COUNT; j++)
			each_pair[i * COUNT + j] = i == j ? 0 : 1.0 / (COUNT * (COUNT - 1));
	}
	assert_frequencies(place, each, COUNT);
	assert_frequencies(pair, each_pair, COUNT * COUNT);
}

/* One permutation of many numbers: those that go to its first tenth are a fair sample. */
static void
test_sample(void **state)
{
	enum
	{
		COUNT = 100000,
		PARTS = 50
	};
	int64_t kept[PARTS] = {0};
	double each[PARTS];
	Permutation permutation;

	(void) state;
	open_case(&permutation, COUNT, 3);
	for (int n = 0; n < COUNT; n++)
		kept[n / (COUNT / PARTS)] += permutation_at(&permutation, (uint32_t) n) < COUNT / 10;
	for (int i = 0; i < PARTS; i++)
		each[i] = 1.0 / PARTS;
	assert_frequencies(kept, each, PARTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_bijection),
		host_unit_test(test_greatest),
		host_unit_test(test_uniform),
		host_unit_test(test_sample),
	};

	return cmocka_run_group_tests_name("permutation", tests, NULL, NULL);
}
