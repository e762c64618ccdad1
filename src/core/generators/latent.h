/*
 * latent.h
 *	  Where the codes of synthetic users come from.
 *
 * A generator with codes gives each user a code and trains a decoder (decoder.h).
 * What is left is to draw codes that look like those of the users without being
 * theirs.  The methods for that are interchangeable: each fits itself to codes
 * whose columns have mean 0 and variance 1, and keeps what it has learnt in
 * sections of its own.  Adding one is a file with a LatentMethod and a line in
 * latent.c.
 */
#ifndef SYNREC_LATENT_H
#define SYNREC_LATENT_H

#include "data/options.h"
#include "generators/model.h"
#include "math/random.h"
#include "nn/matrix.h"

/* Codes of users, one a row. */
typedef struct Codes
{
	int64_t users;
	int64_t size;
	real *value; /* users x size */
} Codes;

typedef struct LatentMethod
{
	/* Numbers of the model's sections. */
	double (*numbers)(int64_t users, int64_t size, const Options *options);

	void (*fit)(const Codes *codes, const Options *options, uint64_t seed, ModelWriter *writer);

	/* Leaves by HOST_INVALID_VALUE when the sections do not fit together; shared by threads. */
	void *(*open)(const Model *model, int64_t size, int64_t block);

	/* What one thread writes to. */
	void *(*scratch)(const void *opened);

	/* Draws block codes, row n with random[n].  Any thread. */
	void (*draw)(const void *opened, void *scratch, Random *random, Matrix *codes);

	/* Members of the JSON object of describe(). */
	char *(*details)(const Model *model);
} LatentMethod;

/* Names for the option "sampler", in the order of their numbers. */
extern const char *const latent_names[];

/* The names of losses for the option "loss" of the first of them. */
extern const char *const gan_losses[];

#define LATENT_MOST_UNITS 4096

/*
 * Options of all methods, for a generator's table.  Where 0 is a default, what
 * it stands for depends on the method and the loss (docs/reference.md).
 */
#define LATENT_OPTIONS                                                                                    \
	{"sampler", OPTION_CHOICE, 0, 0, 0, latent_names}, {"loss", OPTION_CHOICE, 0, 0, 0, gan_losses},      \
		{"sampler_steps", OPTION_INTEGER, 0, 0, 10000000, NULL},                                          \
		{"sampler_batch", OPTION_INTEGER, 128, 1, 100000, NULL},                                          \
		{"sampler_layers", OPTION_INTEGER, 3, 1, 8, NULL},                                                \
		{"sampler_units", OPTION_INTEGER, 0, 0, LATENT_MOST_UNITS, NULL},                                 \
		{"sampler_rate", OPTION_NUMBER, 0, 0, 10, NULL}, {"beta1", OPTION_NUMBER, 0.5, 0, 0.999, NULL},   \
		{"inputs", OPTION_INTEGER, 32, 1, LATENT_MOST_UNITS, NULL},                                       \
		{"critic_steps", OPTION_INTEGER, 0, 0, 100, NULL}, {"penalty", OPTION_NUMBER, 0, 0, 10000, NULL}, \
		{"annealing", OPTION_BOOLEAN, 1, 0, 1, NULL}, {"components", OPTION_INTEGER, 10, 1, 1000, NULL},  \
	{                                                                                                     \
		"min_component_size", OPTION_INTEGER, 5, 5, 1000000000, NULL                                      \
	}

/* An option's value, or the usual one when it is 0. */
extern double latent_option(const Options *options, const char *name, double usual);

/* Bytes of a model's sections, at most about. */
extern double latent_bytes(int64_t users, int64_t size, const Options *options);

/* Standardises the codes in place, fits the method that the options name and adds sections. */
extern void latent_fit(Codes *codes, const Options *options, uint64_t seed, ModelWriter *writer);

typedef struct Latent
{
	const LatentMethod *method;
	int64_t size;
	int64_t block;
	const float *mean;  /* size */
	const float *scale; /* size */
	void *opened;
} Latent;

extern Latent *latent_open(const Model *model, int64_t size, int64_t block);

extern void *latent_scratch(const Latent *latent);

/* Draws a block of codes, row n with random[n].  Any thread. */
extern void latent_draw(const Latent *latent, void *scratch, Random *random, Matrix *codes);

/* Members of a JSON object: the method's, and how its codes spread. */
extern char *latent_details(const Model *model, int64_t size);

#endif
