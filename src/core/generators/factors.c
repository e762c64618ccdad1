/*
 * factors.c
 *	  Users whose tastes are a few numbers.
 *
 * The weights of the items with loadings are made anew for each user and added
 * up, those of the others were added up before.  An item is found by search in
 * the sums; one that the user has already is drawn again.  When that happens
 * often, because a few items weigh nearly all, the weights of all items not
 * drawn are added up anew, relative to the greatest: so it goes on when the
 * others are too small for a float.
 */
#include "generators/factors.h"

#include "host.h"
#include "math/parallel.h"
#include "math/vectors.h"

#include <math.h>
#include <string.h>

#define TOGETHER 4      /* users whose scores are made side by side */
#define LANES 16        /* of a maximum */
#define MOST_REPEATS 16 /* of items drawn, before weights are added up anew */
#define FIRST_STEP 0.8  /* of the calibration */
#define SHARD_USERS 16  /* of the calibration */

typedef struct FactorsScratch
{
	float *score;    /* TOGETHER x structured: b + V z */
	float *weight;   /* structured: of one user, relative to the greatest */
	double *sum;     /* structured: weights added up */
	uint32_t *stamp; /* items: the set that an item was last drawn in */
	uint32_t set;
	float *all_score; /* items: b + V z of one user */
	double *all_sum;  /* items: weights of those not drawn, added up */
	uint32_t *drawn;  /* a history that nobody keeps, while calibrating */
	int64_t *count;   /* items: users with it, likewise */
} FactorsScratch;

/*
 * e^x to 2 units in the last place for x from -87 to 0, by 2^n times a
 * polynomial (Cody and Waite's reduction, Cephes' coefficients); 0 below.
 */
static inline float
exp_of(float x)
{
	union
	{
		float number;
		int32_t bits;
	} power;
	float clipped = x < -87 ? -87 : x;
	float n = (float) (int32_t) (clipped * 1.44269504f - 0.5f);
	float rest = (clipped - n * 0.693359375f) + n * 2.12194440e-4f;
	float result = 1.9875691500e-4f;

	result = result * rest + 1.3981999507e-3f;
	result = result * rest + 8.3334519073e-3f;
	result = result * rest + 4.1665795894e-2f;
	result = result * rest + 1.6666665459e-1f;
	result = result * rest + 5.0000001201e-1f;
	result = result * rest * rest + rest + 1;
	power.bits = ((int32_t) n + 127) << 23;
	return x < -87 ? 0 : result * power.number;
}

/* score[u] += z[u] * loading for TOGETHER users, each score "count" numbers. */
WIDE_VECTORS static void
add_loadings(float *restrict score, const float *restrict loading, const float *restrict z, int64_t count)
{
	float *restrict a = score, *restrict b = score + count, *restrict c = score + 2 * count,
					*restrict d = score + 3 * count;

	for (int64_t j = 0; j < count; j++)
	{
		a[j] += z[0] * loading[j];
		b[j] += z[1] * loading[j];
		c[j] += z[2] * loading[j];
		d[j] += z[3] * loading[j];
	}
}

WIDE_VECTORS static float
greatest(const float *score, int64_t count, float least)
{
	float lane[LANES];
	int64_t j = 0;

	for (int l = 0; l < LANES; l++)
		lane[l] = least;
	for (; j + LANES <= count; j += LANES)
	{
		for (int l = 0; l < LANES; l++)
			lane[l] = score[j + l] > lane[l] ? score[j + l] : lane[l];
	}
	for (; j < count; j++)
		lane[0] = score[j] > lane[0] ? score[j] : lane[0];
	for (int l = 1; l < LANES; l++)
		lane[0] = lane[l] > lane[0] ? lane[l] : lane[0];
	return lane[0];
}

WIDE_VECTORS static void
weigh(const float *restrict score, float *restrict weight, int64_t count, float shift)
{
	for (int64_t j = 0; j < count; j++)
		weight[j] = exp_of(score[j] - shift);
}

void
factors_prepare(Factors *f)
{
	double sum = 0;

	if (f->plain_item == NULL)
	{
		int64_t structured = 0;

		f->plain = f->items - f->structured;
		f->plain_item = host_array(uint32_t, f->plain);
		f->plain_sum = host_array(double, f->plain);
		for (int64_t i = 0, at = 0; i < f->items; i++)
		{
			if (structured < f->structured && f->item[structured] == i)
				structured++;
			else
				f->plain_item[at++] = (uint32_t) i;
		}
	}
	f->plain_shift = -INFINITY;
	for (int64_t j = 0; j < f->plain; j++)
	{
		if (f->intercept[f->plain_item[j]] > f->plain_shift)
			f->plain_shift = f->intercept[f->plain_item[j]];
	}
	for (int64_t j = 0; j < f->plain; j++)
	{
		sum += exp((double) (f->intercept[f->plain_item[j]] - f->plain_shift));
		f->plain_sum[j] = sum;
	}
}

void *
factors_scratch(const void *sampler)
{
	const Factors *f = sampler;
	FactorsScratch *s = host_alloc_zero(sizeof(FactorsScratch));

	s->score = host_array(float, TOGETHER * f->structured);
	s->weight = host_array(float, f->structured);
	s->sum = host_array(double, f->structured);
	s->stamp = host_array_zero(uint32_t, f->items);
	s->all_score = host_array(float, f->items);
	s->all_sum = host_array(double, f->items);
	return s;
}

/* Place where the running sum first exceeds "at". */
static int64_t
find_sum(const double *sum, int64_t count, double at)
{
	int64_t low = 0, high = count - 1;

	while (low < high)
	{
		int64_t middle = low + (high - low) / 2;

		if (sum[middle] > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Adds up the weights of the items that the user does not have. */
static double
add_up_unused(const Factors *f, FactorsScratch *s)
{
	float shift = -INFINITY;
	double sum = 0;

	for (int64_t i = 0; i < f->items; i++)
	{
		if (s->stamp[i] != s->set && s->all_score[i] > shift)
			shift = s->all_score[i];
	}
	for (int64_t i = 0; i < f->items; i++)
	{
		if (s->stamp[i] != s->set)
			sum += exp((double) (s->all_score[i] - shift));
		s->all_sum[i] = sum;
	}
	return sum;
}

/*
 * Draws "wanted" different items, at most f->items, by the weights in s and the
 * sums of f; both are relative to exp(shift).
 */
static void
draw_items(const Factors *f, FactorsScratch *s, const float *score, float shift, Random *random,
           int64_t wanted, uint32_t *drawn)
{
	double structured = f->structured > 0 ? s->sum[f->structured - 1] : 0;
	double scale = f->plain > 0 ? exp((double) (f->plain_shift - shift)) : 0;
	double total = structured + (f->plain > 0 ? scale * f->plain_sum[f->plain - 1] : 0);
	bool all = false; /* s->all_sum is in use */
	int64_t count = 0, repeats = 0;

	if (++s->set == 0)
	{
		memset(s->stamp, 0, (size_t) f->items * sizeof(uint32_t));
		s->set = 1;
	}
	while (count < wanted)
	{
		double at = random_uniform(random) * total;
		int64_t next;

		if (all)
			next = find_sum(s->all_sum, f->items, at);
		else if (f->plain == 0 || at < structured)
			next = f->item[find_sum(s->sum, f->structured, at)];
		else
			next = f->plain_item[find_sum(f->plain_sum, f->plain, (at - structured) / scale)];
		if (s->stamp[next] != s->set)
		{
			s->stamp[next] = s->set;
			drawn[count++] = (uint32_t) next;
		}
		else if (++repeats == MOST_REPEATS)
		{
			for (int64_t j = 0; !all && j < f->plain; j++)
				s->all_score[f->plain_item[j]] = f->intercept[f->plain_item[j]];
			for (int64_t j = 0; !all && j < f->structured; j++)
				s->all_score[f->item[j]] = score[j];
			total = add_up_unused(f, s);
			all = true;
			repeats = 0;
		}
	}
}

/* Opens the streams of TOGETHER users, and draws their lengths and tastes: b + V z. */
static void
draw_tastes(const Factors *f, FactorsScratch *s, RandomPurpose purpose, uint64_t seed, uint64_t first,
            Random *random, int64_t *length)
{
	for (int t = 0; t < TOGETHER; t++)
	{
		random_open(&random[t], seed, purpose, first + (uint64_t) t);
		length[t] = lengths_draw(f->lengths, &random[t]);
		for (int64_t j = 0; j < f->structured; j++)
			s->score[t * f->structured + j] = f->intercept[f->item[j]];
	}
	for (int64_t k = 0; k < f->factors; k++)
	{
		float z[TOGETHER];

		for (int t = 0; t < TOGETHER; t++)
			z[t] = (float) random_normal(&random[t]);
		add_loadings(s->score, f->loading + k * f->structured, z, f->structured);
	}
}

/* Draws the items of user t of those whose tastes were drawn. */
static void
draw_history(const Factors *f, FactorsScratch *s, int t, Random *random, int64_t length, uint32_t *drawn)
{
	const float *score = s->score + t * f->structured;
	float shift = greatest(score, f->structured, f->plain_shift);
	double sum = 0;

	weigh(score, s->weight, f->structured, shift);
	for (int64_t j = 0; j < f->structured; j++)
	{
		sum += (double) s->weight[j];
		s->sum[j] = sum;
	}
	draw_items(f, s, score, shift, random, length, drawn);
}

void
factors_generate(const void *sampler, void *scratch, uint64_t seed, int64_t first, int64_t users,
                 HistoryBatch *batch)
{
	batch->start[0] = 0;
	for (int64_t n = 0; n < users; n += TOGETHER)
	{
		Random random[TOGETHER];
		int64_t length[TOGETHER];

		draw_tastes(sampler, scratch, RANDOM_GENERATE, seed, (uint64_t) (first + n), random, length);
		for (int t = 0; t < TOGETHER; t++)
		{
			draw_history(sampler, scratch, t, &random[t], length[t], batch->item + batch->start[n + t]);
			batch->start[n + t + 1] = batch->start[n + t] + length[t];
		}
	}
}

/* A round of the calibration: users of numbers that no other round has. */
typedef struct CountTask
{
	const Factors *factors;
	FactorsScratch **scratch; /* per worker */
	uint64_t seed;
	uint64_t first;
} CountTask;

static void
count_items(void *task, int64_t begin, int64_t end, int worker)
{
	CountTask *c = task;
	FactorsScratch *s = c->scratch[worker];

	for (int64_t n = begin; n < end; n += TOGETHER)
	{
		Random random[TOGETHER];
		int64_t length[TOGETHER];

		draw_tastes(c->factors, s, RANDOM_CALIBRATE, c->seed, c->first + (uint64_t) n, random, length);
		for (int t = 0; t < TOGETHER; t++)
		{
			draw_history(c->factors, s, t, &random[t], length[t], s->drawn);
			for (int64_t l = 0; l < length[t]; l++)
				s->count[s->drawn[l]]++;
		}
	}
}

void
factors_calibrate(Factors *f, float *intercept, const double *wanted, double users, int64_t sample,
                  int64_t rounds, uint64_t seed)
{
	CountTask c = {.factors = f, .seed = seed};
	int workers;

	sample -= sample % SHARD_USERS;
	workers = parallel_workers(sample, SHARD_USERS);
	factors_prepare(f);
	c.scratch = host_array(FactorsScratch *, workers);
	for (int w = 0; w < workers; w++)
	{
		c.scratch[w] = factors_scratch(f);
		c.scratch[w]->drawn = host_array(uint32_t, f->lengths->longest);
		c.scratch[w]->count = host_array(int64_t, f->items);
	}
	for (int64_t round = 0; round < rounds; round++)
	{
		int64_t late = round - rounds / 2 + 1;
		double step = FIRST_STEP * (late > 0 ? 2 / (2 + (double) late) : 1);

		host_progress("fitting intercepts", round, rounds);
		for (int w = 0; w < workers; w++)
			memset(c.scratch[w]->count, 0, (size_t) f->items * sizeof(int64_t));
		c.first = (uint64_t) (round * sample);
		parallel_for(workers, sample, SHARD_USERS, count_items, &c);
		for (int64_t i = 0; i < f->items; i++)
		{
			int64_t count = 0;

			for (int w = 0; w < workers; w++)
				count += c.scratch[w]->count[i];
			intercept[i] +=
				(float) (step * (log(wanted[i] + 1) - log((double) count * users / (double) sample + 1)));
		}
		factors_prepare(f);
	}
}

void
factors_write(const Factors *f, ModelWriter *writer)
{
	model_write(writer, "structured", SECTION_UINT32, f->item, f->structured);
	model_write(writer, "loading", SECTION_FLOAT32, f->loading, f->factors * f->structured);
	model_write(writer, "intercept", SECTION_FLOAT32, f->intercept, f->items);
}

/* Leaves unless the numbers are finite and not so large that sums of them are not. */
static void
check_numbers(const float *number, int64_t count, const char *complaint)
{
	for (int64_t i = 0; i < count; i++)
	{
		if (!(fabsf(number[i]) <= FACTORS_MOST))
			value_malformed("model", complaint);
	}
}

void *
factors_open(const Model *model, int64_t *longest)
{
	Factors *f = host_alloc_zero(sizeof(Factors));
	int64_t loadings, intercepts;

	f->items = model->header->items;
	f->item = model_section(model, "structured", SECTION_UINT32, &f->structured);
	f->loading = model_section(model, "loading", SECTION_FLOAT32, &loadings);
	f->intercept = model_section(model, "intercept", SECTION_FLOAT32, &intercepts);
	if (intercepts != f->items || f->structured > f->items || (f->structured == 0) != (loadings == 0) ||
	    (f->structured > 0 && loadings % f->structured != 0))
		value_malformed("model", "Its factors do not fit together.");
	f->factors = f->structured > 0 ? loadings / f->structured : 0;
	for (int64_t j = 0; j < f->structured; j++)
	{
		if (f->item[j] >= f->items || (j > 0 && f->item[j] <= f->item[j - 1]))
			value_malformed("model", "Its items with loadings do not ascend.");
	}
	check_numbers(f->loading, loadings, "A loading is out of range.");
	check_numbers(f->intercept, f->items, "An intercept is out of range.");
	f->lengths = lengths_open(model, 1, longest);
	host_reserve(f->items * 32 + f->structured * 40, model->header->method);
	factors_prepare(f);
	return f;
}
