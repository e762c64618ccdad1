/*
 * host.h
 *	  The only door from the core to the program it runs in.
 *
 * The core knows no PostgreSQL.  Whatever it needs from outside (memory,
 * cancellation, errors, limits) it asks for here, and the program that links
 * it answers: src/pg/host.c in the server, test/unit/host_test.c in the unit
 * tests.
 *
 * The host may leave any of these functions by longjmp.  So the core holds no
 * lock or file across a call, no thread but what host_at_close() ends, and
 * never frees what it allocated on its way out: memory belongs to the host's
 * arena (in the server, the current memory context) and goes with it.  Only
 * host_interrupted() and host_progress() always return.  None of them may be
 * called from the body of parallel_for().
 */
#ifndef SYNREC_HOST_H
#define SYNREC_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What went wrong, in terms that a host maps to its own error codes. */
typedef enum HostError
{
	HOST_INVALID_PARAMETER, /* an argument outside its range */
	HOST_INVALID_VALUE,     /* bytes that are not a value of ours */
	HOST_NEWER_FORMAT,      /* a value written by a later version */
	HOST_TYPE_MISMATCH,     /* integer keys where text keys are, or vice versa */
	HOST_NO_DATA,           /* nothing to compute from */
	HOST_TOO_LARGE,         /* beyond what a value can hold */
	HOST_MEMORY_LIMIT,      /* beyond what the host lets us use */
	HOST_MISSING_LIBRARY    /* something to be installed */
} HostError;

/* Gives back "bytes" bytes, aligned for any type; fails rather than return NULL. */
extern void *host_alloc(size_t bytes);
extern void *host_alloc_zero(size_t bytes);
extern void *host_resize(void *memory, size_t bytes);
extern void host_free(void *memory);

/*
 * Between the two, memory is allocated in a scope of its own, and closing the
 * scope frees all of it at once.  Scopes nest; errors close them.
 */
extern void *host_open_scope(void);
extern void host_close_scope(void *scope);

/*
 * Has end(argument) called when the innermost scope closes, before its memory
 * is freed, but after that of scopes opened in it.  end() calls nothing of the
 * host.
 */
extern void host_at_close(void (*end)(void *), void *argument);

/* Leaves by an error when the host wants the work to stop. */
extern void host_poll(void);

/* Tells whether host_poll() would leave; never leaves itself. */
extern bool host_interrupted(void);

/*
 * Tells the host how far the work is: "done" of "total" parts of a stage,
 * whose name is a constant string of at most 31 characters; total is 0 when it
 * is not known.  Cheap enough for every batch of users; always returns.
 */
extern void host_progress(const char *stage, int64_t done, int64_t total);

/* Number of threads that an operation may use, at least 1. */
extern int host_threads(void);

/* How many bytes an operation may use, at least 1. */
extern int64_t host_memory_limit(void);

/* Leaves by HOST_MEMORY_LIMIT when an operation may not use "bytes" bytes. */
extern void host_reserve(int64_t bytes, const char *operation);

/*
 * Fills memory with random bytes that nobody can foretell or repeat, from the
 * operating system; leaves by an error when there are none.
 */
extern void host_strong_random(void *memory, size_t bytes);

/* Gives back a formatted string in the host's arena. */
extern char *host_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Leaves by an error.  detail and hint are full sentences, or NULL. */
extern _Noreturn void host_fail(HostError error, const char *message, const char *detail, const char *hint);

/* Gives back count * width, or leaves by HOST_TOO_LARGE when that overflows. */
extern size_t host_array_bytes(int64_t count, size_t width);

#define host_array(type, count) ((type *) host_alloc(host_array_bytes((count), sizeof(type))))
#define host_array_zero(type, count) ((type *) host_alloc_zero(host_array_bytes((count), sizeof(type))))
#define host_array_resize(type, memory, count) \
	((type *) host_resize((memory), host_array_bytes((count), sizeof(type))))

#endif
