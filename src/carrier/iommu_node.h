/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's iommufd nodes, and which context is behind a client's descriptor of one. The kernel tells
 * the open file of a request to the one who serves it and to nobody else, so the question is put as a
 * request: an ioctl of our own on a copy of the descriptor.
 */
#ifndef CARRIER_IOMMU_NODE_H
#define CARRIER_IOMMU_NODE_H

#include "carrier/server.h"

#include <sys/stat.h>

#include "carrier/carrier.h"
#include "iommu/iommu.h"

/** Most threads that serve one node: as many callers may be held up by their own memory at once. */
#define IOMMU_NODE_THREADS 64u

/** Makes a node known by its file. Returns 0 or a negative errno. */
int iommu_node_add(const char *path);
void iommu_node_remove(const char *path);

/** Whether a link below /proc/TID/fd, or a descriptor of ours, is a node: 0, -EBADF, -EBADFD. */
int iommu_node_check_link(const char *path);
int iommu_node_check(int fd);

/** The context behind a descriptor that iommu_node_check() accepted, referenced; or NULL. */
struct iommu_context *iommu_node_context(int fd);

/** What nodes of both carriers do; @a info->fh is the context. */
void iommu_node_open(fuse_req_t req, struct fuse_file_info *info);
void iommu_node_release(fuse_req_t req, struct fuse_file_info *info);
/** Answers if it is our own question, and tells so. */
bool iommu_node_own_ioctl(fuse_req_t req, unsigned command, void *argument,
			  const struct fuse_file_info *info);

/** Serve a node; as start of struct carrier. */
struct carried *cuse_iommu_start(const char *name, const struct carrier_permissions *permissions,
				 int *code);
struct carried *fuse_iommu_start(const char *name, const struct carrier_permissions *permissions,
				 int *code);

#endif
