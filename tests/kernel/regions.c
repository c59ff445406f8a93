/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read and write on regions: which errno, which short count, region by region. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define NO_REGION (FIRST_SPECIFIC + 1)

static uint8_t buffer[4096];

START_TEST(count_zero)
{
	int fd = node_open_reset();

	for (unsigned region = 0; region < 20; region++) {
		assert_returns(pread(fd, buffer, 0, AT(region, 0)), 0);
		assert_returns(pwrite(fd, buffer, 0, AT(region, 0)), 0);
	}
	assert_returns(read(fd, buffer, 0), 0);
	assert_returns(pread(fd, NULL, 0, AT(CONFIG, 0)), 0);
	assert_fails(pread(fd, buffer, 0, -1), EINVAL);
}
END_TEST

START_TEST(absent_regions)
{
	static const unsigned absent[] = {BAR1, BAR2, BAR3,      BAR4, BAR5,
					  ROM,  VGA,  NO_REGION, 16,   255};
	int fd = node_open_reset();

	for (unsigned i = 0; i < sizeof(absent) / sizeof(*absent); i++) {
		assert_fails(pread(fd, buffer, 4, AT(absent[i], 0)), EINVAL);
		assert_fails(pwrite(fd, buffer, 4, AT(absent[i], 0)), EINVAL);
		assert_fails(pread(fd, buffer, 1, AT(absent[i], 0x1234)), EINVAL);
	}
	assert_fails(pread(fd, buffer, 4, INT64_MAX - 4), EINVAL);
	assert_fails(pread(fd, buffer, 4, INT64_MIN), EINVAL);
	assert_fails(pwrite(fd, buffer, 4, -1), EINVAL);
}
END_TEST

START_TEST(end_of_bar)
{
	int fd = node_open_reset();

	assert_returns(pread(fd, buffer, 4, AT(BAR0, EDU_BAR_SIZE - 4)), 4);
	assert_returns(pread(fd, buffer, 8, AT(BAR0, EDU_BAR_SIZE - 4)), 4);
	assert_returns(pread(fd, buffer, 4096, AT(BAR0, EDU_BAR_SIZE - 1)), 1);
	assert_returns(pwrite(fd, buffer, 4096, AT(BAR0, EDU_BAR_SIZE - 3)), 3);
	assert_fails(pread(fd, buffer, 1, AT(BAR0, EDU_BAR_SIZE)), EINVAL);
	assert_fails(pwrite(fd, buffer, 1, AT(BAR0, EDU_BAR_SIZE)), EINVAL);
	assert_fails(pread(fd, buffer, 4, AT(BAR0, (UINT64_C(1) << 40) - 4)), EINVAL);
}
END_TEST

START_TEST(end_of_memory)
{
	int fd = node_open_reset();

	assert_returns(pwrite(fd, buffer, 4096, AT(EDU_MEMORY, EDU_MEMORY_SIZE - 7)), 7);
	assert_returns(pread(fd, buffer, 4096, AT(EDU_MEMORY, EDU_MEMORY_SIZE - 7)), 7);
	assert_fails(pread(fd, buffer, 1, AT(EDU_MEMORY, EDU_MEMORY_SIZE)), EINVAL);
	assert_fails(pwrite(fd, buffer, 1, AT(EDU_MEMORY, EDU_MEMORY_SIZE)), EINVAL);
}
END_TEST

/* Not a short transfer as elsewhere: config space refuses the whole. */
START_TEST(end_of_config)
{
	int fd = node_open_reset();

	assert_returns(pread(fd, buffer, 256, AT(CONFIG, 0)), 256);
	assert_returns(pread(fd, buffer, 1, AT(CONFIG, 255)), 1);
	memset(buffer, 0xa5, sizeof(buffer));
	assert_fails(pread(fd, buffer, 257, AT(CONFIG, 0)), EFAULT);
	assert_fails(pread(fd, buffer, 4, AT(CONFIG, 253)), EFAULT);
	assert_fails(pread(fd, buffer, 1, AT(CONFIG, 256)), EFAULT);
	assert_fails(pread(fd, buffer, 4, AT(CONFIG, 0x100)), EFAULT);
	assert_fails(pwrite(fd, buffer, 2, AT(CONFIG, 255)), EFAULT);
	assert_fails(pwrite(fd, buffer, 4, AT(CONFIG, 0x1000)), EFAULT);
	/* Refused as a whole: the interrupt line, which could be written, keeps its value. */
	node_put(fd, CONFIG, PCI_INTERRUPT_LINE, 1, 0x11);
	assert_fails(pwrite(fd, buffer, 256, AT(CONFIG, PCI_INTERRUPT_LINE)), EFAULT);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_INTERRUPT_LINE, 1), 0x11);
	for (unsigned i = 0; i < sizeof(buffer); i++)
		ck_assert_uint_eq(buffer[i], 0xa5);
}
END_TEST

START_TEST(bad_buffers)
{
	static const unsigned present[] = {BAR0, CONFIG, EDU_MEMORY};
	int fd = node_open_reset();
	uint8_t *nothing = page_end();

	for (unsigned i = 0; i < sizeof(present) / sizeof(*present); i++) {
		assert_fails(pread(fd, nothing, 4, AT(present[i], 0)), EFAULT);
		assert_fails(pwrite(fd, nothing, 4, AT(present[i], 0)), EFAULT);
		assert_fails(pread(fd, null_pointer, 4, AT(present[i], 0)), EFAULT);
		assert_fails(pwrite(fd, (void *)-4096L, 4, AT(present[i], 0)), EFAULT);
	}
	/* Read-only memory can be sent and not be filled. */
	ck_assert_int_eq(mprotect(nothing, page_size(), PROT_READ), 0);
	assert_returns(pwrite(fd, nothing, 4, AT(EDU_MEMORY, 0)), 4);
	assert_fails(pread(fd, nothing, 4, AT(EDU_MEMORY, 0)), EFAULT);
}
END_TEST

START_TEST(memory_decoding_off)
{
	int fd = node_open_reset();
	uint32_t command = (uint32_t)node_get(fd, CONFIG, PCI_COMMAND, 2);

	/* The kernel enables a device before it hands it out. */
	ck_assert_uint_ne(command & PCI_COMMAND_MEMORY, 0);
	ck_assert_uint_eq(command & PCI_COMMAND_MASTER, 0);
	node_put(fd, CONFIG, PCI_COMMAND, 2, command & ~(uint32_t)PCI_COMMAND_MEMORY);
	assert_fails(pread(fd, buffer, 4, AT(BAR0, EDU_ID)), EIO);
	assert_fails(pwrite(fd, buffer, 4, AT(BAR0, EDU_LIVENESS)), EIO);
	assert_fails(pread(fd, buffer, 4, AT(BAR0, EDU_BAR_SIZE)), EINVAL);
	assert_returns(pread(fd, buffer, 0, AT(BAR0, EDU_ID)), 0);
	assert_returns(pread(fd, buffer, 4, AT(EDU_MEMORY, 0)), 4);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_VENDOR_ID, 2), 0x1234);
	node_put(fd, CONFIG, PCI_COMMAND, 2, command);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	node_put(fd, CONFIG, PCI_COMMAND, 1, 0);
	assert_fails(pread(fd, buffer, 4, AT(BAR0, EDU_ID)), EIO);
	/* COMMAND survives a reset: the kernel saves and restores it. */
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET), 0);
	assert_fails(pread(fd, buffer, 4, AT(BAR0, EDU_ID)), EIO);
	node_put(fd, CONFIG, PCI_COMMAND, 2, command);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
}
END_TEST

START_TEST(state_stays_over_close)
{
	int fd = node_open_reset();

	node_put(fd, BAR0, EDU_LIVENESS, 4, 0);
	node_put(fd, CONFIG, PCI_INTERRUPT_LINE, 1, 0x42);
	close(fd);
	fd = node_open(SERVED_NODE);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_LIVENESS, 4), 0xffffffff);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_INTERRUPT_LINE, 1), 0x42);
}
END_TEST

START_TEST(several_opens_see_one_device)
{
	int first = node_open_reset(), second = node_open(SERVED_NODE);

	node_put(first, BAR0, EDU_LIVENESS, 4, 0x0f0f0f0f);
	ck_assert_uint_eq(node_get(second, BAR0, EDU_LIVENESS, 4), 0xf0f0f0f0);
	close(first);
	ck_assert_uint_eq(node_get(second, BAR0, EDU_LIVENESS, 4), 0xf0f0f0f0);
}
END_TEST

/* A region access as wide as 8 bytes; edu takes those from 80h on. */
START_TEST(wide_registers)
{
	int fd = node_open_reset();
	uint64_t two[2] = {0x1122334455667788, 0x99aabbccddeeff00};

	node_put(fd, BAR0, EDU_DMA_SOURCE, 8, 0x123456789abcdef0);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_DMA_SOURCE, 8), 0x123456789abcdef0);
	assert_returns(pwrite(fd, two, 16, AT(BAR0, EDU_DMA_SOURCE)), 16);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_DMA_SOURCE, 8), two[0]);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_DMA_DESTINATION, 8), two[1]);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_DMA_SOURCE, 4), (uint32_t)two[0]);
}
END_TEST

START_TEST(file_modes)
{
	int reader = open(node_path(SERVED_NODE), O_RDONLY),
	    writer = open(node_path(SERVED_NODE), O_WRONLY);

	ck_assert_int_ge(reader, 0);
	ck_assert_int_ge(writer, 0);
	ck_assert_uint_eq(node_get(reader, BAR0, EDU_ID, 4), 0x010000ed);
	assert_fails(pwrite(reader, buffer, 4, AT(BAR0, 4)), EBADF);
	assert_fails(pread(writer, buffer, 4, AT(BAR0, 4)), EBADF);
	node_put(writer, BAR0, EDU_LIVENESS, 4, 1);
	ck_assert_uint_eq(node_get(reader, BAR0, EDU_LIVENESS, 4), 0xfffffffe);
	assert_returns(ioctl(reader, VFIO_DEVICE_RESET), 0);
}
END_TEST

/* The edu device's DMA between its buffer and the system memory region. */
START_TEST(dma_reaches_system_memory)
{
	int fd = node_open_reset();
	uint8_t sent[512], got[512];

	pattern_fill(sent, sizeof(sent), 7);
	assert_returns(pwrite(fd, sent, sizeof(sent), AT(EDU_MEMORY, 0x10003)), sizeof(sent));
	node_put(fd, CONFIG, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	node_put(fd, BAR0, EDU_DMA_SOURCE, 8, 0x10003);
	node_put(fd, BAR0, EDU_DMA_DESTINATION, 8, 0x40000);
	node_put(fd, BAR0, EDU_DMA_COUNT, 8, sizeof(sent));
	node_put(fd, BAR0, EDU_DMA_COMMAND, 8, 1);
	node_put(fd, BAR0, EDU_DMA_SOURCE, 8, 0x40000);
	node_put(fd, BAR0, EDU_DMA_DESTINATION, 8, 0x200001);
	node_put(fd, BAR0, EDU_DMA_COMMAND, 8, 3);
	assert_returns(pread(fd, got, sizeof(got), AT(EDU_MEMORY, 0x200001)), sizeof(got));
	ck_assert_mem_eq(sent, got, sizeof(sent));
}
END_TEST

Suite *
regions_suite(void)
{
	Suite *suite = suite_create("regions");
	TCase *edu = served_case("edu", serve_edu, 60);

	tcase_add_test(edu, count_zero);
	tcase_add_test(edu, absent_regions);
	tcase_add_test(edu, end_of_bar);
	tcase_add_test(edu, end_of_memory);
	tcase_add_test(edu, end_of_config);
	tcase_add_test(edu, bad_buffers);
	tcase_add_test(edu, memory_decoding_off);
	tcase_add_test(edu, state_stays_over_close);
	tcase_add_test(edu, several_opens_see_one_device);
	tcase_add_test(edu, wide_registers);
	tcase_add_test(edu, file_modes);
	tcase_add_test(edu, dma_reaches_system_memory);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
