/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mailbox to the power control unit's firmware. Every command succeeds at once: the busy bit 31
 * and the low byte, which is the command and then the error code, read back 0. GVT-g handlers.c.
 */
#include "models/gvt/registers.h"

#define MAILBOX_BUSY    0x80000000u
#define MAILBOX_COMMAND 0x000000ffu
#define MAILBOX_DATA    0x138128u

enum command {
	READ_RC6_VIDS = 0x05,
	READ_MEMORY_LATENCY = 0x06,
	CDCLK_CONTROL = 0x07,
	SAGV_CONTROL = 0x21,
};

/* Watermark latencies of levels 0-3 and 4-7, one byte of microseconds each. */
#define LATENCY_LOW  0x1e1a1100u
#define LATENCY_HIGH 0x61514b3du

static uint32_t
mailbox_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	uint32_t *data = gvt_vreg(gvt, MAILBOX_DATA);

	(void)offset, (void)old;
	switch (value & MAILBOX_COMMAND) {
	case READ_MEMORY_LATENCY:
		*data = *data ? LATENCY_HIGH : LATENCY_LOW;
		break;
	case CDCLK_CONTROL:
		*data = 1; /* ready for a change */
		break;
	case READ_RC6_VIDS:
		*data |= 1;
		break;
	case SAGV_CONTROL:
		/* GVT-g gives no answer, so i915 polls half a second and complains. */
		*data = 1; /* done */
		break;
	default:
		break;
	}
	return value & ~(MAILBOX_BUSY | MAILBOX_COMMAND);
}

static const struct gvt_register registers[] = {
	REG(0x138124, "GT_DRIVER_MAILBOX_INTERFACE", .write = mailbox_write),
	REG(MAILBOX_DATA, "GT_DRIVER_MAILBOX_DATA0"),
	REG(0x13812c, "GT_DRIVER_MAILBOX_DATA1"),
};

const struct gvt_register_block gvt_pcode_registers = {GVT_BLOCK("pcode", registers)};
