/*
 * time_bins.c
 *	  Histograms of times that hide what fewer than TIME_MIN_USERS users did.
 */
#include "generators/time_bins.h"

#include "host.h"
#include "math/sampling.h"

TimeCounts
time_counts_new(int64_t count)
{
	TimeCounts counts = {.count = count, .last_of_all = -1};

	counts.edge = host_array(int64_t, count + 1);
	counts.weight = host_array_zero(int64_t, count);
	counts.users = host_array_zero(int64_t, count);
	counts.last_user = host_array(int64_t, count);
	for (int64_t i = 0; i < count; i++)
		counts.last_user[i] = -1;
	return counts;
}

void
time_counts_add(TimeCounts *counts, int64_t bin, int64_t user, int64_t weight)
{
	counts->weight[bin] += weight;
	counts->users[bin] += counts->last_user[bin] != user;
	counts->last_user[bin] = user;
	counts->all_users += counts->last_of_all != user;
	counts->last_of_all = user;
}

/* Bins in the making: arrays with room for all narrow ones. */
typedef struct Growing
{
	int64_t count;
	int64_t *low;
	int64_t *high;
	int64_t *weight;
} Growing;

static Growing
growing_new(int64_t room)
{
	return (Growing){0, host_array(int64_t, room), host_array(int64_t, room), host_array(int64_t, room)};
}

static void
append(Growing *bins, int64_t low, int64_t high, int64_t weight)
{
	bins->low[bins->count] = low;
	bins->high[bins->count] = high;
	bins->weight[bins->count++] = weight;
}

/* Weights become sums. */
static TimeBins
finish(Growing *bins)
{
	for (int64_t i = 1; i < bins->count; i++)
		bins->weight[i] += bins->weight[i - 1];
	return (TimeBins){bins->count, bins->low, bins->high, bins->weight};
}

/* All narrow bins from the first to the last that holds anything, as one. */
static TimeBins
one_bin(const TimeCounts *counts)
{
	Growing bins = growing_new(1);
	int64_t first = 0, last = counts->count - 1, weight = 0;

	while (counts->weight[first] == 0)
		first++;
	while (counts->weight[last] == 0)
		last--;
	for (int64_t i = first; i <= last; i++)
		weight += counts->weight[i];
	append(&bins, counts->edge[first], counts->edge[last + 1], weight);
	return finish(&bins);
}

TimeBins
time_bins_shared(const TimeCounts *counts)
{
	Growing bins = growing_new(counts->count);
	int64_t waiting = 0, since = 0; /* weight of rare bins behind the last that is kept */

	for (int64_t i = 0; i < counts->count; i++)
	{
		if (counts->users[i] >= TIME_MIN_USERS)
		{
			append(&bins, counts->edge[i], counts->edge[i + 1], counts->weight[i]);
			since = i;
			if (bins.count == 1)
				bins.weight[0] += waiting;
			waiting = 0;
		}
		else if (bins.count == 0)
			waiting += counts->weight[i];
		else if (counts->weight[i] > 0)
		{
			/* the nearer of the kept ones before and behind, by number */
			int64_t next = i + 1;

			while (next < counts->count && counts->users[next] < TIME_MIN_USERS)
				next++;
			if (next == counts->count || i - since <= next - i)
				bins.weight[bins.count - 1] += counts->weight[i];
			else
				counts->weight[next] += counts->weight[i];
		}
	}
	if (bins.count > 0)
		return finish(&bins);
	return counts->all_users >= TIME_MIN_USERS ? one_bin(counts) : (TimeBins){0};
}

TimeBins
time_bins_joined(const TimeCounts *counts)
{
	Growing bins = growing_new(counts->count);
	int64_t users = 0, weight = 0, begin = 0;

	if (counts->all_users < TIME_MIN_USERS)
		return (TimeBins){0};
	for (int64_t i = 0; i < counts->count; i++)
	{
		if (users == 0)
			begin = i;
		users += counts->users[i];
		weight += counts->weight[i];
		if (users < TIME_MIN_USERS)
			continue;
		append(&bins, counts->edge[begin], counts->edge[i + 1], weight);
		users = weight = 0;
	}
	bins.weight[bins.count - 1] += weight; /* the last few count to the last bin */
	return finish(&bins);
}

void
time_bins_write(const TimeBins *bins, const char *name, ModelWriter *writer)
{
	model_write(writer, host_format("%s_low", name), SECTION_INT64, bins->low, bins->count);
	model_write(writer, host_format("%s_high", name), SECTION_INT64, bins->high, bins->count);
	model_write(writer, host_format("%s_sum", name), SECTION_INT64, bins->sum, bins->count);
}

void
time_bins_check(const TimeBins *bins)
{
	for (int64_t i = 0; i < bins->count; i++)
	{
		if (bins->low[i] < -TIME_LIMIT || bins->high[i] > TIME_LIMIT || bins->low[i] >= bins->high[i] ||
		    bins->sum[i] <= (i > 0 ? bins->sum[i - 1] : 0) || (i > 0 && bins->low[i] < bins->high[i - 1]))
			value_malformed("model", "Its times are not a histogram.");
	}
}

TimeBins
time_bins_open(const Model *model, const char *name)
{
	TimeBins bins;
	int64_t highs, sums;

	bins.low = model_section(model, host_format("%s_low", name), SECTION_INT64, &bins.count);
	bins.high = model_section(model, host_format("%s_high", name), SECTION_INT64, &highs);
	bins.sum = model_section(model, host_format("%s_sum", name), SECTION_INT64, &sums);
	if (highs != bins.count || sums != bins.count)
		value_malformed("model", "Its times do not fit together.");
	time_bins_check(&bins);
	return bins;
}

/* The bin in which the given place of the weight lies. */
static int64_t
bin_of(const TimeBins *bins, int64_t place)
{
	return find_in_sums(bins->sum, 0, bins->count - 1, place);
}

int64_t
time_bins_draw(const TimeBins *bins, Random *random)
{
	int64_t bin;

	if (bins->count == 0)
		return 0;
	bin = bin_of(bins, (int64_t) random_below(random, (uint64_t) bins->sum[bins->count - 1]));
	return bins->low[bin] + (int64_t) random_below(random, (uint64_t) (bins->high[bin] - bins->low[bin]));
}

int64_t
time_bins_quantile(const TimeBins *bins, double share)
{
	double place = share * (double) bins->sum[bins->count - 1];
	int64_t bin = bin_of(bins, (int64_t) place), below = bin > 0 ? bins->sum[bin - 1] : 0;
	double within = (place - (double) below) / (double) (bins->sum[bin] - below);
	int64_t time = bins->low[bin] + (int64_t) (within * (double) (bins->high[bin] - bins->low[bin]));

	return time < bins->high[bin] ? time : bins->high[bin] - 1;
}
