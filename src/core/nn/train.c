/*
 * train.c
 *	  The training loop of all models.
 *
 * A minibatch is cut into shards of at most training->shard samples, and the
 * shards go to LANES lanes in turn.  A lane has a block of gradients, to which
 * its shards add one after the other; a thread takes a lane at a time.  So
 * there are LANES blocks however many shards or threads there are, and sums are
 * made in one order.
 */
#include "nn/train.h"

#include "host.h"
#include "math/parallel.h"
#include "math/random.h"

#include <stdio.h>
#include <string.h>

#define LANES 4

/* Samples that the loss of untrained weights is taken of. */
#define UNTRAINED_SAMPLES 2048

#define RESTARTS 3
#define RESTART_FACTOR 0.25

/* Training losses beyond so many times the untrained one's, or beyond so many, are no training. */
#define DIVERGED_FACTOR 10

/* The best validation may be worse than that of the untrained weights by such a share. */
#define VALIDATION_MARGIN 0.1

typedef struct Trainer
{
	const TrainingPlan *training;
	Optimizer *optimizer[MAX_OBJECTIVES];
	int workers;
	Tape **tape;           /* workers */
	real *gradient[LANES]; /* blocks */
	real *best;            /* block of the best weights so far */
	int64_t *order;        /* the training samples, as this epoch goes through them */
	int64_t samples;       /* in it */
	int64_t *held_out;

	/* of the step or validation under way */
	const int64_t *sample;
	int64_t rows;  /* samples in it */
	int64_t round; /* shards that each lane has done */
	int64_t step;
	int objective; /* number, or -1 in validation */
	bool derive;   /* its gradient is wanted */
	double *loss;  /* per shard, times its samples */
} Trainer;

static int64_t
divide_up(int64_t a, int64_t b)
{
	return a / b + (a % b != 0);
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t
train_shard_rows(const TrainingPlan *t)
{
	return smaller(t->shard, divide_up(t->batch, LANES));
}

/* Steps in one round of all objectives. */
static int64_t
steps_in_round(const TrainingPlan *t)
{
	int64_t steps = 0;

	for (int o = 0; o < t->objectives; o++)
		steps += t->objective[o].repeats;
	return steps;
}

int64_t
train_steps(const TrainingPlan *t)
{
	int64_t batches = divide_up(t->samples - t->held_out, t->batch);
	int64_t rounds = batches / steps_in_round(t);

	return (rounds > 0 ? rounds : 1) * steps_in_round(t);
}

/* Works on one shard: its loss, and its part of the gradient. */
static void
work_on_shard(Trainer *trainer, int64_t shard_number, int lane, int worker)
{
	const TrainingPlan *t = trainer->training;
	const Objective *objective = trainer->objective >= 0 ? &t->objective[trainer->objective] : NULL;
	Tape *tape = trainer->tape[worker];
	int64_t first = shard_number * train_shard_rows(t);
	Shard shard = {trainer->sample + first, smaller(train_shard_rows(t), trainer->rows - first), t->seed,
	               trainer->step, objective != NULL};
	Node loss;

	tape_reset(tape);
	loss = (objective != NULL ? objective->loss : t->validate)(t->model, tape, &shard);
	trainer->loss[shard_number] = (double) tape_scalar(tape, loss) * (double) shard.rows;
	if (trainer->derive)
		tape_backward(tape, loss, (real) shard.rows / (real) trainer->rows, objective->first, objective->last,
		              trainer->round > 0, trainer->gradient[lane]);
}

static void
work_in_lanes(void *task, int64_t begin, int64_t end, int worker)
{
	Trainer *trainer = task;
	int64_t shards = divide_up(trainer->rows, train_shard_rows(trainer->training));

	for (int64_t lane = begin; lane < end; lane++)
	{
		if (trainer->round * LANES + lane < shards)
			work_on_shard(trainer, trainer->round * LANES + lane, (int) lane, worker);
	}
}

/* Goes over some samples and gives back their mean loss. */
static double
pass(Trainer *trainer, const int64_t *sample, int64_t rows, int objective, bool derive, int64_t step)
{
	int64_t shards = divide_up(rows, train_shard_rows(trainer->training));
	double sum = 0;

	trainer->sample = sample;
	trainer->rows = rows;
	trainer->objective = objective;
	trainer->derive = derive;
	trainer->step = step;
	for (trainer->round = 0; trainer->round * LANES < shards; trainer->round++)
		parallel_for(trainer->workers, smaller(LANES, shards - trainer->round * LANES), 1, work_in_lanes,
		             trainer);
	for (int64_t s = 0; s < shards; s++)
		sum += trainer->loss[s];
	return sum / (double) rows;
}

/* Puts the training samples in another order. */
static void
shuffle(Trainer *trainer, int64_t epoch)
{
	Random random;
	int64_t *order = trainer->order;

	random_open(&random, trainer->training->seed, RANDOM_SHUFFLE, (uint64_t) epoch);
	for (int64_t i = trainer->samples - 1; i > 0; i--)
	{
		int64_t j = (int64_t) random_below(&random, (uint64_t) i + 1);
		int64_t other = order[j];

		order[j] = order[i];
		order[i] = other;
	}
}

/* Chooses the samples that are held out; the others ascend. */
static void
divide_samples(Trainer *trainer)
{
	const TrainingPlan *t = trainer->training;
	int64_t wanted = t->held_out, kept = 0, held_out = 0;
	Random random;

	random_open(&random, t->seed, RANDOM_VALIDATION, 0);
	for (int64_t i = 0; i < t->samples; i++)
	{
		if ((int64_t) random_below(&random, (uint64_t) (t->samples - i)) < wanted - held_out)
			trainer->held_out[held_out++] = i;
		else
			trainer->order[kept++] = i;
	}
	trainer->samples = kept;
}

/*
 * Step number "done" of an epoch, of objective o; adds its loss to *sum.  Gives
 * back false when a number is not finite.
 */
static bool
take_step(Trainer *trainer, int o, int64_t epoch, int64_t done, double *sum)
{
	const TrainingPlan *t = trainer->training;
	int64_t steps = train_steps(t), step = epoch * steps + done;
	int64_t begin = done % divide_up(trainer->samples, t->batch) * t->batch;
	int64_t rows = smaller(t->batch, trainer->samples - begin);
	int blocks = (int) smaller(LANES, divide_up(rows, train_shard_rows(t)));
	double loss = pass(trainer, trainer->order + begin, rows, o, true, step);

	*sum += loss;
	if (!isfinite(loss) || !optimizer_step(trainer->optimizer[o], t->parameters, trainer->gradient, blocks))
		return false;
	host_progress(t->stage, step + 1, t->epochs * steps);
	return true;
}

/* One epoch: the mean loss of each objective.  Gives back false when a number is not finite. */
static bool
run_epoch(Trainer *trainer, int64_t epoch, double mean[MAX_OBJECTIVES])
{
	const TrainingPlan *t = trainer->training;
	int64_t steps = train_steps(t), done = 0;

	shuffle(trainer, epoch);
	for (int o = 0; o < t->objectives; o++)
		mean[o] = 0;
	while (done < steps)
	{
		for (int o = 0; o < t->objectives; o++)
		{
			for (int r = 0; r < t->objective[o].repeats; r++)
			{
				if (!take_step(trainer, o, epoch, done++, &mean[o]))
					return false;
			}
		}
	}
	for (int o = 0; o < t->objectives; o++)
		mean[o] *= (double) steps_in_round(t) / (double) (steps * t->objective[o].repeats);
	return true;
}

/*
 * The losses of the untrained weights, at the end of all schedules: of the
 * objectives that are to fall, then of the validation.
 */
static void
look_at_untrained(Trainer *trainer, double loss[MAX_OBJECTIVES + 1])
{
	const TrainingPlan *t = trainer->training;
	int64_t last = t->epochs * train_steps(t);

	shuffle(trainer, 0);
	for (int o = 0; o < t->objectives; o++)
	{
		if (t->objective[o].falls)
			loss[o] =
				pass(trainer, trainer->order, smaller(trainer->samples, UNTRAINED_SAMPLES), o, false, last);
	}
	if (t->validate != NULL)
		loss[t->objectives] = pass(trainer, trainer->held_out, t->held_out, -1, false, last);
}

/* Tells whether a loss that is to fall is far above that of the untrained weights. */
static bool
has_risen(const TrainingPlan *t, const double *untrained, const double loss[MAX_OBJECTIVES])
{
	for (int o = 0; o < t->objectives; o++)
	{
		if (t->objective[o].falls && !(loss[o] <= DIVERGED_FACTOR * fmax(fabs(untrained[o]), 1)))
			return true;
	}
	return false;
}

/* All epochs; gives back false when training diverged. */
static bool
run(Trainer *trainer, TrainingResult *result)
{
	const TrainingPlan *t = trainer->training;
	size_t bytes = (size_t) t->parameters->size * sizeof(real);
	double mean[MAX_OBJECTIVES], untrained[MAX_OBJECTIVES + 1];
	double best = INFINITY;

	parameters_initialise(t->parameters, t->seed);
	divide_samples(trainer);
	look_at_untrained(trainer, untrained);
	result->epochs = result->best = 0;
	for (int64_t epoch = 0; epoch < t->epochs; epoch++)
	{
		float *row = result->curve + epoch * (t->objectives + 1);
		double validation = NAN;

		if (!run_epoch(trainer, epoch, mean) || has_risen(t, untrained, mean))
			return false;
		if (t->validate != NULL)
		{
			validation =
				pass(trainer, trainer->held_out, t->held_out, -1, false, (epoch + 1) * train_steps(t));
			if (!isfinite(validation))
				return false;
		}
		for (int o = 0; o < t->objectives; o++)
			row[o] = (float) mean[o];
		row[t->objectives] = (float) validation;
		result->epochs = epoch + 1;
		if (t->validate == NULL)
			result->best = epoch + 1;
		else if (validation < best)
		{
			best = validation;
			result->best = epoch + 1;
			host_poll();
			memcpy(trainer->best, t->parameters->block, bytes);
			host_poll();
		}
		else if (epoch + 1 - result->best >= t->patience)
			break;
	}
	if (t->validate == NULL)
		return true;
	host_poll();
	memcpy(t->parameters->block, trainer->best, bytes);
	return best - untrained[t->objectives] <= VALIDATION_MARGIN * fabs(untrained[t->objectives]);
}

/* The room that the largest shard of any objective takes, by dry runs. */
static TapeSize
measure(const TrainingPlan *t)
{
	int64_t rows = train_shard_rows(t);
	void *scope = host_open_scope();
	Tape *tape = tape_new_dry(t->parameters);
	TapeSize size;

	for (int o = 0; o < t->objectives; o++)
	{
		Shard shard = {NULL, rows, t->seed, 0, true};

		tape_reset(tape);
		tape_backward(tape, t->objective[o].loss(t->model, tape, &shard), 1, t->objective[o].first,
		              t->objective[o].last, true, NULL);
	}
	if (t->validate != NULL)
	{
		Shard shard = {NULL, rows, t->seed, 0, false};

		tape_reset(tape);
		t->validate(t->model, tape, &shard);
	}
	size = tape_room(tape);
	host_close_scope(scope);
	return size;
}

/* Shards of the longest pass. */
static int64_t
most_shards(const TrainingPlan *t)
{
	int64_t trained = t->samples - t->held_out;
	int64_t rows = larger(t->held_out, smaller(trained, larger(t->batch, UNTRAINED_SAMPLES)));

	return divide_up(rows, train_shard_rows(t));
}

int64_t
train_bytes(const TrainingPlan *t)
{
	int64_t block = t->parameters->size * (int64_t) sizeof(real);
	int64_t lanes = smaller(LANES, most_shards(t));
	int64_t bytes =
		block * (1 + (t->validate != NULL) + lanes) + parallel_workers(lanes, 1) * tape_bytes(measure(t));

	for (int o = 0; o < t->objectives; o++)
		bytes += optimizer_bytes(t->objective[o].last - t->objective[o].first);
	return bytes + t->samples * (int64_t) sizeof(int64_t) +
	       t->epochs * (t->objectives + 1) * (int64_t) sizeof(float);
}

static void
allocate(Trainer *trainer, TapeSize size, int lanes, int64_t shards)
{
	const TrainingPlan *t = trainer->training;

	for (int o = 0; o < t->objectives; o++)
		trainer->optimizer[o] = optimizer_new(&t->objective[o].optimizer, t->parameters,
		                                      t->objective[o].first, t->objective[o].last);
	trainer->tape = host_array(Tape *, trainer->workers);
	for (int w = 0; w < trainer->workers; w++)
		trainer->tape[w] = tape_new(t->parameters, size);
	for (int l = 0; l < lanes; l++)
	{
		host_poll();
		trainer->gradient[l] = host_array_zero(real, t->parameters->size);
	}
	if (t->validate != NULL)
		trainer->best = host_array(real, t->parameters->size);
	trainer->order = host_array(int64_t, t->samples - t->held_out);
	trainer->held_out = host_array(int64_t, t->held_out);
	trainer->loss = host_array(double, shards);
}

TrainingResult
train(const TrainingPlan *training)
{
	Trainer *trainer = host_alloc_zero(sizeof(Trainer));
	TrainingResult result = {.steps = train_steps(training)};
	TapeSize size = measure(training);
	int64_t shards = most_shards(training);
	int lanes = (int) smaller(LANES, shards);
	void *scope;

	trainer->training = training;
	trainer->workers = parallel_workers(lanes, 1);
	host_reserve(train_bytes(training), training->operation);
	matrix_prepare();
	parameters_allocate(training->parameters);
	result.curve = host_array(float, training->epochs *(training->objectives + 1));
	scope = host_open_scope();
	allocate(trainer, size, lanes, shards);
	parallel_keep_threads(trainer->workers);
	while (!run(trainer, &result))
	{
		if (result.restarts++ == RESTARTS)
			host_fail(HOST_INVALID_PARAMETER, host_format("%s diverged", training->operation),
			          host_format("Losses grew or were no finite numbers, also at %g of the learning rate.",
			                      pow(RESTART_FACTOR, RESTARTS)),
			          "Lower the learning rate.");
		for (int o = 0; o < training->objectives; o++)
			optimizer_restart(trainer->optimizer[o], RESTART_FACTOR);
	}
	host_close_scope(scope);
	return result;
}

char *
train_curve_json(const float *curve, int64_t epochs, int objectives, int n)
{
	int64_t room = 8 + epochs * 24, used = 1;
	char *text = host_array(char, room);

	text[0] = '[';
	for (int64_t e = 0; e < epochs; e++)
	{
		double number = curve[e * (objectives + 1) + n];

		used += snprintf(text + used, (size_t) (room - used), isfinite(number) ? "%s%.6g" : "%snull",
		                 e == 0 ? "" : ", ", number);
	}
	snprintf(text + used, (size_t) (room - used), "]");
	return text;
}
