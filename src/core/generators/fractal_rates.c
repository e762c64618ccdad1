/*
 * fractal_rates.c
 *	  The reduced matrix of a fractal expansion.
 */
#include "generators/fractal_rates.h"

#include "host.h"
#include "math/blas.h"
#include "math/random.h"

#include <math.h>

/* Eigenvalues of a projection's Gram matrix, as shares of the greatest, are at least this. */
#define LEAST_EIGENVALUE 1e-10

#define ROWS_PER_POLL 256

/* Which side is projected: streams of random numbers of their own. */
enum
{
	SIDE_USERS,
	SIDE_ITEMS
};

/*
 * Adds to "image" (blocks x vectors) the outer product of a random normal column
 * and one row of singular vectors.
 */
static void
project_row(double *image, int64_t blocks, int64_t vectors, const double *row, uint64_t seed, int64_t number,
            int side)
{
	Random random;

	random_open(&random, seed, RANDOM_FRACTAL_RATES, (uint64_t) (number * 2 + side));
	for (int64_t b = 0; b < blocks; b++)
	{
		double normal = random_normal(&random);

		for (int64_t k = 0; k < vectors; k++)
			image[b * vectors + k] += normal * row[k];
	}
}

/* Replaces M (rows x n, rows >= n) by M (M'M)^(-1/2): the nearest matrix of orthonormal columns. */
static void
orthonormalise(double *m, int64_t rows, int64_t n)
{
	const Blas *blas = blas_load();
	double *gram = host_array_zero(double, n *n), *root = host_array_zero(double, n *n);
	double *value = host_array(double, n), *row = host_array(double, n);
	int size = (int) n, work_size = (int) (n * 34), info;
	double *work = host_array(double, work_size);

	for (int64_t r = 0; r < rows; r++)
	{
		for (int64_t i = 0; i < n; i++)
		{
			for (int64_t j = 0; j < n; j++)
				gram[i * n + j] += m[r * n + i] * m[r * n + j];
		}
		if (r % ROWS_PER_POLL == 0)
			host_poll();
	}
	/* eigenvectors become the rows of gram; values ascend */
	blas->dsyev("V", "L", &size, gram, &size, value, work, &work_size, &info);
	for (int64_t k = 0; k < n; k++)
	{
		double scale = 1 / sqrt(fmax(value[k], LEAST_EIGENVALUE * value[n - 1]));

		for (int64_t i = 0; i < n; i++)
		{
			for (int64_t j = 0; j < n; j++)
				root[i * n + j] += gram[k * n + i] * gram[k * n + j] * scale;
		}
	}
	for (int64_t r = 0; r < rows; r++)
	{
		for (int64_t j = 0; j < n; j++)
		{
			row[j] = 0;
			for (int64_t i = 0; i < n; i++)
				row[j] += m[r * n + i] * root[i * n + j];
		}
		for (int64_t j = 0; j < n; j++)
			m[r * n + j] = row[j];
		if (r % ROWS_PER_POLL == 0)
			host_poll();
	}
	host_free(gram);
	host_free(root);
	host_free(value);
	host_free(row);
	host_free(work);
}

/* Projects the left vectors, u = X v / value, which are made one user at a time. */
static void
project_users(const Histories *data, const SingularVectors *right, int64_t vectors, double *image,
              int64_t blocks, uint64_t seed)
{
	double *left = host_array(double, vectors);

	for (int64_t u = 0; u < data->users; u++)
	{
		for (int64_t k = 0; k < vectors; k++)
			left[k] = 0;
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			for (int64_t k = 0; k < vectors; k++)
				left[k] += right->vector[data->item[p] * right->count + k];
		}
		for (int64_t k = 0; k < vectors; k++)
			left[k] /= right->value[k];
		project_row(image, blocks, vectors, left, seed, u, SIDE_USERS);
		host_poll();
	}
	host_free(left);
}

double *
fractal_reduce(const Histories *data, const SingularVectors *right, int64_t user_blocks, int64_t item_blocks,
               uint64_t seed)
{
	int64_t vectors = user_blocks < item_blocks ? user_blocks : item_blocks;
	double *users, *items, *reduced;

	if (vectors > right->count)
		vectors = right->count;
	/* directions without weight have no left vector */
	while (vectors > 1 && right->value[vectors - 1] <= 1e-7 * right->value[0])
		vectors--;
	users = host_array_zero(double, user_blocks *vectors);
	items = host_array_zero(double, item_blocks *vectors);
	project_users(data, right, vectors, users, user_blocks, seed);
	for (int64_t i = 0; i < data->items; i++)
	{
		project_row(items, item_blocks, vectors, right->vector + i * right->count, seed, i, SIDE_ITEMS);
		host_poll();
	}
	orthonormalise(users, user_blocks, vectors);
	orthonormalise(items, item_blocks, vectors);
	reduced = host_array_zero(double, user_blocks *item_blocks);
	for (int64_t a = 0; a < user_blocks; a++)
	{
		for (int64_t b = 0; b < item_blocks; b++)
		{
			for (int64_t k = 0; k < vectors; k++)
				reduced[a * item_blocks + b] +=
					users[a * vectors + k] * right->value[k] * items[b * vectors + k];
		}
		host_poll();
	}
	host_free(users);
	host_free(items);
	return reduced;
}

void
fractal_rates(double *reduced, int64_t count)
{
	double greatest = 0;

	for (int64_t i = 0; i < count; i++)
		greatest = fmax(greatest, fabs(reduced[i]));
	for (int64_t i = 0; i < count; i++)
		reduced[i] = fmin(fmax(fabs(reduced[i]) / greatest, FRACTAL_LEAST_RATE), FRACTAL_MOST_RATE);
}
