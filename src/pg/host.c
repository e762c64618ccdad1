/*
 * host.c
 *	  PostgreSQL as the host of the core: memory contexts, interrupts, errors.
 */
#include "synrec.h"

#include "access/parallel.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include <sched.h>
#include <sys/mman.h>

/* Blocks from this size on ask for huge pages. */
#define LARGE_BLOCK ((size_t) 4 * 1024 * 1024)

#define HUGE_PAGE ((uintptr_t) 2 * 1024 * 1024)

/*
 * Asks the kernel for huge pages behind a block that nothing was written to
 * yet: a neural net spends several hundredths of its time on looking up
 * addresses otherwise.  Where the kernel has none, nothing is lost.
 */
static void
ask_for_huge_pages(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
	uintptr_t first = ((uintptr_t) memory + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	uintptr_t end = ((uintptr_t) memory + bytes) / HUGE_PAGE * HUGE_PAGE;

	if (first < end)
		(void) madvise((void *) first, end - first, MADV_HUGEPAGE);
#endif
}

void *
host_alloc(size_t bytes)
{
	void *memory = MemoryContextAllocHuge(CurrentMemoryContext, bytes);

	if (bytes >= LARGE_BLOCK)
		ask_for_huge_pages(memory, bytes);
	return memory;
}

void *
host_alloc_zero(size_t bytes)
{
	void *memory = host_alloc(bytes);

	memset(memory, 0, bytes);
	return memory;
}

void *
host_resize(void *memory, size_t bytes)
{
	return repalloc_huge(memory, bytes);
}

void
host_free(void *memory)
{
	pfree(memory);
}

typedef struct Scope
{
	MemoryContext context;
	MemoryContext outer;
} Scope;

void *
host_open_scope(void)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "synrec scope", ALLOCSET_DEFAULT_SIZES);
	Scope *scope = MemoryContextAlloc(context, sizeof(Scope));

	scope->context = context;
	scope->outer = MemoryContextSwitchTo(context);
	return scope;
}

void
host_close_scope(void *scope)
{
	MemoryContextSwitchTo(((Scope *) scope)->outer);
	MemoryContextDelete(((Scope *) scope)->context);
}

void
host_at_close(void (*end)(void *), void *argument)
{
	MemoryContextCallback *callback = host_alloc(sizeof(MemoryContextCallback));

	callback->func = end;
	callback->arg = argument;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
}

size_t
host_array_bytes(int64_t count, size_t width)
{
	if (count < 0 || (uint64_t) count > MaxAllocHugeSize / width)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
		                errmsg("an array of %lld elements is too large", (long long) count)));
	return (size_t) count * width;
}

void
host_poll(void)
{
	CHECK_FOR_INTERRUPTS();
	if (progress_notice_due)
		progress_notice();
}

/* A notice is written by host_poll(), when no thread is there. */
bool
host_interrupted(void)
{
	return InterruptPending || progress_notice_due;
}

/*
 * In a parallel worker the processors are already shared, so unless the user
 * has said otherwise there is one thread.
 */
int
host_threads(void)
{
	cpu_set_t processors;
	int threads;

	if (synrec_threads > 0)
		return synrec_threads;
	if (IsParallelWorker())
		return 1;
	if (sched_getaffinity(0, sizeof(processors), &processors) != 0)
		return 1;
	threads = CPU_COUNT(&processors);
	return Min(threads, max_parallel_maintenance_workers + 1);
}

/* Bytes of the copies of values that the operation works on. */
static int64_t held = 0;

void
hold_nothing(void)
{
	held = 0;
}

void
hold_copy(int64_t bytes)
{
	held += bytes;
	host_reserve(0, "a copy of a value");
}

int64_t
host_memory_limit(void)
{
	int64_t limit = (int64_t) synrec_max_memory * 1024 - held;

	return limit > 1 ? limit : 1;
}

void
host_reserve(int64_t bytes, const char *operation)
{
	int64_t limit = (int64_t) synrec_max_memory * 1024;

	if (bytes > limit - held)
		ereport(ERROR, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
		                errmsg("%s would need %lld MB, more than synrec.max_memory allows (%lld MB)",
		                       operation, (long long) (((uint64_t) bytes + (uint64_t) held) >> 20) + 1,
		                       (long long) (limit >> 20)),
		                errhint("Raise synrec.max_memory, or work on fewer interactions "
		                        "(sample_users(), truncate_histories(), filter_histories()).")));
}

void
host_strong_random(void *memory, size_t bytes)
{
	if (!pg_strong_random(memory, bytes))
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random bytes")));
}

char *
host_format(const char *format, ...)
{
	StringInfoData buffer;

	initStringInfo(&buffer);
	for (;;)
	{
		va_list arguments;
		int needed;

		va_start(arguments, format);
		needed = appendStringInfoVA(&buffer, format, arguments);
		va_end(arguments);
		if (needed == 0)
			return buffer.data;
		enlargeStringInfo(&buffer, needed);
	}
}

static int
sqlstate(HostError error)
{
	switch (error)
	{
		case HOST_INVALID_PARAMETER:
			return ERRCODE_INVALID_PARAMETER_VALUE;
		case HOST_INVALID_VALUE:
			return ERRCODE_INVALID_BINARY_REPRESENTATION;
		case HOST_NEWER_FORMAT:
			return ERRCODE_FEATURE_NOT_SUPPORTED;
		case HOST_TYPE_MISMATCH:
			return ERRCODE_DATATYPE_MISMATCH;
		case HOST_NO_DATA:
			return ERRCODE_INVALID_PARAMETER_VALUE;
		case HOST_TOO_LARGE:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case HOST_MEMORY_LIMIT:
			return ERRCODE_CONFIGURATION_LIMIT_EXCEEDED;
		case HOST_MISSING_LIBRARY:
			return ERRCODE_UNDEFINED_FILE;
	}
	return ERRCODE_INTERNAL_ERROR;
}

void
host_fail(HostError error, const char *message, const char *detail, const char *hint)
{
	ereport(ERROR, (errcode(sqlstate(error)), errmsg("%s", message), detail ? errdetail("%s", detail) : 0,
	                hint ? errhint("%s", hint) : 0));
}
