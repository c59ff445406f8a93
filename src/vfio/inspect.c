/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfio/inspect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A client whose memory doesn't come may hold the lock, and the caller has others to serve. */
static int
lock(struct vfio_device *device)
{
	return lock_try_for(&device->lock, 1000) ? 0 : -EBUSY;
}

static void
unlock(struct vfio_device *device)
{
	vfio_model_done(device);
	lock_release(&device->lock);
}

/* Registers ----------------------------------------------------------------------------------------- */

struct collection {
	struct vfiod_device *dev;
	struct vfio_register *list;
	size_t count, room;
	int error;
};

static void
collect(void *ctx, const struct vfiod_register *reg)
{
	struct collection *all = ctx;
	struct vfio_register *list = all->list, *next;
	uint8_t bytes[4];

	if (!all->error && all->count == all->room) {
		all->room = all->room ? 2 * all->room : 1024;
		list = reallocarray(list, all->room, sizeof(*list));
		if (!list)
			all->error = -ENOMEM;
		else
			all->list = list;
	}
	if (!all->error)
		all->error = all->dev->model->peek(all->dev, reg->region, reg->offset, bytes, 4);
	if (all->error)
		return;
	next = &all->list[all->count++];
	next->reg = *reg;
	next->value = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
		      (uint32_t)bytes[3] << 24;
}

static int
by_offset(const void *a, const void *b)
{
	const struct vfiod_register *first = &((const struct vfio_register *)a)->reg;
	const struct vfiod_register *second = &((const struct vfio_register *)b)->reg;

	if (first->region != second->region)
		return first->region < second->region ? -1 : 1;
	return first->offset < second->offset ? -1 : first->offset > second->offset;
}

/* A table may have one register of all units, then the next: people want a unit's together. */
static void
sort_blocks(struct vfio_register *list, size_t count)
{
	size_t length;

	for (; count; list += length, count -= length) {
		for (length = 1; length < count; length++)
			if (strcmp(list[length].reg.block, list->reg.block) != 0)
				break;
		qsort(list, length, sizeof(*list), by_offset);
	}
}

int
vfio_registers(struct vfio_device *device, struct vfio_register **list, size_t *count)
{
	struct vfiod_device *dev = &device->dev;
	struct collection all = {.dev = dev};
	int error;

	if (!dev->model->list_registers)
		return -EOPNOTSUPP;
	error = lock(device);
	if (error)
		return error;
	dev->model->list_registers(dev, collect, &all);
	unlock(device);
	if (all.error) {
		free(all.list);
		return all.error;
	}
	sort_blocks(all.list, all.count);
	*list = all.list;
	*count = all.count;
	return 0;
}

int
vfio_peek(struct vfio_device *device, unsigned region, uint64_t pos, void *buffer, size_t length)
{
	struct vfiod_device *dev = &device->dev;
	uint64_t size;
	int error;

	if (!dev->model->list_registers)
		return -EOPNOTSUPP;
	if (region >= dev->num_regions)
		return -EINVAL;
	size = dev->region[region].size;
	if (pos % 4 || length % 4 || pos > size || length > size - pos)
		return -EINVAL;
	error = lock(device);
	if (error)
		return error;
	error = dev->model->peek(dev, region, pos, buffer, length);
	unlock(device);
	return error;
}

/* The monitor --------------------------------------------------------------------------------------- */

int
vfio_get_monitor(struct vfio_device *device, struct vfio_monitor *result)
{
	struct vfiod_device *dev = &device->dev;
	struct vfiod_monitor monitor;
	int error;

	if (!dev->model->get_monitor)
		return -EOPNOTSUPP;
	error = lock(device);
	if (error)
		return error;
	dev->model->get_monitor(dev, &monitor);
	snprintf(result->connector, sizeof(result->connector), "%s", monitor.connector);
	result->plugged = monitor.plugged;
	result->edid_size = monitor.edid_size;
	memcpy(result->edid, monitor.edid, monitor.edid_size);
	unlock(device);
	return 0;
}

int
vfio_set_monitor(struct vfio_device *device, bool plugged, const uint8_t *edid, size_t size,
		 char why[256])
{
	struct vfiod_device *dev = &device->dev;
	int error;

	if (!dev->model->set_monitor)
		return -EOPNOTSUPP;
	error = lock(device);
	if (error)
		return error;
	error = dev->model->set_monitor(dev, plugged, edid, size);
	if (error)
		snprintf(why, 256, "%s", dev->why);
	unlock(device);
	return error;
}
