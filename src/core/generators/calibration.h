/*
 * calibration.h
 *	  Makes synthetic users have each item about as often as the fitted ones.
 *
 * Drawing without repetition, sharpening and the spread of what users are drawn
 * from all move how often an item is drawn.  So some users are drawn, and the
 * logarithm of wanted over drawn is added to the logarithm of the item's weight,
 * again and again, by shorter and shorter steps, so that the chance of one round
 * does not stay.
 */
#ifndef SYNREC_CALIBRATION_H
#define SYNREC_CALIBRATION_H

#include "generators/model.h"
#include "math/lda.h"
#include "math/random.h"

typedef struct Calibration
{
	int64_t items;
	const double *popularity; /* items: the share of interactions that each is to have */
	int64_t rounds;
	int64_t block; /* users drawn at a time */
	void *sampler;
	void (*begin_round)(void *sampler); /* corrections have changed; or NULL */
	void *(*scratch)(const void *sampler);
	/*
	 * draws users first .. first + block - 1, the same in every round, and adds to drawn[i]
	 * how many of them have item i; called on threads, each with a scratch of its own
	 */
	void (*draw)(const void *sampler, void *scratch, int64_t first, int64_t *drawn);
} Calibration;

/* Adds to correction (one number per item), which the sampler sees, what each round finds. */
extern void calibrate(const Calibration *calibration, float *correction);

/* The same with users who are drawn one by one, their histories as long as those of given ones. */
typedef struct UserCalibration
{
	const LdaUsers *users;
	const double *popularity; /* users->items */
	int64_t rounds;
	uint64_t seed;
	void *sampler;
	void (*begin_round)(void *sampler);
	void *(*scratch)(const void *sampler);
	void (*draw)(const void *sampler, void *scratch, Random *random, int64_t length, uint32_t *item);
} UserCalibration;

extern void calibrate_users(const UserCalibration *calibration, float *correction);

/*
 * Gives back the section "item_correction", a number per item.  Leaves by
 * HOST_INVALID_VALUE when it is not that.
 */
extern const float *calibration_open(const Model *model, int64_t items);

#endif
