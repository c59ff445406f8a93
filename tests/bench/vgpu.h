/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a graphics driver and those who watch its display ask of a vGPU, in units of their own. */
#ifndef BENCH_VGPU_H
#define BENCH_VGPU_H

#include "carrier.h"

/** Something that was measured once. */
struct vgpu_fact {
	const char *key, *title, *unit;
	double value;
};

#define MAX_VGPU_FACTS 16u

struct vgpu {
	struct vgpu_fact fact[MAX_VGPU_FACTS];
	unsigned facts;
};

/**
 * Measures, for so many seconds each: how fast the GGTT and the aperture are filled, linear and through a
 * fence; what displays cost whose vblanks somebody takes; how long a screenshot takes. Uses the carrier's
 * plain vGPU, whose memory is another afterwards. What isn't possible is left out after saying why.
 */
void vgpu_measure(struct vgpu *vgpu, const struct carrier *carrier, double seconds);

#endif
