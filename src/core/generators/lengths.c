/*
 * lengths.c
 *	  The common model of history lengths.
 */
#include "generators/lengths.h"

#include "host.h"
#include "math/sampling.h"

/* The first length of the tail that fewer than LENGTHS_MIN_USERS users share. */
static int64_t
top_code(const int64_t *users_with, int64_t longest)
{
	int64_t in_tail = 0;
	int64_t length = longest;

	for (; length > 1; length--)
	{
		in_tail += users_with[length];
		if (in_tail >= LENGTHS_MIN_USERS)
			break;
	}
	while (users_with[length] == 0)
		length++;
	return length;
}

/* How many users of a group have each length, up to *longest. */
static int64_t *
count_lengths(const Histories *data, const uint32_t *group, int64_t wanted, int64_t *longest)
{
	int64_t *users_with;

	*longest = 0;
	for (int64_t u = 0; u < data->users; u++)
	{
		if ((group == NULL || group[u] == wanted) && histories_length(data, u) > *longest)
			*longest = histories_length(data, u);
	}
	users_with = host_array_zero(int64_t, *longest + 1);
	for (int64_t u = 0; u < data->users; u++)
	{
		if (group == NULL || group[u] == wanted)
			users_with[histories_length(data, u)]++;
	}
	return users_with;
}

/* Histograms side by side, in the form of the sections. */
typedef struct Histograms
{
	int64_t groups; /* so far */
	int64_t count;  /* lengths so far */
	int64_t *start;
	uint32_t *length;
	int64_t *users;
} Histograms;

static void
add_histogram(Histograms *h, const int64_t *users_with, int64_t longest)
{
	int64_t sum = 0;

	h->start[h->groups++] = h->count;
	for (int64_t l = 1; l <= longest; l++)
	{
		if (users_with[l] == 0)
			continue;
		sum += users_with[l];
		h->length[h->count] = (uint32_t) l;
		h->users[h->count++] = sum;
	}
	h->start[h->groups] = h->count;
}

/* Views of the histograms, one per group. */
static Lengths *
lengths_view(const Histograms *h)
{
	Lengths *lengths = host_array(Lengths, h->groups);

	for (int64_t g = 0; g < h->groups; g++)
	{
		lengths[g].count = h->start[g + 1] - h->start[g];
		lengths[g].length = h->length + h->start[g];
		lengths[g].users = h->users + h->start[g];
		lengths[g].longest = h->length[h->start[g + 1] - 1];
	}
	return lengths;
}

static Lengths *
write_histograms(const Histograms *h, ModelWriter *writer)
{
	model_write(writer, "length_start", SECTION_INT64, h->start, h->groups + 1);
	model_write(writer, "length", SECTION_UINT32, h->length, h->count);
	model_write(writer, "length_users", SECTION_INT64, h->users, h->count);
	return lengths_view(h);
}

Lengths *
lengths_fit(const Histories *data, const uint32_t *group, int64_t groups, ModelWriter *writer)
{
	Histograms h = {0};

	h.start = host_array(int64_t, groups + 1);
	h.length = host_array(uint32_t, data->users);
	h.users = host_array(int64_t, data->users);
	for (int64_t g = 0; g < groups; g++)
	{
		int64_t longest;
		int64_t *users_with = count_lengths(data, group, g, &longest);
		int64_t top = top_code(users_with, longest);

		host_poll();
		for (int64_t l = top + 1; l <= longest; l++)
			users_with[top] += users_with[l];
		add_histogram(&h, users_with, top);
		host_free(users_with);
	}
	return write_histograms(&h, writer);
}

Lengths *
lengths_write(const int64_t *users_with, int64_t longest, ModelWriter *writer)
{
	Histograms h = {0};

	h.start = host_array(int64_t, 2);
	h.length = host_array(uint32_t, longest);
	h.users = host_array(int64_t, longest);
	add_histogram(&h, users_with, longest);
	return write_histograms(&h, writer);
}

/* Tells whether a histogram is one: lengths and sums ascend from above 0. */
static bool
is_histogram(const Lengths *lengths, int64_t items)
{
	if (lengths->count < 1 || lengths->length[0] < 1 || lengths->users[0] < 1)
		return false;
	for (int64_t i = 1; i < lengths->count; i++)
	{
		if (lengths->length[i] <= lengths->length[i - 1] || lengths->users[i] <= lengths->users[i - 1])
			return false;
	}
	return lengths->length[lengths->count - 1] <= items;
}

Lengths *
lengths_open(const Model *model, int64_t groups, int64_t *longest)
{
	int64_t starts, count, users_count;
	const int64_t *start = model_section(model, "length_start", SECTION_INT64, &starts);
	const uint32_t *length = model_section(model, "length", SECTION_UINT32, &count);
	const int64_t *users = model_section(model, "length_users", SECTION_INT64, &users_count);
	Lengths *lengths;

	if (starts != groups + 1 || start[0] != 0 || start[groups] != count || users_count != count)
		value_malformed("model", "Its history lengths do not fit together.");
	lengths = host_array(Lengths, groups);
	*longest = 0;
	for (int64_t g = 0; g < groups; g++)
	{
		if (start[g] < 0 || start[g] >= start[g + 1] || start[g + 1] > count)
			value_malformed("model", "Its history lengths do not fit together.");
		lengths[g].count = start[g + 1] - start[g];
		lengths[g].length = length + start[g];
		lengths[g].users = users + start[g];
		if (!is_histogram(&lengths[g], model->header->items))
			value_malformed("model", "Its history lengths are not a histogram.");
		lengths[g].longest = lengths[g].length[lengths[g].count - 1];
		if (lengths[g].longest > *longest)
			*longest = lengths[g].longest;
	}
	return lengths;
}

int64_t
lengths_draw(const Lengths *lengths, Random *random)
{
	int64_t user = (int64_t) random_below(random, (uint64_t) lengths->users[lengths->count - 1]);

	return lengths->length[find_in_sums(lengths->users, 0, lengths->count - 1, user)];
}
