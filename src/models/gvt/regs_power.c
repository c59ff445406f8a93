/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forcewake and display power: requests that are granted at once. Intel PRM SKL Vol 12 "Display",
 * GVT-g handlers.c.
 */
#include "models/gvt/registers.h"

/* PWR_WELL_CTL: requests at odd bits, the state of each one bit below. */
#define WELL_REQUESTS                                                                              \
	(1u << 31 /* well 2 */ | 1u << 29 /* well 1 */ | 1u << 9 /* DDI D */ |                     \
	 1u << 7 /* DDI C */ | 1u << 5 /* DDI B */ | 1u << 3 /* DDI A, E */ |                      \
	 1u << 1 /* misc I/O */)

#define DBUF_REQUEST (1u << 31)
#define DBUF_STATE   (1u << 30)

/* Fuses downloaded, power gates 0, 1, 2 distributed. */
#define FUSE_STATUS_DONE (1u << 31 | 1u << 27 | 1u << 26 | 1u << 25)

/* An access that nobody claims would set it; vfiod claims all. */
#define FPGA_DBG_UNCLAIMED (1u << 31)

static uint32_t
forcewake_ack(uint32_t request)
{
	switch (request) {
	case 0xa278:
		return 0xd84; /* render */
	case 0xa270:
		return 0xd88; /* media */
	default:
		return 0x130044; /* GT */
	}
}

static uint32_t
forcewake_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)old;
	*gvt_vreg(gvt, forcewake_ack(offset)) = value & 0xffff;
	return value;
}

static uint32_t
pwr_well_ctl2_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	value &= WELL_REQUESTS;
	return value | value >> 1;
}

static uint32_t
dbuf_ctl_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	return value & DBUF_REQUEST ? value | DBUF_STATE : value & ~DBUF_STATE;
}

static const struct gvt_register registers[] = {
	REG(0x00d84, "FORCEWAKE_ACK_RENDER", .kind = GVT_READ_ONLY),
	REG(0x00d88, "FORCEWAKE_ACK_MEDIA", .kind = GVT_READ_ONLY),
	REG(0x0a188, "FORCEWAKE_GT", .kind = GVT_MASKED, .write = forcewake_write),
	REG(0x0a270, "FORCEWAKE_MEDIA", .kind = GVT_MASKED, .write = forcewake_write),
	REG(0x0a278, "FORCEWAKE_RENDER", .kind = GVT_MASKED, .write = forcewake_write),
	REG(0x130044, "FORCEWAKE_ACK_GT", .kind = GVT_READ_ONLY),
	REG(0x42000, "FUSE_STATUS", .kind = GVT_READ_ONLY, .reset = FUSE_STATUS_DONE),
	REG(0x42300, "FPGA_DBG", .kind = GVT_BITS, .writable = ~FPGA_DBG_UNCLAIMED,
	    .write1clear = FPGA_DBG_UNCLAIMED),
	REG(0x45008, "DBUF_CTL", .write = dbuf_ctl_write),
	/* Requests of BIOS, KVMr and debugger: there is nobody behind them. */
	REG(0x45400, "PWR_WELL_CTL1"),
	REG(0x45404, "PWR_WELL_CTL2", .write = pwr_well_ctl2_write),
	REG(0x45408, "PWR_WELL_CTL3"),
	REG(0x4540c, "PWR_WELL_CTL4"),
	REG(0x45410, "PWR_WELL_CTL5"),
	REG(0x45414, "PWR_WELL_CTL6"),
	REG(0x45504, "DC_STATE_EN"),
	REG(0x45520, "DC_STATE_DEBUG"),
	REG(0x46408, "NDE_RSTWRN_OPT"),
	REG(0x51000, "DFSM", .kind = GVT_READ_ONLY),
};

const struct gvt_register_block gvt_power_registers = {GVT_BLOCK("power", registers)};
