/*
 * fidelity.h
 *	  All figures that say how alike synthetic data is to the original, by name.
 *
 * Noble et al. measure what recommenders conclude (realism.h); these look at the
 * data itself.  None of them says anything about privacy: the originals
 * themselves score best on all.
 */
#ifndef SYNREC_FIDELITY_H
#define SYNREC_FIDELITY_H

#include "data/histories.h"

typedef enum FidelityMeasure
{
	FIDELITY_POPULARITY_DIVERGENCE, /* marginals.h */
	FIDELITY_POPULARITY_CORRELATION,
	FIDELITY_ACTIVITY_DIVERGENCE,
	FIDELITY_ACTIVITY_DISTANCE,
	FIDELITY_CATALOGUE_COVERAGE,
	FIDELITY_TAIL_COVERAGE,
	FIDELITY_GINI,              /* of the synthetic data alone */
	FIDELITY_RATING_DIVERGENCE, /* rating_marginals.h */
	FIDELITY_USER_RATING_DISTANCE,
	FIDELITY_ITEM_RATING_DISTANCE,
	FIDELITY_SPECTRUM_DISTANCE,     /* spectrum.h */
	FIDELITY_COOCCURRENCE_DISTANCE, /* companions.h */
	FIDELITY_TRANSITION_DISTANCE,   /* successions.h */
	FIDELITY_UNSUPPORTED_TRANSITIONS,
	FIDELITY_AUTOCORRELATION_DISTANCE,
	FIDELITY_MEASURES
} FidelityMeasure;

/* Names as users write them, ended by NULL. */
extern const char *const fidelity_names[FIDELITY_MEASURES + 1];

#define FIDELITY_ALL ((1u << FIDELITY_MEASURES) - 1)

/*
 * Sets figure[m] for the measures m in the bit set "which", the others to NaN.  A
 * figure is NaN, too, where a measure does not apply: fidelity_reason() then says
 * why.  "values" is the number of singular values that spectra have.
 *
 * Where one side is of sets and the other of sequences, the sets of items are
 * compared, of a repeated item the highest rating.  Leaves as comparison_begin()
 * does.
 */
extern void fidelity_measure(const Histories *original, const Histories *synthetic, uint32_t which,
                             int64_t values, double *figure);

/* Why the measure of these data is NaN: a constant string. */
extern const char *
fidelity_reason(FidelityMeasure measure, const Histories *original, const Histories *synthetic);

#endif
