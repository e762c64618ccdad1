/*
 * pair_weights.c
 *	  Learning weights of pairs of items.
 *
 * A batch of users goes through three loops: over the users, each of whom works
 * out her probabilities and what they say about the rows of her items; over the
 * rows that were touched, each of which adds that up; over all rows, whose
 * weights are changed.  No loop shares a sum between threads; what belongs to
 * no row (biases, trust and pull) is added up per shard of users, in order.
 *
 * The derivative of a user's loss by the row of her item at step s is the sum
 * over later steps t of a_t (P_t - the item taken at t), so one vector that
 * grows from the last step backwards serves all of her items.
 */
#include "generators/pair_weights.h"

#include "host.h"
#include "math/lanes.h"
#include "math/parallel.h"
#include "math/random.h"
#include "math/vectors.h"

#include <math.h>
#include <string.h>

#define SHARD_SLOTS 8
#define SHARD_ROWS 32

/* Rates of Adagrad and what its sums of squares begin with. */
#define WEIGHT_SQUARES 0.01
#define BIAS_RATE 0.01
#define STEP_RATE 0.005
#define OTHER_SQUARES 1.0

/* Topics are always trusted somewhat. */
#define LEAST_TRUST 0.05

/* What one thread writes to. */
typedef struct Scratch
{
	float *share;       /* topics */
	float *base;        /* padded: h_j + ln P(j | topics); PAIR_WEIGHTS_USED for items taken */
	float *drawn;       /* padded: sum of the rows of items taken */
	float *probability; /* positions x padded */
	float *suffix;      /* padded: sum over later steps */
} Scratch;

/* Sums of a shard of users. */
typedef struct ShardSums
{
	float *bias;   /* padded */
	double *pull;  /* positions */
	double *trust; /* positions */
	double loss;
	int64_t steps;
} ShardSums;

typedef struct Work
{
	const TopicFit *fit;
	const TopicModel *topics;
	const PairCounts *counts;
	PairWeights *w;
	int64_t *mirror;      /* per entry: the place of the same pair in the other row */
	float *gradient;      /* per entry */
	float *squares;       /* per entry */
	int64_t slots;        /* users of this batch */
	const uint32_t *user; /* slots */
	uint32_t *item;       /* slots x positions: items in the order taken */
	int64_t *length;      /* slots */
	int64_t *place;       /* slots x positions: where an item's part of its row begins in "part" */
	float *part;          /* derivatives by parts of rows */
	int64_t part_room;
	int64_t *next;  /* slots x positions: the next place of the batch with the same item; -1 */
	int64_t *first; /* items: the first such place; -1 */
	uint32_t *row;  /* items touched by the batch */
	int64_t rows;
	double penalty; /* of this batch */
	double rate;
	int workers;      /* that there is scratch for */
	Scratch *scratch; /* per worker */
	ShardSums *sums;  /* per shard */
} Work;

WIDE_VECTORS void
pair_weights_score(const float *base, const float *drawn, int64_t padded, float trust, float pull,
                   float *score)
{
	for (int64_t i = 0; i < padded; i += LANES)
	{
		Lanes x, y;

		lanes_load(&x, base + i);
		lanes_load(&y, drawn + i);
		x = x * trust + y * pull;
		lanes_store(score + i, &x);
	}
}

/* Scores to probabilities; sets the means of base and drawn under them. */
WIDE_VECTORS static void
normalise(float *score, const float *base, const float *drawn, int64_t items, int64_t padded,
          double *mean_base, double *mean_drawn)
{
	const Lanes zero = {0};
	Lanes x, y, sum = zero, by_base = zero, by_drawn = zero;
	float greatest = -INFINITY, inverse;

	for (int64_t i = 0; i < items; i++)
		greatest = score[i] > greatest ? score[i] : greatest;
	for (int64_t i = 0; i < padded; i += LANES)
	{
		lanes_load(&x, score + i);
		x -= greatest;
		lanes_exp(&x);
		lanes_store(score + i, &x);
		sum += x;
	}
	inverse = 1 / lanes_sum(&sum);
	for (int64_t i = 0; i < padded; i += LANES)
	{
		lanes_load(&x, score + i);
		x *= inverse;
		lanes_store(score + i, &x);
		lanes_load(&y, base + i);
		by_base += x * y;
		lanes_load(&y, drawn + i);
		by_drawn += x * y;
	}
	*mean_base = lanes_sum(&by_base);
	*mean_drawn = lanes_sum(&by_drawn);
}

/* to += factor x from */
WIDE_VECTORS static void
add_scaled(float *to, const float *from, float factor, int64_t padded)
{
	for (int64_t i = 0; i < padded; i += LANES)
	{
		Lanes x, y;

		lanes_load(&x, to + i);
		lanes_load(&y, from + i);
		x += y * factor;
		lanes_store(to + i, &x);
	}
}

/* A user's probabilities step by step, and what belongs to no row. */
static void
go_forward(const Work *w, int64_t slot, Scratch *s, ShardSums *sums)
{
	const TopicModel *topics = w->topics;
	const double *log_share = w->fit->log_share + (int64_t) w->user[slot] * topics->topics;
	const uint32_t *item = w->item + slot * w->w->positions;

	for (int64_t k = 0; k < topics->topics; k++)
		s->share[k] = (float) exp(log_share[k]);
	topic_model_weigh(topics, s->share, s->base);
	add_scaled(s->base, w->w->bias, 1, topics->padded);
	for (int64_t i = topics->items; i < topics->padded; i++)
		s->base[i] = PAIR_WEIGHTS_USED;
	memset(s->drawn, 0, (size_t) topics->padded * sizeof(float));
	for (int64_t t = 0; t < w->length[slot]; t++)
	{
		float *probability = s->probability + t * topics->padded;
		uint32_t taken = item[t];
		double mean_base, mean_drawn;

		pair_weights_score(s->base, s->drawn, topics->padded, (float) w->w->trust[t], (float) w->w->pull[t],
		                   probability);
		normalise(probability, s->base, s->drawn, topics->items, topics->padded, &mean_base, &mean_drawn);
		for (int64_t before = 0; before < t; before++)
			probability[item[before]] = 0;
		sums->trust[t] += mean_base - s->base[taken];
		sums->pull[t] += mean_drawn - s->drawn[taken];
		sums->loss -= log(fmax(probability[taken], 1e-38));
		sums->steps++;
		add_scaled(sums->bias, probability, (float) w->w->trust[t], topics->padded);
		sums->bias[taken] -= (float) w->w->trust[t];
		s->base[taken] = PAIR_WEIGHTS_USED;
		for (int64_t e = w->counts->start[taken]; e < w->counts->start[taken + 1]; e++)
			s->drawn[w->counts->item[e]] += w->w->weight[e];
	}
}

/* The derivatives by the rows of the user's items. */
static void
go_backward(const Work *w, int64_t slot, Scratch *s)
{
	const uint32_t *item = w->item + slot * w->w->positions;

	memset(s->suffix, 0, (size_t) w->topics->padded * sizeof(float));
	for (int64_t t = w->length[slot] - 1; t > 0; t--)
	{
		float pull = (float) w->w->pull[t];
		uint32_t row = item[t - 1];
		float *part = w->part + w->place[slot * w->w->positions + t - 1];

		add_scaled(s->suffix, s->probability + t * w->topics->padded, pull, w->topics->padded);
		s->suffix[item[t]] -= pull;
		for (int64_t e = w->counts->start[row]; e < w->counts->start[row + 1]; e++)
			*part++ = s->suffix[w->counts->item[e]];
	}
}

static void
learn_from_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;
	ShardSums *sums = &w->sums[begin / SHARD_SLOTS];

	memset(sums->bias, 0, (size_t) w->topics->padded * sizeof(float));
	memset(sums->pull, 0, (size_t) w->w->positions * sizeof(double));
	memset(sums->trust, 0, (size_t) w->w->positions * sizeof(double));
	sums->loss = 0;
	sums->steps = 0;
	for (int64_t slot = begin; slot < end; slot++)
	{
		go_forward(w, slot, &w->scratch[worker], sums);
		go_backward(w, slot, &w->scratch[worker]);
	}
}

/* Adds up the parts of some rows. */
static void
add_parts(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;

	(void) worker;
	for (int64_t r = begin; r < end; r++)
	{
		int64_t start = w->counts->start[w->row[r]], length = w->counts->start[w->row[r] + 1] - start;

		for (int64_t at = w->first[w->row[r]]; at >= 0; at = w->next[at])
		{
			for (int64_t e = 0; e < length; e++)
				w->gradient[start + e] += w->part[w->place[at] + e];
		}
	}
}

/* A step of Adagrad for the pairs of some rows with later items. */
static void
change_rows(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		for (int64_t e = w->counts->start[i]; e < w->counts->start[i + 1]; e++)
		{
			int64_t other = w->mirror[e];
			float g;

			if (w->counts->item[e] < i)
				continue;
			g = w->gradient[e] + w->gradient[other] + (float) w->penalty * w->w->weight[e];
			w->gradient[e] = w->gradient[other] = 0;
			w->squares[e] += g * g;
			w->w->weight[e] -= (float) w->rate * g / sqrtf(w->squares[e]);
			w->w->weight[other] = w->w->weight[e];
		}
	}
}

/* Each row's entries ascend, so the mirror of an entry is found by halving. */
static void
find_mirrors(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;
	const PairCounts *counts = w->counts;

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		for (int64_t e = counts->start[i]; e < counts->start[i + 1]; e++)
		{
			int64_t low = counts->start[counts->item[e]], high = counts->start[counts->item[e] + 1] - 1;

			while (low < high)
			{
				int64_t middle = low + (high - low) / 2;

				if (counts->item[middle] < i)
					low = middle + 1;
				else
					high = middle;
			}
			w->mirror[e] = low;
		}
	}
}

/* Puts numbers 0 .. count - 1 of an array into a random order, the first "wanted" of them. */
static void
shuffle(uint32_t *array, int64_t count, int64_t wanted, Random *random)
{
	for (int64_t i = 0; i < wanted && i < count - 1; i++)
	{
		int64_t j = i + (int64_t) random_below(random, (uint64_t) (count - i));
		uint32_t kept = array[i];

		array[i] = array[j];
		array[j] = kept;
	}
}

/* Takes the next users: the order of their items, and room for what they say. */
static void
begin_batch(Work *w, int64_t epoch, const uint32_t *user, int64_t slots, uint64_t seed, uint32_t *history)
{
	const LdaUsers *users = &w->fit->users;
	int64_t positions = w->w->positions, room = 0;

	w->user = user;
	w->slots = slots;
	w->rows = 0;
	for (int64_t slot = 0; slot < slots; slot++)
	{
		int64_t u = user[slot], length = users->start[u + 1] - users->start[u];
		Random random;

		memcpy(history, users->item + users->start[u], (size_t) length * sizeof(uint32_t));
		random_open(&random, seed, RANDOM_ITEM_ORDER, (uint64_t) (epoch * users->users + u));
		w->length[slot] = length < positions ? length : positions;
		shuffle(history, length, w->length[slot], &random);
		memcpy(w->item + slot * positions, history, (size_t) w->length[slot] * sizeof(uint32_t));
		for (int64_t t = 0; t < w->length[slot] - 1; t++)
		{
			int64_t at = slot * positions + t;
			uint32_t item = history[t];

			w->place[at] = room;
			room += w->counts->start[item + 1] - w->counts->start[item];
			if (w->first[item] < 0)
				w->row[w->rows++] = item;
			w->next[at] = w->first[item];
			w->first[item] = at;
		}
	}
	if (room > w->part_room)
	{
		host_free(w->part);
		w->part = host_array(float, room);
		w->part_room = room;
	}
}

/* A step of Adagrad for one number. */
static double
change(double value, double gradient, double rate, double *squares)
{
	*squares += gradient * gradient;
	return value - rate * gradient / sqrt(*squares);
}

static void
end_batch(Work *w, float *bias_squares, double *pull_squares, double *trust_squares, double *loss,
          int64_t *steps)
{
	int64_t shards = (w->slots + SHARD_SLOTS - 1) / SHARD_SLOTS;

	for (int64_t s = 1; s < shards; s++)
	{
		add_scaled(w->sums[0].bias, w->sums[s].bias, 1, w->topics->padded);
		for (int64_t t = 0; t < w->w->positions; t++)
		{
			w->sums[0].pull[t] += w->sums[s].pull[t];
			w->sums[0].trust[t] += w->sums[s].trust[t];
		}
		w->sums[0].loss += w->sums[s].loss;
		w->sums[0].steps += w->sums[s].steps;
	}
	*loss += w->sums[0].loss;
	*steps += w->sums[0].steps;
	for (int64_t i = 0; i < w->topics->items; i++)
	{
		float g = w->sums[0].bias[i];

		bias_squares[i] += g * g;
		w->w->bias[i] -= (float) BIAS_RATE * g / sqrtf(bias_squares[i]);
	}
	for (int64_t t = 0; t < w->w->positions; t++)
	{
		w->w->pull[t] = change(w->w->pull[t], w->sums[0].pull[t], STEP_RATE, &pull_squares[t]);
		w->w->trust[t] =
			fmax(LEAST_TRUST, change(w->w->trust[t], w->sums[0].trust[t], STEP_RATE, &trust_squares[t]));
	}
	for (int64_t r = 0; r < w->rows; r++)
		w->first[w->row[r]] = -1;
}

static float *
filled_floats(int64_t count, double value)
{
	float *array = host_array(float, count);

	for (int64_t i = 0; i < count; i++)
		array[i] = (float) value;
	return array;
}

static double *
filled_doubles(int64_t count, double value)
{
	double *array = host_array(double, count);

	for (int64_t i = 0; i < count; i++)
		array[i] = value;
	return array;
}

int64_t
pair_weights_bytes(const TopicFit *fit, const PairLimits *limits, int64_t pairs)
{
	int64_t slots = fit->users.users < limits->batch ? fit->users.users : limits->batch;
	int64_t entries = slots * limits->positions; /* of which each may have a whole row */
	int64_t workers = parallel_workers(slots, SHARD_SLOTS);
	int64_t row = fit->model.items > 0 ? pairs / fit->model.items + 1 : 1;

	/* rows of popular items, which come often, are several times as long as the mean */
	return pairs * 24 + entries * (24 + 4 * 8 * row) +
	       workers * (limits->positions + 3) * fit->model.padded * 4 +
	       (slots + SHARD_SLOTS - 1) / SHARD_SLOTS * fit->model.padded * 4 + fit->model.padded * 24 +
	       fit->users.users * 4;
}

static void
allocate(Work *w, int64_t most_slots)
{
	int64_t positions = w->w->positions, padded = w->topics->padded,
			pairs = w->counts->start[w->topics->items];

	w->mirror = host_array(int64_t, pairs);
	w->gradient = filled_floats(pairs, 0);
	w->squares = filled_floats(pairs, WEIGHT_SQUARES);
	w->item = host_array(uint32_t, most_slots * positions);
	w->length = host_array(int64_t, most_slots);
	w->place = host_array(int64_t, most_slots * positions);
	w->next = host_array(int64_t, most_slots * positions);
	w->first = host_array(int64_t, w->topics->items);
	for (int64_t i = 0; i < w->topics->items; i++)
		w->first[i] = -1;
	w->row = host_array(uint32_t, w->topics->items);
	w->part = host_array(float, 1);
	w->part_room = 1;
	w->workers = parallel_workers(most_slots, SHARD_SLOTS);
	w->scratch = host_array(Scratch, w->workers);
	for (int i = 0; i < w->workers; i++)
	{
		w->scratch[i].share = host_array(float, w->topics->topics);
		w->scratch[i].base = host_array(float, padded);
		w->scratch[i].drawn = host_array(float, padded);
		w->scratch[i].probability = host_array(float, positions *padded);
		w->scratch[i].suffix = host_array(float, padded);
	}
	w->sums = host_array(ShardSums, (most_slots + SHARD_SLOTS - 1) / SHARD_SLOTS);
	for (int64_t s = 0; s * SHARD_SLOTS < most_slots; s++)
	{
		w->sums[s].bias = host_array(float, padded);
		w->sums[s].pull = host_array(double, positions);
		w->sums[s].trust = host_array(double, positions);
	}
}

/* What learning allocates and does not give back is in a scope of the host. */
static void
learn(Work *w, const PairLimits *limits, uint64_t seed)
{
	int64_t users = w->fit->users.users, longest = 0;
	int64_t most_slots = users < limits->batch ? users : limits->batch;
	uint32_t *order = host_array(uint32_t, users), *history;
	float *bias_squares = filled_floats(w->topics->padded, OTHER_SQUARES);
	double *pull_squares = filled_doubles(w->w->positions, OTHER_SQUARES);
	double *trust_squares = filled_doubles(w->w->positions, OTHER_SQUARES);

	for (int64_t u = 0; u < users; u++)
	{
		int64_t length = w->fit->users.start[u + 1] - w->fit->users.start[u];

		longest = length > longest ? length : longest;
		order[u] = (uint32_t) u;
	}
	history = host_array(uint32_t, longest);
	allocate(w, most_slots);
	parallel_for(ANY_WORKERS, w->topics->items, SHARD_ROWS, find_mirrors, w);
	for (int64_t epoch = 0; epoch < limits->epochs; epoch++)
	{
		Random random;
		double loss = 0;
		int64_t steps = 0;

		random_open(&random, seed, RANDOM_USER_ORDER, (uint64_t) epoch);
		shuffle(order, users, users, &random);
		for (int64_t first = 0; first < users; first += most_slots)
		{
			int64_t slots = users - first < most_slots ? users - first : most_slots;

			host_progress("learning pairs", epoch * users + first, limits->epochs * users);
			begin_batch(w, epoch, order + first, slots, seed, history);
			w->penalty = limits->penalty * (double) slots / (double) users;
			parallel_for(w->workers, slots, SHARD_SLOTS, learn_from_users, w);
			parallel_for(ANY_WORKERS, w->rows, SHARD_ROWS, add_parts, w);
			parallel_for(ANY_WORKERS, w->topics->items, SHARD_ROWS, change_rows, w);
			end_batch(w, bias_squares, pull_squares, trust_squares, &loss, &steps);
		}
		w->w->loss[epoch] = loss / (double) steps;
	}
}

void
pair_weights_fit(const TopicFit *fit, const PairCounts *counts, const PairLimits *limits, uint64_t seed,
                 PairWeights *weights)
{
	Work w = {.fit = fit, .topics = &fit->model, .counts = counts, .w = weights, .rate = limits->rate};
	void *scope;

	weights->positions = limits->positions;
	weights->weight = filled_floats(counts->start[fit->model.items], 0);
	weights->bias = filled_floats(fit->model.padded, 0);
	weights->pull = filled_doubles(limits->positions, 1);
	weights->trust = filled_doubles(limits->positions, 1);
	weights->loss = host_array(double, limits->epochs);
	scope = host_open_scope();
	learn(&w, limits, seed);
	host_close_scope(scope);
}
