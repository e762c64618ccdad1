/*
 * arguments.c
 *	  NULL arguments, refused by name.
 */
#include "synrec.h"

#include "catalog/pg_proc.h"
#include "utils/syscache.h"

/* Name of an input argument (0-based), for messages. */
static char *
argument_name(FunctionCallInfo fcinfo, int number)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(fcinfo->flinfo->fn_oid));
	char *name = psprintf("%d", number + 1);

	if (HeapTupleIsValid(tuple))
	{
		bool no_modes, no_names;
		Datum modes = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargmodes, &no_modes);
		Datum names = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargnames, &no_names);

		if (!no_names)
		{
			char **list;
			int count = get_func_input_arg_names(names, no_modes ? (Datum) 0 : modes, &list);

			if (number < count && list[number] != NULL)
				name = list[number];
		}
		ReleaseSysCache(tuple);
	}
	return name;
}

void
reject_null(FunctionCallInfo fcinfo, int number)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
		                errmsg("argument \"%s\" must not be null", argument_name(fcinfo, number))));
}

void
reject_nulls(FunctionCallInfo fcinfo, int first_except, int last_except)
{
	for (int i = 0; i < PG_NARGS(); i++)
	{
		if (i < first_except || i > last_except)
			reject_null(fcinfo, i);
	}
}
