// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures in another size.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "scale.h"

void
scale_fit(const struct picture *picture, uint32_t *width, uint32_t *height)
{
	uint64_t w = picture->width, h = picture->height;

	if (w * *height > h * *width)
		*height = (uint32_t)(h * *width / w);
	else
		*width = (uint32_t)(w * *height / h);
	if (!*width)
		*width = 1;
	if (!*height)
		*height = 1;
}

/** Which of @a from pixels make pixel @a at of @a to. */
static void
span(uint32_t at, uint32_t from, uint32_t to, uint32_t *first, uint32_t *end)
{
	*first = (uint32_t)((uint64_t)at * from / to);
	*end = (uint32_t)((uint64_t)(at + 1) * from / to);
	if (*end == *first)
		++*end;
}

/* Samples of a row of the picture, whatever their number and depth, as bytes of RGB. */
static void
convert_row(const struct picture *picture, uint32_t y, uint8_t *samples, uint8_t *rgb)
{
	unsigned channels = pixel_channels(picture->format);
	unsigned size = pixel_depth(picture->format) / 8;

	pixel_convert(picture->format, picture->bytes + (size_t)y * picture->stride, picture->width,
		      false, samples);
	for (uint32_t x = 0; x < picture->width; x++)
		for (unsigned i = 0; i < 3; i++) {
			size_t at = (size_t)x * channels + (channels == 3 ? i : 0);

			rgb[3 * (size_t)x + i] = samples[at * size];
		}
}

static void
add_row(const struct picture *picture, const uint8_t *rgb, uint32_t width, uint64_t *sums)
{
	for (uint32_t x = 0; x < width; x++) {
		uint32_t first, end;

		span(x, picture->width, width, &first, &end);
		for (uint32_t from = first; from < end; from++)
			for (unsigned i = 0; i < 3; i++)
				sums[3 * (size_t)x + i] += rgb[3 * (size_t)from + i];
	}
}

static void
divide_row(const struct picture *picture, uint32_t rows, uint32_t width, const uint64_t *sums,
	   uint8_t *rgb)
{
	for (uint32_t x = 0; x < width; x++) {
		uint32_t first, end;
		uint64_t pixels;

		span(x, picture->width, width, &first, &end);
		pixels = (uint64_t)(end - first) * rows;
		for (unsigned i = 0; i < 3; i++)
			rgb[3 * (size_t)x + i] =
				(uint8_t)((sums[3 * (size_t)x + i] + pixels / 2) / pixels);
	}
}

void
scale_picture(const struct picture *picture, uint32_t width, uint32_t height, struct frame *frame)
{
	uint64_t *sums = allocate(3 * sizeof(*sums) * width);
	uint8_t *samples = allocate(6 * (size_t)picture->width);
	uint8_t *row = allocate(3 * (size_t)picture->width);

	*frame = (struct frame){.width = width, .height = height};
	frame->rgb = allocate(3 * (size_t)width * height);
	for (uint32_t y = 0; y < height; y++) {
		uint32_t first, end;

		span(y, picture->height, height, &first, &end);
		memset(sums, 0, 3 * sizeof(*sums) * width);
		for (uint32_t from = first; from < end; from++) {
			convert_row(picture, from, samples, row);
			add_row(picture, row, width, sums);
		}
		divide_row(picture, end - first, width, sums, frame->rgb + 3 * (size_t)width * y);
	}
	free(row);
	free(samples);
	free(sums);
}
