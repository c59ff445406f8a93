/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How requests reach a device. A carrier is one row: a character device made with CUSE, or a regular
 * file served by FUSE. The device behind doesn't know which.
 */
#ifndef CARRIER_CARRIER_H
#define CARRIER_CARRIER_H

#include <stdbool.h>
#include <sys/types.h>

#include "vfio/device.h"

/** Longest node name, without its directory. */
#define CARRIER_NAME_MAX 200

/** Longest time that a device's thread may be asked to poll, in microseconds. */
#define CARRIER_MAX_POLL_US 10000u

/** Mode and owner that a node gets; uid or gid -1: as it is. */
struct carrier_permissions {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

struct server;

/** A device or an iommufd being served. */
struct carried {
	struct server *server;
	bool (*stop)(struct carried *carried);
};

struct carrier {
	const char *name;

	/** Says, without a log line, whether the machine has what this carrier needs. */
	bool (*possible)(void);

	/** Once, before the first device. Returns 0, or a sysexits code after logging what is missing. */
	int (*prepare)(void);

	/** Directory of the nodes: "/dev", or where the files are. */
	const char *(*directory)(void);

	/**
	 * Serves @a device under @a name, polling up to @a poll_us microseconds for requests before it
	 * sleeps. NULL on failure, *@a code then is a sysexits code.
	 */
	struct carried *(*start)(struct vfio_device *device, const char *name,
				 const struct carrier_permissions *permissions, unsigned poll_us,
				 int *code);

	/** Serves an iommufd, to which devices of either carrier can be bound. As start(). */
	struct carried *(*start_iommu)(const char *name,
				       const struct carrier_permissions *permissions, int *code);

	/**
	 * The main thread gives up what it doesn't need for carried_stop(), or, if @a start_more, for
	 * start() too. Returns 0 or -1.
	 */
	int (*drop_privileges)(bool start_more);
};

extern const struct carrier cuse_carrier, fuse_carrier;

/** A carrier by its name, or for "auto" the first that is possible; NULL if there is none. */
const struct carrier *carrier_by_name(const char *name);

/** Whether the kernel or an error has ended the node by itself. */
bool carried_ended(const struct carried *carried);

/**
 * Removes the node; what it served stays. False if a client holds a thread up: then that is still in
 * use and must not be freed.
 */
bool carried_stop(struct carried *carried);

/** Whether @a name is fit for a node below the carrier's directory; if not, says why. */
bool carrier_name_valid(const char *name, const char **why);

#endif
