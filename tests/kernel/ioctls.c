/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What isn't answered: bad pointers, other ioctls, features, mmap. */
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

START_TEST(bad_pointers)
{
	static const unsigned long with_argument[] = {
		VFIO_DEVICE_GET_INFO, VFIO_DEVICE_GET_REGION_INFO, VFIO_DEVICE_GET_IRQ_INFO,
		VFIO_DEVICE_SET_IRQS, VFIO_DEVICE_FEATURE,
	};
	int fd = node_open(SERVED_NODE);
	uint8_t *nothing = page_end();
	const struct device_info *read_only;

	for (unsigned i = 0; i < sizeof(with_argument) / sizeof(*with_argument); i++) {
		assert_fails(ioctl(fd, with_argument[i], NULL), EFAULT);
		assert_fails(ioctl(fd, with_argument[i], nothing), EFAULT);
		assert_fails(ioctl(fd, with_argument[i], (void *)-4096L), EFAULT);
		assert_fails(ioctl(fd, with_argument[i], (void *)(1L << 62)), EFAULT);
	}
	/* Can be read, can't be written. */
	read_only =
		mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*(uint32_t *)(uintptr_t)read_only = 24;
	ck_assert_int_eq(mprotect((void *)(uintptr_t)read_only, page_size(), PROT_READ), 0);
	assert_fails(ioctl(fd, VFIO_DEVICE_GET_INFO, read_only), EFAULT);
}
END_TEST

START_TEST(other_vfio_ioctls)
{
	unsigned number = (unsigned)_i;
	int fd = node_open(SERVED_NODE);
	uint8_t argument[4096];

	if (number >= 107 && number <= 113) /* GET_INFO .. PCI_HOT_RESET */
		return;
	if (number >= 116 && number <= 120) /* IOEVENTFD, FEATURE, BIND_IOMMUFD .. DETACH_IOMMUFD_PT */
		return;
	memset(argument, 0, sizeof(argument));
	assert_fails(ioctl(fd, _IO(VFIO_TYPE, number), argument), ENOTTY);
	assert_fails(ioctl(fd, _IO(VFIO_TYPE, number), NULL), ENOTTY);
}
END_TEST

START_TEST(other_types)
{
	int fd = node_open(SERVED_NODE);
	uint8_t argument[4096] = {0};

	assert_fails(ioctl(fd, TCGETS, argument), ENOTTY);
	assert_fails(ioctl(fd, TIOCGWINSZ, argument), ENOTTY);
	assert_fails(ioctl(fd, _IO('<', 107), argument), ENOTTY);
	assert_fails(ioctl(fd, _IO(0, 0), argument), ENOTTY);
	/* For a file the kernel fetches as much as the number says by itself: here too much. */
	assert_fails(ioctl(fd, 0x7fffffff, argument), daemon_carrier_is_fuse() ? EFAULT : ENOTTY);
	assert_fails(ioctl(fd, 0xffffffff, argument), daemon_carrier_is_fuse() ? EFAULT : ENOTTY);
	/* The number of GET_INFO with a size or a direction in it is another one. */
	assert_fails(ioctl(fd, _IOR(VFIO_TYPE, 107, uint32_t), argument), ENOTTY);
	assert_fails(ioctl(fd, _IOW(VFIO_TYPE, 107, uint32_t), argument), ENOTTY);
	assert_fails(ioctl(fd, _IOWR(VFIO_TYPE, 107, uint8_t[256]), argument), ENOTTY);
}
END_TEST

START_TEST(answers_of_the_kernel)
{
	int fd = node_open(SERVED_NODE), on = 1;

	assert_returns(ioctl(fd, FIOCLEX), 0);
	assert_returns(ioctl(fd, FIONBIO, &on), 0);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	assert_fails(ftruncate(fd, 4096), EINVAL);
}
END_TEST

/* CUSE has no mmap, and no region says that it had. */
START_TEST(no_mmap)
{
	int fd = node_open(SERVED_NODE);

	for (unsigned i = 0; i <= CONFIG; i++)
		ck_assert_uint_eq(node_region(fd, i).info.flags & VFIO_REGION_INFO_FLAG_MMAP, 0);
	ck_assert_ptr_eq(mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, AT(BAR0, 0)),
			 MAP_FAILED);
	ck_assert_int_eq(errno, ENODEV);
}
END_TEST

START_TEST(reset_takes_any_argument)
{
	int fd = node_open(SERVED_NODE);

	node_put(fd, BAR0, EDU_LIVENESS, 4, 0x12345678);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_LIVENESS, 4), 0xedcba987);
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET, page_end()), 0);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_LIVENESS, 4), 0);
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET), 0);
}
END_TEST

#define GET   VFIO_DEVICE_FEATURE_GET
#define SET   VFIO_DEVICE_FEATURE_SET
#define PROBE VFIO_DEVICE_FEATURE_PROBE

static const struct {
	uint32_t argsz, flags;
	int error;
} features[] = {
	{0, GET, EINVAL},
	{7, GET, EINVAL},
	{8, 0, ENOTTY},
	{8, 1u << 19 | GET, EINVAL},
	{8, 1u << 31 | PROBE, EINVAL},
	{24, GET | SET, EINVAL},
	{24, GET | SET | PROBE, ENOTTY},
	{24, GET, ENOTTY},
	{24, SET, ENOTTY},
	{24, PROBE, ENOTTY},
	{24, GET | VFIO_DEVICE_FEATURE_MIGRATION, ENOTTY},
	{24, PROBE | SET | VFIO_DEVICE_FEATURE_MIGRATION, ENOTTY},
	{8, GET | VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, EINVAL},
	{8, VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, EINVAL},
	{8, GET | PROBE | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, EINVAL},
	{15, SET | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP, EINVAL},
	{24, GET | 0xffff, ENOTTY},
	{0xffffffff, PROBE | 0x1234, ENOTTY},
};

START_TEST(feature_checks)
{
	int fd = node_open(SERVED_NODE);
	struct {
		uint32_t argsz, flags;
		uint8_t data[16];
	} feature = {.argsz = features[_i].argsz, .flags = features[_i].flags};
	uint8_t *end = page_end();

	assert_fails(ioctl(fd, VFIO_DEVICE_FEATURE, &feature), features[_i].error);
	/* Only the header is looked at. */
	memcpy(end - 8, &feature, 8);
	assert_fails(ioctl(fd, VFIO_DEVICE_FEATURE, end - 8), features[_i].error);
	assert_fails(ioctl(fd, VFIO_DEVICE_FEATURE, end - 7), EFAULT);
}
END_TEST

static int
set_feature(int fd, uint32_t feature, int32_t event)
{
	struct {
		uint32_t argsz, flags;
		int32_t event;
		uint32_t reserved;
	} set = {.argsz = sizeof(set), .flags = SET | feature, .event = event};

	return ioctl(fd, VFIO_DEVICE_FEATURE, &set);
}

/* Entering twice is refused; leaving never is; accesses work all the time (vfio_pci_core.c). */
START_TEST(low_power)
{
	int fd = node_open(SERVED_NODE), event = eventfd(0, EFD_CLOEXEC), pipes[2];

	assert_returns(set_feature(fd, VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, 0), 0);
	assert_returns(set_feature(fd, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, 0), 0);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	assert_fails(set_feature(fd, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, 0), EINVAL);
	assert_returns(set_feature(fd, VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, 0), 0);
	ck_assert_int_eq(pipe(pipes), 0);
	assert_fails(set_feature(fd, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP, -1), EINVAL);
	assert_fails(set_feature(fd, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP, 9999), EBADF);
	assert_fails(set_feature(fd, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP, pipes[0]),
		     EINVAL);
	assert_returns(set_feature(fd, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP, event), 0);
	assert_returns(set_feature(fd, VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, 0), 0);
}
END_TEST

Suite *
ioctls_suite(void)
{
	Suite *suite = suite_create("ioctls");
	TCase *edu = served_case("edu", serve_edu, 60);

	tcase_add_test(edu, bad_pointers);
	tcase_add_loop_test(edu, other_vfio_ioctls, 100, 130);
	tcase_add_test(edu, other_types);
	tcase_add_test(edu, answers_of_the_kernel);
	tcase_add_test(edu, no_mmap);
	tcase_add_test(edu, reset_takes_any_argument);
	tcase_add_test(edu, low_power);
	tcase_add_loop_test(edu, feature_checks, 0, sizeof(features) / sizeof(*features));
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
