/*
 * test_vae_net.c
 *	  The net of the variational autoencoder as a whole, in double.
 */
#include "generators/vae_net.h"
#include "nets.h"

#include <math.h>

/* A net over small data, and the shard whose loss is meant. */
typedef struct Whole
{
	VaeNet net;
	Shard shard;
	bool validation;
} Whole;

static Node
loss_of(const void *context, Tape *tape)
{
	const Whole *w = context;

	return w->validation ? vae_net_validation(&w->net, tape, &w->shard)
	                     : vae_net_loss(&w->net, tape, &w->shard);
}

static Whole *
new_whole(Histories *data)
{
	static const int64_t sample[] = {3, 0, 4, 1, 2};
	Whole *w = host_alloc_zero(sizeof(Whole));

	build_rows((const char *const[]){"1 2 3 4 5 6 7", "1 3 9", "2", "5 6 7 8 9 10", "1 10", NULL}, false,
	           data);
	matrix_prepare();
	w->net.data = data;
	w->net.code = 3;
	w->net.keep = 0.6;
	w->net.beta = 0.5;
	w->net.anneal_steps = 10;
	w->net.seed = 2;
	vae_net_begin(&w->net, 4);
	vae_net_limit_shards(&w->net, 5);
	parameters_allocate(&w->net.parameters);
	parameters_initialise(&w->net.parameters, 6);
	w->shard = (Shard){sample, 5, 2, 5, true};
	return w;
}

static void
test_derivatives(void **state)
{
	Histories data;
	Whole *w = new_whole(&data);

	(void) state;
	assert_backward(loss_of, w, &w->net.parameters);
	w->net.keep = 1;
	w->shard.step = 20;
	assert_backward(loss_of, w, &w->net.parameters);
	w->validation = true;
	assert_backward(loss_of, w, &w->net.parameters);
}

/*
 * With weights of 0 everything is known: all items are equally likely, and
 * the code's log variance and mean are what the biases say.
 */
static void
test_known(void **state)
{
	Histories data;
	Whole *w = new_whole(&data);
	Tape *tape = tape_new(&w->net.parameters, (TapeSize){64, 1 << 18});
	real *bias;
	double divergence = 0;

	(void) state;
	for (int64_t i = 0; i < w->net.parameters.size; i++)
		w->net.parameters.block[i] = 0;
	bias = parameters_matrix(&w->net.parameters, w->net.encoder_code.bias).value;
	/* 3.8 items a user */
	assert_true(fabs(tape_scalar(tape, loss_of(w, tape)) - 3.8 * log(10)) < 1e-12);
	for (int j = 0; j < 3; j++)
	{
		bias[j] = (real) (0.5 * j - 1);
		bias[3 + j] = (real) (0.25 * j + 0.5);
		divergence += (exp(bias[3 + j]) + bias[j] * bias[j] - 1 - bias[3 + j]) / 2;
	}
	tape_reset(tape);
	assert_true(fabs(tape_scalar(tape, loss_of(w, tape)) - 3.8 * log(10) - 0.25 * divergence) < 1e-12);
	w->shard.step = 11;
	tape_reset(tape);
	assert_true(fabs(tape_scalar(tape, loss_of(w, tape)) - 3.8 * log(10) - 0.5 * divergence) < 1e-12);
	w->validation = true;
	tape_reset(tape);
	assert_true(fabs(tape_scalar(tape, loss_of(w, tape)) - log(10)) < 1e-12);
}

/* What a user weighs does not depend on who shares the shard. */
static void
test_shards(void **state)
{
	Histories data;
	Whole *w = new_whole(&data);
	Tape *tape = tape_new(&w->net.parameters, (TapeSize){64, 1 << 18});
	Shard whole = w->shard;
	double sum = 0, all;

	(void) state;
	all = tape_scalar(tape, loss_of(w, tape));
	for (int i = 0; i < 5; i++)
	{
		w->shard = whole;
		w->shard.sample += i;
		w->shard.rows = 1;
		tape_reset(tape);
		sum += tape_scalar(tape, loss_of(w, tape)) / 5;
	}
	assert_true(fabs(sum - all) < 1e-12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_derivatives),
		host_unit_test(test_known),
		host_unit_test(test_shards),
	};

	return cmocka_run_group_tests_name("vae_net", tests, NULL, NULL);
}
