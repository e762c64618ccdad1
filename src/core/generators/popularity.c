/*
 * popularity.c
 *	  How many users have each item.
 */
#include "generators/popularity.h"

#include "host.h"

void
popularity_fit(const Histories *data, ModelWriter *writer)
{
	model_write(writer, "item_users", SECTION_INT64, histories_item_counts(data), data->items);
}

AliasTable *
popularity_open(const Model *model)
{
	int64_t count;
	const int64_t *users = model_section(model, "item_users", SECTION_INT64, &count);
	double *weight;
	AliasTable *table;

	if (count != model->header->items)
		value_malformed("model", "It does not have one count per item.");
	weight = host_array(double, count);
	for (int64_t i = 0; i < count; i++)
	{
		if (users[i] < 1)
			value_malformed("model", "An item has no users.");
		weight[i] = (double) users[i];
	}
	table = alias_new(weight, count);
	host_free(weight);
	return table;
}
