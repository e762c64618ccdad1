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
#include "math/blas.h"
#include "math/parallel.h"

#define PIVOT 128 /* rows and columns of a pivot block */
#define TILE 256  /* rows and columns of a tile of the rest */

typedef struct Sweep
{
	const Blas *blas;
	double *a; /* n x n; only the lower triangle is kept up to date */
	int64_t n;
	int64_t first;  /* of the pivot block */
	int64_t size;   /* of the pivot block */
	double *pivot;  /* size x size: D, then D^-1 */
	double *panel;  /* n x size: W; rows of the pivot block are zero */
	double *scaled; /* n x size: W D^-1 */
} Sweep;

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Copies rows of the panel out of the lower triangle and scales them. */
static void
scale_panel(void *task, int64_t begin, int64_t end, int worker)
{
	Sweep *s = task;

	(void) worker;
	for (int64_t i = begin; i < end; i++)
	{
		double *row = s->panel + i * s->size;

		for (int64_t k = 0; k < s->size; k++)
		{
			int64_t column = s->first + k;

			if (i >= s->first && i < s->first + s->size)
				row[k] = 0;
			else
				row[k] = i > column ? s->a[i * s->n + column] : s->a[column * s->n + i];
		}
	}
	s->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANSPOSE, BLAS_NO_TRANSPOSE, (int) (end - begin), (int) s->size,
	               (int) s->size, 1, s->panel + begin * s->size, (int) s->size, s->pivot, (int) s->size, 0,
	               s->scaled + begin * s->size, (int) s->size);
}

/* Updates the tiles of the lower triangle, numbered row by row. */
static void
update_tiles(void *task, int64_t begin, int64_t end, int worker)
{
	Sweep *s = task;

	(void) worker;
	for (int64_t tile = begin; tile < end; tile++)
	{
		int64_t row = 0;
		int64_t i, j;

		while ((row + 1) * (row + 2) / 2 <= tile)
			row++;
		i = row * TILE;
		j = (tile - row * (row + 1) / 2) * TILE;
		s->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANSPOSE, BLAS_TRANSPOSE, (int) smaller(TILE, s->n - i),
		               (int) smaller(TILE, s->n - j), (int) s->size, -1, s->scaled + i * s->size,
		               (int) s->size, s->panel + j * s->size, (int) s->size, 1, s->a + i * s->n + j,
		               (int) s->n);
	}
}

/* Puts the scaled panel and the inverted pivot where they belong. */
static void
store_panel(const Sweep *s)
{
	for (int64_t i = 0; i < s->n; i++)
	{
		for (int64_t k = 0; k < s->size; k++)
		{
			int64_t column = s->first + k;

			if (i >= s->first && i < s->first + s->size)
				s->a[i * s->n + column] = -s->pivot[(i - s->first) * s->size + k];
			else if (i > column)
				s->a[i * s->n + column] = s->scaled[i * s->size + k];
			else
				s->a[column * s->n + i] = s->scaled[i * s->size + k];
		}
	}
}

/* Inverts the pivot block; both triangles of s->pivot are filled in. */
static bool
invert_pivot(Sweep *s)
{
	int size = (int) s->size;
	int info;

	for (int64_t i = 0; i < s->size; i++)
	{
		for (int64_t k = 0; k <= i; k++)
			s->pivot[i * s->size + k] = s->a[(s->first + i) * s->n + s->first + k];
	}
	/* LAPACK counts columns first: its upper triangle is our lower one */
	s->blas->dpotrf("U", &size, s->pivot, &size, &info);
	if (info == 0)
		s->blas->dpotri("U", &size, s->pivot, &size, &info);
	for (int64_t i = 0; i < s->size; i++)
	{
		for (int64_t k = 0; k < i; k++)
			s->pivot[k * s->size + i] = s->pivot[i * s->size + k];
	}
	return info == 0;
}

static void
mirror_negated(void *task, int64_t begin, int64_t end, int worker)
{
	Sweep *s = task;

	(void) worker;
	/* each pair of entries by the row of the lower one */
	for (int64_t i = begin; i < end; i++)
	{
		for (int64_t j = 0; j <= i; j++)
		{
			double entry = -s->a[i * s->n + j];

			s->a[i * s->n + j] = entry;
			s->a[j * s->n + i] = entry;
		}
	}
}

bool
dense_spd_invert(double *matrix, int64_t n)
{
	Sweep s = {.blas = blas_load(), .a = matrix, .n = n};
	int64_t tile_rows = (n + TILE - 1) / TILE;
	bool definite = true;

	s.pivot = host_array(double, PIVOT *PIVOT);
	s.panel = host_array(double, n *PIVOT);
	s.scaled = host_array(double, n *PIVOT);
	for (s.first = 0; definite && s.first < n; s.first += PIVOT)
	{
		s.size = smaller(PIVOT, n - s.first);
		definite = invert_pivot(&s);
		if (!definite)
			break;
		blas_for(n, TILE, scale_panel, &s);
		blas_for(tile_rows * (tile_rows + 1) / 2, 1, update_tiles, &s);
		store_panel(&s);
	}
	if (definite)
		parallel_for(n, 64, mirror_negated, &s);
	host_free(s.pivot);
	host_free(s.panel);
	host_free(s.scaled);
	return definite;
}
