/*
 * vae_net.c
 *	  The net of the variational autoencoder.
 */
#include "generators/vae_net.h"

#include "host.h"
#include "math/random.h"
#include "nn/losses.h"

/* What random numbers are used for (nn/shard.h). */
enum
{
	USE_DROPOUT,
	USE_CODE
};

/* One item in so many is held out in validation, and one of each user at least. */
#define FOLDS 5

void
vae_net_begin(VaeNet *net, int64_t hidden)
{
	Parameters *p = &net->parameters;
	int64_t items = net->data->items;

	net->encoder_hidden = dense_add(p, items, hidden, INIT_XAVIER, INIT_ZERO);
	net->encoder_code = dense_add(p, hidden, 2 * net->code, INIT_XAVIER, INIT_ZERO);
	net->decoder_hidden = dense_add(p, net->code, hidden, INIT_XAVIER, INIT_ZERO);
	net->decoder_items = dense_add(p, hidden, items, INIT_XAVIER, INIT_ZERO);
}

/* The most items that so many users have together: those of the longest histories. */
void
vae_net_limit_shards(VaeNet *net, int64_t rows)
{
	int64_t longest = histories_longest(net->data);
	int64_t *users = host_array_zero(int64_t, longest + 1);

	for (int64_t u = 0; u < net->data->users; u++)
		users[histories_length(net->data, u)]++;
	net->most_items = 0;
	for (int64_t length = longest; length > 0 && rows > 0; length--)
	{
		int64_t taken = users[length] < rows ? users[length] : rows;

		net->most_items += taken * length;
		rows -= taken;
	}
	host_free(users);
}

double
vae_net_work(const VaeNet *net)
{
	const Parameter *hidden = &net->parameters.parameter[net->decoder_hidden.weight];

	/* two for a multiplication and an addition, three for the value and two derivatives */
	return 6.0 * (double) hidden->cols * (double) (net->data->items + 3 * net->code);
}

/* A sparse matrix of users and items, while it is filled in; NULL pointers on a dry tape. */
typedef struct Rows
{
	int64_t *start;
	uint32_t *column;
	real *value;
} Rows;

static Rows
new_rows(const VaeNet *net, Tape *tape, int64_t rows)
{
	Rows r;

	r.start = tape_memory(tape, (rows + 1) * (int64_t) sizeof(int64_t));
	r.column = tape_memory(tape, net->most_items * (int64_t) sizeof(uint32_t));
	r.value = tape_memory(tape, net->most_items * (int64_t) sizeof(real));
	if (r.start != NULL)
		r.start[0] = 0;
	return r;
}

static Sparse
sparse_of(const VaeNet *net, const Rows *r, int64_t rows)
{
	return (Sparse){rows, net->data->items, r->start, r->column, r->value};
}

/* Which of a user's items are meant. */
typedef enum Part
{
	ALL,
	HELD_OUT, /* those whose places leave the remainder "fold" when divided by FOLDS */
	FOLDED_IN /* the others */
} Part;

/* Makes some of a user's items row i; their values are their number to the power. */
static void
fill_row(const VaeNet *net, Rows *r, int64_t i, int64_t user, Part part, int64_t fold, double power)
{
	const uint32_t *item = net->data->item + net->data->start[user];
	int64_t end = r->start[i];

	for (int64_t p = 0; p < histories_length(net->data, user); p++)
	{
		if (part == ALL || (part == HELD_OUT) == (p % FOLDS == fold))
			r->column[end++] = item[p];
	}
	for (int64_t p = r->start[i]; p < end; p++)
		r->value[p] = (real) pow((double) (end - r->start[i]), power);
	r->start[i + 1] = end;
}

/* The items of a shard's users, each row of length 1. */
static Rows
input_rows(const VaeNet *net, Tape *tape, const Shard *shard)
{
	Rows r = new_rows(net, tape, shard->rows);

	for (int64_t i = 0; r.start != NULL && i < shard->rows; i++)
		fill_row(net, &r, i, shard->sample[i], ALL, 0, -0.5);
	return r;
}

/* The mean and the log variance of codes. */
static void
encode(const VaeNet *net, Tape *tape, const Sparse *input, Node *mean, Node *log_variance)
{
	Node hidden = tape_tanh(tape, dense_sparse(tape, &net->encoder_hidden, input));
	Node both = dense(tape, &net->encoder_code, hidden);

	*mean = tape_slice(tape, both, 0, 0, input->rows, net->code);
	*log_variance = tape_slice(tape, both, 0, net->code, input->rows, net->code);
}

/* Logits of the items. */
static Node
decode(const VaeNet *net, Tape *tape, Node code)
{
	return dense(tape, &net->decoder_items, tape_tanh(tape, dense(tape, &net->decoder_hidden, code)));
}

/* mean + deviation x noise */
static Node
draw_code(const VaeNet *net, Tape *tape, const Shard *shard, Node mean, Node log_variance)
{
	Node noise = shard_normal(tape, shard, USE_CODE, 1, net->code);
	Node deviation = tape_exp(tape, tape_affine(tape, log_variance, (real) 0.5, 0));

	return tape_add(tape, mean, tape_multiply(tape, deviation, noise));
}

Node
vae_net_loss(const void *context, Tape *tape, const Shard *shard)
{
	const VaeNet *net = context;
	double annealed = net->anneal_steps > shard->step ? (double) shard->step / (double) net->anneal_steps : 1;
	Rows rows = input_rows(net, tape, shard);
	Sparse input = sparse_of(net, &rows, shard->rows), target = input;
	Node mean, log_variance, likelihood, divergence;

	target.value = NULL;
	shard_mask_sparse(shard, USE_DROPOUT, net->keep, rows.start, rows.value);
	encode(net, tape, &input, &mean, &log_variance);
	likelihood =
		cross_entropy(tape, decode(net, tape, draw_code(net, tape, shard, mean, log_variance)), &target);
	divergence = gaussian_divergence(tape, mean, log_variance);
	return tape_add(tape, likelihood, tape_affine(tape, divergence, (real) (net->beta * annealed), 0));
}

Node
vae_net_validation(const void *context, Tape *tape, const Shard *shard)
{
	const VaeNet *net = context;
	Rows known = new_rows(net, tape, shard->rows), wanted = new_rows(net, tape, shard->rows);
	Sparse input = sparse_of(net, &known, shard->rows), target = sparse_of(net, &wanted, shard->rows);
	Node mean, log_variance;

	for (int64_t i = 0; known.start != NULL && i < shard->rows; i++)
	{
		int64_t user = shard->sample[i], length = histories_length(net->data, user), fold;
		Random random;

		random_open(&random, net->seed, RANDOM_VALIDATION, (uint64_t) user + 1);
		fold = (int64_t) random_below(&random, (uint64_t) (length < FOLDS ? length : FOLDS));
		fill_row(net, &known, i, user, FOLDED_IN, fold, -0.5);
		fill_row(net, &wanted, i, user, HELD_OUT, fold, -1);
	}
	encode(net, tape, &input, &mean, &log_variance);
	return cross_entropy(tape, decode(net, tape, mean), &target);
}

Node
vae_net_encode(const VaeNet *net, Tape *tape, const Shard *shard)
{
	Rows rows = input_rows(net, tape, shard);
	Sparse input = sparse_of(net, &rows, shard->rows);
	Node mean, log_variance;

	encode(net, tape, &input, &mean, &log_variance);
	return draw_code(net, tape, shard, mean, log_variance);
}
