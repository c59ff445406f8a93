/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fences: ranges of the aperture with tiled surfaces. Of the sixteen that GVT-g tracks a vGPU owns
 * four; the others read zeros and drop writes (GVT-g aperture_gm.c, handlers.c).
 */
#include "models/gvt/registers.h"

#define FENCE_BASE    0x100000u
#define FENCE_TRACKED 16u

uint64_t
gvt_fence(const struct gvt *gvt, unsigned n)
{
	return *gvt_vreg(gvt, FENCE_BASE + 8 * n) | (uint64_t)*gvt_vreg(gvt, FENCE_BASE + 8 * n + 4)
							    << 32;
}

static const struct gvt_register registers[] = {
	REG(FENCE_BASE, "FENCE_LSB_#", .count = GVT_FENCES, .stride = 8),
	REG(FENCE_BASE + 4, "FENCE_MSB_#", .count = GVT_FENCES, .stride = 8),
	REG(FENCE_BASE + 8 * GVT_FENCES, "FENCE_FOREIGN", .kind = GVT_READ_ONLY,
	    .count = 2 * (FENCE_TRACKED - GVT_FENCES), .stride = 4),
};

const struct gvt_register_block gvt_fence_registers = {GVT_BLOCK(registers)};
