/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 3D pipeline: mode and "chicken" registers. What matters here is which of them are masked: a
 * driver that sets one bit writes zeros elsewhere and counts on the mask. Intel PRM SKL Vol 2c.
 */
#include "models/gvt/registers.h"

static const struct gvt_register registers[] = {
	REG(0x2084, "3D_CHICKEN", .kind = GVT_MASKED),
	REG(0x2088, "FF_SLICE_CHICKEN", .kind = GVT_MASKED),
	REG(0x208c, "3D_CHICKEN2", .kind = GVT_MASKED),
	REG(0x2090, "3D_CHICKEN3", .kind = GVT_MASKED),
	REG(0x20a0, "FF_THREAD_MODE"),
	REG(0x20e0, "FF_SLICE_CS_CHICKEN1", .kind = GVT_MASKED),
	REG(0x20e4, "FF_SLICE_CS_CHICKEN2", .kind = GVT_MASKED),
	REG(0x20ec, "CS_DEBUG_MODE1", .kind = GVT_MASKED),
	REG(0x20f0, "STATE_ACK", .kind = GVT_MASKED),
	REG(0x2580, "CS_CHICKEN1", .kind = GVT_MASKED),
	REG(0x5588, "WM_CHICKEN3", .kind = GVT_MASKED),
	REG(0x7000, "CACHE_MODE_0", .kind = GVT_MASKED),
	REG(0x7004, "CACHE_MODE_1", .kind = GVT_MASKED),
	REG(0x7008, "GT_MODE", .kind = GVT_MASKED),
	REG(0x7010, "COMMON_SLICE_CHICKEN1", .kind = GVT_MASKED),
	REG(0x7014, "COMMON_SLICE_CHICKEN2", .kind = GVT_MASKED),
	REG(0x7018, "HIZ_CHICKEN", .kind = GVT_MASKED),
	REG(0x7034, "L3CNTLREG"),
	REG(0x7100, "SC_INSTDONE", .kind = GVT_READ_ONLY, .reset = 0xffffffff),
	REG(0x7300, "HDC_CHICKEN0", .kind = GVT_MASKED),
	REG(0x7304, "HDC_CHICKEN1", .kind = GVT_MASKED),
	REG(0x7308, "SLICE_COMMON_ECO_CHICKEN0", .kind = GVT_MASKED),
	REG(0x731c, "SLICE_COMMON_ECO_CHICKEN1", .kind = GVT_MASKED),
	REG(0xb004, "GARBCNTL"),
	REG(0xb008, "SCRATCH_LNCF1"),
	REG(0xb020, "LNCFCMOCS_#", .count = 32, .stride = 4),
	REG(0xb100, "L3SQCREG1"),
	REG(0xb118, "L3SQCREG4"),
	REG(0xb11c, "SCRATCH1"),
	REG(0xc800, "GFX_MOCS_#", .count = 64, .stride = 4),
	REG(0xc900, "MFX0_MOCS_#", .count = 64, .stride = 4),
	REG(0xca00, "MFX1_MOCS_#", .count = 64, .stride = 4),
	REG(0xcb00, "VEBOX_MOCS_#", .count = 64, .stride = 4),
	REG(0xcc00, "BLT_MOCS_#", .count = 64, .stride = 4),
	REG(0xe100, "HALF_SLICE_CHICKEN1", .kind = GVT_MASKED),
	REG(0xe160, "SAMPLER_INSTDONE", .kind = GVT_READ_ONLY, .reset = 0xffffffff),
	REG(0xe164, "ROW_INSTDONE", .kind = GVT_READ_ONLY, .reset = 0xffffffff),
	REG(0xe180, "HALF_SLICE_CHICKEN2", .kind = GVT_MASKED),
	REG(0xe184, "HALF_SLICE_CHICKEN3", .kind = GVT_MASKED),
	REG(0xe188, "HALF_SLICE_CHICKEN5", .kind = GVT_MASKED),
	REG(0xe18c, "SAMPLER_MODE", .kind = GVT_MASKED),
	REG(0xe194, "HALF_SLICE_CHICKEN7", .kind = GVT_MASKED),
	REG(0xe4f0, "ROW_CHICKEN", .kind = GVT_MASKED),
	REG(0xe4f4, "ROW_CHICKEN2", .kind = GVT_MASKED),
};

const struct gvt_register_block gvt_render_registers = {GVT_BLOCK("render", registers)};
