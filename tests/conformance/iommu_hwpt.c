/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU_HWPT_ALLOC and IOMMU_GET_HW_INFO. */
#include <string.h>

#include "groups.h"
#include "run.h"

#define ALLOC(...) IOCTL(IOMMU_HWPT_ALLOC, iommu_hwpt_alloc, .size = 48, __VA_ARGS__)
#define INFO(...)  IOCTL(IOMMU_GET_HW_INFO, iommu_hw_info, .size = 40, __VA_ARGS__)
#define FOR_DEVICE                                                                                 \
	.placed = {PLACE(iommu_hwpt_alloc, dev_id, VALUE_DEVICE_ID),                               \
		   PLACE(iommu_hwpt_alloc, pt_id, VALUE_IOAS)}
#define OF_DEVICE .placed = {PLACE(iommu_hw_info, dev_id, VALUE_DEVICE_ID)}

static long
alloc(struct run *run, uint32_t flags, uint32_t pt, uint32_t *id)
{
	struct iommu_hwpt_alloc arg = {
		.size = sizeof(arg),
		.flags = flags,
		.dev_id = run->device.devid,
		.pt_id = pt,
	};
	long result = call(run->device.iommu, IOMMU_HWPT_ALLOC, &arg);

	*id = arg.out_hwpt_id;
	return result;
}

static void
life(struct run *run)
{
	uint32_t id;

	expect(run, "HWPT_ALLOC", 0, alloc(run, 0, run->ioas, &id));
	expect_that(run, id && id != run->ioas && id != run->hwpt, "it has an id of its own");
	expect(run, "DETACH", 0, detach(run->device.fd));
	expect(run, "DESTROY of the IOAS that it belongs to", -EBUSY,
	       destroy(run->device.iommu, run->ioas));
	expect(run, "DESTROY of it", 0, destroy(run->device.iommu, id));
	expect(run, "DESTROY of the IOAS", 0, destroy(run->device.iommu, run->ioas));
}

static void
wrong_parents(struct run *run)
{
	uint32_t id;

	expect(run, "no such object", -EINVAL, alloc(run, 0, 7777, &id));
	expect(run, "a device", -EINVAL, alloc(run, 0, run->device.devid, &id));
	expect(run, "a page table, without data for a nested one", -EOPNOTSUPP,
	       alloc(run, 0, run->hwpt, &id));
}

static long
info(struct run *run, void *data, uint32_t length, struct iommu_hw_info *arg)
{
	*arg = (struct iommu_hw_info){
		.size = sizeof(*arg),
		.dev_id = run->device.devid,
		.data_len = length,
		.data_uptr = (uintptr_t)data,
	};
	return call(run->device.iommu, IOMMU_GET_HW_INFO, arg);
}

static void
info_lengths(struct run *run)
{
	struct iommu_hw_info arg;
	uint8_t data[256];
	uint32_t whole;

	expect(run, "GET_HW_INFO without room", 0, info(run, NULL, 0, &arg));
	whole = arg.data_len;
	expect_that(run, whole < sizeof(data), "data_len tells the length");
	memset(data, 0xa5, sizeof(data));
	expect(run, "GET_HW_INFO with room", 0, info(run, data, sizeof(data), &arg));
	expect_value(run, "data_len", whole, arg.data_len);
	for (uint32_t i = whole; i < sizeof(data); i++)
		expect_value(run, "a byte behind the data", 0, data[i]);
}

static void
info_type(struct run *run)
{
	struct iommu_hw_info arg;

	expect(run, "GET_HW_INFO", 0, info(run, NULL, 0, &arg));
	if (!arg.data_type)
		expect_value(run, "data_len of the type NONE", 0, arg.data_len);
	else
		expect_that(run, arg.data_len, "a type other than NONE has data");
}

static void
dirty_flag(struct run *run)
{
	struct iommu_hw_info arg;
	uint32_t id;

	expect(run, "GET_HW_INFO", 0, info(run, NULL, 0, &arg));
	expect(run, "HWPT_ALLOC with DIRTY_TRACKING",
	       arg.out_capabilities & IOMMU_HW_CAP_DIRTY_TRACKING ? 0 : -EOPNOTSUPP,
	       alloc(run, IOMMU_HWPT_DIRTY_TRACKING, run->ioas, &id));
}

static void
many(struct run *run)
{
	uint32_t id[16];

	for (unsigned i = 0; i < 16; i++)
		expect(run, "HWPT_ALLOC", 0, alloc(run, 0, run->ioas, &id[i]));
	for (unsigned i = 0; i < 16; i++)
		expect(run, "DESTROY", 0, destroy(run->device.iommu, id[i]));
}

#define PHYSICAL(name, said, function)                                                             \
	{                                                                                          \
		.id = (name), .words = (said), .state = STATE_ATTACHED,                            \
		.needs = NEED_CDEV | NEED_PHYSICAL, .body = (function)                             \
	}

static const struct rule rules[] = {
	{"reserved", "HWPT_ALLOC with its reserved field: EOPNOTSUPP", STATE_ATTACHED, NEED_CDEV,
	 ALLOC(.reserved = 1), FOR_DEVICE, .err = EOPNOTSUPP},
	{"flags", "unknown flags: EOPNOTSUPP; an emulated device: ENOENT", STATE_ATTACHED,
	 NEED_CDEV, ALLOC(.flags = 1u << 31), FOR_DEVICE, .err = EOPNOTSUPP, .err_access = ENOENT},
	{"none-with-data", "no type of data but a length: EINVAL", STATE_ATTACHED, NEED_CDEV,
	 ALLOC(.data_len = 16), FOR_DEVICE, .err = EINVAL},
	{"type-without-data", "a type of data without length: EINVAL", STATE_ATTACHED, NEED_CDEV,
	 ALLOC(.data_type = 1), FOR_DEVICE, .err = EINVAL},
	{"no-device", "no such device: ENOENT", STATE_IOAS, ALLOC(.dev_id = 77, .pt_id = 1),
	 .err = ENOENT},
	{"device-is-ioas", "the device is an IOAS: ENOENT", STATE_IOAS, ALLOC(.pt_id = 1),
	 .placed = {PLACE(iommu_hwpt_alloc, dev_id, VALUE_IOAS)}, .err = ENOENT},
	{"access", "an emulated device has no page tables: ENOENT", STATE_ATTACHED,
	 NEED_CDEV | NEED_ACCESS, ALLOC(.flags = 0), FOR_DEVICE, .err = ENOENT},
	PHYSICAL("life", "a page table keeps its IOAS busy", life),
	PHYSICAL("parents",
		 "its parent missing or of another kind: EINVAL; nested: EOPNOTSUPP without data",
		 wrong_parents),
	PHYSICAL("dirty", "DIRTY_TRACKING where GET_HW_INFO tells it, else EOPNOTSUPP", dirty_flag),
	PHYSICAL("many", "many page tables for one IOAS", many),
	{"info-flags", "GET_HW_INFO with unknown flags: EOPNOTSUPP", STATE_ATTACHED, NEED_CDEV,
	 INFO(.flags = 2), OF_DEVICE, .err = EOPNOTSUPP},
	{"info-reserved", "GET_HW_INFO with a reserved field: EOPNOTSUPP", STATE_ATTACHED,
	 NEED_CDEV, INFO(.reserved = {1}), OF_DEVICE, .err = EOPNOTSUPP},
	{"info-no-device", "GET_HW_INFO of no device: ENOENT", STATE_IOMMU, INFO(.dev_id = 77),
	 .err = ENOENT},
	{"info-access", "GET_HW_INFO of an emulated device: ENOENT", STATE_BOUND,
	 NEED_CDEV | NEED_ACCESS, INFO(.flags = 0), OF_DEVICE, .err = ENOENT},
	PHYSICAL("info-length", "GET_HW_INFO: data_len tells the length, zeros behind",
		 info_lengths),
	PHYSICAL("info-type", "GET_HW_INFO: a type and data, or neither", info_type),
};

GROUP(iommu_hwpt, "iommufd/hw_pagetable.c, iommufd/device.c");
