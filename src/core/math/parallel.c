/*
 * parallel.c
 *	  Threads for one loop, or for many short ones.
 *
 * Threads are made with every signal blocked, so a signal to the process is
 * always handled by the thread that the host knows.  They live no longer than
 * the loop, or, where they are kept, than the host's scope, whose memory they
 * wait in.  Making and joining them costs some 100 microseconds.
 */
#include "math/parallel.h"

#include "host.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#define MAX_WORKERS 256

/* Bodies need little stack; the default of 8 MB would count as memory. */
#define STACK_BYTES (512 * 1024)

/*
 * How often one who waits looks before sleeping.  On x86 that is some ten
 * microseconds or a hundred, as long as the steps between short loops take.
 */
#define LOOKS 1000

typedef struct Loop
{
	const char *stage; /* for host_progress(), or NULL */
	ParallelBody body;
	void *task;
	int64_t count;
	int64_t shard;
	int workers;
	_Atomic int64_t next; /* first number of the next shard */
	atomic_bool stop;
} Loop;

typedef struct Crew Crew;

typedef struct Worker
{
	Crew *crew;
	int number;
	pthread_t thread;
} Worker;

/* Threads that take part in one loop after the other. */
struct Crew
{
	pthread_mutex_t lock;
	pthread_cond_t called; /* calls has grown */
	pthread_cond_t done;   /* busy has become 0 */
	atomic_uint calls;     /* loops that were begun, and the end; may wrap */
	atomic_int busy;       /* threads that have not done with the loop that was begun last */
	Loop *loop;            /* this one; NULL for the end */
	int wanted;            /* workers, with the calling thread, whose number is 0 */
	int workers;           /* those that could be made */
	Worker worker[MAX_WORKERS];
};

/* The crew that is kept, or NULL.  A child of fork() has none of its threads, so it must not loop. */
static Crew *kept;

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

/* Tells the processor that this thread only looks. */
static void
relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb");
#endif
}

/* Waits for the next call after "seen" of them. */
static void
await_call(Crew *crew, unsigned seen)
{
	for (int i = 0; i < LOOKS && atomic_load(&crew->calls) == seen; i++)
		relax();
	if (atomic_load(&crew->calls) != seen)
		return;
	pthread_mutex_lock(&crew->lock);
	while (atomic_load(&crew->calls) == seen)
		pthread_cond_wait(&crew->called, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

static void *
run_worker(void *argument)
{
	Worker *worker = argument;
	Crew *crew = worker->crew;

	for (unsigned seen = 0;; seen++)
	{
		await_call(crew, seen);
		if (crew->loop == NULL)
			return NULL;
		if (worker->number < crew->loop->workers)
			work(crew->loop, worker->number, false);
		if (atomic_fetch_sub(&crew->busy, 1) == 1)
		{
			pthread_mutex_lock(&crew->lock);
			pthread_cond_signal(&crew->done);
			pthread_mutex_unlock(&crew->lock);
		}
	}
}

/* Makes up to "wanted" - 1 threads, whose memory is the caller's. */
static void
start_crew(Crew *crew, int wanted)
{
	pthread_attr_t attributes;
	sigset_t all, before;

	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->called, NULL);
	pthread_cond_init(&crew->done, NULL);
	atomic_init(&crew->calls, 0);
	crew->wanted = wanted;
	crew->workers = 1;
	if (wanted == 1)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (crew->workers < wanted)
	{
		Worker *worker = &crew->worker[crew->workers];

		worker->crew = crew;
		worker->number = crew->workers;
		if (pthread_create(&worker->thread, &attributes, run_worker, worker) != 0)
			break;
		crew->workers++;
	}
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Calls the threads to a loop, or to their end. */
static void
call_crew(Crew *crew, Loop *loop)
{
	crew->loop = loop;
	atomic_store(&crew->busy, crew->workers - 1);
	pthread_mutex_lock(&crew->lock);
	atomic_fetch_add(&crew->calls, 1);
	pthread_cond_broadcast(&crew->called);
	pthread_mutex_unlock(&crew->lock);
}

/* Waits until no thread looks at the loop any more. */
static void
await_crew(Crew *crew)
{
	for (int i = 0; i < LOOKS && atomic_load(&crew->busy) > 0; i++)
		relax();
	pthread_mutex_lock(&crew->lock);
	while (atomic_load(&crew->busy) > 0)
		pthread_cond_wait(&crew->done, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

static void
end_crew(Crew *crew)
{
	call_crew(crew, NULL);
	for (int i = 1; i < crew->workers; i++)
		pthread_join(crew->worker[i].thread, NULL);
	pthread_cond_destroy(&crew->done);
	pthread_cond_destroy(&crew->called);
	pthread_mutex_destroy(&crew->lock);
}

static void
end_kept(void *argument)
{
	end_crew(argument);
	kept = NULL;
}

void
parallel_keep_threads(int workers)
{
	Crew *crew;

	if (kept != NULL || workers < 2)
		return;
	crew = host_alloc(sizeof(Crew));
	host_at_close(end_kept, crew); /* from here on nothing leaves */
	start_crew(crew, workers < MAX_WORKERS ? workers : MAX_WORKERS);
	kept = crew;
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

/* Works on what is left of the loop, until it is done or to be stopped. */
static void
work_together(Loop *loop, Crew *crew)
{
	call_crew(crew, loop);
	work(loop, 0, true);
	await_crew(crew);
}

void
parallel_for(int workers, int64_t count, int64_t shard, ParallelBody body, void *task)
{
	parallel_for_stage(NULL, workers, count, shard, body, task);
}

void
parallel_for_stage(const char *stage, int workers, int64_t count, int64_t shard, ParallelBody body,
                   void *task)
{
	Loop loop = {.stage = stage, .body = body, .task = task, .count = count, .shard = shard};

	loop.workers = parallel_workers(count, shard);
	if (loop.workers > workers)
		loop.workers = workers;
	/* a host that only had something else to do comes back from host_poll() */
	while (loop.next < count)
	{
		host_poll();
		atomic_store(&loop.stop, false);
		if (kept != NULL && loop.workers > 1 && loop.workers <= kept->wanted)
			work_together(&loop, kept);
		else
		{
			Crew crew;

			start_crew(&crew, loop.workers);
			work_together(&loop, &crew);
			end_crew(&crew);
		}
	}
	host_poll();
}
