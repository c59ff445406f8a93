/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VFIO device behind a CUSE node: turns FUSE requests into region accesses and VFIO ioctls. */
#ifndef CARRIER_CUSE_DEVICE_H
#define CARRIER_CUSE_DEVICE_H

#include "carrier/cuse_node.h"
#include "carrier/offset.h"
#include "vfio/device.h"

struct cuse_device;

/** Serves @a device at /dev/@a name. NULL on failure, *@a code then is a sysexits code. */
struct cuse_device *cuse_device_start(struct vfio_device *device, const char *name,
				      const struct cuse_permissions *permissions, int *code);
/** Removes the node; the device stays. */
void cuse_device_stop(struct cuse_device *served);

bool cuse_device_ended(struct cuse_device *served);

#endif
