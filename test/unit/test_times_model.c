/*
 * test_times_model.c
 *	  When synthetic users have their items.
 */
#include "generators/time_bins.h"
#include "generators/times_model.h"
#include "models.h"

#include <math.h>
#include <string.h>

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

/* Seconds since 1970 of a day in 2024. */
#define BEGIN (INT64_C(19723) * DAY)

static void
add(HistoryBuilder *builder, int64_t u, int64_t i, TimeKind kind, int64_t time)
{
	Key user = case_key(false, u), item = case_key(false, i);

	builder_add_timed(builder, false, &user, false, &item, kind, time);
}

static Histories
finished(HistoryBuilder *builder)
{
	Histories data;

	builder_settle(builder);
	builder_finish(builder, &data);
	return data;
}

/* Users have sittings in the evening of some days, of 10 items, a minute or two apart. */
static Histories
evenings(int64_t users, TimeKind kind, int64_t unit, int64_t begin)
{
	HistoryBuilder *builder = builder_new();

	for (int64_t u = 0; u < users; u++)
	{
		int64_t day = u % 50;

		for (int64_t sitting = 0; sitting <= u % 3; sitting++, day += 1 + (u + sitting) % 5)
		{
			int64_t time = day * DAY + (18 + (u + sitting) % 5) * HOUR + u % 60 * 30;

			for (int64_t i = 0; i < 10; i++, time += 60 * (1 + (u + i) % 2))
				add(builder, u, sitting * 10 + i, kind, begin + time * unit);
		}
	}
	return finished(builder);
}

/* What the times of all users are like. */
typedef struct Tally
{
	int64_t items;
	int64_t hour[24];
	int64_t least;
	int64_t most;
	int64_t sittings;
	bool ascend;
	bool whole; /* all are multiples of 30 units */
} Tally;

static Tally
tally(const Users *users, int64_t unit, int64_t begin)
{
	Tally t = {.least = INT64_MAX, .most = INT64_MIN, .ascend = true, .whole = true};

	for (int64_t n = 0; n < users->count; n++)
	{
		for (int64_t p = users->start[n]; p < users->start[n + 1]; p++)
		{
			int64_t time = users->time[p];

			t.items++;
			t.hour[(time - begin) / (HOUR * unit) % 24]++;
			t.least = time < t.least ? time : t.least;
			t.most = time > t.most ? time : t.most;
			t.ascend = t.ascend && (p == users->start[n] || time >= users->time[p - 1]);
			t.sittings += p == users->start[n] || time - users->time[p - 1] >= HOUR * unit;
			t.whole = t.whole && time % unit == 0;
		}
	}
	return t;
}

/* Half the difference of two histograms of hours. */
static double
difference(const Tally *a, const Tally *b)
{
	double sum = 0;

	for (int h = 0; h < 24; h++)
		sum += fabs((double) a->hour[h] / (double) a->items - (double) b->hour[h] / (double) b->items);
	return sum / 2;
}

/* The data as users, to be tallied. */
static Tally
tally_data(const Histories *data, int64_t unit, int64_t begin)
{
	Users users = {1,    data->users,           (int64_t *) data->start, (uint32_t *) data->item,
	               NULL, (int64_t *) data->time};

	return tally(&users, unit, begin);
}

/* Seconds, milliseconds and timestamps have days; times of day, sittings and the span come out right. */
static void
test_days(void **state)
{
	static const struct
	{
		TimeKind kind;
		int64_t unit;
		int64_t begin;
	} form[] = {{TIMES_INTEGER, 1, BEGIN},
	            {TIMES_INTEGER, 1000, BEGIN * 1000},
	            {TIMES_MOMENT, 1000000, 8766 * DAY * 1000000}};

	(void) state;
	for (int f = 0; f < 3; f++)
	{
		Histories data = evenings(600, form[f].kind, form[f].unit, form[f].begin);
		Tally real = tally_data(&data, form[f].unit, form[f].begin), made;
		Model model;
		Users users;

		fit_model("unigrams", NULL, &data, 1, &model);
		users = generated(&model, 9, 1, 3000);
		assert_non_null(users.time);
		made = tally(&users, form[f].unit, form[f].begin);
		assert_true(made.ascend && made.whole);
		assert_true(difference(&real, &made) < 0.03);
		assert_true(made.least >= form[f].begin && made.most < form[f].begin + 70 * DAY * form[f].unit);
		/* as many sittings per item, within a few per cent */
		assert_true(
			fabs((double) made.sittings / (double) made.items * (double) real.items / (double) real.sittings -
		         1) < 0.1);
		assert_slices(&model, 9);
	}
}

/* Numbers that are no seconds have neither days nor sittings, but gaps, and they stay in their range. */
static void
test_no_days(void **state)
{
	HistoryBuilder *builder = builder_new();
	Histories data;
	Model model;
	Users users;
	int64_t ones = 0, gaps = 0;

	(void) state;
	for (int64_t u = 0; u < 300; u++)
	{
		for (int64_t i = 0; i < 8; i++)
			add(builder, u, i, TIMES_INTEGER, u % 90 + i);
	}
	data = finished(builder);
	fit_model("unigrams", NULL, &data, 1, &model);
	users = generated(&model, 9, 1, 1000);
	for (int64_t n = 0; n < users.count; n++)
	{
		for (int64_t p = users.start[n]; p < users.start[n + 1]; p++)
		{
			assert_in_range(users.time[p], 0, 97);
			if (p == users.start[n])
				continue;
			gaps++;
			ones += users.time[p] - users.time[p - 1] == 1;
		}
	}
	/* but for those at the end of the range */
	assert_true((double) ones > 0.9 * (double) gaps);
	assert_slices(&model, 9);
}

/* Times at the limits of their type, and such as are not finite, are left out or cut; nothing overflows. */
static void
test_extreme_times(void **state)
{
	static const int64_t odd[] = {INT64_MIN, INT64_MAX, INT64_MIN / 2,   INT64_MAX / 2,
	                              0,         -1,        INT64_C(1) << 59};

	(void) state;
	for (TimeKind kind = TIMES_INTEGER; kind <= TIMES_MOMENT; kind++)
	{
		HistoryBuilder *builder = builder_new();
		Histories data;
		Model model;

		for (int64_t u = 0; u < 70; u++)
		{
			for (int64_t i = 0; i < 7; i++)
				add(builder, u, i, kind, odd[(u + i) % 7]);
		}
		data = finished(builder);
		fit_model("unigrams", NULL, &data, 1, &model);
		generated(&model, 9, 1, 500);
	}
}

/* Floats: seconds with fractions. */
static int64_t
float_time(double number)
{
	int64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits < 0 ? bits ^ INT64_MAX : bits;
}

static void
test_floats(void **state)
{
	HistoryBuilder *builder = builder_new();
	Histories data;
	Model model;
	Users users;

	(void) state;
	for (int64_t u = 0; u < 100; u++)
	{
		for (int64_t i = 0; i < 5; i++)
			add(builder, u, i, TIMES_FLOAT, float_time((double) BEGIN + 20 * HOUR + (double) (u + i) + 0.5));
	}
	add(builder, 3, 9, TIMES_FLOAT, float_time(NAN));
	data = finished(builder);
	fit_model("unigrams", NULL, &data, 1, &model);
	users = generated(&model, 9, 1, 200);
	for (int64_t p = 0; p < users.start[users.count]; p++)
	{
		double number;

		memcpy(&number, &users.time[p], sizeof(number));
		assert_true(number >= BEGIN && number < BEGIN + DAY);
	}
}

static void
test_too_few_users(void **state)
{
	Histories data = evenings(4, TIMES_INTEGER, 1, BEGIN);
	Model model;

	(void) state;
	fit_model("unigrams", NULL, &data, 1, &model);
	assert_null(times_model_open(&model));
	assert_null(generated(&model, 9, 1, 20).time);
}

/* Whatever is counted, bins have enough users, and all of the weight. */
static void
test_bins(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 300; round++)
	{
		int64_t count = case_between(&random, 1, 30), users = case_between(&random, 5, 40), weight = 0;
		TimeCounts counts = time_counts_new(count);
		int64_t *with = host_array(int64_t, count);
		TimeBins bins;
		int64_t total = 0;

		for (int64_t i = 0; i <= count; i++)
			counts.edge[i] = i * i;
		for (int64_t u = 0; u < users; u++)
		{
			for (int64_t n = case_between(&random, 1, round % 2 ? 1 : 6); n > 0; n--)
			{
				int64_t w = case_between(&random, 1, 3);

				time_counts_add(&counts, case_between(&random, 0, count - 1), u, w);
				weight += w;
			}
		}
		memcpy(with, counts.users, (size_t) count * sizeof(int64_t));
		bins = round % 2 ? time_bins_joined(&counts) : time_bins_shared(&counts);
		assert_true(bins.count >= 1);
		time_bins_check(&bins);
		assert_int_equal(bins.sum[bins.count - 1], weight);
		for (int64_t b = 0; b < bins.count; b++)
		{
			int64_t in_bin = 0;

			for (int64_t i = 0; i < count; i++)
				in_bin += counts.edge[i] >= bins.low[b] && counts.edge[i] < bins.high[b] ? with[i] : 0;
			assert_true(in_bin >= TIME_MIN_USERS);
			total += in_bin;
		}
		for (int i = 0; i < 20; i++)
		{
			int64_t drawn = time_bins_draw(&bins, &random);
			int64_t quantile = time_bins_quantile(&bins, random_uniform(&random));

			assert_true(drawn >= bins.low[0] && drawn < bins.high[bins.count - 1]);
			assert_true(quantile >= bins.low[0] && quantile < bins.high[bins.count - 1]);
		}
	}
}

static void
test_damage_is_refused(void **state)
{
	Histories data = evenings(600, TIMES_INTEGER, 1, BEGIN);
	Model model;
	const int64_t clock[] = {1, DAY, 1, 0, DAY};

	(void) state;
	fit_model("unigrams", NULL, &data, 1, &model);
	assert_int_equal(outcome_with(&model, "time_clock", clock, 5), HOST_INVALID_VALUE);
	assert_int_equal(outcome_with(&model, "time_start_low", NULL, 0), HOST_INVALID_VALUE);
	for (int64_t i = 0; i < 6; i++)
		assert_refused_with(&model, "time_clock", i, i < 2 ? 7 - 8 * i : INT64_MIN);
	assert_refused_with(&model, "time_clock", 2, 0);
	assert_refused_with(&model, "time_clock", 2, 7);
	assert_refused_with(&model, "time_clock", 4, INT64_MAX);
	assert_refused_with(&model, "time_start_low", 0, INT64_MIN);
	assert_refused_with(&model, "time_start_high", 0, INT64_MAX);
	assert_refused_with(&model, "time_start_sum", 0, 0);
	assert_refused_with(&model, "time_hour_low", 0, -1);
	assert_refused_with(&model, "time_hour_high", 0, 2 * DAY);
	assert_refused_with(&model, "time_gap_low", 0, -5);
	assert_refused_with(&model, "time_jump_low", 0, -5);
	assert_refused_with(&model, "time_break_start", 0, 1);
	assert_refused_with(&model, "time_break_start", 3, -1);
	assert_refused_with(&model, "time_break_sum", 0, -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_days),
		host_unit_test(test_no_days),
		host_unit_test(test_extreme_times),
		host_unit_test(test_floats),
		host_unit_test(test_too_few_users),
		host_unit_test(test_bins),
		host_unit_test(test_damage_is_refused),
	};

	return cmocka_run_group_tests_name("times_model", tests, NULL, NULL);
}
