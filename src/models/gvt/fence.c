/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fences: ranges of the aperture with tiled surfaces. Of the sixteen that GVT-g tracks a vGPU owns
 * four; the others read zeros and drop writes (GVT-g aperture_gm.c, handlers.c). Their layout is Intel
 * PRM SKL Vol 2c "FENCE_LSB", "FENCE_MSB".
 */
#include "models/gvt/registers.h"

#define FENCE_BASE      0x100000u
#define FENCE_TRACKED   16u

#define FENCE_VALID     (1u << 0)
#define FENCE_TILED_Y   (1u << 1)
#define FENCE_PAGE      0xfffff000u
#define FENCE_PITCH     0x00000fffu
#define FENCE_PITCH_128 128u /* bytes, one of which the register leaves out */

/* The range of the aperture from the first to behind the last page. */
static bool
decode(const struct gvt *gvt, unsigned n, struct gvt_fence *fence)
{
	uint32_t low = *gvt_vreg(gvt, FENCE_BASE + 8 * n);
	uint32_t high = *gvt_vreg(gvt, FENCE_BASE + 8 * n + 4);

	fence->start = low & FENCE_PAGE;
	fence->end = (uint64_t)(high & FENCE_PAGE) + GVT_PAGE_SIZE;
	fence->pitch = ((high & FENCE_PITCH) + 1) * FENCE_PITCH_128;
	fence->tiling = low & FENCE_TILED_Y ? GVT_TILED_Y : GVT_TILED_X;
	return low & FENCE_VALID;
}

/* Drivers of today set none: that must not cost a look at each. */
static bool
any(const struct gvt *gvt)
{
	uint32_t valid = 0;

	for (unsigned n = 0; n < GVT_FENCES; n++)
		valid |= *gvt_vreg(gvt, FENCE_BASE + 8 * n);
	return valid & FENCE_VALID;
}

bool
gvt_fence_at(const struct gvt *gvt, uint64_t gm, struct gvt_fence *fence, uint64_t *end)
{
	*end = UINT64_MAX;
	if (!any(gvt))
		return false;
	for (unsigned n = 0; n < GVT_FENCES; n++) {
		if (!decode(gvt, n, fence))
			continue;
		if (gm >= fence->start && gm < fence->end) {
			*end = fence->end;
			return true;
		}
		if (gm < fence->start && fence->start < *end)
			*end = fence->start;
	}
	return false;
}

/* Who knows how many there are doesn't write the others. */
static uint32_t
foreign_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)offset, (void)value;
	if (!gvt->aware)
		gvt_failsafe(gvt, "uses fences of others");
	return old;
}

static const struct gvt_register registers[] = {
	REG(FENCE_BASE, "FENCE_LSB_#", .count = GVT_FENCES, .stride = 8),
	REG(FENCE_BASE + 4, "FENCE_MSB_#", .count = GVT_FENCES, .stride = 8),
	REG(FENCE_BASE + 8 * GVT_FENCES, "FENCE_FOREIGN", .count = 2 * (FENCE_TRACKED - GVT_FENCES),
	    .stride = 4, .write = foreign_write),
};

const struct gvt_register_block gvt_fence_registers = {GVT_BLOCK("fences", registers)};
