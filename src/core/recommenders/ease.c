/*
 * ease.c
 *	  EASE.  P is kept, not B: dividing by its diagonal can wait until scoring.
 */
#include "recommenders/ease.h"

#include "data/pairs.h"
#include "host.h"
#include "math/dense.h"
#include "math/vectors.h"

#include <math.h>
#include <string.h>

/* More matrices side by side would take memory and gain nothing. */
#define MOST_TOGETHER 4

static const OptionSpec options[] = {
	{"lambda", OPTION_NUMBER, 500, 1e-9, 1e15, NULL},
	{.name = NULL},
};

int64_t
ease_bytes(int64_t items, int count)
{
	if (items > INT64_C(1) << 28)
		return INT64_MAX;
	return count * items * (items + 1) * (int64_t) sizeof(double) + dense_invert_bytes(count, items);
}

void
ease_train(const Training *training, const double *lambda, int count, Ease *ease)
{
	int64_t items = training->data->items;
	double **matrix = host_array(double *, count);

	for (int m = 0; m < count; m++)
	{
		if (!(lambda[m] > 0 && isfinite(lambda[m])))
			host_fail(HOST_INVALID_PARAMETER,
			          host_format("lambda must be finite and greater than 0, not %g", lambda[m]), NULL, NULL);
		matrix[m] = host_array(double, items *items);
	}
	pairs_gram(training->data, training->start, training->user, matrix[0]);
	for (int m = 1; m < count; m++)
	{
		for (int64_t i = 0; i < items; i++)
		{
			if (i % 1024 == 0)
				host_poll();
			memcpy(matrix[m] + i * items, matrix[0] + i * items, (size_t) items * sizeof(double));
		}
	}
	for (int m = 0; m < count; m++)
	{
		for (int64_t i = 0; i < items; i++)
			matrix[m][i * items + i] += lambda[m];
	}
	if (!dense_spd_invert(matrix, count, items))
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("the matrix of EASE with lambda %g has no inverse", lambda[0]), NULL,
		          "Use a larger lambda.");
	for (int m = 0; m < count; m++)
	{
		ease[m].items = items;
		ease[m].inverse = matrix[m];
		ease[m].diagonal = host_array(double, items);
		for (int64_t j = 0; j < items; j++)
			ease[m].diagonal[j] = matrix[m][j * items + j];
	}
	host_free(matrix);
}

void
ease_fit(const Histories *data, double lambda, Ease *ease)
{
	Training training;

	host_reserve(ease_bytes(data->items, 1), "a dense matrix of all pairs of items (EASE)");
	training_begin(data, &training);
	ease_train(&training, &lambda, 1, ease);
	training_end(&training);
}

WIDE_VECTORS static void
subtract_row(double *restrict score, const double *restrict row, int64_t items)
{
	for (int64_t j = 0; j < items; j++)
		score[j] -= row[j];
}

WIDE_VECTORS static void
divide(double *restrict score, const double *restrict diagonal, int64_t items)
{
	for (int64_t j = 0; j < items; j++)
		score[j] /= diagonal[j];
}

void
ease_score(const Ease *ease, const uint32_t *item, int64_t count, double *score)
{
	memset(score, 0, (size_t) ease->items * sizeof(double));
	for (int64_t k = 0; k < count; k++)
		subtract_row(score, ease->inverse + item[k] * ease->items, ease->items);
	divide(score, ease->diagonal, ease->items);
	for (int64_t k = 0; k < count; k++)
		score[item[k]] += 1; /* B_jj is 0, not -1 */
}

static int
together(void)
{
	return host_threads() < MOST_TOGETHER ? host_threads() : MOST_TOGETHER;
}

static int64_t
bytes(const Histories *data, const Options *chosen, int count)
{
	(void) chosen;
	return ease_bytes(data->items, count);
}

static void
train(Training *training, const Options *chosen, int count, void **trained)
{
	double *lambda = host_array(double, count);
	Ease *ease = host_array(Ease, count);

	for (int m = 0; m < count; m++)
	{
		lambda[m] = option_number(&chosen[m], "lambda");
		trained[m] = &ease[m];
	}
	ease_train(training, lambda, count, ease);
	host_free(lambda);
}

static void
score_items(const void *trained, const uint32_t *item, int64_t count, double *scratch, double *score)
{
	(void) scratch;
	ease_score(trained, item, count, score);
}

const Recommender ease_recommender = {
	.method = "ease",
	.options = options,
	.together = together,
	.bytes = bytes,
	.train = train,
	.score = score_items,
};
