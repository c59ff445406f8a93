// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two pixels in a character: the upper half block, its colour above, that of its ground below.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "paint.h"

#define UPPER_HALF "\xe2\x96\x80"
#define NO_COLOUR  UINT32_MAX

/** What is on the screen. */
static struct frame shown;

static void
area(const struct terminal *terminal, uint32_t *width, uint32_t *height)
{
	*width = terminal->columns;
	*height = 2 * (terminal->rows - 1);
}

static uint32_t
colour(const struct frame *frame, uint32_t x, uint32_t y)
{
	const uint8_t *at = frame->rgb + 3 * ((size_t)y * frame->width + x);

	if (y >= frame->height)
		return 0;
	return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

/* 38: of the character, 48: of its ground. */
static void
set_colour(FILE *out, int which, uint32_t rgb, uint32_t *now)
{
	if (rgb == *now)
		return;
	*now = rgb;
	fprintf(out, "\033[%d;2;%u;%u;%um", which, rgb >> 16, rgb >> 8 & 0xff, rgb & 0xff);
}

/* Rows of two pixels each; the last may have but one. */
static bool
same_row(const struct frame *frame, uint32_t y)
{
	size_t row = 3 * (size_t)frame->width;
	size_t rows = frame->height - y < 2 ? 1 : 2;

	return memcmp(frame->rgb + y * row, shown.rgb + y * row, rows * row) == 0;
}

static int
paint(FILE *out, const struct frame *frame, bool anew)
{
	bool known = !anew && shown.rgb && shown.width == frame->width &&
		     shown.height == frame->height;
	size_t size = 3 * (size_t)frame->width * frame->height;

	for (uint32_t y = 0; y < frame->height; y += 2) {
		uint32_t above = NO_COLOUR, below = NO_COLOUR;

		if (known && same_row(frame, y))
			continue;
		fprintf(out, "\033[%u;1H", y / 2 + 1);
		for (uint32_t x = 0; x < frame->width; x++) {
			set_colour(out, 38, colour(frame, x, y), &above);
			set_colour(out, 48, colour(frame, x, y + 1), &below);
			fputs(UPPER_HALF, out);
		}
		fputs("\033[0m", out);
	}
	free(shown.rgb);
	shown = *frame;
	shown.rgb = allocate(size);
	memcpy(shown.rgb, frame->rgb, size);
	return EX_OK;
}

const struct painter blocks_painter = {.name = "blocks", .area = area, .paint = paint};
