/*
 * compat.h
 *	  Every difference between server versions that synrec has to know.
 *
 * Built and tested with PostgreSQL 15 only; the rest is written down so that
 * the next version has one place to look at.
 */
#ifndef SYNREC_COMPAT_H
#define SYNREC_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "synrec needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Number of this backend, from 0. */
#if PG_VERSION_NUM >= 170000
#define MY_BACKEND_NUMBER MyProcNumber
#else
#include "storage/backendid.h"
#define MY_BACKEND_NUMBER (MyBackendId - 1)
#endif

#endif
