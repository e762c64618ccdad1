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

/*
 * Noble et al. (EvalRS 2023) compare four kinds, three of them in four settings
 * that they do not name.
 */
const char *const reference_recommenders[REFERENCE_RECOMMENDERS] = {
	"top_popular()",
	"item_knn(neighbors => 20, shrinkage => 0)",
	"item_knn(neighbors => 50, shrinkage => 10)",
	"item_knn(neighbors => 100, shrinkage => 100)",
	"item_knn(neighbors => 300, shrinkage => 500)",
	"svd(factors => 8)",
	"svd(factors => 16)",
	"svd(factors => 32)",
	"svd(factors => 64)",
	"ease(lambda => 10)",
	"ease(lambda => 50)",
	"ease(lambda => 250)",
	"ease(lambda => 1000)",
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
