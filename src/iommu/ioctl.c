/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ioctls on /dev/iommu: which there are, and the rules for the sizes of their arguments. */
#include "iommu/request.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

#define ROW(number, type, last, function)                                                          \
	[number - ABI_FIRST] = {_IO(ABI_TYPE, number), END_OF(type, last), sizeof(type), function}

/* The structs grow from version to version; a caller must know at least the first so many bytes. */
static const struct row {
	unsigned command;
	uint32_t least, size;
	request_function *function;
} rows[] = {
	ROW(ABI_DESTROY, struct abi_destroy, id, request_destroy),
	ROW(ABI_IOAS_ALLOC, struct abi_ioas_alloc, out_ioas_id, request_ioas_alloc),
	ROW(ABI_ALLOW_IOVAS, struct abi_allow_iovas, allowed_iovas, request_allow_iovas),
	ROW(ABI_COPY, struct abi_copy, src_iova, request_copy),
	ROW(ABI_IOVA_RANGES, struct abi_iova_ranges, out_iova_alignment, request_iova_ranges),
	ROW(ABI_MAP, struct abi_map, iova, request_map),
	ROW(ABI_UNMAP, struct abi_unmap, length, request_unmap),
	ROW(ABI_OPTION, struct abi_option, val64, request_option),
	ROW(ABI_VFIO_IOAS, struct abi_vfio_ioas, reserved, request_vfio_ioas),
	ROW(ABI_HWPT_ALLOC, struct abi_hwpt_alloc, reserved, request_hwpt_alloc),
	ROW(ABI_GET_HW_INFO, struct abi_hw_info, reserved, request_hw_info),
	ROW(ABI_SET_DIRTY_TRACKING, struct abi_set_dirty_tracking, reserved,
	    request_set_dirty_tracking),
	ROW(ABI_GET_DIRTY_BITMAP, struct abi_get_dirty_bitmap, data, request_get_dirty_bitmap),
	ROW(ABI_HWPT_INVALIDATE, struct abi_hwpt_invalidate, reserved, request_hwpt_invalidate),
	ROW(ABI_FAULT_QUEUE_ALLOC, struct abi_fault_queue_alloc, out_fault_fd,
	    request_fault_queue_alloc),
	ROW(ABI_MAP_FILE, struct abi_map_file, iova, request_map_file),
	ROW(ABI_VIOMMU_ALLOC, struct abi_viommu_alloc, out_viommu_id, request_viommu_alloc),
	ROW(ABI_VDEVICE_ALLOC, struct abi_vdevice_alloc, virt_id, request_vdevice_alloc),
	ROW(ABI_CHANGE_PROCESS, struct abi_change_process, reserved, request_change_process),
	ROW(ABI_VEVENTQ_ALLOC, struct abi_veventq_alloc, out_veventq_fd, request_veventq_alloc),
	ROW(ABI_HW_QUEUE_ALLOC, struct abi_hw_queue_alloc, length, request_hw_queue_alloc),
};

_Static_assert(sizeof(rows) / sizeof(*rows) == ABI_END - ABI_FIRST, "a row for each number");
_Static_assert(sizeof(union abi_any) <= CALL_MAX_OUT, "there is room for all answers");

/* What we don't know of the caller's struct must be 0, else he wants something that we can't do. */
static int
check_tail(const struct call *call, uint32_t known, uint32_t size)
{
	uint8_t chunk[4096];

	while (known < size) {
		uint64_t address = call->argument + known;
		/* Up to a page's end: a byte that is not 0 comes first, even if the next page is missing. */
		uint64_t length = sizeof(chunk) - address % sizeof(chunk);
		int error;

		if (length > size - known)
			length = size - known;
		error = call->caller->read_memory(call->caller, address, chunk, length);
		if (error)
			return error;
		for (uint64_t i = 0; i < length; i++)
			if (chunk[i])
				return -E2BIG;
		known += (uint32_t)length;
	}
	return 0;
}

static enum call_state
answer(struct iommu_context *context, struct call *call)
{
	unsigned number = _IOC_NR(call->command);
	struct request request = {
		.context = context, .caller = call->caller, .argument = call->argument};
	const struct row *row;
	uint32_t size, known;
	int error;

	if (number < ABI_FIRST || number >= ABI_END)
		return compat_ioctl(context, call);
	row = &rows[number - ABI_FIRST];
	if (call->in_size < sizeof(size))
		return call_more(call, sizeof(size), 0);
	memcpy(&size, call->in, sizeof(size));
	if (row->command != call->command)
		return call_done(call, -ENOTTY);
	if (size < row->least)
		return call_done(call, -EINVAL);
	known = size < row->size ? size : row->size;
	if (call->in_size < known || call->out_size < known)
		return call_more(call, known, known);
	memcpy(&request.any, call->in, known);
	error = check_tail(call, known, size);
	if (!error)
		error = row->function(&request);
	return request.answer ? call_answer(call, error, &request.any, known)
			      : call_done(call, error);
}

/*
 * A client can keep a caller waiting as long as it likes, for DMA into memory that it doesn't provide for
 * example; and each who waits occupies one of the threads that are there for all clients.
 */
enum call_state
iommu_ioctl(struct iommu_context *context, struct call *call)
{
	enum call_state state;

	if (!user_take(context->user, LIMIT_CALLS, 1))
		return call_done(call, -EBUSY);
	state = answer(context, call);
	user_give(context->user, LIMIT_CALLS, 1);
	return state;
}
