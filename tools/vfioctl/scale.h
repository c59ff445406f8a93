/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures in another size, as bytes of red, green and blue. */
#ifndef VFIOCTL_SCALE_H
#define VFIOCTL_SCALE_H

#include "picture.h"

struct frame {
	uint32_t width, height;
	uint8_t *rgb; /**< three bytes a pixel, rows without gaps */
};

/** The largest size with the picture's proportions in @a width x @a height pixels, neither of them 0. */
void scale_fit(const struct picture *picture, uint32_t *width, uint32_t *height);

/**
 * Makes a frame, to be freed, of that size, neither of them 0. Each pixel is the mean of those in its place:
 * pixel x is made of columns x * from / to to before (x + 1) * from / to, one at least.
 */
void scale_picture(const struct picture *picture, uint32_t width, uint32_t height,
		   struct frame *frame);

#endif
