/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu/hwpt.h"

#include <errno.h>
#include <stdlib.h>

#include "iommu/refused.h"

/* Mappings that are checked when a page table comes to them; a client with more finds out at DMA. */
#define MAX_CHECKED 1024u

static struct iommu_hwpt *
of(struct object *object)
{
	return (struct iommu_hwpt *)object;
}

static void
link_in(struct iommu_hwpt *hwpt)
{
	struct ioas *ioas = hwpt->ioas;

	pthread_mutex_lock(&ioas->hwpt_lock);
	hwpt->next = ioas->hwpt;
	hwpt->link = &ioas->hwpt;
	if (hwpt->next)
		hwpt->next->link = &hwpt->next;
	ioas->hwpt = hwpt;
	pthread_mutex_unlock(&ioas->hwpt_lock);
}

static void
unlink_from(struct iommu_hwpt *hwpt)
{
	struct ioas *ioas = hwpt->ioas;

	pthread_mutex_lock(&ioas->hwpt_lock);
	*hwpt->link = hwpt->next;
	if (hwpt->next)
		hwpt->next->link = hwpt->link;
	pthread_mutex_unlock(&ioas->hwpt_lock);
}

static void
hwpt_free(struct object *object)
{
	struct iommu_hwpt *hwpt = of(object);

	unlink_from(hwpt);
	atomic_fetch_sub(&hwpt->ioas->hwpts, 1);
	object_release(&hwpt->ioas->object, false);
	dirty_free(hwpt->dirty);
	free(hwpt);
}

/* The pages of all mappings would be pinned now. */
static int
check_memory(struct ioas *ioas)
{
	struct area *area, *list = NULL;
	unsigned count = 0;
	int error = 0;

	pthread_rwlock_rdlock(&ioas->lock);
	for (area = areas_from(&ioas->areas, 0); area && count < MAX_CHECKED;
	     area = areas_next(area)) {
		struct area *copy;

		if (!area->mapping.source.memory)
			continue;
		copy = malloc(sizeof(*copy));
		if (!copy)
			break;
		*copy = *area;
		copy->mapping.source = source_get(&area->mapping.source, 0);
		copy->next = list;
		list = copy;
		count++;
	}
	pthread_rwlock_unlock(&ioas->lock);
	while (list) {
		area = list;
		list = area->next;
		if (!error)
			error = client_memory_check(area->mapping.source.memory,
						    area->mapping.source.address, area_length(area),
						    area->mapping.writable, refused_filter());
		source_put(&area->mapping.source);
		free(area);
	}
	return error;
}

/* Takes the IOAS into hardware: fewer addresses, whole pages. */
static int
add_to_ioas(struct ioas *ioas)
{
	int error = 0;

	ioas_lock(ioas);
	if (!ioas_is_aligned(ioas) || !ioas_can_reserve(ioas, IOAS_APERTURE_LAST + 1, UINT64_MAX))
		error = -EADDRINUSE;
	else
		atomic_fetch_add(&ioas->hwpts, 1);
	ioas_unlock(ioas);
	return error;
}

int
hwpt_new(struct ioas *ioas, bool automatic, bool can_track, struct iommu_hwpt **result)
{
	struct iommu_hwpt *hwpt;
	int error;

	if (!atomic_load(&ioas->hwpts)) {
		error = check_memory(ioas);
		if (error)
			return error;
	}
	hwpt = calloc(1, sizeof(*hwpt));
	if (!hwpt)
		return -ENOMEM;
	hwpt->object.kind = OBJECT_HWPT;
	hwpt->object.free = hwpt_free;
	hwpt->object.table = &ioas->context->objects;
	hwpt->ioas = ioas;
	hwpt->automatic = automatic;
	if (can_track) {
		hwpt->dirty = dirty_new(ioas->context->user);
		if (!hwpt->dirty) {
			error = -ENOMEM;
			goto no_dirty;
		}
	}
	error = object_hold(&ioas->object);
	if (error)
		goto no_hold;
	error = add_to_ioas(ioas);
	if (error)
		goto no_ioas;
	link_in(hwpt);
	error = object_add(&ioas->context->objects, &hwpt->object);
	if (error)
		goto no_id;
	*result = hwpt;
	return 0;
no_id:
	unlink_from(hwpt);
	atomic_fetch_sub(&ioas->hwpts, 1);
no_ioas:
	object_release(&ioas->object, false);
no_hold:
	dirty_free(hwpt->dirty);
no_dirty:
	free(hwpt);
	return error;
}

struct iommu_hwpt *
hwpt_automatic(struct ioas *ioas)
{
	struct iommu_hwpt *hwpt;

	pthread_mutex_lock(&ioas->hwpt_lock);
	for (hwpt = ioas->hwpt; hwpt; hwpt = hwpt->next)
		if (hwpt->automatic && object_hold(&hwpt->object) == 0)
			break;
	pthread_mutex_unlock(&ioas->hwpt_lock);
	return hwpt;
}

struct iommu_hwpt *
hwpt_get(struct iommu_context *context, uint32_t id)
{
	return of(object_get_kind(&context->objects, id, OBJECT_HWPT));
}

void
hwpts_clear_dirty(struct ioas *ioas, uint64_t first, uint64_t last)
{
	pthread_mutex_lock(&ioas->hwpt_lock);
	for (struct iommu_hwpt *hwpt = ioas->hwpt; hwpt; hwpt = hwpt->next)
		if (hwpt->dirty && atomic_load(&hwpt->tracking))
			dirty_clear(hwpt->dirty, first, last);
	pthread_mutex_unlock(&ioas->hwpt_lock);
}
