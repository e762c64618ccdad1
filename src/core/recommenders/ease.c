/*
 * ease.c
 *	  EASE.  P is kept, not B: dividing by its diagonal can wait until scoring.
 */
#include "recommenders/ease.h"

#include "host.h"
#include "math/dense.h"
#include "data/gram.h"

#include <math.h>
#include <string.h>

void
ease_fit(const Histories *data, double lambda, Ease *ease)
{
	if (!(lambda > 0 && isfinite(lambda)))
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("lambda must be finite and greater than 0, not %g", lambda), NULL, NULL);
	ease->items = data->items;
	ease->inverse = gram_matrix(data, "a dense matrix of all pairs of items (EASE)");
	for (int64_t i = 0; i < data->items; i++)
		ease->inverse[i * data->items + i] += lambda;
	if (!dense_spd_invert(ease->inverse, data->items))
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("the matrix of EASE with lambda %g has no inverse", lambda), NULL,
		          "Use a larger lambda.");
	ease->diagonal = host_array(double, data->items);
	for (int64_t j = 0; j < data->items; j++)
		ease->diagonal[j] = ease->inverse[j * data->items + j];
}

void
ease_score(const Ease *ease, const uint32_t *item, int64_t count, double *score)
{
	memset(score, 0, (size_t) ease->items * sizeof(double));
	for (int64_t k = 0; k < count; k++)
	{
		const double *row = ease->inverse + item[k] * ease->items;

		for (int64_t j = 0; j < ease->items; j++)
			score[j] -= row[j];
	}
	for (int64_t j = 0; j < ease->items; j++)
		score[j] /= ease->diagonal[j];
	for (int64_t k = 0; k < count; k++)
		score[item[k]] += 1; /* B_jj is 0, not -1 */
}
