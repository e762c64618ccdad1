/*
 * test_histories.c
 *	  The stored form: what is refused, and what can be read from the rest.
 *
 * Damaged values are copied into blocks of exactly their size, so that the
 * address sanitizer sees a read beyond them.
 */
#include "cases.h"

#include <string.h>

static const char *const rows[] = {"1 2 3", "2 3", "1 2 3", "4", NULL};

static int
outcome_of_open(const void *value, int64_t bytes)
{
	Histories data;
	volatile int outcome;

	CATCH(outcome, histories_open(value, bytes, &data));
	return outcome;
}

/* The same histories with integer and with text keys. */
static void *
sample(bool text, Histories *data)
{
	HistoryBuilder *builder = builder_new();
	Histories integers;

	build_rows(rows, false, &integers);
	for (int64_t u = 0; u < integers.users; u++)
	{
		for (int64_t p = integers.start[u]; p < integers.start[u + 1]; p++)
		{
			Key user = case_key(text, u + 1);
			Key item = case_key(text, integers.item[p] + 1);

			builder_add(builder, text, &user, text, &item);
		}
	}
	return builder_finish(builder, data);
}

static void
test_whole_values_open(void **state)
{
	(void) state;
	for (int text = 0; text < 2; text++)
	{
		Histories data, opened;
		ValueHeader *copy;

		sample(text, &data);
		copy = exact_copy(data.value, data.bytes);
		copy->host_word = 99;
		histories_open(copy, data.bytes, &opened);
		assert_int_equal(opened.users, 4);
		assert_int_equal(opened.items, 4);
		assert_int_equal(opened.interactions, 9);
		assert_int_equal(opened.bytes, data.bytes);
		assert_memory_equal(opened.start, data.start, 5 * sizeof(int64_t));
		assert_memory_equal(opened.item, data.item, 9 * sizeof(uint32_t));
		assert_int_equal(histories_length(&opened, 0), 3);
	}
}

static void
test_every_bit_counts(void **state)
{
	(void) state;
	for (int text = 0; text < 2; text++)
	{
		Histories data;
		unsigned char *copy;

		sample(text, &data);
		copy = exact_copy(data.value, data.bytes);
		for (int64_t bit = 32; bit < data.bytes * 8; bit++)
		{
			int outcome;

			copy[bit / 8] ^= (unsigned char) (1 << bit % 8);
			outcome = outcome_of_open(copy, data.bytes);
			copy[bit / 8] ^= (unsigned char) (1 << bit % 8);
			/* of version 1 the lowest bits make 0 and 3, which is of rated values only */
			if (bit / 8 >= (int64_t) offsetof(ValueHeader, version) &&
			    bit / 8 < (int64_t) offsetof(ValueHeader, flags) && bit % 16 > 1)
				assert_int_equal(outcome, HOST_NEWER_FORMAT);
			else
				assert_int_equal(outcome, HOST_INVALID_VALUE);
		}
		assert_int_equal(outcome_of_open(copy, data.bytes), HOST_TEST_NOTHING);
	}
}

static void
test_truncations(void **state)
{
	(void) state;
	for (int text = 0; text < 2; text++)
	{
		Histories data;

		sample(text, &data);
		for (int64_t bytes = 0; bytes < data.bytes; bytes++)
		{
			void *part = exact_copy(data.value, bytes);

			assert_int_equal(outcome_of_open(part, bytes), HOST_INVALID_VALUE);
			if (bytes >= (int64_t) sizeof(ValueHeader))
				value_seal(part, bytes);
			assert_int_equal(outcome_of_open(part, bytes), HOST_INVALID_VALUE);
		}
	}
}

static void
test_bytes_after_the_end(void **state)
{
	Histories data;
	char *longer;

	(void) state;
	sample(false, &data);
	longer = host_alloc_zero((size_t) data.bytes + 8);
	memcpy(longer, data.value, (size_t) data.bytes);
	value_seal(longer, data.bytes + 8);
	assert_int_equal(outcome_of_open(longer, data.bytes + 8), HOST_INVALID_VALUE);
}

/* One number of a value, overwritten. */
typedef enum Part
{
	FLAGS,
	USERS,
	ITEMS,
	INTERACTIONS,
	USER_BYTES,
	ITEM_BYTES,
	USER_KEY,
	USER_START,
	USER_TEXT,
	ITEM_KEY,
	ITEM_START,
	ITEM_TEXT,
	START,
	ITEM
} Part;

typedef struct Damage
{
	bool text;
	Part part;
	int64_t index;
	int64_t number;
} Damage;

static void
overwrite(void *value, const Histories *view, const Damage *damage)
{
	HistoriesHeader *header = value;
	const void *words[] = {[USERS] = &header->users,
	                       [ITEMS] = &header->items,
	                       [INTERACTIONS] = &header->interactions,
	                       [USER_BYTES] = &header->user_text_bytes,
	                       [ITEM_BYTES] = &header->item_text_bytes,
	                       [USER_KEY] = view->user_keys.integer,
	                       [USER_START] = view->user_keys.start,
	                       [USER_TEXT] = view->user_keys.bytes,
	                       [ITEM_KEY] = view->item_keys.integer,
	                       [ITEM_START] = view->item_keys.start,
	                       [ITEM_TEXT] = view->item_keys.bytes,
	                       [START] = view->start,
	                       [ITEM] = view->item};

	if (damage->part == FLAGS)
		header->value.flags = (uint16_t) damage->number;
	else if (damage->part == USER_TEXT || damage->part == ITEM_TEXT)
		((char *) words[damage->part])[damage->index] = (char) damage->number;
	else if (damage->part == ITEM)
		((uint32_t *) words[damage->part])[damage->index] = (uint32_t) damage->number;
	else
		((int64_t *) words[damage->part])[damage->index] = damage->number;
}

/* Items by index: 0 1 2 | 1 2 | 0 1 2 | 3; keys 1 .. 4. */
static const Damage damages[] = {
	{false, ITEM, 0, 2}, /* out of order */
	{false, ITEM, 1, 0}, /* twice */
	{false, ITEM, 8, 4}, /* out of range */
	{false, ITEM, 8, UINT32_MAX},
	{false, ITEM, 8, 2}, /* item 3 has no users */
	{false, START, 0, 1},
	{false, START, 0, -1},
	{false, START, 1, 0},  /* user 0 has no items */
	{false, START, 2, 3},  /* user 1 has none */
	{false, START, 3, 9},  /* user 3 has none */
	{false, START, 1, 10}, /* beyond the end */
	{false, START, 1, INT64_MAX},
	{false, START, 1, INT64_MIN},
	{false, START, 4, 8},
	{false, START, 4, 10},
	{false, USER_KEY, 0, 2}, /* keys repeat */
	{false, USER_KEY, 0, 5}, /* keys descend */
	{false, ITEM_KEY, 3, 3},
	{false, ITEM_KEY, 3, INT64_MIN},
	{false, FLAGS, 0, HISTORIES_TEXT_USERS},
	{false, FLAGS, 0, HISTORIES_TEXT_ITEMS},
	{false, FLAGS, 0, 4},
	{false, USERS, 0, -1},
	{false, USERS, 0, 3},
	{false, USERS, 0, 5},
	{false, USERS, 0, INT64_MAX},
	{false, USERS, 0, INT64_MIN},
	{false, USERS, 0, (INT64_C(1) << 60) + 4}, /* comes round to the same size */
	{false, ITEMS, 0, -1},
	{false, ITEMS, 0, 3},
	{false, ITEMS, 0, (INT64_C(1) << 61) + 4},
	{false, ITEMS, 0, INT64_MAX},
	{false, INTERACTIONS, 0, 8},
	{false, INTERACTIONS, 0, 10}, /* the same size */
	{false, INTERACTIONS, 0, -1},
	{false, INTERACTIONS, 0, (INT64_C(1) << 62) + 9},
	{false, INTERACTIONS, 0, INT64_MAX},
	{false, USER_BYTES, 0, 8},
	{false, USER_BYTES, 0, -8},
	{false, ITEM_BYTES, 0, INT64_MAX},
	{true, USER_START, 0, 1},
	{true, USER_START, 1, 3},
	{true, USER_START, 1, -1},
	{true, USER_START, 1, INT64_MAX},
	{true, USER_START, 1, INT64_MIN},
	{true, USER_START, 4, 0},
	{true, USER_START, 4, 1000},
	{true, USER_TEXT, 0, 'z'}, /* not sorted */
	{true, USER_TEXT, 0, '2'}, /* twice */
	{true, ITEM_START, 0, -1},
	{true, ITEM_START, 2, 0},
	{true, ITEM_START, 3, INT64_MAX},
	{true, ITEM_TEXT, 0, '9'},
	{true, FLAGS, 0, 0},
	{true, FLAGS, 0, HISTORIES_TEXT_USERS},
	{true, USER_BYTES, 0, 0},
	{true, USER_BYTES, 0, -1},
	{true, USER_BYTES, 0, INT64_MAX},
	{true, USER_BYTES, 0, INT64_MIN},
	{true, ITEM_BYTES, 0, INT64_MAX - 7},
	{true, ITEMS, 0, UINT32_MAX},
	{true, USERS, 0, INT64_C(1) << 40},
};

#define DAMAGES ((int) (sizeof(damages) / sizeof(damages[0])))

static int
outcome_of_damage(const Damage *damage)
{
	Histories data, view;
	void *copy;

	sample(damage->text, &data);
	copy = exact_copy(data.value, data.bytes);
	histories_open(copy, data.bytes, &view);
	overwrite(copy, &view, damage);
	value_seal(copy, data.bytes);
	return outcome_of_open(copy, data.bytes);
}

static void
test_wrong_structure(void **state)
{
	/* overwriting a number by itself is no damage: what follows means something */
	const Damage none = {false, START, 1, 3};

	(void) state;
	assert_int_equal(outcome_of_damage(&none), HOST_TEST_NOTHING);
	for (int i = 0; i < DAMAGES; i++)
	{
		if (outcome_of_damage(&damages[i]) != HOST_INVALID_VALUE)
			fail_msg("damage %d (part %d) was not refused", i, damages[i].part);
	}
}

/* Random damage to resealed values: refused or harmless, never out of bounds. */
static void
test_random_damage(void **state)
{
	Random random;
	int refused = 0;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 5000; round++)
	{
		Histories data, view;
		int64_t *copy;

		host_test_open_arena();
		sample(round % 2, &data);
		copy = exact_copy(data.value, data.bytes);
		for (int64_t changes = case_between(&random, 1, 3); changes > 0; changes--)
			copy[case_between(&random, 3, data.bytes / 8 - 1)] =
				(int64_t) random_uint64(&random) >> case_between(&random, 0, 63);
		value_seal(copy, data.bytes);
		if (outcome_of_open(copy, data.bytes) == HOST_TEST_NOTHING)
		{
			int64_t *start;
			uint32_t *user;

			histories_open(copy, data.bytes, &view);
			histories_invert(&view, &start, &user);
		}
		else
			refused++;
		host_test_close_arena();
	}
	assert_in_range(refused, 2500, 5000);
}

static void
test_newer_version(void **state)
{
	Histories data;
	ValueHeader *copy;

	(void) state;
	sample(false, &data);
	copy = exact_copy(data.value, data.bytes);
	copy->version = HISTORIES_VERSION + 1;
	value_seal(copy, data.bytes);
	assert_int_equal(outcome_of_open(copy, data.bytes), HOST_NEWER_FORMAT);
	copy->version = 0;
	value_seal(copy, data.bytes);
	assert_int_equal(outcome_of_open(copy, data.bytes), HOST_INVALID_VALUE);
}

/*
 * Two values are equal just when their bytes are: then no other bytes may
 * stand for the same histories, in the flags or in the padding.
 */
static void
test_empty_has_no_flags(void **state)
{
	Histories data;
	HistoriesHeader *empty;

	(void) state;
	builder_finish(builder_new(), &data);
	empty = exact_copy(data.value, data.bytes);
	assert_int_equal(outcome_of_open(empty, data.bytes), HOST_TEST_NOTHING);
	empty->value.flags = HISTORIES_TEXT_USERS;
	value_seal(empty, data.bytes);
	assert_int_equal(outcome_of_open(empty, data.bytes), HOST_INVALID_VALUE);
}

static void
test_item_padding_is_zero(void **state)
{
	Histories data;
	char *copy;

	(void) state;
	sample(false, &data);
	copy = exact_copy(data.value, data.bytes);
	copy[data.bytes - 1] = 1; /* after the ninth item */
	value_seal(copy, data.bytes);
	assert_int_equal(outcome_of_open(copy, data.bytes), HOST_INVALID_VALUE);
}

static void
test_key_padding_is_zero(void **state)
{
	Histories data, view;
	char *copy;

	(void) state;
	sample(true, &data);
	copy = exact_copy(data.value, data.bytes);
	histories_open(copy, data.bytes, &view);
	assert_int_not_equal(view.user_keys.start[view.users] % 8, 0);
	((char *) view.user_keys.bytes)[view.user_keys.start[view.users]] = 1;
	value_seal(copy, data.bytes);
	assert_int_equal(outcome_of_open(copy, data.bytes), HOST_INVALID_VALUE);
}

static void
test_counts_and_inversion(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 200; round++)
	{
		Pairs pairs = pairs_random(&random, case_between(&random, 0, 60), 12, 9);
		Histories data;
		int64_t *count, *start;
		uint32_t *user;

		build(&pairs, round % 2, round % 3 == 0, &data);
		count = histories_item_counts(&data);
		histories_invert(&data, &start, &user);
		assert_int_equal(start[0], 0);
		for (int64_t i = 0; i < data.items; i++)
		{
			Key item = keys_get(&data.item_keys, i);
			int64_t at = start[i];

			for (int64_t u = 0; u < data.users; u++)
			{
				if (has_item(&data, u, &item))
				{
					assert_true(at < start[i + 1]);
					assert_int_equal(user[at++], u);
				}
			}
			assert_int_equal(at, start[i + 1]);
			assert_int_equal(count[i], start[i + 1] - start[i]);
		}
	}
}

static void
test_new_too_large(void **state)
{
	Keys keys = {false, 1, (int64_t[]){1}, NULL, NULL};
	int64_t *start;
	uint32_t *item;

	(void) state;
	EXPECT_FAIL(HOST_TOO_LARGE,
	            histories_new(&keys, NULL, 1, &keys, NULL, 1, VALUE_MAX_BYTES / 4, &start, &item));
	EXPECT_FAIL(HOST_TOO_LARGE, histories_new(&keys, NULL, 1, &keys, NULL, 1, INT64_MAX / 2, &start, &item));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_whole_values_open),    host_unit_test(test_every_bit_counts),
		host_unit_test(test_truncations),          host_unit_test(test_bytes_after_the_end),
		host_unit_test(test_wrong_structure),      host_unit_test(test_random_damage),
		host_unit_test(test_newer_version),        host_unit_test(test_empty_has_no_flags),
		host_unit_test(test_item_padding_is_zero), host_unit_test(test_key_padding_is_zero),
		host_unit_test(test_counts_and_inversion), host_unit_test(test_new_too_large),
	};

	return cmocka_run_group_tests_name("histories", tests, NULL, NULL);
}
