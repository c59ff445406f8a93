/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_GET_REGION_INFO: every index, sizes of the argument, the type capability. */
#include <string.h>
#include <sys/ioctl.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define CANARY     0x5a

#define READ_WRITE (VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE)

/* With a type capability: what vfio-pci gives for device-specific regions. */
#define WITH_TYPE 48u

static const struct {
	uint32_t index;
	uint64_t size;
	uint32_t flags;
} standard[] = {
	{BAR0, EDU_BAR_SIZE, READ_WRITE},
	{BAR1, 0, 0},
	{BAR2, 0, 0},
	{BAR3, 0, 0},
	{BAR4, 0, 0},
	{BAR5, 0, 0},
	{ROM, 0, 0},
	{CONFIG, 256, READ_WRITE},
};

START_TEST(standard_regions)
{
	int fd = node_open(SERVED_NODE);
	/* Without capabilities argsz and cap_offset come back as they were. */
	struct vfio_region_info info = {.argsz = 77,
					.flags = 0xffffffff,
					.index = standard[_i].index,
					.cap_offset = 0xabcd};

	assert_returns(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info), 0);
	ck_assert_uint_eq(info.argsz, 77);
	ck_assert_uint_eq(info.cap_offset, 0xabcd);
	ck_assert_uint_eq(info.index, standard[_i].index);
	ck_assert_uint_eq(info.size, standard[_i].size);
	ck_assert_uint_eq(info.flags, standard[_i].flags);
	ck_assert_uint_eq(info.offset, (uint64_t)standard[_i].index << 40);
}
END_TEST

START_TEST(no_such_region)
{
	static const uint32_t absent[] = {VGA,        FIRST_SPECIFIC + 1, 16,
					  0x7fffffff, 0x80000000,         0xffffffff};
	int fd = node_open(SERVED_NODE);

	for (unsigned i = 0; i < sizeof(absent) / sizeof(*absent); i++) {
		struct vfio_region_info info = {.argsz = sizeof(info), .index = absent[i]};
		struct vfio_region_info before = info;

		assert_fails(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info), EINVAL);
		ck_assert_mem_eq(&info, &before, sizeof(info));
	}
}
END_TEST

START_TEST(size_too_small)
{
	int fd = node_open(SERVED_NODE);

	for (uint32_t argsz = 0; argsz < 32; argsz++) {
		struct vfio_region_info info = {.argsz = argsz};

		assert_fails(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info), EINVAL);
	}
}
END_TEST

START_TEST(type_capability_grows)
{
	static const uint32_t steps[] = {32, 33, 40, 47, 48, 49, 64, 4096, 0xffffffff};
	uint32_t argsz = steps[_i];
	bool fits = argsz >= WITH_TYPE;
	int fd = node_open(SERVED_NODE);
	uint8_t buffer[128];
	struct vfio_region_info info = {.argsz = argsz, .index = EDU_MEMORY, .cap_offset = 0xabcd};
	struct vfio_region_info_cap_type type;

	memset(buffer, CANARY, sizeof(buffer));
	memcpy(buffer, &info, sizeof(info));
	assert_returns(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, buffer), 0);
	memcpy(&info, buffer, sizeof(info));
	ck_assert_uint_eq(info.flags, READ_WRITE | VFIO_REGION_INFO_FLAG_CAPS);
	ck_assert_uint_eq(info.size, EDU_MEMORY_SIZE);
	ck_assert_uint_eq(info.offset, (uint64_t)EDU_MEMORY << 40);
	ck_assert_uint_eq(info.argsz, fits ? argsz : WITH_TYPE);
	ck_assert_uint_eq(info.cap_offset, fits ? 32 : 0);
	for (size_t i = fits ? WITH_TYPE : 32; i < sizeof(buffer); i++)
		ck_assert_msg(buffer[i] == CANARY, "byte %zu was written", i);
	if (!fits)
		return;
	memcpy(&type, buffer + 32, sizeof(type));
	ck_assert_uint_eq(type.header.id, VFIO_REGION_INFO_CAP_TYPE);
	ck_assert_uint_eq(type.header.version, 1);
	ck_assert_uint_eq(type.header.next, 0);
	ck_assert_uint_eq(type.type, 0x80001234);
	ck_assert_uint_eq(type.subtype, 1);
}
END_TEST

START_TEST(at_page_end)
{
	int fd = node_open(SERVED_NODE);
	uint8_t *end = page_end();
	struct vfio_region_info *info = (struct vfio_region_info *)(void *)(end - sizeof(*info));

	info->argsz = sizeof(*info);
	info->index = EDU_MEMORY;
	assert_returns(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info), 0);
	ck_assert_uint_eq(info->argsz, WITH_TYPE);
	/* Now the chain fits into argsz but not into the memory that is there. */
	assert_fails(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info), EFAULT);
	info->argsz = 4096;
	info->index = BAR0;
	assert_returns(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info), 0);
	assert_fails(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, end - 31), EFAULT);
	assert_fails(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, end), EFAULT);
}
END_TEST

Suite *
region_info_suite(void)
{
	Suite *suite = suite_create("region-info");
	TCase *edu = served_case("edu", serve_edu, 60);

	tcase_add_loop_test(edu, standard_regions, 0, sizeof(standard) / sizeof(*standard));
	tcase_add_test(edu, no_such_region);
	tcase_add_test(edu, size_too_small);
	tcase_add_loop_test(edu, type_capability_grows, 0, 9);
	tcase_add_test(edu, at_page_end);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
