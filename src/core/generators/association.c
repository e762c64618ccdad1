/*
 * association.c
 *	  From how many users have both of two items to loadings of the items.
 *
 * The excess R = G - E, E_ij = expected c_i c_j, is weighted on both sides so
 * that its entries are noise of about equal size: pairs have the variance of
 * counts, E_ij, and that of noise added to them.  Eigenvalues of noise alone stay below
 * an edge (Wigner's semicircle: 2 sqrt of the sum of variances along a row);
 * what exceeds it is kept, and shrunk to what it was without the noise
 * (Benaych-Georges and Nadakuditi, 2011).
 */
#include "generators/association.h"

#include "host.h"
#include "math/dense.h"
#include "math/eigen.h"

#include <math.h>
#include <string.h>

#define TILE 64           /* rows of a part of the work */
#define ROUNDS 60         /* products at most, for one set of eigenpairs */
#define TOLERANCE 1e-4    /* of eigenpairs, of the greatest value */
#define LEAST_LIFT (-0.8) /* observed over expected pairs, less 1, is raised to this */

typedef struct Work
{
	const Association *a;
	const Blas *blas;
	double *weight; /* items: what rows and columns are divided by */
	double *root;   /* items: root of the share in all counts */
	double *v;      /* items x factors */
	int64_t factors;
} Work;

int64_t
association_bytes(int64_t items, int64_t factors)
{
	return (items * items + 3 * items * factors + 4 * items) * (int64_t) sizeof(double) +
	       eigen_bytes(items, factors);
}

static void
weigh_rows(void *task, int64_t begin, int64_t end, int worker)
{
	Work *w = task;
	const Association *a = w->a;

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		double *row = a->pairs + i * a->items;

		for (int64_t j = 0; j < a->items; j++)
			row[j] = (row[j] - a->expected * a->count[i] * a->count[j]) / (w->weight[i] * w->weight[j]);
		row[i] = 0;
	}
}

/* Variance of the weighted entries of a row, added up: the greatest of them, or their mean. */
static double
row_variance(const Work *w)
{
	const Association *a = w->a;
	double counts = 0, noise = 0, greatest = 0, sum = 0;

	for (int64_t j = 0; j < a->items; j++)
	{
		counts += a->count[j] / (w->weight[j] * w->weight[j]);
		noise += 1 / (w->weight[j] * w->weight[j]);
	}
	for (int64_t i = 0; i < a->items; i++)
	{
		double variance =
			(a->expected * a->count[i] * counts + a->noise * noise) / (w->weight[i] * w->weight[i]);

		sum += variance;
		if (variance > greatest)
			greatest = variance;
	}
	return a->noise > 0 ? sum / (double) a->items : greatest;
}

/* Rows of the pairs become root_i root_j ln(1 + V_i . V_j). */
static void
take_logarithms(void *task, int64_t begin, int64_t end, int worker)
{
	Work *w = task;
	const Association *a = w->a;
	int factors = (int) w->factors;

	(void) worker;
	w->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANSPOSE, BLAS_TRANSPOSE, (int) (end - begin), (int) a->items,
	               factors, 1, w->v + begin * factors, factors, w->v, factors, 0, a->pairs + begin * a->items,
	               (int) a->items);
	for (int64_t i = begin; i < end; i++)
	{
		double *row = a->pairs + i * a->items;

		for (int64_t j = 0; j < a->items; j++)
		{
			double lift = row[j] < LEAST_LIFT ? LEAST_LIFT : row[j] > a->max_lift ? a->max_lift : row[j];

			row[j] = w->root[i] * w->root[j] * log1p(lift);
		}
	}
}

/*
 * Factors of the lift: the eigenpairs of the weighted excess that stand out of
 * the noise.  v becomes items x *found.
 */
static double *
factors_of_lift(Work *w, uint64_t seed, double *edge, double *leading, int64_t *found)
{
	const Association *a = w->a;
	int64_t wanted = a->factors < a->items ? a->factors : a->items;
	double *value = host_array(double, wanted);
	double *vector = host_array(double, a->items *wanted);
	double *v;
	EigenLimits limits = {.tolerance = TOLERANCE, .rounds = ROUNDS};
	int64_t pairs;

	*edge = 2 * sqrt(row_variance(w));
	dense_over_shards(w->blas, ANY_WORKERS, a->items, TILE, weigh_rows, w);
	limits.floor = *edge;
	pairs = eigen_leading(a->pairs, a->items, wanted, &limits, seed, value, vector);
	*leading = 0;
	*found = 0;
	v = host_array(double, a->items *wanted);
	for (int64_t k = 0; k < pairs; k++)
	{
		double root;

		if (value[k] > *leading)
			*leading = value[k];
		if (value[k] <= *edge)
			continue;
		root = sqrt((value[k] + sqrt(value[k] * value[k] - *edge * *edge)) / 2 / a->expected);
		for (int64_t i = 0; i < a->items; i++)
			v[i * wanted + *found] =
				vector[i * wanted + k] * root * w->weight[i] / (a->count[i] + a->smoothing);
		(*found)++;
	}
	for (int64_t i = 0; i < a->items; i++)
		memmove(v + i * *found, v + i * wanted, (size_t) *found * sizeof(double));
	host_free(value);
	host_free(vector);
	return v;
}

int64_t
association_factors(const Association *a, uint64_t seed, float **loading, double *edge, double *leading)
{
	Work w = {.a = a, .blas = blas_load()};
	static const EigenLimits limits = {.tolerance = TOLERANCE, .rounds = ROUNDS};
	double *value, *vector, sum = 0;
	int64_t pairs, found = 0;

	w.weight = host_array(double, a->items);
	w.root = host_array(double, a->items);
	for (int64_t i = 0; i < a->items; i++)
		sum += a->count[i];
	for (int64_t i = 0; i < a->items; i++)
	{
		w.weight[i] = a->noise > 0 ? 1 : sqrt(a->count[i] + a->smoothing);
		w.root[i] = sqrt(a->count[i] / sum);
	}
	w.v = factors_of_lift(&w, seed, edge, leading, &w.factors);
	*loading = host_array(float, a->items *(w.factors > 0 ? w.factors : 1));
	if (w.factors == 0)
		return 0;
	dense_over_shards(w.blas, ANY_WORKERS, a->items, TILE, take_logarithms, &w);
	value = host_array(double, w.factors);
	vector = host_array(double, a->items *w.factors);
	pairs = eigen_leading(a->pairs, a->items, w.factors, &limits, seed + 1, value, vector);
	for (int64_t k = 0; k < pairs; k++)
	{
		if (value[k] <= 0)
			continue;
		for (int64_t i = 0; i < a->items; i++)
		{
			double v = a->gamma * sqrt(value[k]) * vector[i * w.factors + k] / w.root[i];

			v = v > a->max_loading ? a->max_loading : v < -a->max_loading ? -a->max_loading : v;
			(*loading)[found * a->items + i] = (float) v;
		}
		found++;
	}
	host_free(w.weight);
	host_free(w.root);
	host_free(w.v);
	host_free(value);
	host_free(vector);
	return found;
}
