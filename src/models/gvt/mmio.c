/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BAR0: registers, a hole, the GGTT.
 *
 * Registers are 32 bits wide. An access of 8 bytes is two of 4, low half first. One of 1 or 2 bytes
 * reads its part of the dword; a write takes the other bytes from the stored value (zeros where ones
 * would clear), so that handlers see whole dwords whatever the offset. GVT-g does so only at multiples
 * of 4 and lets other offsets past the handlers, on which no driver relies (GVT-g handlers.c).
 */
#include "models/gvt/registers.h"

/* A full GT reset restores what lies below the interrupt registers, GVT-g mmio.c. */
#define GT_RESET_END 0x44200u

static inline uint32_t
reg_read(struct gvt *gvt, uint32_t offset)
{
	const struct gvt_register *reg = gvt_register_at(offset);

	return reg->read && !gvt->failsafe ? reg->read(gvt, offset) : *gvt_vreg(gvt, offset);
}

/* What the register's kind makes of a write; hooks see the result. */
static uint32_t
merge(const struct gvt_register *reg, uint32_t old, uint32_t value)
{
	uint32_t mask;

	switch (reg->kind) {
	case GVT_BITS:
		return (old & ~reg->writable & ~(value & reg->write1clear)) |
		       (value & reg->writable);
	case GVT_MASKED:
		mask = value >> 16;
		return (old & ~mask) | (value & mask);
	default:
		return value;
	}
}

static void
reg_write(struct gvt *gvt, uint32_t offset, uint32_t value)
{
	const struct gvt_register *reg = gvt_register_at(offset);
	uint32_t *stored = gvt_vreg(gvt, offset);

	if (gvt->failsafe) {
		*stored = value;
		return;
	}
	if (reg->kind == GVT_READ_ONLY) {
		vfiod_log(gvt->dev, VFIOD_LOG_DEBUG, "write of 0x%x to read-only %s dropped", value,
			  gvt_register_name(offset));
		return;
	}
	value = merge(reg, *stored, value);
	if (reg->write)
		value = reg->write(gvt, offset, *stored, value);
	*stored = value;
}

/* Bits of a dword that an access of width bytes at pos covers. */
static uint32_t
part_mask(uint64_t pos, unsigned width)
{
	return ((1u << (8 * width)) - 1) << (8 * (pos & 3));
}

static void
reg_write_part(struct gvt *gvt, uint32_t pos, unsigned width, uint32_t value)
{
	uint32_t offset = pos & ~3u, mask = part_mask(pos, width);
	uint32_t rest = *gvt_vreg(gvt, offset);

	if (!gvt->failsafe)
		rest &= ~gvt_register_at(offset)->write1clear;

	reg_write(gvt, offset, (rest & ~mask) | ((value << (8 * (pos & 3))) & mask));
}

/* Drivers access whole registers and little else: the way for those is the short one. */
static inline uint64_t
mmio_read(struct gvt *gvt, uint32_t pos, unsigned width)
{
	uint64_t low;

	if (width == 4)
		return reg_read(gvt, pos);
	if (width < 4)
		return (reg_read(gvt, pos & ~3u) & part_mask(pos, width)) >> (8 * (pos & 3));
	low = reg_read(gvt, pos);
	return low | (uint64_t)reg_read(gvt, pos + 4) << 32;
}

static void
mmio_write(struct gvt *gvt, uint32_t pos, unsigned width, uint64_t value)
{
	if (width < 4) {
		reg_write_part(gvt, pos, width, (uint32_t)value);
		return;
	}
	reg_write(gvt, pos, (uint32_t)value);
	if (width == 8)
		reg_write(gvt, pos + 4, (uint32_t)(value >> 32));
}

int
gvt_bar0_read(void *state, uint64_t pos, unsigned width, uint64_t *value)
{
	struct gvt *gvt = state;

	if (pos >= GVT_GGTT_OFFSET)
		return gvt_ggtt_read(gvt, pos - GVT_GGTT_OFFSET, width, value);
	/* GVT-g sends accesses to the hole to guest memory at that address, which helps nobody. */
	*value = pos < GVT_MMIO_SIZE ? mmio_read(gvt, (uint32_t)pos, width) : 0;
	return 0;
}

int
gvt_bar0_write(void *state, uint64_t pos, unsigned width, uint64_t value)
{
	struct gvt *gvt = state;

	if (pos >= GVT_GGTT_OFFSET)
		return gvt_ggtt_write(gvt, pos - GVT_GGTT_OFFSET, width, value);
	if (pos < GVT_MMIO_SIZE)
		mmio_write(gvt, (uint32_t)pos, width, value);
	return 0;
}

int
gvt_mmio_create(struct gvt *gvt)
{
	gvt_registers_init();
	gvt->vreg = gvt_sparse_new(GVT_MMIO_SIZE);
	return gvt->vreg ? 0 : -ENOMEM;
}

void
gvt_mmio_destroy(struct gvt *gvt)
{
	gvt_sparse_free(gvt->vreg, GVT_MMIO_SIZE);
}

/* Registers below end that do not reset to zero. */
static void
apply_reset_values(struct gvt *gvt, uint32_t end)
{
	for (unsigned row = 1; row < gvt_num_rows; row++) {
		const struct gvt_register *reg = &gvt_rows[row];

		for (unsigned i = 0; reg->reset && i < reg->count; i++)
			if (reg->offset + i * reg->stride < end)
				*gvt_vreg(gvt, reg->offset + i * reg->stride) = reg->reset;
	}
}

void
gvt_mmio_reset(struct gvt *gvt)
{
	gvt->interrupt = gvt->aware = gvt->failsafe = false;
	gvt_sbi_reset(gvt);
	gvt_sparse_clear(gvt->vreg, GVT_MMIO_SIZE);
	apply_reset_values(gvt, GVT_MMIO_SIZE);
	gvt_pvinfo_reset(gvt);
	gvt_display_reset(gvt);
}

void
gvt_mmio_reset_gt(struct gvt *gvt)
{
	uint32_t whole_pages = GT_RESET_END & ~(GVT_PAGE_SIZE - 1);

	gvt_sparse_clear(gvt->vreg, whole_pages);
	for (uint32_t offset = whole_pages; offset < GT_RESET_END; offset += 4)
		*gvt_vreg(gvt, offset) = 0;
	apply_reset_values(gvt, GT_RESET_END);
	gvt_pvinfo_reset(gvt);
}
