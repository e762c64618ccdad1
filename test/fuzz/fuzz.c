/*
 * fuzz.c
 *	  What is done with bytes that pretend to be a value.
 */
#include "fuzz.h"

#include "data/merge.h"
#include "data/select.h"
#include "data/sequences.h"
#include "models.h"
#include "metrics/deanonymization.h"
#include "metrics/membership.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEND_SEAL 1
#define MEND_SECTIONS 2

/* Enough for whatever so few bytes can hold. */
#define MEMORY_LIMIT (INT64_C(64) << 20)

#define REQUIRE(condition)                                                  \
	do                                                                      \
	{                                                                       \
		if (!(condition))                                                   \
		{                                                                   \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                   \
	} while (0)

/* Bytes as they lie in the server: after the word that belongs to it. */
static void *
value_of(const uint8_t *input, size_t size, int64_t *bytes)
{
	char *value;

	*bytes = (int64_t) (size - 1 + sizeof(uint32_t));
	value = host_alloc_zero((size_t) *bytes);
	memcpy(value + sizeof(uint32_t), input + 1, size - 1);
	return value;
}

/*
 * Runs "use" in an arena of its own, and requires that errors are of
 * the kinds that bytes can cause; tells whether there was none.
 */
static bool
contained(void (*use)(const uint8_t *input, size_t size), const uint8_t *input, size_t size)
{
	volatile int outcome;

	if (size == 0)
		return false;
	host_test_open_arena();
	host_test_limit_memory(MEMORY_LIMIT);
	CATCH(outcome, use(input, size));
	host_test_close_arena();
	REQUIRE(outcome == HOST_TEST_NOTHING || outcome == HOST_INVALID_VALUE || outcome == HOST_NEWER_FORMAT ||
	        outcome == HOST_MEMORY_LIMIT);
	return outcome == HOST_TEST_NOTHING;
}

static void
mend_header(ValueHeader *header, uint32_t magic, uint16_t version)
{
	header->magic = magic;
	header->version = version;
	header->reserved = 0;
}

/* Uses all that a set of interactions has, and requires that it is canonical. */
static void
use_interactions(const uint8_t *input, size_t size)
{
	HistoryBuilder *builder;
	Histories data, same, sets;
	int64_t bytes, *start, *closer, *distance;
	uint32_t *user;
	void *value = value_of(input, size, &bytes), *first, *second;

	if ((input[0] & MEND_SEAL) && bytes >= (int64_t) sizeof(HistoriesHeader))
	{
		uint16_t flags = ((ValueHeader *) value)->flags;

		/* sets are of the first version, sequences of the second, rated ones of the third */
		mend_header(value, HISTORIES_MAGIC, flags & HISTORIES_RATINGS ? 3 : flags & HISTORIES_TIMES ? 2 : 1);
		value_seal(value, bytes);
	}
	histories_open(value, bytes, &data);

	/* made again pair by pair it is the same */
	builder = builder_new();
	for (int64_t u = 0; u < data.users; u++)
	{
		Key user_key = keys_get(&data.user_keys, u);

		REQUIRE(keys_find(&data.user_keys, &user_key) == u);
		for (int64_t p = data.start[u]; p < data.start[u + 1]; p++)
		{
			Key item_key = keys_get(&data.item_keys, data.item[p]);

			builder_add_event(builder, data.user_keys.text, &user_key, data.item_keys.text, &item_key,
			                  histories_kind(&data), data.time != NULL ? data.time[p] : 0,
			                  data.rating != NULL ? data.rating[p] : 0);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &same);
	REQUIRE(same.bytes == data.bytes &&
	        memcmp((const char *) same.value + sizeof(uint32_t), (char *) value + sizeof(uint32_t),
	               (size_t) bytes - sizeof(uint32_t)) == 0);

	/* sets swallow what they have, sequences keep repeats */
	histories_merge((Histories[]){data, same}, 2, 0, &same);
	REQUIRE(same.interactions == (data.time == NULL ? 1 : 2) * data.interactions);

	histories_invert(&data, &start, &user);
	select_truncate(&data, 1, 1);
	select_filter(&data, 2, 2);
	select_sample_users(&data, data.users / 2, 1);
	select_split_users(&data, 0.5, 1, &first, &second);
	if (data.rating != NULL)
		histories_without_ratings(&data, &same);
	sets = data;
	if (data.time != NULL)
	{
		select_latest(&data, 1);
		sequences_as_sets(&data, &sets);
	}
	if (data.users > 0)
	{
		membership_closer(&sets, &sets, &closer, &distance);
		deanonymization_by_user(&sets, &sets, 3);
	}
}

bool
fuzz_interactions(const uint8_t *input, size_t size)
{
	return contained(use_interactions, input, size);
}

/* Writes the places and the hashes that model_finish() writes. */
static void
mend_model(ModelHeader *header, int64_t bytes, bool sections)
{
	ModelSection *section = (ModelSection *) (header + 1);
	ModelHeader copy;

	mend_header(&header->value, MODEL_MAGIC, MODEL_VERSION);
	if (sections && header->sections >= 0 && header->sections <= MODEL_MAX_SECTIONS &&
	    (int64_t) sizeof(ModelHeader) + header->sections * (int64_t) sizeof(ModelSection) <= bytes)
	{
		int64_t at = (int64_t) sizeof(ModelHeader) + header->sections * (int64_t) sizeof(ModelSection);

		for (int64_t i = 0; i < header->sections; i++)
		{
			int64_t width = section[i].type == SECTION_BYTES                                          ? 1
			                : section[i].type == SECTION_UINT32 || section[i].type == SECTION_FLOAT32 ? 4
			                                                                                          : 8;

			/* what does not fit is shortened, so that the last section ends where the value does */
			if (section[i].count < 0 || section[i].count > (bytes - at) / width || i == header->sections - 1)
				section[i].count = (bytes - at) / width;
			section[i].offset = at;
			at += value_align(section[i].count * width);
			if (at > bytes)
				at = bytes;
		}
	}
	copy = *header;
	copy.value.host_word = 0;
	copy.value.checksum = 0;
	copy.identity = 0;
	copy.seconds = 0;
	header->identity =
		value_hash(header + 1, bytes - (int64_t) sizeof(copy), value_hash(&copy, sizeof(copy), 0));
	value_seal(header, bytes);
}

static void
use_model(const uint8_t *input, size_t size)
{
	enum
	{
		USERS = 70
	};
	int64_t bytes, user, count, least, users = 0;
	ModelHeader *header = value_of(input, size, &bytes);
	const uint32_t *item;
	const Generator *generator;
	Generation *generation;
	HistoryKind kind;
	Model model;

	if ((input[0] & MEND_SEAL) && bytes >= (int64_t) sizeof(ModelHeader) && bytes % 8 == 0)
		mend_model(header, bytes, input[0] & MEND_SECTIONS);
	model_open(header, bytes, &model);
	REQUIRE(model_equal(&model, &model));
	for (int64_t i = 0; i < model.item_keys.count; i++)
	{
		Key key = keys_get(&model.item_keys, i);

		REQUIRE(keys_find(&model.item_keys, &key) == i);
	}
	generator = generator_find(header->method);
	if (generator != NULL && generator->details != NULL)
		generator->details(&model);
	/* of a user of a fractal expansion nothing may be left */
	least = strcmp(header->method, "fractal_expansion") != 0;
	generation = generation_begin(&model, 1, 1, USERS);
	kind.rated = generation_want_ratings(generation);
	kind.times = generation_want_times(generation);
	while (generation_next(generation, &user, &item, &count))
	{
		const double *rating = generation_ratings(generation);
		const int64_t *time = generation_times(generation);

		REQUIRE(user == ++users && count >= least);
		REQUIRE(kind.rated == (rating != NULL) && (kind.times != TIMES_NONE) == (time != NULL));
		for (int64_t p = 0; kind.rated && p < count; p++)
			REQUIRE(isfinite(rating[p]));
		for (int64_t p = 0; p < count; p++)
			REQUIRE(item[p] < model.header->items);
	}
	REQUIRE(users == USERS);
}

bool
fuzz_model(const uint8_t *input, size_t size)
{
	return contained(use_model, input, size);
}
