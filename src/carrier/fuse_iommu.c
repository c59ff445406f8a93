/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The iommufd of the carrier "fuse". */
#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>

#include "carrier/fuse_file.h"
#include "carrier/iommu_node.h"
#include "util/log.h"

/* Not 0, which would make another daemon take it for an empty file to mount on. */
#define FILE_SIZE 4096

struct fuse_iommu {
	struct fuse_file file;
	struct carried carried;
};

static void
on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	(void)ino;
	info->direct_io = 1;
	info->noflush = 1;
	iommu_node_open(req, info);
}

static void
on_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	(void)ino;
	iommu_node_release(req, info);
}

static enum call_state
handle(void *context, struct call *call)
{
	return iommu_ioctl(context, call);
}

static void
on_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned command, void *argument,
	 struct fuse_file_info *info, unsigned flags, const void *in, size_t in_size,
	 size_t out_size)
{
	(void)ino, (void)flags, (void)in, (void)in_size, (void)out_size;
	if (!iommu_node_own_ioctl(req, command, argument, info))
		fuse_file_ioctl(req, command, argument, handle, (void *)(uintptr_t)info->fh);
}

/* As a character device without read() and write() answers. */
static void
on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *info)
{
	(void)ino, (void)size, (void)offset, (void)info;
	fuse_reply_err(req, EINVAL);
}

static void
on_write(fuse_req_t req, fuse_ino_t ino, const char *buffer, size_t size, off_t offset,
	 struct fuse_file_info *info)
{
	(void)ino, (void)buffer, (void)size, (void)offset, (void)info;
	fuse_reply_err(req, EINVAL);
}

static const struct fuse_lowlevel_ops operations = {
	.init = fuse_file_init,
	.getattr = fuse_file_getattr,
	.setattr = fuse_file_setattr,
	.open = on_open,
	.release = on_release,
	.read = on_read,
	.write = on_write,
	.fsync = fuse_file_fsync,
	.fallocate = fuse_file_fallocate,
	.ioctl = on_ioctl,
};

static bool
stop(struct carried *carried)
{
	struct fuse_iommu *served =
		(struct fuse_iommu *)((char *)carried - offsetof(struct fuse_iommu, carried));

	iommu_node_remove(served->file.path);
	if (!fuse_file_stop(&served->file))
		return false;
	free(served);
	return true;
}

struct carried *
fuse_iommu_start(const char *name, const struct carrier_permissions *permissions, int *code)
{
	struct fuse_iommu *served = calloc(1, sizeof(*served));

	*code = EX_OSERR;
	if (!served) {
		log_line(LOG_ERR, "%s: out of memory", name);
		return NULL;
	}
	served->carried = (struct carried){.server = &served->file.server, .stop = stop};
	*code = fuse_file_start(&served->file, name, &operations, permissions, FILE_SIZE,
				&(struct server_manner){.threads = IOMMU_NODE_THREADS});
	if (!*code && !iommu_node_add(served->file.path))
		return &served->carried;
	if (!*code) {
		*code = EX_OSERR;
		fuse_file_stop(&served->file);
	}
	free(served);
	return NULL;
}
