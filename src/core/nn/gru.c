/*
 * gru.c
 *	  Gated recurrent units over a sequence: values and derivatives.
 *
 * operations.h has the equations.  For each step and sequence four numbers a
 * unit are kept: reset, update, what the state contributes to the candidate
 * before the reset, and the candidate.
 */
#include "nn/entries.h"

#include "math/vectors.h"

#include <string.h>

/* One sequence, one step.  On entry, gates has the state's contributions. */
WIDE_VECTORS static void
step_forward(int64_t units, const real *restrict x, const real *restrict before, real *restrict gates,
             real *restrict after)
{
	for (int64_t j = 0; j < units; j++)
	{
		real reset = real_sigmoid(x[units + j] + gates[j]);
		real update = real_sigmoid(x[2 * units + j] + gates[units + j]);
		real candidate = real_tanh(x[j] + reset * gates[2 * units + j]);

		gates[j] = reset;
		gates[units + j] = update;
		gates[3 * units + j] = candidate;
		after[j] = update * before[j] + (1 - update) * candidate;
	}
}

/*
 * One sequence, one step back.  state is the derivative with respect to the
 * state after the step, and becomes that before it but for what comes by the
 * product.  d: candidate, reset, update, candidate from the state.
 */
WIDE_VECTORS static void
step_backward(int64_t units, const real *restrict gates, const real *restrict before, real *restrict state,
              real *restrict d)
{
	for (int64_t j = 0; j < units; j++)
	{
		real reset = gates[j], update = gates[units + j];
		real product = gates[2 * units + j], candidate = gates[3 * units + j];
		real d_candidate = state[j] * (1 - update) * (1 - candidate * candidate);

		d[j] = d_candidate;
		d[units + j] = d_candidate * product * reset * (1 - reset);
		d[2 * units + j] = state[j] * (before[j] - candidate) * update * (1 - update);
		d[3 * units + j] = d_candidate * reset;
		state[j] *= update;
	}
}

static Matrix
rows_of(const Matrix *a, int64_t row, int64_t rows)
{
	return (Matrix){rows, a->cols, a->stride, a->value + row * a->stride};
}

void
gru_forward(const Tape *tape, Entry *entry)
{
	const Matrix *x = &entry_of(tape, entry->input[0])->value;
	const Matrix *start = &entry_of(tape, entry->input[1])->value;
	const Matrix *weight = &entry_of(tape, entry->input[2])->value;
	int64_t m = start->rows, units = start->cols;
	Matrix state = rows_of(&entry->value, 0, m);

	matrix_repeat(start, &state);
	for (int64_t t = 0; t < entry->steps; t++)
	{
		Matrix gates = {m, 3 * units, 4 * units, entry->kept + t * m * 4 * units};

		state = rows_of(&entry->value, t * m, m);
		matrix_product(&state, false, weight, false, false, &gates);
		for (int64_t i = t * m; i < (t + 1) * m; i++)
		{
			real *before = entry->value.value + i * units, *after = before + m * units;

			if (entry->active != NULL && entry->active[i] == 0)
				memcpy(after, before, (size_t) units * sizeof(real));
			else
				step_forward(units, x->value + i * x->stride, before, entry->kept + i * 4 * units, after);
		}
	}
}

void
gru_backward(const Tape *tape, Entry *entry)
{
	const Entry *forward = entry_of(tape, entry->input[0]);
	const Matrix *d = &entry_of(tape, entry->input[1])->value;
	const Matrix *weight = &entry_of(tape, entry->input[2])->value;
	int64_t units = forward->value.cols, m = entry->value.rows / (forward->steps + 1);
	Matrix *out = &entry->value;
	Matrix state = rows_of(out, forward->steps * m, m); /* derivative with respect to the state */

	matrix_fill(&state, 0);
	state.cols = units;
	for (int64_t t = forward->steps; t >= 0; t--)
	{
		Matrix given = rows_of(d, t * m, m), back;

		matrix_add(&state, 1, &given, &state);
		if (t == 0)
			break;
		for (int64_t i = 0; i < m; i++)
		{
			int64_t row = (t - 1) * m + i;
			real *to = out->value + row * out->stride;

			if (forward->active != NULL && forward->active[row] == 0)
				memset(to, 0, (size_t) (4 * units) * sizeof(real));
			else
				step_backward(units, forward->kept + row * 4 * units, forward->value.value + row * units,
				              state.value + i * state.stride, to);
		}
		back = (Matrix){m, 3 * units, out->stride, out->value + (t - 1) * m * out->stride + units};
		matrix_product(&back, false, weight, true, true, &state);
	}
}
