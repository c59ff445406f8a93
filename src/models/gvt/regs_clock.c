/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Display clocks: PLLs lock at once. Intel PRM SKL Vol 12 "Display", GVT-g handlers.c. */
#include "models/gvt/registers.h"

#define PLL_ENABLE (1u << 31)
#define PLL_LOCK   (1u << 30)

/* DPLL0 has its own link rate, and it is code 3: 1.62 GHz. */
#define DPLL_CTRL1_DPLL0_1620 0x7u

/*
 * DPLL_CTRL2: bit 15 + port turns the clock of DDI A..E off; three bits from 3 * port select the PLL:
 * override, and two bits of number. Port D runs from DPLL0.
 */
#define CLOCK_OFF(port)    (1u << (15 + (port)))
#define SELECT_DPLL0(port) (1u << (3 * (port)))
#define DPLL_CTRL2_ONLY_DDID                                                                       \
	(CLOCK_OFF(0) | CLOCK_OFF(1) | CLOCK_OFF(2) | CLOCK_OFF(4) | SELECT_DPLL0(3))

/* LCPLL_CTL, Broadwell's: enabled when bit 31 is clear. */
#define LCPLL_DISABLE        (1u << 31)
#define LCPLL_CD_SOURCE_FCLK (1u << 21)
#define LCPLL_CD_FCLK_DONE   (1u << 19)

static uint32_t
lcpll12_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	return value & PLL_ENABLE ? PLL_ENABLE | PLL_LOCK : 0;
}

static uint32_t
lcpll_ctl_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	value &= ~(PLL_LOCK | LCPLL_CD_FCLK_DONE);
	if (!(value & LCPLL_DISABLE))
		value |= PLL_LOCK;
	if (value & LCPLL_CD_SOURCE_FCLK)
		value |= LCPLL_CD_FCLK_DONE;
	return value;
}

/* One byte for each PLL with bit 0 for locked: a PLL is locked while it is enabled. */
static uint32_t
dpll_status_read(struct gvt *gvt, uint32_t offset)
{
	static const uint32_t enable[] = {0x46010, 0x46014, 0x46040, 0x46060};
	uint32_t status = 0;

	(void)offset;
	for (unsigned i = 0; i < 4; i++)
		status |= (*gvt_vreg(gvt, enable[i]) & PLL_ENABLE ? 1u : 0u) << (8 * i);
	return status;
}

static const struct gvt_register registers[] = {
	REG(0x44074, "TIMESTAMP_OVERRIDE"),
	REG(0x46000, "CDCLK_CTL"),
	REG(0x46010, "LCPLL1_CTL", .reset = PLL_ENABLE | PLL_LOCK, .write = lcpll12_write),
	REG(0x46014, "LCPLL2_CTL", .write = lcpll12_write),
	REG(0x46040, "WRPLL_CTL1"),
	REG(0x46060, "WRPLL_CTL2"),
	REG(0x46140, "TRANS_CLK_SEL_*", .count = 3, .stride = 4),
	REG(0x6c040, "DPLL1_CFGCR1"),
	REG(0x6c044, "DPLL1_CFGCR2"),
	REG(0x6c048, "DPLL2_CFGCR1"),
	REG(0x6c04c, "DPLL2_CFGCR2"),
	REG(0x6c050, "DPLL3_CFGCR1"),
	REG(0x6c054, "DPLL3_CFGCR2"),
	REG(0x6c058, "DPLL_CTRL1", .reset = DPLL_CTRL1_DPLL0_1620),
	REG(0x6c05c, "DPLL_CTRL2", .reset = DPLL_CTRL2_ONLY_DDID),
	REG(0x6c060, "DPLL_STATUS", .kind = GVT_READ_ONLY, .read = dpll_status_read),
	REG(0x130040, "LCPLL_CTL", .reset = PLL_LOCK, .write = lcpll_ctl_write),
};

const struct gvt_register_block gvt_clock_registers = {GVT_BLOCK("clocks", registers)};
