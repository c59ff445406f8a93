/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blitter. What it should do is done here pixel by pixel, with addresses from tables of bits (see
 * gvt_fence.c), and all of memory is compared. Commands are as i915's and IGT's (gem_blits.c), Intel PRM
 * SKL Vol 2a.
 */
#include "gvt_rig.h"

#include <stdlib.h>
#include <string.h>

#define ALL(tests, test, rows)                                                                     \
	tcase_add_loop_test(tests, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

#define TARGET      0x400000u
#define SOURCE      0x800000u
#define SURFACES    0x400000u
#define SURFACE_END 0xc00000u

#define COPY        (2u << 29 | 0x53u << 22 | 3u << 20 | 8)
#define COLOR       (2u << 29 | 0x50u << 22 | 3u << 20 | 5)
#define FAST_COPY   (2u << 29 | 0x42u << 22 | 8)

enum tiling { LINEAR, X, Y };

static uint8_t *memory; /* what memory should be */

struct image {
	uint32_t at;
	enum tiling tiling;
	int pitch; /* bytes */
	int pixel; /* bytes */
};

static void
setup(void)
{
	rig_setup(RIG_BLITTER);
	memory = malloc(RIG_MEMORY);
	for (uint32_t at = SURFACES; at < SURFACE_END; at++)
		rig_fake.memory[at] = (uint8_t)(at * 167 ^ at >> 7 ^ at >> 13);
	memcpy(memory, rig_fake.memory, RIG_MEMORY);
}

static void
teardown(void)
{
	free(memory);
	rig_teardown();
}

static uint8_t *
pixel_of(uint8_t *from, const struct image *image, int x, int y)
{
	int byte = x * image->pixel;

	switch (image->tiling) {
	case X:
		return from + image->at +
		       (((y >> 3) * (image->pitch >> 9) + (byte >> 9)) << 12 | (y & 7) << 9 |
			(byte & 511));
	case Y:
		return from + image->at +
		       (((y >> 5) * (image->pitch >> 7) + (byte >> 7)) << 12 |
			(byte >> 4 & 7) << 9 | (y & 31) << 4 | (byte & 15));
	default:
		return from + (image->at + y * image->pitch + byte);
	}
}

static void
assert_memory(void)
{
	for (uint32_t at = SURFACES; at < SURFACE_END; at++)
		if (rig_fake.memory[at] != memory[at]) /* an assertion for each takes minutes */
			ck_abort_msg("byte 0x%x is 0x%02x, not 0x%02x", at, rig_fake.memory[at],
				     memory[at]);
}

static uint32_t
pitch_of(const struct image *image)
{
	return (uint32_t)(image->tiling == LINEAR ? image->pitch : image->pitch / 4) & 0xffff;
}

static uint32_t
corner(int x, int y)
{
	return (uint32_t)y << 16 | (uint16_t)x;
}

static uint32_t
depth_of(const struct image *image)
{
	return (image->pixel == 1 ? 0u : image->pixel == 2 ? 1u : 3u) << 24;
}

/* Y tiles are a matter of a register for the older commands. */
static void
set_swctrl(const struct image *target, const struct image *source)
{
	rig_emit(0, 0x22u << 23 | 1, 0x22200,
		 0x30000u | (target->tiling == Y) << 1 | (source && source->tiling == Y));
}

static void
emit_copy(const struct image *target, const struct image *source, int x, int y, int width,
	  int height, int from_x, int from_y, uint32_t rop)
{
	set_swctrl(target, source);
	rig_emit(0,
		 COPY | (source->tiling != LINEAR ? 1u << 15 : 0) |
			 (target->tiling != LINEAR ? 1u << 11 : 0),
		 depth_of(target) | rop << 16 | pitch_of(target), corner(x, y),
		 corner(x + width, y + height), VA(target->at), corner(from_x, from_y),
		 pitch_of(source), VA(source->at));
}

static void
expect_copy(const struct image *target, const struct image *source, int x, int y, int width,
	    int height, int from_x, int from_y)
{
	for (int row = 0; row < height; row++)
		for (int column = 0; column < width; column++)
			memcpy(pixel_of(memory, target, x + column, y + row),
			       pixel_of(rig_fake.memory, source, from_x + column, from_y + row),
			       (size_t)target->pixel);
}

static const struct {
	enum tiling target, source;
	int target_pitch, source_pitch, pixel;
} copies[] = {
	{LINEAR, LINEAR, 4096, 4096, 4}, {LINEAR, LINEAR, 1000, 2052, 4},
	{LINEAR, X, 1028, 2048, 4},      {X, LINEAR, 1024, 1028, 4},
	{X, X, 2048, 1024, 4},           {Y, LINEAR, 1024, 1028, 4},
	{LINEAR, Y, 1028, 1152, 4},      {X, Y, 1024, 1152, 4},
	{Y, X, 1152, 2048, 4},           {Y, Y, 1024, 2048, 4},
	{LINEAR, LINEAR, 777, 801, 1},   {X, Y, 512, 384, 1},
	{LINEAR, Y, 802, 1024, 2},       {Y, LINEAR, 1024, 802, 2},
};

START_TEST(copy)
{
	struct image target = {TARGET, copies[_i].target, copies[_i].target_pitch,
			       copies[_i].pixel};
	struct image source = {SOURCE, copies[_i].source, copies[_i].source_pitch,
			       copies[_i].pixel};

	expect_copy(&target, &source, 17, 5, 150, 77, 33, 11);
	emit_copy(&target, &source, 17, 5, 150, 77, 33, 11, 0xcc);
	rig_run();
	assert_memory();
}
END_TEST

START_TEST(fast_copy)
{
	static const uint32_t code[] = {[LINEAR] = 0, [X] = 1, [Y] = 2};
	struct image target = {TARGET, copies[_i].target, copies[_i].target_pitch,
			       copies[_i].pixel};
	struct image source = {SOURCE, copies[_i].source, copies[_i].source_pitch,
			       copies[_i].pixel};

	expect_copy(&target, &source, 17, 5, 150, 77, 33, 11);
	rig_emit(0, FAST_COPY | code[source.tiling] << 20 | code[target.tiling] << 13,
		 depth_of(&target) | pitch_of(&target), corner(17, 5), corner(167, 82),
		 VA(target.at), corner(33, 11), pitch_of(&source), VA(source.at));
	rig_run();
	assert_memory();
}
END_TEST

/* As i915 moves memory: pages as rows of 1024 pixels. */
START_TEST(fast_copy_of_pages)
{
	rig_emit(0, FAST_COPY, 3u << 24 | 4096, 0, corner(1024, 700), VA(TARGET), 0, 4096,
		 VA(SOURCE));
	memcpy(memory + TARGET, rig_fake.memory + SOURCE, 700 * 4096);
	rig_run();
	assert_memory();
}
END_TEST

/* Pixels of 16 bytes. */
START_TEST(fast_copy_of_large_pixels)
{
	rig_emit(0, FAST_COPY, 5u << 24 | 8192, corner(2, 1), corner(102, 3), VA(TARGET),
		 corner(1, 0), 8192, VA(SOURCE));
	for (unsigned row = 0; row < 2; row++)
		memcpy(memory + TARGET + 8192 * (row + 1) + 32,
		       rig_fake.memory + SOURCE + 8192 * row + 16, 1600);
	rig_run();
	assert_memory();
}
END_TEST

static const struct {
	enum tiling tiling;
	int pitch, pixel;
	uint32_t color;
} fills[] = {
	{LINEAR, 4096, 4, 0x11223344}, {LINEAR, 999, 1, 0xab},   {LINEAR, 1002, 2, 0xbeef},
	{X, 1024, 4, 0x55667788},      {Y, 1024, 4, 0x99aabbcc}, {Y, 512, 2, 0x1234},
};

START_TEST(fill)
{
	struct image target = {TARGET, fills[_i].tiling, fills[_i].pitch, fills[_i].pixel};

	set_swctrl(&target, NULL);
	rig_emit(0, COLOR | (target.tiling != LINEAR ? 1u << 11 : 0),
		 depth_of(&target) | 0xf0u << 16 | pitch_of(&target), corner(9, 3), corner(130, 90),
		 VA(target.at), fills[_i].color);
	for (int y = 3; y < 90; y++)
		for (int x = 9; x < 130; x++)
			memcpy(pixel_of(memory, &target, x, y), &fills[_i].color,
			       (size_t)target.pixel);
	rig_run();
	assert_memory();
}
END_TEST

/* Only color or only alpha. */
START_TEST(write_masks)
{
	static const uint32_t flags[] = {1u << 20, 1u << 21, 0},
			      masks[] = {0x00ffffff, 0xff000000, 0};
	struct image target = {TARGET, LINEAR, 400, 4};

	rig_emit(0, (COLOR & ~(3u << 20)) | flags[_i], depth_of(&target) | 0xf0u << 16 | 400, 0,
		 corner(100, 10), VA(TARGET), 0x12345678);
	for (int y = 0; y < 10; y++)
		for (int x = 0; x < 100; x++) {
			uint32_t pixel;

			memcpy(&pixel, pixel_of(memory, &target, x, y), 4);
			pixel = (pixel & ~masks[_i]) | (0x12345678 & masks[_i]);
			memcpy(pixel_of(memory, &target, x, y), &pixel, 4);
		}
	rig_run();
	assert_memory();
}
END_TEST

/* Raster operations, each as its name has it: S source, D destination. */
static uint32_t
combine(uint32_t rop, uint32_t s, uint32_t d)
{
	switch (rop) {
	case 0x00:
		return 0;
	case 0x33:
		return ~s;
	case 0x55:
		return ~d;
	case 0x66:
		return s ^ d;
	case 0x88:
		return s & d;
	case 0xee:
		return s | d;
	case 0xbb:
		return ~s | d;
	case 0xcc:
		return s;
	case 0xaa:
		return d;
	default:
		return 0xffffffff;
	}
}

static const uint32_t rops[] = {0x00, 0x33, 0x55, 0x66, 0x88, 0xee, 0xbb, 0xcc, 0xaa, 0xff};

START_TEST(raster_operations)
{
	struct image target = {TARGET, LINEAR, 404, 4}, source = {SOURCE, X, 512, 4};

	emit_copy(&target, &source, 1, 2, 90, 20, 3, 4, rops[_i]);
	for (int y = 0; y < 20; y++)
		for (int x = 0; x < 90; x++) {
			uint32_t s, d;

			memcpy(&s, pixel_of(memory, &source, 3 + x, 4 + y), 4);
			memcpy(&d, pixel_of(memory, &target, 1 + x, 2 + y), 4);
			d = combine(rops[_i], s, d);
			memcpy(pixel_of(memory, &target, 1 + x, 2 + y), &d, 4);
		}
	rig_run();
	assert_memory();
}
END_TEST

/* A surface onto itself, in all directions, and more of it than the blitter takes at a time. */
static const struct {
	int dx, dy;
	enum tiling tiling;
} overlaps[] = {
	{0, 7, LINEAR},   {0, -7, LINEAR}, {5, 0, LINEAR}, {-5, 0, LINEAR}, {5, 7, LINEAR},
	{-5, -7, LINEAR}, {0, 7, X},       {-5, -7, X},    {5, 7, Y},       {0, -7, Y},
};

START_TEST(overlap)
{
	struct image image = {TARGET, overlaps[_i].tiling, 4096, 4};
	int width = 900, height = 500;
	uint8_t *copied = malloc((size_t)width * height * 4);

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			memcpy(copied + 4 * (y * width + x),
			       pixel_of(memory, &image, 20 + x, 20 + y), 4);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			memcpy(pixel_of(memory, &image, 20 + overlaps[_i].dx + x,
					20 + overlaps[_i].dy + y),
			       copied + 4 * (y * width + x), 4);
	emit_copy(&image, &image, 20 + overlaps[_i].dx, 20 + overlaps[_i].dy, width, height, 20, 20,
		  0xcc);
	rig_run();
	assert_memory();
	free(copied);
}
END_TEST

START_TEST(clipping)
{
	struct image target = {TARGET, LINEAR, 512, 4}, source = {SOURCE, LINEAR, 512, 4};

	/* XY_SETUP_CLIP_BLT: 10,20 to 60,50 */
	rig_emit(0, 2u << 29 | 0x03u << 22 | 1, corner(10, 20), corner(60, 50));
	expect_copy(&target, &source, 10, 20, 50, 30, 5 + 8, 6 + 17);
	set_swctrl(&target, &source);
	rig_emit(0, COPY, 1u << 30 | depth_of(&target) | 0xccu << 16 | 512, corner(2, 3),
		 corner(100, 80), VA(TARGET), corner(5, 6), 512, VA(SOURCE));
	rig_run();
	assert_memory();
}
END_TEST

/* Linear surfaces may be upside down. */
START_TEST(negative_pitch)
{
	struct image target = {TARGET + 100 * 512, LINEAR, -512, 4},
		     source = {SOURCE, LINEAR, 512, 4};

	expect_copy(&target, &source, 3, 1, 40, 60, 0, 0);
	emit_copy(&target, &source, 3, 1, 40, 60, 0, 0, 0xcc);
	rig_run();
	assert_memory();
}
END_TEST

/* The old commands: SRC_COPY_BLT, COLOR_BLT. Widths are bytes. */
START_TEST(linear_commands)
{
	rig_emit(0, 2u << 29 | 0x43u << 22 | 3u << 20 | 6, 3u << 24 | 0xccu << 16 | 512,
		 50u << 16 | 400, VA(TARGET), 1024, VA(SOURCE));
	rig_emit(0, 2u << 29 | 0x40u << 22 | 3u << 20 | 4, 3u << 24 | 0xf0u << 16 | 512,
		 10u << 16 | 40, VA(TARGET + 0x10000), 0xcafe0001);
	for (unsigned row = 0; row < 50; row++)
		memcpy(memory + TARGET + 512 * row, rig_fake.memory + SOURCE + 1024 * row, 400);
	for (unsigned row = 0; row < 10; row++)
		for (unsigned x = 0; x < 10; x++)
			memcpy(memory + TARGET + 0x10000 + 512 * row + 4 * x,
			       &(uint32_t){0xcafe0001}, 4);
	rig_run();
	assert_memory();
}
END_TEST

/* Nothing to do. */
START_TEST(empty)
{
	struct image target = {TARGET, LINEAR, 512, 4}, source = {SOURCE, LINEAR, 512, 4};

	emit_copy(&target, &source, 5, 5, 0, 10, 0, 0, 0xcc);
	emit_copy(&target, &source, 5, 5, 10, -3, 0, 0, 0xcc);
	emit_copy(&target, &source, 5, 5, -10, 5, 0, 0, 0xcc);
	rig_run();
	assert_memory();
}
END_TEST

/* From a batch, as users do it. */
START_TEST(from_a_batch)
{
	rig_batch(COLOR, 3u << 24 | 0xf0u << 16 | 256, 0, corner(64, 64), VA(TARGET), 0xff00ff00,
		  0x26u << 23 | 2, 0, 0, 0, BATCH_END);
	rig_start_batch();
	for (unsigned i = 0; i < 64 * 64; i++)
		memcpy(memory + TARGET + 4 * i, &(uint32_t){0xff00ff00}, 4);
	rig_run();
	assert_memory();
}
END_TEST

/* Commands that are skipped leave no trace but a line of log. */
START_TEST(skipped)
{
	/* XY_TEXT_IMMEDIATE_BLT, XY_PAT_BLT */
	rig_emit(0, 2u << 29 | 0x31u << 22 | 2, 0xffffffff, 0xffffffff, 0xffffffff);
	rig_emit(0, 2u << 29 | 0x51u << 22 | 5, 1, 2, 3, 4, 5, 6);
	rig_emit(0, FAST_COPY | 3u << 20, 3u << 24 | 512, 0, corner(4, 4), VA(TARGET), 0, 512,
		 VA(SOURCE));
	rig_run();
	assert_memory();
	ck_assert_uint_eq(rig_fake.log_lines, 1);
}
END_TEST

static const uint32_t hostile[][10] = {
	/* A target, or a source, that nothing is mapped at. */
	{COLOR, 3u << 24 | 0xf0u << 16 | 4096, 0, 0x00100010, 0x1000, 0, 1},
	{COPY, 3u << 24 | 0xccu << 16 | 4096, 0, 0x00100010, LOW(RIG_VA + TARGET), HIGH(RIG_VA), 0,
	 4096, 0x1000, 0},
	/* Too short. */
	{2u << 29 | 0x50u << 22 | 4, 0, 0, 0, 0, 0},
	/* No such depth. */
	{FAST_COPY, 7u << 24, 0, 0x00100010, 0, 0, 0, 0, 0, 0},
};

START_TEST(bad_blits)
{
	rig_emit_all(0, hostile[_i], 10);
	rig_assert_hangs();
	assert_memory();
	rig_mmio_put(0x941c, 1u << 3);
	ck_assert_uint_eq(rig_get(0x9c), 0x200);
}
END_TEST

/* The largest there is, onto one page that is everywhere: stopped by a reset, at once. */
START_TEST(huge_blit_is_cancelled)
{
	for (unsigned i = 0; i < 512; i++)
		rig_set_qword(0x0c0000 + 8 * i, TARGET | 3);
	for (unsigned i = 0; i < 512; i++)
		rig_set_qword(0x0c1000 + 8 * i, 0x0c0000 | 3);
	/* 512 GiB of it at 0. */
	for (unsigned i = 0; i < 512; i++)
		rig_set_qword(0x0c2000 + 8 * i, 0x0c1000 | 3);
	rig_set_qword(RIG_TABLES, 0x0c2000 | 3);
	rig_emit(0, COPY, 3u << 24 | 0x66u << 16 | 0x7ffc, 0, 0x7fff7fff, 0, 1, 0, 0x7ffc, 0, 2);
	rig_submit(0, RIG_NONE);
	rig_mmio_put(0x941c, 1u << 3);
	rig_wait();
	ck_assert_uint_eq(rig_get(0x9c), 0x200);
}
END_TEST

Suite *
gvt_blit_suite(void)
{
	Suite *suite = suite_create("gvt_blit");
	TCase *tests = tcase_create("blits");

	tcase_add_checked_fixture(tests, setup, teardown);
	ALL(tests, copy, copies);
	ALL(tests, fast_copy, copies);
	tcase_add_test(tests, fast_copy_of_pages);
	tcase_add_test(tests, fast_copy_of_large_pixels);
	ALL(tests, fill, fills);
	tcase_add_loop_test(tests, write_masks, 0, 3);
	ALL(tests, raster_operations, rops);
	ALL(tests, overlap, overlaps);
	tcase_add_test(tests, clipping);
	tcase_add_test(tests, negative_pitch);
	tcase_add_test(tests, linear_commands);
	tcase_add_test(tests, empty);
	tcase_add_test(tests, from_a_batch);
	tcase_add_test(tests, skipped);
	ALL(tests, bad_blits, hostile);
	tcase_add_test(tests, huge_blit_is_cancelled);
	suite_add_tcase(suite, tests);
	return suite;
}
