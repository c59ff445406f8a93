/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "carrier/fuse_passthrough.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "util/log.h"

#ifdef HAVE_FUSE_PASSTHROUGH

/* <linux/fuse.h> of Linux 6.9, which libfuse may be newer than the installed one. */
struct backing_map {
	int32_t fd;
	uint32_t flags;
	uint64_t padding;
};
#define BACKING_OPEN _IOW(229, 1, struct backing_map)

static void
want(struct fuse_conn_info *conn)
{
	conn->want |= FUSE_CAP_PASSTHROUGH;
	/* Not 0, which some versions of libfuse hand to the kernel, for which it is no number. */
	conn->max_backing_stack_depth = FUSE_BACKING_STACKED_OVER;
}

/* The kernel's number of our file, or a negative errno. */
static int
register_file(struct fuse_session *session, int fd)
{
	const struct backing_map map = {.fd = fd};
	int number = ioctl(fuse_session_fd(session), BACKING_OPEN, &map);

	return number < 0 ? -errno : number;
}

static void
answer(struct fuse_file_info *info, int backing)
{
	info->backing_id = backing;
	info->parallel_direct_writes = 1;
}

#else

#define FUSE_CAP_PASSTHROUGH 0u

static void
want(struct fuse_conn_info *conn)
{
	(void)conn;
}

static int
register_file(struct fuse_session *session, int fd)
{
	(void)session, (void)fd;
	return -ENOSYS;
}

static void
answer(struct fuse_file_info *info, int backing)
{
	(void)info, (void)backing;
}

#endif

void
fuse_passthrough_prepare(struct fuse_passthrough *passthrough, struct vfio_device *device)
{
	*passthrough = (struct fuse_passthrough){.device = device};
	atomic_init(&passthrough->backing, vfio_has_mappable(device) ? -1 : 0);
}

void
fuse_passthrough_init(struct fuse_passthrough *passthrough, struct fuse_conn_info *conn)
{
	if (atomic_load(&passthrough->backing) == 0 || !(conn->capable & FUSE_CAP_PASSTHROUGH))
		return;
	passthrough->offered = true;
	want(conn);
}

/* DMA must not reach a BAR through the daemon that has it. */
static int
refuse_as_memory(struct fuse_passthrough *passthrough, const char *path)
{
	struct stat st;
	int error;

	if (stat(path, &st) < 0)
		return -errno;
	error = iommu_refuse_device(st.st_dev);
	if (!error)
		passthrough->refused = st.st_dev;
	return error;
}

static const char *
explain(const struct fuse_passthrough *passthrough, int error)
{
	if (!FUSE_CAP_PASSTHROUGH)
		return "this vfiod was built with a libfuse older than 3.17";
	if (!passthrough->offered)
		return "the kernel has no FUSE passthrough (Linux 6.9 with CONFIG_FUSE_PASSTHROUGH)";
	if (error == -EPERM)
		return "that needs CAP_SYS_ADMIN outside of user namespaces";
	return strerror(-error);
}

void
fuse_passthrough_start(struct fuse_passthrough *passthrough, struct fuse_session *session,
		       const char *path)
{
	struct vfio_device *device = passthrough->device;
	int backing, error = passthrough->offered ? 0 : -ENOSYS;

	if (!vfio_has_mappable(device))
		return;
	backing = error ? error : register_file(session, device->window_fd);
	if (backing > 0)
		error = refuse_as_memory(passthrough, path);
	else
		error = backing ? backing : -EIO;
	if (!error)
		error = vfio_allow_mapping(device);
	if (error)
		log_line(LOG_INFO, "%s: memory BARs can't be mapped: %s", device->dev.name,
			 explain(passthrough, error));
	else
		log_line(LOG_INFO, "%s: memory BARs can be mapped", device->dev.name);
	/* A file that was registered in vain goes with the session. */
	atomic_store(&passthrough->backing, error ? 0 : backing);
}

void
fuse_passthrough_stop(struct fuse_passthrough *passthrough)
{
	if (passthrough->refused)
		iommu_accept_device(passthrough->refused);
	passthrough->refused = 0;
}

bool
fuse_passthrough_answer(struct fuse_passthrough *passthrough, struct fuse_file_info *info)
{
	int backing = atomic_load(&passthrough->backing);

	if (backing > 0)
		answer(info, backing);
	return backing >= 0;
}
