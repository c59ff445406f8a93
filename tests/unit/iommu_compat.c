/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO's type1 ioctls on /dev/iommu. Rules: drivers/iommu/iommufd/vfio_compat.c, as of Linux 7.2. */
#include "iommu_client.h"
#include "unit.h"

#include <linux/vfio.h>
#include <sys/mman.h>

#define PAGES 16u

static uint32_t ioas;
static uint8_t *memory;

static int
vfio_ioas(uint16_t op, uint32_t *id)
{
	struct abi_vfio_ioas argument = {.ioas_id = *id, .op = op};
	int error = CALL(ABI_VFIO_IOAS, &argument);

	*id = argument.ioas_id;
	return error;
}

static int
ask(unsigned command, uint64_t value)
{
	return iommu_call(context, command, (void *)(uintptr_t)value);
}

static int
map(uint32_t flags, const void *at, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_map argument = {.argsz = sizeof(argument),
						    .flags = flags,
						    .vaddr = (uintptr_t)at,
						    .iova = iova,
						    .size = size};

	return iommu_call(context, VFIO_IOMMU_MAP_DMA, &argument);
}

static int
unmap(uint32_t flags, uint64_t iova, uint64_t *size)
{
	struct vfio_iommu_type1_dma_unmap argument = {
		.argsz = sizeof(argument), .flags = flags, .iova = iova, .size = *size};
	int error = iommu_call(context, VFIO_IOMMU_UNMAP_DMA, &argument);

	*size = argument.size;
	return error;
}

#define RW  (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)
#define ALL VFIO_DMA_UNMAP_FLAG_ALL

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

static void
choose(void)
{
	ck_assert_int_eq(vfio_ioas(ABI_VFIO_IOAS_SET, &ioas), 0);
}

START_TEST(choosing)
{
	struct abi_vfio_ioas argument = {.reserved = 1};
	uint32_t id = 0, second = new_ioas();

	ck_assert_int_eq(vfio_ioas(ABI_VFIO_IOAS_GET, &id), -ENODEV);
	id = 77;
	ck_assert_int_eq(vfio_ioas(ABI_VFIO_IOAS_SET, &id), -ENOENT);
	choose();
	ck_assert_int_eq(vfio_ioas(ABI_VFIO_IOAS_GET, &id), 0);
	ck_assert_uint_eq(id, ioas);
	ck_assert_int_eq(vfio_ioas(ABI_VFIO_IOAS_SET, &second), 0);
	ck_assert_int_eq(vfio_ioas(ABI_VFIO_IOAS_GET, &id), 0);
	ck_assert_uint_eq(id, second);
	ck_assert_int_eq(vfio_ioas(ABI_VFIO_IOAS_CLEAR, &id), 0);
	ck_assert_int_eq(vfio_ioas(ABI_VFIO_IOAS_CLEAR, &id), 0);
	ck_assert_int_eq(vfio_ioas(ABI_VFIO_IOAS_GET, &id), -ENODEV);
	ck_assert_int_eq(vfio_ioas(3, &id), -EOPNOTSUPP);
	ck_assert_int_eq(CALL(ABI_VFIO_IOAS, &argument), -EOPNOTSUPP);
	/* Destroyed, it is not chosen any more, whoever gets its number. */
	choose();
	ck_assert_int_eq(destroy(ioas), 0);
	ck_assert_uint_eq(new_ioas(), ioas);
	ck_assert_int_eq(vfio_ioas(ABI_VFIO_IOAS_GET, &id), -ENODEV);
	/* Left chosen, it goes with the context. */
	choose();
}
END_TEST

START_TEST(questions)
{
	ck_assert_int_eq(ask(VFIO_GET_API_VERSION, 0), 0);
	ck_assert_int_eq(ask(VFIO_CHECK_EXTENSION, VFIO_TYPE1_IOMMU), 1);
	ck_assert_int_eq(ask(VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU), 1);
	ck_assert_int_eq(ask(VFIO_CHECK_EXTENSION, 9), 1);
	ck_assert_int_eq(ask(VFIO_CHECK_EXTENSION, 6), 0);
	ck_assert_int_eq(ask(VFIO_CHECK_EXTENSION, 8), 0);
	ck_assert_int_eq(ask(VFIO_CHECK_EXTENSION, 12345), 0);
	ck_assert_int_eq(ask(VFIO_CHECK_EXTENSION, VFIO_DMA_CC_IOMMU), -ENODEV);
	ck_assert_int_eq(ask(VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), -ENODEV);
	ck_assert_int_eq(ask(VFIO_SET_IOMMU, 6), -EINVAL);
	choose();
	ck_assert_int_eq(ask(VFIO_CHECK_EXTENSION, VFIO_DMA_CC_IOMMU), 1);
	ck_assert_int_eq(ask(VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), 0);
	ck_assert_int_eq(ask(VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU), 0);
	ck_assert_int_eq(ask(_IO(';', 100 + 4), 0), -ENOTTY);
	ck_assert_int_eq(ask(_IO(';', 100 + 15), 0), -ENOTTY);
	ck_assert_int_eq(ask(_IO(';', 100 + 17), 0), -ENOTTY);
}
END_TEST

START_TEST(mapping)
{
	struct vfio_iommu_type1_dma_map argument = {.argsz = 31};
	struct iommu_device device;
	uint8_t byte;

	ck_assert_int_eq(ask(VFIO_IOMMU_MAP_DMA, 0), -EFAULT);
	ck_assert_int_eq(iommu_call(context, VFIO_IOMMU_MAP_DMA, &argument), -EINVAL);
	ck_assert_int_eq(map(1u << 31, memory, 0, PAGE), -EINVAL);
	ck_assert_int_eq(map(RW, memory, 0, PAGE), -ENODEV);
	choose();
	ck_assert_int_eq(map(RW, memory, 0, PAGE), 0);
	ck_assert_int_eq(map(RW, memory, 0, PAGE), -EEXIST);
	ck_assert_int_eq(map(RW, memory, 0, 0), -EINVAL);
	ck_assert_int_eq(map(VFIO_DMA_MAP_FLAG_READ, memory + PAGE, PAGE, PAGE), 0);
	ck_assert_int_eq(map(VFIO_DMA_MAP_FLAG_WRITE, memory + PAGE, 2 * PAGE, PAGE), 0);
	ck_assert_int_eq(map(0, memory + PAGE, 3 * PAGE, PAGE), 0);
	new_attached(&device, ioas);
	ck_assert_int_eq(iommu_read(&device, 5, &byte, 1), 0);
	ck_assert_uint_eq(byte, 5);
	ck_assert_int_eq(iommu_read(&device, PAGE, &byte, 1), 0);
	ck_assert_int_eq(iommu_write(&device, PAGE, &byte, 1), -EFAULT);
	ck_assert_int_eq(iommu_read(&device, 2 * PAGE, &byte, 1), -EFAULT);
	ck_assert_int_eq(iommu_write(&device, 2 * PAGE, &byte, 1), 0);
	ck_assert_int_eq(iommu_read(&device, 3 * PAGE, &byte, 1), -EFAULT);
	iommu_device_destroy(&device);
}
END_TEST

START_TEST(unmapping)
{
	struct vfio_iommu_type1_dma_unmap argument = {.argsz = 23};
	uint64_t size = PAGE;

	ck_assert_int_eq(iommu_call(context, VFIO_IOMMU_UNMAP_DMA, &argument), -EINVAL);
	ck_assert_int_eq(unmap(1u << 31, 0, &size), -EINVAL);
	ck_assert_int_eq(unmap(VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP, 0, &size), -EINVAL);
	ck_assert_int_eq(unmap(0, 0, &size), -ENODEV);
	choose();
	/* Nothing there is no error here. */
	ck_assert_int_eq(unmap(0, 0, &size), 0);
	ck_assert_uint_eq(size, 0);
	ck_assert_int_eq(unmap(0, 0, &size), -EINVAL);
	size = 2;
	ck_assert_int_eq(unmap(0, UINT64_MAX, &size), -EOVERFLOW);
	ck_assert_int_eq(map(RW, memory, 0, 4 * PAGE), 0);
	ck_assert_int_eq(map(RW, memory, 8 * PAGE, 4 * PAGE), 0);
	size = PAGE;
	ck_assert_int_eq(unmap(0, PAGE, &size), -ENOENT);
	ck_assert_uint_eq(size, 0);
	size = 9 * PAGE;
	ck_assert_int_eq(unmap(0, 0, &size), -ENOENT);
	ck_assert_uint_eq(size, 4 * PAGE);
	size = PAGE;
	ck_assert_int_eq(unmap(ALL, 0, &size), -EINVAL);
	size = 0;
	ck_assert_int_eq(unmap(ALL, PAGE, &size), -EINVAL);
	ck_assert_int_eq(unmap(ALL, 0, &size), 0);
	ck_assert_uint_eq(size, 4 * PAGE);
}
END_TEST

/* The first version cuts mappings. */
START_TEST(cutting)
{
	struct iommu_device device;
	uint64_t size = PAGE;
	uint8_t byte;

	choose();
	ck_assert_int_eq(ask(VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU), 0);
	new_attached(&device, ioas);
	ck_assert_int_eq(map(RW, memory, 0, 8 * PAGE), 0);
	ck_assert_int_eq(unmap(0, 3 * PAGE, &size), 0);
	ck_assert_uint_eq(size, PAGE);
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_int_eq(iommu_read(&device, i * PAGE + 1, &byte, 1), i == 3 ? -EFAULT : 0);
		if (i != 3)
			ck_assert_uint_eq(byte, i + 1);
	}
	size = PAGE;
	ck_assert_int_eq(unmap(0, 0, &size), 0);
	ck_assert_uint_eq(size, PAGE);
	size = 5;
	ck_assert_int_eq(unmap(0, 5 * PAGE, &size), -EINVAL);
	size = 0;
	ck_assert_int_eq(unmap(ALL, 0, &size), 0);
	ck_assert_uint_eq(size, 6 * PAGE);
	iommu_device_destroy(&device);
}
END_TEST

START_TEST(info)
{
	struct {
		uint32_t argsz, flags;
		uint64_t page_sizes;
		uint32_t cap_offset, pad;
		uint8_t caps[128];
	} answer, untouched;
	struct iommu_device device;
	/* The two capabilities as the kernel lays them out, from include/uapi/linux/vfio.h. */
	static const struct {
		uint16_t avail_id, avail_version;
		uint32_t avail_next, avail, pad;
		uint16_t ranges_id, ranges_version;
		uint32_t ranges_next, ranges, pad2;
		uint64_t range[4];
	} expected = {3,
		      1,
		      40,
		      UINT32_MAX,
		      0,
		      1,
		      1,
		      0,
		      2,
		      0,
		      {0, 0xfedfffff, 0xfef00000, 0xffffffffffff}};
	static const struct {
		uint32_t argsz, written;
	} sizes[] = {{16, 16}, {20, 20}, {24, 24}, {39, 24},
		     {40, 40}, {87, 40}, {88, 88}, {152, 88}};

	memset(&untouched, 0x5a, sizeof(untouched));
	answer.argsz = 15;
	ck_assert_int_eq(iommu_call(context, VFIO_IOMMU_GET_INFO, &answer), -EINVAL);
	answer.argsz = 16;
	ck_assert_int_eq(iommu_call(context, VFIO_IOMMU_GET_INFO, &answer), -ENODEV);
	choose();
	new_attached(&device, ioas);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		bool all = sizes[i].argsz >= 88;

		answer = untouched;
		answer.argsz = sizes[i].argsz;
		ck_assert_int_eq(iommu_call(context, VFIO_IOMMU_GET_INFO, &answer), 0);
		ck_assert_uint_eq(answer.argsz, 88);
		ck_assert_uint_eq(answer.flags, 3);
		ck_assert_uint_eq(answer.page_sizes, ~UINT64_C(4095));
		if (sizes[i].argsz >= 20)
			ck_assert_uint_eq(answer.cap_offset, all ? 24 : 0);
		ck_assert_mem_eq((uint8_t *)&answer + sizes[i].written,
				 (uint8_t *)&untouched + sizes[i].written,
				 sizeof(answer) - sizes[i].written);
		if (sizes[i].written > 24)
			ck_assert_mem_eq(answer.caps, &expected, sizes[i].written - 24);
	}
	iommu_device_destroy(&device);
}
END_TEST

Suite *
iommu_compat_suite(void)
{
	Suite *suite = suite_create("iommu_compat");
	TCase *tcase = tcase_create("compat");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, choosing);
	tcase_add_test(tcase, questions);
	tcase_add_test(tcase, mapping);
	tcase_add_test(tcase, unmapping);
	tcase_add_test(tcase, cutting);
	tcase_add_test(tcase, info);
	suite_add_tcase(suite, tcase);
	return suite;
}
