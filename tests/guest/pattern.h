/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures that a guest shows and its host expects. What a pixel has to be is computed from where it is,
 * on both sides, so that nothing of what is tested helps to decide whether it is right.
 */
#ifndef TESTS_GUEST_PATTERN_H
#define TESTS_GUEST_PATTERN_H

#include <stdint.h>

/** Width and height of the cursor, pixels. */
#define PATTERN_CURSOR 64u

/**
 * 0xRRGGBB: red across, green down, blue in squares, so that no two columns, rows or tiles are alike.
 * @a seed 0..255 makes another picture, which differs from the first in all pixels.
 */
static inline uint32_t
pattern_pixel(uint32_t x, uint32_t y, uint32_t seed)
{
	return ((x / 4 & 0xff) << 16 | (y / 3 & 0xff) << 8 | ((x ^ y) & 0xff)) ^ seed * 0x010101;
}

/** 0xAARRGGBB: opaque above the diagonal, nothing below it. */
static inline uint32_t
pattern_cursor(uint32_t x, uint32_t y, uint32_t seed)
{
	return x > y ? 0xff000000 | pattern_pixel(x, y, seed) : 0;
}

#endif
