/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On the host: compares a PNG, pixel by pixel, with the picture that a guest's show draws.
 * compare FILE WIDTHxHEIGHT|cursor SEED. Says how many pixels are wrong; ends with 0 if none is.
 */
#include "pattern.h"

#include <err.h>
#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct want {
	bool cursor;
	uint32_t width, height, seed;
};

static uint32_t
expected(const struct want *want, uint32_t x, uint32_t y)
{
	return want->cursor ? pattern_cursor(x, y, want->seed)
			    : 0xff000000 | pattern_pixel(x, y, want->seed);
}

/* Pixels of 4 bytes: red, green, blue, opacity. */
static uint8_t *
decode(const char *file, png_image *image)
{
	uint8_t *pixels;

	image->version = PNG_IMAGE_VERSION;
	if (!png_image_begin_read_from_file(image, file))
		errx(1, "%s: %s", file, image->message);
	image->format = PNG_FORMAT_RGBA;
	pixels = malloc(PNG_IMAGE_SIZE(*image));
	if (!pixels || !png_image_finish_read(image, NULL, pixels, 0, NULL))
		errx(1, "%s: %s", file, image->message);
	return pixels;
}

static unsigned
count_wrong(const struct want *want, const uint8_t *pixel)
{
	unsigned wrong = 0;

	for (uint32_t y = 0; y < want->height; y++)
		for (uint32_t x = 0; x < want->width; x++, pixel += 4) {
			uint32_t value = expected(want, x, y);

			wrong += pixel[3] != value >> 24 || pixel[0] != (value >> 16 & 0xff) ||
				 pixel[1] != (value >> 8 & 0xff) || pixel[2] != (value & 0xff);
		}
	return wrong;
}

int
main(int argc, char *argv[])
{
	png_image image = {0};
	struct want want = {.width = PATTERN_CURSOR, .height = PATTERN_CURSOR};
	unsigned wrong;
	uint8_t *pixels;

	if (argc != 4)
		errx(2, "compare FILE WIDTHxHEIGHT|cursor SEED");
	want.cursor = !strcmp(argv[2], "cursor");
	if (!want.cursor && sscanf(argv[2], "%ux%u", &want.width, &want.height) != 2)
		errx(2, "%s: not WIDTHxHEIGHT or cursor", argv[2]);
	want.seed = (uint32_t)strtoul(argv[3], NULL, 0);
	pixels = decode(argv[1], &image);
	if (image.width != want.width || image.height != want.height)
		errx(1, "%s: %u x %u pixels instead of %u x %u", argv[1], image.width, image.height,
		     want.width, want.height);
	wrong = count_wrong(&want, pixels);
	free(pixels);
	printf("%u wrong pixels\n", wrong);
	return wrong != 0;
}
