/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ioctls on page tables and devices, and on what a plain IOMMU doesn't have. */
#include "iommu/request.h"

#include <errno.h>
#include <string.h>

#include "iommu/hwpt.h"

/* Whether a device has that id: all that is to know, since all are behind the same IOMMU. */
static bool
is_device(struct iommu_context *context, uint32_t id)
{
	struct object *device = object_get_kind(&context->objects, id, OBJECT_DEVICE);

	if (device)
		object_put(device);
	return device;
}

static int
alloc_for_ioas(struct ioas *ioas, struct abi_hwpt_alloc *alloc)
{
	struct iommu_hwpt *hwpt;
	int error;

	/* No tables of the guest's own, and no PASIDs; data would describe them. */
	if (alloc->data_len || alloc->flags & ~(ABI_HWPT_DIRTY_TRACKING | ABI_HWPT_FAULT_ID_VALID))
		return -EOPNOTSUPP;
	/* There are no fault queues. */
	if (alloc->flags & ABI_HWPT_FAULT_ID_VALID)
		return -ENOENT;
	error = hwpt_new(ioas, false, alloc->flags & ABI_HWPT_DIRTY_TRACKING, &hwpt);
	if (error)
		return error;
	alloc->out_hwpt_id = hwpt->object.id;
	object_put(&hwpt->object);
	return 0;
}

int
request_hwpt_alloc(struct request *request)
{
	struct abi_hwpt_alloc *alloc = &request->any.hwpt_alloc;
	struct object *table;
	int error;

	if (alloc->reserved)
		return -EOPNOTSUPP;
	if (!alloc->data_type != !alloc->data_len)
		return -EINVAL;
	if (!is_device(request->context, alloc->dev_id))
		return -ENOENT;
	table = object_get(&request->context->objects, alloc->pt_id);
	if (!table)
		return -EINVAL;
	if (table->kind == OBJECT_IOAS)
		error = alloc_for_ioas((struct ioas *)table, alloc);
	else
		error = table->kind == OBJECT_HWPT ? -EOPNOTSUPP : -EINVAL;
	object_put(table);
	return error ? error : request_answer(request);
}

static int
clear_memory(struct caller *caller, uint64_t address, uint32_t length)
{
	static const uint8_t zeros[65536];

	while (length) {
		uint32_t chunk = length < sizeof(zeros) ? length : (uint32_t)sizeof(zeros);
		int error = caller->write_memory(caller, address, zeros, chunk);

		if (error)
			return error;
		address += chunk;
		length -= chunk;
	}
	return 0;
}

int
request_hw_info(struct request *request)
{
	struct abi_hw_info *info = &request->any.hw_info;

	if (info->flags & ~ABI_HW_INFO_INPUT_TYPE || info->reserved[0] || info->reserved[1] ||
	    info->reserved[2])
		return -EOPNOTSUPP;
	if (!is_device(request->context, info->dev_id))
		return -ENOENT;
	/* There is nothing to tell: all of the buffer is what lies behind it. */
	if (clear_memory(request->caller, info->data, info->data_len))
		return -EFAULT;
	info->data_type = 0;
	info->data_len = 0;
	info->out_max_pasid_log2 = 0;
	info->out_capabilities = ABI_HW_DIRTY_TRACKING;
	return request_answer(request);
}

int
request_hwpt_invalidate(struct request *request)
{
	struct abi_hwpt_invalidate *invalidate = &request->any.hwpt_invalidate;
	uint32_t entries = invalidate->entry_num;
	struct object *table;

	/* The number of entries done goes back with errors too. */
	invalidate->entry_num = 0;
	request->answer = true;
	if (invalidate->reserved)
		return -EOPNOTSUPP;
	if (entries && (!invalidate->data || !invalidate->entry_len ||
			invalidate->entry_len > IOAS_PAGE || entries > 1u << 19))
		return -EINVAL;
	table = object_get(&request->context->objects, invalidate->hwpt_id);
	if (!table)
		return -ENOENT;
	object_put(table);
	/* Only tables of a guest's own have caches that the guest must empty. */
	return -EINVAL;
}

int
request_fault_queue_alloc(struct request *request)
{
	(void)request;
	/* It would be a new descriptor of the caller's, which we can't make: as without page faults. */
	return -EOPNOTSUPP;
}

int
request_viommu_alloc(struct request *request)
{
	const struct abi_viommu_alloc *alloc = &request->any.viommu_alloc;

	if (alloc->flags || !alloc->type)
		return -EOPNOTSUPP;
	return is_device(request->context, alloc->dev_id) ? -EOPNOTSUPP : -ENOENT;
}

int
request_vdevice_alloc(struct request *request)
{
	(void)request;
	/* There is no viommu, so none has the id. */
	return -ENOENT;
}

int
request_veventq_alloc(struct request *request)
{
	const struct abi_veventq_alloc *alloc = &request->any.veventq_alloc;

	if (alloc->flags || alloc->reserved || !alloc->type)
		return -EOPNOTSUPP;
	return alloc->depth ? -ENOENT : -EINVAL;
}

int
request_hw_queue_alloc(struct request *request)
{
	const struct abi_hw_queue_alloc *alloc = &request->any.hw_queue_alloc;

	if (alloc->flags || !alloc->type)
		return -EOPNOTSUPP;
	if (!alloc->length)
		return -EINVAL;
	return alloc->base + (alloc->length - 1) < alloc->base ? -EOVERFLOW : -ENOENT;
}
