/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The type1 container's ioctls on /dev/iommu. */
#include <string.h>

#include "groups.h"
#include "run.h"

#define INFO(...)      IOCTL(VFIO_IOMMU_GET_INFO, vfio_iommu_type1_info, __VA_ARGS__)
#define MAP(...)       IOCTL(VFIO_IOMMU_MAP_DMA, vfio_iommu_type1_dma_map, __VA_ARGS__)
#define UNMAP(...)     IOCTL(VFIO_IOMMU_UNMAP_DMA, vfio_iommu_type1_dma_unmap, __VA_ARGS__)
#define IOVA           0x100000ull

#define EXT_TYPE1      1
#define EXT_TYPE1v2    3
#define EXT_DMA_CC     4
#define EXT_UNMAP_ALL  9

#define CAP_IOVA_RANGE 1
#define CAP_DMA_AVAIL  3

static long
by_value(struct run *run, unsigned long command, unsigned long value)
{
	return call(run->device.iommu, command, (void *)value);
}

static void
choose(struct run *run)
{
	struct iommu_vfio_ioas arg = {
		.size = sizeof(arg),
		.ioas_id = run->ioas,
		.op = IOMMU_VFIO_IOAS_SET,
	};

	expect(run, "VFIO_IOAS SET", 0, call(run->device.iommu, IOMMU_VFIO_IOAS, &arg));
}

static long
dma_map(struct run *run, uint64_t size, uint64_t iova, uint32_t flags)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = flags,
		.vaddr = (uintptr_t)pages(),
		.iova = iova,
		.size = size,
	};

	return call(run->device.iommu, VFIO_IOMMU_MAP_DMA, &map);
}

static void
put(struct run *run, uint64_t size, uint64_t iova)
{
	expect(run, "MAP_DMA", 0, dma_map(run, size, iova, VFIO_DMA_MAP_READ | VFIO_DMA_MAP_WRITE));
}

static void
take(struct run *run, const char *what, uint64_t iova, uint64_t size, uint32_t flags, long result,
     uint64_t removed)
{
	struct vfio_iommu_type1_dma_unmap arg = {
		.argsz = sizeof(arg),
		.flags = flags,
		.iova = iova,
		.size = size,
	};

	expect(run, what, result, call(run->device.iommu, VFIO_IOMMU_UNMAP_DMA, &arg));
	if (!result)
		expect_value(run, "size unmapped", removed, arg.size);
}

static void
version(struct run *run)
{
	expect(run, "GET_API_VERSION", 0, by_value(run, VFIO_GET_API_VERSION, 0));
}

static void
extensions(struct run *run)
{
	expect(run, "TYPE1", 1, by_value(run, VFIO_CHECK_EXTENSION, EXT_TYPE1));
	expect(run, "TYPE1v2", 1, by_value(run, VFIO_CHECK_EXTENSION, EXT_TYPE1v2));
	expect(run, "UNMAP_ALL", 1, by_value(run, VFIO_CHECK_EXTENSION, EXT_UNMAP_ALL));
	expect(run, "nesting", 0, by_value(run, VFIO_CHECK_EXTENSION, 6));
	expect(run, "an unknown one", 0, by_value(run, VFIO_CHECK_EXTENSION, 1000));
	expect(run, "DMA_CC without an IOAS", -ENODEV,
	       by_value(run, VFIO_CHECK_EXTENSION, EXT_DMA_CC));
}

static void
coherent(struct run *run)
{
	long result;

	choose(run);
	result = by_value(run, VFIO_CHECK_EXTENSION, EXT_DMA_CC);
	expect_that(run, result == 0 || result == 1, "DMA_CC is 0 or 1 with an IOAS");
}

static void
set_iommu(struct run *run)
{
	expect(run, "TYPE1v2 without an IOAS", -ENODEV, by_value(run, VFIO_SET_IOMMU, EXT_TYPE1v2));
	expect(run, "another type", -EINVAL, by_value(run, VFIO_SET_IOMMU, 7));
	choose(run);
	expect(run, "TYPE1v2", 0, by_value(run, VFIO_SET_IOMMU, EXT_TYPE1v2));
	expect(run, "TYPE1", 0, by_value(run, VFIO_SET_IOMMU, EXT_TYPE1));
	expect(run, "another type", -EINVAL, by_value(run, VFIO_SET_IOMMU, 2));
}

static void
type1_turns_huge_pages_off(struct run *run)
{
	struct iommu_option option = {
		.size = sizeof(option),
		.option_id = IOMMU_OPTION_HUGE_PAGES,
		.op = IOMMU_OPTION_GET,
		.object_id = run->ioas,
	};

	choose(run);
	expect(run, "TYPE1", 0, by_value(run, VFIO_SET_IOMMU, EXT_TYPE1));
	expect(run, "OPTION GET", 0, call(run->device.iommu, IOMMU_OPTION, &option));
	expect_value(run, "huge pages", 0, option.val64);
}

static long
info(struct run *run, struct vfio_iommu_type1_info *arg, uint32_t argsz)
{
	memset(arg, 0, sizeof(*arg));
	arg->argsz = argsz;
	return call(run->device.iommu, VFIO_IOMMU_GET_INFO, arg);
}

static void
info_without(struct run *run)
{
	struct vfio_iommu_type1_info arg;

	expect(run, "GET_INFO without an IOAS", -ENODEV, info(run, &arg, sizeof(arg)));
	expect(run, "argsz 15", -EINVAL, info(run, &arg, 15));
}

static void
info_chain(struct run *run)
{
	struct vfio_iommu_type1_info arg, *whole;
	const struct vfio_info_cap_header *avail, *range;
	uint8_t *room;
	uint32_t need;

	choose(run);
	expect(run, "GET_INFO", 0, info(run, &arg, sizeof(arg)));
	expect_value(run, "flags", VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS, arg.flags);
	expect_value(run, "cap_offset when the chain doesn't fit", 0, arg.cap_offset);
	expect_that(run, arg.iova_pgsizes & PAGE, "pages are among the page sizes");
	need = arg.argsz;
	expect_that(run, need > sizeof(arg), "argsz tells the need");
	room = at_edge(need);
	memset(room, 0, need);
	whole = (void *)room;
	whole->argsz = need;
	expect(run, "GET_INFO with room", 0, call(run->device.iommu, VFIO_IOMMU_GET_INFO, whole));
	expect_value(run, "argsz", need, whole->argsz);
	expect_value(run, "cap_offset", sizeof(*whole), whole->cap_offset);
	avail = (void *)(room + whole->cap_offset);
	expect_value(run, "id of the first capability", CAP_DMA_AVAIL, avail->id);
	expect_value(run, "its value", 0xffffffff, ((const uint32_t *)avail)[2]);
	expect_that(run, avail->next && avail->next < need, "there is a second one");
	range = (void *)(room + avail->next);
	expect_value(run, "id of the second", CAP_IOVA_RANGE, range->id);
	expect_value(run, "next of the second", 0, range->next);
	expect_value(run, "number of ranges", 1, ((const uint32_t *)range)[2]);
}

static void
info_canary(struct run *run)
{
	_Alignas(8) uint8_t room[128];
	struct vfio_iommu_type1_info *arg = (void *)room;

	choose(run);
	for (uint32_t argsz = 16; argsz <= 24; argsz += 8) {
		memset(room, 0xa5, sizeof(room));
		arg->argsz = argsz;
		expect(run, "GET_INFO", 0, call(run->device.iommu, VFIO_IOMMU_GET_INFO, room));
		for (unsigned i = argsz; i < sizeof(room); i++)
			expect_value(run, "a byte behind argsz", 0xa5, room[i]);
	}
}

static void
map_without(struct run *run)
{
	expect(run, "MAP_DMA without an IOAS", -ENODEV,
	       dma_map(run, PAGE, IOVA, VFIO_DMA_MAP_READ));
	take(run, "UNMAP_DMA without an IOAS", IOVA, PAGE, 0, -ENODEV, 0);
}

static void
maps(struct run *run)
{
	choose(run);
	put(run, 4 * PAGE, IOVA);
	expect(run, "MAP_DMA again", -EEXIST, dma_map(run, PAGE, IOVA, VFIO_DMA_MAP_READ));
	expect(run, "size 0", -EINVAL, dma_map(run, 0, 0x50000, VFIO_DMA_MAP_READ));
	expect(run, "what wraps", -EOVERFLOW,
	       dma_map(run, 2 * PAGE, -(uint64_t)PAGE, VFIO_DMA_MAP_READ));
	take(run, "UNMAP_DMA", IOVA, 4 * PAGE, 0, 0, 4 * PAGE);
	take(run, "UNMAP_DMA of nothing", IOVA, 4 * PAGE, 0, 0, 0);
}

static void
unmap_all(struct run *run)
{
	choose(run);
	for (unsigned i = 0; i < 5; i++)
		put(run, PAGE, IOVA + i * 0x10000ull);
	take(run, "ALL with a size", 0, PAGE, VFIO_DMA_UNMAP_ALL, -EINVAL, 0);
	take(run, "ALL with an IOVA", PAGE, 0, VFIO_DMA_UNMAP_ALL, -EINVAL, 0);
	take(run, "ALL", 0, 0, VFIO_DMA_UNMAP_ALL, 0, 5 * PAGE);
	take(run, "ALL of nothing", 0, 0, VFIO_DMA_UNMAP_ALL, 0, 0);
}

static void
cut_v2(struct run *run)
{
	choose(run);
	expect(run, "TYPE1v2", 0, by_value(run, VFIO_SET_IOMMU, EXT_TYPE1v2));
	put(run, 4 * PAGE, IOVA);
	take(run, "UNMAP_DMA of a part", IOVA + PAGE, PAGE, 0, -ENOENT, 0);
	take(run, "UNMAP_DMA of the whole", IOVA, 4 * PAGE, 0, 0, 4 * PAGE);
}

static void
cut_v1(struct run *run)
{
	choose(run);
	expect(run, "TYPE1", 0, by_value(run, VFIO_SET_IOMMU, EXT_TYPE1));
	put(run, 4 * PAGE, IOVA);
	take(run, "UNMAP_DMA of a part", IOVA + PAGE, PAGE, 0, 0, PAGE);
	take(run, "UNMAP_DMA of the whole", IOVA, 4 * PAGE, 0, 0, 3 * PAGE);
}

static void
same_ioas(struct run *run)
{
	uint64_t length = PAGE;

	choose(run);
	put(run, PAGE, IOVA);
	expect(run, "IOAS_UNMAP of what MAP_DMA has mapped", 0,
	       unmap(run->device.iommu, run->ioas, IOVA, &length));
}

static const struct rule rules[] = {
	{"version", "GET_API_VERSION: 0", STATE_IOMMU, .body = version},
	{"extensions", "CHECK_EXTENSION: TYPE1, TYPE1v2, UNMAP_ALL; others 0", STATE_IOMMU,
	 .body = extensions},
	{"coherent", "CHECK_EXTENSION of DMA_CC with an IOAS: 0 or 1", STATE_IOAS,
	 .body = coherent},
	{"set-iommu", "SET_IOMMU: ENODEV without an IOAS, other types EINVAL", STATE_IOAS,
	 .body = set_iommu},
	{"type1-huge", "TYPE1 turns huge pages off", STATE_IOAS,
	 .body = type1_turns_huge_pages_off},
	{"info-null", "GET_INFO with a null pointer: EFAULT", STATE_IOMMU,
	 IOCTL_NULL(VFIO_IOMMU_GET_INFO), .err = EFAULT},
	{"info-argsz", "GET_INFO with argsz 1: EINVAL", STATE_IOMMU, INFO(.argsz = 1),
	 .err = EINVAL},
	{"info-without", "GET_INFO without an IOAS: ENODEV", STATE_IOMMU, .body = info_without},
	{"info", "GET_INFO: argsz tells the need; then DMA_AVAIL and IOVA_RANGE", STATE_IOAS,
	 .body = info_chain},
	{"info-canary", "GET_INFO writes nothing behind argsz", STATE_IOAS, .body = info_canary},
	{"map-null", "MAP_DMA with a null pointer: EFAULT", STATE_IOMMU,
	 IOCTL_NULL(VFIO_IOMMU_MAP_DMA), .err = EFAULT},
	{"map-argsz", "MAP_DMA with argsz 31: EINVAL", STATE_IOMMU,
	 MAP(.argsz = 31, .flags = VFIO_DMA_MAP_READ), .err = EINVAL},
	{"map-flags", "MAP_DMA with an unknown flag: EINVAL", STATE_IOMMU,
	 MAP(.argsz = 32, .flags = 1u << 31), .err = EINVAL},
	{"map-vaddr-flag", "MAP_DMA with the flag VADDR: EINVAL", STATE_IOMMU,
	 MAP(.argsz = 32, .flags = 4), .err = EINVAL},
	{"map-without", "MAP_DMA and UNMAP_DMA without an IOAS: ENODEV", STATE_IOMMU,
	 .body = map_without},
	{"map", "MAP_DMA, UNMAP_DMA; of nothing: ok, size 0", STATE_IOAS, .body = maps},
	{"unmap-null", "UNMAP_DMA with a null pointer: EFAULT", STATE_IOMMU,
	 IOCTL_NULL(VFIO_IOMMU_UNMAP_DMA), .err = EFAULT},
	{"unmap-argsz", "UNMAP_DMA with argsz 23: EINVAL", STATE_IOMMU, UNMAP(.argsz = 23),
	 .err = EINVAL},
	{"unmap-flags", "UNMAP_DMA with an unknown flag: EINVAL", STATE_IOMMU,
	 UNMAP(.argsz = 24, .flags = 1u << 31), .err = EINVAL},
	{"unmap-dirty", "UNMAP_DMA with GET_DIRTY_BITMAP: EINVAL", STATE_IOMMU,
	 UNMAP(.argsz = 24, .flags = VFIO_DMA_UNMAP_GET_DIRTY_BITMAP), .err = EINVAL},
	{"unmap-all", "UNMAP_DMA of all: IOVA and size must be 0", STATE_IOAS, .body = unmap_all},
	{"cut-v2", "TYPE1v2: an area that would be cut is ENOENT", STATE_IOAS, .body = cut_v2},
	{"cut-v1", "TYPE1: areas are cut", STATE_IOAS, .body = cut_v1},
	{"same-ioas", "both kinds of calls work on the same maps", STATE_IOAS, .body = same_ioas},
	{"dirty-pages", "DIRTY_PAGES: ENOTTY", STATE_IOMMU, IOCTL_NULL(VFIO_IOMMU_DIRTY_PAGES),
	 .err = ENOTTY},
	{"enable", "ENABLE: ENOTTY", STATE_IOMMU, IOCTL_NULL(VFIO_IOMMU_ENABLE), .err = ENOTTY},
	{"disable", "DISABLE: ENOTTY", STATE_IOMMU, IOCTL_NULL(VFIO_IOMMU_DISABLE), .err = ENOTTY},
	{"group-status", "a group's ioctl: ENOTTY", STATE_IOMMU, IOCTL_NULL(VFIO_GROUP_GET_STATUS),
	 .err = ENOTTY},
};

GROUP(iommu_compat, "iommufd/vfio_compat.c");
