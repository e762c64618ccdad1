/*
 * value.c
 *	  The common header of stored values: checksums and first checks.
 */
#include "data/value.h"

#include "host.h"

#include <string.h>

/*
 * Four lanes, each an xor with a word followed by a multiplication by an odd
 * number: both are one-to-one, so a changed word changes its lane for good.
 */
uint64_t
value_hash(const void *data, int64_t bytes, uint64_t seed)
{
	static const uint64_t odd[4] = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xbf58476d1ce4e5b9),
	                                UINT64_C(0x94d049bb133111eb), UINT64_C(0xd6e8feb86659fd93)};
	uint64_t lane[4] = {seed ^ odd[3], seed ^ odd[2], seed ^ odd[1], seed ^ odd[0]};
	const char *at = data;
	int64_t words = bytes / 8;
	uint64_t hash = (uint64_t) bytes;
	int64_t i = 0;

	for (; i + 4 <= words; i += 4, at += 32)
	{
		uint64_t word[4];

		memcpy(word, at, sizeof(word));
		for (int k = 0; k < 4; k++)
		{
			lane[k] = (lane[k] ^ word[k]) * odd[k];
			lane[k] ^= lane[k] >> 29;
		}
	}
	for (int k = 0; i < words; i++, k++, at += 8)
	{
		uint64_t word;

		memcpy(&word, at, sizeof(word));
		lane[k] = (lane[k] ^ word) * odd[k];
		lane[k] ^= lane[k] >> 29;
	}

	for (int k = 0; k < 4; k++)
	{
		hash = (hash ^ lane[k]) * odd[k];
		hash ^= hash >> 32;
	}
	return hash;
}

bool
value_padded(const void *array, int64_t bytes)
{
	for (int64_t i = bytes; i < value_align(bytes); i++)
	{
		if (((const char *) array)[i] != 0)
			return false;
	}
	return true;
}

static uint64_t
value_checksum(const void *value, int64_t bytes)
{
	const ValueHeader *header = value;
	uint64_t seed;

	seed = header->magic | (uint64_t) header->version << 32 | (uint64_t) header->flags << 48;
	return value_hash((const char *) value + sizeof(ValueHeader), bytes - (int64_t) sizeof(ValueHeader),
	                  value_hash(&seed, sizeof(seed), header->reserved));
}

void *
value_new(int64_t bytes, uint32_t magic, uint16_t version, uint16_t flags, const char *type_name)
{
	ValueHeader *header;

	if (bytes > VALUE_MAX_BYTES)
		host_fail(HOST_TOO_LARGE,
		          host_format("value of type %s would take %lld MB", type_name, (long long) (bytes >> 20)),
		          "A value is at most 512 MB, so that its text form can be printed.",
		          "Make several values of fewer users each, or drop rare items with filter_histories().");
	header = host_alloc_zero((size_t) bytes);
	header->magic = magic;
	header->version = version;
	header->flags = flags;
	return header;
}

void
value_seal(void *value, int64_t bytes)
{
	((ValueHeader *) value)->checksum = value_checksum(value, bytes);
}

void
value_malformed(const char *type_name, const char *detail)
{
	host_fail(HOST_INVALID_VALUE, host_format("malformed value of type %s", type_name), detail, NULL);
}

void
value_check(const void *value, int64_t bytes, int64_t header_bytes, uint32_t magic, uint16_t version,
            uint16_t known_flags, const char *type_name)
{
	const ValueHeader *header = value;

	if (bytes < (int64_t) sizeof(ValueHeader) || header->magic != magic)
		value_malformed(type_name, "The bytes do not begin as such a value does.");
	if (header->version == 0)
		value_malformed(type_name, "The format version is 0.");
	if (header->version > version)
		host_fail(HOST_NEWER_FORMAT,
		          host_format("value of type %s has format version %d, newer than %d", type_name,
		                      header->version, version),
		          "It was written by a later version of synrec.", "Update synrec on this server.");
	if (bytes < header_bytes || bytes % 8 != 0 || bytes > VALUE_MAX_BYTES)
		value_malformed(type_name, "Its size is not possible.");
	if (header->reserved != 0 || (header->flags & ~known_flags) != 0)
		value_malformed(type_name, "It has flags that no version knows.");
	if (header->checksum != value_checksum(value, bytes))
		value_malformed(type_name, "Its checksum does not match: it was changed or cut off.");
}
