/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Config space of the edu device: what can be written, BAR sizing, capabilities, every width. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define MSI_AT 0x40

START_TEST(identification)
{
	int fd = node_open_reset();

	/* QEMU's docs/specs/edu.rst, hw/misc/edu.c */
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_VENDOR_ID, 2), 0x1234);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_DEVICE_ID, 2), 0x11e8);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_REVISION_ID, 1), 0x10);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_CLASS_DEVICE, 2), 0x00ff);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_HEADER_TYPE, 1), 0);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_INTERRUPT_PIN, 1), 1);
	ck_assert_uint_ne(node_get(fd, CONFIG, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST, 0);
}
END_TEST

/* PCI 3.0, 6.2: everything else of the header is read-only for software. */
static uint8_t
writable_bits(unsigned offset)
{
	switch (offset) {
	case PCI_CACHE_LINE_SIZE:
	case PCI_LATENCY_TIMER:
	case PCI_INTERRUPT_LINE:
		return 0xff;
	default:
		return 0;
	}
}

START_TEST(read_only_header)
{
	int fd = node_open_reset();

	for (unsigned offset = 0; offset < PCI_STD_HEADER_SIZEOF; offset++) {
		uint64_t before, mask = writable_bits(offset);

		if (offset / 2 == PCI_COMMAND / 2 || offset / 2 == PCI_STATUS / 2 ||
		    (offset >= PCI_BASE_ADDRESS_0 && offset < PCI_CARDBUS_CIS))
			continue;
		before = node_get(fd, CONFIG, offset, 1);
		node_put(fd, CONFIG, offset, 1, ~before);
		ck_assert_msg(node_get(fd, CONFIG, offset, 1) ==
				      ((before & ~mask) | (~before & mask)),
			      "byte %02x", offset);
		node_put(fd, CONFIG, offset, 1, before);
	}
}
END_TEST

START_TEST(bar_sizing)
{
	int fd = node_open_reset();
	uint64_t before = node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 4);

	node_put(fd, CONFIG, PCI_BASE_ADDRESS_0, 4, 0xffffffff);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 4),
			  (uint32_t) ~(EDU_BAR_SIZE - 1));
	node_put(fd, CONFIG, PCI_BASE_ADDRESS_0, 4, 0xfebf5678);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 4), 0xfeb00000);
	/* The region doesn't move with it. */
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	/* Byte by byte it is the same register. */
	node_put(fd, CONFIG, PCI_BASE_ADDRESS_0 + 3, 1, 0xe0);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 4), 0xe0b00000);
	for (unsigned bar = PCI_BASE_ADDRESS_1; bar <= PCI_BASE_ADDRESS_5; bar += 4) {
		node_put(fd, CONFIG, bar, 4, 0xffffffff);
		ck_assert_uint_eq(node_get(fd, CONFIG, bar, 4), 0);
	}
	node_put(fd, CONFIG, PCI_ROM_ADDRESS, 4, 0xffffffff);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_ROM_ADDRESS, 4), 0);
	/* The kernel saves config space before a reset and restores it; a new owner finds it fresh. */
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET), 0);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 4), 0xe0b00000);
	close(fd);
	fd = node_open_reset();
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 4), before);
}
END_TEST

START_TEST(command_register)
{
	int fd = node_open_reset();

	node_put(fd, CONFIG, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_COMMAND, 2),
			  PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	node_put(fd, CONFIG, PCI_COMMAND, 4, PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_DISABLE);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_COMMAND, 2),
			  PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_DISABLE);
	/* Bits 15:11 are reserved, PCI 3.0, 6.2.2. */
	node_put(fd, CONFIG, PCI_COMMAND, 2, 0xffff);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_COMMAND, 2) & 0xf800, 0);
	/* A write to STATUS leaves COMMAND alone, and read-only bits of its own. */
	node_put(fd, CONFIG, PCI_STATUS, 2, 0xffff);
	ck_assert_uint_ne(node_get(fd, CONFIG, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST, 0);
	node_put(fd, CONFIG, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET), 0);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_COMMAND, 2), PCI_COMMAND_MASTER);
	close(fd);
	fd = node_open_reset();
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_COMMAND, 2), PCI_COMMAND_MEMORY);
}
END_TEST

START_TEST(every_width_and_alignment)
{
	static const unsigned widths[] = {1, 2, 3, 4, 5, 7, 8, 13, 16, 64, 255};
	int fd = node_open_reset();
	uint8_t whole[256], part[256];

	assert_returns(pread(fd, whole, sizeof(whole), AT(CONFIG, 0)), sizeof(whole));
	for (unsigned i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		unsigned width = widths[i], step = width > 4 ? 7 : 3;

		for (unsigned at = 0; at + width <= sizeof(whole); at += step) {
			assert_returns(pread(fd, part, width, AT(CONFIG, at)), width);
			ck_assert_msg(!memcmp(part, whole + at, width), "%u bytes at %02x", width,
				      at);
		}
	}
}
END_TEST

START_TEST(odd_writes)
{
	int fd = node_open_reset();
	const uint8_t bytes[] = {0xaa, 0x55, 0x77, 0x66, 0x44, 0x33, 0x22, 0x11};

	/* Address and data of MSI: 3 bytes at an odd place, then 8 across two dwords. */
	assert_returns(pwrite(fd, bytes, 3, AT(CONFIG, MSI_AT + PCI_MSI_ADDRESS_LO + 1)), 3);
	ck_assert_uint_eq(node_get(fd, CONFIG, MSI_AT + PCI_MSI_ADDRESS_LO, 4), 0x7755aa00);
	assert_returns(pwrite(fd, bytes, 8, AT(CONFIG, MSI_AT + PCI_MSI_ADDRESS_LO + 2)), 8);
	ck_assert_uint_eq(node_get(fd, CONFIG, MSI_AT + PCI_MSI_ADDRESS_LO, 4), 0x55aaaa00);
	ck_assert_uint_eq(node_get(fd, CONFIG, MSI_AT + PCI_MSI_ADDRESS_HI, 4), 0x33446677);
	ck_assert_uint_eq(node_get(fd, CONFIG, MSI_AT + PCI_MSI_DATA_64, 2), 0x1122);
}
END_TEST

START_TEST(capability_chain)
{
	int fd = node_open_reset();
	unsigned at = (unsigned)node_get(fd, CONFIG, PCI_CAPABILITY_LIST, 1), n = 0;

	ck_assert_uint_eq(node_capability(fd, PCI_CAP_ID_MSI), MSI_AT);
	for (; at; n++) {
		uint64_t id = node_get(fd, CONFIG, at, 1), next = node_get(fd, CONFIG, at + 1, 1);

		ck_assert_uint_lt(n, 48);
		ck_assert_uint_ge(at, PCI_STD_HEADER_SIZEOF);
		ck_assert_uint_eq(at % 4, 0);
		/* Identifier and next pointer are read-only. */
		node_put(fd, CONFIG, at, 2, 0xffff);
		ck_assert_uint_eq(node_get(fd, CONFIG, at, 1), id);
		ck_assert_uint_eq(node_get(fd, CONFIG, at + 1, 1), next);
		at = (unsigned)next;
	}
	ck_assert_uint_ge(n, 1);
}
END_TEST

/* vfio_pci_config.c: forced to 0 while SET_IRQS doesn't have MSI on. */
START_TEST(msi_enable_bit_is_not_the_clients)
{
	int fd = node_open_reset();

	node_put(fd, CONFIG, MSI_AT + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE);
	ck_assert_uint_eq(node_get(fd, CONFIG, MSI_AT + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_ENABLE,
			  0);
}
END_TEST

/* The same: the number of messages enabled can't exceed what SET_IRQS allows. */
START_TEST(msi_number_is_capped)
{
	int fd = node_open_reset();

	node_put(fd, CONFIG, MSI_AT + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_QSIZE);
	ck_assert_uint_eq(node_get(fd, CONFIG, MSI_AT + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_QSIZE, 0);
}
END_TEST

Suite *
config_suite(void)
{
	Suite *suite = suite_create("config");
	TCase *edu = served_case("edu", serve_edu, 60);

	tcase_add_test(edu, identification);
	tcase_add_test(edu, read_only_header);
	tcase_add_test(edu, bar_sizing);
	tcase_add_test(edu, command_register);
	tcase_add_test(edu, every_width_and_alignment);
	tcase_add_test(edu, odd_writes);
	tcase_add_test(edu, capability_chain);
	tcase_add_test(edu, msi_enable_bit_is_not_the_clients);
	tcase_add_test(edu, msi_number_is_capped);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
