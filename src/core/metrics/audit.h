/*
 * audit.h
 *	  Audits with a holdout: do synthetic users lie nearer to the users that a
 *	  generator was fitted to than to others of the same population?
 *
 * The distances of membership.h compare original users with each other; a good
 * generator scores there because it is like the population.  Here the holdout,
 * which the generator has never seen, takes that part out: whatever tells
 * members from outsiders must have been remembered.
 *
 * All distances are the weighted Hamming distances of comparison.h with the
 * weights of all real users, members and outsiders together: if members alone
 * decided them, their rare items would weigh less than those of outsiders.
 */
#ifndef SYNREC_AUDIT_H
#define SYNREC_AUDIT_H

#include "data/histories.h"

/*
 * Membership inference by distance: an attacker guesses that those nearest to a
 * synthetic user are members.
 */
typedef struct MembershipAudit
{
	int64_t members;
	int64_t outsiders;
	double auc;               /* area under the ROC curve; ties count one half; 0.5 is a blind guess */
	double auc_low, auc_high; /* 95 % interval (DeLong et al. 1988) */
	double advantage;         /* greatest TPR - FPR over all thresholds */
} MembershipAudit;

/*
 * score (allocated, members + outsiders numbers): minus the squared distance to
 * the nearest synthetic user in units of weight, members first.
 */
extern void audit_membership(const Histories *members, const Histories *outsiders, const Histories *synthetic,
                             MembershipAudit *audit, double **score);

/*
 * The same from any scores: members' first, then outsiders'; greater ones say
 * "member".
 */
extern void audit_roc(const double *score, int64_t members, int64_t outsiders, MembershipAudit *audit);

/*
 * Share of members above the threshold that lets a share of "rate" outsiders
 * pass.  Members that tie with the threshold count with the share of tied
 * outsiders that may pass.  NaN when there are fewer than 10 / rate outsiders.
 */
extern double audit_true_positives(const MembershipAudit *audit, const double *score, double rate);

/*
 * Distance to the closest record, per synthetic user, to the two sets of real
 * users, and what is said of them.
 */
typedef struct ClosestRecords
{
	int64_t synthetic;
	double *distance[2]; /* to the nearest member, to the nearest outsider; ascending */
	double *ratio[2];    /* nearest to second nearest distance; 1 when both are 0; ascending */
	double identical[2]; /* share of synthetic users equal to one */
	double closer[2];    /* share of synthetic users that are nearer to members, or to outsiders; */
	double tied;         /* the rest are as near to both */
} ClosestRecords;

/*
 * The larger of the two real sets is sampled down to the size of the other:
 * among more users there are nearer ones.
 */
extern void audit_closest(const Histories *members, const Histories *outsiders, const Histories *synthetic,
                          uint64_t seed, ClosestRecords *closest);

#endif
