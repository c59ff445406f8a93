/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PVINFO page, by which a guest learns that it is one and which part of graphics memory is its
 * own. GVT-g vgpu.c and i915_pvinfo.h.
 *
 * A guest that doesn't look at it takes the device for a whole GPU, which it isn't. GVT-g notices by what
 * such guests do, and puts the vGPU into failsafe mode: registers are memory and do nothing more, until
 * the device is reset (GVT-g handlers.c, mmio.c). Other than with GVT-g an engine's bad command is no
 * reason: the engine hangs, as hardware would, and the guest resets it.
 */
#include "models/gvt/registers.h"

#define PVINFO        0x78000u
#define PVINFO_SIZE   0x1000u

#define MAGIC         0x4776544776544776u /* "vGTvGTvG" */
#define VERSION       0x00000001u         /* major 1 in the low half, minor 0 */
#define VGT_ID        1u                  /* 0 is GVT-g's idle vGPU */
#define CAPS          0x0000001cu         /* full PPGTT, HWSP emulation, huge GTT */
#define HOTSPOT_UNSET 0xffffffffu

/* Notifications: 1 of old drivers, 2 to 5 of page tables, 6 and 7 of contexts. */
#define G2V_FIRST 1u
#define G2V_LAST  7u

enum offset {
	VERSION_AT = 0x008,
	VGT_ID_AT = 0x00c,
	CAPS_AT = 0x010,
	LOW_BASE_AT = 0x040,
	LOW_SIZE_AT = 0x044,
	HIGH_BASE_AT = 0x048,
	HIGH_SIZE_AT = 0x04c,
	FENCES_AT = 0x050,
};

static void
set(struct gvt *gvt, uint32_t offset, uint64_t value)
{
	*gvt_vreg(gvt, PVINFO + offset) = (uint32_t)value;
}

void
gvt_failsafe(struct gvt *gvt, const char *what)
{
	gvt->failsafe = true;
	vfiod_log(gvt->dev, VFIOD_LOG_WARNING,
		  "failsafe: the guest %s, as its driver doesn't know this kind of vGPU: registers "
		  "have no "
		  "effect until the device is reset",
		  what);
}

/* The rest of the page is reset values of the table below. */
void
gvt_pvinfo_reset(struct gvt *gvt)
{
	for (uint32_t offset = PVINFO; offset < PVINFO + PVINFO_SIZE; offset += 4)
		*gvt_vreg(gvt, offset) = gvt_register_at(offset)->reset;
	set(gvt, LOW_BASE_AT, gvt->low.base);
	set(gvt, LOW_SIZE_AT, gvt->low.size);
	set(gvt, HIGH_BASE_AT, gvt->high.base);
	set(gvt, HIGH_SIZE_AT, gvt->high.size);
}

static uint32_t
pvinfo_read(struct gvt *gvt, uint32_t offset)
{
	gvt->aware = true;
	return *gvt_vreg(gvt, offset);
}

/* What was where GVT-g once said how much a guest needs at least; it has none for those who ask. */
static uint32_t
needs_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)offset, (void)value;
	gvt_failsafe(gvt, "asks for resources");
	return old;
}

/*
 * The driver tells of page tables and contexts that it makes and gives up, so that GVT-g can keep shadows
 * of them. vfiod walks them where they are, and has nothing to do.
 */
static uint32_t
g2v_notify_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)offset, (void)old;
	if (value < G2V_FIRST || value > G2V_LAST)
		vfiod_log(gvt->dev, VFIOD_LOG_DEBUG, "the guest's notification %u is unknown",
			  value);
	return value;
}

/* The driver says that it now drives the display. */
static uint32_t
display_ready_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)offset;
	if (value != old)
		vfiod_log(gvt->dev, VFIOD_LOG_INFO, "the guest's display driver is %s",
			  value ? "ready" : "gone");
	return value;
}

/* Whoever reads it knows where it is. */
#define KNOWN .read = pvinfo_read, .read_acts = true
#define DROPPED(at, name, dwords)                                                                  \
	REG(PVINFO + (at), name, .kind = GVT_READ_ONLY, .count = (dwords), .stride = 4, KNOWN)
#define FIXED(at, name, value)                                                                     \
	REG(PVINFO + (at), name, .kind = GVT_READ_ONLY, .reset = (value), KNOWN)

static const struct gvt_register registers[] = {
	FIXED(0x000, "PVINFO_MAGIC_LDW", (uint32_t)MAGIC),
	FIXED(0x004, "PVINFO_MAGIC_UDW", (uint32_t)(MAGIC >> 32)),
	FIXED(VERSION_AT, "PVINFO_VERSION", VERSION),
	FIXED(VGT_ID_AT, "PVINFO_VGT_ID", VGT_ID),
	FIXED(CAPS_AT, "PVINFO_CAPS", CAPS),
	DROPPED(0x014, "PVINFO_RESERVED", 11),
	FIXED(LOW_BASE_AT, "PVINFO_MAPPABLE_BASE", 0),
	FIXED(LOW_SIZE_AT, "PVINFO_MAPPABLE_SIZE", 0),
	FIXED(HIGH_BASE_AT, "PVINFO_NONMAPPABLE_BASE", 0),
	FIXED(HIGH_SIZE_AT, "PVINFO_NONMAPPABLE_SIZE", 0),
	FIXED(FENCES_AT, "PVINFO_FENCES", GVT_FENCES),
	DROPPED(0x054, "PVINFO_RESERVED", (0x804 - 0x054) / 4),
	REG(PVINFO + 0x804, "PVINFO_DISPLAY_READY", KNOWN, .write = display_ready_write),
	REG(PVINFO + 0x808, "PVINFO_RESERVED", .count = 4, .stride = 4, KNOWN,
	    .write = needs_write),
	REG(PVINFO + 0x818, "PVINFO_G2V_NOTIFY", KNOWN, .write = g2v_notify_write),
	DROPPED(0x81c, "PVINFO_RESERVED", 5),
	REG(PVINFO + 0x830, "PVINFO_CURSOR_X_HOT", .reset = HOTSPOT_UNSET, KNOWN),
	REG(PVINFO + 0x834, "PVINFO_CURSOR_Y_HOT", .reset = HOTSPOT_UNSET, KNOWN),
	REG(PVINFO + 0x838, "PVINFO_PDP#_LDW", .count = 4, .stride = 8, KNOWN),
	REG(PVINFO + 0x83c, "PVINFO_PDP#_UDW", .count = 4, .stride = 8, KNOWN),
	REG(PVINFO + 0x858, "PVINFO_CONTEXT_DESC_LDW", KNOWN),
	REG(PVINFO + 0x85c, "PVINFO_CONTEXT_DESC_UDW", KNOWN),
	DROPPED(0x860, "PVINFO_RESERVED", (0x1000 - 0x860) / 4),
};

const struct gvt_register_block gvt_pvinfo_registers = {GVT_BLOCK("pvinfo", registers)};
