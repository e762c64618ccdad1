/*
 * keys.h
 *	  The names of users and items: 64-bit integers or UTF-8 texts.
 *
 * Keys is a read-only list inside a value, in ascending order: integers by
 * value, texts by their bytes.  KeyTable is the growing dictionary that gives
 * each new key the next number while data comes in.
 */
#ifndef SYNREC_KEYS_H
#define SYNREC_KEYS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Keys
{
	bool text;
	int64_t count;
	const int64_t *integer; /* count, when !text */
	const int64_t *start;   /* count + 1 offsets into bytes, when text */
	const char *bytes;      /* not zero-terminated, when text */
} Keys;

/* One key.  Integers leave bytes NULL, texts leave integer 0. */
typedef struct Key
{
	int64_t integer;
	const char *bytes;
	int64_t length;
} Key;

extern Key keys_get(const Keys *keys, int64_t index);

/* Less than, equal to or greater than 0 as a sorts before, with or after b. */
extern int key_compare(const Key *a, const Key *b);

/* Index of the key, or -1. */
extern int64_t keys_find(const Keys *keys, const Key *key);

/*
 * Leaves by HOST_TYPE_MISMATCH when one list is of integers and the other of
 * texts.  An empty list agrees with both.  "what" is "user" or "item".
 */
extern void keys_require_same_kind(const Keys *a, const Keys *b, const char *what);

/*
 * For every key of b, its index in a, or -1: b->count numbers, allocated.
 * *common is set to how many were found.
 */
extern int64_t *keys_align(const Keys *a, const Keys *b, int64_t *common);

/*
 * Gives back the union of some lists of one kind, allocated, in ascending
 * order; place[l][i], allocated, is the index in it of key i of list l.
 */
extern Keys keys_union(const Keys *list, int lists, uint32_t **place);

/* Bytes that a list takes inside a value (a multiple of 8). */
extern int64_t keys_stored_bytes(bool text, int64_t count, int64_t text_bytes);

/*
 * Makes *keys a view of the list stored at "at", and gives back its end.
 * Checks nothing: keys_valid() does.
 */
extern const char *keys_view(const char *at, bool text, int64_t count, int64_t text_bytes, Keys *keys);

/* Tells whether offsets are in bounds and keys strictly ascending. */
extern bool keys_valid(const Keys *keys, int64_t text_bytes);

/* Stores the selected keys at "at" and gives back the end; order is kept. */
extern char *
keys_store(char *at, const Keys *keys, const int64_t *selected, int64_t selected_count, int64_t *text_bytes);

/* Bytes of text that the selected keys take; 0 for integers. */
extern int64_t keys_text_bytes(const Keys *keys, const int64_t *selected, int64_t selected_count);

typedef struct KeyTable
{
	bool text;
	bool kind_known; /* false until the first key */
	int64_t count;   /* keys so far, numbered from 0 */
	int64_t capacity;
	int64_t *integer; /* capacity, when !text */
	int64_t *start;   /* capacity + 1, when text */
	char *bytes;      /* bytes_capacity, when text */
	int64_t bytes_capacity;
	uint32_t *slot; /* slots; 0 free, else number + 1 */
	int64_t slots;  /* 0 or a power of two, at least 2 x count */
} KeyTable;

/* Number of the key, which is added when it is new. */
extern uint32_t keytable_intern_integer(KeyTable *table, int64_t key);
extern uint32_t keytable_intern_text(KeyTable *table, const char *bytes, int64_t length);
extern uint32_t keytable_intern(KeyTable *table, bool text, const Key *key);

/* Starts loading the place of an integer key that will be interned soon. */
extern void keytable_prefetch_integer(const KeyTable *table, int64_t key);

/*
 * Fixes the kind of the table's keys, or leaves by HOST_TYPE_MISMATCH when it
 * already holds the other kind.
 */
extern void keytable_require_kind(KeyTable *table, bool text, const char *what);

/* A view of the table's keys, in order of number: not sorted. */
extern Keys keytable_keys(const KeyTable *table);

/* Numbers of the keys in ascending order of key, allocated. */
extern int64_t *keys_sorted_order(const Keys *keys);

/* Memory the table holds. */
extern int64_t keytable_bytes(const KeyTable *table);

#endif
