/*
 * test_layers.c
 *	  Layers: derivatives beside difference quotients, values beside their definitions.
 */
#include "nets.h"

#include <math.h>

/* Everything that a loss of a layer's parameters needs. */
typedef struct Net
{
	Parameters parameters;
	Dense dense;
	Norm norm;
	GruStack gru;
	int table;
	Matrix x;
	Sparse sparse;
	Shard shard;
	const real *active;
} Net;

/* A seed for random inputs; samples have numbers that are not those of rows. */
static Net *
new_net(uint64_t seed, int64_t rows, int64_t cols)
{
	static const int64_t sample[] = {5, 17, 2, 40000000, 9, 11};
	Net *net = host_alloc_zero(sizeof(Net));
	Random random;

	case_random(&random, seed);
	net->x = random_matrix(&random, rows, cols, -1, 1);
	net->sparse = random_sparse(&random, rows, cols, cols, false);
	net->shard = (Shard){sample, rows, 3, 77, true};
	matrix_prepare();
	return net;
}

static void
allocate(Net *net)
{
	parameters_allocate(&net->parameters);
	parameters_initialise(&net->parameters, 5);
}

/* A number that depends on every number of a in another way. */
static Node
mixed(Tape *tape, Node a)
{
	return tape_mean(tape, tape_multiply(tape, tape_sigmoid(tape, a), tape_softmax(tape, a)));
}

static Node
dense_loss(const void *context, Tape *tape)
{
	const Net *net = context;

	return mixed(tape, dense(tape, &net->dense, tape_view(tape, &net->x)));
}

static Node
dense_sparse_loss(const void *context, Tape *tape)
{
	const Net *net = context;

	return mixed(tape, dense_sparse(tape, &net->dense, &net->sparse));
}

static void
test_dense(void **state)
{
	Net *net = new_net(1, 4, 6);

	(void) state;
	net->dense = dense_add(&net->parameters, 6, 3, INIT_XAVIER, INIT_FAN_IN);
	allocate(net);
	assert_backward(dense_loss, net, &net->parameters);
	assert_backward(dense_sparse_loss, net, &net->parameters);
}

static Node
embedding_loss(const void *context, Tape *tape)
{
	static const uint32_t index[] = {2, 0, 2, 4};
	const Net *net = context;

	return mixed(tape, every_step(tape, embedding(tape, net->table, index, 4), 3));
}

static void
test_embedding(void **state)
{
	static const uint32_t index[] = {3, 3, 1};
	Net *net = new_net(2, 4, 3);
	Matrix rows, repeated;
	Tape *tape;

	(void) state;
	net->table = parameters_add(&net->parameters, 5, 3, INIT_NORMAL);
	allocate(net);
	assert_backward(embedding_loss, net, &net->parameters);
	tape = tape_new(&net->parameters, (TapeSize){16, 1 << 16});
	rows = tape_value(tape, embedding(tape, net->table, index, 3));
	repeated = tape_value(tape, every_step(tape, embedding(tape, net->table, index, 3), 2));
	assert_int_equal(repeated.rows, 6);
	for (int i = 0; i < 18; i++)
	{
		assert_true(rows.value[i % 9] == net->parameters.block[index[i % 9 / 3] * 3 + i % 3]);
		assert_true(repeated.value[i] == rows.value[i % 9]);
	}
}

static Node
layer_norm_loss(const void *context, Tape *tape)
{
	const Net *net = context;

	return mixed(tape, layer_norm(tape, &net->norm, dense(tape, &net->dense, tape_view(tape, &net->x))));
}

static void
test_layer_norm(void **state)
{
	Net *net = new_net(3, 4, 6);
	Tape *tape;
	Matrix y;

	(void) state;
	net->dense = dense_add(&net->parameters, 6, 5, INIT_XAVIER, INIT_FAN_IN);
	net->norm = layer_norm_add(&net->parameters, 5);
	allocate(net);
	tape = tape_new(&net->parameters, (TapeSize){64, 1 << 16});
	y = tape_value(tape, layer_norm(tape, &net->norm, dense(tape, &net->dense, tape_view(tape, &net->x))));
	for (int i = 0; i < 4; i++)
	{
		double sum = 0, square = 0;

		for (int j = 0; j < 5; j++)
		{
			sum += y.value[i * 5 + j];
			square += y.value[i * 5 + j] * y.value[i * 5 + j];
		}
		assert_true(fabs(sum) < 1e-12);
		assert_true(square / 5 < 1 && square / 5 > 0.99);
	}
	assert_backward(layer_norm_loss, net, &net->parameters);
}

static Node
batch_norm_loss(const void *context, Tape *tape)
{
	const Net *net = context;
	Node x = dense(tape, &net->dense, tape_view(tape, &net->x));

	return mixed(tape, batch_norm(tape, &net->norm, &net->shard, x));
}

/*
 * Derivatives when not training, where the running averages are parameters
 * like others; and in training, where they get what they differ by.
 */
static void
test_batch_norm(void **state)
{
	Net *net = new_net(4, 6, 4);
	Tape *tape;
	Node x;
	Matrix y, z;
	real *gradient;
	int64_t mean, variance;

	(void) state;
	net->dense = dense_add(&net->parameters, 4, 3, INIT_XAVIER, INIT_FAN_IN);
	net->norm = batch_norm_add(&net->parameters, 3);
	allocate(net);
	mean = net->parameters.parameter[net->norm.mean].offset;
	variance = net->parameters.parameter[net->norm.variance].offset;
	net->parameters.block[mean + 1] = 0.25;
	net->parameters.block[variance + 2] = 2;
	net->shard.training = false;
	assert_backward(batch_norm_loss, net, &net->parameters);

	net->shard.training = true;
	tape = tape_new(&net->parameters, (TapeSize){256, 1 << 16});
	gradient = host_array(real, net->parameters.size);
	tape_backward(tape, batch_norm_loss(net, tape), 0.5, 0, net->parameters.size, false, gradient);
	tape_reset(tape);
	x = dense(tape, &net->dense, tape_view(tape, &net->x));
	y = tape_value(tape, x);
	z = tape_value(tape, batch_norm(tape, &net->norm, &net->shard, x));
	for (int j = 0; j < 3; j++)
	{
		double sum = 0, square = 0, scaled = 0;

		for (int i = 0; i < 6; i++)
			sum += y.value[i * 3 + j] / 6;
		for (int i = 0; i < 6; i++)
			square += (y.value[i * 3 + j] - sum) * (y.value[i * 3 + j] - sum);
		for (int i = 0; i < 6; i++)
		{
			scaled = (y.value[i * 3 + j] - sum) / sqrt(square / 6 + 1e-5);
			assert_true(fabs(z.value[i * 3 + j] - scaled) < 1e-12);
		}
		assert_true(fabs(gradient[mean + j] - 0.5 * (net->parameters.block[mean + j] - sum)) < 1e-12);
		assert_true(fabs(gradient[variance + j] - 0.5 * (net->parameters.block[variance + j] - square / 5)) <
		            1e-12);
	}
}

/* The averages left out, the derivatives in training are those of the loss. */
static void
test_batch_norm_training(void **state)
{
	Net *net = new_net(5, 6, 4);
	Tape *tape;
	real *gradient;
	int64_t size;

	(void) state;
	net->dense = dense_add(&net->parameters, 4, 3, INIT_XAVIER, INIT_FAN_IN);
	net->norm = batch_norm_add(&net->parameters, 3);
	allocate(net);
	size = net->parameters.parameter[net->norm.mean].offset;
	tape = tape_new(&net->parameters, (TapeSize){256, 1 << 16});
	gradient = host_array(real, net->parameters.size);
	tape_backward(tape, batch_norm_loss(net, tape), 1, 0, size, false, gradient);
	for (int p = 0; p < 4; p++)
	{
		const Parameter *parameter = &net->parameters.parameter[p];

		for (int64_t j = parameter->offset; j < parameter->offset + parameter->rows * parameter->cols; j++)
		{
			real kept = net->parameters.block[j];
			double above, below;

			net->parameters.block[j] = kept + 1e-5;
			tape_reset(tape);
			above = tape_scalar(tape, batch_norm_loss(net, tape));
			net->parameters.block[j] = kept - 1e-5;
			tape_reset(tape);
			below = tape_scalar(tape, batch_norm_loss(net, tape));
			net->parameters.block[j] = kept;
			assert_true(fabs(gradient[j] - (above - below) / 2e-5) < 1e-7);
		}
	}
}

static Node
dropout_loss(const void *context, Tape *tape)
{
	const Net *net = context;
	Node h = dense(tape, &net->dense, tape_view(tape, &net->x));

	h = dropout(tape, &net->shard, 1, h, 1, 0.7);
	return mixed(tape, gumbel_softmax(tape, &net->shard, 2, h, 1, 0.5));
}

/* The noise of a sample stays with it, whoever shares its shard. */
static void
test_noise(void **state)
{
	static const int64_t turned[] = {40000000, 2, 17};
	Net *net = new_net(6, 4, 6);
	Tape *tape;
	Matrix mask, part;
	Shard other;

	(void) state;
	net->dense = dense_add(&net->parameters, 6, 5, INIT_XAVIER, INIT_FAN_IN);
	allocate(net);
	assert_backward(dropout_loss, net, &net->parameters);
	tape = tape_new(&net->parameters, (TapeSize){16, 1 << 20});
	other = net->shard;
	other.sample = turned;
	other.rows = 3;
	mask = tape_value(tape, shard_mask(tape, &net->shard, 1, 2, 7, 0.25));
	part = tape_value(tape, shard_mask(tape, &other, 1, 2, 7, 0.25));
	for (int t = 0; t < 2; t++)
	{
		for (int i = 0; i < 3; i++)
		{
			for (int j = 0; j < 7; j++)
			{
				real number = part.value[(t * 3 + i) * 7 + j];

				assert_true(number == mask.value[(t * 4 + 3 - i) * 7 + j]);
				assert_true(number == 0 || number == 4);
			}
		}
	}
	/* another use, another step: other numbers */
	part = tape_value(tape, shard_normal(tape, &net->shard, 1, 2, 7));
	mask = tape_value(tape, shard_normal(tape, &net->shard, 2, 2, 7));
	assert_true(part.value[0] != mask.value[0]);
	other = net->shard;
	other.step++;
	mask = tape_value(tape, shard_normal(tape, &other, 1, 2, 7));
	assert_true(part.value[0] != mask.value[0]);
}

/*
 * Moments of 40,000 numbers: each within 5 standard errors, which for a seed
 * picked at random fails once in 1.7 million cases.
 */
static void
test_moments(void **state)
{
	enum
	{
		N = 40000
	};
	static const int64_t sample[] = {12};
	Shard shard = {sample, 1, 9, 4, true};
	Tape *tape = tape_new(NULL, (TapeSize){8, 4 * N * 9});
	Matrix normal = tape_value(tape, shard_normal(tape, &shard, 0, 1, N));
	Matrix uniform = tape_value(tape, shard_uniform(tape, &shard, 0, 1, N));
	Matrix gumbel = tape_value(tape, shard_gumbel(tape, &shard, 0, 1, N));
	Matrix mask = tape_value(tape, shard_mask(tape, &shard, 0, 1, N, 0.3));
	double sum[6] = {0};

	(void) state;
	for (int i = 0; i < N; i++)
	{
		sum[0] += normal.value[i];
		sum[1] += normal.value[i] * normal.value[i];
		sum[2] += normal.value[i] * normal.value[(i + 1) % N];
		sum[3] += uniform.value[i];
		sum[4] += gumbel.value[i];
		sum[5] += mask.value[i];
		assert_true(uniform.value[i] > 0 && uniform.value[i] < 1);
	}
	assert_true(fabs(sum[0] / N) < 5 / sqrt(N));
	assert_true(fabs(sum[1] / N - 1) < 5 * sqrt(2.0 / N));
	assert_true(fabs(sum[2] / N) < 5 / sqrt(N));
	assert_true(fabs(sum[3] / N - 0.5) < 5 / sqrt(12.0 * N));
	assert_true(fabs(sum[4] / N - 0.5772156649) < 5 * M_PI / sqrt(6.0 * N));
	assert_true(fabs(sum[5] / N - 1) < 5 * sqrt(0.7 / 0.3 / N));
}

static Node
gru_loss(const void *context, Tape *tape)
{
	const Net *net = context;
	Node states = gru_stack(tape, &net->gru, tape_view(tape, &net->x), NULL, 3, net->active);

	return mixed(tape, tape_slice(tape, states, 2, 0, 6, 4));
}

static Node
started_gru_loss(const void *context, Tape *tape)
{
	const Net *net = context;
	Node start[2];

	start[0] = tape_parameter(tape, net->table);
	start[1] = tape_tanh(tape, start[0]);
	return mixed(tape, gru_stack(tape, &net->gru, tape_view(tape, &net->x), start, 3, net->active));
}

static void
test_gru_stack(void **state)
{
	static const real active[] = {1, 1, 1, 0, 1, 0};
	Net *net = new_net(7, 6, 3);

	(void) state;
	net->gru = gru_stack_add(&net->parameters, 2, 3, 4);
	net->table = parameters_add(&net->parameters, 2, 4, INIT_FAN_IN);
	allocate(net);
	assert_backward(gru_loss, net, &net->parameters);
	net->active = active;
	assert_backward(started_gru_loss, net, &net->parameters);
}

static void
test_initialisers(void **state)
{
	Parameters p = {0}, q = {0};

	(void) state;
	parameters_add(&p, 30, 50, INIT_XAVIER);
	parameters_add(&p, 25, 7, INIT_FAN_IN);
	parameters_add(&p, 5, 100, INIT_NORMAL);
	parameters_add(&p, 1, 3, INIT_ONE);
	parameters_allocate(&p);
	parameters_initialise(&p, 8);
	for (int n = 0; n < 4; n++)
	{
		static const double bound[] = {0.27386127875, 0.2, 0.02, 1};
		Matrix m = parameters_matrix(&p, n);
		double most = 0, sum = 0;

		for (int64_t i = 0; i < m.rows * m.cols; i++)
		{
			most = fmax(most, fabs(m.value[i]));
			sum += m.value[i];
		}
		assert_true(most <= bound[n] && most > 0.9 * bound[n]);
		assert_true(n == 3 || fabs(sum) < bound[n] * 5 * sqrt((double) (m.rows * m.cols)));
	}
	/* the first matrix does not depend on the others */
	parameters_add(&q, 30, 50, INIT_XAVIER);
	parameters_allocate(&q);
	parameters_initialise(&q, 8);
	assert_memory_equal(p.block, q.block, 1500 * sizeof(real));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_dense),
		host_unit_test(test_embedding),
		host_unit_test(test_layer_norm),
		host_unit_test(test_batch_norm),
		host_unit_test(test_batch_norm_training),
		host_unit_test(test_noise),
		host_unit_test(test_moments),
		host_unit_test(test_gru_stack),
		host_unit_test(test_initialisers),
	};

	return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
