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

static void
free_work(struct work *work)
{
	free(work->taken.ns);
	free(work->rounds.ns);
	free(work);
}

static bool
is_among(const char *key, const char *keys)
{
	size_t length = strlen(key);

	for (const char *at = keys; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (!strncmp(at, key, length) && (!at[length] || at[length] == ','))
			return true;
	return false;
}

static bool
has(const struct plan *plan, const char *key, size_t length)
{
	for (unsigned i = 0; i < plan->count; i++)
		if (strlen(plan->work[i]->operation) == length &&
		    !strncmp(plan->work[i]->operation, key, length))
			return true;
	return false;
}

/* A ratio to what isn't measured can't be told. */
static void
forget(struct plan *plan, const struct work *gone)
{
	for (unsigned i = 0; i < plan->count; i++)
		for (unsigned y = 0; y < NUM_YARDSTICKS; y++)
			if (plan->work[i]->against[y] == gone)
				plan->work[i]->against[y] = NULL;
}

bool
plan_keep(struct plan *plan, const char *keys)
{
	unsigned kept = 0;

	for (const char *at = keys; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (!has(plan, at, strcspn(at, ","))) {
			fprintf(stderr, "bench: no operation '%.*s' here\n", (int)strcspn(at, ","), at);
			return false;
		}
	for (unsigned i = 0; i < plan->count; i++)
		if (!is_among(plan->work[i]->operation, keys))
			forget(plan, plan->work[i]);
	for (unsigned i = 0; i < plan->count; i++)
		if (is_among(plan->work[i]->operation, keys))
			plan->work[kept++] = plan->work[i];
		else
			free_work(plan->work[i]);
	plan->count = kept;
	return true;
}

void
plan_free(struct plan *plan)
{
	for (unsigned i = 0; i < plan->count; i++)
		free_work(plan->work[i]);
	free(plan->work);
	memset(plan, 0, sizeof(*plan));
}
