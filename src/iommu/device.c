/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side of a device: bound to a context, attached to a page table. */
#include "iommu/iommu.h"

#include <errno.h>
#include <stdlib.h>

#include "iommu/hwpt.h"

int
iommu_device_init(struct iommu_device *device)
{
	*device = (struct iommu_device){0};
	return -pthread_rwlock_init(&device->lock, NULL);
}

void
iommu_device_destroy(struct iommu_device *device)
{
	iommu_unbind(device);
	pthread_rwlock_destroy(&device->lock);
}

static void
free_device(struct object *object)
{
	free(object);
}

int
iommu_bind(struct iommu_device *device, struct iommu_context *context)
{
	struct object *object;
	int error;

	if (device->context)
		return -EINVAL;
	object = calloc(1, sizeof(*object));
	if (!object)
		return -ENOMEM;
	object->kind = OBJECT_DEVICE;
	object->free = free_device;
	/* Nobody else may destroy it: held from the start. */
	object->holds = 1;
	error = object_add(&context->objects, object);
	if (error) {
		free(object);
		return error;
	}
	iommu_context_get(context);
	pthread_rwlock_wrlock(&device->lock);
	device->context = context;
	device->id = object->id;
	pthread_rwlock_unlock(&device->lock);
	return 0;
}

void
iommu_unbind(struct iommu_device *device)
{
	struct iommu_context *context = device->context;
	struct object *object;

	if (!context)
		return;
	iommu_detach(device);
	object = object_get_kind(&context->objects, device->id, OBJECT_DEVICE);
	pthread_rwlock_wrlock(&device->lock);
	device->context = NULL;
	device->id = 0;
	pthread_rwlock_unlock(&device->lock);
	object_release(object, true);
	object_put(object);
	iommu_context_put(context);
}

/* The page table that an id stands for, held. */
static int
find_table(struct iommu_context *context, uint32_t id, struct iommu_hwpt **hwpt)
{
	struct object *object = object_get(&context->objects, id);
	int error = 0;

	if (!object)
		return -ENOENT;
	*hwpt = NULL;
	if (object->kind == OBJECT_HWPT) {
		*hwpt = (struct iommu_hwpt *)object;
		error = object_hold(object);
	} else if (object->kind == OBJECT_IOAS) {
		struct ioas *ioas = (struct ioas *)object;

		*hwpt = hwpt_automatic(ioas);
		if (!*hwpt) {
			error = hwpt_new(ioas, true, false, hwpt);
			if (!error) {
				error = object_hold(&(*hwpt)->object);
				object_put(&(*hwpt)->object);
			}
		}
	} else {
		error = -EINVAL;
	}
	object_put(object);
	return error;
}

/* A device more on an IOAS: its MSI window must be free. */
static int
add_device(struct ioas *ioas)
{
	int error = 0;

	ioas_lock(ioas);
	if (ioas_can_reserve(ioas, IOAS_MSI_FIRST, IOAS_MSI_LAST))
		atomic_fetch_add(&ioas->attached, 1);
	else
		error = -EADDRINUSE;
	ioas_unlock(ioas);
	return error;
}

/* Puts another page table, or none, in the place of the one there is. */
static void
swap(struct iommu_device *device, struct iommu_hwpt *hwpt)
{
	struct iommu_hwpt *old;

	iommu_release(device);
	pthread_rwlock_wrlock(&device->lock);
	old = device->hwpt;
	device->hwpt = hwpt;
	pthread_rwlock_unlock(&device->lock);
	if (!old)
		return;
	atomic_fetch_sub(&old->ioas->attached, 1);
	object_release(&old->object, old->automatic);
}

int
iommu_attach(struct iommu_device *device, uint32_t *pt_id)
{
	struct iommu_hwpt *hwpt;
	int error;

	if (!device->context)
		return -EINVAL;
	iommu_release(device);
	error = find_table(device->context, *pt_id, &hwpt);
	if (error)
		return error;
	error = add_device(hwpt->ioas);
	if (error) {
		object_release(&hwpt->object, hwpt->automatic);
		return error;
	}
	*pt_id = hwpt->object.id;
	swap(device, hwpt);
	return 0;
}

void
iommu_detach(struct iommu_device *device)
{
	swap(device, NULL);
}
