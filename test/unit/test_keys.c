/*
 * test_keys.c
 *	  Lists and dictionaries of keys.
 */
#include "cases.h"

#include <string.h>

static Key
text_key(const char *text)
{
	return (Key){0, text, (int64_t) strlen(text)};
}

/* A sorted list of the different numbers among "count" random ones. */
static Keys
random_keys(Random *random, bool text, int64_t count, int64_t range)
{
	KeyTable *table = host_alloc_zero(sizeof(KeyTable));
	Keys unsorted;
	int64_t *order;
	int64_t bytes;
	char *at;
	Keys keys;

	keytable_require_kind(table, text, "item");
	for (int64_t i = 0; i < count; i++)
	{
		Key key = case_key(text, case_between(random, -range, range));

		keytable_intern(table, text, &key);
	}
	unsorted = keytable_keys(table);
	order = keys_sorted_order(&unsorted);
	bytes = keys_text_bytes(&unsorted, NULL, unsorted.count);
	at = host_alloc_zero((size_t) keys_stored_bytes(text, unsorted.count, bytes));
	keys_store(at, &unsorted, order, unsorted.count, &bytes);
	keys_view(at, text, unsorted.count, bytes, &keys);
	assert_true(keys_valid(&keys, bytes));
	return keys;
}

static int64_t
find_slowly(const Keys *keys, const Key *key)
{
	for (int64_t i = 0; i < keys->count; i++)
	{
		Key there = keys_get(keys, i);

		if (there.integer == key->integer && there.length == key->length &&
		    (key->bytes == NULL || memcmp(there.bytes, key->bytes, (size_t) key->length) == 0))
			return i;
	}
	return -1;
}

static void
test_compare(void **state)
{
	/* ascending: by unsigned bytes, a beginning before its continuations */
	static const char *const texts[] = {"", "A", "B", "a", "a ", "aa", "ab", "b", "\x7f", "\xc3\xa9"};
	static const int64_t integers[] = {INT64_MIN, -10, -1, 0, 1, 2, 10, INT64_MAX};

	(void) state;
	for (int i = 0; i < 10; i++)
	{
		for (int j = 0; j < 10; j++)
		{
			Key a = text_key(texts[i]), b = text_key(texts[j]);
			int order = key_compare(&a, &b);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
	for (int i = 0; i < 8; i++)
	{
		for (int j = 0; j < 8; j++)
		{
			Key a = {integers[i], NULL, 0}, b = {integers[j], NULL, 0};
			int order = key_compare(&a, &b);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}

static void
test_find(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 60; round++)
	{
		bool text = round % 2;
		Keys keys = random_keys(&random, text, case_between(&random, 0, 40), 30);

		for (int64_t number = -32; number <= 32; number++)
		{
			Key key = case_key(text, number);

			assert_int_equal(keys_find(&keys, &key), find_slowly(&keys, &key));
		}
	}
}

static void
test_align(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 200; round++)
	{
		bool text = round % 2;
		Keys a = random_keys(&random, text, case_between(&random, 0, 30), 20);
		Keys b = random_keys(&random, text, case_between(&random, 0, 30), 20);
		int64_t common, expected_common = 0;
		int64_t *index = keys_align(&a, &b, &common);

		for (int64_t j = 0; j < b.count; j++)
		{
			Key key = keys_get(&b, j);

			assert_int_equal(index[j], find_slowly(&a, &key));
			expected_common += index[j] >= 0;
		}
		assert_int_equal(common, expected_common);
	}
}

static void
test_same_kind(void **state)
{
	Random random;
	Keys integers, texts, no_texts;

	(void) state;
	case_random(&random, 3);
	integers = random_keys(&random, false, 3, 10);
	texts = random_keys(&random, true, 3, 10);
	no_texts = random_keys(&random, true, 0, 10);
	keys_require_same_kind(&integers, &integers, "user");
	keys_require_same_kind(&texts, &texts, "user");
	keys_require_same_kind(&integers, &no_texts, "user");
	keys_require_same_kind(&no_texts, &integers, "user");
	EXPECT_FAIL(HOST_TYPE_MISMATCH, keys_require_same_kind(&integers, &texts, "user"));
	EXPECT_FAIL(HOST_TYPE_MISMATCH, keys_require_same_kind(&texts, &integers, "item"));
}

/* A stored selection holds the chosen keys and ends where it says. */
static void
test_store(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int round = 0; round < 100; round++)
	{
		bool text = round % 2;
		Keys keys = random_keys(&random, text, 30, 1000);
		int64_t selected[100];
		int64_t count = 0, text_bytes = -1, stored;
		char *at;
		Keys part;

		for (int64_t i = 0; i < keys.count; i++)
		{
			if (case_between(&random, 0, 2) == 0)
				selected[count++] = i;
		}
		stored = keys_stored_bytes(text, count, keys_text_bytes(&keys, selected, count));
		assert_int_equal(stored % 8, 0);
		at = host_alloc_zero((size_t) stored);
		assert_ptr_equal(keys_store(at, &keys, selected, count, &text_bytes), at + stored);
		assert_int_equal(text_bytes, keys_text_bytes(&keys, selected, count));
		assert_ptr_equal(keys_view(at, text, count, text_bytes, &part), at + stored);
		assert_true(keys_valid(&part, text_bytes));
		assert_int_equal(part.count, count);
		for (int64_t i = 0; i < count; i++)
		{
			Key key = keys_get(&part, i);

			assert_int_equal(find_slowly(&keys, &key), selected[i]);
		}
	}
}

static bool
texts_valid(const int64_t *start, const char *bytes, int64_t count, int64_t text_bytes)
{
	Keys keys = {true, count, NULL, start, bytes};

	return keys_valid(&keys, text_bytes);
}

static bool
integers_valid(const int64_t *integer, int64_t count)
{
	Keys keys = {false, count, integer, NULL, NULL};

	return keys_valid(&keys, 0);
}

static void
test_valid(void **state)
{
	/* as in a value: zeros up to a multiple of 8 */
	char *bytes = exact_copy("abcd\0\0\0", 8);

	(void) state;
	assert_true(integers_valid((int64_t[]){INT64_MIN, -1, 0, INT64_MAX}, 4));
	assert_true(integers_valid((int64_t[]){0}, 0));
	assert_false(integers_valid((int64_t[]){1, 1}, 2));
	assert_false(integers_valid((int64_t[]){1, 2, 0}, 3));
	assert_false(integers_valid((int64_t[]){INT64_MAX, INT64_MIN}, 2));

	assert_true(texts_valid((int64_t[]){0, 1, 2, 4}, bytes, 3, 4));
	assert_true(texts_valid((int64_t[]){0, 0, 4}, bytes, 2, 4)); /* one is "" */
	assert_true(texts_valid((int64_t[]){0}, bytes, 0, 0));
	assert_false(texts_valid((int64_t[]){0, 0, 0, 4}, bytes, 3, 4)); /* two are "" */
	assert_false(texts_valid((int64_t[]){1, 2, 4}, bytes, 2, 4));
	assert_false(texts_valid((int64_t[]){0, 2, 3}, bytes, 2, 4));
	assert_false(texts_valid((int64_t[]){0, 3, 2, 4}, bytes, 3, 4));
	assert_false(texts_valid((int64_t[]){0, 5, 4}, bytes, 2, 4));
	assert_false(texts_valid((int64_t[]){0, -1, 4}, bytes, 2, 4));
	assert_false(texts_valid((int64_t[]){0, INT64_MAX, 4}, bytes, 2, 4));
	assert_false(texts_valid((int64_t[]){0, 1, 2}, exact_copy("ba\0\0\0\0\0", 8), 2, 2));
	assert_false(texts_valid((int64_t[]){0, 1, 2}, exact_copy("aa\0\0\0\0\0", 8), 2, 2));
	assert_false(texts_valid((int64_t[]){0, 1, 2}, exact_copy("ab\0\0\0\0z", 8), 2, 2));
}

static void
test_sorted_order(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 5);
	for (int round = 0; round < 100; round++)
	{
		bool text = round % 2;
		int64_t count = case_between(&random, 0, 70);
		KeyTable *table = host_alloc_zero(sizeof(KeyTable));
		Keys keys;
		int64_t *order;
		char seen[70] = {0};

		keytable_require_kind(table, text, "item");
		while (table->count < count)
		{
			Key key = case_key(text, (int64_t) random_uint64(&random) >> 48);

			keytable_intern(table, text, &key);
		}
		keys = keytable_keys(table);
		order = keys_sorted_order(&keys);
		for (int64_t i = 0; i < count; i++)
		{
			assert_in_range(order[i], 0, count - 1);
			assert_false(seen[order[i]]++);
			if (i > 0)
			{
				Key before = keys_get(&keys, order[i - 1]), key = keys_get(&keys, order[i]);

				assert_true(key_compare(&before, &key) < 0);
			}
		}
	}
}

/* Numbers are given from 0 in order of first appearance and never change. */
static void
test_table(void **state)
{
	enum
	{
		KEYS = 20000
	};

	(void) state;
	for (int text = 0; text < 2; text++)
	{
		KeyTable table = {0};
		Keys keys;
		int64_t bytes = 0;

		keytable_require_kind(&table, text, "user");
		for (int64_t n = 0; n < 2 * KEYS; n++)
		{
			int64_t number = n < KEYS ? n : 2 * KEYS - 1 - n;
			Key key = case_key(text, number * 7919 - KEYS);

			assert_int_equal(keytable_intern(&table, text, &key), number);
			bytes += n < KEYS ? 4 + (text ? key.length : 8) : 0;
		}
		assert_int_equal(table.count, KEYS);
		assert_true(keytable_bytes(&table) >= bytes);
		assert_true(keytable_bytes(&table) < 8 * bytes);
		keys = keytable_keys(&table);
		for (int64_t n = 0; n < KEYS; n++)
		{
			Key key = case_key(text, n * 7919 - KEYS), there = keys_get(&keys, n);

			assert_int_equal(key_compare(&there, &key), 0);
		}
	}
}

static void
test_table_kind(void **state)
{
	KeyTable table = {0};

	(void) state;
	keytable_require_kind(&table, true, "user");
	keytable_require_kind(&table, true, "user");
	EXPECT_FAIL(HOST_TYPE_MISMATCH, keytable_require_kind(&table, false, "user"));
	assert_true(table.text);
	assert_int_equal(keytable_bytes(&table), 0);
	assert_int_equal(keytable_keys(&table).count, 0);
}

static void
intern_empty_text(void)
{
	KeyTable table = {0};
	Key empty = text_key(""), there;
	Keys keys;

	keytable_require_kind(&table, true, "user");
	if (keytable_intern(&table, true, &empty) != 0 || keytable_intern(&table, true, &empty) != 0)
		host_test_child_fails();
	keys = keytable_keys(&table);
	there = keys_get(&keys, 0);
	if (there.bytes == NULL || there.length != 0)
		host_test_child_fails();
}

/* A text key is never taken for an integer, which leaves bytes NULL. */
static void
test_empty_text(void **state)
{
	(void) state;
	assert_true(host_test_survives(intern_empty_text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_compare),      host_unit_test(test_find),  host_unit_test(test_align),
		host_unit_test(test_same_kind),    host_unit_test(test_store), host_unit_test(test_valid),
		host_unit_test(test_sorted_order), host_unit_test(test_table), host_unit_test(test_table_kind),
		host_unit_test(test_empty_text),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
