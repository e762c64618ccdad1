/*
 * fractal_rates.h
 *	  How much of the data each block of a fractal expansion keeps.
 *
 * After Belletti et al., "Scalable realistic recommendation datasets through
 * fractal expansions" (2019).  The data X = U S V' (users x items) is reduced to
 * a small matrix with the same leading singular values: U and V are projected
 * at random to user_blocks and item_blocks rows and made orthonormal again.
 * Its entries, as shares of the greatest, are the rates.
 *
 * Singular values stay with their vectors.  (A published program reverses the
 * values and not the vectors, so that the greatest goes with the weakest.)
 */
#ifndef SYNREC_FRACTAL_RATES_H
#define SYNREC_FRACTAL_RATES_H

#include "math/singular.h"

/* No block keeps less or more; also not the one with the greatest entry. */
#define FRACTAL_LEAST_RATE 0.05
#define FRACTAL_MOST_RATE 0.99

/* More singular vectors than this are never used. */
#define FRACTAL_MOST_VECTORS 64

/*
 * Gives back the reduced matrix, user_blocks x item_blocks, row-major,
 * allocated: its singular values are the leading ones of the data, as many as
 * min(user_blocks, item_blocks, right->count).  Work: (users x user_blocks +
 * items x item_blocks) x vectors.  Results depend on the data and the seed only.
 */
extern double *fractal_reduce(const Histories *data, const SingularVectors *right, int64_t user_blocks,
                              int64_t item_blocks, uint64_t seed);

/* Turns the reduced matrix into rates, in place. */
extern void fractal_rates(double *reduced, int64_t count);

#endif
