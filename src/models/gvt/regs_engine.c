/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command streamer registers, alike for every engine. Intel PRM SKL Vol 2c and Vol 3. */
#include "models/gvt/streamer.h"

#define MI_MODE_RINGS_IDLE (1u << 9)

#define GFX_MODE_UNKNOWN   (1u << 0)
#define GFX_MODE_PPGTT     (1u << 9)
#define GFX_MODE_EXECLISTS (1u << 15)
#define CSFE_PREEMPTION    (3u << 3)

#define RESET_CTL_REQUEST  (1u << 0)
#define RESET_CTL_READY    (1u << 1)

#define CSB_PTR_RESET      0x7u /* write pointer 7: nothing written yet; read pointer 0 */

#define INSTDONE_IDLE      0xffffffffu
#define INSTDONE_BUSY      0xfffffffeu /* bit 0: the ring itself */

#define TIMESTAMP_MHZ      12u /* CTC_MODE in regs_gt.c says the same */
#define TIMESTAMP_BITS     36

/* Faults, one register for all engines; Intel PRM SKL Vol 5, i915 gen8_check_faults(). */
#define RING_FAULT           0x4094u
#define RING_FAULT_VALID     (1u << 0)
#define RING_FAULT_GGTT      (1u << 11)
#define RING_FAULT_ENGINE(n) ((uint32_t)(n) << 12)
#define FAULT_TLB_DATA0      0x4b10u
#define FAULT_TLB_DATA1      0x4b14u
#define FAULT_TLB_GGTT       (1u << 4)

const struct gvt_engine gvt_engines[GVT_ENGINES] = {
	{.name = "RCS",
	 .kind = GVT_ENGINE_RENDER,
	 .base = 0x02000,
	 .gdrst = 1u << 1,
	 .isr = 0x44300,
	 .irq_shift = 0,
	 .fault_id = 0},
	{.name = "VCS0",
	 .kind = GVT_ENGINE_VIDEO,
	 .base = 0x12000,
	 .gdrst = 1u << 2,
	 .isr = 0x44310,
	 .irq_shift = 0,
	 .fault_id = 1},
	{.name = "VECS",
	 .kind = GVT_ENGINE_VIDEO,
	 .base = 0x1a000,
	 .gdrst = 1u << 4,
	 .isr = 0x44330,
	 .irq_shift = 0,
	 .fault_id = 3},
	{.name = "BCS",
	 .kind = GVT_ENGINE_BLITTER,
	 .base = 0x22000,
	 .gdrst = 1u << 3,
	 .isr = 0x44300,
	 .irq_shift = 16,
	 .fault_id = 4},
};

/* Index of the engine whose registers are around @a offset; engines are 4 KiB and more apart. */
static unsigned
engine_at(uint32_t offset)
{
	unsigned e = 0;

	while (e < GVT_ENGINES - 1 && gvt_engines[e].base != (offset & ~0xfffu))
		e++;
	return e;
}

/* What the ring was at stays to be read, but nothing is left to do in it. */
void
gvt_engine_registers_reset(struct gvt *gvt, const struct gvt_engine *engine)
{
	uint32_t *base = gvt_vreg(gvt, engine->base);

	base[GVT_EXECLIST_STATUS / 4] = 0;
	base[GVT_EXECLIST_STATUS / 4 + 1] = 0;
	base[GVT_CSB_POINTER / 4] = CSB_PTR_RESET;
	base[GVT_RING_HEAD / 4] = base[GVT_RING_TAIL / 4];
	base[GVT_RING_ACTHD / 4] = base[GVT_RING_ACTHD_UDW / 4] = 0;
	base[GVT_RING_IPEHR / 4] = 0;
	base[GVT_RING_INSTDONE / 4] = INSTDONE_IDLE;
	base[GVT_RING_EIR / 4] = 0;
	base[GVT_MI_MODE / 4] &= ~GVT_MI_MODE_STOP_RING;
}

void
gvt_engine_registers_hang(struct gvt_streamer *streamer)
{
	uint64_t page = streamer->fault_address >> GVT_PAGE_SHIFT;
	bool ggtt = !streamer->fault_ppgtt;

	*gvt_streamer_vreg(streamer, GVT_RING_INSTDONE) = INSTDONE_BUSY;
	if (!streamer->has_fault)
		return;
	streamer->has_fault = false;
	*gvt_vreg(streamer->gvt, RING_FAULT) = RING_FAULT_VALID |
					       RING_FAULT_ENGINE(streamer->engine->fault_id) |
					       (ggtt ? RING_FAULT_GGTT : 0);
	*gvt_vreg(streamer->gvt, FAULT_TLB_DATA0) = (uint32_t)page;
	*gvt_vreg(streamer->gvt, FAULT_TLB_DATA1) =
		((uint32_t)(page >> 32) & 0xf) | (ggtt ? FAULT_TLB_GGTT : 0);
}

/* The fourth dword submits. */
static uint32_t
elsp_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	struct gvt_streamer *streamer = &gvt->streamers[engine_at(offset)];

	(void)old;
	streamer->port[streamer->port_count++] = value;
	if (streamer->port_count == 4) {
		streamer->port_count = 0;
		gvt_execlist_submit(streamer);
	}
	return value;
}

/* A ring that is told to stop, or to go on, has to hear of it. */
static uint32_t
mi_mode_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	struct gvt_streamer *streamer = &gvt->streamers[engine_at(offset)];

	if ((old ^ value) & GVT_MI_MODE_STOP_RING && streamer->has_running)
		gvt_streamer_kick(streamer);
	return value;
}

static uint32_t
mi_mode_read(struct gvt *gvt, uint32_t offset)
{
	uint32_t value = *gvt_vreg(gvt, offset);

	return gvt_engine_idle(gvt, engine_at(offset)) ? value | MI_MODE_RINGS_IDLE
						       : value & ~MI_MODE_RINGS_IDLE;
}

static uint32_t
reset_ctl_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	return value & RESET_CTL_REQUEST ? RESET_CTL_REQUEST | RESET_CTL_READY : 0;
}

/* What GVT-g takes for the sign of a driver that doesn't know it, handlers.c. */
static uint32_t
gfx_mode_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	uint32_t set = value & ~old & 0xffff;

	(void)offset;
	if (set & GFX_MODE_UNKNOWN)
		gvt_failsafe(gvt, "sets bit 0 of GFX_MODE");
	else if (set & (GFX_MODE_EXECLISTS | GFX_MODE_PPGTT) && !gvt->aware)
		gvt_failsafe(gvt, "starts an engine before it has read PVINFO");
	return value;
}

static uint32_t
csfe_chicken_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)offset;
	if (value & ~old & CSFE_PREEMPTION)
		gvt_failsafe(gvt, "sets bit 3 or 4 of CSFE_CHICKEN1");
	return value;
}

/* Errors that are not masked. */
static uint32_t
esr_read(struct gvt *gvt, uint32_t offset)
{
	uint32_t base = gvt_engines[engine_at(offset)].base;

	return *gvt_vreg(gvt, base + GVT_RING_EIR) & ~*gvt_vreg(gvt, base + GVT_RING_EMR);
}

uint64_t
gvt_timestamp(const struct gvt *gvt)
{
	uint64_t ticks = gvt->dev->host->now(gvt->dev->host->ctx) * TIMESTAMP_MHZ / 1000;

	return ticks & ((UINT64_C(1) << TIMESTAMP_BITS) - 1);
}

static uint32_t
timestamp_read(struct gvt *gvt, uint32_t offset)
{
	(void)offset;
	return (uint32_t)gvt_timestamp(gvt);
}

static uint32_t
timestamp_udw_read(struct gvt *gvt, uint32_t offset)
{
	(void)offset;
	return (uint32_t)(gvt_timestamp(gvt) >> 32);
}

static const struct gvt_register registers[] = {
	REG(0x028, "EXCC"),
	REG(GVT_RING_TAIL, "RING_BUFFER_TAIL"),
	REG(GVT_RING_HEAD, "RING_BUFFER_HEAD"),
	REG(GVT_RING_START, "RING_BUFFER_START"),
	REG(GVT_RING_CTL, "RING_BUFFER_CTL"),
	REG(0x050, "RC_PSMI_CTRL", .kind = GVT_MASKED),
	REG(0x054, "PWRCTX_MAXCNT"),
	REG(GVT_RING_ACTHD_UDW, "ACTHD_UDW", .kind = GVT_READ_ONLY),
	REG(0x060, "DMA_FADD_UDW", .kind = GVT_READ_ONLY),
	REG(0x064, "IPEIR", .kind = GVT_READ_ONLY),
	REG(GVT_RING_IPEHR, "IPEHR", .kind = GVT_READ_ONLY),
	REG(GVT_RING_INSTDONE, "INSTDONE", .kind = GVT_READ_ONLY, .reset = INSTDONE_IDLE),
	REG(0x070, "INSTPS", .kind = GVT_READ_ONLY),
	REG(GVT_RING_ACTHD, "ACTHD", .kind = GVT_READ_ONLY),
	REG(0x078, "DMA_FADD", .kind = GVT_READ_ONLY),
	REG(GVT_HWS_PGA, "HWS_PGA"),
	REG(0x094, "NOPID"),
	REG(0x098, "HWSTAM"),
	REG(GVT_MI_MODE, "MI_MODE", .kind = GVT_MASKED, .read = mi_mode_read,
	    .write = mi_mode_write),
	REG(GVT_RING_IMR, "IMR", .reset = 0xffffffff, .write = gvt_imr_write),
	REG(GVT_RING_EIR, "EIR", .kind = GVT_BITS, .write1clear = 0xffffffff),
	REG(GVT_RING_EMR, "EMR", .reset = 0xffffffff),
	REG(0x0b8, "ESR", .kind = GVT_READ_ONLY, .read = esr_read),
	REG(0x0c0, "INSTPM", .kind = GVT_MASKED),
	REG(0x0c4, "CMD_CCTL"),
	REG(0x0c8, "R_PWR_CLK_STATE"),
	REG(0x0d0, "RESET_CTL", .kind = GVT_MASKED, .write = reset_ctl_write),
	REG(0x0d4, "CSFE_CHICKEN1", .kind = GVT_MASKED, .write = csfe_chicken_write),
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
	REG(0x200, "SWCTRL", .kind = GVT_MASKED),
	REG(GVT_ELSP, "EXECLIST_SUBMITPORT", .write = elsp_write),
	REG(GVT_EXECLIST_STATUS, "EXECLIST_STATUS_LDW", .kind = GVT_READ_ONLY),
	REG(0x238, "EXECLIST_STATUS_UDW", .kind = GVT_READ_ONLY),
	REG(0x244, "CTX_CONTROL", .kind = GVT_MASKED),
	REG(0x270, "PDP#_LDW", .count = 4, .stride = 8),
	REG(0x274, "PDP#_UDW", .count = 4, .stride = 8),
	REG(0x29c, "GFX_MODE", .kind = GVT_MASKED, .write = gfx_mode_write),
	REG(0x358, "TIMESTAMP", .kind = GVT_READ_ONLY, .read = timestamp_read),
	REG(0x35c, "TIMESTAMP_UDW", .kind = GVT_READ_ONLY, .read = timestamp_udw_read),
	REG(GVT_CSB, "CONTEXT_STATUS_#_LDW", .kind = GVT_READ_ONLY, .count = 6, .stride = 8),
	REG(0x374, "CONTEXT_STATUS_#_UDW", .kind = GVT_READ_ONLY, .count = 6, .stride = 8),
	REG(GVT_CSB_POINTER, "CONTEXT_STATUS_BUFFER_PTR", .kind = GVT_MASKED,
	    .reset = CSB_PTR_RESET),
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

const struct gvt_register_block gvt_engine_registers = {GVT_BLOCK("engines", registers), .per_engine = true};
