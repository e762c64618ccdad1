/*
 * fit.c
 *	  What fitting has in common: the model's header and its common sections.
 */
#include "data/sequences.h"
#include "generators/generator.h"
#include "generators/ratings_model.h"
#include "generators/times_model.h"
#include "host.h"

#include <string.h>
#include <time.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

/*
 * Synthetic integer keys count down from a floor: 0, or where a fitted user
 * has a negative key, the negative power of ten at or below all of them.
 * Powers of ten tell no more than how large the keys are.
 */
static int64_t
user_key_floor(const Keys *user_keys)
{
	int64_t floor = 0;

	if (user_keys->text || user_keys->integer[0] >= 0)
		return 0;
	for (floor = -1; floor > user_keys->integer[0]; floor *= 10)
	{
		if (floor < INT64_MIN / 10)
			return INT64_MIN; /* no room: generating keys will say so */
	}
	return floor;
}

/*
 * Synthetic text keys begin with so many "synthetic-" that no fitted key
 * begins with as many.
 */
static int64_t
user_key_prefixes(const Keys *user_keys)
{
	static const char prefix[] = SYNTHETIC_KEY_PREFIX;
	const int64_t length = sizeof(prefix) - 1;
	int64_t most = 0;

	for (int64_t u = 0; user_keys->text && u < user_keys->count; u++)
	{
		Key key = keys_get(user_keys, u);
		int64_t repeats = 0;

		while (key.length >= (repeats + 1) * length &&
		       memcmp(key.bytes + repeats * length, prefix, (size_t) length) == 0)
			repeats++;
		if (repeats > most)
			most = repeats;
	}
	return most + 1 < MODEL_MAX_KEY_PREFIXES ? most + 1 : MODEL_MAX_KEY_PREFIXES;
}

/* Value of a hexadecimal digit, or -1. */
static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Synthetic UUIDs carry a number greater than any that a fitted key carries. */
static int64_t
user_key_uuids(const Keys *user_keys)
{
	static const char prefix[] = SYNTHETIC_UUID_PREFIX;
	const int64_t length = sizeof(prefix) - 1;
	int64_t most = 0;

	for (int64_t u = 0; user_keys->text && u < user_keys->count; u++)
	{
		Key key = keys_get(user_keys, u);
		int64_t number = 0;

		if (key.length != 36 || memcmp(key.bytes, prefix, (size_t) length) != 0)
			continue;
		for (int64_t i = length; number >= 0 && i < length + 3; i++)
			number = hex_digit(key.bytes[i]) < 0 ? -1 : number * 16 + hex_digit(key.bytes[i]);
		if (number > most)
			most = number;
	}
	return most + 1;
}

void *
generator_fit(const Generator *generator, const Histories *given, const Options *options,
              const char *options_text, int64_t seed, const char *version, int64_t *bytes)
{
	ModelWriter *writer = host_alloc_zero(sizeof(ModelWriter));
	double started = now();
	Histories sets = *given;
	const Histories *data = generator->ordered ? given : &sets;

	if (given->time != NULL && !generator->ordered)
		sequences_as_sets(given, &sets);

	if (data->users == 0)
		host_fail(HOST_NO_DATA, "cannot fit a generator to no interactions", "The data holds no users.",
		          NULL);
	/* counts and lengths, and the model that they go to */
	host_reserve(data->items * 24 + data->users * 12, "fit");
	writer->item_keys = data->item_keys;
	writer->header.value.flags = data->item_keys.text ? MODEL_TEXT_ITEMS : 0;
	strncpy(writer->header.method, generator->method, sizeof(writer->header.method) - 1);
	writer->header.seed = seed;
	writer->header.users = data->users;
	writer->header.interactions = data->interactions;
	writer->header.items = data->items;
	writer->header.user_key_floor = user_key_floor(&data->user_keys);
	writer->header.user_key_prefixes = user_key_prefixes(&data->user_keys);
	writer->header.user_key_uuids = user_key_uuids(&data->user_keys);
	model_write(writer, "options", SECTION_BYTES, options_text, (int64_t) strlen(options_text));
	model_write(writer, "version", SECTION_BYTES, version, (int64_t) strlen(version));
	generator->fit(data, options, (uint64_t) seed, writer);
	if (!(writer->header.value.flags & MODEL_PRIVATE))
	{
		/* epsilon covers neither ratings nor times, so a private model has none */
		if (given->rating != NULL)
			ratings_model_fit(given, writer->group, writer->groups, writer);
		if (given->time != NULL)
			times_model_fit(given, writer);
		writer->header.seconds = now() - started; /* how long it takes tells of the data, too */
	}
	return model_finish(writer, bytes);
}
