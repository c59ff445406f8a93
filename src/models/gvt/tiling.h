/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a byte of a tiled surface is in memory. Gen9 has no bit-6 swizzle, so a tile is the same
 * 4 KiB for everybody. Intel PRM SKL Vol 5 "Tiling and Address".
 */
#ifndef MODELS_GVT_TILING_H
#define MODELS_GVT_TILING_H

#include <stdint.h>

enum gvt_tiling {
	GVT_LINEAR,
	GVT_TILED_X, /**< 8 rows of 512 bytes, row after row */
	GVT_TILED_Y, /**< 32 rows of 128 bytes, in columns of 16 bytes */
	/** Yf, of displays and textures only: pixels of 16 and 32 bits, and of 8. */
	GVT_TILED_YF,   /**< 32 rows of 128 bytes, in nested squares */
	GVT_TILED_YF_8, /**< 64 rows of 64 bytes */
};

/** A tile in bytes by rows; the two multiply to 4096. */
struct gvt_tile {
	uint32_t width, height;
	uint32_t span; /**< bytes of a row that are contiguous within a tile */
	/** Yf: which bits of the offset are the column's; the row's are the others. Else 0. */
	uint32_t x_bits;
};

/** The tile of a tiled surface. Not for GVT_LINEAR. */
const struct gvt_tile *gvt_tile(enum gvt_tiling tiling);

/**
 * Offset from the surface's start of the byte at column @a x, row @a y. @a pitch is bytes from row to
 * row, a multiple of the tile's width unless linear; x may go beyond it, as hardware lets it.
 */
uint64_t gvt_tiled_offset(enum gvt_tiling tiling, uint32_t pitch, uint32_t x, uint32_t y);

/** How many bytes from column @a x on are contiguous, at least 1 and at most @a length. */
uint32_t gvt_tiled_span(enum gvt_tiling tiling, uint32_t x, uint32_t length);

#endif
