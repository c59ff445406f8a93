/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bus reset. Each device has a bus of its own, so it is the only one that is reset. */
#include "vfio/device.h"

#include <errno.h>
#include <string.h>

#include "vfio/abi.h"

enum call_state
vfio_hot_reset_info(struct vfio_file *file, struct call *call)
{
	const struct vfio_device *device = file->device;
	struct {
		struct abi_hot_reset_info header;
		struct abi_dependent_device self;
	} info;

	if (call->in_size < sizeof(info.header))
		return call_more(call, sizeof(info.header), sizeof(info));
	memcpy(&info.header, call->in, sizeof(info.header));
	if (info.header.argsz < sizeof(info.header))
		return call_done(call, -EINVAL);
	info.header.count = 1;
	info.header.flags = 0;
	if (info.header.argsz < sizeof(info))
		return call_answer(call, -ENOSPC, &info.header, sizeof(info.header));
	info.header.flags = ABI_HOT_RESET_DEV_ID;
	info.self = (struct abi_dependent_device){
		.devid = ABI_DEVID_NOT_OWNED,
		.segment = device->address.domain,
		.bus = device->address.bus,
		.devfn = device->address.device_function,
	};
	if (device->bound == file) {
		info.header.flags |= ABI_HOT_RESET_DEV_ID_OWNED;
		info.self.devid = device->iommu.id;
	}
	return call_answer(call, 0, &info, sizeof(info));
}

enum call_state
vfio_hot_reset(struct vfio_file *file, struct call *call)
{
	struct abi_hot_reset_info header;

	if (call->in_size < sizeof(header))
		return call_more(call, sizeof(header), 0);
	memcpy(&header, call->in, sizeof(header));
	/* count is that of group descriptors, which only devices opened by group have. */
	if (header.argsz < sizeof(header) || header.flags || header.count)
		return call_done(call, -EINVAL);
	if (file->device->bound != file)
		return call_done(call, -EINVAL);
	vfio_reset(file->device);
	return call_done(call, 0);
}
