/*
 * test_random.c
 *	  Counter-based random numbers.
 */
#include "cases.h"

#include <Random123/philox.h>
#include <math.h>
#include <string.h>

/* Opens a stream at any block, also for purposes that are not in use. */
static void
open_at(Random *random, uint64_t seed, uint32_t purpose, uint64_t index, uint32_t block)
{
	random_open(random, seed, (RandomPurpose) purpose, index);
	random->block = block;
}

/* Philox4x32-10 known answers, as published with Random123 (kat_vectors). */
static void
test_published_answers(void **state)
{
	Random random;

	(void) state;
	open_at(&random, 0, 0, 0, 0);
	assert_true(random_uint64(&random) == UINT64_C(0xe169c58d6627e8d5));
	assert_true(random_uint64(&random) == UINT64_C(0x9b00dbd8bc57ac4c));

	open_at(&random, UINT64_MAX, UINT32_MAX, UINT64_MAX, UINT32_MAX);
	assert_true(random_uint64(&random) == UINT64_C(0x41c83b0e408f276d));
	assert_true(random_uint64(&random) == UINT64_C(0x6d5451fda20bc7c6));

	open_at(&random, UINT64_C(0x299f31d0a4093822), 0x85a308d3, UINT64_C(0x0370734413198a2e), 0x243f6a88);
	assert_true(random_uint64(&random) == UINT64_C(0x94fdccebd16cfe09));
	assert_true(random_uint64(&random) == UINT64_C(0x24126ea15001e420));
}

/* The counter is (block, purpose, index), the key is the seed. */
static void
test_counter_layout(void **state)
{
	Random names;

	(void) state;
	case_random(&names, 1);
	for (int i = 0; i < 200; i++)
	{
		uint64_t seed = random_uint64(&names);
		uint64_t index = random_uint64(&names) >> case_between(&names, 0, 63);
		RandomPurpose purpose = (RandomPurpose) case_between(&names, 1, 5);
		Random random;

		random_open(&random, seed, purpose, index);
		for (uint32_t block = 0; block < 5; block++)
		{
			philox4x32_ctr_t counter = {
				{block, (uint32_t) purpose, (uint32_t) index, (uint32_t) (index >> 32)}};
			philox4x32_key_t key = {{(uint32_t) seed, (uint32_t) (seed >> 32)}};
			philox4x32_ctr_t out = philox4x32(counter, key);

			assert_true(random_uint64(&random) == ((uint64_t) out.v[1] << 32 | out.v[0]));
			assert_true(random_uint64(&random) == ((uint64_t) out.v[3] << 32 | out.v[2]));
		}
	}
}

static void
test_names_of_purposes_are_fixed(void **state)
{
	(void) state;
	/* seeds would mean something else after a change of these */
	assert_int_equal(RANDOM_SAMPLE_USERS, 1);
	assert_int_equal(RANDOM_SPLIT_USERS, 2);
	assert_int_equal(RANDOM_TRUNCATE, 3);
	assert_int_equal(RANDOM_SIMULATE, 4);
	assert_int_equal(RANDOM_GENERATE, 5);
	assert_int_equal(RANDOM_HOLD_OUT, 6);
	assert_int_equal(RANDOM_KMEANS, 7);
}

/* What others draw meanwhile, and when a stream is opened, leaves no trace. */
static void
test_streams_do_not_meet(void **state)
{
	enum
	{
		STREAMS = 20,
		NUMBERS = 30
	};
	Random order, stream[STREAMS];
	uint64_t alone[STREAMS][NUMBERS];
	int drawn[STREAMS] = {0};
	int left = STREAMS * NUMBERS;

	(void) state;
	for (int s = 0; s < STREAMS; s++)
	{
		random_open(&stream[s], (uint64_t) s / 4, (RandomPurpose) (1 + s % 2), (uint64_t) (s / 2 % 2));
		for (int n = 0; n < NUMBERS; n++)
			alone[s][n] = random_uint64(&stream[s]);
		random_open(&stream[s], (uint64_t) s / 4, (RandomPurpose) (1 + s % 2), (uint64_t) (s / 2 % 2));
	}
	case_random(&order, 2);
	while (left > 0)
	{
		int s = (int) case_between(&order, 0, STREAMS - 1);

		if (drawn[s] == NUMBERS)
			continue;
		assert_true(random_uint64(&stream[s]) == alone[s][drawn[s]]);
		drawn[s]++;
		left--;
	}
	for (int s = 0; s < STREAMS; s++)
	{
		for (int t = 0; t < s; t++)
			assert_true(memcmp(alone[s], alone[t], sizeof(alone[s])) != 0);
	}
}

static void
test_below_stays_below(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int i = 0; i < 20000; i++)
	{
		uint64_t n = random_uint64(&random) >> case_between(&random, 0, 63);

		if (n == 0)
			n = 1;
		assert_true(random_below(&random, n) < n);
		assert_true(random_below(&random, 1) == 0);
	}
}

/* False alarms: see assert_frequencies(). */
static void
test_below_is_uniform(void **state)
{
	static const int sizes[] = {2, 3, 7, 10, 64, 100};
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int k = 0; k < 6; k++)
	{
		int64_t observed[100] = {0};
		double probability[100];

		for (int i = 0; i < sizes[k]; i++)
			probability[i] = 1.0 / sizes[k];
		for (int i = 0; i < 100000; i++)
			observed[random_below(&random, (uint64_t) sizes[k])]++;
		assert_frequencies(observed, probability, sizes[k]);
	}
}

/*
 * At n = 3 x 2^62 a plain multiplication would give every third number twice
 * the probability of the others.
 */
static void
test_below_is_fair_for_large_n(void **state)
{
	const uint64_t n = UINT64_C(3) << 62;
	int64_t observed[3] = {0};
	double probability[3] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
	Random random;

	(void) state;
	case_random(&random, 5);
	for (int i = 0; i < 60000; i++)
		observed[random_below(&random, n) % 3]++;
	assert_frequencies(observed, probability, 3);
}

/* A stream whose next number is the given one. */
static Random
stream_of(uint64_t number)
{
	Random random = {.spare = number, .has_spare = 1};

	return random;
}

static void
test_uniform_is_open(void **state)
{
	Random random = stream_of(0);

	(void) state;
	assert_true(random_uniform(&random) > 0);
	random = stream_of(UINT64_MAX);
	assert_true(random_uniform(&random) < 1);
	case_random(&random, 6);
	for (int i = 0; i < 100000; i++)
	{
		double u = random_uniform(&random);

		assert_true(u > 0 && u < 1);
	}
}

static void
test_uniform_is_uniform(void **state)
{
	int64_t observed[50] = {0};
	double probability[50];
	Random random;

	(void) state;
	case_random(&random, 7);
	for (int i = 0; i < 50; i++)
		probability[i] = 0.02;
	for (int i = 0; i < 200000; i++)
		observed[(int) (random_uniform(&random) * 50)]++;
	assert_frequencies(observed, probability, 50);
}

/* Shares of the standard normal between multiples of 0.25.  False alarms: as above. */
static void
test_normal(void **state)
{
	int64_t observed[26] = {0};
	double probability[26];
	Random random;

	(void) state;
	case_random(&random, 8);
	for (int i = 0; i < 26; i++)
	{
		double low = i == 0 ? -INFINITY : (i - 13) * 0.25, high = i == 25 ? INFINITY : (i - 12) * 0.25;

		probability[i] = (erfc(-high / sqrt(2)) - erfc(-low / sqrt(2))) / 2;
	}
	for (int i = 0; i < 200000; i++)
	{
		double cell = floor(random_normal(&random) * 4) + 13;

		observed[cell < 0 ? 0 : cell > 25 ? 25 : (int) cell]++;
	}
	assert_frequencies(observed, probability, 26);
}

/* Numbers that follow one another are not related: quarters of the plane. */
static void
test_normals_are_independent(void **state)
{
	int64_t observed[4] = {0};
	double probability[4] = {0.25, 0.25, 0.25, 0.25};
	Random random = stream_of(0);

	(void) state;
	assert_true(isfinite(random_normal(&random)));
	case_random(&random, 9);
	for (int i = 0; i < 100000; i++)
	{
		double x = random_normal(&random);

		observed[2 * (x > 0) + (random_normal(&random) > 0)]++;
	}
	assert_frequencies(observed, probability, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_published_answers),           host_unit_test(test_counter_layout),
		host_unit_test(test_names_of_purposes_are_fixed), host_unit_test(test_streams_do_not_meet),
		host_unit_test(test_below_stays_below),           host_unit_test(test_below_is_uniform),
		host_unit_test(test_below_is_fair_for_large_n),   host_unit_test(test_uniform_is_open),
		host_unit_test(test_uniform_is_uniform),          host_unit_test(test_normal),
		host_unit_test(test_normals_are_independent),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
