/*
 * test_zcdp.c
 *	  Conversions of privacy budgets.
 *
 * Anchors are what the authors' own program gives (IBM's cdp2adp.py).
 */
#include "host_test.h"
#include "math/zcdp.h"

#include <math.h>

static void
test_anchors(void **state)
{
	(void) state;
	assert_true(fabs(zcdp_epsilon(0.025, 1e-6) - 1.01407) < 1e-5);
	assert_true(fabs(zcdp_rho(1, 1e-6) - 0.0243560) < 1e-7);
}

/* Tight is tighter than the simple conversion, and not tighter than a Gaussian is. */
static void
test_bounds(void **state)
{
	(void) state;
	for (double rho = 1e-6; rho < 100; rho *= 3)
	{
		for (double delta = 1e-12; delta < 0.1; delta *= 100)
		{
			double epsilon = zcdp_epsilon(rho, delta);
			double mu = sqrt(2 * rho); /* of the Gaussian that has this rho */
			double gaussian = 0.5 * erfc(-(mu / 2 - epsilon / mu) / M_SQRT2) -
			                  exp(epsilon) * 0.5 * erfc((mu / 2 + epsilon / mu) / M_SQRT2);

			assert_true(epsilon < rho + 2 * sqrt(rho * log(1 / delta)));
			assert_true(gaussian < delta);
		}
	}
}

/* The formula at many orders is nowhere below what is given back. */
static void
test_best_order(void **state)
{
	(void) state;
	for (double rho = 1e-4; rho < 20; rho *= 7)
	{
		for (double epsilon = 0.1; epsilon < 60; epsilon *= 3)
		{
			double delta = zcdp_delta(rho, epsilon), best = 1;

			for (int n = 1; n < 200000; n++)
			{
				double order = 1 + 1e-9 * pow(1.0002, n);
				double here =
					exp((order - 1) * (order * rho - epsilon)) / (order - 1) * pow(1 - 1 / order, order);

				best = here < best ? here : best;
			}
			assert_true(delta >= 0 && delta <= best * (1 + 1e-9));
			assert_true(delta >= best * (1 - 1e-4) || best < 1e-300);
		}
	}
}

static void
test_inverses(void **state)
{
	(void) state;
	for (double epsilon = 0.01; epsilon < 101; epsilon *= 2)
	{
		for (double delta = 1e-100; delta < 0.2; delta *= 1e11)
		{
			double rho = zcdp_rho(epsilon, delta);

			assert_true(rho > 0);
			assert_true(zcdp_delta(rho, epsilon) <= delta);
			assert_true(zcdp_delta(rho * (1 + 1e-6), epsilon) > delta);
			assert_true(fabs(zcdp_epsilon(rho, delta) / epsilon - 1) < 1e-6);
		}
	}
	assert_true(zcdp_delta(0, 1) == 0);
	assert_true(zcdp_epsilon(0, 1e-6) < 1e-12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_anchors),
		host_unit_test(test_bounds),
		host_unit_test(test_best_order),
		host_unit_test(test_inverses),
	};

	return cmocka_run_group_tests_name("zcdp", tests, NULL, NULL);
}
