/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and the iommufd as the settings ask for, from start to end. */
#ifndef DAEMON_SERVE_H
#define DAEMON_SERVE_H

#include "daemon/settings.h"
#include "models/types.h"
#include "vfio/device.h"

/** A device being served. */
struct served {
	unsigned number; /**< its place in serving.device; decides its PCI address */
	struct device_setting *setting;
	bool own_setting; /**< made at run time: freed with the device */
	struct vfio_device *device;
	struct carried *node;
	bool claimed; /**< it has something of the host */
	struct type_claim claim;
	bool held; /**< a client held it up when it was to be removed: nothing of it can be freed */
};

struct serving {
	const struct carrier *carrier;
	struct served
		*device[MAX_DEVICES]; /**< without gaps at start; NULL where one was removed */
	unsigned num_slots;           /**< behind the last device */
	unsigned num_devices;
	struct type_host *host; /**< what devices with a type share */
	struct carried *iommu;  /**< NULL: none */
	unsigned poll_us;       /**< of devices that don't say */
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

/**
 * Adds a device; the setting must have gone through settings_finish_type(). Returns 0 or a negative
 * errno after logging why: -ENOENT: no such type, -ENOSPC: the host has no more of something or there are
 * MAX_DEVICES, -EEXIST: the name or the UUID is taken. On success, if @a own_setting, the setting belongs
 * to the device.
 */
int serve_create(struct serving *serving, struct device_setting *setting, bool own_setting,
		 struct served **served);

/**
 * Ends a device. -EBUSY while somebody has it open, unless @a force; -EAGAIN when a client holds it up:
 * then its node is gone, and what it has of the host stays taken.
 */
int serve_remove(struct serving *serving, struct served *served, bool force);

/** The device with that UUID, or else with that name of its node, or NULL. */
struct served *serve_find(const struct serving *serving, const char *uuid_or_name);

/**
 * Gives up what the main thread needs for the start only, and says "ready".
 * @a start_more: serve_create() will be called.
 */
void serve_ready(const struct serving *serving, bool start_more);

/** How many devices the kernel or an error has ended. */
unsigned serve_ended(const struct serving *serving);

/**
 * Removes all nodes and devices. If a client holds one of them up it doesn't return, but ends the process
 * with @a code.
 */
void serve_stop(struct serving *serving, int code);

#endif
