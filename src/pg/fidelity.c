/*
 * fidelity.c
 *	  fidelity() and the measures of likeness that can be used alone.
 *
 * As a privacy figure does, each needs a reference: what fresh real people, the
 * holdout or one half of the originals against the other, would score.  These
 * figures depend on how many users are compared even more (few users have few
 * items), so "matched" compares as many synthetic users as the reference has.
 */
#include "synrec.h"

#include "utils/builtins.h"

#include "metrics/fidelity.h"
#include "metrics/marginals.h"

#include <math.h>

PG_FUNCTION_INFO_V1(synrec_fidelity);
PG_FUNCTION_INFO_V1(synrec_popularity_divergence);
PG_FUNCTION_INFO_V1(synrec_activity_divergence);
PG_FUNCTION_INFO_V1(synrec_catalogue_coverage);
PG_FUNCTION_INFO_V1(synrec_gini);
PG_FUNCTION_INFO_V1(synrec_rating_divergence);
PG_FUNCTION_INFO_V1(synrec_spectrum_distance);
PG_FUNCTION_INFO_V1(synrec_cooccurrence_distance);
PG_FUNCTION_INFO_V1(synrec_transition_distance);
PG_FUNCTION_INFO_V1(synrec_autocorrelation_distance);

static const OptionSpec fidelity_options[] = {
	{"measures", OPTION_OTHER, 0, 0, 0, NULL},
	SPECTRUM_OPTION,
	{.name = NULL},
};

/* A measure as the result of a function of its own; NULL, and a notice, where it does not apply. */
static Datum
single_figure(FunctionCallInfo fcinfo, FidelityMeasure measure, int64_t values)
{
	Histories original, synthetic;
	double figure[FIDELITY_MEASURES];
	int before = progress_begin(fcinfo);

	reject_nulls(fcinfo, -1, -1);
	PG_GETARG_HISTORIES(0, &original);
	PG_GETARG_HISTORIES(1, &synthetic);
	fidelity_measure(&original, &synthetic, 1u << measure, values, figure);
	progress_end(before);
	if (!isnan(figure[measure]))
		PG_RETURN_FLOAT8(figure[measure]);
	ereport(NOTICE, (errmsg("%s is not defined: %s", fidelity_names[measure],
	                        fidelity_reason(measure, &original, &synthetic))));
	PG_RETURN_NULL();
}

/* popularity_divergence(original, synthetic) */
Datum
synrec_popularity_divergence(PG_FUNCTION_ARGS)
{
	return single_figure(fcinfo, FIDELITY_POPULARITY_DIVERGENCE, SPECTRUM_VALUES);
}

/* activity_divergence(original, synthetic) */
Datum
synrec_activity_divergence(PG_FUNCTION_ARGS)
{
	return single_figure(fcinfo, FIDELITY_ACTIVITY_DIVERGENCE, SPECTRUM_VALUES);
}

/* catalogue_coverage(original, synthetic) */
Datum
synrec_catalogue_coverage(PG_FUNCTION_ARGS)
{
	return single_figure(fcinfo, FIDELITY_CATALOGUE_COVERAGE, SPECTRUM_VALUES);
}

/* rating_divergence(original, synthetic) */
Datum
synrec_rating_divergence(PG_FUNCTION_ARGS)
{
	return single_figure(fcinfo, FIDELITY_RATING_DIVERGENCE, SPECTRUM_VALUES);
}

/* spectrum_distance(original, synthetic, singular_values) */
Datum
synrec_spectrum_distance(PG_FUNCTION_ARGS)
{
	int64_t values;

	reject_null(fcinfo, 2);
	values = PG_GETARG_INT32(2);
	if (values < 1 || values > MOST_SPECTRUM_VALUES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("singular_values must be from 1 to %d, not %lld", MOST_SPECTRUM_VALUES,
		                       (long long) values)));
	return single_figure(fcinfo, FIDELITY_SPECTRUM_DISTANCE, values);
}

/* cooccurrence_distance(original, synthetic) */
Datum
synrec_cooccurrence_distance(PG_FUNCTION_ARGS)
{
	return single_figure(fcinfo, FIDELITY_COOCCURRENCE_DISTANCE, SPECTRUM_VALUES);
}

/* transition_distance(original, synthetic) */
Datum
synrec_transition_distance(PG_FUNCTION_ARGS)
{
	return single_figure(fcinfo, FIDELITY_TRANSITION_DISTANCE, SPECTRUM_VALUES);
}

/* autocorrelation_distance(original, synthetic) */
Datum
synrec_autocorrelation_distance(PG_FUNCTION_ARGS)
{
	return single_figure(fcinfo, FIDELITY_AUTOCORRELATION_DISTANCE, SPECTRUM_VALUES);
}

/* gini(data) */
Datum
synrec_gini(PG_FUNCTION_ARGS)
{
	Histories data;
	double figure;
	int before = progress_begin(fcinfo);

	reject_nulls(fcinfo, -1, -1);
	PG_GETARG_HISTORIES(0, &data);
	figure = gini(&data);
	progress_end(before);
	PG_RETURN_FLOAT8(figure);
}

void
measure_fidelity(FunctionCallInfo fcinfo, int64_t values, int64_t seed, FidelityFigures *figures)
{
	Histories original, synthetic, kept, fresh, part;
	uint32_t which = figures->which;

	PG_GETARG_HISTORIES(0, &original);
	PG_GETARG_HISTORIES(1, &synthetic);
	fidelity_measure(&original, &synthetic, which, values, figures->value);
	reference_sides(fcinfo, histories_from_datum, &original, seed, synthetic.users, &kept, &fresh);
	fidelity_measure(&kept, &fresh, which, values, figures->reference);
	sample_view(&synthetic, fresh.users, seed, &part);
	if (kept.value == original.value && part.value == synthetic.value)
		memcpy(figures->matched, figures->value, sizeof(figures->matched));
	else
		fidelity_measure(&kept, &part, which, values, figures->matched);
	for (int m = 0; m < FIDELITY_MEASURES; m++)
	{
		figures->reason[m] = NULL;
		if (isnan(figures->value[m]) || isnan(figures->matched[m]))
			figures->reason[m] = fidelity_reason(m, &original, &synthetic);
		else if (isnan(figures->reference[m]))
			figures->reason[m] = psprintf("reference: %s", fidelity_reason(m, &kept, &fresh));
	}
}

typedef struct FidelityRows
{
	RowSource rows;
	FidelityFigures figures;
	int next;
} FidelityRows;

static bool
next_fidelity(RowSource *source, Datum *values, bool *nulls)
{
	FidelityRows *rows = (FidelityRows *) source;
	const FidelityFigures *figures = &rows->figures;
	int m;

	while (rows->next < FIDELITY_MEASURES && !(figures->which & 1u << rows->next))
		rows->next++;
	if (rows->next == FIDELITY_MEASURES)
		return false;
	m = rows->next++;
	values[0] = CStringGetTextDatum(fidelity_names[m]);
	nulls[0] = false;
	set_figure(&values[1], &nulls[1], figures->value[m]);
	set_figure(&values[2], &nulls[2], figures->reference[m]);
	set_figure(&values[3], &nulls[3], figures->matched[m]);
	nulls[4] = figures->reason[m] == NULL;
	values[4] = nulls[4] ? (Datum) 0 : CStringGetTextDatum(figures->reason[m]);
	return true;
}

uint32_t
fidelity_choice(Jsonb *options)
{
	const OptionSpec spec = {"measures", OPTION_CHOICE, 0, 0, 0, fidelity_names};
	JsonbValue *list = getKeyJsonValueFromContainer(&options->root, "measures", strlen("measures"), NULL);
	uint32_t which = 0;
	JsonbValue *element;
	int count;

	if (list == NULL || list->type == jbvNull)
		return FIDELITY_ALL;
	element = list_elements(list, "measures", &count);
	for (int i = 0; i < count; i++)
		which |= 1u << (int) option_from_json(&spec, &element[i], "fidelity");
	return which;
}

static RowSource *
make_fidelity(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	FidelityRows *rows = palloc0(sizeof(FidelityRows));
	Options options;

	(void) row_type;
	reject_nulls(fcinfo, 2, 2);
	options_from_jsonb(PG_GETARG_JSONB_P(4), fidelity_options, "fidelity", NULL, &options);
	rows->figures.which = fidelity_choice(PG_GETARG_JSONB_P(4));
	measure_fidelity(fcinfo, option_integer(&options, "values"), PG_GETARG_INT64(3), &rows->figures);
	rows->rows.next = next_fidelity;
	return &rows->rows;
}

/* fidelity(original, synthetic, holdout, seed, options) */
Datum
synrec_fidelity(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_fidelity);
}
