/*
 * latent_mixture.c
 *	  Codes from a mixture of Gaussians, each component of which is made of
 *	  min_component_size users or more.
 */
#include "generators/latent.h"
#include "host.h"
#include "math/mixture.h"

#include <math.h>

/* The mixture is fitted to so many users at most, spread evenly. */
#define MIXTURE_USERS 50000

/* Steps of EM, and what keeps a component from becoming a point. */
#define MIXTURE_STEPS 100
#define MIXTURE_RIDGE 1e-3

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static double
mixture_numbers(int64_t users, int64_t size, const Options *options)
{
	return (double) smaller(option_integer(options, "components"), users) *
	       (double) (mixture_factor_size(size) + size + 2);
}

static void
write_mixture(const Codes *codes, const Options *options, uint64_t seed, ModelWriter *writer)
{
	int64_t size = codes->size, rows = smaller(codes->users, MIXTURE_USERS);
	MixtureLimits limits = {smaller(option_integer(options, "components"), rows), MIXTURE_STEPS,
	                        MIXTURE_RIDGE, (double) option_integer(options, "min_component_size")};
	double *row;
	MixtureFit fit;

	host_reserve(codes->users * size * (int64_t) sizeof(real) + rows * size * (int64_t) sizeof(double) +
	                 mixture_bytes(rows, size, limits.components),
	             "the sampler of codes");
	row = host_array(double, rows *size);
	for (int64_t i = 0; i < rows; i++)
	{
		int64_t user = (int64_t) ((__int128) i * codes->users / rows);

		for (int64_t j = 0; j < size; j++)
			row[i * size + j] = codes->value[user * size + j];
	}
	mixture_fit(row, rows, size, NULL, &limits, seed, &fit);
	host_free(row);
	model_write(writer, "mixture_weight", SECTION_FLOAT64, fit.mixture.weight, fit.mixture.components);
	model_write(writer, "mixture_mean", SECTION_FLOAT64, fit.mixture.mean, fit.mixture.components * size);
	model_write(writer, "mixture_factor", SECTION_FLOAT64, fit.mixture.factor,
	            fit.mixture.components * mixture_factor_size(size));
	model_write(writer, "component_users", SECTION_FLOAT64, fit.rows, fit.mixture.components);
}

static void *
open_mixture(const Model *model, int64_t size, int64_t block)
{
	Mixture *m = host_alloc(sizeof(Mixture));
	int64_t means, factors;

	(void) block;
	m->dimensions = size;
	m->weight = model_section(model, "mixture_weight", SECTION_FLOAT64, &m->components);
	m->mean = model_section(model, "mixture_mean", SECTION_FLOAT64, &means);
	m->factor = model_section(model, "mixture_factor", SECTION_FLOAT64, &factors);
	if (means % size != 0 || means / size != m->components || factors % mixture_factor_size(size) != 0 ||
	    factors / mixture_factor_size(size) != m->components || !mixture_valid(m))
		value_malformed("model", "Its mixture does not fit together.");
	return m;
}

static void *
mixture_scratch(const void *opened)
{
	return host_array(double, ((const Mixture *) opened)->dimensions);
}

static void
draw_codes(const void *opened, void *scratch, Random *random, Matrix *codes)
{
	const Mixture *m = opened;
	double *row = scratch;

	for (int64_t n = 0; n < codes->rows; n++)
	{
		mixture_draw(m, &random[n], row);
		for (int64_t j = 0; j < m->dimensions; j++)
			codes->value[n * codes->stride + j] = (real) row[j];
	}
}

static char *
mixture_details(const Model *model)
{
	double smallest = INFINITY;
	int64_t components;
	const double *users = model_section(model, "component_users", SECTION_FLOAT64, &components);

	for (int64_t c = 0; c < components; c++)
		smallest = fmin(smallest, users[c]);
	if (components == 0 || !isfinite(smallest))
		value_malformed("model", "Its mixture does not fit together.");
	return host_format("\"components\": %lld, \"smallest_component\": %.4g", (long long) components,
	                   smallest);
}

const LatentMethod latent_mixture = {.numbers = mixture_numbers,
                                     .fit = write_mixture,
                                     .open = open_mixture,
                                     .scratch = mixture_scratch,
                                     .draw = draw_codes,
                                     .details = mixture_details};
