/*
 * mixture.c
 *	  Mixtures of Gaussians by expectation and maximisation.
 *
 * A covariance gets a ridge, so that a component whose rows lie in a plane has
 * one too.  Its place in EM is that of noise: if each row stood for all points
 * that normal noise of variance "ridge" makes of it, the mean log density of
 * those points under a component would be
 *
 *	  ln N(row; mean, covariance) - ridge / 2 x trace(covariance^-1),
 *
 * which the covariance of the rows plus ridge x identity maximises exactly.
 * So EM with these densities never lowers their log-likelihood (but for the
 * steps that drop a component), and that is what is added up.
 *
 * Responsibilities are kept component by component.  The rows of a component
 * are gathered before products are made of them: in many dimensions most
 * responsibilities are as good as zero.
 */
#include "math/mixture.h"

#include "host.h"
#include "math/blas.h"
#include "math/dense.h"
#include "math/parallel.h"

#include <math.h>
#include <string.h>

/* Rows of one product. */
#define BLOCK_ROWS 128

/* Flops of adding up one component's rows without looking for a cancel. */
#define FLOPS_PER_SHARD 5e8

/* EM ends when a step gains less per row. */
#define TOLERANCE 1e-4

/* Responsibilities below it do not count. */
#define NEGLIGIBLE 1e-10

/* Rounds of k-means that give EM its start. */
#define KMEANS_ROUNDS 10

/* Means and factors from outside are at most so large. */
#define SANE_NUMBER 1e9

/* What one thread writes to. */
typedef struct Scratch
{
	double *gathered; /* BLOCK_ROWS x dimensions */
	double *product;  /* BLOCK_ROWS x dimensions */
} Scratch;

typedef struct Work
{
	const Blas *blas;
	const double *row; /* rows x dimensions */
	int64_t rows;
	int64_t dimensions;
	int64_t components; /* left */
	double ridge;
	double *responsibility; /* components x rows */
	double *size;           /* per component: sum of responsibilities */
	double *mean;           /* components x dimensions */
	double *scatter;        /* components x dimensions x dimensions: sums, then lower factors */
	double *inverse;        /* components x dimensions x dimensions: inverses of the factors */
	double *constant;       /* per component: what its log densities have in common */
	double *block_sum;      /* per block of rows: sum of log densities */
	uint32_t *nearest;      /* per row: its centre */
	double *distance;       /* per row: squared, to it */
	int64_t centre;         /* first centre to compare with */
	int workers;
	Scratch *scratch; /* per worker */
	int64_t chunk;    /* first row of the chunk that is added up */
	int64_t chunk_rows;
} Work;

int64_t
mixture_factor_size(int64_t dimensions)
{
	return dimensions * (dimensions + 1) / 2;
}

int64_t
mixture_bytes(int64_t rows, int64_t dimensions, int64_t components)
{
	int64_t square = dimensions * dimensions;
	int64_t numbers = rows * components + 2 * rows + components * (2 * square + dimensions) +
	                  (int64_t) host_threads() * 2 * BLOCK_ROWS * dimensions + components * square / 2;

	return numbers * 8;
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static double
squared_distance(const double *a, const double *b, int64_t dimensions)
{
	double sum = 0;

	for (int64_t j = 0; j < dimensions; j++)
		sum += (a[j] - b[j]) * (a[j] - b[j]);
	return sum;
}

/* Compares rows with the centres from w->centre on. */
static void
find_nearest(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;

	(void) worker;
	for (int64_t n = begin; n < end; n++)
	{
		for (int64_t c = w->centre; c < w->components; c++)
		{
			double d =
				squared_distance(w->row + n * w->dimensions, w->mean + c * w->dimensions, w->dimensions);

			if (c > 0 && d >= w->distance[n])
				continue;
			w->distance[n] = d;
			w->nearest[n] = (uint32_t) c;
		}
	}
}

/*
 * Centres by k-means++ (Arthur and Vassilvitskii 2007): each further one is a
 * row drawn by its squared distance to the nearest so far.  Fewer than asked
 * for when all rows are centres.
 */
static void
choose_centres(Work *w, int64_t wanted, uint64_t seed)
{
	Random random;
	int64_t next;

	random_open(&random, seed, RANDOM_MIXTURE, 0);
	next = (int64_t) random_below(&random, (uint64_t) w->rows);
	for (w->components = 1; next >= 0; w->components++)
	{
		double sum = 0, at;

		w->centre = w->components - 1;
		memcpy(w->mean + w->centre * w->dimensions, w->row + next * w->dimensions,
		       (size_t) w->dimensions * sizeof(double));
		parallel_for(ANY_WORKERS, w->rows, BLOCK_ROWS, find_nearest, w);
		if (w->components == wanted)
			break;
		for (int64_t n = 0; n < w->rows; n++)
			sum += w->distance[n];
		at = random_uniform(&random) * sum;
		next = -1;
		for (int64_t n = 0; n < w->rows && at >= 0; n++)
		{
			if (w->distance[n] > 0)
				next = n;
			at -= w->distance[n];
		}
	}
	if (next < 0)
		w->components--;
}

/* Gives each row to its nearest centre alone. */
static void
harden(Work *w)
{
	memset(w->responsibility, 0, (size_t) (w->components * w->rows) * sizeof(double));
	for (int64_t n = 0; n < w->rows; n++)
		w->responsibility[w->nearest[n] * w->rows + n] = 1;
}

/* Adds the chunk's rows to the sums that means are made of. */
static void
add_rows(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;

	(void) worker;
	for (int64_t c = begin; c < end; c++)
	{
		double *mean = w->mean + c * w->dimensions;

		for (int64_t n = w->chunk; n < w->chunk + w->chunk_rows; n++)
		{
			double share = w->responsibility[c * w->rows + n];

			if (share < NEGLIGIBLE)
				continue;
			w->size[c] += share;
			for (int64_t j = 0; j < w->dimensions; j++)
				mean[j] += share * w->row[n * w->dimensions + j];
		}
	}
}

/* scatter += gathered' gathered, of the first "rows" rows. */
static void
add_products(const Work *w, const double *gathered, int64_t rows, double *scatter)
{
	int d = (int) w->dimensions;

	w->blas->dgemm(BLAS_ROW_MAJOR, BLAS_TRANSPOSE, BLAS_NO_TRANSPOSE, d, d, (int) rows, 1, gathered, d,
	               gathered, d, 1, scatter, d);
}

/* Adds the chunk's rows to the sums that covariances are made of. */
static void
add_scatter(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;
	double *gathered = w->scratch[worker].gathered;

	for (int64_t c = begin; c < end; c++)
	{
		const double *mean = w->mean + c * w->dimensions;
		double *scatter = w->scatter + c * w->dimensions * w->dimensions;
		int64_t count = 0;

		for (int64_t n = w->chunk; n < w->chunk + w->chunk_rows; n++)
		{
			double share = w->responsibility[c * w->rows + n];
			double root = sqrt(share);

			if (share < NEGLIGIBLE)
				continue;
			for (int64_t j = 0; j < w->dimensions; j++)
				gathered[count * w->dimensions + j] = root * (w->row[n * w->dimensions + j] - mean[j]);
			if (++count < BLOCK_ROWS)
				continue;
			add_products(w, gathered, count, scatter);
			count = 0;
		}
		if (count > 0)
			add_products(w, gathered, count, scatter);
	}
}

/* Replaces a positive definite matrix by its lower Cholesky factor. */
static void
cholesky(double *a, int64_t d)
{
	for (int64_t i = 0; i < d; i++)
	{
		for (int64_t j = 0; j <= i; j++)
		{
			double sum = a[i * d + j];

			for (int64_t k = 0; k < j; k++)
				sum -= a[i * d + k] * a[j * d + k];
			/* the ridge keeps the pivots positive, whatever rounding does */
			a[i * d + j] = i == j ? sqrt(fmax(sum, 1e-300)) : sum / a[j * d + j];
		}
		for (int64_t j = i + 1; j < d; j++)
			a[i * d + j] = 0;
	}
}

/* The inverse of a lower triangular matrix, row by row. */
static void
invert_lower(const double *factor, int64_t d, double *inverse)
{
	memset(inverse, 0, (size_t) (d * d) * sizeof(double));
	for (int64_t i = 0; i < d; i++)
	{
		double *row = inverse + i * d;

		for (int64_t k = 0; k < i; k++)
		{
			for (int64_t j = 0; j <= k; j++)
				row[j] -= factor[i * d + k] * inverse[k * d + j];
		}
		for (int64_t j = 0; j < i; j++)
			row[j] /= factor[i * d + i];
		row[i] = 1 / factor[i * d + i];
	}
}

/* From sums to a covariance, its factor and the constant of its densities. */
static void
factorise(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;
	int64_t d = w->dimensions;

	(void) worker;
	for (int64_t c = begin; c < end; c++)
	{
		double *scatter = w->scatter + c * d * d, *inverse = w->inverse + c * d * d;
		double trace = 0;

		for (int64_t i = 0; i < d * d; i++)
			scatter[i] /= w->size[c];
		for (int64_t i = 0; i < d; i++)
			scatter[i * d + i] += w->ridge;
		cholesky(scatter, d);
		invert_lower(scatter, d, inverse);
		w->constant[c] = log(w->size[c] / (double) w->rows) - 0.5 * (double) d * log(2 * M_PI);
		for (int64_t i = 0; i < d; i++)
			w->constant[c] -= log(scatter[i * d + i]);
		for (int64_t i = 0; i < d * d; i++)
			trace += inverse[i] * inverse[i];
		w->constant[c] -= 0.5 * w->ridge * trace;
	}
}

/* Calls body for all components over one chunk of rows after the other. */
static void
over_chunks(Work *w, double flops_per_row, ParallelBody body)
{
	int64_t most = BLOCK_ROWS + (int64_t) (FLOPS_PER_SHARD / flops_per_row) / BLOCK_ROWS * BLOCK_ROWS;

	for (w->chunk = 0; w->chunk < w->rows; w->chunk += w->chunk_rows)
	{
		w->chunk_rows = smaller(most, w->rows - w->chunk);
		dense_over_shards(w->blas, ANY_WORKERS, w->components, 1, body, w);
	}
}

/* Sizes and means from responsibilities; an empty component stays where it is. */
static void
update_means(Work *w)
{
	double *before = host_array(double, w->components * w->dimensions);

	memcpy(before, w->mean, (size_t) (w->components * w->dimensions) * sizeof(double));
	memset(w->size, 0, (size_t) w->components * sizeof(double));
	memset(w->mean, 0, (size_t) (w->components * w->dimensions) * sizeof(double));
	over_chunks(w, 20 * (double) w->dimensions, add_rows);
	for (int64_t c = 0; c < w->components; c++)
	{
		for (int64_t j = c * w->dimensions; j < (c + 1) * w->dimensions; j++)
			w->mean[j] = w->size[c] > 0 ? w->mean[j] / w->size[c] : before[j];
	}
	host_free(before);
}

/* Rounds of k-means from the centres, so that EM begins near its end. */
static void
improve_centres(Work *w)
{
	for (int round = 0; round < KMEANS_ROUNDS; round++)
	{
		harden(w);
		update_means(w);
		w->centre = 0;
		parallel_for(ANY_WORKERS, w->rows, BLOCK_ROWS, find_nearest, w);
	}
	harden(w);
}

static void
move_component(Work *w, int64_t to, int64_t from)
{
	int64_t d = w->dimensions;

	w->size[to] = w->size[from];
	memmove(w->mean + to * d, w->mean + from * d, (size_t) d * sizeof(double));
	memmove(w->responsibility + to * w->rows, w->responsibility + from * w->rows,
	        (size_t) w->rows * sizeof(double));
}

/*
 * Drops the smallest components that have fewer than "least" rows, so many of
 * them that together they have that many.  Tells whether there were any.
 */
static bool
drop_small(Work *w, double least)
{
	double freed = 0;
	bool dropped = false;

	while (w->components > 1)
	{
		int64_t smallest = 0;

		for (int64_t c = 1; c < w->components; c++)
		{
			if (w->size[c] < w->size[smallest])
				smallest = c;
		}
		if (w->size[smallest] >= least || (dropped && freed + w->size[smallest] >= least))
			break;
		freed += w->size[smallest];
		dropped = true;
		for (int64_t c = smallest + 1; c < w->components; c++)
			move_component(w, c - 1, c);
		w->components--;
	}
	return dropped;
}

/* Covariances and the rest of a component from its responsibilities and mean. */
static void
update_covariances(Work *w)
{
	memset(w->scatter, 0, (size_t) (w->components * w->dimensions * w->dimensions) * sizeof(double));
	over_chunks(w, 2 * (double) w->dimensions * (double) w->dimensions, add_scatter);
	parallel_for(ANY_WORKERS, w->components, 1, factorise, w);
}

/* Log densities of a block of rows, made into responsibilities. */
static void
expect_block(void *argument, int64_t begin, int64_t end, int worker)
{
	Work *w = argument;
	Scratch *scratch = &w->scratch[worker];
	int d = (int) w->dimensions;
	double sum_of_logs = 0;

	for (int64_t c = 0; c < w->components; c++)
	{
		double *responsibility = w->responsibility + c * w->rows;

		for (int64_t n = begin; n < end; n++)
		{
			for (int64_t j = 0; j < d; j++)
				scratch->gathered[(n - begin) * d + j] = w->row[n * d + j] - w->mean[c * d + j];
		}
		w->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANSPOSE, BLAS_TRANSPOSE, (int) (end - begin), d, d, 1,
		               scratch->gathered, d, w->inverse + c * d * d, d, 0, scratch->product, d);
		for (int64_t n = begin; n < end; n++)
		{
			const double *product = scratch->product + (n - begin) * d;
			double norm = 0;

			for (int64_t j = 0; j < d; j++)
				norm += product[j] * product[j];
			responsibility[n] = w->constant[c] - 0.5 * norm;
		}
	}
	for (int64_t n = begin; n < end; n++)
	{
		double greatest = -INFINITY, sum = 0;

		for (int64_t c = 0; c < w->components; c++)
			greatest = fmax(greatest, w->responsibility[c * w->rows + n]);
		for (int64_t c = 0; c < w->components; c++)
			sum += exp(w->responsibility[c * w->rows + n] - greatest);
		for (int64_t c = 0; c < w->components; c++)
			w->responsibility[c * w->rows + n] = exp(w->responsibility[c * w->rows + n] - greatest) / sum;
		sum_of_logs += greatest + log(fmax(sum, 1)); /* the greatest alone makes 1 */
	}
	w->block_sum[begin / BLOCK_ROWS] = sum_of_logs;
}

/* Gives back the log-likelihood per row. */
static double
expect(Work *w)
{
	double sum = 0;

	dense_over_shards(w->blas, w->workers, w->rows, BLOCK_ROWS, expect_block, w);
	for (int64_t b = 0; b * BLOCK_ROWS < w->rows; b++)
		sum += w->block_sum[b];
	return sum / (double) w->rows;
}

static void
allocate(Work *w, int64_t components)
{
	int64_t d = w->dimensions;

	w->responsibility = host_array(double, components * w->rows);
	w->size = host_array(double, components);
	w->mean = host_array(double, components *d);
	w->scatter = host_array(double, components *d *d);
	w->inverse = host_array(double, components *d *d);
	w->constant = host_array(double, components);
	w->block_sum = host_array(double, (w->rows + BLOCK_ROWS - 1) / BLOCK_ROWS);
	w->nearest = host_array(uint32_t, w->rows);
	w->distance = host_array(double, w->rows);
	w->workers = host_threads();
	w->scratch = host_array(Scratch, w->workers);
	for (int i = 0; i < w->workers; i++)
	{
		w->scratch[i].gathered = host_array(double, BLOCK_ROWS *d);
		w->scratch[i].product = host_array(double, BLOCK_ROWS *d);
	}
}

static void
release(Work *w)
{
	for (int i = 0; i < w->workers; i++)
	{
		host_free(w->scratch[i].gathered);
		host_free(w->scratch[i].product);
	}
	host_free(w->scratch);
	host_free(w->responsibility);
	host_free(w->size);
	host_free(w->mean);
	host_free(w->scatter);
	host_free(w->inverse);
	host_free(w->constant);
	host_free(w->block_sum);
	host_free(w->nearest);
	host_free(w->distance);
}

/* Copies the components out, the largest first. */
static void
finish(const Work *w, MixtureFit *fit)
{
	int64_t d = w->dimensions, packed = mixture_factor_size(d);
	double *weight = host_array(double, w->components);
	double *mean = host_array(double, w->components *d);
	double *factor = host_array(double, w->components *packed);

	fit->rows = host_array(double, w->components);
	for (int64_t c = 0; c < w->components; c++)
	{
		int64_t place = 0;
		double *at;

		for (int64_t other = 0; other < w->components; other++)
			place += w->size[other] > w->size[c] || (other < c && w->size[other] == w->size[c]);
		fit->rows[place] = w->size[c];
		weight[place] = w->size[c] / (double) w->rows;
		memcpy(mean + place * d, w->mean + c * d, (size_t) d * sizeof(double));
		at = factor + place * packed;
		for (int64_t j = 0; j < d; j++)
		{
			for (int64_t i = j; i < d; i++)
				*at++ = w->scatter[(c * d + i) * d + j];
		}
	}
	fit->mixture = (Mixture){w->components, d, weight, mean, factor};
}

void
mixture_fit(const double *row, int64_t rows, int64_t dimensions, const uint32_t *start,
            const MixtureLimits *limits, uint64_t seed, MixtureFit *fit)
{
	Work w = {
		.blas = blas_load(), .row = row, .rows = rows, .dimensions = dimensions, .ridge = limits->ridge};
	double before = -INFINITY;
	int64_t steps = 0;

	allocate(&w, limits->components);
	if (start == NULL)
	{
		choose_centres(&w, limits->components, seed);
		improve_centres(&w);
	}
	else
	{
		w.components = limits->components;
		memcpy(w.nearest, start, (size_t) rows * sizeof(uint32_t));
		harden(&w);
	}
	for (fit->steps = 1;; fit->steps++)
	{
		bool dropped;

		host_progress("fitting the mixture", steps, limits->steps);
		update_means(&w);
		dropped = drop_small(&w, fmax(limits->least, 1));
		update_covariances(&w);
		/* what was dropped is shared out by the densities of the others */
		fit->log_likelihood = expect(&w);
		steps += !dropped;
		if (!dropped && (steps == limits->steps || fit->log_likelihood - before < TOLERANCE))
			break;
		before = fit->log_likelihood;
	}
	finish(&w, fit);
	release(&w);
}

bool
mixture_valid(const Mixture *mixture)
{
	int64_t d = mixture->dimensions, packed = mixture_factor_size(d);
	double sum = 0;

	if (mixture->components < 1 || d < 1)
		return false;
	for (int64_t c = 0; c < mixture->components; c++)
	{
		const double *factor = mixture->factor + c * packed;

		if (!(mixture->weight[c] > 0))
			return false;
		sum += mixture->weight[c];
		for (int64_t j = 0; j < d; j++)
		{
			if (!(fabs(mixture->mean[c * d + j]) <= SANE_NUMBER) || !(factor[0] > 0))
				return false;
			for (int64_t i = j; i < d; i++)
			{
				if (!(fabs(*factor++) <= SANE_NUMBER))
					return false;
			}
		}
	}
	return fabs(sum - 1) < 1e-6;
}

/*
 * Row = mean + L z.  Column by column from the last one: z_j waits in place j
 * until its column is added to the places from j on.
 */
void
mixture_draw(const Mixture *mixture, Random *random, double *row)
{
	int64_t d = mixture->dimensions;
	double at = random_uniform(random);
	int64_t c = 0;
	const double *column;

	while (c < mixture->components - 1 && at >= mixture->weight[c])
		at -= mixture->weight[c++];
	for (int64_t j = 0; j < d; j++)
		row[j] = random_normal(random);
	column = mixture->factor + (c + 1) * mixture_factor_size(d);
	for (int64_t j = d - 1; j >= 0; j--)
	{
		double z = row[j];

		column -= d - j;
		row[j] = mixture->mean[c * d + j];
		for (int64_t i = j; i < d; i++)
			row[i] += column[i - j] * z;
	}
}
