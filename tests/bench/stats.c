/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From samples to figures. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

static int
compare(const void *left, const void *right)
{
	double a, b;

	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	return (a > b) - (a < b);
}

static void
sort(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
}

/* Of samples in the order they were taken: sorts those of one round. */
static double
round_median(struct samples *samples, unsigned round, unsigned rounds)
{
	size_t count = samples->count / rounds;
	double *first = samples->ns + round * count;

	sort(first, count);
	return first[count / 2];
}

static void
ratio_by_round(struct samples *vfiod, struct samples *floor, unsigned rounds, struct result *result)
{
	double *ratio = calloc(rounds, sizeof(*ratio));

	if (!ratio)
		return;
	for (unsigned i = 0; i < rounds; i++)
		ratio[i] = round_median(vfiod, i, rounds) / round_median(floor, i, rounds);
	sort(ratio, rounds);
	result->low = ratio[rounds / 4];
	result->high = ratio[rounds * 3 / 4];
	free(ratio);
}

/* Sorts the samples. */
static struct figures
figures_of(struct samples *samples)
{
	struct figures figures = {.count = samples->count};
	double sum = 0;

	if (!samples->count)
		return figures;
	sort(samples->ns, samples->count);
	for (size_t i = 0; i < samples->count; i++)
		sum += samples->ns[i];
	figures.median = samples->ns[samples->count / 2];
	figures.p99 = samples->ns[samples->count * 99 / 100];
	figures.mean = sum / (double)samples->count;
	return figures;
}

/* Differences of medians: they add up to the ratio that the table shows. */
static void
compare_to_floor(struct result *result)
{
	double floor = result->by[NULL_NODE].median;
	double recovering = result->by[PROC_NODE].count ? result->by[PROC_NODE].median : floor;

	if (!result->by[VFIOD].count)
		return;
	result->ratio = result->by[VFIOD].median / floor;
	result->recovery = recovering - floor;
	result->dispatch = result->by[VFIOD].median - recovering;
}

void
results_of(struct measurement *measurement, struct result *results)
{
	for (unsigned row = 0; row < num_operations; row++) {
		struct samples *taken = measurement->taken[row];

		results[row].op = &operations[row];
		if (taken[VFIOD].count)
			ratio_by_round(&taken[VFIOD], &taken[NULL_NODE], measurement->done,
				       &results[row]);
		for (unsigned target = 0; target < NUM_TARGETS; target++)
			results[row].by[target] = figures_of(&taken[target]);
		compare_to_floor(&results[row]);
	}
}

/* Large transfers are few a round and may scatter; not so a third of all rows. */
bool
results_noisy(const struct result *results)
{
	unsigned scattered = 0;

	for (unsigned row = 0; row < num_operations; row++)
		scattered += results[row].high > 1.5 * results[row].low;
	return scattered > num_operations / 3;
}

double
calls_per_second(const struct figures *figures)
{
	return 1e9 / figures->mean;
}

double
megabytes_per_second(const struct operation *op, const struct figures *figures)
{
	return (double)op->size * 1e3 / figures->mean;
}
