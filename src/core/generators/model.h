/*
 * model.h
 *	  A fitted generator as one value: what was fitted, to what, and the arrays
 *	  that the method needs.
 *
 * A model holds item keys and parameters, never a user key.
 *
 * Layout (see data/value.h for the header): ModelHeader, then a table of
 * sections, then the sections' arrays, each padded to a multiple of 8 bytes.
 * Sections that every model has: "options" and "version" (text), "item_keys"
 * or "item_starts" and "item_bytes".  Those whose names begin with "rating_" or
 * "time_" are of the models of ratings and times, where the data had any
 * (ratings_model.h, times_model.h).  The others belong to the method.
 */
#ifndef SYNREC_MODEL_H
#define SYNREC_MODEL_H

#include "data/histories.h"

#define MODEL_MAGIC 0x314d4e53u /* "SNM1" */
#define MODEL_VERSION 1
#define MODEL_TEXT_ITEMS 1
#define MODEL_CONTAINS_HISTORIES 2
#define MODEL_PRIVATE 4 /* nothing in it is an exact number of the data */
#define MODEL_KNOWN_FLAGS (MODEL_TEXT_ITEMS | MODEL_CONTAINS_HISTORIES | MODEL_PRIVATE)

#define MODEL_MAX_SECTIONS 64
#define MODEL_MAX_KEY_PREFIXES 100
#define MODEL_MAX_KEY_UUIDS 4096

typedef enum SectionType
{
	SECTION_BYTES = 1,
	SECTION_UINT32 = 2,
	SECTION_INT64 = 3,
	SECTION_FLOAT32 = 4,
	SECTION_FLOAT64 = 5
} SectionType;

typedef struct ModelHeader
{
	ValueHeader value;
	uint64_t identity; /* hash of everything but seconds */
	char method[32];   /* zero-padded */
	int64_t seed;
	int64_t users; /* fitted on so many */
	int64_t interactions;
	int64_t items;             /* in the catalogue */
	int64_t user_key_floor;    /* synthetic integer keys lie below it; <= 0 */
	int64_t user_key_prefixes; /* how often synthetic text keys repeat their prefix */
	int64_t user_key_uuids;    /* number that synthetic UUIDs carry, from 1 */
	double seconds;            /* that fitting took */
	int64_t sections;
} ModelHeader;

typedef struct ModelSection
{
	char name[24];  /* zero-padded */
	int64_t type;   /* SectionType */
	int64_t count;  /* array elements */
	int64_t offset; /* of the array, from the start of the value */
} ModelSection;

/* A view of a value: nothing in it is owned. */
typedef struct Model
{
	const ModelHeader *header;
	const ModelSection *section; /* header->sections */
	Keys item_keys;
	int64_t bytes;
} Model;

/*
 * Makes *model a view of a stored value; every read of bytes from outside goes
 * through here.  Leaves by HOST_INVALID_VALUE or HOST_NEWER_FORMAT.  What the
 * method's own sections hold is checked when the generator opens the model.
 */
extern void model_open(const void *value, int64_t bytes, Model *model);

/*
 * Gives back the array of a section, and its length in *count.  Leaves by
 * HOST_INVALID_VALUE when there is none of that name and type.
 */
extern const void *model_section(const Model *model, const char *name, SectionType type, int64_t *count);

/* Tells whether there is a section of that name. */
extern bool model_has_section(const Model *model, const char *name);

/* Tells whether two models are the same but for the time that fitting took. */
extern bool model_equal(const Model *a, const Model *b);

/* Collects a model's sections.  Arrays are not copied until model_finish(). */
typedef struct ModelWriter
{
	ModelHeader header;
	Keys item_keys;
	const uint32_t
		*group; /* of each fitted user: a generator that has groups of users says so, for ratings */
	int64_t groups;
	int sections;
	struct
	{
		ModelSection entry;
		const void *data;
	} part[MODEL_MAX_SECTIONS];
} ModelWriter;

extern void
model_write(ModelWriter *writer, const char *name, SectionType type, const void *data, int64_t count);

/* Gives back the finished value and its size. */
extern void *model_finish(ModelWriter *writer, int64_t *bytes);

#endif
