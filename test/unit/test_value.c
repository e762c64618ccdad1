/*
 * test_value.c
 *	  The common header of stored values.
 */
#include "cases.h"

#include <string.h>

#define MAGIC 0x54534554u
#define HEADER_BYTES 32
#define VALUE_BYTES 80
#define KNOWN_FLAGS 3

static void
test_align(void **state)
{
	(void) state;
	for (int64_t bytes = 0; bytes < 100; bytes++)
	{
		int64_t aligned = value_align(bytes);

		assert_true(aligned >= bytes && aligned < bytes + 8 && aligned % 8 == 0);
	}
}

/* The documented property: a change within one word changes the hash. */
static void
test_hash_sees_every_bit(void **state)
{
	Random random;
	unsigned char data[72];

	(void) state;
	case_random(&random, 1);
	for (int64_t bytes = 0; bytes <= (int64_t) sizeof(data); bytes += 8)
	{
		uint64_t hash;

		for (int64_t i = 0; i < bytes; i++)
			data[i] = (unsigned char) random_uint64(&random);
		hash = value_hash(data, bytes, 7);
		assert_true(hash == value_hash(data, bytes, 7));
		assert_true(hash != value_hash(data, bytes, 8));
		for (int64_t bit = 0; bit < bytes * 8; bit++)
		{
			data[bit / 8] ^= (unsigned char) (1 << bit % 8);
			assert_true(hash != value_hash(data, bytes, 7));
			data[bit / 8] ^= (unsigned char) (1 << bit % 8);
		}
	}
}

static void
test_hash_sees_order_and_length(void **state)
{
	uint64_t data[12] = {0};
	uint64_t hash;

	(void) state;
	for (int64_t words = 0; words < 11; words++)
		assert_true(value_hash(data, words * 8, 0) != value_hash(data, words * 8 + 8, 0));
	for (uint64_t i = 0; i < 12; i++)
		data[i] = i;
	hash = value_hash(data, sizeof(data), 0);
	for (int i = 0; i < 12; i++)
	{
		for (int j = 0; j < i; j++)
		{
			uint64_t word = data[i];

			data[i] = data[j];
			data[j] = word;
			assert_true(hash != value_hash(data, sizeof(data), 0));
			data[j] = data[i];
			data[i] = word;
		}
	}
}

static ValueHeader *
sealed_value(void)
{
	ValueHeader *value = value_new(VALUE_BYTES, MAGIC, 2, 1, "sample");

	memset((char *) value + HEADER_BYTES, 'x', VALUE_BYTES - HEADER_BYTES);
	value_seal(value, VALUE_BYTES);
	return value;
}

static void
check(const void *value, int64_t bytes)
{
	value_check(value, bytes, HEADER_BYTES, MAGIC, 2, KNOWN_FLAGS, "sample");
}

static void
expect_rejected(const void *value, int64_t bytes)
{
	EXPECT_FAIL(HOST_INVALID_VALUE, check(value, bytes));
}

static void
test_new_is_zero(void **state)
{
	unsigned char *value = value_new(VALUE_BYTES, MAGIC, 3, 2, "sample");
	ValueHeader header = {.magic = MAGIC, .version = 3, .flags = 2};

	(void) state;
	assert_memory_equal(value, &header, sizeof(header));
	for (int i = sizeof(header); i < VALUE_BYTES; i++)
		assert_int_equal(value[i], 0);
}

static void
test_new_too_large(void **state)
{
	(void) state;
	EXPECT_FAIL(HOST_TOO_LARGE, value_new(VALUE_MAX_BYTES + 1, MAGIC, 1, 0, "sample"));
	EXPECT_FAIL(HOST_TOO_LARGE, value_new(INT64_MAX, MAGIC, 1, 0, "sample"));
}

static void
test_sealed_passes(void **state)
{
	ValueHeader *value = sealed_value();

	(void) state;
	check(value, VALUE_BYTES);
	value->host_word = 12345; /* the host's, not ours */
	check(value, VALUE_BYTES);
	value->version = 1; /* an older one */
	value_seal(value, VALUE_BYTES);
	check(value, VALUE_BYTES);
}

static void
test_sizes(void **state)
{
	ValueHeader *value = sealed_value();

	(void) state;
	expect_rejected(value, -1);
	for (int64_t bytes = 0; bytes < VALUE_BYTES; bytes++)
	{
		void *part = exact_copy(value, bytes);

		expect_rejected(part, bytes);
		if (bytes >= (int64_t) sizeof(ValueHeader) && bytes % 8 == 0)
			value_seal(part, bytes);
		/* with a right checksum only the size can be wrong */
		if (bytes < HEADER_BYTES || bytes % 8 != 0)
			expect_rejected(part, bytes);
		else
			check(part, bytes);
	}
}

static void
test_wrong_headers(void **state)
{
	ValueHeader *value = sealed_value();

	(void) state;
	value->magic++;
	value_seal(value, VALUE_BYTES);
	expect_rejected(value, VALUE_BYTES);

	value = sealed_value();
	value->version = 0;
	value_seal(value, VALUE_BYTES);
	expect_rejected(value, VALUE_BYTES);

	value = sealed_value();
	value->reserved = 1;
	value_seal(value, VALUE_BYTES);
	expect_rejected(value, VALUE_BYTES);

	value = sealed_value();
	value->flags = KNOWN_FLAGS + 1;
	value_seal(value, VALUE_BYTES);
	expect_rejected(value, VALUE_BYTES);
}

/* A later version may have changed everything but magic and version. */
static void
test_newer_version(void **state)
{
	ValueHeader *value = sealed_value();

	(void) state;
	value->version = 3;
	EXPECT_FAIL(HOST_NEWER_FORMAT, check(value, VALUE_BYTES));
	value->reserved = 1;
	value->flags = 0xffff;
	EXPECT_FAIL(HOST_NEWER_FORMAT, check(value, VALUE_BYTES));
}

static int
outcome_of_check(const void *value)
{
	volatile int outcome;

	CATCH(outcome, check(value, VALUE_BYTES));
	return outcome;
}

/* Nothing but the host's word can change without being noticed. */
static void
test_checksum_sees_every_bit(void **state)
{
	unsigned char *value = (unsigned char *) sealed_value();

	(void) state;
	for (int bit = 32; bit < VALUE_BYTES * 8; bit++)
	{
		int outcome;

		value[bit / 8] ^= (unsigned char) (1 << bit % 8);
		outcome = outcome_of_check(value);
		assert_true(outcome == HOST_INVALID_VALUE || outcome == HOST_NEWER_FORMAT);
		value[bit / 8] ^= (unsigned char) (1 << bit % 8);
	}
}

static void
test_malformed(void **state)
{
	(void) state;
	EXPECT_FAIL(HOST_INVALID_VALUE, value_malformed("sample", "It is only a sample."));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_align),
		host_unit_test(test_hash_sees_every_bit),
		host_unit_test(test_hash_sees_order_and_length),
		host_unit_test(test_new_is_zero),
		host_unit_test(test_new_too_large),
		host_unit_test(test_sealed_passes),
		host_unit_test(test_sizes),
		host_unit_test(test_wrong_headers),
		host_unit_test(test_newer_version),
		host_unit_test(test_checksum_sees_every_bit),
		host_unit_test(test_malformed),
	};

	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
