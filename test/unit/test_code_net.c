/*
 * test_code_net.c
 *	  The autoencoders of generators with codes, in double.
 */
#include "generators/code_net.h"
#include "models.h"
#include "nets.h"

#include <math.h>
#include <string.h>

/* A net over small data, and the shard whose loss is meant. */
typedef struct Whole
{
	CodeNet net;
	Shard shard;
} Whole;

static Node
loss_of(const void *context, Tape *tape)
{
	const Whole *w = context;

	return code_net_loss(&w->net, tape, &w->shard);
}

/* Which of the four: two encoders, two decoders. */
static Whole *
new_whole(int which, double decay)
{
	static const int64_t sample[] = {3, 0, 4, 1, 2};
	const char *method = which % 2 ? "identity_gan" : "time_gan";
	Whole *w = host_alloc_zero(sizeof(Whole));
	Histories *data = host_alloc(sizeof(Histories));
	double *values = option_values(method, "decoder", (double) (which / 2), "code", 3.0, "steps", 4.0,
	                               "noise", 0.1, "code_decay", decay, "decoder_layers", 2.0, "decoder_units",
	                               4.0, "encoder_units", 3.0, NULL);
	Options options = {generator_find(method)->options, values};

	build_rows((const char *const[]){"1 2 3 4 5 6 7", "1 3 9", "2", "5 6 7 8 9 10", "1 10", NULL}, false,
	           data);
	matrix_prepare();
	code_net_begin(&w->net, which % 2 ? &identity_encoder : &sequence_encoder, data, &options);
	parameters_allocate(&w->net.parameters);
	parameters_initialise(&w->net.parameters, 6);
	w->shard = (Shard){sample, 5, 2, 5, true};
	return w;
}

static Tape *
new_tape(const Whole *w)
{
	return tape_new(&w->net.parameters, (TapeSize){128, 1 << 18});
}

static void
test_derivatives(void **state)
{
	(void) state;
	for (int which = 0; which < 4; which++)
	{
		Whole *w = new_whole(which, 0.3);

		/* rows of the table are used times 30, which difference quotients have to bear */
		assert_backward(loss_of, w, &w->net.parameters);
	}
}

/* With weights of 0 all items are equally likely, at every step of every list. */
static void
test_known(void **state)
{
	(void) state;
	for (int which = 0; which < 4; which++)
	{
		Whole *w = new_whole(which, 0.3);
		Tape *tape = new_tape(w);
		real *bias = parameters_matrix(&w->net.parameters, w->net.decoder.items.bias).value;
		double known = 0, sum = 0;

		memset(w->net.parameters.block, 0, (size_t) w->net.parameters.size * sizeof(real));
		assert_int_equal(w->net.data->items, 10);
		assert_true(fabs(tape_scalar(tape, loss_of(w, tape)) - log(10)) < 1e-12);
		/* one item more likely than the others: users have it, or not, or sometimes (what there is room for) */
		bias[1] = 2; /* the item 2, of users 0 and 2 */
		sum = log(9 + exp(2));
		w->shard.rows = 4; /* 3, 0, 4, 1 */
		tape_reset(tape);
		known = tape_scalar(tape, loss_of(w, tape));
		assert_true(fabs(known - sum) < 1e-12 || fabs(known - (sum - 2.0 / 4 / 4)) < 1e-12);
		w->shard.sample += 4;
		w->shard.rows = 1; /* 2 */
		tape_reset(tape);
		assert_true(fabs(tape_scalar(tape, loss_of(w, tape)) - (sum - 2)) < 1e-12);
	}
}

/* What a user weighs does not depend on who shares the shard: so what is past a list's end counts for nothing. */
static void
test_shards(void **state)
{
	(void) state;
	for (int which = 0; which < 4; which++)
	{
		Whole *w = new_whole(which, 0.3);
		Tape *tape = new_tape(w);
		Shard whole = w->shard;
		double sum = 0, all = tape_scalar(tape, loss_of(w, tape));

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
}

/* Large codes cost what the option says. */
static void
test_decay(void **state)
{
	(void) state;
	for (int which = 0; which < 4; which++)
	{
		double loss[3];

		for (int d = 0; d < 3; d++)
		{
			Whole *w = new_whole(which, d * 0.5);

			Tape *tape = new_tape(w);

			loss[d] = tape_scalar(tape, loss_of(w, tape));
		}
		assert_true(loss[1] > loss[0]);
		assert_true(fabs(loss[2] - 2 * loss[1] + loss[0]) < 1e-12);
	}
}

/* Shapes: a distribution for each step, or one; and steps no more than the longest history. */
static void
test_shapes(void **state)
{
	Whole *w = new_whole(2, 0);
	const DecoderShape *shape = &w->net.decoder.shape;
	double *values = option_values("time_gan", "steps", 100.0, NULL);
	Options options = {generator_find("time_gan")->options, values};
	CodeNet *other = host_alloc_zero(sizeof(CodeNet));

	(void) state;
	assert_int_equal(shape->steps, 4);
	assert_int_equal(shape->items, 10);
	assert_int_equal(new_whole(1, 0)->net.decoder.shape.steps, 1);
	code_net_begin(other, &sequence_encoder, w->net.data, &options);
	assert_int_equal(other->steps, 7);
	/* the decoder's parameters come last */
	assert_int_equal(w->net.decoder.last, w->net.parameters.size);
	assert_true(w->net.decoder.last - w->net.decoder.first >= (int64_t) decoder_size(shape));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_derivatives), host_unit_test(test_known),  host_unit_test(test_shards),
		host_unit_test(test_decay),       host_unit_test(test_shapes),
	};

	return cmocka_run_group_tests_name("code_net", tests, NULL, NULL);
}
