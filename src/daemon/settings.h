/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line and vfiod.conf say, checked as far as it can be without a kernel. */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <stdbool.h>
#include <sys/types.h>

#include "vfiod/device.h"

/** Most devices of one daemon: each has a thread. */
#define MAX_DEVICES 1024u

/** One device as asked for. */
struct device_setting {
	const struct vfiod_model *model;
	char *name; /**< of the node, without /dev/ */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct vfiod_options options; /**< what is left for the framework and the model */
};

struct settings {
	struct device_setting *device;
	unsigned num_devices;
	int log_level; /**< -1: not said */
};

/**
 * Adds a device from "MODEL[,key=value…]". Returns 0 or a sysexits code after logging; @a where names
 * the place in messages ("--device", "FILE:LINE").
 */
int settings_add_device(struct settings *settings, const char *text, const char *where);

/** Reads a file as of vfiod.conf(5). Returns 0 or a sysexits code after logging. */
int settings_read_file(struct settings *settings, const char *path);

/** Gives the devices without a name one, adds the default device if there is none, refuses doubles. */
int settings_finish(struct settings *settings);

void settings_free(struct settings *settings);

#endif
