/*
 * statistics.h
 *	  Tests and correlations of a few numbers, in double precision.
 */
#ifndef SYNREC_STATISTICS_H
#define SYNREC_STATISTICS_H

#include <stdint.h>

/*
 * Regularised incomplete beta function I_x(a, b), a, b > 0, 0 <= x <= 1: by its
 * continued fraction in the manner of Lentz.  Its relative error is below 1e-12
 * for a and b up to some hundreds, and grows with ln Gamma(a + b).
 */
extern double incomplete_beta(double a, double b, double x);

/*
 * P-value of Student's statistic t with (not necessarily whole) degrees of
 * freedom: the probability of a greater one.
 */
extern double student_greater(double t, double freedom);

/*
 * Welch's one-tailed test (Welch 1947): p-value of "the mean of x is greater
 * than the mean of y", variances not taken as equal.  At least 2 numbers each.
 * When neither varies: 0, 1 or 1/2 as x's mean is greater, less or equal.
 */
extern double welch_greater(const double *x, int64_t nx, const double *y, int64_t ny);

/*
 * Kendall's tau-b of n pairs (Kendall 1945): (concordant - discordant) /
 * sqrt((pairs - ties in x) (pairs - ties in y)); NaN when x or y are all equal.
 */
extern double kendall_tau(const double *x, const double *y, int64_t n);

/* P-values adjusted for being n, in place: Holm 1979, Benjamini and Hochberg 1995. */
extern void adjust_holm(double *p, int64_t n);
extern void adjust_benjamini_hochberg(double *p, int64_t n);

/*
 * The q-quantile, 0 <= q <= 1, of n > 0 ascending numbers, interpolated
 * linearly between order statistics.
 */
extern double quantile_sorted(const double *x, int64_t n, double q);

/*
 * What an outcome of probabilities p and q adds to their distributions'
 * Jensen-Shannon divergence, in bits: summed up, from 0 to 1.  Its root is a distance.
 */
extern double divergence_part(double p, double q);

/* Sorts ascending; takes as much memory again for more than 65,536 numbers. */
extern void sort_numbers(double *x, int64_t n);

#endif
