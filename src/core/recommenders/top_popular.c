/*
 * top_popular.c
 *	  The same items for everybody: those that most users have.
 */
#include "host.h"
#include "recommenders/recommender.h"

typedef struct Popularity
{
	int64_t items;
	const int64_t *count;
} Popularity;

static const OptionSpec options[] = {{.name = NULL}};

static int
together(void)
{
	return 1;
}

static int64_t
bytes(const Histories *data, const Options *chosen, int count)
{
	(void) data, (void) chosen, (void) count;
	return 0;
}

static void
train(Training *training, const Options *chosen, int count, void **trained)
{
	Popularity *popularity = host_alloc(sizeof(Popularity));

	(void) chosen, (void) count;
	popularity->items = training->data->items;
	popularity->count = training->count;
	trained[0] = popularity;
}

static void
score_items(const void *trained, const uint32_t *item, int64_t count, double *scratch, double *score)
{
	const Popularity *popularity = trained;

	(void) item, (void) count, (void) scratch;
	for (int64_t j = 0; j < popularity->items; j++)
		score[j] = (double) popularity->count[j];
}

const Recommender top_popular_recommender = {
	.method = "top_popular",
	.options = options,
	.together = together,
	.bytes = bytes,
	.train = train,
	.score = score_items,
};
