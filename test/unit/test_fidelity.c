/*
 * test_fidelity.c
 *	  Figures of likeness against their definitions, by hand and against dense
 *	  matrices over the items of both sides.
 */
#include "cases.h"
#include "data/sequences.h"
#include "math/blas.h"
#include "math/statistics.h"
#include "metrics/companions.h"
#include "metrics/fidelity.h"
#include "metrics/marginals.h"
#include "metrics/rating_marginals.h"
#include "metrics/spectrum.h"
#include "metrics/successions.h"

#include <math.h>
#include <string.h>

#define MOST_ITEMS 64

static void
assert_near(double got, double expected, double tolerance, const char *what)
{
	if (isnan(expected) ? !isnan(got) : !(fabs(got - expected) <= tolerance))
		fail_msg("%s is %.17g, not %.17g", what, got, expected);
}

/* Both sides over the items of both: X[side][user][item], in any order of items. */
typedef struct Dense
{
	int64_t items;
	int64_t original_items;
	Key item[MOST_ITEMS];
	int64_t users[2];
	double *count[2]; /* users x items: how often */
} Dense;

static int64_t
find_item(const Dense *dense, const Key *key)
{
	int64_t i = 0;

	while (i < dense->items && key_compare(&dense->item[i], key) != 0)
		i++;
	return i;
}

static Dense
make_dense(const Histories *original, const Histories *synthetic)
{
	const Histories *side[2] = {original, synthetic};
	Dense dense = {.items = 0};

	for (int s = 0; s < 2; s++)
	{
		for (int64_t i = 0; i < side[s]->items; i++)
		{
			Key key = keys_get(&side[s]->item_keys, i);

			if (find_item(&dense, &key) == dense.items)
				dense.item[dense.items++] = key;
			assert_true(dense.items <= MOST_ITEMS);
		}
		if (s == 0)
			dense.original_items = dense.items;
	}
	for (int s = 0; s < 2; s++)
	{
		dense.users[s] = side[s]->users;
		dense.count[s] = host_array_zero(double, side[s]->users *dense.items);
		for (int64_t u = 0; u < side[s]->users; u++)
		{
			for (int64_t p = side[s]->start[u]; p < side[s]->start[u + 1]; p++)
			{
				Key key = keys_get(&side[s]->item_keys, side[s]->item[p]);

				dense.count[s][u * dense.items + find_item(&dense, &key)] += 1;
			}
		}
	}
	return dense;
}

static double
item_total(const Dense *dense, int side, int64_t item)
{
	double sum = 0;

	for (int64_t u = 0; u < dense->users[side]; u++)
		sum += dense->count[side][u * dense->items + item];
	return sum;
}

static double
total(const Dense *dense, int side)
{
	double sum = 0;

	for (int64_t i = 0; i < dense->items; i++)
		sum += item_total(dense, side, i);
	return sum;
}

static double
user_length(const Dense *dense, int side, int64_t user)
{
	double sum = 0;

	for (int64_t i = 0; i < dense->items; i++)
		sum += dense->count[side][user * dense->items + i];
	return sum;
}

/* Share of users with at most so many items. */
static double
share_up_to(const Dense *dense, int side, double length)
{
	double sum = 0;

	for (int64_t u = 0; u < dense->users[side]; u++)
		sum += user_length(dense, side, u) <= length;
	return sum / (double) dense->users[side];
}

static double
entropy(const double *p, int64_t n)
{
	double sum = 0;

	for (int64_t i = 0; i < n; i++)
		sum -= p[i] > 0 ? p[i] * log2(p[i]) : 0;
	return sum;
}

/* The entropy of the mean less the mean of the entropies. */
static double
popularity_divergence_slowly(const Dense *dense)
{
	double p[MOST_ITEMS], q[MOST_ITEMS], mean[MOST_ITEMS];

	for (int64_t i = 0; i < dense->items; i++)
	{
		p[i] = item_total(dense, 0, i) / total(dense, 0);
		q[i] = item_total(dense, 1, i) / total(dense, 1);
		mean[i] = (p[i] + q[i]) / 2;
	}
	return sqrt(
		fmax(entropy(mean, dense->items) - (entropy(p, dense->items) + entropy(q, dense->items)) / 2, 0));
}

static double
average_rank(const Dense *dense, int side, int64_t item)
{
	double below = 0, equal = 0;

	for (int64_t i = 0; i < dense->items; i++)
	{
		below += item_total(dense, side, i) < item_total(dense, side, item);
		equal += item_total(dense, side, i) == item_total(dense, side, item);
	}
	return below + (equal + 1) / 2;
}

static double
correlation_slowly(const Dense *dense)
{
	double n = (double) dense->items, x = 0, y = 0, xx = 0, yy = 0, xy = 0;

	for (int64_t i = 0; i < dense->items; i++)
	{
		double a = average_rank(dense, 0, i), b = average_rank(dense, 1, i);

		x += a;
		y += b;
		xx += a * a;
		yy += b * b;
		xy += a * b;
	}
	xx -= x * x / n;
	yy -= y * y / n;
	return xx < 1e-9 || yy < 1e-9 ? NAN : (xy - x * y / n) / sqrt(xx * yy);
}

/* Wasserstein-1 as what lies between the two quantile functions, sampled where both are steps. */
static double
length_quantile(const Dense *dense, int side, double q)
{
	double length = 0;

	while (share_up_to(dense, side, length) < q)
		length++;
	return length;
}

static double
activity_distance_slowly(const Dense *dense)
{
	int64_t steps = dense->users[0] * dense->users[1];
	double sum = 0;

	for (int64_t s = 0; s < steps; s++)
	{
		double q = ((double) s + 0.5) / (double) steps;

		sum += fabs(length_quantile(dense, 0, q) - length_quantile(dense, 1, q));
	}
	return sum / (double) steps;
}

static double
activity_divergence_slowly(const Dense *dense)
{
	double most = 0;

	for (int x = 0; x < MOST_ITEMS; x++)
		most = fmax(most, fabs(share_up_to(dense, 0, x) - share_up_to(dense, 1, x)));
	return most;
}

/* Share of the original items, or of those in the tail, that synthetic users have. */
static double
coverage_slowly(const Dense *dense, bool tail)
{
	double items = 0, covered = 0;

	for (int64_t i = 0; i < dense->original_items; i++)
	{
		double mine = item_total(dense, 0, i), mass = 0;

		for (int64_t j = 0; j < dense->original_items; j++)
			mass += item_total(dense, 0, j) <= mine ? item_total(dense, 0, j) : 0;
		if (tail && mass > TAIL_SHARE * total(dense, 0))
			continue;
		items++;
		covered += item_total(dense, 1, i) > 0;
	}
	return items > 0 ? covered / items : NAN;
}

/* Half the mean absolute difference of two items' counts, by the mean. */
static double
gini_slowly(const Dense *dense, int side)
{
	double sum = 0, items = 0;

	for (int64_t i = 0; i < dense->items; i++)
	{
		items += item_total(dense, side, i) > 0;
		for (int64_t j = 0; j < dense->items; j++)
		{
			if (item_total(dense, side, i) > 0 && item_total(dense, side, j) > 0)
				sum += fabs(item_total(dense, side, i) - item_total(dense, side, j));
		}
	}
	return sum / (2 * items * total(dense, side));
}

static void
assert_marginals(const Histories *original, const Histories *synthetic)
{
	Dense dense = make_dense(original, synthetic);
	Marginals found;

	marginals_compare(original, synthetic, &found);
	assert_near(found.popularity_divergence, popularity_divergence_slowly(&dense), 1e-7,
	            "popularity divergence");
	assert_near(found.popularity_correlation, correlation_slowly(&dense), 1e-12, "popularity correlation");
	assert_near(found.activity_divergence, activity_divergence_slowly(&dense), 1e-12, "activity divergence");
	assert_near(found.activity_distance, activity_distance_slowly(&dense), 1e-12, "activity distance");
	assert_near(found.catalogue_coverage, coverage_slowly(&dense, false), 1e-12, "coverage");
	assert_near(found.tail_coverage, coverage_slowly(&dense, true), 1e-12, "coverage of the tail");
	assert_near(gini(original), gini_slowly(&dense, 0), 1e-12, "Gini coefficient");
}

static double
cooccurrence_slowly(const Dense *dense)
{
	double apart = 0, length = 0;

	for (int64_t i = 0; i < dense->items; i++)
	{
		for (int64_t j = 0; j < dense->items; j++)
		{
			double share[2] = {0, 0};

			for (int s = 0; s < 2 && i != j; s++)
			{
				for (int64_t u = 0; u < dense->users[s]; u++)
					share[s] += dense->count[s][u * dense->items + i] *
					            dense->count[s][u * dense->items + j] / (double) dense->users[s];
			}
			apart += (share[0] - share[1]) * (share[0] - share[1]);
			length += share[0] * share[0];
		}
	}
	return length > 0 ? sqrt(apart / length) : NAN;
}

/* All singular values of one side over the norm, descending, by all eigenvalues of X'X. */
static void
spectrum_slowly(const Dense *dense, int side, double *value)
{
	int n = (int) dense->items, info, work_size = 64 * n;
	double *gram = host_array_zero(double, dense->items * dense->items),
		   *work = host_array(double, work_size);

	for (int64_t u = 0; u < dense->users[side]; u++)
	{
		const double *row = dense->count[side] + u * dense->items;

		for (int64_t i = 0; i < n; i++)
		{
			for (int64_t j = 0; j < n; j++)
				gram[i * n + j] += row[i] * row[j];
		}
	}
	blas_load()->dsyev("N", "U", &n, gram, &n, value, work, &work_size, &info);
	assert_int_equal(info, 0);
	for (int k = 0; k < n / 2; k++)
	{
		double swap = value[k];

		value[k] = value[n - 1 - k];
		value[n - 1 - k] = swap;
	}
	for (int k = 0; k < n; k++)
		value[k] = sqrt(fmax(value[k], 0) / total(dense, side));
}

static void
assert_spectrum(const Histories *original, const Histories *synthetic)
{
	Dense dense = make_dense(original, synthetic);
	double expected[2][MOST_ITEMS], apart = 0, length = 0;
	double *found = spectrum(original, 5);

	for (int s = 0; s < 2; s++)
	{
		memset(expected[s], 0, sizeof(expected[s]));
		spectrum_slowly(&dense, s, expected[s]);
	}
	for (int k = 0; k < 5; k++)
	{
		assert_near(found[k], expected[0][k], 1e-7, "singular value");
		apart += pow(expected[0][k] - expected[1][k], 2);
		length += pow(expected[0][k], 2);
	}
	assert_near(spectrum_distance(original, synthetic, 5), sqrt(apart / length), 1e-6, "spectrum distance");
}

static void
test_sets_as_defined(void **state)
{
	Random random;
	int compared = 0;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 300; round++)
	{
		bool text = round % 2;
		Histories original = random_set(&random, text, 0),
				  synthetic = random_set(&random, text, case_between(&random, -6, 6));

		if (!share_an_item(&original, &synthetic))
			continue;
		host_test_set_threads(1 + round % 3);
		assert_marginals(&original, &synthetic);
		assert_spectrum(&original, &synthetic);
		Dense dense = make_dense(&original, &synthetic);
		assert_near(cooccurrence_distance(&original, &synthetic), cooccurrence_slowly(&dense), 1e-12,
		            "co-occurrence distance");
		compared++;
	}
	assert_true(compared > 100);
}

/* Sequences of "users" users over few items, with ratings; "again" of ten items are the one before, plus 1. */
static Histories
random_sequences(Random *random, int64_t users, int64_t most, int64_t items, int64_t again)
{
	HistoryKind kind = {TIMES_INTEGER, true};
	HistoryBuilder *builder = builder_new();
	Histories data;

	for (int64_t u = 0; u < users; u++)
	{
		int64_t length = case_between(random, 1, most), item = 0;
		Key user = case_key(false, u);

		for (int64_t t = 0; t < length; t++)
		{
			Key key;

			item =
				case_between(random, 0, 9) < again ? (item + 1) % items : case_between(random, 0, items - 1);
			item = item * item % items; /* some more often than others */
			key = case_key(false, item);
			builder_add_event(builder, false, &user, false, &key, kind, t,
			                  (double) case_between(random, -3, 5) / 2);
		}
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	return data;
}

/* How often one item of the dense numbering follows the other: items x items. */
static double *
transitions_slowly(const Dense *dense, const Histories *data)
{
	double *count = host_array_zero(double, dense->items * dense->items);

	for (int64_t u = 0; u < data->users; u++)
	{
		for (int64_t p = data->start[u] + 1; p < data->start[u + 1]; p++)
		{
			Key from = keys_get(&data->item_keys, data->item[p - 1]),
				to = keys_get(&data->item_keys, data->item[p]);

			count[find_item(dense, &from) * dense->items + find_item(dense, &to)] += 1;
		}
	}
	return count;
}

static double
row_sum(const double *row, int64_t n)
{
	double sum = 0;

	for (int64_t i = 0; i < n; i++)
		sum += row[i];
	return sum;
}

static void
assert_transitions(const Histories *original, const Histories *synthetic)
{
	Dense dense = make_dense(original, synthetic);
	int64_t n = dense.items;
	double *a = transitions_slowly(&dense, original), *b = transitions_slowly(&dense, synthetic);
	double sum = 0, weight = 0, unsupported = 0, all = row_sum(b, n * n);
	Transitions found;

	for (int64_t i = 0; i < n; i++)
	{
		double departures = row_sum(a + i * n, n), theirs = row_sum(b + i * n, n), apart = 0;

		for (int64_t j = 0; j < n; j++)
		{
			double p = departures > 0 ? a[i * n + j] / departures : 0,
				   q = theirs > 0 ? b[i * n + j] / theirs : 0;

			apart += fabs(p - q) / 2;
			unsupported += a[i * n + j] == 0 ? b[i * n + j] : 0;
		}
		if (departures < LEAST_DEPARTURES)
			continue;
		sum += departures * (theirs > 0 ? apart : 1);
		weight += departures;
	}
	transitions_compare(original, synthetic, &found);
	assert_near(found.distance, weight > 0 && all > 0 ? sum / weight : NAN, 1e-12, "transition distance");
	assert_near(found.unsupported, all > 0 ? unsupported / all : NAN, 1e-12, "unsupported transitions");
}

/* One user's autocorrelation at a lag; NaN when there is none. */
static double
autocorrelation_slowly(const Histories *data, const int64_t *count, int64_t user, int64_t lag)
{
	int64_t n = histories_length(data, user);
	const uint32_t *item = data->item + data->start[user];
	double mean = 0, above = 0, below = 0;

	if (lag > n / 4)
		return NAN;
	for (int64_t t = 0; t < n; t++)
		mean += log((double) count[item[t]]) / (double) n;
	for (int64_t t = 0; t < n; t++)
	{
		double x = log((double) count[item[t]]) - mean;

		below += x * x;
		above += t + lag < n ? x * (log((double) count[item[t + lag]]) - mean) : 0;
	}
	return below > 1e-12 ? above / below : NAN;
}

static void
assert_autocorrelation(const Histories *data)
{
	int64_t *count = histories_item_counts(data);
	double found[MOST_LAGS];

	autocorrelation(data, found);
	for (int64_t lag = 1; lag <= MOST_LAGS; lag++)
	{
		double sum = 0;
		int series = 0;

		for (int64_t u = 0; u < data->users; u++)
		{
			double one = autocorrelation_slowly(data, count, u, lag);

			sum += isnan(one) ? 0 : one;
			series += !isnan(one);
		}
		assert_near(found[lag - 1], series >= LEAST_SERIES ? sum / series : NAN, 1e-12, "autocorrelation");
	}
}

/* Share of numbers that are at most x. */
static double
share_at_most(const double *number, int64_t n, double x)
{
	double sum = 0;

	for (int64_t i = 0; i < n; i++)
		sum += number[i] <= x;
	return sum / (double) n;
}

/* The area between the cumulative shares, from each number to the next of both. */
static double
wasserstein_slowly(const double *a, int64_t na, const double *b, int64_t nb)
{
	double *all = host_array(double, na + nb), sum = 0;

	memcpy(all, a, (size_t) na * sizeof(double));
	memcpy(all + na, b, (size_t) nb * sizeof(double));
	sort_numbers(all, na + nb);
	for (int64_t i = 0; i + 1 < na + nb; i++)
		sum += fabs(share_at_most(a, na, all[i]) - share_at_most(b, nb, all[i])) * (all[i + 1] - all[i]);
	return sum;
}

/* Mean ratings of the users, or of the items. */
static double *
rating_means(const Histories *data, bool items)
{
	int64_t n = items ? data->items : data->users;
	double *sum = host_array_zero(double, n), *count = host_array_zero(double, n);

	for (int64_t u = 0; u < data->users; u++)
	{
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			sum[items ? data->item[p] : u] += data->rating[p];
			count[items ? data->item[p] : u] += 1;
		}
	}
	for (int64_t i = 0; i < n; i++)
		sum[i] /= count[i];
	return sum;
}

static void
assert_ratings(const Histories *a, const Histories *b)
{
	RatingMarginals found;
	double variation = 0;

	for (double rating = -2; rating < 3; rating += 0.5)
		variation += fabs(share_at_most(a->rating, a->interactions, rating) -
		                  share_at_most(a->rating, a->interactions, rating - 0.5) -
		                  share_at_most(b->rating, b->interactions, rating) +
		                  share_at_most(b->rating, b->interactions, rating - 0.5)) /
		             2;
	rating_marginals_compare(a, b, &found);
	assert_near(found.divergence, variation, 1e-12, "rating divergence");
	assert_near(found.user_distance,
	            wasserstein_slowly(rating_means(a, false), a->users, rating_means(b, false), b->users), 1e-12,
	            "users' mean ratings");
	assert_near(found.item_distance,
	            wasserstein_slowly(rating_means(a, true), a->items, rating_means(b, true), b->items), 1e-12,
	            "items' mean ratings");
}

static void
test_sequences_as_defined(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 100; round++)
	{
		int64_t items = case_between(&random, 2, 15);
		Histories original = random_sequences(&random, case_between(&random, 1, 40),
		                                      case_between(&random, 1, 40), items, round % 10),
				  synthetic = random_sequences(&random, case_between(&random, 1, 40),
		                                       case_between(&random, 1, 40), items + round % 3, 5);

		if (!share_an_item(&original, &synthetic))
			continue;
		assert_marginals(&original, &synthetic);
		assert_transitions(&original, &synthetic);
		assert_ratings(&original, &synthetic);
		assert_autocorrelation(&original);
	}
}

/* A set against itself: nothing is apart, everything is there. */
static void
test_against_itself(void **state)
{
	Random random;
	double figure[FIDELITY_MEASURES];

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 20; round++)
	{
		Histories data = random_sequences(&random, 30, 40, 9, 3);

		fidelity_measure(&data, &data, FIDELITY_ALL, 5, figure);
		for (int m = 0; m < FIDELITY_MEASURES; m++)
		{
			if (m == FIDELITY_GINI)
				assert_near(figure[m], gini(&data), 0, fidelity_names[m]);
			else if (m == FIDELITY_POPULARITY_CORRELATION || m == FIDELITY_CATALOGUE_COVERAGE)
				assert_near(figure[m], 1, 1e-12, fidelity_names[m]);
			else if (m == FIDELITY_TAIL_COVERAGE)
				assert_true(isnan(figure[m]) || figure[m] == 1);
			else
				assert_near(figure[m], 0, 1e-12, fidelity_names[m]);
		}
	}
}

/*
 * Original: 1 {1,2,3}, 2 {1,2}, 3 {1}; synthetic: 1 {1}, 2 {1,4}.
 *
 *	shares		1 1/2, 2 1/3, 3 1/6, 4 0; 1 2/3, 4 1/3
 *	lengths		1, 2, 3; 1, 2: cumulative 1/3, 2/3, 1; 1/2, 1, 1
 *	together	1-2 2/3, 1-3 1/3, 2-3 1/3 of users; 1-4 1/2
 */
static void
test_by_hand(void **state)
{
	static const char *const originals[] = {"1 2 3", "1 2", "1", NULL};
	static const char *const synthetics[] = {"1", "1 4", NULL};
	Histories original, synthetic;
	double figure[FIDELITY_MEASURES];
	double divergence =
		(0.5 * log2(0.5 / (7.0 / 12)) + 2.0 / 3 * log2(2.0 / 3 / (7.0 / 12)) + 1.0 / 3 + 1.0 / 6 + 1.0 / 3) /
		2;

	(void) state;
	build_rows(originals, false, &original);
	build_rows(synthetics, false, &synthetic);
	fidelity_measure(&original, &synthetic, FIDELITY_ALL, 3, figure);
	assert_near(figure[FIDELITY_POPULARITY_DIVERGENCE], sqrt(divergence), 1e-12, "divergence");
	assert_near(figure[FIDELITY_ACTIVITY_DIVERGENCE], 1.0 / 3, 1e-12, "Kolmogorov-Smirnov");
	assert_near(figure[FIDELITY_ACTIVITY_DISTANCE], 0.5, 1e-12, "Wasserstein");
	assert_near(figure[FIDELITY_CATALOGUE_COVERAGE], 1.0 / 3, 1e-12, "coverage");
	/* item 3 has 1/6 of the interactions, items 3 and 2 half of them */
	assert_near(figure[FIDELITY_TAIL_COVERAGE], 0, 0, "coverage of the tail");
	assert_near(figure[FIDELITY_GINI], 1.0 / 6, 1e-12, "Gini coefficient of 2 and 1");
	assert_near(figure[FIDELITY_COOCCURRENCE_DISTANCE], sqrt((4 + 1 + 1 + 9.0 / 4) / 6), 1e-12,
	            "co-occurrence");
	assert_true(isnan(figure[FIDELITY_TRANSITION_DISTANCE]) &&
	            isnan(figure[FIDELITY_UNSUPPORTED_TRANSITIONS]) &&
	            isnan(figure[FIDELITY_AUTOCORRELATION_DISTANCE]));
	assert_true(strstr(fidelity_reason(FIDELITY_TRANSITION_DISTANCE, &original, &synthetic), "sequences") !=
	            NULL);
	fidelity_measure(&original, &synthetic, 1u << FIDELITY_GINI, 3, figure);
	assert_true(isnan(figure[FIDELITY_CATALOGUE_COVERAGE]) && !isnan(figure[FIDELITY_GINI]));
}

/* Order on one side only: the sets are compared. */
static void
test_mixed_kinds(void **state)
{
	Random random;
	Histories ordered, sets, other;
	double figure[FIDELITY_MEASURES], expected[FIDELITY_MEASURES];

	(void) state;
	case_random(&random, 4);
	ordered = random_sequences(&random, 30, 30, 9, 3);
	other = random_sequences(&random, 30, 30, 9, 3);
	sequences_as_sets(&other, &other);
	sequences_as_sets(&ordered, &sets);
	fidelity_measure(&ordered, &other, FIDELITY_ALL, 5, figure);
	fidelity_measure(&sets, &other, FIDELITY_ALL, 5, expected);
	for (int m = 0; m < FIDELITY_MEASURES; m++)
		assert_near(figure[m], expected[m], 0, fidelity_names[m]);
}

static void
test_threads_agree(void **state)
{
	Random random;
	Histories a, b;
	double one, two;

	(void) state;
	case_random(&random, 5);
	a = random_sequences(&random, 300, 30, 60, 3);
	b = random_sequences(&random, 300, 30, 60, 3);
	sequences_as_sets(&a, &a);
	sequences_as_sets(&b, &b);
	one = cooccurrence_distance(&a, &b);
	host_test_set_threads(4);
	two = cooccurrence_distance(&a, &b);
	assert_memory_equal(&one, &two, sizeof(double));
}

/* Each measure asks for its memory before it takes it, and can be cancelled. */
static void
assert_held(const Histories *data, FidelityMeasure measure)
{
	double figure[FIDELITY_MEASURES];

	host_test_limit_memory(8);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, fidelity_measure(data, data, 1u << measure, 5, figure));
	host_test_limit_memory(0);
	host_test_cancel_after(0);
	EXPECT_FAIL(HOST_TEST_CANCELLED, fidelity_measure(data, data, 1u << measure, 5, figure));
	host_test_cancel_after(-1);
}

static void
test_refused(void **state)
{
	static const char *const some[] = {"1 2", "2 3", NULL};
	static const char *const others[] = {"4 5", "5", NULL};
	static const char *const none[] = {NULL};
	Random random;
	Histories data, apart, texts, empty, ordered;
	double figure[FIDELITY_MEASURES];

	(void) state;
	build_rows(some, false, &data);
	build_rows(others, false, &apart);
	build_rows(some, true, &texts);
	build_rows(none, false, &empty);
	EXPECT_FAIL(HOST_NO_DATA, gini(&empty));
	EXPECT_FAIL(HOST_NO_DATA, spectrum(&empty, 1));
	EXPECT_FAIL(HOST_INVALID_PARAMETER, spectrum(&data, 0));
	EXPECT_FAIL(HOST_NO_DATA, fidelity_measure(&data, &empty, FIDELITY_ALL, 5, figure));
	EXPECT_FAIL(HOST_NO_DATA, fidelity_measure(&empty, &data, FIDELITY_ALL, 5, figure));
	EXPECT_FAIL(HOST_NO_DATA, fidelity_measure(&data, &apart, FIDELITY_ALL, 5, figure));
	EXPECT_FAIL(HOST_TYPE_MISMATCH, fidelity_measure(&data, &texts, FIDELITY_ALL, 5, figure));
	case_random(&random, 6);
	ordered = random_sequences(&random, 30, 30, 9, 3);
	for (int m = 0; m < FIDELITY_MEASURES; m++)
		assert_held(&ordered, (FidelityMeasure) m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_sets_as_defined), host_unit_test(test_sequences_as_defined),
		host_unit_test(test_against_itself),  host_unit_test(test_by_hand),
		host_unit_test(test_mixed_kinds),     host_unit_test(test_threads_agree),
		host_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("fidelity", tests, NULL, NULL);
}
