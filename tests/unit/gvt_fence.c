/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tiling, and the aperture with tiled surfaces behind fences. Addresses are checked against tables of
 * bits, Intel PRM SKL Vol 5: in a Y tile address bits 3:0 are x, 8:4 are y, 11:9 are x again; in an X
 * tile bits 8:0 are x and 11:9 are y.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "models/gvt/gvt.h"

#define ALL(tests, test, rows)                                                                     \
	tcase_add_loop_test(tests, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

#define MEMORY (UINT64_C(8) << 20)
#define TABLE  UINT64_C(0x800000)
#define START  UINT64_C(0x00400000) /* of the fence in graphics memory */

static struct fake_host fake;
static struct vfiod_device *dev;
static uint8_t *buffer;

static const struct surface {
	enum gvt_tiling tiling;
	uint32_t pitch, rows;
	bool unmapped; /* bus_map refused */
} surfaces[] = {
	{GVT_TILED_X, 512, 64, false},   {GVT_TILED_X, 4096, 64, false},
	{GVT_TILED_X, 7680, 128, false}, {GVT_TILED_X, 7680, 64, true},
	{GVT_TILED_Y, 128, 64, false},   {GVT_TILED_Y, 4096, 64, false},
	{GVT_TILED_Y, 7680, 128, false}, {GVT_TILED_Y, 7680, 64, true},
	{GVT_TILED_Y, 640, 32, true},
};

static uint64_t
tiled_by_bits(enum gvt_tiling tiling, uint64_t pitch, uint64_t x, uint64_t y)
{
	if (tiling == GVT_TILED_X)
		return ((y >> 3) * (pitch >> 9) + (x >> 9)) << 12 | (y & 7) << 9 | (x & 511);
	return ((y >> 5) * (pitch >> 7) + (x >> 7)) << 12 | (x >> 4 & 7) << 9 | (y & 31) << 4 |
	       (x & 15);
}

/* Pages of graphics memory lie on the bus as a deck that was cut: none beside its neighbour. */
static uint64_t
bus_of(uint64_t offset)
{
	uint64_t page = offset >> 12, pages = MEMORY >> 12;

	return (page * 37 + 11) % pages << 12 | (offset & 4095);
}

static void
setup(void)
{
	dev = fake_device(&fake, &gvt_model, NULL, MEMORY);
	buffer = malloc(1 << 20);
	for (uint64_t at = 0; at < 1 << 20; at += 4096)
		reg_write(dev, VFIOD_BAR0, TABLE + (START + at) / 4096 * 8, 8, bus_of(at) | 1);
	for (uint64_t at = 0; at < MEMORY; at++)
		fake.memory[at] = (uint8_t)(at * 131 ^ at >> 8 ^ at >> 15);
}

static void
teardown(void)
{
	free(buffer);
	fake_device_free(dev);
}

static size_t
size_of(const struct surface *surface)
{
	return (size_t)surface->pitch * surface->rows;
}

static void
set_fence(unsigned n, const struct surface *surface)
{
	reg_write(dev, VFIOD_BAR0, 0x100000 + 8 * n + 4, 4,
		  (START + size_of(surface) - 4096) | (surface->pitch / 128 - 1));
	reg_write(dev, VFIOD_BAR0, 0x100000 + 8 * n, 4,
		  START | (surface->tiling == GVT_TILED_Y) << 1 | 1);
	fake.map_refused = surface->unmapped;
}

/* Where the client's byte at @a offset is on the bus. */
static uint64_t
tiled_bus(const struct surface *surface, uint64_t offset)
{
	return bus_of(tiled_by_bits(surface->tiling, surface->pitch, offset % surface->pitch,
				    offset / surface->pitch));
}

/* Check's own assertions cost too much for every byte. */
static void
assert_byte(uint64_t at, uint8_t is, uint8_t should_be)
{
	if (is != should_be)
		ck_abort_msg("byte 0x%llx is 0x%02x, not 0x%02x", (unsigned long long)at, is,
			     should_be);
}

static void
read_at(uint64_t offset, size_t length)
{
	ck_assert_int_eq(
		dev->region[VFIOD_BAR2].copy_out(dev->state, START + offset, buffer, length), 0);
}

START_TEST(offsets)
{
	const struct surface *surface = &surfaces[_i];

	for (uint32_t y = 0; y < surface->rows; y++)
		for (uint32_t x = 0; x < surface->pitch; x++) {
			uint64_t at = gvt_tiled_offset(surface->tiling, surface->pitch, x, y);
			uint32_t span = gvt_tiled_span(surface->tiling, x, 1000);

			/* All of a span is contiguous, and it isn't cut short. */
			if (at != tiled_by_bits(surface->tiling, surface->pitch, x, y) ||
			    gvt_tiled_offset(surface->tiling, surface->pitch, x + span - 1, y) !=
				    at + span - 1 ||
			    (x + span) % gvt_tile(surface->tiling)->span)
				ck_abort_msg("x %u y %u: offset 0x%llx, span %u", x, y,
					     (unsigned long long)at, span);
		}
}
END_TEST

START_TEST(linear_offsets)
{
	ck_assert_uint_eq(gvt_tiled_offset(GVT_LINEAR, 7680, 12, 3), 3 * 7680 + 12);
	ck_assert_uint_eq(gvt_tiled_offset(GVT_LINEAR, 0x10000, 0, 0x10000), UINT64_C(1) << 32);
	ck_assert_uint_eq(gvt_tiled_span(GVT_LINEAR, 12, 777), 777);
	ck_assert_uint_eq(gvt_tiled_span(GVT_TILED_Y, 14, 777), 2);
	ck_assert_uint_eq(gvt_tiled_span(GVT_TILED_X, 0, 7), 7);
}
END_TEST

START_TEST(reads)
{
	const struct surface *surface = &surfaces[_i];

	set_fence(1, surface);
	read_at(0, size_of(surface));
	for (size_t at = 0; at < size_of(surface); at++)
		assert_byte(at, buffer[at], fake.memory[tiled_bus(surface, at)]);
}
END_TEST

/* Writes change what they should and nothing else. */
START_TEST(writes)
{
	const struct surface *surface = &surfaces[_i];
	size_t from = surface->pitch + 3, length = size_of(surface) - 2 * from;
	uint8_t *before = malloc(MEMORY);

	set_fence(3, surface);
	for (size_t i = 0; i < length; i++)
		buffer[i] = (uint8_t)(i * 7 + i / 251);
	memcpy(before, fake.memory, MEMORY);
	ck_assert_int_eq(dev->region[VFIOD_BAR2].copy_in(dev->state, START + from, buffer, length),
			 0);
	for (size_t i = 0; i < length; i++)
		before[tiled_bus(surface, from + i)] = buffer[i];
	ck_assert_int_eq(memcmp(before, fake.memory, MEMORY), 0);
	free(before);
}
END_TEST

/* Single accesses, as from a processor, and odd ones across tiles. */
START_TEST(small_reads)
{
	const struct surface *surface = &surfaces[_i];
	static const size_t lengths[] = {1, 2, 4, 8, 3, 100, 700};

	set_fence(0, surface);
	for (size_t at = 0, n = 0; at + 700 < size_of(surface); at += 509, n++) {
		size_t length = lengths[n % 7];

		memset(buffer, 0xee, 701);
		read_at(at, length);
		for (size_t i = 0; i < length; i++)
			assert_byte(at + i, buffer[i], fake.memory[tiled_bus(surface, at + i)]);
		ck_assert_uint_eq(buffer[length], 0xee);
	}
}
END_TEST

/* An access over a fence's edges: linear, tiled, linear. */
START_TEST(across_the_edges)
{
	static const struct surface surface = {GVT_TILED_X, 512, 16, false};
	const uint64_t inner = START + 0x2000;

	reg_write(dev, VFIOD_BAR0, 0x100004, 4, (inner + 0x1000) | (512 / 128 - 1));
	reg_write(dev, VFIOD_BAR0, 0x100000, 4, inner | 1);
	read_at(0, 0x6000);
	for (uint64_t at = 0; at < 0x6000; at++) {
		uint64_t in_fence = at - 0x2000, bus = bus_of(at);

		if (at >= 0x2000 && at < 0x4000)
			bus = bus_of(0x2000 + tiled_by_bits(surface.tiling, 512, in_fence % 512,
							    in_fence / 512));
		assert_byte(at, buffer[at], fake.memory[bus]);
	}
}
END_TEST

/* A fence that isn't valid does nothing, and neither does one behind the fourth. */
START_TEST(no_fence)
{
	reg_write(dev, VFIOD_BAR0, 0x100004, 4, (START + 0x3000) | 3);
	reg_write(dev, VFIOD_BAR0, 0x100000, 4, START);
	reg_write(dev, VFIOD_BAR0, 0x100024, 4, (START + 0x3000) | 3);
	reg_write(dev, VFIOD_BAR0, 0x100020, 4, START | 1);
	read_at(0, 0x4000);
	for (uint64_t at = 0; at < 0x4000; at++)
		assert_byte(at, buffer[at], fake.memory[bus_of(at)]);
}
END_TEST

/* Tiles without an entry, or without memory, read 0 and take nothing. */
START_TEST(holes)
{
	static const struct surface surface = {GVT_TILED_Y, 512, 64, false};

	fake.map_refused = _i;
	set_fence(0, &surface);
	fake.map_refused = _i;
	reg_write(dev, VFIOD_BAR0, TABLE + (START + 0x1000) / 4096 * 8, 8, 0);
	reg_write(dev, VFIOD_BAR0, TABLE + (START + 0x2000) / 4096 * 8, 8, MEMORY | 1);
	read_at(0, size_of(&surface));
	for (uint64_t at = 0; at < size_of(&surface); at++) {
		uint64_t tiled = tiled_by_bits(GVT_TILED_Y, 512, at % 512, at / 512);
		bool hole = tiled >> 12 == 1 || tiled >> 12 == 2;

		assert_byte(at, buffer[at], hole ? 0 : fake.memory[bus_of(tiled)]);
	}
	ck_assert_int_eq(
		dev->region[VFIOD_BAR2].copy_in(dev->state, START, buffer, size_of(&surface)), 0);
}
END_TEST

/* Any value in the registers is harmless: no division by zero, no access outside the slice. */
START_TEST(odd_fences)
{
	static const uint32_t odd[][2] = {
		{0x00400001, 0x00400000}, {0x00400003, 0x00400000}, {0x00400001, 0x00000000},
		{0xfffff001, 0xffffffff}, {0x00000001, 0xffffffff}, {0x00000003, 0xfffff002},
		{0x00400fff, 0x007fffff},
	};

	for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		reg_write(dev, VFIOD_BAR0, 0x100000, 4, odd[i][0]);
		reg_write(dev, VFIOD_BAR0, 0x100004, 4, odd[i][1]);
		read_at(0, 0x10000);
		read_at(0x123, 5);
	}
}
END_TEST

Suite *
gvt_fence_suite(void)
{
	Suite *suite = suite_create("gvt_fence");
	TCase *tests = tcase_create("fences");

	tcase_add_checked_fixture(tests, setup, teardown);
	ALL(tests, offsets, surfaces);
	tcase_add_test(tests, linear_offsets);
	ALL(tests, reads, surfaces);
	ALL(tests, writes, surfaces);
	ALL(tests, small_reads, surfaces);
	tcase_add_test(tests, across_the_edges);
	tcase_add_test(tests, no_fence);
	tcase_add_loop_test(tests, holes, 0, 2);
	tcase_add_test(tests, odd_fences);
	suite_add_tcase(suite, tests);
	return suite;
}
