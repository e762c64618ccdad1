/*
 * parallel.c
 *	  Threads for one loop.
 *
 * Threads are made with every signal blocked, so a signal to the process is
 * always handled by the thread that the host knows, and they live no longer
 * than the loop.  Making and joining them costs some 100 microseconds.
 */
#include "math/parallel.h"

#include "host.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#define MAX_WORKERS 256

/* Bodies need little stack; the default of 8 MB would count as memory. */
#define STACK_BYTES (512 * 1024)

typedef struct Loop
{
	const char *stage; /* for host_progress(), or NULL */
	ParallelBody body;
	void *task;
	int64_t count;
	int64_t shard;
	_Atomic int64_t next; /* first number of the next shard */
	atomic_bool stop;
} Loop;

typedef struct Worker
{
	Loop *loop;
	int number;
	pthread_t thread;
} Worker;

/* The thread that the host knows takes shards too, and speaks with the host between them. */
static void
work(Loop *loop, int worker, bool is_hosts)
{
	while (!atomic_load(&loop->stop))
	{
		int64_t begin = atomic_fetch_add(&loop->next, loop->shard);
		int64_t end;

		if (begin >= loop->count)
			break;
		end = loop->count - begin > loop->shard ? begin + loop->shard : loop->count;
		loop->body(loop->task, begin, end, worker);
		if (is_hosts && loop->stage != NULL)
			host_progress(loop->stage, end, loop->count);
		if (is_hosts && host_interrupted())
			atomic_store(&loop->stop, true);
	}
}

static void *
run_worker(void *argument)
{
	Worker *worker = argument;

	work(worker->loop, worker->number, false);
	return NULL;
}

int
parallel_workers(int64_t count, int64_t shard)
{
	int64_t shards = count / shard + (count % shard != 0);
	int64_t workers = host_threads();

	if (workers > shards)
		workers = shards;
	if (workers > MAX_WORKERS)
		workers = MAX_WORKERS;
	return workers < 1 ? 1 : (int) workers;
}

/* Makes up to "wanted" - 1 threads and gives back how many workers there are. */
static int
start_workers(Loop *loop, Worker *worker, int wanted)
{
	int made = 1; /* the calling thread is worker 0 */
	pthread_attr_t attributes;
	sigset_t all, before;

	if (wanted == 1)
		return 1;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (made < wanted)
	{
		worker[made].loop = loop;
		worker[made].number = made;
		if (pthread_create(&worker[made].thread, &attributes, run_worker, &worker[made]) != 0)
			break;
		made++;
	}
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return made;
}

void
parallel_for(int64_t count, int64_t shard, ParallelBody body, void *task)
{
	parallel_for_stage(NULL, count, shard, body, task);
}

void
parallel_for_stage(const char *stage, int64_t count, int64_t shard, ParallelBody body, void *task)
{
	int wanted = parallel_workers(count, shard);
	Worker worker[MAX_WORKERS];
	Loop loop = {.stage = stage, .body = body, .task = task, .count = count, .shard = shard};

	/* a host that only had something else to do comes back from host_poll() */
	while (loop.next < count)
	{
		int made;

		host_poll();
		atomic_store(&loop.stop, false);
		made = start_workers(&loop, worker, wanted);
		work(&loop, 0, true);
		for (int i = 1; i < made; i++)
			pthread_join(worker[i].thread, NULL);
	}
	host_poll();
}
