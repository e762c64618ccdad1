/*
 * synrec.h
 *	  What the files of src/pg share: everything here knows PostgreSQL.
 */
#ifndef SYNREC_PG_H
#define SYNREC_PG_H

#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#include "compat.h"

#include "data/histories.h"
#include "generators/generator.h"
#include "host.h"
#include "metrics/audit.h"
#include "metrics/evaluation.h"
#include "metrics/fidelity.h"
#include "recommenders/recommender.h"

/* synrec.c: settings */
extern int synrec_threads;
extern int synrec_max_memory;       /* kB */
extern int synrec_progress_notices; /* ms; 0 for none */

/*
 * progress.c: progress_begin() says that the called SQL function (for the parts
 * of an aggregate, the aggregate) is an operation to be shown; host_progress()
 * then says how far it is.  progress_end() gets what progress_begin() gave back;
 * an error ends the operation by itself.  Of operations inside each other the
 * outermost one is shown.  emit_rows() does both for its functions.
 */
extern int progress_begin(FunctionCallInfo fcinfo);
extern void progress_end(int before);

/* Tells whether an operation runs. */
extern bool progress_running(void);

/* Set when a notice is to be written, which progress_notice() does. */
extern volatile bool progress_notice_due;
extern void progress_notice(void);

/*
 * arguments.c: NULL arguments.  Functions whose result would be mistaken for
 * an answer (a NULL privacy figure passes every CHECK) are not strict, but say
 * which argument is NULL.  Arguments first_except .. last_except (from 0) may
 * be NULL; -1, -1 when none may.
 */
extern void reject_null(FunctionCallInfo fcinfo, int number);
extern void reject_nulls(FunctionCallInfo fcinfo, int first_except, int last_except);

/*
 * values.c: our types as datums.  The views point into the datum's memory, or
 * into a copy in the current memory context.  Of interactions most functions
 * want sets of items: interactions_from_datum() makes them of sequences.
 * histories_from_datum() leaves sequences as they are.
 */
extern void interactions_from_datum(Datum datum, Histories *data);
extern void histories_from_datum(Datum datum, Histories *data);
extern void model_from_datum(Datum datum, Model *model);
extern Datum datum_from_value(void *value, int64_t bytes);

/*
 * A copy of a value, in the current memory context, for views of it that live
 * longer than the argument.
 */
extern Datum copy_of_value(Datum datum);

/*
 * host.c: what copies of values take counts as memory of the operation, whose
 * estimates are of what it takes besides.  progress_begin() and progress_end()
 * say when one begins and ends.
 */
extern void hold_copy(int64_t bytes);
extern void hold_nothing(void);

#define PG_GETARG_INTERACTIONS(n, data) interactions_from_datum(PG_GETARG_DATUM(n), (data))
#define PG_GETARG_HISTORIES(n, data) histories_from_datum(PG_GETARG_DATUM(n), (data))
#define PG_GETARG_MODEL(n, model) model_from_datum(PG_GETARG_DATUM(n), (model))

/* Gives back the datum of a value of interactions; checks nothing. */
extern Datum datum_from_interactions(void *value);

/*
 * keys.c: SQL values to keys and back.
 *
 * Integers stay integers.  Every other type goes through a text form that no
 * setting changes, in UTF-8; types that have none are refused.
 */
typedef struct KeyReader
{
	Oid type; /* base type, or InvalidOid before the first use */
	bool text;
	FmgrInfo output;
} KeyReader;

extern void key_reader_init(KeyReader *reader, Oid type, const char *what, MemoryContext context);

/* The key may point into the datum or into the current memory context. */
extern Key key_read(KeyReader *reader, Datum datum);

typedef struct KeyWriter
{
	Oid type; /* as declared, maybe a domain */
	int32 typmod;
	Oid base; /* base type */
	Oid io_parameter;
	FmgrInfo input;
} KeyWriter;

extern void key_writer_init(KeyWriter *writer, Oid type, int32 typmod);
extern Datum key_write(KeyWriter *writer, bool text, const Key *key);

/* The key of the synthetic user of that number, for a column of the writer's type. */
extern Datum synthetic_user_key(KeyWriter *writer, const ModelHeader *model, int64_t user);

/* A key as text in the server's encoding. */
extern text *key_to_text(bool text_key, const Key *key);

/*
 * times.c: the times of sequences between SQL types and the core.
 */
typedef struct TimeReader
{
	Oid type; /* base type */
	TimeKind kind;
} TimeReader;

extern void time_reader_init(TimeReader *reader, Oid type);
extern int64_t time_read(const TimeReader *reader, Datum datum);
extern Datum time_write(KeyWriter *writer, TimeKind kind, int64_t time);

/* The kind in words, as summary() has it; NULL for sets. */
extern const char *time_kind_name(TimeKind kind);

/*
 * ratings.c: ratings between SQL types and the core.
 */
typedef struct RatingReader
{
	Oid type; /* base type */
} RatingReader;

extern void rating_reader_init(RatingReader *reader, Oid type);

/* May be infinite or NaN, as floats and numerics may be. */
extern double rating_read(const RatingReader *reader, Datum datum);
extern Datum rating_write(KeyWriter *writer, double rating);

/*
 * emit.c: set-returning functions.  A RowSource makes one row after the other;
 * emit_rows() hands them to PostgreSQL in the way that the caller asks for.
 */
typedef struct RowSource RowSource;
struct RowSource
{
	/* Fills in the row's columns, or gives back false after the last. */
	bool (*next)(RowSource *source, Datum *values, bool *nulls);
	MemoryContext row_context; /* reset before each row of a new user */
};

/* Makes a source, in the current memory context, which outlives all rows. */
typedef RowSource *(*RowSourceMaker)(FunctionCallInfo fcinfo, TupleDesc row_type);

extern Datum emit_rows(FunctionCallInfo fcinfo, RowSourceMaker make);

/* figures.c: a column of a row, NULL for NaN; a number of JSON, null for one that it does not have; a member. */
extern void set_figure(Datum *value, bool *null, double figure);
extern void append_number(StringInfo json, double number);
extern void append_figure(StringInfo json, const char *name, double figure);

/*
 * histories_source.c: rows (user, item) from histories.  next_history gives
 * the items of the next user as indexes into item_keys; make_user makes the
 * datum of that user's key.
 */
typedef struct HistorySource HistorySource;
struct HistorySource
{
	RowSource rows;
	bool (*next_history)(HistorySource *source, int64_t *user, const uint32_t **item, int64_t *count);
	Datum (*make_user)(HistorySource *source, int64_t user);
	void *state; /* of the two functions above */
	KeyWriter user_writer;
	KeyWriter item_writer;
	int user_column; /* 0-based place in the row */
	int item_column;
	int at_column;       /* or -1 */
	TimeKind times;      /* when there is an at_column */
	const int64_t *time; /* the current user's, likewise; next_history sets it */
	KeyWriter time_writer;
	int rating_column;    /* or -1 */
	const double *rating; /* the current user's, when there is a rating_column */
	KeyWriter rating_writer;
	Datum *item_datum;    /* one per item key */
	const uint32_t *item; /* the current user's */
	int64_t count;
	int64_t place; /* of the next one in item */
	Datum user_datum;
};

/* Sets up a source over item_keys for rows (user_id bigint, item_id bigint). */
extern void history_source_init_bigint(HistorySource *source, TupleDesc row_type, const Keys *item_keys);

/* Sets up a source for rows of a table's type, whose columns of those names are filled. */
extern void history_source_init_typed(HistorySource *source, TupleDesc row_type, const Keys *item_keys,
                                      const char *user_column, const char *item_column);

/* Has the times of the histories written to a column, too. */
extern void
history_source_add_times(HistorySource *source, TupleDesc row_type, const char *at_column, TimeKind times);

/* Has the ratings written to a column, too; rated tells whether there are any. */
extern void
history_source_add_ratings(HistorySource *source, TupleDesc row_type, const char *rating_column, bool rated);

/* model.c: synthetic users 1 .. users of a model, as a view of a new value. */
extern void generate_histories(const Model *model, int64_t users, uint64_t seed, Histories *data);

/*
 * read.c: what a text names, a table, a view or a SELECT.  source_columns tells
 * whether it has all the named columns (ended by NULL); read_interactions gives
 * back a datum of them, made by the aggregate of the schema in which "function"
 * is.  Both run as the caller, between SPI_connect() and SPI_finish().
 */
typedef struct SourceColumns
{
	const char *user;
	const char *item;
	const char *at;     /* or NULL */
	const char *rating; /* or NULL */
} SourceColumns;

extern bool source_has_columns(const char *source, const char *const *names);
extern Datum read_interactions(Oid function, const char *source, const SourceColumns *columns);

/* The source as it is written in FROM. */
extern char *source_in_from(const char *source);

/*
 * evaluation.c: recommenders and metrics as users name them.
 */
typedef struct EvaluationRequest
{
	RecommenderChoice *recommender;
	char **recommender_name;
	int recommenders;
	Metric *metric;
	char **metric_name;
	int metrics;
} EvaluationRequest;

/* Recommenders from an array of the domain, without repetition. */
extern void request_recommenders(EvaluationRequest *request, Datum array);

/* From a list in JSON. */
extern void request_recommenders_json(EvaluationRequest *request, const JsonbValue *list);

/* From names, as stored; leaves by an error when one is not a recommender's. */
extern void request_recommenders_named(EvaluationRequest *request, const char *const *names, int count);

/*
 * Metrics from the options "metrics" and "cutoffs" of a function, or the
 * default kinds (a bit set) at cutoffs 1, 5 and 10.
 */
extern void request_metrics(EvaluationRequest *request, Jsonb *options, uint32_t default_kinds);

/* The kinds of the paper on realism: precision, recall and MRR. */
#define PAPER_METRIC_KINDS ((1u << METRIC_PRECISION) | (1u << METRIC_RECALL) | (1u << METRIC_MRR))

extern EvaluationPlan request_plan(const EvaluationRequest *request, int64_t runs, int64_t users,
                                   int64_t seed, int side, const char *stage);

/* realism.c: realism of synthetic data; NaN, and a notice, when it is not defined. */
extern double
measure_realism(const Histories *original, const Histories *synthetic, int64_t seed, Jsonb *options);

/*
 * The same as a JSON object: the report, by metric, and the first reversed
 * comparisons.  The ceiling and the floor are measured unless the options say no.
 */
extern void append_realism_json(StringInfo json, const Histories *original, const Histories *synthetic,
                                int64_t seed, Jsonb *options);

/* audit.c: AUC of an attacker who tells members from a holdout, and its interval. */
extern void measure_audit(const Histories *members, const Histories *outsiders, const Histories *synthetic,
                          MembershipAudit *audit);

/* privacy.c: the measures, as figures over all original users. */
extern double measure_membership(const Histories *original, const Histories *synthetic, int64_t k);
extern double
measure_deanonymization(const Histories *original, const Histories *synthetic, int64_t neighbors);
extern double measure_attribute(const Histories *original, const Histories *synthetic, int64_t cutoff,
                                double lambda, int64_t seed);

/*
 * release.c: all measures at once, and what sets them in relation.
 */
#define MEASURES 3
extern const char *const measure_names[MEASURES];

/* The entries of an OptionSpec that measure_all() reads. */
#define MEASURE_OPTIONS                                           \
	{"k", OPTION_INTEGER, 1, 1, PG_INT32_MAX, NULL},              \
		{"neighbors", OPTION_INTEGER, 50, 1, PG_INT32_MAX, NULL}, \
		{"cutoff", OPTION_INTEGER, 20, 1, PG_INT32_MAX, NULL},    \
	{                                                             \
		"lambda", OPTION_NUMBER, 500, 1e-9, 1e15, NULL            \
	}

/* Sets figure[MEASURES]. */
extern void measure_all(const Histories *original, const Histories *other, const Options *options,
                        int64_t seed, double *figure);

typedef struct Measured
{
	double value;     /* all original against all synthetic users */
	double reference; /* fresh people */
	double lift;      /* at equal numbers; infinite when only the reference is 0 */
} Measured;

/*
 * Sets measured[MEASURES].  Arguments 0, 1 and 2 of the function are original,
 * synthetic and holdout, of which the last may be NULL.
 */
extern void
measure_release(FunctionCallInfo fcinfo, const Options *options, int64_t seed, Measured *measured);

/* A measure by its reference; infinite when only the reference is 0. */
extern double measure_lift(double level, double reference);

/* A sample of users as a view; everybody when there are not more. */
extern void sample_view(const Histories *data, int64_t users, int64_t seed, Histories *sample);

/* The originals in two halves, as views. */
extern void split_views(const Histories *original, int64_t seed, Histories *kept, Histories *fresh);

/* interactions_from_datum, which makes sets, or histories_from_datum. */
typedef void ValueReader(Datum datum, Histories *data);

/*
 * The sides of a reference as views: originals, and fresh real people, of whom
 * there are "most" at most.  They are the holdout, argument 2 of the function,
 * or where that is NULL one half of the originals.
 */
extern void reference_sides(FunctionCallInfo fcinfo, ValueReader *read, const Histories *original,
                            int64_t seed, int64_t most, Histories *kept, Histories *fresh);

/*
 * fidelity.c: all measures of likeness beside what fresh real people score.
 */
typedef struct FidelityFigures
{
	uint32_t which; /* a bit set of those that are measured */
	double value[FIDELITY_MEASURES];
	double reference[FIDELITY_MEASURES];
	double matched[FIDELITY_MEASURES];     /* of as many synthetic users as the reference has */
	const char *reason[FIDELITY_MEASURES]; /* why one of them is NaN; NULL where none is */
} FidelityFigures;

/* How many singular values a spectrum has, and at most; the entry of an OptionSpec that says it. */
#define SPECTRUM_VALUES 20
#define MOST_SPECTRUM_VALUES 1000
#define SPECTRUM_OPTION                                                          \
	{                                                                            \
		"values", OPTION_INTEGER, SPECTRUM_VALUES, 1, MOST_SPECTRUM_VALUES, NULL \
	}

/* The arguments of the function are those of measure_release(). */
extern void measure_fidelity(FunctionCallInfo fcinfo, int64_t values, int64_t seed, FidelityFigures *figures);

/* The measures that the option "measures" names, or all of them, as a bit set. */
extern uint32_t fidelity_choice(Jsonb *options);

/*
 * options.c: what JSON objects say.  owner is what has the options, for
 * messages; a member of the name "ignored" is passed over.
 */
extern void options_from_jsonb(Jsonb *jsonb, const OptionSpec *spec, const char *owner, const char *ignored,
                               Options *options);

/* One value as a number, checked against the option's type and range. */
extern double option_from_json(const OptionSpec *spec, const JsonbValue *value, const char *owner);

/* The elements of a list in JSON, allocated; "what" is the option that it is of. */
extern JsonbValue *list_elements(const JsonbValue *list, const char *what, int *count);

/* A generator: its method and its options. */
typedef struct GeneratorChoice
{
	const Generator *generator;
	Options options;
	char *options_text; /* JSON object of all options, defaults filled in */
} GeneratorChoice;

extern void generator_from_datum(Datum jsonb, GeneratorChoice *choice);
extern Jsonb *generator_json(const char *method, const OptionSpec *spec, const double *value);
extern void recommender_from_jsonb(Jsonb *jsonb, RecommenderChoice *choice);

/* From a name as recommender_name() writes it; NULL when it is not one. */
extern Jsonb *recommender_json(const char *name);

#endif
