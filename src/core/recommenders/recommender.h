/*
 * recommender.h
 *	  What a recommender is, to everything that is not one.
 *
 * A recommender is trained on histories and gives every item of them a score
 * for a user, given some of the user's items.  Users need not be those it was
 * trained on.
 *
 * To add one: write recommenders/NAME.c with one Recommender in it, list it in
 * recommenders/registry.c and in the Makefile, give it a constructor in
 * sql/recommenders.sql, a test and a section of the manual.
 */
#ifndef SYNREC_RECOMMENDER_H
#define SYNREC_RECOMMENDER_H

#include "data/histories.h"
#include "data/options.h"

/*
 * What the recommenders of one evaluation are trained on.  The keys of data
 * are not used.
 */
typedef struct Training
{
	const Histories *data;
	int64_t *count; /* per item: users who have it */
	int64_t *start; /* inverted lists, as of histories_invert() */
	uint32_t *user;
} Training;

extern void training_begin(const Histories *data, Training *training);
extern void training_end(Training *training);

typedef struct Recommender
{
	const char *method; /* its name in SQL */
	const OptionSpec *options;

	/* How many of different options are best trained together, at least 1. */
	int (*together)(void);

	/* Memory that training "count" of them on data and keeping them takes. */
	int64_t (*bytes)(const Histories *data, const Options *options, int count);

	/*
	 * Trains "count" of them, which share their work.  trained[n] is what
	 * score() needs for options[n]; it lives as long as the host's scope.
	 */
	void (*train)(Training *training, const Options *options, int count, void **trained);

	/*
	 * Sets score[j] for all items j of the training, given the indexes of
	 * "count" items, ascending.  scratch has room for RECOMMENDER_SCRATCH
	 * numbers.  Runs on any thread: calls nothing of host.h.
	 */
	void (*score)(const void *trained, const uint32_t *item, int64_t count, double *scratch, double *score);
} Recommender;

#define RECOMMENDER_SCRATCH 256

/* A recommender with its options, as a user asks for it. */
typedef struct RecommenderChoice
{
	const Recommender *recommender;
	Options options;
} RecommenderChoice;

/* All recommenders there are, ended by NULL. */
extern const Recommender *const recommenders[];

/* The recommender of that name, or NULL. */
extern const Recommender *recommender_find(const char *method);

/* The names of the 13 recommenders that realism compares by default. */
#define REFERENCE_RECOMMENDERS 13
extern const char *const reference_recommenders[REFERENCE_RECOMMENDERS];

/* How it is written in SQL: "ease(lambda => 50)". */
extern char *recommender_name(const RecommenderChoice *choice);

#endif
