/*
 * report.c
 *	  report_json(): all figures about a synthetic set in one JSON object, whose
 *	  schema docs/report.md describes; report_html(): a page of it.
 *
 * Its first arguments are those of identifiability() and fidelity(), whose figures it
 * has.  The object names no user and no item.
 */
#include "synrec.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "data/sequences.h"
#include "math/statistics.h"
#include "metrics/comparison.h"
#include "metrics/marginals.h"
#include "metrics/membership.h"
#include "metrics/spectrum.h"
#include "report/report.h"

PG_FUNCTION_INFO_V1(synrec_report_json);
PG_FUNCTION_INFO_V1(synrec_report_html);

/* Points of the chart of items: more are a blot. */
#define MOST_ITEMS_SHOWN 1500

static const OptionSpec report_options[] = {
	MEASURE_OPTIONS,
	SPECTRUM_OPTION,
	{"max_k", OPTION_INTEGER, 50, 1, 10000, NULL},
	{"parts", OPTION_OTHER, 0, 0, 0, NULL},
	{"realism", OPTION_OTHER, 0, 0, 0, NULL},
	{"measures", OPTION_OTHER, 0, 0, 0, NULL},
	{"candidates", OPTION_OTHER, 0, 0, 0, NULL},
	{"title", OPTION_OTHER, 0, 0, 0, NULL},
	{"sources", OPTION_OTHER, 0, 0, 0, NULL},
	{.name = NULL},
};

/* What a report is made of. */
typedef struct Report
{
	FunctionCallInfo fcinfo;
	StringInfo json;
	StringInfo seconds;
	Jsonb *options_json;
	Options options;
	int64_t seed;
	bool has_holdout;
	Histories original, synthetic; /* as they are */
	Histories sets[2];             /* of items: of both */
	Histories kept, fresh;         /* the sides of the reference, sets */
	const Histories *counted[2];   /* as they are where both have an order, else the sets */
} Report;

/* A part of a report, whose value it appends. */
typedef struct Part
{
	const char *name;
	void (*append)(Report *report);
	bool needs_holdout;
} Part;

static void
append_privacy(Report *report)
{
	StringInfo json = report->json;
	Measured measured[MEASURES];

	measure_release(report->fcinfo, &report->options, report->seed, measured);
	appendStringInfo(json, "{\"k\": %lld, \"neighbors\": %lld, \"cutoff\": %lld",
	                 (long long) option_integer(&report->options, "k"),
	                 (long long) option_integer(&report->options, "neighbors"),
	                 (long long) option_integer(&report->options, "cutoff"));
	append_figure(json, "lambda", option_number(&report->options, "lambda"));
	for (int m = 0; m < MEASURES; m++)
	{
		appendStringInfo(json, ", \"%s\": {\"value\": ", measure_names[m]);
		append_number(json, measured[m].value);
		append_figure(json, "reference", measured[m].reference);
		append_figure(json, "lift", measured[m].lift);
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, '}');
}

/* Points [k, identifiability] up to the greatest k, about evenly apart on a logarithmic axis. */
static void
append_membership(Report *report, const Histories *original, const Histories *other)
{
	int64_t *closer, *distance;
	int64_t most = option_integer(&report->options, "max_k");

	membership_closer(original, other, &closer, &distance);
	for (int64_t k = 1; k <= most; k = Max(k + 1, k * 108 / 100))
		appendStringInfo(report->json, "%s[%lld, %.9g]", k == 1 ? "" : ", ", (long long) k,
		                 membership_share(closer, original->users, k));
}

static void
append_membership_curve(Report *report)
{
	appendStringInfoString(report->json, "{\"synthetic\": [");
	append_membership(report, &report->sets[0], &report->sets[1]);
	appendStringInfoString(report->json, "], \"fresh\": [");
	append_membership(report, &report->kept, &report->fresh);
	appendStringInfoString(report->json, "]}");
}

static void
append_inference(Report *report)
{
	static const char *const names[] = {"tpr_at_fpr_0_001", "tpr_at_fpr_0_01", "tpr_at_fpr_0_1"};
	static const double rates[] = {0.001, 0.01, 0.1};
	StringInfo json = report->json;
	Histories holdout;
	MembershipAudit audit;
	double *score;

	interactions_from_datum(report->fcinfo->args[2].value, &holdout);
	audit_membership(&report->sets[0], &holdout, &report->sets[1], &audit, &score);
	appendStringInfo(json, "{\"members\": %lld, \"outsiders\": %lld", (long long) audit.members,
	                 (long long) audit.outsiders);
	append_figure(json, "auc", audit.auc);
	append_figure(json, "auc_low", audit.auc_low);
	append_figure(json, "auc_high", audit.auc_high);
	append_figure(json, "advantage", audit.advantage);
	for (int r = 0; r < 3; r++)
		append_figure(json, names[r], audit_true_positives(&audit, score, rates[r]));
	appendStringInfoChar(json, '}');
}

static void
append_closest(Report *report)
{
	static const char *const sides[] = {"to_train", "to_holdout"};
	StringInfo json = report->json;
	Histories holdout;
	ClosestRecords closest;

	interactions_from_datum(report->fcinfo->args[2].value, &holdout);
	audit_closest(&report->sets[0], &holdout, &report->sets[1], (uint64_t) report->seed, &closest);
	appendStringInfoString(json, "{\"closer\": {");
	for (int s = 0; s < 2; s++)
		appendStringInfo(json, "%s\"%s\": %.9g", s == 0 ? "" : ", ", sides[s],
		                 closest.closer[s] + closest.tied / 2);
	appendStringInfoString(json, "}, \"identical\": {");
	for (int s = 0; s < 2; s++)
		appendStringInfo(json, "%s\"%s\": %.9g", s == 0 ? "" : ", ", sides[s], closest.identical[s]);
	appendStringInfoString(json, "}, \"median_distance\": {");
	for (int s = 0; s < 2; s++)
		appendStringInfo(json, "%s\"%s\": %.9g", s == 0 ? "" : ", ", sides[s],
		                 quantile_sorted(closest.distance[s], closest.synthetic, 0.5));
	appendStringInfoString(json, "}}");
}

/* A member of the options, or NULL. */
static JsonbValue *
option_value(const Report *report, const char *name)
{
	JsonbValue *value = getKeyJsonValueFromContainer(&report->options_json->root, name, strlen(name), NULL);

	return value == NULL || value->type == jbvNull ? NULL : value;
}

static void
append_realism(Report *report)
{
	JsonbValue *options = option_value(report, "realism");

	append_realism_json(report->json, &report->sets[0], &report->sets[1], report->seed,
	                    options != NULL
	                        ? JsonbValueToJsonb(options)
	                        : DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"))));
}

static void
append_fidelity(Report *report)
{
	StringInfo json = report->json;
	FidelityFigures figures = {.which = fidelity_choice(report->options_json)};
	bool first = true;

	measure_fidelity(report->fcinfo, option_integer(&report->options, "values"), report->seed, &figures);
	appendStringInfoChar(json, '[');
	for (int m = 0; m < FIDELITY_MEASURES; m++)
	{
		if (!(figures.which & 1u << m))
			continue;
		appendStringInfo(json, "%s{\"measure\": \"%s\"", first ? "" : ", ", fidelity_names[m]);
		append_figure(json, "value", figures.value[m]);
		append_figure(json, "reference", figures.reference[m]);
		append_figure(json, "matched", figures.matched[m]);
		if (figures.reason[m] != NULL)
		{
			appendStringInfoString(json, ", \"note\": ");
			escape_json(json, figures.reason[m]);
		}
		appendStringInfoChar(json, '}');
		first = false;
	}
	appendStringInfoChar(json, ']');
}

typedef void (*CurveMaker)(const Histories *data, MarginalCurve *curve);

/* A curve of both sides. */
static void
append_curves(Report *report, const char *name, CurveMaker make)
{
	static const char *const sides[] = {"original", "synthetic"};

	appendStringInfo(report->json, "\"%s\": {", name);
	for (int s = 0; s < 2; s++)
	{
		MarginalCurve curve;

		make(report->counted[s], &curve);
		appendStringInfo(report->json, "%s\"%s\": [", s == 0 ? "" : ", ", sides[s]);
		for (int64_t p = 0; p < curve.points; p++)
			appendStringInfo(report->json, "%s[%.9g, %.6g]", p == 0 ? "" : ", ", curve.x[p], curve.y[p]);
		appendStringInfoChar(report->json, ']');
	}
	appendStringInfoString(report->json, "}, ");
}

/* Of as many users each, since more users have less noise. */
static void
append_spectra(Report *report)
{
	static const char *const names[] = {"original", "synthetic", "fresh"};
	const Histories *data[] = {&report->kept, &report->sets[1], &report->fresh};
	int64_t values = option_integer(&report->options, "values"), users = INT64_MAX;

	for (int d = 0; d < 3; d++)
		users = Min(users, data[d]->users);
	appendStringInfo(report->json, "\"spectrum\": {\"users\": %lld", (long long) users);
	for (int d = 0; d < 3; d++)
	{
		Histories part;
		double *value;

		sample_view(data[d], users, report->seed, &part);
		value = spectrum(&part, values);
		appendStringInfo(report->json, ", \"%s\": [", names[d]);
		for (int64_t k = 0; k < values; k++)
			appendStringInfo(report->json, "%s%.6g", k == 0 ? "" : ", ", value[k]);
		appendStringInfoChar(report->json, ']');
	}
	appendStringInfoString(report->json, "}, ");
}

/* Interactions per user of an item, on both sides. */
typedef struct ItemPoint
{
	double share[2];
} ItemPoint;

static int
compare_points(const void *a, const void *b)
{
	const ItemPoint *x = a, *y = b;

	for (int s = 0; s < 2; s++)
	{
		if (x->share[s] != y->share[s])
			return x->share[s] < y->share[s] ? -1 : 1;
	}
	return 0;
}

/* Every so many of all items; sorted by popularity, since the order of keys would name them. */
static void
append_items(Report *report)
{
	Comparison comparison;
	int64_t *count[2];
	int64_t items, step, shown = 0;
	ItemPoint point[MOST_ITEMS_SHOWN];

	comparison_begin(report->counted[0], report->counted[1], &comparison);
	items = marginals_item_counts(&comparison, count);
	step = (items + MOST_ITEMS_SHOWN - 1) / MOST_ITEMS_SHOWN;
	for (int64_t i = 0; i < items; i += step)
	{
		for (int s = 0; s < 2; s++)
			point[shown].share[s] = (double) count[s][i] / (double) report->counted[s]->users;
		shown++;
	}
	qsort(point, shown, sizeof(ItemPoint), compare_points);
	appendStringInfoString(report->json, "\"items\": [");
	for (int64_t i = 0; i < shown; i++)
		appendStringInfo(report->json, "%s[%.6g, %.6g]", i == 0 ? "" : ", ", point[i].share[0],
		                 point[i].share[1]);
	appendStringInfo(report->json, "], \"items_shown\": %lld, \"items_all\": %lld", (long long) shown,
	                 (long long) items);
}

static void
append_shapes(Report *report)
{
	appendStringInfoChar(report->json, '{');
	append_curves(report, "popularity", popularity_curve);
	append_curves(report, "activity", activity_curve);
	append_spectra(report);
	append_items(report);
	appendStringInfoChar(report->json, '}');
}

static const Part parts[] = {
	{"privacy", append_privacy, false},    {"membership_curve", append_membership_curve, false},
	{"inference", append_inference, true}, {"closest", append_closest, true},
	{"realism", append_realism, false},    {"fidelity", append_fidelity, false},
	{"shapes", append_shapes, false},
};

#define PARTS ((int) lengthof(parts))

/* The parts that the options ask for, as a bit set. */
static uint32_t
chosen_parts(const Report *report)
{
	const char *names[PARTS + 1] = {NULL};
	const OptionSpec spec = {"parts", OPTION_CHOICE, 0, 0, 0, names};
	JsonbValue *list = option_value(report, "parts");
	JsonbValue *element;
	uint32_t chosen = 0;
	int count;

	for (int p = 0; p < PARTS; p++)
		names[p] = parts[p].name;
	if (list == NULL)
		return (1u << PARTS) - 1;
	element = list_elements(list, "parts", &count);
	for (int i = 0; i < count; i++)
		chosen |= 1u << (int) option_from_json(&spec, &element[i], "a report");
	return chosen;
}

/* Appends a part, or null, and what it took; its memory is given back. */
static void
append_part(Report *report, const Part *part, bool chosen)
{
	MemoryContext measuring, caller;
	instr_time start, end;

	appendStringInfo(report->json, ", \"%s\": ", part->name);
	if (!chosen || (part->needs_holdout && !report->has_holdout))
	{
		appendStringInfoString(report->json, "null");
		return;
	}
	measuring =
		AllocSetContextCreate(CurrentMemoryContext, "synrec part of a report", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(measuring);
	INSTR_TIME_SET_CURRENT(start);
	part->append(report);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(measuring);
	appendStringInfo(report->seconds, "%s\"%s\": %.3f", report->seconds->len == 0 ? "" : ", ", part->name,
	                 INSTR_TIME_GET_DOUBLE(end));
}

/* A string among the options, or among their sources; NULL when there is none. */
static char *
option_string(const JsonbContainer *container, const char *name, const char *what)
{
	JsonbValue *value = getKeyJsonValueFromContainer((JsonbContainer *) container, name, strlen(name), NULL);

	if (value == NULL || value->type == jbvNull)
		return NULL;
	if (value->type != jbvString)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be a string", what)));
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static const char *const side_names[] = {"original", "synthetic", "holdout"};

/* The names of the sources, NULL where there is none. */
static void
read_sources(const Report *report, char **source)
{
	JsonbValue *sources = option_value(report, "sources");

	for (int s = 0; s < 3; s++)
		source[s] = NULL;
	if (sources == NULL)
		return;
	if (sources->type != jbvBinary || !JsonContainerIsObject(sources->val.binary.data))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("option \"sources\" of a report must be an object")));
	for (int s = 0; s < 3; s++)
		source[s] = option_string(sources->val.binary.data, side_names[s], "a source");
}

/* Options without those that name what the arguments are, or that are too long to repeat. */
static char *
options_to_repeat(const Report *report)
{
	Datum options = JsonbPGetDatum(report->options_json);

	options = DirectFunctionCall2(jsonb_delete, options, CStringGetTextDatum("sources"));
	options = DirectFunctionCall2(jsonb_delete, options, CStringGetTextDatum("candidates"));
	return JsonbToCString(NULL, &DatumGetJsonbP(options)->root, 0);
}

/* The statement that makes the report, and what it is called with. */
static void
append_call(Report *report)
{
	StringInfo json = report->json;
	char *source[3], *options = options_to_repeat(report);
	StringInfoData call;

	read_sources(report, source);
	initStringInfo(&call);
	appendStringInfo(
		&call, "SELECT %s.report(",
		quote_identifier(get_namespace_name(get_func_namespace(report->fcinfo->flinfo->fn_oid))));
	appendStringInfoString(json, ", \"sources\": {");
	for (int s = 0; s < 3; s++)
	{
		if (s == 2 && !report->has_holdout)
			appendStringInfoString(&call, "NULL, ");
		else
			appendStringInfo(&call, "%s, ",
			                 source[s] != NULL ? quote_literal_cstr(source[s]) : side_names[s]);
		appendStringInfo(json, "%s\"%s\": ", s == 0 ? "" : ", ", side_names[s]);
		if (source[s] != NULL)
			escape_json(json, source[s]);
		else
			appendStringInfoString(json, "null");
	}
	appendStringInfo(&call, "%lld", (long long) report->seed);
	if (strcmp(options, "{}") != 0)
		appendStringInfo(&call, ", %s", quote_literal_cstr(options));
	appendStringInfoString(&call, ");");
	appendStringInfo(json, "}, \"options\": %s, \"call\": ", options);
	escape_json(json, call.data);
}

static void
append_side(StringInfo json, const char *name, const Histories *data)
{
	appendStringInfo(json,
	                 "\"%s\": {\"users\": %lld, \"items\": %lld, \"interactions\": %lld, \"ordered\": %s, "
	                 "\"rated\": %s}, ",
	                 name, (long long) data->users, (long long) data->items, (long long) data->interactions,
	                 data->times != TIMES_NONE ? "true" : "false", data->rating != NULL ? "true" : "false");
}

/* What was compared. */
static void
append_data(Report *report)
{
	StringInfo json = report->json;
	int64_t common;

	keys_require_same_kind(&report->original.item_keys, &report->synthetic.item_keys, "item");
	keys_align(&report->original.item_keys, &report->synthetic.item_keys, &common);
	appendStringInfoString(json, ", \"data\": {");
	append_side(json, "original", &report->original);
	append_side(json, "synthetic", &report->synthetic);
	if (report->has_holdout)
	{
		Histories holdout;

		histories_from_datum(report->fcinfo->args[2].value, &holdout);
		append_side(json, "holdout", &holdout);
	}
	else
		appendStringInfoString(json, "\"holdout\": null, ");
	appendStringInfo(json, "\"common_items\": %lld}, \"reference\": {\"kind\": \"%s\", \"users\": %lld}",
	                 (long long) common, report->has_holdout ? "holdout" : "halves",
	                 (long long) report->fresh.users);
}

/* What the report is, and how it was made. */
static void
append_head(Report *report)
{
	StringInfo json = report->json;
	char *title = option_string(&report->options_json->root, "title", "the title of a report");
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	char made[MAXDATELEN + 1];

	JsonEncodeDateTime(made, TimestampTzGetDatum(now - now % USECS_PER_SEC), TIMESTAMPTZOID, NULL);
	appendStringInfo(json, "{\"schema\": %d, \"title\": ", REPORT_SCHEMA);
	if (title != NULL)
		escape_json(json, title);
	else
		appendStringInfoString(json, "null");
	appendStringInfo(json,
	                 ", \"made\": \"%s\", \"versions\": {\"synrec\": \"%s\", \"postgresql\": \"%.*s\"}, "
	                 "\"seed\": %lld",
	                 made, SYNREC_VERSION, (int) strcspn(PG_VERSION, " "), PG_VERSION,
	                 (long long) report->seed);
}

/* Rows of evaluate_generators() as they are. */
static void
append_candidates(Report *report)
{
	JsonbValue *list = option_value(report, "candidates");

	appendStringInfoString(report->json, ", \"candidates\": ");
	if (list == NULL)
		appendStringInfoString(report->json, "null");
	else if (list->type != jbvBinary || !JsonContainerIsArray(list->val.binary.data) ||
	         JsonContainerIsScalar(list->val.binary.data))
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("option \"candidates\" must be a list"),
		         errhint("Write (SELECT jsonb_agg(e) FROM evaluated AS e), where evaluated has the rows "
		                 "of evaluate_generators().")));
	else
		appendStringInfoString(report->json,
		                       JsonbToCString(NULL, list->val.binary.data, list->val.binary.len));
}

static void
sets_of(const Histories *data, Histories *sets)
{
	if (data->times == TIMES_NONE)
		*sets = *data;
	else
		sequences_as_sets(data, sets);
}

/* The data in the forms that the parts ask for. */
static void
prepare(Report *report)
{
	FunctionCallInfo fcinfo = report->fcinfo;
	Histories kept, fresh;

	PG_GETARG_HISTORIES(0, &report->original);
	PG_GETARG_HISTORIES(1, &report->synthetic);
	if (report->original.users == 0 || report->synthetic.users == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("the %s data holds no users",
		                       report->original.users == 0 ? "original" : "synthetic")));
	reference_sides(fcinfo, histories_from_datum, &report->original, report->seed, report->synthetic.users,
	                &kept, &fresh);
	sets_of(&report->original, &report->sets[0]);
	sets_of(&report->synthetic, &report->sets[1]);
	sets_of(&kept, &report->kept);
	sets_of(&fresh, &report->fresh);
	if (report->original.times != TIMES_NONE && report->synthetic.times != TIMES_NONE)
	{
		report->counted[0] = &report->original;
		report->counted[1] = &report->synthetic;
	}
	else
	{
		report->counted[0] = &report->sets[0];
		report->counted[1] = &report->sets[1];
	}
}

/* report_json(original, synthetic, holdout, seed, options) */
Datum
synrec_report_json(PG_FUNCTION_ARGS)
{
	Report report = {.fcinfo = fcinfo};
	int before = progress_begin(fcinfo);
	uint32_t chosen;

	reject_nulls(fcinfo, 2, 2);
	report.options_json = PG_GETARG_JSONB_P(4);
	options_from_jsonb(report.options_json, report_options, "a report", NULL, &report.options);
	report.seed = PG_GETARG_INT64(3);
	report.has_holdout = !PG_ARGISNULL(2);
	report.json = makeStringInfo();
	report.seconds = makeStringInfo();
	/* what is wrong with the options is said before anything takes long */
	chosen = chosen_parts(&report);
	fidelity_choice(report.options_json);
	prepare(&report);
	append_head(&report);
	append_call(&report);
	append_data(&report);
	append_candidates(&report);
	for (int p = 0; p < PARTS; p++)
		append_part(&report, &parts[p], chosen & 1u << p);
	appendStringInfo(report.json, ", \"seconds\": {%s}}", report.seconds->data);
	progress_end(before);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(report.json->data));
}

/* report_html(report) */
Datum
synrec_report_html(PG_FUNCTION_ARGS)
{
	Jsonb *report;
	char *text;

	reject_nulls(fcinfo, -1, -1);
	report = PG_GETARG_JSONB_P(0);
	text = JsonbToCString(NULL, &report->root, VARSIZE(report));
	PG_RETURN_TEXT_P(cstring_to_text(report_page(json_parse(pg_server_to_any(text, strlen(text), PG_UTF8)))));
}
