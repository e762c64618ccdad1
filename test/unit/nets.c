/*
 * nets.c
 *	  Tapes for tests.
 */
#include "nets.h"

#include <math.h>
#include <string.h>

#define MOST_INPUTS 4

/* Of a central difference: the error is of the order of its square. */
#define STEP 1e-5
#define TOLERANCE 1e-6

Matrix
random_matrix(Random *random, int64_t rows, int64_t cols, double low, double high)
{
	Matrix m = {rows, cols, cols, host_array(real, rows * cols)};

	for (int64_t i = 0; i < rows * cols; i++)
		m.value[i] = (real) (low + (high - low) * random_uniform(random));
	return m;
}

Sparse
random_sparse(Random *random, int64_t rows, int64_t cols, int64_t most, bool ones)
{
	int64_t *start = host_array_zero(int64_t, rows + 1);
	uint32_t *column = host_array(uint32_t, rows * cols);
	real *value = host_array(real, rows * cols);

	for (int64_t i = 0; i < rows; i++)
	{
		int64_t wanted = case_between(random, 0, most < cols ? most : cols);

		start[i + 1] = start[i];
		for (int64_t j = 0; j < cols; j++)
		{
			if (case_between(random, 1, cols - j) > wanted)
				continue;
			column[start[i + 1]] = (uint32_t) j;
			value[start[i + 1]++] = (real) (random_uniform(random) + 0.5);
			wanted--;
		}
	}
	return (Sparse){rows, cols, start, column, ones ? NULL : value};
}

void
assert_near(const Matrix *a, const Matrix *b, double tolerance)
{
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->cols, b->cols);
	for (int64_t i = 0; i < a->rows; i++)
	{
		for (int64_t j = 0; j < a->cols; j++)
		{
			double x = a->value[i * a->stride + j], y = b->value[i * b->stride + j];

			if (!(fabs(x - y) <= tolerance * fmax(1, fabs(y))))
				fail_msg("entry (%lld, %lld): %.10g and %.10g", (long long) i, (long long) j, x, y);
		}
	}
}

/* The sum of a matrix's numbers, each times a random one of its own. */
static Node
combination(Tape *tape, Node a, uint64_t seed)
{
	Matrix shape = tape_value(tape, a), weight;
	Random random;

	case_random(&random, seed);
	weight = random_matrix(&random, shape.rows, shape.cols, -1, 1);
	return tape_sum(tape, tape_multiply(tape, a, tape_view(tape, &weight)));
}

typedef struct Case
{
	Formula formula;
	const void *context;
	int inputs;
	Matrix *input;
} Case;

/*
 * The combination, or if "derived" a combination of its derivatives with
 * respect to all inputs; and the derivatives of that.
 */
static Node
evaluate(const Case *c, Tape *tape, bool derived, Node *gradient)
{
	Node input[MOST_INPUTS], first[MOST_INPUTS], result;

	for (int i = 0; i < c->inputs; i++)
		input[i] = tape_view(tape, &c->input[i]);
	result = combination(tape, c->formula(c->context, tape, input), 1);
	if (derived)
	{
		tape_gradient(tape, result, input, c->inputs, first);
		result = combination(tape, first[0], 2);
		for (int i = 1; i < c->inputs; i++)
			result = tape_add(tape, result, combination(tape, first[i], (uint64_t) i + 2));
	}
	tape_gradient(tape, result, input, c->inputs, gradient);
	return result;
}

/* A tape with as much room as a dry run needs. */
static Tape *
tape_for(const Case *c, bool derived)
{
	Node gradient[MOST_INPUTS];
	Tape *dry = tape_new_dry(NULL);
	TapeSize room;

	evaluate(c, dry, derived, gradient);
	room = tape_room(dry);
	return tape_new(NULL, room);
}

static double
result_of(const Case *c, Tape *tape, bool derived)
{
	Node gradient[MOST_INPUTS];

	tape_reset(tape);
	return tape_scalar(tape, evaluate(c, tape, derived, gradient));
}

static void
assert_order(const Case *c, bool derived)
{
	Tape *tape = tape_for(c, derived);
	TapeSize room;
	Node gradient[MOST_INPUTS];
	Matrix found[MOST_INPUTS];

	evaluate(c, tape, derived, gradient);
	room = tape_room(tape);
	assert_true(room.bytes > 0);
	for (int i = 0; i < c->inputs; i++)
	{
		Matrix value = tape_value(tape, gradient[i]);

		found[i] = (Matrix){value.rows, value.cols, value.cols, host_array(real, value.rows * value.cols)};
		matrix_repeat(&value, &found[i]);
	}
	for (int i = 0; i < c->inputs; i++)
	{
		Matrix *input = &c->input[i];

		assert_int_equal(found[i].rows, input->rows);
		assert_int_equal(found[i].cols, input->cols);
		for (int64_t j = 0; j < input->rows * input->cols; j++)
		{
			real kept = input->value[j];
			double above, below, quotient;

			input->value[j] = kept + (real) STEP;
			above = result_of(c, tape, derived);
			input->value[j] = kept - (real) STEP;
			below = result_of(c, tape, derived);
			input->value[j] = kept;
			quotient = (above - below) / (2 * STEP);
			if (!(fabs(found[i].value[j] - quotient) <= TOLERANCE * fmax(1, fabs(quotient))))
				fail_msg("order %d, input %d, number %lld: %.10g, quotient %.10g", derived + 1, i,
				         (long long) j, (double) found[i].value[j], quotient);
		}
	}
}

void
assert_derivatives(Formula formula, const void *context, int inputs, Matrix *input, int order)
{
	Case c = {formula, context, inputs, input};

	assert_true(inputs <= MOST_INPUTS);
	assert_order(&c, false);
	if (order == 2)
		assert_order(&c, true);
}

void
assert_backward(Node (*loss)(const void *context, Tape *tape), const void *context, Parameters *parameters)
{
	Tape *dry = tape_new_dry(parameters), *tape;
	int64_t size = parameters->size, middle = parameters->parameter[parameters->count / 2].offset;
	real *whole = host_array(real, size), *parts = host_array(real, size);

	tape_backward(dry, loss(context, dry), 1, 0, size, true, NULL);
	tape = tape_new(parameters, tape_room(dry));
	memset(whole, 0, (size_t) size * sizeof(real));
	memset(parts, 0, (size_t) size * sizeof(real));
	for (int64_t i = 0; i < size; i++)
		whole[i] = 77; /* to be overwritten */
	tape_backward(tape, loss(context, tape), (real) 0.5, 0, size, false, whole);
	tape_reset(tape);
	tape_backward(tape, loss(context, tape), 1, 0, middle, false, parts);
	tape_reset(tape);
	tape_backward(tape, loss(context, tape), 1, middle, size, true, parts);
	tape_reset(tape);
	tape_backward(tape, loss(context, tape), 2, middle, size, true, parts);
	for (int p = 0; p < parameters->count; p++)
	{
		const Parameter *parameter = &parameters->parameter[p];

		for (int64_t j = parameter->offset; j < parameter->offset + parameter->rows * parameter->cols; j++)
		{
			real kept = parameters->block[j];
			double above, below, quotient;

			parameters->block[j] = kept + (real) STEP;
			tape_reset(tape);
			above = tape_scalar(tape, loss(context, tape));
			parameters->block[j] = kept - (real) STEP;
			tape_reset(tape);
			below = tape_scalar(tape, loss(context, tape));
			parameters->block[j] = kept;
			quotient = (above - below) / (2 * STEP);
			if (!(fabs(2 * whole[j] - quotient) <= TOLERANCE * fmax(1, fabs(quotient))))
				fail_msg("parameter %d: %.10g, quotient %.10g", p, (double) (2 * whole[j]), quotient);
			if (!(fabs(parts[j] - (j < middle ? 1 : 3) * quotient) <=
			      3 * TOLERANCE * fmax(1, fabs(quotient))))
				fail_msg("parameter %d, in parts: %.10g, quotient %.10g", p, (double) parts[j], quotient);
		}
	}
}
