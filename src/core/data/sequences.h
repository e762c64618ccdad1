/*
 * sequences.h
 *	  Histories in order of time, and the sets of items in them.
 */
#ifndef SYNREC_SEQUENCES_H
#define SYNREC_SEQUENCES_H

#include "data/histories.h"

typedef struct SequenceScratch SequenceScratch;

/* Bytes of scratch memory per item of the longest history. */
#define SEQUENCE_SCRATCH_BYTES 32

/* For histories of at most "longest" items. */
extern SequenceScratch *sequence_scratch(int64_t longest);
extern void sequence_scratch_free(SequenceScratch *scratch);

/* Sorts one history by time and, at equal times, by item. */
extern void sequence_sort(int64_t *time, uint32_t *item, int64_t count, SequenceScratch *scratch);

/* Gives back the value without times, in which each user has each item once. */
extern void *sequences_as_sets(const Histories *data, Histories *sets);

/*
 * Leaves by HOST_TYPE_MISMATCH when one is of sets and the other of sequences,
 * or when their times are of different kinds.
 */
extern void times_require_same_kind(TimeKind a, TimeKind b);

#endif
