/*
 * test_tape.c
 *	  Derivatives of every operation, of both orders, beside difference quotients.
 */
#include "nets.h"

#include <math.h>

/* A product in all four ways, with and without a bias, of inputs of matching shapes. */
typedef struct Ways
{
	bool transpose[2];
	bool bias;
} Ways;

static Node
product(const void *context, Tape *tape, const Node *input)
{
	const Ways *w = context;

	return tape_product(tape, input[0], w->transpose[0], input[1], w->transpose[1],
	                    w->bias ? input[2] : NO_NODE);
}

static void
test_products(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 1);
	matrix_prepare();
	for (int n = 0; n < 8; n++)
	{
		Ways w = {{n & 1, n & 2}, n & 4};
		Matrix input[] = {random_matrix(&random, w.transpose[0] ? 4 : 3, w.transpose[0] ? 3 : 4, -1, 1),
		                  random_matrix(&random, w.transpose[1] ? 5 : 4, w.transpose[1] ? 4 : 5, -1, 1),
		                  random_matrix(&random, 1, 5, -1, 1)};

		assert_derivatives(product, &w, w.bias ? 3 : 2, input, 2);
	}
}

static Node
sparse_product(const void *context, Tape *tape, const Node *input)
{
	const Sparse *s = context;

	return tape_sparse_product(tape, s, s->rows == tape_value(tape, input[0]).rows && s->rows != s->cols,
	                           input[0]);
}

static void
test_sparse_products(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int n = 0; n < 4; n++)
	{
		Sparse s = random_sparse(&random, 4, 6, 3, n & 1);
		Matrix input = random_matrix(&random, n & 2 ? 4 : 6, 3, -1, 1);

		assert_derivatives(sparse_product, &s, 1, &input, 2);
	}
}

static Node
add(const void *context, Tape *tape, const Node *input)
{
	(void) context;
	return tape_add(tape, input[0], input[1]);
}

static Node
subtract(const void *context, Tape *tape, const Node *input)
{
	(void) context;
	return tape_subtract(tape, input[0], input[1]);
}

static Node
multiply(const void *context, Tape *tape, const Node *input)
{
	(void) context;
	return tape_multiply(tape, input[0], input[1]);
}

/* Every pair of shapes of which one covers the other, in both orders. */
static void
test_pairs(void **state)
{
	static const Formula formula[] = {add, subtract, multiply};
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int f = 0; f < 3; f++)
	{
		for (int n = 0; n < 8; n++)
		{
			Matrix whole = random_matrix(&random, 3, 4, -1, 1);
			Matrix part = random_matrix(&random, n & 1 ? 3 : 1, n & 2 ? 4 : 1, -1, 1);
			Matrix input[] = {n & 4 ? part : whole, n & 4 ? whole : part};

			assert_derivatives(formula[f], NULL, 2, input, 2);
		}
	}
}

/* A number used for several things: derivatives add up. */
static Node
polynomial(const void *context, Tape *tape, const Node *input)
{
	Node x = input[0], square = tape_multiply(tape, x, x);

	(void) context;
	return tape_add(tape, tape_multiply(tape, square, x), tape_subtract(tape, x, square));
}

static Node
sum_rows(const void *context, Tape *tape, const Node *input)
{
	return tape_sum_rows(tape, polynomial(context, tape, input));
}

static Node
sum_cols(const void *context, Tape *tape, const Node *input)
{
	return tape_sum_cols(tape, polynomial(context, tape, input));
}

static Node
means(const void *context, Tape *tape, const Node *input)
{
	Node x = polynomial(context, tape, input);

	return tape_add(
		tape, tape_mean(tape, x),
		tape_multiply(tape, tape_repeat(tape, tape_mean_cols(tape, x), 3, 4), tape_mean_rows(tape, x)));
}

static Node
repeat(const void *context, Tape *tape, const Node *input)
{
	Node x = polynomial(context, tape, input);

	return tape_repeat(tape, x, 3, 4);
}

static Node
parts(const void *context, Tape *tape, const Node *input)
{
	Node x = polynomial(context, tape, input);
	Node part = tape_slice(tape, x, 1, 1, 2, 2);

	/* a part of a part, a part that is placed, and a product with a stride */
	return tape_add(tape, tape_place(tape, tape_multiply(tape, part, part), 0, 1, 2, 4),
	                tape_product(tape, part, true, tape_slice(tape, x, 0, 0, 2, 4), false,
	                             tape_slice(tape, tape_slice(tape, x, 1, 0, 2, 4), 1, 0, 1, 4)));
}

static void
test_shapes(void **state)
{
	static const Formula formula[] = {polynomial, sum_rows, sum_cols, means, parts};
	Random random;

	(void) state;
	case_random(&random, 4);
	matrix_prepare();
	for (int f = 0; f < 5; f++)
	{
		Matrix input = random_matrix(&random, 3, 4, -1, 1);

		assert_derivatives(formula[f], NULL, 1, &input, 2);
	}
	for (int n = 0; n < 4; n++)
	{
		Matrix input = random_matrix(&random, n & 1 ? 3 : 1, n & 2 ? 4 : 1, -1, 1);

		assert_derivatives(repeat, NULL, 1, &input, 2);
	}
}

static Node
leaky(const void *context, Tape *tape, const Node *input)
{
	Node x = tape_leaky(tape, input[0], (real) 0.2);

	(void) context;
	return tape_multiply(tape, x, x);
}

static Node
absolute(const void *context, Tape *tape, const Node *input)
{
	(void) context;
	return tape_leaky(tape, input[0], -1);
}

static Node
softmax(const void *context, Tape *tape, const Node *input)
{
	(void) context;
	return tape_softmax(tape, tape_affine(tape, input[0], 2, (real) 0.5));
}

#define FUNCTION(name)                                                        \
	static Node name##_of(const void *context, Tape *tape, const Node *input) \
	{                                                                         \
		(void) context;                                                       \
		return tape_##name(tape, input[0]);                                   \
	}

FUNCTION(exp)
FUNCTION(log)
FUNCTION(sqrt)
FUNCTION(reciprocal)
FUNCTION(tanh)
FUNCTION(sigmoid)
FUNCTION(softplus)

static void
test_functions(void **state)
{
	/* the first three of positive numbers only */
	static const Formula formula[] = {log_of,     sqrt_of,     reciprocal_of, exp_of, tanh_of,
	                                  sigmoid_of, softplus_of, softmax,       leaky,  absolute};
	Random random;

	(void) state;
	case_random(&random, 5);
	for (int f = 0; f < 10; f++)
	{
		Matrix input = random_matrix(&random, 3, 4, f < 3 ? 0.3 : -2, 2);

		for (int i = 0; i < 12; i++)
		{
			/* no difference quotient across a bend */
			if (fabs(input.value[i]) < 0.01)
				input.value[i] = (real) 0.1;
		}
		assert_derivatives(formula[f], NULL, 1, &input, 2);
	}
}

static Node
cross_entropy_of(const void *context, Tape *tape, const Node *input)
{
	return tape_cross_entropy(tape, polynomial(NULL, tape, input), context);
}

static void
test_cross_entropy(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 6);
	for (int n = 0; n < 2; n++)
	{
		Sparse target = random_sparse(&random, 4, 40, 9, n);
		Matrix input = random_matrix(&random, 4, 40, -1.5, 1.5);

		assert_derivatives(cross_entropy_of, &target, 1, &input, 1);
	}
}

typedef struct Sequences
{
	int64_t steps;
	real *active;
} Sequences;

static Node
gru(const void *context, Tape *tape, const Node *input)
{
	const Sequences *s = context;

	/* also when derived through a slice of the states */
	return tape_slice(tape, tape_gru(tape, input[0], input[1], input[2], s->steps, s->active), 1, 0,
	                  (s->steps + 1) * 2 - 1, 3);
}

static void
test_gru(void **state)
{
	Random random;

	(void) state;
	case_random(&random, 7);
	matrix_prepare();
	for (int n = 0; n < 4; n++)
	{
		Sequences s = {1 + 2 * n, NULL};
		Matrix input[] = {random_matrix(&random, s.steps * 2, 9, -1, 1), random_matrix(&random, 2, 3, -1, 1),
		                  random_matrix(&random, 3, 9, -1, 1)};

		assert_derivatives(gru, &s, 3, input, 1);
		s.active = random_matrix(&random, s.steps * 2, 1, 0, 1).value;
		for (int64_t i = 0; i < s.steps * 2; i++)
			s.active[i] = s.active[i] > (real) 0.4;
		assert_derivatives(gru, &s, 3, input, 1);
	}
}

/* The equations of operations.h, one number at a time. */
static void
test_gru_values(void **state)
{
	enum
	{
		M = 3,
		H = 4,
		T = 5
	};
	Random random;
	Tape *tape = tape_new(NULL, (TapeSize){16, 1 << 16});
	Matrix x, start, weight, states;

	(void) state;
	case_random(&random, 8);
	matrix_prepare();
	x = random_matrix(&random, T * M, 3 * H, -2, 2);
	start = random_matrix(&random, M, H, -1, 1);
	weight = random_matrix(&random, H, 3 * H, -1, 1);
	states = tape_value(tape, tape_gru(tape, tape_view(tape, &x), tape_view(tape, &start),
	                                   tape_view(tape, &weight), T, NULL));
	for (int i = 0; i < M; i++)
	{
		double h[H];

		for (int j = 0; j < H; j++)
			h[j] = start.value[i * H + j];
		for (int t = 0; t < T; t++)
		{
			double after[H];
			const real *in = x.value + (t * M + i) * 3 * H;

			for (int j = 0; j < H; j++)
			{
				double part[3] = {0}, reset, update, candidate;

				for (int g = 0; g < 3; g++)
				{
					for (int k = 0; k < H; k++)
						part[g] += h[k] * weight.value[k * 3 * H + g * H + j];
				}
				reset = 1 / (1 + exp(-(in[H + j] + part[0])));
				update = 1 / (1 + exp(-(in[2 * H + j] + part[1])));
				candidate = tanh(in[j] + reset * part[2]);
				after[j] = update * h[j] + (1 - update) * candidate;
			}
			for (int j = 0; j < H; j++)
			{
				h[j] = after[j];
				assert_true(fabs(h[j] - states.value[((t + 1) * M + i) * H + j]) < 1e-12);
			}
		}
	}
}

/* What does not depend on an input, what is detached, and what is asked for itself. */
static void
test_edges(void **state)
{
	Random random;
	Tape *tape = tape_new(NULL, (TapeSize){64, 1 << 16});
	Node x[3], gradient[3], y;
	Matrix a, b;

	(void) state;
	case_random(&random, 9);
	a = random_matrix(&random, 2, 3, -1, 1);
	b = random_matrix(&random, 2, 3, -1, 1);
	x[0] = tape_view(tape, &a);
	x[1] = tape_view(tape, &b);
	y = tape_multiply(tape, x[0], tape_detach(tape, tape_multiply(tape, x[0], x[1])));
	x[2] = y;
	tape_gradient(tape, y, x, 3, gradient);
	for (int i = 0; i < 6; i++)
	{
		assert_true(fabs(tape_value(tape, gradient[0]).value[i] - a.value[i] * b.value[i]) < 1e-15);
		assert_true(tape_value(tape, gradient[1]).value[i] == 0);
		assert_true(tape_value(tape, gradient[2]).value[i] == 1);
	}
	/* a later entry than y, and again with others */
	tape_gradient(tape, x[0], &y, 1, gradient);
	assert_true(tape_value(tape, gradient[0]).value[0] == 0);
	tape_gradient(tape, x[1], &x[1], 1, gradient);
	assert_true(tape_value(tape, gradient[0]).value[5] == 1);
}

/* A net whose parameters are used in all ways that tape_backward() has to take care of. */
typedef struct Net
{
	int weight, bias, table, unused, scalar;
	const Sparse *sparse;
	const Matrix *x;
} Net;

static Node
net_loss(const void *context, Tape *tape)
{
	const Net *n = context;
	Node weight = tape_parameter(tape, n->weight), bias = tape_parameter(tape, n->bias);
	Node scalar = tape_parameter(tape, n->scalar);
	Node h = tape_tanh(tape, tape_product(tape, tape_view(tape, n->x), false, weight, false, bias));
	Node g = tape_add(tape, tape_product(tape, h, false, weight, true, NO_NODE),
	                  tape_sparse_product(tape, n->sparse, false, tape_parameter(tape, n->table)));

	/* a parameter alone, twice in one operation, in part, and again as another entry */
	g = tape_add(tape, g, tape_slice(tape, tape_parameter(tape, n->table), 1, 0, 1, 4));
	return tape_add(tape, tape_add(tape, tape_mean(tape, tape_multiply(tape, g, g)), scalar),
	                tape_add(tape, tape_multiply(tape, scalar, scalar),
	                         tape_sum(tape, tape_multiply(tape, tape_parameter(tape, n->weight), weight))));
}

static void
test_backward(void **state)
{
	Parameters parameters = {0};
	Random random;
	Sparse sparse;
	Matrix x;
	Net net;

	(void) state;
	case_random(&random, 10);
	matrix_prepare();
	net.weight = parameters_add(&parameters, 4, 3, INIT_XAVIER);
	net.bias = parameters_add(&parameters, 1, 3, INIT_FAN_IN);
	net.unused = parameters_add(&parameters, 2, 2, INIT_ONE);
	net.table = parameters_add(&parameters, 6, 4, INIT_FAN_IN);
	net.scalar = parameters_add(&parameters, 1, 1, INIT_ONE);
	parameters_allocate(&parameters);
	parameters_initialise(&parameters, 3);
	sparse = random_sparse(&random, 5, 6, 3, false);
	x = random_matrix(&random, 5, 4, -1, 1);
	net.sparse = &sparse;
	net.x = &x;
	assert_backward(net_loss, &net, &parameters);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_products),  host_unit_test(test_sparse_products),
		host_unit_test(test_pairs),     host_unit_test(test_shapes),
		host_unit_test(test_functions), host_unit_test(test_cross_entropy),
		host_unit_test(test_gru),       host_unit_test(test_gru_values),
		host_unit_test(test_edges),     host_unit_test(test_backward),
	};

	return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}
