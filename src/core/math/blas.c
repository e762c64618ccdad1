/*
 * blas.c
 *	  Loading OpenBLAS.
 */
#include "math/blas.h"

#include "host.h"

#include <dlfcn.h>
#include <stdlib.h>

/* Debian has each build in a folder of its own; the Makefile looks where. */
#ifndef SYNREC_OPENBLAS
#define SYNREC_OPENBLAS "libopenblas.so.0"
#endif

#define THREADS_VARIABLE "OPENBLAS_NUM_THREADS"

/* A little more than the buffer that OpenBLAS takes for a call, on x86-64. */
#define BUFFER_BYTES ((size_t) 129 << 20)

static _Noreturn void
missing(const char *what)
{
	host_fail(HOST_MISSING_LIBRARY, "cannot load OpenBLAS", what,
	          "Install the Debian package libopenblas0-pthread.");
}

/* Opens the library while the environment asks for one thread. */
static void *
open_library(void)
{
	const char *before = getenv(THREADS_VARIABLE);
	char *kept = before != NULL ? host_format("%s", before) : NULL;
	void *library;

	setenv(THREADS_VARIABLE, "1", 1);
	library = dlopen(SYNREC_OPENBLAS, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
	if (kept != NULL)
		setenv(THREADS_VARIABLE, kept, 1);
	else
		unsetenv(THREADS_VARIABLE);
	if (library == NULL)
		missing(host_format("%s.", dlerror()));
	return library;
}

/* A function's address, or NULL; the union avoids a cast that ISO C does not have. */
static void (*optional_function(void *library, const char *name))(void)
{
	union
	{
		void *object;
		void (*function)(void);
	} address;

	address.object = dlsym(library, name);
	return address.function;
}

static void (*function(void *library, const char *name))(void)
{
	if (dlsym(library, name) == NULL)
		missing(host_format("It has no function %s.", name));
	return optional_function(library, name);
}

/*
 * Sees to it that OpenBLAS has its buffer for each thread that may call it.
 * It keeps them from call to call, but where it finds no memory for a new one
 * it tries for ever, deaf to any cancel.  So we look first whether there is
 * memory, and leave as host_alloc() does where there is none.
 */
static void
reserve_buffers(void *library)
{
	static int buffers = 0;
	void *(*memory_alloc)(int) = (void *(*) (int) ) optional_function(library, "blas_memory_alloc");
	void (*memory_free)(void *) = (void (*)(void *)) optional_function(library, "blas_memory_free");
	int threads = host_threads();
	void **buffer;

	if (threads <= buffers || memory_alloc == NULL || memory_free == NULL)
		return;
	buffer = host_array(void *, threads);
	for (int i = 0; i < threads; i++)
	{
		if (i >= buffers)
			host_free(host_alloc(BUFFER_BYTES));
		buffer[i] = memory_alloc(0);
	}
	for (int i = 0; i < threads; i++)
		memory_free(buffer[i]);
	host_free(buffer);
	buffers = threads;
}

const Blas *
blas_load(void)
{
	static Blas blas;
	static void *library = NULL;
	static bool loaded = false;
	int (*get_parallel)(void);
	void (*set_num_threads)(int);

	if (loaded)
	{
		reserve_buffers(library);
		return &blas;
	}
	library = open_library();
	get_parallel = (int (*)(void)) function(library, "openblas_get_parallel");
	set_num_threads = (void (*)(int)) function(library, "openblas_set_num_threads");
	blas.dgemm = (void (*)(int, int, int, int, int, int, double, const double *, int, const double *, int,
	                       double, double *, int)) function(library, "cblas_dgemm");
	blas.sgemm = (void (*)(int, int, int, int, int, int, float, const float *, int, const float *, int, float,
	                       float *, int)) function(library, "cblas_sgemm");
	blas.dsyev = (void (*)(const char *, const char *, const int *, double *, const int *, double *, double *,
	                       const int *, int *)) function(library, "dsyev_");
	blas.dpotrf =
		(void (*)(const char *, const int *, double *, const int *, int *)) function(library, "dpotrf_");
	blas.dpotri =
		(void (*)(const char *, const int *, double *, const int *, int *)) function(library, "dpotri_");
	set_num_threads(1); /* if somebody else had loaded it before */
	blas.concurrent = get_parallel() == 1;
	loaded = true;
	reserve_buffers(library);
	return &blas;
}
