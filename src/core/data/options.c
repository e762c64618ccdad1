/*
 * options.c
 *	  Looking up hyper-parameters by name.
 */
#include "data/options.h"

#include <stdlib.h>
#include <string.h>

double
option_number(const Options *options, const char *name)
{
	for (int i = 0; options->spec[i].name != NULL; i++)
	{
		if (strcmp(options->spec[i].name, name) == 0)
			return options->value[i];
	}
	abort(); /* a method asks for an option it did not state */
}

int64_t
option_integer(const Options *options, const char *name)
{
	return (int64_t) option_number(options, name);
}

bool
option_boolean(const Options *options, const char *name)
{
	return option_number(options, name) != 0;
}
