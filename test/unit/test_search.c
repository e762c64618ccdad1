/*
 * test_search.c
 *	  Random search: what is drawn, and how a result is judged.
 */
#include "generators/search.h"
#include "models.h"

#include <math.h>
#include <string.h>

static int
place_of(const OptionSpec *spec, const char *name)
{
	int o = 0;

	while (strcmp(spec[o].name, name) != 0)
		o++;
	return o;
}

/* Values lie within the options' own ranges, and depend on the seed and the trial. */
static void
test_draws(void **state)
{
	static const char *const methods[] = {"time_gan", "identity_gan"};

	(void) state;
	for (int m = 0; m < 2; m++)
	{
		const OptionSpec *spec = generator_find(methods[m])->options;
		int loss = place_of(spec, "loss"), rate = place_of(spec, "sampler_rate"),
			epochs = place_of(spec, "epochs");
		double *first = option_values(methods[m], NULL);
		int r_gans = 0, slow = 0;

		search_draw(spec, 3, 1, first);
		for (int64_t trial = 1; trial <= 400; trial++)
		{
			double *a = option_values(methods[m], NULL), *b = option_values(methods[m], NULL);

			search_draw(spec, 3, trial, a);
			search_draw(spec, 3, trial, b);
			for (int o = 0; spec[o].name != NULL; o++)
			{
				assert_true(a[o] == b[o]);
				if (spec[o].type == OPTION_INTEGER || spec[o].type == OPTION_NUMBER)
					assert_true(a[o] >= spec[o].least && a[o] <= spec[o].most);
				if (spec[o].type == OPTION_INTEGER)
					assert_true(a[o] == rint(a[o]));
			}
			assert_true(a[epochs] == spec[epochs].fallback);
			assert_true(trial == 1 || a[rate] != first[rate]);
			r_gans += a[loss] == 1;
			slow += a[rate] < 3.1623e-4;
		}
		/* halves of 400: out of these bounds once in a million */
		assert_true(r_gans > 150 && r_gans < 250);
		assert_true(slow > 150 && slow < 250);
	}
	assert_true(search_seed(3, 1, 0) == search_seed(3, 1, 0));
	assert_true(search_seed(3, 1, 0) != search_seed(3, 1, 1));
	assert_true(search_seed(3, 1, 0) != search_seed(3, 2, 0));
	assert_true(search_seed(3, 1, 0) >= 0);
}

/* A model of users who all have the same items makes such users. */
static double
distance_between(const char *const *fitted, const char *const *others)
{
	Histories a, b;
	Model model;

	build_rows(fitted, false, &a);
	build_rows(others, false, &b);
	fit_model("unigrams", NULL, &a, 1, &model);
	return search_distance(&model, 100, 1, &b);
}

static void
test_distances(void **state)
{
	static const char *const one[] = {"1", "1", NULL}, *const two[] = {"2", NULL},
							 *const both[] = {"1 2", "1 2", NULL};
	static const char *const three[] = {"1 2 3", NULL};
	Histories text;
	Model model;

	(void) state;
	assert_true(fabs(distance_between(one, one)) < 1e-12);
	assert_true(fabs(distance_between(both, both)) < 1e-12);
	assert_true(fabs(distance_between(one, two) - 1) < 1e-12);
	/* shares (1, 0) and (1/2, 1/2), mean (3/4, 1/4): (log2(4/3) + log2(2/3) / 2 + 1/2) / 2 bits */
	assert_true(fabs(distance_between(one, both) - sqrt((log2(4.0 / 3) + log2(2.0 / 3) / 2 + 0.5) / 2)) <
	            1e-12);
	assert_true(fabs(distance_between(both, one) - distance_between(one, both)) < 1e-12);
	assert_true(distance_between(both, three) > distance_between(both, both));
	build_rows(one, true, &text);
	fit_model("unigrams", NULL, &text, 1, &model);
	build_rows(one, false, &text);
	EXPECT_FAIL(HOST_TYPE_MISMATCH, search_distance(&model, 10, 1, &text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_draws),
		host_unit_test(test_distances),
	};

	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
