/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A regular file that is itself the root of a FUSE mount, served by threads of its own. Two users:
 * fuse_device.c serves a VFIO device, fuse_iommu.c an iommufd.
 */
#ifndef CARRIER_FUSE_FILE_H
#define CARRIER_FUSE_FILE_H

#include "carrier/server.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "carrier/carrier.h"
#include "carrier/ioctl.h"

/** The session's user data points here. */
struct fuse_file {
	struct server server;
	struct fuse_session *session;
	struct carrier_permissions permissions;
	uint64_t size; /**< bytes, as stat() tells */
	char path[PATH_MAX];
	bool made_file, mounted;
};

/** Directory of the files: /run/vfiod for root, a user's own for others, or the one that was set. */
const char *fuse_file_directory(void);
/** Before the first file; @a path stays as it is. */
void fuse_file_set_directory(const char *path);

/**
 * Makes the file and serves it with @a ops until fuse_file_stop(). ops->init must call fuse_file_init().
 * @a threads: 1, or the most that may serve it at once. Returns 0 or a sysexits code after logging why.
 */
int fuse_file_start(struct fuse_file *file, const char *name, const struct fuse_lowlevel_ops *ops,
		    const struct carrier_permissions *permissions, uint64_t size, const struct server_manner *manner);

/** Ends the threads and removes the file. False if a client holds one up: then leave all as it is. */
bool fuse_file_stop(struct fuse_file *file);

/** Answers what every such file answers alike. */
void fuse_file_init(void *userdata, struct fuse_conn_info *conn);
void fuse_file_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fuse_file_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		       struct fuse_file_info *fi);
void fuse_file_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi);
void fuse_file_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
			 struct fuse_file_info *fi);

/** Has @a handle answer an ioctl; argument and answer go through the caller's memory. */
void fuse_file_ioctl(fuse_req_t req, unsigned command, void *argument, ioctl_handler handle,
		     void *file);

#endif
