/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers for people who debug a driver: all that have a name, and reads that leave no trace. */
#include "models/gvt/registers.h"

#include <stdio.h>
#include <string.h>

/* Rows that keep a range of zeros from being taken for memory; nobody looks for them. */
static const char *const fillers[] = {"PVINFO_RESERVED", "FENCE_FOREIGN"};

static bool
is_filler(const struct gvt_register *row)
{
	for (unsigned i = 0; i < sizeof(fillers) / sizeof(*fillers); i++)
		if (!strcmp(row->name, fillers[i]))
			return true;
	return false;
}

void
gvt_list_registers(struct vfiod_device *dev,
		   void (*visit)(void *ctx, const struct vfiod_register *reg), void *ctx)
{
	(void)dev;
	for (unsigned number = 1; number < gvt_num_rows; number++) {
		const struct gvt_register *row = &gvt_rows[number];
		struct vfiod_register reg = {
			.block = gvt_block_name(row),
			.region = VFIOD_BAR0,
		};

		for (unsigned i = 0; i < row->count && !is_filler(row); i++) {
			reg.offset = row->offset + i * row->stride;
			snprintf(reg.name, sizeof(reg.name), "%s", gvt_register_name(reg.offset));
			reg.fields = gvt_fields_of(row, reg.name);
			visit(ctx, &reg);
		}
	}
}

static uint32_t
peek_register(struct gvt *gvt, uint32_t offset)
{
	const struct gvt_register *reg = gvt_register_at(offset);

	if (!reg->read || reg->read_acts || gvt->failsafe)
		return *gvt_vreg(gvt, offset);
	return reg->read(gvt, offset);
}

int
gvt_peek(struct vfiod_device *dev, unsigned region, uint64_t pos, void *buffer, size_t length)
{
	struct gvt *gvt = dev->state;
	uint8_t *to = buffer;

	if (region != VFIOD_BAR0)
		return -EOPNOTSUPP;
	for (; length; length -= 4, pos += 4, to += 4) {
		uint64_t value = 0;

		if (pos < GVT_MMIO_SIZE)
			value = peek_register(gvt, (uint32_t)pos);
		else if (pos >= GVT_GGTT_OFFSET)
			gvt_ggtt_read(gvt, pos - GVT_GGTT_OFFSET, 4, &value);
		for (unsigned i = 0; i < 4; i++)
			to[i] = (uint8_t)(value >> 8 * i);
	}
	return 0;
}
