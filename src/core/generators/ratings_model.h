/*
 * ratings_model.h
 *	  What rating a synthetic user gives an item.
 *
 * The same model for every generator.  A rating is drawn from the histogram of
 * the item's ratings by the users of the same group (a cluster, for generators
 * that have them), backed off to the item's by all users, and to all ratings.
 * Users are counted, not ratings, and a number below RATING_MIN_COUNT is never
 * used: such ratings are drawn from the histogram behind, and a few more are so
 * that the rare items' histograms become smooth.  What ratings there are
 * says rating_cells.h.
 */
#ifndef SYNREC_RATINGS_MODEL_H
#define SYNREC_RATINGS_MODEL_H

#include "generators/model.h"
#include "math/random.h"

#define RATING_MIN_COUNT 3

typedef struct RatingsModel RatingsModel;

/*
 * Adds the model's sections, unless there are too few users to have one.  data
 * is rated.  group has a number from 0 to groups - 1 per user; it is NULL where
 * there are none.
 */
extern void
ratings_model_fit(const Histories *data, const uint32_t *group, int64_t groups, ModelWriter *writer);

/*
 * Gives back the model's part, or NULL when it has none.  Leaves by
 * HOST_INVALID_VALUE when the sections are not as they should be.
 */
extern RatingsModel *ratings_model_open(const Model *model);

/* A rating of an item by a user of a group.  Calls nothing of host.h. */
extern double ratings_model_draw(const RatingsModel *ratings, Random *random, uint32_t group, uint32_t item);

/* A JSON object for describe(), or NULL when the model has no ratings. */
extern char *ratings_model_details(const Model *model);

#endif
