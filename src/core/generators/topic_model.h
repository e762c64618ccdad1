/*
 * topic_model.h
 *	  Topics of items and the mixture of users over them: what the generators
 *	  topics and topic_pairs share.
 *
 * Latent Dirichlet allocation gives each user proportions of topics.  A
 * Gaussian mixture over their logarithms keeps how topics go together, which
 * one Dirichlet distribution could not; then the proportions are forgotten.
 */
#ifndef SYNREC_TOPIC_MODEL_H
#define SYNREC_TOPIC_MODEL_H

#include "data/options.h"
#include "generators/model.h"
#include "math/lda.h"
#include "math/log_weights.h"
#include "math/mixture.h"

#include <math.h>

/* Options of both generators, for the beginning of their tables. */
#define TOPIC_MODEL_OPTIONS(sharpen)                                                                    \
	{"k", OPTION_INTEGER, 100, 1, 500, NULL}, {"components", OPTION_INTEGER, 10, 1, 1000, NULL},        \
		{"sharpen", OPTION_NUMBER, sharpen, 0, 5, NULL},                                                \
		{"min_item_users", OPTION_NUMBER, 5, 0, 1000000, NULL},                                         \
		{"min_component_size", OPTION_INTEGER, 50, 1, 1000000000, NULL},                                \
		{"alpha", OPTION_NUMBER, 0.02, 1e-6, 100, NULL}, {"eta", OPTION_NUMBER, 0.01, 1e-6, 100, NULL}, \
		{"passes", OPTION_INTEGER, 25, 1, 10000, NULL}, {"rounds", OPTION_INTEGER, 30, 1, 10000, NULL}, \
		{"steps", OPTION_INTEGER, 60, 1, 10000, NULL}, {"ridge", OPTION_NUMBER, 0.05, 1e-6, 100, NULL}, \
	{                                                                                                   \
		"holdout", OPTION_NUMBER, 0.05, 0, 0.9, NULL                                                    \
	}

/* A view of a model's sections, and what is made of them once.  Shared by threads. */
typedef struct TopicModel
{
	int64_t topics;
	int64_t items;
	int64_t padded;           /* items, rounded up to whole vectors */
	const float *topic_item;  /* topics x padded: P(item | topic); 0 in the padding */
	const double *share;      /* topics: of all interactions */
	const double *popularity; /* items: P(item) */
	const float *correction;  /* items: added to the logarithms of their weights; NULL for zeros */
	float *offset;            /* padded: (1 - sharpen) x ln P(item) + correction */
	float sharpen;
	Mixture mixture;
} TopicModel;

/* What reading a model of either tells. */
#define TOPIC_MODEL_DISCLOSES                                                                                         \
	"Per topic its share and the probability of each item (where that stands for fewer than min_item_users users, "   \
	"only sums per topic and per item are kept), the share of each item, means and covariances of the logarithms of " \
	"proportions of topics in components that stand for at least min_component_size users, and how many users have "  \
	"histories of each length (the tail shared by fewer than 5 users is cut). No user's proportions."

/* What fitting leaves to a generator that goes on with the same users. */
typedef struct TopicFit
{
	LdaUsers users;    /* all but those held out */
	double *log_share; /* users x topics: logarithms of their proportions */
	TopicModel model;  /* without sharpening */
} TopicFit;

/*
 * Fits topics and mixture and adds their sections.  There are fewer topics
 * than asked for when there are fewer items, or fewer than 10 users per topic.
 */
extern void topic_model_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer,
                            TopicFit *fit);

/* Options of generating, for the beginning of both tables. */
#define TOPIC_MODEL_SAMPLING                      \
	{                                             \
		"sharpen", OPTION_NUMBER, NAN, 0, 5, NULL \
	}

/* Sets how far items are from their popularity; takes over model->correction. */
extern void topic_model_sharpen(TopicModel *model, double factor);

/* Applies the options of TOPIC_MODEL_SAMPLING. */
extern void topic_model_tune(TopicModel *model, const Options *options);

/* Leaves by HOST_INVALID_VALUE when the sections do not fit together. */
extern void topic_model_open(const Model *model, TopicModel *topics);

/* Draws proportions of topics; "row" has room for as many numbers. */
extern void topic_model_draw_user(const TopicModel *model, Random *random, double *row, float *share);

/*
 * Sets log_weight (padded) to sharpen x ln P(item | share) + offset: the items'
 * weights for a user of these proportions, up to a factor.
 */
extern void topic_model_weigh(const TopicModel *model, const float *share, float *log_weight);

/* Members of describe(), without braces. */
extern char *topic_model_details(const Model *model);

#endif
