/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU_IOAS_UNMAP and IOMMU_IOAS_COPY. */
#include "groups.h"
#include "run.h"

#define UNMAP(...) IOCTL(IOMMU_IOAS_UNMAP, iommu_ioas_unmap, .size = 24, __VA_ARGS__)
#define COPY(...)  IOCTL(IOMMU_IOAS_COPY, iommu_ioas_copy, .size = 40, __VA_ARGS__)
#define IN_IOAS    .placed = {PLACE(iommu_ioas_unmap, ioas_id, VALUE_IOAS)}
#define IN_BOTH                                                                                    \
	.placed = {PLACE(iommu_ioas_copy, src_ioas_id, VALUE_IOAS),                                \
		   PLACE(iommu_ioas_copy, dst_ioas_id, VALUE_IOAS)}
#define IOVA 0x100000ull

static void
put(struct run *run, uint64_t length, uint64_t iova)
{
	expect(run, "MAP", 0, map_fixed(run->device.iommu, run->ioas, pages(), length, iova));
}

static void
take(struct run *run, const char *what, uint64_t iova, uint64_t length, long result,
     uint64_t removed)
{
	expect(run, what, result, unmap(run->device.iommu, run->ioas, iova, &length));
	if (!result)
		expect_value(run, "length unmapped", removed, length);
}

static void
exact(struct run *run)
{
	put(run, 4 * PAGE, IOVA);
	take(run, "UNMAP", IOVA, 4 * PAGE, 0, 4 * PAGE);
	take(run, "UNMAP again", IOVA, 4 * PAGE, -ENOENT, 0);
	put(run, 4 * PAGE, IOVA);
}

static void
all(struct run *run)
{
	for (unsigned i = 0; i < 10; i++)
		put(run, PAGE, IOVA + i * 0x10000ull);
	take(run, "UNMAP of all", 0, UINT64_MAX, 0, 10 * PAGE);
	take(run, "UNMAP of all again", 0, UINT64_MAX, 0, 0);
}

static void
cutting(struct run *run)
{
	put(run, 4 * PAGE, IOVA);
	take(run, "its first page", IOVA, PAGE, -ENOENT, 0);
	take(run, "its last page", IOVA + 3 * PAGE, PAGE, -ENOENT, 0);
	take(run, "the middle", IOVA + PAGE, PAGE, -ENOENT, 0);
	take(run, "across its start", IOVA - PAGE, 2 * PAGE, -ENOENT, 0);
	take(run, "across its end", IOVA + 3 * PAGE, 2 * PAGE, -ENOENT, 0);
	take(run, "all of it", IOVA, 4 * PAGE, 0, 4 * PAGE);
}

static void
gaps(struct run *run)
{
	for (unsigned i = 0; i < 10; i++)
		put(run, 2 * PAGE, IOVA + i * 0x10000ull);
	take(run, "UNMAP of a range with gaps", IOVA - PAGE, 0x100000, 0, 20 * PAGE);
}

/* What lies before an area that would be cut is removed. */
static void
cutting_the_last(struct run *run)
{
	put(run, PAGE, IOVA);
	put(run, 4 * PAGE, IOVA + 0x10000);
	take(run, "UNMAP of one area and part of another", IOVA, 0x10000 + PAGE, -ENOENT, 0);
	put(run, PAGE, IOVA);
	take(run, "UNMAP of the other", IOVA + 0x10000, 4 * PAGE, 0, 4 * PAGE);
}

static void
limits(struct run *run)
{
	take(run, "length 0", IOVA, 0, -EINVAL, 0);
	take(run, "length 2^64 - 1", IOVA, UINT64_MAX, -EOVERFLOW, 0);
	take(run, "IOVA 2^64 - 1", UINT64_MAX, PAGE, -EOVERFLOW, 0);
	take(run, "IOVA + length wraps", -(uint64_t)PAGE, 2 * PAGE, -EOVERFLOW, 0);
	put(run, PAGE, -(uint64_t)PAGE);
	take(run, "the last page", -(uint64_t)PAGE, PAGE, 0, PAGE);
}

/* ---- copies ---- */

static long
copy(struct run *run, uint32_t to, uint64_t dst, uint64_t src, uint64_t length, uint32_t flags)
{
	struct iommu_ioas_copy arg = {
		.size = sizeof(arg),
		.flags = flags,
		.dst_ioas_id = to,
		.src_ioas_id = run->ioas,
		.length = length,
		.dst_iova = dst,
		.src_iova = src,
	};

	return call(run->device.iommu, IOMMU_IOAS_COPY, &arg);
}

static uint32_t
other_ioas(struct run *run)
{
	uint32_t id;

	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &id));
	return id;
}

static void
copies(struct run *run)
{
	const uint32_t other = other_ioas(run);
	uint64_t length = 4 * PAGE;

	put(run, 4 * PAGE, IOVA);
	expect(run, "COPY to another IOAS", 0,
	       copy(run, other, 0x50000, IOVA, 4 * PAGE, IOMMU_MAP_FIXED_RW));
	expect(run, "COPY there again", -EEXIST,
	       copy(run, other, 0x50000, IOVA, 4 * PAGE, IOMMU_MAP_FIXED_RW));
	expect(run, "COPY within the IOAS", 0,
	       copy(run, run->ioas, 0x50000, IOVA, 4 * PAGE, IOMMU_MAP_FIXED_RW));
	take(run, "UNMAP of the source", IOVA, 4 * PAGE, 0, 4 * PAGE);
	expect(run, "UNMAP of the copy", 0, unmap(run->device.iommu, other, 0x50000, &length));
	expect_value(run, "length unmapped", 4 * PAGE, length);
}

static void
copies_parts(struct run *run)
{
	put(run, 4 * PAGE, IOVA);
	expect(run, "COPY of a part", 0,
	       copy(run, run->ioas, 0x50000, IOVA + PAGE, 2 * PAGE, IOMMU_MAP_FIXED_RW));
	put(run, 2 * PAGE, IOVA + 4 * PAGE);
	expect(run, "COPY across two areas", 0,
	       copy(run, run->ioas, 0x60000, IOVA + 2 * PAGE, 4 * PAGE, IOMMU_MAP_FIXED_RW));
}

static void
copies_holes(struct run *run)
{
	put(run, PAGE, IOVA);
	put(run, PAGE, IOVA + 2 * PAGE);
	expect(run, "COPY past the end", -ENOENT,
	       copy(run, run->ioas, 0x50000, IOVA + 2 * PAGE, 2 * PAGE, IOMMU_MAP_FIXED_RW));
	expect(run, "COPY across a hole", -ENOENT,
	       copy(run, run->ioas, 0x50000, IOVA, 3 * PAGE, IOMMU_MAP_FIXED_RW));
	expect(run, "COPY of nothing mapped", -ENOENT,
	       copy(run, run->ioas, 0x50000, 0x900000, PAGE, IOMMU_MAP_FIXED_RW));
	expect(run, "length 0", -EINVAL,
	       copy(run, run->ioas, 0x50000, IOVA, 0, IOMMU_MAP_FIXED_RW));
}

static void
copies_rights(struct run *run)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_MAP_FIXED | IOMMU_MAP_READABLE,
		.ioas_id = run->ioas,
		.user_va = (uintptr_t)pages(),
		.length = PAGE,
		.iova = IOVA,
	};

	expect(run, "MAP, readable only", 0, call(run->device.iommu, IOMMU_IOAS_MAP, &map));
	expect(run, "COPY, writeable", -EPERM,
	       copy(run, run->ioas, 0x50000, IOVA, PAGE, IOMMU_MAP_FIXED_RW));
	expect(run, "COPY, readable", 0,
	       copy(run, run->ioas, 0x50000, IOVA, PAGE, IOMMU_MAP_FIXED | IOMMU_MAP_READABLE));
}

static void
copies_automatically(struct run *run)
{
	struct iommu_ioas_copy arg = {
		.size = sizeof(arg),
		.flags = IOMMU_MAP_RW,
		.dst_ioas_id = run->ioas,
		.src_ioas_id = run->ioas,
		.length = PAGE,
		.src_iova = IOVA,
	};

	put(run, PAGE, IOVA);
	expect(run, "COPY to an automatic IOVA", 0, call(run->device.iommu, IOMMU_IOAS_COPY, &arg));
	expect_that(run, arg.dst_iova && arg.dst_iova != IOVA, "dst_iova tells where");
	take(run, "UNMAP of the copy", arg.dst_iova, PAGE, 0, PAGE);
}

static void
copies_bad_ids(struct run *run)
{
	struct iommu_ioas_copy arg = {
		.size = sizeof(arg),
		.flags = IOMMU_MAP_FIXED_RW,
		.dst_ioas_id = 77,
		.src_ioas_id = run->ioas,
		.length = PAGE,
		.dst_iova = 0x50000,
		.src_iova = IOVA,
	};

	put(run, PAGE, IOVA);
	expect(run, "no destination", -ENOENT, call(run->device.iommu, IOMMU_IOAS_COPY, &arg));
	arg.dst_ioas_id = run->ioas;
	arg.src_ioas_id = 77;
	expect(run, "no source", -ENOENT, call(run->device.iommu, IOMMU_IOAS_COPY, &arg));
}

static const struct rule rules[] = {
	{"no-ioas", "UNMAP of no IOAS: ENOENT", STATE_IOAS, UNMAP(.ioas_id = 77, .length = PAGE),
	 .err = ENOENT},
	{"nothing", "UNMAP where nothing is: ENOENT", STATE_IOAS,
	 UNMAP(.iova = IOVA, .length = PAGE), IN_IOAS, .err = ENOENT},
	{"all-empty", "UNMAP of all of nothing: ok, 0 bytes", STATE_IOAS,
	 UNMAP(.iova = 0, .length = UINT64_MAX), IN_IOAS,
	 .fields = {IS(iommu_ioas_unmap, length, 0)}},
	{"limits", "length 0 EINVAL; what wraps EOVERFLOW", STATE_IOAS, .body = limits},
	{"exact", "UNMAP of an area, and it is free again", STATE_IOAS, .body = exact},
	{"all", "UNMAP of all tells how much", STATE_IOAS, .body = all},
	{"cut", "an area that would be cut: ENOENT, and it stays", STATE_IOAS, .body = cutting},
	{"gaps", "a range with gaps: ok, the length tells how much", STATE_IOAS, .body = gaps},
	{"cut-last", "areas before the one that would be cut are removed", STATE_IOAS,
	 .body = cutting_the_last},
	{"cut-attached", "the same with a device attached", STATE_ATTACHED, NEED_CDEV,
	 .body = cutting},
	{"all-attached", "UNMAP of all with a device attached", STATE_ATTACHED, NEED_CDEV,
	 .body = all},
	{"copy-flags", "COPY with an unknown flag: EOPNOTSUPP", STATE_IOAS,
	 COPY(.flags = IOMMU_MAP_FIXED_RW | 8, .length = PAGE), IN_BOTH, .err = EOPNOTSUPP},
	{"copy-no-access", "COPY, neither readable nor writeable: EINVAL", STATE_IOAS,
	 COPY(.flags = IOMMU_MAP_FIXED, .length = PAGE), IN_BOTH, .err = EINVAL},
	{"copy-overflow", "COPY of 2^64 - 1 bytes: EOVERFLOW", STATE_IOAS,
	 COPY(.flags = IOMMU_MAP_FIXED_RW, .length = UINT64_MAX), IN_BOTH, .err = EOVERFLOW},
	{"copy", "COPY to another IOAS and within; copies outlive the source", STATE_IOAS,
	 .body = copies},
	{"copy-part", "COPY of a part, and across areas", STATE_IOAS, .body = copies_parts},
	{"copy-hole", "a source with holes: ENOENT; length 0: EINVAL", STATE_IOAS,
	 .body = copies_holes},
	{"copy-rights", "COPY can't be writeable where the source isn't: EPERM", STATE_IOAS,
	 .body = copies_rights},
	{"copy-automatic", "COPY to an automatic IOVA", STATE_IOAS, .body = copies_automatically},
	{"copy-ids", "COPY with bad ids: ENOENT", STATE_IOAS, .body = copies_bad_ids},
};

GROUP(iommu_unmap, "iommufd/ioas.c, iommufd/io_pagetable.c");
