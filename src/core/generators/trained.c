/*
 * trained.c
 *	  What a model keeps of a training: weights and curves.
 */
#include "generators/trained.h"

#include "host.h"

#include <math.h>
#include <string.h>

/* Points of a curve at most. */
#define MOST_POINTS 100

void
trained_write_weights(const Parameters *parameters, int64_t first, int64_t last, const char *name,
                      ModelWriter *writer)
{
	float *copy = host_array(float, last - first);

	for (int64_t i = first; i < last; i++)
		copy[i - first] = (float) parameters->block[i];
	model_write(writer, name, SECTION_FLOAT32, copy, last - first);
}

void
trained_read_weights(const Model *model, const char *name, Parameters *parameters)
{
	int64_t count;
	const float *weight = model_section(model, name, SECTION_FLOAT32, &count);

	if (count != parameters->size)
		value_malformed("model", "Its weights do not fit together.");
	parameters_allocate(parameters);
	for (int64_t i = 0; i < count; i++)
	{
		if (!isfinite(weight[i]))
			value_malformed("model", "Its weights are not all finite.");
		parameters->block[i] = weight[i];
	}
}

int64_t
trained_bytes(int64_t parameters)
{
	return parameters * (int64_t) sizeof(float);
}

void
trained_write_curves(const TrainingResult *result, int objectives, const char *name, ModelWriter *writer)
{
	int64_t points = result->epochs < MOST_POINTS ? result->epochs : MOST_POINTS;
	int64_t *numbers = host_array(int64_t, 2);
	float *curve = host_array(float, points *objectives);

	numbers[0] = result->epochs;
	numbers[1] = result->restarts;
	for (int64_t p = 0; p < points; p++)
	{
		int64_t begin = p * result->epochs / points, end = (p + 1) * result->epochs / points;

		for (int o = 0; o < objectives; o++)
		{
			double sum = 0;

			for (int64_t e = begin; e < end; e++)
				sum += result->curve[e * (objectives + 1) + o];
			curve[p * objectives + o] = (float) (sum / (double) (end - begin));
		}
	}
	model_write(writer, host_format("%s_epochs", name), SECTION_INT64, numbers, 2);
	model_write(writer, host_format("%s_curve", name), SECTION_FLOAT32, curve, points * objectives);
}

/* One objective's points as a JSON array. */
static char *
points_json(const float *curve, int64_t points, int objectives, int o)
{
	float *column = host_array(float, 2 * points);

	for (int64_t p = 0; p < points; p++)
		column[2 * p] = curve[p * objectives + o];
	return train_curve_json(column, points, 1, 0);
}

char *
trained_curves_json(const Model *model, const char *name, const char *const *objective, int objectives)
{
	int64_t numbers, count;
	const int64_t *epochs = model_section(model, host_format("%s_epochs", name), SECTION_INT64, &numbers);
	const float *curve = model_section(model, host_format("%s_curve", name), SECTION_FLOAT32, &count);
	char *text;

	if (numbers != 2 || count % objectives != 0)
		value_malformed("model", "Its curves do not fit together.");
	text = host_format("\"%s\": {\"epochs\": %lld, \"restarts\": %lld", name, (long long) epochs[0],
	                   (long long) epochs[1]);
	for (int o = 0; o < objectives; o++)
		text = host_format("%s, \"%s\": %s", text, objective[o],
		                   points_json(curve, count / objectives, objectives, o));
	return host_format("%s}", text);
}
