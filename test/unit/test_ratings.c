/*
 * test_ratings.c
 *	  Ratings beside the items of sets and of sequences.
 */
#include "cases.h"
#include "data/merge.h"
#include "data/select.h"
#include "data/sequences.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Event
{
	int64_t user;
	int64_t item;
	int64_t time;
	double rating;
} Event;

typedef struct Events
{
	int64_t count;
	HistoryKind kind;
	Event *event;
} Events;

static const HistoryKind rated_sets = {TIMES_NONE, true};
static const HistoryKind rated_sequences = {TIMES_INTEGER, true};

/* Few users, items, times and ratings, so that all kinds of repeats occur. */
static Events
random_events(Random *random, int64_t count, HistoryKind kind)
{
	Events events = {count, kind, host_array(Event, count)};

	for (int64_t i = 0; i < count; i++)
		events.event[i] = (Event){case_between(random, 1, 7), case_between(random, 1, 9),
		                          case_between(random, -2, 2), (double) case_between(random, -3, 3) / 2};
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
add_events(HistoryBuilder *builder, const Events *events, int64_t begin, int64_t end, bool text)
{
	for (int64_t i = begin; i < end; i++)
	{
		const Event *event = &events->event[i];
		Key user = case_key(text, event->user), item = case_key(text, event->item);

		builder_add_event(builder, text, &user, text, &item, events->kind, event->time, event->rating);
	}
}

static Histories
build_events(const Events *events, int64_t begin, int64_t end, bool text)
{
	HistoryBuilder *builder = builder_new();
	Histories data;

	add_events(builder, events, begin, end, text);
	builder_settle(builder);
	builder_finish(builder, &data);
	return data;
}

static int
compare_events(const void *a, const void *b)
{
	const Event *x = a, *y = b;

	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	return (x->rating > y->rating) - (x->rating < y->rating);
}

/* The events that a value of them holds, in order: of sets the best rating of each item. */
static Events
held(const Events *events)
{
	Events left = {0, events->kind, host_array(Event, events->count)};
	Event *sorted = host_array(Event, events->count);

	for (int64_t i = 0; i < events->count; i++)
	{
		sorted[i] = events->event[i];
		if (events->kind.times == TIMES_NONE)
			sorted[i].time = 0;
	}
	qsort(sorted, (size_t) events->count, sizeof(Event), compare_events);
	for (int64_t i = 0; i < events->count; i++)
	{
		bool last = i + 1 == events->count || sorted[i + 1].user != sorted[i].user ||
		            sorted[i + 1].item != sorted[i].item;

		if (last || events->kind.times != TIMES_NONE)
			left.event[left.count++] = sorted[i];
	}
	return left;
}

/* The value holds just these events, in order; keys are integers. */
static void
assert_holds(const Events *expected, const Histories *data)
{
	int64_t n = 0;

	assert_int_equal(data->interactions, expected->count);
	assert_int_equal(data->times, expected->kind.times);
	for (int64_t u = 0; u < data->users; u++)
	{
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++, n++)
		{
			assert_true(keys_get(&data->user_keys, u).integer == expected->event[n].user);
			assert_true(keys_get(&data->item_keys, data->item[p]).integer == expected->event[n].item);
			assert_true(data->rating[p] == expected->event[n].rating);
			assert_true(data->time == NULL || data->time[p] == expected->event[n].time);
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
		Events events = random_events(&random, case_between(&random, 1, round % 50 == 0 ? 20000 : 60),
		                              round % 2 ? rated_sets : rated_sequences);
		Events expected = held(&events);
		Histories data = build_events(&events, 0, events.count, round % 3 == 0), shuffled, opened;

		shuffle(&events, &random);
		shuffled = build_events(&events, 0, events.count, round % 3 == 0);
		assert_same_value(&data, &shuffled);
		histories_open(data.value, data.bytes, &opened);
		assert_int_equal(((const ValueHeader *) data.value)->version, 3);
		if (round % 3 != 0)
			assert_holds(&expected, &opened);
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
		Events events =
			random_events(&random, case_between(&random, 3, 80), round % 2 ? rated_sets : rated_sequences);
		int64_t first = case_between(&random, 1, events.count - 2);
		int64_t second = case_between(&random, first + 1, events.count - 1);
		int64_t bound[] = {0, first, second, events.count};
		bool text = round % 3 == 0;
		HistoryBuilder *builder = builder_new();
		Histories whole = build_events(&events, 0, events.count, text), part[3], merged, of_parts, none;

		for (int p = 0; p < 3; p++)
			part[p] = build_events(&events, bound[p], bound[p + 1], text);
		histories_merge(part, 3, 0, &merged);
		assert_same_value(&merged, &whole);

		/* rows and values, in turns: values are dissolved into rows */
		builder_add_histories(builder, &part[0]);
		add_events(builder, &events, bound[1], bound[2], text);
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

/* Sets of rated sequences are what the rated items make; without ratings, what the items make. */
static void
test_sets_and_no_ratings(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 200; round++)
	{
		Events events = random_events(&random, case_between(&random, 1, 60), rated_sequences);
		Histories data = build_events(&events, 0, events.count, round % 2), sets, expected, unrated;

		sequences_as_sets(&data, &sets);
		events.kind = rated_sets;
		expected = build_events(&events, 0, events.count, round % 2);
		assert_same_value(&sets, &expected);

		histories_without_ratings(&data, &unrated);
		events.kind = (HistoryKind){TIMES_INTEGER, false};
		expected = build_events(&events, 0, events.count, round % 2);
		assert_same_value(&unrated, &expected);
		histories_without_ratings(&sets, &unrated);
		events.kind = (HistoryKind){TIMES_NONE, false};
		expected = build_events(&events, 0, events.count, round % 2);
		assert_same_value(&unrated, &expected);
		assert_int_equal(((const ValueHeader *) unrated.value)->version, 1);
	}
}

/* Each interaction of a part is in the whole, as it is there. */
static void
assert_part(void *value, const Histories *whole)
{
	Histories part, both;

	histories_open(value, histories_bytes(value), &part);
	assert_int_equal(part.rating != NULL, part.users > 0);
	if (whole->time != NULL)
		return;
	histories_merge((Histories[]){part, *whole}, 2, 0, &both);
	assert_same_value(&both, whole);
}

static void
test_parts_keep_ratings(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int round = 0; round < 100; round++)
	{
		Events events =
			random_events(&random, case_between(&random, 1, 80), round % 2 ? rated_sets : rated_sequences);
		Histories data = build_events(&events, 0, events.count, false), everybody;
		void *value = select_sample_users(&data, data.users, 1), *first, *second;

		histories_open(value, histories_bytes(value), &everybody);
		assert_same_value(&everybody, &data);
		assert_part(select_truncate(&data, case_between(&random, 1, 9), (uint64_t) round), &data);
		assert_part(select_filter(&data, 2, 2), &data);
		select_split_users(&data, 0.5, (uint64_t) round, &first, &second);
		assert_part(first, &data);
		assert_part(second, &data);
	}
}

/* Rows, then values, of two kinds in one builder. */
static void
mix(HistoryKind kind_a, HistoryKind kind_b)
{
	Event event = {1, 2, 3, 4};
	Events a = {1, kind_a, &event}, b = {1, kind_b, &event};
	HistoryBuilder *builder = builder_new();
	Histories data = build_events(&b, 0, 1, false);

	add_events(builder, &a, 0, 1, false);
	if (kind_a.times == kind_b.times && kind_a.rated == kind_b.rated)
	{
		builder_add_histories(builder, &data);
		return;
	}
	EXPECT_FAIL(HOST_TYPE_MISMATCH, builder_add_histories(builder, &data));
	EXPECT_FAIL(HOST_TYPE_MISMATCH, add_events(builder, &b, 0, 1, false));
}

static void
test_kinds_do_not_mix(void **state)
{
	static const HistoryKind kind[] = {
		{TIMES_NONE, false}, {TIMES_NONE, true}, {TIMES_INTEGER, false}, {TIMES_INTEGER, true}};

	(void) state;
	for (int pair = 0; pair < 16; pair++)
		mix(kind[pair / 4], kind[pair % 4]);
}

static void
test_only_finite_ratings(void **state)
{
	Event event[] = {{1, 1, 0, NAN}, {1, 1, 0, INFINITY}, {1, 1, 0, -INFINITY}, {1, 1, 0, -0.0}};
	Events events = {4, rated_sets, event};
	Histories data;

	(void) state;
	EXPECT_FAIL(HOST_INVALID_PARAMETER, add_events(builder_new(), &events, 0, 1, false));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, add_events(builder_new(), &events, 1, 2, false));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, add_events(builder_new(), &events, 2, 3, false));
	data = build_events(&events, 3, 4, false);
	assert_true(data.rating[0] == 0 && !signbit(data.rating[0]));
}

static void
test_damage_is_refused(void **state)
{
	Event event[] = {{1, 1, 5, 2}, {1, 1, 5, 4}, {1, 1, 7, 1}, {2, 3, 1, 0}};
	Events events = {4, rated_sequences, event};
	Histories data = build_events(&events, 0, 4, false), opened;
	double *rating;
	void *copy;

	(void) state;
	for (int damage = 0; damage < 8; damage++)
	{
		copy = exact_copy(data.value, data.bytes);
		histories_open(copy, data.bytes, &opened);
		rating = (double *) opened.rating;
		if (damage == 1)
			rating[0] = 5; /* out of order */
		else if (damage == 2)
			rating[2] = NAN;
		else if (damage == 3)
			rating[3] = -0.0;
		else if (damage == 4)
			rating[3] = INFINITY;
		else if (damage == 5)
			((ValueHeader *) copy)->version = 2;
		else if (damage == 6)
			((ValueHeader *) copy)->flags &= (uint16_t) ~HISTORIES_RATINGS;
		else if (damage == 7)
			((ValueHeader *) copy)->flags &= (uint16_t) ~HISTORIES_TIMES;
		value_seal(copy, data.bytes);
		if (damage == 0)
			histories_open(copy, data.bytes, &opened);
		else
			EXPECT_FAIL(HOST_INVALID_VALUE, histories_open(copy, data.bytes, &opened));
	}
	EXPECT_FAIL(HOST_INVALID_VALUE, histories_open(data.value, data.bytes - 8, &opened));
}

static void
test_inverted_lists_have_ratings(void **state)
{
	Event event[] = {{1, 1, 0, 1}, {1, 2, 0, 2}, {2, 2, 0, 3}};
	Events events = {3, rated_sets, event};
	Histories data = build_events(&events, 0, 3, false);
	int64_t *start;
	uint32_t *user;
	double *rating;

	(void) state;
	histories_invert_rated(&data, &start, &user, &rating);
	assert_true(start[1] == 1 && rating[0] == 1 && user[0] == 0);
	assert_true(rating[1] == 2 && user[1] == 0 && rating[2] == 3 && user[2] == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_order_of_rows_leaves_no_trace),
		host_unit_test(test_parts_make_the_whole),
		host_unit_test(test_sets_and_no_ratings),
		host_unit_test(test_parts_keep_ratings),
		host_unit_test(test_kinds_do_not_mix),
		host_unit_test(test_only_finite_ratings),
		host_unit_test(test_damage_is_refused),
		host_unit_test(test_inverted_lists_have_ratings),
	};

	return cmocka_run_group_tests_name("ratings", tests, NULL, NULL);
}
