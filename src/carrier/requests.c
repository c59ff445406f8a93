/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/requests.h"

#include <errno.h>
#include <stdlib.h>

/* The largest transfer that one request can carry (FUSE_MAX_MAX_PAGES of libfuse and the kernel). */
#define PAGE         4096u
#define MAX_TRANSFER (256u * PAGE)

int
carried_init(struct carried_device *carried, struct server *server, struct vfio_device *device,
	     bool (*stop)(struct carried *carried))
{
	carried->carried = (struct carried){.server = server, .stop = stop};
	carried->device = device;
	/* Page-aligned as the memory that is copied: that is much faster. */
	carried->buffer = aligned_alloc(PAGE, MAX_TRANSFER);
	return carried->buffer ? 0 : -ENOMEM;
}

void
carried_free(struct carried_device *carried)
{
	free(carried->buffer);
}

void
request_open(struct carried_device *carried, fuse_req_t req, struct fuse_file_info *fi)
{
	struct vfio_file *file = vfio_open(carried->device);

	if (!file) {
		fuse_reply_err(req, errno);
		return;
	}
	fi->fh = (uintptr_t)file;
	carried->carried.server->clients++;
	/* The caller may be gone already: then nobody will ever release this file. */
	if (fuse_reply_open(req, fi) == -ENOENT)
		request_release(carried, fi);
}

void
request_release(struct carried_device *carried, struct fuse_file_info *fi)
{
	carried->carried.server->clients--;
	vfio_close(request_file(fi));
}

/* From so many bytes on a copy in between costs more than looking for a way without. */
#define IN_PLACE_LEAST 16384u
#define MAX_VECTORS    256u

static ssize_t
reply_in_place(fuse_req_t req, struct vfio_file *file, uint64_t offset, size_t size)
{
	struct iovec vector[MAX_VECTORS];
	unsigned count = MAX_VECTORS;
	size_t done = vfio_read_in_place(file, offset, size, vector, &count);

	if (!done)
		return 0;
	/* The caller's buffer is there already: this doesn't wait for it. */
	fuse_reply_iov(req, vector, (int)count);
	vfio_read_end(file);
	return (ssize_t)done;
}

ssize_t
request_read(struct carried_device *carried, fuse_req_t req, struct vfio_file *file, uint64_t offset,
	     size_t size)
{
	ssize_t done;

	if (size > MAX_TRANSFER)
		size = MAX_TRANSFER;
	done = size < IN_PLACE_LEAST ? 0 : reply_in_place(req, file, offset, size);
	if (done)
		return done;
	done = vfio_read(file, offset, carried->buffer, size);
	if (done < 0)
		fuse_reply_err(req, (int)-done);
	else
		fuse_reply_buf(req, (const char *)carried->buffer, (size_t)done);
	return done;
}

ssize_t
request_write(fuse_req_t req, struct vfio_file *file, uint64_t offset, const char *buffer, size_t size)
{
	ssize_t done = vfio_write(file, offset, buffer, size);

	if (done < 0)
		fuse_reply_err(req, (int)-done);
	else
		fuse_reply_write(req, (size_t)done);
	return done;
}
