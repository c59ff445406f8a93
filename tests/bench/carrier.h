/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A carrier's programs: a null device, and vfiod once for each way to recover offsets. */
#ifndef BENCH_CARRIER_H
#define BENCH_CARRIER_H

#include <limits.h>

#include "daemon.h"
#include "port.h"

#define MAX_VFIODS 2u

/** A device's descriptor and its iommufd's. */
struct opened {
	int device, iommufd;
};

/** A program and its devices. */
struct served {
	struct daemon daemon;
	struct opened opened[NUM_DEVICES];
	struct target target;
	char path[PATH_MAX]; /**< of the device PLAIN_VGPU */
};

struct carrier {
	const char *name; /**< "fuse" or "cuse" */
	const char *vfiod, *null_program;
	char null_directory[64]; /**< made for the null file; empty: none */
	struct served null, served[MAX_VFIODS];
	unsigned count; /**< of served */
};

/** With name, vfiod and null_program filled in. False after saying why; carrier_stop() is to follow anyhow. */
bool carrier_start(struct carrier *carrier, struct dma_memory *memory);
void carrier_stop(struct carrier *carrier);

/**
 * Starts one more daemon as served[0]'s, with so many vGPUs that are called @a name and a number.
 */
bool carrier_start_many(const struct carrier *carrier, struct daemon *daemon, const char *name,
			unsigned devices);

#endif
