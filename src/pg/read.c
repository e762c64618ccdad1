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

char *
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

static bool
has_column(TupleDesc row_type, const char *name)
{
	for (int i = 0; i < row_type->natts; i++)
	{
		if (namestrcmp(&TupleDescAttr(row_type, i)->attname, name) == 0)
			return true;
	}
	return false;
}

/* Leaves by an error unless the source has the column. */
static void
require_column(TupleDesc row_type, const char *name, const char *argument)
{
	if (!has_column(row_type, name))
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

bool
source_has_columns(const char *source, const char *const *names)
{
	TupleDesc row_type = source_row_type(source_in_from(source));

	for (int i = 0; names[i] != NULL; i++)
	{
		if (!has_column(row_type, names[i]))
			return false;
	}
	return true;
}

Datum
read_interactions(const char *source, const char *user_column, const char *item_column)
{
	char *from = source_in_from(source);
	TupleDesc row_type = source_row_type(from);
	bool is_null;

	require_column(row_type, user_column, "user_column");
	require_column(row_type, item_column, "item_column");
	if (SPI_execute(psprintf("SELECT synrec.interactions(source.%s, source.%s) FROM %s AS source",
	                         quote_identifier(user_column), quote_identifier(item_column), from),
	                true, 0) != SPI_OK_SELECT ||
	    SPI_processed != 1)
		elog(ERROR, "reading the source failed");
	return SPI_datumTransfer(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null), false,
	                         -1);
}

Datum
synrec_read(PG_FUNCTION_ARGS)
{
	Datum value;

	reject_nulls(fcinfo, -1, -1);
	SPI_connect();
	value = read_interactions(text_to_cstring(PG_GETARG_TEXT_PP(0)), NameStr(*PG_GETARG_NAME(1)),
	                          NameStr(*PG_GETARG_NAME(2)));
	SPI_finish();
	PG_RETURN_DATUM(value);
}
