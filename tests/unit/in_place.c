/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads without a copy in between: where the bytes are, when it is not possible, and the lock meanwhile. */
#include "unit.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "models/models.h"
#include "vfio/device.h"

#define PAGE       4096u
#define PVINFO_LOW 0x78040u
#define GGTT       0x800000u
#define FENCE      0x100000u

static const struct vfiod_options no_options;
static struct vfio_device *device;
static struct vfio_file *file;
static uint32_t low; /* where the vGPU's part of the aperture begins */
static struct iovec vector[8];

static uint64_t
at(unsigned index, uint64_t pos)
{
	return (uint64_t)index << VFIO_OFFSET_SHIFT | pos;
}

static void
put(uint64_t offset, const void *bytes, size_t length)
{
	ck_assert_int_eq(vfio_write(file, offset, bytes, length), (ssize_t)length);
}

/* Pages 5, 6 and 2 of its memory, then nothing. */
static void
setup(void)
{
	static const uint64_t entries[4] = {5 * PAGE | 1, 6 * PAGE | 1, 2 * PAGE | 1, 0};
	static uint8_t bytes[3 * PAGE];

	device = vfio_device_new(model_by_name("vgpu"), "vgpu", 0, &no_options);
	ck_assert_ptr_nonnull(device);
	file = vfio_open(device);
	ck_assert_int_eq(vfio_read(file, at(VFIOD_BAR0, PVINFO_LOW), &low, 4), 4);
	put(at(VFIOD_BAR0, GGTT + low / PAGE * 8), entries, sizeof(entries));
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / PAGE);
	put(at(VFIOD_BAR2, low), bytes, sizeof(bytes));
}

static void
teardown(void)
{
	vfio_device_free(device);
}

/* How many vectors; the device is locked exactly when there are some. */
static unsigned
in_place(uint64_t offset, size_t length, unsigned room, size_t expected)
{
	unsigned count = room;
	size_t got = vfio_read_in_place(file, offset, length, vector, &count);

	ck_assert_uint_eq(got, expected);
	ck_assert_int_eq(count > 0, expected > 0);
	ck_assert_int_eq(lock_try(&device->lock), !expected);
	if (expected)
		vfio_read_end(file);
	else
		lock_release(&device->lock);
	return count;
}

START_TEST(aperture)
{
	uint8_t copied[3 * PAGE];

	ck_assert_uint_eq(in_place(at(VFIOD_BAR2, low), 3 * PAGE, 8, 3 * PAGE), 2);
	ck_assert_uint_eq(vector[0].iov_len, 2 * PAGE);
	ck_assert_uint_eq(vector[1].iov_len, PAGE);
	ck_assert_int_eq(vfio_read(file, at(VFIOD_BAR2, low), copied, sizeof(copied)),
			 sizeof(copied));
	ck_assert_mem_eq(vector[0].iov_base, copied, 2 * PAGE);
	ck_assert_mem_eq(vector[1].iov_base, copied + 2 * PAGE, PAGE);
	/* From inside a page to inside another. */
	ck_assert_uint_eq(in_place(at(VFIOD_BAR2, low + PAGE + 5), PAGE, 8, PAGE), 2);
	ck_assert_uint_eq(vector[0].iov_len, PAGE - 5);
	ck_assert_mem_eq(vector[0].iov_base, copied + PAGE + 5, PAGE - 5);
	ck_assert_mem_eq(vector[1].iov_base, copied + 2 * PAGE, 5);
}
END_TEST

START_TEST(not_possible)
{
	const uint32_t fence[2] = {low | 1, low};
	const uint16_t off = 0;

	in_place(at(VFIOD_BAR2, low), 4 * PAGE, 8, 0); /* a page that isn't there */
	in_place(at(VFIOD_BAR2, low), 3 * PAGE, 1, 0);
	in_place(at(VFIOD_BAR2, low), 0, 8, 0);
	in_place(at(VFIOD_BAR2, 0) - PAGE, PAGE, 8, 0); /* past the region before */
	in_place(at(VFIOD_BAR0, 0), 2 * PAGE, 8, 0);
	in_place(at(VFIOD_CONFIG, 0), 64, 8, 0);
	in_place(at(VFIOD_MAX_REGIONS, 0), PAGE, 8, 0);
	put(at(VFIOD_BAR0, FENCE), fence, sizeof(fence));
	in_place(at(VFIOD_BAR2, low), PAGE, 8, 0); /* tiled */
	put(at(VFIOD_BAR0, FENCE), (uint32_t[2]){0, 0}, sizeof(fence));
	in_place(at(VFIOD_BAR2, low), PAGE, 8, PAGE);
	device->strict = true;
	in_place(at(VFIOD_BAR2, low), PAGE, 8, 0);
	device->strict = false;
	/* Client memory may go at any moment. */
	atomic_store(&device->translated, true);
	in_place(at(VFIOD_BAR2, low), PAGE, 8, 0);
	atomic_store(&device->translated, false);
	put(at(VFIOD_CONFIG, PCI_COMMAND), &off, 2);
	in_place(at(VFIOD_BAR2, low), PAGE, 8, 0);
}
END_TEST

START_TEST(system_memory)
{
	unsigned index = VFIOD_FIRST_SPECIFIC;

	while (index < device->dev.num_regions &&
	       device->dev.region[index].type != VFIOD_REGION_TYPE)
		index++;
	ck_assert_uint_lt(index, device->dev.num_regions);
	in_place(at(index, 5 * PAGE), PAGE, 1, PAGE);
	ck_assert_ptr_eq(vector[0].iov_base, device->memory.base + 5 * PAGE);
	/* Cut at its end as any read. */
	in_place(at(index, device->memory.size - 100), PAGE, 1, 100);
	ck_assert_uint_eq(vector[0].iov_len, 100);
}
END_TEST

Suite *
in_place_suite(void)
{
	Suite *suite = suite_create("in_place");
	TCase *tcase = tcase_create("in_place");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, aperture);
	tcase_add_test(tcase, not_possible);
	tcase_add_test(tcase, system_memory);
	suite_add_tcase(suite, tcase);
	return suite;
}
