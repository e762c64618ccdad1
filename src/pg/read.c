/*
 * read.c
 *	  read(source): the interactions of a table, a view or a query.
 *
 * The query runs by SPI as the caller, who sees what she may see.  A text that
 * is a qualified name is a relation; anything else has to be one SELECT, which
 * the parser decides, not we.
 */
#include "synrec.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/regproc.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(synrec_read);

/* Gives back the source as it is written in FROM. */
static char *
source_in_from(const char *source)
{
	char *copy = pstrdup(source);
	List *names;
	List *statements;
	RawStmt *statement;

	if (SplitIdentifierString(copy, '.', &names) && names != NIL)
	{
		RangeVar *relation = makeRangeVarFromNameList(stringToQualifiedNameList(source));
		Oid oid = RangeVarGetRelid(relation, NoLock, false);

		return quote_qualified_identifier(get_namespace_name(get_rel_namespace(oid)), get_rel_name(oid));
	}
	statements = pg_parse_query(source);
	if (list_length(statements) != 1)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("source must be a table, a view or one SELECT"),
		                errdetail("It holds %d statements.", list_length(statements))));
	statement = linitial_node(RawStmt, statements);
	if (!IsA(statement->stmt, SelectStmt) || ((SelectStmt *) statement->stmt)->intoClause != NULL)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("source must be a table, a view or one SELECT"),
		                errdetail("It is another kind of statement.")));
	/* without a semicolon at its end, and with a line end after any comment */
	return psprintf("(%s\n)", statement->stmt_len > 0
	                              ? pnstrdup(source + statement->stmt_location, statement->stmt_len)
	                              : source + statement->stmt_location);
}

/* Leaves by an error unless the source has the column. */
static void
require_column(TupleDesc row_type, const char *name, const char *argument)
{
	for (int i = 0; i < row_type->natts; i++)
	{
		if (namestrcmp(&TupleDescAttr(row_type, i)->attname, name) == 0)
			return;
	}
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("the source has no column \"%s\"", name),
	                errhint("Name the column with %s => 'columnname' in synrec.read().", argument)));
}

/* Row type of SELECT * FROM from. */
static TupleDesc
source_row_type(const char *from)
{
	SPIPlanPtr plan = SPI_prepare(psprintf("SELECT * FROM %s AS source", from), 0, NULL);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	return ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->resultDesc;
}

Datum
synrec_read(PG_FUNCTION_ARGS)
{
	char *from;
	const char *user_column, *item_column;
	TupleDesc row_type;
	bool is_null;
	Datum value;
	int before = progress_begin(fcinfo);

	reject_nulls(fcinfo, -1, -1);
	user_column = NameStr(*PG_GETARG_NAME(1));
	item_column = NameStr(*PG_GETARG_NAME(2));
	SPI_connect();
	from = source_in_from(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	row_type = source_row_type(from);
	require_column(row_type, user_column, "user_column");
	require_column(row_type, item_column, "item_column");
	if (SPI_execute(psprintf("SELECT synrec.interactions(source.%s, source.%s) FROM %s AS source",
	                         quote_identifier(user_column), quote_identifier(item_column), from),
	                true, 0) != SPI_OK_SELECT ||
	    SPI_processed != 1)
		elog(ERROR, "reading the source failed");
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
	value = SPI_datumTransfer(value, false, -1);
	SPI_finish();
	progress_end(before);
	PG_RETURN_DATUM(value);
}
