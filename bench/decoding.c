/*
 * decoding.c
 *	  Generating without a server: how much of the rate that products of
 *	  matrices alone would allow is left.
 *
 *	  decoding METHOD DECODER SAMPLER USERS PAIRS
 *
 * Fits a generator with codes for one epoch, which makes nets of full size, to a file of
 * "user item" lines, and generates by one thread.  Prints, separated by tabs: users
 * a second, and that rate divided by the one of the same products alone.  The
 * linker sends calls of matrix_product() here (--wrap), where they are counted.
 */
#include "cases.h"
#include "models.h"
#include "nn/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_SHAPES 64

extern void __real_matrix_product(const Matrix *a, bool transpose_a, const Matrix *b, bool transpose_b,
                                  bool accumulate, Matrix *c);
extern void __wrap_matrix_product(const Matrix *a, bool transpose_a, const Matrix *b, bool transpose_b,
                                  bool accumulate, Matrix *c);

/* Products that look alike; none of generating transposes anything. */
typedef struct Shape
{
	int64_t rows, cols, inner;
	bool accumulate;
	int64_t calls;
} Shape;

static Shape shape[MOST_SHAPES];
static int shapes;
static bool counting;

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

void
__wrap_matrix_product(const Matrix *a, bool transpose_a, const Matrix *b, bool transpose_b, bool accumulate,
                      Matrix *c)
{
	int i = 0;

	__real_matrix_product(a, transpose_a, b, transpose_b, accumulate, c);
	if (!counting)
		return;
	while (i < shapes && (shape[i].rows != c->rows || shape[i].cols != c->cols || shape[i].inner != a->cols ||
	                      shape[i].accumulate != accumulate))
		i++;
	if (i == MOST_SHAPES || transpose_a || transpose_b)
		abort();
	if (i == shapes)
		shape[shapes++] = (Shape){c->rows, c->cols, a->cols, accumulate, 0};
	shape[i].calls++;
}

static Matrix
numbers(int64_t rows, int64_t cols)
{
	Matrix m = {rows, cols, cols, host_array(real, rows * cols)};

	for (int64_t i = 0; i < rows * cols; i++)
		m.value[i] = (real) (i % 17) / 17;
	return m;
}

/* Seconds of one such product on its own. */
static double
alone(const Shape *s)
{
	void *scope = host_open_scope();
	Matrix a = numbers(s->rows, s->inner), b = numbers(s->inner, s->cols), c = numbers(s->rows, s->cols);
	double start, took = 0;
	int calls = 0;

	__real_matrix_product(&a, false, &b, false, s->accumulate, &c);
	for (start = seconds(); took < 0.1; calls++)
	{
		__real_matrix_product(&a, false, &b, false, s->accumulate, &c);
		took = seconds() - start;
	}
	host_close_scope(scope);
	return took / calls;
}

static void
read_pairs(const char *path, Histories *data)
{
	HistoryBuilder *builder = builder_new();
	FILE *file = fopen(path, "r");
	long long u, i;

	if (file == NULL)
		abort();
	while (fscanf(file, "%lld %lld", &u, &i) == 2)
	{
		Key user = {u, NULL, 0}, item = {i, NULL, 0};

		builder_add(builder, false, &user, false, &item);
	}
	fclose(file);
	builder_settle(builder);
	builder_finish(builder, data);
}

static int
place_of(const char *const *names, const char *wanted)
{
	int n = 0;

	while (names[n] != NULL && strcmp(names[n], wanted) != 0)
		n++;
	if (names[n] == NULL)
		abort();
	return n;
}

int
main(int count, char **argument)
{
	const OptionSpec *spec;
	int64_t user, length, made = 0;
	double decoder = 0, sampler = 0, took, products = 0;
	const uint32_t *item;
	Generation *generation;
	Histories data;
	Model model;

	if (count != 6)
		return 1;
	host_test_begin(NULL);
	spec = generator_find(argument[1])->options;
	for (int o = 0; spec[o].name != NULL; o++)
	{
		if (strcmp(spec[o].name, "decoder") == 0)
			decoder = place_of(spec[o].choices, argument[2]);
		if (strcmp(spec[o].name, "sampler") == 0)
			sampler = place_of(spec[o].choices, argument[3]);
	}
	read_pairs(argument[5], &data);
	fit_model(argument[1],
	          option_values(argument[1], "decoder", decoder, "sampler", sampler, "epochs", 1.0,
	                        "sampler_steps", 1.0, NULL),
	          &data, 1, &model);
	counting = true;
	took = seconds();
	generation = generation_begin(&model, 1, 1, atoll(argument[4]));
	while (generation_next(generation, &user, &item, &length))
		made += length > 0;
	took = seconds() - took;
	counting = false;
	for (int i = 0; i < shapes; i++)
		products += (double) shape[i].calls * alone(&shape[i]);
	printf("%.0f\t%.3f\n", (double) made / took, products / took);
	host_test_end(NULL);
	return 0;
}
