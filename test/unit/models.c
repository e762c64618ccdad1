/*
 * models.c
 *	  Models of small data, what they generate, and damaged ones.
 */
#include "models.h"

#include <string.h>

void
fit_model(const char *method, const double *values, const Histories *data, int64_t seed, Model *model)
{
	const Generator *generator = generator_find(method);
	Options options = {generator->options, values};
	int64_t bytes;
	void *value = generator_fit(generator, data, &options, "{}", seed, "1.0", &bytes);

	model_open(value, bytes, model);
	assert_string_equal(model->header->method, method);
}

double *
option_values(const char *method, ...)
{
	const OptionSpec *spec = generator_find(method)->options;
	int count = 0;
	double *value;
	va_list changes;

	while (spec[count].name != NULL)
		count++;
	value = host_array(double, count);
	for (int o = 0; o < count; o++)
		value[o] = spec[o].fallback;
	va_start(changes, method);
	for (const char *name = va_arg(changes, const char *); name != NULL; name = va_arg(changes, const char *))
	{
		int o = 0;

		while (spec[o].name != NULL && strcmp(spec[o].name, name) != 0)
			o++;
		assert_non_null(spec[o].name);
		value[o] = va_arg(changes, double);
	}
	va_end(changes);
	return value;
}

Users
generated(const Model *model, uint64_t seed, int64_t first, int64_t count)
{
	Generation *generation = generation_begin(model, seed, first, count);
	Users users = {first, count, host_array_zero(int64_t, count + 1), NULL, NULL, NULL};
	const uint32_t *item;
	int64_t user, length, room = 1024, n = 0;

	users.item = host_array(uint32_t, room);
	if (generation_want_ratings(generation))
		users.rating = host_array(double, room);
	if (generation_want_times(generation) != TIMES_NONE)
		users.time = host_array(int64_t, room);
	while (generation_next(generation, &user, &item, &length))
	{
		assert_true(n < count);
		assert_int_equal(user, first + n);
		assert_true(length >= 1);
		users.start[n + 1] = users.start[n] + length;
		if (users.start[n + 1] > room)
		{
			room = 2 * users.start[n + 1];
			users.item = host_array_resize(uint32_t, users.item, room);
			if (users.rating != NULL)
				users.rating = host_array_resize(double, users.rating, room);
			if (users.time != NULL)
				users.time = host_array_resize(int64_t, users.time, room);
		}
		memcpy(users.item + users.start[n], item, (size_t) length * sizeof(uint32_t));
		if (users.rating != NULL)
			memcpy(users.rating + users.start[n], generation_ratings(generation),
			       (size_t) length * sizeof(double));
		if (users.time != NULL)
			memcpy(users.time + users.start[n], generation_times(generation),
			       (size_t) length * sizeof(int64_t));
		n++;
	}
	assert_int_equal(n, count);
	assert_false(generation_next(generation, &user, &item, &length));
	return users;
}

void
assert_same_users(const Users *a, const Users *b)
{
	assert_int_equal(a->count, b->count);
	assert_memory_equal(a->start, b->start, (size_t) (a->count + 1) * sizeof(int64_t));
	assert_memory_equal(a->item, b->item, (size_t) a->start[a->count] * sizeof(uint32_t));
}

void
assert_sets(const Users *users, int64_t items)
{
	for (int64_t n = 0; n < users->count; n++)
	{
		char *seen = host_alloc_zero((size_t) items);

		for (int64_t p = users->start[n]; p < users->start[n + 1]; p++)
		{
			assert_true(users->item[p] < items);
			assert_false(seen[users->item[p]]++);
		}
		host_free(seen);
	}
}

void
assert_slices(const Model *model, uint64_t seed)
{
	enum
	{
		ALL = 2000
	};
	Users all = generated(model, seed, 1, ALL);
	Random random;

	assert_sets(&all, model->header->items);
	case_random(&random, seed);
	for (int round = 0; round < 40; round++)
	{
		int64_t first = case_between(&random, 1, ALL);
		int64_t count = case_between(&random, 0, ALL + 1 - first);
		Users slice;

		host_test_set_threads(1 + round % 4);
		if (round % 3 == 0 && count > 70)
			count = 70;
		host_test_disturb(round % 5 == 0);
		slice = generated(model, seed, first, count);
		for (int64_t n = 0; n < count; n++)
		{
			int64_t there = first - 1 + n;

			assert_int_equal(slice.start[n + 1] - slice.start[n], all.start[there + 1] - all.start[there]);
		}
		assert_memory_equal(slice.item, all.item + all.start[first - 1],
		                    (size_t) slice.start[count] * sizeof(uint32_t));
		if (all.rating != NULL)
			assert_memory_equal(slice.rating, all.rating + all.start[first - 1],
			                    (size_t) slice.start[count] * sizeof(double));
		if (all.time != NULL)
			assert_memory_equal(slice.time, all.time + all.start[first - 1],
			                    (size_t) slice.start[count] * sizeof(int64_t));
	}
	host_test_disturb(false);
	host_test_set_threads(1);
}

static bool
is_key_section(const char *name)
{
	return strcmp(name, "item_keys") == 0 || strcmp(name, "item_starts") == 0 ||
	       strcmp(name, "item_bytes") == 0;
}

void
model_with(const Model *model, const char *section, const void *data, int64_t count, Model *other)
{
	ModelWriter *writer = host_alloc_zero(sizeof(ModelWriter));
	int64_t bytes;
	void *value;
	bool found = false;

	writer->header = *model->header;
	writer->item_keys = model->item_keys;
	for (int64_t i = 0; i < model->header->sections; i++)
	{
		const ModelSection *entry = &model->section[i];
		bool replaced = strcmp(entry->name, section) == 0;

		if (is_key_section(entry->name))
			continue;
		found = found || replaced;
		model_write(writer, entry->name, (SectionType) entry->type,
		            replaced ? data : (const char *) model->header + entry->offset,
		            replaced ? count : entry->count);
	}
	assert_true(found);
	value = model_finish(writer, &bytes);
	model_open(value, bytes, other);
}

int
outcome_with(const Model *model, const char *section, const void *data, int64_t count)
{
	Model other;
	volatile int outcome;

	model_with(model, section, data, count, &other);
	CATCH(outcome, generated(&other, 1, 1, 100));
	return outcome;
}

int
outcome_with_element(const Model *model, const char *section, int64_t index, int64_t number)
{
	for (int64_t i = 0; i < model->header->sections; i++)
	{
		const ModelSection *entry = &model->section[i];
		int64_t width = entry->type == SECTION_UINT32 || entry->type == SECTION_FLOAT32 ? 4 : 8;
		char *copy;

		if (strcmp(entry->name, section) != 0)
			continue;
		assert_true(index < entry->count);
		copy = exact_copy((const char *) model->header + entry->offset, entry->count * width);
		memcpy(copy + index * width, &number, (size_t) width);
		return outcome_with(model, section, copy, entry->count);
	}
	fail_msg("no section %s", section);
	return 0;
}

void
assert_refused_with(const Model *model, const char *section, int64_t index, int64_t number)
{
	int outcome = outcome_with_element(model, section, index, number);

	if (outcome != HOST_INVALID_VALUE)
		fail_msg("%s[%lld] = %lld gave %d", section, (long long) index, (long long) number, outcome);
}

double
popularity_error(const Histories *data, const Model *model)
{
	int64_t *original = histories_item_counts(data);
	double *synthetic = host_array_zero(double, data->items);
	Users users = generated(model, 6, 1, 20000);
	double sum = 0;

	for (int64_t p = 0; p < users.start[users.count]; p++)
		synthetic[users.item[p]] += 1.0 / (double) users.start[users.count];
	for (int64_t i = 0; i < data->items; i++)
		sum += fabs(synthetic[i] - (double) original[i] / (double) data->interactions);
	return sum;
}
