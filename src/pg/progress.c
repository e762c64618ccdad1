/*
 * progress.c
 *	  What long operations are doing: the view synrec.progress, and notices.
 *
 * Each backend has one entry in shared memory, at the place of its number, which
 * it alone writes.  Shared memory is asked for when the first operation begins,
 * as contrib/pg_prewarm's autoprewarm does, so nothing has to be preloaded.
 * There is little to be had so late (some 100 kB for all extensions), hence the
 * limit on entries: backends beyond it work as well, but are not shown.  The
 * server hands out low numbers first.
 *
 * An entry is written without a lock, as pg_stat_activity's are: a counter is odd
 * while the entry is being changed, and whoever reads it tries again when the
 * counter was odd or has moved.  Reporting is a few stores, no system call.
 *
 * An operation ends with its function, or with the (sub)transaction that an
 * error ends.  A backend that is told to go ends its transaction first; when one
 * is killed, the postmaster makes all shared memory anew.
 */
#include "synrec.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "portability/instr_time.h"
#include "catalog/pg_authid.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "storage/shmem.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(synrec_progress);

/* 128 bytes each */
#define MOST_ENTRIES 512
#define NAME_BYTES 32

#define ENTRIES Min(MaxBackends, MOST_ENTRIES)

typedef struct Entry
{
	uint32 changes; /* odd while the entry is being written */
	int pid;        /* 0 when there is no operation */
	Oid database;
	Oid user;
	char operation[NAME_BYTES];
	char stage[NAME_BYTES]; /* empty before the first */
	int64 done;
	int64 total; /* 0 when it is not known */
	TimestampTz started;
	TimestampTz stage_started;
} Entry;

static Entry *entries = NULL; /* ENTRIES, in shared memory */

/* The operation of this backend, the outermost one; depth is 0 when there is none. */
static int depth = 0;
static SubTransactionId began_in;
static char operation[NAME_BYTES];
static const char *stage;
static int64 stage_done;
static int64 stage_total;
static instr_time began;
static instr_time stage_began;
static instr_time last_notice;

volatile bool progress_notice_due = false;

/* Finds or makes the entries; does without them when the server has no room left. */
static void
attach(void)
{
	static bool attached = false;
	MemoryContext caller = CurrentMemoryContext;
	Size bytes = ENTRIES * sizeof(Entry);

	if (attached)
		return;
	attached = true;
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	PG_TRY();
	{
		bool found;

		entries = ShmemInitStruct("synrec progress", bytes, &found);
		if (!found)
			memset(entries, 0, bytes);
	}
	PG_CATCH();
	{
		/* an error ends holding off interrupts, which releasing the lock undoes */
		HOLD_INTERRUPTS();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		entries = NULL;
	}
	PG_END_TRY();
	LWLockRelease(AddinShmemInitLock);
}

/* This backend's entry, or NULL. */
static Entry *
own_entry(void)
{
	return entries != NULL && MY_BACKEND_NUMBER < ENTRIES ? &entries[MY_BACKEND_NUMBER] : NULL;
}

static void
begin_write(volatile Entry *entry)
{
	entry->changes++;
	pg_write_barrier();
}

static void
end_write(volatile Entry *entry)
{
	pg_write_barrier();
	entry->changes++;
}

static void
end_operation(void)
{
	Entry *entry = own_entry();

	depth = 0;
	hold_nothing();
	progress_notice_due = false;
	if (entry == NULL)
		return;
	begin_write(entry);
	entry->pid = 0;
	end_write(entry);
}

static void
transaction_ended(XactEvent event, void *argument)
{
	(void) argument;
	if (depth > 0 && event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PARALLEL_PRE_COMMIT &&
	    event != XACT_EVENT_PRE_PREPARE)
		end_operation();
}

static void
subtransaction_ended(SubXactEvent event, SubTransactionId ended, SubTransactionId parent, void *argument)
{
	(void) parent, (void) argument;
	if (depth > 0 && event == SUBXACT_EVENT_ABORT_SUB && began_in >= ended)
		end_operation();
}

/* Name of the called function, or of the aggregate that it is part of. */
static char *
function_name(FunctionCallInfo fcinfo)
{
	Aggref *aggregate = AggGetAggref(fcinfo);
	char *name = get_func_name(aggregate != NULL ? aggregate->aggfnoid : fcinfo->flinfo->fn_oid);

	return name != NULL ? name : pstrdup("");
}

int
progress_begin(FunctionCallInfo fcinfo)
{
	static bool registered = false;
	char *name;
	Entry *entry;

	if (depth > 0)
		return depth++;
	if (!registered)
	{
		RegisterXactCallback(transaction_ended, NULL);
		RegisterSubXactCallback(subtransaction_ended, NULL);
		registered = true;
	}
	attach();
	name = function_name(fcinfo);
	strlcpy(operation, name, NAME_BYTES);
	pfree(name);
	began_in = GetCurrentSubTransactionId();
	stage = NULL;
	INSTR_TIME_SET_CURRENT(began);
	last_notice = began;
	entry = own_entry();
	if (entry != NULL)
	{
		begin_write(entry);
		entry->pid = MyProcPid;
		entry->database = MyDatabaseId;
		entry->user = MyProc->roleId;
		strlcpy(entry->operation, operation, NAME_BYTES);
		entry->stage[0] = '\0';
		entry->done = entry->total = 0;
		entry->started = GetCurrentTimestamp();
		end_write(entry);
	}
	return depth++;
}

void
progress_end(int before)
{
	depth = before;
	if (depth == 0)
		end_operation();
}

bool
progress_running(void)
{
	return depth > 0;
}

/* Milliseconds since a moment. */
static double
since(instr_time moment)
{
	instr_time now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, moment);
	return INSTR_TIME_GET_MILLISEC(now);
}

void
host_progress(const char *name, int64_t done, int64_t total)
{
	Entry *entry;
	bool another;

	if (depth == 0)
		return;
	/* the same stage again, as of a second measure, begins anew */
	another = stage == NULL || strcmp(stage, name) != 0 || done < stage_done;
	stage = name;
	stage_done = done;
	stage_total = total;
	if (another)
		INSTR_TIME_SET_CURRENT(stage_began);
	entry = own_entry();
	if (entry != NULL)
	{
		begin_write(entry);
		if (another)
		{
			strlcpy(entry->stage, name, NAME_BYTES);
			entry->stage_started = GetCurrentTimestamp();
		}
		entry->done = done;
		entry->total = total;
		end_write(entry);
	}
	if (synrec_progress_notices > 0 && since(last_notice) >= synrec_progress_notices)
		progress_notice_due = true;
}

/* Milliseconds that a stage will still take when it goes on as it did; -1 when that is not known. */
static double
remaining(double elapsed, int64 done, int64 total)
{
	return done <= 0 || total <= 0 ? -1 : elapsed * (double) (total - done) / (double) done;
}

void
progress_notice(void)
{
	double left;

	progress_notice_due = false;
	INSTR_TIME_SET_CURRENT(last_notice);
	if (depth == 0)
		return;
	left = remaining(since(stage_began), stage_done, stage_total);
	if (left < 0)
		ereport(NOTICE, (errmsg("%s: %s, " INT64_FORMAT " done, %.1f s so far", operation, stage, stage_done,
		                        since(began) / 1000)));
	else
		ereport(NOTICE, (errmsg("%s: %s, %.0f %% done, %.1f s so far, about %.1f s left of this stage",
		                        operation, stage, 100.0 * (double) stage_done / (double) stage_total,
		                        since(began) / 1000, left / 1000)));
}

/* Copies an entry as it was at one moment. */
static void
read_entry(const volatile Entry *entry, Entry *copy)
{
	for (;;)
	{
		uint32 before = entry->changes;

		pg_read_barrier();
		memcpy(copy, (const void *) entry, sizeof(Entry));
		pg_read_barrier();
		if (before % 2 == 0 && entry->changes == before)
			return;
		CHECK_FOR_INTERRUPTS();
	}
}

/* Tells whether the backend that wrote an entry is still there. */
static bool
is_alive(const Entry *entry)
{
	PGPROC *backend = BackendPidGetProc(entry->pid);

	return backend != NULL && backend->databaseId == entry->database && backend->roleId == entry->user;
}

static Datum
interval_from_ms(double milliseconds)
{
	Interval *interval = palloc0(sizeof(Interval));

	interval->time = (TimeOffset) Min(milliseconds * 1000, 1e18);
	return IntervalPGetDatum(interval);
}

/* The columns that a caller with the right to see them gets, from the third on. */
static void
fill_row(const Entry *entry, TimestampTz now, Datum *values, bool *nulls)
{
	double left = remaining((double) (now - entry->stage_started) / 1000, entry->done, entry->total);

	values[2] = ObjectIdGetDatum(entry->user);
	values[3] = CStringGetTextDatum(entry->operation);
	values[4] = CStringGetTextDatum(entry->stage);
	values[5] = Int64GetDatum(entry->done);
	values[6] = Int64GetDatum(entry->total);
	values[8] = TimestampTzGetDatum(entry->started);
	values[9] = interval_from_ms((double) (now - entry->started) / 1000);
	memset(nulls, false, 10 * sizeof(bool));
	nulls[4] = nulls[5] = entry->stage[0] == '\0';
	nulls[6] = nulls[7] = entry->total == 0;
	if (entry->total > 0)
		values[7] = Float8GetDatum((double) entry->done / (double) entry->total);
	nulls[10] = left < 0;
	if (left >= 0)
		values[10] = interval_from_ms(left);
}

/* progress_of_backends(): what the view synrec.progress is made of. */
Datum
synrec_progress(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	TimestampTz now = GetCurrentTimestamp();

	InitMaterializedSRF(fcinfo, 0);
	attach();
	for (int i = 0; entries != NULL && i < ENTRIES; i++)
	{
		Entry entry;
		Datum values[11];
		bool nulls[11];

		read_entry(&entries[i], &entry);
		if (entry.pid == 0 || !is_alive(&entry))
			continue;
		memset(nulls, true, sizeof(nulls));
		values[0] = Int32GetDatum(entry.pid);
		values[1] = ObjectIdGetDatum(entry.database);
		nulls[0] = nulls[1] = false;
		if (has_privs_of_role(GetUserId(), entry.user) ||
		    has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS))
			fill_row(&entry, now, values, nulls);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
