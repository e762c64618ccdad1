/*
 * builder.h
 *	  Collects (user, item) pairs in any order and makes a value of them.
 *
 * A builder starts lean, because GROUP BY makes one per group: the first rows
 * wait as they came in one small array.  When that array has reached its full
 * size, its keys are given numbers in one go (a loop whose lookups overlap in
 * the processor, where one lookup a row would wait for memory each time), and
 * the pairs of numbers, 8 bytes each, go to a list of chunks that never move.
 */
#ifndef SYNREC_BUILDER_H
#define SYNREC_BUILDER_H

#include "data/histories.h"

typedef struct HistoryBuilder HistoryBuilder;

/* Gives back an empty builder, in the host's current arena. */
extern HistoryBuilder *builder_new(void);

/*
 * Adds a pair.  Leaves by HOST_TYPE_MISMATCH when its keys are not of the kind
 * of the earlier ones, by HOST_MEMORY_LIMIT when the host allows no more.
 * The builder allocates here: the host's arena must be the builder's.
 */
extern void
builder_add(HistoryBuilder *builder, bool text_user, const Key *user, bool text_item, const Key *item);

/*
 * Adds a pair with a time, for sequences; with TIMES_NONE, the same as
 * builder_add().  Leaves by HOST_TYPE_MISMATCH, too, when the kind of times is
 * not that of the earlier ones.
 */
extern void builder_add_timed(HistoryBuilder *builder, bool text_user, const Key *user, bool text_item,
                              const Key *item, TimeKind times, int64_t time);

/*
 * The same for a value of any kind: time counts when the kind has times, rating
 * when it is rated.  Leaves by HOST_INVALID_PARAMETER when such a rating is not
 * finite.  Of the ratings that a user of sets gave an item the highest is kept.
 */
extern void builder_add_event(HistoryBuilder *builder, bool text_user, const Key *user, bool text_item,
                              const Key *item, HistoryKind kind, int64_t time, double rating);

/* Adds every pair of a value. */
extern void builder_add_histories(HistoryBuilder *builder, const Histories *data);

/*
 * Gets a builder ready for builder_finish(), in the builder's own arena.  One
 * that is still lean stays so: many groups may be finished one after another.
 */
extern void builder_settle(HistoryBuilder *builder);

/*
 * Gives back the value of what was added so far and makes *data a view of it.
 * The builder, which is settled, stays as it is and can take more pairs.  The
 * value and all scratch memory come from the host's current arena, which need
 * not be the builder's.
 */
extern void *builder_finish(const HistoryBuilder *builder, Histories *data);

#endif
