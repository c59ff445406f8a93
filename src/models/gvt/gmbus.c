/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GMBUS, the I2C controller for ports that are no DisplayPort. All of the vGPU's are, so there is never
 * anybody at the other end, and every transfer ends at once without acknowledgement. Intel PRM SKL Vol
 * 2c, GVT-g edid.c.
 */
#include "models/gvt/registers.h"

#define GMBUS0          0xc5100u
#define GMBUS1          0xc5104u
#define GMBUS2          0xc5108u
#define GMBUS3          0xc510cu
#define GMBUS4          0xc5110u
#define GMBUS5          0xc5120u

#define GMBUS0_PIN      0x7u

#define GMBUS1_CLEAR    (1u << 31) /* the controller is held in reset while it is set */
#define GMBUS1_READY    (1u << 30)
#define GMBUS1_CYCLE    (7u << 25)

#define GMBUS2_IN_USE   (1u << 15)
#define GMBUS2_HW_READY (1u << 11)
#define GMBUS2_NAK      (1u << 10)

#define GMBUS4_NAK      (1u << 3)
#define GMBUS4_IDLE     (1u << 2)
#define GMBUS4_HW_READY (1u << 0)

#define SDE_ISR         0xc4000u
#define SDE_GMBUS       (1u << 17)

/* The controller idle; who uses it stays noted. */
static void
set_idle(struct gvt *gvt, uint32_t status)
{
	uint32_t *gmbus2 = gvt_vreg(gvt, GMBUS2);

	*gmbus2 = (*gmbus2 & GMBUS2_IN_USE) | GMBUS2_HW_READY | status;
}

static uint32_t
gmbus0_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)offset, (void)old;
	if (!(value & GMBUS0_PIN))
		set_idle(gvt, 0);
	return value;
}

static uint32_t
gmbus1_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)offset, (void)old;
	if (value & GMBUS1_CLEAR) {
		set_idle(gvt, 0);
	} else if ((value & GMBUS1_READY) && (value & GMBUS1_CYCLE)) {
		set_idle(gvt, GMBUS2_NAK);
		if (*gvt_vreg(gvt, GMBUS4) & (GMBUS4_NAK | GMBUS4_IDLE | GMBUS4_HW_READY))
			gvt_event(gvt, SDE_ISR, SDE_GMBUS);
	}
	return value & ~GMBUS1_READY;
}

/* A semaphore: whoever reads it clear owns the controller, and gives it back by writing a one. */
static uint32_t
gmbus2_read(struct gvt *gvt, uint32_t offset)
{
	uint32_t value = *gvt_vreg(gvt, offset);

	*gvt_vreg(gvt, offset) = value | GMBUS2_IN_USE;
	return value;
}

static const struct gvt_register registers[] = {
	REG(GMBUS0, "GMBUS0", .write = gmbus0_write),
	REG(GMBUS1, "GMBUS1", .write = gmbus1_write),
	REG(GMBUS2, "GMBUS2", .kind = GVT_BITS, .write1clear = GMBUS2_IN_USE,
	    .reset = GMBUS2_HW_READY, .read = gmbus2_read, .read_acts = true),
	REG(GMBUS3, "GMBUS3"),
	REG(GMBUS4, "GMBUS4"),
	REG(GMBUS5, "GMBUS5"),
};

const struct gvt_register_block gvt_gmbus_registers = {GVT_BLOCK("gmbus", registers)};
