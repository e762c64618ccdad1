/*
 * principal.c
 *	  Principal components by subspace iteration on the covariance, which is
 *	  never formed: C v = X'(X v) / n - mean (mean . v).
 */
#include "math/principal.h"

#include "host.h"
#include "math/blas.h"
#include "math/random.h"

#include <math.h>
#include <string.h>

#define SPARE_VECTORS 6
#define MOST_STEPS 300
#define TOLERANCE 1e-9

#define USERS_PER_POLL 512

/* image = C block; both items x width. */
static void
apply_covariance(const Histories *data, const double *mean, int64_t width, const double *block, double *image)
{
	double *sum = host_array(double, width);

	memset(image, 0, (size_t) (data->items * width) * sizeof(double));
	for (int64_t u = 0; u < data->users; u++)
	{
		memset(sum, 0, (size_t) width * sizeof(double));
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			for (int64_t k = 0; k < width; k++)
				sum[k] += block[data->item[p] * width + k];
		}
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			for (int64_t k = 0; k < width; k++)
				image[data->item[p] * width + k] += sum[k] / (double) data->users;
		}
		if (u % USERS_PER_POLL == 0)
			host_poll();
	}
	memset(sum, 0, (size_t) width * sizeof(double));
	for (int64_t i = 0; i < data->items; i++)
	{
		for (int64_t k = 0; k < width; k++)
			sum[k] += mean[i] * block[i * width + k];
	}
	for (int64_t i = 0; i < data->items; i++)
	{
		for (int64_t k = 0; k < width; k++)
			image[i * width + k] -= mean[i] * sum[k];
	}
	host_free(sum);
}

static double
column_product(const double *a, int64_t i, const double *b, int64_t j, int64_t rows, int64_t width)
{
	double sum = 0;

	for (int64_t r = 0; r < rows; r++)
		sum += a[r * width + i] * b[r * width + j];
	return sum;
}

/*
 * Makes columns orthonormal, one after the other, twice over (Giraud, Langou and
 * Rozloznik 2005); a column that is nothing new becomes zero.
 */
static void
orthonormalise(double *block, int64_t rows, int64_t width)
{
	for (int64_t k = 0; k < width; k++)
	{
		double before = column_product(block, k, block, k, rows, width), square;

		for (int pass = 0; pass < 2; pass++)
		{
			for (int64_t other = 0; other < k; other++)
			{
				double share = column_product(block, other, block, k, rows, width);

				for (int64_t r = 0; r < rows; r++)
					block[r * width + k] -= share * block[r * width + other];
			}
		}
		square = column_product(block, k, block, k, rows, width);
		for (int64_t r = 0; r < rows; r++)
			block[r * width + k] = square > 1e-20 * before ? block[r * width + k] / sqrt(square) : 0;
		host_poll();
	}
}

/* Turns an orthonormal block into approximate eigenvectors (Rayleigh and Ritz); value descends. */
static void
rotate(double *block, const double *image, int64_t rows, int width, double *value)
{
	double *small = host_array(double, width *width), *row = host_array(double, width);
	int work_size = 34 * width, info;
	double *work = host_array(double, work_size);

	for (int i = 0; i < width; i++)
	{
		for (int j = 0; j < width; j++)
			small[i * width + j] = column_product(block, i, image, j, rows, width);
		host_poll();
	}
	/* eigenvectors become the rows; values ascend */
	blas_load()->dsyev("V", "L", &width, small, &width, value, work, &work_size, &info);
	for (int64_t r = 0; r < rows; r++)
	{
		for (int k = 0; k < width; k++)
		{
			row[k] = 0;
			for (int j = 0; j < width; j++)
				row[k] += block[r * width + j] * small[(width - 1 - k) * width + j];
		}
		memcpy(block + r * width, row, (size_t) width * sizeof(double));
	}
	for (int k = 0; k < width / 2; k++)
	{
		double other = value[k];

		value[k] = value[width - 1 - k];
		value[width - 1 - k] = other;
	}
	host_free(small);
	host_free(row);
	host_free(work);
}

void
principal_components(const Histories *data, int64_t count, uint64_t seed, Principal *result)
{
	int64_t width = count + SPARE_VECTORS < data->items ? count + SPARE_VECTORS : data->items;
	int64_t numbers = data->items * width;
	double *block, *image, *value = host_array(double, width), *last = host_array_zero(double, width);
	int64_t *users_with;
	double change;
	int step = 0;
	Random random;

	if (data->users == 0)
		host_fail(HOST_NO_DATA, "no components of no users", "The data holds no users.", NULL);
	host_reserve(numbers * 16 + data->items * (count + 2) * 8, "principal components");
	result->items = data->items;
	result->count = count < data->items ? count : data->items;
	result->mean = host_array(double, data->items);
	users_with = histories_item_counts(data);
	for (int64_t i = 0; i < data->items; i++)
		result->mean[i] = (double) users_with[i] / (double) data->users;
	block = host_array(double, numbers);
	image = host_array(double, numbers);
	random_open(&random, seed, RANDOM_PRINCIPAL, 0);
	for (int64_t i = 0; i < numbers; i++)
		block[i] = random_normal(&random);
	do
	{
		orthonormalise(block, data->items, width);
		apply_covariance(data, result->mean, width, block, image);
		rotate(block, image, data->items, (int) width, value);
		change = 0;
		for (int64_t k = 0; k < result->count; k++)
		{
			change = fmax(change, fabs(value[k] - last[k]));
			last[k] = value[k];
		}
		if (++step == MOST_STEPS || change <= TOLERANCE * value[0])
			break;
		apply_covariance(data, result->mean, width, block, image);
		memcpy(block, image, (size_t) numbers * sizeof(double));
	} while (true);

	result->component = host_array(double, data->items * result->count);
	result->variance = host_array(double, result->count);
	for (int64_t k = 0; k < result->count; k++)
	{
		double sum = 0;

		for (int64_t i = 0; i < data->items; i++)
			sum += block[i * width + k];
		for (int64_t i = 0; i < data->items; i++)
			result->component[i * result->count + k] = sum < 0 ? -block[i * width + k] : block[i * width + k];
		result->variance[k] = fmax(value[k], 0);
	}
	host_free(block);
	host_free(image);
	host_free(value);
	host_free(last);
	host_free(users_with);
}

double *
principal_project(const Principal *principal, const Histories *data, const int64_t *place)
{
	int64_t count = principal->count;
	double *origin = host_array_zero(double, count);
	double *projected;

	host_reserve(data->users * count * 8, "a projection");
	projected = host_array(double, data->users *count);
	for (int64_t i = 0; i < principal->items; i++)
	{
		for (int64_t k = 0; k < count; k++)
			origin[k] += principal->mean[i] * principal->component[i * count + k];
	}
	for (int64_t u = 0; u < data->users; u++)
	{
		double *at = projected + u * count;

		for (int64_t k = 0; k < count; k++)
			at[k] = -origin[k];
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			int64_t item = place == NULL ? data->item[p] : place[data->item[p]];

			for (int64_t k = 0; k < count && item >= 0; k++)
				at[k] += principal->component[item * count + k];
		}
		if (u % USERS_PER_POLL == 0)
			host_poll();
	}
	host_free(origin);
	return projected;
}
