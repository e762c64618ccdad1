/*
 * simulate.h
 *	  Interactions with known properties, for demonstrations and tests.
 *
 * A small world of latent tastes, in the manner of the simulators of the
 * recommender literature (RecSim, RecoGym): users and items are mixtures of
 * topics; a user is shown slates of items by a logging policy and chooses one
 * from each by a multinomial logit, until her history is long enough.
 */
#ifndef SYNREC_SIMULATE_H
#define SYNREC_SIMULATE_H

#include "data/histories.h"

typedef enum LoggingPolicy
{
	LOGGING_UNIFORM,   /* slates of items drawn uniformly */
	LOGGING_POPULARITY /* slates of items drawn by their quality */
} LoggingPolicy;

typedef struct Simulation
{
	int64_t users;     /* 1 .. */
	int64_t items;     /* 1 .. */
	double mean_items; /* mean history length, at least 1 */
	int64_t topics;    /* dimensions of taste, 1 .. 1000 */
	double taste;      /* 0 ..: how much taste decides; 0 not at all */
	double zipf;       /* 0 ..: quality of the item of rank r is r^-zipf */
	LoggingPolicy policy;
} Simulation;

/*
 * Gives back a value with integer keys 1 .. users and 1 .. items (items that
 * nobody chose are not in it).
 *
 * Users and items have topic mixtures, softmax of 2 z with z standard normal.
 * An item's quality is rank^-zipf with a random rank.  History lengths are 1
 * plus a geometric number, cut at half the catalogue (at least 1).  Each choice
 * is among SIMULATE_SLATE items that the user does not have, with probability
 * proportional to exp(taste x topics x (user's mixture . item's mixture)), times
 * the quality under the uniform policy (under the other it decides what is
 * shown).
 */
extern void *simulate(const Simulation *simulation, uint64_t seed);

#define SIMULATE_SLATE 20

#endif
