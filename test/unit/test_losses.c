/*
 * test_losses.c
 *	  Losses and penalties: beside their definitions, difference quotients and
 *	  the closed rule for derivatives of a penalty.
 */
#include "nets.h"
#include "nn/losses.h"

#include <math.h>
#include <string.h>

#define MOST_LAYERS 3

/* A critic of some layers with tanh or leaky rectifiers between them. */
typedef struct TestCritic
{
	Parameters parameters;
	int layers;
	bool smooth; /* tanh */
	Dense layer[MOST_LAYERS];
	Matrix real_rows, fake_rows, mix;
} TestCritic;

static Node
apply(Tape *tape, const void *net, Node x)
{
	const TestCritic *c = net;

	for (int l = 0; l < c->layers; l++)
	{
		x = dense(tape, &c->layer[l], x);
		if (l + 1 < c->layers)
			x = c->smooth ? tape_tanh(tape, x) : tape_leaky(tape, x, (real) 0.2);
	}
	return x;
}

static TestCritic *
new_critic(uint64_t seed, int layers, bool smooth)
{
	static const int64_t width[] = {3, 5, 4};
	TestCritic *c = host_alloc_zero(sizeof(TestCritic));
	Random random;

	case_random(&random, seed);
	matrix_prepare();
	c->layers = layers;
	c->smooth = smooth;
	for (int l = 0; l < layers; l++)
		c->layer[l] =
			dense_add(&c->parameters, width[l], l + 1 < layers ? width[l + 1] : 1, INIT_XAVIER, INIT_FAN_IN);
	parameters_allocate(&c->parameters);
	parameters_initialise(&c->parameters, seed);
	c->real_rows = random_matrix(&random, 6, 3, -1, 2);
	c->fake_rows = random_matrix(&random, 6, 3, -2, 1);
	c->mix = random_matrix(&random, 6, 1, 0, 1);
	return c;
}

static Node
wasserstein(const void *context, Tape *tape)
{
	const TestCritic *c = context;

	return wasserstein_critic_loss(tape, apply, c, tape_view(tape, &c->real_rows),
	                               tape_view(tape, &c->fake_rows), tape_view(tape, &c->mix), 10);
}

static Node
regularised(const void *context, Tape *tape)
{
	const TestCritic *c = context;

	return regularised_critic_loss(tape, apply, c, tape_view(tape, &c->real_rows),
	                               tape_view(tape, &c->fake_rows), 2);
}

static void
test_critic_losses(void **state)
{
	(void) state;
	for (int n = 0; n < 6; n++)
	{
		TestCritic *c = new_critic(20 + (uint64_t) n, 1 + n / 2, n % 2);

		assert_backward(wasserstein, c, &c->parameters);
		assert_backward(regularised, c, &c->parameters);
	}
}

/* On a linear critic w x + b the penalties are known. */
static void
test_linear_critic(void **state)
{
	TestCritic *c = new_critic(1, 1, true);
	Tape *tape = tape_new(&c->parameters, (TapeSize){256, 1 << 18});
	Matrix w = parameters_matrix(&c->parameters, c->layer[0].weight);
	real bias = parameters_matrix(&c->parameters, c->layer[0].bias).value[0];
	double square = 0, expected = 0, found;

	(void) state;
	for (int i = 0; i < 3; i++)
		square += w.value[i] * w.value[i];
	found = tape_scalar(tape, gradient_penalty(tape, apply, c, tape_view(tape, &c->real_rows),
	                                           tape_view(tape, &c->fake_rows), tape_view(tape, &c->mix)));
	assert_true(fabs(found - (sqrt(square) - 1) * (sqrt(square) - 1)) < 1e-10);
	for (int i = 0; i < 6; i++)
	{
		double real_logit = bias, fake_logit = bias, d;

		for (int j = 0; j < 3; j++)
		{
			real_logit += w.value[j] * c->real_rows.value[i * 3 + j];
			fake_logit += w.value[j] * c->fake_rows.value[i * 3 + j];
		}
		d = 1 / (1 + exp(-real_logit));
		expected += (1 - d) * (1 - d) * square / 6;
		d = 1 / (1 + exp(-fake_logit));
		expected += d * d * square / 6;
	}
	found = tape_scalar(tape, jensen_shannon_penalty(tape, apply, c, tape_view(tape, &c->real_rows),
	                                                 tape_view(tape, &c->fake_rows)));
	assert_true(fabs(found - expected) < 1e-12);
}

/* One row going through a critic; everything that the closed rule needs. */
typedef struct Row
{
	double h[MOST_LAYERS + 1][8]; /* outputs of the layers; h[0] is x */
	double slope[MOST_LAYERS][8]; /* of what follows each layer: f' and f'' */
	double bend[MOST_LAYERS][8];
	double delta[MOST_LAYERS][8]; /* derivative of the output with respect to each product */
	double gradient[8];           /* with respect to x */
	double output;
} Row;

static double
entry(const Matrix *m, int64_t i, int64_t j)
{
	return m->value[i * m->stride + j];
}

static void
follow(const TestCritic *c, const real *x, Row *r)
{
	memset(r, 0, sizeof(*r));
	for (int i = 0; i < 3; i++)
		r->h[0][i] = x[i];
	for (int l = 0; l < c->layers; l++)
	{
		Matrix w = parameters_matrix(&c->parameters, c->layer[l].weight);
		Matrix b = parameters_matrix(&c->parameters, c->layer[l].bias);

		for (int64_t j = 0; j < w.cols; j++)
		{
			double z = entry(&b, 0, j);

			for (int64_t i = 0; i < w.rows; i++)
				z += r->h[l][i] * entry(&w, i, j);
			r->h[l + 1][j] = l + 1 == c->layers ? z : c->smooth ? tanh(z) : z > 0 ? z : 0.2 * z;
			r->slope[l][j] = l + 1 == c->layers ? 1 : c->smooth ? 1 - tanh(z) * tanh(z) : z > 0 ? 1 : 0.2;
			r->bend[l][j] = l + 1 == c->layers || !c->smooth ? 0 : -2 * tanh(z) * (1 - tanh(z) * tanh(z));
		}
	}
	r->output = r->h[c->layers][0];
	for (int l = c->layers - 1; l >= 0; l--)
	{
		Matrix w = parameters_matrix(&c->parameters, c->layer[l].weight);

		for (int64_t j = 0; j < w.cols; j++)
		{
			double sum = l + 1 == c->layers;

			if (l + 1 < c->layers)
			{
				Matrix next = parameters_matrix(&c->parameters, c->layer[l + 1].weight);

				for (int64_t k = 0; k < next.cols; k++)
					sum += entry(&next, j, k) * r->delta[l + 1][k];
			}
			r->delta[l][j] = r->slope[l][j] * sum;
		}
	}
	for (int i = 0; i < 3; i++)
	{
		Matrix w = parameters_matrix(&c->parameters, c->layer[0].weight);

		for (int64_t j = 0; j < w.cols; j++)
			r->gradient[i] += entry(&w, i, j) * r->delta[0][j];
	}
}

/*
 * Adds to a block the derivative of v . (gradient of the output), v held
 * constant, by the closed rule: with t the tangent of v through the net and e
 * the adjoint of the products z, dW = t delta' + h e', db = e.  Then
 * weight times the derivative of the output itself: dW = h delta'.
 */
static void
add_rule(const TestCritic *c, const Row *r, const double *v, double weight, real *block)
{
	double t[MOST_LAYERS + 1][8] = {{0}}, y[MOST_LAYERS][8] = {{0}}, e[MOST_LAYERS][8] = {{0}};

	memcpy(t[0], v, 3 * sizeof(double));
	for (int l = 0; l < c->layers; l++)
	{
		Matrix w = parameters_matrix(&c->parameters, c->layer[l].weight);

		for (int64_t j = 0; j < w.cols; j++)
		{
			for (int64_t i = 0; i < w.rows; i++)
				y[l][j] += t[l][i] * entry(&w, i, j);
			t[l + 1][j] = r->slope[l][j] * y[l][j];
		}
	}
	for (int l = c->layers - 2; l >= 0; l--)
	{
		Matrix next = parameters_matrix(&c->parameters, c->layer[l + 1].weight);

		for (int64_t j = 0; j < next.rows; j++)
		{
			double back = 0, above = 0;

			for (int64_t k = 0; k < next.cols; k++)
			{
				back += entry(&next, j, k) * e[l + 1][k];
				above += entry(&next, j, k) * r->delta[l + 1][k];
			}
			e[l][j] = r->slope[l][j] * back + r->bend[l][j] * y[l][j] * above;
		}
	}
	for (int l = 0; l < c->layers; l++)
	{
		const Parameter *w = &c->parameters.parameter[c->layer[l].weight];
		const Parameter *b = &c->parameters.parameter[c->layer[l].bias];

		for (int64_t j = 0; j < w->cols; j++)
		{
			for (int64_t i = 0; i < w->rows; i++)
				block[w->offset + i * w->cols + j] +=
					t[l][i] * r->delta[l][j] + r->h[l][i] * (e[l][j] + weight * r->delta[l][j]);
			block[b->offset + j] += e[l][j] + weight * r->delta[l][j];
		}
	}
}

static Node
wasserstein_penalty(const void *context, Tape *tape)
{
	const TestCritic *c = context;

	return gradient_penalty(tape, apply, c, tape_view(tape, &c->real_rows), tape_view(tape, &c->fake_rows),
	                        tape_view(tape, &c->mix));
}

static Node
roth_penalty(const void *context, Tape *tape)
{
	const TestCritic *c = context;

	return jensen_shannon_penalty(tape, apply, c, tape_view(tape, &c->real_rows),
	                              tape_view(tape, &c->fake_rows));
}

static void
assert_rule(const TestCritic *c, Node (*loss)(const void *context, Tape *tape), const real *expected)
{
	Tape *tape = tape_new(&c->parameters, (TapeSize){1024, 1 << 20});
	real *found = host_array(real, c->parameters.size);

	tape_backward(tape, loss(c, tape), 1, 0, c->parameters.size, false, found);
	for (int p = 0; p < c->parameters.count; p++)
	{
		const Parameter *parameter = &c->parameters.parameter[p];

		for (int64_t j = parameter->offset; j < parameter->offset + parameter->rows * parameter->cols; j++)
			assert_true(fabs(found[j] - expected[j]) < 1e-9 * fmax(1, fabs(expected[j])));
	}
}

static void
test_closed_rules(void **state)
{
	(void) state;
	for (int n = 0; n < 6; n++)
	{
		TestCritic *c = new_critic(40 + (uint64_t) n, 1 + n / 2, n % 2);
		real *wasserstein_block = host_array_zero(real, c->parameters.size);
		real *roth_block = host_array_zero(real, c->parameters.size);

		for (int i = 0; i < 6; i++)
		{
			real between[3];
			double v[3], square = 0, d;
			Row r;

			for (int j = 0; j < 3; j++)
				between[j] = c->mix.value[i] * c->real_rows.value[i * 3 + j] +
				             (1 - c->mix.value[i]) * c->fake_rows.value[i * 3 + j];
			follow(c, between, &r);
			for (int j = 0; j < 3; j++)
				square += r.gradient[j] * r.gradient[j];
			for (int j = 0; j < 3; j++)
				v[j] = 2 * (sqrt(square) - 1) * r.gradient[j] / sqrt(square) / 6;
			add_rule(c, &r, v, 0, wasserstein_block);

			for (int fake = 0; fake < 2; fake++)
			{
				follow(c, (fake ? c->fake_rows : c->real_rows).value + i * 3, &r);
				square = 0;
				for (int j = 0; j < 3; j++)
					square += r.gradient[j] * r.gradient[j];
				d = 1 / (1 + exp(-r.output));
				for (int j = 0; j < 3; j++)
					v[j] = 2 * (fake ? d * d : (1 - d) * (1 - d)) * r.gradient[j] / 6;
				add_rule(c, &r, v, (fake ? 2 * d * d * (1 - d) : -2 * d * (1 - d) * (1 - d)) * square / 6,
				         roth_block);
			}
		}
		assert_rule(c, wasserstein_penalty, wasserstein_block);
		assert_rule(c, roth_penalty, roth_block);
	}
}

static Node
divergence(const void *context, Tape *tape, const Node *input)
{
	(void) context;
	return gaussian_divergence(tape, input[0], input[1]);
}

static Node
binary(const void *context, Tape *tape, const Node *input)
{
	(void) context;
	return binary_cross_entropy(tape, input[0], input[1]);
}

static Node
binary_with(const void *context, Tape *tape, const Node *input)
{
	return binary_cross_entropy_with(tape, input[0], *(const real *) context);
}

static Node
squared(const void *context, Tape *tape, const Node *input)
{
	(void) context;
	return mean_squared_error(tape, input[0], input[1]);
}

static Node
entropy(const void *context, Tape *tape, const Node *input)
{
	return cross_entropy(tape, input[0], context);
}

static void
test_simple_losses(void **state)
{
	Tape *tape = tape_new(NULL, (TapeSize){256, 1 << 18});
	Random random;
	Matrix input[2];
	Sparse target;
	double kl = 0, bce = 0, mse = 0, ce = 0;
	Node a, b;

	(void) state;
	case_random(&random, 60);
	input[0] = random_matrix(&random, 4, 7, -3, 3);
	input[1] = random_matrix(&random, 4, 7, 0, 1);
	target = random_sparse(&random, 4, 7, 4, true);
	for (int i = 0; i < 4; i++)
	{
		double sum = 0;

		for (int j = 0; j < 7; j++)
		{
			double x = input[0].value[i * 7 + j], t = input[1].value[i * 7 + j];

			kl += (exp(t) + x * x - 1 - t) / 2 / 4;
			bce -= (t * log(1 / (1 + exp(-x))) + (1 - t) * log(1 - 1 / (1 + exp(-x)))) / 28;
			mse += (x - t) * (x - t) / 28;
			sum += exp(x);
		}
		for (int64_t p = target.start[i]; p < target.start[i + 1]; p++)
			ce -= (input[0].value[i * 7 + target.column[p]] - log(sum)) / 4;
	}
	a = tape_view(tape, &input[0]);
	b = tape_view(tape, &input[1]);
	assert_true(fabs(tape_scalar(tape, gaussian_divergence(tape, a, b)) - kl) < 1e-12);
	assert_true(fabs(tape_scalar(tape, binary_cross_entropy(tape, a, b)) - bce) < 1e-12);
	assert_true(fabs(tape_scalar(tape, mean_squared_error(tape, a, b)) - mse) < 1e-12);
	assert_true(fabs(tape_scalar(tape, cross_entropy(tape, a, &target)) - ce) < 1e-12);
	assert_derivatives(divergence, NULL, 2, input, 2);
	assert_derivatives(binary, NULL, 2, input, 2);
	for (int n = 0; n < 3; n++)
		assert_derivatives(binary_with, &(real){n / 2.0}, 1, input, 2);
	assert_derivatives(squared, NULL, 2, input, 2);
	assert_derivatives(entropy, &target, 1, input, 1);
	/* a standard normal distribution does not differ from itself */
	memset(input[0].value, 0, 28 * sizeof(real));
	memset(input[1].value, 0, 28 * sizeof(real));
	assert_true(tape_scalar(tape, gaussian_divergence(tape, a, b)) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_critic_losses),
		host_unit_test(test_linear_critic),
		host_unit_test(test_closed_rules),
		host_unit_test(test_simple_losses),
	};

	return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}
