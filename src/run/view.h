/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command sees in /dev and /sys: the daemon's devices where the kernel has its own. To be made in
 * a mount namespace of our own (namespace.h).
 */
#ifndef RUN_VIEW_H
#define RUN_VIEW_H

#include "vfiod/device.h"

/** Where clients look for an iommufd and, followed by a number, for devices; without /dev/. */
#define VIEW_IOMMU  "iommu"
#define VIEW_DEVICE "vfio/devices/vfio"

/**
 * A /dev in which there is room for our nodes: no /dev/iommu, an empty /dev/vfio/devices, the rest as
 * it was. Returns 0 or a negative errno after logging.
 */
int view_make_dev(void);

/** Shows a node that is elsewhere as /dev/@a name. As above. */
int view_bind_node(const char *source, const char *name);

/**
 * A /sys in which the devices, in the order of their numbers, are PCI devices bound to vfio-pci.
 * As above; a system without /sys is 0, with a warning.
 */
int view_make_sys(const struct vfiod_device *const device[], unsigned count);

#endif
