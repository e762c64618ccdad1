/*
 * test_mixture.c
 *	  Mixtures of Gaussians: what EM finds, and draws.
 */
#include "cases.h"
#include "math/mixture.h"

#include <math.h>
#include <string.h>

/* Three components in three dimensions, lower factors in full. */
#define PLANTED 3
#define DIMENSIONS 3
static const double planted_weight[PLANTED] = {0.5, 0.3, 0.2};
static const double planted_mean[PLANTED][DIMENSIONS] = {{0, 0, 0}, {8, 0, -4}, {-5, 6, 3}};
static const double planted_factor[PLANTED][DIMENSIONS][DIMENSIONS] = {
	{{1, 0, 0}, {0.8, 0.6, 0}, {0, -0.5, 0.9}},
	{{0.5, 0, 0}, {0, 1.5, 0}, {0.2, 0.7, 0.4}},
	{{1.2, 0, 0}, {-0.9, 0.5, 0}, {0.3, 0.3, 0.8}},
};

static double *
planted_rows(int64_t rows, uint64_t seed)
{
	double *row = host_array(double, rows *DIMENSIONS);
	Random random;

	case_random(&random, seed);
	for (int64_t n = 0; n < rows; n++)
	{
		double at = random_uniform(&random), z[DIMENSIONS];
		int c = at < 0.5 ? 0 : at < 0.8 ? 1 : 2;

		for (int i = 0; i < DIMENSIONS; i++)
			z[i] = random_normal(&random);
		for (int i = 0; i < DIMENSIONS; i++)
		{
			row[n * DIMENSIONS + i] = planted_mean[c][i];
			for (int j = 0; j <= i; j++)
				row[n * DIMENSIONS + i] += planted_factor[c][i][j] * z[j];
		}
	}
	return row;
}

/* Rows that overlap: normal, with some places shifted. */
static double *
noisy_rows(int64_t rows, int64_t dimensions, uint64_t seed)
{
	double *row = host_array(double, rows *dimensions);
	Random random;

	case_random(&random, seed);
	for (int64_t n = 0; n < rows * dimensions; n++)
		row[n] = random_normal(&random) + 2 * (double) (n / dimensions % 4 == n % dimensions % 4);
	return row;
}

/* Entry (i, j) of a component's covariance, from its packed factor. */
static double
covariance(const Mixture *m, int64_t c, int64_t i, int64_t j)
{
	const double *column = m->factor + c * mixture_factor_size(m->dimensions);
	double sum = 0;

	for (int64_t k = 0; k <= (i < j ? i : j); k++)
	{
		sum += column[i - k] * column[j - k];
		column += m->dimensions - k;
	}
	return sum;
}

static void
fit_rows(const double *row, int64_t rows, int64_t dimensions, int64_t components, int64_t steps, double ridge,
         double least, MixtureFit *fit)
{
	MixtureLimits limits = {components, steps, ridge, least};
	double sum = 0;

	mixture_fit(row, rows, dimensions, NULL, &limits, 3, fit);
	assert_true(mixture_valid(&fit->mixture));
	assert_in_range(fit->mixture.components, 1, components);
	assert_int_equal(fit->mixture.dimensions, dimensions);
	for (int64_t c = 0; c < fit->mixture.components; c++)
	{
		sum += fit->rows[c];
		assert_true(fit->rows[c] >= least || fit->mixture.components == 1);
		assert_true(c == 0 || fit->rows[c] <= fit->rows[c - 1]);
		assert_true(fabs(fit->mixture.weight[c] - fit->rows[c] / (double) rows) < 1e-12);
	}
	assert_true(fabs(sum - (double) rows) < 1e-6 * (double) rows);
}

/* With 20,000 rows a standard error is some 0.02 of a covariance and less of a mean. */
static void
test_planted(void **state)
{
	enum
	{
		ROWS = 20000
	};
	double *row = planted_rows(ROWS, 1);
	MixtureFit fit;

	(void) state;
	fit_rows(row, ROWS, DIMENSIONS, PLANTED, 100, 1e-6, 1, &fit);
	assert_int_equal(fit.mixture.components, PLANTED);
	for (int c = 0; c < PLANTED; c++)
	{
		assert_true(fabs(fit.mixture.weight[c] - planted_weight[c]) < 0.02);
		for (int i = 0; i < DIMENSIONS; i++)
		{
			assert_true(fabs(fit.mixture.mean[c * DIMENSIONS + i] - planted_mean[c][i]) < 0.12);
			for (int j = 0; j < DIMENSIONS; j++)
			{
				double expected = 0;

				for (int k = 0; k < DIMENSIONS; k++)
					expected += planted_factor[c][i][k] * planted_factor[c][j][k];
				assert_true(fabs(covariance(&fit.mixture, c, i, j) - expected) < 0.15);
			}
		}
	}
}

/* One component: mean and covariance of the rows, and the likelihood by definition. */
static void
test_one_component(void **state)
{
	enum
	{
		ROWS = 700
	};
	const double ridge = 0.25;
	double *row = planted_rows(ROWS, 2), mean[DIMENSIONS] = {0}, product[DIMENSIONS][DIMENSIONS] = {{0}};
	double a, b, c, d, e, f, determinant, inverse[6], sum = 0;
	MixtureFit fit;

	(void) state;
	fit_rows(row, ROWS, DIMENSIONS, 1, 50, ridge, 1, &fit);
	for (int n = 0; n < ROWS * DIMENSIONS; n++)
		mean[n % DIMENSIONS] += row[n] / ROWS;
	for (int n = 0; n < ROWS; n++)
	{
		for (int i = 0; i < DIMENSIONS; i++)
		{
			for (int j = 0; j < DIMENSIONS; j++)
				product[i][j] +=
					(row[n * DIMENSIONS + i] - mean[i]) * (row[n * DIMENSIONS + j] - mean[j]) / ROWS;
		}
	}
	for (int i = 0; i < DIMENSIONS; i++)
	{
		product[i][i] += ridge;
		assert_true(fabs(fit.mixture.mean[i] - mean[i]) < 1e-9);
		for (int j = 0; j < DIMENSIONS; j++)
			assert_true(fabs(covariance(&fit.mixture, 0, i, j) - product[i][j]) < 1e-9);
	}
	/* the inverse of [a b c; b d e; c e f] by cofactors */
	a = product[0][0], b = product[0][1], c = product[0][2];
	d = product[1][1], e = product[1][2], f = product[2][2];
	determinant = a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d);
	inverse[0] = (d * f - e * e) / determinant, inverse[1] = (c * e - b * f) / determinant;
	inverse[2] = (b * e - c * d) / determinant, inverse[3] = (a * f - c * c) / determinant;
	inverse[4] = (b * c - a * e) / determinant, inverse[5] = (a * d - b * b) / determinant;
	for (int n = 0; n < ROWS; n++)
	{
		double x = row[3 * n] - mean[0], y = row[3 * n + 1] - mean[1], z = row[3 * n + 2] - mean[2];
		double norm = inverse[0] * x * x + inverse[3] * y * y + inverse[5] * z * z +
		              2 * (inverse[1] * x * y + inverse[2] * x * z + inverse[4] * y * z);

		sum -= 0.5 * (norm + log(determinant) + 3 * log(2 * M_PI));
	}
	sum = sum / ROWS - 0.5 * ridge * (inverse[0] + inverse[3] + inverse[5]);
	assert_true(fabs(fit.log_likelihood - sum) < 1e-9);
}

/* A step more never lowers the likelihood, as long as no component is dropped. */
static void
test_monotone(void **state)
{
	(void) state;
	for (int64_t dimensions = 1; dimensions <= 9; dimensions += 4)
	{
		double *row = noisy_rows(500, dimensions, (uint64_t) dimensions);
		double before = -INFINITY;
		int64_t before_steps = 0;
		MixtureFit fit;

		for (int64_t steps = 1; steps <= 40; steps++)
		{
			fit_rows(row, 500, dimensions, 4, steps, 0.5, 1, &fit);
			assert_int_equal(fit.mixture.components, 4);
			assert_true(fit.log_likelihood >= before - 1e-9);
			assert_in_range(fit.steps, before_steps, steps);
			before = fit.log_likelihood;
			before_steps = fit.steps;
		}
	}
}

/* fit_rows() asserts that no component is smaller than allowed. */
static void
test_small_components(void **state)
{
	double *row = noisy_rows(600, 5, 4);
	int64_t most = 600;

	(void) state;
	for (double least = 1; least <= 1200; least *= 3)
	{
		MixtureFit fit;

		fit_rows(row, 600, 5, 60, 30, 0.1, least, &fit);
		assert_true(fit.mixture.components <= most);
		most = fit.mixture.components;
	}
	assert_int_equal(most, 1);
}

static void
assert_same_fit(const MixtureFit *a, const MixtureFit *b)
{
	const Mixture *x = &a->mixture, *y = &b->mixture;

	assert_int_equal(x->components, y->components);
	assert_int_equal(a->steps, b->steps);
	assert_true(a->log_likelihood == b->log_likelihood);
	assert_memory_equal(x->weight, y->weight, (size_t) x->components * sizeof(double));
	assert_memory_equal(x->mean, y->mean, (size_t) (x->components * x->dimensions) * sizeof(double));
	assert_memory_equal(x->factor, y->factor,
	                    (size_t) (x->components * mixture_factor_size(x->dimensions)) * sizeof(double));
}

static void
test_threads_agree(void **state)
{
	double *row = noisy_rows(3000, 20, 5);
	MixtureFit one, more;

	(void) state;
	fit_rows(row, 3000, 20, 8, 15, 0.05, 50, &one);
	for (int threads = 2; threads <= 5; threads++)
	{
		host_test_set_threads(threads);
		host_test_disturb(threads % 2);
		fit_rows(row, 3000, 20, 8, 15, 0.05, 50, &more);
		host_test_disturb(false);
		assert_same_fit(&one, &more);
	}
}

/* Rows that leave nothing to choose. */
static void
test_degenerate(void **state)
{
	static const double two[] = {1, 5, 5, 5, 1, 5, 5, 5, 1, 5};
	double *same = host_array(double, 900);
	MixtureFit fit;

	(void) state;
	fit_rows((const double[]){7, -2}, 1, 2, 10, 20, 0.5, 1, &fit);
	assert_int_equal(fit.mixture.components, 1);
	assert_true(fit.mixture.mean[0] == 7 && fit.mixture.mean[1] == -2);
	assert_true(fabs(covariance(&fit.mixture, 0, 0, 0) - 0.5) < 1e-12);
	assert_true(fabs(covariance(&fit.mixture, 0, 0, 1)) < 1e-12);

	for (int n = 0; n < 900; n++)
		same[n] = n % 3;
	fit_rows(same, 300, 3, 20, 20, 0.1, 1, &fit);
	assert_int_equal(fit.mixture.components, 1);
	assert_true(fabs(fit.mixture.mean[2] - 2) < 1e-12);

	/* two places, more components than rows */
	fit_rows(two, 5, 2, 100, 20, 1e-3, 1, &fit);
	assert_int_equal(fit.mixture.components, 2);
	assert_true(fabs(fit.mixture.mean[0] - 1) < 1e-6 && fabs(fit.mixture.mean[2] - 5) < 1e-6);
}

/* EM begins where it is told to. */
static void
test_start(void **state)
{
	static const double row[] = {0, 0.1, 0.2, 10, 10.1, 10.2, 10.3};
	static const uint32_t apart[] = {1, 1, 1, 0, 0, 0, 0}, mixed[] = {0, 0, 0, 0, 0, 0, 0};
	MixtureLimits limits = {2, 1, 1e-4, 1};
	MixtureFit fit;

	(void) state;
	mixture_fit(row, 7, 1, apart, &limits, 0, &fit);
	assert_int_equal(fit.mixture.components, 2);
	assert_true(fabs(fit.mixture.mean[0] - 10.15) < 1e-9 && fabs(fit.mixture.mean[1] - 0.1) < 1e-9);
	mixture_fit(row, 7, 1, mixed, &limits, 0, &fit);
	assert_int_equal(fit.mixture.components, 1);
}

/* Moments of draws; a standard error is 0.005 of a share and some 0.03 of the rest. */
static void
test_draws(void **state)
{
	enum
	{
		DRAWS = 60000,
		D = 4
	};
	double *row = noisy_rows(400, D, 6);
	double mean[D] = {0}, product[D][D] = {{0}}, expected_mean[D] = {0}, expected[D][D] = {{0}};
	MixtureFit fit;
	const Mixture *m = &fit.mixture;

	(void) state;
	fit_rows(row, 400, D, 3, 30, 0.1, 10, &fit);
	for (int64_t c = 0; c < m->components; c++)
	{
		for (int i = 0; i < D; i++)
		{
			expected_mean[i] += m->weight[c] * m->mean[c * D + i];
			for (int j = 0; j < D; j++)
				expected[i][j] +=
					m->weight[c] * (covariance(m, c, i, j) + m->mean[c * D + i] * m->mean[c * D + j]);
		}
	}
	for (int n = 0; n < DRAWS; n++)
	{
		double x[D], again[D];
		Random random;

		random_open(&random, 9, (RandomPurpose) 1000, (uint64_t) n);
		mixture_draw(m, &random, x);
		random_open(&random, 9, (RandomPurpose) 1000, (uint64_t) n);
		mixture_draw(m, &random, again);
		assert_memory_equal(x, again, sizeof(x));
		for (int i = 0; i < D; i++)
		{
			mean[i] += x[i] / DRAWS;
			for (int j = 0; j < D; j++)
				product[i][j] += x[i] * x[j] / DRAWS;
		}
	}
	for (int i = 0; i < D; i++)
	{
		assert_true(fabs(mean[i] - expected_mean[i]) < 0.05);
		for (int j = 0; j < D; j++)
			assert_true(fabs(product[i][j] - expected[i][j]) < 0.15);
	}
}

static void
test_damaged(void **state)
{
	double weight[] = {0.5, 0.5}, mean[] = {0, 1, 2, 3}, factor[] = {1, -2, 1, 1, 0, 1};
	const double bad[] = {NAN, INFINITY, -INFINITY, 1e10};
	Mixture m = {2, 2, weight, mean, factor};

	(void) state;
	assert_true(mixture_valid(&m));
	for (int b = 0; b < 4; b++)
	{
		for (int i = 0; i < 12; i++)
		{
			double *number = i < 2 ? &weight[i] : i < 6 ? &mean[i - 2] : &factor[i - 6];
			double kept = *number;

			*number = bad[b];
			assert_false(mixture_valid(&m));
			*number = kept;
		}
	}
	weight[0] = 0, weight[1] = 1;
	assert_false(mixture_valid(&m));
	weight[0] = 0.4;
	assert_false(mixture_valid(&m));
	weight[1] = 0.6;
	assert_true(mixture_valid(&m));
	factor[5] = 0;
	assert_false(mixture_valid(&m));
	factor[5] = -1;
	assert_false(mixture_valid(&m));
	factor[5] = 1;
	m.components = 0;
	assert_false(mixture_valid(&m));
}

static void
test_cancel(void **state)
{
	double *row = noisy_rows(2000, 10, 7);
	MixtureLimits limits = {8, 20, 0.1, 5};
	MixtureFit fit;

	(void) state;
	for (int64_t calls = 0; calls < 300; calls += 60)
	{
		host_test_cancel_after(calls);
		EXPECT_FAIL(HOST_TEST_CANCELLED, mixture_fit(row, 2000, 10, NULL, &limits, 0, &fit));
		host_test_cancel_after(-1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_planted),       host_unit_test(test_one_component),
		host_unit_test(test_monotone),      host_unit_test(test_small_components),
		host_unit_test(test_threads_agree), host_unit_test(test_degenerate),
		host_unit_test(test_start),         host_unit_test(test_draws),
		host_unit_test(test_damaged),       host_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("mixture", tests, NULL, NULL);
}
