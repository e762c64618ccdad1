/*
 * cases.h
 *	  Small sets of histories, random or by hand, and what tests ask of them.
 */
#ifndef SYNREC_CASES_H
#define SYNREC_CASES_H

#include "data/builder.h"
#include "host_test.h"
#include "math/random.h"

/* Pairs of numbers; case_key() makes keys of them. */
typedef struct Pairs
{
	int64_t count;
	int64_t *user;
	int64_t *item;
} Pairs;

/* Numbers that belong to tests, so that they share no stream with the core. */
extern void case_random(Random *random, uint64_t seed);

/* Random number from low to high, both included. */
extern int64_t case_between(Random *random, int64_t low, int64_t high);

/*
 * "count" pairs of "users" different user numbers and "items" different item
 * numbers, half of them negative; repeated pairs are likely.
 */
extern Pairs pairs_random(Random *random, int64_t count, int64_t users, int64_t items);

extern void pairs_shuffle(Pairs *pairs, Random *random);

/* Pairs begin .. end - 1, in the same memory. */
extern Pairs pairs_part(const Pairs *pairs, int64_t begin, int64_t end);

/* How many different pairs there are. */
extern int64_t pairs_different(const Pairs *pairs);

/* The number itself, or a text that sorts elsewhere than the number. */
extern Key case_key(bool text, int64_t number);

/* Adds the pairs one by one. */
extern void add_pairs(HistoryBuilder *builder, const Pairs *pairs, bool text_users, bool text_items);

extern void *build(const Pairs *pairs, bool text_users, bool text_items, Histories *data);

/* Histories of such random pairs; the seed says which keys are text, too. */
extern Histories random_histories(uint64_t seed, int64_t count, int64_t users, int64_t items);

/*
 * Histories by hand: rows[n] is "1 2 3", the items of user n + 1; ended by
 * NULL.  Users have integer keys.
 */
extern void *build_rows(const char *const *rows, bool text_items, Histories *data);

/*
 * Histories of up to 12 users and 10 items.  Sets of different shifts overlap
 * in a part of the catalogue, or not at all.
 */
extern Histories random_set(Random *random, bool text, int64_t shift);

extern bool share_an_item(const Histories *a, const Histories *b);

/* Tells whether the user (by index) has the item (by key). */
extern bool has_item(const Histories *data, int64_t user, const Key *item);

/* Tells whether the user (by key) is there and has the item (by key). */
extern bool has_pair(const Histories *data, const Key *user, const Key *item);

extern void assert_same_value(const Histories *a, const Histories *b);

/*
 * Asserts that counts agree with probabilities, by a chi-square test whose
 * false-alarm rate is one in a million per call for a seed picked at random;
 * seeds in tests are fixed.  Cells of probability 0 must be empty; cells that
 * expect few draws are taken together.
 */
extern void assert_frequencies(const int64_t *observed, const double *probability, int cells);

/* A copy on the heap of exactly so many bytes, in the current arena. */
extern void *exact_copy(const void *value, int64_t bytes);

#endif
