/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI Express device with 64-bit, 32-bit and I/O BARs and MSI-X: the clone model fed with a dump
 * of ours.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "dump.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define MIB    (UINT64_C(1) << 20)
#define IO_BAR 32u

START_TEST(express_regions)
{
	static const uint64_t sizes[] = {MIB, 0, MIB, 0, IO_BAR, 0, 0, 4096};
	int fd = node_open_reset();

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct vfio_region_info info = node_region(fd, i).info;

		ck_assert_uint_eq(info.size, sizes[i]);
		ck_assert_uint_eq(info.offset, (uint64_t)i << 40);
		ck_assert_uint_eq(
			info.flags & (VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE),
			sizes[i] ? 3 : 0);
	}
}
END_TEST

START_TEST(express_bar_sizing)
{
	int fd = node_open_reset();
	static const struct {
		unsigned offset;
		uint32_t mask;
	} want[] = {
		{PCI_BASE_ADDRESS_0, 0xfff00004}, {PCI_BASE_ADDRESS_1, 0xffffffff},
		{PCI_BASE_ADDRESS_2, 0xfff00000}, {PCI_BASE_ADDRESS_3, 0},
		{PCI_BASE_ADDRESS_4, 0xffffffe1}, {PCI_BASE_ADDRESS_5, 0},
	};

	for (unsigned i = 0; i < sizeof(want) / sizeof(*want); i++) {
		node_put(fd, CONFIG, want[i].offset, 4, 0xffffffff);
		ck_assert_uint_eq(node_get(fd, CONFIG, want[i].offset, 4), want[i].mask);
	}
	close(fd);
	fd = node_open_reset();
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 4), 0xfe000004);
}
END_TEST

/* Odd widths at odd places of a memory BAR are bytes like any others. */
START_TEST(express_odd_widths)
{
	int fd = node_open_reset();
	uint8_t want[64], got[64];

	pattern_fill(want, sizeof(want), 3);
	for (unsigned width = 1; width <= 17; width++)
		for (unsigned at = 0; at < 9; at++) {
			assert_returns(pwrite(fd, want + at, width, AT(BAR0, 0x100 + at)), width);
			assert_returns(pread(fd, got, width, AT(BAR0, 0x100 + at)), width);
			ck_assert_mem_eq(got, want + at, width);
		}
}
END_TEST

START_TEST(express_msix_table)
{
	int fd = node_open_reset();
	const uint64_t table = EXPRESS_MSIX_TABLE, length = EXPRESS_MSIX_VECTORS * 16;
	uint8_t buffer[512];

	/* 16 bytes before the table to 16 behind it. */
	memset(buffer, 0x77, sizeof(buffer));
	assert_returns(pwrite(fd, buffer, length + 32, AT(BAR2, table - 16)), length + 32);
	assert_returns(pread(fd, buffer, length + 32, AT(BAR2, table - 16)), length + 32);
	for (size_t i = 0; i < length + 32; i++)
		ck_assert_uint_eq(buffer[i], i >= 16 && i < length + 16 ? 0xff : 0x77);
	ck_assert_uint_eq(node_get(fd, BAR2, table, 4), 0xffffffff);
	ck_assert_uint_eq(node_get(fd, BAR2, table + length - 8, 8), UINT64_MAX);
	ck_assert_uint_eq(node_get(fd, BAR2, table - 2, 4), 0xffff7777);
}
END_TEST

START_TEST(express_decoding)
{
	int fd = node_open_reset();
	uint8_t byte = 0x5c;

	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_COMMAND, 2),
			  PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	node_put(fd, CONFIG, PCI_COMMAND, 2, 0);
	assert_fails(pread(fd, &byte, 1, AT(BAR0, 0)), EIO);
	assert_fails(pwrite(fd, &byte, 1, AT(BAR2, 0)), EIO);
	/* The I/O enable bit isn't looked at. */
	assert_returns(pwrite(fd, &byte, 1, AT(BAR4, IO_BAR - 1)), 1);
	ck_assert_uint_eq(node_get(fd, BAR4, IO_BAR - 1, 1), 0x5c);
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET), 0);
	assert_fails(pread(fd, &byte, 1, AT(BAR0, 0)), EIO);
	node_put(fd, CONFIG, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_returns(pread(fd, &byte, 1, AT(BAR0, 0)), 1);
}
END_TEST

START_TEST(express_config)
{
	int fd = node_open_reset();
	uint8_t buffer[8];

	ck_assert_uint_eq(node_capability(fd, PCI_CAP_ID_MSI), EXPRESS_MSI);
	ck_assert_uint_eq(node_capability(fd, PCI_CAP_ID_EXP), EXPRESS_EXP);
	ck_assert_uint_eq(node_capability(fd, PCI_CAP_ID_MSIX), EXPRESS_MSIX);
	assert_returns(pread(fd, buffer, 8, AT(CONFIG, 0xff8)), 8);
	assert_fails(pread(fd, buffer, 8, AT(CONFIG, 0xffc)), EFAULT);
	assert_fails(pread(fd, buffer, 1, AT(CONFIG, 0x1000)), EFAULT);
	/* Section 17.3: MSI-X enable and mask-all belong to SET_IRQS. */
	node_put(fd, CONFIG, EXPRESS_MSIX + PCI_MSIX_FLAGS, 2, 0xffff);
	ck_assert_uint_eq(node_get(fd, CONFIG, EXPRESS_MSIX + PCI_MSIX_FLAGS, 2),
			  EXPRESS_MSIX_VECTORS - 1);
}
END_TEST

Suite *
express_suite(void)
{
	Suite *suite = suite_create("express");
	TCase *tcase = served_case("express", serve_express, 60);

	tcase_add_test(tcase, express_regions);
	tcase_add_test(tcase, express_bar_sizing);
	tcase_add_test(tcase, express_odd_widths);
	tcase_add_test(tcase, express_msix_table);
	tcase_add_test(tcase, express_decoding);
	tcase_add_test(tcase, express_config);
	served_last(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
