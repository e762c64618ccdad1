/*
 * lengths.h
 *	  How many items a synthetic user has.
 *
 * The same model for every generator, so that comparisons between them are
 * fair: the histogram of the lengths of the histories that were fitted.  The
 * tail that fewer than five users share is cut to its first length, since a
 * length that one person has would give that person away.
 */
#ifndef SYNREC_LENGTHS_H
#define SYNREC_LENGTHS_H

#include "math/random.h"
#include "generators/model.h"

#define LENGTHS_MIN_USERS 5

/* Adds the sections that lengths_open() reads. */
extern void lengths_fit(const Histories *data, ModelWriter *writer);

typedef struct Lengths
{
	int64_t		longest;
	int64_t		count;			/* different lengths */
	const uint32_t *length;		/* count, ascending */
	const int64_t *users;		/* count; users with this length or a shorter one */
} Lengths;

/* Leaves by HOST_INVALID_VALUE when the sections are not as they should be. */
extern void lengths_open(const Model *model, Lengths *lengths);

extern int64_t lengths_draw(const Lengths *lengths, Random *random);

#endif
