/*
 * release.c
 *	  All measures beside what fresh real people score, and the gate that an ETL
 *	  script calls.
 *
 * A figure alone cannot be read: an honest sample of strangers scores about one
 * half on membership.  So every figure comes with its reference, the same
 * measure with fresh real people in place of the synthetic ones: the holdout
 * when there is one, else one half of the original users against the other.
 *
 * Figures also grow with the number of users that are compared (among more
 * users there are nearer ones), so the two are set against each other at equal
 * numbers: the lift is what a sample of synthetic users scores, divided by what
 * as many fresh people score.  The value itself is of all that is released.
 */
#include "synrec.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "data/select.h"

#include <math.h>

PG_FUNCTION_INFO_V1(synrec_identifiability);
PG_FUNCTION_INFO_V1(synrec_assert_release);

/* SQLSTATE of a release that was refused. */
#define ERRCODE_RELEASE_REFUSED MAKE_SQLSTATE('S', 'R', '0', '0', '1')

const char *const measure_names[MEASURES] = {"membership", "deanonymization", "attribute"};

static const OptionSpec measure_options[] = {MEASURE_OPTIONS, {.name = NULL}};

/* The gate's own limits came after its arguments were fixed. */
static const OptionSpec gate_options[] = {
	MEASURE_OPTIONS,
	{"min_realism", OPTION_NUMBER, -1, 0, 1, NULL}, /* -1: no limit */
	{"realism", OPTION_OTHER, 0, 0, 0, NULL},
	{"max_auc", OPTION_NUMBER, 2, 0, 1, NULL}, /* 2: no limit */
	{.name = NULL},
};

/* What measuring takes is given back after each. */
void
measure_all(const Histories *original, const Histories *other, const Options *options, int64_t seed,
            double *figure)
{
	MemoryContext measuring =
		AllocSetContextCreate(CurrentMemoryContext, "synrec measure", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(measuring);

	figure[0] = measure_membership(original, other, option_integer(options, "k"));
	MemoryContextReset(measuring);
	figure[1] = measure_deanonymization(original, other, option_integer(options, "neighbors"));
	MemoryContextReset(measuring);
	figure[2] = measure_attribute(original, other, option_integer(options, "cutoff"),
	                              option_number(options, "lambda"), seed);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(measuring);
}

/* A value as a view; it is whole, being new. */
static void
view(void *value, Histories *data)
{
	histories_view(value, histories_bytes(value), data);
}

void
sample_view(const Histories *data, int64_t users, int64_t seed, Histories *sample)
{
	if (users >= data->users)
		*sample = *data;
	else
		view(select_sample_users(data, users, (uint64_t) seed), sample);
}

void
split_views(const Histories *original, int64_t seed, Histories *kept, Histories *fresh)
{
	void *first, *second;

	if (original->users < 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("a reference needs at least 2 original users, or a holdout")));
	select_split_users(original, 0.5, (uint64_t) seed, &first, &second);
	view(first, kept);
	view(second, fresh);
}

void
reference_sides(FunctionCallInfo fcinfo, ValueReader *read, const Histories *original, int64_t seed,
                int64_t most, Histories *kept, Histories *fresh)
{
	if (PG_ARGISNULL(2))
		split_views(original, seed, kept, fresh);
	else
	{
		*kept = *original;
		read(PG_GETARG_DATUM(2), fresh);
		if (fresh->users == 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the holdout holds no users")));
	}
	sample_view(fresh, most, seed, fresh);
}

double
measure_lift(double level, double reference)
{
	return reference > 0 ? level / reference : level > 0 ? INFINITY : 0;
}

void
measure_release(FunctionCallInfo fcinfo, const Options *options, int64_t seed, Measured *measured)
{
	Histories original, synthetic, kept, fresh, sample;
	double value[MEASURES], reference[MEASURES], level[MEASURES];

	PG_GETARG_INTERACTIONS(0, &original);
	PG_GETARG_INTERACTIONS(1, &synthetic);
	measure_all(&original, &synthetic, options, seed, value);
	reference_sides(fcinfo, interactions_from_datum, &original, seed, synthetic.users, &kept, &fresh);
	measure_all(&kept, &fresh, options, seed, reference);
	sample_view(&synthetic, fresh.users, seed, &sample);
	if (kept.value == original.value && sample.value == synthetic.value)
		memcpy(level, value, sizeof(level));
	else
		measure_all(&kept, &sample, options, seed, level);
	for (int m = 0; m < MEASURES; m++)
	{
		measured[m].value = value[m];
		measured[m].reference = reference[m];
		measured[m].lift = measure_lift(level[m], reference[m]);
	}
}

typedef struct MeasuredRows
{
	RowSource rows;
	Measured measured[MEASURES];
	int next;
} MeasuredRows;

static bool
next_measure(RowSource *source, Datum *values, bool *nulls)
{
	MeasuredRows *rows = (MeasuredRows *) source;
	const Measured *m;

	if (rows->next == MEASURES)
		return false;
	m = &rows->measured[rows->next];
	values[0] = CStringGetTextDatum(measure_names[rows->next++]);
	values[1] = Float8GetDatum(m->value);
	values[2] = Float8GetDatum(m->reference);
	values[3] = Float8GetDatum(m->lift);
	memset(nulls, false, 4);
	return true;
}

static RowSource *
make_measures(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	MeasuredRows *rows = palloc0(sizeof(MeasuredRows));
	Options options;

	(void) row_type;
	reject_nulls(fcinfo, 2, 2);
	options_from_jsonb(PG_GETARG_JSONB_P(4), measure_options, "identifiability", NULL, &options);
	measure_release(fcinfo, &options, PG_GETARG_INT64(3), rows->measured);
	rows->rows.next = next_measure;
	return &rows->rows;
}

/* identifiability(original, synthetic, holdout, seed, options) */
Datum
synrec_identifiability(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_measures);
}

/* Everything that the gate looks at. */
typedef struct Release
{
	Measured measured[MEASURES];
	bool has_realism;
	double realism; /* NaN when it is not defined */
	bool has_audit;
	MembershipAudit audit;
} Release;

/* All figures as a JSON object; JSON has no infinity and no NaN. */
static char *
release_as_json(const Release *release)
{
	StringInfoData json;

	initStringInfo(&json);
	for (int m = 0; m < MEASURES; m++)
	{
		const Measured *measured = &release->measured[m];

		appendStringInfo(&json,
		                 "%s\"%s\": {\"value\": %.6g, \"reference\": %.6g, \"lift\": ", m == 0 ? "{" : ", ",
		                 measure_names[m], measured->value, measured->reference);
		if (isinf(measured->lift))
			appendStringInfoString(&json, "null}");
		else
			appendStringInfo(&json, "%.6g}", measured->lift);
	}
	if (release->has_realism)
		appendStringInfo(&json, ", \"realism\": %s",
		                 isnan(release->realism) ? "null" : psprintf("%.6g", release->realism));
	if (release->has_audit)
		appendStringInfo(&json, ", \"auc\": {\"value\": %.6g, \"low\": %.6g, \"high\": %.6g}",
		                 release->audit.auc, release->audit.auc_low, release->audit.auc_high);
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* Measures what the limits among the options ask for. */
static void
measure_beyond(FunctionCallInfo fcinfo, const Options *options, Jsonb *options_json, int64_t seed,
               Release *release)
{
	Histories original, synthetic, holdout;

	PG_GETARG_INTERACTIONS(0, &original);
	PG_GETARG_INTERACTIONS(1, &synthetic);
	release->has_realism = option_number(options, "min_realism") >= 0;
	release->has_audit = option_number(options, "max_auc") <= 1;
	if (release->has_audit)
	{
		PG_GETARG_INTERACTIONS(2, &holdout);
		measure_audit(&original, &holdout, &synthetic, &release->audit);
	}
	if (release->has_realism)
	{
		JsonbValue *inner =
			getKeyJsonValueFromContainer(&options_json->root, "realism", strlen("realism"), NULL);
		Jsonb *realism = inner != NULL && inner->type != jbvNull
		                     ? JsonbValueToJsonb(inner)
		                     : DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")));

		release->realism = measure_realism(&original, &synthetic, seed, realism);
	}
}

/* Adds one more broken limit. */
static void
add_broken(StringInfo broken, const char *text)
{
	appendStringInfo(broken, "%s%s", broken->len > 0 ? "; " : "", text);
}

/* The limits that are broken, in words; empty when there are none. */
static char *
broken_limits(const Release *release, const Options *options, const double *limit,
              const char *const *limit_names, double max_lift)
{
	StringInfoData broken;
	double least = option_number(options, "min_realism");

	initStringInfo(&broken);
	for (int m = 0; m < MEASURES; m++)
	{
		const Measured *measured = &release->measured[m];

		if (measured->value > limit[m])
			add_broken(&broken, psprintf("%s %.4g is above %s %g", measure_names[m], measured->value,
			                             limit_names[m], limit[m]));
		if (measured->lift > max_lift)
			add_broken(&broken, psprintf("%s lift %.4g is above max_lift %g", measure_names[m],
			                             measured->lift, max_lift));
	}
	if (release->has_audit && release->audit.auc > option_number(options, "max_auc"))
		add_broken(&broken, psprintf("auc %.4g is above max_auc %g", release->audit.auc,
		                             option_number(options, "max_auc")));
	if (release->has_realism && isnan(release->realism))
		add_broken(&broken, psprintf("realism is not defined, min_realism is %g", least));
	else if (release->has_realism && release->realism < least)
		add_broken(&broken, psprintf("realism %.4g is below min_realism %g", release->realism, least));
	return broken.data;
}

/* A limit, or infinity when it is NULL. */
static double
limit_argument(FunctionCallInfo fcinfo, int number, const char *name, double most)
{
	double limit;

	if (PG_ARGISNULL(number))
		return INFINITY;
	limit = PG_GETARG_FLOAT8(number);
	if (!(limit >= 0 && limit <= most))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                isinf(most) ? errmsg("%s must be a number of at least 0, not %g", name, limit)
		                            : errmsg("%s must be from 0 to %g, not %g", name, most, limit)));
	if (isinf(limit))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be finite", name)));
	return limit;
}

/*
 * assert_release(original, synthetic, holdout, max_membership,
 * max_deanonymization, max_attribute, max_lift, seed, options)
 */
Datum
synrec_assert_release(PG_FUNCTION_ARGS)
{
	static const char *const limit_names[MEASURES] = {"max_membership", "max_deanonymization",
	                                                  "max_attribute"};
	double limit[MEASURES];
	double max_lift;
	Options options;
	Release release = {.has_realism = false};
	char *broken;
	bool limited = false;
	int before = progress_begin(fcinfo);

	reject_nulls(fcinfo, 2, 6);
	options_from_jsonb(PG_GETARG_JSONB_P(8), gate_options, "assert_release", NULL, &options);
	for (int m = 0; m < MEASURES; m++)
	{
		limit[m] = limit_argument(fcinfo, 3 + m, limit_names[m], m == 1 ? INFINITY : 1);
		limited = limited || !isinf(limit[m]);
	}
	max_lift = limit_argument(fcinfo, 6, "max_lift", INFINITY);
	if (!limited && isinf(max_lift) && option_number(&options, "min_realism") < 0 &&
	    option_number(&options, "max_auc") > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no limit to assert"),
		                errhint("Give at least one of max_membership, max_deanonymization, max_attribute "
		                        "and max_lift, or of the options min_realism and max_auc.")));
	if (option_number(&options, "max_auc") <= 1 && PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("max_auc needs a holdout"),
		                errhint("Keep some users from the generator (split_users()) and pass them here.")));

	measure_release(fcinfo, &options, PG_GETARG_INT64(7), release.measured);
	measure_beyond(fcinfo, &options, PG_GETARG_JSONB_P(8), PG_GETARG_INT64(7), &release);
	progress_end(before);
	broken = broken_limits(&release, &options, limit, limit_names, max_lift);
	if (*broken != '\0')
		ereport(ERROR, (errcode(ERRCODE_RELEASE_REFUSED), errmsg("release refused: %s", broken),
		                errdetail("%s", release_as_json(&release)),
		                errhint("Release fewer synthetic users, or fit a generator that knows less about "
		                        "individuals (for clustering, a smaller k).")));
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(release_as_json(&release)));
}
