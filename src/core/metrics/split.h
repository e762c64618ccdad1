/*
 * split.h
 *	  What recommenders are trained on and tried on in one run of an evaluation.
 *
 * "Users held out, and of each of them a part of the history given" (strong
 * generalisation, Marlin 2004; Liang et al. 2018): some users are for training
 * with all of their items; of every other user's items four fifths are given to
 * the recommender, and the rest, a fifth rounded down but at least one, is held
 * out for it to find.
 */
#ifndef SYNREC_SPLIT_H
#define SYNREC_SPLIT_H

#include "data/histories.h"

/* Users to be tried on, by items of the training catalogue. */
typedef struct FoldIn
{
	int64_t users;
	int64_t *input_start; /* users + 1 offsets into input */
	uint32_t *input;      /* known items that are given, ascending */
	int64_t *held_start;  /* users + 1 offsets into held */
	int64_t *held;        /* items held out; -1 for one that is not in the catalogue */
} FoldIn;

typedef struct Split
{
	Histories train; /* without keys: items are numbered anew */
	FoldIn tried;
} Split;

/*
 * Draws "users" of the data's users without replacement, the first four fifths
 * for training.  Depends on the data, the seed, the side (0 or 1: two
 * evaluations of the same data are to be independent) and the run.
 * 2 <= users <= data->users.
 */
extern void
split_users(const Histories *data, int64_t users, uint64_t seed, int side, int64_t run, Split *split);

/*
 * Trains on "users" of the users of one set and tries on all of another, whose
 * items train_item translates into the first one's, or -1.
 */
extern void split_sets(const Histories *train, int64_t users, const Histories *tried,
                       const int64_t *train_item, uint64_t seed, int64_t run, Split *split);

/* Memory that they take. */
extern int64_t split_users_bytes(const Histories *data);
extern int64_t split_sets_bytes(const Histories *train, const Histories *tried);

/* How many of the items of a history of this length are held out. */
extern int64_t held_out(int64_t length);

#endif
