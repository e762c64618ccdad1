/*
 * model.c
 *	  The stored form of fitted generators.
 */
#include "generators/model.h"

#include "host.h"

#include <math.h>
#include <string.h>

#define TYPE_NAME "model"
#define SANE_SIZE (INT64_C(1) << 40)

static int64_t
type_width(int64_t type)
{
	switch (type)
	{
		case SECTION_BYTES:
			return 1;
		case SECTION_UINT32:
		case SECTION_FLOAT32:
			return 4;
		case SECTION_INT64:
		case SECTION_FLOAT64:
			return 8;
		default:
			return 0;
	}
}

/* Hash of everything but the seconds that fitting took. */
static uint64_t
model_identity(const void *value, int64_t bytes)
{
	ModelHeader header;

	memcpy(&header, value, sizeof(header));
	header.value.host_word = 0;
	header.value.checksum = 0;
	header.identity = 0;
	header.seconds = 0;
	return value_hash((const char *) value + sizeof(header), bytes - (int64_t) sizeof(header),
	                  value_hash(&header, sizeof(header), 0));
}

/* Tells whether a fixed-size field holds a name: a-z, 0-9, _, then zeros. */
static bool
is_name(const char *field, size_t size)
{
	size_t length = 0;

	while (length < size && ((field[length] >= 'a' && field[length] <= 'z') ||
	                         (field[length] >= '0' && field[length] <= '9') || field[length] == '_'))
		length++;
	if (length == 0 || length == size)
		return false;
	while (length < size && field[length] == 0)
		length++;
	return length == size;
}

/* Finds a section by name; NULL when there is none. */
static const ModelSection *
find_section(const Model *model, const char *name)
{
	for (int64_t i = 0; i < model->header->sections; i++)
	{
		if (strcmp(model->section[i].name, name) == 0)
			return &model->section[i];
	}
	return NULL;
}

bool
model_has_section(const Model *model, const char *name)
{
	return find_section(model, name) != NULL;
}

const void *
model_section(const Model *model, const char *name, SectionType type, int64_t *count)
{
	const ModelSection *section = find_section(model, name);

	if (section == NULL || section->type != (int64_t) type)
		value_malformed(TYPE_NAME, host_format("Its section \"%s\" is missing.", name));
	*count = section->count;
	return (const char *) model->header + section->offset;
}

/* Leaves unless every section lies within the value and has a proper name. */
static void
check_sections(const Model *model)
{
	int64_t at = (int64_t) sizeof(ModelHeader) + model->header->sections * (int64_t) sizeof(ModelSection);

	if (at > model->bytes)
		value_malformed(TYPE_NAME, "Its table of sections is cut off.");
	for (int64_t i = 0; i < model->header->sections; i++)
	{
		const ModelSection *section = &model->section[i];
		int64_t width = type_width(section->type);

		if (width == 0 || section->count < 0 || section->count > SANE_SIZE || section->offset != at ||
		    !is_name(section->name, sizeof(section->name)))
			value_malformed(TYPE_NAME, "Its table of sections is damaged.");
		at += value_align(section->count * width);
		if (at > model->bytes)
			value_malformed(TYPE_NAME, "A section lies beyond its end.");
		if (!value_padded((const char *) model->header + section->offset, section->count * width))
			value_malformed(TYPE_NAME, "A section is not padded with zeros.");
	}
	if (at != model->bytes)
		value_malformed(TYPE_NAME, "Bytes follow its last section.");
}

static void
open_item_keys(Model *model)
{
	int64_t count, text_bytes = 0;

	memset(&model->item_keys, 0, sizeof(model->item_keys));
	model->item_keys.text = model->header->value.flags & MODEL_TEXT_ITEMS;
	model->item_keys.count = model->header->items;
	if (model->item_keys.text)
	{
		model->item_keys.start = model_section(model, "item_starts", SECTION_INT64, &count);
		model->item_keys.bytes = model_section(model, "item_bytes", SECTION_BYTES, &text_bytes);
		count--;
	}
	else
		model->item_keys.integer = model_section(model, "item_keys", SECTION_INT64, &count);
	if (count != model->header->items || !keys_valid(&model->item_keys, text_bytes))
		value_malformed(TYPE_NAME, "Its item keys are not in ascending order.");
}

void
model_open(const void *value, int64_t bytes, Model *model)
{
	const ModelHeader *header = value;
	int64_t count;

	value_check(value, bytes, sizeof(ModelHeader), MODEL_MAGIC, MODEL_VERSION, MODEL_KNOWN_FLAGS, TYPE_NAME);
	model->header = header;
	model->section = (const ModelSection *) (header + 1);
	model->bytes = bytes;
	if (header->users < 1 || header->users > SANE_SIZE || header->interactions < header->users ||
	    header->interactions > SANE_SIZE || header->items < 1 || header->items > (int64_t) UINT32_MAX ||
	    header->sections < 0 || header->sections > MODEL_MAX_SECTIONS || header->user_key_floor > 0 ||
	    header->user_key_prefixes < 1 || header->user_key_prefixes > MODEL_MAX_KEY_PREFIXES ||
	    header->user_key_uuids < 1 || header->user_key_uuids > MODEL_MAX_KEY_UUIDS ||
	    !isfinite(header->seconds) || header->seconds < 0 || !is_name(header->method, sizeof(header->method)))
		value_malformed(TYPE_NAME, "Its header contradicts itself.");
	check_sections(model);
	open_item_keys(model);
	model_section(model, "options", SECTION_BYTES, &count);
	model_section(model, "version", SECTION_BYTES, &count);
	if (header->identity != model_identity(value, bytes))
		value_malformed(TYPE_NAME, "Its identity does not match its contents.");
}

bool
model_equal(const Model *a, const Model *b)
{
	return a->bytes == b->bytes && a->header->identity == b->header->identity &&
	       model_identity(a->header, a->bytes) == model_identity(b->header, b->bytes) &&
	       memcmp(a->section, b->section, (size_t) a->bytes - sizeof(ModelHeader)) == 0;
}

void
model_write(ModelWriter *writer, const char *name, SectionType type, const void *data, int64_t count)
{
	ModelSection *entry = &writer->part[writer->sections].entry;

	memset(entry, 0, sizeof(*entry));
	strncpy(entry->name, name, sizeof(entry->name) - 1);
	entry->type = type;
	entry->count = count;
	writer->part[writer->sections++].data = data;
}

void *
model_finish(ModelWriter *writer, int64_t *bytes)
{
	int64_t at;
	ModelHeader *header;

	if (writer->item_keys.text)
	{
		model_write(writer, "item_starts", SECTION_INT64, writer->item_keys.start,
		            writer->item_keys.count + 1);
		model_write(writer, "item_bytes", SECTION_BYTES, writer->item_keys.bytes,
		            writer->item_keys.start[writer->item_keys.count]);
	}
	else
		model_write(writer, "item_keys", SECTION_INT64, writer->item_keys.integer, writer->item_keys.count);

	at = (int64_t) sizeof(ModelHeader) + writer->sections * (int64_t) sizeof(ModelSection);
	for (int i = 0; i < writer->sections; i++)
	{
		ModelSection *entry = &writer->part[i].entry;

		entry->offset = at;
		at += value_align(entry->count * type_width(entry->type));
	}
	*bytes = at;

	header = value_new(at, MODEL_MAGIC, MODEL_VERSION, writer->header.value.flags, TYPE_NAME);
	writer->header.value = header->value;
	writer->header.sections = writer->sections;
	memcpy(header, &writer->header, sizeof(ModelHeader));
	for (int i = 0; i < writer->sections; i++)
	{
		const ModelSection *entry = &writer->part[i].entry;

		memcpy((ModelSection *) (header + 1) + i, entry, sizeof(*entry));
		if (entry->count > 0)
			memcpy((char *) header + entry->offset, writer->part[i].data,
			       (size_t) (entry->count * type_width(entry->type)));
	}
	header->identity = model_identity(header, at);
	value_seal(header, at);
	return header;
}
