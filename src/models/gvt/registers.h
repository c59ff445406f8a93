/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers as data. Each regs_*.c has the table of one block; registers.c joins them into an index
 * by offset. A register that is in no table is 32 bits of memory, as in GVT-g.
 */
#ifndef MODELS_GVT_REGISTERS_H
#define MODELS_GVT_REGISTERS_H

#include <stdint.h>

#include "models/gvt/gvt.h"

/** What a write does to the stored value before the write hook sees it. */
enum gvt_kind {
	GVT_RAM,       /**< stored */
	GVT_READ_ONLY, /**< dropped */
	GVT_BITS,      /**< bits in `writable` stored, ones in `write1clear` clear, the rest stay */
	GVT_MASKED,    /**< bits 31:16 say which of bits 15:0 are stored ("mask bits" in the PRM) */
};

/**
 * A register, or `count` alike registers `stride` bytes apart. In the name of such an array '*' stands
 * for the instance as a letter, '#' as a number.
 */
struct gvt_register {
	uint32_t offset;
	uint32_t stride;
	uint16_t count; /**< 0 means 1 */
	uint8_t kind;   /**< enum gvt_kind */
	uint32_t reset;
	uint32_t writable, write1clear; /**< for GVT_BITS */

	/** The value to read, instead of the stored one. */
	uint32_t (*read)(struct gvt *gvt, uint32_t offset);

	/** Called before the merged @a value replaces @a old; returns what to store. */
	uint32_t (*write)(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value);

	const char *name;
	const char *engine; /**< prefix of the name in a per-engine table, set by registers.c */
};

/** A row: offset, name, then any other fields by name. */
#define REG(at, label, ...)                                                                        \
	{                                                                                          \
		.offset = (at), .name = (label), __VA_ARGS__                                       \
	}

struct gvt_register_block {
	const struct gvt_register *registers;
	unsigned count;
	bool per_engine; /**< offsets are relative to each engine's base */
};

#define GVT_BLOCK(table) .registers = (table), .count = sizeof(table) / sizeof((table)[0])

extern const struct gvt_register_block gvt_engine_registers, gvt_render_registers, gvt_gt_registers,
	gvt_power_registers, gvt_pcode_registers, gvt_clock_registers, gvt_interrupt_registers,
	gvt_display_registers, gvt_pipe_registers, gvt_plane_registers, gvt_aux_registers,
	gvt_pch_registers, gvt_gmbus_registers, gvt_sbi_registers, gvt_pvinfo_registers,
	gvt_fence_registers;

/** Write hook of interrupt mask registers, those of engines as well (interrupt.c). */
uint32_t gvt_imr_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value);

/** An engine and the base of its registers, Intel PRM SKL Vol 2c. */
struct gvt_engine {
	const char *name;
	uint32_t base;
	uint32_t gdrst; /**< its bit in GDRST */
};

#define GVT_ENGINES 4u
extern const struct gvt_engine gvt_engines[GVT_ENGINES];

/** Rows after per-engine tables were repeated; 0 stands for all registers in no table. */
#define GVT_MAX_ROWS 1024u
extern struct gvt_register gvt_rows[GVT_MAX_ROWS];
extern unsigned gvt_num_rows;

/** Row of each dword. */
extern uint16_t gvt_row_index[GVT_MMIO_SIZE / 4];

/** Builds rows and index, once per process. */
void gvt_registers_init(void);

/** Dwords that two rows claim: a mistake in the tables, for the unit test to find. */
unsigned gvt_register_conflicts(void);

static inline const struct gvt_register *
gvt_register_at(uint32_t offset)
{
	return &gvt_rows[gvt_row_index[offset / 4]];
}

#endif
