/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dirty tracking. Rules: drivers/iommu/iommufd/hw_pagetable.c and io_pagetable.c, as of Linux 7.2. */
#include "iommu_client.h"
#include "unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "iommu/dirty.h"

#define PAGES 128u
#define IOVA  UINT64_C(0x200000)

static uint32_t ioas, table;
static struct iommu_device device;
static uint8_t *memory;
static uint64_t bitmap[8];

static uint32_t
new_table(uint32_t flags)
{
	struct abi_hwpt_alloc argument = {.flags = flags, .dev_id = device.id, .pt_id = ioas};

	ck_assert_int_eq(CALL(ABI_HWPT_ALLOC, &argument), 0);
	return argument.out_hwpt_id;
}

static int
track(uint32_t id, uint32_t flags)
{
	struct abi_set_dirty_tracking argument = {.flags = flags, .hwpt_id = id};

	return CALL(ABI_SET_DIRTY_TRACKING, &argument);
}

static int
get(uint64_t iova, uint64_t length, uint64_t page, uint32_t flags)
{
	struct abi_get_dirty_bitmap argument = {.hwpt_id = table,
						.flags = flags,
						.iova = iova,
						.length = length,
						.page_size = page,
						.data = (uintptr_t)bitmap};

	return CALL(ABI_GET_DIRTY_BITMAP, &argument);
}

/* What was written since the last time, as the numbers of the first 64 pages. */
static uint64_t
written(void)
{
	memset(bitmap, 0, sizeof(bitmap));
	ck_assert_int_eq(get(IOVA, PAGES * PAGE, PAGE, 0), 0);
	return bitmap[0];
}

static void
setup(void)
{
	iommu_setup();
	ioas = new_ioas();
	new_device(&device);
	table = new_table(ABI_HWPT_DIRTY_TRACKING);
	memory = new_pages(PAGES);
	ck_assert_int_eq(iommu_attach(&device, &table), 0);
	map_fixed(ioas, memory, PAGES * PAGE, IOVA, R | W);
	memset(bitmap, 0, sizeof(bitmap));
}

static void
teardown(void)
{
	iommu_device_destroy(&device);
	free_pages(memory, PAGES);
	iommu_teardown();
}

START_TEST(checks)
{
	uint32_t plain = new_table(0);

	ck_assert_int_eq(track(table, 2), -EOPNOTSUPP);
	ck_assert_int_eq(track(77, 1), -ENOENT);
	ck_assert_int_eq(track(ioas, 1), -ENOENT);
	ck_assert_int_eq(track(plain, 1), -EOPNOTSUPP);
	ck_assert_int_eq(track(table, 0), 0);
	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_int_eq(get(IOVA, PAGE, PAGE, 2), -EOPNOTSUPP);
	ck_assert_int_eq(get(IOVA, PAGE, 0, 0), -EINVAL);
	ck_assert_int_eq(get(IOVA, PAGE, 3 * PAGE, 0), -EINVAL);
	ck_assert_int_eq(get(IOVA, PAGE, 2 * PAGE, 0), -EINVAL);
	ck_assert_int_eq(get(IOVA + 1, PAGE, 1, 0), -EINVAL);
	ck_assert_int_eq(get(UINT64_MAX - PAGE + 1, 2 * PAGE, PAGE, 0), -EOVERFLOW);
	ck_assert_int_eq(get(IOVA, PAGE, PAGE, 0), 0);
	table = 77;
	ck_assert_int_eq(get(IOVA, PAGE, PAGE, 0), -ENOENT);
	table = plain;
	ck_assert_int_eq(get(IOVA, PAGE, PAGE, 0), -EOPNOTSUPP);
}
END_TEST

START_TEST(pages_written)
{
	ck_assert_int_eq(iommu_write(&device, IOVA, "x", 1), 0);
	ck_assert_uint_eq(written(), 0);
	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_uint_eq(written(), 0);
	ck_assert_int_eq(iommu_write(&device, IOVA + 5 * PAGE - 1, "xy", 2), 0);
	ck_assert_int_eq(iommu_read(&device, IOVA, (uint8_t[9]){0}, 9), 0);
	ck_assert_int_eq(iommu_write(&device, IOVA + 63 * PAGE, "x", 1), 0);
	ck_assert_uint_eq(written(), UINT64_C(1) << 63 | 0x30);
	ck_assert_uint_eq(written(), 0);
	ck_assert_int_eq(iommu_write(&device, IOVA + 64 * PAGE, memory, 64 * PAGE), 0);
	ck_assert_uint_eq(written(), 0);
	ck_assert_uint_eq(bitmap[1], UINT64_MAX);
	ck_assert_uint_eq(bitmap[2], 0);
	ck_assert_int_eq(iommu_write(&device, IOVA, "x", 1), 0);
	ck_assert_int_eq(track(table, 0), 0);
	ck_assert_int_eq(iommu_write(&device, IOVA + PAGE, "x", 1), 0);
	ck_assert_uint_eq(written(), 1);
	/* Turning it on forgets what was. */
	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_int_eq(iommu_write(&device, IOVA, "x", 1), 0);
	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_uint_eq(written(), 0);
}
END_TEST

START_TEST(kept_or_cleared)
{
	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_int_eq(iommu_write(&device, IOVA + 2 * PAGE, memory, 3 * PAGE), 0);
	ck_assert_int_eq(get(IOVA, 4 * PAGE, PAGE, ABI_DIRTY_NO_CLEAR), 0);
	ck_assert_uint_eq(bitmap[0], 0xc);
	/* Only the range that is asked for; bits are added to those there are. */
	bitmap[0] = 0x100;
	ck_assert_int_eq(get(IOVA + 2 * PAGE, PAGE, PAGE, 0), 0);
	ck_assert_uint_eq(bitmap[0], 0x101);
	ck_assert_uint_eq(written(), 0x18);
}
END_TEST

START_TEST(other_page_sizes)
{
	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_int_eq(iommu_write(&device, IOVA + 5 * PAGE, "x", 1), 0);
	ck_assert_int_eq(iommu_write(&device, IOVA + 33 * PAGE, "x", 1), 0);
	ck_assert_int_eq(get(IOVA, PAGES * PAGE, 16 * PAGE, ABI_DIRTY_NO_CLEAR), 0);
	ck_assert_uint_eq(bitmap[0], 5);
	memset(bitmap, 0, sizeof(bitmap));
	ck_assert_int_eq(get(IOVA, 8 * PAGE, PAGE / 2, ABI_DIRTY_NO_CLEAR), 0);
	ck_assert_uint_eq(bitmap[0], 0xc00);
}
END_TEST

START_TEST(through_pointers_and_pieces)
{
	int file = memfd_create("test", MFD_CLOEXEC);
	char text[] = "ab";
	struct vfiod_piece piece[] = {{.address = IOVA + PAGE, .buffer = text, .length = 2},
				      {.address = IOVA + PAGE + 2, .buffer = text, .length = 2},
				      {.address = IOVA + 9 * PAGE, .buffer = text, .length = 2}};
	uint64_t iova = IOVA + PAGES * PAGE;

	ck_assert_int_eq(ftruncate(file, 8 * PAGE), 0);
	ck_assert_int_eq(try_map_file(ioas, file, 0, 8 * PAGE, &iova, R | W | FIXED), 0);
	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_int_eq(iommu_transfer(&device, true, piece, 3), 0);
	ck_assert_uint_eq(written(), 0x202);
	ck_assert_int_eq(iommu_transfer(&device, false, piece, 0), 0);
	ck_assert_ptr_nonnull(iommu_map(&device, iova + PAGE, PAGE, true));
	ck_assert_ptr_nonnull(iommu_map(&device, iova + 3 * PAGE, 1, false));
	ck_assert_ptr_nonnull(iommu_map(&device, iova + 7 * PAGE - 1, 2, true));
	iommu_release(&device);
	ck_assert_int_eq(get(iova, 8 * PAGE, PAGE, 0), 0);
	ck_assert_uint_eq(bitmap[0], 0xc2 | 0x202);
	close(file);
}
END_TEST

/* What is mapped anew has not been written. */
START_TEST(unmapped)
{
	uint64_t length = PAGES * PAGE;

	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_int_eq(iommu_write(&device, IOVA, "x", 1), 0);
	ck_assert_int_eq(try_unmap(ioas, IOVA, &length), 0);
	map_fixed(ioas, memory, PAGES * PAGE, IOVA, R | W);
	ck_assert_uint_eq(written(), 0);
}
END_TEST

/* A bitmap that isn't all there: an error, and nothing is lost. */
START_TEST(bad_bitmaps)
{
	struct abi_get_dirty_bitmap argument = {
		.hwpt_id = table, .iova = IOVA, .length = PAGES * PAGE, .page_size = PAGE};
	uint8_t *pages = new_pages(2);

	munmap(pages + PAGE, PAGE);
	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_int_eq(iommu_write(&device, IOVA + 3 * PAGE, "x", 1), 0);
	argument.data = 0;
	ck_assert_int_eq(CALL(ABI_GET_DIRTY_BITMAP, &argument), -EFAULT);
	argument.data = (uintptr_t)pages + PAGE - 15;
	ck_assert_int_eq(CALL(ABI_GET_DIRTY_BITMAP, &argument), -EFAULT);
	ck_assert_int_eq(mprotect(pages, PAGE, PROT_READ), 0);
	argument.data = (uintptr_t)pages;
	ck_assert_int_eq(CALL(ABI_GET_DIRTY_BITMAP, &argument), -EFAULT);
	ck_assert_uint_eq(written(), 8);
	munmap(pages, PAGE);
}
END_TEST

/* Two page tables of the same address space know of their own devices only. */
START_TEST(per_table)
{
	uint32_t first = table, second = new_table(ABI_HWPT_DIRTY_TRACKING);
	struct iommu_device other;

	new_attached(&other, second);
	ck_assert_int_eq(track(first, 1), 0);
	ck_assert_int_eq(track(second, 1), 0);
	ck_assert_int_eq(iommu_write(&other, IOVA + PAGE, "x", 1), 0);
	ck_assert_uint_eq(written(), 0);
	table = second;
	ck_assert_uint_eq(written(), 2);
	iommu_device_destroy(&other);
}
END_TEST

/* The sparse bitmap against a plain one. */
START_TEST(sparse)
{
	enum { COUNT = 1 << 16 };
	static uint8_t plain[COUNT];
	/* Pages at both ends of the address space and across the joints of the levels. */
	static const uint64_t bases[] = {0, (UINT64_C(1) << 24) - COUNT / 2,
					 (UINT64_C(1) << 36) - COUNT};
	struct user *user = user_get(77);
	struct dirty *dirty = dirty_new(user);

	srandom(1);
	for (unsigned b = 0; b < 3; b++) {
		uint64_t base = bases[b], page = 0, from = 0;

		memset(plain, 0, sizeof(plain));
		for (unsigned i = 0; i < 300; i++) {
			uint64_t first = (uint64_t)random() % COUNT,
				 length = (uint64_t)random() % 200;
			uint64_t last = first + length < COUNT ? first + length : COUNT - 1;
			bool set = random() % 3;

			memset(plain + first, set, last - first + 1);
			(set ? dirty_mark : dirty_clear)(dirty, (base + first) * PAGE,
							 (base + last) * PAGE + 5);
		}
		for (unsigned i = 0; i < COUNT; i++) {
			if (!plain[i])
				continue;
			ck_assert(dirty_next(dirty, (base + from) * PAGE, (base + COUNT - 1) * PAGE,
					     &page));
			ck_assert_uint_eq(page, (base + i) * PAGE);
			from = i + 1;
		}
		if (from < COUNT)
			ck_assert(!dirty_next(dirty, (base + from) * PAGE,
					      (base + COUNT - 1) * PAGE, &page));
		dirty_clear_all(dirty);
		ck_assert(!dirty_next(dirty, 0, (UINT64_C(1) << 48) - 1, &page));
	}
	dirty_free(dirty);
	ck_assert(user_take(user, LIMIT_DIRTY, 262144));
	user_give(user, LIMIT_DIRTY, 262144);
	user_put(user);
}
END_TEST

/* Without memory to tell what was written, all was. */
START_TEST(everything)
{
	struct user *user = user_get(0);

	ck_assert_int_eq(track(table, 1), 0);
	ck_assert(user_take(user, LIMIT_DIRTY, 262144 - 64));
	ck_assert_int_eq(iommu_write(&device, IOVA + 3 * PAGE, "x", 1), 0);
	ck_assert_uint_eq(written(), UINT64_MAX);
	ck_assert_uint_eq(bitmap[1], UINT64_MAX);
	ck_assert_uint_eq(bitmap[2], 0);
	memset(bitmap, 0, sizeof(bitmap));
	ck_assert_int_eq(get(IOVA, 5 * PAGE, PAGE, 0), 0);
	ck_assert_uint_eq(bitmap[0], 0x1f);
	user_give(user, LIMIT_DIRTY, 262144 - 64);
	user_put(user);
	ck_assert_int_eq(track(table, 1), 0);
	ck_assert_uint_eq(written(), 0);
}
END_TEST

Suite *
iommu_dirty_suite(void)
{
	Suite *suite = suite_create("iommu_dirty");
	TCase *tcase = tcase_create("dirty");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, checks);
	tcase_add_test(tcase, pages_written);
	tcase_add_test(tcase, kept_or_cleared);
	tcase_add_test(tcase, other_page_sizes);
	tcase_add_test(tcase, through_pointers_and_pieces);
	tcase_add_test(tcase, unmapped);
	tcase_add_test(tcase, bad_bitmaps);
	tcase_add_test(tcase, per_table);
	tcase_add_test(tcase, sparse);
	tcase_add_test(tcase, everything);
	suite_add_tcase(suite, tcase);
	return suite;
}
