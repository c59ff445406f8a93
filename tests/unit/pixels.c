/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfioctl's pixels: known colours in every format, as <drm/drm_fourcc.h> lays them out. */
#include "unit.h"

#include <string.h>

#include "../../tools/vfioctl/pixels.h"

static const struct format {
	const char *fourcc;
	uint8_t bytes[4]; /* one pixel, or a pair of YUV */
	uint32_t width;
	unsigned channels, depth;
	uint16_t samples[6];
} rows[] = {
	{"XR24", {0x30, 0x20, 0x10, 0x77}, 1, 3, 8, {0x10, 0x20, 0x30}},
	{"AR24", {0x30, 0x20, 0x10, 0x77}, 1, 3, 8, {0x10, 0x20, 0x30}},
	{"XB24", {0x10, 0x20, 0x30, 0x77}, 1, 3, 8, {0x10, 0x20, 0x30}},
	{"AB24", {0x10, 0x20, 0x30, 0x77}, 1, 3, 8, {0x10, 0x20, 0x30}},
	/* 1023, 512, 0: x:R:G:B 2:10:10:10 */
	{"XR30", {0x00, 0x00, 0xf8, 0x3f}, 1, 3, 16, {0xffff, 0x8020, 0}},
	{"XB30", {0xff, 0x03, 0x08, 0x00}, 1, 3, 16, {0xffff, 0x8020, 0}},
	/* 31, 32, 0: R:G:B 5:6:5 */
	{"RG16", {0x00, 0xfc}, 1, 3, 8, {255, 130, 0}},
	{"C8  ", {0x5a}, 1, 1, 8, {0x5a}},
	/* BT.601: white and black without colour, then red (81, 90, 240) and its U and V exchanged */
	{"YUYV", {235, 128, 16, 128}, 2, 3, 8, {255, 255, 255, 0, 0, 0}},
	{"YUYV", {81, 90, 16, 240}, 1, 3, 8, {254, 0, 0}},
	{"UYVY", {90, 81, 240, 16}, 1, 3, 8, {254, 0, 0}},
	{"YVYU", {81, 240, 16, 90}, 1, 3, 8, {254, 0, 0}},
	{"VYUY", {240, 81, 90, 16}, 1, 3, 8, {254, 0, 0}},
	{"VYUY", {128, 16, 128, 235}, 2, 3, 8, {0, 0, 0, 255, 255, 255}},
};

static const struct pixel_format *
find(const char *fourcc)
{
	return pixel_format_find((uint32_t)fourcc[0] | (uint32_t)fourcc[1] << 8 |
				 (uint32_t)fourcc[2] << 16 | (uint32_t)fourcc[3] << 24);
}

START_TEST(converts)
{
	const struct format *row = &rows[_i];
	const struct pixel_format *format = find(row->fourcc);
	uint8_t samples[16];

	ck_assert_ptr_nonnull(format);
	ck_assert_uint_eq(pixel_channels(format), row->channels);
	ck_assert_uint_eq(pixel_depth(format), row->depth);
	ck_assert_int_eq(pixel_has_alpha(format), row->fourcc[0] == 'A');
	memset(samples, 0xee, sizeof(samples));
	pixel_convert(format, row->bytes, row->width, false, samples);
	for (unsigned i = 0; i < row->width * row->channels; i++)
		if (row->depth == 16)
			ck_assert_uint_eq(samples[2 * i] << 8 | samples[2 * i + 1],
					  row->samples[i]);
		else
			ck_assert_uint_eq(samples[i], row->samples[i]);
	ck_assert_uint_eq(samples[row->width * row->channels * row->depth / 8], 0xee);
}
END_TEST

/* Colours come multiplied by alpha; PNG has them as they were. */
START_TEST(keeps_alpha)
{
	static const uint8_t row[] = {0x40, 0x20, 0x80, 0x80, 1,    2,    3,    0,
				      0x30, 0x20, 0x10, 0xff, 0xff, 0xff, 0xff, 0x80};
	static const uint8_t want[] = {0xff, 0x40, 0x80, 0x80, 255,  255,  255,  0,
				       0x10, 0x20, 0x30, 0xff, 0xff, 0xff, 0xff, 0x80};
	uint8_t samples[16];

	pixel_convert(find("AR24"), row, 4, true, samples);
	ck_assert_mem_eq(samples, want, 4);
	ck_assert_uint_eq(samples[7], 0);
	ck_assert_mem_eq(samples + 8, want + 8, 8);
}
END_TEST

START_TEST(row_sizes)
{
	ck_assert_uint_eq(pixel_row_size(find("XR24"), 1023), 4092);
	ck_assert_uint_eq(pixel_row_size(find("RG16"), 3), 6);
	ck_assert_uint_eq(pixel_row_size(find("C8  "), 3), 3);
	ck_assert_uint_eq(pixel_row_size(find("YUYV"), 3), 8);
	ck_assert_ptr_null(find("NV12"));
	ck_assert_ptr_null(pixel_format_find(0));
}
END_TEST

Suite *
pixels_suite(void)
{
	Suite *suite = suite_create("pixels");
	TCase *tests = tcase_create("pixels");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, converts, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tests, keeps_alpha);
	tcase_add_test(tests, row_sizes);
	return suite;
}
