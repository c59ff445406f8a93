// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens a device and asks it about itself.
 *
 * vfiod's nodes answer right after open(). The kernel's /dev/vfio/devices/vfioN answer EINVAL to
 * everything until they are bound to an iommufd, so that is what EINVAL is taken to mean.
 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vfioctl.h"

/* Linux 6.6; <linux/vfio.h> of Debian 12 is older. */
struct bind_iommufd {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};

#define BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)

/* More than any driver has to say: a larger answer is garbage, not a size to allocate. */
#define MAX_INFO (1u << 20)

static int
bind_to_iommufd(struct device *dev, const char *path)
{
	struct bind_iommufd bind = {.argsz = sizeof(bind)};

	dev->iommufd = open(path, O_RDWR | O_CLOEXEC);
	if (dev->iommufd < 0) {
		warn("%s: must be bound to an iommufd first: %s", dev->path, path);
		return EX_NOINPUT;
	}
	bind.iommufd = dev->iommufd;
	if (ioctl(dev->fd, BIND_IOMMUFD, &bind) < 0) {
		warn("%s: binding to %s", dev->path, path);
		return EX_DEVICE;
	}
	return EX_OK;
}

int
device_open(struct device *dev, const struct call *call)
{
	*dev = (struct device){.path = call->device, .fd = -1, .iommufd = -1};

	if (group_is_address(dev->path)) {
		int status = group_open(dev);

		if (status)
			return status;
	} else {
		dev->fd = open(dev->path, O_RDWR | O_CLOEXEC);
	}
	if (dev->fd < 0) {
		warn("%s", dev->path);
		return EX_NOINPUT;
	}
	dev->info = device_query(dev->fd, VFIO_DEVICE_GET_INFO, sizeof(*dev->info), 0);
	if (!dev->info && errno == EINVAL) {
		int status = bind_to_iommufd(dev, call->iommufd);

		if (status)
			return status;
		dev->info = device_query(dev->fd, VFIO_DEVICE_GET_INFO, sizeof(*dev->info), 0);
	}
	if (!dev->info) {
		if (errno == ENOTTY)
			warnx("%s: not a VFIO device", dev->path);
		else
			warn("%s: device info", dev->path);
		return EX_DEVICE;
	}
	return EX_OK;
}

void
device_close(struct device *dev)
{
	free(dev->info);
	if (dev->fd >= 0)
		close(dev->fd);
	if (dev->iommufd >= 0)
		close(dev->iommufd);
}

bool
device_is_pci(const struct device *dev)
{
	return dev->info->flags & VFIO_DEVICE_FLAGS_PCI;
}

void *
device_query(int fd, unsigned long request, size_t size, uint32_t index)
{
	size_t room = size;

	/* The size may grow between two calls, but not for ever. */
	for (int tries = 0; tries < 8; tries++) {
		uint32_t *words = calloc(1, room);

		if (!words)
			return NULL;
		words[0] = (uint32_t)room; /* argsz */
		words[2] = index;
		if (ioctl(fd, request, words) < 0) {
			int error = errno;

			free(words);
			errno = error;
			return NULL;
		}
		if (words[0] <= room) {
			words[0] = (uint32_t)room; /* what cap_at() may look at */
			return words;
		}
		room = words[0];
		free(words);
		if (room > MAX_INFO)
			break;
	}
	errno = EPROTO;
	return NULL;
}

const struct vfio_info_cap_header *
cap_at(const void *info, size_t size, uint32_t offset)
{
	/* All capabilities hold 64-bit words, so a good offset is a multiple of 8. */
	if (offset == 0 || offset % 8 != 0 || offset > size ||
	    size - offset < sizeof(struct vfio_info_cap_header))
		return NULL;
	return (const void *)((const char *)info + offset);
}

const struct vfio_info_cap_header *
cap_next(const void *info, size_t size, const struct vfio_info_cap_header *cap)
{
	size_t here = size - cap_room(info, size, cap);

	return cap->next > here ? cap_at(info, size, cap->next) : NULL;
}

size_t
cap_room(const void *info, size_t size, const struct vfio_info_cap_header *cap)
{
	return size - (size_t)((const char *)cap - (const char *)info);
}
