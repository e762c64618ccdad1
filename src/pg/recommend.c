/*
 * recommend.c
 *	  recommend(): the items that a recommender puts first, user by user.
 */
#include "synrec.h"

#include "utils/builtins.h"

#include "math/parallel.h"
#include "metrics/ranking.h"

#include <math.h>

PG_FUNCTION_INFO_V1(synrec_recommend);

#define MOST_ITEMS 10000
#define BLOCK_USERS 256 /* scored together, then handed out */

typedef struct Recommendations
{
	RowSource rows;
	RecommenderChoice choice;
	Histories data;    /* trained on */
	Histories readers; /* recommended for */
	Training training;
	void *trained;
	int64_t *item; /* per item of readers: its index in data, or -1 */
	uint64_t seed;
	int64_t cutoff;
	int64_t block;       /* first user of the block */
	int64_t user;        /* the next row's */
	int64_t rank;        /* the next row's, from 0 */
	int workers;         /* that there is scratch for */
	double **score;      /* per worker */
	uint32_t **input;    /* per worker */
	uint32_t *first;     /* BLOCK_USERS x cutoff items */
	double *first_score; /* and their scores */
	int64_t *found;      /* per user of the block */
} Recommendations;

static void
score_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Recommendations *r = argument;
	double *score = r->score[worker];
	uint32_t *input = r->input[worker];
	double scratch[RECOMMENDER_SCRATCH];

	for (int64_t n = begin; n < end; n++)
	{
		int64_t u = r->block + n, inputs = 0;
		uint32_t *first = r->first + n * r->cutoff;
		double unit;

		for (int64_t p = r->readers.start[u]; p < r->readers.start[u + 1]; p++)
		{
			if (r->item[r->readers.item[p]] >= 0)
				input[inputs++] = (uint32_t) r->item[r->readers.item[p]];
		}
		r->choice.recommender->score(r->trained, input, inputs, scratch, score);
		unit = ranking_round(score, r->data.items);
		for (int64_t k = 0; k < inputs; k++)
			score[input[k]] = -INFINITY;
		r->found[n] = ranking_first(score, r->data.items, r->seed, u, r->cutoff, first);
		for (int64_t k = 0; k < r->found[n]; k++)
			r->first_score[n * r->cutoff + k] = score[first[k]] * unit;
	}
}

static void
score_block(Recommendations *r)
{
	int64_t users = Min(BLOCK_USERS, r->readers.users - r->block);

	host_progress("scoring users", r->block, r->readers.users);
	parallel_for(r->workers, users, 4, score_users, r);
}

static bool
next_recommendation(RowSource *source, Datum *values, bool *nulls)
{
	Recommendations *r = (Recommendations *) source;
	int64_t place;
	Key key;
	MemoryContext caller;

	/* the next user who has one */
	while (r->user < r->readers.users && r->rank == r->found[r->user - r->block])
	{
		r->rank = 0;
		if (++r->user == r->block + BLOCK_USERS && r->user < r->readers.users)
		{
			r->block = r->user;
			score_block(r);
		}
	}
	if (r->user >= r->readers.users)
		return false;
	place = (r->user - r->block) * r->cutoff + r->rank;
	MemoryContextReset(source->row_context);
	caller = MemoryContextSwitchTo(source->row_context);
	key = keys_get(&r->readers.user_keys, r->user);
	values[0] = PointerGetDatum(key_to_text(r->readers.user_keys.text, &key));
	key = keys_get(&r->data.item_keys, r->first[place]);
	values[1] = PointerGetDatum(key_to_text(r->data.item_keys.text, &key));
	MemoryContextSwitchTo(caller);
	values[2] = Int32GetDatum((int32) ++r->rank);
	values[3] = Float8GetDatum(r->first_score[place]);
	memset(nulls, false, 4);
	return true;
}

static void
allocate_block(Recommendations *r)
{
	int64_t longest = histories_longest(&r->readers);

	r->workers = parallel_workers(BLOCK_USERS, 4);
	r->score = host_array(double *, r->workers);
	r->input = host_array(uint32_t *, r->workers);
	for (int w = 0; w < r->workers; w++)
	{
		r->score[w] = host_array(double, r->data.items);
		r->input[w] = host_array(uint32_t, longest);
	}
	r->first = host_array(uint32_t, BLOCK_USERS * r->cutoff);
	r->first_score = host_array(double, BLOCK_USERS * r->cutoff);
	r->found = host_array(int64_t, BLOCK_USERS);
}

static RowSource *
make_recommendations(FunctionCallInfo fcinfo, TupleDesc row_type)
{
	Recommendations *r = palloc0(sizeof(Recommendations));
	int64_t common;

	(void) row_type;
	reject_nulls(fcinfo, 3, 3);
	recommender_from_jsonb(PG_GETARG_JSONB_P(1), &r->choice);
	r->cutoff = PG_GETARG_INT32(2);
	if (r->cutoff < 1 || r->cutoff > MOST_ITEMS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("cutoff must be from 1 to %d, not %lld", MOST_ITEMS, (long long) r->cutoff)));
	r->seed = (uint64_t) PG_GETARG_INT64(4);
	/* copies: the arguments need not live as long as the rows */
	interactions_from_datum(copy_of_value(PG_GETARG_DATUM(0)), &r->data);
	if (PG_ARGISNULL(3))
		r->readers = r->data;
	else
		interactions_from_datum(copy_of_value(PG_GETARG_DATUM(3)), &r->readers);
	if (r->data.users == 0)
		ereport(ERROR,
		        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there are no users to learn from")));
	r->cutoff = Min(r->cutoff, r->data.items);
	keys_require_same_kind(&r->data.item_keys, &r->readers.item_keys, "item");
	r->item = keys_align(&r->data.item_keys, &r->readers.item_keys, &common);
	host_reserve(Min(r->choice.recommender->bytes(&r->data, &r->choice.options, 1), INT64_MAX / 2) +
	                 r->data.interactions * 4 + r->data.items * 16 + BLOCK_USERS * r->cutoff * 12 +
	                 host_threads() * r->data.items * 8,
	             psprintf("training %s", recommender_name(&r->choice)));
	training_begin(&r->data, &r->training);
	r->choice.recommender->train(&r->training, &r->choice.options, 1, &r->trained);
	allocate_block(r);
	if (r->readers.users > 0)
		score_block(r);
	r->rows.next = next_recommendation;
	r->rows.row_context =
		AllocSetContextCreate(CurrentMemoryContext, "synrec recommendation rows", ALLOCSET_SMALL_SIZES);
	return &r->rows;
}

/* recommend(data, recommender, cutoff, users, seed) */
Datum
synrec_recommend(PG_FUNCTION_ARGS)
{
	return emit_rows(fcinfo, make_recommendations);
}
