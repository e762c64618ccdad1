/*
 * latent.c
 *	  Where the codes of synthetic users come from: what all methods share.
 */
#include "generators/latent.h"

#include "host.h"

#include <math.h>

extern const LatentMethod latent_gan;
extern const LatentMethod latent_mixture;
extern const LatentMethod latent_flow;

static const LatentMethod *const methods[] = {&latent_gan, &latent_mixture, &latent_flow};

#define METHODS ((int64_t) (sizeof(methods) / sizeof(methods[0])))

const char *const latent_names[] = {"gan", "mixture", "flow", NULL};

/* A column that varies less is as good as constant. */
#define LEAST_DEVIATION 1e-4

/* Codes for describe(): so many blocks of so many. */
#define SPREAD_BLOCKS 16
#define SPREAD_BLOCK 64

double
latent_option(const Options *options, const char *name, double usual)
{
	double value = option_number(options, name);

	return value == 0 ? usual : value;
}

double
latent_bytes(int64_t users, int64_t size, const Options *options)
{
	return 8 *
	       (methods[option_integer(options, "sampler")]->numbers(users, size, options) + 2 * (double) size);
}

void
latent_fit(Codes *codes, const Options *options, uint64_t seed, ModelWriter *writer)
{
	int64_t *number = host_array(int64_t, 1);
	float *mean = host_array(float, codes->size), *scale = host_array(float, codes->size);
	Random random;

	for (int64_t j = 0; j < codes->size; j++)
	{
		double sum = 0, squares = 0;

		host_poll();
		for (int64_t u = 0; u < codes->users; u++)
			sum += codes->value[u * codes->size + j];
		mean[j] = (float) (sum / (double) codes->users);
		for (int64_t u = 0; u < codes->users; u++)
		{
			double x = codes->value[u * codes->size + j] - mean[j];

			squares += x * x;
		}
		scale[j] = (float) fmax(sqrt(squares / (double) codes->users), LEAST_DEVIATION);
		for (int64_t u = 0; u < codes->users; u++)
		{
			real *x = &codes->value[u * codes->size + j];

			*x = (*x - mean[j]) / scale[j];
		}
	}
	*number = option_integer(options, "sampler");
	model_write(writer, "sampler_number", SECTION_INT64, number, 1);
	model_write(writer, "code_mean", SECTION_FLOAT32, mean, codes->size);
	model_write(writer, "code_scale", SECTION_FLOAT32, scale, codes->size);
	/* beside what training reserves for itself: the codes; and seven numbers of training for each that is kept */
	host_reserve(codes->users * codes->size * (int64_t) sizeof(real) +
	                 7 * (int64_t) latent_bytes(codes->users, codes->size, options),
	             "the sampler of codes");
	/* else its weights would begin like those of the autoencoder */
	random_open(&random, seed, RANDOM_LATENT, 0);
	methods[*number]->fit(codes, options, random_uint64(&random), writer);
}

/* A section of so many finite floats. */
static const float *
numbers_section(const Model *model, const char *name, int64_t size)
{
	int64_t count;
	const float *number = model_section(model, name, SECTION_FLOAT32, &count);

	if (count != size)
		value_malformed("model", "Its codes do not fit together.");
	for (int64_t j = 0; j < size; j++)
	{
		if (!isfinite(number[j]))
			value_malformed("model", "Its codes are not finite.");
	}
	return number;
}

Latent *
latent_open(const Model *model, int64_t size, int64_t block)
{
	Latent *latent = host_alloc(sizeof(Latent));
	int64_t count;
	const int64_t *number = model_section(model, "sampler_number", SECTION_INT64, &count);

	if (count != 1 || *number < 0 || *number >= METHODS)
		value_malformed("model", "It has no sampler of ours.");
	*latent = (Latent){.method = methods[*number],
	                   .size = size,
	                   .block = block,
	                   .mean = numbers_section(model, "code_mean", size),
	                   .scale = numbers_section(model, "code_scale", size)};
	latent->opened = latent->method->open(model, size, block);
	return latent;
}

void *
latent_scratch(const Latent *latent)
{
	return latent->method->scratch(latent->opened);
}

void
latent_draw(const Latent *latent, void *scratch, Random *random, Matrix *codes)
{
	latent->method->draw(latent->opened, scratch, random, codes);
	for (int64_t n = 0; n < latent->block; n++)
	{
		for (int64_t j = 0; j < latent->size; j++)
		{
			real *x = &codes->value[n * codes->stride + j];
			real code = *x * latent->scale[j] + latent->mean[j];

			/* codes of users lie between; what is no number becomes one */
			*x = code > -1 ? (code < 1 ? code : 1) : -1;
		}
	}
}

/*
 * The variance of drawn codes, in standardised units, in the mean over the
 * columns: 1 where they spread as the users' do, near 0 when the sampler has
 * collapsed.
 */
static double
spread(const Latent *latent)
{
	void *scratch = latent_scratch(latent);
	Matrix codes = {latent->block, latent->size, latent->size,
	                host_array(real, latent->block * latent->size)};
	Random *random = host_array(Random, latent->block);
	double sum = 0, *mean = host_array_zero(double, latent->size);
	int64_t rows = SPREAD_BLOCKS * latent->block;

	for (int64_t b = 0; b < SPREAD_BLOCKS; b++)
	{
		host_poll();
		for (int64_t n = 0; n < latent->block; n++)
			random_open(&random[n], 0, RANDOM_LATENT, (uint64_t) (b * latent->block + n));
		latent_draw(latent, scratch, random, &codes);
		for (int64_t i = 0; i < latent->block * latent->size; i++)
		{
			int64_t j = i % latent->size;
			double x = (codes.value[i] - latent->mean[j]) / latent->scale[j];

			sum += x * x;
			mean[j] += x / (double) rows;
		}
	}
	sum /= (double) rows;
	for (int64_t j = 0; j < latent->size; j++)
		sum -= mean[j] * mean[j];
	return sum / (double) latent->size;
}

char *
latent_details(const Model *model, int64_t size)
{
	Latent *latent = latent_open(model, size, SPREAD_BLOCK);

	return host_format("%s, \"code_spread\": %.4g", latent->method->details(model), spread(latent));
}
