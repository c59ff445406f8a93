/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dirty tracking of page tables. */
#include "groups.h"
#include "run.h"

#define TRACK(...)                                                                                 \
	IOCTL(IOMMU_HWPT_SET_DIRTY_TRACKING, iommu_hwpt_set_dirty_tracking, .size = 16, __VA_ARGS__)
#define BITMAP(...)                                                                                \
	IOCTL(IOMMU_HWPT_GET_DIRTY_BITMAP, iommu_hwpt_get_dirty_bitmap, .size = 48, __VA_ARGS__)
#define OF_HWPT(type) .placed = {PLACE(type, hwpt_id, VALUE_HWPT)}

static long
track(struct run *run, uint32_t hwpt, uint32_t flags)
{
	struct iommu_hwpt_set_dirty_tracking arg = {
		.size = sizeof(arg),
		.flags = flags,
		.hwpt_id = hwpt,
	};

	return call(run->device.iommu, IOMMU_HWPT_SET_DIRTY_TRACKING, &arg);
}

static long
bitmap(struct run *run, uint32_t hwpt, uint64_t page_size, uint64_t *bits)
{
	struct iommu_hwpt_get_dirty_bitmap arg = {
		.size = sizeof(arg),
		.hwpt_id = hwpt,
		.iova = 0x100000,
		.length = NPAGES * PAGE,
		.page_size = page_size,
		.data = (uintptr_t)bits,
	};

	return call(run->device.iommu, IOMMU_HWPT_GET_DIRTY_BITMAP, &arg);
}

static void
without(struct run *run)
{
	uint64_t bits = 0;

	expect(run, "enabling on a page table without dirty tracking", -EOPNOTSUPP,
	       track(run, run->hwpt, 1));
	expect(run, "bitmap of it", -EOPNOTSUPP, bitmap(run, run->hwpt, PAGE, &bits));
}

static uint32_t
tracked_hwpt(struct run *run)
{
	struct iommu_hwpt_alloc arg = {
		.size = sizeof(arg),
		.flags = IOMMU_HWPT_DIRTY_TRACKING,
		.dev_id = run->device.devid,
		.pt_id = run->ioas,
	};
	long result = call(run->device.iommu, IOMMU_HWPT_ALLOC, &arg);

	if (result == -EOPNOTSUPP)
		skip(run, "the IOMMU can't track");
	expect(run, "HWPT_ALLOC with DIRTY_TRACKING", 0, result);
	return arg.out_hwpt_id;
}

static void
tracking(struct run *run)
{
	const uint32_t hwpt = tracked_hwpt(run);
	uint64_t bits = 0;

	expect(run, "MAP", 0,
	       map_fixed(run->device.iommu, run->ioas, pages(), (uint64_t)NPAGES * PAGE, 0x100000));
	expect(run, "disabling when off", 0, track(run, hwpt, 0));
	expect(run, "enabling", 0, track(run, hwpt, 1));
	expect(run, "enabling again", 0, track(run, hwpt, 1));
	expect(run, "bitmap", 0, bitmap(run, hwpt, PAGE, &bits));
	expect(run, "bitmap with page size 0", -EINVAL, bitmap(run, hwpt, 0, &bits));
	expect(run, "bitmap with page size 3000", -EINVAL, bitmap(run, hwpt, 3000, &bits));
	expect(run, "disabling", 0, track(run, hwpt, 0));
}

static const struct rule rules[] = {
	{"track-flags", "tracking with unknown flags: EOPNOTSUPP", STATE_ATTACHED, NEED_CDEV,
	 TRACK(.flags = 2), OF_HWPT(iommu_hwpt_set_dirty_tracking), .err = EOPNOTSUPP},
	{"track-no-hwpt", "tracking of no page table: ENOENT", STATE_IOAS,
	 TRACK(.flags = 1, .hwpt_id = 77), .err = ENOENT},
	{"track-ioas", "tracking of an IOAS: ENOENT", STATE_IOAS, TRACK(.flags = 1),
	 .placed = {PLACE(iommu_hwpt_set_dirty_tracking, hwpt_id, VALUE_IOAS)}, .err = ENOENT},
	{"bitmap-flags", "a bitmap with unknown flags: EOPNOTSUPP", STATE_ATTACHED, NEED_CDEV,
	 BITMAP(.flags = 2), OF_HWPT(iommu_hwpt_get_dirty_bitmap), .err = EOPNOTSUPP},
	{"bitmap-reserved", "a bitmap with its reserved field: EOPNOTSUPP", STATE_ATTACHED,
	 NEED_CDEV, BITMAP(.reserved = 1), OF_HWPT(iommu_hwpt_get_dirty_bitmap), .err = EOPNOTSUPP},
	{"bitmap-no-hwpt", "a bitmap of no page table: ENOENT", STATE_IOAS, BITMAP(.hwpt_id = 77),
	 .err = ENOENT},
	{"without", "a page table without dirty tracking: EOPNOTSUPP", STATE_ATTACHED,
	 NEED_CDEV | NEED_PHYSICAL, .body = without},
	{"tracking", "a page table with it: on, off, bitmap, bad page sizes EINVAL", STATE_ATTACHED,
	 NEED_CDEV | NEED_PHYSICAL, .body = tracking},
};

GROUP(iommu_dirty, "iommufd/hw_pagetable.c, iommufd/io_pagetable.c");
