/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plane's picture: picture.c gets it from the device, png.c makes a file of it, flips.c tells when
 * there is another one.
 */
#ifndef VFIOCTL_PICTURE_H
#define VFIOCTL_PICTURE_H

#include "pixels.h"
#include "vfioctl.h"

/** DRM's types of planes. */
#define PLANE_PRIMARY 1u
#define PLANE_CURSOR  2u

/** For parse_option functions: PLANE_* by name, or a usage error. */
uint32_t option_plane(struct argp_state *state, const char *text);

/** The plane is off: there may be a picture later. */
#define EX_NO_PICTURE EX_UNAVAILABLE

struct picture {
	const struct pixel_format *format;
	uint32_t width, height, stride;
	bool alpha; /**< what is transparent is to stay so */
	uint8_t *bytes;
};

/**
 * Takes the picture of a plane, to be freed. Returns an exit status: EX_NO_PICTURE, of which @a quiet
 * says nothing, or EX_DEVICE where the device has no picture to give.
 */
int picture_take(const struct device *dev, uint32_t plane, bool quiet, struct picture *picture);
void picture_free(struct picture *picture);

/** Writes a PNG to @a name, "-" for standard output; a regular file that isn't whole is removed. */
int png_write_file(const struct picture *picture, const char *name);

#define PIPES 3u

/** What changes with every flip of a plane of an Intel GPU. */
struct flips {
	uint32_t mark[PIPES];
};

/** Whether the device is an Intel GPU, so that flips can be seen: an exit status after a message. */
int flips_check(const struct device *dev);

/** Returns false where nothing can be read, because memory decoding is off: nothing flips then. */
bool flips_get(const struct device *dev, uint32_t plane, struct flips *flips);

#endif
