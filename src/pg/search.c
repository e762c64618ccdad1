/*
 * search.c
 *	  search_generators(): random search for hyper-parameters.
 */
#include "synrec.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "data/select.h"
#include "data/sequences.h"
#include "generators/search.h"

#include <math.h>
#include <time.h>

PG_FUNCTION_INFO_V1(synrec_search_generators);

#define MOST_TRIALS 100000
#define MOST_RESTARTS 1000

/* Share of the users that trials are judged by. */
#define HELD_OUT 0.2

/* What can be searched: generators with codes. */
static const char *const families[] = {"time_gan", "identity_gan", NULL};

typedef struct Trial
{
	int64_t number;  /* from 1 */
	double *value;   /* of the generator's options */
	double distance; /* of the best fit; infinite when none succeeded */
	double worst;
	int64_t fit_seed; /* of the best fit */
	double seconds;
	char *error; /* the first one, or NULL */
} Trial;

typedef struct Search
{
	RowSource rows;
	const Generator *generator;
	Histories fitted;
	Histories held_out;
	uint64_t seed;
	int64_t restarts;
	int64_t trials;
	Trial *trial; /* trials */
	int64_t next;
} Search;

static double
clock_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

static int
count_options(const OptionSpec *spec)
{
	int count = 0;

	while (spec[count].name != NULL)
		count++;
	return count;
}

/* A copy of values of options, in which "calibrations" is 0. */
static double *
uncalibrated(const OptionSpec *spec, const double *value)
{
	int count = count_options(spec);
	double *copy = host_array(double, count);

	for (int o = 0; o < count; o++)
		copy[o] = strcmp(spec[o].name, "calibrations") == 0 ? 0 : value[o];
	return copy;
}

/*
 * Fits once, and notes how it went.  Without calibration, which would make all
 * trials alike in what they are judged by.
 */
static void
fit_once(const Search *search, Trial *trial, int64_t restart)
{
	Options options = {search->generator->options, uncalibrated(search->generator->options, trial->value)};
	int64_t fit_seed = search_seed(search->seed, trial->number, restart), bytes;
	Model model;
	double distance;
	void *value;

	value =
		generator_fit(search->generator, &search->fitted, &options, "{}", fit_seed, SYNREC_VERSION, &bytes);
	model_open(value, bytes, &model);
	distance = search_distance(&model, search->fitted.users, (uint64_t) fit_seed, &search->held_out);
	if (distance < trial->distance)
	{
		trial->distance = distance;
		trial->fit_seed = fit_seed;
	}
	trial->worst = Max(trial->worst, distance);
}

/*
 * The same, but an error that the options can be blamed for is kept.  Fitting
 * holds nothing but memory and threads, which go with the context they belong
 * to, so no subtransaction is needed.
 */
static void
try_fit(const Search *search, Trial *trial, int64_t restart)
{
	MemoryContext outer = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(outer, "synrec trial", ALLOCSET_DEFAULT_SIZES);

	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		fit_once(search, trial, restart);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(outer);
		error = CopyErrorData();
		if (error->sqlerrcode != ERRCODE_INVALID_PARAMETER_VALUE &&
		    error->sqlerrcode != ERRCODE_PROGRAM_LIMIT_EXCEEDED &&
		    error->sqlerrcode != ERRCODE_CONFIGURATION_LIMIT_EXCEEDED)
			PG_RE_THROW();
		FlushErrorState();
		if (trial->error == NULL)
			trial->error = error->message;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(outer);
	MemoryContextDelete(context);
}

/* The best first, those without a result last, each in order. */
static int
compare_trials(const void *a, const void *b)
{
	const Trial *x = a, *y = b;

	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static void
run_trials(Search *search, const Options *options, const bool *given)
{
	const OptionSpec *spec = options->spec;
	int count = count_options(spec);

	for (int64_t t = 0; t < search->trials; t++)
	{
		Trial *trial = &search->trial[t];
		double begun = clock_seconds();

		*trial = (Trial){.number = t + 1, .value = palloc(count * sizeof(double)), .distance = INFINITY};
		memcpy(trial->value, options->value, count * sizeof(double));
		search_draw(spec, search->seed, trial->number, trial->value);
		for (int o = 0; o < count; o++)
		{
			if (given[o])
				trial->value[o] = options->value[o];
		}
		for (int64_t r = 0; r < search->restarts; r++)
		{
			host_progress("trials", t * search->restarts + r, search->trials * search->restarts);
			try_fit(search, trial, r);
		}
		trial->seconds = clock_seconds() - begun;
	}
	qsort(search->trial, search->trials, sizeof(Trial), compare_trials);
}

/* Columns: trial, distance, worst_distance, fit_seed, seconds, generator, error. */
static bool
next_trial(RowSource *source, Datum *values, bool *nulls)
{
	Search *search = (Search *) source;
	const Trial *trial;
	bool failed;
	MemoryContext caller;

	if (search->next == search->trials)
		return false;
	trial = &search->trial[search->next++];
	failed = isinf(trial->distance);
	MemoryContextReset(source->row_context);
	caller = MemoryContextSwitchTo(source->row_context);
	values[0] = Int32GetDatum((int32) trial->number);
	values[1] = Float8GetDatum(trial->distance);
	values[2] = Float8GetDatum(trial->worst);
	values[3] = Int64GetDatum(trial->fit_seed);
	values[4] = Float8GetDatum(trial->seconds);
	values[5] =
		JsonbPGetDatum(generator_json(search->generator->method, search->generator->options, trial->value));
	values[6] = trial->error != NULL ? CStringGetTextDatum(trial->error) : (Datum) 0;
	MemoryContextSwitchTo(caller);
	memset(nulls, false, 7);
	nulls[1] = nulls[2] = nulls[3] = failed;
	nulls[6] = trial->error == NULL;
	return true;
}

static const Generator *
find_family(const char *name)
{
	for (int f = 0; families[f] != NULL; f++)
	{
		if (strcmp(families[f], name) == 0)
			return generator_find(name);
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("cannot search the family \"%s\"", name),
	                errhint("The families are: time_gan, identity_gan.")));
}

/* Which options of the table the user has given. */
static bool *
given_options(const OptionSpec *spec, Jsonb *jsonb)
{
	bool *given = palloc0(64 * sizeof(bool));

	for (int o = 0; spec[o].name != NULL; o++)
		given[o] =
			getKeyJsonValueFromContainer(&jsonb->root, spec[o].name, strlen(spec[o].name), NULL) != NULL;
	return given;
}

static void
require_range(const char *name, int64_t number, int64_t most)
{
	if (number < 1 || number > most)
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		         errmsg("%s must be from 1 to %lld, not %lld", name, (long long) most, (long long) number)));
}

static RowSource *
make_search(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	Search *search = palloc0(sizeof(Search));
	Histories data;
	Options options;
	Jsonb *given;
	void *first, *second;

	(void) row_type;
	reject_nulls(fcinfo, -1, -1);
	search->generator = find_family(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	search->trials = PG_GETARG_INT32(2);
	search->restarts = PG_GETARG_INT32(3);
	search->seed = (uint64_t) PG_GETARG_INT64(4);
	given = PG_GETARG_JSONB_P(5);
	require_range("trials", search->trials, MOST_TRIALS);
	require_range("restarts", search->restarts, MOST_RESTARTS);
	options_from_jsonb(given, search->generator->options,
	                   psprintf("generator \"%s\"", search->generator->method), NULL, &options);
	if (search->generator->ordered)
		PG_GETARG_HISTORIES(0, &data);
	else
		PG_GETARG_INTERACTIONS(0, &data);
	if (data.users < 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("a search needs at least 2 users, not %lld", (long long) data.users),
		                errdetail("One part of the users is fitted, and the other judges the result.")));
	select_split_users(&data, Max(HELD_OUT, 1.0 / (double) data.users), search->seed, &first, &second);
	histories_view(first, histories_bytes(first), &data);
	search->held_out = data;
	if (data.time != NULL)
		sequences_as_sets(&data, &search->held_out);
	histories_view(second, histories_bytes(second), &search->fitted);
	search->trial = palloc(search->trials * sizeof(Trial));
	run_trials(search, &options, given_options(search->generator->options, given));
	search->rows.next = next_trial;
	search->rows.row_context =
		AllocSetContextCreate(CurrentMemoryContext, "synrec search rows", ALLOCSET_SMALL_SIZES);
	return &search->rows;
}

/* search_generators(data, family, trials, restarts, seed, options) */
Datum
synrec_search_generators(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_search);
}
