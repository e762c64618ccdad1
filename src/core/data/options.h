/*
 * options.h
 *	  Hyper-parameters of a method: what there are, and what a user chose.
 *
 * A method states its options in one table; reading, defaults, ranges and the
 * messages about unknown or unsuitable ones follow from it.
 */
#ifndef SYNREC_OPTIONS_H
#define SYNREC_OPTIONS_H

#include <stdbool.h>
#include <math.h>
#include <stdint.h>

typedef enum OptionType
{
	OPTION_INTEGER,
	OPTION_NUMBER,
	OPTION_BOOLEAN,
	OPTION_CHOICE, /* one of some words; the value is its place among them */
	OPTION_OTHER   /* a list or an object, which the host reads by itself */
} OptionType;

/* In place of a default: the option must be given. */
#define OPTION_REQUIRED INFINITY

typedef struct OptionSpec
{
	const char *name; /* NULL ends a table */
	OptionType type;
	double fallback; /* the default, or OPTION_REQUIRED */
	double least;    /* of numbers */
	double most;
	const char *const *choices; /* of OPTION_CHOICE: the words, ended by NULL */
} OptionSpec;

/* Values in the order of the table. */
typedef struct Options
{
	const OptionSpec *spec;
	const double *value;
} Options;

extern double option_number(const Options *options, const char *name);
extern int64_t option_integer(const Options *options, const char *name);
extern bool option_boolean(const Options *options, const char *name);

#endif
