/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regions that are plain memory. */
#include "vfio/device.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* Clients map whole pages. */
#define PAGE 4096u

static int
create_file(struct vfio_device *device)
{
	if (device->window_fd >= 0)
		return 0;
	device->window_fd = memfd_create("vfiod-regions", MFD_CLOEXEC);
	if (device->window_fd < 0)
		return -errno;
	if (ftruncate(device->window_fd, (off_t)VFIOD_MAX_REGIONS << VFIO_OFFSET_SHIFT) < 0)
		return -errno;
	return 0;
}

int
vfio_windows_create(struct vfio_device *device)
{
	for (unsigned i = 0; i < device->dev.num_regions; i++) {
		struct vfiod_region *region = &device->dev.region[i];
		int error;

		if (!region->size || !(region->flags & VFIOD_REGION_MMAP))
			continue;
		error = create_file(device);
		if (!error)
			error = memory_of_file(&device->window[i], device->window_fd,
					       (uint64_t)i << VFIO_OFFSET_SHIFT, region->size);
		if (error)
			return error;
		region->copy_out = memory_copy_out;
		region->copy_in = memory_copy_in;
		region->state = &device->window[i];
		region->memory = device->window[i].base;
	}
	return 0;
}

void
vfio_windows_destroy(struct vfio_device *device)
{
	for (unsigned i = 0; i < VFIOD_MAX_REGIONS; i++)
		memory_destroy(&device->window[i]);
	if (device->window_fd >= 0)
		close(device->window_fd);
	device->window_fd = -1;
}

bool
vfio_region_mappable(const struct vfio_device *device, unsigned index)
{
	const struct vfiod_region *region = &device->dev.region[index];

	if (index < VFIOD_NUM_BARS && device->dev.config.bar[index].kind == VFIOD_BAR_IO)
		return false;
	return device->can_map && region->flags & VFIOD_REGION_MMAP && region->size &&
	       region->size % PAGE == 0;
}
