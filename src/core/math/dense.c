/*
 * dense.c
 *	  Dense matrices over BLAS and LAPACK.
 *
 * The inverse is made by the sweep operator, block by block (Goodnight, "A
 * tutorial on the SWEEP operator", 1979): sweeping the pivot block D with
 * panel W turns D into -D^-1, W into W D^-1 and the rest A into A - W D^-1 W';
 * after all blocks the matrix is minus its inverse.  That is n^3 flops, as many
 * as a factorisation and an inversion of the factor take, nearly all of them
 * in products of tiles, which need no more coordination than a loop.
 */
#include "math/dense.h"

#include "host.h"

#define PIVOT 128 /* rows and columns of a pivot block */
#define TILE 256  /* rows and columns of a tile of the rest */

typedef struct Sweep
{
	double *a;      /* n x n; only the lower triangle is kept up to date */
	double *pivot;  /* size x size: D, then D^-1 */
	double *panel;  /* n x size: W; rows of the pivot block are zero */
	double *scaled; /* n x size: W D^-1 */
	bool definite;
} Sweep;

/* Several matrices at the same pivot block. */
typedef struct Sweeps
{
	const Blas *blas;
	Sweep *sweep; /* count */
	int count;
	int64_t n;
	int64_t first; /* of the pivot block */
	int64_t size;  /* of the pivot block */
} Sweeps;

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Inverts the pivot blocks; both triangles of them are filled in. */
static void
invert_pivots(void *task, int64_t begin, int64_t end, int worker)
{
	Sweeps *s = task;
	int size = (int) s->size;

	(void) worker;
	for (int64_t m = begin; m < end; m++)
	{
		Sweep *sweep = &s->sweep[m];
		int info;

		for (int64_t i = 0; i < s->size; i++)
		{
			for (int64_t k = 0; k <= i; k++)
				sweep->pivot[i * s->size + k] = sweep->a[(s->first + i) * s->n + s->first + k];
		}
		/* LAPACK counts columns first: its upper triangle is our lower one */
		s->blas->dpotrf("U", &size, sweep->pivot, &size, &info);
		if (info == 0)
			s->blas->dpotri("U", &size, sweep->pivot, &size, &info);
		for (int64_t i = 0; i < s->size; i++)
		{
			for (int64_t k = 0; k < i; k++)
				sweep->pivot[k * s->size + i] = sweep->pivot[i * s->size + k];
		}
		sweep->definite = info == 0;
	}
}

/* Copies rows begin .. end - 1 of the panel out of the lower triangle and scales them. */
static void
scale_rows(const Sweeps *s, Sweep *sweep, int64_t begin, int64_t end)
{
	for (int64_t i = begin; i < end; i++)
	{
		double *row = sweep->panel + i * s->size;

		for (int64_t k = 0; k < s->size; k++)
		{
			int64_t column = s->first + k;

			if (i >= s->first && i < s->first + s->size)
				row[k] = 0;
			else
				row[k] = i > column ? sweep->a[i * s->n + column] : sweep->a[column * s->n + i];
		}
	}
	s->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANSPOSE, BLAS_NO_TRANSPOSE, (int) (end - begin), (int) s->size,
	               (int) s->size, 1, sweep->panel + begin * s->size, (int) s->size, sweep->pivot,
	               (int) s->size, 0, sweep->scaled + begin * s->size, (int) s->size);
}

/* How many tiles lie side by side in a matrix. */
static int64_t
tile_rows(const Sweeps *s)
{
	return (s->n + TILE - 1) / TILE;
}

/* Tiles of all panels, numbered matrix by matrix. */
static void
scale_panels(void *task, int64_t begin, int64_t end, int worker)
{
	Sweeps *s = task;

	(void) worker;
	for (int64_t t = begin; t < end; t++)
	{
		int64_t row = t % tile_rows(s) * TILE;

		scale_rows(s, &s->sweep[t / tile_rows(s)], row, smaller(row + TILE, s->n));
	}
}

/* Updates tiles of the lower triangles, numbered matrix by matrix and row by row. */
static void
update_tiles(void *task, int64_t begin, int64_t end, int worker)
{
	Sweeps *s = task;
	int64_t tiles = tile_rows(s) * (tile_rows(s) + 1) / 2;

	(void) worker;
	for (int64_t t = begin; t < end; t++)
	{
		Sweep *sweep = &s->sweep[t / tiles];
		int64_t tile = t % tiles, row = 0;
		int64_t i, j;

		while ((row + 1) * (row + 2) / 2 <= tile)
			row++;
		i = row * TILE;
		j = (tile - row * (row + 1) / 2) * TILE;
		s->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANSPOSE, BLAS_TRANSPOSE, (int) smaller(TILE, s->n - i),
		               (int) smaller(TILE, s->n - j), (int) s->size, -1, sweep->scaled + i * s->size,
		               (int) s->size, sweep->panel + j * s->size, (int) s->size, 1, sweep->a + i * s->n + j,
		               (int) s->n);
	}
}

/* Puts tiles of the scaled panels, and the inverted pivots, where they belong. */
static void
store_panels(void *task, int64_t begin, int64_t end, int worker)
{
	Sweeps *s = task;

	(void) worker;
	for (int64_t t = begin; t < end; t++)
	{
		const Sweep *sweep = &s->sweep[t / tile_rows(s)];
		int64_t row = t % tile_rows(s) * TILE;

		for (int64_t i = row; i < smaller(row + TILE, s->n); i++)
		{
			for (int64_t k = 0; k < s->size; k++)
			{
				int64_t column = s->first + k;

				if (i >= s->first && i < s->first + s->size)
					sweep->a[i * s->n + column] = -sweep->pivot[(i - s->first) * s->size + k];
				else if (i > column)
					sweep->a[i * s->n + column] = sweep->scaled[i * s->size + k];
				else
					sweep->a[column * s->n + i] = sweep->scaled[i * s->size + k];
			}
		}
	}
}

/* Rows of all matrices, numbered matrix by matrix. */
static void
mirror_negated(void *task, int64_t begin, int64_t end, int worker)
{
	Sweeps *s = task;

	(void) worker;
	/* each pair of entries by the row of the lower one */
	for (int64_t t = begin; t < end; t++)
	{
		double *a = s->sweep[t / s->n].a;
		int64_t i = t % s->n;

		for (int64_t j = 0; j <= i; j++)
		{
			double entry = -a[i * s->n + j];

			a[i * s->n + j] = entry;
			a[j * s->n + i] = entry;
		}
	}
}

void
dense_over_shards(const Blas *blas, int workers, int64_t count, int64_t shard, ParallelBody body, void *task)
{
	if (blas->concurrent)
	{
		parallel_for(workers, count, shard, body, task);
		return;
	}
	for (int64_t begin = 0; begin < count; begin += shard)
	{
		host_poll();
		body(task, begin, smaller(begin + shard, count), 0);
	}
}

static bool
all_definite(const Sweeps *s)
{
	for (int m = 0; m < s->count; m++)
	{
		if (!s->sweep[m].definite)
			return false;
	}
	return true;
}

int64_t
dense_invert_bytes(int count, int64_t n)
{
	return count * (2 * n + PIVOT) * PIVOT * (int64_t) sizeof(double);
}

bool
dense_spd_invert(double **matrix, int count, int64_t n)
{
	Sweeps s = {.blas = blas_load(), .count = count, .n = n};
	void *scope = host_open_scope();
	bool definite = true;

	s.sweep = host_array(Sweep, count);
	for (int m = 0; m < count; m++)
	{
		s.sweep[m].a = matrix[m];
		s.sweep[m].pivot = host_array(double, PIVOT *PIVOT);
		s.sweep[m].panel = host_array(double, n *PIVOT);
		s.sweep[m].scaled = host_array(double, n *PIVOT);
	}
	for (s.first = 0; definite && s.first < n; s.first += PIVOT)
	{
		int64_t rows = tile_rows(&s);

		host_progress("inverting a matrix", s.first, n);
		s.size = smaller(PIVOT, n - s.first);
		dense_over_shards(s.blas, ANY_WORKERS, count, 1, invert_pivots, &s);
		definite = all_definite(&s);
		if (!definite)
			break;
		dense_over_shards(s.blas, ANY_WORKERS, count * rows, 1, scale_panels, &s);
		dense_over_shards(s.blas, ANY_WORKERS, count * (rows * (rows + 1) / 2), 1, update_tiles, &s);
		parallel_for(ANY_WORKERS, count * rows, 1, store_panels, &s);
	}
	if (definite)
		parallel_for(ANY_WORKERS, count * n, 64, mirror_negated, &s);
	host_close_scope(scope);
	return definite;
}
