/*
 * realism.c
 *	  Comparisons of recommenders on two sides, and what they amount to.
 */
#include "metrics/realism.h"

#include "host.h"
#include "math/statistics.h"

#include <math.h>

const char *const correction_names[] = {"none", "holm", "benjamini_hochberg", NULL};

static const double *
values_of(const RealismSide *side, int metrics, int recommender, int metric)
{
	return side->value + ((int64_t) recommender * metrics + metric) * side->runs;
}

double
realism_mean(const RealismSide *side, int metrics, int recommender, int metric)
{
	const double *value = values_of(side, metrics, recommender, metric);
	double sum = 0;

	for (int64_t r = 0; r < side->runs; r++)
		sum += value[r];
	return sum / (double) side->runs;
}

/* P-values of all comparisons on one side, in their order. */
static double *
side_values(const RealismSide *side, const RealismComparison *comparison, int64_t count, int metrics,
            Correction correction)
{
	double *p = host_array(double, count);

	for (int64_t c = 0; c < count; c++)
	{
		if (c % 1024 == 0)
			host_poll();
		p[c] = welch_greater(values_of(side, metrics, comparison[c].better, comparison[c].metric), side->runs,
		                     values_of(side, metrics, comparison[c].worse, comparison[c].metric), side->runs);
	}
	if (correction == CORRECTION_HOLM)
		adjust_holm(p, count);
	else if (correction == CORRECTION_BENJAMINI_HOCHBERG)
		adjust_benjamini_hochberg(p, count);
	return p;
}

/* Place of a comparison in their order. */
static int64_t
place(int recommenders, int metric, int better, int worse)
{
	return ((int64_t) metric * recommenders + better) * (recommenders - 1) + worse - (worse > better);
}

RealismComparison *
realism_comparisons(const RealismSide *original, const RealismSide *synthetic, int recommenders, int metrics,
                    double level, Correction correction)
{
	int64_t count = (int64_t) recommenders * (recommenders - 1) * metrics;
	RealismComparison *comparison = host_array(RealismComparison, count);
	double *original_p, *synthetic_p;

	for (int m = 0; m < metrics; m++)
	{
		for (int a = 0; a < recommenders; a++)
		{
			for (int b = 0; b < recommenders; b++)
			{
				if (a != b)
					comparison[place(recommenders, m, a, b)] =
						(RealismComparison){.better = a, .worse = b, .metric = m};
			}
		}
	}
	original_p = side_values(original, comparison, count, metrics, correction);
	synthetic_p = side_values(synthetic, comparison, count, metrics, correction);
	for (int64_t c = 0; c < count; c++)
	{
		RealismComparison *it = &comparison[c];
		int64_t opposite = place(recommenders, it->metric, it->worse, it->better);

		it->original_p = original_p[c];
		it->synthetic_p = synthetic_p[c];
		it->original = original_p[c] < level;
		it->synthetic = synthetic_p[c] < level;
		it->reversed = it->synthetic && original_p[opposite] < level;
	}
	host_free(original_p);
	host_free(synthetic_p);
	return comparison;
}

/* Tells whether a best one of the synthetic side is a best one of the original side. */
static bool
same_top(const double *original, const double *synthetic, int recommenders)
{
	double most_original = -INFINITY, most_synthetic = -INFINITY;

	for (int r = 0; r < recommenders; r++)
	{
		most_original = fmax(most_original, original[r]);
		most_synthetic = fmax(most_synthetic, synthetic[r]);
	}
	for (int r = 0; r < recommenders; r++)
	{
		if (original[r] == most_original && synthetic[r] == most_synthetic)
			return true;
	}
	return false;
}

void
realism_report(const RealismSide *original, const RealismSide *synthetic, int recommenders, int metrics,
               const RealismComparison *comparison, RealismReport *report)
{
	double *mean_original = host_array(double, recommenders);
	double *mean_synthetic = host_array(double, recommenders);
	double kendall = 0;
	int with_kendall = 0, tops = 0;

	*report = (RealismReport){.comparisons = (int64_t) recommenders * (recommenders - 1) * metrics};
	for (int64_t c = 0; c < report->comparisons; c++)
	{
		report->original += comparison[c].original;
		report->synthetic += comparison[c].synthetic;
		report->both += comparison[c].original && comparison[c].synthetic;
		report->reversed += comparison[c].reversed;
	}
	for (int m = 0; m < metrics; m++)
	{
		double tau;

		for (int r = 0; r < recommenders; r++)
		{
			mean_original[r] = realism_mean(original, metrics, r, m);
			mean_synthetic[r] = realism_mean(synthetic, metrics, r, m);
		}
		tau = kendall_tau(mean_original, mean_synthetic, recommenders);
		if (!isnan(tau))
		{
			kendall += tau;
			with_kendall++;
		}
		tops += same_top(mean_original, mean_synthetic, recommenders);
	}
	report->realism = report->synthetic > 0 ? (double) report->both / (double) report->synthetic : NAN;
	report->converse = report->original > 0 ? (double) report->both / (double) report->original : NAN;
	report->kendall = with_kendall > 0 ? kendall / with_kendall : NAN;
	report->top = (double) tops / metrics;
	host_free(mean_original);
	host_free(mean_synthetic);
}
