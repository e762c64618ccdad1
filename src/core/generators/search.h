/*
 * search.h
 *	  Random search for the hyper-parameters of generators with codes.
 *
 * As Noble et al. (EvalRS 2023) found theirs: at random within ranges, most of
 * which are those of Lucic et al., "Are GANs Created Equal?" (NeurIPS 2018),
 * judged by how near the items of synthetic users come to those of users whom
 * the generator has not seen.
 */
#ifndef SYNREC_SEARCH_H
#define SYNREC_SEARCH_H

#include "generators/generator.h"

/*
 * Draws values for those options of the table that are searched, and leaves
 * the others alone.  A trial's values depend on the seed and its number only;
 * whether an option is drawn or not does not move the others.
 */
extern void search_draw(const OptionSpec *spec, uint64_t seed, int64_t trial, double *value);

/* The seed of a trial's fit. */
extern int64_t search_seed(uint64_t seed, int64_t trial, int64_t restart);

/*
 * The Jensen-Shannon distance, from 0 to 1, between the shares of items among
 * the interactions of synthetic users 1 .. users and those among the others'.
 * Leaves by HOST_TYPE_MISMATCH when one has integer and the other text keys.
 */
extern double search_distance(const Model *model, int64_t users, uint64_t seed, const Histories *others);

#endif
