/*
 * vectors.h
 *	  Loops compiled for several kinds of processor; which one runs is decided
 *	  when the library is loaded.
 *
 * The build itself stays portable.  Such a loop may contain nothing whose
 * result depends on the width of vectors: integers, minima, or additions that
 * are independent of each other.  Products that are added to something may
 * differ in their last bit between kinds of processors, which is all that is
 * promised of what is made of them.
 */
#ifndef SYNREC_VECTORS_H
#define SYNREC_VECTORS_H

/* The choice is made before a sanitizer is ready for it; clang 14 has none. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
	!defined(__SANITIZE_THREAD__)
#define WIDE_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE_VECTORS
#endif

#endif
