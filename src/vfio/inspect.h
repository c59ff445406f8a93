/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device as its owner looks at it and handles it, beside and independent of what clients do: registers
 * without side effects, the plug of its monitor. All return 0 or a negative errno: -EOPNOTSUPP if the
 * device has no such thing, -EBUSY if a client keeps it busy for more than a second.
 */
#ifndef VFIO_INSPECT_H
#define VFIO_INSPECT_H

#include <stddef.h>
#include <stdint.h>

#include "vfio/device.h"

struct vfio_register {
	struct vfiod_register reg;
	uint32_t value;
};

/**
 * All registers with a name, and their values at one moment: block by block, by offset in each. *@a list is to
 * be freed. -ENOMEM.
 */
int vfio_registers(struct vfio_device *device, struct vfio_register **list, size_t *count);

/**
 * @a length bytes of a region as they are at one moment. Any region, position and length may be asked for;
 * -EINVAL unless both are multiples of 4 and inside the region.
 */
int vfio_peek(struct vfio_device *device, unsigned region, uint64_t pos, void *buffer,
	      size_t length);

/** What vfio_get_monitor() tells. */
struct vfio_monitor {
	char connector[16];
	bool plugged;
	size_t edid_size;
	uint8_t edid[VFIOD_EDID_MAX];
};

int vfio_get_monitor(struct vfio_device *device, struct vfio_monitor *monitor);

/** Also -EINVAL, with the reason in @a why: the EDID won't do. NULL keeps the one that there is. */
int vfio_set_monitor(struct vfio_device *device, bool plugged, const uint8_t *edid, size_t size,
		     char why[256]);

#endif
