/*
 * test_audit.c
 *	  Audits with a holdout against all pairs, and what they say of known cases.
 */
#include "cases.h"
#include "metrics/audit.h"
#include "metrics/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
assert_near(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance))
		fail_msg("%.17g instead of %.17g", value, expected);
}

/* Scores of few values, so that many tie; members score a little more. */
static double *
random_scores(Random *random, int64_t members, int64_t outsiders, int64_t different)
{
	double *score = host_array(double, members + outsiders);

	for (int64_t i = 0; i < members + outsiders; i++)
		score[i] = (double) case_between(random, i < members ? different / 4 : 0, different) - 5;
	return score;
}

static void
test_auc_and_advantage(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 400; round++)
	{
		int64_t members = case_between(&random, 1, 30), outsiders = case_between(&random, 1, 30);
		double *score = random_scores(&random, members, outsiders, case_between(&random, 1, 20));
		double wins = 0, advantage = 0;
		MembershipAudit audit;

		for (int64_t a = 0; a < members; a++)
		{
			for (int64_t b = members; b < members + outsiders; b++)
				wins += score[a] > score[b] ? 1 : score[a] == score[b] ? 0.5 : 0;
		}
		for (int64_t t = 0; t < members + outsiders; t++)
		{
			double in = 0, out = 0;

			for (int64_t i = 0; i < members + outsiders; i++)
				*(i < members ? &in : &out) += score[i] >= score[t];
			advantage = fmax(advantage, in / (double) members - out / (double) outsiders);
		}
		audit_roc(score, members, outsiders, &audit);
		assert_int_equal(audit.members, members);
		assert_int_equal(audit.outsiders, outsiders);
		assert_near(audit.auc, wins / (double) members / (double) outsiders, 1e-13);
		assert_near(audit.advantage, advantage, 1e-13);
		assert_true(audit.auc_low >= 0 && audit.auc_low <= audit.auc + 1e-15);
		assert_true(audit.auc_high <= 1 && audit.auc_high >= audit.auc - 1e-15);
	}
}

/* DeLong's variance by its definition. */
static void
test_interval(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 100; round++)
	{
		int64_t n[2] = {case_between(&random, 20, 40), case_between(&random, 20, 40)};
		double *score = random_scores(&random, n[0], n[1], 30), variance = 0;
		MembershipAudit audit;

		audit_roc(score, n[0], n[1], &audit);
		for (int side = 0; side < 2; side++)
		{
			double squares = 0;

			for (int64_t i = 0; i < n[side]; i++)
			{
				double x = score[side * n[0] + i], placement = 0;

				for (int64_t j = 0; j < n[1 - side]; j++)
				{
					double y = score[(1 - side) * n[0] + j];
					double more = side == 0 ? x - y : y - x;

					placement += (more > 0 ? 1 : more == 0 ? 0.5 : 0) / (double) n[1 - side];
				}
				squares += (placement - audit.auc) * (placement - audit.auc);
			}
			variance += squares / (double) (n[side] - 1) / (double) n[side];
		}
		assert_near(audit.auc_low, fmax(0, audit.auc - 1.959963984540054 * sqrt(variance)), 1e-12);
		assert_near(audit.auc_high, fmin(1, audit.auc + 1.959963984540054 * sqrt(variance)), 1e-12);
	}
}

/*
 * Members' scores are normal around 0.8 and outsiders' around 0, so that the AUC
 * is Phi(0.8 / sqrt(2)).  Of 4,000 intervals some 95 % hold it: between 94 and
 * 96 %, 2.9 standard deviations of what a perfect one would give.  False alarm:
 * below one in a hundred for a seed picked at random; the seed is fixed.
 */
static void
test_interval_covers(void **state)
{
	double expected = 0.5 * erfc(-0.8 / 2), score[300];
	int inside = 0;
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 4000; round++)
	{
		MembershipAudit audit;

		for (int i = 0; i < 300; i++)
			score[i] = random_normal(&random) + (i < 120 ? 0.8 : 0);
		audit_roc(score, 120, 180, &audit);
		inside += audit.auc_low <= expected && expected <= audit.auc_high;
	}
	assert_in_range(inside, 3760, 3840);
}

/*
 * The share of members that pass when, in the order of scores, outsiders are let
 * pass until their share is used up, ties all by the same share.
 */
static double
positives_slowly(const double *score, int64_t members, int64_t outsiders, double rate)
{
	double left = floor(rate * (double) outsiders + 1e-9), passed = 0;

	for (double threshold = 1000; threshold >= -1000 && left > 0; threshold--)
	{
		double in = 0, out = 0;

		for (int64_t i = 0; i < members + outsiders; i++)
			*(i < members ? &in : &out) += score[i] == threshold;
		passed += out > left ? in * left / out : in;
		left -= out;
	}
	return passed / (double) members;
}

static void
test_true_positives(void **state)
{
	static const double rates[] = {0.001, 0.01, 0.1, 0.3};
	Random random;

	(void) state;
	case_random(&random, 4);
	for (int round = 0; round < 200; round++)
	{
		int64_t members = case_between(&random, 1, 50), outsiders = case_between(&random, 34, 1500);
		double *score = random_scores(&random, members, outsiders, case_between(&random, 1, 60));
		MembershipAudit audit;

		audit_roc(score, members, outsiders, &audit);
		for (int r = 0; r < 4; r++)
		{
			double found = audit_true_positives(&audit, score, rates[r]);

			if ((double) outsiders * rates[r] < 10 - 1e-9)
				assert_true(isnan(found));
			else
				assert_near(found, positives_slowly(score, members, outsiders, rates[r]), 1e-12);
		}
	}
}

/* By hand: of 100 outsiders 10 may pass; 4 score 9, and 12 score 8, of whom half. */
static void
test_true_positives_by_hand(void **state)
{
	double score[110];
	MembershipAudit audit;

	(void) state;
	for (int i = 0; i < 110; i++)
		score[i] = i < 3 ? 9 : i < 7 ? 8 : i < 10 ? 0 : i < 14 ? 9 : i < 26 ? 8 : 1;
	audit_roc(score, 10, 100, &audit);
	assert_near(audit_true_positives(&audit, score, 0.1), (3 + 4 * 0.5) / 10, 1e-15);
	assert_true(isnan(audit_true_positives(&audit, score, 0.01)));
	assert_near(audit.advantage, 0.7 - 0.16, 1e-15);
}

static int64_t
frequency(const Histories *data, const Key *item)
{
	int64_t count = 0;

	for (int64_t u = 0; u < data->users; u++)
		count += has_item(data, u, item);
	return count;
}

/* Squared distance in units of weight; weights by the users of both real sets. */
static int64_t
distance(const Histories *members, const Histories *outsiders, const Histories *a, int64_t u,
         const Histories *b, int64_t v)
{
	int64_t sum = 0;

	for (int side = 0; side < 2; side++)
	{
		const Histories *one = side ? b : a, *other = side ? a : b;
		int64_t user = side ? v : u, other_user = side ? u : v;

		for (int64_t p = one->start[user]; p < one->start[user + 1]; p++)
		{
			Key item = keys_get(&one->item_keys, one->item[p]);

			if (!has_item(other, other_user, &item))
				sum += item_weight(frequency(members, &item) + frequency(outsiders, &item));
		}
	}
	return sum;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

static void
test_membership_as_defined(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 5);
	for (int round = 0; round < 100; round++)
	{
		Histories real[2] = {random_set(&random, round % 2, 0), random_set(&random, round % 2, 2)};
		Histories synthetic = random_set(&random, round % 2, case_between(&random, -4, 20));
		MembershipAudit audit, again;
		double *score;
		int64_t place = 0;

		host_test_set_threads(1 + round % 3);
		audit_membership(&real[0], &real[1], &synthetic, &audit, &score);
		for (int side = 0; side < 2; side++)
		{
			for (int64_t u = 0; u < real[side].users; u++)
			{
				int64_t nearest = INT64_MAX;

				for (int64_t v = 0; v < synthetic.users; v++)
				{
					int64_t d = distance(&real[0], &real[1], &real[side], u, &synthetic, v);

					nearest = d < nearest ? d : nearest;
				}
				assert_true(score[place++] == -(double) nearest);
			}
		}
		audit_roc(score, real[0].users, real[1].users, &again);
		assert_true(audit.auc == again.auc && audit.advantage == again.advantage);
	}
}

static void
test_closest_as_defined(void **state)
{
	Random random;
	double seen[3] = {0};

	(void) state;
	case_random(&random, 6);
	for (int round = 0; round < 200; round++)
	{
		Histories real[2] = {random_set(&random, round % 2, 0), random_set(&random, round % 2, 1)};
		Histories synthetic = random_set(&random, round % 2, case_between(&random, -2, 2));
		double nearest[2][12], ratio[2][12], identical[2] = {0}, closer[3] = {0};
		ClosestRecords closest;

		while (real[0].users != real[1].users)
			real[1] = random_set(&random, round % 2, 1);
		host_test_set_threads(1 + round % 3);
		audit_closest(&real[0], &real[1], &synthetic, 1, &closest);
		assert_int_equal(closest.synthetic, synthetic.users);
		for (int64_t v = 0; v < synthetic.users; v++)
		{
			int64_t least[2];

			for (int side = 0; side < 2; side++)
			{
				int64_t second = INT64_MAX;

				least[side] = INT64_MAX;
				for (int64_t u = 0; u < real[side].users; u++)
				{
					int64_t d = distance(&real[0], &real[1], &real[side], u, &synthetic, v);

					if (d < least[side])
					{
						second = least[side];
						least[side] = d;
					}
					else if (d < second)
						second = d;
				}
				if (real[side].users == 1)
					second = least[side];
				nearest[side][v] = sqrt((double) least[side] * WEIGHT_UNIT);
				ratio[side][v] = second == 0 ? 1 : sqrt((double) least[side] / (double) second);
				identical[side] += least[side] == 0;
			}
			closer[least[0] < least[1] ? 0 : least[0] > least[1] ? 1 : 2]++;
		}
		for (int side = 0; side < 2; side++)
		{
			qsort(nearest[side], (size_t) synthetic.users, sizeof(double), compare);
			qsort(ratio[side], (size_t) synthetic.users, sizeof(double), compare);
			for (int64_t v = 0; v < synthetic.users; v++)
			{
				assert_near(closest.distance[side][v], nearest[side][v], 1e-12);
				assert_near(closest.ratio[side][v], ratio[side][v], 1e-12);
			}
			assert_near(closest.identical[side], identical[side] / (double) synthetic.users, 1e-15);
			assert_near(closest.closer[side], closer[side] / (double) synthetic.users, 1e-15);
			seen[side] += closer[side];
		}
		assert_near(closest.tied, closer[2] / (double) synthetic.users, 1e-15);
		seen[2] += closer[2];
	}
	assert_true(seen[0] > 10 && seen[1] > 10 && seen[2] > 10);
}

/* Users of many random items, so that no two are alike; different seeds share no user. */
static Histories
strangers(uint64_t seed, int64_t users)
{
	Random random;
	Pairs pairs;
	Histories data;

	case_random(&random, seed);
	pairs = pairs_random(&random, users * 12, users, 60);
	build(&pairs, false, false, &data);
	return data;
}

/* Copies of the members give them away, and copies of the outsiders the other way round. */
static void
test_copies(void **state)
{
	Histories members = strangers(10, 80), outsiders = strangers(11, 80), others = strangers(12, 80);
	MembershipAudit audit;
	ClosestRecords closest;
	double *score;

	(void) state;
	audit_membership(&members, &outsiders, &members, &audit, &score);
	assert_true(audit.auc == 1 && audit.advantage == 1 && audit.auc_high == 1);
	audit_membership(&members, &outsiders, &outsiders, &audit, &score);
	assert_true(audit.auc == 0 && audit.advantage == 0 && audit.auc_low == 0);
	/* strangers say nothing: within 3.5 standard deviations of a blind guess */
	audit_membership(&members, &outsiders, &others, &audit, &score);
	assert_near(audit.auc, 0.5, 3.5 * (audit.auc_high - audit.auc_low) / 2 / 1.96);
	audit_closest(&members, &outsiders, &members, 0, &closest);
	assert_true(closest.identical[0] == 1 && closest.identical[1] == 0 && closest.closer[0] == 1);
	assert_true(closest.distance[0][79] == 0 && closest.ratio[0][79] == 0 && closest.distance[1][0] > 0);
	audit_closest(&members, &outsiders, &outsiders, 0, &closest);
	assert_true(closest.identical[0] == 0 && closest.identical[1] == 1 && closest.closer[1] == 1);
	audit_closest(&members, &members, &others, 0, &closest);
	assert_true(closest.tied == 1 && closest.closer[0] == 0 && closest.closer[1] == 0);
}

/* With four times the members, still about one half is closer to either: they are sampled. */
static void
test_unequal_sizes(void **state)
{
	Histories members = strangers(20, 200), outsiders = strangers(21, 50), others = strangers(22, 200);
	double mean = 0;
	ClosestRecords closest, again;

	(void) state;
	for (uint64_t seed = 0; seed < 20; seed++)
	{
		audit_closest(&members, &outsiders, &others, seed, &closest);
		mean += (closest.closer[0] + closest.tied / 2) / 20;
	}
	/* unsampled, some 80 % would be closer to members */
	assert_near(mean, 0.5, 0.12);
	audit_closest(&members, &outsiders, &others, 19, &again);
	assert_memory_equal(closest.distance[0], again.distance[0], (size_t) others.users * sizeof(double));
	audit_closest(&members, &outsiders, &others, 1, &again);
	assert_true(memcmp(closest.distance[0], again.distance[0], (size_t) others.users * sizeof(double)) != 0);
	/* of the members' copies, one quarter is in the sample */
	audit_closest(&members, &outsiders, &members, 3, &closest);
	assert_near(closest.identical[0], 0.25, 1e-12);
}

static void
test_threads_agree(void **state)
{
	Histories members = strangers(30, 150), outsiders = strangers(31, 100), others = strangers(32, 120);
	MembershipAudit one, three;
	double *score_one, *score_three;

	(void) state;
	audit_membership(&members, &outsiders, &others, &one, &score_one);
	host_test_set_threads(3);
	host_test_disturb(true);
	audit_membership(&members, &outsiders, &others, &three, &score_three);
	host_test_disturb(false);
	assert_memory_equal(score_one, score_three, 250 * sizeof(double));
	assert_true(one.auc == three.auc);
}

static void
expect(int error, const Histories *members, const Histories *outsiders, const Histories *synthetic)
{
	MembershipAudit audit;
	ClosestRecords closest;
	double *score;

	EXPECT_FAIL(error, audit_membership(members, outsiders, synthetic, &audit, &score));
	EXPECT_FAIL(error, audit_closest(members, outsiders, synthetic, 0, &closest));
}

static void
test_refused(void **state)
{
	static const char *const rows[] = {"1 2", "2 3", NULL};
	Histories data, text, none;

	(void) state;
	build_rows(rows, false, &data);
	build_rows(rows, true, &text);
	builder_finish(builder_new(), &none);
	expect(HOST_NO_DATA, &none, &data, &data);
	expect(HOST_NO_DATA, &data, &none, &data);
	expect(HOST_NO_DATA, &data, &data, &none);
	expect(HOST_TYPE_MISMATCH, &text, &data, &data);
	expect(HOST_TYPE_MISMATCH, &data, &text, &data);
	expect(HOST_TYPE_MISMATCH, &data, &data, &text);
	host_test_limit_memory(100);
	expect(HOST_MEMORY_LIMIT, &data, &data, &data);
	host_test_limit_memory(0);
	for (int64_t calls = 1; calls < 4; calls++)
	{
		host_test_cancel_after(calls);
		expect(HOST_TEST_CANCELLED, &data, &data, &data);
		host_test_cancel_after(-1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_auc_and_advantage),
		host_unit_test(test_interval),
		host_unit_test(test_interval_covers),
		host_unit_test(test_true_positives),
		host_unit_test(test_true_positives_by_hand),
		host_unit_test(test_membership_as_defined),
		host_unit_test(test_closest_as_defined),
		host_unit_test(test_copies),
		host_unit_test(test_unequal_sizes),
		host_unit_test(test_threads_agree),
		host_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
