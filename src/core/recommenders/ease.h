/*
 * ease.h
 *	  EASE, a linear recommender with a closed form.
 *
 * Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019),
 * equation 8: with P = (X'X + lambda I)^-1, the weight from item i to item j is
 * B_ij = -P_ij / P_jj, and B_jj = 0; a user's scores are the sums of the rows of
 * B for her items.
 */
#ifndef SYNREC_EASE_H
#define SYNREC_EASE_H

#include "recommenders/recommender.h"

typedef struct Ease
{
	int64_t items;
	double *inverse;  /* items x items: P */
	double *diagonal; /* items: P_jj, side by side */
} Ease;

/*
 * Trains "count" of them, for lambdas > 0, side by side.  Work: items^3 flops
 * each; memory: ease_bytes().
 */
extern void ease_train(const Training *training, const double *lambda, int count, Ease *ease);

/* Memory that ease_train() takes; the largest integer when that overflows. */
extern int64_t ease_bytes(int64_t items, int count);

/*
 * Trains one on its own.  Leaves by HOST_MEMORY_LIMIT, before allocating, when
 * the matrix is larger than the host allows.
 */
extern void ease_fit(const Histories *data, double lambda, Ease *ease);

/* Sets score[j] for all items j, given the indexes of a user's items. */
extern void ease_score(const Ease *ease, const uint32_t *item, int64_t count, double *score);

#endif
