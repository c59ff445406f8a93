/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contexts: an engine's registers in memory, as the commands that would load them. Fields are at fixed
 * places of the image's second page; what comes after them is read as the list of register loads that
 * it is. Intel PRM SKL Vol 7 "Logical Ring Context Format", i915 intel_lrc.c and intel_lrc_reg.h.
 */
#include "models/gvt/streamer.h"

#include <endian.h>
#include <string.h>

/* Where the values are, in dwords from the page's start. */
enum field {
	CONTROL = 0x03,
	HEAD = 0x05,
	TAIL = 0x07,
	START = 0x09,
	RING_CONTROL = 0x0b,
	BB_ADDR_UDW = 0x0d,
	BB_ADDR = 0x0f,
	BB_STATE = 0x11,
	SBB_ADDR_UDW = 0x13,
	SBB_ADDR = 0x15,
	SBB_STATE = 0x17,
	PER_CONTEXT_BATCH = 0x19,
	INDIRECT_CONTEXT = 0x1b,
	TIMESTAMP = 0x23,
	PDP3_UDW = 0x25,  /* then LDW, and so on down to PDP0 at 31h and 33h */
	REGISTERS = 0x40, /* from here on whatever the loads name */
};

#define CONTROL_RESTORE_INHIBIT  (1u << 0)
#define RING_ENABLE              (1u << 0)
#define RING_PAGES               0x001ff000u
#define HEAD_OFFSET              0x001ffffcu
#define TAIL_OFFSET              0x001ffff8u
#define BATCH_VALID              (1u << 0)
#define BATCH_PPGTT              (1u << 5)
#define BATCH_OFFSET             0xfffffffcu
#define PER_CONTEXT_BATCH_VALID  (1u << 0)
#define PER_CONTEXT_BATCH_OFFSET 0xfffff000u
#define INDIRECT_CONTEXT_LINES   0x0000003fu /* of 64 bytes */
#define INDIRECT_CONTEXT_OFFSET  0xffffffc0u

#define LOAD_REGISTERS           0x22u /* MI_LOAD_REGISTER_IMM, bits 31:23 */
#define IMAGE_DWORDS             (GVT_PAGE_SIZE / 4)

static uint64_t
image_address(const struct gvt_streamer *streamer)
{
	return (uint64_t)(streamer->context.element.low & GVT_CONTEXT_ADDRESS) + GVT_PAGE_SIZE;
}

/* Registers that the image may name: the engine's own, but not those that say what it does now. */
static bool
in_image(const struct gvt_streamer *streamer, uint32_t offset)
{
	uint32_t relative = offset - streamer->engine->base;

	return relative < 0x1000 && !(relative & 3) && relative != GVT_MI_MODE &&
	       gvt_register_at(offset)->kind != GVT_READ_ONLY;
}

/*
 * Goes through the register loads, one pair each time. @a at is the dword to go on with, @a left pairs
 * of the present load. Returns the place of a register's offset, its value beside it, or 0.
 */
static unsigned
next_load(const uint32_t *image, unsigned *at, unsigned *left)
{
	unsigned found;

	while (!*left) {
		if (*at >= IMAGE_DWORDS)
			return 0;
		if (image[*at] >> 23 == LOAD_REGISTERS)
			*left = ((image[*at] & 0xff) + 1) / 2;
		else if (image[*at])
			return 0;
		++*at;
	}
	found = *at;
	if (found + 1 >= IMAGE_DWORDS)
		return 0;
	*at += 2;
	--*left;
	return found;
}

/* Under the lock. */
static void
restore_registers(struct gvt_streamer *streamer)
{
	const uint32_t *image = streamer->context.image;
	unsigned at = REGISTERS, left = 0, found;

	while ((found = next_load(image, &at, &left)))
		if (in_image(streamer, image[found]))
			gvt_bar0_write(streamer->gvt, image[found], 4, image[found + 1]);
}

/* Under the lock. Masked registers are saved so that loading them sets all their bits. */
static unsigned
save_registers(struct gvt_streamer *streamer)
{
	uint32_t *image = streamer->context.image;
	unsigned at = REGISTERS, left = 0, found, end = REGISTERS;

	while ((found = next_load(image, &at, &left))) {
		if (!in_image(streamer, image[found]))
			continue;
		image[found + 1] = *gvt_vreg(streamer->gvt, image[found]);
		if (gvt_register_at(image[found])->kind == GVT_MASKED)
			image[found + 1] |= 0xffff0000;
		end = found + 2;
	}
	return end;
}

static uint32_t
ticks(const struct gvt_streamer *streamer)
{
	return (uint32_t)gvt_timestamp(streamer->gvt);
}

static void
load_batch(struct gvt_stream *stream, const uint32_t *image, enum field address, enum field upper,
	   enum field state)
{
	stream->address = (uint64_t)image[upper] << 32 | (image[address] & BATCH_OFFSET);
	stream->end = 0;
	stream->ppgtt = image[state] & BATCH_PPGTT;
	stream->privileged = !stream->ppgtt;
}

static enum gvt_outcome
load_fields(struct gvt_streamer *streamer)
{
	struct gvt_context *context = &streamer->context;
	const uint32_t *image = context->image;
	struct gvt_stream *ring = &streamer->stream[GVT_RING];

	context->ring_start = image[START] & ~(GVT_PAGE_SIZE - 1);
	context->ring_control = image[RING_CONTROL];
	context->ring_size = (image[RING_CONTROL] & RING_PAGES) + GVT_PAGE_SIZE;
	context->tail = image[TAIL] & TAIL_OFFSET;
	context->four_levels = context->element.low & GVT_CONTEXT_64BIT;
	for (unsigned n = 0; n < 4; n++) {
		unsigned upper = PDP3_UDW + 4 * (3 - n);

		context->pdp[n] = (uint64_t)image[upper] << 32 | image[upper + 2];
	}
	context->timestamp_base = image[TIMESTAMP] - ticks(streamer);
	ring->address = image[HEAD] & HEAD_OFFSET;
	ring->ppgtt = false;
	ring->privileged = true;
	load_batch(&streamer->stream[GVT_BATCH], image, BB_ADDR, BB_ADDR_UDW, BB_STATE);
	load_batch(&streamer->stream[GVT_SECOND_BATCH], image, SBB_ADDR, SBB_ADDR_UDW, SBB_STATE);
	streamer->depth = GVT_RING;
	if (image[BB_ADDR] & BATCH_VALID)
		streamer->depth = image[SBB_ADDR] & BATCH_VALID ? GVT_SECOND_BATCH : GVT_BATCH;
	if (!(context->ring_control & RING_ENABLE))
		return gvt_streamer_hang(streamer, "the context's ring is not enabled");
	if (ring->address >= context->ring_size || context->tail >= context->ring_size)
		return gvt_streamer_hang(streamer, "head or tail is outside the ring");
	return GVT_DONE;
}

static enum gvt_outcome
run_own_batch(struct gvt_streamer *streamer, uint64_t address, uint64_t end)
{
	struct gvt_stream *stream = &streamer->stream[GVT_CONTEXT_BATCH];
	unsigned depth = streamer->depth;
	enum gvt_outcome outcome;

	stream->address = address;
	stream->end = end;
	stream->ppgtt = false;
	stream->privileged = true;
	stream->window_valid = false;
	streamer->depth = GVT_CONTEXT_BATCH;
	outcome = gvt_commands_run(streamer, false);
	if (outcome == GVT_DONE)
		streamer->depth = depth;
	return outcome;
}

/* Workarounds that drivers want at each switch: one batch by length, one up to its end command. */
static enum gvt_outcome
run_own_batches(struct gvt_streamer *streamer)
{
	uint32_t indirect = streamer->context.image[INDIRECT_CONTEXT];
	uint32_t per_context = streamer->context.image[PER_CONTEXT_BATCH];
	enum gvt_outcome outcome = GVT_DONE;

	if (indirect & INDIRECT_CONTEXT_LINES) {
		uint64_t from = indirect & INDIRECT_CONTEXT_OFFSET;

		outcome = run_own_batch(streamer, from,
					from + UINT64_C(64) * (indirect & INDIRECT_CONTEXT_LINES));
	}
	if (outcome == GVT_DONE && per_context & PER_CONTEXT_BATCH_VALID)
		outcome = run_own_batch(streamer, per_context & PER_CONTEXT_BATCH_OFFSET, 0);
	return outcome;
}

enum gvt_outcome
gvt_context_load(struct gvt_streamer *streamer)
{
	uint32_t *image = streamer->context.image;
	enum gvt_outcome outcome;

	gvt_tlb_flush(streamer);
	streamer->arbitration = true;
	streamer->command[0] = 0;
	streamer->commands = 0;
	streamer->deadline = 0;
	outcome = gvt_memory_read(streamer, false, image_address(streamer), image, GVT_PAGE_SIZE);
	if (outcome != GVT_DONE)
		return outcome;
	for (unsigned i = 0; i < IMAGE_DWORDS; i++)
		image[i] = le32toh(image[i]);
	outcome = load_fields(streamer);
	if (outcome != GVT_DONE)
		return outcome;
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	if (!(image[CONTROL] & CONTROL_RESTORE_INHIBIT))
		restore_registers(streamer);
	gvt_context_show(streamer);
	if (!gvt_streamer_unlock(streamer))
		return GVT_CANCELLED;
	return run_own_batches(streamer);
}

enum gvt_outcome
gvt_context_load_tail(struct gvt_streamer *streamer)
{
	uint32_t tail;
	enum gvt_outcome outcome = gvt_memory_read(
		streamer, false, image_address(streamer) + 4 * TAIL, &tail, sizeof(tail));

	if (outcome != GVT_DONE)
		return outcome;
	streamer->context.tail = le32toh(tail) & TAIL_OFFSET;
	if (streamer->context.tail >= streamer->context.ring_size)
		return gvt_streamer_hang(streamer, "tail is outside the ring");
	return GVT_DONE;
}

static void
save_batch(const struct gvt_stream *stream, bool valid, uint32_t *image, enum field address,
	   enum field upper, enum field state)
{
	image[address] = valid ? (uint32_t)stream->address | BATCH_VALID : 0;
	image[upper] = valid ? (uint32_t)(stream->address >> 32) : 0;
	image[state] = valid && stream->ppgtt ? BATCH_PPGTT : 0;
}

static void
save_fields(struct gvt_streamer *streamer)
{
	uint32_t *image = streamer->context.image;

	image[CONTROL] &= ~CONTROL_RESTORE_INHIBIT;
	image[HEAD] = (uint32_t)streamer->stream[GVT_RING].address;
	image[TIMESTAMP] = streamer->context.timestamp_base + ticks(streamer);
	save_batch(&streamer->stream[GVT_BATCH], streamer->depth >= GVT_BATCH, image, BB_ADDR,
		   BB_ADDR_UDW, BB_STATE);
	save_batch(&streamer->stream[GVT_SECOND_BATCH], streamer->depth >= GVT_SECOND_BATCH, image,
		   SBB_ADDR, SBB_ADDR_UDW, SBB_STATE);
}

/*
 * Writes back what the engine changes and nothing else: drivers move the tail of a context that runs,
 * and an old value over it would lose their work.
 */
enum gvt_outcome
gvt_context_save(struct gvt_streamer *streamer)
{
	static const struct {
		uint8_t first, last;
	} fields[] = {
		{CONTROL, CONTROL}, {HEAD, HEAD}, {BB_ADDR_UDW, SBB_STATE}, {TIMESTAMP, TIMESTAMP}};
	uint32_t *image = streamer->context.image;
	enum gvt_outcome outcome = GVT_DONE;
	unsigned end;

	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	gvt_context_show(streamer);
	end = save_registers(streamer);
	if (!gvt_streamer_unlock(streamer))
		return GVT_CANCELLED;
	save_fields(streamer);
	for (unsigned i = 0; i < IMAGE_DWORDS; i++)
		image[i] = htole32(image[i]);
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]) && outcome == GVT_DONE; i++)
		outcome = gvt_memory_write(
			streamer, false, image_address(streamer) + 4 * fields[i].first,
			&image[fields[i].first], 4u * (fields[i].last - fields[i].first + 1u));
	if (outcome == GVT_DONE && end > REGISTERS)
		outcome = gvt_memory_write(streamer, false, image_address(streamer) + 4 * REGISTERS,
					   &image[REGISTERS], 4 * (end - REGISTERS));
	return outcome;
}

void
gvt_context_show(struct gvt_streamer *streamer)
{
	const struct gvt_context *context = &streamer->context;
	const struct gvt_stream *stream = &streamer->stream[streamer->depth];
	uint64_t at = stream->address;

	if (streamer->depth == GVT_RING)
		at += context->ring_start;
	*gvt_streamer_vreg(streamer, GVT_RING_HEAD) = (uint32_t)streamer->stream[GVT_RING].address;
	*gvt_streamer_vreg(streamer, GVT_RING_TAIL) = context->tail;
	*gvt_streamer_vreg(streamer, GVT_RING_START) = context->ring_start;
	*gvt_streamer_vreg(streamer, GVT_RING_CTL) = context->ring_control;
	*gvt_streamer_vreg(streamer, GVT_RING_ACTHD) = (uint32_t)at;
	*gvt_streamer_vreg(streamer, GVT_RING_ACTHD_UDW) = (uint32_t)(at >> 32);
	*gvt_streamer_vreg(streamer, GVT_RING_IPEHR) = streamer->command[0];
}
