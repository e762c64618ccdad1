/*
 * zcdp.h
 *	  What is left of privacy: zero-concentrated differential privacy.
 *
 * A release is rho-zCDP when for every order a > 1 the Renyi divergence of its
 * outcomes with and without one user is at most a rho (Bun and Steinke 2016).
 * rho adds up over releases, also when a later one depends on the outcome of an
 * earlier one.  Gaussian noise of variance s^2 on a statistic that one user
 * moves by at most d (root of the sum of squares) is d^2 / (2 s^2)-zCDP;
 * discrete Gaussian noise on integers likewise (Canonne, Kamath, Steinke 2020,
 * theorem 14).  A rho-zCDP release is (epsilon, delta)-differentially private for
 * every epsilon with
 *
 *	  delta = min over a > 1 of
 *	      exp((a - 1)(a rho - epsilon)) / (a - 1) * (1 - 1/a)^a
 *
 * (the same, corollary 13).  Any a gives a delta that holds, so rounding in the
 * search for the best one does no harm.
 */
#ifndef SYNREC_ZCDP_H
#define SYNREC_ZCDP_H

/* rho >= 0, epsilon >= 0. */
extern double zcdp_delta(double rho, double epsilon);

/* The least epsilon, 0 < delta < 1. */
extern double zcdp_epsilon(double rho, double delta);

/* The greatest rho that keeps (epsilon, delta); rounded down. */
extern double zcdp_rho(double epsilon, double delta);

#endif
