/*
 * zcdp.c
 *	  What is left of privacy: conversions by bisection.
 */
#include "math/zcdp.h"

#include <math.h>

#define STEPS 200            /* of a bisection, at most */
#define ORDER_PRECISION 1e-9 /* any order holds: the best one need not be exact */

/*
 * The logarithm of delta falls with the order a until
 * (2a - 1) rho - epsilon + ln(1 - 1/a) = 0, and grows from there.
 */
double
zcdp_delta(double rho, double epsilon)
{
	double low = 1, high = 2, order;
	double delta;

	if (rho <= 0)
		return 0;
	while ((2 * high - 1) * rho - epsilon + log1p(-1 / high) < 0)
		high *= 2;
	for (int step = 0; step < STEPS && high - low > ORDER_PRECISION * (high - 1); step++)
	{
		double middle = low + (high - low) / 2;

		if (middle > 1 && (2 * middle - 1) * rho - epsilon + log1p(-1 / middle) >= 0)
			high = middle;
		else
			low = middle;
	}
	order = high;
	delta = exp((order - 1) * (order * rho - epsilon) - log(order - 1) + order * log1p(-1 / order));
	return delta < 1 ? delta : 1;
}

double
zcdp_epsilon(double rho, double delta)
{
	double low = 0, high = 1;

	while (zcdp_delta(rho, high) > delta)
		high *= 2;
	for (int step = 0; step < STEPS; step++)
	{
		double middle = low + (high - low) / 2;

		if (middle <= low || middle >= high)
			break;
		if (zcdp_delta(rho, middle) <= delta)
			high = middle;
		else
			low = middle;
	}
	return high;
}

double
zcdp_rho(double epsilon, double delta)
{
	double low = 0, high = 1;

	while (zcdp_delta(high, epsilon) <= delta)
		high *= 2;
	for (int step = 0; step < STEPS; step++)
	{
		double middle = low + (high - low) / 2;

		if (middle <= low || middle >= high)
			break;
		if (zcdp_delta(middle, epsilon) <= delta)
			low = middle;
		else
			high = middle;
	}
	return low;
}
