/*
 * fidelity.c
 *	  All figures of likeness, by name.
 */
#include "metrics/fidelity.h"

#include "data/sequences.h"
#include "host.h"
#include "metrics/companions.h"
#include "metrics/marginals.h"
#include "metrics/rating_marginals.h"
#include "metrics/spectrum.h"
#include "metrics/successions.h"

#include <math.h>

const char *const fidelity_names[FIDELITY_MEASURES + 1] = {"popularity_divergence",
                                                           "popularity_correlation",
                                                           "activity_divergence",
                                                           "activity_distance",
                                                           "catalogue_coverage",
                                                           "tail_coverage",
                                                           "gini",
                                                           "rating_divergence",
                                                           "user_rating_distance",
                                                           "item_rating_distance",
                                                           "spectrum_distance",
                                                           "cooccurrence_distance",
                                                           "transition_distance",
                                                           "unsupported_transitions",
                                                           "autocorrelation_distance",
                                                           NULL};

#define NO_ORDER "no order: both sides must be sequences()"

#define BIT(measure) (1u << (measure))

#define OF_MARGINALS                                                              \
	(BIT(FIDELITY_POPULARITY_DIVERGENCE) | BIT(FIDELITY_POPULARITY_CORRELATION) | \
	 BIT(FIDELITY_ACTIVITY_DIVERGENCE) | BIT(FIDELITY_ACTIVITY_DISTANCE) |        \
	 BIT(FIDELITY_CATALOGUE_COVERAGE) | BIT(FIDELITY_TAIL_COVERAGE))
#define OF_RATINGS                                                          \
	(BIT(FIDELITY_RATING_DIVERGENCE) | BIT(FIDELITY_USER_RATING_DISTANCE) | \
	 BIT(FIDELITY_ITEM_RATING_DISTANCE))
#define OF_TRANSITIONS (BIT(FIDELITY_TRANSITION_DISTANCE) | BIT(FIDELITY_UNSUPPORTED_TRANSITIONS))

/* The sets of items of histories that may be sequences. */
static void
as_sets(const Histories *data, Histories *sets)
{
	if (data->times == TIMES_NONE)
		*sets = *data;
	else
		sequences_as_sets(data, sets);
}

static void
set_marginals(const Histories *original, const Histories *synthetic, double *figure)
{
	Marginals marginals;

	marginals_compare(original, synthetic, &marginals);
	figure[FIDELITY_POPULARITY_DIVERGENCE] = marginals.popularity_divergence;
	figure[FIDELITY_POPULARITY_CORRELATION] = marginals.popularity_correlation;
	figure[FIDELITY_ACTIVITY_DIVERGENCE] = marginals.activity_divergence;
	figure[FIDELITY_ACTIVITY_DISTANCE] = marginals.activity_distance;
	figure[FIDELITY_CATALOGUE_COVERAGE] = marginals.catalogue_coverage;
	figure[FIDELITY_TAIL_COVERAGE] = marginals.tail_coverage;
}

static void
set_ratings(const Histories *original, const Histories *synthetic, double *figure)
{
	RatingMarginals marginals;

	rating_marginals_compare(original, synthetic, &marginals);
	figure[FIDELITY_RATING_DIVERGENCE] = marginals.divergence;
	figure[FIDELITY_USER_RATING_DISTANCE] = marginals.user_distance;
	figure[FIDELITY_ITEM_RATING_DISTANCE] = marginals.item_distance;
}

static void
set_transitions(const Histories *original, const Histories *synthetic, double *figure)
{
	Transitions transitions;

	transitions_compare(original, synthetic, &transitions);
	figure[FIDELITY_TRANSITION_DISTANCE] = transitions.distance;
	figure[FIDELITY_UNSUPPORTED_TRANSITIONS] = transitions.unsupported;
}

void
fidelity_measure(const Histories *original, const Histories *synthetic, uint32_t which, int64_t values,
                 double *figure)
{
	bool ordered = original->times != TIMES_NONE && synthetic->times != TIMES_NONE;
	bool rated = original->rating != NULL && synthetic->rating != NULL;
	double found[FIDELITY_MEASURES];
	Histories sets[2];
	const Histories *a = ordered ? original : &sets[0], *b = ordered ? synthetic : &sets[1];
	void *scope = host_open_scope();

	for (int m = 0; m < FIDELITY_MEASURES; m++)
		found[m] = NAN;
	as_sets(original, &sets[0]);
	as_sets(synthetic, &sets[1]);
	if (which & OF_MARGINALS)
		set_marginals(a, b, found);
	if (which & BIT(FIDELITY_GINI))
		found[FIDELITY_GINI] = gini(b);
	if (rated && (which & OF_RATINGS))
		set_ratings(a, b, found);
	if (which & BIT(FIDELITY_SPECTRUM_DISTANCE))
		found[FIDELITY_SPECTRUM_DISTANCE] = spectrum_distance(&sets[0], &sets[1], values);
	if (which & BIT(FIDELITY_COOCCURRENCE_DISTANCE))
		found[FIDELITY_COOCCURRENCE_DISTANCE] = cooccurrence_distance(&sets[0], &sets[1]);
	if (ordered && (which & OF_TRANSITIONS))
		set_transitions(original, synthetic, found);
	if (ordered && (which & BIT(FIDELITY_AUTOCORRELATION_DISTANCE)))
		found[FIDELITY_AUTOCORRELATION_DISTANCE] = autocorrelation_distance(original, synthetic);
	host_close_scope(scope);
	for (int m = 0; m < FIDELITY_MEASURES; m++)
		figure[m] = which & BIT(m) ? found[m] : NAN;
}

const char *
fidelity_reason(FidelityMeasure measure, const Histories *original, const Histories *synthetic)
{
	bool ordered = original->times != TIMES_NONE && synthetic->times != TIMES_NONE;

	switch (measure)
	{
		case FIDELITY_TRANSITION_DISTANCE:
		case FIDELITY_UNSUPPORTED_TRANSITIONS:
			return ordered ? "too few items that follow another" : NO_ORDER;
		case FIDELITY_AUTOCORRELATION_DISTANCE:
			return ordered ? "too few histories that are long enough and vary" : NO_ORDER;
		case FIDELITY_RATING_DIVERGENCE:
		case FIDELITY_USER_RATING_DISTANCE:
		case FIDELITY_ITEM_RATING_DISTANCE:
			return "no ratings: both sides must have them";
		case FIDELITY_TAIL_COVERAGE:
			return "no items so rare";
		case FIDELITY_POPULARITY_CORRELATION:
			return "items equally popular";
		case FIDELITY_COOCCURRENCE_DISTANCE:
			return "no original user with two items";
		default:
			return "not defined";
	}
}
