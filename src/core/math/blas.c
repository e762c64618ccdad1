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

/* A function's address; the union avoids a cast that ISO C does not have. */
static void (*function(void *library, const char *name))(void)
{
	union
	{
		void *object;
		void (*function)(void);
	} address;

	address.object = dlsym(library, name);
	if (address.object == NULL)
		missing(host_format("It has no function %s.", name));
	return address.function;
}

const Blas *
blas_load(void)
{
	static Blas blas;
	static bool loaded = false;
	void *library;
	int (*get_parallel)(void);
	void (*set_num_threads)(int);

	if (loaded)
		return &blas;
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
	return &blas;
}
