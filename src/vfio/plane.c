/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VFIO_DEVICE_QUERY_GFX_PLANE: pictures that are in a region. A dma-buf can't be made by a process, so the
 * other kind is not there, nor is VFIO_DEVICE_GET_GFX_DMABUF. Answers are those of the kernel's mdpy
 * driver, which has regions too, and of GVT-g while nothing is shown.
 */
#include "vfio/device.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/vfio.h>

/* The struct up to and with region_index; padding follows it. */
#define PLANE_MIN 60u

enum call_state
vfio_query_plane(struct vfio_file *file, struct call *call)
{
	struct vfiod_device *dev = &file->device->dev;
	struct vfio_device_gfx_plane_info info;
	struct vfiod_plane plane;
	int error;

	_Static_assert(offsetof(struct vfio_device_gfx_plane_info, region_index) + 4 == PLANE_MIN,
		       "as the kernel's");
	if (!dev->model->query_plane)
		return call_done(call, -ENOTTY);
	if (call->in_size < PLANE_MIN)
		return call_more(call, PLANE_MIN, PLANE_MIN);
	memcpy(&info, call->in, PLANE_MIN);
	if (info.argsz < PLANE_MIN)
		return call_done(call, -EINVAL);
	if (info.flags == (VFIO_GFX_PLANE_TYPE_PROBE | VFIO_GFX_PLANE_TYPE_REGION))
		return call_done(call, 0);
	if (info.flags != VFIO_GFX_PLANE_TYPE_REGION)
		return call_done(call, -EINVAL);
	error = dev->model->query_plane(dev, info.drm_plane_type, &plane);
	/* A plane that is off is no error: the caller's fields stay as they are. */
	if (error)
		return call_done(call, error == -ENODEV ? 0 : error);
	info.drm_format = plane.format;
	info.drm_format_mod = plane.modifier;
	info.width = plane.width;
	info.height = plane.height;
	info.stride = plane.stride;
	info.size = plane.size;
	info.x_pos = plane.x;
	info.y_pos = plane.y;
	info.x_hot = plane.x_hot;
	info.y_hot = plane.y_hot;
	info.region_index = plane.region;
	return call_answer(call, 0, &info, PLANE_MIN);
}
