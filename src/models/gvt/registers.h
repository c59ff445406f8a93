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
	uint8_t block : 7;     /**< index of its table, set by registers.c */
	uint8_t read_acts : 1; /**< read() changes something: debuggers get the stored value */
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
	const char *name; /**< for people: "display" */
	const struct gvt_register *registers;
	unsigned count;
	bool per_engine; /**< offsets are relative to each engine's base */
};

#define GVT_BLOCK(label, table)                                                                    \
	.name = (label), .registers = (table), .count = sizeof(table) / sizeof((table)[0])

extern const struct gvt_register_block gvt_engine_registers, gvt_render_registers, gvt_gt_registers,
	gvt_power_registers, gvt_pcode_registers, gvt_clock_registers, gvt_interrupt_registers,
	gvt_display_registers, gvt_pipe_registers, gvt_plane_registers, gvt_aux_registers,
	gvt_pch_registers, gvt_gmbus_registers, gvt_sbi_registers, gvt_pvinfo_registers,
	gvt_fence_registers;

/** Write hook of interrupt mask registers, those of engines as well (interrupt.c). */
uint32_t gvt_imr_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value);

enum gvt_engine_kind {
	GVT_ENGINE_RENDER,
	GVT_ENGINE_VIDEO,
	GVT_ENGINE_BLITTER,
};

/** An engine and the base of its registers, Intel PRM SKL Vol 2c. */
struct gvt_engine {
	const char *name;
	enum gvt_engine_kind kind;
	uint32_t base;
	uint32_t gdrst; /**< its bit in GDRST */
	uint32_t isr;   /**< its group of interrupts, and where in it its bits begin */
	uint8_t irq_shift;
	uint8_t fault_id; /**< in RING_FAULT */
};

/* Bits of GDRST. */
#define GVT_GDRST_FULL (1u << 0)
#define GVT_GDRST_GUC  (1u << 5)

/* Registers of an engine that more than one file knows, from its base. */
#define GVT_RING_TAIL         0x030u
#define GVT_RING_HEAD         0x034u
#define GVT_RING_START        0x038u
#define GVT_RING_CTL          0x03cu
#define GVT_RING_ACTHD_UDW    0x05cu
#define GVT_RING_IPEHR        0x068u
#define GVT_RING_INSTDONE     0x06cu
#define GVT_RING_ACTHD        0x074u
#define GVT_HWS_PGA           0x080u
#define GVT_MI_MODE           0x09cu
#define GVT_MI_MODE_STOP_RING (1u << 8)
#define GVT_RING_IMR          0x0a8u
#define GVT_RING_EIR          0x0b0u
#define GVT_RING_EMR          0x0b4u
#define GVT_ELSP              0x230u
#define GVT_EXECLIST_STATUS   0x234u
#define GVT_CSB               0x370u
#define GVT_CSB_POINTER       0x3a0u

/** Above are registers of display and system, below those of the GT. */
#define GVT_GT_REGISTERS_END 0x40000u

#define GVT_ENGINES          4u
extern const struct gvt_engine gvt_engines[GVT_ENGINES];

/** Rows after per-engine tables were repeated; 0 stands for all registers in no table. */
#define GVT_MAX_ROWS 1024u
extern struct gvt_register gvt_rows[GVT_MAX_ROWS];
extern unsigned gvt_num_rows;

/** Row of each dword. */
extern uint16_t gvt_row_index[GVT_MMIO_SIZE / 4];

/** Builds rows and index, once per process. */
void gvt_registers_init(void);

/** Name of the block that a row is part of. */
const char *gvt_block_name(const struct gvt_register *reg);

/**
 * What the bits of the register @a name in row @a row mean, ended by one without a name; NULL if nothing is
 * known (fields.c).
 */
const struct vfiod_field *gvt_fields_of(const struct gvt_register *row, const char *name);
/** Names of rows and registers with fields, by number; NULL behind the last. For the unit test. */
const char *gvt_fields_row(unsigned index, const struct vfiod_field **fields);

/** Dwords that two rows claim: a mistake in the tables, for the unit test to find. */
unsigned gvt_register_conflicts(void);

static inline const struct gvt_register *
gvt_register_at(uint32_t offset)
{
	return &gvt_rows[gvt_row_index[offset / 4]];
}

#endif
