/*
 * topics.c
 *	  topics_of(): what the topics of a model are about.
 */
#include "synrec.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "generators/topic_model.h"

PG_FUNCTION_INFO_V1(synrec_topics_of);

/* Rows (topic, share, rank, item_key, probability), topic by topic. */
typedef struct TopicRows
{
	RowSource rows;
	Model model;
	TopicModel topics;
	int64_t wanted; /* items per topic */
	int64_t topic;  /* of the next row */
	int64_t rank;   /* of the next row, from 0 */
	uint32_t *item; /* those of the topic, most probable first */
} TopicRows;

/* Sorts the "wanted" most probable items of the current topic to the front. */
static void
rank_items(TopicRows *t)
{
	const float *row = t->topics.topic_item + t->topic * t->topics.padded;
	int64_t count = 0;

	for (int64_t i = 0; i < t->topics.items; i++)
	{
		int64_t place;

		if (count == t->wanted && row[i] <= row[t->item[count - 1]])
			continue;
		place = count < t->wanted ? count++ : count - 1;
		for (; place > 0 && row[i] > row[t->item[place - 1]]; place--)
			t->item[place] = t->item[place - 1];
		t->item[place] = (uint32_t) i;
	}
}

static bool
next_topic_row(RowSource *source, Datum *values, bool *nulls)
{
	TopicRows *t = (TopicRows *) source;
	MemoryContext caller;
	Key key;

	if (t->rank == t->wanted)
	{
		t->topic++;
		t->rank = 0;
	}
	if (t->topic >= t->topics.topics)
		return false;
	if (t->rank == 0)
	{
		host_poll();
		rank_items(t);
	}
	MemoryContextReset(source->row_context);
	caller = MemoryContextSwitchTo(source->row_context);
	key = keys_get(&t->model.item_keys, t->item[t->rank]);
	values[0] = Int32GetDatum((int32) t->topic + 1);
	values[1] = Float8GetDatum(t->topics.share[t->topic]);
	values[2] = Int32GetDatum((int32) t->rank + 1);
	values[3] = PointerGetDatum(key_to_text(t->model.item_keys.text, &key));
	values[4] = Float8GetDatum(t->topics.topic_item[t->topic * t->topics.padded + t->item[t->rank]]);
	memset(nulls, false, 5);
	MemoryContextSwitchTo(caller);
	t->rank++;
	return true;
}

static RowSource *
make_topic_rows(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	TopicRows *t = palloc0(sizeof(TopicRows));
	int32 items;

	(void) row_type;
	reject_nulls(fcinfo, -1, -1);
	items = PG_GETARG_INT32(1);
	if (items < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("items must be at least 1, not %d", items)));
	/* a copy: the argument need not live as long as the rows */
	model_from_datum(copy_of_value(PG_GETARG_DATUM(0)), &t->model);
	if (strcmp(t->model.header->method, "topics") != 0 && strcmp(t->model.header->method, "topic_pairs") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("a model of \"%s\" has no topics", t->model.header->method),
		                errhint("Fit topics() or topic_pairs().")));
	topic_model_open(&t->model, &t->topics);
	t->wanted = Min(items, t->topics.items);
	t->item = host_array(uint32_t, t->wanted);
	t->rows.next = next_topic_row;
	t->rows.row_context = AllocSetContextCreate(CurrentMemoryContext, "synrec row", ALLOCSET_SMALL_SIZES);
	return &t->rows;
}

/* topics_of(model, items) */
Datum
synrec_topics_of(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_topic_rows);
}
