/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I/O address spaces without and with hardware: objects, ranges, mappings. Rules:
 * drivers/iommu/iommufd/ioas.c and io_pagetable.c, as of Linux 7.2, and the kernel's own selftests.
 */
#include "iommu_client.h"
#include "unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint32_t ioas;
static uint8_t *memory;

#define PAGES 64u

static void
setup(void)
{
	iommu_setup();
	ioas = new_ioas();
	memory = new_pages(PAGES);
}

static void
teardown(void)
{
	free_pages(memory, PAGES);
	iommu_teardown();
}

START_TEST(ids)
{
	struct abi_ioas_alloc alloc = {.flags = 1};

	ck_assert_uint_eq(ioas, 1);
	ck_assert_uint_eq(new_ioas(), 2);
	ck_assert_uint_eq(new_ioas(), 3);
	ck_assert_int_eq(destroy(2), 0);
	ck_assert_int_eq(destroy(2), -ENOENT);
	ck_assert_uint_eq(new_ioas(), 2);
	ck_assert_uint_eq(new_ioas(), 4);
	ck_assert_int_eq(destroy(0), -ENOENT);
	ck_assert_int_eq(destroy(5), -ENOENT);
	ck_assert_int_eq(destroy(UINT32_MAX), -ENOENT);
	ck_assert_int_eq(CALL(ABI_IOAS_ALLOC, &alloc), -EOPNOTSUPP);
}
END_TEST

START_TEST(contexts_are_separate)
{
	struct iommu_context *other = iommu_context_new(1000);
	struct abi_destroy argument = {.size = sizeof(argument), .id = ioas};

	ck_assert_int_eq(iommu_call(other, _IO(';', ABI_DESTROY), &argument), -ENOENT);
	iommu_context_put(other);
	ck_assert_int_eq(destroy(ioas), 0);
}
END_TEST

START_TEST(many_objects)
{
	for (uint32_t id = 2; id < 5000; id++)
		ck_assert_uint_eq(new_ioas(), id);
	ck_assert_int_eq(destroy(4000), 0);
	ck_assert_int_eq(destroy(17), 0);
	ck_assert_uint_eq(new_ioas(), 17);
	ck_assert_uint_eq(new_ioas(), 4000);
	ck_assert_uint_eq(new_ioas(), 5000);
}
END_TEST

static int
ranges(struct abi_range *range, unsigned room, struct abi_iova_ranges *argument)
{
	*argument = (struct abi_iova_ranges){
		.ioas_id = ioas, .num_iovas = room, .allowed_iovas = (uintptr_t)range};
	return CALL(ABI_IOVA_RANGES, argument);
}

START_TEST(ranges_without_hardware)
{
	struct abi_range range[2] = {{7, 7}, {8, 8}};
	struct abi_iova_ranges argument;

	ck_assert_int_eq(ranges(NULL, 0, &argument), -EMSGSIZE);
	ck_assert_uint_eq(argument.num_iovas, 1);
	ck_assert_uint_eq(argument.out_iova_alignment, 1);
	ck_assert_int_eq(ranges(range, 2, &argument), 0);
	ck_assert_uint_eq(argument.num_iovas, 1);
	ck_assert_uint_eq(range[0].start, 0);
	ck_assert_uint_eq(range[0].last, UINT64_MAX);
	ck_assert_uint_eq(range[1].start, 8);
	ck_assert_int_eq(ranges(NULL, 1, &argument), -EFAULT);
	argument = (struct abi_iova_ranges){.ioas_id = ioas, .reserved = 1};
	ck_assert_int_eq(CALL(ABI_IOVA_RANGES, &argument), -EOPNOTSUPP);
	argument = (struct abi_iova_ranges){.ioas_id = 9};
	ck_assert_int_eq(CALL(ABI_IOVA_RANGES, &argument), -ENOENT);
}
END_TEST

START_TEST(ranges_with_hardware)
{
	struct abi_range range[3] = {{7, 7}, {8, 8}, {9, 9}};
	struct abi_iova_ranges argument;
	struct iommu_device device;

	new_attached(&device, ioas);
	ck_assert_int_eq(ranges(NULL, 0, &argument), -EMSGSIZE);
	ck_assert_uint_eq(argument.num_iovas, 2);
	ck_assert_uint_eq(argument.out_iova_alignment, 4096);
	ck_assert_int_eq(ranges(range, 1, &argument), -EMSGSIZE);
	ck_assert_uint_eq(argument.num_iovas, 2);
	ck_assert_uint_eq(range[0].start, 0);
	ck_assert_uint_eq(range[0].last, 0xfedfffff);
	ck_assert_uint_eq(range[1].start, 8);
	ck_assert_int_eq(ranges(range, 3, &argument), 0);
	ck_assert_uint_eq(argument.num_iovas, 2);
	ck_assert_uint_eq(range[1].start, 0xfef00000);
	ck_assert_uint_eq(range[1].last, 0xffffffffffff);
	ck_assert_uint_eq(range[2].start, 9);
	/* Without the device it is as before. */
	iommu_detach(&device);
	ck_assert_int_eq(ranges(range, 3, &argument), 0);
	ck_assert_uint_eq(argument.num_iovas, 1);
	ck_assert_uint_eq(range[0].last, UINT64_MAX);
	ck_assert_uint_eq(argument.out_iova_alignment, 1);
	iommu_device_destroy(&device);
}
END_TEST

START_TEST(map_checks)
{
	struct abi_map map = {.flags = R | W | FIXED, .ioas_id = ioas, .reserved = 1};
	uint64_t iova = 0;

	ck_assert_int_eq(CALL(ABI_MAP, &map), -EOPNOTSUPP);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | W | 8), -EOPNOTSUPP);
	iova = UINT64_MAX;
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | W | FIXED), -EOVERFLOW);
	iova = 0;
	ck_assert_int_eq(try_map(ioas, memory, UINT64_MAX, &iova, R | FIXED), -EOVERFLOW);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, FIXED), -EINVAL);
	ck_assert_int_eq(try_map(9, memory, PAGE, &iova, R | FIXED), -ENOENT);
	ck_assert_int_eq(try_map(ioas, (void *)UINTPTR_MAX, PAGE, &iova, R | FIXED), -EOVERFLOW);
	ck_assert_int_eq(try_map(ioas, memory, 0, &iova, R | FIXED), -EINVAL);
	iova = UINT64_MAX - PAGE + 2;
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), -EOVERFLOW);
	iova = UINT64_MAX - PAGE + 1;
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), 0);
	/* Nobody looks at memory before it is used. */
	iova = 0;
	ck_assert_int_eq(try_map(ioas, NULL, PAGE, &iova, R | FIXED), 0);
	/* No alignment without hardware. */
	iova = PAGE + 1;
	ck_assert_int_eq(try_map(ioas, memory + 3, 5, &iova, R | FIXED), 0);
}
END_TEST

START_TEST(map_checks_with_hardware)
{
	struct iommu_device device;
	uint64_t iova = 1;

	new_attached(&device, ioas);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), -EINVAL);
	iova = 0;
	ck_assert_int_eq(try_map(ioas, memory, PAGE - 1, &iova, R | FIXED), -EINVAL);
	ck_assert_int_eq(try_map(ioas, memory + 1, PAGE, &iova, R | FIXED), -EINVAL);
	ck_assert_int_eq(try_map(ioas, memory + 1, PAGE, &iova, R), -EINVAL);
	iova = 0xfee00000;
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), -EINVAL);
	iova = 0xfedff000;
	ck_assert_int_eq(try_map(ioas, memory, 2 * PAGE, &iova, R | FIXED), -EINVAL);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), 0);
	iova = 0xfef00000;
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), 0);
	iova = UINT64_C(1) << 48;
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), -EINVAL);
	iova -= PAGE;
	ck_assert_int_eq(try_map(ioas, memory, 2 * PAGE, &iova, R | FIXED), -EINVAL);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), 0);
	iommu_device_destroy(&device);
}
END_TEST

/* Pages that can't be pinned. */
START_TEST(bad_memory_with_hardware)
{
	struct iommu_device device;
	uint64_t iova = 0, length;

	new_attached(&device, ioas);
	ck_assert_int_eq(try_map(ioas, NULL, PAGE, &iova, R | FIXED), -EFAULT);
	/* A hole, at the end, in the middle, and in what is too large to be looked at by page. */
	munmap(memory + 2 * PAGE, PAGE);
	ck_assert_int_eq(try_map(ioas, memory, 3 * PAGE, &iova, R | FIXED), -EFAULT);
	ck_assert_int_eq(try_map(ioas, memory, 4 * PAGE, &iova, R | FIXED), -EFAULT);
	ck_assert_int_eq(try_map(ioas, memory, 2 * PAGE, &iova, R | FIXED), 0);
	/* Where something is already, that is said first. */
	ck_assert_int_eq(try_map(ioas, NULL, PAGE, &iova, R | FIXED), -EEXIST);
	/* Read-only memory. */
	ck_assert_int_eq(mprotect(memory + 8 * PAGE, PAGE, PROT_READ), 0);
	iova = 8 * PAGE;
	ck_assert_int_eq(try_map(ioas, memory + 8 * PAGE, PAGE, &iova, R | W | FIXED), -EFAULT);
	ck_assert_int_eq(try_map(ioas, memory + 8 * PAGE, PAGE, &iova, R | FIXED), 0);
	ck_assert_int_eq(mprotect(memory + 9 * PAGE, PAGE, PROT_NONE), 0);
	iova = 9 * PAGE;
	ck_assert_int_eq(try_map(ioas, memory + 9 * PAGE, PAGE, &iova, R | FIXED), -EFAULT);
	/* A failed one leaves nothing. */
	length = PAGE;
	ck_assert_int_eq(try_unmap(ioas, 9 * PAGE, &length), -ENOENT);
	iommu_device_destroy(&device);
}
END_TEST

START_TEST(large_bad_memory)
{
	uint64_t size = UINT64_C(64) << 20, iova = 0;
	uint8_t *large = mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct iommu_device device;

	new_attached(&device, ioas);
	ck_assert_int_eq(try_map(ioas, large, size, &iova, R | W | FIXED), 0);
	iova = size;
	munmap(large + size / 2, PAGE);
	ck_assert_int_eq(try_map(ioas, large, size, &iova, R | W | FIXED), -EFAULT);
	ck_assert_int_eq(try_map(ioas, large, size / 2, &iova, R | W | FIXED), 0);
	munmap(large, size);
	iommu_device_destroy(&device);
}
END_TEST

/* As iommufd_ioas.area of the kernel's selftests. */
START_TEST(unmap_exactly)
{
	uint64_t length = PAGE;

	for (unsigned i = 0; i < 10; i++)
		ck_assert_int_eq(try_unmap(ioas, i * PAGE, &length), -ENOENT);
	for (unsigned i = 0; i < 10; i++)
		map_fixed(ioas, memory, PAGE, i * PAGE, R | W);
	for (unsigned i = 0; i < 10; i++) {
		length = PAGE;
		ck_assert_int_eq(try_unmap(ioas, i * PAGE, &length), 0);
		ck_assert_uint_eq(length, PAGE);
	}
	map_fixed(ioas, memory, 2 * PAGE, 16 * PAGE, R | W);
	ck_assert_int_eq(try_unmap(ioas, 16 * PAGE, &length), -ENOENT);
	ck_assert_int_eq(try_unmap(ioas, 17 * PAGE, &length), -ENOENT);
}
END_TEST

START_TEST(no_two_in_one_place)
{
	static const struct {
		unsigned first, count;
	} tries[] = {{16, 2}, {16, 1}, {17, 1}, {15, 2}, {15, 3}, {15, 4}, {17, 9}};

	map_fixed(ioas, memory, 2 * PAGE, 16 * PAGE, R | W);
	for (unsigned i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		uint64_t iova = tries[i].first * PAGE;

		ck_assert_int_eq(try_map(ioas, memory, tries[i].count * PAGE, &iova, R | FIXED),
				 -EEXIST);
	}
	map_fixed(ioas, memory, PAGE, 15 * PAGE, R);
	map_fixed(ioas, memory, PAGE, 18 * PAGE, R);
}
END_TEST

START_TEST(unmap_all)
{
	uint64_t length = UINT64_MAX;

	ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
	ck_assert_uint_eq(length, 0);
	for (unsigned i = 0; i < 10; i++)
		map_fixed(ioas, memory, PAGE, 3 * i * PAGE, R | W);
	length = UINT64_MAX;
	ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
	ck_assert_uint_eq(length, 10 * PAGE);
}
END_TEST

START_TEST(unmap_errors)
{
	uint64_t length = 0;

	ck_assert_int_eq(try_unmap(ioas, 0, &length), -EINVAL);
	length = 2;
	ck_assert_int_eq(try_unmap(ioas, UINT64_MAX, &length), -EOVERFLOW);
	ck_assert_int_eq(try_unmap(ioas, UINT64_MAX - 1, &length), -ENOENT);
	length = 3;
	ck_assert_int_eq(try_unmap(ioas, UINT64_MAX - 1, &length), -EOVERFLOW);
	length = UINT64_MAX;
	ck_assert_int_eq(try_unmap(ioas, 1, &length), -EOVERFLOW);
	length = PAGE;
	ck_assert_int_eq(try_unmap(9, 0, &length), -ENOENT);
	ck_assert_uint_eq(length, PAGE);
}
END_TEST

/* As unmap_fully_contained_areas of the kernel's selftests; and what a cut leaves behind. */
START_TEST(unmap_several)
{
	uint64_t length = 8 * PAGE, base = 4 * PAGE;

	for (unsigned i = 0; i < 4; i++)
		map_fixed(ioas, memory, 8 * PAGE, base + i * 16 * PAGE, R | W);
	ck_assert_int_eq(try_unmap(ioas, base - 4 * PAGE, &length), -ENOENT);
	ck_assert_int_eq(try_unmap(ioas, base + 3 * 16 * PAGE + 4 * PAGE, &length), -ENOENT);
	length = 3 * 16 * PAGE + 12 * PAGE;
	ck_assert_int_eq(try_unmap(ioas, base - 4 * PAGE, &length), 0);
	ck_assert_uint_eq(length, 32 * PAGE);
	map_fixed(ioas, memory, PAGE, 0, R);
	map_fixed(ioas, memory, 2 * PAGE, 2 * PAGE, R);
	map_fixed(ioas, memory, PAGE, 8 * PAGE, R);
	length = 3 * PAGE;
	ck_assert_int_eq(try_unmap(ioas, 0, &length), -ENOENT);
	length = UINT64_MAX;
	ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
	ck_assert_uint_eq(length, 3 * PAGE);
}
END_TEST

START_TEST(automatic_addresses)
{
	uint8_t *aligned = (uint8_t *)(((uintptr_t)memory + 15 * PAGE) & ~(16 * PAGE - 1));
	uint64_t iova = 99, length;

	/* Never 0; the first that is aligned like the memory behind, as far as that is of use. */
	ck_assert_int_eq(try_map(ioas, aligned, PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, PAGE);
	ck_assert_int_eq(try_map(ioas, aligned, PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, 2 * PAGE);
	ck_assert_int_eq(try_map(ioas, aligned, 4 * PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, 4 * PAGE);
	ck_assert_int_eq(try_map(ioas, aligned + 2 * PAGE, 3 * PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, 8 * PAGE);
	ck_assert_int_eq(try_map(ioas, aligned, 3 * PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, 12 * PAGE);
	/* A gap is used again; the place in the page is kept. */
	ck_assert_int_eq(try_map(ioas, aligned + PAGE + 16, 16, &iova, R), 0);
	ck_assert_uint_eq(iova, 3 * PAGE + 16);
	length = PAGE;
	ck_assert_int_eq(try_unmap(ioas, PAGE, &length), 0);
	ck_assert_int_eq(try_map(ioas, aligned, PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, PAGE);
	ck_assert_int_eq(try_map(ioas, NULL, UINT64_MAX / 2, &iova, R), -EOVERFLOW);
}
END_TEST

START_TEST(automatic_addresses_with_hardware)
{
	struct iommu_device device;
	uint64_t iova = 0;

	new_attached(&device, ioas);
	map_fixed(ioas, memory, PAGE, 0, R);
	ck_assert_int_eq(try_map(ioas, memory + 16, 16, &iova, R), -EINVAL);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, PAGE);
	iommu_device_destroy(&device);
}
END_TEST

static int
allow(struct abi_range *range, unsigned count)
{
	struct abi_allow_iovas argument = {
		.ioas_id = ioas, .num_iovas = count, .allowed_iovas = (uintptr_t)range};

	return CALL(ABI_ALLOW_IOVAS, &argument);
}

START_TEST(allowed_addresses)
{
	struct abi_range good[] = {{0x30000, 0x31fff}, {0x10000, 0x10fff}};
	struct abi_allow_iovas argument = {.ioas_id = ioas, .reserved = 1};
	uint64_t iova = 0;

	ck_assert_int_eq(CALL(ABI_ALLOW_IOVAS, &argument), -EOPNOTSUPP);
	argument = (struct abi_allow_iovas){.ioas_id = 9};
	ck_assert_int_eq(CALL(ABI_ALLOW_IOVAS, &argument), -ENOENT);
	ck_assert_int_eq(allow(good, 2), 0);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, 0x10000);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, 0x30000);
	ck_assert_int_eq(try_map(ioas, memory, 2 * PAGE, &iova, R), -ENOSPC);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, 0x31000);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R), -ENOSPC);
	/* Only what is chosen. */
	map_fixed(ioas, memory, PAGE, 0x20000, R);
	/* A bad list changes nothing. */
	ck_assert_int_eq(allow(NULL, 1), -EFAULT);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R), -ENOSPC);
	ck_assert_int_eq(allow(NULL, 0), 0);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R), 0);
	ck_assert_uint_eq(iova, PAGE);
}
END_TEST

START_TEST(bad_lists)
{
	struct abi_range same[] = {{5, 5}}, backwards[] = {{6, 5}};
	struct abi_range overlap[] = {{0x1000, 0x2fff}, {0x5000, 0x6000}, {0x2fff, 0x3fff}};

	ck_assert_int_eq(allow(same, 1), -EINVAL);
	ck_assert_int_eq(allow(backwards, 1), -EINVAL);
	ck_assert_int_eq(allow(overlap, 3), -EINVAL);
	overlap[2].start++;
	ck_assert_int_eq(allow(overlap, 3), 0);
	ck_assert_int_eq(allow(overlap, UINT32_MAX), -ENOMEM);
}
END_TEST

START_TEST(allowed_and_reserved)
{
	struct abi_range window[] = {{0xfee00000, 0xfee00fff}}, high[] = {{1, UINT64_C(1) << 48}};
	struct abi_range low[] = {{0, 0xfedfffff}};
	struct iommu_device device;
	uint32_t id = ioas;

	new_device(&device);
	ck_assert_int_eq(allow(window, 1), 0);
	ck_assert_int_eq(iommu_attach(&device, &id), -EADDRINUSE);
	ck_assert_int_eq(allow(high, 1), 0);
	ck_assert_int_eq(iommu_attach(&device, &id), -EADDRINUSE);
	ck_assert_int_eq(allow(low, 1), 0);
	ck_assert_int_eq(iommu_attach(&device, &id), 0);
	ck_assert_int_eq(allow(window, 1), -EADDRINUSE);
	ck_assert_int_eq(allow(high, 1), -EADDRINUSE);
	iommu_device_destroy(&device);
}
END_TEST

START_TEST(copies)
{
	uint32_t other = new_ioas();
	uint64_t iova = 0x5000, length = UINT64_MAX;

	map_fixed(ioas, memory, 4 * PAGE, 0, R | W);
	map_fixed(ioas, memory + 8 * PAGE, PAGE, 4 * PAGE, R);
	ck_assert_int_eq(try_copy(other, &iova, ioas, 0, 4 * PAGE, R | W | FIXED), 0);
	ck_assert_int_eq(try_copy(other, &iova, ioas, 0, 4 * PAGE, R | W | FIXED), -EEXIST);
	iova = 0x20000;
	ck_assert_int_eq(try_copy(other, &iova, ioas, PAGE, 4 * PAGE, R | FIXED), 0);
	iova = 0x30000;
	ck_assert_int_eq(try_copy(other, &iova, ioas, PAGE, 4 * PAGE, R | W | FIXED), -EPERM);
	ck_assert_int_eq(try_copy(other, &iova, ioas, PAGE, 5 * PAGE, R | FIXED), -ENOENT);
	ck_assert_int_eq(try_copy(other, &iova, ioas, 8 * PAGE, PAGE, R | FIXED), -ENOENT);
	ck_assert_int_eq(try_copy(other, &iova, ioas, 0, 0, R | FIXED), -EINVAL);
	ck_assert_int_eq(try_copy(other, &iova, ioas, 0, PAGE, R | FIXED | 8), -EOPNOTSUPP);
	ck_assert_int_eq(try_copy(other, &iova, ioas, 0, PAGE, FIXED), -EINVAL);
	ck_assert_int_eq(try_copy(9, &iova, ioas, 0, PAGE, R | FIXED), -ENOENT);
	ck_assert_int_eq(try_copy(other, &iova, 9, 0, PAGE, R | FIXED), -ENOENT);
	ck_assert_int_eq(try_copy(other, &iova, ioas, 0, UINT64_MAX, R | FIXED), -EOVERFLOW);
	ck_assert_int_eq(try_copy(other, &iova, ioas, UINT64_MAX - 1, 3, R | FIXED), -EOVERFLOW);
	/* Onto itself, and to a place that is chosen. */
	ck_assert_int_eq(try_copy(ioas, &iova, ioas, 0, PAGE, R), 0);
	ck_assert_uint_eq(iova, 5 * PAGE);
	/* Three pieces were made in the other one, of 4, 3 and 1 pages. */
	ck_assert_int_eq(try_unmap(other, 0, &length), 0);
	ck_assert_uint_eq(length, 8 * PAGE);
}
END_TEST

/* The right to write is that of the memory, not of the mapping that is copied. */
START_TEST(copy_regains_rights)
{
	uint32_t other = new_ioas();
	uint64_t iova = 0;

	map_fixed(ioas, memory, PAGE, 0, R | W);
	ck_assert_int_eq(try_copy(other, &iova, ioas, 0, PAGE, R | FIXED), 0);
	iova = PAGE;
	ck_assert_int_eq(try_copy(other, &iova, other, 0, PAGE, W | FIXED), 0);
}
END_TEST

static int
option(uint32_t id, uint32_t op, uint32_t object, uint64_t *value)
{
	struct abi_option argument = {
		.option_id = id, .op = (uint16_t)op, .object_id = object, .val64 = *value};
	int error = CALL(ABI_OPTION, &argument);

	*value = argument.val64;
	return error;
}

#define RLIMIT ABI_OPTION_RLIMIT_MODE
#define HUGE   ABI_OPTION_HUGE_PAGES
#define SET    ABI_OPTION_SET
#define GET    ABI_OPTION_GET

START_TEST(rlimit_mode)
{
	uint64_t value = 7;
	struct abi_option argument = {.reserved = 1};

	ck_assert_int_eq(option(RLIMIT, GET, 0, &value), 0);
	ck_assert_uint_eq(value, 0);
	value = 1;
	ck_assert_int_eq(option(RLIMIT, SET, 0, &value), -EBUSY);
	ck_assert_int_eq(destroy(ioas), 0);
	ck_assert_int_eq(option(RLIMIT, SET, 0, &value), 0);
	ck_assert_int_eq(option(RLIMIT, GET, 0, &value), 0);
	ck_assert_uint_eq(value, 1);
	value = 2;
	ck_assert_int_eq(option(RLIMIT, SET, 0, &value), -EINVAL);
	ck_assert_int_eq(option(RLIMIT, GET, 5, &value), -EOPNOTSUPP);
	ck_assert_int_eq(option(RLIMIT, 2, 0, &value), -EOPNOTSUPP);
	ck_assert_int_eq(option(2, GET, 0, &value), -EOPNOTSUPP);
	ck_assert_int_eq(CALL(ABI_OPTION, &argument), -EOPNOTSUPP);
}
END_TEST

START_TEST(rlimit_mode_is_for_root)
{
	struct iommu_context *other = iommu_context_new(1000);
	struct abi_option argument = {.size = sizeof(argument), .option_id = RLIMIT, .op = SET};

	ck_assert_int_eq(iommu_call(other, _IO(';', ABI_OPTION), &argument), -EPERM);
	argument.op = GET;
	ck_assert_int_eq(iommu_call(other, _IO(';', ABI_OPTION), &argument), 0);
	iommu_context_put(other);
}
END_TEST

START_TEST(huge_pages)
{
	struct iommu_device device;
	uint64_t value = 7, iova = 1, length = UINT64_MAX;

	ck_assert_int_eq(option(HUGE, GET, 9, &value), -ENOENT);
	ck_assert_int_eq(option(HUGE, GET, ioas, &value), 0);
	ck_assert_uint_eq(value, 1);
	value = 2;
	ck_assert_int_eq(option(HUGE, SET, ioas, &value), -EINVAL);
	ck_assert_int_eq(option(HUGE, 2, ioas, &value), -EOPNOTSUPP);
	map_fixed(ioas, memory, PAGE - 1, 1, R);
	value = 0;
	ck_assert_int_eq(option(HUGE, SET, ioas, &value), -EADDRINUSE);
	ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
	ck_assert_int_eq(option(HUGE, SET, ioas, &value), 0);
	ck_assert_int_eq(option(HUGE, GET, ioas, &value), 0);
	ck_assert_uint_eq(value, 0);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), -EINVAL);
	value = 1;
	ck_assert_int_eq(option(HUGE, SET, ioas, &value), 0);
	ck_assert_int_eq(try_map(ioas, memory, PAGE - 1, &iova, R | FIXED), 0);
	length = UINT64_MAX;
	ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
	/* With hardware only while nothing is mapped. */
	new_attached(&device, ioas);
	value = 0;
	ck_assert_int_eq(option(HUGE, SET, ioas, &value), 0);
	value = 1;
	ck_assert_int_eq(option(HUGE, SET, ioas, &value), 0);
	map_fixed(ioas, memory, PAGE, 0, R);
	value = 0;
	ck_assert_int_eq(option(HUGE, SET, ioas, &value), -EINVAL);
	iommu_device_destroy(&device);
}
END_TEST

START_TEST(change_process)
{
	struct abi_change_process argument = {.reserved = 1};
	int fd = memfd_create("test", MFD_CLOEXEC);
	uint64_t iova = 0, length = PAGE;

	ck_assert_int_eq(CALL(ABI_CHANGE_PROCESS, &argument), -EOPNOTSUPP);
	argument.reserved = 0;
	ck_assert_int_eq(CALL(ABI_CHANGE_PROCESS, &argument), 0);
	ck_assert_int_eq(ftruncate(fd, PAGE), 0);
	ck_assert_int_eq(try_map_file(new_ioas(), fd, 0, PAGE, &iova, R | W | FIXED), 0);
	ck_assert_int_eq(CALL(ABI_CHANGE_PROCESS, &argument), 0);
	map_fixed(ioas, memory, PAGE, 0, R);
	ck_assert_int_eq(CALL(ABI_CHANGE_PROCESS, &argument), -EINVAL);
	ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
	ck_assert_int_eq(CALL(ABI_CHANGE_PROCESS, &argument), 0);
	close(fd);
}
END_TEST

START_TEST(destroyed_with_mappings)
{
	for (unsigned i = 0; i < 10; i++)
		map_fixed(ioas, memory, PAGE, i * PAGE, R | W);
	ck_assert_int_eq(destroy(ioas), 0);
	ck_assert_int_eq(destroy(ioas), -ENOENT);
}
END_TEST

/* What a user may have is counted over all contexts, and given back. */
START_TEST(limit_of_contexts)
{
	static struct iommu_context *contexts[4097];
	unsigned count = 0;

	for (; count < 4097; count++) {
		contexts[count] = iommu_context_new(1234);
		if (!contexts[count])
			break;
	}
	ck_assert_uint_eq(count, 4096);
	contexts[4096] = iommu_context_new(1235);
	ck_assert_ptr_nonnull(contexts[4096]);
	iommu_context_put(contexts[4096]);
	iommu_context_put(contexts[0]);
	contexts[0] = iommu_context_new(1234);
	ck_assert_ptr_nonnull(contexts[0]);
	while (count)
		iommu_context_put(contexts[--count]);
}
END_TEST

START_TEST(limit_of_areas)
{
	uint32_t other = new_ioas();
	uint64_t iova = 0, length = UINT64_MAX;

	map_fixed(ioas, memory, 1, 0, R);
	for (uint64_t count = 1; count < 1 << 20; count *= 2) {
		iova = count;
		ck_assert_int_eq(try_copy(ioas, &iova, ioas, 0, count, R | FIXED), 0);
	}
	iova = 0;
	ck_assert_int_eq(try_map(other, memory, 1, &iova, R | FIXED), -ENOMEM);
	ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
	ck_assert_uint_eq(length, 1 << 20);
	ck_assert_int_eq(try_map(other, memory, 1, &iova, R | FIXED), 0);
}
END_TEST

Suite *
iommu_ioas_suite(void)
{
	Suite *suite = suite_create("iommu_ioas");
	TCase *tcase = tcase_create("ioas");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, ids);
	tcase_add_test(tcase, contexts_are_separate);
	tcase_add_test(tcase, many_objects);
	tcase_add_test(tcase, ranges_without_hardware);
	tcase_add_test(tcase, ranges_with_hardware);
	tcase_add_test(tcase, map_checks);
	tcase_add_test(tcase, map_checks_with_hardware);
	tcase_add_test(tcase, bad_memory_with_hardware);
	tcase_add_test(tcase, large_bad_memory);
	tcase_add_test(tcase, unmap_exactly);
	tcase_add_test(tcase, no_two_in_one_place);
	tcase_add_test(tcase, unmap_all);
	tcase_add_test(tcase, unmap_errors);
	tcase_add_test(tcase, unmap_several);
	tcase_add_test(tcase, automatic_addresses);
	tcase_add_test(tcase, automatic_addresses_with_hardware);
	tcase_add_test(tcase, allowed_addresses);
	tcase_add_test(tcase, bad_lists);
	tcase_add_test(tcase, allowed_and_reserved);
	tcase_add_test(tcase, copies);
	tcase_add_test(tcase, copy_regains_rights);
	tcase_add_test(tcase, rlimit_mode);
	tcase_add_test(tcase, rlimit_mode_is_for_root);
	tcase_add_test(tcase, huge_pages);
	tcase_add_test(tcase, change_process);
	tcase_add_test(tcase, destroyed_with_mappings);
	tcase_add_test(tcase, limit_of_contexts);
	tcase_add_test(tcase, limit_of_areas);
	suite_add_tcase(suite, tcase);
	return suite;
}
