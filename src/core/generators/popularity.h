/*
 * popularity.h
 *	  How many users have each item: the part that unigrams and bigrams share.
 */
#ifndef SYNREC_POPULARITY_H
#define SYNREC_POPULARITY_H

#include "generators/model.h"
#include "math/sampling.h"

/* Adds the section that popularity_open() reads. */
extern void popularity_fit(const Histories *data, ModelWriter *writer);

/*
 * Gives back a table that draws items by popularity.  Leaves by
 * HOST_INVALID_VALUE when the section is not as it should be.
 */
extern AliasTable *popularity_open(const Model *model);

#endif
