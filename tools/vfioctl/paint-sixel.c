// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures as sixels, by libsixel, in the 256 colours that suit each best.
 */
#include <err.h>
#include <sixel.h>
#include <stdlib.h>
#include <string.h>

#include "paint.h"

/* Rows of pixels come in bands of so many. */
#define BAND    6u
#define COLOURS 256

static void
area(const struct terminal *terminal, uint32_t *width, uint32_t *height)
{
	*width = terminal->columns * terminal->cell_width;
	*height = (terminal->rows - 1) * terminal->cell_height;
	/* A band that is cut off would still reach below. */
	if (*height > BAND)
		*height -= *height % BAND;
}

static int
write_out(char *data, int size, void *out)
{
	return (int)fwrite(data, 1, (size_t)size, out);
}

/* Pixels as indices of a palette. */
struct indexed {
	uint8_t *pixels;
	uint8_t palette[3 * COLOURS];
	int colours;
};

/* Places by colour in a table twice as large as it may get full, with steps from one taken place to the next. */
#define PLACES (2u * COLOURS)

static int
find_colour(struct indexed *indexed, const uint8_t *rgb, int16_t place[PLACES])
{
	uint32_t colour = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
	uint32_t at = (colour * 0x9e3779b1u) >> 16;

	for (;; at++) {
		int16_t *index = &place[at % PLACES];

		if (*index < 0) {
			if (indexed->colours == COLOURS)
				return -1;
			*index = (int16_t)indexed->colours++;
			memcpy(indexed->palette + 3 * *index, rgb, 3);
		}
		if (memcmp(indexed->palette + 3 * *index, rgb, 3) == 0)
			return *index;
	}
}

/* Text screens have few colours, and are to have just these: libsixel would round them. False if there are too many. */
static bool
index_colours(const struct frame *frame, struct indexed *indexed)
{
	size_t count = (size_t)frame->width * frame->height;
	int16_t place[PLACES];

	memset(place, 0xff, sizeof(place));
	indexed->colours = 0;
	indexed->pixels = allocate(count);
	for (size_t i = 0; i < count; i++) {
		int index = find_colour(indexed, frame->rgb + 3 * i, place);

		if (index < 0) {
			free(indexed->pixels);
			return false;
		}
		indexed->pixels[i] = (uint8_t)index;
	}
	return true;
}

static SIXELSTATUS
encode_indexed(struct indexed *indexed, int width, int height, sixel_output_t *output)
{
	sixel_dither_t *colours;
	SIXELSTATUS status = sixel_dither_new(&colours, indexed->colours, NULL);

	if (SIXEL_SUCCEEDED(status)) {
		sixel_dither_set_palette(colours, indexed->palette);
		sixel_dither_set_pixelformat(colours, SIXEL_PIXELFORMAT_PAL8);
		status = sixel_encode(indexed->pixels, width, height, 1, colours, output);
		sixel_dither_unref(colours);
	}
	free(indexed->pixels);
	return status;
}

static SIXELSTATUS
encode_rgb(uint8_t *rgb, int width, int height, sixel_output_t *output)
{
	sixel_dither_t *colours;
	SIXELSTATUS status = sixel_dither_new(&colours, COLOURS, NULL);

	if (SIXEL_FAILED(status))
		return status;
	status = sixel_dither_initialize(colours, rgb, width, height, SIXEL_PIXELFORMAT_RGB888,
					 SIXEL_LARGE_AUTO, SIXEL_REP_AUTO, SIXEL_QUALITY_LOW);
	if (SIXEL_SUCCEEDED(status))
		status = sixel_encode(rgb, width, height, 3, colours, output);
	sixel_dither_unref(colours);
	return status;
}

static int
paint(FILE *out, const struct frame *frame, bool anew)
{
	int width = (int)frame->width, height = (int)frame->height;
	struct indexed indexed;
	sixel_output_t *output;
	SIXELSTATUS status = sixel_output_new(&output, write_out, out, NULL);

	(void)anew;
	fputs("\033[H", out);
	if (SIXEL_SUCCEEDED(status)) {
		if (index_colours(frame, &indexed))
			status = encode_indexed(&indexed, width, height, output);
		else
			status = encode_rgb(frame->rgb, width, height, output);
		sixel_output_unref(output);
	}
	if (SIXEL_SUCCEEDED(status))
		return EX_OK;
	warnx("libsixel: %s", sixel_helper_format_error(status));
	return EX_SOFTWARE;
}

const struct painter sixel_painter = {.name = "sixel", .area = area, .paint = paint};
