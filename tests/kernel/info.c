/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_GET_INFO and _GET_IRQ_INFO: sizes, answers, indices. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define CANARY 0xa5

struct device_info {
	uint32_t argsz, flags, num_regions, num_irqs, cap_offset, pad;
};

static const uint32_t argsz_steps[] = {0,  1,  4,  12, 15, 16, 17,   18,         19,
				       20, 21, 23, 24, 25, 32, 4096, 0x7fffffff, 0xffffffff};
#define NUM_STEPS (int)(sizeof(argsz_steps) / sizeof(*argsz_steps))

static void
assert_canary(const uint8_t *buffer, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++)
		ck_assert_msg(buffer[i] == CANARY, "byte %zu was written", i);
}

START_TEST(get_info_writes_argsz_bytes)
{
	uint32_t argsz = argsz_steps[_i];
	size_t written = argsz < 24 ? argsz : 24;
	int fd = node_open(SERVED_NODE);
	struct device_info want = {.argsz = argsz,
				   .flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
				   .num_regions = 10,
				   .num_irqs = 5};
	uint8_t buffer[64];

	memset(buffer, CANARY, sizeof(buffer));
	memcpy(buffer, &argsz, sizeof(argsz));
	if (argsz < 16) {
		assert_fails(ioctl(fd, VFIO_DEVICE_GET_INFO, buffer), EINVAL);
		assert_canary(buffer, sizeof(argsz), sizeof(buffer));
		return;
	}
	assert_returns(ioctl(fd, VFIO_DEVICE_GET_INFO, buffer), 0);
	ck_assert_mem_eq(buffer, &want, written);
	assert_canary(buffer, written, sizeof(buffer));
}
END_TEST

START_TEST(get_info_at_page_end)
{
	int fd = node_open(SERVED_NODE);
	uint8_t *end = page_end();

	/* 16 bytes are there and 16 are asked for; then 24, of which 8 can't be written. */
	*(uint32_t *)(void *)(end - 16) = 16;
	assert_returns(ioctl(fd, VFIO_DEVICE_GET_INFO, end - 16), 0);
	*(uint32_t *)(void *)(end - 16) = 24;
	assert_fails(ioctl(fd, VFIO_DEVICE_GET_INFO, end - 16), EFAULT);
	/* The minimum is copied before argsz is judged. */
	*(uint32_t *)(void *)(end - 4) = 4;
	assert_fails(ioctl(fd, VFIO_DEVICE_GET_INFO, end - 4), EFAULT);
	assert_fails(ioctl(fd, VFIO_DEVICE_GET_INFO, end), EFAULT);
}
END_TEST

struct irq_want {
	uint32_t index, flags, count;
	int error;
};

static void
assert_irqs(const struct irq_want *want, unsigned n)
{
	int fd = node_open(SERVED_NODE);

	for (; n--; want++) {
		struct vfio_irq_info info = {
			.argsz = sizeof(info), .flags = 0xdeadbeef, .index = want->index};

		if (want->error) {
			assert_fails(ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &info), want->error);
			ck_assert_uint_eq(info.flags, 0xdeadbeef);
			continue;
		}
		assert_returns(ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &info), 0);
		ck_assert_uint_eq(info.argsz, sizeof(info));
		ck_assert_uint_eq(info.index, want->index);
		ck_assert_uint_eq(info.flags, want->flags);
		ck_assert_uint_eq(info.count, want->count);
	}
}

START_TEST(irq_info_of_edu)
{
	static const struct irq_want want[] = {
		{VFIO_PCI_INTX_IRQ_INDEX, 0x7, 1, 0}, {VFIO_PCI_MSI_IRQ_INDEX, 0x9, 1, 0},
		{VFIO_PCI_MSIX_IRQ_INDEX, 0x9, 0, 0}, {VFIO_PCI_ERR_IRQ_INDEX, 0, 0, EINVAL},
		{VFIO_PCI_REQ_IRQ_INDEX, 0x9, 1, 0},  {5, 0, 0, EINVAL},
		{0x80000000, 0, 0, EINVAL},           {0xffffffff, 0, 0, EINVAL},
	};

	assert_irqs(want, sizeof(want) / sizeof(*want));
}
END_TEST

START_TEST(irq_info_of_express)
{
	static const struct irq_want want[] = {
		{VFIO_PCI_INTX_IRQ_INDEX, 0x7, 1, 0}, {VFIO_PCI_MSI_IRQ_INDEX, 0x9, 4, 0},
		{VFIO_PCI_MSIX_IRQ_INDEX, 0x9, 8, 0}, {VFIO_PCI_ERR_IRQ_INDEX, 0x9, 1, 0},
		{VFIO_PCI_REQ_IRQ_INDEX, 0x9, 1, 0},  {5, 0, 0, EINVAL},
	};

	assert_irqs(want, sizeof(want) / sizeof(*want));
}
END_TEST

START_TEST(irq_info_writes_16_bytes)
{
	uint32_t argsz = argsz_steps[_i], index = VFIO_PCI_MSI_IRQ_INDEX;
	int fd = node_open(SERVED_NODE);
	uint8_t buffer[64];

	memset(buffer, CANARY, sizeof(buffer));
	memcpy(buffer, &argsz, sizeof(argsz));
	memcpy(buffer + offsetof(struct vfio_irq_info, index), &index, sizeof(index));
	if (argsz < 16) {
		assert_fails(ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, buffer), EINVAL);
	} else {
		assert_returns(ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, buffer), 0);
		ck_assert_mem_eq(buffer, &argsz, sizeof(argsz));
	}
	assert_canary(buffer, 16, sizeof(buffer));
}
END_TEST

START_TEST(irq_info_at_page_end)
{
	int fd = node_open(SERVED_NODE);
	uint8_t *end = page_end();
	struct vfio_irq_info *info = (struct vfio_irq_info *)(void *)(end - sizeof(*info));

	info->argsz = 4096;
	info->index = 0;
	assert_returns(ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, info), 0);
	assert_fails(ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, end - 12), EFAULT);
	assert_fails(ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, end), EFAULT);
}
END_TEST

Suite *
info_suite(void)
{
	Suite *suite = suite_create("info");
	TCase *edu = served_case("edu", serve_edu, 60);
	TCase *express = served_case("express", serve_express, 60);

	tcase_add_loop_test(edu, get_info_writes_argsz_bytes, 0, NUM_STEPS);
	tcase_add_test(edu, get_info_at_page_end);
	tcase_add_test(edu, irq_info_of_edu);
	tcase_add_loop_test(edu, irq_info_writes_16_bytes, 0, NUM_STEPS);
	tcase_add_test(edu, irq_info_at_page_end);
	served_last(edu);
	suite_add_tcase(suite, edu);
	tcase_add_test(express, irq_info_of_express);
	served_last(express);
	suite_add_tcase(suite, express);
	return suite;
}
