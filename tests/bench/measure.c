/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rounds: in each one every work gets its turn, a block of calls at a time. */
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Blocks are not made shorter than this when time is short. */
#define LEAST_CALLS 10u

double
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static bool
take(struct work *work, unsigned calls)
{
	struct samples block = {0};
	bool good;

	calls /= work->per;
	errno = 0;
	good = work->block(work, calls ? calls : 1, &block) && block.count;
	for (size_t i = 0; good && i < block.count; i++)
		good = samples_add(&work->taken, block.ns[i]);
	good = good && samples_add(&work->rounds, samples_quantile(&block, work->quantile));
	free(block.ns);
	if (!good)
		fprintf(stderr, "bench: %s, %s%s%s: %s\n", work->title, work->carrier,
			*work->recovery ? " " : "", work->recovery,
			errno ? strerror(errno) : "not all was done");
	return good;
}

/* Each turn begins with another one, so that none is always the first. */
static bool
take_group(struct work **work, unsigned count, unsigned round, unsigned calls)
{
	unsigned turns = work[0]->turns ? work[0]->turns : 1;

	for (unsigned turn = 0; turn < turns; turn++)
		for (unsigned i = 0; i < count; i++)
			if (!take(work[(round * turns + turn + i) % count], calls))
				return false;
	return true;
}

static bool
take_round(struct plan *plan)
{
	for (unsigned first = 0, end; first < plan->count; first = end) {
		for (end = first + 1; end < plan->count; end++)
			if (plan->work[end]->group != plan->work[first]->group)
				break;
		if (!take_group(&plan->work[first], end - first, plan->done, plan->calls))
			return false;
	}
	return true;
}

/* Few calls in many rounds tell more than many in few. */
static void
fit_calls(struct plan *plan, double taken, double allowed)
{
	double calls = plan->calls * allowed / taken;

	if (calls < plan->calls)
		plan->calls = calls > LEAST_CALLS ? (unsigned)calls : LEAST_CALLS;
}

/* A busy or emulated machine may be a hundred times slower: time ends the rounds too. */
bool
plan_measure(struct plan *plan, unsigned rounds, unsigned seconds)
{
	double start = now_ns(), end = start + seconds * 1e9;

	for (plan->done = 0; plan->done < rounds && (!plan->done || now_ns() < end); plan->done++) {
		if (!take_round(plan))
			return false;
		if (!plan->done)
			fit_calls(plan, now_ns() - start, (end - start) / rounds);
	}
	for (unsigned i = 0; i < plan->count; i++) {
		struct work *work = plan->work[i];

		work->median = samples_quantile(&work->taken, 0.5);
		work->p99 = samples_quantile(&work->taken, 0.99);
	}
	return true;
}
