/*
 * fuzz.h
 *	  What is done with bytes that pretend to be a value.
 *
 * Whatever the bytes, they are refused, or everything that reads the value
 * works.  The program ends by abort() where that does not hold.  Used by the
 * fuzzers (fuzz_target.c) and, with the bytes that they once found worth
 * keeping, by test/unit/test_corpus.c.
 *
 * The first byte is no part of the value: it says what is mended, since no
 * chance would ever hit upon a checksum.  1: magic, version and checksums;
 * 2: the places of a model's sections, after their sizes.
 */
#ifndef SYNREC_FUZZ_H
#define SYNREC_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each tells whether the value was let in. */
extern bool fuzz_interactions(const uint8_t *input, size_t size);
extern bool fuzz_model(const uint8_t *input, size_t size);

#endif
