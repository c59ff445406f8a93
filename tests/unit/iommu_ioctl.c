/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and sizes of iommufd's ioctls. Rules: drivers/iommu/iommufd/main.c, as of Linux 7.2. */
#include "iommu_client.h"
#include "unit.h"

#include <linux/vfio.h>
#include <sys/mman.h>

/* From include/uapi/linux/iommufd.h: number, least and full size. */
static const struct {
	unsigned number, least, size;
} ladder[] = {
	{0x80, 8, 8},   {0x81, 12, 12}, {0x82, 24, 24}, {0x83, 40, 40}, {0x84, 32, 32},
	{0x85, 40, 40}, {0x86, 24, 24}, {0x87, 24, 24}, {0x88, 12, 12}, {0x89, 24, 48},
	{0x8a, 32, 40}, {0x8b, 16, 16}, {0x8c, 48, 48}, {0x8d, 32, 32}, {0x8e, 16, 16},
	{0x8f, 40, 40}, {0x90, 24, 40}, {0x91, 24, 24}, {0x92, 8, 8},   {0x93, 28, 32},
	{0x94, 40, 40},
};

#define ROWS (int)(sizeof(ladder) / sizeof(*ladder))

static unsigned
command(int i)
{
	return _IO(';', ladder[i].number);
}

START_TEST(sizes)
{
	uint8_t exact[64] = {0}, longer[64] = {0};
	uint32_t size = ladder[_i].least - 1;
	int result;

	ck_assert_int_eq(iommu_call(context, command(_i), NULL), -EFAULT);
	memcpy(exact, &size, 4);
	ck_assert_int_eq(iommu_call(context, command(_i), exact), -EINVAL);
	size = 0;
	memcpy(exact, &size, 4);
	ck_assert_int_eq(iommu_call(context, command(_i), exact), -EINVAL);
	/* One byte more than is known. */
	size = ladder[_i].size + 1;
	memcpy(longer, &size, 4);
	longer[ladder[_i].size] = 1;
	ck_assert_int_eq(iommu_call(context, command(_i), longer), -E2BIG);
	longer[ladder[_i].size] = 0;
	size = ladder[_i].size;
	memcpy(exact, &size, 4);
	result = iommu_call(context, command(_i), exact);
	iommu_teardown();
	iommu_setup();
	ck_assert_int_eq(iommu_call(context, command(_i), longer), result);
	ck_assert_int_ne(result, -E2BIG);
	ck_assert_int_ne(result, -ENOTTY);
	/* The least is enough. */
	size = ladder[_i].least;
	memset(exact, 0, sizeof(exact));
	memcpy(exact, &size, 4);
	iommu_teardown();
	iommu_setup();
	ck_assert_int_eq(iommu_call(context, command(_i), exact), result);
}
END_TEST

START_TEST(other_directions_are_unknown)
{
	uint8_t argument[64] = {64};

	ck_assert_int_eq(iommu_call(context, _IOWR(';', ladder[_i].number, uint64_t), argument),
			 -ENOTTY);
	ck_assert_int_eq(iommu_call(context, _IO('<', ladder[_i].number), argument), -ENOTTY);
	/* The size is read before that is found out. */
	ck_assert_int_eq(iommu_call(context, _IO('<', ladder[_i].number), NULL), -EFAULT);
}
END_TEST

START_TEST(unknown_numbers)
{
	static const unsigned unknown[] = {0, 0x63, 0x6a, 0x6e, 0x7f, 0x95, 0xa0, 0xff};
	uint8_t argument[64] = {64};

	for (unsigned i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		ck_assert_int_eq(iommu_call(context, _IO(';', unknown[i]), argument), -ENOTTY);
		ck_assert_int_eq(iommu_call(context, _IO(';', unknown[i]), NULL), -ENOTTY);
	}
}
END_TEST

/* A struct at the end of memory is answered as any other; one that reaches beyond is not there. */
START_TEST(end_of_memory)
{
	uint8_t *pages = new_pages(2), *end = pages + PAGE;
	struct abi_ioas_alloc *alloc = (void *)(end - sizeof(*alloc));
	struct abi_destroy *argument = (void *)(end - sizeof(*argument));
	struct abi_hw_info *info = (void *)(end - 32);
	uint32_t *size = (void *)(end - 4);

	munmap(end, PAGE);
	memset(pages, 0, PAGE);
	ck_assert_int_eq(CALL(ABI_IOAS_ALLOC, alloc), 0);
	ck_assert_uint_eq(alloc->out_ioas_id, 1);
	argument->id = 1;
	ck_assert_int_eq(CALL(ABI_DESTROY, argument), 0);
	memset(pages, 0, PAGE);
	info->size = 32;
	info->dev_id = 1;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_GET_HW_INFO), info), -ENOENT);
	memset(pages, 0, PAGE);
	*size = 8;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_DESTROY), size), -EFAULT);
	*size = 7;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_DESTROY), size), -EINVAL);
	/* A tail that ends too early, after nothing but zeros and after something. */
	argument->size = 100;
	argument->id = 5;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_DESTROY), argument), -EFAULT);
	argument = (void *)(end - 16);
	argument->size = 100;
	argument->id = 5;
	memset(argument + 1, 0, 8);
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_DESTROY), argument), -EFAULT);
	((uint8_t *)(argument + 1))[7] = 1;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_DESTROY), argument), -E2BIG);
	munmap(pages, PAGE);
}
END_TEST

START_TEST(long_tails)
{
	size_t length = 3 << 20;
	uint8_t *memory = mmap(NULL, length + PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct abi_destroy *argument = (void *)memory;

	munmap(memory + length, PAGE);
	argument->id = 77;
	argument->size = (uint32_t)length;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_DESTROY), memory), -ENOENT);
	memory[length - 1] = 1;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_DESTROY), memory), -E2BIG);
	argument->size = (uint32_t)length - 1;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_DESTROY), memory), -ENOENT);
	argument->size = (uint32_t)length + 4096;
	memory[length - 1] = 0;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_DESTROY), memory), -EFAULT);
	munmap(memory, length);
}
END_TEST

/* Of a short struct no more comes back than there is. */
START_TEST(answers_fit)
{
	struct abi_hw_info info;
	struct iommu_device device;

	new_device(&device);
	memset(&info, 0x5a, sizeof(info));
	info = (struct abi_hw_info){
		.size = 32, .dev_id = device.id, .out_capabilities = 0x5a5a5a5a5a5a5a5a};
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_GET_HW_INFO), &info), 0);
	ck_assert_uint_eq(info.out_capabilities, 0x5a5a5a5a5a5a5a5a);
	info.size = 36;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_GET_HW_INFO), &info), 0);
	ck_assert_uint_eq(info.out_capabilities, 0x5a5a5a5a00000001);
	info.size = 40;
	ck_assert_int_eq(iommu_call(context, _IO(';', ABI_GET_HW_INFO), &info), 0);
	ck_assert_uint_eq(info.out_capabilities, 1);
	iommu_device_destroy(&device);
}
END_TEST

/* What the hardware that we simulate doesn't have. */
START_TEST(no_nesting_no_queues)
{
	struct abi_fault_queue_alloc fault = {.flags = 1};
	struct abi_viommu_alloc viommu = {.type = 1, .dev_id = 1};
	struct abi_vdevice_alloc vdevice = {.viommu_id = 1};
	struct abi_veventq_alloc veventq = {.type = 1, .depth = 1};
	struct abi_hw_queue_alloc queue = {.type = 1, .length = 1};
	struct iommu_device device;

	new_device(&device);
	ck_assert_int_eq(CALL(ABI_FAULT_QUEUE_ALLOC, &fault), -EOPNOTSUPP);
	fault.flags = 0;
	ck_assert_int_eq(CALL(ABI_FAULT_QUEUE_ALLOC, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(CALL(ABI_VIOMMU_ALLOC, &viommu), -EOPNOTSUPP);
	viommu.dev_id = 9;
	ck_assert_int_eq(CALL(ABI_VIOMMU_ALLOC, &viommu), -ENOENT);
	viommu.type = 0;
	ck_assert_int_eq(CALL(ABI_VIOMMU_ALLOC, &viommu), -EOPNOTSUPP);
	ck_assert_int_eq(CALL(ABI_VDEVICE_ALLOC, &vdevice), -ENOENT);
	ck_assert_int_eq(CALL(ABI_VEVENTQ_ALLOC, &veventq), -ENOENT);
	veventq.depth = 0;
	ck_assert_int_eq(CALL(ABI_VEVENTQ_ALLOC, &veventq), -EINVAL);
	veventq.type = 0;
	ck_assert_int_eq(CALL(ABI_VEVENTQ_ALLOC, &veventq), -EOPNOTSUPP);
	ck_assert_int_eq(CALL(ABI_HW_QUEUE_ALLOC, &queue), -ENOENT);
	queue.base = UINT64_MAX;
	queue.length = 2;
	ck_assert_int_eq(CALL(ABI_HW_QUEUE_ALLOC, &queue), -EOVERFLOW);
	queue.length = 0;
	ck_assert_int_eq(CALL(ABI_HW_QUEUE_ALLOC, &queue), -EINVAL);
	iommu_device_destroy(&device);
}
END_TEST

Suite *
iommu_ioctl_suite(void)
{
	Suite *suite = suite_create("iommu_ioctl");
	TCase *tcase = tcase_create("ioctl");

	tcase_add_checked_fixture(tcase, iommu_setup, iommu_teardown);
	tcase_add_loop_test(tcase, sizes, 0, ROWS);
	tcase_add_loop_test(tcase, other_directions_are_unknown, 0, ROWS);
	tcase_add_test(tcase, unknown_numbers);
	tcase_add_test(tcase, end_of_memory);
	tcase_add_test(tcase, long_tails);
	tcase_add_test(tcase, answers_fit);
	tcase_add_test(tcase, no_nesting_no_queues);
	suite_add_tcase(suite, tcase);
	return suite;
}
