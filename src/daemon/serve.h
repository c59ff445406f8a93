/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and the iommufd as the settings ask for, from start to end. */
#ifndef DAEMON_SERVE_H
#define DAEMON_SERVE_H

#include "daemon/settings.h"
#include "vfio/device.h"

/** A device being served. */
struct served {
	struct vfio_device *device;
	struct carried *node;
};

struct serving {
	const struct carrier *carrier;
	struct served *device;
	unsigned num_devices;
	struct carried *iommu; /**< NULL: none */
	char iommu_name[CARRIER_NAME_MAX + 1];
};

/** Prepares the process: limits, signals. Returns a signalfd, or -1. */
int serve_prepare(void);

/**
 * Starts everything; drops privileges; says "ready". Returns 0 or a sysexits code after logging, and then
 * too wants serve_stop(). The settings must stay as they are until that.
 */
int serve_start(struct serving *serving, const struct settings *settings,
		const struct carrier *carrier);

/** How many devices the kernel or an error has ended. */
unsigned serve_ended(const struct serving *serving);

/** Removes all nodes and devices. Doesn't return if a client holds one of them up. */
void serve_stop(struct serving *serving);

#endif
