/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command streamer registers, alike for every engine. Intel PRM SKL Vol 2c and Vol 3. */
#include "models/gvt/registers.h"

#define MI_MODE_RINGS_IDLE (1u << 9)

#define RESET_CTL_REQUEST  (1u << 0)
#define RESET_CTL_READY    (1u << 1)

#define EXECLIST_STATUS    0x234u
#define CSB_POINTER        0x3a0u
#define CSB_PTR_RESET      0x7u /* write pointer 7: nothing written yet; read pointer 0 */

#define TIMESTAMP_MHZ      12u /* CTC_MODE in regs_gt.c says the same */

const struct gvt_engine gvt_engines[GVT_ENGINES] = {
	{.name = "RCS", .base = 0x02000, .gdrst = 1u << 1},
	{.name = "VCS0", .base = 0x12000, .gdrst = 1u << 2},
	{.name = "VECS", .base = 0x1a000, .gdrst = 1u << 4},
	{.name = "BCS", .base = 0x22000, .gdrst = 1u << 3},
};

void
gvt_engine_reset(struct gvt *gvt, uint32_t gdrst)
{
	for (unsigned e = 0; e < GVT_ENGINES; e++) {
		if (!(gdrst & gvt_engines[e].gdrst))
			continue;
		*gvt_vreg(gvt, gvt_engines[e].base + EXECLIST_STATUS) = 0;
		*gvt_vreg(gvt, gvt_engines[e].base + EXECLIST_STATUS + 4) = 0;
		*gvt_vreg(gvt, gvt_engines[e].base + CSB_POINTER) = CSB_PTR_RESET;
	}
}

/* Engines are idle between accesses, so a driver that stops a ring sees it stopped at once. */
static uint32_t
mi_mode_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	return value | MI_MODE_RINGS_IDLE;
}

static uint32_t
reset_ctl_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	return value & RESET_CTL_REQUEST ? RESET_CTL_REQUEST | RESET_CTL_READY : 0;
}

static uint64_t
timestamp(struct gvt *gvt)
{
	return gvt->dev->host->now(gvt->dev->host->ctx) * TIMESTAMP_MHZ / 1000;
}

static uint32_t
timestamp_read(struct gvt *gvt, uint32_t offset)
{
	(void)offset;
	return (uint32_t)timestamp(gvt);
}

/* The counter has 36 bits. */
static uint32_t
timestamp_udw_read(struct gvt *gvt, uint32_t offset)
{
	(void)offset;
	return (uint32_t)(timestamp(gvt) >> 32) & 0xf;
}

static const struct gvt_register registers[] = {
	REG(0x028, "EXCC"),
	REG(0x030, "RING_BUFFER_TAIL"),
	REG(0x034, "RING_BUFFER_HEAD"),
	REG(0x038, "RING_BUFFER_START"),
	REG(0x03c, "RING_BUFFER_CTL"),
	REG(0x050, "RC_PSMI_CTRL", .kind = GVT_MASKED),
	REG(0x054, "PWRCTX_MAXCNT"),
	REG(0x05c, "ACTHD_UDW", .kind = GVT_READ_ONLY),
	REG(0x060, "DMA_FADD_UDW", .kind = GVT_READ_ONLY),
	REG(0x064, "IPEIR", .kind = GVT_READ_ONLY),
	REG(0x068, "IPEHR", .kind = GVT_READ_ONLY),
	REG(0x06c, "INSTDONE", .kind = GVT_READ_ONLY, .reset = 0xffffffff),
	REG(0x070, "INSTPS", .kind = GVT_READ_ONLY),
	REG(0x074, "ACTHD", .kind = GVT_READ_ONLY),
	REG(0x078, "DMA_FADD", .kind = GVT_READ_ONLY),
	REG(0x080, "HWS_PGA"),
	REG(0x094, "NOPID"),
	REG(0x098, "HWSTAM"),
	REG(0x09c, "MI_MODE", .kind = GVT_MASKED, .reset = MI_MODE_RINGS_IDLE,
	    .write = mi_mode_write),
	REG(0x0a8, "IMR", .reset = 0xffffffff, .write = gvt_imr_write),
	REG(0x0b0, "EIR"),
	REG(0x0b4, "EMR"),
	REG(0x0b8, "ESR"),
	REG(0x0c0, "INSTPM", .kind = GVT_MASKED),
	REG(0x0c4, "CMD_CCTL"),
	REG(0x0c8, "R_PWR_CLK_STATE"),
	REG(0x0d0, "RESET_CTL", .kind = GVT_MASKED, .write = reset_ctl_write),
	REG(0x0d4, "CSFE_CHICKEN1", .kind = GVT_MASKED),
	REG(0x110, "BB_STATE"),
	REG(0x114, "SBB_ADDR"),
	REG(0x118, "SBB_STATE"),
	REG(0x11c, "SBB_ADDR_UDW"),
	REG(0x140, "BB_ADDR"),
	REG(0x158, "BB_OFFSET"),
	REG(0x168, "BB_ADDR_UDW"),
	REG(0x180, "CCID"),
	REG(0x1c0, "BB_PER_CTX_PTR"),
	REG(0x1c4, "INDIRECT_CTX"),
	REG(0x1c8, "INDIRECT_CTX_OFFSET"),
	REG(0x1d0, "ECOSKPD", .kind = GVT_MASKED),
	REG(0x230, "EXECLIST_SUBMITPORT"),
	REG(0x234, "EXECLIST_STATUS_LDW", .kind = GVT_READ_ONLY),
	REG(0x238, "EXECLIST_STATUS_UDW", .kind = GVT_READ_ONLY),
	REG(0x244, "CTX_CONTROL", .kind = GVT_MASKED),
	REG(0x270, "PDP#_LDW", .count = 4, .stride = 8),
	REG(0x274, "PDP#_UDW", .count = 4, .stride = 8),
	REG(0x29c, "GFX_MODE", .kind = GVT_MASKED),
	REG(0x358, "TIMESTAMP", .kind = GVT_READ_ONLY, .read = timestamp_read),
	REG(0x35c, "TIMESTAMP_UDW", .kind = GVT_READ_ONLY, .read = timestamp_udw_read),
	REG(0x370, "CONTEXT_STATUS_#_LDW", .kind = GVT_READ_ONLY, .count = 6, .stride = 8),
	REG(0x374, "CONTEXT_STATUS_#_UDW", .kind = GVT_READ_ONLY, .count = 6, .stride = 8),
	REG(0x3a0, "CONTEXT_STATUS_BUFFER_PTR", .kind = GVT_MASKED, .reset = CSB_PTR_RESET),
	REG(0x3a8, "CTX_TIMESTAMP"),
	REG(0x400, "MI_PREDICATE_SRC0"),
	REG(0x404, "MI_PREDICATE_SRC0_UDW"),
	REG(0x408, "MI_PREDICATE_SRC1"),
	REG(0x40c, "MI_PREDICATE_SRC1_UDW"),
	REG(0x410, "MI_PREDICATE_DATA"),
	REG(0x418, "MI_PREDICATE_RESULT"),
	REG(0x41c, "MI_PREDICATE_RESULT_1"),
	REG(0x4d0, "FORCE_TO_NONPRIV_#", .count = 12, .stride = 4),
	REG(0x600, "CS_GPR_R#_LDW", .count = 16, .stride = 8),
	REG(0x604, "CS_GPR_R#_UDW", .count = 16, .stride = 8),
};

const struct gvt_register_block gvt_engine_registers = {GVT_BLOCK(registers), .per_engine = true};
