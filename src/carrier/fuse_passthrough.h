/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping of regions through a FUSE file: the kernel passes mmap() on to the file that holds the regions
 * which are plain memory (FUSE passthrough, Linux 6.9), while read() and write() still come to us. The
 * daemon doesn't see who maps what.
 */
#ifndef CARRIER_FUSE_PASSTHROUGH_H
#define CARRIER_FUSE_PASSTHROUGH_H

#include "carrier/server.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "vfio/device.h"

struct fuse_passthrough {
	struct vfio_device *device;
	bool offered;       /**< by the kernel */
	atomic_int backing; /**< the kernel's number of the file; 0: none, -1: not decided yet */
	dev_t refused;      /**< mappings of this file system are no memory for DMA; 0: none */
};

/** Before the session starts. */
void fuse_passthrough_prepare(struct fuse_passthrough *passthrough, struct vfio_device *device);

/** From the session's init callback. */
void fuse_passthrough_init(struct fuse_passthrough *passthrough, struct fuse_conn_info *conn);

/**
 * Once the kernel has the answer to that and while we have CAP_SYS_ADMIN: decides, and logs why not.
 * @a path is the node's.
 */
void fuse_passthrough_start(struct fuse_passthrough *passthrough, struct fuse_session *session,
			    const char *path);
void fuse_passthrough_stop(struct fuse_passthrough *passthrough);

/**
 * Completes the answer to open(), alike for all opens as the kernel demands. False: not decided yet, so
 * there can't be an answer.
 */
bool fuse_passthrough_answer(struct fuse_passthrough *passthrough, struct fuse_file_info *info);

#endif
