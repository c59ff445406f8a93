/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A character device node served through CUSE by threads of its own. Its users: cuse_device.c serves a
 * VFIO device, cuse_iommu.c an iommufd, and probe.c proves at start that offsets can be recovered.
 */
#ifndef CARRIER_CUSE_NODE_H
#define CARRIER_CUSE_NODE_H

#include "carrier/server.h"

#include <cuse_lowlevel.h>
#include <stdbool.h>

#include "carrier/carrier.h"
#include "carrier/cuse_number.h"
#include "carrier/ioctl.h"

struct cuse_node {
	char name[CARRIER_NAME_MAX + 1];
	struct fuse_session *session;
	struct server server;
	struct cuse_number taken;
	atomic_uint number; /**< major << 20 | minor, as the kernel has it; 0 until it is known */
};

/** 0 if /dev/cuse can be opened, else a sysexits code, having logged what to do. */
int cuse_available(void);

/**
 * Creates the node and serves it with @a ops until cuse_node_stop(). ops->init_done must call
 * server_ready(). Returns 0 when the node is there with its permissions set, else a sysexits code
 * after logging why. @a manner as for server_start().
 */
int cuse_node_start(struct cuse_node *node, const char *name, const struct cuse_lowlevel_ops *ops,
		    void *userdata, const struct carrier_permissions *permissions, const struct server_manner *manner);

/**
 * Ends the threads and removes the node; requests under way are aborted by the kernel. False if a thread
 * doesn't end: then the node goes with the process.
 */
bool cuse_node_stop(struct cuse_node *node);

/**
 * Has @a handle answer an ioctl. A trusted caller's argument and answer go through its memory, in one
 * round trip. For others the kernel fetches and stores, in their own context, so that one whose memory
 * stalls keeps only itself waiting; that takes a round trip for each part.
 */
void cuse_node_ioctl(fuse_req_t req, int command, void *argument, const void *in, size_t in_size,
		     size_t out_size, ioctl_handler handle, void *file);

#endif
