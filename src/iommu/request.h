/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An iommufd ioctl whose argument has been fetched, and the functions that answer one each. */
#ifndef IOMMU_REQUEST_H
#define IOMMU_REQUEST_H

#include <stdbool.h>

#include "iommu/abi.h"
#include "iommu/ioas.h"

struct request {
	struct iommu_context *context;
	struct caller *caller;
	uint64_t argument; /**< where it is in the caller's memory */
	union abi_any any; /**< in and out; what the caller's struct is too short for is 0 */
	bool answer;       /**< set: it goes back, whatever the result */
};

/** They return 0 or a negative errno. */
typedef int request_function(struct request *request);

request_function request_destroy;
request_function request_ioas_alloc, request_iova_ranges, request_allow_iovas;
request_function request_map, request_map_file, request_copy, request_unmap;
request_function request_change_process;
request_function request_option, request_vfio_ioas;
request_function request_hwpt_alloc, request_hw_info, request_hwpt_invalidate;
request_function request_set_dirty_tracking, request_get_dirty_bitmap;
request_function request_fault_queue_alloc, request_viommu_alloc, request_vdevice_alloc;
request_function request_veventq_alloc, request_hw_queue_alloc;

/** Sends the argument back with success. */
static inline int
request_answer(struct request *request)
{
	request->answer = true;
	return 0;
}

/** The VFIO type1 interface on /dev/iommu; -ENOTTY for what it doesn't have either. */
enum call_state compat_ioctl(struct iommu_context *context, struct call *call);
/** Lets go of the IOAS that these work on if it has been destroyed. */
void compat_forget(struct iommu_context *context);

/**
 * Maps memory of the caller's, as IOMMU_IOAS_MAP after its checks of flags. @a flags as there; @a iova is
 * in and, unless ABI_MAP_FIXED, out.
 */
int map_memory(struct ioas *ioas, struct caller *caller, uint32_t flags, uint64_t address,
	       uint64_t length, uint64_t *iova);

#endif
