/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little of an EDID that tells people which monitor it is: VESA E-EDID A.2. Debian 12 has no library
 * for it.
 */
#ifndef VFIOCTL_EDID_H
#define VFIOCTL_EDID_H

#include <stddef.h>
#include <stdint.h>

/** Most bytes of one: the base block and 255 extensions. */
#define EDID_MAX 32768u

struct edid_summary {
	char manufacturer[4]; /**< "VFD" */
	unsigned product;
	char name[14];                   /**< "" if there is none */
	unsigned width, height;          /**< pixels of the preferred mode; 0: it has none */
	unsigned millihertz;             /**< frames in 1000 seconds */
	unsigned width_cm, height_cm;    /**< 0: not known */
	unsigned extensions;             /**< blocks behind the first */
};

/** Reads @a size bytes, at least 128; numbers that make no sense come out as 0. */
void edid_summarize(const uint8_t *edid, size_t size, struct edid_summary *summary);

#endif
