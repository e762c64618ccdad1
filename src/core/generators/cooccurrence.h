/*
 * cooccurrence.h
 *	  What the generator of co-occurrence and its private form share.
 */
#ifndef SYNREC_COOCCURRENCE_H
#define SYNREC_COOCCURRENCE_H

#include "generators/factors.h"

/* Why not all items have structure. */
enum
{
	STRUCTURE_WHOLE,
	STRUCTURE_BY_OPTION,
	STRUCTURE_BY_MEMORY,
	STRUCTURE_BY_NOISE
};

/* Counts, exact or with noise: what a model is made of. */
typedef struct Cooccurrence
{
	int64_t items;
	double users;
	const double *count;    /* items: users with each, > 0 */
	const Lengths *lengths; /* of histories */
	int64_t structured;     /* items with pairs */
	const uint32_t *item;   /* structured: which, ascending */
	double *pairs;          /* structured x structured: users with both; destroyed */
	double expected;        /* users with both of i and j by chance: this * count[i] * count[j] */
	double noise;           /* variance of what was added to each of the pairs */
	double smoothing;       /* users to add to each count where it divides */
	int64_t limit;          /* STRUCTURE_... */
} Cooccurrence;

/* Adds all sections but those of lengths.  Of options it reads what both forms have. */
extern void write_cooccurrence(const Cooccurrence *cooccurrence, const Options *options, uint64_t seed,
                               ModelWriter *writer);

/* Bytes that it takes, counting the pairs included. */
extern int64_t structure_bytes(const Histories *data, int64_t structured, int64_t factors);

/* Indexes of the items of greatest count, ascending; of equals the first. */
extern uint32_t *most_popular(const double *count, int64_t items, int64_t wanted);

/*
 * Gives back the histories with nothing but the chosen items, numbered anew.
 * Users may be left without items: it is no value to be stored.
 */
extern Histories histories_of_items(const Histories *data, const uint32_t *chosen, int64_t count);

/* What details() says of both. */
extern char *cooccurrence_details(const Model *model);

#endif
