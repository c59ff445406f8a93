// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A picture as a PNG file, by libpng.
 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "picture.h"

static int
colour_type(const struct picture *picture)
{
	if (pixel_channels(picture->format) == 1)
		return PNG_COLOR_TYPE_GRAY;
	return picture->alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB;
}

/* libpng comes back here by longjmp(): nothing is changed after setjmp() that is used then. */
static bool
write_rows(png_structp png, png_infop info, const struct picture *picture, FILE *file, uint8_t *row)
{
	if (setjmp(png_jmpbuf(png)))
		return false;
	png_init_io(png, file);
	png_set_IHDR(png, info, picture->width, picture->height, (int)pixel_depth(picture->format),
		     colour_type(picture), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		     PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (uint32_t y = 0; y < picture->height; y++) {
		pixel_convert(picture->format, picture->bytes + (size_t)y * picture->stride,
			      picture->width, picture->alpha, row);
		png_write_row(png, row);
	}
	png_write_end(png, info);
	return true;
}

/* A failed write is said below, with the file's name. */
static void
ignore(png_structp png, png_const_charp message)
{
	(void)message;
	png_longjmp(png, 1);
}

static bool
write_png(const struct picture *picture, FILE *file)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, ignore, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	size_t samples = pixel_channels(picture->format) + (picture->alpha ? 1u : 0u);
	uint8_t *row;
	bool good;

	if (!info)
		errx(EX_OSERR, "libpng: no memory");
	row = allocate(samples * pixel_depth(picture->format) / 8 * picture->width);
	good = write_rows(png, info, picture, file, row);
	free(row);
	png_destroy_write_struct(&png, &info);
	return good;
}

static bool
is_regular(FILE *file)
{
	struct stat st;

	return fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode);
}

int
png_write_file(const struct picture *picture, const char *name)
{
	FILE *file;
	bool good, regular;

	if (strcmp(name, "-") == 0) {
		/* Closed, and looked at once more, at the program's end. */
		if (!write_png(picture, stdout))
			warnx("standard output: the picture could not be written");
		return ferror(stdout) ? EX_IOERR : EX_OK;
	}
	file = fopen(name, "we");
	if (!file) {
		warn("%s", name);
		return EX_CANTCREAT;
	}
	regular = is_regular(file);
	errno = 0;
	good = write_png(picture, file);
	if (fclose(file) != 0)
		good = false;
	if (good)
		return EX_OK;
	warn("%s", name);
	if (regular)
		unlink(name);
	return EX_IOERR;
}
