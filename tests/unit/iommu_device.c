/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices and page tables: binding, attaching, what may be destroyed when. Rules:
 * drivers/iommu/iommufd/device.c and hw_pagetable.c, as of Linux 7.2.
 */
#include "iommu_client.h"
#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

static uint32_t ioas;
static struct iommu_device device, other;

static void
setup(void)
{
	iommu_setup();
	new_device(&device);
	new_device(&other);
	ioas = new_ioas();
}

static void
teardown(void)
{
	iommu_device_destroy(&device);
	iommu_device_destroy(&other);
	iommu_teardown();
}

static int
attach(struct iommu_device *which, uint32_t id, uint32_t *result)
{
	*result = id;
	return iommu_attach(which, result);
}

static int
alloc(uint32_t flags, uint32_t dev, uint32_t pt, uint32_t *id)
{
	struct abi_hwpt_alloc argument = {.flags = flags, .dev_id = dev, .pt_id = pt};
	int error = CALL(ABI_HWPT_ALLOC, &argument);

	*id = argument.out_hwpt_id;
	return error;
}

START_TEST(binding)
{
	ck_assert_uint_eq(device.id, 1);
	ck_assert_uint_eq(other.id, 2);
	ck_assert_int_eq(iommu_bind(&device, context), -EINVAL);
	ck_assert_int_eq(destroy(device.id), -EBUSY);
	iommu_unbind(&device);
	ck_assert_uint_eq(device.id, 0);
	ck_assert_int_eq(destroy(1), -ENOENT);
	iommu_unbind(&device);
	ck_assert_int_eq(iommu_bind(&device, context), 0);
	ck_assert_uint_eq(device.id, 1);
}
END_TEST

START_TEST(attach_to_address_space)
{
	uint32_t id;

	ck_assert_int_eq(attach(&device, 77, &id), -ENOENT);
	ck_assert_int_eq(attach(&device, UINT32_MAX, &id), -ENOENT);
	ck_assert_int_eq(attach(&device, other.id, &id), -EINVAL);
	ck_assert_int_eq(attach(&device, ioas, &id), 0);
	ck_assert_uint_eq(id, 4);
	/* The same page table serves the other device, and is still there when one of them leaves. */
	ck_assert_int_eq(attach(&other, ioas, &id), 0);
	ck_assert_uint_eq(id, 4);
	ck_assert_int_eq(destroy(4), -EBUSY);
	ck_assert_int_eq(destroy(ioas), -EBUSY);
	iommu_detach(&device);
	ck_assert_int_eq(destroy(4), -EBUSY);
	iommu_detach(&other);
	ck_assert_int_eq(destroy(4), -ENOENT);
	ck_assert_int_eq(destroy(ioas), 0);
	iommu_detach(&other);
}
END_TEST

START_TEST(attach_again)
{
	uint32_t id, second = new_ioas();

	ck_assert_int_eq(attach(&device, ioas, &id), 0);
	ck_assert_uint_eq(id, 5);
	ck_assert_int_eq(attach(&device, ioas, &id), 0);
	ck_assert_uint_eq(id, 5);
	ck_assert_int_eq(attach(&device, 5, &id), 0);
	ck_assert_uint_eq(id, 5);
	/* Another one takes its place; a failure leaves it. */
	ck_assert_int_eq(attach(&device, second, &id), 0);
	ck_assert_uint_eq(id, 6);
	ck_assert_int_eq(destroy(5), -ENOENT);
	ck_assert_int_eq(destroy(ioas), 0);
	ck_assert_int_eq(attach(&device, 77, &id), -ENOENT);
	ck_assert_int_eq(destroy(second), -EBUSY);
	iommu_unbind(&device);
	ck_assert_int_eq(destroy(6), -ENOENT);
	ck_assert_int_eq(destroy(second), 0);
}
END_TEST

START_TEST(page_tables)
{
	uint32_t id, used;

	ck_assert_int_eq(alloc(0, device.id, ioas, &id), 0);
	ck_assert_uint_eq(id, 4);
	ck_assert_int_eq(destroy(ioas), -EBUSY);
	ck_assert_int_eq(attach(&device, id, &used), 0);
	ck_assert_uint_eq(used, id);
	ck_assert_int_eq(destroy(id), -EBUSY);
	/* It is not taken where one is made automatically, and doesn't go with its last user. */
	ck_assert_int_eq(attach(&other, ioas, &used), 0);
	ck_assert_uint_eq(used, 5);
	iommu_detach(&device);
	iommu_detach(&other);
	ck_assert_int_eq(destroy(5), -ENOENT);
	ck_assert_int_eq(destroy(id), 0);
	ck_assert_int_eq(destroy(ioas), 0);
}
END_TEST

START_TEST(alloc_errors)
{
	struct abi_hwpt_alloc argument = {.dev_id = device.id, .pt_id = ioas};
	uint32_t id, dev = device.id;

	argument.reserved = 1;
	ck_assert_int_eq(CALL(ABI_HWPT_ALLOC, &argument), -EOPNOTSUPP);
	argument.reserved = 0;
	argument.data_len = 1;
	ck_assert_int_eq(CALL(ABI_HWPT_ALLOC, &argument), -EINVAL);
	argument.data_type = 1;
	ck_assert_int_eq(CALL(ABI_HWPT_ALLOC, &argument), -EOPNOTSUPP);
	argument.data_len = 0;
	ck_assert_int_eq(CALL(ABI_HWPT_ALLOC, &argument), -EINVAL);
	ck_assert_int_eq(alloc(0, 77, ioas, &id), -ENOENT);
	ck_assert_int_eq(alloc(0, ioas, ioas, &id), -ENOENT);
	ck_assert_int_eq(alloc(0, dev, 77, &id), -EINVAL);
	ck_assert_int_eq(alloc(0, dev, other.id, &id), -EINVAL);
	ck_assert_int_eq(alloc(ABI_HWPT_NEST_PARENT, dev, ioas, &id), -EOPNOTSUPP);
	ck_assert_int_eq(alloc(ABI_HWPT_PASID, dev, ioas, &id), -EOPNOTSUPP);
	ck_assert_int_eq(alloc(16, dev, ioas, &id), -EOPNOTSUPP);
	ck_assert_int_eq(alloc(ABI_HWPT_FAULT_ID_VALID, dev, ioas, &id), -ENOENT);
	ck_assert_int_eq(alloc(ABI_HWPT_DIRTY_TRACKING, dev, ioas, &id), 0);
	/* A table of a guest's own. */
	ck_assert_int_eq(alloc(0, dev, id, &id), -EOPNOTSUPP);
}
END_TEST

START_TEST(hardware_info)
{
	uint8_t buffer[100];
	struct abi_hw_info info = {
		.dev_id = device.id, .data_len = 60, .data = (uintptr_t)buffer, .data_type = 9};

	memset(buffer, 0x77, sizeof(buffer));
	ck_assert_int_eq(CALL(ABI_GET_HW_INFO, &info), 0);
	ck_assert_uint_eq(info.data_type, 0);
	ck_assert_uint_eq(info.data_len, 0);
	ck_assert_uint_eq(info.out_max_pasid_log2, 0);
	ck_assert_uint_eq(info.out_capabilities, 1);
	for (unsigned i = 0; i < 60; i++)
		ck_assert_uint_eq(buffer[i], 0);
	ck_assert_uint_eq(buffer[60], 0x77);
	info = (struct abi_hw_info){.dev_id = device.id, .data_len = 1};
	ck_assert_int_eq(CALL(ABI_GET_HW_INFO, &info), -EFAULT);
	info = (struct abi_hw_info){.dev_id = device.id, .flags = 1, .data_type = 9};
	ck_assert_int_eq(CALL(ABI_GET_HW_INFO, &info), 0);
	info = (struct abi_hw_info){.dev_id = device.id, .flags = 2};
	ck_assert_int_eq(CALL(ABI_GET_HW_INFO, &info), -EOPNOTSUPP);
	info = (struct abi_hw_info){.dev_id = device.id, .reserved = {0, 1, 0}};
	ck_assert_int_eq(CALL(ABI_GET_HW_INFO, &info), -EOPNOTSUPP);
	info = (struct abi_hw_info){.dev_id = ioas};
	ck_assert_int_eq(CALL(ABI_GET_HW_INFO, &info), -ENOENT);
}
END_TEST

START_TEST(invalidate)
{
	struct abi_hwpt_invalidate argument = {.hwpt_id = ioas, .entry_num = 3};

	ck_assert_int_eq(CALL(ABI_HWPT_INVALIDATE, &argument), -EINVAL);
	ck_assert_uint_eq(argument.entry_num, 0);
	ck_assert_int_eq(CALL(ABI_HWPT_INVALIDATE, &argument), -EINVAL);
	argument = (struct abi_hwpt_invalidate){.hwpt_id = 77};
	ck_assert_int_eq(CALL(ABI_HWPT_INVALIDATE, &argument), -ENOENT);
	argument = (struct abi_hwpt_invalidate){.hwpt_id = ioas, .reserved = 1, .entry_num = 3};
	ck_assert_int_eq(CALL(ABI_HWPT_INVALIDATE, &argument), -EOPNOTSUPP);
	ck_assert_uint_eq(argument.entry_num, 0);
}
END_TEST

/* Mappings that hardware can't have. */
START_TEST(unfit_mappings)
{
	uint8_t *memory = new_pages(1);
	static const struct {
		uint64_t iova, length, offset;
		int error;
	} cases[] = {
		{0x1001, 0xfff, 0, -EADDRINUSE},
		{0x1000, 0xfff, 0, -EADDRINUSE},
		{UINT64_C(1) << 48, 0x1000, 0, -EADDRINUSE},
		{0xfee10000, 0x1000, 0, -EADDRINUSE},
		{0xfedff000, 0x1000, 0, 0},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t length = UINT64_MAX;
		uint32_t id;

		map_fixed(ioas, memory, cases[i].length, cases[i].iova, R);
		ck_assert_int_eq(attach(&device, ioas, &id), cases[i].error);
		ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
		/* No trace of the attempt. */
		iommu_detach(&device);
		ck_assert_int_eq(destroy(4), -ENOENT);
	}
	free_pages(memory, 1);
}
END_TEST

START_TEST(unfit_memory)
{
	uint32_t id;

	map_fixed(ioas, NULL, PAGE, 0, R);
	ck_assert_int_eq(attach(&device, ioas, &id), -EFAULT);
	ck_assert_int_eq(alloc(0, device.id, ioas, &id), -EFAULT);
}
END_TEST

/* The context is there as long as a device is bound to it. */
START_TEST(devices_outlive_the_file)
{
	struct iommu_context *file = iommu_context_new(5);
	struct abi_ioas_alloc argument = {.size = sizeof(argument)};
	struct abi_map map = {.size = sizeof(map), .flags = R | FIXED, .length = PAGE};
	uint8_t *memory = new_pages(1), byte = 0;
	struct iommu_device third;
	uint32_t id;

	ck_assert_int_eq(iommu_device_init(&third), 0);
	ck_assert_int_eq(iommu_bind(&third, file), 0);
	ck_assert_int_eq(iommu_call(file, _IO(';', ABI_IOAS_ALLOC), &argument), 0);
	map.ioas_id = id = argument.out_ioas_id;
	map.user_va = (uintptr_t)memory;
	ck_assert_int_eq(iommu_call(file, _IO(';', ABI_MAP), &map), 0);
	iommu_context_put(file);
	ck_assert_int_eq(iommu_attach(&third, &id), 0);
	memory[5] = 0x91;
	ck_assert_int_eq(iommu_read(&third, 5, &byte, 1), 0);
	ck_assert_uint_eq(byte, 0x91);
	iommu_device_destroy(&third);
	free_pages(memory, 1);
}
END_TEST

Suite *
iommu_device_suite(void)
{
	Suite *suite = suite_create("iommu_device");
	TCase *tcase = tcase_create("device");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, binding);
	tcase_add_test(tcase, attach_to_address_space);
	tcase_add_test(tcase, attach_again);
	tcase_add_test(tcase, page_tables);
	tcase_add_test(tcase, alloc_errors);
	tcase_add_test(tcase, hardware_info);
	tcase_add_test(tcase, invalidate);
	tcase_add_test(tcase, unfit_mappings);
	tcase_add_test(tcase, unfit_memory);
	tcase_add_test(tcase, devices_outlive_the_file);
	suite_add_tcase(suite, tcase);
	return suite;
}
