/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects and their ids, IOAS_ALLOC, IOVA_RANGES, ALLOW_IOVAS. */
#include <string.h>

#include "groups.h"
#include "run.h"

#define ALLOC(...)  IOCTL(IOMMU_IOAS_ALLOC, iommu_ioas_alloc, __VA_ARGS__)
#define RANGES(...) IOCTL(IOMMU_IOAS_IOVA_RANGES, iommu_ioas_iova_ranges, .size = 32, __VA_ARGS__)
#define ALLOW(...)  IOCTL(IOMMU_IOAS_ALLOW_IOVAS, iommu_ioas_allow_iovas, .size = 24, __VA_ARGS__)
#define MOST        32

static long
ranges(struct run *run, struct iommu_iova_range *range, uint32_t *count, uint64_t *alignment)
{
	struct iommu_ioas_iova_ranges arg = {
		.size = sizeof(arg),
		.ioas_id = run->ioas,
		.num_iovas = *count,
		.allowed_iovas = (uintptr_t)range,
	};
	long result = call(run->device.iommu, IOMMU_IOAS_IOVA_RANGES, &arg);

	*count = arg.num_iovas;
	*alignment = arg.out_iova_alignment;
	return result;
}

static long
allow(struct run *run, const struct iommu_iova_range *range, uint32_t count)
{
	struct iommu_ioas_allow_iovas arg = {
		.size = sizeof(arg),
		.ioas_id = run->ioas,
		.num_iovas = count,
		.allowed_iovas = (uintptr_t)range,
	};

	return call(run->device.iommu, IOMMU_IOAS_ALLOW_IOVAS, &arg);
}

static long
map_anywhere(struct run *run, uint64_t length, uint64_t *iova)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_MAP_RW,
		.ioas_id = run->ioas,
		.user_va = (uintptr_t)pages(),
		.length = length,
	};
	long result = call(run->device.iommu, IOMMU_IOAS_MAP, &map);

	*iova = map.iova;
	return result;
}

static void
ids(struct run *run)
{
	uint32_t id[4], again;

	for (unsigned i = 0; i < 4; i++) {
		expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &id[i]));
		expect_value(run, "its id", i + 1, id[i]);
	}
	expect(run, "DESTROY of 2", 0, destroy(run->device.iommu, id[1]));
	expect(run, "DESTROY of 2 again", -ENOENT, destroy(run->device.iommu, id[1]));
	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &again));
	expect_value(run, "its id", 2, again);
}

static void
destroyed_with_maps(struct run *run)
{
	for (unsigned i = 0; i < 10; i++)
		expect(run, "MAP", 0,
		       map_fixed(run->device.iommu, run->ioas, pages(), PAGE,
				 0x10000 + i * 0x10000ull));
	expect(run, "DESTROY with maps", 0, destroy(run->device.iommu, run->ioas));
}

static void
whole_range(struct run *run)
{
	struct iommu_iova_range range[2] = {{1, 1}, {7, 7}};
	uint32_t count = 2;
	uint64_t alignment;

	expect(run, "IOVA_RANGES", 0, ranges(run, range, &count, &alignment));
	expect_value(run, "number of ranges", 1, count);
	expect_value(run, "start", 0, range[0].start);
	expect_value(run, "last", UINT64_MAX, range[0].last);
	expect_value(run, "what is behind", 7, range[1].start);
	expect_value(run, "alignment", 1, alignment);
}

static void
two_steps(struct run *run)
{
	struct iommu_iova_range range[MOST] = {{0}};
	uint32_t need = 0, count;
	uint64_t alignment, again;

	expect(run, "IOVA_RANGES without room", -EMSGSIZE, ranges(run, NULL, &need, &alignment));
	expect_that(run, need >= 1 && need < MOST, "num_iovas becomes what is needed");
	expect_that(run, alignment >= 1, "out_iova_alignment is told");
	count = need;
	memset(range, 0x77, sizeof(range));
	expect(run, "IOVA_RANGES with exact room", 0, ranges(run, range, &count, &again));
	expect_value(run, "number of ranges", need, count);
	expect_value(run, "alignment", alignment, again);
	expect_value(run, "what is behind", 0x7777777777777777, range[need].start);
	for (uint32_t i = 0; i < need; i++) {
		expect_that(run, range[i].start <= range[i].last, "a range is not empty");
		if (i)
			expect_that(run, range[i].start > range[i - 1].last, "ranges ascend");
	}
	count = MOST;
	expect(run, "IOVA_RANGES with more room", 0, ranges(run, range, &count, &again));
	expect_value(run, "number of ranges", need, count);
}

static void
partial(struct run *run)
{
	struct iommu_iova_range range[MOST] = {{0}};
	uint32_t need = 0, count;
	uint64_t alignment;

	expect(run, "IOVA_RANGES without room", -EMSGSIZE, ranges(run, NULL, &need, &alignment));
	if (need < 2)
		skip(run, "only one range");
	count = 1;
	memset(range, 0x77, sizeof(range));
	expect(run, "IOVA_RANGES with room for one", -EMSGSIZE,
	       ranges(run, range, &count, &alignment));
	expect_value(run, "number of ranges", need, count);
	expect_that(run, range[0].start != 0x7777777777777777, "what fits is filled in");
	expect_value(run, "what is behind", 0x7777777777777777, range[1].start);
}

static void
attached_alignment(struct run *run)
{
	struct iommu_iova_range range[MOST];
	uint32_t count = MOST;
	uint64_t alignment;

	expect(run, "IOVA_RANGES", 0, ranges(run, range, &count, &alignment));
	expect_value(run, "alignment", PAGE, alignment);
}

static void
unwritable_ranges(struct run *run)
{
	uint32_t count = 1;
	uint64_t alignment;

	expect(run, "ranges in memory that isn't there", -EFAULT,
	       ranges(run, (void *)((uint8_t *)at_edge(PAGE) + PAGE), &count, &alignment));
}

static void
allow_errors(struct run *run)
{
	const struct iommu_iova_range empty = {5, 5}, turned = {9, 3};
	const struct iommu_iova_range overlap[] = {{0x1000, 0x2fff}, {0x2000, 0x3fff}};

	expect(run, "start = last", -EINVAL, allow(run, &empty, 1));
	expect(run, "start > last", -EINVAL, allow(run, &turned, 1));
	expect(run, "ranges that overlap", -EINVAL, allow(run, overlap, 2));
	expect(run, "ranges in memory that isn't there", -EFAULT,
	       allow(run, (void *)((uint8_t *)at_edge(PAGE) + PAGE), 1));
	expect(run, "no range", 0, allow(run, NULL, 0));
}

static void
allow_limits(struct run *run)
{
	const struct iommu_iova_range range = {0x40000, 0x41fff};
	uint64_t iova;

	expect(run, "ALLOW_IOVAS", 0, allow(run, &range, 1));
	expect(run, "automatic MAP", 0, map_anywhere(run, PAGE, &iova));
	expect_that(run, iova >= range.start && iova + PAGE - 1 <= range.last,
		    "it lies in the allowed range");
	expect(run, "automatic MAP", 0, map_anywhere(run, PAGE, &iova));
	expect(run, "automatic MAP when it is full", -ENOSPC, map_anywhere(run, PAGE, &iova));
	expect(run, "MAP at a fixed place outside", 0,
	       map_fixed(run->device.iommu, run->ioas, pages(), PAGE, 0x90000));
	expect(run, "no range: no limit any more", 0, allow(run, NULL, 0));
	expect(run, "automatic MAP", 0, map_anywhere(run, PAGE, &iova));
}

static void
allow_replaces(struct run *run)
{
	const struct iommu_iova_range first = {0x40000, 0x40fff}, second = {0x80000, 0x80fff};
	const struct iommu_iova_range bad = {9, 3};
	uint64_t iova;

	expect(run, "ALLOW_IOVAS", 0, allow(run, &first, 1));
	expect(run, "ALLOW_IOVAS", 0, allow(run, &second, 1));
	expect(run, "ALLOW_IOVAS of a bad range", -EINVAL, allow(run, &bad, 1));
	expect(run, "automatic MAP", 0, map_anywhere(run, PAGE, &iova));
	expect_value(run, "its IOVA", second.start, iova);
}

/* A device attached later must find its reserved ranges free of allowed ones. */
static void
allow_reserved(struct run *run)
{
	struct iommu_iova_range range[MOST], across;
	uint32_t count = MOST;
	uint64_t alignment;

	expect(run, "IOVA_RANGES", 0, ranges(run, range, &count, &alignment));
	if (count < 2 && range[0].start == 0 && range[0].last == UINT64_MAX)
		skip(run, "nothing is reserved");
	across = (struct iommu_iova_range){range[0].last - PAGE + 1, range[0].last + PAGE};
	expect(run, "ALLOW_IOVAS of a reserved range", -EADDRINUSE, allow(run, &across, 1));
}

static void
hw_info_of_ioas(struct run *run)
{
	struct iommu_hw_info info = {.size = sizeof(info), .dev_id = run->ioas};

	expect(run, "GET_HW_INFO of an IOAS", -ENOENT,
	       call(run->device.iommu, IOMMU_GET_HW_INFO, &info));
}

static const struct rule rules[] = {
	{"alloc", "IOAS_ALLOC: ok, the first id is 1", STATE_IOMMU, ALLOC(.size = 12),
	 .fields = {IS(iommu_ioas_alloc, out_ioas_id, 1), IS(iommu_ioas_alloc, size, 12)}},
	{"alloc-flags", "IOAS_ALLOC with flags: EOPNOTSUPP", STATE_IOMMU,
	 ALLOC(.size = 12, .flags = 1), .err = EOPNOTSUPP},
	{"alloc-unwritable", "an answer that can't be written: EFAULT", STATE_IOMMU,
	 ALLOC(.size = 12), .read_only = true, .err = EFAULT},
	{"ids", "ids begin at 1 and are the lowest free ones", STATE_IOMMU, .body = ids},
	{"destroy-maps", "an IOAS with maps can be destroyed", STATE_IOAS,
	 .body = destroyed_with_maps},
	{"ranges-reserved", "IOVA_RANGES with its reserved field: EOPNOTSUPP", STATE_IOAS,
	 RANGES(.reserved = 1), .err = EOPNOTSUPP},
	{"ranges-no-ioas", "IOVA_RANGES of no IOAS: ENOENT", STATE_IOAS, RANGES(.ioas_id = 77),
	 .err = ENOENT},
	{"ranges-empty", "an IOAS without device: one range, all of it, alignment 1", STATE_IOAS,
	 .body = whole_range},
	{"ranges-steps", "IOVA_RANGES: EMSGSIZE tells the number, then they come", STATE_IOAS,
	 .body = two_steps},
	{"ranges-attached", "the same with a device attached", STATE_ATTACHED, NEED_CDEV,
	 .body = two_steps},
	{"ranges-partial", "too little room: what fits, and EMSGSIZE", STATE_ATTACHED, NEED_CDEV,
	 .body = partial},
	{"ranges-alignment", "a device attached: the alignment is a page", STATE_ATTACHED,
	 NEED_CDEV, .body = attached_alignment},
	{"ranges-unwritable", "ranges that can't be written: EFAULT", STATE_IOAS,
	 .body = unwritable_ranges},
	{"allow-reserved", "ALLOW_IOVAS with its reserved field: EOPNOTSUPP", STATE_IOAS,
	 ALLOW(.reserved = 1), .err = EOPNOTSUPP},
	{"allow-no-ioas", "ALLOW_IOVAS of no IOAS: ENOENT", STATE_IOAS, ALLOW(.ioas_id = 77),
	 .err = ENOENT},
	{"allow-errors", "ranges empty, turned round or overlapping: EINVAL", STATE_IOAS,
	 .body = allow_errors},
	{"allow-limits", "automatic maps stay in the allowed ranges, fixed ones need not",
	 STATE_IOAS, .body = allow_limits},
	{"allow-replaces", "a new list replaces the old one; a bad one doesn't", STATE_IOAS,
	 .body = allow_replaces},
	{"allow-device", "a range that a device reserves: EADDRINUSE", STATE_ATTACHED, NEED_CDEV,
	 .body = allow_reserved},
	{"hw-info", "GET_HW_INFO of an IOAS: ENOENT", STATE_IOAS, .body = hw_info_of_ioas},
};

GROUP(iommu_ioas, "iommufd/ioas.c, iommufd/main.c");
