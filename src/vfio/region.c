/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read() and write() on regions, with vfio-pci's order of checks. */
#include "vfio/device.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

/* What is rarely needed stays out of the way of a register access, which takes a few nanoseconds. */
#define RARE __attribute__((noinline))

#define POSITION_MASK ((UINT64_C(1) << VFIO_OFFSET_SHIFT) - 1)

/* Whether it is one access as registers know them: a power of two, at a multiple of it. */
static inline bool
is_natural(uint64_t pos, size_t length, unsigned max_width)
{
	return length <= max_width && !(length & (length - 1)) && !(pos & (length - 1));
}

/* The widest naturally aligned access at pos that isn't wider than what is left. */
static unsigned
access_width(uint64_t pos, size_t left, unsigned max_width)
{
	unsigned width = max_width;

	while (pos & (width - 1) || width > left)
		width /= 2;
	return width;
}

static inline void *
region_state(const struct vfio_device *device, const struct vfiod_region *region)
{
	return region->state ? region->state : device->dev.state;
}

/* Copies of a size that the compiler knows are one instruction. */
static inline int
read_register(const struct vfiod_region *region, void *state, uint64_t pos, uint8_t *buffer,
	      unsigned width)
{
	uint64_t value = 0;
	int error = region->read(state, pos, width, &value);

	if (error)
		return error;
	value = htole64(value);
	switch (width) {
	case 4:
		memcpy(buffer, &value, 4);
		break;
	case 8:
		memcpy(buffer, &value, 8);
		break;
	case 2:
		memcpy(buffer, &value, 2);
		break;
	default:
		memcpy(buffer, &value, 1);
		break;
	}
	return 0;
}

static inline int
write_register(const struct vfiod_region *region, void *state, uint64_t pos, const uint8_t *buffer,
	       unsigned width)
{
	uint64_t value = 0;

	switch (width) {
	case 4:
		memcpy(&value, buffer, 4);
		break;
	case 8:
		memcpy(&value, buffer, 8);
		break;
	case 2:
		memcpy(&value, buffer, 2);
		break;
	default:
		memcpy(&value, buffer, 1);
		break;
	}
	return region->write(state, pos, width, le64toh(value));
}

static RARE int
read_registers(struct vfio_device *device, const struct vfiod_region *region, uint64_t pos,
	       uint8_t *buffer, size_t length)
{
	void *state = region_state(device, region);

	while (length) {
		unsigned width = access_width(pos, length, region->max_width);
		int error = read_register(region, state, pos, buffer, width);

		if (error)
			return error;
		pos += width;
		buffer += width;
		length -= width;
	}
	return 0;
}

static RARE int
write_registers(struct vfio_device *device, const struct vfiod_region *region, uint64_t pos,
		const uint8_t *buffer, size_t length)
{
	void *state = region_state(device, region);

	while (length) {
		unsigned width = access_width(pos, length, region->max_width);
		int error = write_register(region, state, pos, buffer, width);

		if (error)
			return error;
		pos += width;
		buffer += width;
		length -= width;
	}
	return 0;
}

static inline int
read_plain(struct vfio_device *device, const struct vfiod_region *region, uint64_t pos, void *buffer,
	   size_t length)
{
	if (region->copy_out)
		return region->copy_out(region_state(device, region), pos, buffer, length);
	if (region->read && is_natural(pos, length, region->max_width))
		return read_register(region, region_state(device, region), pos, buffer,
				     (unsigned)length);
	if (region->read)
		return read_registers(device, region, pos, buffer, length);
	return -EINVAL;
}

static inline int
write_plain(struct vfio_device *device, const struct vfiod_region *region, uint64_t pos,
	    const void *buffer, size_t length)
{
	if (region->copy_in)
		return region->copy_in(region_state(device, region), pos, buffer, length);
	if (region->write && is_natural(pos, length, region->max_width))
		return write_register(region, region_state(device, region), pos, buffer,
				      (unsigned)length);
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
static RARE int
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

static RARE int
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
static inline int
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

static inline bool
reachable(const struct vfio_device *device, int index)
{
	return device->reachable & 1u << index;
}

static inline ssize_t
read_locked(struct vfio_device *device, uint64_t offset, void *buffer, size_t length)
{
	uint64_t pos;
	int index, error;

	if (!length)
		return 0;
	index = locate(device, offset, &pos, &length);
	if (index < 0)
		return index;
	if (!reachable(device, index))
		return -EIO;
	if (index == device->msix_bar)
		error = read_around_msix(device, &device->dev.region[index], pos, buffer, length);
	else
		error = read_plain(device, &device->dev.region[index], pos, buffer, length);
	vfio_model_done(device);
	return error ? error : (ssize_t)length;
}

static inline ssize_t
write_locked(struct vfio_device *device, uint64_t offset, const void *buffer, size_t length)
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
	if (!reachable(device, index))
		return -EIO;
	if (index == device->msix_bar)
		error = write_around_msix(device, &device->dev.region[index], pos, buffer, length);
	else
		error = write_plain(device, &device->dev.region[index], pos, buffer, length);
	vfio_model_done(device);
	return error ? error : (ssize_t)length;
}

ssize_t
vfio_write_locked(struct vfio_device *device, uint64_t offset, const void *buffer, size_t length)
{
	return write_locked(device, offset, buffer, length);
}

ssize_t
vfio_read(struct vfio_file *file, uint64_t offset, void *buffer, size_t length)
{
	struct vfio_device *device = file->device;
	ssize_t done = -EINVAL;

	lock_take(&device->lock);
	if (vfio_usable(file))
		done = read_locked(device, offset, buffer, length);
	lock_release(&device->lock);
	return done;
}

ssize_t
vfio_write(struct vfio_file *file, uint64_t offset, const void *buffer, size_t length)
{
	struct vfio_device *device = file->device;
	ssize_t done = -EINVAL;

	lock_take(&device->lock);
	if (vfio_usable(file))
		done = write_locked(device, offset, buffer, length);
	lock_release(&device->lock);
	return done;
}

/* Client memory is left out: if it goes in the middle, sigbus.h saves a copy of ours but not the kernel's. */
static unsigned
map_region(struct vfio_device *device, uint64_t offset, size_t *length, struct iovec *vector,
	   unsigned count)
{
	const struct vfiod_region *region;
	uint64_t pos;
	int index = locate(device, offset, &pos, length);

	if (index < 0 || !*length || !reachable(device, index) || index == device->msix_bar ||
	    atomic_load_explicit(&device->translated, memory_order_acquire))
		return 0;
	region = &device->dev.region[index];
	return region->map_out ? region->map_out(region_state(device, region), pos, *length, vector,
						 count)
			       : 0;
}

size_t
vfio_read_in_place(struct vfio_file *file, uint64_t offset, size_t length, struct iovec *vector,
		   unsigned *count)
{
	lock_take(&file->device->lock);
	*count = vfio_usable(file) ? map_region(file->device, offset, &length, vector, *count) : 0;
	if (*count)
		return length;
	vfio_read_end(file);
	return 0;
}

void
vfio_read_end(struct vfio_file *file)
{
	vfio_model_done(file->device);
	lock_release(&file->device->lock);
}
