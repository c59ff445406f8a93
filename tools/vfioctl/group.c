// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The older way to a kernel device: through its IOMMU group and a container. Distributions whose
 * kernels have no /dev/vfio/devices know only this one; vfio.h describes it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vfioctl.h"

#define SYSFS "/sys/bus/pci/devices/"

bool
group_is_address(const char *name)
{
	unsigned domain, bus, slot, function;
	int length = 0;

	return sscanf(name, "%x:%x:%x.%x%n", &domain, &bus, &slot, &function, &length) == 4 &&
	       !name[length];
}

/* The number of the device's IOMMU group, as text; NULL if it has none. */
static const char *
group_number(const char *address, char link[PATH_MAX])
{
	char path[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), SYSFS "%s/iommu_group", address);
	length = readlink(path, link, PATH_MAX - 1);
	if (length < 0)
		return NULL;
	link[length] = '\0';
	return strrchr(link, '/') ? strrchr(link, '/') + 1 : link;
}

/* A group may be used when no device of it has another driver; then it gets a container. */
static int
join_container(struct device *dev, int group, const char *path)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};

	if (ioctl(group, VFIO_GROUP_GET_STATUS, &status) < 0) {
		warn("%s: group status", path);
		return EX_DEVICE;
	}
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		warnx("%s: not all devices of the group are bound to vfio-pci", path);
		return EX_DEVICE;
	}
	dev->iommufd = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (dev->iommufd < 0) {
		warn("/dev/vfio/vfio");
		return EX_NOINPUT;
	}
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &dev->iommufd) < 0 ||
	    ioctl(dev->iommufd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0) {
		warn("%s: cannot join a container", path);
		return EX_DEVICE;
	}
	return EX_OK;
}

int
group_open(struct device *dev)
{
	char link[PATH_MAX], path[PATH_MAX];
	const char *number = group_number(dev->path, link);
	int group, status;

	if (!number) {
		warnx("%s: no such PCI device, or it has no IOMMU group", dev->path);
		return EX_NOINPUT;
	}
	snprintf(path, sizeof(path), "/dev/vfio/%.32s", number);
	group = open(path, O_RDWR | O_CLOEXEC);
	if (group < 0) {
		warn("%s: the IOMMU group of %s (is the device bound to vfio-pci?)", path,
		     dev->path);
		return EX_NOINPUT;
	}
	status = join_container(dev, group, path);
	if (!status) {
		dev->fd = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, dev->path);
		if (dev->fd < 0) {
			warn("%s: not in group %s", dev->path, number);
			status = EX_DEVICE;
		}
	}
	/* The device keeps its group and container. */
	close(group);
	return status;
}
