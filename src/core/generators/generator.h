/*
 * generator.h
 *	  What a generator is, to everything that is not one.
 *
 * To add a generator: write generators/NAME.c with one Generator in it, list
 * it in generators/registry.c and in the Makefile, give it a constructor in
 * sql/, a test and a section of the manual (docs/internals.md).
 */
#ifndef SYNREC_GENERATOR_H
#define SYNREC_GENERATOR_H

#include "generators/model.h"
#include "data/options.h"

/* Histories of some consecutive users, as a generator fills them in. */
typedef struct HistoryBatch
{
	int64_t *start; /* users + 1 offsets into item */
	uint32_t *item; /* room for users x longest */

	/* users; zeros, unless the generator has groups, and told fit() so (ModelWriter) */
	uint32_t *group;

	/* not the generator's business: room like item's, or NULL when nobody wants them */
	double *rating;
	int64_t *time;
} HistoryBatch;

typedef struct Generator
{
	const char *method;    /* its name in SQL */
	const char *discloses; /* what reading a model tells; full sentences */
	const OptionSpec *options;
	bool ordered; /* fit() makes use of the order of sequences; the others get sets of them */

	/*
	 * Users per call of generate().  Blocks begin at multiples of it, so that
	 * a user's history cannot depend on which users were asked for.
	 */
	int64_t block;

	/* Adds the method's sections.  data has at least one user. */
	void (*fit)(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer);

	/*
	 * Gives back what generate() reads: it is shared by threads.  *longest is
	 * set to the greatest length of a history.  Leaves by HOST_INVALID_VALUE
	 * when the method's sections do not fit together.
	 */
	void *(*open)(const Model *model, int64_t *longest);

	/*
	 * Options of generating, or NULL when there are none.  A fallback of NaN
	 * stands for what the model was fitted with.
	 */
	const OptionSpec *sampling;

	/* Applies them to what open() gave back. */
	void (*tune)(void *sampler, const Options *options);

	/* Gives back what one thread needs to write to. */
	void *(*scratch)(const void *sampler);

	/*
	 * Fills in the histories of users first .. first + users - 1, where users
	 * is always "block".  Runs on any thread: calls nothing of host.h.
	 */
	void (*generate)(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
	                 HistoryBatch *batch);

	/*
	 * Gives back members of a JSON object for describe(), without braces, or
	 * is NULL.
	 */
	char *(*details)(const Model *model);
} Generator;

/* What synthetic text keys begin with. */
#define SYNTHETIC_KEY_PREFIX "synthetic-"

/* What synthetic UUIDs begin with, before three digits of a number. */
#define SYNTHETIC_UUID_PREFIX "73796e74-6865-8"

/* All generators there are, ended by NULL. */
extern const Generator *const generators[];

/* The generator of that name, or NULL. */
extern const Generator *generator_find(const char *method);

/*
 * Gives back a model and its size.  options_text is kept in the model as it
 * is (JSON).  Models of ratings and times are fitted, too, where the data have
 * any, unless the generator's model is private.  Leaves by HOST_NO_DATA when
 * there are no users.
 */
extern void *generator_fit(const Generator *generator, const Histories *data, const Options *options,
                           const char *options_text, int64_t seed, const char *version, int64_t *bytes);

/* Users first_user, first_user + 1, ... of a model, one after the other. */
typedef struct Generation Generation;

/* first_user >= 1, users >= 0.  The model must live as long as the result. */
extern Generation *generation_begin(const Model *model, uint64_t seed, int64_t first_user, int64_t users);

/* Applies the generator's options of generating; before the first generation_next(). */
extern void generation_tune(Generation *generation, const Options *options);

/*
 * Asks for ratings, or for the times of what is generated; before the first
 * generation_next().  Gives back whether the model has any: without, none are
 * generated.
 */
extern bool generation_want_ratings(Generation *generation);
extern TimeKind generation_want_times(Generation *generation);

/*
 * Ratings and times of the user that generation_next() gave, as many as she has
 * items; NULL where they were not asked for or there are none.
 */
extern const double *generation_ratings(const Generation *generation);
extern const int64_t *generation_times(const Generation *generation);

/*
 * Gives back false after the last user; else *user, and *count indexes of
 * items into the model's keys, which stay until the next call.  Users of some
 * generators may have no items.
 */
extern bool generation_next(Generation *generation, int64_t *user, const uint32_t **item, int64_t *count);

#endif
