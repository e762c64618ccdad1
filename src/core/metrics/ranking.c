/*
 * ranking.c
 *	  Ranks are counted, nothing is sorted.
 */
#include "metrics/ranking.h"

#include "data/value.h"
#include "host.h"
#include "math/vectors.h"

#include <math.h>

const char *const metric_kind_names[METRIC_KINDS + 1] = {"precision", "recall", "hit_rate", "ndcg",
                                                         "map",       "mrr",    "coverage", NULL};

/* The number that decides between items of equal score. */
static uint64_t
tie_number(uint64_t seed, int64_t user, int64_t item)
{
	uint64_t word[2] = {(uint64_t) user, (uint64_t) item};

	return value_hash(word, sizeof(word), seed);
}

WIDE_VECTORS double
ranking_round(double *score, int64_t items)
{
	double greatest = 0x1p-900, per_unit;
	int exponent;

	for (int64_t j = 0; j < items; j++)
		greatest = fabs(score[j]) > greatest ? fabs(score[j]) : greatest;
	frexp(greatest, &exponent);
	per_unit = ldexp(1, 33 - exponent);
	for (int64_t j = 0; j < items; j++)
		score[j] = rint(score[j] * per_unit);
	return 1 / per_unit;
}

/* How many scores are greater, and how many equal. */
WIDE_VECTORS static int64_t
count_scores(const double *score, int64_t items, double limit, int64_t *equal)
{
	int64_t above = 0, same = 0;

	for (int64_t j = 0; j < items; j++)
	{
		above += score[j] > limit;
		same += score[j] == limit;
	}
	*equal = same;
	return above;
}

int64_t
ranking_before(const double *score, int64_t items, uint64_t seed, int64_t user, int64_t item)
{
	int64_t equal;
	int64_t before = count_scores(score, items, score[item], &equal);
	uint64_t tie;

	if (equal == 1)
		return before;
	tie = tie_number(seed, user, item);
	for (int64_t j = 0; j < items; j++)
	{
		if (score[j] == score[item] && j != item && tie_number(seed, user, j) < tie)
			before++;
	}
	return before;
}

int64_t
ranking_first(const double *score, int64_t items, uint64_t seed, int64_t user, int64_t wanted,
              uint32_t *first)
{
	int64_t count = 0;

	for (int64_t j = 0; j < items; j++)
	{
		int64_t place = count;

		if (score[j] == -INFINITY || (count == wanted && score[j] < score[first[count - 1]]))
			continue;
		/* insertion: few items get here, and those that do go near the end */
		while (place > 0 && (score[j] > score[first[place - 1]] ||
		                     (score[j] == score[first[place - 1]] &&
		                      tie_number(seed, user, j) < tie_number(seed, user, first[place - 1]))))
			place--;
		if (place == wanted)
			continue;
		if (count < wanted)
			count++;
		for (int64_t k = count - 1; k > place; k--)
			first[k] = first[k - 1];
		first[place] = (uint32_t) j;
	}
	return count;
}

bool
metric_has_cutoff(MetricKind kind)
{
	return kind != METRIC_MRR;
}

char *
metric_name(const Metric *metric)
{
	if (!metric_has_cutoff(metric->kind))
		return host_format("%s", metric_kind_names[metric->kind]);
	return host_format("%s@%lld", metric_kind_names[metric->kind], (long long) metric->cutoff);
}

double
metric_of_user(const Metric *metric, const int64_t *rank, int64_t found, int64_t held)
{
	int64_t k = metric->cutoff;
	int64_t best = k < held ? k : held; /* hits that are possible */
	int64_t hits = 0;
	double gain = 0, most = 0, precision = 0;

	for (; hits < found && rank[hits] <= k; hits++)
	{
		gain += 1 / log2((double) rank[hits] + 1);
		precision += (double) (hits + 1) / (double) rank[hits];
	}
	switch (metric->kind)
	{
		case METRIC_PRECISION:
			return (double) hits / (double) k;
		case METRIC_RECALL:
			return (double) hits / (double) held;
		case METRIC_HIT_RATE:
			return hits > 0;
		case METRIC_NDCG:
			for (int64_t i = 1; i <= best; i++)
				most += 1 / log2((double) i + 1);
			return gain / most;
		case METRIC_MAP:
			return precision / (double) best;
		case METRIC_MRR:
			return found > 0 ? 1 / (double) rank[0] : 0;
		case METRIC_COVERAGE:
			break;
	}
	return 0;
}
