/*
 * merge.h
 *	  Joining a few values, which are sorted already, into one.
 */
#ifndef SYNREC_MERGE_H
#define SYNREC_MERGE_H

#include "data/histories.h"

/* The work per interaction grows with the number of parts. */
#define MERGE_MOST_PARTS 16

/*
 * Gives back the value of all interactions of 1 to MERGE_MOST_PARTS parts,
 * whose keys, times and ratings are of the same kinds, and makes *data a view of it.
 * "held" bytes, for host_reserve(), are taken already.
 */
extern void *histories_merge(const Histories *part, int parts, int64_t held, Histories *data);

#endif
