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

/* One histogram, inside a model. */
typedef struct Lengths
{
	int64_t longest;
	int64_t count;          /* different lengths */
	const uint32_t *length; /* count, ascending */
	const int64_t *users;   /* count; users with this length or a shorter one */
} Lengths;

/*
 * Adds the sections that lengths_open() reads, and gives them back: one
 * histogram per group of users.  group has one number from 0 to groups - 1 per
 * user, each of which occurs; it may be NULL when there is one group.
 */
extern Lengths *
lengths_fit(const Histories *data, const uint32_t *group, int64_t groups, ModelWriter *writer);

/*
 * The same for one group whose histogram is at hand: users_with[l] users with
 * l items, 1 <= l <= longest, one of them at least.
 */
extern Lengths *lengths_write(const int64_t *users_with, int64_t longest, ModelWriter *writer);

/*
 * Gives back the histograms, and the greatest length of all in *longest.
 * Leaves by HOST_INVALID_VALUE when the sections are not as they should be.
 */
extern Lengths *lengths_open(const Model *model, int64_t groups, int64_t *longest);

extern int64_t lengths_draw(const Lengths *lengths, Random *random);

#endif
