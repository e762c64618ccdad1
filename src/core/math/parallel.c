/*
 * parallel.c
 *	  Threads for one loop, or for many short ones.
 *
 * Threads are made with every signal blocked, so a signal to the process is
 * always handled by the thread that the host knows.  They live no longer than
 * the loop, or, where they are kept, than the host's scope: what they wait for
 * there is memory of that scope.  Making and joining them costs some 100
 * microseconds.
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
 * How often one who waits looks before sleeping, some tens of microseconds:
 * as long as the steps between short loops take.
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

typedef struct Worker
{
	Loop *loop; /* or NULL: the crew is told which */
	int number;
	pthread_t thread;
} Worker;

/* Threads that are kept. */
typedef struct Crew
{
	pthread_mutex_t lock;
	pthread_cond_t called; /* calls has grown */
	pthread_cond_t done;   /* busy has become 0 */
	atomic_long calls;     /* loops that were begun, and the end */
	atomic_int busy;       /* threads that have not done what the last call is for */
	Loop *loop;            /* of the last call; NULL for the end */
	int workers;           /* with the calling thread, whose number is 0 */
	Worker worker[MAX_WORKERS];
} Crew;

/* Those of this process, or NULL. */
static Crew *crew;

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

/* Makes up to "wanted" - 1 threads and gives back how many workers there are. */
static int
start_workers(Worker *worker, int wanted, void *(*run)(void *), Loop *loop)
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
		if (pthread_create(&worker[made].thread, &attributes, run, &worker[made]) != 0)
			break;
		made++;
	}
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return made;
}

static void
join_workers(Worker *worker, int workers)
{
	for (int i = 1; i < workers; i++)
		pthread_join(worker[i].thread, NULL);
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

/* Waits until there were more calls than "seen". */
static void
await_call(long seen)
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
run_in_crew(void *argument)
{
	Worker *worker = argument;

	for (long seen = 0;; seen++)
	{
		await_call(seen);
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

/* Calls the threads of the crew to a loop, or to the end. */
static void
call_crew(Loop *loop)
{
	crew->loop = loop;
	atomic_store(&crew->busy, crew->workers - 1);
	pthread_mutex_lock(&crew->lock);
	atomic_fetch_add(&crew->calls, 1);
	pthread_cond_broadcast(&crew->called);
	pthread_mutex_unlock(&crew->lock);
}

/* Waits until no thread of the crew looks at the loop any more. */
static void
await_crew(void)
{
	for (int i = 0; i < LOOKS && atomic_load(&crew->busy) > 0; i++)
		relax();
	if (atomic_load(&crew->busy) == 0)
		return;
	pthread_mutex_lock(&crew->lock);
	while (atomic_load(&crew->busy) > 0)
		pthread_cond_wait(&crew->done, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

static void
end_crew(void *argument)
{
	(void) argument;
	call_crew(NULL);
	join_workers(crew->worker, crew->workers);
	pthread_cond_destroy(&crew->done);
	pthread_cond_destroy(&crew->called);
	pthread_mutex_destroy(&crew->lock);
	crew = NULL;
}

void
parallel_keep_threads(int workers)
{
	Crew *new_crew;

	if (crew != NULL || workers < 2)
		return;
	new_crew = host_alloc_zero(sizeof(Crew));
	pthread_mutex_init(&new_crew->lock, NULL);
	pthread_cond_init(&new_crew->called, NULL);
	pthread_cond_init(&new_crew->done, NULL);
	host_at_close(end_crew, NULL);
	crew = new_crew;
	crew->workers = start_workers(crew->worker, workers, run_in_crew, NULL);
}

/* Works on what is left of the loop, until it is done or to be stopped, with threads made for it. */
static void
work_with_new_threads(Loop *loop)
{
	Worker worker[MAX_WORKERS];
	int workers = start_workers(worker, loop->workers, run_worker, loop);

	work(loop, 0, true);
	join_workers(worker, workers);
}

static void
work_with_crew(Loop *loop)
{
	call_crew(loop);
	work(loop, 0, true);
	await_crew();
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

void
parallel_for(int64_t count, int64_t shard, ParallelBody body, void *task)
{
	parallel_for_stage(NULL, count, shard, body, task);
}

void
parallel_for_stage(const char *stage, int64_t count, int64_t shard, ParallelBody body, void *task)
{
	Loop loop = {.stage = stage, .body = body, .task = task, .count = count, .shard = shard};

	loop.workers = parallel_workers(count, shard);
	/* a host that only had something else to do comes back from host_poll() */
	while (loop.next < count)
	{
		host_poll();
		atomic_store(&loop.stop, false);
		if (loop.workers > 1 && crew != NULL)
			work_with_crew(&loop);
		else
			work_with_new_threads(&loop);
	}
	host_poll();
}
