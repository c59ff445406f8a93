/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VFIO's type1 interface on /dev/iommu: the same as the ioctls of iommufd on one IOAS, which
 * IOMMU_VFIO_IOAS chooses. There are no groups, so none is made by adding one.
 */
#include "iommu/request.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/vfio.h>

/* Since Linux 5.12. */
#ifndef VFIO_UNMAP_ALL
#define VFIO_UNMAP_ALL 9
#endif
#ifndef VFIO_DMA_UNMAP_FLAG_ALL
#define VFIO_DMA_UNMAP_FLAG_ALL (1 << 1)
#endif

#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* The IOAS that was chosen, referenced; NULL: none, or it has been destroyed. */
static struct ioas *
compat_ioas(struct iommu_context *context)
{
	struct object *object;

	pthread_mutex_lock(&context->lock);
	object = context->compat;
	if (object && !object_get_alive(object))
		object = NULL;
	pthread_mutex_unlock(&context->lock);
	return (struct ioas *)object;
}

static void
compat_set(struct iommu_context *context, struct ioas *ioas)
{
	struct object *old;

	if (ioas && !object_get_alive(&ioas->object))
		return;
	pthread_mutex_lock(&context->lock);
	old = context->compat;
	context->compat = ioas ? &ioas->object : NULL;
	pthread_mutex_unlock(&context->lock);
	if (old)
		object_put(old);
}

void
compat_forget(struct iommu_context *context)
{
	struct object *gone = NULL;

	pthread_mutex_lock(&context->lock);
	if (context->compat && !object_get_alive(context->compat)) {
		gone = context->compat;
		context->compat = NULL;
	} else if (context->compat) {
		object_put(context->compat);
	}
	pthread_mutex_unlock(&context->lock);
	if (gone)
		object_put(gone);
}

int
request_vfio_ioas(struct request *request)
{
	struct abi_vfio_ioas *vfio = &request->any.vfio_ioas;
	struct iommu_context *context = request->context;
	struct ioas *ioas;

	if (vfio->reserved)
		return -EOPNOTSUPP;
	switch (vfio->op) {
	case ABI_VFIO_IOAS_GET:
		ioas = compat_ioas(context);
		if (!ioas)
			return -ENODEV;
		break;
	case ABI_VFIO_IOAS_SET:
		ioas = ioas_get(context, vfio->ioas_id);
		if (!ioas)
			return -ENOENT;
		compat_set(context, ioas);
		break;
	case ABI_VFIO_IOAS_CLEAR:
		compat_set(context, NULL);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
	request->answer = vfio->op == ABI_VFIO_IOAS_GET;
	vfio->ioas_id = ioas->object.id;
	object_put(&ioas->object);
	return 0;
}

static enum call_state
map_dma(struct iommu_context *context, struct call *call)
{
	struct vfio_iommu_type1_dma_map map;
	const size_t least = END_OF(struct vfio_iommu_type1_dma_map, size);
	uint32_t flags = ABI_MAP_FIXED;
	uint64_t iova;
	struct ioas *ioas;
	int error;

	if (call->in_size < least)
		return call_more(call, least, 0);
	memcpy(&map, call->in, least);
	if (map.argsz < least ||
	    map.flags & ~(uint32_t)(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE))
		return call_done(call, -EINVAL);
	if (map.flags & VFIO_DMA_MAP_FLAG_READ)
		flags |= ABI_MAP_READABLE;
	if (map.flags & VFIO_DMA_MAP_FLAG_WRITE)
		flags |= ABI_MAP_WRITEABLE;
	ioas = compat_ioas(context);
	if (!ioas)
		return call_done(call, -ENODEV);
	iova = map.iova;
	error = map_memory(ioas, call->caller, flags, map.vaddr, map.size, &iova);
	object_put(&ioas->object);
	return call_done(call, error);
}

/* Type 1 of the first version lets a mapping be cut anywhere. */
static int
cut(struct ioas *ioas, uint64_t iova, uint64_t size)
{
	int error;

	if (!atomic_load(&ioas->small_pages))
		return 0;
	ioas_lock(ioas);
	error = ioas_cut(ioas, iova + (size - 1));
	if (!error && iova)
		error = ioas_cut(ioas, iova - 1);
	ioas_unlock(ioas);
	return error;
}

static enum call_state
unmap_dma(struct iommu_context *context, struct call *call)
{
	struct vfio_iommu_type1_dma_unmap unmap;
	const size_t least = END_OF(struct vfio_iommu_type1_dma_unmap, size);
	uint64_t removed = 0;
	struct ioas *ioas;
	int error;

	if (call->in_size < least || call->out_size < least)
		return call_more(call, least, least);
	memcpy(&unmap, call->in, least);
	if (unmap.argsz < least || unmap.flags & ~(uint32_t)VFIO_DMA_UNMAP_FLAG_ALL)
		return call_done(call, -EINVAL);
	ioas = compat_ioas(context);
	if (!ioas)
		return call_done(call, -ENODEV);
	if (unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL) {
		error = unmap.iova || unmap.size ? -EINVAL : 0;
		if (!error)
			error = ioas_unmap(ioas, 0, UINT64_MAX, &removed);
		else
			removed = unmap.size;
	} else if (!unmap.size) {
		error = -EINVAL;
	} else if (unmap.iova + (unmap.size - 1) < unmap.iova) {
		error = -EOVERFLOW;
	} else {
		error = cut(ioas, unmap.iova, unmap.size);
		if (!error)
			error = ioas_unmap(ioas, unmap.iova, unmap.iova + (unmap.size - 1),
					   &removed);
		else
			removed = unmap.size;
	}
	object_put(&ioas->object);
	unmap.size = removed;
	return call_answer(call, error, &unmap, least);
}

static int
set_iommu(struct iommu_context *context, uint64_t type)
{
	struct ioas *ioas;
	int error = 0;

	if (type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1v2_IOMMU)
		return -EINVAL;
	ioas = compat_ioas(context);
	if (!ioas)
		return -ENODEV;
	/* Mappings can be cut only while no large page is in use. */
	if (type == VFIO_TYPE1_IOMMU)
		error = ioas_use_small_pages(ioas);
	object_put(&ioas->object);
	return error;
}

static int
check_extension(struct iommu_context *context, uint64_t extension)
{
	struct ioas *ioas;

	switch (extension) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
	case VFIO_UNMAP_ALL:
		return 1;
	case VFIO_DMA_CC_IOMMU:
		ioas = compat_ioas(context);
		if (!ioas)
			return -ENODEV;
		object_put(&ioas->object);
		return 1; /* everything here sees what the processor sees */
	default:
		return 0;
	}
}

/* The answer of IOMMU_GET_INFO with all that can follow it; sizes as include/uapi/linux/vfio.h. */
struct type1_info {
	uint32_t argsz, flags;
	uint64_t page_sizes;
	uint32_t capability, pad;
	struct {
		uint16_t id, version;
		uint32_t next, available, pad;
	} dma_avail;
	struct {
		uint16_t id, version;
		uint32_t next, count, pad;
		struct abi_range range[3];
	} ranges;
};

#define INFO_LEAST     END_OF(struct type1_info, page_sizes)
#define INFO_SIZE      offsetof(struct type1_info, dma_avail)
#define DMA_AVAIL_ID   3u /* VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, since Linux 5.10 */
#define IOVA_RANGES_ID 1u

static enum call_state
get_info(struct iommu_context *context, struct call *call)
{
	struct type1_info info = {.argsz = 0};
	size_t total, used;
	uint32_t argsz;
	struct ioas *ioas;

	if (call->in_size < INFO_LEAST || call->out_size < sizeof(info))
		return call_more(call, INFO_LEAST, sizeof(info));
	memcpy(&argsz, call->in, sizeof(argsz));
	if (argsz < INFO_LEAST)
		return call_done(call, -EINVAL);
	ioas = compat_ioas(context);
	if (!ioas)
		return call_done(call, -ENODEV);
	info.ranges.count = ioas_usable(ioas, info.ranges.range);
	/* All sizes down to that of a page. */
	info.page_sizes = -IOAS_PAGE;
	object_put(&ioas->object);
	total = offsetof(struct type1_info, ranges.range) +
		info.ranges.count * sizeof(*info.ranges.range);
	info.argsz = (uint32_t)total;
	info.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	info.dma_avail.id = DMA_AVAIL_ID;
	info.dma_avail.version = 1;
	info.dma_avail.available = UINT32_MAX;
	info.dma_avail.next = offsetof(struct type1_info, ranges);
	info.ranges.id = IOVA_RANGES_ID;
	info.ranges.version = 1;
	if (argsz >= total) {
		info.capability = INFO_SIZE;
		used = total;
	} else if (argsz >= offsetof(struct type1_info, ranges)) {
		used = offsetof(struct type1_info, ranges);
	} else {
		used = argsz < INFO_SIZE ? argsz : INFO_SIZE;
	}
	return call_answer(call, 0, &info, used);
}

enum call_state
compat_ioctl(struct iommu_context *context, struct call *call)
{
	switch (call->command) {
	case VFIO_GET_API_VERSION:
		return call_done(call, VFIO_API_VERSION);
	case VFIO_CHECK_EXTENSION:
		return call_done(call, check_extension(context, call->argument));
	case VFIO_SET_IOMMU:
		return call_done(call, set_iommu(context, call->argument));
	case VFIO_IOMMU_GET_INFO:
		return get_info(context, call);
	case VFIO_IOMMU_MAP_DMA:
		return map_dma(context, call);
	case VFIO_IOMMU_UNMAP_DMA:
		return unmap_dma(context, call);
	default:
		return call_done(call, -ENOTTY);
	}
}
