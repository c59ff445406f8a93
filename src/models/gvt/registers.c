/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins the tables of all blocks into one array of rows and an index by offset. */
#include "models/gvt/registers.h"

#include <pthread.h>
#include <stdio.h>

struct gvt_register gvt_rows[GVT_MAX_ROWS];
unsigned gvt_num_rows;
uint16_t gvt_row_index[GVT_MMIO_SIZE / 4];

static unsigned conflicts;

static const struct gvt_register_block *const blocks[] = {
	&gvt_engine_registers,    &gvt_render_registers,  &gvt_gt_registers,
	&gvt_power_registers,     &gvt_pcode_registers,   &gvt_clock_registers,
	&gvt_interrupt_registers, &gvt_display_registers, &gvt_pipe_registers,
	&gvt_plane_registers,     &gvt_aux_registers,     &gvt_pch_registers,
	&gvt_gmbus_registers,     &gvt_sbi_registers,     &gvt_pvinfo_registers,
	&gvt_fence_registers,
};

static void
add_row(const struct gvt_register *reg, unsigned block, const struct gvt_engine *engine)
{
	unsigned number = gvt_num_rows;
	struct gvt_register *row;

	if (number == GVT_MAX_ROWS) {
		conflicts++;
		return;
	}
	row = &gvt_rows[gvt_num_rows++];
	*row = *reg;
	row->block = block & 0x7f;
	if (!row->count)
		row->count = 1;
	if (engine) {
		row->offset += engine->base;
		row->engine = engine->name;
	}
	for (unsigned i = 0; i < row->count; i++) {
		uint16_t *index = &gvt_row_index[(row->offset + i * row->stride) / 4];

		if (*index)
			conflicts++;
		*index = (uint16_t)number;
	}
}

static void
build(void)
{
	gvt_num_rows = 1; /* row 0: plain memory, no hooks */
	for (unsigned i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		unsigned repeats = blocks[i]->per_engine ? GVT_ENGINES : 1;

		for (unsigned e = 0; e < repeats; e++)
			for (unsigned r = 0; r < blocks[i]->count; r++)
				add_row(&blocks[i]->registers[r], i,
					blocks[i]->per_engine ? &gvt_engines[e] : NULL);
	}
}

void
gvt_registers_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, build);
}

unsigned
gvt_register_conflicts(void)
{
	gvt_registers_init();
	return conflicts;
}

const char *
gvt_block_name(const struct gvt_register *reg)
{
	return blocks[reg->block]->name;
}

const char *
gvt_register_name(uint32_t offset)
{
	static _Thread_local char name[48];
	const struct gvt_register *row;
	unsigned instance;
	size_t at = 0;

	gvt_registers_init();
	if (offset >= GVT_MMIO_SIZE || !gvt_row_index[offset / 4])
		return NULL;
	row = gvt_register_at(offset);
	instance = row->stride ? ((offset & ~3u) - row->offset) / row->stride : 0;
	if (row->engine)
		at = (size_t)snprintf(name, sizeof(name), "%s_", row->engine);
	for (const char *c = row->name; *c && at < sizeof(name) - 12; c++) {
		if (*c == '*')
			name[at++] = (char)('A' + instance);
		else if (*c == '#')
			at += (size_t)snprintf(name + at, sizeof(name) - at, "%u", instance);
		else
			name[at++] = *c;
	}
	name[at] = '\0';
	return name;
}
