/*
 * fuzz_target.c
 *	  One fuzzer: hands the bytes of libFuzzer to FUZZ_FUNCTION.
 */
#include "fuzz.h"
#include "host_test.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	host_test_begin(NULL);
	FUZZ_FUNCTION(input, size);
	host_test_end(NULL);
	return 0;
}
