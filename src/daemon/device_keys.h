/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of building a device setting that the command line and the config file share. */
#ifndef DAEMON_DEVICE_KEYS_H
#define DAEMON_DEVICE_KEYS_H

#include "daemon/settings.h"

/** The model, or NULL after logging. */
const struct vfiod_model *settings_find_model(const char *name, const char *where);

/** A device with defaults, or NULL when there are too many. */
struct device_setting *settings_new_device(struct settings *settings,
					   const struct vfiod_model *model);

/** A name of a node, with or without /dev/ in front. Returns 0 or a sysexits code after logging. */
int settings_set_name(char **name, const char *value, const char *where);

/**
 * mode, owner or group. Returns 0, a sysexits code after logging, or -1 if the key is another one.
 */
int settings_set_permission(struct carrier_permissions *permissions, const char *key,
			    const char *value, const char *where);

/** One key of the iommufd: name, mode, owner, group. Returns 0 or a sysexits code after logging. */
int settings_set_iommu_key(struct iommu_setting *iommu, const char *key, const char *value,
			   const char *where);

/** One key of the control socket: path, mode, owner, group. Returns 0 or a sysexits code after logging. */
int settings_set_control_key(struct control_setting *control, const char *key, const char *value,
			     const char *where);

/** One key of the host GPU. Returns 0 or a sysexits code after logging. */
int settings_set_host_gpu_key(struct vfiod_options *options, const char *key, const char *value,
			      const char *where);

/** Microseconds to poll, of a device or of all. Returns 0 or a sysexits code after logging. */
int settings_set_poll(int *poll_us, const char *value, const char *where);

/** One key=value of a device. Returns 0 or a sysexits code after logging. */
int settings_set_key(struct device_setting *device, const char *key, const char *value,
		     const char *where);

#endif
