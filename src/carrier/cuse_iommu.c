/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The iommufd of the carrier "cuse". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "carrier/cuse_node.h"
#include "carrier/iommu_node.h"
#include "util/log.h"

struct cuse_iommu {
	struct cuse_node node;
	struct carried carried;
	char path[sizeof("/dev/") + CARRIER_NAME_MAX];
};

static enum call_state
handle(void *context, struct call *call)
{
	return iommu_ioctl(context, call);
}

static void
on_ioctl(fuse_req_t req, int command, void *argument, struct fuse_file_info *info, unsigned flags,
	 const void *in, size_t in_size, size_t out_size)
{
	(void)flags;
	if (!iommu_node_own_ioctl(req, (unsigned)command, argument, info))
		cuse_node_ioctl(req, command, argument, in, in_size, out_size, handle,
				(void *)(uintptr_t)info->fh);
}

static void
on_read(fuse_req_t req, size_t size, off_t offset, struct fuse_file_info *info)
{
	(void)size, (void)offset, (void)info;
	fuse_reply_err(req, EINVAL);
}

static void
on_write(fuse_req_t req, const char *buffer, size_t size, off_t offset, struct fuse_file_info *info)
{
	(void)buffer, (void)size, (void)offset, (void)info;
	fuse_reply_err(req, EINVAL);
}

static void
on_init_done(void *userdata)
{
	struct cuse_iommu *served = userdata;

	server_ready(&served->node.server);
}

static const struct cuse_lowlevel_ops operations = {
	.init_done = on_init_done,
	.open = iommu_node_open,
	.release = iommu_node_release,
	.read = on_read,
	.write = on_write,
	.ioctl = on_ioctl,
};

static bool
stop(struct carried *carried)
{
	struct cuse_iommu *served =
		(struct cuse_iommu *)((char *)carried - offsetof(struct cuse_iommu, carried));

	iommu_node_remove(served->path);
	if (!cuse_node_stop(&served->node))
		return false;
	free(served);
	return true;
}

struct carried *
cuse_iommu_start(const char *name, const struct carrier_permissions *permissions, int *code)
{
	struct cuse_iommu *served = calloc(1, sizeof(*served));

	*code = EX_OSERR;
	if (!served) {
		log_line(LOG_ERR, "%s: out of memory", name);
		return NULL;
	}
	served->carried = (struct carried){.server = &served->node.server, .stop = stop};
	snprintf(served->path, sizeof(served->path), "/dev/%s", name);
	*code = cuse_node_start(&served->node, name, &operations, served, permissions,
				&(struct server_manner){.threads = IOMMU_NODE_THREADS});
	if (!*code && !iommu_node_add(served->path))
		return &served->carried;
	if (!*code) {
		*code = EX_OSERR;
		cuse_node_stop(&served->node);
	}
	free(served);
	return NULL;
}
