/*
 * test_singular.c
 *	  Singular vectors against a dense eigensolver.
 */
#include "cases.h"
#include "math/blas.h"
#include "math/singular.h"

#include <math.h>
#include <string.h>

#define TOLERANCE 1e-9

/* items x items: how many users have both. */
static double *
gram_slowly(const Histories *data)
{
	double *gram = host_array_zero(double, data->items * data->items);

	for (int64_t u = 0; u < data->users; u++)
	{
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			for (int64_t q = data->start[u]; q < data->start[u + 1]; q++)
				gram[data->item[p] * data->items + data->item[q]] += 1;
		}
	}
	return gram;
}

/* Eigenvectors of all of it: row k belongs to the k-th smallest value. */
static double *
solve(const Histories *data, double *value)
{
	double *vector = gram_slowly(data);
	int n = (int) data->items, info, work_size = 64 * n;
	double *work = host_array(double, work_size);

	blas_load()->dsyev("V", "U", &n, vector, &n, value, work, &work_size, &info);
	assert_int_equal(info, 0);
	host_free(work);
	return vector;
}

/* The projector on the first "rank" vectors, items x items. */
static double *
projector(const double *vector, int64_t items, int64_t rank, int64_t item_step, int64_t vector_step)
{
	double *sum = host_array_zero(double, items *items);

	for (int64_t k = 0; k < rank; k++)
	{
		for (int64_t i = 0; i < items; i++)
		{
			double v = vector[i * item_step + k * vector_step];

			for (int64_t j = 0; j < items; j++)
				sum[i * items + j] += v * vector[j * item_step + k * vector_step];
		}
	}
	return sum;
}

/* |X'X v - value^2 v| of one vector. */
static double
residual(const double *gram, const SingularVectors *found, int64_t k)
{
	double squares = 0;

	for (int64_t i = 0; i < found->items; i++)
	{
		double sum = 0;

		for (int64_t j = 0; j < found->items; j++)
			sum += gram[i * found->items + j] * found->vector[j * found->count + k];
		sum -= found->value[k] * found->value[k] * found->vector[i * found->count + k];
		squares += sum * sum;
	}
	return sqrt(squares);
}

static void
assert_orthonormal(const SingularVectors *found)
{
	for (int64_t a = 0; a < found->count; a++)
	{
		for (int64_t b = 0; b <= a; b++)
		{
			double sum = 0;

			for (int64_t i = 0; i < found->items; i++)
				sum += found->vector[i * found->count + a] * found->vector[i * found->count + b];
			if (!(fabs(sum - (a == b)) < 1e-10))
				fail_msg("vectors %d and %d: %g", (int) a, (int) b, sum);
		}
	}
}

/*
 * Values, residuals, orthonormality, and the projector on as many vectors as
 * are told from the next ones.
 */
static void
assert_singular(const Histories *data, const SingularVectors *found)
{
	double *value = host_array(double, data->items), *expected = solve(data, value),
		   *gram = gram_slowly(data);
	int64_t n = data->items, rank = found->count;
	double top = value[n - 1];
	double *a, *b;

	assert_int_equal(found->items, n);
	assert_orthonormal(found);
	for (int64_t k = 0; k < found->count; k++)
	{
		double eigenvalue = found->value[k] * found->value[k];

		assert_true(k == 0 || found->value[k] <= found->value[k - 1]);
		if (!(fabs(eigenvalue - value[n - 1 - k]) < 1e-9 * top))
			fail_msg("value %d is %.15g, not %.15g", (int) k, eigenvalue, value[n - 1 - k]);
		if (!(residual(gram, found, k) < 2 * TOLERANCE * top))
			fail_msg("the residual of vector %d is %g", (int) k, residual(gram, found, k) / top);
	}
	while (rank > 0 && rank < n && value[n - rank] - value[n - rank - 1] < 0.3 * top / (double) n)
		rank--;
	assert_true(rank > 0);
	a = projector(found->vector, n, rank, found->count, 1);
	b = projector(expected + n * n - n, n, rank, 1, -n);
	for (int64_t i = 0; i < n * n; i++)
	{
		if (!(fabs(a[i] - b[i]) < 1e-8))
			fail_msg("the projector on %d vectors is off by %g", (int) rank, a[i] - b[i]);
	}
	host_free(value);
	host_free(expected);
	host_free(gram);
	host_free(a);
	host_free(b);
}

/* Users with tastes: items of a group go together, groups differ in size. */
static Histories
random_data(Random *random, int64_t users, int64_t items, int64_t groups)
{
	Pairs pairs = {0, host_array(int64_t, users * 12 + items), host_array(int64_t, users * 12 + items)};
	Histories data;

	for (int64_t u = 0; u < users; u++)
	{
		int64_t group = case_between(random, 0, case_between(random, 0, groups - 1));
		int64_t length = case_between(random, 2, 12);

		for (int64_t k = 0; k < length; k++)
		{
			int64_t item = case_between(random, 0, case_between(random, 0, items - 1));

			pairs.user[pairs.count] = u;
			pairs.item[pairs.count++] = k % 3 == 0 ? item : item - item % groups + group;
		}
	}
	for (int64_t i = 0; i < items; i++)
	{
		/* every item has a user */
		pairs.user[pairs.count] = i % users;
		pairs.item[pairs.count++] = i;
	}
	build(&pairs, false, false, &data);
	return data;
}

static void
test_sparse(void **state)
{
	static const int64_t counts[] = {1, 5, 12, 40};
	Random random;

	(void) state;
	case_random(&random, 1);
	for (int round = 0; round < 4; round++)
	{
		Histories data = random_data(&random, 500 + 200 * round, 260 + 17 * round, 7);
		SingularVectors found;

		host_test_set_threads(1 + round % 2);
		singular_vectors(&data, counts[round], TOLERANCE, (uint64_t) round, &found);
		assert_int_equal(found.count, counts[round]);
		assert_singular(&data, &found);
	}
}

/* Up to 256 items, or nearly as many vectors as items; more vectors than items give one per item. */
static void
test_dense(void **state)
{
	static const int64_t cases[][3] = {{40, 12, 5},     {100, 60, 60},  {300, 256, 20},
	                                   {400, 262, 250}, {100, 60, 200}, {1, 2, 1}};
	Random random;

	(void) state;
	case_random(&random, 2);
	for (int round = 0; round < 6; round++)
	{
		int64_t items = cases[round][1], count = cases[round][2];
		Histories data = random_data(&random, cases[round][0], items, 2);
		SingularVectors found;

		singular_vectors(&data, count, TOLERANCE, 0, &found);
		items = data.items;
		assert_int_equal(found.count, count < items ? count : items);
		assert_singular(&data, &found);
	}
}

/* "users" users, of which only "different" differ, over "items" items. */
static Histories
repeated_users(Random *random, int64_t users, int64_t different, int64_t items)
{
	Pairs pairs = {0, host_array(int64_t, users * items), host_array(int64_t, users * items)};
	Histories data;

	for (int64_t u = 0; u < users; u++)
	{
		for (int64_t i = 0; i < items; i++)
		{
			/* the first user has all items when she is the only one */
			bool has = different == 1 || (uint64_t) (i * 2654435761 + (u % different) * 40503) % 97 < 30 ||
			           i % different == u % different;

			if (has)
			{
				pairs.user[pairs.count] = u;
				pairs.item[pairs.count++] = i;
			}
		}
	}
	(void) random;
	build(&pairs, false, false, &data);
	return data;
}

/*
 * Fewer dimensions than vectors: those beyond belong to the value 0, and are
 * orthonormal all the same.
 */
static void
test_rank_deficient(void **state)
{
	static const int64_t cases[][4] = {{30, 1, 300, 8},   {1, 1, 300, 3},  {20, 20, 300, 8},
	                                   {60, 10, 300, 32}, {40, 3, 280, 1}, {200, 30, 400, 8},
	                                   {30, 1, 50, 8},    {20, 5, 100, 30}};
	Random random;

	(void) state;
	case_random(&random, 3);
	for (int round = 0; round < 8; round++)
	{
		Histories data = repeated_users(&random, cases[round][0], cases[round][1], cases[round][2]);
		SingularVectors found;
		double *value = host_array(double, data.items);
		double *vector = solve(&data, value), *gram = gram_slowly(&data);
		double top = value[data.items - 1];

		singular_vectors(&data, cases[round][3], TOLERANCE, 5, &found);
		assert_orthonormal(&found);
		for (int64_t k = 0; k < found.count; k++)
		{
			if (!(fabs(found.value[k] * found.value[k] - fmax(0, value[data.items - 1 - k])) < 1e-9 * top))
				fail_msg("case %d: value %d is %g, not %g", round, (int) k, found.value[k] * found.value[k],
				         value[data.items - 1 - k]);
			if (!(residual(gram, &found, k) < 2 * TOLERANCE * top))
				fail_msg("case %d: the residual of vector %d is %g", round, (int) k,
				         residual(gram, &found, k) / top);
		}
		host_free(vector);
		host_free(gram);
	}
}

/* Everybody has an item of her own: all values are equal. */
static void
test_equal_values(void **state)
{
	Pairs pairs = {300, host_array(int64_t, 300), host_array(int64_t, 300)};
	Histories data;
	SingularVectors found;

	(void) state;
	for (int64_t i = 0; i < 300; i++)
		pairs.user[i] = pairs.item[i] = i;
	build(&pairs, false, false, &data);
	singular_vectors(&data, 20, TOLERANCE, 0, &found);
	assert_orthonormal(&found);
	for (int64_t k = 0; k < 20; k++)
		assert_true(fabs(found.value[k] - 1) < 1e-9);
}

static void
test_threads_agree(void **state)
{
	Random random;
	Histories data;
	SingularVectors one, three, other;

	(void) state;
	case_random(&random, 4);
	data = random_data(&random, 900, 700, 5);
	singular_vectors(&data, 10, TOLERANCE, 7, &one);
	host_test_set_threads(3);
	host_test_disturb(true);
	singular_vectors(&data, 10, TOLERANCE, 7, &three);
	host_test_disturb(false);
	assert_memory_equal(one.vector, three.vector, (size_t) (data.items * 10) * sizeof(double));
	assert_memory_equal(one.value, three.value, 10 * sizeof(double));
	/* another seed: another way to the same values */
	singular_vectors(&data, 10, TOLERANCE, 8, &other);
	assert_true(memcmp(one.vector, other.vector, (size_t) (data.items * 10) * sizeof(double)) != 0);
	for (int64_t k = 0; k < 10; k++)
		assert_true(fabs(one.value[k] - other.value[k]) < 1e-9 * one.value[0]);
}

static void
expect_cancel(const Histories *data, int64_t count, int64_t calls)
{
	SingularVectors found;

	host_test_cancel_after(calls);
	EXPECT_FAIL(HOST_TEST_CANCELLED, singular_vectors(data, count, TOLERANCE, 0, &found));
	host_test_cancel_after(-1);
}

static void
test_cancel(void **state)
{
	Random random;
	Histories sparse, dense;

	(void) state;
	case_random(&random, 5);
	sparse = random_data(&random, 500, 300, 5);
	dense = random_data(&random, 500, 100, 5);
	for (int64_t calls = 1; calls < 60; calls += 7)
	{
		host_test_set_threads(1 + (int) calls % 2);
		expect_cancel(&sparse, 8, calls);
	}
	expect_cancel(&dense, 8, 1);
	expect_cancel(&dense, 8, 2);
}

/* What is reserved covers what is taken, and not much more. */
static void
test_memory(void **state)
{
	static const int64_t cases[][3] = {{40, 12, 5},     {300, 200, 8},  {300, 256, 30},  {400, 270, 256},
	                                   {500, 400, 100}, {2000, 600, 8}, {3000, 2000, 64}};
	Random random;

	(void) state;
	case_random(&random, 6);
	for (int round = 0; round < 7; round++)
	{
		Histories data = random_data(&random, cases[round][0], cases[round][1], 5);
		int64_t before = host_test_peak_memory(true), taken;
		int64_t reserved = singular_bytes(data.users, data.items, data.interactions, cases[round][2]);
		SingularVectors found;

		/* the first few iterations take all that there is to take */
		singular_vectors(&data, cases[round][2], 1, 0, &found);
		taken = host_test_peak_memory(false) - before;
		if (taken > reserved || (reserved > 1000000 && (double) reserved > 1.25 * (double) taken))
			fail_msg("%d users, %d items, %d vectors: %g bytes taken, %g reserved", (int) data.users,
			         (int) data.items, (int) cases[round][2], (double) taken, (double) reserved);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_sparse),         host_unit_test(test_dense),
		host_unit_test(test_rank_deficient), host_unit_test(test_equal_values),
		host_unit_test(test_threads_agree),  host_unit_test(test_cancel),
		host_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("singular", tests, NULL, NULL);
}
