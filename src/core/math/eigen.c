/*
 * eigen.c
 *	  The leading eigenpairs of a large symmetric matrix.
 *
 * Products are taken in tiles of rows that do not depend on the number of
 * threads, so neither do results.
 */
#include "math/eigen.h"

#include "host.h"
#include "math/dense.h"
#include "math/random.h"

#include <math.h>
#include <string.h>

#define OVERSAMPLE 12   /* columns of the block beyond those wanted */
#define TILE 128        /* rows of a product of the matrix with the block */
#define CHUNK 1024      /* rows of a product of the block with itself */
#define LEAST_ROUNDS 20 /* so long a random block may not show what is in the matrix */

/* A filter's degree, and by how much it may tell the first column from the last. */
#define MOST_DEGREE 8
#define MOST_CONTRAST 1e6

/* Directions of the block that are shorter than this, of unit columns, are left out. */
#define RANK_TOLERANCE 1e-12

typedef struct Block
{
	const Blas *blas;
	const double *matrix; /* n x n */
	int64_t n;
	int64_t width; /* columns there are now */
	double *x;     /* n x width: the block, orthonormal */
	double *y;     /* n x width: the matrix times the block */
	double *spare; /* n x width */
	double *small; /* width x width */
	double *turn;  /* width x columns: what to multiply the block by */
	double *value; /* width */
	double *from;  /* of the product in hand: to = alpha matrix from + beta to */
	double *to;
	double alpha;
	double beta;
	int64_t columns; /* of "to", when it is from times turn */
} Block;

int64_t
eigen_bytes(int64_t n, int64_t wanted)
{
	int64_t width = wanted + OVERSAMPLE < n ? wanted + OVERSAMPLE : n;

	return (3 * n * width + 6 * width * width) * (int64_t) sizeof(double);
}

/* Columns of LAPACK are rows of ours: a symmetric matrix comes back transposed. */
void
eigen_small(double *matrix, int64_t n, double *value)
{
	int size = (int) n, work_size = (int) (34 * n), info;
	double *work = host_array(double, work_size);
	double *vector = host_array(double, n *n);
	double *ascending = host_array(double, n);
	int64_t low = 0, high = n - 1;

	host_poll();
	memcpy(vector, matrix, (size_t) (n * n) * sizeof(double));
	blas_load()->dsyev("V", "U", &size, vector, &size, ascending, work, &work_size, &info);
	if (info != 0)
		host_fail(HOST_INVALID_VALUE, "a matrix has no eigenvalues", "Its entries are not finite.", NULL);
	for (int64_t k = 0; k < n; k++)
	{
		int64_t from = fabs(ascending[high]) >= fabs(ascending[low]) ? high-- : low++;

		value[k] = ascending[from];
		for (int64_t i = 0; i < n; i++)
			matrix[i * n + k] = vector[from * n + i];
	}
	host_free(work);
	host_free(vector);
	host_free(ascending);
}

static void
multiply_rows(void *task, int64_t begin, int64_t end, int worker)
{
	Block *b = task;

	(void) worker;
	b->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANSPOSE, BLAS_NO_TRANSPOSE, (int) (end - begin), (int) b->width,
	               (int) b->n, b->alpha, b->matrix + begin * b->n, (int) b->n, b->from, (int) b->width,
	               b->beta, b->to + begin * b->width, (int) b->width);
}

/* to = alpha matrix from + beta to */
static void
multiply(Block *b, double alpha, double *from, double beta, double *to)
{
	b->alpha = alpha;
	b->from = from;
	b->beta = beta;
	b->to = to;
	dense_over_shards(b->blas, ANY_WORKERS, b->n, TILE, multiply_rows, b);
}

static void
turn_rows(void *task, int64_t begin, int64_t end, int worker)
{
	Block *b = task;

	(void) worker;
	b->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANSPOSE, BLAS_NO_TRANSPOSE, (int) (end - begin),
	               (int) b->columns, (int) b->width, 1, b->from + begin * b->width, (int) b->width, b->turn,
	               (int) b->columns, 0, b->to + begin * b->columns, (int) b->columns);
}

/* Replaces *from, x or y of the block, by itself times "turn" (width x columns). */
static void
turn_block(Block *b, double **from)
{
	b->from = *from;
	b->to = b->spare;
	dense_over_shards(b->blas, ANY_WORKERS, b->n, TILE, turn_rows, b);
	b->spare = *from;
	*from = b->to;
}

/* small = from' times to, width x width. */
static void
multiply_transposed(Block *b, const double *from, const double *to)
{
	for (int64_t begin = 0; begin < b->n; begin += CHUNK)
	{
		int64_t rows = b->n - begin < CHUNK ? b->n - begin : CHUNK;

		host_poll();
		b->blas->dgemm(BLAS_ROW_MAJOR, BLAS_TRANSPOSE, BLAS_NO_TRANSPOSE, (int) b->width, (int) b->width,
		               (int) rows, 1, from + begin * b->width, (int) b->width, to + begin * b->width,
		               (int) b->width, begin > 0, b->small, (int) b->width);
	}
}

/*
 * Makes x orthonormal by the eigenvectors of x'x, its columns made of length 1
 * first; directions that are nothing but rounding are left out.
 */
static void
orthonormalise(Block *b)
{
	int64_t width = b->width;
	double *scale = host_array(double, width);

	multiply_transposed(b, b->x, b->x);
	for (int64_t k = 0; k < width; k++)
		scale[k] = b->small[k * width + k] > 0 ? 1 / sqrt(b->small[k * width + k]) : 0;
	for (int64_t i = 0; i < width; i++)
	{
		for (int64_t k = 0; k < width; k++)
			b->small[i * width + k] *= scale[i] * scale[k];
	}
	eigen_small(b->small, width, b->value);
	b->columns = 0;
	while (b->columns < width && b->value[b->columns] > RANK_TOLERANCE * (double) width)
		b->columns++;
	for (int64_t i = 0; i < width; i++)
	{
		for (int64_t k = 0; k < b->columns; k++)
			b->turn[i * b->columns + k] = scale[i] * b->small[i * width + k] / sqrt(b->value[k]);
	}
	turn_block(b, &b->x);
	b->width = b->columns;
	host_free(scale);
}

/*
 * Replaces x by p(A) x, p the Chebyshev polynomial that lies between -1 and 1
 * for eigenvalues no greater than the least one of the block, and grows fastest
 * beyond: a pair close to the others converges several times sooner than by as
 * many products.  y is A x before and nothing after.  Gives back how many products were taken.
 */
static int64_t
filter(Block *b)
{
	double bound = fabs(b->value[b->width - 1]);
	double degrees = log(MOST_CONTRAST) / log(2 * fabs(b->value[0]) / bound);
	int64_t degree = degrees < 2 || !(bound > 0) ? 1
	                 : degrees > MOST_DEGREE     ? MOST_DEGREE
	                                             : (int64_t) degrees;
	double *before = b->x, *now = b->y;

	for (int64_t i = 0; degree > 1 && i < b->n * b->width; i++)
		now[i] /= bound;
	for (int64_t d = 1; d < degree; d++)
	{
		double *next = before;

		multiply(b, 2 / bound, now, -1, next);
		before = now;
		now = next;
	}
	b->x = now;
	b->y = before;
	return degree - 1;
}

/* Turns x and y so that x'y is diagonal: b->value. */
static void
project(Block *b)
{
	int64_t width = b->width;

	multiply_transposed(b, b->x, b->y);
	for (int64_t i = 0; i < width; i++)
	{
		for (int64_t k = 0; k < i; k++)
		{
			double mean = (b->small[i * width + k] + b->small[k * width + i]) / 2;

			b->small[i * width + k] = mean;
			b->small[k * width + i] = mean;
		}
	}
	eigen_small(b->small, width, b->value);
	memcpy(b->turn, b->small, (size_t) (width * width) * sizeof(double));
	b->columns = width;
	turn_block(b, &b->x);
	turn_block(b, &b->y);
}

/*
 * Tells whether every wanted pair above the floor is as exact as it should be.
 * There is an eigenvalue no further from a pair's than its residual is long.
 */
static bool
settled(const Block *b, int64_t wanted, const EigenLimits *limits, double *residual)
{
	double allowed = limits->tolerance * fabs(b->value[0]);

	memset(residual, 0, (size_t) b->width * sizeof(double));
	for (int64_t i = 0; i < b->n; i++)
	{
		for (int64_t k = 0; k < b->width; k++)
		{
			double left = b->y[i * b->width + k] - b->value[k] * b->x[i * b->width + k];

			residual[k] += left * left;
		}
	}
	for (int64_t k = 0; k < wanted && k < b->width; k++)
	{
		double length = sqrt(residual[k]);

		if (length > allowed && fabs(b->value[k]) + length > limits->floor)
			return false;
	}
	return true;
}

/* Copies the leading columns of x, with their signs settled. */
static void
copy_vectors(const double *x, int64_t width, int64_t n, int64_t wanted, int64_t found, double *vector)
{
	memset(vector, 0, (size_t) (n * wanted) * sizeof(double));
	for (int64_t k = 0; k < found; k++)
	{
		double sign = 0;

		for (int64_t i = 0; i < n; i++)
		{
			if (sign == 0 && x[i * width + k] != 0)
				sign = x[i * width + k] > 0 ? 1 : -1;
			vector[i * wanted + k] = sign * x[i * width + k];
		}
	}
}

/* A matrix that is not larger than a block needs no iteration. */
static int64_t
all_pairs(const double *matrix, int64_t n, int64_t wanted, double *value, double *vector)
{
	double *copy = host_array(double, n *n);
	double *all = host_array(double, n);
	int64_t found = 0;

	memcpy(copy, matrix, (size_t) (n * n) * sizeof(double));
	eigen_small(copy, n, all);
	while (found < wanted && fabs(all[found]) > RANK_TOLERANCE * fabs(all[0]))
		found++;
	memcpy(value, all, (size_t) found * sizeof(double));
	copy_vectors(copy, n, n, wanted, found, vector);
	host_free(copy);
	host_free(all);
	return found;
}

int64_t
eigen_leading(const double *matrix, int64_t n, int64_t wanted, const EigenLimits *limits, uint64_t seed,
              double *value, double *vector)
{
	Block b = {.blas = blas_load(), .matrix = matrix, .n = n, .width = wanted + OVERSAMPLE};
	double *residual;
	int64_t found = 0;

	if (n <= b.width)
		return all_pairs(matrix, n, wanted, value, vector);
	b.x = host_array(double, n *b.width);
	b.y = host_array(double, n *b.width);
	b.spare = host_array(double, n *b.width);
	b.small = host_array(double, b.width *b.width);
	b.turn = host_array(double, b.width *b.width);
	b.value = host_array_zero(double, b.width);
	residual = host_array(double, b.width);
	for (int64_t i = 0; i < n; i++)
	{
		Random random;

		if (i % CHUNK == 0)
			host_poll();
		random_open(&random, seed, RANDOM_EIGEN, (uint64_t) i);
		for (int64_t k = 0; k < b.width; k++)
			b.x[i * b.width + k] = random_normal(&random);
	}
	orthonormalise(&b);
	for (int64_t round = 1; b.width > 0; round++)
	{
		host_progress("eigenpairs", round < limits->rounds ? round : limits->rounds, limits->rounds);
		multiply(&b, 1, b.x, 0, b.y);
		project(&b);
		if (round >= limits->rounds || (round >= LEAST_ROUNDS && settled(&b, wanted, limits, residual)))
			break;
		round += filter(&b);
		orthonormalise(&b);
	}
	while (found < wanted && found < b.width && fabs(b.value[found]) > RANK_TOLERANCE * fabs(b.value[0]))
		found++;
	memcpy(value, b.value, (size_t) found * sizeof(double));
	copy_vectors(b.x, b.width, n, wanted, found, vector);
	host_free(b.x);
	host_free(b.y);
	host_free(b.spare);
	host_free(b.small);
	host_free(b.turn);
	host_free(b.value);
	host_free(residual);
	return found;
}
