/*
 * svd.c
 *	  PureSVD (Cremonesi, Koren and Turrin, RecSys 2010): a user's row x of the
 *	  users x items matrix is projected on its leading right singular vectors Q,
 *	  and the scores are x Q Q'.  That works for users who were not there in
 *	  training, too.
 */
#include "host.h"
#include "math/singular.h"
#include "math/vectors.h"
#include "recommenders/recommender.h"

#include <string.h>

/* Residual of singular vectors, relative to the greatest eigenvalue. */
#define TOLERANCE 1e-9

/* Singular values below this share of the greatest are 0 but for rounding. */
#define NO_VALUE 1e-6

typedef struct Svd
{
	int64_t items;
	int64_t factors;
	double *vector; /* factors x items, row-major: Q' */
} Svd;

static const OptionSpec options[] = {
	{"factors", OPTION_INTEGER, 32, 1, RECOMMENDER_SCRATCH, NULL},
	{.name = NULL},
};

static int
together(void)
{
	return INT32_MAX;
}

static int64_t
most_factors(const Options *chosen, int count)
{
	int64_t most = 0;

	for (int s = 0; s < count; s++)
	{
		if (option_integer(&chosen[s], "factors") > most)
			most = option_integer(&chosen[s], "factors");
	}
	return most;
}

static int64_t
bytes(const Histories *data, const Options *chosen, int count)
{
	int64_t most = most_factors(chosen, count);

	return singular_bytes(data->users, data->items, data->interactions, most) +
	       data->items * most * (int64_t) sizeof(double);
}

/*
 * How many vectors have a value.  Those without are any basis of what no user
 * of the training has, and would only add noise to the scores of others.
 */
static int64_t
with_value(const SingularVectors *found)
{
	int64_t count = 0;

	while (count < found->count && found->value[count] > NO_VALUE * found->value[0])
		count++;
	return count;
}

/* The vectors for the most factors; others use the first of them. */
static void
train(Training *training, const Options *chosen, int count, void **trained)
{
	SingularVectors found;
	int64_t items = training->data->items, most;
	double *vector;

	singular_vectors(training->data, most_factors(chosen, count), TOLERANCE, 0, &found);
	vector = host_array(double, items *found.count);
	for (int64_t i = 0; i < items; i++)
	{
		for (int64_t k = 0; k < found.count; k++)
			vector[k * items + i] = found.vector[i * found.count + k];
	}
	most = with_value(&found);
	host_free(found.vector);
	host_free(found.value);
	for (int s = 0; s < count; s++)
	{
		Svd *svd = host_alloc(sizeof(Svd));
		int64_t factors = option_integer(&chosen[s], "factors");

		svd->items = items;
		svd->factors = factors < most ? factors : most;
		svd->vector = vector;
		trained[s] = svd;
	}
}

WIDE_VECTORS static void
add_scaled(double *restrict score, const double *restrict vector, double factor, int64_t items)
{
	for (int64_t j = 0; j < items; j++)
		score[j] += factor * vector[j];
}

static void
score_items(const void *trained, const uint32_t *item, int64_t count, double *scratch, double *score)
{
	const Svd *svd = trained;

	memset(score, 0, (size_t) svd->items * sizeof(double));
	for (int64_t f = 0; f < svd->factors; f++)
	{
		const double *vector = svd->vector + f * svd->items;

		scratch[f] = 0;
		for (int64_t k = 0; k < count; k++)
			scratch[f] += vector[item[k]];
		add_scaled(score, vector, scratch[f], svd->items);
	}
}

const Recommender svd_recommender = {
	.method = "svd",
	.options = options,
	.together = together,
	.bytes = bytes,
	.train = train,
	.score = score_items,
};
