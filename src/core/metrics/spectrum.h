/*
 * spectrum.h
 *	  The singular values of users x items, which say how much of the data
 *	  follows few common tastes.
 */
#ifndef SYNREC_SPECTRUM_H
#define SYNREC_SPECTRUM_H

#include "data/histories.h"

/*
 * The greatest "count" singular values of the binary matrix of sets, scaled to a
 * Frobenius norm of 1 so that numbers of users do not matter: their squares sum
 * up to at most 1.  Descending, zeros after the last; allocated.  Leaves by
 * HOST_NO_DATA when there are no users.
 */
extern double *spectrum(const Histories *data, int64_t count);

/*
 * |a - b| / |a| of two spectra of so many values, a the original's.  Leaves by
 * HOST_INVALID_PARAMETER when count is less than 1.
 */
extern double spectrum_distance(const Histories *original, const Histories *synthetic, int64_t count);

#endif
