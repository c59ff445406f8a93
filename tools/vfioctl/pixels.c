// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pixels of DRM formats.
 */
#include <stddef.h>

#include "pixels.h"

#define FOURCC(a, b, c, d)                                                                         \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/** Where a colour is in a little-endian pixel. */
struct field {
	uint8_t shift, bits;
};

struct pixel_format {
	uint32_t fourcc;
	uint8_t bytes; /**< of a pixel */
	uint8_t depth;
	enum {
		RGB,
		GREY,
		YUV,
	} kind;
	union {
		struct field rgba[4];
		struct {
			uint8_t y, u, v; /**< bytes in a pair of pixels; the second Y is y + 2 */
		} yuv;
	};
};

#define ORDER_RGB(size, alpha)                                                                     \
	{                                                                                          \
		{2 * (size), size}, {size, size}, {0, size},                                       \
		{                                                                                  \
			3 * (size), alpha                                                          \
		}                                                                                  \
	}
#define ORDER_BGR(size, alpha)                                                                     \
	{                                                                                          \
		{0, size}, {size, size}, {2 * (size), size},                                       \
		{                                                                                  \
			3 * (size), alpha                                                          \
		}                                                                                  \
	}

static const struct pixel_format formats[] = {
	{FOURCC('X', 'R', '2', '4'), 4, 8, RGB, .rgba = ORDER_RGB(8, 0)},
	{FOURCC('A', 'R', '2', '4'), 4, 8, RGB, .rgba = ORDER_RGB(8, 8)},
	{FOURCC('X', 'B', '2', '4'), 4, 8, RGB, .rgba = ORDER_BGR(8, 0)},
	{FOURCC('A', 'B', '2', '4'), 4, 8, RGB, .rgba = ORDER_BGR(8, 8)},
	{FOURCC('X', 'R', '3', '0'), 4, 16, RGB, .rgba = ORDER_RGB(10, 0)},
	{FOURCC('X', 'B', '3', '0'), 4, 16, RGB, .rgba = ORDER_BGR(10, 0)},
	{FOURCC('R', 'G', '1', '6'), 2, 8, RGB, .rgba = {{11, 5}, {5, 6}, {0, 5}, {0, 0}}},
	{FOURCC('C', '8', ' ', ' '), 1, 8, GREY, .rgba = {{0, 0}}},
	{FOURCC('Y', 'U', 'Y', 'V'), 2, 8, YUV, .yuv = {0, 1, 3}},
	{FOURCC('U', 'Y', 'V', 'Y'), 2, 8, YUV, .yuv = {1, 0, 2}},
	{FOURCC('Y', 'V', 'Y', 'U'), 2, 8, YUV, .yuv = {0, 3, 1}},
	{FOURCC('V', 'Y', 'U', 'Y'), 2, 8, YUV, .yuv = {1, 2, 0}},
};

const struct pixel_format *
pixel_format_find(uint32_t fourcc)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].fourcc == fourcc)
			return &formats[i];
	return NULL;
}

uint64_t
pixel_row_size(const struct pixel_format *format, uint32_t width)
{
	/* The last of an odd number of pixels comes with its neighbour, whose colour it shares. */
	return (uint64_t)format->bytes * (format->kind == YUV ? width + (width & 1) : width);
}

unsigned
pixel_channels(const struct pixel_format *format)
{
	return format->kind == GREY ? 1 : 3;
}

bool
pixel_has_alpha(const struct pixel_format *format)
{
	return format->kind == RGB && format->rgba[3].bits > 0;
}

unsigned
pixel_depth(const struct pixel_format *format)
{
	return format->depth;
}

/** The field's value, where all bits set become @a full. */
static uint32_t
get_field(uint32_t pixel, struct field field, uint32_t full)
{
	uint32_t most = (1u << field.bits) - 1;

	return ((pixel >> field.shift & most) * full + most / 2) / most;
}

static uint32_t
divide_by_alpha(uint32_t value, uint32_t alpha)
{
	return value < alpha ? (value * 255 + alpha / 2) / alpha : alpha ? 255 : 0;
}

static void
convert_rgb(const struct pixel_format *format, const uint8_t *row, uint32_t width, bool alpha,
	    uint8_t *samples)
{
	const uint32_t full = format->depth == 16 ? 0xffff : 0xff;

	for (; width; width--, row += format->bytes) {
		uint32_t pixel = 0, opacity = 0;

		for (unsigned i = 0; i < format->bytes; i++)
			pixel |= (uint32_t)row[i] << 8 * i;
		if (alpha)
			opacity = get_field(pixel, format->rgba[3], 0xff);
		for (unsigned i = 0; i < 3; i++) {
			uint32_t value = get_field(pixel, format->rgba[i], full);

			if (alpha)
				value = divide_by_alpha(value, opacity);
			if (format->depth == 16)
				*samples++ = (uint8_t)(value >> 8);
			*samples++ = (uint8_t)value;
		}
		if (alpha)
			*samples++ = (uint8_t)opacity;
	}
}

static uint8_t
clamp(double value)
{
	return value <= 0 ? 0 : value >= 255 ? 255 : (uint8_t)(value + 0.5);
}

static void
convert_yuv(const struct pixel_format *format, const uint8_t *row, uint32_t width, uint8_t *samples)
{
	for (uint32_t x = 0; x < width; x++) {
		const uint8_t *pair = row + 4 * (uint64_t)(x / 2);
		double y = 255.0 / 219 * (pair[format->yuv.y + 2 * (x & 1)] - 16);
		double u = 255.0 / 224 * (pair[format->yuv.u] - 128);
		double v = 255.0 / 224 * (pair[format->yuv.v] - 128);

		*samples++ = clamp(y + 1.402 * v);
		*samples++ = clamp(y - 0.344136 * u - 0.714136 * v);
		*samples++ = clamp(y + 1.772 * u);
	}
}

void
pixel_convert(const struct pixel_format *format, const uint8_t *row, uint32_t width, bool alpha,
	      uint8_t *samples)
{
	switch (format->kind) {
	case RGB:
		convert_rgb(format, row, width, alpha, samples);
		return;
	case YUV:
		convert_yuv(format, row, width, samples);
		return;
	case GREY:
		for (uint32_t x = 0; x < width; x++)
			samples[x] = row[x];
		return;
	}
}
