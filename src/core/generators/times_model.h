/*
 * times_model.h
 *	  When a synthetic user has her items.
 *
 * The same model for every generator.  A history begins at a time drawn from
 * where histories begin, and goes on by gaps.  Where times have days (dates and
 * timestamps; numbers that are seconds or milliseconds since 1970), a history is
 * made of sittings, between which an hour or more goes by: their number is drawn from
 * those of histories about as long, the days between them from all, and the time of day
 * of each from the times of day of all items.  So times of day come out
 * right, however long gaps are.
 *
 * All that is known are histograms of bins that at least TIME_MIN_USERS users
 * share (time_bins.h), and the unit that times are multiples of.
 */
#ifndef SYNREC_TIMES_MODEL_H
#define SYNREC_TIMES_MODEL_H

#include "generators/model.h"
#include "math/random.h"

typedef struct TimesModel TimesModel;

/* Adds the model's sections, unless there are too few users to have one.  data are sequences. */
extern void times_model_fit(const Histories *data, ModelWriter *writer);

/*
 * Gives back the model's part, or NULL when it has none.  Leaves by
 * HOST_INVALID_VALUE when the sections are not as they should be.
 */
extern TimesModel *times_model_open(const Model *model);

/* What kind of times it makes. */
extern TimeKind times_model_kind(const TimesModel *times);

/* What one thread needs for users with "most" items together. */
typedef struct TimesScratch TimesScratch;
extern TimesScratch *times_scratch_new(int64_t most);

/* Bytes of it per item. */
#define TIMES_SCRATCH_BYTES 20

/*
 * Fills in the times of users first .. first + users - 1: user n's are
 * time[start[n]] ... time[start[n + 1] - 1].  They are the same when the same
 * users are asked for together, so it is called for whole blocks only.  Calls
 * nothing of host.h.
 */
extern void times_model_draw(const TimesModel *times, TimesScratch *scratch, uint64_t seed, int64_t first,
                             int64_t users, const int64_t *start, int64_t *time);

/* A JSON object for describe(), or NULL when the model has no times. */
extern char *times_model_details(const Model *model);

#endif
