/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Planes decoded: formats, tilings, errors. Expected values are GVT-g's (fb_decoder.c, dmabuf.c) and those
 * of <drm/drm_fourcc.h>.
 */
#include "gvt_device.h"

#include <errno.h>

#define LOW_BASE 0x100000u /* of the surface, in the aperture */
#define NO_HOT   UINT32_MAX

static const uint64_t x_tiled = UINT64_C(0x0100000000000001);
static const uint64_t y_tiled = UINT64_C(0x0100000000000002);
static const uint64_t yf_tiled = UINT64_C(0x0100000000000003);

static uint32_t
fourcc(const char *text)
{
	return (uint32_t)text[0] | (uint32_t)text[1] << 8 | (uint32_t)text[2] << 16 |
	       (uint32_t)text[3] << 24;
}

/* An entry for the page at @a gm. */
static void
map(uint64_t gm)
{
	reg_write(dev, VFIOD_BAR0, 0x800000 + gm / 4096 * 8, 8, 0x1001);
}

/* A primary plane of 1920x1200 on pipe A, which the firmware left on. */
static void
primary(uint32_t control, uint32_t stride)
{
	map(LOW_BASE);
	put(0x6001c, 1919 << 16 | 1199);
	put(0x70188, stride);
	put(0x701a4, 0);
	put(0x70180, control);
	put(0x7019c, LOW_BASE);
}

static const struct {
	uint32_t control;
	const char *format;
	uint32_t bpp;
} formats[] = {
	{0x84000000, "XR24", 32}, {0x84000020, "AR24", 32}, {0x84000030, "AR24", 32},
	{0x84100000, "XB24", 32}, {0x84100020, "AB24", 32}, {0x82000000, "XR30", 32},
	{0x82100000, "XB30", 32}, {0x8e000000, "RG16", 16}, {0x8c000000, "C8  ", 8},
	{0x80000000, "YUYV", 16}, {0x80010000, "UYVY", 16}, {0x80020000, "YVYU", 16},
	{0x80030000, "VYUY", 16},
};

START_TEST(format)
{
	struct gvt_plane plane;

	primary(formats[_i].control, 120);
	ck_assert_int_eq(gvt_plane(gvt, 0, GVT_PLANE_PRIMARY, &plane), 0);
	ck_assert_uint_eq(plane.format, fourcc(formats[_i].format));
	ck_assert_uint_eq(plane.bpp, formats[_i].bpp);
	ck_assert_uint_eq(plane.modifier, 0);
	ck_assert_uint_eq(plane.base, LOW_BASE);
	ck_assert_uint_eq(plane.width, 1920);
	ck_assert_uint_eq(plane.height, 1200);
	ck_assert_uint_eq(plane.stride, 120 * 64);
	ck_assert_uint_eq(plane.size, 120 * 64 * 1200);
	ck_assert_uint_eq(plane.x_hot, NO_HOT);
}
END_TEST

/* NV12, floating point, AYUV, the swapped forms that GVT-g doesn't know, and what is reserved. */
static const uint32_t other_formats[] = {0x81000000, 0x83000000, 0x85000000, 0x86000000,
					 0x88000000, 0x8e100000, 0x8c100000, 0x8f000000};

START_TEST(unknown_format)
{
	struct gvt_plane plane;

	primary(other_formats[_i], 120);
	ck_assert_int_eq(gvt_plane(gvt, 0, GVT_PLANE_PRIMARY, &plane), -EINVAL);
	ck_assert_int_eq(gvt_query_plane(gvt, 1, &plane), -EINVAL);
}
END_TEST

static const struct {
	uint32_t control, height_reg;
	const uint64_t *modifier;
	uint32_t stride, lines;
} tilings[] = {
	{0x84000400, 1079, &x_tiled, 15 * 512, 1080}, {0x84000400, 1080, &x_tiled, 15 * 512, 1088},
	{0x84001000, 1079, &y_tiled, 15 * 128, 1088}, {0x84001400, 1199, &yf_tiled, 15 * 128, 1216},
	{0x8c001400, 1199, &yf_tiled, 15 * 64, 1216},
};

START_TEST(tiling)
{
	struct gvt_plane plane;

	primary(tilings[_i].control, 15);
	put(0x6001c, 1919 << 16 | tilings[_i].height_reg);
	ck_assert_int_eq(gvt_plane(gvt, 0, GVT_PLANE_PRIMARY, &plane), 0);
	ck_assert_uint_eq(plane.modifier, *tilings[_i].modifier);
	ck_assert_uint_eq(plane.stride, tilings[_i].stride);
	ck_assert_uint_eq(plane.height, tilings[_i].height_reg + 1);
	ck_assert_uint_eq(plane.size, (uint64_t)tilings[_i].stride * tilings[_i].lines);
}
END_TEST

static const uint32_t other_tilings[] = {2u << 10, 3u << 10, 6u << 10, 7u << 10};

START_TEST(unknown_tiling)
{
	struct gvt_plane plane;

	primary(0x84000000 | other_tilings[_i], 15);
	ck_assert_int_eq(gvt_plane(gvt, 0, GVT_PLANE_PRIMARY, &plane), -EINVAL);
}
END_TEST

START_TEST(offset_in_the_surface)
{
	struct gvt_plane plane;

	primary(0x84000000, 120);
	put(0x701a4, 0x0fff1fff);
	put(0x7019c, LOW_BASE | 0x555);
	ck_assert_int_eq(gvt_query_plane(gvt, 1, &plane), 0);
	ck_assert_uint_eq(plane.x_offset, 0x1fff);
	ck_assert_uint_eq(plane.y_offset, 0xfff);
	ck_assert_uint_eq(plane.base, LOW_BASE);
}
END_TEST

START_TEST(nothing_to_see)
{
	struct gvt_plane plane;

	/* Pipe A is on, but shows nothing. */
	ck_assert_int_eq(gvt_active_pipe(gvt), 0);
	ck_assert_int_eq(gvt_query_plane(gvt, 1, &plane), -ENODEV);
	ck_assert_int_eq(gvt_query_plane(gvt, 2, &plane), -ENODEV);
	ck_assert_int_eq(gvt_plane(gvt, 0, GVT_PLANE_SPRITE, &plane), -ENODEV);
	primary(0x04000000, 120);
	ck_assert_int_eq(gvt_query_plane(gvt, 1, &plane), -ENODEV);
	primary(0x84000000, 120);
	ck_assert_int_eq(gvt_query_plane(gvt, 1, &plane), 0);
	ck_assert_int_eq(gvt_plane(gvt, 1, GVT_PLANE_PRIMARY, &plane), -ENODEV);
	put(0x70008, 0);
	ck_assert_int_eq(gvt_active_pipe(gvt), -ENODEV);
	ck_assert_int_eq(gvt_query_plane(gvt, 1, &plane), -ENODEV);
	/* The other plane types: overlays are none that VFIO gives away. */
	ck_assert_int_eq(gvt_query_plane(gvt, 0, &plane), -EINVAL);
	ck_assert_int_eq(gvt_query_plane(gvt, 3, &plane), -EINVAL);
}
END_TEST

START_TEST(pipe_that_counts)
{
	put(0x72008, 0x80000000);
	ck_assert_int_eq(gvt_active_pipe(gvt), 0);
	put(0x70008, 0);
	ck_assert_int_eq(gvt_active_pipe(gvt), 2);
	put(0x72008, 0);
	/* The panel's transcoder, from A, A, B, C and from nowhere; it needs its DDI function, too. */
	put(0x7f008, 0x80000000);
	ck_assert_int_eq(gvt_active_pipe(gvt), -ENODEV);
	put(0x6f400, 0x80000000);
	ck_assert_int_eq(gvt_active_pipe(gvt), 0);
	put(0x6f400, 0x80004000);
	ck_assert_int_eq(gvt_active_pipe(gvt), 0);
	put(0x6f400, 0x80005000);
	ck_assert_int_eq(gvt_active_pipe(gvt), 1);
	put(0x6f400, 0x80006000);
	ck_assert_int_eq(gvt_active_pipe(gvt), 2);
	put(0x6f400, 0x80007000);
	ck_assert_int_eq(gvt_active_pipe(gvt), -ENODEV);
}
END_TEST

START_TEST(surface_is_the_vgpus_own)
{
	struct fake_host host;
	struct vfiod_device *other = fake_device(
		&host, &gvt_model, "low=0x1000000+16M,high=0x20000000+64M,aperture=256M", 4096);
	struct gvt *theirs = other->state;
	struct gvt_plane plane;
	static const struct {
		uint32_t base;
		int result;
	} rows[] = {
		{0x1000000, 0},
		{0x1000000 + (16u << 20) - (4u << 20), 0},
		{0x1000000 + (16u << 20) - (4u << 20) + 4096, -EFAULT}, /* ends behind it */
		{0xfff000, -EINVAL},
		{0x0, -EINVAL},
		{0x20000000, 0},
		{0x20000000 + (64u << 20) - 4096, -EFAULT},
		{0xfffff000, -EINVAL},
		{0x1200000, -EINVAL}, /* nothing mapped there */
	};

	reg_write(other, VFIOD_BAR0, 0x6001c, 4, 1023 << 16 | 1023);
	reg_write(other, VFIOD_BAR0, 0x70188, 4, 4096 / 64);
	reg_write(other, VFIOD_BAR0, 0x70180, 4, 0x84000000);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].base != 0x1200000)
			reg_write(other, VFIOD_BAR0, 0x800000 + rows[i].base / 4096 * 8, 8, 0x1001);
		reg_write(other, VFIOD_BAR0, 0x7019c, 4, rows[i].base);
		ck_assert_msg(gvt_query_plane(theirs, 1, &plane) == rows[i].result, "base %x",
			      rows[i].base);
	}
	fake_device_free(other);
}
END_TEST

START_TEST(no_stride_no_picture)
{
	struct gvt_plane plane;

	primary(0x84000000, 0);
	ck_assert_int_eq(gvt_query_plane(gvt, 1, &plane), -EINVAL);
}
END_TEST

static const struct {
	uint32_t mode, pixels;
} cursors[] = {{0x22, 128}, {0x23, 256}, {0x27, 64}, {0x07, 64}};

START_TEST(cursor)
{
	uint32_t pixels = cursors[_i].pixels;
	struct gvt_plane plane;

	map(LOW_BASE);
	put(0x70080, 0x04000000 | cursors[_i].mode);
	put(0x70088, 0x80058003);
	put(0x70084, LOW_BASE);
	ck_assert_int_eq(gvt_query_plane(gvt, 2, &plane), 0);
	ck_assert_uint_eq(plane.format, fourcc("AR24"));
	ck_assert_uint_eq(plane.modifier, 0);
	ck_assert_uint_eq(plane.width, pixels);
	ck_assert_uint_eq(plane.height, pixels);
	ck_assert_uint_eq(plane.stride, pixels * 4);
	ck_assert_uint_eq(plane.size, pixels * pixels * 4);
	ck_assert_int_eq(plane.x, -3);
	ck_assert_int_eq(plane.y, -5);
	ck_assert_uint_eq(plane.x_hot, NO_HOT);
	ck_assert_uint_eq(plane.y_hot, NO_HOT);
	put(0x70088, 0x0fff1fff);
	put(0x78830, pixels);
	put(0x78834, 0);
	ck_assert_int_eq(gvt_query_plane(gvt, 2, &plane), 0);
	ck_assert_int_eq(plane.x, 0x1fff);
	ck_assert_int_eq(plane.y, 0xfff);
	ck_assert_uint_eq(plane.x_hot, pixels);
	ck_assert_uint_eq(plane.y_hot, 0);
	/* One that is no point of the cursor counts for nothing. */
	put(0x78834, pixels + 1);
	ck_assert_int_eq(gvt_query_plane(gvt, 2, &plane), 0);
	ck_assert_uint_eq(plane.x_hot, NO_HOT);
	ck_assert_uint_eq(plane.y_hot, NO_HOT);
}
END_TEST

static const uint32_t other_cursors[] = {0x01, 0x04, 0x05, 0x24, 0x3f};

START_TEST(unknown_cursor)
{
	struct gvt_plane plane;

	map(LOW_BASE);
	put(0x70084, LOW_BASE);
	put(0x70080, other_cursors[_i]);
	ck_assert_int_eq(gvt_query_plane(gvt, 2, &plane), -EINVAL);
}
END_TEST

START_TEST(sprite)
{
	struct gvt_plane plane;

	map(LOW_BASE);
	put(0x71008, 0x80000000);
	put(0x71288, 5);
	put(0x7128c, 100 << 16 | 200);
	put(0x71290, 239 << 16 | 319);
	put(0x71280, 0x84000000);
	put(0x7129c, LOW_BASE);
	ck_assert_int_eq(gvt_plane(gvt, 1, GVT_PLANE_SPRITE, &plane), 0);
	ck_assert_uint_eq(plane.width, 320);
	ck_assert_uint_eq(plane.height, 240);
	ck_assert_int_eq(plane.x, 200);
	ck_assert_int_eq(plane.y, 100);
	ck_assert_uint_eq(plane.stride, 320);
}
END_TEST

Suite *
gvt_plane_suite(void)
{
	Suite *suite = suite_create("gvt_plane");
	TCase *tests = new_tcase(suite, "planes");

	ALL(tests, format, formats);
	ALL(tests, unknown_format, other_formats);
	ALL(tests, tiling, tilings);
	ALL(tests, unknown_tiling, other_tilings);
	tcase_add_test(tests, offset_in_the_surface);
	tcase_add_test(tests, nothing_to_see);
	tcase_add_test(tests, pipe_that_counts);
	tcase_add_test(tests, surface_is_the_vgpus_own);
	tcase_add_test(tests, no_stride_no_picture);
	ALL(tests, cursor, cursors);
	ALL(tests, unknown_cursor, other_cursors);
	tcase_add_test(tests, sprite);
	return suite;
}
