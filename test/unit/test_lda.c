/*
 * test_lda.c
 *	  Elementary functions on vectors, and topics of small sets of users.
 */
#include "cases.h"
#include "math/lanes.h"
#include "math/lda.h"

#include <math.h>
#include <string.h>

/* Digamma by its recurrence and asymptotic series, to some 1e-14. */
static double
digamma(double x)
{
	double shift = 0;

	for (; x < 12; x++)
		shift -= 1 / x;
	return shift + log(x) - 1 / (2 * x) - 1 / (12 * x * x) + 1 / (120 * pow(x, 4)) - 1 / (252 * pow(x, 6)) +
	       1 / (240 * pow(x, 8));
}

static double
exp_digamma(double x)
{
	return exp(digamma(x));
}

/* Greatest relative error of the lanes over a geometric or arithmetic range. */
static double
greatest_error(void (*lanes)(float *), double (*expected)(double), double low, double high, bool geometric)
{
	double most = 0;

	for (int n = 0; n < 100000; n += LANES)
	{
		float x[LANES], y[LANES];

		for (int c = 0; c < LANES; c++)
		{
			double part = (n + c) / 100000.0;

			x[c] = (float) (geometric ? low * pow(high / low, part) : low + (high - low) * part);
			y[c] = x[c];
		}
		lanes(y);
		for (int c = 0; c < LANES; c++)
			most = fmax(most, fabs(y[c] / expected(x[c]) - 1));
	}
	return most;
}

static void
apply_exp(float *x)
{
	Lanes v;

	lanes_load(&v, x);
	lanes_exp(&v);
	lanes_store(x, &v);
}

static void
apply_log(float *x)
{
	Lanes v;

	lanes_load(&v, x);
	lanes_log(&v);
	lanes_store(x, &v);
}

static void
apply_exp_digamma(float *x)
{
	Lanes v;

	lanes_load(&v, x);
	lanes_exp_digamma(&v);
	lanes_store(x, &v);
}

static void
test_functions(void **state)
{
	float x[LANES] = {-1000, -87, 88, 1000, 0, 1, 0.5f, 2, 3, -1, -2, -3, 4, 5, 6, 7}, y[LANES];
	Lanes v;

	(void) state;
	assert_true(greatest_error(apply_exp, exp, -86, 87, false) < 5e-7);
	assert_true(greatest_error(apply_log, log, 1e-37, 0.9, true) < 5e-7);
	assert_true(greatest_error(apply_log, log, 1.1, 1e37, true) < 5e-7);
	assert_true(greatest_error(apply_exp_digamma, exp_digamma, 0.5, 1e7, true) < 1e-6);
	/* where the result is e^-50, an error of 1e-7 in the exponent is one of 5e-6 */
	assert_true(greatest_error(apply_exp_digamma, exp_digamma, 0.02, 0.5, true) < 1e-5);
	memcpy(y, x, sizeof(y));
	apply_exp(y);
	assert_true(y[0] == y[1] && y[0] > 0 && y[2] == y[3] && isfinite(y[3]) && y[4] == 1);
	lanes_load(&v, x);
	assert_true(lanes_sum(&v) == 23.5f);
	lanes_absolute(&v);
	lanes_replace_below(&v, 2, -5);
	lanes_store(y, &v);
	assert_true(y[0] == 1000 && y[4] == -5 && y[5] == -5 && y[7] == 2 && y[9] == -5 && y[10] == 2);
}

static LdaUsers
users_of(const Histories *data)
{
	return (LdaUsers){data->users, data->items, data->start, data->item};
}

/*
 * The definition in double: rounds of gamma = alpha + theta-weights x items'
 * weights / norm, for one user, from ones.
 */
static void
infer_slowly(const double *weight, int64_t topics, double alpha, const uint32_t *item, int64_t items,
             int64_t rounds, double *gamma, double *e)
{
	for (int64_t k = 0; k < topics; k++)
		gamma[k] = 1;
	for (int64_t round = 0; round < rounds; round++)
	{
		double change = 0;

		for (int64_t k = 0; k < topics; k++)
			e[k] = exp_digamma(gamma[k]);
		for (int64_t k = 0; k < topics; k++)
		{
			double sum = alpha;

			for (int64_t p = 0; p < items; p++)
			{
				double norm = 0;

				for (int64_t l = 0; l < topics; l++)
					norm += e[l] * weight[item[p] * topics + l];
				sum += e[k] * weight[item[p] * topics + k] / norm;
			}
			change += fabs(sum - gamma[k]);
			gamma[k] = sum;
		}
		if (change < 1e-3 * (double) topics)
			break;
	}
}

/* One pass more by definition, from the counts that "before" passes left. */
static void
assert_pass(const Histories *data, const LdaLimits *limits, int64_t before)
{
	LdaLimits fewer = *limits, more = *limits;
	LdaUsers users = users_of(data);
	int64_t topics = limits->topics;
	double *weight = host_array(double, data->items *topics),
		   *count = host_array_zero(double, data->items *topics);
	double *gamma = host_array(double, topics), *e = host_array(double, topics), *share;
	Lda a, b;

	fewer.passes = before;
	more.passes = before + 1;
	lda_fit(&users, &fewer, 5, &a);
	lda_fit(&users, &more, 5, &b);
	assert_true(a.padded >= topics && a.padded % LANES == 0);
	for (int64_t k = 0; k < topics; k++)
	{
		double sum = 0;

		for (int64_t i = 0; i < data->items; i++)
			sum += a.count[i * a.padded + k] + limits->eta;
		for (int64_t i = 0; i < data->items; i++)
			weight[i * topics + k] = exp_digamma(a.count[i * a.padded + k] + limits->eta) / exp_digamma(sum);
	}
	share = host_array(double, data->users *topics);
	lda_proportions(&a, &users, share);
	for (int64_t u = 0; u < data->users; u++)
	{
		const uint32_t *item = data->item + data->start[u];
		double total = 0, all = 0;

		infer_slowly(weight, topics, limits->alpha, item, histories_length(data, u), limits->rounds, gamma,
		             e);
		for (int64_t p = 0; p < histories_length(data, u); p++)
		{
			double norm = 0;

			for (int64_t k = 0; k < topics; k++)
				norm += e[k] * weight[item[p] * topics + k];
			for (int64_t k = 0; k < topics; k++)
				count[item[p] * topics + k] += e[k] * weight[item[p] * topics + k] / norm;
		}
		for (int64_t k = 0; k < topics; k++)
			total += gamma[k];
		for (int64_t k = 0; k < topics; k++)
		{
			assert_true(fabs(share[u * topics + k] - gamma[k] / total) < 1e-3);
			all += share[u * topics + k];
		}
		assert_true(fabs(all - 1) < 1e-9);
	}
	for (int64_t i = 0; i < data->items; i++)
	{
		for (int64_t k = 0; k < topics; k++)
			assert_true(fabs(b.count[i * b.padded + k] - count[i * topics + k]) <
			            2e-3 * (1 + count[i * topics + k]));
		for (int64_t k = topics; k < b.padded; k++)
			assert_true(b.count[i * b.padded + k] == 0 && b.weight[i * b.padded + k] == 0);
	}
}

static Histories
random_data(uint64_t seed, int64_t pairs_count, int64_t users, int64_t items)
{
	Random random;
	Pairs pairs;
	Histories data;

	case_random(&random, seed);
	pairs = pairs_random(&random, pairs_count, users, items);
	build(&pairs, false, false, &data);
	return data;
}

static void
test_by_definition(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 6; seed++)
	{
		Histories data = random_data(seed, 500, 60, 30);
		LdaLimits limits = {1 + 4 * (int64_t) seed, 1, 1 + 5 * (int64_t) seed, 0.1 + 0.1 * (double) seed,
		                    0.05};

		assert_pass(&data, &limits, 1 + (int64_t) seed % 3);
	}
}

/* With one topic everything is counted, with none left out, however small the priors. */
static void
test_counts_add_up(void **state)
{
	(void) state;
	for (int64_t topics = 1; topics <= 40; topics += 13)
	{
		Histories data = random_data(9, 700, 80, 40);
		LdaUsers users = users_of(&data);
		int64_t *users_with = histories_item_counts(&data);
		LdaLimits limits = {topics, 10, 30, 1e-4, 1e-4};
		Lda lda;

		lda_fit(&users, &limits, 1, &lda);
		for (int64_t i = 0; i < data.items; i++)
		{
			double sum = 0;

			for (int64_t k = 0; k < topics; k++)
				sum += lda.count[i * lda.padded + k];
			assert_true(fabs(sum - (double) users_with[i]) < 1e-3 * (double) users_with[i]);
		}
	}
}

/* Users of three kinds that share no item: nearly all of a kind have the same topic, and nobody else has it. */
static void
test_kinds(void **state)
{
	enum
	{
		KINDS = 3,
		USERS = 90,
		ITEMS = 12
	};
	HistoryBuilder *builder = builder_new();
	LdaLimits limits = {KINDS, 40, 30, 0.1, 0.05};
	Histories data;
	LdaUsers users;
	Random random;
	Lda lda;
	double *share = host_array(double, USERS *KINDS);
	int64_t same = 0;

	(void) state;
	case_random(&random, 3);
	for (int64_t u = 0; u < USERS; u++)
	{
		Key user = {u, NULL, 0};

		for (int n = 0; n < 8; n++)
		{
			Key item = {u % KINDS * ITEMS + case_between(&random, 0, ITEMS - 1), NULL, 0};

			builder_add(builder, false, &user, false, &item);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	users = users_of(&data);
	lda_fit(&users, &limits, 4, &lda);
	lda_proportions(&lda, &users, share);
	for (int64_t u = 0; u < USERS; u++)
	{
		for (int64_t v = 0; v < USERS; v++)
		{
			double together = 0;

			for (int64_t k = 0; k < KINDS; k++)
				together += share[u * KINDS + k] * share[v * KINDS + k];
			same += together > 0.5;
			if (together > 0.5)
				assert_int_equal(u % KINDS, v % KINDS);
		}
	}
	assert_in_range(same, USERS * USERS / KINDS * 9 / 10, USERS * USERS / KINDS);
}

static void
test_threads_agree(void **state)
{
	Histories data = random_data(11, 6000, 500, 200);
	LdaUsers users = users_of(&data);
	LdaLimits limits = {20, 6, 30, 0.05, 0.01};
	double *share = host_array(double, data.users * 20), *other = host_array(double, data.users * 20);
	Lda one, more;

	(void) state;
	lda_fit(&users, &limits, 1, &one);
	lda_proportions(&one, &users, share);
	for (int threads = 2; threads <= 5; threads++)
	{
		host_test_set_threads(threads);
		host_test_disturb(threads % 2);
		lda_fit(&users, &limits, 1, &more);
		lda_proportions(&more, &users, other);
		host_test_disturb(false);
		assert_memory_equal(one.count, more.count, (size_t) (one.items * one.padded) * sizeof(float));
		assert_memory_equal(one.weight, more.weight, (size_t) (one.items * one.padded) * sizeof(float));
		assert_memory_equal(share, other, (size_t) (data.users * 20) * sizeof(double));
	}
	lda_fit(&users, &limits, 2, &more);
	assert_memory_not_equal(one.count, more.count, (size_t) (one.items * one.padded) * sizeof(float));
}

/* One user with one item; a user without items; an item that no user has. */
static void
test_least(void **state)
{
	static const int64_t start[] = {0, 1}, none[] = {0, 0, 1};
	static const uint32_t item[] = {1};
	LdaUsers one = {1, 2, start, item}, more = {2, 2, none, item};
	LdaLimits limits = {3, 5, 10, 0.1, 0.1};
	double share[6];
	Lda lda;

	(void) state;
	lda_fit(&one, &limits, 0, &lda);
	assert_true(lda.count[0] == 0);
	lda_proportions(&lda, &more, share);
	for (int k = 0; k < 3; k++)
		assert_true(fabs(share[k] - 1 / 3.0) < 1e-6);
	assert_true(fabs(share[3] + share[4] + share[5] - 1) < 1e-9);
}

static void
test_cancel(void **state)
{
	Histories data = random_data(12, 9000, 900, 300);
	LdaUsers users = users_of(&data);
	LdaLimits limits = {16, 5, 30, 0.05, 0.01};
	Lda lda;

	(void) state;
	for (int64_t calls = 0; calls < 200; calls += 50)
	{
		host_test_cancel_after(calls);
		EXPECT_FAIL(HOST_TEST_CANCELLED, lda_fit(&users, &limits, 0, &lda));
		host_test_cancel_after(-1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_functions),     host_unit_test(test_by_definition),
		host_unit_test(test_counts_add_up), host_unit_test(test_kinds),
		host_unit_test(test_threads_agree), host_unit_test(test_least),
		host_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("lda", tests, NULL, NULL);
}
