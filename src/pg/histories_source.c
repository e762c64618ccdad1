/*
 * histories_source.c
 *	  Rows of a table's type from histories: user, item, perhaps a time and a rating.
 *
 * Item keys are turned into datums once; a user's key once per user.
 */
#include "synrec.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

static bool
next_pair(RowSource *rows, Datum *values, bool *nulls)
{
	HistorySource *source = (HistorySource *) rows;

	while (source->place == source->count)
	{
		int64_t user;
		MemoryContext caller;

		CHECK_FOR_INTERRUPTS();
		if (!source->next_history(source, &user, &source->item, &source->count))
			return false;
		source->place = 0;
		MemoryContextReset(rows->row_context);
		caller = MemoryContextSwitchTo(rows->row_context);
		source->user_datum = source->make_user(source, user);
		MemoryContextSwitchTo(caller);
	}
	values[source->user_column] = source->user_datum;
	nulls[source->user_column] = false;
	values[source->item_column] = source->item_datum[source->item[source->place]];
	nulls[source->item_column] = false;
	if (source->at_column >= 0)
	{
		MemoryContext caller = MemoryContextSwitchTo(rows->row_context);

		values[source->at_column] =
			time_write(&source->time_writer, source->times, source->time[source->place]);
		nulls[source->at_column] = false;
		MemoryContextSwitchTo(caller);
	}
	if (source->rating_column >= 0)
	{
		MemoryContext caller = MemoryContextSwitchTo(rows->row_context);

		values[source->rating_column] = rating_write(&source->rating_writer, source->rating[source->place]);
		nulls[source->rating_column] = false;
		MemoryContextSwitchTo(caller);
	}
	source->place++;
	return true;
}

static void
init(HistorySource *source, TupleDesc row_type, const Keys *item_keys)
{
	Form_pg_attribute user = TupleDescAttr(row_type, source->user_column);
	Form_pg_attribute item = TupleDescAttr(row_type, source->item_column);

	source->rows.next = next_pair;
	source->at_column = -1;
	source->rating_column = -1;
	source->rows.row_context =
		AllocSetContextCreate(CurrentMemoryContext, "synrec row", ALLOCSET_SMALL_SIZES);
	key_writer_init(&source->user_writer, user->atttypid, user->atttypmod);
	key_writer_init(&source->item_writer, item->atttypid, item->atttypmod);
	host_reserve(item_keys->count * (int64_t) sizeof(Datum), "item keys");
	source->item_datum = host_array(Datum, item_keys->count);
	for (int64_t i = 0; i < item_keys->count; i++)
	{
		Key key = keys_get(item_keys, i);

		CHECK_FOR_INTERRUPTS();
		source->item_datum[i] = key_write(&source->item_writer, item_keys->text, &key);
	}
}

void
history_source_init_bigint(HistorySource *source, TupleDesc row_type, const Keys *item_keys)
{
	if (item_keys->text && item_keys->count > 0)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("item keys are text, not integers"),
		                errhint("Name a table whose columns have the right types: "
		                        "the first argument NULL::tablename.")));
	source->user_column = 0;
	source->item_column = 1;
	init(source, row_type, item_keys);
}

static int
find_column(TupleDesc row_type, const char *name, const char *argument)
{
	for (int i = 0; i < row_type->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(row_type, i);

		if (!column->attisdropped && namestrcmp(&column->attname, name) == 0)
			return i;
	}
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("the row type has no column \"%s\"", name),
	                errhint("Name the column with %s => 'columnname'.", argument)));
}

void
history_source_init_typed(HistorySource *source, TupleDesc row_type, const Keys *item_keys,
                          const char *user_column, const char *item_column)
{
	source->user_column = find_column(row_type, user_column, "user_column");
	source->item_column = find_column(row_type, item_column, "item_column");
	if (source->user_column == source->item_column)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("user_column and item_column are both \"%s\"", user_column)));
	init(source, row_type, item_keys);
}

/* Leaves by an error when the column is filled already. */
static void
require_new_column(const HistorySource *source, int column, const char *name, const char *argument)
{
	if (column == source->user_column || column == source->item_column || column == source->at_column)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("%s is \"%s\", as another column is", argument, name)));
}

void
history_source_add_times(HistorySource *source, TupleDesc row_type, const char *at_column, TimeKind times)
{
	int column = find_column(row_type, at_column, "at_column");
	Form_pg_attribute at = TupleDescAttr(row_type, column);

	if (times == TIMES_NONE)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("sets of items have no times for the column \"%s\"", at_column),
		                errhint("Make the histories with synrec.sequences().")));
	require_new_column(source, column, at_column, "at_column");
	source->at_column = column;
	source->times = times;
	key_writer_init(&source->time_writer, at->atttypid, at->atttypmod);
}

void
history_source_add_ratings(HistorySource *source, TupleDesc row_type, const char *rating_column, bool rated)
{
	int column = find_column(row_type, rating_column, "rating_column");
	Form_pg_attribute rating = TupleDescAttr(row_type, column);

	if (!rated)
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		         errmsg("there are no ratings for the column \"%s\"", rating_column),
		         errhint("Make the histories with synrec.ratings(), or with synrec.sequences() of four "
		                 "columns.")));
	require_new_column(source, column, rating_column, "rating_column");
	source->rating_column = column;
	key_writer_init(&source->rating_writer, rating->atttypid, rating->atttypmod);
}
