/*
 * singular.c
 *	  Leading singular vectors of a sparse binary matrix.
 *
 * A block of vectors is kept as items x width numbers, row-major, so that a
 * product with X or X' adds up whole rows, and threads share it by rows.
 * LAPACK, which counts columns first, sees the same memory as a matrix of
 * width x items whose rows are the vectors.
 */
#include "math/singular.h"

#include "host.h"
#include "math/dense.h"
#include "math/parallel.h"
#include "math/random.h"
#include "math/vectors.h"

#include <math.h>
#include <string.h>

#define DENSE_ITEMS 256  /* up to so many items, X'X is solved as it is */
#define SPARE_VECTORS 16 /* that are iterated on but not asked for */
#define DEGREE 12        /* of the polynomial */
#define MOST_STEPS 40
#define NO_VALUE 1e-12 /* smaller shares of the greatest eigenvalue are rounding */
#define SHARD_ROWS 256

typedef struct Iteration
{
	const Histories *data;
	const Blas *blas;
	const int64_t *start; /* inverted lists */
	const uint32_t *user;
	int64_t width;
	const double *in; /* items x width */
	double *middle;   /* users x width: X in */
	double *out;      /* items x width: scale (X' middle - shift in) - back previous */
	double *previous; /* items x width */
	double scale, shift, back;
} Iteration;

WIDE_VECTORS static void
add_row(double *restrict sum, const double *restrict row, int64_t width)
{
	for (int64_t k = 0; k < width; k++)
		sum[k] += row[k];
}

static void
multiply_users(void *task, int64_t begin, int64_t end, int worker)
{
	Iteration *it = task;

	(void) worker;
	for (int64_t u = begin; u < end; u++)
	{
		double *sum = it->middle + u * it->width;

		memset(sum, 0, (size_t) it->width * sizeof(double));
		for (int64_t p = it->data->start[u]; p < it->data->start[u + 1]; p++)
			add_row(sum, it->in + it->data->item[p] * it->width, it->width);
	}
}

static void
multiply_items(void *task, int64_t begin, int64_t end, int worker)
{
	Iteration *it = task;

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		const double *in = it->in + i * it->width;
		const double *previous = it->previous + i * it->width;
		double *out = it->out + i * it->width;

		memset(out, 0, (size_t) it->width * sizeof(double));
		for (int64_t p = it->start[i]; p < it->start[i + 1]; p++)
			add_row(out, it->middle + it->user[p] * it->width, it->width);
		for (int64_t k = 0; k < it->width; k++)
			out[k] = it->scale * (out[k] - it->shift * in[k]) - it->back * previous[k];
	}
}

/* out = scale (X'X in - shift in) - back previous */
static void
apply(Iteration *it, const double *in, double scale, double shift, double back, double *previous, double *out)
{
	it->in = in;
	it->scale = scale;
	it->shift = shift;
	it->back = back;
	it->previous = previous;
	it->out = out;
	parallel_for(ANY_WORKERS, it->data->users, SHARD_ROWS, multiply_users, it);
	parallel_for(ANY_WORKERS, it->data->items, SHARD_ROWS, multiply_items, it);
}

/* Rows per shard of a product over all items: few shards, for their sums are kept. */
static int64_t
product_shard(int64_t items)
{
	return items / 32 > 256 ? items / 32 : 256;
}

static void
multiply_transposed(void *task, int64_t begin, int64_t end, int worker)
{
	Iteration *it = task;
	int w = (int) it->width;

	(void) worker;
	it->blas->dgemm(BLAS_ROW_MAJOR, BLAS_TRANSPOSE, BLAS_NO_TRANSPOSE, w, w, (int) (end - begin), 1,
	                it->in + begin * w, w, it->previous + begin * w, w, 0,
	                it->out + begin / product_shard(it->data->items) * w * w, w);
}

/* product (width x width) = a' b */
static void
inner_products(Iteration *it, const double *a, double *b, double *product)
{
	int64_t items = it->data->items, numbers = it->width * it->width;
	int64_t shard = product_shard(items);
	int64_t shards = (items + shard - 1) / shard;
	double *part = host_array(double, shards *numbers);

	it->in = a;
	it->previous = b;
	it->out = part;
	dense_over_shards(it->blas, ANY_WORKERS, items, shard, multiply_transposed, it);
	memset(product, 0, (size_t) numbers * sizeof(double));
	for (int64_t s = 0; s < shards; s++)
	{
		for (int64_t i = 0; i < numbers; i++)
			product[i] += part[s * numbers + i];
	}
	host_free(part);
}

static void
multiply_right(void *task, int64_t begin, int64_t end, int worker)
{
	Iteration *it = task;
	int w = (int) it->width;

	(void) worker;
	it->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANSPOSE, BLAS_TRANSPOSE, (int) (end - begin), w, w, 1,
	                it->in + begin * w, w, it->previous, w, 0, it->out + begin * w, w);
}

/* block = block turn', by way of scratch (items x width) */
static void
turn(Iteration *it, double *block, double *turn_rows, double *scratch)
{
	it->in = block;
	it->previous = turn_rows;
	it->out = scratch;
	dense_over_shards(it->blas, ANY_WORKERS, it->data->items, 256, multiply_right, it);
	memcpy(block, scratch, (size_t) (it->data->items * it->width) * sizeof(double));
}

/*
 * Replaces a positive definite matrix (size x size), of which the lower
 * triangle is read, by the inverse of its Cholesky factor, lower too and zero
 * above.  Gives back false when it is not positive definite.
 */
static bool
inverse_factor(const Blas *blas, double *matrix, int64_t size)
{
	int n = (int) size, info;

	/* LAPACK counts columns first: its upper triangle is our lower one */
	blas->dpotrf("U", &n, matrix, &n, &info);
	if (info != 0)
		return false;
	for (int64_t j = 0; j < size; j++)
	{
		matrix[j * size + j] = 1 / matrix[j * size + j];
		for (int64_t i = j + 1; i < size; i++)
		{
			double sum = 0;

			for (int64_t k = j; k < i; k++)
				sum += matrix[i * size + k] * matrix[k * size + j];
			matrix[i * size + j] = -sum / matrix[i * size + i];
		}
		for (int64_t i = 0; i < j; i++)
			matrix[i * size + j] = 0;
	}
	return true;
}

/*
 * Makes the vectors orthonormal, by Cholesky factors of their inner products.
 * A filtered block is nearly orthogonal but for the lengths of its vectors, so
 * these are made equal first; a second pass removes what rounding left, and
 * more of them mend vectors that were dependent.
 */
static void
orthonormalise(Iteration *it, double *block, double *scratch, double *small)
{
	int64_t items = it->data->items, width = it->width;
	double *length = host_array_zero(double, width);

	for (int64_t i = 0; i < items * width; i++)
		length[i % width] += block[i] * block[i];
	for (int64_t k = 0; k < width; k++)
		length[k] = length[k] > 0 ? 1 / sqrt(length[k]) : 0;
	for (int64_t i = 0; i < items * width; i++)
		block[i] *= length[i % width];
	host_free(length);
	for (int pass = 0; pass < 4; pass++)
	{
		double error = 0;

		inner_products(it, block, block, small);
		for (int64_t i = 0; i < width * width; i++)
			error = fmax(error, fabs(small[i] - (i % (width + 1) == 0)));
		if (error < 1e-13)
			break;
		for (int64_t i = 0; error > 0.9 && i < width; i++)
			small[i * width + i] += 1e-12;
		if (!inverse_factor(it->blas, small, width))
			host_fail(HOST_INVALID_VALUE, "singular vectors could not be computed", NULL, NULL);
		turn(it, block, small, scratch);
	}
}

/*
 * Eigenvectors of a symmetric matrix (width x width) in its place: column k,
 * seen row-major, for the k-th smallest value becomes row k.
 */
static void
solve_small(const Blas *blas, double *matrix, int64_t size, double *value)
{
	int n = (int) size, info;
	int work_size = 64 * n + 64;
	double *work = host_array(double, work_size);

	blas->dsyev("V", "U", &n, matrix, &n, value, work, &work_size, &info);
	if (info != 0)
		host_fail(HOST_INVALID_VALUE, "eigenvalues could not be computed", NULL, NULL);
	host_free(work);
}

/*
 * Rayleigh-Ritz: turns the orthonormal vectors of "block" so that they
 * diagonalise X'X, whose product with them is "image"; both are turned.
 * Values come in descending order.
 */
static void
rayleigh_ritz(Iteration *it, double *block, double *image, double *scratch, double *small, double *value)
{
	int64_t width = it->width;

	inner_products(it, block, image, small);
	for (int64_t i = 0; i < width; i++)
	{
		for (int64_t j = 0; j < i; j++)
			small[i * width + j] = small[j * width + i] = (small[i * width + j] + small[j * width + i]) / 2;
	}
	solve_small(it->blas, small, width, value);
	/* ascending to descending: rows of small are the eigenvectors */
	for (int64_t i = 0; i < width / 2; i++)
	{
		double swap = value[i];

		value[i] = value[width - 1 - i];
		value[width - 1 - i] = swap;
		for (int64_t j = 0; j < width; j++)
		{
			swap = small[i * width + j];
			small[i * width + j] = small[(width - 1 - i) * width + j];
			small[(width - 1 - i) * width + j] = swap;
		}
	}
	turn(it, block, small, scratch);
	turn(it, image, small, scratch);
}

/* The greatest |X'X v - value v| of the first "count" vectors. */
static double
greatest_residual(const Iteration *it, const double *block, const double *image, const double *value,
                  int64_t count)
{
	double *squares = host_array_zero(double, count);
	double greatest = 0;

	for (int64_t i = 0; i < it->data->items; i++)
	{
		for (int64_t k = 0; k < count; k++)
		{
			double r = image[i * it->width + k] - value[k] * block[i * it->width + k];

			squares[k] += r * r;
		}
	}
	for (int64_t k = 0; k < count; k++)
		greatest = fmax(greatest, sqrt(squares[k]));
	host_free(squares);
	return greatest;
}

/*
 * Replaces the block by a Chebyshev polynomial of X'X times the block: small
 * on 0 .. cut, growing fast above, scaled to be 1 at "top".  image is X'X block;
 * both other buffers are overwritten.  Gives back which of the three holds it.
 */
static double *
filter(Iteration *it, double *block, double *image, double *other, double cut, double top)
{
	double half = cut / 2;
	double sigma = half / (top - half);
	double first = sigma;
	double *before = block, *now = image, *next = other;

	for (int64_t i = 0; i < it->data->items * it->width; i++)
		now[i] = (image[i] - half * block[i]) * sigma / half;
	for (int degree = 2; degree <= DEGREE; degree++)
	{
		double grown = 1 / (2 / first - sigma);
		double *swap = before;

		apply(it, now, 2 * grown / half, half, sigma * grown, before, next);
		sigma = grown;
		before = now;
		now = next;
		next = swap;
	}
	return now;
}

/*
 * For an X'X of fewer dimensions than the block has vectors, which shows by
 * values of 0: all of its range is within the images of the block, so vectors
 * with a value give way to their images.  Those without are orthogonal to the
 * range, and stay.
 */
static void
keep_range(const Iteration *it, double *block, const double *image, const double *value)
{
	for (int64_t i = 0; i < it->data->items; i++)
	{
		for (int64_t k = 0; k < it->width && value[k] > NO_VALUE * value[0]; k++)
			block[i * it->width + k] = image[i * it->width + k];
	}
}

static void
solve_dense(const Histories *data, const Blas *blas, int64_t count, SingularVectors *result)
{
	int64_t items = data->items;
	double *gram = host_array_zero(double, items *items);
	double *value = host_array(double, items);

	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % 256 == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			for (int64_t q = data->start[u]; q < data->start[u + 1]; q++)
				gram[data->item[p] * items + data->item[q]] += 1;
		}
	}
	host_poll();
	solve_small(blas, gram, items, value);
	for (int64_t k = 0; k < count; k++)
	{
		result->value[k] = sqrt(fmax(value[items - 1 - k], 0));
		for (int64_t i = 0; i < items; i++)
			result->vector[i * count + k] = gram[(items - 1 - k) * items + i];
	}
	host_free(gram);
	host_free(value);
}

static void
solve_sparse(const Histories *data, const Blas *blas, double tolerance, uint64_t seed,
             SingularVectors *result)
{
	int64_t items = data->items, count = result->count;
	int64_t width = count + SPARE_VECTORS;
	Iteration it = {.data = data, .blas = blas, .width = width};
	int64_t numbers = items * width;
	double *block = host_array(double, numbers), *image = host_array(double, numbers);
	double *other = host_array(double, numbers), *small = host_array(double, width *width);
	double *value = host_array(double, width);
	int64_t *start;
	uint32_t *user;
	Random random;

	histories_invert(data, &start, &user);
	it.start = start;
	it.user = user;
	it.middle = host_array(double, data->users *width);
	random_open(&random, seed, RANDOM_SINGULAR, 0);
	for (int64_t i = 0; i < numbers; i++)
		block[i] = random_normal(&random);
	for (int step = 0;; step++)
	{
		double *filtered;

		orthonormalise(&it, block, other, small);
		apply(&it, block, 1, 0, 0, block, image);
		rayleigh_ritz(&it, block, image, other, small, value);
		if (step == MOST_STEPS || greatest_residual(&it, block, image, value, count) <= tolerance * value[0])
			break;
		if (value[width - 1] <= NO_VALUE * value[0])
		{
			keep_range(&it, block, image, value);
			continue;
		}
		filtered = filter(&it, block, image, other, value[width - 1], value[0]);
		if (filtered != block)
			memcpy(block, filtered, (size_t) numbers * sizeof(double));
	}
	for (int64_t k = 0; k < count; k++)
	{
		result->value[k] = sqrt(fmax(value[k], 0));
		for (int64_t i = 0; i < items; i++)
			result->vector[i * count + k] = block[i * width + k];
	}
	host_free(block);
	host_free(image);
	host_free(other);
	host_free(small);
	host_free(value);
	host_free(start);
	host_free(user);
	host_free(it.middle);
}

void
singular_vectors(const Histories *data, int64_t count, double tolerance, uint64_t seed,
                 SingularVectors *result)
{
	const Blas *blas = blas_load();

	result->items = data->items;
	result->count = count < data->items ? count : data->items;
	result->vector = host_array(double, data->items * result->count);
	result->value = host_array(double, result->count);
	if (data->items <= DENSE_ITEMS || count + SPARE_VECTORS > data->items)
		solve_dense(data, blas, result->count, result);
	else
		solve_sparse(data, blas, tolerance, seed, result);
}

int64_t
singular_bytes(int64_t users, int64_t items, int64_t interactions, int64_t count)
{
	int64_t width = count + SPARE_VECTORS;
	int64_t found = items * (count < items ? count : items);
	int64_t shards = items / product_shard(items) + 1;

	if (items <= DENSE_ITEMS || width > items)
		return (items * (items + 66) + 64 + found + items) * 8;
	return ((3 * items + users + (shards + 1) * width + 66) * width + found + 2 * items) * 8 +
	       interactions * 4;
}
