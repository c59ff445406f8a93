/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Planes and cursors of the three pipes: memory, named for logs. Intel PRM SKL Vol 2c. */
#include "models/gvt/registers.h"

#define PER_PIPE(at, name) REG(at, name "_*", .count = 3, .stride = 0x1000)

/* Registers of universal plane n, 100h apart. */
#define PLANE(n)                                                                                   \
	PER_PIPE(0x70080 + 0x100 * (n), "PLANE_CTL_" #n),                                          \
		PER_PIPE(0x70088 + 0x100 * (n), "PLANE_STRIDE_" #n),                               \
		PER_PIPE(0x7008c + 0x100 * (n), "PLANE_POS_" #n),                                  \
		PER_PIPE(0x70090 + 0x100 * (n), "PLANE_SIZE_" #n),                                 \
		PER_PIPE(0x70094 + 0x100 * (n), "PLANE_KEYVAL_" #n),                               \
		PER_PIPE(0x70098 + 0x100 * (n), "PLANE_KEYMSK_" #n),                               \
		PER_PIPE(0x7009c + 0x100 * (n), "PLANE_SURF_" #n),                                 \
		PER_PIPE(0x700a0 + 0x100 * (n), "PLANE_KEYMAX_" #n),                               \
		PER_PIPE(0x700a4 + 0x100 * (n), "PLANE_OFFSET_" #n),                               \
		PER_PIPE(0x700ac + 0x100 * (n), "PLANE_SURFLIVE_" #n),                             \
		PER_PIPE(0x700c0 + 0x100 * (n), "PLANE_AUX_DIST_" #n),                             \
		PER_PIPE(0x700c4 + 0x100 * (n), "PLANE_AUX_OFFSET_" #n),                           \
		PER_PIPE(0x70178 + 0x100 * (n), "PLANE_NV12_BUF_CFG_" #n),                         \
		PER_PIPE(0x7017c + 0x100 * (n), "PLANE_BUF_CFG_" #n)

static const struct gvt_register registers[] = {
	PER_PIPE(0x70080, "CUR_CTL"),
	PER_PIPE(0x70084, "CUR_BASE"),
	PER_PIPE(0x70088, "CUR_POS"),
	PER_PIPE(0x700a0, "CUR_FBC_CTL"),
	PER_PIPE(0x700ac, "CUR_SURFLIVE"),
	PER_PIPE(0x7017c, "CUR_BUF_CFG"),
	PLANE(1),
	PLANE(2),
	PLANE(3),
};

const struct gvt_register_block gvt_plane_registers = {GVT_BLOCK(registers)};
