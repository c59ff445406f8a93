/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures as JSON, for tests/bench/report and tools/bench-compare. */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include "machine.h"
#include "plan.h"
#include "scale.h"
#include "vgpu.h"

/** @a path "-" is stdout. @a scale may be NULL. Returns false after saying why it can't. */
bool record_write(const char *path, const struct machine *machine, const struct plan *plan,
		  const char *carrier, const struct scale *scale, const struct vgpu *vgpu);

#endif
