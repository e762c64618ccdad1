/*
 * private_cooccurrence.h
 *	  The private form of co-occurrence, as tests of it need it.
 */
#ifndef SYNREC_PRIVATE_COOCCURRENCE_H
#define SYNREC_PRIVATE_COOCCURRENCE_H

#include "generators/generator.h"
#include "generators/private_counts.h"

/*
 * Fits with settings that options cannot have, such as less noise than is
 * claimed.  Of options it reads those that say how the counts are used.
 */
extern void private_fit_with(const Histories *data, const PrivateSettings *settings, const Options *options,
                             ModelWriter *writer);

#endif
