/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GT outside its engines: memory interface, fuses, reset, frequency, GuC. Intel PRM SKL Vol 2c. */
#include "models/gvt/registers.h"

#define TRTTE_ENABLE         (1u << 0)
#define TRTTE_VIRTUAL        (1u << 1) /* tables at virtual, not physical addresses */
#define MBCTL_BOOT_FETCH     (1u << 4)
#define GUC_STATUS           0xc000u
#define GUC_STATUS_MIA_RESET (1u << 0)

/* Slice 0 enabled, its subslice 3 fused off: three subslices with eight execution units each, a GT2. */
#define FUSE2_GT2 0x02800000u

/* Bits 2:1 shift the 24 MHz crystal clock right by 3 - 2: timestamps count at 12 MHz. */
#define CTC_MODE_12MHZ 0x4u

/* GVT-g refuses an address mode that would let the guest name host memory; vfiod drops the write. */
static uint32_t
trtte_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset;
	return (value & TRTTE_ENABLE) && !(value & TRTTE_VIRTUAL) ? old : value;
}

static uint32_t
mbctl_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	return value & ~MBCTL_BOOT_FETCH;
}

/* All bits read back 0: the reset is over before the write returns. */
static uint32_t
gdrst_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)offset, (void)old;
	gvt_engines_reset(gvt, value);
	if (value & GVT_GDRST_FULL)
		gvt_mmio_reset_gt(gvt);
	if (value & GVT_GDRST_GUC)
		*gvt_vreg(gvt, GUC_STATUS) |= GUC_STATUS_MIA_RESET;
	return 0;
}

/* Whoever put the GuC into reset sees it there once; nothing ever runs on it (GVT-g handlers.c). */
static uint32_t
guc_status_read(struct gvt *gvt, uint32_t offset)
{
	uint32_t value = *gvt_vreg(gvt, offset);

	*gvt_vreg(gvt, offset) = value & ~GUC_STATUS_MIA_RESET;
	return value;
}

static const struct gvt_register registers[] = {
	REG(0x04080, "GAMW_ECO_DEV_RW_IA"),
	REG(0x04090, "GAM_ECOCHK"),
	REG(0x04094, "RING_FAULT_RCS"),
	REG(0x04194, "RING_FAULT_VCS"),
	REG(0x04294, "RING_FAULT_BCS"),
	REG(0x04394, "RING_FAULT_VECS"),
	REG(0x040a0, "ERROR"),
	REG(0x040e0, "PRIVATE_PAT_LDW"),
	REG(0x040e4, "PRIVATE_PAT_UDW"),
	/* There are no translation caches to invalidate; an invalidation is done at once. */
	REG(0x04260, "RTCR", .kind = GVT_READ_ONLY),
	REG(0x04264, "M1TCR", .kind = GVT_READ_ONLY),
	REG(0x04268, "M2TCR", .kind = GVT_READ_ONLY),
	REG(0x0426c, "BTCR", .kind = GVT_READ_ONLY),
	REG(0x04270, "VTCR", .kind = GVT_READ_ONLY),
	REG(0x04a08, "GAMTARBMODE", .kind = GVT_MASKED),
	REG(0x04ab0, "GAMT_ECO_REG_RW_IA"),
	REG(0x04ab8, "GAMT_CHKN_BIT_REG"),
	REG(0x04b10, "FAULT_TLB_DATA0"),
	REG(0x04b14, "FAULT_TLB_DATA1"),
	REG(0x04dd4, "L3_LRA_1_GPGPU"),
	REG(0x04ddc, "MMCD_MISC_CTRL"),
	REG(0x04df4, "TRTTE", .write = trtte_write),
	REG(0x08000, "MSG_IDLE_CS"),
	REG(0x08004, "MSG_IDLE_VCS0"),
	REG(0x0800c, "MSG_IDLE_BCS"),
	REG(0x08010, "MSG_IDLE_VECS"),
	REG(0x0804c, "SLICE_PGCTL_ACK_#", .count = 3, .stride = 4),
	REG(0x09008, "IDICR"),
	REG(0x0900c, "MBCUNIT_SNPCR"),
	REG(0x0907c, "MBCTL", .write = mbctl_write),
	REG(0x09120, "FUSE2", .kind = GVT_READ_ONLY, .reset = FUSE2_GT2),
	REG(0x09134, "EU_DISABLE_#", .kind = GVT_READ_ONLY, .count = 3, .stride = 4),
	REG(0x09400, "UCGCTL1"),
	REG(0x09404, "UCGCTL2"),
	REG(0x09408, "UCGCTL3"),
	REG(0x0940c, "UCGCTL4"),
	REG(0x0941c, "GDRST", .write = gdrst_write),
	REG(0x09424, "MISCCPCTL"),
	REG(0x09430, "UCGCTL6"),
	REG(0x0a008, "RPNSWREQ"),
	REG(0x0a00c, "RC_VIDEO_FREQ"),
	REG(0x0a010, "RP_DOWN_TIMEOUT"),
	REG(0x0a014, "RP_INTERRUPT_LIMITS"),
	REG(0x0a01c, "RPSTAT1"),
	REG(0x0a024, "RP_CONTROL"),
	REG(0x0a02c, "RP_UP_THRESHOLD"),
	REG(0x0a030, "RP_DOWN_THRESHOLD"),
	REG(0x0a068, "RP_UP_EI"),
	REG(0x0a06c, "RP_DOWN_EI"),
	REG(0x0a070, "RP_IDLE_HYSTERSIS"),
	REG(0x0a090, "RC_CONTROL"),
	REG(0x0a094, "RC_STATE"),
	REG(0x0a168, "PMINTRMSK"),
	REG(0x0a210, "PG_ENABLE"),
	REG(0x0a26c, "CTC_MODE", .kind = GVT_READ_ONLY, .reset = CTC_MODE_12MHZ),
	REG(0x0a2a0, "PWRGT_DOMAIN_STATUS"),
	REG(GUC_STATUS, "GUC_STATUS", .kind = GVT_READ_ONLY, .reset = GUC_STATUS_MIA_RESET,
	    .read = guc_status_read, .read_acts = true),
	REG(0x0c310, "DMA_COPY_SIZE"),
	REG(0x0c314, "DMA_CTRL"),
	REG(0x101008, "GFX_FLSH_CNTL"),
	REG(0x120010, "EDRAM_CAP", .kind = GVT_READ_ONLY),
	REG(0x13805c, "GT_THREAD_STATUS", .kind = GVT_READ_ONLY),
	REG(0x138060, "GT_CORE_STATUS", .kind = GVT_READ_ONLY),
	REG(0x138104, "GT_GFX_RC6_LOCKED"),
	REG(0x138108, "GT_GFX_RC6"),
	REG(0x145000, "MAD_INTER_CHANNEL", .kind = GVT_READ_ONLY),
	REG(0x14500c, "MAD_DIMM_CH#", .kind = GVT_READ_ONLY, .count = 2, .stride = 4),
	REG(0x145948, "GT_PERF_STATUS"),
	REG(0x145994, "RP_STATE_LIMITS"),
	REG(0x145998, "RP_STATE_CAP", .kind = GVT_READ_ONLY),
};

const struct gvt_register_block gvt_gt_registers = {GVT_BLOCK("gt", registers)};
