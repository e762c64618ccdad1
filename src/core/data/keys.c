/*
 * keys.c
 *	  Lists and dictionaries of user and item keys.
 */
#include "data/keys.h"

#include "host.h"
#include "data/value.h"

#include <string.h>

/* Loops over keys look for a cancel request once every so many. */
#define KEYS_PER_POLL (1 << 16)

Key
keys_get(const Keys *keys, int64_t index)
{
	Key key = {0, NULL, 0};

	if (keys->text)
	{
		key.bytes = keys->bytes + keys->start[index];
		key.length = keys->start[index + 1] - keys->start[index];
	}
	else
		key.integer = keys->integer[index];
	return key;
}

int
key_compare(const Key *a, const Key *b)
{
	int64_t shorter;
	int order;

	if (a->bytes == NULL)
		return (a->integer > b->integer) - (a->integer < b->integer);
	shorter = a->length < b->length ? a->length : b->length;
	order = memcmp(a->bytes, b->bytes, (size_t) shorter);
	return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

int64_t
keys_find(const Keys *keys, const Key *key)
{
	int64_t low = 0, high = keys->count;

	while (low < high)
	{
		int64_t middle = low + (high - low) / 2;
		Key there = keys_get(keys, middle);
		int order = key_compare(&there, key);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

static _Noreturn void
kinds_differ(const char *what)
{
	host_fail(HOST_TYPE_MISMATCH, host_format("integer and text %s keys do not mix", what),
	          host_format("One set has integer %s keys, the other text %s keys.", what, what),
	          host_format("Cast the %s column to the same type in both.", what));
}

void
keys_require_same_kind(const Keys *a, const Keys *b, const char *what)
{
	if (a->count > 0 && b->count > 0 && a->text != b->text)
		kinds_differ(what);
}

int64_t *
keys_align(const Keys *a, const Keys *b, int64_t *common)
{
	int64_t *index = host_array(int64_t, b->count);
	int64_t i = 0;

	*common = 0;
	for (int64_t j = 0; j < b->count; j++)
	{
		Key sought = keys_get(b, j);
		int order = 1;

		if (j % KEYS_PER_POLL == 0)
			host_poll();
		for (; i < a->count; i++)
		{
			Key there = keys_get(a, i);

			order = key_compare(&there, &sought);
			if (order >= 0)
				break;
		}
		index[j] = i < a->count && order == 0 ? i : -1;
		*common += index[j] >= 0;
	}
	return index;
}

/* Makes room for one more key of "length" bytes of text. */
static void
make_room(KeyTable *table, int64_t length)
{
	if (table->count + 1 >= (int64_t) UINT32_MAX)
		host_fail(HOST_TOO_LARGE, "more than 4294967294 different keys", NULL, NULL);
	if (table->count == table->capacity)
	{
		int64_t capacity = table->capacity == 0 ? 8 : table->capacity * 2;

		if (table->text && table->start == NULL)
			table->start = host_array_zero(int64_t, capacity + 1);
		else if (table->text)
			table->start = host_array_resize(int64_t, table->start, capacity + 1);
		else if (table->integer == NULL)
			table->integer = host_array(int64_t, capacity);
		else
			table->integer = host_array_resize(int64_t, table->integer, capacity);
		table->capacity = capacity;
	}
	if (table->text)
	{
		int64_t needed = table->start[table->count] + length;

		if (needed > table->bytes_capacity || table->bytes == NULL)
		{
			int64_t capacity = table->bytes_capacity == 0 ? 64 : table->bytes_capacity * 2;

			if (capacity < needed)
				capacity = needed;
			if (table->bytes == NULL)
				table->bytes = host_alloc((size_t) capacity);
			else
				table->bytes = host_resize(table->bytes, (size_t) capacity);
			table->bytes_capacity = capacity;
		}
	}
}

/* Appends a key for which there is room; gives back its number. */
static uint32_t
append(KeyTable *table, const Key *key)
{
	if (table->text)
	{
		memcpy(table->bytes + table->start[table->count], key->bytes, (size_t) key->length);
		table->start[table->count + 1] = table->start[table->count] + key->length;
	}
	else
		table->integer[table->count] = key->integer;
	return (uint32_t) table->count++;
}

/* The list whose next key is the least, or -1 when all are through. */
static int
least_list(const Keys *list, int lists, const int64_t *next)
{
	int least = -1;
	Key least_key = {0, NULL, 0};

	for (int l = 0; l < lists; l++)
	{
		Key key;

		if (next[l] == list[l].count)
			continue;
		key = keys_get(&list[l], next[l]);
		if (least < 0 || key_compare(&key, &least_key) < 0)
		{
			least = l;
			least_key = key;
		}
	}
	return least;
}

Keys
keys_union(const Keys *list, int lists, uint32_t **place)
{
	KeyTable all = {0};
	int64_t *next = host_array_zero(int64_t, lists);
	int least;

	for (int l = 0; l < lists; l++)
	{
		place[l] = host_array(uint32_t, list[l].count);
		if (list[l].count > 0)
			all.text = list[l].text;
	}
	while ((least = least_list(list, lists, next)) >= 0)
	{
		Key key = keys_get(&list[least], next[least]);

		if (all.count % KEYS_PER_POLL == 0)
			host_poll();
		make_room(&all, key.length);
		for (int l = 0; l < lists; l++)
		{
			Key same;

			if (next[l] == list[l].count)
				continue;
			same = keys_get(&list[l], next[l]);
			if (key_compare(&same, &key) == 0)
				place[l][next[l]++] = (uint32_t) all.count;
		}
		append(&all, &key);
	}
	host_free(next);
	return keytable_keys(&all);
}

int64_t
keys_stored_bytes(bool text, int64_t count, int64_t text_bytes)
{
	return text ? (count + 1) * 8 + value_align(text_bytes) : count * 8;
}

const char *
keys_view(const char *at, bool text, int64_t count, int64_t text_bytes, Keys *keys)
{
	memset(keys, 0, sizeof(*keys));
	keys->text = text;
	keys->count = count;
	if (text)
	{
		keys->start = (const int64_t *) at;
		keys->bytes = at + (count + 1) * 8;
	}
	else
		keys->integer = (const int64_t *) at;
	return at + keys_stored_bytes(text, count, text_bytes);
}

bool
keys_valid(const Keys *keys, int64_t text_bytes)
{
	if (keys->text)
	{
		if (keys->start[0] != 0 || keys->start[keys->count] != text_bytes ||
		    !value_padded(keys->bytes, text_bytes))
			return false;
		for (int64_t i = 0; i < keys->count; i++)
		{
			if (keys->start[i] > keys->start[i + 1] || keys->start[i + 1] > text_bytes)
				return false;
		}
	}
	for (int64_t i = 0; i + 1 < keys->count; i++)
	{
		Key key = keys_get(keys, i), next = keys_get(keys, i + 1);

		if (i % KEYS_PER_POLL == 0)
			host_poll();
		if (key_compare(&key, &next) >= 0)
			return false;
	}
	return true;
}

int64_t
keys_text_bytes(const Keys *keys, const int64_t *selected, int64_t selected_count)
{
	int64_t bytes = 0;

	if (!keys->text)
		return 0;
	for (int64_t i = 0; i < selected_count; i++)
		bytes += keys_get(keys, selected ? selected[i] : i).length;
	return bytes;
}

char *
keys_store(char *at, const Keys *keys, const int64_t *selected, int64_t selected_count, int64_t *text_bytes)
{
	int64_t *number = (int64_t *) at;
	char *bytes = at + (selected_count + 1) * 8;
	int64_t used = 0;

	for (int64_t i = 0; i < selected_count; i++)
	{
		Key key = keys_get(keys, selected ? selected[i] : i);

		if (keys->text)
		{
			number[i] = used;
			memcpy(bytes + used, key.bytes, (size_t) key.length);
			used += key.length;
		}
		else
			number[i] = key.integer;
	}
	if (keys->text)
		number[selected_count] = used;
	*text_bytes = used;
	return at + keys_stored_bytes(keys->text, selected_count, used);
}

/* Murmur3's finaliser. */
static uint64_t
hash_integer(int64_t key)
{
	uint64_t h = (uint64_t) key;

	h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ (h >> 33);
}

static uint64_t
hash_text(const char *bytes, int64_t length)
{
	uint64_t word = 0;
	int64_t whole = length & ~(int64_t) 7;
	uint64_t h = value_hash(bytes, whole, (uint64_t) length);

	if (length > whole)
		memcpy(&word, bytes + whole, (size_t) (length - whole));
	return hash_integer((int64_t) (h ^ word));
}

static void
keytable_rehash(KeyTable *table, int64_t slots)
{
	uint32_t *slot = host_array_zero(uint32_t, slots);
	Keys keys = keytable_keys(table);

	for (int64_t i = 0; i < table->count; i++)
	{
		Key key = keys_get(&keys, i);
		uint64_t at = table->text ? hash_text(key.bytes, key.length) : hash_integer(key.integer);

		if (i % KEYS_PER_POLL == 0)
			host_poll();
		for (at &= (uint64_t) slots - 1; slot[at] != 0; at = (at + 1) & ((uint64_t) slots - 1))
			;
		slot[at] = (uint32_t) i + 1;
	}
	if (table->slot != NULL)
		host_free(table->slot);
	table->slot = slot;
	table->slots = slots;
}

/* Makes room for one more key in the list and among the slots. */
static void
grow(KeyTable *table, int64_t length)
{
	make_room(table, length);
	if (table->slots < 2 * (table->count + 1))
		keytable_rehash(table, table->slots == 0 ? 16 : table->slots * 2);
}

uint32_t
keytable_intern_integer(KeyTable *table, int64_t key)
{
	uint64_t hash = hash_integer(key);
	uint64_t at;

	if (table->slots > 0)
	{
		for (at = hash & ((uint64_t) table->slots - 1); table->slot[at] != 0;
		     at = (at + 1) & ((uint64_t) table->slots - 1))
		{
			if (table->integer[table->slot[at] - 1] == key)
				return table->slot[at] - 1;
		}
	}
	grow(table, 0);
	for (at = hash & ((uint64_t) table->slots - 1); table->slot[at] != 0;
	     at = (at + 1) & ((uint64_t) table->slots - 1))
		;
	table->slot[at] = append(table, &(Key){key, NULL, 0}) + 1;
	return table->slot[at] - 1;
}

void
keytable_prefetch_integer(const KeyTable *table, int64_t key)
{
	if (table->slots > 0)
		__builtin_prefetch(&table->slot[hash_integer(key) & ((uint64_t) table->slots - 1)]);
}

uint32_t
keytable_intern_text(KeyTable *table, const char *bytes, int64_t length)
{
	uint64_t hash = hash_text(bytes, length);
	uint64_t at;

	if (table->slots > 0)
	{
		for (at = hash & ((uint64_t) table->slots - 1); table->slot[at] != 0;
		     at = (at + 1) & ((uint64_t) table->slots - 1))
		{
			const int64_t *start = table->start + table->slot[at] - 1;

			if (start[1] - start[0] == length && memcmp(table->bytes + start[0], bytes, (size_t) length) == 0)
				return table->slot[at] - 1;
		}
	}
	grow(table, length);
	for (at = hash & ((uint64_t) table->slots - 1); table->slot[at] != 0;
	     at = (at + 1) & ((uint64_t) table->slots - 1))
		;
	table->slot[at] = append(table, &(Key){0, bytes, length}) + 1;
	return table->slot[at] - 1;
}

uint32_t
keytable_intern(KeyTable *table, bool text, const Key *key)
{
	return text ? keytable_intern_text(table, key->bytes, key->length)
	            : keytable_intern_integer(table, key->integer);
}

void
keytable_require_kind(KeyTable *table, bool text, const char *what)
{
	if (table->kind_known && table->text != text)
		kinds_differ(what);
	table->kind_known = true;
	table->text = text;
}

Keys
keytable_keys(const KeyTable *table)
{
	static const int64_t no_text[1] = {0};
	Keys keys = {table->text, table->count, table->integer, table->start, table->bytes};

	if (table->text && table->start == NULL)
		keys.start = no_text;
	return keys;
}

int64_t
keytable_bytes(const KeyTable *table)
{
	return table->capacity * 8 + table->bytes_capacity + table->slots * 4;
}

/* Bottom-up merge sort: stable, n log n, and it can be interrupted. */
int64_t *
keys_sorted_order(const Keys *keys)
{
	int64_t n = keys->count;
	int64_t *from = host_array(int64_t, n);
	int64_t *to = host_array(int64_t, n);
	int64_t work = 0;

	for (int64_t i = 0; i < n; i++)
		from[i] = i;
	for (int64_t width = 1; width < n; width *= 2)
	{
		int64_t *swap;

		for (int64_t low = 0; low < n; low += 2 * width)
		{
			int64_t middle = low + width < n ? low + width : n;
			int64_t high = low + 2 * width < n ? low + 2 * width : n;
			int64_t a = low, b = middle;

			for (int64_t out = low; out < high; out++)
			{
				bool take_a = a < middle;

				if (take_a && b < high)
				{
					Key key_a = keys_get(keys, from[a]), key_b = keys_get(keys, from[b]);

					take_a = key_compare(&key_a, &key_b) <= 0;
				}
				to[out] = take_a ? from[a++] : from[b++];
				if (++work % KEYS_PER_POLL == 0)
					host_poll();
			}
		}
		swap = from;
		from = to;
		to = swap;
	}
	host_free(to);
	return from;
}
