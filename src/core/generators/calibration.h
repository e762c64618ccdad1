/*
 * calibration.h
 *	  Makes synthetic users have each item about as often as the fitted ones.
 *
 * Drawing without repetition, sharpening and the spread of a mixture all move
 * how often an item is drawn.  So some users are drawn, and the logarithm of
 * wanted over drawn is added to the logarithm of the item's weight, again and
 * again, by shorter and shorter steps, so that the chance of one round does not
 * stay.
 */
#ifndef SYNREC_CALIBRATION_H
#define SYNREC_CALIBRATION_H

#include "math/lda.h"
#include "math/random.h"

typedef struct Calibration
{
	const LdaUsers *users;    /* synthetic ones have histories as long as these */
	const double *popularity; /* items: the share of interactions that each is to have */
	int64_t rounds;
	uint64_t seed;
	void *sampler;
	void (*begin_round)(void *sampler); /* corrections have changed; or NULL */
	void *(*scratch)(const void *sampler);
	/* draws a user's items; called on threads, each with a scratch of its own */
	void (*draw)(const void *sampler, void *scratch, Random *random, int64_t length, uint32_t *item);
} Calibration;

/* Adds to correction (users->items numbers), which the sampler sees, what each round finds. */
extern void calibrate(const Calibration *calibration, float *correction);

#endif
