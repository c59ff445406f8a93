/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU_IOAS_MAP and IOMMU_IOAS_MAP_FILE. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "groups.h"
#include "run.h"

#define MAP(...) IOCTL(IOMMU_IOAS_MAP, iommu_ioas_map, .size = 40, __VA_ARGS__)
#define IN_IOAS                                                                                    \
	.placed = {PLACE(iommu_ioas_map, ioas_id, VALUE_IOAS),                                     \
		   PLACE(iommu_ioas_map, user_va, VALUE_PAGES)}
#define IOVA 0x100000ull

static struct iommu_ioas_map
map_of(const struct run *run, uint32_t flags, uint64_t length, uint64_t iova)
{
	return (struct iommu_ioas_map){
		.size = sizeof(struct iommu_ioas_map),
		.flags = flags,
		.ioas_id = run->ioas,
		.user_va = (uintptr_t)pages(),
		.length = length,
		.iova = iova,
	};
}

static long
do_map(struct run *run, struct iommu_ioas_map *map)
{
	return call(run->device.iommu, IOMMU_IOAS_MAP, map);
}

static long
fixed(struct run *run, uint64_t length, uint64_t iova)
{
	return map_fixed(run->device.iommu, run->ioas, pages(), length, iova);
}

static void
overlaps(struct run *run)
{
	expect(run, "MAP of 4 pages", 0, fixed(run, 4 * PAGE, IOVA));
	expect(run, "the same again", -EEXIST, fixed(run, 4 * PAGE, IOVA));
	expect(run, "one page within", -EEXIST, fixed(run, PAGE, IOVA + PAGE));
	expect(run, "across the start", -EEXIST, fixed(run, 2 * PAGE, IOVA - PAGE));
	expect(run, "across the end", -EEXIST, fixed(run, 2 * PAGE, IOVA + 3 * PAGE));
	expect(run, "around it", -EEXIST, fixed(run, 8 * PAGE, IOVA - 2 * PAGE));
	expect(run, "right before it", 0, fixed(run, PAGE, IOVA - PAGE));
	expect(run, "right behind it", 0, fixed(run, PAGE, IOVA + 4 * PAGE));
}

static void
flags(struct run *run)
{
	static const uint32_t good[] = {IOMMU_MAP_READABLE, IOMMU_MAP_WRITEABLE, IOMMU_MAP_RW};

	for (unsigned i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct iommu_ioas_map map =
			map_of(run, IOMMU_MAP_FIXED | good[i], PAGE, IOVA + i * PAGE);

		expect(run, "MAP", 0, do_map(run, &map));
	}
}

static void
automatic(struct run *run)
{
	uint64_t last = 0;

	for (unsigned i = 0; i < 8; i++) {
		struct iommu_ioas_map map = map_of(run, IOMMU_MAP_RW, PAGE, 0);

		expect(run, "automatic MAP", 0, do_map(run, &map));
		expect_that(run, map.iova != 0, "the IOVA is never 0");
		expect_value(run, "its offset in the page", 0, map.iova % PAGE);
		expect_that(run, map.iova > last, "the lowest that is free");
		last = map.iova;
	}
}

static void
automatic_alignment(struct run *run)
{
	struct iommu_ioas_map map = map_of(run, IOMMU_MAP_RW, PAGE, 0);

	expect(run, "automatic MAP of a page", 0, do_map(run, &map));
	map = map_of(run, IOMMU_MAP_RW, 4 * PAGE, 0);
	expect(run, "automatic MAP of 4 pages", 0, do_map(run, &map));
	/* More than that depends on the kernel's huge pages. */
	expect_value(run, "its offset in the page", 0, map.iova % PAGE);
	map = map_of(run, IOMMU_MAP_RW, 100, 0);
	map.user_va += 8;
	expect(run, "automatic MAP within a page", 0, do_map(run, &map));
	expect_value(run, "its offset in the page", 8, map.iova % PAGE);
}

static void
any_alignment(struct run *run)
{
	struct iommu_ioas_map map = map_of(run, IOMMU_MAP_FIXED_RW, 1, 0x123);

	expect(run, "MAP of one byte", 0, do_map(run, &map));
	map = map_of(run, IOMMU_MAP_FIXED_RW, 100, 0x124);
	expect(run, "MAP of 100 bytes behind it", 0, do_map(run, &map));
}

static void
page_alignment(struct run *run)
{
	struct iommu_ioas_map map;

	expect(run, "length of half a page", -EINVAL, fixed(run, PAGE / 2, IOVA));
	expect(run, "length of one and a half", -EINVAL, fixed(run, PAGE + PAGE / 2, IOVA));
	expect(run, "IOVA in the middle of a page", -EINVAL, fixed(run, PAGE, IOVA + 16));
	map = map_of(run, IOMMU_MAP_FIXED_RW, PAGE, IOVA);
	map.user_va += 16;
	expect(run, "memory in the middle of a page", -EINVAL, do_map(run, &map));
	map = map_of(run, IOMMU_MAP_RW, PAGE, 0);
	map.user_va += 16;
	expect(run, "the same at an automatic IOVA", -EINVAL, do_map(run, &map));
}

static void
limits(struct run *run)
{
	struct iommu_ioas_map map;

	expect(run, "length 0", -EINVAL, fixed(run, 0, IOVA));
	expect(run, "length 2^64 - 1", -EOVERFLOW, fixed(run, UINT64_MAX, IOVA));
	expect(run, "IOVA 2^64 - 1", -EOVERFLOW, fixed(run, PAGE, UINT64_MAX));
	expect(run, "IOVA + length wraps", -EOVERFLOW, fixed(run, 2 * PAGE, -(uint64_t)PAGE));
	expect(run, "the last page", 0, fixed(run, PAGE, -(uint64_t)PAGE));
	map = map_of(run, IOMMU_MAP_FIXED_RW, 2 * PAGE, IOVA);
	map.user_va = -(uint64_t)PAGE;
	expect(run, "memory + length wraps", -EOVERFLOW, do_map(run, &map));
}

static void
order(struct run *run)
{
	struct iommu_ioas_map map = map_of(run, IOMMU_MAP_FIXED_RW | 8, UINT64_MAX, 0);

	expect(run, "unknown flag before length", -EOPNOTSUPP, do_map(run, &map));
	map = map_of(run, IOMMU_MAP_FIXED, UINT64_MAX, 0);
	expect(run, "length before missing access", -EOVERFLOW, do_map(run, &map));
	map = map_of(run, IOMMU_MAP_FIXED, PAGE, 0);
	map.ioas_id = 77;
	expect(run, "missing access before the IOAS", -EINVAL, do_map(run, &map));
	map = map_of(run, IOMMU_MAP_FIXED_RW, 0, 0);
	map.ioas_id = 77;
	expect(run, "the IOAS before length 0", -ENOENT, do_map(run, &map));
}

static void
memory_missing(struct run *run)
{
	struct iommu_ioas_map map = map_of(run, IOMMU_MAP_FIXED_RW, PAGE, IOVA);

	map.user_va = (uintptr_t)at_edge(PAGE) + PAGE;
	expect(run, "MAP of memory that isn't there", 0, do_map(run, &map));
}

static void
memory_missing_attached(struct run *run)
{
	struct iommu_ioas_map map = map_of(run, IOMMU_MAP_FIXED_RW, PAGE, IOVA);

	map.user_va = (uintptr_t)at_edge(PAGE) + PAGE;
	expect(run, "MAP of memory that isn't there", -EFAULT, do_map(run, &map));
	expect(run, "MAP of memory that is there", 0, fixed(run, PAGE, IOVA));
}

static void
reserved_attached(struct run *run)
{
	struct iommu_iova_range range[16];
	struct iommu_ioas_iova_ranges arg = {
		.size = sizeof(arg),
		.ioas_id = run->ioas,
		.num_iovas = 16,
		.allowed_iovas = (uintptr_t)range,
	};

	expect(run, "IOVA_RANGES", 0, call(run->device.iommu, IOMMU_IOAS_IOVA_RANGES, &arg));
	if (range[0].last == UINT64_MAX)
		skip(run, "nothing is reserved");
	expect(run, "MAP of the last page of the first range", 0,
	       fixed(run, PAGE, range[0].last + 1 - PAGE));
	expect(run, "MAP of a page behind it", -EINVAL, fixed(run, PAGE, range[0].last + 1));
	expect(run, "MAP across its end", -EINVAL, fixed(run, 2 * PAGE, range[0].last + 1 - PAGE));
}

static void
many(struct run *run)
{
	for (unsigned i = 0; i < 500; i++)
		expect(run, "MAP", 0, fixed(run, PAGE, IOVA + 2ull * i * PAGE));
	for (unsigned i = 0; i < 500; i++)
		expect(run, "MAP in between", 0, fixed(run, PAGE, IOVA + (2ull * i + 1) * PAGE));
}

/* ---- of a file ---- */

static int
memory_file(struct run *run, unsigned num_pages)
{
	int fd = memfd_create("conformance", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)num_pages * PAGE))
		fail(run, "no memfd: %s", strerror(errno));
	return fd;
}

static long
map_file(struct run *run, int fd, uint64_t start, uint64_t length, uint32_t more)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_MAP_FIXED_RW | more,
		.ioas_id = run->ioas,
		.fd = fd,
		.start = start,
		.length = length,
		.iova = IOVA,
	};

	return call(run->device.iommu, IOMMU_IOAS_MAP_FILE, &map);
}

static void
file(struct run *run)
{
	uint64_t length = 2 * PAGE;

	expect(run, "MAP_FILE of a memfd", 0,
	       map_file(run, memory_file(run, 4), PAGE, (uint64_t)2 * PAGE, 0));
	expect(run, "again at the same IOVA", -EEXIST,
	       map_file(run, memory_file(run, 4), PAGE, (uint64_t)2 * PAGE, 0));
	expect(run, "UNMAP", 0, unmap(run->device.iommu, run->ioas, IOVA, &length));
	expect_value(run, "length unmapped", 2 * PAGE, length);
}

static void
bad_files(struct run *run)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	expect(run, "a closed descriptor", -EBADF, map_file(run, closed_fd(), 0, PAGE, 0));
	expect(run, "descriptor -1", -EBADF, map_file(run, -1, 0, PAGE, 0));
	expect(run, "unknown flag", -EOPNOTSUPP, map_file(run, memory_file(run, 1), 0, PAGE, 8));
	expect(run, "length 0", -EINVAL, map_file(run, memory_file(run, 1), 0, 0, 0));
	expect(run, "length 2^64 - 1", -EOVERFLOW,
	       map_file(run, memory_file(run, 1), 0, UINT64_MAX, 0));
	close(null);
}

static void
file_past_end(struct run *run)
{
	expect(run, "MAP_FILE past the end of the file", -EINVAL,
	       map_file(run, memory_file(run, 1), 0, (uint64_t)4 * PAGE, 0));
}

static const struct rule rules[] = {
	{"fixed", "MAP at a fixed IOVA: ok, the IOVA is written back", STATE_IOAS,
	 MAP(.flags = IOMMU_MAP_FIXED_RW, .length = PAGE, .iova = IOVA), IN_IOAS,
	 .fields = {IS(iommu_ioas_map, iova, IOVA), IS(iommu_ioas_map, length, PAGE)}},
	{"unknown-flag", "an unknown flag: EOPNOTSUPP", STATE_IOAS,
	 MAP(.flags = IOMMU_MAP_FIXED_RW | 8, .length = PAGE), IN_IOAS, .err = EOPNOTSUPP},
	{"reserved", "the reserved field: EOPNOTSUPP", STATE_IOAS,
	 MAP(.flags = IOMMU_MAP_FIXED_RW, .reserved = 1, .length = PAGE), IN_IOAS,
	 .err = EOPNOTSUPP},
	{"no-access", "neither READABLE nor WRITEABLE: EINVAL", STATE_IOAS,
	 MAP(.flags = IOMMU_MAP_FIXED, .length = PAGE), IN_IOAS, .err = EINVAL},
	{"no-ioas", "no such IOAS: ENOENT", STATE_IOAS,
	 MAP(.flags = IOMMU_MAP_FIXED_RW, .ioas_id = 77, .length = PAGE), .err = ENOENT},
	{"device-id", "the id of a device: ENOENT", STATE_BOUND, NEED_CDEV,
	 MAP(.flags = IOMMU_MAP_FIXED_RW, .length = PAGE),
	 .placed = {PLACE(iommu_ioas_map, ioas_id, VALUE_DEVICE_ID),
		    PLACE(iommu_ioas_map, user_va, VALUE_PAGES)},
	 .err = ENOENT},
	{"order", "the order of these checks", STATE_IOAS, .body = order},
	{"flags", "readable, writeable, or both", STATE_IOAS, .body = flags},
	{"limits", "lengths 0 EINVAL, what wraps EOVERFLOW; the last page works", STATE_IOAS,
	 .body = limits},
	{"overlap", "a fixed IOVA where something is: EEXIST; beside it: ok", STATE_IOAS,
	 .body = overlaps},
	{"automatic", "automatic IOVAs: never 0, page-aligned, ascending", STATE_IOAS,
	 .body = automatic},
	{"automatic-align", "automatic IOVAs keep the memory's offset in its page", STATE_IOAS,
	 .body = automatic_alignment},
	{"any-align", "without a device any alignment goes", STATE_IOAS, .body = any_alignment},
	{"page-align", "with a device attached only pages: EINVAL", STATE_ATTACHED, NEED_CDEV,
	 .body = page_alignment},
	{"missing", "memory that isn't there, no device attached: ok", STATE_IOAS,
	 .body = memory_missing},
	{"missing-access", "the same with an emulated device attached", STATE_ATTACHED,
	 NEED_CDEV | NEED_ACCESS, .body = memory_missing},
	{"missing-physical", "memory that isn't there, a page table attached: EFAULT",
	 STATE_ATTACHED, NEED_CDEV | NEED_PHYSICAL, .body = memory_missing_attached},
	{"device-reserved", "IOVAs that a device reserves: EINVAL", STATE_ATTACHED, NEED_CDEV,
	 .body = reserved_attached},
	{"many", "a thousand maps side by side", STATE_IOAS, .body = many},
	{"file", "MAP_FILE of a memfd", STATE_IOAS, .since = KERNEL_7_2, .body = file},
	{"file-bad", "MAP_FILE: closed EBADF, flags EOPNOTSUPP, length EINVAL, EOVERFLOW",
	 STATE_IOAS, .since = KERNEL_7_2, .body = bad_files},
	{"file-end", "MAP_FILE past the end, a page table attached: EINVAL", STATE_ATTACHED,
	 NEED_CDEV | NEED_PHYSICAL, KERNEL_7_2, .body = file_past_end},
};

GROUP(iommu_map, "iommufd/ioas.c, iommufd/io_pagetable.c");
