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

/** One key=value. Returns 0 or a sysexits code after logging. */
int settings_set_key(struct device_setting *device, const char *key, const char *value,
		     const char *where);

#endif
