/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes of arguments: below the least EINVAL, a tail of zeros ok, another one E2BIG, for each ioctl. */
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "run.h"

struct length {
	unsigned long command;
	size_t least, whole;
};

#define LENGTH(command, type, last)                                                                \
	{                                                                                          \
		command, offsetof(struct type, last) + sizeof(((struct type *)0)->last),           \
			sizeof(struct type)                                                        \
	}

static const struct length lengths[] = {
	LENGTH(IOMMU_DESTROY, iommu_destroy, id),
	LENGTH(IOMMU_IOAS_ALLOC, iommu_ioas_alloc, out_ioas_id),
	LENGTH(IOMMU_IOAS_ALLOW_IOVAS, iommu_ioas_allow_iovas, allowed_iovas),
	LENGTH(IOMMU_IOAS_COPY, iommu_ioas_copy, src_iova),
	LENGTH(IOMMU_IOAS_IOVA_RANGES, iommu_ioas_iova_ranges, out_iova_alignment),
	LENGTH(IOMMU_IOAS_MAP, iommu_ioas_map, iova),
	LENGTH(IOMMU_IOAS_UNMAP, iommu_ioas_unmap, length),
	LENGTH(IOMMU_OPTION, iommu_option, val64),
	LENGTH(IOMMU_VFIO_IOAS, iommu_vfio_ioas, reserved),
	LENGTH(IOMMU_HWPT_ALLOC, iommu_hwpt_alloc, reserved),
	LENGTH(IOMMU_GET_HW_INFO, iommu_hw_info, reserved),
	LENGTH(IOMMU_HWPT_SET_DIRTY_TRACKING, iommu_hwpt_set_dirty_tracking, reserved),
	LENGTH(IOMMU_HWPT_GET_DIRTY_BITMAP, iommu_hwpt_get_dirty_bitmap, data),
	LENGTH(IOMMU_HWPT_INVALIDATE, iommu_hwpt_invalidate, reserved),
	LENGTH(IOMMU_FAULT_QUEUE_ALLOC, iommu_fault_alloc, out_fault_fd),
	LENGTH(IOMMU_IOAS_MAP_FILE, iommu_ioas_map_file, iova),
	LENGTH(IOMMU_VIOMMU_ALLOC, iommu_viommu_alloc, out_viommu_id),
	LENGTH(IOMMU_VDEVICE_ALLOC, iommu_vdevice_alloc, virt_id),
	LENGTH(IOMMU_IOAS_CHANGE_PROCESS, iommu_ioas_change_process, reserved),
	LENGTH(IOMMU_VEVENTQ_ALLOC, iommu_veventq_alloc, out_veventq_fd),
	LENGTH(IOMMU_HW_QUEUE_ALLOC, iommu_hw_queue_alloc, length),
};

/* All zeros but the size: no such call does anything that the next one would notice. */
static long
sized(struct run *run, unsigned long command, size_t size, uint8_t last)
{
	uint8_t *arg = at_edge(size);
	const uint32_t said = (uint32_t)size;

	memset(arg, 0, size);
	memcpy(arg, &said, size < 4 ? size : 4);
	if (last)
		arg[size - 1] = last;
	return call(open_iommu(run), command, arg);
}

static void
ladder(struct run *run)
{
	const unsigned long command = run->rule->param;
	const struct length *length = NULL;
	long exact;

	for (unsigned i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		if (lengths[i].command == command)
			length = &lengths[i];
	exact = sized(run, command, length->whole, 0);
	expect_that(run, exact != -ENOTTY && exact != -E2BIG && exact != -EFAULT,
		    "the exact size is taken");
	expect(run, "a size one below the least", -EINVAL,
	       sized(run, command, length->least - 1, 0));
	expect(run, "size 4", -EINVAL, sized(run, command, 4, 0));
	expect(run, "the least size", exact, sized(run, command, length->least, 0));
	expect(run, "one byte more, zero", exact, sized(run, command, length->whole + 1, 0));
	expect(run, "8 bytes more, zero", exact, sized(run, command, length->whole + 8, 0));
	expect(run, "one byte more, not zero", -E2BIG, sized(run, command, length->whole + 1, 1));
	expect(run, "8 bytes more, the last not zero", -E2BIG,
	       sized(run, command, length->whole + 8, 1));
}

#define LADDER(name, command, from)                                                                \
	{                                                                                          \
		.id = (name), .words = "too short EINVAL, zeros behind ok, others E2BIG",          \
		.state = STATE_IOMMU, .since = (from), .body = ladder, .param = (command)          \
	}

static const struct rule rules[] = {
	LADDER("destroy", IOMMU_DESTROY, KERNEL_ANY),
	LADDER("ioas-alloc", IOMMU_IOAS_ALLOC, KERNEL_ANY),
	LADDER("ioas-allow-iovas", IOMMU_IOAS_ALLOW_IOVAS, KERNEL_ANY),
	LADDER("ioas-copy", IOMMU_IOAS_COPY, KERNEL_ANY),
	LADDER("ioas-iova-ranges", IOMMU_IOAS_IOVA_RANGES, KERNEL_ANY),
	LADDER("ioas-map", IOMMU_IOAS_MAP, KERNEL_ANY),
	LADDER("ioas-unmap", IOMMU_IOAS_UNMAP, KERNEL_ANY),
	LADDER("option", IOMMU_OPTION, KERNEL_ANY),
	LADDER("vfio-ioas", IOMMU_VFIO_IOAS, KERNEL_ANY),
	LADDER("hwpt-alloc", IOMMU_HWPT_ALLOC, KERNEL_ANY),
	LADDER("get-hw-info", IOMMU_GET_HW_INFO, KERNEL_ANY),
	LADDER("set-dirty-tracking", IOMMU_HWPT_SET_DIRTY_TRACKING, KERNEL_ANY),
	LADDER("get-dirty-bitmap", IOMMU_HWPT_GET_DIRTY_BITMAP, KERNEL_ANY),
	LADDER("hwpt-invalidate", IOMMU_HWPT_INVALIDATE, KERNEL_ANY),
	LADDER("fault-queue-alloc", IOMMU_FAULT_QUEUE_ALLOC, KERNEL_ANY),
	LADDER("ioas-map-file", IOMMU_IOAS_MAP_FILE, KERNEL_7_2),
	LADDER("viommu-alloc", IOMMU_VIOMMU_ALLOC, KERNEL_7_2),
	LADDER("vdevice-alloc", IOMMU_VDEVICE_ALLOC, KERNEL_7_2),
	LADDER("change-process", IOMMU_IOAS_CHANGE_PROCESS, KERNEL_7_2),
	LADDER("veventq-alloc", IOMMU_VEVENTQ_ALLOC, KERNEL_7_2),
	LADDER("hw-queue-alloc", IOMMU_HW_QUEUE_ALLOC, KERNEL_7_2),
};

GROUP(iommu_length, "iommufd/main.c");
