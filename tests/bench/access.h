/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Works that are operations made of a target, and of a UNIX socket's other end. */
#ifndef BENCH_ACCESS_H
#define BENCH_ACCESS_H

#include "operations.h"
#include "peer.h"
#include "plan.h"

struct process;

/** Who takes part in a group; NULL or 0 for those that don't. */
struct sides {
	const struct target *null;
	const struct target *vfiod[2]; /**< one for each way to recover offsets */
	struct peer *stream, *seqpacket;
	struct own *own;
};

/** Adds a group for each operation. */
bool access_plan(struct plan *plan, const struct sides *sides);

/** Adds one operation of one target to the present group; NULL on failure. */
struct work *access_add(struct plan *plan, const struct operation *op, const struct target *target);

/** Memory that calls read into and write from: OPERATION_BUFFER bytes, or NULL. */
uint8_t *access_buffer(void);

#endif
