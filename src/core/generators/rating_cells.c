/*
 * rating_cells.c
 *	  Finding the ratings that enough users share.
 */
#include "generators/rating_cells.h"

#include "host.h"

#include <math.h>
#include <string.h>

#define USERS_PER_POLL 4096

/* A power of two above twice RATING_MOST_VALUES. */
#define TABLE_SIZE 4096

/* Ranges are made of so many pieces at most, and there are about so many of them. */
#define MOST_PIECES 2000
#define WANTED_RANGES 100
#define ENOUGH_RANGES 20

/* No step is finer than a millionth. */
#define MOST_DECIMALS 6

typedef struct Value
{
	double rating;
	int64_t ratings; /* 0 in an empty place of the table */
	int64_t users;
	int64_t last_user;
} Value;

static Value *
place_of(Value *table, double rating)
{
	uint64_t place;

	memcpy(&place, &rating, sizeof(place));
	place = value_hash(&place, sizeof(place), 0);
	while (table[place % TABLE_SIZE].ratings > 0 && table[place % TABLE_SIZE].rating != rating)
		place++;
	return &table[place % TABLE_SIZE];
}

/* Counts the different values into a table; gives back how many, or -1 when there are too many. */
static int64_t
count_values(const Histories *data, Value *table)
{
	int64_t values = 0;

	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			Value *value = place_of(table, data->rating[p]);

			if (value->ratings == 0)
			{
				if (values++ == RATING_MOST_VALUES)
					return -1;
				*value = (Value){data->rating[p], 0, 0, -1};
			}
			value->ratings++;
			value->users += value->last_user != u;
			value->last_user = u;
		}
	}
	return values;
}

/* Sorts the values by rating, in place (insertion: there are few). */
static void
sort_values(Value *value, int64_t count)
{
	for (int64_t i = 1; i < count; i++)
	{
		Value moving = value[i];
		int64_t to = i;

		for (; to > 0 && value[to - 1].rating > moving.rating; to--)
			value[to] = value[to - 1];
		value[to] = moving;
	}
}

/* Cells of the values that enough users gave, when these are most of the ratings; else none. */
static RatingCells
cells_of_values(const Histories *data)
{
	Value *table = host_array_zero(Value, TABLE_SIZE);
	int64_t values = count_values(data, table), kept = 0, ratings = 0;
	RatingCells cells = {0};
	double *value;

	for (int64_t i = 0; values >= 0 && i < TABLE_SIZE; i++)
	{
		if (table[i].users < RATING_MIN_USERS)
			continue;
		ratings += table[i].ratings;
		table[kept++] = table[i];
	}
	if (ratings * 2 >= data->interactions && kept > 0)
	{
		sort_values(table, kept);
		value = host_array(double, kept);
		for (int64_t i = 0; i < kept; i++)
			value[i] = table[i].rating;
		cells = (RatingCells){kept, value, value, 0};
	}
	host_free(table);
	return cells;
}

/* Tells whether all ratings are multiples of 1 / decimals. */
static bool
all_multiples(const Histories *data, double decimals)
{
	for (int64_t p = 0; p < data->interactions; p++)
	{
		double scaled = data->rating[p] * decimals;

		if (p % (1 << 20) == 0)
			host_poll();
		if (fabs(scaled - rint(scaled)) > 1e-9 * fmax(1, fabs(scaled)) || fabs(scaled) > 1e15)
			return false;
	}
	return true;
}

/* The step that all ratings are multiples of: 1, 0.1, ..., or 0. */
static double
step_of(const Histories *data)
{
	double decimals = 1;

	for (int i = 0; i <= MOST_DECIMALS; i++, decimals *= 10)
	{
		if (all_multiples(data, decimals))
			return 1 / decimals;
	}
	return 0;
}

/* Keeps the RATING_MIN_USERS greatest of sign x rating, ascending. */
static void
keep_greatest(double *kept, double rating)
{
	int i = 0;

	if (rating <= kept[0])
		return;
	for (; i + 1 < RATING_MIN_USERS && kept[i + 1] < rating; i++)
		kept[i] = kept[i + 1];
	kept[i] = rating;
}

/* The range without what fewer than RATING_MIN_USERS users lie beyond. */
static void
shared_range(const Histories *data, double *low, double *high)
{
	double least[RATING_MIN_USERS], most[RATING_MIN_USERS];

	for (int i = 0; i < RATING_MIN_USERS; i++)
		least[i] = most[i] = -INFINITY;
	for (int64_t u = 0; u < data->users; u++)
	{
		double own_least = INFINITY, own_most = -INFINITY;

		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			own_least = fmin(own_least, data->rating[p]);
			own_most = fmax(own_most, data->rating[p]);
		}
		keep_greatest(least, -own_least);
		keep_greatest(most, own_most);
	}
	*low = fmin(-least[0], most[0]);
	*high = fmax(-least[0], most[0]);
}

/* Pieces of equal width between round numbers. */
typedef struct Pieces
{
	double low; /* of the first, in widths */
	double width;
	int64_t count;
	int64_t ratings[MOST_PIECES];
	int64_t users[MOST_PIECES];
	int64_t last_user[MOST_PIECES];
} Pieces;

/*
 * Pieces of a range: some hundreds or thousands, of a width that is a power of
 * ten, or the step, and so much wider.
 */
static void
lay_pieces(Pieces *pieces, double low, double high, double step, double wider)
{
	double range = high - low;

	pieces->width = range > 0 ? pow(10, floor(log10(range)) - 2) : 1;
	if (!(pieces->width >= step) || !(pieces->width > 0))
		pieces->width = step > 0 ? step : 1;
	if (!isfinite(range) || range / pieces->width > MOST_PIECES - 2)
		pieces->width = high / (MOST_PIECES / 4) - low / (MOST_PIECES / 4);
	pieces->width *= wider;
	pieces->low = floor(low / pieces->width + 1e-9);
	pieces->count = (int64_t) (ceil(high / pieces->width - 1e-9) - pieces->low);
	if (pieces->count < 1)
		pieces->count = 1;
}

static void
count_pieces(const Histories *data, Pieces *pieces)
{
	for (int64_t i = 0; i < pieces->count; i++)
	{
		pieces->ratings[i] = pieces->users[i] = 0;
		pieces->last_user[i] = -1;
	}
	for (int64_t u = 0; u < data->users; u++)
	{
		if (u % USERS_PER_POLL == 0)
			host_poll();
		for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
		{
			double place = floor(data->rating[p] / pieces->width - pieces->low);
			int64_t i = !(place > 0)                      ? 0
			            : place >= (double) pieces->count ? pieces->count - 1
			                                              : (int64_t) place;

			pieces->ratings[i]++;
			pieces->users[i] += pieces->last_user[i] != u;
			pieces->last_user[i] = u;
		}
	}
}

/*
 * Joins pieces to ranges with enough ratings.  A range has at least as many
 * users as its piece with the most, so one piece must have enough.
 */
static RatingCells
cells_of_pieces(const Pieces *pieces, int64_t ratings, double step)
{
	double *low = host_array(double, pieces->count), *high = host_array(double, pieces->count);
	RatingCells cells = {0, low, high, step};
	int64_t begin = 0, held = 0, users = 0;

	for (int64_t i = 0; i < pieces->count; i++)
	{
		held += pieces->ratings[i];
		users = pieces->users[i] > users ? pieces->users[i] : users;
		/* edges that are too large for the width may not differ */
		if (users < RATING_MIN_USERS || held < ratings / WANTED_RANGES ||
		    (pieces->low + (double) begin) * pieces->width >= (pieces->low + (double) i + 1) * pieces->width)
			continue;
		low[cells.count] = (pieces->low + (double) begin) * pieces->width;
		high[cells.count++] = (pieces->low + (double) i + 1) * pieces->width;
		begin = i + 1;
		held = users = 0;
	}
	if (cells.count == 0)
		low[cells.count++] = pieces->low * pieces->width;
	/* what is left belongs to the last */
	high[cells.count - 1] = (pieces->low + (double) pieces->count) * pieces->width;
	return cells;
}

/* Of narrow pieces few may have enough users, so wider ones are tried until there are enough ranges. */
static RatingCells
cells_of_ranges(const Histories *data)
{
	Pieces *pieces = host_alloc(sizeof(Pieces));
	double low, high, step = step_of(data);
	RatingCells best = {0}, cells;

	shared_range(data, &low, &high);
	for (double wider = 1; wider <= 100 && best.count < ENOUGH_RANGES; wider *= 10)
	{
		lay_pieces(pieces, low, high, step, wider);
		count_pieces(data, pieces);
		cells = cells_of_pieces(pieces, data->interactions, step);
		best = cells.count > best.count ? cells : best;
	}
	host_free(pieces);
	return best;
}

RatingCells
rating_cells_find(const Histories *data)
{
	RatingCells cells = {0};

	if (data->users < RATING_MIN_USERS)
		return cells;
	cells = cells_of_values(data);
	return cells.count > 0 ? cells : cells_of_ranges(data);
}

int64_t
rating_cell_of(const RatingCells *cells, double rating)
{
	int64_t low = 0, high = cells->count - 1;

	/* the last cell that begins at or below the rating, or the first of all */
	while (low < high)
	{
		int64_t middle = (low + high + 1) / 2;

		if (cells->low[middle] <= rating)
			low = middle;
		else
			high = middle - 1;
	}
	if (low + 1 < cells->count && cells->low[low + 1] - rating < rating - cells->high[low])
		low++;
	return low;
}

double
rating_cell_draw(const RatingCells *cells, int64_t cell, Random *random)
{
	double low = cells->low[cell], high = cells->high[cell], steps;

	if (low == high)
		return low;
	if (cells->step == 0)
	{
		double share = random_uniform(random);

		return low * (1 - share) + high * share;
	}
	steps = floor((high - low) / cells->step + 0.5);
	if (!(steps >= 1 && steps < 1e15))
		return low;
	steps = rint(low / cells->step) + (double) random_below(random, (uint64_t) steps);
	/* tenths are divided by ten, which is exact where a multiple of 0.1 is not */
	return cells->step < 1 ? steps / rint(1 / cells->step) : steps * cells->step;
}

bool
rating_cells_valid(const RatingCells *cells)
{
	if (cells->count < 1 || !(cells->step >= 0 && cells->step <= 1))
		return false;
	for (int64_t i = 0; i < cells->count; i++)
	{
		if (!isfinite(cells->low[i]) || !isfinite(cells->high[i]) || !(cells->low[i] <= cells->high[i]))
			return false;
		if (i > 0 && !(cells->high[i - 1] <= cells->low[i] && cells->low[i - 1] < cells->low[i]))
			return false;
	}
	return true;
}
