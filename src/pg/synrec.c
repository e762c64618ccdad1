/*
 * synrec.c
 *	  The module itself: what PostgreSQL asks of it when it is loaded, and the
 *	  settings.
 */
#include "synrec.h"

#include "utils/guc.h"

PG_MODULE_MAGIC;

int synrec_threads = 0;
int synrec_max_memory = 2 * 1024 * 1024;
int synrec_progress_notices = 0;

void _PG_init(void);

void
_PG_init(void)
{
	/* like max_parallel_workers_per_gather, anyone's own choice */
	DefineCustomIntVariable("synrec.threads", "Number of threads that one operation may use.",
	                        "0 means as many as there are processors, but no more than "
	                        "max_parallel_maintenance_workers + 1.",
	                        &synrec_threads, 0, 0, 256, PGC_USERSET, 0, NULL, NULL, NULL);

	/* like temp_file_limit, a limit that users are under */
	DefineCustomIntVariable("synrec.max_memory", "Memory that one operation may use.",
	                        "An operation that needs more is refused before it takes any.",
	                        &synrec_max_memory, 2 * 1024 * 1024, 1024, MAX_KILOBYTES, PGC_SUSET, GUC_UNIT_KB,
	                        NULL, NULL, NULL);

	DefineCustomIntVariable("synrec.progress_notices",
	                        "Time between notices that tell how far an operation is.", "0 means no notices.",
	                        &synrec_progress_notices, 0, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, NULL, NULL,
	                        NULL);

	MarkGUCPrefixReserved("synrec");
}
