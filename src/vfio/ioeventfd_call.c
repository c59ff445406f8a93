/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_IOEVENTFD: the checks of vfio-pci. */
#include "vfio/device.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vfio/abi.h"

#define POSITION_MASK ((UINT64_C(1) << VFIO_OFFSET_SHIFT) - 1)

/* The write that the flags, offset and data mean: 0, or -EINVAL where no register write can be. */
static int
find_write(const struct vfio_device *device, const struct abi_ioeventfd *call,
	   struct ioeventfd_write *write)
{
	uint64_t index = call->offset >> VFIO_OFFSET_SHIFT, pos = call->offset & POSITION_MASK;
	uint64_t size;

	/* The width's flag is the width; 8 bytes are no longer possible since Linux 6.13. */
	if (call->flags != 1 && call->flags != 2 && call->flags != 4)
		return -EINVAL;
	if (index >= VFIOD_NUM_BARS)
		return -EINVAL;
	size = device->dev.region[index].size;
	if (pos >= size || call->flags > size - pos)
		return -EINVAL;
	if ((int)index == device->msix_bar && pos < device->msix_end &&
	    pos + call->flags > device->msix_start)
		return -EINVAL;
	*write = (struct ioeventfd_write){
		.offset = call->offset, .data = call->data, .width = call->flags};
	return 0;
}

enum call_state
vfio_ioeventfd(struct vfio_file *file, struct call *call)
{
	struct vfio_device *device = file->device;
	struct abi_ioeventfd in = {0};
	struct ioeventfd_write write;
	bool has;
	int error, fd;

	if (call->in_size < ABI_IOEVENTFD_MIN)
		return call_more(call, ABI_IOEVENTFD_MIN, 0);
	memcpy(&in, call->in, ABI_IOEVENTFD_MIN);
	if (in.argsz < ABI_IOEVENTFD_MIN || in.fd < -1)
		return call_done(call, -EINVAL);
	error = find_write(device, &in, &write);
	if (error)
		return call_done(call, error);
	has = ioeventfds_has(&device->ioeventfds, &write);
	if (in.fd == -1) {
		if (has)
			ioeventfds_remove(&device->ioeventfds, &write);
		return call_done(call, has ? 0 : -ENODEV);
	}
	if (has)
		return call_done(call, -EEXIST);
	if (device->ioeventfds.count >= IOEVENTFDS_MAX)
		return call_done(call, -ENOSPC);
	fd = call->caller->take_eventfd(call->caller, in.fd);
	if (fd < 0)
		return call_done(call, fd);
	error = ioeventfds_add(device, &write, fd, file);
	if (error)
		close(fd);
	return call_done(call, error);
}
