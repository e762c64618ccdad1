/*
 * test_parallel.c
 *	  Threads for one loop, or for many.
 *
 * Bodies cannot assert: they note what they see, and the test looks at it
 * after the loop.
 */
#include "cases.h"
#include "math/parallel.h"

#include <dirent.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_COUNT 2000

typedef struct Task
{
	int64_t count;
	int64_t shard;
	int workers; /* allowed */
	atomic_int times[MAX_COUNT];
	uint64_t result[MAX_COUNT];
	int64_t per_worker[64]; /* scratch: no two threads may share an entry */
	atomic_int busy[64];
	atomic_int running;
	atomic_int mistakes;
	int pause; /* microseconds per shard */
} Task;

static void
note(void *argument, int64_t begin, int64_t end, int worker)
{
	Task *task = argument;

	atomic_fetch_add(&task->running, 1);
	if (worker < 0 || worker >= task->workers || atomic_exchange(&task->busy[worker], 1) ||
	    begin % task->shard != 0 || begin >= end || end > task->count ||
	    (end - begin != task->shard && end != task->count))
		atomic_fetch_add(&task->mistakes, 1);
	else
	{
		for (int64_t n = begin; n < end; n++)
		{
			Random random;

			random_open(&random, 1, RANDOM_GENERATE, (uint64_t) n);
			task->result[n] = random_uint64(&random);
			atomic_fetch_add(&task->times[n], 1);
			task->per_worker[worker]++;
		}
		if (task->pause > 0)
			usleep((useconds_t) task->pause);
		atomic_store(&task->busy[worker], 0);
	}
	atomic_fetch_sub(&task->running, 1);
}

static Task *
new_task(int64_t count, int64_t shard)
{
	Task *task = host_alloc_zero(sizeof(Task));

	task->count = count;
	task->shard = shard;
	task->workers = parallel_workers(count, shard);
	return task;
}

static void
assert_each_once(Task *task)
{
	int64_t sum = 0;

	assert_int_equal(task->mistakes, 0);
	assert_int_equal(task->running, 0);
	for (int64_t n = 0; n < MAX_COUNT; n++)
		assert_int_equal(task->times[n], n < task->count);
	for (int i = 0; i < 64; i++)
		sum += task->per_worker[i];
	assert_int_equal(sum, task->count);
}

static const int thread_counts[] = {1, 2, 7};
static const int64_t counts[] = {0, 1, 2, 63, 64, 65, 1000, MAX_COUNT};
static const int64_t shards[] = {1, 3, 64, 5000};

static void
test_each_once(void **state)
{
	(void) state;
	for (int t = 0; t < 3; t++)
	{
		host_test_set_threads(thread_counts[t]);
		for (int c = 0; c < 8; c++)
		{
			for (int s = 0; s < 4; s++)
			{
				Task *task = new_task(counts[c], shards[s]);

				parallel_for(task->workers, task->count, task->shard, note, task);
				assert_each_once(task);
				for (int64_t n = 0; n < task->count; n++)
				{
					Random random;

					random_open(&random, 1, RANDOM_GENERATE, (uint64_t) n);
					assert_true(task->result[n] == random_uint64(&random));
				}
				host_free(task);
			}
		}
	}
}

static void
test_workers(void **state)
{
	(void) state;
	host_test_set_threads(7);
	assert_int_equal(parallel_workers(0, 4), 1);
	assert_int_equal(parallel_workers(1, 4), 1);
	assert_int_equal(parallel_workers(4, 4), 1);
	assert_int_equal(parallel_workers(5, 4), 2);
	assert_int_equal(parallel_workers(24, 4), 6);
	assert_int_equal(parallel_workers(25, 4), 7);
	assert_int_equal(parallel_workers(INT64_MAX, 1), 7);
	host_test_set_threads(1);
	assert_int_equal(parallel_workers(1000, 1), 1);
}

/* All threads take part in a loop when shards take long enough, if not in every loop of a busy machine. */
static void
test_threads_share_the_work(void **state)
{
	bool all = false;

	(void) state;
	host_test_set_threads(4);
	for (int tries = 0; tries < 50 && !all; tries++)
	{
		Task *task = new_task(400, 1);

		task->pause = 500;
		parallel_for(task->workers, task->count, task->shard, note, task);
		assert_each_once(task);
		all = true;
		for (int i = 0; i < 4; i++)
			all = all && task->per_worker[i] > 0;
	}
	assert_true(all);
}

/* There are more threads now than there is scratch for. */
static void
test_no_more_than_wanted(void **state)
{
	Task *task;

	(void) state;
	host_test_set_threads(2);
	task = new_task(400, 1);
	task->pause = 100;
	host_test_set_threads(7);
	parallel_for(task->workers, task->count, task->shard, note, task);
	assert_each_once(task);
}

static int
threads_of_process(void)
{
	DIR *directory = opendir("/proc/self/task");
	int threads = 0;

	assert_non_null(directory);
	while (readdir(directory) != NULL)
		threads++;
	closedir(directory);
	return threads;
}

/*
 * A joined thread can stay listed for a moment: waits up to two seconds for
 * the number of threads to be what it was.
 */
static void
assert_threads(int expected)
{
	for (int tries = 0; tries < 200 && threads_of_process() != expected; tries++)
		usleep(10000);
	assert_int_equal(threads_of_process(), expected);
}

/* Cancelled after some shards: the loop is left, and nothing goes on. */
static void
check_cancel(int threads, int64_t calls)
{
	Task *task;
	int threads_before = threads_of_process();
	int64_t done = 0;

	host_test_cancel_after(-1);
	host_test_set_threads(threads);
	task = new_task(MAX_COUNT, 1);
	task->pause = 100;
	host_test_cancel_after(calls);
	EXPECT_FAIL(HOST_TEST_CANCELLED, parallel_for(task->workers, task->count, task->shard, note, task));
	assert_int_equal(task->mistakes, 0);
	assert_int_equal(task->running, 0);
	for (int64_t n = 0; n < MAX_COUNT; n++)
	{
		assert_in_range(task->times[n], 0, 1);
		done += task->times[n];
	}
	assert_true(done < MAX_COUNT);
	assert_true(done >= calls - 2);
	assert_threads(threads_before);
	for (int64_t n = 0; n < MAX_COUNT; n++)
		done -= task->times[n];
	assert_int_equal(done, 0);
}

static void
test_cancel(void **state)
{
	(void) state;
	for (int t = 0; t < 3; t++)
	{
		check_cancel(thread_counts[t], 0);
		check_cancel(thread_counts[t], 1);
		check_cancel(thread_counts[t], 2);
		check_cancel(thread_counts[t], 20);
	}
}

/* A cancel that arrives in the last shard is not lost. */
static void
test_cancel_at_the_end(void **state)
{
	Task *task = new_task(3, 1);

	(void) state;
	host_test_cancel_after(5); /* polled once before and once after 3 shards */
	EXPECT_FAIL(HOST_TEST_CANCELLED, parallel_for(task->workers, task->count, task->shard, note, task));
	assert_each_once(task);
}

/* The host only had something else to do: nothing is lost or done twice. */
static void
test_disturbed(void **state)
{
	(void) state;
	host_test_disturb(true);
	for (int t = 0; t < 3; t++)
	{
		Task *task;

		host_test_set_threads(thread_counts[t]);
		task = new_task(500, 2);
		task->pause = 50;
		parallel_for(task->workers, task->count, task->shard, note, task);
		assert_each_once(task);
	}
}

static void
test_threads_go(void **state)
{
	int threads_before = threads_of_process();

	(void) state;
	host_test_set_threads(7);
	for (int i = 0; i < 20; i++)
	{
		Task *task = new_task(100, 1);

		parallel_for(task->workers, task->count, task->shard, note, task);
		assert_each_once(task);
	}
	assert_threads(threads_before);
}

/* Kept threads: loops long and short, of more and of fewer workers, and between them sleep. */
static void
test_kept(void **state)
{
	int threads_before = threads_of_process();
	void *scope = host_open_scope();

	(void) state;
	host_test_set_threads(4);
	parallel_keep_threads(4);
	parallel_keep_threads(7); /* changes nothing */
	assert_threads(threads_before + 3);
	for (int i = 0; i < 2000; i++)
	{
		Task *task = new_task(counts[i % 8] % 150, shards[i / 8 % 4]);

		task->pause = i % 100 == 0 ? 200 : 0;
		if (i % 50 == 0)
			usleep(1000);
		parallel_for(task->workers, task->count, task->shard, note, task);
		assert_each_once(task);
		host_free(task);
	}
	/* loops of as many workers are theirs, whatever the host says now; more take threads of their own */
	host_test_set_threads(7);
	for (int workers = 4; workers <= 7; workers += 3)
	{
		Task *task = new_task(400, 1);

		task->pause = 500;
		task->workers = workers;
		parallel_for(task->workers, task->count, task->shard, note, task);
		assert_each_once(task);
		assert_int_equal(task->per_worker[workers], 0);
		assert_true(task->per_worker[0] > 0);
	}
	assert_threads(threads_before + 3);
	host_close_scope(scope);
	assert_threads(threads_before);
}

static void
keep_and_note(Task *task)
{
	host_open_scope();
	parallel_keep_threads(4);
	parallel_for(task->workers, task->count, task->shard, note, task);
}

/* An error ends them, and others can be kept after it. */
static void
test_kept_cancel(void **state)
{
	int threads_before = threads_of_process();

	(void) state;
	host_test_set_threads(4);
	for (int calls = 0; calls < 30; calls++)
	{
		Task *task = new_task(1000, 1);

		task->pause = 100;
		host_test_cancel_after(calls);
		EXPECT_FAIL(HOST_TEST_CANCELLED, keep_and_note(task));
		assert_int_equal(task->mistakes, 0);
		assert_int_equal(task->running, 0);
		assert_threads(threads_before);
		host_test_cancel_after(-1);
	}
}

static void
test_kept_disturbed(void **state)
{
	Task *task;

	(void) state;
	host_test_disturb(true);
	host_test_set_threads(4);
	parallel_keep_threads(4);
	task = new_task(500, 2);
	task->pause = 50;
	parallel_for(task->workers, task->count, task->shard, note, task);
	assert_each_once(task);
}

/* More threads than the loop can take: still each number once. */
static void
count_only(void *argument, int64_t begin, int64_t end, int worker)
{
	(void) worker;
	atomic_fetch_add((atomic_long *) argument, (long) (end - begin));
}

static void
test_many_threads(void **state)
{
	atomic_long sum = 0;

	(void) state;
	host_test_set_threads(100000);
	assert_in_range(parallel_workers(1000000, 1), 1, 1024);
	parallel_keep_threads(100000);
	parallel_for(ANY_WORKERS, 1000, 1, count_only, &sum);
	assert_int_equal(sum, 1000);
}

/* In a process that may have no threads: somebody else's, whom the limit holds. */
static void
work_alone(void)
{
	const struct rlimit none = {0, 0};
	Task *task;

	if (setrlimit(RLIMIT_NPROC, &none) != 0 || (geteuid() == 0 && setreuid(65534, 65534) != 0))
		host_test_child_fails();
	host_test_set_threads(7);
	for (int kept = 0; kept < 2; kept++)
	{
		if (kept)
			parallel_keep_threads(7);
		task = new_task(500, 3);
		parallel_for(task->workers, task->count, task->shard, note, task);
		if (task->mistakes > 0 || task->per_worker[0] != task->count)
			host_test_child_fails();
		for (int64_t n = 0; n < task->count; n++)
		{
			if (task->times[n] != 1)
				host_test_child_fails();
		}
	}
}

static void
test_no_thread_can_be_made(void **state)
{
	(void) state;
	assert_true(host_test_survives(work_alone));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_each_once),
		host_unit_test(test_workers),
		host_unit_test(test_threads_share_the_work),
		host_unit_test(test_no_more_than_wanted),
		host_unit_test(test_cancel),
		host_unit_test(test_cancel_at_the_end),
		host_unit_test(test_disturbed),
		host_unit_test(test_threads_go),
		host_unit_test(test_kept),
		host_unit_test(test_kept_cancel),
		host_unit_test(test_kept_disturbed),
		host_unit_test(test_many_threads),
		host_unit_test(test_no_thread_can_be_made),
	};

	return cmocka_run_group_tests_name("parallel", tests, NULL, NULL);
}
