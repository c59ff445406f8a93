/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor on port D as its owner handles it: its EDID from a file, its plug in or out. */
#include "models/gvt/gvt.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set_edid(struct gvt *gvt, const uint8_t *edid, size_t size)
{
	memset(gvt->edid.blob, 0, sizeof(gvt->edid.blob));
	memcpy(gvt->edid.blob, edid, size);
	gvt->edid.size = (uint32_t)size;
}

/* The whole of a regular file, or its size and the first bytes if it is too long. */
static int
read_whole(int fd, uint8_t *buffer, size_t room, size_t *size)
{
	struct stat st;

	*size = 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	while (*size < room) {
		ssize_t got = read(fd, buffer + *size, room - *size);

		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		*size += (size_t)got;
	}
	return 0;
}

int
gvt_monitor_read_file(struct gvt *gvt, const char *path)
{
	/* O_NONBLOCK: a FIFO that nobody writes to would hold up the daemon. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), error;
	uint8_t blob[VFIOD_EDID_MAX + 1];
	const char *fault;
	size_t size;

	if (fd < 0)
		return vfiod_fail(gvt->dev, errno, "edid=%s: %s", path, strerror(errno));
	error = read_whole(fd, blob, sizeof(blob), &size);
	close(fd);
	if (error)
		return vfiod_fail(gvt->dev, -error, "edid=%s: %s", path,
				  error == -EINVAL ? "not a regular file" : strerror(-error));
	fault = gvt_edid_fault(blob, size);
	if (fault)
		return vfiod_fail(gvt->dev, EINVAL, "edid=%s: not an EDID for this monitor: %s",
				  path, fault);
	set_edid(gvt, blob, size);
	return 0;
}

void
gvt_get_monitor(struct vfiod_device *dev, struct vfiod_monitor *monitor)
{
	const struct gvt *gvt = dev->state;

	*monitor = (struct vfiod_monitor){
		.connector = "DP-D",
		.plugged = gvt_monitor_connected(gvt),
		.edid = gvt->edid.blob,
		.edid_size = gvt->edid.size,
	};
}

static void
plug(struct gvt *gvt, bool plugged)
{
	gvt->edid.link_state = plugged ? GVT_LINK_UP : GVT_LINK_DOWN;
	gvt_hotplug(gvt, plugged);
}

int
gvt_set_monitor(struct vfiod_device *dev, bool plugged, const uint8_t *edid, size_t size)
{
	struct gvt *gvt = dev->state;
	bool was = gvt_monitor_connected(gvt);
	const char *fault = edid ? gvt_edid_fault(edid, size) : NULL;

	if (fault)
		return vfiod_fail(dev, EINVAL, "not an EDID for this monitor: %s", fault);
	/* A client may have left half an EDID behind: the region lets it, and so the plug must not. */
	if (plugged && !edid && !gvt_edid_valid(gvt->edid.blob, gvt->edid.size))
		return vfiod_fail(dev, EINVAL, "the EDID that a client wrote is not valid");
	/* What is unplugged while its EDID changes is seen as another one. */
	if (was && (!plugged || edid))
		plug(gvt, false);
	if (edid)
		set_edid(gvt, edid, size);
	if (plugged && (!was || edid))
		plug(gvt, true);
	return 0;
}
