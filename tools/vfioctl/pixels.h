/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a DRM format means: pixels in memory into the samples of a PNG. <drm/drm_fourcc.h>; YUV as
 * ITU-R BT.601 with limited range, what i915 sets by default.
 */
#ifndef VFIOCTL_PIXELS_H
#define VFIOCTL_PIXELS_H

#include <stdbool.h>
#include <stdint.h>

struct pixel_format;

/** NULL for a format that isn't known. */
const struct pixel_format *pixel_format_find(uint32_t fourcc);

/** Bytes of a row of so many pixels in memory. */
uint64_t pixel_row_size(const struct pixel_format *format, uint32_t width);

/** Samples of a pixel: 1 grey (an index without its palette), 3 RGB. */
unsigned pixel_channels(const struct pixel_format *format);
/** Whether there is a fourth one, alpha, to be had. */
bool pixel_has_alpha(const struct pixel_format *format);
/** Bits of a sample: 8, or 16 where the format has more than 8. */
unsigned pixel_depth(const struct pixel_format *format);

/**
 * Converts a row. Samples of 16 bits are big-endian, as in PNG. @a alpha: with alpha, and colours, which
 * DRM has multiplied by it, as PNG wants them. Without alpha colours are what a screen shows on black.
 */
void pixel_convert(const struct pixel_format *format, const uint8_t *row, uint32_t width,
		   bool alpha, uint8_t *samples);

#endif
