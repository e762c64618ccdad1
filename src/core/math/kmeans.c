/*
 * kmeans.c
 *	  k-means over sparse binary vectors.
 *
 * Centroids are kept as integers, the number of a cluster's users that have an
 * item, one row of clusters per item: sums of integers do not depend on the
 * order or the number of threads, and adding up a user's rows is a loop over
 * neighbouring numbers.  For the rounds the rows are divided into floats, padded
 * to whole vectors.
 *
 * Several starts go forward side by side, a round of each at a time, so that
 * threads have much to do between two joins: blocks of users of all starts are
 * assigned, then each start moves its users and centroids.  What a start does for
 * itself is cut into slices, so that a cancel need not wait for its end.
 */
#include "math/kmeans.h"

#include "host.h"
#include "math/parallel.h"
#include "math/random.h"
#include "math/vectors.h"

#include <math.h>
#include <string.h>

/* Users that are assigned at a time, and additions that this may take: some milliseconds. */
#define BLOCK_USERS 256
#define BLOCK_ADDITIONS INT64_C(40000000)

/* Interactions or counts that a slice goes through: some tens of milliseconds. */
#define SLICE_INTERACTIONS 2000000
#define SLICE_COUNTS 10000000

/* Starts that go side by side, at most, and the memory that they may take together. */
#define STARTS_TOGETHER 16
#define TOGETHER_BYTES (INT64_C(256) << 20)

/* Clusters are padded to a multiple of this. */
#define LANES 16
typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));

/* A start ends when the inertia falls by less than this share of itself. */
#define TOLERANCE 1e-4

/* Users nearer than this to their centroid are copies of each other. */
#define SAME_PLACE 1e-3f

/* What all starts share. */
typedef struct Work
{
	const Histories *data;
	int64_t clusters;
	int64_t padded;      /* clusters, rounded up to LANES */
	int64_t *list_start; /* items + 1: the users of each item */
	uint32_t *list_user;
	int32_t *length; /* per user */
} Work;

typedef struct Start
{
	const Work *w;
	Random random;
	int64_t centre;       /* while centres are chosen: the newest one, a user */
	int32_t *common;      /* per user: items in common with it */
	int32_t *to_centre;   /* per user: squared distance to the nearest centre so far */
	uint32_t *cluster;    /* per user */
	uint32_t *nearest;    /* per user: where she belongs after this round */
	float *distance;      /* per user: to the nearest centroid, squared, less |x|^2 */
	uint32_t *item_users; /* items x clusters */
	int64_t *users;       /* per cluster */
	float *gain;          /* items x padded: 2 x the centroid's entry */
	float *norm;          /* padded: |centroid|^2; huge for the padding */
	double *squares;      /* per cluster: sum of squared counts */
	double inertia;
	double inertia_before; /* this round */
	int64_t moved;         /* users, in this round */
	int64_t rounds;        /* done */
	bool ended;
} Start;

/*
 * Index of the least of norm - sum of the items' rows, and that least itself.
 * Some clusters at a time, whose sums stay in registers.
 */
WIDE_VECTORS static int64_t
nearest(const float *gain, int64_t padded, const float *norm, const uint32_t *item, int64_t items,
        float *distance)
{
	int64_t best = 0;
	float least = INFINITY;

	for (int64_t first = 0; first < padded; first += LANES)
	{
		Lanes sum, row;

		memcpy(&sum, norm + first, sizeof(sum));
		for (int64_t k = 0; k < items; k++)
		{
			memcpy(&row, gain + item[k] * padded + first, sizeof(row));
			sum -= row;
		}
		for (int c = 0; c < LANES; c++)
		{
			if (sum[c] < least)
			{
				least = sum[c];
				best = first + c;
			}
		}
	}
	*distance = least;
	return best;
}

/* Several starts as the task of parallel_for(). */
typedef struct Starts
{
	const Work *w;
	Start *start;
	int64_t block_users;
	int64_t blocks; /* of users */
	int64_t first;  /* of the slice: centres, users or items */
	int64_t end;
} Starts;

/* Assigns blocks of users: block b of start s has number s x blocks + b. */
static void
assign_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Starts *starts = argument;
	const Histories *data = starts->w->data;

	(void) worker;
	for (int64_t n = begin; n < end; n++)
	{
		Start *s = &starts->start[n / starts->blocks];
		int64_t first = n % starts->blocks * starts->block_users;
		int64_t last = data->users - first < starts->block_users ? data->users : first + starts->block_users;

		for (int64_t u = first; u < last && !s->ended; u++)
			s->nearest[u] =
				(uint32_t) nearest(s->gain, starts->w->padded, s->norm, data->item + data->start[u],
			                       histories_length(data, u), &s->distance[u]);
	}
}

/* Moves a user to another cluster. */
static void
move_user(Start *s, int64_t u, uint32_t to)
{
	const Histories *data = s->w->data;
	uint32_t from = s->cluster[u];

	s->cluster[u] = to;
	s->users[from]--;
	s->users[to]++;
	for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
	{
		s->item_users[data->item[p] * s->w->clusters + from]--;
		s->item_users[data->item[p] * s->w->clusters + to]++;
	}
}

/* Moves a slice of users to their nearest clusters. */
static void
move_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Starts *starts = argument;

	(void) worker;
	for (Start *s = starts->start + begin; s < starts->start + end; s++)
	{
		if (starts->first == 0)
			s->moved = 0;
		for (int64_t u = starts->first; u < starts->end && !s->ended; u++)
		{
			if (s->nearest[u] == s->cluster[u])
				continue;
			move_user(s, u, s->nearest[u]);
			s->moved++;
		}
	}
}

/*
 * Centroids and their squared norms from the counts, for a slice of items, and
 * after the last one the inertia: within a cluster, sum |x - m|^2 = sum |x|^2 -
 * users * |m|^2, and sum |x|^2 over all users is the number of interactions.
 */
static void
update_centroids(Start *s, int64_t first, int64_t end)
{
	int64_t clusters = s->w->clusters;

	for (int64_t c = 0; first == 0 && c < clusters; c++)
	{
		s->norm[c] = s->users[c] == 0 ? 0 : 2 / (float) s->users[c];
		s->squares[c] = 0;
	}
	for (int64_t i = first; i < end; i++)
	{
		const uint32_t *count = s->item_users + i * clusters;
		float *gain = s->gain + i * s->w->padded;

		for (int64_t c = 0; c < clusters; c++)
		{
			gain[c] = (float) count[c] * s->norm[c];
			s->squares[c] += (double) count[c] * count[c];
		}
	}
	if (end < s->w->data->items)
		return;
	s->inertia = (double) s->w->data->interactions;
	for (int64_t c = 0; c < s->w->padded; c++)
	{
		double users = c < clusters ? (double) s->users[c] : 0;

		s->norm[c] = 1e30f;
		if (users == 0)
			continue;
		s->inertia -= s->squares[c] / users;
		s->norm[c] = (float) (s->squares[c] / (users * users));
	}
}

/* The user farthest from her centroid who is not alone; -1 when all are copies of theirs. */
static int64_t
farthest_user(const Start *s)
{
	int64_t farthest = -1;
	float most = SAME_PLACE;

	for (int64_t u = 0; u < s->w->data->users; u++)
	{
		float d = s->distance[u] + (float) s->w->length[u];

		if (s->users[s->cluster[u]] > 1 && d > most)
		{
			most = d;
			farthest = u;
		}
	}
	return farthest;
}

/*
 * Gives each empty cluster the user farthest from her centroid, or, when only
 * copies are left, one of them.
 */
static void
fill_empty_clusters(Start *s)
{
	int64_t users = s->w->data->users;
	int64_t copy = -1; /* once only copies are left, they are gone through once */

	for (int64_t c = 0; c < s->w->clusters; c++)
	{
		int64_t user;

		if (s->users[c] > 0)
			continue;
		host_poll();
		user = copy < 0 ? farthest_user(s) : -1;
		if (user < 0)
		{
			for (copy = copy < 0 ? 0 : copy; copy < users && s->users[s->cluster[copy]] == 1;)
				copy++;
			if (copy == users)
				break;
			user = copy;
		}
		move_user(s, user, (uint32_t) c);
		s->distance[user] = -(float) s->w->length[user];
	}
}

/*
 * Takes a new centre into account: users who are nearer to it than to those
 * before get its number.  Gives back the sum of the distances.
 */
WIDE_VECTORS static int64_t
approach(const int32_t *length, const int32_t *common, int64_t users, int32_t centre_length, uint32_t centre,
         int32_t *distance, uint32_t *cluster)
{
	int64_t total = 0;

	for (int64_t u = 0; u < users; u++)
	{
		int32_t d = length[u] + centre_length - 2 * common[u];

		cluster[u] = d < distance[u] ? centre : cluster[u];
		distance[u] = d < distance[u] ? d : distance[u];
		total += distance[u];
	}
	return total;
}

/* Takes a start's newest centre, of the given number, into account and draws the next one. */
static void
advance(Start *s, int64_t number)
{
	const Work *w = s->w;
	const Histories *data = w->data;
	int64_t total;

	memset(s->common, 0, (size_t) data->users * sizeof(int32_t));
	for (int64_t p = data->start[s->centre]; p < data->start[s->centre + 1]; p++)
	{
		for (int64_t l = w->list_start[data->item[p]]; l < w->list_start[data->item[p] + 1]; l++)
			s->common[w->list_user[l]]++;
	}
	total = approach(w->length, s->common, data->users, w->length[s->centre], (uint32_t) number, s->to_centre,
	                 s->cluster);

	/* with nothing but copies of centres left, the others stay empty for now */
	if (total > 0)
	{
		int64_t drawn = (int64_t) random_below(&s->random, (uint64_t) total);

		for (s->centre = 0; drawn >= s->to_centre[s->centre]; s->centre++)
			drawn -= s->to_centre[s->centre];
	}
}

static void
choose_centres(void *argument, int64_t begin, int64_t end, int worker)
{
	Starts *starts = argument;

	(void) worker;
	for (int64_t n = begin; n < end; n++)
	{
		for (int64_t c = starts->first; c < starts->end; c++)
			advance(&starts->start[n], c);
	}
}

/* Empties the counts of a slice of items. */
static void
clear_counts(void *argument, int64_t begin, int64_t end, int worker)
{
	Starts *starts = argument;
	int64_t clusters = starts->w->clusters;

	(void) worker;
	for (Start *s = starts->start + begin; s < starts->start + end; s++)
	{
		memset(s->item_users + starts->first * clusters, 0,
		       (size_t) ((starts->end - starts->first) * clusters) * sizeof(uint32_t));
		if (starts->first == 0)
			memset(s->users, 0, (size_t) clusters * sizeof(int64_t));
	}
}

/* Puts a slice of users into the clusters of their nearest centres. */
static void
count_users(void *argument, int64_t begin, int64_t end, int worker)
{
	Starts *starts = argument;
	const Histories *data = starts->w->data;

	(void) worker;
	for (Start *s = starts->start + begin; s < starts->start + end; s++)
	{
		for (int64_t u = starts->first; u < starts->end; u++)
		{
			s->distance[u] = (float) (s->to_centre[u] - s->w->length[u]);
			s->users[s->cluster[u]]++;
			for (int64_t p = data->start[u]; p < data->start[u + 1]; p++)
				s->item_users[data->item[p] * s->w->clusters + s->cluster[u]]++;
		}
	}
}

/* The centroids of the starts where users have moved, for a slice of items. */
static void
place_centroids(void *argument, int64_t begin, int64_t end, int worker)
{
	Starts *starts = argument;

	(void) worker;
	for (Start *s = starts->start + begin; s < starts->start + end; s++)
	{
		if (!s->ended && s->moved > 0)
			update_centroids(s, starts->first, starts->end);
	}
}

/* Does something of all starts, some interactions' users at a time. */
static void
over_users(Starts *starts, int64_t count, ParallelBody body)
{
	const Histories *data = starts->w->data;

	for (starts->first = 0; starts->first < data->users; starts->first = starts->end)
	{
		for (starts->end = starts->first + 1;
		     starts->end < data->users &&
		     data->start[starts->end] - data->start[starts->first] < SLICE_INTERACTIONS;)
			starts->end++;
		parallel_for(ANY_WORKERS, count, 1, body, starts);
	}
}

/* The same, some items at a time. */
static void
over_items(Starts *starts, int64_t count, ParallelBody body)
{
	int64_t items = starts->w->data->items;

	for (starts->first = 0; starts->first < items; starts->first = starts->end)
	{
		starts->end = starts->first + 1 + SLICE_COUNTS / starts->w->clusters;
		if (starts->end > items)
			starts->end = items;
		parallel_for(ANY_WORKERS, count, 1, body, starts);
	}
}

/* Fills the empty clusters of all starts, and moves their centroids. */
static void
end_round(Starts *starts, int64_t count)
{
	for (Start *s = starts->start; s < starts->start + count; s++)
	{
		if (!s->ended && s->moved > 0)
			fill_empty_clusters(s);
	}
	over_items(starts, count, place_centroids);
}

/* Runs starts first .. first + count - 1 of "all" to their ends. */
static void
run_starts(Starts *starts, int64_t first, int64_t count, int64_t all, int64_t rounds, uint64_t seed)
{
	const Work *w = starts->w;
	bool ended = false;

	for (int64_t n = 0; n < count; n++)
	{
		Start *s = &starts->start[n];

		random_open(&s->random, seed, RANDOM_KMEANS, (uint64_t) (first + n));
		s->centre = (int64_t) random_below(&s->random, (uint64_t) w->data->users);
		for (int64_t u = 0; u < w->data->users; u++)
			s->to_centre[u] = INT32_MAX;
		s->moved = w->data->users;
		s->rounds = 0;
		s->ended = false;
	}
	/* a centre touches all interactions at most */
	for (starts->first = 0; starts->first < w->clusters; starts->first = starts->end)
	{
		starts->end = starts->first + 1 + SLICE_COUNTS / w->data->interactions;
		if (starts->end > w->clusters)
			starts->end = w->clusters;
		host_progress("k-means: choosing centres", starts->first, w->clusters);
		parallel_for(ANY_WORKERS, count, 1, choose_centres, starts);
	}
	over_items(starts, count, clear_counts);
	over_users(starts, count, count_users);
	end_round(starts, count);
	for (int64_t r = 0; r < rounds && !ended; r++)
	{
		host_progress("k-means: rounds", first * rounds + r * count, all * rounds);
		parallel_for(ANY_WORKERS, count * starts->blocks, 1, assign_users, starts);
		over_users(starts, count, move_users);
		for (Start *s = starts->start; s < starts->start + count; s++)
			s->inertia_before = s->inertia;
		end_round(starts, count);
		ended = true;
		for (Start *s = starts->start; s < starts->start + count; s++)
		{
			s->rounds += !s->ended;
			s->ended = s->ended || s->inertia_before - s->inertia <= TOLERANCE * s->inertia_before;
			ended = ended && s->ended;
		}
	}
}

/* Makes a start's result the result, whose memory, if any, the start gets. */
static void
take_result(Start *s, Kmeans *result)
{
	Kmeans before = *result;

	result->cluster = s->cluster;
	result->users = s->users;
	result->item_users = s->item_users;
	result->inertia = s->inertia;
	result->rounds = s->rounds;
	s->cluster = before.cluster;
	s->users = before.users;
	s->item_users = before.item_users;
}

static void
allocate(Start *s, const Work *w)
{
	s->w = w;
	s->common = host_array(int32_t, w->data->users);
	s->to_centre = host_array(int32_t, w->data->users);
	s->cluster = host_array(uint32_t, w->data->users);
	s->nearest = host_array(uint32_t, w->data->users);
	s->distance = host_array(float, w->data->users);
	s->item_users = host_array(uint32_t, w->data->items * w->clusters);
	s->users = host_array(int64_t, w->clusters);
	s->gain = host_array_zero(float, w->data->items * w->padded);
	s->norm = host_array(float, w->padded);
	s->squares = host_array(double, w->clusters);
}

/* Gives back a start's memory; what the result took from it may be NULL. */
static void
release(Start *s)
{
	host_free(s->common);
	host_free(s->to_centre);
	host_free(s->nearest);
	host_free(s->distance);
	host_free(s->gain);
	host_free(s->norm);
	host_free(s->squares);
	if (s->cluster != NULL)
	{
		host_free(s->cluster);
		host_free(s->users);
		host_free(s->item_users);
	}
}

void
kmeans(const Histories *data, int64_t clusters, int64_t starts, int64_t rounds, uint64_t seed, Kmeans *result)
{
	Work w = {.data = data, .clusters = clusters};
	Start start[STARTS_TOGETHER];
	Starts task = {.w = &w, .start = start};
	int64_t together = starts < STARTS_TOGETHER ? starts : STARTS_TOGETHER;
	int64_t bytes;
	bool spare;

	if (data->interactions > INT32_MAX / 4)
		host_fail(HOST_TOO_LARGE, "too many interactions for k-means", NULL, NULL);
	w.padded = (clusters + LANES - 1) / LANES * LANES;
	task.block_users = BLOCK_ADDITIONS * data->users / (data->interactions * w.padded);
	task.block_users = task.block_users < 1             ? 1
	                   : task.block_users < BLOCK_USERS ? task.block_users
	                                                    : BLOCK_USERS;
	task.blocks = (data->users + task.block_users - 1) / task.block_users;
	bytes = data->items * (w.padded + clusters) * 4 + data->users * 20; /* of a start */
	if (together > TOGETHER_BYTES / bytes)
		together = TOGETHER_BYTES / bytes > 0 ? TOGETHER_BYTES / bytes : 1;
	spare = starts > together; /* the best so far, while others go on */
	host_reserve(together * bytes + data->items * (spare ? clusters * 4 + 8 : 8) + data->users * 8 +
	                 data->interactions * 4,
	             "k-means");
	histories_invert(data, &w.list_start, &w.list_user);
	w.length = host_array(int32_t, data->users);
	for (int64_t u = 0; u < data->users; u++)
		w.length[u] = (int32_t) histories_length(data, u);
	for (int64_t n = 0; n < together; n++)
		allocate(&start[n], &w);

	result->clusters = clusters;
	result->cluster = spare ? host_array(uint32_t, data->users) : NULL;
	result->users = spare ? host_array(int64_t, clusters) : NULL;
	result->item_users = spare ? host_array(uint32_t, data->items * clusters) : NULL;
	result->inertia = INFINITY;
	for (int64_t first = 0; first < starts; first += together)
	{
		int64_t count = starts - first < together ? starts - first : together;

		run_starts(&task, first, count, starts, rounds, seed);
		for (Start *s = start; s < start + count; s++)
		{
			if (s->inertia < result->inertia)
				take_result(s, result);
		}
	}
	for (int64_t n = 0; n < together; n++)
		release(&start[n]);
	host_free(w.list_start);
	host_free(w.list_user);
	host_free(w.length);
}
