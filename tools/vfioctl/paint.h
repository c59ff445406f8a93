/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to show a picture on a terminal: with half blocks in 24-bit colours, which all take, or as what it
 * is. All draw from the upper left corner on and leave the last row alone.
 */
#ifndef VFIOCTL_PAINT_H
#define VFIOCTL_PAINT_H

#include <stdio.h>

#include "scale.h"
#include "terminal.h"

struct painter {
	const char *name;

	/** How many pixels it has for a picture. */
	void (*area)(const struct terminal *terminal, uint32_t *width, uint32_t *height);

	/** Draws a frame that fits the area; @a anew: the screen is empty. Returns an exit status. */
	int (*paint)(FILE *out, const struct frame *frame, bool anew);

	/** Takes the picture away. May be NULL if emptying the screen does. */
	void (*remove)(FILE *out);
};

extern const struct painter blocks_painter, kitty_painter;
/** Where there is libsixel (HAVE_SIXEL). */
extern const struct painter sixel_painter;

#endif
