/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The carrier "cuse": a character device in /dev, offsets recovered from the caller. */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "carrier/cuse_node.h"
#include "carrier/iommu_node.h"
#include "carrier/offset.h"
#include "carrier/probe.h"
#include "carrier/requests.h"
#include "carrier/stream.h"
#include "util/privileges.h"

struct cuse_device {
	struct carried_device carried; /* first, see stop() */
	struct cuse_node node;
	struct offset_cache callers;
	struct stream_calls streams;
};

static struct cuse_device *
served_by(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* Says once for each open file why its accesses fail. */
static void
log_refusal(struct vfio_file *file, pid_t tid, enum offset_refusal refusal)
{
	if (file->refused & 1u << refusal)
		return;
	file->refused |= 1u << refusal;
	vfiod_log(&file->device->dev, VFIOD_LOG_WARNING, "access by thread %d refused: %s", (int)tid,
		  offset_refusal_text(refusal));
}

/* A request placed: where in the file it goes, and what it belongs to. */
struct placed {
	struct vfio_file *file;
	pid_t tid;
	uint64_t offset; /* true file offset */
	uint64_t part;   /* offset of this request inside its call */
	bool at_position;
};

static enum offset_refusal
place(struct cuse_device *served, struct placed *at, bool write, size_t size, int open_flags)
{
	const struct offset_request request = {
		.tid = at->tid,
		.write = write,
		.open_flags = open_flags,
		.part = at->part,
		.size = size,
		.device = atomic_load(&served->node.number),
	};
	struct offset_call call;
	enum offset_refusal refusal = offset_recover(&served->callers, &request, &call);
	uint64_t begin;

	if (refusal)
		return refusal;
	/* A request larger than the call it should belong to is not that call's. */
	if (size > call.count || at->part > call.count - size)
		return OFFSET_OTHER_CALL;
	at->at_position = call.at_position;
	begin = call.offset;
	if (call.at_position) {
		if (!at->part) {
			begin = at->file->position;
			stream_begin(&served->streams, at->tid, at->file, begin);
		} else if (!stream_find(&served->streams, at->tid, at->file, at->part, &begin)) {
			return OFFSET_PART_LOST;
		}
	}
	/* Past the largest file offset there is no region. */
	if (begin > INT64_MAX || at->part > INT64_MAX - begin)
		at->offset = INT64_MAX;
	else
		at->offset = begin + at->part;
	return OFFSET_OK;
}

static bool
place_or_refuse(fuse_req_t req, struct fuse_file_info *fi, struct placed *at, bool write, size_t size,
		off_t part)
{
	enum offset_refusal refusal;

	*at = (struct placed){
		.file = request_file(fi), .tid = fuse_req_ctx(req)->pid, .part = (uint64_t)part};
	refusal = place(served_by(req), at, write, size, fi->flags);
	if (!refusal)
		return true;
	log_refusal(at->file, at->tid, refusal);
	fuse_reply_err(req, offset_refusal_errno(refusal));
	return false;
}

static void
advance(struct cuse_device *served, const struct placed *at, ssize_t done)
{
	if (!at->at_position || done <= 0)
		return;
	at->file->position = at->offset + (uint64_t)done;
	stream_advance(&served->streams, at->tid, at->file, at->part + (uint64_t)done);
}

static void
on_open(fuse_req_t req, struct fuse_file_info *fi)
{
	request_open(&served_by(req)->carried, req, fi);
}

static void
on_release(fuse_req_t req, struct fuse_file_info *fi)
{
	struct cuse_device *served = served_by(req);

	request_release(&served->carried, fi);
	if (!served->carried.device->files)
		offset_cache_clear(&served->callers);
	fuse_reply_err(req, 0);
}

static void
on_read(fuse_req_t req, size_t size, off_t part, struct fuse_file_info *fi)
{
	struct cuse_device *served = served_by(req);
	struct placed at;

	if (place_or_refuse(req, fi, &at, false, size, part))
		advance(served, &at, request_read(&served->carried, req, at.file, at.offset, size));
}

static void
on_write(fuse_req_t req, const char *buffer, size_t size, off_t part, struct fuse_file_info *fi)
{
	struct cuse_device *served = served_by(req);
	struct placed at;

	if (place_or_refuse(req, fi, &at, true, size, part))
		advance(served, &at, request_write(req, at.file, at.offset, buffer, size));
}

static enum call_state
handle(void *file, struct call *call)
{
	return vfio_ioctl(file, call);
}

static void
on_ioctl(fuse_req_t req, int command, void *argument, struct fuse_file_info *fi, unsigned flags,
	 const void *in, size_t in_size, size_t out_size)
{
	(void)flags;
	cuse_node_ioctl(req, command, argument, in, in_size, out_size, handle, request_file(fi));
}

static void
on_init_done(void *userdata)
{
	struct cuse_device *served = userdata;

	server_ready(&served->node.server);
}

static const struct cuse_lowlevel_ops operations = {
	.init_done = on_init_done,
	.open = on_open,
	.release = on_release,
	.read = on_read,
	.write = on_write,
	.ioctl = on_ioctl,
};

static bool
stop(struct carried *carried)
{
	struct cuse_device *served = (struct cuse_device *)carried;

	if (!cuse_node_stop(&served->node))
		return false;
	offset_cache_clear(&served->callers);
	carried_free(&served->carried);
	free(served);
	return true;
}

static struct carried *
start(struct vfio_device *device, const char *name, const struct carrier_permissions *permissions,
      unsigned poll_us, int *code)
{
	struct cuse_device *served = calloc(1, sizeof(*served));

	*code = EX_OSERR;
	if (!served || carried_init(&served->carried, &served->node.server, device, stop)) {
		log_line(LOG_ERR, "%s: out of memory", name);
		free(served);
		return NULL;
	}
	offset_cache_init(&served->callers);
	*code = cuse_node_start(&served->node, name, &operations, served, permissions,
				&(struct server_manner){.threads = 1, .poll_us = poll_us});
	if (!*code)
		return &served->carried.carried;
	carried_free(&served->carried);
	free(served);
	return NULL;
}

static bool
possible(void)
{
	return access("/dev/cuse", R_OK | W_OK) == 0;
}

static int
prepare(void)
{
	int code = cuse_available();

	return code ? code : probe_offsets();
}

static const char *
directory(void)
{
	return "/dev";
}

static int
drop_privileges(bool start_more)
{
	/* To set owner and mode of a node. */
	static const unsigned keep[] = {CAP_CHOWN, CAP_FOWNER};

	return start_more ? privileges_keep_starting(keep, sizeof(keep) / sizeof(*keep))
			  : privileges_keep_serving();
}

const struct carrier cuse_carrier = {
	.name = "cuse",
	.possible = possible,
	.prepare = prepare,
	.directory = directory,
	.start = start,
	.start_iommu = cuse_iommu_start,
	.drop_privileges = drop_privileges,
};
