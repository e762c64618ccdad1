/*
 * nets.c
 *	  Training without a server: how long an epoch takes, and what part of it
 *	  is spent in products of matrices, at what rate.
 *
 *	  nets vae THREADS EPOCHS PAIRS   the generator vae, on a file of "user item" lines
 *	  nets gru THREADS EPOCHS         a recurrent auto-encoder: two layers of 128
 *	                                  units on either side, 6,034 sequences of 20
 *	                                  items out of 3,121, batches of 128
 *
 * Prints, separated by tabs: seconds of an epoch, the share of the processors'
 * time that is spent in products, their GFLOP/s there, and those of the same
 * products alone on one thread.  The linker sends calls of matrix_product()
 * here (--wrap), where they are timed.
 */
#include "cases.h"
#include "generators/generator.h"
#include "nn/losses.h"
#include "nn/train.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_SHAPES 256

extern void __real_matrix_product(const Matrix *a, bool transpose_a, const Matrix *b, bool transpose_b,
                                  bool accumulate, Matrix *c);
extern void __wrap_matrix_product(const Matrix *a, bool transpose_a, const Matrix *b, bool transpose_b,
                                  bool accumulate, Matrix *c);

/* Products that look alike. */
typedef struct Shape
{
	int64_t rows, cols, inner;
	bool transpose_a, transpose_b, accumulate;
	int64_t calls;
	double seconds;
} Shape;

static Shape shape[MOST_SHAPES];
static int shapes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

static void
record(const Shape *seen, double took)
{
	int i = 0;

	pthread_mutex_lock(&lock);
	while (i < shapes &&
	       (shape[i].rows != seen->rows || shape[i].cols != seen->cols || shape[i].inner != seen->inner ||
	        shape[i].transpose_a != seen->transpose_a || shape[i].transpose_b != seen->transpose_b ||
	        shape[i].accumulate != seen->accumulate))
		i++;
	if (i == MOST_SHAPES)
		abort();
	if (i == shapes)
		shape[shapes++] = *seen;
	shape[i].calls++;
	shape[i].seconds += took;
	pthread_mutex_unlock(&lock);
}

void
__wrap_matrix_product(const Matrix *a, bool transpose_a, const Matrix *b, bool transpose_b, bool accumulate,
                      Matrix *c)
{
	Shape seen = {c->rows, c->cols, transpose_a ? a->rows : a->cols, transpose_a, transpose_b, accumulate,
	              0,       0};
	double start = seconds(CLOCK_THREAD_CPUTIME_ID);

	__real_matrix_product(a, transpose_a, b, transpose_b, accumulate, c);
	record(&seen, seconds(CLOCK_THREAD_CPUTIME_ID) - start);
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
	Matrix a = s->transpose_a ? numbers(s->inner, s->rows) : numbers(s->rows, s->inner);
	Matrix b = s->transpose_b ? numbers(s->cols, s->inner) : numbers(s->inner, s->cols);
	Matrix c = numbers(s->rows, s->cols);
	double start, took = 0;
	int calls = 0;

	__real_matrix_product(&a, s->transpose_a, &b, s->transpose_b, s->accumulate, &c);
	for (start = seconds(CLOCK_THREAD_CPUTIME_ID); took < 0.05; calls++)
	{
		__real_matrix_product(&a, s->transpose_a, &b, s->transpose_b, s->accumulate, &c);
		took = seconds(CLOCK_THREAD_CPUTIME_ID) - start;
	}
	host_close_scope(scope);
	return took / calls;
}

/* Prints what was seen while "total" seconds of processors went by. */
static void
report(double epoch, double total)
{
	double inside = 0, flops = 0, by_themselves = 0;

	for (int i = 0; i < shapes; i++)
	{
		inside += shape[i].seconds;
		flops += 2.0 * (double) (shape[i].rows * shape[i].cols * shape[i].inner * shape[i].calls);
		by_themselves += (double) shape[i].calls * alone(&shape[i]);
	}
	printf("%.4f\t%.4f\t%.2f\t%.2f\n", epoch, inside / total, flops / inside * 1e-9,
	       flops / by_themselves * 1e-9);
}

enum
{
	USERS = 6034,
	STEPS = 20,
	ITEMS = 3121,
	EMBEDDING = 64,
	UNITS = 128,
	LAYERS = 2
};

typedef struct AutoEncoder
{
	Parameters parameters;
	int table;
	GruStack encoder, decoder;
	Dense code, start[LAYERS], output;
	uint32_t *item; /* USERS x STEPS */
} AutoEncoder;

static Node
auto_encoder_loss(const void *context, Tape *tape, const Shard *shard)
{
	const AutoEncoder *net = context;
	int64_t m = shard->rows, rows = STEPS * m;
	uint32_t *item = tape_memory(tape, rows * (int64_t) sizeof(uint32_t));
	int64_t *one_each = tape_memory(tape, (rows + 1) * (int64_t) sizeof(int64_t));
	Sparse target = {rows, ITEMS, one_each, item, NULL};
	Node states, code, start[LAYERS];

	for (int64_t i = 0; item != NULL && i < rows; i++)
		item[i] = net->item[shard->sample[i % m] * STEPS + i / m];
	for (int64_t i = 0; one_each != NULL && i <= rows; i++)
		one_each[i] = i;
	states = gru_stack(tape, &net->encoder, embedding(tape, net->table, item, rows), NULL, STEPS, NULL);
	code = tape_tanh(tape, dense(tape, &net->code, tape_slice(tape, states, rows, 0, m, UNITS)));
	for (int l = 0; l < LAYERS; l++)
		start[l] = dense(tape, &net->start[l], code);
	states = gru_stack(tape, &net->decoder, every_step(tape, code, STEPS), start, STEPS, NULL);
	return cross_entropy(tape, dense(tape, &net->output, tape_slice(tape, states, m, 0, rows, UNITS)),
	                     &target);
}

static void
train_auto_encoder(int64_t epochs)
{
	AutoEncoder *net = host_alloc_zero(sizeof(AutoEncoder));
	Parameters *p = &net->parameters;
	TrainingPlan plan = {.stage = "training",
	                     .operation = "auto-encoder",
	                     .model = net,
	                     .parameters = p,
	                     .objectives = 1,
	                     .samples = USERS,
	                     .batch = 128,
	                     .shard = 128,
	                     .epochs = epochs};
	Random random;

	net->table = parameters_add(p, ITEMS, EMBEDDING, INIT_NORMAL);
	net->encoder = gru_stack_add(p, LAYERS, EMBEDDING, UNITS);
	net->code = dense_add(p, UNITS, EMBEDDING, INIT_XAVIER, INIT_ZERO);
	for (int l = 0; l < LAYERS; l++)
		net->start[l] = dense_add(p, EMBEDDING, UNITS, INIT_XAVIER, INIT_ZERO);
	net->decoder = gru_stack_add(p, LAYERS, EMBEDDING, UNITS);
	net->output = dense_add(p, UNITS, ITEMS, INIT_XAVIER, INIT_ZERO);
	net->item = host_array(uint32_t, USERS * STEPS);
	case_random(&random, 1);
	for (int64_t i = 0; i < USERS * STEPS; i++)
		net->item[i] = (uint32_t) random_below(&random, ITEMS);
	plan.objective[0] = (Objective){auto_encoder_loss, 0, p->size, 1, true, ADAM(1e-3)};
	train(&plan);
}

/* Interactions from a file. */
static void
read_pairs(const char *name, Histories *data)
{
	FILE *file = fopen(name, "r");
	HistoryBuilder *builder = builder_new();
	long long user, item;

	if (file == NULL)
		abort();
	while (fscanf(file, "%lld %lld", &user, &item) == 2)
	{
		Key user_key = {user, NULL, 0}, item_key = {item, NULL, 0};

		builder_add(builder, false, &user_key, false, &item_key);
	}
	fclose(file);
	builder_settle(builder);
	builder_finish(builder, data);
}

/* The generator with a code of 200 as in the paper; nobody is held out. */
static void
train_vae(const Histories *data, double epochs)
{
	const Generator *vae = generator_find("vae");
	double value[32];
	Options options = {vae->options, value};
	int64_t bytes;

	for (int i = 0; vae->options[i].name != NULL; i++)
	{
		value[i] = vae->options[i].fallback;
		if (strcmp(vae->options[i].name, "epochs") == 0)
			value[i] = epochs;
		if (strcmp(vae->options[i].name, "code") == 0)
			value[i] = 200;
		if (strcmp(vae->options[i].name, "holdout") == 0 || strcmp(vae->options[i].name, "latent") == 0)
			value[i] = 0;
	}
	generator_fit(vae, data, &options, "{}", 1, "bench", &bytes);
}

static void
run(const Histories *data, int64_t epochs)
{
	void *scope = host_open_scope();

	if (data != NULL)
		train_vae(data, (double) epochs);
	else
		train_auto_encoder(epochs);
	host_close_scope(scope);
}

int
main(int count, char **argument)
{
	bool vae = count == 5 && strcmp(argument[1], "vae") == 0;
	Histories data;
	double start, first, all, processors;
	int64_t epochs;

	if (!vae && !(count == 4 && strcmp(argument[1], "gru") == 0))
		return 1;
	host_test_begin(NULL);
	host_test_set_threads(atoi(argument[2]));
	epochs = atoi(argument[3]);
	if (vae)
		read_pairs(argument[4], &data);
	/* what is done once is taken out: the time of one epoch from that of more */
	start = seconds(CLOCK_MONOTONIC);
	run(vae ? &data : NULL, 1);
	first = seconds(CLOCK_MONOTONIC) - start;
	shapes = 0;
	processors = seconds(CLOCK_PROCESS_CPUTIME_ID);
	start = seconds(CLOCK_MONOTONIC);
	run(vae ? &data : NULL, 1 + epochs);
	all = seconds(CLOCK_MONOTONIC) - start;
	report((all - first) / (double) epochs, seconds(CLOCK_PROCESS_CPUTIME_ID) - processors);
	host_test_end(NULL);
	return 0;
}
