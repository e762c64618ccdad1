/*
 * spectrum.c
 *	  The singular values of users x items.
 */
#include "metrics/spectrum.h"

#include "host.h"
#include "math/singular.h"

#include <math.h>
#include <string.h>

/* Values are asked for to some 6 digits: eigenvalues are more exact than residuals. */
#define TOLERANCE 1e-6

double *
spectrum(const Histories *data, int64_t count)
{
	double *value;
	SingularVectors found;
	void *scope;

	if (count < 1)
		host_fail(HOST_INVALID_PARAMETER,
		          host_format("a spectrum has at least 1 value, not %lld", (long long) count), NULL, NULL);
	if (data->users == 0)
		host_fail(HOST_NO_DATA, "the data holds no users", NULL, NULL);
	host_reserve(singular_bytes(data->users, data->items, data->interactions, count), "a spectrum");
	value = host_array_zero(double, count);
	scope = host_open_scope();
	singular_vectors(data, count, TOLERANCE, 0, &found);
	for (int64_t k = 0; k < found.count; k++)
		value[k] = found.value[k] / sqrt((double) data->interactions);
	host_close_scope(scope);
	return value;
}

double
spectrum_distance(const Histories *original, const Histories *synthetic, int64_t count)
{
	double *a = spectrum(original, count), *b = spectrum(synthetic, count);
	double apart = 0, length = 0;

	for (int64_t k = 0; k < count; k++)
	{
		apart += (a[k] - b[k]) * (a[k] - b[k]);
		length += a[k] * a[k];
	}
	host_free(a);
	host_free(b);
	return sqrt(apart / length);
}
