/*
 * simulate.h
 *	  Interactions with known properties, for demonstrations and tests.
 */
#ifndef SYNREC_SIMULATE_H
#define SYNREC_SIMULATE_H

#include "data/histories.h"

typedef struct Simulation
{
	int64_t		users;			/* 1 .. */
	int64_t		items;			/* 1 .. */
	double		mean_items;		/* mean history length, at least 1 */
	int64_t		topics;			/* groups of items that share an audience; as many as items at most */
	double		focus;			/* 0 .. 1: share of choices made in the user's own topic */
	double		zipf;			/* popularity of the item of rank r is r^-zipf; >= 0 */
} Simulation;

/*
 * Gives back a value with integer keys 1 .. users and 1 .. items.  A user has
 * a topic of her own; history lengths are 1 plus a geometric number, cut at
 * half the catalogue (at least 1); each item comes, with probability "focus",
 * from the user's topic, else from the whole catalogue, by Zipf popularity and
 * without repetition.
 */
extern void *simulate(const Simulation *simulation, uint64_t seed);

#endif
