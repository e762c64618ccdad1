/*
 * trained.h
 *	  What a model keeps of a training: weights and curves.
 */
#ifndef SYNREC_TRAINED_H
#define SYNREC_TRAINED_H

#include "generators/model.h"
#include "nn/train.h"

/* Adds a section of floats: the parameters whose offsets are first .. last - 1. */
extern void trained_write_weights(const Parameters *parameters, int64_t first, int64_t last, const char *name,
                                  ModelWriter *writer);

/*
 * Allocates the parameters, which are laid out as those that were written
 * were, and fills them in.  Leaves by HOST_INVALID_VALUE when the section has
 * another size or a number that is not finite.
 */
extern void trained_read_weights(const Model *model, const char *name, Parameters *parameters);

/* Bytes of that section. */
extern int64_t trained_bytes(int64_t parameters);

/*
 * Adds the sections NAME_epochs and NAME_curve: how long a training took, and
 * the mean loss of each objective.  Where there were many epochs, points of the
 * curve are means of some.  name has at most 16 characters.
 */
extern void
trained_write_curves(const TrainingResult *result, int objectives, const char *name, ModelWriter *writer);

/* The members "NAME": {"epochs": ..., "restarts": ..., "OBJECTIVE": [...], ...} for describe(). */
extern char *
trained_curves_json(const Model *model, const char *name, const char *const *objective, int objectives);

#endif
