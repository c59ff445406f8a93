/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of devices that share a host device, as mediated devices do: each instance takes a part of it
 * until nothing is left. This is the face that the daemon sees; what there is to share, and how much of
 * it a type takes, is the model's to know.
 */
#ifndef MODELS_TYPES_H
#define MODELS_TYPES_H

#include <stdbool.h>

#include "vfiod/device.h"

/** Room for why something could not be had, in words. */
#define TYPES_WHY 160

/** A type as it is shown; the texts are what the files of sysfs's mdev hold. */
struct type_info {
	char name[32];         /**< "i915-GVTg_V5_4" */
	char summary[64];      /**< a name for people */
	char description[160]; /**< lines "key: value", the last one without its newline */
	const char *api;       /**< "vfio-pci" */
	unsigned available;    /**< how many can be made now */
};

/** What one device has of the host. */
struct type_claim {
	unsigned slot;
	char options[160]; /**< "key=value,..." for the model */
};

/** A simulated host device with what its instances have of it. */
struct type_host;

struct type_source {
	const struct vfiod_model *model;    /**< of the instances */
	const struct vfiod_option *options; /**< of the host, ended by a row with key NULL */

	/** A host that nobody has anything of. NULL on failure, with the reason in @a why. */
	struct type_host *(*open)(const struct vfiod_options *options, char why[TYPES_WHY]);
	void (*close)(struct type_host *host);

	/** The @a index-th type that this host offers; false behind the last one. */
	bool (*describe)(const struct type_host *host, unsigned index, struct type_info *info);

	/**
	 * Takes what an instance of a type needs. Returns 0, -ENOENT when there is no such type, or
	 * -ENOSPC with the resource that ran out in @a why; both leave the host as it is.
	 */
	int (*take)(struct type_host *host, const char *type, struct type_claim *claim,
		    char why[TYPES_WHY]);
	void (*give_back)(struct type_host *host, const struct type_claim *claim);
};

/** The types of Intel's vGPUs. */
extern const struct type_source gvt_types;

#endif
