/*
 * test_train.c
 *	  The training loop and the optimiser: what is learnt, when it ends, and that
 *	  threads change nothing.
 */
#include "nets.h"
#include "nn/losses.h"
#include "nn/train.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define SAMPLES 203
#define EPOCHS 100

/* Regression of y on x with everything in it whose result could depend on threads. */
typedef struct Regression
{
	Parameters parameters;
	Dense in, out;
	Norm norm;
	Matrix x, y;
	atomic_int *trained; /* per sample: how often */
	atomic_int *validated;
} Regression;

/* Rows of a matrix that belong to a shard. */
static Node
rows_of(Tape *tape, const Matrix *m, const Shard *shard)
{
	real *value;
	Node node = tape_constant(tape, shard->rows, m->cols, &value);

	for (int64_t i = 0; value != NULL && i < shard->rows; i++)
		memcpy(value + i * m->cols, m->value + shard->sample[i] * m->stride, (size_t) m->cols * sizeof(real));
	return node;
}

static Node
regression_loss(const void *model, Tape *tape, const Shard *shard)
{
	const Regression *r = model;
	Node h = dense(tape, &r->in, rows_of(tape, &r->x, shard));

	for (int64_t i = 0; shard->sample != NULL && i < shard->rows; i++)
		atomic_fetch_add(&(shard->training ? r->trained : r->validated)[shard->sample[i]], 1);
	h = tape_tanh(tape, batch_norm(tape, &r->norm, shard, h));
	h = dropout(tape, shard, 0, h, 1, 0.9);
	return mean_squared_error(tape, dense(tape, &r->out, h), rows_of(tape, &r->y, shard));
}

static Regression *
new_regression(TrainingPlan *plan)
{
	Regression *r = host_alloc_zero(sizeof(Regression));
	Random random;

	case_random(&random, 1);
	r->x = random_matrix(&random, SAMPLES, 4, -1, 1);
	r->y = random_matrix(&random, SAMPLES, 1, -0.1, 0.1);
	for (int i = 0; i < SAMPLES; i++)
		r->y.value[i] += r->x.value[4 * i] * r->x.value[4 * i + 1] + r->x.value[4 * i + 2];
	r->in = dense_add(&r->parameters, 4, 24, INIT_XAVIER, INIT_ZERO);
	r->norm = batch_norm_add(&r->parameters, 24);
	r->out = dense_add(&r->parameters, 24, 1, INIT_XAVIER, INIT_ZERO);
	r->trained = host_alloc_zero(SAMPLES * sizeof(atomic_int));
	r->validated = host_alloc_zero(SAMPLES * sizeof(atomic_int));
	*plan = (TrainingPlan){
		.stage = "training",
		.operation = "regression",
		.model = r,
		.parameters = &r->parameters,
		.objectives = 1,
		.validate = regression_loss,
		.samples = SAMPLES,
		.held_out = 40,
		.batch = 50,
		.shard = 11,
		.epochs = EPOCHS,
		.patience = EPOCHS,
		.seed = 9,
	};
	plan->objective[0] = (Objective){regression_loss, 0, r->parameters.size, 1, true, ADAM(0.01)};
	return r;
}

static void
test_learns(void **state)
{
	TrainingPlan plan;
	Regression *r = new_regression(&plan);
	TrainingResult result = train(&plan);
	int held_out = 0;

	(void) state;
	assert_int_equal(result.epochs, EPOCHS);
	assert_int_equal(result.restarts, 0);
	assert_true(result.best >= 1 && result.best <= EPOCHS);
	assert_true(result.curve[2 * (EPOCHS - 1)] < 0.1 * result.curve[0]);
	assert_true(result.curve[2 * result.best - 1] < 0.06);
	for (int e = 0; e < EPOCHS; e++)
		assert_true(result.curve[2 * e + 1] >= result.curve[2 * result.best - 1]);
	/* once an epoch, and once before the first; either for training or for validation */
	for (int i = 0; i < SAMPLES; i++)
	{
		held_out += r->trained[i] == 0;
		assert_int_equal(r->trained[i] + r->validated[i], EPOCHS + 1);
		assert_true(r->trained[i] == 0 || r->validated[i] == 0);
	}
	assert_int_equal(held_out, 40);
}

static void
test_threads(void **state)
{
	TrainingPlan plan;
	Regression *first = new_regression(&plan);
	TrainingResult expected = train(&plan);

	(void) state;
	for (int n = 2; n < 6; n++)
	{
		Regression *r = new_regression(&plan);
		TrainingResult result;

		host_test_set_threads(n);
		host_test_disturb(n == 4);
		result = train(&plan);
		host_test_disturb(false);
		assert_memory_equal(first->parameters.block, r->parameters.block,
		                    (size_t) r->parameters.size * sizeof(real));
		assert_memory_equal(expected.curve, result.curve, sizeof(float) * 2 * EPOCHS);
	}
	/* another seed gives something else */
	{
		Regression *r = new_regression(&plan);

		plan.seed++;
		train(&plan);
		assert_memory_not_equal(first->parameters.block, r->parameters.block, 100 * sizeof(real));
	}
}

/* One parameter w that starts at 1. */
typedef struct Point
{
	Parameters parameters;
	int w;
	double target;     /* the loss is (w - target)^2 */
	double validation; /* and the validation's is (w - validation)^2 */
	double limit;      /* beyond it numbers are no longer finite; 0 for none */
} Point;

static Node
squared_distance(Tape *tape, Node w, double from)
{
	Node difference = tape_affine(tape, w, 1, (real) -from);

	return tape_multiply(tape, difference, difference);
}

static Node
point_loss(const void *model, Tape *tape, const Shard *shard)
{
	const Point *p = model;
	Node w = tape_parameter(tape, p->w);
	Node loss = squared_distance(tape, w, p->target);

	(void) shard;
	if (p->limit > 0)
	{
		Node rest = tape_affine(tape, tape_multiply(tape, w, w), -1, (real) (p->limit * p->limit));

		loss = tape_add(tape, loss, tape_affine(tape, tape_sqrt(tape, rest), 0, 0));
	}
	return loss;
}

static Node
point_validation(const void *model, Tape *tape, const Shard *shard)
{
	const Point *p = model;

	(void) shard;
	return squared_distance(tape, tape_parameter(tape, p->w), p->validation);
}

static Point *
new_point(TrainingPlan *plan, double rate, double target)
{
	Point *p = host_alloc_zero(sizeof(Point));

	p->w = parameters_add(&p->parameters, 1, 1, INIT_ONE);
	p->target = target;
	*plan = (TrainingPlan){
		.stage = "training",
		.operation = "point",
		.model = p,
		.parameters = &p->parameters,
		.objectives = 1,
		.samples = 8,
		.batch = 8,
		.shard = 8,
		.epochs = 60,
		.patience = 4,
	};
	plan->objective[0] = (Objective){point_loss, 0, p->parameters.size, 1, true, ADAM(rate)};
	return p;
}

/* Training goes through what validation likes best and beyond: the best is kept. */
static void
test_early_stopping(void **state)
{
	TrainingPlan plan;
	Point *p = new_point(&plan, 0.1, 8);
	TrainingResult result;

	(void) state;
	p->validation = 2.03;
	plan.held_out = 3;
	plan.validate = point_validation;
	result = train(&plan);
	/* steps of about 0.1 from 1 */
	assert_int_equal(result.best, 10);
	assert_int_equal(result.epochs, 14);
	assert_true(fabs(p->parameters.block[0] - 2) < 0.01);

	/* without it, the last weights are kept */
	p = new_point(&plan, 0.1, 8);
	result = train(&plan);
	assert_int_equal(result.best, 60);
	assert_int_equal(result.epochs, 60);
	assert_true(p->parameters.block[0] > 5);
	for (int e = 0; e < 60; e++)
		assert_true(isnan(result.curve[2 * e + 1]));
}

static void
test_divergence(void **state)
{
	TrainingPlan plan;
	Point *p = new_point(&plan, 20, 5);
	TrainingResult result;

	(void) state;
	/* the first step leads to 21, that at a quarter of the rate to 6 */
	p->limit = 15;
	result = train(&plan);
	assert_int_equal(result.restarts, 1);
	assert_true(fabs(p->parameters.block[0] - 5) < 1);

	new_point(&plan, 1000, 5)->limit = 6;
	EXPECT_FAIL(HOST_INVALID_PARAMETER, train(&plan));

	/* finite, but far worse than untrained; a loss that may rise does not mind */
	new_point(&plan, 1e6, 1.5);
	EXPECT_FAIL(HOST_INVALID_PARAMETER, train(&plan));
	new_point(&plan, 1e6, 1.5);
	plan.objective[0].falls = false;
	assert_int_equal(train(&plan).restarts, 0);
}

static void
test_limits(void **state)
{
	TrainingPlan plan;

	(void) state;
	new_regression(&plan);
	host_test_limit_memory(10000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, train(&plan));
	host_test_limit_memory(0);
	for (volatile int n = 1; n < 4; n++)
	{
		host_test_set_threads(n);
		new_regression(&plan);
		host_test_cancel_after(200 * n);
		EXPECT_FAIL(HOST_TEST_CANCELLED, train(&plan));
		host_test_cancel_after(-1);
	}
}

/* One sample, a batch of one, a batch larger than all, more lanes than samples. */
static void
test_small(void **state)
{
	static const int64_t shapes[][4] = {
		{1, 0, 1, 1}, {1, 0, 500, 500}, {2, 1, 3, 1}, {9, 1, 2, 5}, {5, 4, 500, 2}};

	(void) state;
	for (int n = 0; n < 5; n++)
	{
		TrainingPlan plan;
		Regression *r = new_regression(&plan);

		plan.samples = shapes[n][0];
		plan.held_out = shapes[n][1];
		plan.batch = shapes[n][2];
		plan.shard = shapes[n][3];
		plan.epochs = 3;
		plan.objective[0].falls = false; /* of so few it may not */
		if (plan.held_out == 0)
			plan.validate = NULL;
		assert_int_equal(train(&plan).epochs, 3);
		for (int64_t i = 0; i < r->parameters.size; i++)
			assert_true(isfinite(r->parameters.block[i]));
	}
}

/* A game: points moved towards N(2, 1), told apart by a critic. */
typedef struct Game
{
	Parameters parameters;
	int shift; /* 1 x 2: fake points are noise + shift */
	Dense hidden, output;
	bool regularised;
} Game;

static Node
game_critic(Tape *tape, const void *net, Node x)
{
	const Game *g = net;

	return dense(tape, &g->output, tape_leaky(tape, dense(tape, &g->hidden, x), (real) 0.2));
}

static Node
fakes(const Game *g, Tape *tape, const Shard *shard)
{
	return tape_add(tape, shard_normal(tape, shard, 0, 1, 2), tape_parameter(tape, g->shift));
}

static Node
critic_loss(const void *model, Tape *tape, const Shard *shard)
{
	const Game *g = model;
	Node fake = tape_detach(tape, fakes(g, tape, shard));
	Node genuine = tape_affine(tape, shard_normal(tape, shard, 1, 1, 2), 1, 2);

	if (g->regularised)
		return regularised_critic_loss(tape, game_critic, g, genuine, fake, 1);
	return wasserstein_critic_loss(tape, game_critic, g, genuine, fake, shard_uniform(tape, shard, 2, 1, 1),
	                               1);
}

static Node
generator_loss(const void *model, Tape *tape, const Shard *shard)
{
	const Game *g = model;
	Node logits = game_critic(tape, g, fakes(g, tape, shard));

	if (g->regularised)
		return binary_cross_entropy_with(tape, logits, 1);
	return tape_affine(tape, tape_mean(tape, logits), -1, 0);
}

static void
test_games(void **state)
{
	(void) state;
	for (int n = 0; n < 2; n++)
	{
		Game *g = host_alloc_zero(sizeof(Game));
		int64_t first;
		TrainingPlan plan = {.stage = "training",
		                     .operation = "game",
		                     .model = g,
		                     .parameters = &g->parameters,
		                     .objectives = 2,
		                     .samples = 512,
		                     .batch = 64,
		                     .shard = 64,
		                     .epochs = 60,
		                     .seed = 4};
		Matrix shift;

		g->regularised = n;
		g->shift = parameters_add(&g->parameters, 1, 2, INIT_ZERO);
		first = g->parameters.size;
		g->hidden = dense_add(&g->parameters, 2, 16, INIT_XAVIER, INIT_ZERO);
		g->output = dense_add(&g->parameters, 16, 1, INIT_XAVIER, INIT_ZERO);
		plan.objective[0] = (Objective){critic_loss, first, g->parameters.size, 3, false, ADAM(0.02)};
		plan.objective[1] = (Objective){generator_loss, 0, first, 1, false, ADAM(0.02)};
		host_test_set_threads(2);
		assert_int_equal(train(&plan).steps, 8);
		shift = parameters_matrix(&g->parameters, g->shift);
		assert_true(fabs(shift.value[0] - 2) < 0.5 && fabs(shift.value[1] - 2) < 0.5);
	}
}

/* Adam and AdamW beside their equations, with blocks of gradients, clipping and running averages. */
static void
test_optimizer(void **state)
{
	enum
	{
		STEPS = 20
	};

	(void) state;
	for (int n = 0; n < 8; n++)
	{
		OptimizerOptions options = ADAM(0.05);
		Parameters parameters = {0};
		Optimizer *optimizer;
		real *block[3];
		double *w, *mean, *square, average;
		int64_t size;
		Random random;

		case_random(&random, (uint64_t) n);
		options.decay = n & 1 ? 0.1 : 0;
		options.decoupled = n & 2;
		options.clip = n & 4 ? 3 : 0;
		parameters_add(&parameters, 7, 9, INIT_XAVIER);
		parameters_add_average(&parameters, 3, INIT_ONE);
		parameters_add(&parameters, 300, 301, INIT_XAVIER);
		parameters_allocate(&parameters);
		parameters_initialise(&parameters, 1);
		size = parameters.size;
		optimizer = optimizer_new(&options, &parameters, 0, size);
		w = host_array(double, size);
		mean = host_array_zero(double, size);
		square = host_array_zero(double, size);
		for (int64_t i = 0; i < size; i++)
			w[i] = parameters.block[i];
		average = 1;
		host_test_set_threads(1 + n % 3);
		for (int t = 1; t <= STEPS; t++)
		{
			double length = 0;

			for (int b = 0; b < 3; b++)
			{
				block[b] = random_matrix(&random, 1, size, -1, 1).value;
				for (int64_t i = 0; i < size; i++)
					block[b][i] *= (real) (i % 7);
			}
			for (int p = 0; p < 3; p += 2)
			{
				const Parameter *parameter = &parameters.parameter[p];

				for (int64_t i = parameter->offset; i < parameter->offset + parameter->rows * parameter->cols;
				     i++)
					length += pow((double) block[0][i] + block[1][i] + block[2][i], 2);
			}
			length = options.clip > 0 ? fmax(1, sqrt(length) / options.clip) : 1;
			average -= 0.1 * ((double) block[0][parameters.parameter[1].offset + 1] +
			                  block[1][parameters.parameter[1].offset + 1] +
			                  block[2][parameters.parameter[1].offset + 1]);
			for (int64_t i = 0; i < size; i++)
			{
				double g = ((double) block[0][i] + block[1][i] + block[2][i]) / length;

				g += options.decoupled ? 0 : options.decay * w[i];
				mean[i] = 0.9 * mean[i] + 0.1 * g;
				square[i] = 0.999 * square[i] + 0.001 * g * g;
				w[i] -= options.decoupled ? 0.05 * options.decay * w[i] : 0;
				w[i] -= 0.05 * mean[i] / (1 - pow(0.9, t)) / (sqrt(square[i] / (1 - pow(0.999, t))) + 1e-8);
			}
			assert_true(optimizer_step(optimizer, &parameters, block, 3));
		}
		for (int p = 0; p < 3; p += 2)
		{
			const Parameter *parameter = &parameters.parameter[p];

			for (int64_t i = parameter->offset; i < parameter->offset + parameter->rows * parameter->cols;
			     i++)
				assert_true(fabs(parameters.block[i] - w[i]) < 2e-3);
		}
		assert_true(fabs(parameters.block[parameters.parameter[1].offset + 1] - average) < 1e-4);
		/* nothing moves by a gradient that is not finite */
		w[5] = parameters.block[5];
		block[1][100] = NAN;
		assert_false(optimizer_step(optimizer, &parameters, block, 3));
		assert_true(parameters.block[5] == (real) w[5]);
	}
}

static void
test_curves(void **state)
{
	static const float curve[] = {1, 2, 0.5f, NAN, 1e-9f, 3};

	(void) state;
	assert_string_equal(train_curve_json(curve, 3, 1, 0), "[1, 0.5, 1e-09]");
	assert_string_equal(train_curve_json(curve, 3, 1, 1), "[2, null, 3]");
	assert_string_equal(train_curve_json(curve, 0, 1, 1), "[]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_learns),     host_unit_test(test_threads),   host_unit_test(test_early_stopping),
		host_unit_test(test_divergence), host_unit_test(test_limits),    host_unit_test(test_small),
		host_unit_test(test_games),      host_unit_test(test_optimizer), host_unit_test(test_curves),
	};

	return cmocka_run_group_tests_name("train", tests, NULL, NULL);
}
