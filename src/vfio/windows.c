/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Regions that are plain memory. A client that maps one has a window on a file of ours; the kernel lets
 * it map the rest of that file as well, and give pages back. So the file is held to the size of all
 * windows, and the daemon survives when clients have used that up elsewhere.
 */
#include "vfio/device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/limited_file.h"

/* Clients map whole pages. */
#define PAGE 4096u

#define FILE_SIZE ((uint64_t)VFIOD_MAX_REGIONS << VFIO_OFFSET_SHIFT)

static bool
is_window(const struct vfiod_region *region)
{
	return region->size && region->flags & VFIOD_REGION_MMAP;
}

/* Bytes of a window in whole pages. */
static uint64_t
span(const struct vfiod_region *region)
{
	return (region->size + PAGE - 1) / PAGE * PAGE;
}

static uint64_t
offset_of(unsigned index)
{
	return (uint64_t)index << VFIO_OFFSET_SHIFT;
}

static int
create_file(struct vfio_device *device)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < device->dev.num_regions; i++)
		if (is_window(&device->dev.region[i]))
			total += span(&device->dev.region[i]);
	if (!total)
		return 0;
	device->window_fd = limited_file(FILE_SIZE, total);
	device->windows_limited = device->window_fd >= 0;
	if (device->window_fd >= 0)
		return 0;
	/* Without the right to do that: good for everything but mapping by clients. */
	device->window_fd = memfd_create("vfiod-regions", MFD_CLOEXEC);
	if (device->window_fd < 0 || ftruncate(device->window_fd, (off_t)FILE_SIZE) < 0)
		return -errno;
	return 0;
}

int
vfio_windows_create(struct vfio_device *device)
{
	int error = create_file(device);

	for (unsigned i = 0; i < device->dev.num_regions && !error; i++) {
		struct vfiod_region *region = &device->dev.region[i];

		if (!is_window(region))
			continue;
		error = memory_of_file(&device->window[i], device->window_fd, offset_of(i),
				       region->size);
		if (error)
			return error;
		region->copy_out = memory_copy_out;
		region->copy_in = memory_copy_in;
		region->state = &device->window[i];
		region->memory = device->window[i].base;
	}
	return error;
}

static void
unwatch(struct vfio_device *device, unsigned i)
{
	if (device->watch[i])
		sigbus_unwatch(device->watch[i]);
	device->watch[i] = NULL;
}

static int
watch(struct vfio_device *device, unsigned i)
{
	device->watch[i] = sigbus_watch(device->window[i].base, device->window[i].size);
	return device->watch[i] ? 0 : -ENOMEM;
}

void
vfio_windows_destroy(struct vfio_device *device)
{
	for (unsigned i = 0; i < VFIOD_MAX_REGIONS; i++) {
		unwatch(device, i);
		memory_destroy(&device->window[i]);
	}
	if (device->window_fd >= 0)
		close(device->window_fd);
	device->window_fd = -1;
}

int
vfio_allow_mapping(struct vfio_device *device)
{
	int error = device->windows_limited ? 0 : -EPERM;

	for (unsigned i = 0; i < device->dev.num_regions && !error; i++)
		if (device->window[i].base)
			error = watch(device, i);
	device->can_map = !error;
	return error;
}

/* What clients have left where there is no window. */
static void
free_gaps(struct vfio_device *device)
{
	uint64_t start = 0;

	for (unsigned i = 0; i <= VFIOD_MAX_REGIONS; i++) {
		uint64_t end = i < VFIOD_MAX_REGIONS ? offset_of(i) : FILE_SIZE;

		if (i < VFIOD_MAX_REGIONS && !device->window[i].base)
			continue;
		if (end > start)
			fallocate(device->window_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  (off_t)start, (off_t)(end - start));
		if (i < VFIOD_MAX_REGIONS)
			start = end + span(&device->dev.region[i]);
	}
}

/* Zeros of our own have taken a window's place, see util/sigbus.h: back to the file. */
static void
restore(struct vfio_device *device, unsigned i)
{
	const char *name = device->dev.region[i].name;
	int error;

	vfiod_log(&device->dev, VFIOD_LOG_WARNING,
		  "clients have used up the memory of %s: some of its contents are lost", name);
	unwatch(device, i);
	error = watch(device, i);
	if (!error)
		error = memory_remap(&device->window[i], device->window_fd, offset_of(i));
	if (error)
		vfiod_log(&device->dev, VFIOD_LOG_ERROR, "%s: %s", name, strerror(-error));
}

void
vfio_windows_repair(struct vfio_device *device)
{
	if (!device->can_map)
		return;
	free_gaps(device);
	for (unsigned i = 0; i < device->dev.num_regions; i++)
		if (device->watch[i] && sigbus_hit(device->watch[i]))
			restore(device, i);
}

/* What could be mapped if the carrier does that. */
static bool
fit_to_map(const struct vfio_device *device, unsigned index)
{
	const struct vfiod_region *region = &device->dev.region[index];

	if (index < VFIOD_NUM_BARS && device->dev.config.bar[index].kind == VFIOD_BAR_IO)
		return false;
	return is_window(region) && region->size % PAGE == 0;
}

bool
vfio_has_mappable(const struct vfio_device *device)
{
	for (unsigned i = 0; i < device->dev.num_regions; i++)
		if (fit_to_map(device, i))
			return true;
	return false;
}

bool
vfio_region_mappable(const struct vfio_device *device, unsigned index)
{
	return device->can_map && fit_to_map(device, index);
}
