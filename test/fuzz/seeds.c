/*
 * seeds.c
 *	  Writes values to begin with: sets of interactions with keys of each kind,
 *	  and a model of every generator there is, as files of the named folder.
 */
#include "models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_OPTIONS 64

static void
write_seed(const char *folder, const char *type, const char *name, const void *value, int64_t bytes)
{
	for (int mend = 0; mend < 4; mend++)
	{
		char *path = host_format("%s/%s/%s-%d", folder, type, name, mend);
		FILE *file = fopen(path, "wb");

		if (file == NULL || fputc(mend, file) == EOF ||
		    fwrite((const char *) value + sizeof(uint32_t), (size_t) bytes - sizeof(uint32_t), 1, file) !=
		        1 ||
		    fclose(file) != 0)
		{
			perror(path);
			exit(1);
		}
	}
}

/* Options of a generator: the defaults, but of counts no more than 3. */
static const double *
small_options(const Generator *generator)
{
	double *value = host_array(double, MOST_OPTIONS);

	for (int i = 0; generator->options[i].name != NULL; i++)
	{
		const OptionSpec *option = &generator->options[i];

		value[i] = option->fallback;
		if (option->type == OPTION_INTEGER && value[i] > 3)
			value[i] = option->least > 3 ? option->least : 3;
		if (value[i] == OPTION_REQUIRED)
			value[i] = strcmp(option->name, "delta") == 0 ? 1e-6 : 1;
	}
	return value;
}

/* Histories of enough users to have models of ratings and times. */
static Histories
rated_events(bool text, TimeKind times, int64_t begin)
{
	HistoryBuilder *builder = builder_new();
	Histories data;

	for (int64_t n = 0; n < 48; n++)
	{
		Key user = case_key(text, n % 8), item = case_key(text, n * n % 7);

		builder_add_event(builder, text, &user, text, &item, (HistoryKind){times, true}, begin + n * n * 4000,
		                  (double) (n % 5) / 2);
	}
	builder_settle(builder);
	builder_finish(builder, &data);
	return data;
}

int
main(int argc, char **argv)
{
	const char *rows[] = {"1 2 3", "2 3", "1 4 5", "5", "2 4", "1 2 5 6", NULL};
	Random random;

	if (argc != 2)
		return 2;
	host_test_begin(NULL);
	case_random(&random, 1);
	for (int text = 0; text < 2; text++)
	{
		Histories data, other;

		build_rows(rows, text, &data);
		write_seed(argv[1], "interactions", host_format("rows-%d", text), data.value, data.bytes);
		for (int n = 0; n < 4; n++)
		{
			other = random_set(&random, text, n);
			write_seed(argv[1], "interactions", host_format("random-%d-%d", text, n), other.value,
			           other.bytes);
		}
		for (int k = 1; k < 8; k++)
		{
			HistoryKind kind = {(TimeKind) (k % 4), k >= 4};
			HistoryBuilder *builder = builder_new();

			for (int64_t n = 0; n < 12; n++)
			{
				Key user = case_key(text, n % 3), item = case_key(text, n * n % 5);

				builder_add_event(builder, text, &user, text, &item, kind, 50 - n * 7 % 11,
				                  (double) (n % 5) / 2);
			}
			builder_settle(builder);
			builder_finish(builder, &other);
			write_seed(argv[1], "interactions", host_format("kind-%d-%d", text, k), other.value, other.bytes);
		}
		for (int n = 0; n < 2; n++)
		{
			const char *method = n == 0 ? "unigrams" : "clustering";
			Model model;

			/* days, and no days */
			other = rated_events(text, TIMES_INTEGER, n == 0 ? 1700000000 : 0);
			fit_model(method, small_options(generator_find(method)), &other, 1, &model);
			write_seed(argv[1], "model", host_format("rated-%s-%d", method, text), model.header, model.bytes);
		}
		builder_finish(builder_new(), &other);
		write_seed(argv[1], "interactions", host_format("empty-%d", text), other.value, other.bytes);
		for (int g = 0; generators[g] != NULL; g++)
		{
			Model model;

			/* what is private has no seed */
			fit_model(generators[g]->method, small_options(generators[g]), &data,
			          strncmp(generators[g]->method, "private", 7) == 0 ? 0 : 1, &model);
			write_seed(argv[1], "model", host_format("%s-%d", generators[g]->method, text), model.header,
			           model.bytes);
		}
	}
	host_test_end(NULL);
	return 0;
}
