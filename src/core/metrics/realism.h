/*
 * realism.h
 *	  Whether what an evaluation on synthetic users concludes also holds on the
 *	  original ones (Noble et al., EvalRS 2023, section 3).
 *
 * A conclusion is "recommender A is better than B by metric M": the values of A
 * over the runs are significantly greater than those of B, by Welch's one-tailed
 * test.  Realism is the share of the conclusions on the synthetic side that are
 * conclusions on the original side, too.
 */
#ifndef SYNREC_REALISM_H
#define SYNREC_REALISM_H

#include <stdbool.h>
#include <stdint.h>

typedef enum Correction
{
	CORRECTION_NONE, /* as in the paper */
	CORRECTION_HOLM,
	CORRECTION_BENJAMINI_HOCHBERG
} Correction;

extern const char *const correction_names[]; /* ended by NULL */

/* Values of one side: recommenders x metrics x runs. */
typedef struct RealismSide
{
	const double *value;
	int64_t runs; /* at least 2 */
} RealismSide;

/* One ordered pair of recommenders by one metric. */
typedef struct RealismComparison
{
	int better; /* recommender A */
	int worse;  /* recommender B */
	int metric;
	double original_p; /* of "A is better than B", corrected when that is asked for */
	double synthetic_p;
	bool original; /* significant */
	bool synthetic;
	bool reversed; /* significant on the synthetic side, and the opposite on the original one */
} RealismComparison;

typedef struct RealismReport
{
	int64_t comparisons; /* ordered pairs x metrics */
	int64_t original;    /* significant ones */
	int64_t synthetic;
	int64_t both;
	int64_t reversed;
	double realism;  /* both / synthetic; NaN when there are none */
	double converse; /* both / original; NaN when there are none */
	double kendall;  /* mean over metrics of tau-b of the mean values; NaN when no metric has one */
	double top;      /* share of metrics whose best recommender is the same */
} RealismReport;

/*
 * Gives back all comparisons, allocated, ordered by metric, better and worse;
 * there are recommenders x (recommenders - 1) x metrics.  Corrections are over
 * all of them, side by side.  0 < level < 1.
 */
extern RealismComparison *
realism_comparisons(const RealismSide *original, const RealismSide *synthetic, int recommenders, int metrics,
                    double level, Correction correction);

extern void realism_report(const RealismSide *original, const RealismSide *synthetic, int recommenders,
                           int metrics, const RealismComparison *comparison, RealismReport *report);

/* Mean of the values of a recommender by a metric. */
extern double realism_mean(const RealismSide *side, int metrics, int recommender, int metric);

#endif
