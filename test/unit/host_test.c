/*
 * host_test.c
 *	  The host of the core in the unit tests.
 *
 * An arena is a ring of blocks.  Each block is a malloc() of its own, so that
 * the address sanitizer sees where it ends and when it was freed.
 */
#include "host_test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARENAS 8
#define MAX_ENDS 8

typedef struct Block
{
	struct Block *next;
	struct Block *previous;
	size_t bytes;
	max_align_t memory[];
} Block;

/* What host_at_close() was told. */
typedef struct End
{
	int arena;
	void (*end)(void *);
	void *argument;
} End;

jmp_buf host_test_point;

static Block arena[MAX_ARENAS];
static int arenas;
static End end_of[MAX_ENDS];
static int ends;
static pthread_t main_thread;
static bool waiting;    /* something catches errors, */
static int arenas_then; /* and so many arenas were open before */
static bool is_child;
static int failure;
static char failure_text[1024];
static bool failure_well_put; /* as messages are to be */
static int threads;
static int64_t memory_limit;
static int64_t held_bytes, peak_bytes;
static int64_t calls_left; /* until the cancel; -1 for never */
static bool disturbed;
static int64_t disturbances;

/* Ends the program when a thread of parallel_for() asks the host for anything. */
static void
require_main_thread(void)
{
	if (!pthread_equal(pthread_self(), main_thread))
	{
		fputs("a thread of parallel_for() called the host\n", stderr);
		abort();
	}
}

/* Counts memory that is held from now on, or no longer. */
static void
count_bytes(size_t gained, size_t lost)
{
	held_bytes += (int64_t) gained - (int64_t) lost;
	if (held_bytes > peak_bytes)
		peak_bytes = held_bytes;
}

void
host_test_open_arena(void)
{
	if (arenas == MAX_ARENAS)
		abort();
	arena[arenas].next = arena[arenas].previous = &arena[arenas];
	arenas++;
}

void
host_test_close_arena(void)
{
	Block *ring = &arena[--arenas];

	while (ends > 0 && end_of[ends - 1].arena == arenas)
	{
		ends--;
		end_of[ends].end(end_of[ends].argument);
	}
	for (Block *block = ring->next, *next; block != ring; block = next)
	{
		next = block->next;
		count_bytes(0, block->bytes);
		free(block);
	}
}

/* A scope is the number of its arena. */
void *
host_open_scope(void)
{
	host_test_open_arena();
	return &arena[arenas - 1];
}

void
host_close_scope(void *scope)
{
	if (scope != &arena[arenas - 1])
		abort();
	host_test_close_arena();
}

void
host_at_close(void (*end)(void *), void *argument)
{
	require_main_thread();
	if (ends == MAX_ENDS)
		abort();
	end_of[ends++] = (End){arenas - 1, end, argument};
}

int
host_test_begin(void **state)
{
	(void) state;
	main_thread = pthread_self();
	host_test_open_arena();
	waiting = false;
	threads = 1;
	memory_limit = 0;
	peak_bytes = held_bytes;
	calls_left = -1;
	disturbed = false;
	return 0;
}

int
host_test_end(void **state)
{
	(void) state;
	while (arenas > 0)
		host_test_close_arena();
	return 0;
}

void
host_test_set_threads(int number)
{
	threads = number;
}

void
host_test_limit_memory(int64_t bytes)
{
	memory_limit = bytes;
}

int64_t
host_test_peak_memory(bool begin_anew)
{
	if (begin_anew)
		peak_bytes = held_bytes;
	return peak_bytes;
}

void
host_test_cancel_after(int64_t calls)
{
	calls_left = calls;
}

void
host_test_disturb(bool disturb)
{
	disturbed = disturb;
}

/* Puts the block between the neighbours that it names. */
static void
link_block(Block *block)
{
	block->next->previous = block;
	block->previous->next = block;
}

/* Fresh memory holds no zeros by chance. */
void *
host_alloc(size_t bytes)
{
	Block *block = malloc(sizeof(Block) + bytes);

	require_main_thread();
	if (block == NULL)
		abort();
	block->next = arena[arenas - 1].next;
	block->previous = &arena[arenas - 1];
	link_block(block);
	block->bytes = bytes;
	count_bytes(bytes, 0);
	memset(block->memory, 0xa5, bytes);
	return block->memory;
}

void *
host_alloc_zero(size_t bytes)
{
	return memset(host_alloc(bytes), 0, bytes);
}

static Block *
block_of(void *memory)
{
	return (Block *) ((char *) memory - offsetof(Block, memory));
}

void *
host_resize(void *memory, size_t bytes)
{
	size_t lost = block_of(memory)->bytes;
	Block *block = realloc(block_of(memory), sizeof(Block) + bytes);

	require_main_thread();
	if (block == NULL)
		abort();
	link_block(block);
	block->bytes = bytes;
	count_bytes(bytes, lost);
	return block->memory;
}

void
host_free(void *memory)
{
	Block *block = block_of(memory);

	require_main_thread();
	block->next->previous = block->previous;
	block->previous->next = block->next;
	count_bytes(0, block->bytes);
	free(block);
}

size_t
host_array_bytes(int64_t count, size_t width)
{
	if (count < 0 || (uint64_t) count > (uint64_t) INT64_MAX / 2 / width)
		host_fail(HOST_TOO_LARGE, "an array is too large", NULL, NULL);
	return (size_t) count * width;
}

int
host_threads(void)
{
	require_main_thread();
	return threads;
}

int64_t
host_memory_limit(void)
{
	require_main_thread();
	return memory_limit > 0 ? memory_limit : INT64_MAX;
}

void
host_reserve(int64_t bytes, const char *operation)
{
	require_main_thread();
	if (bytes < 0)
		abort(); /* the core computed a size that overflowed */
	if (memory_limit > 0 && bytes > memory_limit)
		host_fail(HOST_MEMORY_LIMIT, host_format("%s would need too much memory", operation), NULL, NULL);
}

void
host_strong_random(void *memory, size_t bytes)
{
	require_main_thread();
	while (bytes > 0)
	{
		size_t some = bytes < 256 ? bytes : 256; /* as many are never interrupted */

		if (getrandom(memory, some, 0) != (ssize_t) some)
			abort();
		memory = (char *) memory + some;
		bytes -= some;
	}
}

char *
host_format(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	text = host_alloc((size_t) length + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t) length + 1, format, arguments);
	va_end(arguments);
	return text;
}

bool
host_interrupted(void)
{
	require_main_thread();
	if (disturbed)
		return ++disturbances % 3 == 0;
	if (calls_left > 0)
		calls_left--;
	return calls_left == 0;
}

static _Noreturn void
leave(int outcome)
{
	failure = outcome;
	if (!waiting)
	{
		if (is_child)
			host_test_child_fails();
		fail_msg("unexpected error %d: %s", outcome, failure_text);
		abort(); /* not reached */
	}
	while (arenas > arenas_then)
		host_test_close_arena();
	longjmp(host_test_point, 1);
}

void
host_poll(void)
{
	if (!disturbed && host_interrupted())
	{
		strcpy(failure_text, "cancelled");
		failure_well_put = true;
		leave(HOST_TEST_CANCELLED);
	}
}

/* Asserts what its comment in host.h asks for. */
void
host_progress(const char *stage, int64_t done, int64_t total)
{
	require_main_thread();
	if (stage == NULL || strlen(stage) > 31 || done < 0 || (total != 0 && done > total))
	{
		fprintf(stderr, "progress: %lld of %lld\n", (long long) done, (long long) total);
		abort();
	}
}

static bool
ends_in_stop(const char *text)
{
	return *text != '\0' && text[strlen(text) - 1] == '.';
}

void
host_fail(HostError error, const char *message, const char *detail, const char *hint)
{
	require_main_thread();
	snprintf(failure_text, sizeof(failure_text), "%s (%s) (%s)", message, detail ? detail : "",
	         hint ? hint : "");
	failure_well_put = *message != '\0' && !ends_in_stop(message) && !(*message >= 'A' && *message <= 'Z') &&
	                   (detail == NULL || ends_in_stop(detail)) && (hint == NULL || ends_in_stop(hint));
	leave((int) error);
}

void
host_test_wait(void)
{
	waiting = true;
	arenas_then = arenas;
}

int
host_test_outcome(bool left)
{
	waiting = false;
	return left ? failure : HOST_TEST_NOTHING;
}

void
host_test_expect(int expected, int outcome, const char *statement, const char *file, int line)
{
	if (outcome == expected && failure_well_put)
		return;
	if (is_child)
		host_test_child_fails();
	if (outcome == HOST_TEST_NOTHING)
		print_error("nothing failed in: %s\n", statement);
	else if (outcome != expected)
		print_error("error %d instead of %d (%s) in: %s\n", outcome, expected, failure_text, statement);
	else
		print_error("badly put message: %s\n", failure_text);
	_fail(file, line);
}

bool
host_test_failure_says(const char *words)
{
	return strstr(failure_text, words) != NULL;
}

void
host_test_child_fails(void)
{
	_exit(1);
}

bool
host_test_survives(void (*function)(void))
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0)
	{
		is_child = true;
		function();
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
