/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read() and write() on regions: order of checks, errno, short transfers and splitting of vfio-pci. */
#include "recorder.h"
#include "unit.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

static struct vfio_device *device;
static struct recorder *recorder;
static uint8_t buffer[16384];

static void
setup(void)
{
	device = recorder_new();
	ck_assert_ptr_nonnull(device);
	recorder = recorder_of(device);
}

static void
teardown(void)
{
	vfio_device_free(device);
}

/* An access at pos of length bytes arrives as these widths. */
static const struct {
	uint64_t pos;
	size_t length;
	unsigned widths[8];
} splits[] = {
	{0, 4, {4}},
	{0, 8, {8}},
	{0, 1, {1}},
	{1, 3, {1, 2}},
	{0, 3, {2, 1}},
	{4, 8, {4, 4}},
	{2, 8, {2, 4, 2}},
	{1, 16, {1, 2, 4, 8, 1}},
	{0, 16, {8, 8}},
	{7, 2, {1, 1}},
};

START_TEST(splits_are_naturally_aligned)
{
	uint64_t pos = splits[_i].pos;
	unsigned n = 0;

	ck_assert_int_eq(device_read(device, at(0, pos), buffer, splits[_i].length),
			 splits[_i].length);
	for (; splits[_i].widths[n]; n++) {
		ck_assert_uint_eq(recorder->access[n].pos, pos);
		ck_assert_uint_eq(recorder->access[n].width, splits[_i].widths[n]);
		pos += splits[_i].widths[n];
	}
	ck_assert_uint_eq(recorder->count, n);
	for (size_t i = 0; i < splits[_i].length; i++)
		ck_assert_uint_eq(buffer[i], splits[_i].pos + i);
	/* Writes the same way, bytes in the client's order. */
	recorder->count = 0;
	ck_assert_int_eq(device_write(device, at(0, splits[_i].pos), buffer, splits[_i].length),
			 splits[_i].length);
	ck_assert_uint_eq(recorder->count, n);
	for (unsigned i = 0; i < n; i++) {
		ck_assert(recorder->access[i].write);
		ck_assert_uint_eq(recorder->access[i].value & 0xff, recorder->access[i].pos);
	}
}
END_TEST

START_TEST(narrow_regions_get_narrow_accesses)
{
	ck_assert_int_eq(device_read(device, at(9, 0), buffer, 16), 16);
	ck_assert_uint_eq(recorder->count, 4);
	ck_assert_uint_eq(recorder->access[0].width, 4);
}
END_TEST

START_TEST(end_of_region)
{
	ck_assert_int_eq(device_read(device, at(0, 8190), buffer, 8), 2);
	ck_assert_int_eq(device_read(device, at(0, 8192), buffer, 1), -EINVAL);
	ck_assert_int_eq(device_write(device, at(2, 8191), buffer, 4096), 1);
	ck_assert_int_eq(device_write(device, at(2, 8192), buffer, 4096), -EINVAL);
	ck_assert_int_eq(device_read(device, at(9, 255), buffer, 2), 1);
	ck_assert_int_eq(device_read(device, at(9, 256), buffer, 2), -EINVAL);
}
END_TEST

START_TEST(regions_that_are_not_there)
{
	ck_assert_int_eq(device_read(device, at(3, 0), buffer, 4), -EINVAL);
	ck_assert_int_eq(device_read(device, at(VFIOD_VGA, 0), buffer, 4), -EINVAL);
	ck_assert_int_eq(device_read(device, at(10, 0), buffer, 4), -EINVAL);
	ck_assert_int_eq(device_read(device, INT64_MAX, buffer, 4), -EINVAL);
	ck_assert_int_eq(device_write(device, at(10, 0), buffer, 4), -EINVAL);
	/* Nothing is asked of anybody for nothing. */
	ck_assert_int_eq(device_read(device, at(10, 0), buffer, 0), 0);
}
END_TEST

START_TEST(read_only_regions)
{
	ck_assert_int_eq(device_write(device, at(VFIOD_ROM, 0), buffer, 4), -EINVAL);
	ck_assert_int_eq(device_write(device, at(9, 0), buffer, 4), -EINVAL);
	ck_assert_int_eq(device_read(device, at(VFIOD_ROM, 0), buffer, 4), 4);
}
END_TEST

START_TEST(memory_decoding_gates_memory_only)
{
	uint16_t off = 0;

	ck_assert_int_eq(device_write(device, at(VFIOD_CONFIG, PCI_COMMAND), &off, 2), 2);
	ck_assert_int_eq(device_read(device, at(0, 0), buffer, 4), -EIO);
	ck_assert_int_eq(device_write(device, at(2, 0), buffer, 4), -EIO);
	ck_assert_int_eq(device_read(device, at(VFIOD_ROM, 0), buffer, 4), -EIO);
	/* I/O ports and regions that are no BARs are not checked. */
	ck_assert_int_eq(device_read(device, at(1, 0), buffer, 4), 4);
	ck_assert_int_eq(device_read(device, at(9, 0), buffer, 4), 4);
	/* Position is checked first. */
	ck_assert_int_eq(device_read(device, at(0, 8192), buffer, 4), -EINVAL);
}
END_TEST

START_TEST(config_is_all_or_nothing)
{
	ck_assert_int_eq(device_read(device, at(VFIOD_CONFIG, 4095), buffer, 1), 1);
	ck_assert_int_eq(device_read(device, at(VFIOD_CONFIG, 4095), buffer, 2), -EFAULT);
	ck_assert_int_eq(device_read(device, at(VFIOD_CONFIG, 4096), buffer, 1), -EFAULT);
	ck_assert_int_eq(device_read(device, at(VFIOD_CONFIG, 0), buffer, 4097), -EFAULT);
	ck_assert_int_eq(device_read(device, at(VFIOD_CONFIG, 0), buffer, 4096), 4096);
	ck_assert_int_eq(device_write(device, at(VFIOD_CONFIG, 4094), buffer, 4), -EFAULT);
	/* Read-only bytes swallow the write and count. */
	ck_assert_int_eq(device_write(device, at(VFIOD_CONFIG, 0), "\xff\xff\xff\xff", 4), 4);
	ck_assert_int_eq(device_read(device, at(VFIOD_CONFIG, 0), buffer, 4), 4);
	ck_assert_mem_eq(buffer, "\x34\x12\x01\x00", 4);
}
END_TEST

START_TEST(config_widths_agree)
{
	uint8_t whole[64];

	ck_assert_int_eq(device_read(device, at(VFIOD_CONFIG, 0), whole, sizeof(whole)), 64);
	for (size_t width = 1; width <= 8; width++)
		for (size_t pos = 0; pos + width <= sizeof(whole); pos++) {
			ck_assert_int_eq(device_read(device, at(VFIOD_CONFIG, pos), buffer, width),
					 width);
			ck_assert_mem_eq(buffer, whole + pos, width);
		}
}
END_TEST

START_TEST(a_refusal_fails_the_whole_access)
{
	recorder->fail_at = 8;
	ck_assert_int_eq(device_read(device, at(0, 0), buffer, 16), -ENXIO);
	ck_assert_int_eq(device_write(device, at(0, 0), buffer, 16), -ENXIO);
}
END_TEST

START_TEST(msix_table_is_out_of_reach)
{
	memset(buffer, 0x11, sizeof(buffer));
	/* 4 vectors of 16 bytes at 0x800: 0x40 bytes. */
	ck_assert_int_eq(device_write(device, at(2, 0x7f0), buffer, 0x100), 0x100);
	ck_assert_int_eq(device_read(device, at(2, 0x7f0), buffer, 0x100), 0x100);
	for (unsigned i = 0; i < 0x100; i++)
		ck_assert_uint_eq(buffer[i], i >= 0x10 && i < 0x50 ? 0xff : 0x11);
	ck_assert_int_eq(device_read(device, at(2, 0x83f), buffer, 1), 1);
	ck_assert_uint_eq(buffer[0], 0xff);
	ck_assert_int_eq(device_read(device, at(2, 0x840), buffer, 1), 1);
	ck_assert_uint_eq(buffer[0], 0x11);
}
END_TEST

/* VFIO_DEVICE_RESET saves and restores config space (pci_reset_function); a new owner finds it fresh. */
START_TEST(resets_and_config_space)
{
	uint16_t command = 0;

	ck_assert_int_eq(device_write(device, at(VFIOD_CONFIG, PCI_COMMAND), "\x04\x00", 2), 2);
	vfio_reset(device);
	ck_assert_uint_eq(recorder->resets, 1);
	ck_assert_int_eq(device_read(device, at(VFIOD_CONFIG, PCI_COMMAND), &command, 2), 2);
	ck_assert_uint_eq(command, 0x4);
	vfio_start_afresh(device);
	ck_assert_uint_eq(recorder->resets, 2);
	ck_assert_int_eq(device_read(device, at(VFIOD_CONFIG, PCI_COMMAND), &command, 2), 2);
	/* Memory and I/O decoding on, bus mastering off. */
	ck_assert_uint_eq(command, 0x3);
}
END_TEST

Suite *
region_suite(void)
{
	Suite *suite = suite_create("region");
	TCase *tcase = tcase_create("access");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, splits_are_naturally_aligned, 0,
			    sizeof(splits) / sizeof(*splits));
	tcase_add_test(tcase, narrow_regions_get_narrow_accesses);
	tcase_add_test(tcase, end_of_region);
	tcase_add_test(tcase, regions_that_are_not_there);
	tcase_add_test(tcase, read_only_regions);
	tcase_add_test(tcase, memory_decoding_gates_memory_only);
	tcase_add_test(tcase, config_is_all_or_nothing);
	tcase_add_test(tcase, config_widths_agree);
	tcase_add_test(tcase, a_refusal_fails_the_whole_access);
	tcase_add_test(tcase, msix_table_is_out_of_reach);
	tcase_add_test(tcase, resets_and_config_space);
	suite_add_tcase(suite, tcase);
	return suite;
}
