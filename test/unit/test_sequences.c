/*
 * test_sequences.c
 *	  Histories in order of time.
 */
#include "cases.h"
#include "data/merge.h"
#include "data/select.h"
#include "data/sequences.h"

#include <stdlib.h>
#include <string.h>

typedef struct Event
{
	int64_t user;
	int64_t item;
	int64_t time;
} Event;

typedef struct Events
{
	int64_t count;
	Event *event;
} Events;

/* Few users, items and times, so that all kinds of repeats occur. */
static Events
random_events(Random *random, int64_t count)
{
	Events events = {count, host_array(Event, count)};

	for (int64_t i = 0; i < count; i++)
		events.event[i] = (Event){case_between(random, 1, 7), case_between(random, 1, 9),
		                          case_between(random, -3, 3) * (INT64_MAX / 3)};
	return events;
}

static void
shuffle(Events *events, Random *random)
{
	for (int64_t i = events->count - 1; i > 0; i--)
	{
		int64_t j = case_between(random, 0, i);
		Event event = events->event[i];

		events->event[i] = events->event[j];
		events->event[j] = event;
	}
}

static void
add_events(HistoryBuilder *builder, const Events *events, int64_t begin, int64_t end, bool text,
           TimeKind times)
{
	for (int64_t i = begin; i < end; i++)
	{
		Key user = case_key(text, events->event[i].user);
		Key item = case_key(text, events->event[i].item);

		builder_add_timed(builder, text, &user, text, &item, times, events->event[i].time);
	}
}

static void *
build_events(const Events *events, int64_t begin, int64_t end, bool text, Histories *data)
{
	HistoryBuilder *builder = builder_new();

	add_events(builder, events, begin, end, text, TIMES_INTEGER);
	builder_settle(builder);
	return builder_finish(builder, data);
}

static int
compare_events(const void *a, const void *b)
{
	const Event *x = a, *y = b;

	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

/* The value holds just these events, in order; keys are integers. */
static void
assert_holds(const Events *events, const Histories *data)
{
	int64_t n = 0;

	qsort(events->event, (size_t) events->count, sizeof(Event), compare_events);
	assert_int_equal(data->interactions, events->count);
	assert_int_equal(data->times, TIMES_INTEGER);
	for (int64_t u = 0; u < data->users; u++)
	{
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++, n++)
		{
			assert_true(keys_get(&data->user_keys, u).integer == events->event[n].user);
			assert_true(keys_get(&data->item_keys, data->item[p]).integer == events->event[n].item);
			assert_true(data->time[p] == events->event[n].time);
		}
	}
}

static void
test_order_of_rows_leaves_no_trace(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 200; round++)
	{
		/* now and then more than wait at a time, and more than a chunk */
		Events events = random_events(&random, case_between(&random, 1, round % 50 == 0 ? 20000 : 60));
		Histories data, shuffled, opened;

		build_events(&events, 0, events.count, round % 2, &data);
		shuffle(&events, &random);
		build_events(&events, 0, events.count, round % 2, &shuffled);
		assert_same_value(&data, &shuffled);
		histories_open(data.value, data.bytes, &opened);
		assert_int_equal(opened.times, TIMES_INTEGER);
		if (round % 2 == 0)
			assert_holds(&events, &data);
	}
}

static void
test_parts_make_the_whole(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 200; round++)
	{
		Events events = random_events(&random, case_between(&random, 3, 80));
		int64_t first = case_between(&random, 1, events.count - 2);
		int64_t second = case_between(&random, first + 1, events.count - 1);
		int64_t bound[] = {0, first, second, events.count};
		bool text = round % 2;
		HistoryBuilder *builder = builder_new();
		Histories whole, part[3], merged, of_parts, none;

		build_events(&events, 0, events.count, text, &whole);
		for (int p = 0; p < 3; p++)
			build_events(&events, bound[p], bound[p + 1], text, &part[p]);
		histories_merge(part, 3, 0, &merged);
		assert_same_value(&merged, &whole);

		/* rows and values, in turns: values are dissolved into rows */
		builder_add_histories(builder, &part[0]);
		add_events(builder, &events, bound[1], bound[2], text, TIMES_INTEGER);
		builder_add_histories(builder, &part[2]);
		builder_settle(builder);
		builder_finish(builder, &of_parts);
		assert_same_value(&of_parts, &whole);

		/* nothing adds nothing, whatever it is of */
		builder_finish(builder_new(), &none);
		histories_merge((Histories[]){none, whole, none}, 3, 0, &merged);
		assert_same_value(&merged, &whole);
	}
}

/* Rows, then values, of two kinds of times in one builder. */
static void
mix(TimeKind a, TimeKind b)
{
	Event event = {1, 2, 3};
	Events events = {1, &event};
	HistoryBuilder *builder = builder_new(), *other = builder_new();
	Histories data;

	add_events(builder, &events, 0, 1, false, a);
	add_events(other, &events, 0, 1, false, b);
	builder_finish(other, &data);
	assert_int_equal(data.times, b);
	if (a == b)
	{
		builder_add_histories(builder, &data);
		return;
	}
	EXPECT_FAIL(HOST_TYPE_MISMATCH, builder_add_histories(builder, &data));
	EXPECT_FAIL(HOST_TYPE_MISMATCH, add_events(builder, &events, 0, 1, false, b));
}

static void
test_kinds_do_not_mix(void **state)
{
	(void) state;
	for (int pair = 0; pair < 16; pair++)
		mix((TimeKind) (pair / 4), (TimeKind) (pair % 4));
}

static void
test_sets(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 200; round++)
	{
		Events events = random_events(&random, case_between(&random, 1, 60));
		HistoryBuilder *builder = builder_new();
		Histories data, sets, expected;

		build_events(&events, 0, events.count, round % 2, &data);
		add_events(builder, &events, 0, events.count, round % 2, TIMES_NONE);
		builder_settle(builder);
		builder_finish(builder, &expected);
		sequences_as_sets(&data, &sets);
		assert_same_value(&sets, &expected);
	}
}

static void
test_parts_of_sequences(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int round = 0; round < 100; round++)
	{
		Events events = random_events(&random, case_between(&random, 1, 80));
		int64_t most = case_between(&random, 1, 12), kept = 0;
		Events latest = {0, host_array(Event, events.count)};
		Histories data, part, opened;
		void *value;

		value = build_events(&events, 0, events.count, false, &data);
		assert_holds(&events, &data); /* sorts them */
		for (int64_t i = events.count - 1; i >= 0; i--)
		{
			kept = i + 1 < events.count && events.event[i + 1].user == events.event[i].user ? kept + 1 : 1;
			if (kept <= most)
				latest.event[latest.count++] = events.event[i];
		}
		value = select_latest(&data, most);
		histories_open(value, histories_bytes(value), &part);
		assert_holds(&latest, &part);
		value = select_truncate(&data, most, (uint64_t) round);
		histories_open(value, histories_bytes(value), &opened);
		assert_int_equal(opened.interactions, latest.count);
		value = select_sample_users(&data, data.users, 1);
		histories_open(value, histories_bytes(value), &opened);
		assert_same_value(&opened, &data);
	}
}

/* An item's users are counted, not its repeats. */
static void
test_filter_counts_users(void **state)
{
	Event event[] = {{1, 1, 1}, {1, 1, 2}, {1, 1, 3}, {1, 2, 4}, {2, 2, 1}, {2, 3, 1}, {2, 3, 1}, {3, 2, 9}};
	Event left[] = {{1, 2, 4}, {2, 2, 1}, {3, 2, 9}};
	Events events = {8, event}, expected = {3, left};
	Histories data, part;
	void *value;

	(void) state;
	build_events(&events, 0, events.count, false, &data);
	value = select_filter(&data, 1, 2);
	histories_open(value, histories_bytes(value), &part);
	assert_holds(&expected, &part);
	/* items 1 and 3 are gone, then users 1 and 2 have one interaction each */
	value = select_filter(&data, 2, 2);
	histories_open(value, histories_bytes(value), &part);
	assert_int_equal(part.users, 0);
	value = select_filter(&data, 3, 1);
	histories_open(value, histories_bytes(value), &part);
	assert_int_equal(part.users, 2);
	assert_int_equal(part.interactions, 7);
}

static void
test_disorder_is_refused(void **state)
{
	Event event[] = {{1, 1, 5}, {1, 2, 5}, {1, 1, 7}, {2, 3, 1}};
	Events events = {4, event};
	Histories data, opened;
	int64_t *time;
	uint32_t *item;
	void *copy;

	(void) state;
	build_events(&events, 0, events.count, false, &data);
	assert_int_equal(((const ValueHeader *) data.value)->version, 2);
	for (int damage = 0; damage < 6; damage++)
	{
		copy = exact_copy(data.value, data.bytes);
		histories_open(copy, data.bytes, &opened);
		time = (int64_t *) opened.time;
		item = (uint32_t *) opened.item;
		if (damage == 1)
			time[2] = 4;
		else if (damage == 2)
			time[0] = INT64_MAX;
		else if (damage == 3)
			item[0] = 1, item[1] = 0;
		else if (damage == 4)
			item[3] = 3;
		else if (damage == 5)
			((ValueHeader *) copy)->version = 1;
		value_seal(copy, data.bytes);
		if (damage == 0)
			histories_open(copy, data.bytes, &opened);
		else
			EXPECT_FAIL(HOST_INVALID_VALUE, histories_open(copy, data.bytes, &opened));
	}
	EXPECT_FAIL(HOST_INVALID_VALUE, histories_open(data.value, data.bytes - 8, &opened));
}

static void
test_no_latest_of_sets(void **state)
{
	static const char *const rows[] = {"1 2 3", NULL};
	Histories data;

	(void) state;
	build_rows(rows, false, &data);
	EXPECT_FAIL(HOST_INVALID_PARAMETER, select_latest(&data, 1));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, select_latest(&data, 0));
}

/* A history of many items is sorted in pieces that can be cancelled. */
static void
test_a_long_history(void **state)
{
	const int64_t count = 1 << 20;
	SequenceScratch *scratch = sequence_scratch(count);
	int64_t *time = host_array(int64_t, count);
	uint32_t *item = host_array(uint32_t, count);
	Random random;

	(void) state;
	case_random(&random, 5);
	for (int64_t i = 0; i < count; i++)
	{
		time[i] = case_between(&random, 0, 1000);
		item[i] = (uint32_t) case_between(&random, 0, 1000);
	}
	host_test_cancel_after(20);
	EXPECT_FAIL(HOST_TEST_CANCELLED, sequence_sort(time, item, NULL, count, scratch));
	host_test_cancel_after(-1);
	sequence_sort(time, item, NULL, count, scratch);
	for (int64_t i = 1; i < count; i++)
		assert_true(time[i - 1] < time[i] || (time[i - 1] == time[i] && item[i - 1] <= item[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_order_of_rows_leaves_no_trace),
		host_unit_test(test_parts_make_the_whole),
		host_unit_test(test_kinds_do_not_mix),
		host_unit_test(test_sets),
		host_unit_test(test_parts_of_sequences),
		host_unit_test(test_filter_counts_users),
		host_unit_test(test_disorder_is_refused),
		host_unit_test(test_no_latest_of_sets),
		host_unit_test(test_a_long_history),
	};

	return cmocka_run_group_tests_name("sequences", tests, NULL, NULL);
}
