/*
 * item_lists.h
 *	  The lists of items that a training step sees of some users.
 *
 * Where histories are sets, a list is in random order, another one each time
 * that the user is seen: a fixed order would teach noise.  Sequences keep their
 * order.  Of a history longer than a list may be, so many items are drawn at
 * random, others each time.
 */
#ifndef SYNREC_ITEM_LISTS_H
#define SYNREC_ITEM_LISTS_H

#include "data/histories.h"
#include "nn/shard.h"

/* Lists of m users; on a dry tape the pointers are NULL. */
typedef struct ItemLists
{
	int64_t rows;    /* m */
	int64_t steps;   /* length of the longest list there can be */
	int64_t *length; /* m, at least 1 each */
	uint32_t *item;  /* steps x m: the first items of all users, then the second ones; 0 past the end */
	real *active;    /* steps x m: 1, or 0 past the end */
} ItemLists;

/* In the tape's memory.  The samples of the shard are users. */
extern ItemLists item_lists(Tape *tape, const Histories *data, const Shard *shard, int64_t steps);

#endif
