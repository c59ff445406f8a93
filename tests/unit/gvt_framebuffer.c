/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen as a region: surfaces are laid out here bit by bit, as the manual draws it (Intel PRM SKL
 * Vol 5, "Tiling and Address"), and read as rows.
 */
#include "gvt_device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FRAMEBUFFER 11 /* a fake device has no system memory region */
#define CURSOR      12

#define BASE        0x200000u
#define PAGES       200u
#define WIDTH       150u
#define HEIGHT      70u
#define X_OFFSET    13u
#define Y_OFFSET    9u

/* Tiles: which bit of the offset, from 11 down to 0, is the next higher of column or row. */
static const struct layout {
	uint32_t control, unit; /* PLANE_CTL, bytes that PLANE_STRIDE counts */
	const char *bits;
	uint32_t width, height;
} layouts[] = {
	{0, 64, NULL, 0, 0},
	{1 << 10, 512, "yyyxxxxxxxxx", 512, 8},
	{4 << 10, 128, "xxxyyyyyxxxx", 128, 32},
	{5 << 10, 128, "xyxyxyyyxxxx", 128, 32},
	{5 << 10, 64, "xyxyyyyyxxxx", 64, 64}, /* Yf with 8 bits a pixel */
};

static const struct depth {
	uint32_t control, bytes;
} depths[] = {{0x84000000, 4}, {0x8e000000, 2}, {0x8c000000, 1}, {0x80000000, 2}};

#define NUM_LAYOUTS 5
#define NUM_DEPTHS  4

/* Where the byte at (x, y) is in the surface. */
static uint64_t
place(const struct layout *layout, uint32_t pitch, uint32_t x, uint32_t y)
{
	uint64_t tile, offset = 0;
	uint32_t in_x, in_y;

	if (!layout->bits)
		return (uint64_t)y * pitch + x;
	tile = (uint64_t)(y / layout->height) * (pitch / layout->width) + x / layout->width;
	in_x = x % layout->width;
	in_y = y % layout->height;
	for (int bit = 0; bit < 12; bit++) {
		uint32_t *from = layout->bits[11 - bit] == 'x' ? &in_x : &in_y;

		offset |= (uint64_t)(*from & 1) << bit;
		*from >>= 1;
	}
	return tile * 4096 + offset;
}

/* Graphics memory's pages are anywhere in memory: reversed, every other one. */
static uint64_t
bus_of(uint64_t offset)
{
	return (2 * (PAGES - 1 - offset / 4096)) * 4096 + offset % 4096;
}

static uint8_t
sample(uint32_t x, uint32_t y)
{
	return (uint8_t)((x * 7919 + y * 104729) >> 3 | 1);
}

static void
big_setup(void)
{
	dev = fake_device(&fake, &gvt_model, NULL, 2 * PAGES * 4096);
	gvt = dev->state;
}

static void
map_all(void)
{
	for (uint32_t i = 0; i < PAGES; i++)
		reg_write(dev, VFIOD_BAR0, 0x800000 + (BASE / 4096 + i) * 8, 8,
			  bus_of(i * 4096) | 1);
}

/* A plane of WIDTH x HEIGHT on pipe A. Returns the pitch. */
static uint32_t
show(const struct layout *layout, const struct depth *depth)
{
	uint32_t unit = layout->unit, count = ((WIDTH + X_OFFSET) * depth->bytes + unit - 1) / unit;

	map_all();
	put(0x70008, 1u << 31);
	put(0x6001c, (WIDTH - 1) << 16 | (HEIGHT - 1));
	put(0x70188, count + 1);
	put(0x701a4, Y_OFFSET << 16 | X_OFFSET);
	put(0x70180, depth->control | layout->control);
	put(0x7019c, BASE);
	return (count + 1) * unit;
}

static uint32_t
row_size(const struct depth *depth)
{
	return (WIDTH * depth->bytes + 3) / 4 * 4;
}

/* Reads [from, to) of the region in one access and compares with what was drawn. */
static void
assert_rows(unsigned region, uint32_t row, uint32_t left, uint32_t top, uint32_t valid,
	    uint64_t from, uint64_t to)
{
	uint8_t *got = malloc(to - from);

	memset(got, 0xee, to - from);
	ck_assert_int_eq(dev->region[region].copy_out(gvt, from, got, to - from), 0);
	for (uint64_t at = from; at < to; at++) {
		uint32_t x = (uint32_t)(at % row), y = (uint32_t)(at / row);
		uint8_t want = sample(left + x, top + y);

		if (x < valid && got[at - from] != want)
			ck_abort_msg("byte %u of row %u: %02x instead of %02x", x, y,
				     got[at - from], want);
	}
	free(got);
}

static bool
possible(const struct layout *layout, const struct depth *depth)
{
	/* Yf has one layout for pixels of one byte, another for larger ones. */
	return layout->control != 5 << 10 || (layout->unit == 64) == (depth->bytes == 1);
}

START_TEST(reads_rows)
{
	const struct layout *layout = &layouts[_i % NUM_LAYOUTS];
	const struct depth *depth = &depths[_i / NUM_LAYOUTS % NUM_DEPTHS];
	uint32_t row = row_size(depth), pitch, left = X_OFFSET * depth->bytes;
	uint64_t size = (uint64_t)row * HEIGHT;

	if (!possible(layout, depth))
		return;
	fake.map_refused = _i >= NUM_LAYOUTS * NUM_DEPTHS;
	pitch = show(layout, depth);
	for (uint32_t y = 0; y < HEIGHT + Y_OFFSET; y++)
		for (uint32_t x = 0; x < pitch; x++)
			fake.memory[bus_of(place(layout, pitch, x, y))] = sample(x, y);
	assert_rows(FRAMEBUFFER, row, left, Y_OFFSET, WIDTH * depth->bytes, 0, size);
	/* Any part of it: one byte, within a row, over its end, some rows. */
	for (uint64_t from = 0; from < size; from += 997)
		for (uint64_t length = 1; length < 4 * row && from + length <= size; length *= 5)
			assert_rows(FRAMEBUFFER, row, left, Y_OFFSET, WIDTH * depth->bytes, from,
				    from + length);
}
END_TEST

/* Behind the picture, and where nothing is mapped or no memory is, there are zeros. */
START_TEST(reads_zeros)
{
	const struct layout *layout = &layouts[_i];
	const uint32_t row = WIDTH * 4;
	uint8_t bytes[1000];
	uint8_t zeros[1000] = {0};

	memset(fake.memory, 0xff, 2 * PAGES * 4096);
	show(layout, &depths[0]);
	ck_assert_int_eq(dev->region[FRAMEBUFFER].copy_out(gvt, row * HEIGHT - 8, bytes, 1000), 0);
	ck_assert_mem_eq(bytes + 8, zeros, 992);
	ck_assert_uint_eq(bytes[7], 0xff);
	ck_assert_int_eq(dev->region[FRAMEBUFFER].copy_out(gvt, (128 << 20) - 1000, bytes, 1000),
			 0);
	ck_assert_mem_eq(bytes, zeros, 1000);
	/* The first entry stays, or there would be no surface; the others lead nowhere. */
	for (uint32_t i = 1; i < PAGES; i++)
		reg_write(dev, VFIOD_BAR0, 0x800000 + (BASE / 4096 + i) * 8, 8,
			  i % 2 ? 0 : 0x7fff00001);
	ck_assert_int_eq(dev->region[FRAMEBUFFER].copy_out(gvt, row * (HEIGHT - 1), bytes, row), 0);
	ck_assert_mem_eq(bytes, zeros, row);
	fake.map_refused = true;
	ck_assert_int_eq(dev->region[FRAMEBUFFER].copy_out(gvt, row * (HEIGHT - 1), bytes, row), 0);
	ck_assert_mem_eq(bytes, zeros, row);
	put(0x70008, 0);
	ck_assert_int_eq(dev->region[FRAMEBUFFER].copy_out(gvt, 0, bytes, 1000), 0);
	ck_assert_mem_eq(bytes, zeros, 1000);
}
END_TEST

START_TEST(reads_cursor)
{
	map_all();
	put(0x70008, 1u << 31);
	put(0x70080, 0x27);
	put(0x70084, BASE);
	for (uint32_t at = 0; at < 64 * 64 * 4; at++)
		fake.memory[bus_of(at)] = sample(at % 256, at / 256);
	assert_rows(CURSOR, 256, 0, 0, 256, 0, 64 * 64 * 4);
}
END_TEST

START_TEST(describes_planes)
{
	struct vfiod_plane plane;

	ck_assert_int_eq(gvt_model.query_plane(dev, 1, &plane), -ENODEV);
	ck_assert_int_eq(gvt_model.query_plane(dev, 0, &plane), -EINVAL);
	show(&layouts[2], &depths[0]);
	ck_assert_int_eq(gvt_model.query_plane(dev, 1, &plane), 0);
	ck_assert_uint_eq(plane.format, 0x34325258); /* XR24 */
	ck_assert_uint_eq(plane.modifier, 0);
	ck_assert_uint_eq(plane.width, WIDTH);
	ck_assert_uint_eq(plane.height, HEIGHT);
	ck_assert_uint_eq(plane.stride, WIDTH * 4);
	ck_assert_uint_eq(plane.size, WIDTH * 4 * HEIGHT);
	ck_assert_uint_eq(plane.region, FRAMEBUFFER);
	ck_assert_uint_eq(plane.x, 0);
	ck_assert_int_eq(gvt_model.query_plane(dev, 2, &plane), -ENODEV);
	put(0x70080, 0x22);
	put(0x70084, BASE);
	put(0x70088, 0x80070000 | 0x8005);
	ck_assert_int_eq(gvt_model.query_plane(dev, 2, &plane), 0);
	ck_assert_uint_eq(plane.format, 0x34325241); /* AR24 */
	ck_assert_uint_eq(plane.width, 128);
	ck_assert_uint_eq(plane.size, 128 * 128 * 4);
	ck_assert_uint_eq(plane.region, CURSOR);
	ck_assert_uint_eq(plane.x, 5);
	ck_assert_uint_eq(plane.y, 7);
}
END_TEST

Suite *
gvt_framebuffer_suite(void)
{
	Suite *suite = suite_create("gvt_framebuffer");
	TCase *tests = tcase_create("framebuffer");

	tcase_add_checked_fixture(tests, big_setup, teardown);
	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, reads_rows, 0, 2 * NUM_LAYOUTS * NUM_DEPTHS);
	tcase_add_loop_test(tests, reads_zeros, 0, NUM_LAYOUTS - 1);
	tcase_add_test(tests, reads_cursor);
	tcase_add_test(tests, describes_planes);
	return suite;
}
