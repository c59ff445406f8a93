/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EDID region's protocol (GVT-g kvmgt.c, <linux/vfio.h>) and the blocks it starts with. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/gvt/gvt.h"

#define REGION (VFIOD_FIRST_SPECIFIC + 1)
#define BLOB   2048u

/* Runs a test once for each row of its table. */
#define ALL(tests, test, rows)                                                                     \
	tcase_add_loop_test(tests, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static struct fake_host fake;
static struct vfiod_device *dev;

static void
setup(void)
{
	dev = fake_device(&fake, &gvt_model, NULL, 4096);
}

static void
teardown(void)
{
	fake_device_free(dev);
}

static uint32_t
get(unsigned pos)
{
	return (uint32_t)reg_read(dev, REGION, pos, 4);
}

static int
put(unsigned pos, uint32_t value)
{
	return reg_write_error(dev, REGION, pos, 4, value);
}

static void
read_blob(struct vfiod_device *from, uint8_t *blob, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		blob[i] = (uint8_t)reg_read(from, REGION, BLOB + i, 1);
}

static void
write_blob(const uint8_t *blob, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		reg_write(dev, REGION, BLOB + i, 1, blob[i]);
}

START_TEST(start_values)
{
	ck_assert_uint_eq(get(0), 2048);
	ck_assert_uint_eq(get(4), 256);
	ck_assert_uint_eq(get(8), 128);
	ck_assert_uint_eq(get(12), 1920);
	ck_assert_uint_eq(get(16), 1200);
	ck_assert_uint_eq(get(20), 0);
	ck_assert_uint_ge(dev->region[REGION].size, get(0) + get(4));
}
END_TEST

START_TEST(header_access_rules)
{
	for (unsigned field = 0; field < 24; field += 4) {
		ck_assert_int_eq(reg_read_error(dev, REGION, field, 1), -EINVAL);
		ck_assert_int_eq(reg_read_error(dev, REGION, field, 2), -EINVAL);
		ck_assert_int_eq(reg_write_error(dev, REGION, field, 2, 1), -EINVAL);
		ck_assert_int_eq(reg_write_error(dev, REGION, field + 1, 1, 1), -EINVAL);
	}
	ck_assert_int_eq(put(0, 1), -EPERM);
	ck_assert_int_eq(put(4, 1), -EPERM);
	ck_assert_int_eq(put(12, 1), -EPERM);
	ck_assert_int_eq(put(16, 1), -EPERM);
	ck_assert_int_eq(reg_read_error(dev, REGION, 24, 4), -EINVAL);
	ck_assert_int_eq(put(24, 1), -EINVAL);
	ck_assert_int_eq(put(2044, 1), -EINVAL);
}
END_TEST

START_TEST(size_bounds_the_blob)
{
	ck_assert_int_eq(put(8, 257), -EINVAL);
	ck_assert_uint_eq(get(8), 128);
	ck_assert_int_eq(reg_read_error(dev, REGION, BLOB + 124, 4), 0);
	ck_assert_int_eq(reg_read_error(dev, REGION, BLOB + 128, 4), -EINVAL);
	ck_assert_int_eq(reg_write_error(dev, REGION, BLOB + 128, 1, 0), -EINVAL);
	ck_assert_int_eq(put(8, 256), 0);
	ck_assert_uint_eq(get(8), 256);
	ck_assert_int_eq(reg_write_error(dev, REGION, BLOB + 252, 4, 0x12345678), 0);
	ck_assert_uint_eq(get(BLOB + 252), 0x12345678);
	ck_assert_int_eq(reg_read_error(dev, REGION, BLOB + 256, 1), -EINVAL);
	ck_assert_int_eq(put(8, 130), 0);
	ck_assert_int_eq(reg_read_error(dev, REGION, BLOB + 128, 4), -EINVAL);
	ck_assert_int_eq(reg_read_error(dev, REGION, BLOB + 128, 2), 0);
	ck_assert_int_eq(put(8, 0), 0);
	ck_assert_int_eq(reg_read_error(dev, REGION, BLOB, 1), -EINVAL);
	ck_assert_int_eq(reg_read_error(dev, REGION, 4092, 4), -EINVAL);
}
END_TEST

START_TEST(link_states)
{
	ck_assert_int_eq(put(20, 0), -EINVAL);
	ck_assert_int_eq(put(20, 3), -EINVAL);
	ck_assert_uint_eq(get(20), 0);
	ck_assert_int_eq(put(20, 2), 0);
	ck_assert_uint_eq(get(20), 2);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, 0xc4000, 4), 0);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, 0xc2014, 4), 0);
	ck_assert_int_eq(put(20, 1), 0);
	ck_assert_uint_eq(get(20), 1);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, 0xc4000, 4), 1u << 23);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, 0xc4008, 4), 1u << 23);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, 0xc4030, 4), 3u << 16);
}
END_TEST

/* What a client does to resize: down, size and blob, up. */
START_TEST(new_edid)
{
	uint8_t blob[256] = {0};

	read_blob(dev, blob, 128);
	memcpy(blob + 128, "\x02\x03\x04", 3);
	blob[255] = (uint8_t) - (2 + 3 + 4);
	blob[126] = 1;
	blob[127] = (uint8_t)(blob[127] - 1);
	ck_assert_int_eq(put(20, 2), 0);
	ck_assert_int_eq(put(8, 256), 0);
	write_blob(blob, 256);
	ck_assert_int_eq(put(20, 1), 0);
	ck_assert_uint_eq(get(20), 1);
	ck_assert_int_eq(memcmp(((struct gvt *)dev->state)->edid.blob, blob, 256), 0);
	/* The monitor keeps what it was given. */
	gvt_model.reset(dev);
	ck_assert_uint_eq(get(8), 256);
	ck_assert_uint_eq(get(BLOB + 128), 0x00040302);
}
END_TEST

static const struct {
	unsigned pos;
	uint8_t flip;
} damage[] = {{0, 0xff}, {7, 0x01}, {127, 0x01}, {60, 0x80}};

START_TEST(link_up_wants_a_valid_edid)
{
	uint8_t byte = (uint8_t)reg_read(dev, REGION, BLOB + damage[_i].pos, 1);

	ck_assert_int_eq(put(20, 2), 0);
	reg_write(dev, REGION, BLOB + damage[_i].pos, 1, byte ^ damage[_i].flip);
	ck_assert_int_eq(put(20, 1), -EINVAL);
	ck_assert_uint_eq(get(20), 2);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, 0xc4000, 4), 0);
	reg_write(dev, REGION, BLOB + damage[_i].pos, 1, byte);
	ck_assert_int_eq(put(20, 1), 0);
}
END_TEST

START_TEST(link_up_wants_whole_blocks)
{
	ck_assert_int_eq(put(8, 0), 0);
	ck_assert_int_eq(put(20, 1), -EINVAL);
	ck_assert_int_eq(put(8, 127), 0);
	ck_assert_int_eq(put(20, 1), -EINVAL);
	ck_assert_int_eq(put(8, 256), 0);
	reg_write(dev, REGION, BLOB + 200, 1, 1); /* second block's sum is wrong */
	ck_assert_int_eq(put(20, 1), -EINVAL);
	ck_assert_int_eq(put(8, 128), 0);
	ck_assert_int_eq(put(20, 1), 0);
}
END_TEST

START_TEST(reset_keeps_the_plug)
{
	ck_assert_int_eq(put(20, 2), 0);
	gvt_model.reset(dev);
	ck_assert_uint_eq(get(20), 2);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, 0xc4000, 4), 0);
	ck_assert_int_eq(put(20, 1), 0);
	gvt_model.reset(dev);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, 0xc4000, 4), 1u << 23);
}
END_TEST

static const struct {
	const char *option;
	uint32_t xres, yres, clock, htotal, vtotal;
	const char *timing;   /* bytes 0 to 11 of the detailed timing, then flags */
	const char *standard; /* two bytes each */
} monitors[] = {
	{"monitor=1920x1200", 1920, 1200, 15400, 2080, 1235,
	 "\x28\x3c\x80\xa0\x70\xb0\x23\x40\x30\x20\x36\x00\x1a",
	 "\xd1\xc0\xb3\x00\xa9\x40\x95\x00\x81\x80\x81\x40\x81\xc0\x01\x01"},
	{"monitor=1024x768", 1024, 768, 6500, 1344, 806,
	 "\x64\x19\x00\x40\x41\x00\x26\x30\x18\x88\x36\x00\x18",
	 "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"},
};

/* Leaves the block where a script can find it: with GVT_EDID_DIR set, edid-decode looks at it. */
static void
save(const char *name, const uint8_t *block)
{
	const char *folder = getenv("GVT_EDID_DIR");
	char path[256];
	FILE *file;

	if (!folder)
		return;
	snprintf(path, sizeof(path), "%s/%s.bin", folder, name);
	file = fopen(path, "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(block, 1, 128, file), 128);
	fclose(file);
}

/* Three bytes of a detailed timing: two low bytes, then the upper four bits of each. */
static unsigned
active(const uint8_t *timing)
{
	return timing[0] | (timing[2] & 0xf0u) << 4;
}

static unsigned
blank(const uint8_t *timing)
{
	return timing[1] | (timing[2] & 0x0fu) << 8;
}

START_TEST(blocks)
{
	struct fake_host host;
	struct vfiod_device *other = fake_device(&host, &gvt_model, monitors[_i].option, 4096);
	const uint8_t *dtd, *limits;
	uint8_t block[128], sum = 0;
	unsigned khz;

	ck_assert_uint_eq(reg_read(other, REGION, 12, 4), monitors[_i].xres);
	ck_assert_uint_eq(reg_read(other, REGION, 16, 4), monitors[_i].yres);
	read_blob(other, block, 128);
	save(strchr(monitors[_i].option, '=') + 1, block);
	for (unsigned i = 0; i < 128; i++)
		sum = (uint8_t)(sum + block[i]);
	ck_assert_uint_eq(sum, 0);
	ck_assert_int_eq(memcmp(block, "\x00\xff\xff\xff\xff\xff\xff\x00", 8), 0);
	ck_assert_int_eq(memcmp(block + 8, "\x58\xc4", 2), 0); /* VFD */
	ck_assert_int_eq(memcmp(block + 18, "\x01\x04", 2), 0);
	ck_assert_uint_eq(block[20] & 0x80, 0x80); /* digital */
	ck_assert_uint_eq(block[126], 0);
	dtd = block + 54;
	ck_assert_uint_eq(dtd[0] | dtd[1] << 8, monitors[_i].clock);
	ck_assert_uint_eq(active(dtd + 2), monitors[_i].xres);
	ck_assert_uint_eq(active(dtd + 2) + blank(dtd + 2), monitors[_i].htotal);
	ck_assert_uint_eq(active(dtd + 5), monitors[_i].yres);
	ck_assert_uint_eq(active(dtd + 5) + blank(dtd + 5), monitors[_i].vtotal);
	ck_assert_int_eq(memcmp(dtd, monitors[_i].timing, 12), 0);
	ck_assert_uint_eq(dtd[17], (uint8_t)monitors[_i].timing[12]);
	/* Millimetres here are the centimetres of the header. */
	ck_assert_uint_eq(dtd[12] | (dtd[14] & 0xf0u) << 4, block[21] * 10u);
	ck_assert_uint_eq(dtd[13] | (dtd[14] & 0x0fu) << 8, block[22] * 10u);
	ck_assert_int_eq(memcmp(block + 35, "\x21\x08\x00", 3), 0);
	ck_assert_int_eq(memcmp(block + 38, monitors[_i].standard, 16), 0);
	ck_assert_ptr_nonnull(memmem(block, 128, "\x00\x00\x00\xfc\x00vfiod\n", 11));
	limits = memmem(block, 128, "\x00\x00\x00\xfd\x00", 5);
	ck_assert_ptr_nonnull(limits);
	ck_assert_uint_le(limits[5], 59);
	ck_assert_uint_ge(limits[6], 60);
	khz = monitors[_i].clock * 10 / monitors[_i].htotal;
	ck_assert(limits[7] <= khz && limits[8] > khz);
	ck_assert_uint_ge(limits[9] * 1000u, monitors[_i].clock);
	fake_device_free(other);
}
END_TEST

Suite *
gvt_edid_suite(void)
{
	Suite *suite = suite_create("gvt_edid");
	TCase *tests = tcase_create("edid");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, start_values);
	tcase_add_test(tests, header_access_rules);
	tcase_add_test(tests, size_bounds_the_blob);
	tcase_add_test(tests, link_states);
	tcase_add_test(tests, new_edid);
	ALL(tests, link_up_wants_a_valid_edid, damage);
	tcase_add_test(tests, link_up_wants_whole_blocks);
	tcase_add_test(tests, reset_keeps_the_plug);
	ALL(tests, blocks, monitors);
	suite_add_tcase(suite, tests);
	return suite;
}
