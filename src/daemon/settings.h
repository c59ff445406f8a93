/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line and vfiod.conf say, checked as far as it can be without a kernel. */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <stdbool.h>
#include <sys/types.h>

#include "carrier/carrier.h"
#include "util/uuid.h"
#include "vfiod/device.h"

/** Most devices of one daemon: each has a thread. */
#define MAX_DEVICES 1024u

/** What a file may do before it is bound to an iommufd. */
enum device_access {
	ACCESS_BY_NAME, /**< not said: strict below vfio/, where the kernel's own are, else open */
	ACCESS_STRICT,  /**< nothing, as the kernel's */
	ACCESS_OPEN,    /**< everything but DMA to client memory */
};

/** One device as asked for. */
struct device_setting {
	const struct vfiod_model *model;
	char *name; /**< of the node, without /dev/ */
	struct carrier_permissions permissions;
	enum device_access access;
	int poll_us;          /**< see carrier/polling.h; -1: not said */
	char *type;           /**< NULL: of no type, takes nothing of the host */
	char uuid[UUID_TEXT]; /**< "": not said */
	struct vfiod_options options; /**< what is left for the framework and the model */
};

/** The iommufd as asked for. */
struct iommu_setting {
	bool none;  /**< don't make one */
	char *name; /**< of the node; NULL: the first name that is free */
	struct carrier_permissions permissions;
};

/** Where the control socket is. */
struct control_setting {
	bool none;
	char *path; /**< NULL: the first name that is free in the folder of the files */
	struct carrier_permissions permissions;
};

struct settings {
	struct device_setting *device;
	unsigned num_devices;
	bool no_devices; /**< start without any */
	struct iommu_setting iommu;
	struct control_setting control;
	struct vfiod_options host_gpu; /**< what devices with a type share */
	int log_level; /**< -1: not said */
	int poll_us;   /**< of devices that don't say */
};

/** Nothing said yet. */
void settings_init(struct settings *settings);

/**
 * Adds a device from "MODEL[,key=value…]". Returns 0 or a sysexits code after logging; @a where names
 * the place in messages ("--device", "FILE:LINE").
 */
int settings_add_device(struct settings *settings, const char *text, const char *where);

/** Sets the iommufd from "none" or "NAME[,key=value…]". As settings_add_device(). */
int settings_set_iommu(struct settings *settings, const char *text, const char *where);

/** Sets the control socket from "none" or "PATH[,mode=…][,owner=…][,group=…]". As settings_add_device(). */
int settings_set_control(struct settings *settings, const char *text, const char *where);

/** Sets the host that devices with a type share, from "key=value…". As settings_add_device(). */
int settings_set_host_gpu(struct settings *settings, const char *text, const char *where);

/** Names a device with a type after its UUID, which it gets if it has none. Returns 0 or a sysexits code. */
int settings_finish_type(struct device_setting *device);

/** Nothing said yet about a device. */
void settings_device_init(struct device_setting *device, const struct vfiod_model *model);
void settings_device_free(struct device_setting *device);

/** Whether a device lets nobody but the bound file in. */
bool settings_device_strict(const struct device_setting *device);

/** Reads a file as of vfiod.conf(5). Returns 0 or a sysexits code after logging. */
int settings_read_file(struct settings *settings, const char *path);

/** Gives the devices without a name one, adds the default device if there is none, refuses doubles. */
int settings_finish(struct settings *settings);

void settings_free(struct settings *settings);

#endif
