/*
 * test_principal.c
 *	  Principal components, beside the eigenvectors of the covariance matrix.
 */
#include "cases.h"
#include "data/simulate.h"
#include "math/blas.h"
#include "math/principal.h"

#include <math.h>

static void
simulated(int64_t users, int64_t items, Histories *data)
{
	const Simulation simulation = {.users = users,
	                               .items = items,
	                               .mean_items = 8,
	                               .topics = 6,
	                               .taste = 3,
	                               .zipf = 0.5,
	                               .policy = LOGGING_POPULARITY};
	void *value = simulate(&simulation, 3);

	histories_view(value, histories_bytes(value), data);
}

/* Values and vectors agree with LAPACK's of the dense covariance. */
static void
test_dense(void **state)
{
	Histories data;
	Principal principal;
	int items, info, work_size = 10000;
	double *covariance, *value, *work = host_array(double, 10000), *row;

	(void) state;
	simulated(400, 60, &data);
	items = (int) data.items;
	covariance = host_array_zero(double, items *items);
	value = host_array(double, items);
	row = host_array(double, items);
	principal_components(&data, 3, 1, &principal);
	for (int64_t u = 0; u < data.users; u++)
	{
		for (int i = 0; i < items; i++)
			row[i] = -principal.mean[i];
		for (int64_t p = data.start[u]; p < data.start[u + 1]; p++)
			row[data.item[p]] += 1;
		for (int i = 0; i < items; i++)
		{
			for (int j = 0; j < items; j++)
				covariance[i * items + j] += row[i] * row[j] / (double) data.users;
		}
	}
	blas_load()->dsyev("V", "L", &items, covariance, &items, value, work, &work_size, &info);
	assert_int_equal(info, 0);
	for (int k = 0; k < 3; k++)
	{
		double product = 0, sum = 0;

		assert_true(fabs(principal.variance[k] - value[items - 1 - k]) < 1e-8 * value[items - 1]);
		for (int i = 0; i < items; i++)
		{
			product += principal.component[i * 3 + k] * covariance[(items - 1 - k) * items + i];
			sum += principal.component[i * 3 + k];
		}
		assert_true(fabs(fabs(product) - 1) < 1e-6);
		assert_true(sum >= 0);
	}
}

/* Places have mean 0 and the components' variances; other sets are placed by common items. */
static void
test_project(void **state)
{
	Histories data, other;
	Principal principal;
	double *place, sum[2] = {0}, square[2] = {0}, product = 0;
	const char *const rows[] = {"1 2", "999", NULL};
	int64_t common, *where;

	(void) state;
	simulated(300, 50, &data);
	principal_components(&data, 2, 1, &principal);
	place = principal_project(&principal, &data, NULL);
	for (int64_t u = 0; u < data.users; u++)
	{
		for (int k = 0; k < 2; k++)
		{
			sum[k] += place[2 * u + k];
			square[k] += place[2 * u + k] * place[2 * u + k] / (double) data.users;
		}
		product += place[2 * u] * place[2 * u + 1];
	}
	for (int k = 0; k < 2; k++)
	{
		assert_true(fabs(sum[k]) < 1e-9 * (double) data.users);
		assert_true(fabs(square[k] - principal.variance[k]) < 1e-9);
	}
	assert_true(fabs(product) < 1e-4 * (double) data.users);
	build_rows(rows, false, &other);
	where = keys_align(&data.item_keys, &other.item_keys, &common);
	assert_int_equal(common, 2);
	place = principal_project(&principal, &other, where);
	for (int k = 0; k < 2; k++)
	{
		/* the second user has nothing of the catalogue: she is where nobody's items are */
		double expected = place[2 + k] + principal.component[0 * 2 + k] + principal.component[1 * 2 + k];

		assert_true(fabs(place[k] - expected) < 1e-12);
	}
}

/* Users who are all alike have no variance; one item has one component. */
static void
test_degenerate(void **state)
{
	const char *const alike[] = {"1 2 3", "1 2 3", "1 2 3", NULL}, *const single[] = {"1", "1", NULL};
	Histories data;
	Principal principal;
	double *place;

	(void) state;
	build_rows(alike, false, &data);
	principal_components(&data, 2, 1, &principal);
	place = principal_project(&principal, &data, NULL);
	for (int i = 0; i < 6; i++)
		assert_true(fabs(place[i]) < 1e-9);
	assert_true(principal.variance[0] < 1e-12);
	build_rows(single, false, &data);
	principal_components(&data, 2, 1, &principal);
	assert_int_equal(principal.count, 1);
}

static void
test_refused(void **state)
{
	const char *const none[] = {NULL};
	Histories data;
	Principal principal;

	(void) state;
	build_rows(none, false, &data);
	EXPECT_FAIL(HOST_NO_DATA, principal_components(&data, 2, 1, &principal));
	simulated(300, 50, &data);
	host_test_limit_memory(1000);
	EXPECT_FAIL(HOST_MEMORY_LIMIT, principal_components(&data, 2, 1, &principal));
	host_test_limit_memory(0);
	host_test_cancel_after(3);
	EXPECT_FAIL(HOST_TEST_CANCELLED, principal_components(&data, 2, 1, &principal));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_dense),
		host_unit_test(test_project),
		host_unit_test(test_degenerate),
		host_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("principal", tests, NULL, NULL);
}
