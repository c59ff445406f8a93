/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways to a device: a cdev that is bound, a kernel's IOMMU group, a node that needs no BIND. */
#ifndef CONFORMANCE_DEVICE_H
#define CONFORMANCE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

enum reach {
	REACH_CDEV,  /**< open the node, BIND */
	REACH_GROUP, /**< group and container, then VFIO_GROUP_GET_DEVICE_FD */
	REACH_OPEN,  /**< the node answers without BIND */
};

struct way {
	enum reach reach;
	const char *node;  /**< path of the node, or the PCI address for a group */
	const char *iommu; /**< path of the iommufd node */
	bool transport;    /**< served by CUSE or FUSE */
};

struct device {
	int fd, iommu, group, container;
	uint32_t devid; /**< what BIND has told */
};

#define DEVICE_NONE ((struct device){-1, -1, -1, -1, 0})

/** Opens the node without more. Returns the descriptor or -errno; not for groups. */
int device_open_node(const struct way *way, int flags);

/** Opens an iommufd context. Returns the descriptor or -errno. */
int device_open_iommu(const struct way *way);

/**
 * Opens a device so that it answers. Returns 0 or -errno with @a step set to what failed. After a close
 * a device behind FUSE or CUSE may need a moment until it can be bound again; this waits for it.
 */
int device_open(const struct way *way, struct device *device, const char **step);

/** Closes what is open. */
void device_close(struct device *device);

#endif
