/*
 * parallel.h
 *	  Threads for one loop, joined before it ends, or for many short ones.
 */
#ifndef SYNREC_PARALLEL_H
#define SYNREC_PARALLEL_H

#include <limits.h>
#include <stdint.h>

/*
 * Works on begin <= n < end.  "worker" is the number of the thread, from 0,
 * for picking scratch memory.  A body calls nothing of host.h.
 */
typedef void (*ParallelBody)(void *task, int64_t begin, int64_t end, int worker);

/* How many workers the host lets a loop have, at most one per shard. */
extern int parallel_workers(int64_t count, int64_t shard);

/* For bodies that do not look at "worker". */
#define ANY_WORKERS INT_MAX

/*
 * Calls body over 0 .. count - 1 in shards of "shard" numbers each, by at most
 * "workers" threads: as many as there is scratch for, as parallel_workers()
 * said when that was allocated (what it says may have changed since), or
 * ANY_WORKERS.  Where a shard begins and ends does not depend on the number of
 * threads, so results that are kept per shard do not either.  The calling
 * thread works too, as number 0, and between shards looks whether the host is
 * interrupted; then no new shard is begun, and when all threads are done,
 * host_poll() is called, which leaves or comes back to the rest of the loop.
 * A shard should therefore take well under 100 ms.  When a thread cannot be
 * made, the others do its work.
 */
extern void parallel_for(int workers, int64_t count, int64_t shard, ParallelBody body, void *task);

/* The same, telling host_progress() under the stage's name how many of count are begun. */
extern void parallel_for_stage(const char *stage, int workers, int64_t count, int64_t shard,
                               ParallelBody body, void *task);

/*
 * Makes threads that wait between the loops that follow, up to "workers" with
 * the calling one, and are joined when the host's innermost scope closes.
 * Making threads costs a loop some 100 microseconds, waking them a few: for
 * many loops of less than a millisecond or so.  Loops of more workers make
 * their own.  Does nothing where threads are kept already.
 */
extern void parallel_keep_threads(int workers);

#endif
