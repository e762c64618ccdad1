/*
 * registry.c
 *	  All generators there are.
 */
#include "generators/generator.h"

#include <string.h>

extern const Generator unigrams_generator;
extern const Generator bigrams_generator;
extern const Generator clustering_generator;
extern const Generator fractal_generator;
extern const Generator cooccurrence_generator;
extern const Generator private_cooccurrence_generator;
extern const Generator topics_generator;
extern const Generator topic_pairs_generator;
extern const Generator vae_generator;
extern const Generator time_gan_generator;
extern const Generator identity_gan_generator;

const Generator *const generators[] = {
	&unigrams_generator, &bigrams_generator,      &clustering_generator,
	&fractal_generator,  &cooccurrence_generator, &private_cooccurrence_generator,
	&topics_generator,   &topic_pairs_generator,  &vae_generator,
	&time_gan_generator, &identity_gan_generator, NULL,
};

const Generator *
generator_find(const char *method)
{
	for (int i = 0; generators[i] != NULL; i++)
	{
		if (strcmp(generators[i]->method, method) == 0)
			return generators[i];
	}
	return NULL;
}
