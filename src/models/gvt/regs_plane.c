/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Planes and cursors of the three pipes. Writing the address of a surface is what puts a change into
 * effect: the live register follows, flips are counted, and the flip is reported at the next vblank.
 * Intel PRM SKL Vol 2c, GVT-g handlers.c.
 */
#include "models/gvt/registers.h"

#define PIPE            0x1000u
#define PIPE_FLIPCNT    0x70044u
#define PIPE_OF(offset) ((offset) >> 12 & 0xf)

/* Universal planes from 1 on, 100h apart; offsets of plane n are those of the cursor plus n * 100h. */
#define PLANE_REG(offset, n)    ((offset) + 0x100u * (n))
#define PLANE_OF(offset)        ((offset) >> 8 & 0xf)
#define PLANE_CTL(pipe, n)      (PLANE_REG(0x70080u, n) + PIPE * (pipe))
#define PLANE_SURF(pipe, n)     (PLANE_REG(0x7009cu, n) + PIPE * (pipe))
#define PLANE_SURFLIVE(pipe, n) (PLANE_REG(0x700acu, n) + PIPE * (pipe))
#define CUR_SURFLIVE(pipe)      (0x700acu + PIPE * (pipe))
#define PLANE_CTL_ASYNC         (1u << 9)

/* DE_PIPE_IIR: flip done on plane 1 is bit 3, and so on. */
#define FLIP_DONE(n) (1u << (2 + (n)))

/* Bits 1:0 of a flip register say when: 1 is at once. */
#define FLIP_SURFACE(value) ((value) & ~0xfffu)
#define FLIP_AT_ONCE(value) (((value)&3) == 1)

static void
show(struct gvt *gvt, unsigned pipe, unsigned plane, uint32_t surface, bool at_once)
{
	*gvt_vreg(gvt, PLANE_SURFLIVE(pipe, plane)) = surface;
	if (plane == 1)
		++*gvt_vreg(gvt, PIPE_FLIPCNT + PIPE * pipe);
	gvt_pipe_flip(gvt, pipe, FLIP_DONE(plane), at_once);
}

static uint32_t
plane_surf_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	unsigned pipe = PIPE_OF(offset), plane = PLANE_OF(offset);

	(void)old;
	show(gvt, pipe, plane, value, *gvt_vreg(gvt, PLANE_CTL(pipe, plane)) & PLANE_CTL_ASYNC);
	return value;
}

/*
 * Registers outside the planes by which drivers for GVT-g flip: 50080, 50088, 5008C for the primary
 * planes of pipes A to C, and 10h further for the second planes.
 */
static uint32_t
flip_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	unsigned plane = offset & 0x10 ? 2 : 1, slot = (offset & 0xf) / 4;
	unsigned pipe = slot ? slot - 1 : 0;

	(void)old;
	*gvt_vreg(gvt, PLANE_SURF(pipe, plane)) = FLIP_SURFACE(value);
	show(gvt, pipe, plane, FLIP_SURFACE(value), FLIP_AT_ONCE(value));
	return value;
}

static uint32_t
cur_base_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)old;
	*gvt_vreg(gvt, CUR_SURFLIVE(PIPE_OF(offset))) = value;
	return value;
}

#define PER_PIPE(at, name, ...)                                                                    \
	REG(at, name "_*", .count = GVT_PIPES, .stride = PIPE, ##__VA_ARGS__)

#define PLANE(n)                                                                                   \
	PER_PIPE(PLANE_REG(0x70080, n), "PLANE_CTL_" #n),                                          \
		PER_PIPE(PLANE_REG(0x70088, n), "PLANE_STRIDE_" #n),                               \
		PER_PIPE(PLANE_REG(0x7008c, n), "PLANE_POS_" #n),                                  \
		PER_PIPE(PLANE_REG(0x70090, n), "PLANE_SIZE_" #n),                                 \
		PER_PIPE(PLANE_REG(0x70094, n), "PLANE_KEYVAL_" #n),                               \
		PER_PIPE(PLANE_REG(0x70098, n), "PLANE_KEYMSK_" #n),                               \
		PER_PIPE(PLANE_REG(0x7009c, n), "PLANE_SURF_" #n, .write = plane_surf_write),      \
		PER_PIPE(PLANE_REG(0x700a0, n), "PLANE_KEYMAX_" #n),                               \
		PER_PIPE(PLANE_REG(0x700a4, n), "PLANE_OFFSET_" #n),                               \
		PER_PIPE(PLANE_REG(0x700ac, n), "PLANE_SURFLIVE_" #n, .kind = GVT_READ_ONLY),      \
		PER_PIPE(PLANE_REG(0x700c0, n), "PLANE_AUX_DIST_" #n),                             \
		PER_PIPE(PLANE_REG(0x700c4, n), "PLANE_AUX_OFFSET_" #n),                           \
		PER_PIPE(PLANE_REG(0x70178, n), "PLANE_NV12_BUF_CFG_" #n),                         \
		PER_PIPE(PLANE_REG(0x7017c, n), "PLANE_BUF_CFG_" #n)

static const struct gvt_register registers[] = {
	REG(0x50080, "FLIP_1_A", .write = flip_write),
	REG(0x50088, "FLIP_1_B", .write = flip_write),
	REG(0x5008c, "FLIP_1_C", .write = flip_write),
	REG(0x50090, "FLIP_2_A", .write = flip_write),
	REG(0x50098, "FLIP_2_B", .write = flip_write),
	REG(0x5009c, "FLIP_2_C", .write = flip_write),
	PER_PIPE(0x70080, "CUR_CTL"),
	PER_PIPE(0x70084, "CUR_BASE", .write = cur_base_write),
	PER_PIPE(0x70088, "CUR_POS"),
	PER_PIPE(0x700a0, "CUR_FBC_CTL"),
	PER_PIPE(0x700ac, "CUR_SURFLIVE", .kind = GVT_READ_ONLY),
	PER_PIPE(0x7017c, "CUR_BUF_CFG"),
	PLANE(1),
	PLANE(2),
	PLANE(3),
};

const struct gvt_register_block gvt_plane_registers = {GVT_BLOCK("planes", registers)};
