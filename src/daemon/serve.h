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
/** Only the limit of open files; for those who have their own way with signals. */
void serve_raise_file_limit(void);

/**
 * Starts everything. Returns 0 or a sysexits code after logging, and then
 * too wants serve_stop(). The settings must stay as they are until that.
 */
int serve_start(struct serving *serving, const struct settings *settings,
		const struct carrier *carrier);

/** Gives up what the main thread needs for the start only, and says "ready". */
void serve_ready(const struct serving *serving);

/** How many devices the kernel or an error has ended. */
unsigned serve_ended(const struct serving *serving);

/**
 * Removes all nodes and devices. If a client holds one of them up it doesn't return, but ends the process
 * with @a code.
 */
void serve_stop(struct serving *serving, int code);

#endif
