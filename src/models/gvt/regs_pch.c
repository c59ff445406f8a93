/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The south display in the platform controller hub: straps, hot plug, panel power. Intel PRM SKL Vol 2c,
 * GVT-g handlers.c. GMBUS and the sideband interface have files of their own.
 */
#include "models/gvt/registers.h"

/* Firmware tells here what clock the panel power sequencer and backlight run from, in MHz. */
#define RAWCLK_24MHZ       24u

#define MPHY_RESET_CTL     (1u << 12)
#define MPHY_RESET_STATUS  (1u << 13)

#define SFUSE_STRAP_PORT_D (1u << 0)

/* Two sticky status bits in each byte, for ports B, C, D, A; port E has a register of its own. */
#define SHOTPLUG_STATUS   0x03030303u
#define SHOTPLUG2_STATUS  0x00000003u

#define PP_CONTROL_ON     (1u << 0)
#define PP_STATUS         0xc7200u
#define PP_STATUS_ON      (1u << 31)
#define PP_STATUS_ON_IDLE 0x8u

#define PCH_TRANS_ENABLE  (1u << 31)
#define PCH_TRANS_STATE   (1u << 30)

static uint32_t
south_chicken2_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	return value & MPHY_RESET_CTL ? value | MPHY_RESET_STATUS : value & ~MPHY_RESET_STATUS;
}

static uint32_t
pp_control_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)offset, (void)old;
	*gvt_vreg(gvt, PP_STATUS) = value & PP_CONTROL_ON ? PP_STATUS_ON | PP_STATUS_ON_IDLE : 0;
	return value;
}

static uint32_t
pch_trans_conf_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	return value & PCH_TRANS_ENABLE ? value | PCH_TRANS_STATE : value & ~PCH_TRANS_STATE;
}

static const struct gvt_register registers[] = {
	REG(0xc2000, "SOUTH_CHICKEN1"),
	REG(0xc2004, "SOUTH_CHICKEN2", .write = south_chicken2_write),
	REG(0xc2014, "SFUSE_STRAP", .kind = GVT_READ_ONLY, .reset = SFUSE_STRAP_PORT_D),
	REG(0xc2020, "SOUTH_DSPCLK_GATE_D"),
	/* GVT-g never clears the status bits; hardware and drivers do (PRM: R/WC). */
	REG(0xc4030, "SHOTPLUG_CTL", .kind = GVT_BITS, .writable = ~SHOTPLUG_STATUS,
	    .write1clear = SHOTPLUG_STATUS),
	REG(0xc403c, "SHOTPLUG_CTL2", .kind = GVT_BITS, .writable = ~SHOTPLUG2_STATUS,
	    .write1clear = SHOTPLUG2_STATUS),
	REG(0xc5010, "GPIO_CTL_#", .count = 6, .stride = 4),
	REG(0xc6204, "RAWCLK_FREQ", .reset = RAWCLK_24MHZ),
	REG(PP_STATUS, "PP_STATUS", .kind = GVT_READ_ONLY),
	REG(0xc7204, "PP_CONTROL", .write = pp_control_write),
	REG(0xc7208, "PP_ON_DELAYS"),
	REG(0xc720c, "PP_OFF_DELAYS"),
	REG(0xc7210, "PP_DIVISOR"),
	REG(0xc8250, "SBLC_PWM_CTL1"),
	REG(0xc8254, "SBLC_PWM_CTL2"),
	/* Odds and ends of the analog link that GVT-g answers with constants. */
	REG(0xe651c, "PCH_E651C", .kind = GVT_READ_ONLY, .reset = 0x20000),
	REG(0xe661c, "PCH_E661C", .kind = GVT_READ_ONLY, .reset = 0x20000),
	REG(0xe671c, "PCH_E671C", .kind = GVT_READ_ONLY, .reset = 0x20000),
	REG(0xe681c, "PCH_E681C", .kind = GVT_READ_ONLY, .reset = 0x20000),
	REG(0xe6c04, "PCH_E6C04", .kind = GVT_READ_ONLY, .reset = 0x3),
	REG(0xe6e1c, "PCH_E6E1C", .kind = GVT_READ_ONLY, .reset = 0x2f0000),
	REG(0xf0008, "PCH_TRANS_CONF_*", .count = 3, .stride = 0x1000,
	    .write = pch_trans_conf_write),
};

const struct gvt_register_block gvt_pch_registers = {GVT_BLOCK("pch", registers)};
