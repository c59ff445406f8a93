/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The carrier "fuse": a regular file, itself the root of a FUSE mount. It needs no module that a stock
 * kernel hasn't loaded, requests carry their true offsets, and an unprivileged user may have one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "carrier/fuse_file.h"
#include "carrier/fuse_passthrough.h"
#include "carrier/iommu_node.h"
#include "carrier/requests.h"
#include "util/log.h"
#include "util/privileges.h"

/* Asynchronous reads stop at the file's size: let all regions be inside. */
#define FILE_SIZE ((uint64_t)VFIOD_MAX_REGIONS << VFIO_OFFSET_SHIFT)

struct fuse_device {
	struct fuse_file file;
	struct carried_device carried;
	struct fuse_passthrough passthrough;
};

static struct carried_device *
carried_by(fuse_req_t req)
{
	return &((struct fuse_device *)fuse_req_userdata(req))->carried;
}

static void
on_init(void *userdata, struct fuse_conn_info *conn)
{
	fuse_passthrough_init(&((struct fuse_device *)userdata)->passthrough, conn);
	fuse_file_init(userdata, conn);
}

static void
on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fuse_device *served = fuse_req_userdata(req);

	(void)ino;
	/* The device isn't there yet. */
	if (!fuse_passthrough_answer(&served->passthrough, fi)) {
		fuse_reply_err(req, ENXIO);
		return;
	}
	/* Registers must not be cached; there is nothing to flush, so close() need not ask. */
	fi->direct_io = 1;
	fi->noflush = 1;
	request_open(&served->carried, req, fi);
}

static void
on_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	request_release(carried_by(req), fi);
	fuse_reply_err(req, 0);
}

static void
on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
	(void)ino;
	request_read(carried_by(req), req, request_file(fi), (uint64_t)offset, size);
}

static void
on_write(fuse_req_t req, fuse_ino_t ino, const char *buffer, size_t size, off_t offset,
	 struct fuse_file_info *fi)
{
	(void)ino;
	request_write(req, request_file(fi), (uint64_t)offset, buffer, size);
}

static enum call_state
handle(void *file, struct call *call)
{
	return vfio_ioctl(file, call);
}

static void
on_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned command, void *argument,
	 struct fuse_file_info *fi, unsigned flags, const void *in, size_t in_size, size_t out_size)
{
	(void)ino, (void)flags, (void)in, (void)in_size, (void)out_size;
	fuse_file_ioctl(req, command, argument, handle, request_file(fi));
}

static const struct fuse_lowlevel_ops operations = {
	.init = on_init,
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
	struct fuse_device *served =
		(struct fuse_device *)((char *)carried - offsetof(struct fuse_device, carried));

	if (!fuse_file_stop(&served->file))
		return false;
	fuse_passthrough_stop(&served->passthrough);
	carried_free(&served->carried);
	free(served);
	return true;
}

static struct carried *
start(struct vfio_device *device, const char *name, const struct carrier_permissions *permissions,
      unsigned poll_us, int *code)
{
	struct fuse_device *served = calloc(1, sizeof(*served));

	*code = EX_OSERR;
	if (!served || carried_init(&served->carried, &served->file.server, device, stop)) {
		log_line(LOG_ERR, "%s: out of memory", name);
		free(served);
		return NULL;
	}
	fuse_passthrough_prepare(&served->passthrough, device);
	*code = fuse_file_start(&served->file, name, &operations, permissions, FILE_SIZE,
				&(struct server_manner){.threads = 1, .poll_us = poll_us});
	if (!*code) {
		fuse_passthrough_start(&served->passthrough, served->file.session,
				       served->file.path);
		return &served->carried.carried;
	}
	carried_free(&served->carried);
	free(served);
	return NULL;
}

static bool
possible(void)
{
	return access("/dev/fuse", F_OK) == 0;
}

static int
prepare(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC), error = errno;

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (error == ENOENT || error == ENODEV || error == ENXIO) {
		log_line(LOG_ERR, "/dev/fuse is missing: load the module with 'modprobe fuse'; a "
				  "container is given it with --device=/dev/fuse");
		return EX_UNAVAILABLE;
	}
	log_line(LOG_ERR, "cannot open /dev/fuse: %s: its mode should be 0666, and a container must be "
			  "given it with --device=/dev/fuse",
		 strerror(error));
	return EX_NOPERM;
}

static int
drop_privileges(bool start_more)
{
	/* mount(), umount2(); to give a file beside the control socket its owner. */
	static const unsigned keep[] = {CAP_SYS_ADMIN, CAP_CHOWN};

	return start_more ? privileges_keep_starting(keep, 2) : privileges_keep(keep, 1);
}

const struct carrier fuse_carrier = {
	.name = "fuse",
	.possible = possible,
	.prepare = prepare,
	.directory = fuse_file_directory,
	.start = start,
	.start_iommu = fuse_iommu_start,
	.drop_privileges = drop_privileges,
};
