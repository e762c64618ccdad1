/*
 * value.h
 *	  What every stored value begins with: magic, version, flags, checksum.
 *
 * A value is one block of memory that is stored as it is and computed on as it
 * is.  Its first word belongs to the host (PostgreSQL keeps the length of the
 * value there); everything else is little-endian, and every array in it begins
 * at a multiple of 8 bytes.  The text and binary forms are the same bytes
 * without the host's word.
 */
#ifndef SYNREC_VALUE_H
#define SYNREC_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "synrec values are little-endian and are read in place: this machine is not supported"
#endif

typedef struct ValueHeader
{
	uint32_t host_word; /* not part of the value */
	uint32_t magic;     /* which type of value this is */
	uint16_t version;   /* format version, from 1 */
	uint16_t flags;     /* meaning depends on the type */
	uint32_t reserved;  /* zero */
	uint64_t checksum;  /* value_checksum() of the rest */
} ValueHeader;

/*
 * No value is larger than this.  The text form doubles a value, and
 * PostgreSQL prints at most 1 GB.
 */
#define VALUE_MAX_BYTES ((int64_t) 512 * 1024 * 1024 - 1024)

/* Bytes rounded up to a multiple of 8. */
static inline int64_t
value_align(int64_t bytes)
{
	return (bytes + 7) & ~(int64_t) 7;
}

/* Tells whether an array of "bytes" bytes is followed by zeros up to a multiple of 8. */
extern bool value_padded(const void *array, int64_t bytes);

/*
 * Gives back a 64-bit hash of "bytes" bytes, a multiple of 8.  Changing any
 * one 8-byte word changes it; it is no defence against an adversary.
 */
extern uint64_t value_hash(const void *data, int64_t bytes, uint64_t seed);

/* Gives back a zeroed value of "bytes" bytes, or leaves by HOST_TOO_LARGE. */
extern void *
value_new(int64_t bytes, uint32_t magic, uint16_t version, uint16_t flags, const char *type_name);

/* Writes the checksum; the value is finished. */
extern void value_seal(void *value, int64_t bytes);

/*
 * Leaves by HOST_INVALID_VALUE or HOST_NEWER_FORMAT unless the bytes begin
 * with a whole header of the given magic, of a version and flags known here,
 * and agree with the checksum.
 */
extern void value_check(const void *value, int64_t bytes, int64_t header_bytes, uint32_t magic,
                        uint16_t version, uint16_t known_flags, const char *type_name);

/* Leaves by HOST_INVALID_VALUE. */
extern _Noreturn void value_malformed(const char *type_name, const char *detail);

#endif
