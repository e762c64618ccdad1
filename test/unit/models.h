/*
 * models.h
 *	  Models of small data, what they generate, and damaged ones.
 */
#ifndef SYNREC_MODELS_H
#define SYNREC_MODELS_H

#include "cases.h"
#include "generators/generator.h"

/* Fits the method's options in the order of its table; *model is a view of the result. */
extern void
fit_model(const char *method, const double *options, const Histories *data, int64_t seed, Model *model);

/*
 * Values of a method's options: the defaults, but for the named ones, each name
 * followed by a double; ended by NULL.
 */
extern double *option_values(const char *method, ...);

/* All histories of some users, one after the other. */
typedef struct Users
{
	int64_t first;
	int64_t count;
	int64_t *start; /* count + 1 */
	uint32_t *item;
	double *rating; /* parallel to item, or NULL when the model has none */
	int64_t *time;  /* likewise */
} Users;

extern Users generated(const Model *model, uint64_t seed, int64_t first, int64_t count);

extern void assert_same_users(const Users *a, const Users *b);

/* Asserts that every history is a set of items of the catalogue. */
extern void assert_sets(const Users *users, int64_t items);

/*
 * Asserts that users have sets of items, and that user n is the same, whoever
 * else is asked for and on however many threads.
 */
extern void assert_slices(const Model *model, uint64_t seed);

/* Sum over items of how far a share in 20,000 synthetic users is from the original one. */
extern double popularity_error(const Histories *data, const Model *model);

/* Makes *other a copy of the model in which the section holds other numbers. */
extern void
model_with(const Model *model, const char *section, const void *data, int64_t count, Model *other);

/*
 * Gives back what comes of generating from a copy of the model in which the
 * section holds other numbers.  Everything but the section is as it should be,
 * checksums too.
 */
extern int outcome_with(const Model *model, const char *section, const void *data, int64_t count);

/* Asserts that the model is refused when one element of the section is changed. */
extern void assert_refused_with(const Model *model, const char *section, int64_t index, int64_t number);

/* What comes of it otherwise. */
extern int outcome_with_element(const Model *model, const char *section, int64_t index, int64_t number);

#endif
