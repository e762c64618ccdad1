/*
 * log_weights.c
 *	  Draws without replacement from weights known by their logarithms.
 *
 * A draw looks for a point of the sum of all weights: first which vector of
 * weights it falls into, then where in it.  Removing an index adds up its
 * vector anew, so nothing is left over by subtraction.
 */
#include "math/log_weights.h"

#include "host.h"
#include "math/lanes.h"
#include "math/vectors.h"

LogWeights *
log_weights_new(int64_t count)
{
	LogWeights *weights = host_alloc(sizeof(LogWeights));

	weights->count = count;
	weights->padded = lanes_padded(count);
	weights->log_weight = host_array(float, weights->padded);
	weights->weight = host_array(float, weights->padded);
	weights->sum = host_array(float, weights->padded / LANES);
	return weights;
}

int64_t
log_weights_bytes(int64_t count)
{
	return count * 8 + count / LANES * 4;
}

WIDE_VECTORS void
log_weights_begin(LogWeights *weights)
{
	float of_lanes[LANES], greatest;
	Lanes x, most;

	for (int64_t i = weights->count; i < weights->padded; i++)
		weights->log_weight[i] = weights->log_weight[0];
	/* lane by lane, since GCC makes no vectors of a maximum */
	lanes_load(&most, weights->log_weight);
	for (int64_t i = LANES; i < weights->padded; i += LANES)
	{
		LaneBits above;

		lanes_load(&x, weights->log_weight + i);
		above = x > most;
		most = (Lanes) (((LaneBits) x & above) | ((LaneBits) most & ~above));
	}
	lanes_store(of_lanes, &most);
	greatest = of_lanes[0];
	for (int l = 1; l < LANES; l++)
		greatest = of_lanes[l] > greatest ? of_lanes[l] : greatest;
	for (int64_t i = 0; i < weights->padded; i += LANES)
	{
		lanes_load(&x, weights->log_weight + i);
		x -= greatest;
		lanes_exp(&x);
		lanes_store(weights->weight + i, &x);
		weights->sum[i / LANES] = lanes_sum(&x);
	}
	for (int64_t i = weights->count; i < weights->padded; i++)
		log_weights_remove(weights, (uint32_t) i);
}

void
log_weights_remove(LogWeights *weights, uint32_t index)
{
	Lanes x;

	weights->weight[index] = 0;
	lanes_load(&x, weights->weight + index / LANES * LANES);
	weights->sum[index / LANES] = lanes_sum(&x);
}

uint32_t
log_weights_draw(LogWeights *weights, Random *random)
{
	int64_t vectors = weights->padded / LANES;
	int64_t vector = -1;
	uint32_t index = 0;
	double total = 0, at;

	for (int64_t v = 0; v < vectors; v++)
		total += weights->sum[v];
	at = random_uniform(random) * total;
	/* where rounding leads past the end, the last one that has a weight is meant */
	for (int64_t v = 0; v < vectors && at >= 0; v++)
	{
		if (weights->sum[v] == 0)
			continue;
		vector = v;
		at -= weights->sum[v];
	}
	at += weights->sum[vector];
	for (int64_t i = vector * LANES; i < (vector + 1) * LANES && at >= 0; i++)
	{
		if (weights->weight[i] == 0)
			continue;
		index = (uint32_t) i;
		at -= weights->weight[i];
	}
	log_weights_remove(weights, index);
	return index;
}
