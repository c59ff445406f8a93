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

struct figures
figures_of(struct samples *samples)
{
	struct figures figures = {.count = samples->count};
	double sum = 0;

	if (!samples->count)
		return figures;
	qsort(samples->ns, samples->count, sizeof(*samples->ns), compare);
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
		results[row].op = &operations[row];
		for (unsigned target = 0; target < NUM_TARGETS; target++)
			results[row].by[target] = figures_of(&measurement->taken[row][target]);
		compare_to_floor(&results[row]);
	}
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
