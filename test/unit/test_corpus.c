/*
 * test_corpus.c
 *	  Inputs that the fuzzers kept: each is refused, or harmless to use.
 */
#include "cases.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seen from the folder of the Makefile, where the tests run. */
#define CORPUS "../fuzz/corpus/"

/* Hands every line of a file, in hexadecimal, to the function. */
static void
replay(const char *path, bool (*fuzz)(const uint8_t *input, size_t size))
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int inputs = 0, let_in = 0;

	assert_non_null(file);
	while ((length = getline(&line, &room, file)) > 0)
	{
		size_t size = (size_t) length / 2;
		uint8_t *input = host_alloc(size);

		for (size_t i = 0; i < size; i++)
			assert_int_equal(sscanf(line + 2 * i, "%2hhx", &input[i]), 1);
		let_in += fuzz(input, size);
		host_free(input);
		inputs++;
	}
	free(line);
	fclose(file);
	assert_true(let_in >= 5 && inputs >= let_in + 10);
}

static void
interactions_that_were_kept(void **state)
{
	(void) state;
	replay(CORPUS "interactions", fuzz_interactions);
}

static void
models_that_were_kept(void **state)
{
	(void) state;
	replay(CORPUS "model", fuzz_model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(interactions_that_were_kept),
		host_unit_test(models_that_were_kept),
	};

	return cmocka_run_group_tests_name("corpus", tests, NULL, NULL);
}
