/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rounds: in each one every operation is made of every target, a block of calls at a time. */
#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Calls before each block: the target's thread and caches were cold. */
#define WARM_UP 5u

static bool
add(struct samples *samples, double ns)
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

static bool
node_block(const struct node *node, const struct operation *op, unsigned calls,
	   struct samples *samples)
{
	const uint64_t offset = operation_offset(op, node->low);
	struct timespec before, after;

	operation_fill(op, node->buffer);
	for (unsigned i = 0; i < WARM_UP + calls; i++) {
		clock_gettime(CLOCK_MONOTONIC, &before);
		if (!node_call(node, op, offset))
			return false;
		clock_gettime(CLOCK_MONOTONIC, &after);
		if (i >= WARM_UP && !add(samples, (double)(after.tv_sec - before.tv_sec) * 1e9 +
							  (double)(after.tv_nsec - before.tv_nsec)))
			return false;
	}
	return true;
}

static bool
block(struct measurement *m, unsigned row, enum target target)
{
	const struct operation *op = &operations[row];
	struct samples *samples = &m->taken[row][target];
	unsigned calls = m->samples / op->per;
	double ns;

	if (target != IN_PROCESS)
		return node_block(&m->node[target], op, calls ? calls : 1, samples);
	ns = own_device_measure(m->own, op);
	return ns >= 0 && add(samples, ns);
}

static bool
wanted(const struct measurement *m, const struct operation *op, enum target target)
{
	if (target == PROC_NODE && !operation_recovers(op))
		return false;
	return target == IN_PROCESS || m->with_nodes;
}

static bool
measure_round(struct measurement *m, unsigned round)
{
	for (unsigned row = 0; row < num_operations; row++) {
		/* Each round begins with another target, so that none is always the first one. */
		for (unsigned i = 0; i < NUM_TARGETS; i++) {
			enum target target = (round + i) % NUM_TARGETS;

			if (!wanted(m, &operations[row], target))
				continue;
			errno = 0;
			if (block(m, row, target))
				continue;
			fprintf(stderr, "bench: %s, target %u: %s\n", operations[row].name, target,
				errno ? strerror(errno) : "short transfer");
			return false;
		}
	}
	return true;
}

/* A busy or emulated machine may be a hundred times slower: time ends the rounds too. */
bool
measure(struct measurement *m)
{
	struct timespec now;
	time_t end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + (time_t)m->seconds;
	m->taken = calloc(num_operations, sizeof(*m->taken));
	if (!m->taken)
		return false;
	for (m->done = 0; m->done < m->rounds && now.tv_sec < end; m->done++) {
		if (!measure_round(m, m->done))
			return false;
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	return true;
}

void
measurement_free(struct measurement *m)
{
	for (unsigned row = 0; m->taken && row < num_operations; row++)
		for (unsigned target = 0; target < NUM_TARGETS; target++)
			free(m->taken[row][target].ns);
	free(m->taken);
}
