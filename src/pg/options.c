/*
 * options.c
 *	  From a generator or a recommender in jsonb to a method and its options.
 *
 * The domains' CHECKs look at structure only; whether a method exists, whether
 * it has such an option and whether the value is in range is decided here, when
 * it is used, so that a stricter version can restore an old dump.
 */
#include "synrec.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/varlena.h"

#include <math.h>

/* Longest name that is compared with the known ones. */
#define LONGEST_NAME 64

typedef struct Suggestion
{
	const char *name;
	int distance;
} Suggestion;

static int
compare_suggestions(const void *a, const void *b)
{
	return ((const Suggestion *) a)->distance - ((const Suggestion *) b)->distance;
}

/* The names joined by commas, those most like "wanted" first. */
static char *
nearest_first(const char *wanted, const char **names, int count)
{
	Suggestion *suggestion = palloc(count * sizeof(Suggestion));
	StringInfoData list;
	int length = Min(strlen(wanted), LONGEST_NAME);

	for (int i = 0; i < count; i++)
	{
		suggestion[i].name = names[i];
		suggestion[i].distance =
			varstr_levenshtein(wanted, length, names[i], strlen(names[i]), 1, 1, 1, true);
	}
	qsort(suggestion, count, sizeof(Suggestion), compare_suggestions);
	initStringInfo(&list);
	for (int i = 0; i < count; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", suggestion[i].name);
	return list.data;
}

/* A list of names in the making. */
typedef struct Names
{
	const char *name[64];
	int count;
} Names;

static void
unknown_method(const char *kind, const char *method, Names *known)
{
	ereport(ERROR,
	        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown %s \"%s\"", kind, method),
	         errhint("The known %ss are: %s.", kind, nearest_first(method, known->name, known->count))));
}

static const Generator *
find_generator(const char *method)
{
	const Generator *generator = generator_find(method);
	Names known = {.count = 0};

	if (generator == NULL)
	{
		while (generators[known.count] != NULL)
		{
			known.name[known.count] = generators[known.count]->method;
			known.count++;
		}
		unknown_method("generator", method, &known);
	}
	return generator;
}

static const Recommender *
find_recommender(const char *method)
{
	const Recommender *recommender = recommender_find(method);
	Names known = {.count = 0};

	if (recommender == NULL)
	{
		while (recommenders[known.count] != NULL)
		{
			known.name[known.count] = recommenders[known.count]->method;
			known.count++;
		}
		unknown_method("recommender", method, &known);
	}
	return recommender;
}

static int
find_option(const OptionSpec *spec, const char *name, const char *owner)
{
	const char *names[64];
	int count = 0;

	for (; spec[count].name != NULL; count++)
	{
		if (strcmp(spec[count].name, name) == 0)
			return count;
		names[count] = spec[count].name;
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s has no option \"%s\"", owner, name),
	                count == 0 ? errhint("It has no options.")
	                           : errhint("Its options are: %s.", nearest_first(name, names, count))));
}

/* The place of a word among an option's choices. */
static double
find_choice(const OptionSpec *spec, const JsonbValue *value, const char *owner)
{
	const char *names[64];
	int count = 0;
	char *word;

	if (value->type != jbvString)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("option \"%s\" of %s must be a string", spec->name, owner)));
	word = pnstrdup(value->val.string.val, value->val.string.len);
	for (; spec->choices[count] != NULL; count++)
	{
		if (strcmp(spec->choices[count], word) == 0)
			return count;
		names[count] = spec->choices[count];
	}
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
	                errmsg("option \"%s\" of %s cannot be \"%s\"", spec->name, owner, word),
	                errhint("It can be: %s.", nearest_first(word, names, count))));
}

double
option_from_json(const OptionSpec *spec, const JsonbValue *value, const char *owner)
{
	double number;

	if (spec->type == OPTION_CHOICE)
		return find_choice(spec, value, owner);
	if (spec->type == OPTION_BOOLEAN && value->type == jbvBool)
		return value->val.boolean;
	if (spec->type == OPTION_BOOLEAN || value->type != jbvNumeric)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("option \"%s\" of %s must be a %s", spec->name, owner,
		                       spec->type == OPTION_BOOLEAN ? "boolean" : "number")));
	number = DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(value->val.numeric)));
	if (spec->type == OPTION_INTEGER && number != rint(number))
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		         errmsg("option \"%s\" of %s must be a whole number, not %g", spec->name, owner, number)));
	if (!(number >= spec->least && number <= spec->most))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("option \"%s\" of %s must be from %.10g to %.10g, not %.10g", spec->name,
		                       owner, spec->least, spec->most, number)));
	return number;
}

void
options_from_jsonb(Jsonb *jsonb, const OptionSpec *spec, const char *owner, const char *ignored,
                   Options *options)
{
	double *values;
	int count = 0;
	JsonbValue value;
	JsonbIterator *iterator;
	JsonbIteratorToken token;

	if (!JB_ROOT_IS_OBJECT(jsonb))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("the options of %s must be a JSON object", owner)));
	while (spec[count].name != NULL)
		count++;
	values = palloc((count + 1) * sizeof(double));
	for (int i = 0; i < count; i++)
		values[i] = spec[i].fallback;

	iterator = JsonbIteratorInit(&jsonb->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *name;
		int option;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(value.val.string.val, value.val.string.len);
		JsonbIteratorNext(&iterator, &value, true);
		if (ignored != NULL && strcmp(name, ignored) == 0)
			continue;
		option = find_option(spec, name, owner);
		if (spec[option].type != OPTION_OTHER)
			values[option] = option_from_json(&spec[option], &value, owner);
	}
	for (int i = 0; i < count; i++)
	{
		if (values[i] == OPTION_REQUIRED)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			                errmsg("option \"%s\" of %s must be given", spec[i].name, owner)));
	}
	options->spec = spec;
	options->value = values;
}

JsonbValue *
list_elements(const JsonbValue *list, const char *what, int *count)
{
	JsonbContainer *container;
	JsonbValue *element;

	if (list->type != jbvBinary || !JsonContainerIsArray(list->val.binary.data) ||
	    JsonContainerIsScalar(list->val.binary.data))
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("option \"%s\" must be a list", what)));
	container = list->val.binary.data;
	*count = (int) JsonContainerSize(container);
	element = palloc((*count + 1) * sizeof(JsonbValue));
	for (int i = 0; i < *count; i++)
		element[i] = *getIthJsonbValueFromContainer(container, i);
	return element;
}

/* All options as a JSON object, for describe(). */
static char *
options_as_json(const OptionSpec *spec, const double *value)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int i = 0; spec[i].name != NULL; i++)
	{
		appendStringInfo(&json, "%s\"%s\": ", i == 0 ? "" : ", ", spec[i].name);
		if (spec[i].type == OPTION_BOOLEAN)
			appendStringInfoString(&json, value[i] != 0 ? "true" : "false");
		else if (spec[i].type == OPTION_CHOICE)
			appendStringInfo(&json, "\"%s\"", spec[i].choices[(int) value[i]]);
		else
			appendStringInfoString(
				&json, DatumGetCString(DirectFunctionCall1(
						   numeric_out, DirectFunctionCall1(float8_numeric, Float8GetDatum(value[i])))));
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* The word behind "method"; example is a constructor for the hint. */
static char *
method_of(Jsonb *jsonb, const char *kind, const char *example)
{
	JsonbValue *method;

	method = JB_ROOT_IS_OBJECT(jsonb)
	             ? getKeyJsonValueFromContainer(&jsonb->root, "method", strlen("method"), NULL)
	             : NULL;
	if (method == NULL || method->type != jbvString)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("a %s must be a JSON object with a string \"method\"", kind),
		                errhint("Make one with a constructor such as synrec.%s.", example)));
	return pnstrdup(method->val.string.val, method->val.string.len);
}

void
generator_from_datum(Datum datum, GeneratorChoice *choice)
{
	Jsonb *jsonb = DatumGetJsonbP(datum);

	choice->generator = find_generator(method_of(jsonb, "generator", "unigrams()"));
	options_from_jsonb(jsonb, choice->generator->options,
	                   psprintf("generator \"%s\"", choice->generator->method), "method", &choice->options);
	choice->options_text = options_as_json(choice->options.spec, choice->options.value);
}

/* The generator of a method with these values, as a constructor would make it. */
Jsonb *
generator_json(const char *method, const OptionSpec *spec, const double *value)
{
	/* all options but the opening brace */
	char *json = psprintf("{\"method\": \"%s\", %s", method, options_as_json(spec, value) + 1);

	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}

void
recommender_from_jsonb(Jsonb *jsonb, RecommenderChoice *choice)
{
	choice->recommender = find_recommender(method_of(jsonb, "recommender", "ease()"));
	options_from_jsonb(jsonb, choice->recommender->options,
	                   psprintf("recommender \"%s\"", choice->recommender->method), "method",
	                   &choice->options);
}

/*
 * A name is what recommender_name() writes: a constructor's call.  It is turned
 * into JSON by replacing the little that differs.
 */
Jsonb *
recommender_json(const char *name)
{
	const char *open = strchr(name, '(');
	StringInfoData json;

	if (open == NULL || recommender_find(pnstrdup(name, open - name)) == NULL)
		return NULL;
	initStringInfo(&json);
	appendStringInfo(&json, "{\"method\": \"%.*s\"", (int) (open - name), name);
	for (const char *at = open + 1; strcmp(at, ")") != 0;)
	{
		char option[LONGEST_NAME];
		double value;
		int length = 0;

		if (sscanf(at, "%63[a-z_] => %lf%n", option, &value, &length) != 2 || !isfinite(value))
			return NULL;
		appendStringInfo(&json, ", \"%s\": %.17g", option, value);
		at += length;
		if (strncmp(at, ", ", 2) == 0)
			at += 2;
	}
	appendStringInfoChar(&json, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
}
