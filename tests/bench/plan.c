/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const yardstick_key[NUM_YARDSTICKS] = {
	[FLOOR] = "floor",   [SOCKET] = "socket", [PIPE] = "pipe",
	[MEMCPY] = "memcpy", [SINGLE] = "single",
};

bool
samples_add(struct samples *samples, double ns)
{
	if (samples->count == samples->room) {
		size_t room = samples->room ? 2 * samples->room : 256;
		double *grown = reallocarray(samples->ns, room, sizeof(*grown));

		if (!grown)
			return false;
		samples->ns = grown;
		samples->room = room;
	}
	samples->ns[samples->count++] = ns;
	return true;
}

static int
compare(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

double
samples_quantile(struct samples *samples, double share)
{
	qsort(samples->ns, samples->count, sizeof(*samples->ns), compare);
	return samples->ns[(size_t)((double)(samples->count - 1) * share)];
}

void
plan_group(struct plan *plan)
{
	plan->groups++;
}

struct work *
plan_add(struct plan *plan, const struct work *work)
{
	struct work **grown = reallocarray(plan->work, plan->count + 1, sizeof(*grown));
	struct work *added = malloc(sizeof(*added));

	if (grown)
		plan->work = grown;
	if (!grown || !added) {
		fprintf(stderr, "bench: out of memory\n");
		free(added);
		return NULL;
	}
	*added = *work;
	added->group = plan->groups;
	if (!added->recovery)
		added->recovery = "";
	if (!added->per)
		added->per = 1;
	if (added->quantile <= 0)
		added->quantile = 0.5;
	plan->work[plan->count++] = added;
	return added;
}

void
plan_free(struct plan *plan)
{
	for (unsigned i = 0; i < plan->count; i++) {
		free(plan->work[i]->taken.ns);
		free(plan->work[i]->rounds.ns);
		free(plan->work[i]);
	}
	free(plan->work);
	memset(plan, 0, sizeof(*plan));
}
