/*
 * lengths.c
 *	  The common model of history lengths.
 */
#include "generators/lengths.h"

#include "host.h"

#include <string.h>

/* The first length of the tail that fewer than LENGTHS_MIN_USERS users share. */
static int64_t
top_code(const int64_t *users_with, int64_t longest)
{
	int64_t		in_tail = 0;
	int64_t		length = longest;

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

void
lengths_fit(const Histories *data, ModelWriter *writer)
{
	int64_t		longest = 0,
				top,
				count = 0,
				sum = 0;
	int64_t    *users_with,
			   *users;
	uint32_t   *length;

	for (int64_t u = 0; u < data->users; u++)
	{
		if (histories_length(data, u) > longest)
			longest = histories_length(data, u);
	}
	users_with = host_array_zero(int64_t, longest + 1);
	for (int64_t u = 0; u < data->users; u++)
		users_with[histories_length(data, u)]++;
	top = top_code(users_with, longest);
	for (int64_t l = top + 1; l <= longest; l++)
		users_with[top] += users_with[l];

	length = host_array(uint32_t, top);
	users = host_array(int64_t, top);
	for (int64_t l = 1; l <= top; l++)
	{
		if (users_with[l] == 0)
			continue;
		sum += users_with[l];
		length[count] = (uint32_t) l;
		users[count++] = sum;
	}
	model_write(writer, "length", SECTION_UINT32, length, count);
	model_write(writer, "length_users", SECTION_INT64, users, count);
}

void
lengths_open(const Model *model, Lengths *lengths)
{
	int64_t		count;
	bool		sane;

	lengths->length = model_section(model, "length", SECTION_UINT32, &lengths->count);
	lengths->users = model_section(model, "length_users", SECTION_INT64, &count);
	sane = count == lengths->count && count > 0 && lengths->length[0] > 0 && lengths->users[0] > 0;
	for (int64_t i = 1; sane && i < count; i++)
		sane = lengths->length[i] > lengths->length[i - 1] && lengths->users[i] > lengths->users[i - 1];
	if (!sane || lengths->length[count - 1] > model->header->items)
		value_malformed("model", "Its history lengths are not a histogram.");
	lengths->longest = lengths->length[count - 1];
}

int64_t
lengths_draw(const Lengths *lengths, Random *random)
{
	int64_t		user = (int64_t) random_below(random, (uint64_t) lengths->users[lengths->count - 1]);
	int64_t		low = 0,
				high = lengths->count - 1;

	while (low < high)
	{
		int64_t		middle = (low + high) / 2;

		if (lengths->users[middle] > user)
			high = middle;
		else
			low = middle + 1;
	}
	return lengths->length[low];
}
