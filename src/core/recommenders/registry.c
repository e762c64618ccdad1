/*
 * registry.c
 *	  All recommenders there are, and what they share.
 */
#include "host.h"
#include "recommenders/recommender.h"

#include <string.h>

extern const Recommender top_popular_recommender;
extern const Recommender item_knn_recommender;
extern const Recommender svd_recommender;
extern const Recommender ease_recommender;

const Recommender *const recommenders[] = {
	&top_popular_recommender, &item_knn_recommender, &svd_recommender, &ease_recommender, NULL,
};

const Recommender *
recommender_find(const char *method)
{
	for (int i = 0; recommenders[i] != NULL; i++)
	{
		if (strcmp(recommenders[i]->method, method) == 0)
			return recommenders[i];
	}
	return NULL;
}

char *
recommender_name(const RecommenderChoice *choice)
{
	const OptionSpec *spec = choice->options.spec;
	char *name = host_format("%s(", choice->recommender->method);

	for (int i = 0; spec[i].name != NULL; i++)
		name =
			host_format("%s%s%s => %.10g", name, i == 0 ? "" : ", ", spec[i].name, choice->options.value[i]);
	return host_format("%s)", name);
}

void
training_begin(const Histories *data, Training *training)
{
	training->data = data;
	training->count = histories_item_counts(data);
	histories_invert(data, &training->start, &training->user);
}

void
training_end(Training *training)
{
	host_free(training->count);
	host_free(training->start);
	host_free(training->user);
}
