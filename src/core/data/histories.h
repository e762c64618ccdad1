/*
 * histories.h
 *	  Who consumed what: item histories per user, in compressed sparse rows.
 *
 * This is the value behind the SQL type interactions.  It is canonical: users
 * and items ascend by key, every user has an item and every item a user.  So two
 * values are equal just when their bytes are, and row order, plan and
 * parallelism leave no trace.  Histories are of one of two kinds:
 *
 *	  sets		 a user's items ascend by index and occur once
 *	  sequences	 each item has a time; a user's items ascend by time and, at equal
 *				 times, by index and then by rating, and repeats are kept
 *
 * Either may have a rating per interaction, a finite number.  Most of what is
 * computed from histories is of sets: sequences_as_sets() makes them.
 *
 * Layout (see value.h for the header):
 *
 *	  header        24 bytes
 *	  sizes         5 x int64: users, items, interactions, bytes of user key
 *	                text, bytes of item key text
 *	  user keys     int64[users], or int64[users + 1] offsets and their bytes
 *	  item keys     likewise
 *	  start         int64[users + 1]
 *	  item          uint32[interactions]
 *	  time          int64[interactions], of sequences
 *	  rating        double[interactions], of rated ones; never -0
 *
 * each part padded with zeros to a multiple of 8 bytes.  Flags say which keys
 * are text, what kind of times and whether ratings there are; the remaining
 * flags are free for further arrays parallel to "item", which follow in the
 * order of their flags.
 */
#ifndef SYNREC_HISTORIES_H
#define SYNREC_HISTORIES_H

#include "data/keys.h"
#include "data/value.h"

#define HISTORIES_MAGIC 0x31494e53u /* "SNI1" */
#define HISTORIES_VERSION 3 /* with ratings; without, sequences are written as 2 and sets as 1, as ever */
#define HISTORIES_TEXT_USERS 1
#define HISTORIES_TEXT_ITEMS 2
#define HISTORIES_TIMES_SHIFT 2 /* two bits: a TimeKind */
#define HISTORIES_TIMES (3 << HISTORIES_TIMES_SHIFT)
#define HISTORIES_RATINGS 16
#define HISTORIES_KNOWN_FLAGS \
	(HISTORIES_TEXT_USERS | HISTORIES_TEXT_ITEMS | HISTORIES_TIMES | HISTORIES_RATINGS)

/* What the times of sequences are.  All are stored as integers that order them. */
typedef enum TimeKind
{
	TIMES_NONE,    /* sets */
	TIMES_INTEGER, /* the integer */
	TIMES_FLOAT,   /* bits of a double, those below the sign flipped in negative ones; -0 is 0 */
	TIMES_MOMENT   /* microseconds since 2000-01-01 */
} TimeKind;

/* Which arrays a value has beside its items. */
typedef struct HistoryKind
{
	TimeKind times;
	bool rated;
} HistoryKind;

typedef struct HistoriesHeader
{
	ValueHeader value;
	int64_t users;
	int64_t items;
	int64_t interactions;
	int64_t user_text_bytes;
	int64_t item_text_bytes;
} HistoriesHeader;

/* A view of a value: nothing in it is owned. */
typedef struct Histories
{
	int64_t users;
	int64_t items;
	int64_t interactions;
	Keys user_keys;
	Keys item_keys;
	const int64_t *start; /* users + 1 offsets into item */
	const uint32_t *item; /* interactions; ascending within a user of sets */
	TimeKind times;
	const int64_t *time;  /* interactions, or NULL when times is TIMES_NONE */
	const double *rating; /* interactions, or NULL when there are none */
	const void *value;
	int64_t bytes; /* of the whole value */
} Histories;

/* The arrays of a new value that are to be filled in; NULL where it has none. */
typedef struct HistoryArrays
{
	int64_t *start; /* users + 1; zeros */
	uint32_t *item; /* interactions, each */
	int64_t *time;
	double *rating;
} HistoryArrays;

static inline HistoryKind
histories_kind(const Histories *data)
{
	return (HistoryKind){data->times, data->rating != NULL};
}

/* Bytes that an interaction takes in a value of that kind. */
static inline int64_t
kind_width(HistoryKind kind)
{
	return 4 + (kind.times != TIMES_NONE ? 8 : 0) + (kind.rated ? 8 : 0);
}

static inline int64_t
histories_length(const Histories *data, int64_t user)
{
	return data->start[user + 1] - data->start[user];
}

/*
 * Makes *data a view of a stored value.  Every read of bytes from outside goes
 * through here: after it, nothing in the value can lead out of its bounds.
 * Leaves by HOST_INVALID_VALUE or HOST_NEWER_FORMAT.
 */
extern void histories_open(const void *value, int64_t bytes, Histories *data);

/* Makes *data a view of a value that is known to be whole, such as a copy. */
extern void histories_view(const void *value, int64_t bytes, Histories *data);

/*
 * Gives back a new value with room for the given sizes, whose keys are the
 * selected ones; *start and *item point at the parts left to fill in before
 * histories_seal().  A NULL selection means all keys.
 */
extern void *histories_new(const Keys *user_keys, const int64_t *selected_users, int64_t users,
                           const Keys *item_keys, const int64_t *selected_items, int64_t items,
                           int64_t interactions, int64_t **start, uint32_t **item);

/* The same for a value of the given kind. */
extern void *histories_new_kind(const Keys *user_keys, const int64_t *selected_users, int64_t users,
                                const Keys *item_keys, const int64_t *selected_items, int64_t items,
                                int64_t interactions, HistoryKind kind, HistoryArrays *arrays);

/* Finishes a new value and makes *data a view of it. */
extern void histories_seal(void *value, Histories *data);

/* Length of the longest history; 0 when there are none. */
extern int64_t histories_longest(const Histories *data);

/* Size of a value that is known to be whole. */
extern int64_t histories_bytes(const void *value);

/* How often each item occurs, in sets the number of its users: items numbers, allocated. */
extern int64_t *histories_item_counts(const Histories *data);

/*
 * The inverted lists: for item i, user[start[i]] ... user[start[i + 1] - 1]
 * are the users who have it, ascending; in sequences, as often as they have it.
 * Allocated.
 */
extern void histories_invert(const Histories *data, int64_t **start, uint32_t **user);

/* The same, and the users' ratings in *rating, allocated; NULL when there are none. */
extern void histories_invert_rated(const Histories *data, int64_t **start, uint32_t **user, double **rating);

#endif
