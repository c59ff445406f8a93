/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The config space engine. Expected values: PCI Local Bus 3.0, chapter 6. */
#include "unit.h"

#include <errno.h>
#include <linux/pci_regs.h>

static const struct vfiod_pci_id id = {
	.vendor = 0x1234,
	.device = 0x5678,
	.subsystem_vendor = 0x9abc,
	.subsystem = 0xdef0,
	.revision = 0x42,
	.class_code = 0x028000,
	.interrupt_pin = 1,
};

static struct vfiod_config config;

static void
setup(void)
{
	vfiod_config_init(&config, VFIOD_CONFIG_SIZE, &id);
}

static uint32_t
rd(unsigned offset, unsigned width)
{
	return vfiod_config_read(&config, offset, width);
}

START_TEST(header_holds_identification)
{
	ck_assert_uint_eq(rd(0x00, 4), 0x56781234);
	ck_assert_uint_eq(rd(0x08, 4), 0x02800042);
	ck_assert_uint_eq(rd(0x2c, 4), 0xdef09abc);
	ck_assert_uint_eq(rd(0x3d, 1), 1);
	ck_assert_uint_eq(rd(0x0a, 2), 0x0280);
}
END_TEST

START_TEST(identification_is_read_only)
{
	for (unsigned offset = 0; offset < 0x40; offset++) {
		uint32_t before = rd(offset, 1);

		if (offset == PCI_COMMAND || offset == PCI_COMMAND + 1 ||
		    offset == PCI_CACHE_LINE_SIZE || offset == PCI_LATENCY_TIMER ||
		    offset == PCI_INTERRUPT_LINE)
			continue;
		vfiod_config_write(&config, offset, 1, ~before & 0xff);
		ck_assert_msg(rd(offset, 1) == before, "byte 0x%02x changed", offset);
	}
}
END_TEST

START_TEST(command_keeps_its_bits_only)
{
	vfiod_config_write(&config, PCI_COMMAND, 2, 0xffff);
	/* Bits 0-4, 6, 8 and 10: bit 7 (stepping) and 9 (fast back-to-back) are hardwired. */
	ck_assert_uint_eq(rd(PCI_COMMAND, 2), 0x055f);
	ck_assert(vfiod_config_memory_enabled(&config));
	ck_assert(vfiod_config_bus_master(&config));
	ck_assert(vfiod_config_intx_disabled(&config));
	vfiod_config_write(&config, PCI_COMMAND, 2, 0);
	ck_assert(!vfiod_config_memory_enabled(&config));
}
END_TEST

START_TEST(status_errors_clear_by_writing_one)
{
	vfiod_config_set(&config, PCI_STATUS, 2, 0xf900);
	vfiod_config_write(&config, PCI_STATUS, 2, 0x2000);
	ck_assert_uint_eq(rd(PCI_STATUS, 2), 0xd900);
	vfiod_config_write(&config, PCI_STATUS, 2, 0);
	ck_assert_uint_eq(rd(PCI_STATUS, 2), 0xd900);
	/* A dword write at COMMAND reaches STATUS with the bits it has. */
	vfiod_config_write(&config, PCI_COMMAND, 4, 0x80000002);
	ck_assert_uint_eq(rd(PCI_STATUS, 2), 0x5900);
	/* A write to COMMAND alone doesn't. */
	vfiod_config_write(&config, PCI_COMMAND, 2, 0xffff);
	ck_assert_uint_eq(rd(PCI_STATUS, 2), 0x5900);
}
END_TEST

static const struct {
	enum vfiod_bar_kind kind;
	uint64_t size;
	uint32_t low, high; /* what reads back after writing all ones */
} sizing[] = {
	{VFIOD_BAR_MEM32, 0x1000, 0xfffff000, 0},
	{VFIOD_BAR_MEM32, 16, 0xfffffff0, 0},
	{VFIOD_BAR_MEM32_PREF, 0x100000, 0xfff00008, 0},
	{VFIOD_BAR_MEM64, 0x1000000, 0xff000004, 0xffffffff},
	{VFIOD_BAR_MEM64_PREF, UINT64_C(1) << 33, 0x0000000c, 0xfffffffe},
	{VFIOD_BAR_IO, 64, 0xffffffc1, 0},
};

START_TEST(bar_sizing)
{
	ck_assert_int_eq(vfiod_config_set_bar(&config, 2, sizing[_i].kind, sizing[_i].size), 0);
	vfiod_config_write(&config, 0x18, 4, 0xffffffff);
	vfiod_config_write(&config, 0x1c, 4, 0xffffffff);
	ck_assert_uint_eq(rd(0x18, 4), sizing[_i].low);
	ck_assert_uint_eq(rd(0x1c, 4), sizing[_i].high);
}
END_TEST

START_TEST(bar_keeps_an_address)
{
	ck_assert_int_eq(vfiod_config_set_bar(&config, 0, VFIOD_BAR_MEM64, 0x10000), 0);
	vfiod_config_write(&config, 0x10, 4, 0xfe123456);
	vfiod_config_write(&config, 0x14, 4, 0x00000012);
	ck_assert_uint_eq(rd(0x10, 4), 0xfe120004);
	ck_assert_uint_eq(rd(0x14, 4), 0x12);
	/* Byte by byte as well. */
	vfiod_config_write(&config, 0x13, 1, 0xab);
	ck_assert_uint_eq(rd(0x10, 4), 0xab120004);
}
END_TEST

START_TEST(bar_mistakes_are_refused)
{
	ck_assert_int_eq(vfiod_config_set_bar(&config, 6, VFIOD_BAR_MEM32, 4096), -EINVAL);
	ck_assert_int_eq(vfiod_config_set_bar(&config, 5, VFIOD_BAR_MEM64, 4096), -EINVAL);
	ck_assert_int_eq(vfiod_config_set_bar(&config, 0, VFIOD_BAR_MEM32, 3000), -EINVAL);
	ck_assert_int_eq(vfiod_config_set_bar(&config, 0, VFIOD_BAR_MEM32, 0), -EINVAL);
	ck_assert_int_eq(vfiod_config_set_bar(&config, 0, VFIOD_BAR_MEM32, 8), -EINVAL);
	ck_assert_int_eq(vfiod_config_set_bar(&config, 0, VFIOD_BAR_IO, 512), -EINVAL);
	ck_assert_int_eq(vfiod_config_set_bar(&config, 1, VFIOD_BAR_MEM32, 4096), 0);
	ck_assert_int_eq(vfiod_config_set_bar(&config, 0, VFIOD_BAR_MEM64, 4096), -EINVAL);
}
END_TEST

START_TEST(capabilities_are_chained)
{
	const uint8_t body[6] = {1, 2, 3, 4, 5, 6};

	ck_assert_uint_eq(vfiod_config_find_capability(&config, PCI_CAP_ID_VNDR), 0);
	ck_assert_int_eq(vfiod_config_add_capability(&config, PCI_CAP_ID_VNDR, 0x50, 8, body, NULL),
			 0);
	ck_assert_int_eq(vfiod_config_add_msi(&config, 0x40, 3, true), 0);
	ck_assert_uint_eq(rd(PCI_STATUS, 2) & PCI_STATUS_CAP_LIST, PCI_STATUS_CAP_LIST);
	ck_assert_uint_eq(rd(PCI_CAPABILITY_LIST, 1), 0x50);
	ck_assert_uint_eq(rd(0x50, 4), 0x02014009);
	ck_assert_uint_eq(rd(0x40, 2), PCI_CAP_ID_MSI);
	ck_assert_uint_eq(vfiod_config_find_capability(&config, PCI_CAP_ID_MSI), 0x40);
	ck_assert_uint_eq(vfiod_config_msi_vectors(&config), 8);
	ck_assert_uint_eq(vfiod_config_msix_vectors(&config), 0);
	/* Overlap, misalignment, outside. */
	ck_assert_int_eq(vfiod_config_add_capability(&config, 1, 0x54, 8, NULL, NULL), -EINVAL);
	ck_assert_int_eq(vfiod_config_add_capability(&config, 1, 0x61, 8, NULL, NULL), -EINVAL);
	ck_assert_int_eq(vfiod_config_add_capability(&config, 1, 0x3c, 8, NULL, NULL), -EINVAL);
	ck_assert_int_eq(vfiod_config_add_capability(&config, 1, 0xfc, 8, NULL, NULL), -EINVAL);
}
END_TEST

START_TEST(capability_loop_ends)
{
	vfiod_config_set(&config, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	vfiod_config_set(&config, PCI_CAPABILITY_LIST, 1, 0x40);
	vfiod_config_set(&config, 0x40, 2, 0x4009);
	ck_assert_uint_eq(vfiod_config_find_capability(&config, PCI_CAP_ID_MSI), 0);
}
END_TEST

START_TEST(msi_control_is_writable_where_it_may)
{
	ck_assert_int_eq(vfiod_config_add_msi(&config, 0x40, 2, true), 0);
	vfiod_config_write(&config, 0x42, 2, 0xffff);
	/* Enable and Multiple Message Enable; Capable and 64-bit are fixed. */
	ck_assert_uint_eq(rd(0x42, 2), 0x0001 | 0x0070 | 2 << 1 | 0x0080);
	ck_assert(vfiod_config_msi_enabled(&config));
	vfiod_config_write(&config, 0x44, 4, 0xffffffff);
	ck_assert_uint_eq(rd(0x44, 4), 0xfffffffc);
	vfiod_config_write(&config, 0x4c, 4, 0xffffffff);
	ck_assert_uint_eq(rd(0x4c, 4), 0x0000ffff);
}
END_TEST

START_TEST(widths_agree)
{
	for (unsigned i = 0; i < 16; i++)
		vfiod_config_set(&config, 0x40 + i, 1, 0x10 + i);
	for (unsigned i = 0; i < 12; i++) {
		ck_assert_uint_eq(rd(0x40 + i, 1), 0x10 + i);
		ck_assert_uint_eq(rd(0x40 + i, 2), (0x11 + i) << 8 | (0x10 + i));
		ck_assert_uint_eq(rd(0x40 + i, 4), (0x13 + i) << 24 | (0x12 + i) << 16 |
							   (0x11 + i) << 8 | (0x10 + i));
	}
}
END_TEST

START_TEST(write_across_a_dword_reaches_both)
{
	memset(config.writable + 0x40, 0xff, 8);
	vfiod_config_write(&config, 0x42, 4, 0x44332211);
	ck_assert_uint_eq(rd(0x40, 4), 0x22110000);
	ck_assert_uint_eq(rd(0x44, 4), 0x00004433);
}
END_TEST

START_TEST(reset_restores_the_sealed_image)
{
	ck_assert_int_eq(vfiod_config_set_bar(&config, 0, VFIOD_BAR_MEM32, 4096), 0);
	vfiod_config_seal(&config);
	vfiod_config_write(&config, PCI_COMMAND, 2, 0x0006);
	vfiod_config_write(&config, 0x10, 4, 0xfebf0000);
	vfiod_config_write(&config, PCI_INTERRUPT_LINE, 1, 11);
	vfiod_config_reset(&config);
	ck_assert_uint_eq(rd(PCI_COMMAND, 2), 0);
	ck_assert_uint_eq(rd(0x10, 4), 0);
	ck_assert_uint_eq(rd(PCI_INTERRUPT_LINE, 1), 0);
}
END_TEST

static uint32_t hook_bytes, hook_written;

static uint32_t
hook(void *arg, unsigned offset, uint32_t old, uint32_t merged, uint32_t written, unsigned bytes)
{
	ck_assert_ptr_eq(arg, &config);
	ck_assert_uint_eq(offset, 0x44);
	ck_assert_uint_eq(old, 0);
	ck_assert_uint_eq(merged, 0);
	hook_written = written;
	hook_bytes = bytes;
	return 0x600df00d;
}

START_TEST(hook_has_the_last_word)
{
	config.write_hook = hook;
	config.hook_arg = &config;
	vfiod_config_write(&config, 0x46, 2, 0xbeef);
	ck_assert_uint_eq(hook_bytes, 0xc);
	ck_assert_uint_eq(hook_written, 0xbeef0000);
	ck_assert_uint_eq(rd(0x44, 4), 0x600df00d);
}
END_TEST

START_TEST(masks_follow_a_foreign_image)
{
	/* PM at 40, MSI (64-bit, 2 vectors) at 50, Express v2 endpoint at 70, VNDR of 8 at b0. */
	vfiod_config_set(&config, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	vfiod_config_set(&config, PCI_CAPABILITY_LIST, 1, 0x40);
	vfiod_config_set(&config, 0x40, 4, 0x00035001);
	vfiod_config_set(&config, 0x50, 4, 0x00827005);
	vfiod_config_set(&config, 0x70, 4, 0x0002b010);
	vfiod_config_set(&config, 0xb0, 4, 0x00080009);
	vfiod_config_masks_from_image(&config);
	vfiod_config_write(&config, 0x44, 4, 0xffffffff);
	ck_assert_uint_eq(rd(0x44, 4), 0x3);
	vfiod_config_write(&config, 0x52, 2, 0xffff);
	ck_assert_uint_eq(rd(0x52, 2), 0x0082 | 0x71);
	vfiod_config_write(&config, 0x78, 2, 0xffff);
	ck_assert_uint_eq(rd(0x78, 2), 0x7fff);
	vfiod_config_write(&config, 0xb0, 4, 0xffffffff);
	ck_assert_uint_eq(rd(0xb0, 4), 0xff080009);
	vfiod_config_write(&config, 0xb4, 4, 0xffffffff);
	ck_assert_uint_eq(rd(0xb4, 4), 0xffffffff);
	vfiod_config_write(&config, 0xb8, 4, 0xffffffff);
	ck_assert_uint_eq(rd(0xb8, 4), 0);
}
END_TEST

Suite *
config_suite(void)
{
	Suite *suite = suite_create("config");
	TCase *tcase = tcase_create("engine");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, header_holds_identification);
	tcase_add_test(tcase, identification_is_read_only);
	tcase_add_test(tcase, command_keeps_its_bits_only);
	tcase_add_test(tcase, status_errors_clear_by_writing_one);
	tcase_add_loop_test(tcase, bar_sizing, 0, sizeof(sizing) / sizeof(*sizing));
	tcase_add_test(tcase, bar_keeps_an_address);
	tcase_add_test(tcase, bar_mistakes_are_refused);
	tcase_add_test(tcase, capabilities_are_chained);
	tcase_add_test(tcase, capability_loop_ends);
	tcase_add_test(tcase, msi_control_is_writable_where_it_may);
	tcase_add_test(tcase, widths_agree);
	tcase_add_test(tcase, write_across_a_dword_reaches_both);
	tcase_add_test(tcase, reset_restores_the_sealed_image);
	tcase_add_test(tcase, hook_has_the_last_word);
	tcase_add_test(tcase, masks_follow_a_foreign_image);
	suite_add_tcase(suite, tcase);
	return suite;
}
