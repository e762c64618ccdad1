/*
 * log_weights.c
 *	  Draws without replacement from weights known by their logarithms.
 *
 * A draw looks for a point of the sum of all weights: first which block of
 * vectors it falls into, then which vector of that, then which weight.
 * Removing an index adds up its vector and its block anew, so nothing is left
 * over by subtraction.
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
	weights->blocks = lanes_padded(weights->padded / LANES) / LANES;
	weights->sum = host_array_zero(float, weights->blocks *LANES);
	weights->block = host_array(float, weights->blocks);
	return weights;
}

int64_t
log_weights_bytes(int64_t count)
{
	return lanes_padded(count) * 8 + lanes_padded(lanes_padded(count) / LANES) * 4;
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
		weights->weight[i] = 0;
	lanes_load(&x, weights->weight + weights->padded - LANES);
	weights->sum[weights->padded / LANES - 1] = lanes_sum(&x);
	for (int64_t b = 0; b < weights->blocks; b++)
	{
		lanes_load(&x, weights->sum + b * LANES);
		weights->block[b] = lanes_sum(&x);
	}
}

void
log_weights_remove(LogWeights *weights, uint32_t index)
{
	int64_t vector = index / LANES, block = vector / LANES;
	Lanes x;

	weights->weight[index] = 0;
	lanes_load(&x, weights->weight + vector * LANES);
	weights->sum[vector] = lanes_sum(&x);
	lanes_load(&x, weights->sum + block * LANES);
	weights->block[block] = lanes_sum(&x);
}

/*
 * Finds which number the point *at of their sum falls into, and makes it a point
 * of that number.  Where rounding leads past the end, the last one that is not 0
 * is meant.
 */
static int64_t
find(const float *number, int64_t count, double *at)
{
	int64_t found = 0;

	for (int64_t i = 0; i < count && *at >= 0; i++)
	{
		if (number[i] == 0)
			continue;
		found = i;
		*at -= number[i];
	}
	*at += number[found];
	return found;
}

uint32_t
log_weights_draw(LogWeights *weights, Random *random)
{
	int64_t index;
	double total = 0, at;

	for (int64_t b = 0; b < weights->blocks; b++)
		total += weights->block[b];
	at = random_uniform(random) * total;
	index = find(weights->block, weights->blocks, &at);
	index = index * LANES + find(weights->sum + index * LANES, LANES, &at);
	index = index * LANES + find(weights->weight + index * LANES, LANES, &at);
	log_weights_remove(weights, (uint32_t) index);
	return (uint32_t) index;
}
