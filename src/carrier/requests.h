/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What carriers have in common once a request's true offset is known. */
#ifndef CARRIER_REQUESTS_H
#define CARRIER_REQUESTS_H

#include "carrier/server.h"

#include "carrier/carrier.h"

/** The first member of a carrier's own struct, which is the session's user data. */
struct carried {
	struct server *server;
	struct vfio_device *device;
	uint8_t *buffer; /**< for reads */
};

/** Returns 0 or -ENOMEM. */
int carried_init(struct carried *carried, struct server *server, struct vfio_device *device);
void carried_free(struct carried *carried);

/** The open file that a request belongs to. */
static inline struct vfio_file *
request_file(const struct fuse_file_info *fi)
{
	return (struct vfio_file *)(uintptr_t)fi->fh;
}

/** Opens the device and answers. */
void request_open(fuse_req_t req, struct fuse_file_info *fi);

/** Reads at a true file offset and answers. Returns the bytes read or a negative errno. */
ssize_t request_read(fuse_req_t req, uint64_t offset, size_t size);

/** Writes at a true file offset and answers. Returns the bytes written or a negative errno. */
ssize_t request_write(fuse_req_t req, uint64_t offset, const char *buffer, size_t size);

#endif
