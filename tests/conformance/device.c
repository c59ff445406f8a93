/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "abi.h"

int
device_open_node(const struct way *way, int flags)
{
	int fd = open(way->node, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int
device_open_iommu(const struct way *way)
{
	int fd = open(way->iommu, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int
bind_device(struct device *device)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = device->iommu,
	};

	if (ioctl(device->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return -errno;
	device->devid = bind.out_devid;
	return 0;
}

static int
open_cdev(const struct way *way, struct device *device, const char **step)
{
	int result;

	*step = "open the node";
	device->fd = device_open_node(way, O_RDWR);
	if (device->fd < 0)
		return device->fd;
	if (way->reach == REACH_OPEN)
		return 0;
	*step = "open the iommu node";
	device->iommu = device_open_iommu(way);
	if (device->iommu < 0)
		return device->iommu;
	*step = "VFIO_DEVICE_BIND_IOMMUFD";
	result = bind_device(device);
	return result;
}

static int
group_path(const char *address, char *path, size_t size)
{
	char link[PATH_MAX], target[PATH_MAX];
	const char *number;
	ssize_t length;

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/iommu_group", address);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	number = strrchr(target, '/');
	if (!number || snprintf(path, size, "/dev/vfio%s", number) >= (int)size)
		return -EINVAL;
	return 0;
}

static int
open_group(const struct way *way, struct device *device, const char **step)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	char path[64];
	int result;

	*step = "find the device's IOMMU group";
	result = group_path(way->node, path, sizeof(path));
	if (result)
		return result;
	*step = "open the group (are all its devices bound to vfio-pci?)";
	device->group = open(path, O_RDWR | O_CLOEXEC);
	if (device->group < 0)
		return -errno;
	*step = "use the group (are all its devices bound to vfio-pci?)";
	if (ioctl(device->group, VFIO_GROUP_GET_STATUS, &status) < 0)
		return -errno;
	if (!(status.flags & VFIO_GROUP_VIABLE))
		return -EPERM;
	*step = "open /dev/vfio/vfio";
	device->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (device->container < 0)
		return -errno;
	*step = "put the group in a container";
	if (ioctl(device->group, VFIO_GROUP_SET_CONTAINER, &device->container) < 0 ||
	    ioctl(device->container, VFIO_SET_IOMMU, (unsigned long)VFIO_TYPE1v2_IOMMU) < 0)
		return -errno;
	*step = "VFIO_GROUP_GET_DEVICE_FD";
	device->fd = ioctl(device->group, VFIO_GROUP_GET_DEVICE_FD, way->node);
	return device->fd < 0 ? -errno : 0;
}

int
device_open(const struct way *way, struct device *device, const char **step)
{
	*device = DEVICE_NONE;
	return way->reach == REACH_GROUP ? open_group(way, device, step)
					 : open_cdev(way, device, step);
}

void
device_close(struct device *device)
{
	/* The device first: a container can't be left by a group that is in use. */
	const int fds[] = {device->fd, device->iommu, device->group, device->container};

	for (unsigned i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	*device = DEVICE_NONE;
}
