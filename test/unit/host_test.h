/*
 * host_test.h
 *	  The host of the core in the unit tests: arenas, caught errors, limits.
 *
 * Everything the core allocates during a test goes when the test ends, also
 * when it failed.  Errors leave by longjmp to the innermost EXPECT_FAIL or
 * CATCH; one that nothing waits for fails the test.
 */
#ifndef SYNREC_HOST_TEST_H
#define SYNREC_HOST_TEST_H

#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Outcomes beside the kinds of HostError. */
#define HOST_TEST_CANCELLED (-1) /* host_poll() left */
#define HOST_TEST_NOTHING (-2)   /* nothing failed */

/* Set up and tear down one test: one thread, no limit, no cancel. */
extern int host_test_begin(void **state);
extern int host_test_end(void **state);

#define host_unit_test(function) cmocka_unit_test_setup_teardown(function, host_test_begin, host_test_end)

/*
 * Opens an arena inside the current one; closing frees what was allocated
 * since.  Resized memory stays in the arena it came from.
 */
extern void host_test_open_arena(void);
extern void host_test_close_arena(void);

extern void host_test_set_threads(int threads);

/* Largest host_reserve() that succeeds; 0 for no limit. */
extern void host_test_limit_memory(int64_t bytes);

/*
 * The most bytes that the core held at a time since the last call that asked to
 * begin anew, or since the test began.  Beginning anew gives back what it holds.
 */
extern int64_t host_test_peak_memory(bool begin_anew);

/* Cancels once host_poll() and host_interrupted() were called so often; -1: never. */
extern void host_test_cancel_after(int64_t calls);

/* From then on, host_interrupted() says yes now and then, but host_poll() comes back. */
extern void host_test_disturb(bool disturb);

/* Tells whether the last error, with its detail and hint, had the words in it. */
extern bool host_test_failure_says(const char *words);

/*
 * Tells whether the function comes back in a process of its own, where a
 * sanitizer may end it.  It reports by host_test_child_fails(), not by cmocka.
 */
extern bool host_test_survives(void (*function)(void));
extern _Noreturn void host_test_child_fails(void);

/* For the macros. */
extern jmp_buf host_test_point;
extern void host_test_wait(void);
extern int host_test_outcome(bool left);
extern void host_test_expect(int expected, int outcome, const char *statement, const char *file, int line);

/* Runs the statement and sets "outcome" to what came of it. */
#define CATCH(outcome, statement)               \
	do                                          \
	{                                           \
		host_test_wait();                       \
		if (setjmp(host_test_point) == 0)       \
		{                                       \
			statement;                          \
			outcome = host_test_outcome(false); \
		}                                       \
		else                                    \
			outcome = host_test_outcome(true);  \
	} while (0)

/* Asserts that the statement leaves by the given error. */
#define EXPECT_FAIL(kind, statement)                                                  \
	do                                                                                \
	{                                                                                 \
		volatile int outcome_of_statement;                                            \
		CATCH(outcome_of_statement, statement);                                       \
		host_test_expect(kind, outcome_of_statement, #statement, __FILE__, __LINE__); \
	} while (0)

#endif
