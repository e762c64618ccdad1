/*
 * sequences.h
 *	  Histories in order of time, and the sets of items in them.
 */
#ifndef SYNREC_SEQUENCES_H
#define SYNREC_SEQUENCES_H

#include "data/histories.h"

typedef struct SequenceScratch SequenceScratch;

/* Bytes of scratch memory per item of the longest history. */
#define SEQUENCE_SCRATCH_BYTES 48

/* For histories of at most "longest" items. */
extern SequenceScratch *sequence_scratch(int64_t longest);
extern void sequence_scratch_free(SequenceScratch *scratch);

/* Sorts one history by time, at equal times by item, then by rating, unless that is NULL. */
extern void
sequence_sort(int64_t *time, uint32_t *item, double *rating, int64_t count, SequenceScratch *scratch);

/*
 * Gives back the value without times, in which each user has each item once,
 * with the highest of her ratings of it.
 */
extern void *sequences_as_sets(const Histories *data, Histories *sets);

/* Gives back the value without ratings. */
extern void *histories_without_ratings(const Histories *data, Histories *unrated);

/*
 * Leaves by HOST_TYPE_MISMATCH when one is of sets and the other of sequences,
 * when their times are of different kinds, or when only one has ratings.
 */
extern void histories_require_same_kind(HistoryKind a, HistoryKind b);

#endif
