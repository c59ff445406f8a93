/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What carriers have in common once a request's true offset is known. */
#ifndef CARRIER_REQUESTS_H
#define CARRIER_REQUESTS_H

#include "carrier/server.h"

#include "carrier/carrier.h"

/** A device being served. */
struct carried_device {
	struct carried carried;
	struct vfio_device *device;
	uint8_t *buffer; /**< for reads */
};

/** Returns 0 or -ENOMEM. */
int carried_init(struct carried_device *carried, struct server *server, struct vfio_device *device,
		 bool (*stop)(struct carried *carried));
void carried_free(struct carried_device *carried);

/** The open file that a request belongs to. */
static inline struct vfio_file *
request_file(const struct fuse_file_info *fi)
{
	return (struct vfio_file *)(uintptr_t)fi->fh;
}

/** Opens the device and answers. */
void request_open(struct carried_device *carried, fuse_req_t req, struct fuse_file_info *fi);

/** Closes the file, without an answer. */
void request_release(struct carried_device *carried, struct fuse_file_info *fi);

/** Reads at a true file offset and answers. Returns the bytes read or a negative errno. */
ssize_t request_read(struct carried_device *carried, fuse_req_t req, struct vfio_file *file,
		     uint64_t offset, size_t size);

/** Writes at a true file offset and answers. Returns the bytes written or a negative errno. */
ssize_t request_write(fuse_req_t req, struct vfio_file *file, uint64_t offset, const char *buffer,
		      size_t size);

#endif
