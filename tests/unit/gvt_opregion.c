/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The OpRegion and the video BIOS table in it, as GVT-g lays them out (opregion.c). */
#include "unit.h"

#include <string.h>

#include "models/gvt/gvt.h"

#define REGION VFIOD_FIRST_SPECIFIC
#define VBT    0x400u

/* Runs a test once for each row of its table. */
#define ALL(tests, test, rows)                                                                     \
	tcase_add_loop_test(tests, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static struct fake_host fake;
static struct vfiod_device *dev;
static uint8_t image[8192];

static void
setup(void)
{
	dev = fake_device(&fake, &gvt_model, NULL, 4096);
	ck_assert_int_eq(dev->region[REGION].copy_out(dev->state, 0, image, sizeof(image)), 0);
}

static void
teardown(void)
{
	fake_device_free(dev);
}

static uint32_t
at(unsigned offset, unsigned width)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint32_t)image[offset + i] << (8 * i);
	return value;
}

START_TEST(header)
{
	ck_assert_int_eq(memcmp(image, "IntelGraphicsMem", 16), 0);
	ck_assert_uint_eq(at(0x10, 4), 8);
	ck_assert_uint_eq(at(0x14, 4), 0x02000000);
	for (unsigned i = 0x18; i < 0x58; i++)
		ck_assert_uint_eq(image[i], 0);
	ck_assert_uint_eq(at(0x58, 4), 8);
	ck_assert_uint_eq(image[0x1ac], 3);
	ck_assert_uint_eq(at(0x200, 4), 0);
	ck_assert_uint_eq(at(0x204, 4), 0);
	/* Nothing else before the VBT. */
	for (unsigned i = 0x5c; i < VBT; i++)
		ck_assert_msg(i == 0x1ac || !image[i], "offset %x", i);
}
END_TEST

START_TEST(partial_reads)
{
	uint8_t part[7];

	ck_assert_int_eq(dev->region[REGION].copy_out(dev->state, 0x3fd, part, 7), 0);
	ck_assert_int_eq(memcmp(part, image + 0x3fd, 7), 0);
	ck_assert_int_eq(dev->region[REGION].copy_out(dev->state, 8191, part, 1), 0);
	ck_assert_ptr_null(dev->region[REGION].copy_in);
	ck_assert_ptr_null(dev->region[REGION].write);
}
END_TEST

START_TEST(vbt_headers)
{
	unsigned bdb = VBT + at(VBT + 28, 4), size = at(VBT + 24, 2);
	uint8_t sum = 0;

	ck_assert_int_eq(memcmp(image + VBT, "$VBT", 4), 0);
	ck_assert_uint_eq(at(VBT + 20, 2), 155);
	ck_assert_uint_eq(at(VBT + 22, 2), 48);
	ck_assert_uint_eq(bdb, VBT + 48);
	ck_assert_uint_le(size, 7168);
	for (unsigned i = 0; i < size; i++)
		sum = (uint8_t)(sum + image[VBT + i]);
	ck_assert_uint_eq(sum, 0);
	ck_assert_int_eq(memcmp(image + bdb, "BIOS_DATA_BLOCK ", 16), 0);
	ck_assert_uint_eq(at(bdb + 16, 2), 186);
	ck_assert_uint_eq(at(bdb + 18, 2), 22);
	ck_assert_uint_eq(bdb - VBT + at(bdb + 20, 2), size);
}
END_TEST

/* Offset of the block's data, 0 if it isn't there; checks that blocks end with the BDB. */
static unsigned
find_block(uint8_t id, unsigned *size)
{
	unsigned bdb = VBT + at(VBT + 28, 4), end = bdb + at(bdb + 20, 2);
	unsigned pos = bdb + at(bdb + 18, 2), found = 0;

	while (pos < end) {
		if (image[pos] == id) {
			found = pos + 3;
			*size = at(pos + 1, 2);
		}
		pos += 3 + at(pos + 1, 2);
	}
	ck_assert_uint_eq(pos, end);
	return found;
}

START_TEST(vbt_blocks)
{
	unsigned size, data;

	data = find_block(1, &size);
	ck_assert_uint_ne(data, 0);
	ck_assert_uint_ge(size, 5);
	ck_assert_uint_eq(image[data + 4] & 3, 0); /* no CRT, no TV */
	data = find_block(12, &size);
	ck_assert_uint_ne(data, 0);
	ck_assert_uint_eq(at(data + 7, 2) & 0x1800, 0); /* no LVDS */
	ck_assert_uint_eq(find_block(3, &size), 0);
}
END_TEST

static const struct {
	uint16_t handle;
	uint8_t port, aux;
} children[] = {{0x04, 10, 0x40}, {0x40, 7, 0x10}, {0x20, 8, 0x20}, {0x10, 9, 0x30}};

START_TEST(vbt_children)
{
	unsigned size, data = find_block(2, &size), child;

	ck_assert_uint_ne(data, 0);
	ck_assert_uint_eq(image[data + 4], 33);
	ck_assert_uint_eq(size, 5 + 4 * 33);
	child = data + 5 + 33 * (unsigned)_i;
	ck_assert_uint_eq(at(child, 2), children[_i].handle);
	ck_assert_uint_eq(at(child + 2, 2), 0x68c6);
	ck_assert_uint_eq(image[child + 16], children[_i].port);
	ck_assert_uint_eq(image[child + 19], 0);    /* DDC pin */
	ck_assert_uint_eq(image[child + 24], 0x02); /* DP, neither HDMI nor TMDS */
	ck_assert_uint_eq(image[child + 25], children[_i].aux);
	ck_assert_uint_eq(image[child + 27], 0x20); /* integrated encoder */
}
END_TEST

Suite *
gvt_opregion_suite(void)
{
	Suite *suite = suite_create("gvt_opregion");
	TCase *tests = tcase_create("opregion");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, header);
	tcase_add_test(tests, partial_reads);
	tcase_add_test(tests, vbt_headers);
	tcase_add_test(tests, vbt_blocks);
	ALL(tests, vbt_children, children);
	suite_add_tcase(suite, tests);
	return suite;
}
