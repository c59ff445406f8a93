/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One daemon with many devices. */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include "carrier.h"
#include "operations.h"
#include "plan.h"

/** Something that was measured once, beside what one device alone has. */
struct fact {
	const char *key, *title, *unit;
	double value, one;
};

#define NUM_FACTS 4u

struct scale {
	unsigned devices;
	char title[64];
	struct daemon daemon, single;
	struct opened opened, single_opened;
	struct target target, single_target;
	struct fact fact[NUM_FACTS];
};

/**
 * Starts a daemon with so many vGPUs and one with a single one, compares start time, idle memory and idle
 * processor time, and leaves both running. Where that is not possible it says why, and devices is 0.
 * scale_stop() follows anyhow.
 */
void scale_start(struct scale *scale, const struct carrier *carrier, unsigned devices);
/** Adds a group: reading a register of one of them, beside the null device and the single one. */
bool scale_plan(struct plan *plan, struct scale *scale, const struct carrier *carrier);
void scale_stop(struct scale *scale);

#endif
