/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "models/gvt/tiling.h"

#define TILE_SIZE UINT64_C(4096)

static const struct gvt_tile tiles[] = {
	[GVT_TILED_X] = {.width = 512, .height = 8, .span = 512},
	[GVT_TILED_Y] = {.width = 128, .height = 32, .span = 16},
	[GVT_TILED_YF] = {.width = 128, .height = 32, .span = 16, .x_bits = 0xa8f},
	[GVT_TILED_YF_8] = {.width = 64, .height = 64, .span = 16, .x_bits = 0xa0f},
};

/* The low bits of value, one after the other, at the places that are set in bits. */
static uint32_t
scatter(uint32_t value, uint32_t bits)
{
	uint32_t result = 0;

	for (; bits; bits &= bits - 1, value >>= 1)
		if (value & 1)
			result |= bits & -bits;
	return result;
}

const struct gvt_tile *
gvt_tile(enum gvt_tiling tiling)
{
	return &tiles[tiling];
}

uint64_t
gvt_tiled_offset(enum gvt_tiling tiling, uint32_t pitch, uint32_t x, uint32_t y)
{
	const struct gvt_tile *tile = &tiles[tiling];
	uint64_t number;
	uint32_t in_x, in_y;

	if (tiling == GVT_LINEAR)
		return (uint64_t)y * pitch + x;
	number = (uint64_t)(y / tile->height) * (pitch / tile->width) + x / tile->width;
	in_x = x % tile->width;
	in_y = y % tile->height;
	if (tile->x_bits)
		return number * TILE_SIZE + scatter(in_x, tile->x_bits) +
		       scatter(in_y, ~tile->x_bits & (TILE_SIZE - 1));
	/* A tile is columns of spans, an X tile just one. */
	return number * TILE_SIZE + (uint64_t)(in_x / tile->span) * tile->span * tile->height +
	       in_y * tile->span + in_x % tile->span;
}

uint32_t
gvt_tiled_span(enum gvt_tiling tiling, uint32_t x, uint32_t length)
{
	uint32_t left;

	if (tiling == GVT_LINEAR)
		return length;
	left = tiles[tiling].span - x % tiles[tiling].span;
	return left < length ? left : length;
}
