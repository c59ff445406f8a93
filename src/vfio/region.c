/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read() and write() on regions, with vfio-pci's order of checks. */
#include "vfio/device.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define POSITION_MASK ((UINT64_C(1) << VFIO_OFFSET_SHIFT) - 1)

/* The widest naturally aligned access at pos that isn't wider than what is left. */
static unsigned
access_width(uint64_t pos, size_t left, unsigned max_width)
{
	unsigned width = max_width;

	while (pos % width || width > left)
		width /= 2;
	return width;
}

static void *
region_state(const struct vfio_device *device, const struct vfiod_region *region)
{
	return region->state ? region->state : device->dev.state;
}

static int
read_registers(struct vfio_device *device, const struct vfiod_region *region, uint64_t pos,
	       uint8_t *buffer, size_t length)
{
	void *state = region_state(device, region);

	while (length) {
		unsigned width = access_width(pos, length, region->max_width);
		uint64_t value = 0;
		int error = region->read(state, pos, width, &value);

		if (error)
			return error;
		value = htole64(value);
		memcpy(buffer, &value, width);
		pos += width;
		buffer += width;
		length -= width;
	}
	return 0;
}

static int
write_registers(struct vfio_device *device, const struct vfiod_region *region, uint64_t pos,
		const uint8_t *buffer, size_t length)
{
	void *state = region_state(device, region);

	while (length) {
		unsigned width = access_width(pos, length, region->max_width);
		uint64_t value = 0;
		int error;

		memcpy(&value, buffer, width);
		error = region->write(state, pos, width, le64toh(value));
		if (error)
			return error;
		pos += width;
		buffer += width;
		length -= width;
	}
	return 0;
}

static int
read_plain(struct vfio_device *device, const struct vfiod_region *region, uint64_t pos, void *buffer,
	   size_t length)
{
	if (region->copy_out)
		return region->copy_out(region_state(device, region), pos, buffer, length);
	if (region->read)
		return read_registers(device, region, pos, buffer, length);
	return -EINVAL;
}

static int
write_plain(struct vfio_device *device, const struct vfiod_region *region, uint64_t pos,
	    const void *buffer, size_t length)
{
	if (region->copy_in)
		return region->copy_in(region_state(device, region), pos, buffer, length);
	if (region->write)
		return write_registers(device, region, pos, buffer, length);
	return -EINVAL;
}

/* How much of [pos, pos + length) lies before, and how much inside the MSI-X table. */
static size_t
until_msix_edge(const struct vfio_device *device, uint64_t pos, size_t length, bool *inside)
{
	uint64_t edge = UINT64_MAX;

	*inside = pos >= device->msix_start && pos < device->msix_end;
	if (*inside)
		edge = device->msix_end;
	else if (pos < device->msix_start)
		edge = device->msix_start;
	return edge - pos < length ? (size_t)(edge - pos) : length;
}

/* The BAR with the MSI-X table: the table belongs to SET_IRQS, it reads ff and swallows writes. */
static int
read_around_msix(struct vfio_device *device, const struct vfiod_region *region, uint64_t pos,
		 uint8_t *buffer, size_t length)
{
	while (length) {
		bool inside;
		size_t part = until_msix_edge(device, pos, length, &inside);
		int error = 0;

		if (inside)
			memset(buffer, 0xff, part);
		else
			error = read_plain(device, region, pos, buffer, part);
		if (error)
			return error;
		pos += part;
		buffer += part;
		length -= part;
	}
	return 0;
}

static int
write_around_msix(struct vfio_device *device, const struct vfiod_region *region, uint64_t pos,
		  const uint8_t *buffer, size_t length)
{
	while (length) {
		bool inside;
		size_t part = until_msix_edge(device, pos, length, &inside);
		int error = inside ? 0 : write_plain(device, region, pos, buffer, part);

		if (error)
			return error;
		pos += part;
		buffer += part;
		length -= part;
	}
	return 0;
}

/*
 * Finds region and position, and cuts the length at the region's end. Returns the region's index or a
 * negative errno. Config space is the exception: an access that leaves it fails as a whole.
 */
static int
locate(const struct vfio_device *device, uint64_t offset, uint64_t *pos, size_t *length)
{
	uint64_t index = offset >> VFIO_OFFSET_SHIFT;
	const struct vfiod_region *region;

	*pos = offset & POSITION_MASK;
	if (index >= device->dev.num_regions)
		return -EINVAL;
	region = &device->dev.region[index];
	if (*pos >= region->size)
		return index == VFIOD_CONFIG ? -EFAULT : -EINVAL;
	if (*length > region->size - *pos) {
		if (index == VFIOD_CONFIG)
			return -EFAULT;
		*length = (size_t)(region->size - *pos);
	}
	return (int)index;
}

/* Memory BARs and the ROM are there only while the function decodes memory. */
static int
check_decoding(const struct vfio_device *device, unsigned index)
{
	const struct vfiod_config *config = &device->dev.config;

	if (index > VFIOD_ROM)
		return 0;
	if (index < VFIOD_NUM_BARS && config->bar[index].kind == VFIOD_BAR_IO)
		return 0;
	return device->memory_on ? 0 : -EIO;
}

static ssize_t
read_locked(struct vfio_device *device, uint64_t offset, void *buffer, size_t length)
{
	uint64_t pos;
	int index, error;

	if (!length)
		return 0;
	index = locate(device, offset, &pos, &length);
	if (index < 0)
		return index;
	error = check_decoding(device, (unsigned)index);
	if (error)
		return error;
	if (index == device->msix_bar)
		error = read_around_msix(device, &device->dev.region[index], pos, buffer, length);
	else
		error = read_plain(device, &device->dev.region[index], pos, buffer, length);
	vfio_model_done(device);
	return error ? error : (ssize_t)length;
}

ssize_t
vfio_write_locked(struct vfio_device *device, uint64_t offset, const void *buffer, size_t length)
{
	uint64_t pos;
	int index, error;

	if (!length)
		return 0;
	index = locate(device, offset, &pos, &length);
	if (index < 0)
		return index;
	if (!(device->dev.region[index].flags & VFIOD_REGION_WRITE))
		return -EINVAL;
	error = check_decoding(device, (unsigned)index);
	if (error)
		return error;
	if (index == device->msix_bar)
		error = write_around_msix(device, &device->dev.region[index], pos, buffer, length);
	else
		error = write_plain(device, &device->dev.region[index], pos, buffer, length);
	vfio_model_done(device);
	return error ? error : (ssize_t)length;
}

ssize_t
vfio_read(struct vfio_file *file, uint64_t offset, void *buffer, size_t length)
{
	struct vfio_device *device = file->device;
	ssize_t done = -EINVAL;

	pthread_mutex_lock(&device->lock);
	if (vfio_usable(file))
		done = read_locked(device, offset, buffer, length);
	pthread_mutex_unlock(&device->lock);
	return done;
}

ssize_t
vfio_write(struct vfio_file *file, uint64_t offset, const void *buffer, size_t length)
{
	struct vfio_device *device = file->device;
	ssize_t done = -EINVAL;

	pthread_mutex_lock(&device->lock);
	if (vfio_usable(file))
		done = vfio_write_locked(device, offset, buffer, length);
	pthread_mutex_unlock(&device->lock);
	return done;
}
