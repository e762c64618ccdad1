/*
 * lda.h
 *	  Latent Dirichlet allocation: users as mixtures of topics, topics as
 *	  distributions over items.
 *
 * Blei, Ng and Jordan (JMLR 2003), by batch variational Bayes as in Hoffman,
 * Blei and Bach, "Online learning for latent Dirichlet allocation" (NIPS 2010),
 * algorithm 1: a pass finds every user's proportions given the topics, then the
 * topics given the proportions.
 */
#ifndef SYNREC_LDA_H
#define SYNREC_LDA_H

#include <stdint.h>

/* Histories as the functions below take them: some users, any catalogue. */
typedef struct LdaUsers
{
	int64_t users;
	int64_t items;        /* in the catalogue */
	const int64_t *start; /* users + 1 offsets into item */
	const uint32_t *item; /* each once per user */
} LdaUsers;

typedef struct LdaLimits
{
	int64_t topics; /* at least 1 */
	int64_t passes; /* over all users; at least 1 */
	int64_t rounds; /* for a user's proportions in a pass, at most; at least 1 */
	double alpha;   /* > 0: prior weight of each topic in a user */
	double eta;     /* > 0: prior weight of each item in a topic */
} LdaLimits;

typedef struct Lda
{
	int64_t items;
	int64_t topics;
	int64_t padded; /* topics, rounded up to whole vectors */
	int64_t rounds;
	float alpha;
	float *count;  /* items x padded: users who have the item by the topic, in expectation */
	float *weight; /* items x padded: e^(E ln P(item | topic)); 0 in the padding */
} Lda;

/* Memory of lda_fit(): compare it with the host's limit before calling. */
extern int64_t lda_bytes(const LdaUsers *users, int64_t topics);

/*
 * Fits topics to at least one user, from a random start.  Results depend on
 * the users, the limits and the seed only.  A user's rounds end when her
 * unnormalised proportions move by less than 1e-3 on average.  Work: passes x
 * rounds x interactions x topics x 4 flops.
 */
extern void lda_fit(const LdaUsers *users, const LdaLimits *limits, uint64_t seed, Lda *lda);

/*
 * Sets share (users x topics) to the expected proportions of topics in each
 * user; a user without items gets equal ones.
 */
extern void lda_proportions(const Lda *lda, const LdaUsers *users, double *share);

#endif
