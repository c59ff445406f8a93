/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blitter: fills and copies of rectangles in linear, X-tiled and Y-tiled memory. Intel PRM SKL
 * Vol 2a and Vol 10 "Blitter". Commands that nobody uses any more (text, patterns, monochrome sources)
 * are skipped.
 */
#include "models/gvt/streamer.h"

#include <string.h>

#include "models/gvt/tiling.h"

/* Bits 28:22 of the first dword. */
enum opcode {
	XY_SETUP_BLT = 0x01,
	XY_SETUP_CLIP_BLT = 0x03,
	COLOR_BLT = 0x40,
	XY_FAST_COPY_BLT = 0x42,
	SRC_COPY_BLT = 0x43,
	XY_COLOR_BLT = 0x50,
	XY_SRC_COPY_BLT = 0x53,
};

#define OPCODE(header) ((header) >> 22 & 0x7f)
#define LENGTH(header) (((header)&0xff) + 2)
#define MAX_LENGTH     10u

/* First dword of the XY commands. */
#define WRITE_ALPHA       (1u << 21)
#define WRITE_COLOR       (1u << 20)
#define SOURCE_TILED      (1u << 15)
#define DESTINATION_TILED (1u << 11)

/* Second dword: clipping, depth, raster operation, pitch. */
#define CLIP         (1u << 30)
#define DEPTH(dword) ((dword) >> 24 & 3)
#define ROP(dword)   ((dword) >> 16 & 0xff)

/* Fast copies: tiling in the first dword, depth and kind of Y tile in the second. */
#define FAST_SOURCE(header) ((header) >> 20 & 3)
#define FAST_TARGET(header) ((header) >> 13 & 3)
#define FAST_SOURCE_YF      (1u << 31)
#define FAST_TARGET_YF      (1u << 30)
#define FAST_DEPTH(dword)   ((dword) >> 24 & 7)

/* BCS_SWCTRL: tiled means Y-tiled, not X-tiled. */
#define SWCTRL               0x200u
#define SWCTRL_SOURCE_Y      (1u << 0)
#define SWCTRL_DESTINATION_Y (1u << 1)

/* Raster operations with a name: a function of pattern, source and destination, as a truth table. */
#define ROP_SOURCE           0xccu
#define ROP_PATTERN          0xf0u
#define ROP_USES_SOURCE(rop) ((((rop) >> 2) ^ (rop)) & 0x33)
#define ROP_USES_TARGET(rop) ((((rop) >> 1) ^ (rop)) & 0x55)

/* Two surfaces are in the buffer at a time. */
#define BUFFER (GVT_BLIT_BUFFER / 2)

struct surface {
	uint64_t base;
	int pitch; /* bytes */
	enum gvt_tiling tiling;
};

struct rectangle {
	int left, top, right, bottom; /* pixels; right and bottom are outside */
};

struct blit {
	struct surface target, source;
	struct rectangle area;  /* of the target */
	int source_x, source_y; /* pixels: what goes to area's left top */
	int pixel;              /* bytes */
	uint8_t rop;
	uint32_t color;
	uint32_t mask; /* of a dword: bits that are written */
};

static int
low16(uint32_t dword)
{
	return (int16_t)dword;
}

static int
high16(uint32_t dword)
{
	return (int16_t)(dword >> 16);
}

static uint64_t
address_in(const uint32_t *command)
{
	return command[0] | (uint64_t)command[1] << 32;
}

static struct rectangle
rectangle_in(const uint32_t *command)
{
	return (struct rectangle){low16(command[0]), high16(command[0]), low16(command[1]),
				  high16(command[1])};
}

/* Tiled surfaces have their pitch in dwords, and it is never negative. */
static struct surface
surface_of(uint64_t base, uint32_t pitch, enum gvt_tiling tiling)
{
	return (struct surface){
		.base = base,
		.pitch = tiling == GVT_LINEAR ? low16(pitch) : 4 * (int)(pitch & 0xffff),
		.tiling = tiling,
	};
}

static int
pixel_bytes(unsigned depth)
{
	static const uint8_t bytes[] = {1, 2, 2, 4, 8, 16, 0, 0};

	return bytes[depth];
}

static int
max(int a, int b)
{
	return a > b ? a : b;
}

static int
min(int a, int b)
{
	return a < b ? a : b;
}

/* Cuts the area down, and the source with it. */
static void
clip(struct blit *blit, const struct rectangle *to)
{
	struct rectangle *area = &blit->area;

	blit->source_x += max(to->left - area->left, 0);
	blit->source_y += max(to->top - area->top, 0);
	area->left = max(area->left, to->left);
	area->top = max(area->top, to->top);
	area->right = min(area->right, to->right);
	area->bottom = min(area->bottom, to->bottom);
}

/* Collects the memory of one row. */
static enum gvt_outcome
add_row(struct gvt_streamer *streamer, struct gvt_gather *gather, const struct surface *surface,
	int64_t x, int y, uint8_t *buffer, uint32_t bytes)
{
	enum gvt_outcome outcome = GVT_DONE;
	uint32_t column = (uint32_t)x;

	if (surface->tiling == GVT_LINEAR)
		return gvt_gather_add(streamer, gather,
				      surface->base + (uint64_t)((int64_t)y * surface->pitch + x),
				      buffer, bytes);
	while (bytes && outcome == GVT_DONE) {
		uint32_t span = gvt_tiled_span(surface->tiling, column, bytes);

		outcome = gvt_gather_add(streamer, gather,
					 surface->base + gvt_tiled_offset(surface->tiling,
									  (uint32_t)surface->pitch,
									  column, (uint32_t)y),
					 buffer, span);
		column += span;
		buffer += span;
		bytes -= span;
	}
	return outcome;
}

/* Moves rows between memory and the buffer, in which they lie side by side. */
static enum gvt_outcome
move_rows(struct gvt_streamer *streamer, bool write, const struct surface *surface, int64_t x,
	  int y, int rows, uint8_t *buffer, uint32_t bytes)
{
	enum gvt_outcome outcome = GVT_DONE;
	struct gvt_gather gather;

	gather.write = write;
	gather.ppgtt = true;
	gather.count = 0;
	for (int row = 0; row < rows && outcome == GVT_DONE; row++)
		outcome = add_row(streamer, &gather, surface, x, y + row,
				  buffer + (size_t)row * bytes, bytes);
	if (outcome == GVT_DONE)
		gvt_gather_finish(streamer, &gather);
	return outcome;
}

/* Result of a raster operation for 32 pixels' bits at once. */
static uint32_t
combine(uint8_t rop, uint32_t pattern, uint32_t source, uint32_t target)
{
	uint32_t result = 0;

	for (unsigned i = 0; i < 8; i++)
		if (rop & (1u << i))
			result |= (i & 4 ? pattern : ~pattern) & (i & 2 ? source : ~source) &
				  (i & 1 ? target : ~target);
	return result;
}

/* The color as the dword that repeats along a row. */
static uint32_t
repeated(uint32_t color, int pixel)
{
	if (pixel == 1)
		return (color & 0xff) * 0x01010101u;
	if (pixel == 2)
		return (color & 0xffff) * 0x00010001u;
	return color;
}

/*
 * What is to be written, from the source's and the target's bytes; they may be the same buffer. Rows
 * need not be a multiple of 4 bytes, but the buffers have room, and all of a row starts at a pixel.
 */
static void
apply(const struct blit *blit, uint8_t *target, const uint8_t *source, size_t bytes)
{
	uint32_t pattern = repeated(blit->color, blit->pixel);

	for (size_t at = 0; at < bytes; at += 4) {
		uint32_t s, t, result;

		memcpy(&s, source + at, sizeof(s));
		memcpy(&t, target + at, sizeof(t));
		result = combine(blit->rop, pattern, s, t);
		result = (result & blit->mask) | (t & ~blit->mask);
		memcpy(target + at, &result, sizeof(result));
	}
}

static void
fill(const struct blit *blit, uint8_t *buffer, size_t bytes)
{
	uint32_t pattern = repeated(blit->color, blit->pixel);

	for (size_t at = 0; at < bytes; at += 4)
		memcpy(buffer + at, &pattern, sizeof(pattern));
}

/* One band of rows, small enough for the buffer. */
static enum gvt_outcome
blit_band(struct gvt_streamer *streamer, const struct blit *blit, uint32_t first, int y, int rows,
	  uint32_t bytes)
{
	uint8_t *target = streamer->rows, *source = streamer->rows + BUFFER;
	int64_t target_x = (int64_t)blit->area.left * blit->pixel + first;
	int64_t source_x = (int64_t)blit->source_x * blit->pixel + first;
	int source_y = blit->source_y + (y - blit->area.top);
	bool plain = blit->mask == UINT32_MAX;
	size_t all = (size_t)rows * bytes;
	enum gvt_outcome outcome = GVT_DONE;

	if (ROP_USES_SOURCE(blit->rop))
		outcome = move_rows(streamer, false, &blit->source, source_x, source_y, rows,
				    source, bytes);
	if (outcome != GVT_DONE)
		return outcome;
	if (plain && blit->rop == ROP_SOURCE) {
		target = source;
	} else if (plain && blit->rop == ROP_PATTERN) {
		fill(blit, target, all);
	} else {
		if (!plain || ROP_USES_TARGET(blit->rop))
			outcome = move_rows(streamer, false, &blit->target, target_x, y, rows,
					    target, bytes);
		if (outcome != GVT_DONE)
			return outcome;
		apply(blit, target, source, all);
	}
	return move_rows(streamer, true, &blit->target, target_x, y, rows, target, bytes);
}

/*
 * Bands go downwards, or upwards when the source is above the target in the same surface: then each
 * is read before anything is written over it. Within a band all is read first.
 */
static enum gvt_outcome
blit_column(struct gvt_streamer *streamer, const struct blit *blit, uint32_t first, uint32_t bytes)
{
	int height = blit->area.bottom - blit->area.top;
	int most = min(height, (int)((BUFFER - 4) / bytes));
	bool upwards = blit->source_y < blit->area.top;
	enum gvt_outcome outcome = GVT_DONE;

	for (int done = 0, rows; done < height && outcome == GVT_DONE; done += rows) {
		int y;

		rows = min(most, height - done);
		y = upwards ? blit->area.bottom - done - rows : blit->area.top + done;
		outcome = gvt_command_check_time(streamer);
		if (outcome == GVT_DONE)
			outcome = blit_band(streamer, blit, first, y, rows, bytes);
	}
	return outcome;
}

/* Rows are only cut if they begin left of the surface: overlapping copies need whole ones. */
_Static_assert(BUFFER - 4 >= INT16_MAX * 16, "a row fits the buffer");

static enum gvt_outcome
run(struct gvt_streamer *streamer, struct blit *blit)
{
	uint32_t width, part;

	/* Left of a tiled surface, or above it, there is nothing. */
	if (blit->target.tiling != GVT_LINEAR)
		clip(blit, &(struct rectangle){0, 0, INT16_MAX, INT16_MAX});
	if (blit->source.tiling != GVT_LINEAR && (blit->source_x < 0 || blit->source_y < 0))
		return GVT_DONE;
	if (blit->area.left >= blit->area.right || blit->area.top >= blit->area.bottom)
		return GVT_DONE;
	width = (uint32_t)((blit->area.right - blit->area.left) * blit->pixel);
	for (uint32_t first = 0; first < width; first += part) {
		enum gvt_outcome outcome;

		part = width - first < BUFFER - 4 ? width - first : BUFFER / 2;
		outcome = blit_column(streamer, blit, first, part);
		if (outcome != GVT_DONE)
			return outcome;
	}
	return GVT_DONE;
}

/* Depth, raster operation, mask and clipping of an XY command, of which the area is known. */
static void
set_mode(struct gvt_streamer *streamer, struct blit *blit)
{
	const uint32_t *command = streamer->command;
	const struct gvt_clip *to = &streamer->clip;

	blit->pixel = pixel_bytes(DEPTH(command[1]));
	blit->rop = (uint8_t)ROP(command[1]);
	blit->mask = UINT32_MAX;
	/* Only pixels of 32 bits have channels that can be left out. */
	if (blit->pixel == 4)
		blit->mask = (command[0] & WRITE_ALPHA ? 0xff000000 : 0) |
			     (command[0] & WRITE_COLOR ? 0x00ffffff : 0);
	if (command[1] & CLIP)
		clip(blit, &(struct rectangle){to->left, to->top, to->right, to->bottom});
}

static enum gvt_outcome
swctrl(struct gvt_streamer *streamer, uint32_t *value)
{
	if (!gvt_streamer_lock(streamer))
		return GVT_CANCELLED;
	*value = *gvt_streamer_vreg(streamer, SWCTRL);
	return gvt_streamer_unlock(streamer) ? GVT_DONE : GVT_CANCELLED;
}

static enum gvt_tiling
tiling_of(bool tiled, bool y)
{
	if (!tiled)
		return GVT_LINEAR;
	return y ? GVT_TILED_Y : GVT_TILED_X;
}

static enum gvt_outcome
xy_color(struct gvt_streamer *streamer)
{
	const uint32_t *command = streamer->command;
	uint32_t control = 0;
	enum gvt_outcome outcome = swctrl(streamer, &control);
	struct blit blit = {.area = rectangle_in(&command[2]), .color = command[6]};

	if (outcome != GVT_DONE)
		return outcome;
	blit.target = surface_of(
		address_in(&command[4]), command[1],
		tiling_of(command[0] & DESTINATION_TILED, control & SWCTRL_DESTINATION_Y));
	set_mode(streamer, &blit);
	return run(streamer, &blit);
}

static enum gvt_outcome
xy_copy(struct gvt_streamer *streamer)
{
	const uint32_t *command = streamer->command;
	uint32_t control = 0;
	enum gvt_outcome outcome = swctrl(streamer, &control);
	struct blit blit = {.area = rectangle_in(&command[2]),
			    .source_x = low16(command[6]),
			    .source_y = high16(command[6])};

	if (outcome != GVT_DONE)
		return outcome;
	blit.target = surface_of(
		address_in(&command[4]), command[1],
		tiling_of(command[0] & DESTINATION_TILED, control & SWCTRL_DESTINATION_Y));
	blit.source = surface_of(address_in(&command[8]), command[7],
				 tiling_of(command[0] & SOURCE_TILED, control & SWCTRL_SOURCE_Y));
	set_mode(streamer, &blit);
	return run(streamer, &blit);
}

static enum gvt_outcome
fast_copy(struct gvt_streamer *streamer)
{
	/* Index: the tiling's code. Yf tiles, a variety of Y, and 64 KiB tiles, 3, are not known. */
	static const enum gvt_tiling tilings[] = {GVT_LINEAR, GVT_TILED_X, GVT_TILED_Y, GVT_LINEAR};
	const uint32_t *command = streamer->command;
	unsigned source = FAST_SOURCE(command[0]), target = FAST_TARGET(command[0]);
	struct blit blit = {.area = rectangle_in(&command[2]),
			    .source_x = low16(command[6]),
			    .source_y = high16(command[6]),
			    .pixel = pixel_bytes(FAST_DEPTH(command[1])),
			    .rop = ROP_SOURCE,
			    .mask = UINT32_MAX};

	if (!blit.pixel)
		return gvt_command_invalid(streamer);
	if (source == 3 || target == 3 || (source == 2 && command[1] & FAST_SOURCE_YF) ||
	    (target == 2 && command[1] & FAST_TARGET_YF)) {
		gvt_command_skipped(streamer, "copies with Yf and Ys tiling");
		return GVT_DONE;
	}
	blit.target = surface_of(address_in(&command[4]), command[1] & 0xffff, tilings[target]);
	blit.source = surface_of(address_in(&command[8]), command[7] & 0xffff, tilings[source]);
	return run(streamer, &blit);
}

/* The old linear ones: width in bytes and height in one dword. */
static void
linear_area(struct gvt_streamer *streamer, struct blit *blit)
{
	const uint32_t *command = streamer->command;

	blit->area = (struct rectangle){0, 0, (int)(command[2] & 0xffff), (int)(command[2] >> 16)};
	blit->target = surface_of(address_in(&command[3]), command[1], GVT_LINEAR);
	set_mode(streamer, blit);
	blit->area.right /= blit->pixel;
}

static enum gvt_outcome
linear_color(struct gvt_streamer *streamer)
{
	struct blit blit = {.color = streamer->command[5]};

	linear_area(streamer, &blit);
	return run(streamer, &blit);
}

static enum gvt_outcome
linear_copy(struct gvt_streamer *streamer)
{
	const uint32_t *command = streamer->command;
	struct blit blit = {.source = surface_of(address_in(&command[6]), command[5], GVT_LINEAR)};

	linear_area(streamer, &blit);
	return run(streamer, &blit);
}

static enum gvt_outcome
set_clip(struct gvt_streamer *streamer, const uint32_t *corners)
{
	struct rectangle to = rectangle_in(corners);

	streamer->clip = (struct gvt_clip){to.left, to.top, to.right, to.bottom};
	return GVT_DONE;
}

/* Commands and how long they are at least. */
static const struct command {
	uint8_t opcode, dwords;
	enum gvt_outcome (*run)(struct gvt_streamer *streamer);
} commands[] = {
	{COLOR_BLT, 6, linear_color},      {SRC_COPY_BLT, 8, linear_copy},
	{XY_COLOR_BLT, 7, xy_color},       {XY_SRC_COPY_BLT, 10, xy_copy},
	{XY_FAST_COPY_BLT, 10, fast_copy}, {XY_SETUP_BLT, 10, NULL},
	{XY_SETUP_CLIP_BLT, 3, NULL},
};

static const struct command *
find(uint32_t header)
{
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].opcode == OPCODE(header))
			return &commands[i];
	return NULL;
}

enum gvt_outcome
gvt_command_blit(struct gvt_streamer *streamer, uint32_t header)
{
	const struct command *command = find(header);
	unsigned length = LENGTH(header);
	enum gvt_outcome outcome;

	if (!command) {
		gvt_command_skipped(streamer, "blits with text, patterns or monochrome sources");
		return gvt_command_skip(streamer, length);
	}
	if (length < command->dwords || length > MAX_LENGTH)
		return gvt_command_invalid(streamer);
	outcome = gvt_command_fetch(streamer, length);
	if (outcome != GVT_DONE)
		return outcome;
	if (command->run)
		return command->run(streamer);
	return set_clip(streamer, &streamer->command[command->opcode == XY_SETUP_BLT ? 2 : 1]);
}
