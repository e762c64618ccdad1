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
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "parser/parse_func.h"
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

static SPIPlanPtr
prepare(const char *query)
{
	SPIPlanPtr plan = SPI_prepare(query, 0, NULL);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	return plan;
}

static CachedPlanSource *
plan_source(SPIPlanPtr plan)
{
	return linitial(SPI_plan_get_plan_sources(plan));
}

/*
 * Leaves by an error unless the plan's one column is our aggregate: whoever
 * may create functions in our schema could hide it behind one that suits the
 * types of the columns better, and it would run with the rights of the caller.
 */
static void
require_our_aggregate(SPIPlanPtr plan, char *schema, char *aggregate, int arguments)
{
	const Oid types[] = {ANYOID, ANYOID, ANYOID, ANYOID};
	Oid ours = LookupFuncName(list_make2(makeString(schema), makeString(aggregate)), arguments, types, false);
	Query *query = linitial_node(Query, plan_source(plan)->query_list);
	Expr *column = linitial_node(TargetEntry, query->targetList)->expr;

	if (!IsA(column, Aggref) || ((Aggref *) column)->aggfnoid != ours)
		ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_FUNCTION),
		                errmsg("a function of schema \"%s\" hides the aggregate %s", schema, aggregate),
		                errdetail("It is no part of the extension, and suits the types of the keys better."),
		                errhint("Drop that function.")));
}

/* Row type of SELECT * FROM from. */
static TupleDesc
source_row_type(const char *from)
{
	return plan_source(prepare(psprintf("SELECT * FROM %s AS source", from)))->resultDesc;
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
read_interactions(Oid function, const char *source, const SourceColumns *columns)
{
	char *from = source_in_from(source);
	char *schema = get_namespace_name(get_func_namespace(function));
	TupleDesc row_type = source_row_type(from);
	const char *name[] = {columns->user, columns->item, columns->at, columns->rating};
	static const char *const argument[] = {"user_column", "item_column", "at_column", "rating_column"};
	char *aggregate = columns->at != NULL       ? "sequences"
	                  : columns->rating != NULL ? "ratings"
	                                            : "interactions";
	int arguments = 0;
	StringInfoData query;
	SPIPlanPtr plan;
	bool is_null;

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT %s(", quote_qualified_identifier(schema, aggregate));
	for (int i = 0; i < lengthof(name); i++)
	{
		if (name[i] == NULL)
			continue;
		require_column(row_type, name[i], argument[i]);
		appendStringInfo(&query, "%ssource.%s", arguments++ > 0 ? ", " : "", quote_identifier(name[i]));
	}
	appendStringInfo(&query, ") FROM %s AS source", from);
	plan = prepare(query.data);
	require_our_aggregate(plan, schema, aggregate, arguments);
	if (SPI_execute_plan(plan, NULL, NULL, true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "reading the source failed");
	return SPI_datumTransfer(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null), false,
	                         -1);
}

/* read(source, user_column, item_column), and perhaps at_column, rating_column, which may be NULL */
Datum
synrec_read(PG_FUNCTION_ARGS)
{
	SourceColumns columns = {0};
	Datum value;
	int before = progress_begin(fcinfo);

	reject_nulls(fcinfo, 3, 4);
	columns.user = NameStr(*PG_GETARG_NAME(1));
	columns.item = NameStr(*PG_GETARG_NAME(2));
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		columns.at = NameStr(*PG_GETARG_NAME(3));
	if (PG_NARGS() > 3 && !PG_ARGISNULL(4))
		columns.rating = NameStr(*PG_GETARG_NAME(4));
	SPI_connect();
	value = read_interactions(fcinfo->flinfo->fn_oid, text_to_cstring(PG_GETARG_TEXT_PP(0)), &columns);
	SPI_finish();
	progress_end(before);
	PG_RETURN_DATUM(value);
}
