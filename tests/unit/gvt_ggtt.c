/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GGTT and aperture. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "models/gvt/gvt.h"

#define TABLE   UINT64_C(0x800000)
#define MEMORY  (UINT64_C(1) << 20)
#define LOW     UINT64_C(0x2180000) /* 64 MiB from here: a slice as the host allocates them */
#define HIGH    UINT64_C(0x10000000)
#define OPTIONS "low=0x2180000+64M,high=0x10000000+384M"

/* Runs a test once for each row of its table. */
#define ALL(tests, test, rows)                                                                     \
	tcase_add_loop_test(tests, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static struct fake_host fake;
static struct vfiod_device *dev;
static struct gvt *gvt;

static void
setup(void)
{
	dev = fake_device(&fake, &gvt_model, OPTIONS, MEMORY);
	gvt = dev->state;
}

static void
teardown(void)
{
	fake_device_free(dev);
}

/* Position in BAR0 of the entry for a graphics memory address. */
static uint64_t
entry_at(uint64_t gm)
{
	return TABLE + gm / 4096 * 8;
}

static void
map(uint64_t gm, uint64_t bus)
{
	reg_write(dev, VFIOD_BAR0, entry_at(gm), 8, bus | 1);
}

static uint64_t
entry(uint64_t gm)
{
	return reg_read(dev, VFIOD_BAR0, entry_at(gm), 8);
}

static int
out(uint64_t pos, void *buffer, size_t length)
{
	return dev->region[VFIOD_BAR2].copy_out(dev->state, pos, buffer, length);
}

static int
in(uint64_t pos, const void *buffer, size_t length)
{
	return dev->region[VFIOD_BAR2].copy_in(dev->state, pos, buffer, length);
}

static void
assert_maps(uint64_t gm, uint64_t expected)
{
	uint64_t bus = 0;

	ck_assert_int_eq(gvt_ggtt_translate(gvt, gm, &bus), 0);
	ck_assert_uint_eq(bus, expected);
}

static void
assert_no_map(uint64_t gm, int error)
{
	uint64_t bus;

	ck_assert_int_eq(gvt_ggtt_translate(gvt, gm, &bus), error);
}

START_TEST(entry_of_8_bytes)
{
	uint64_t value = UINT64_C(0x123456789000) | 0x1;

	ck_assert_uint_eq(entry(LOW), 0);
	reg_write(dev, VFIOD_BAR0, entry_at(LOW), 8, value);
	ck_assert_uint_eq(entry(LOW), value);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, entry_at(LOW), 4), 0x56789001);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, entry_at(LOW) + 4, 4), 0x1234);
	assert_maps(LOW + 0x123, UINT64_C(0x123456789123));
	/* Not present. */
	reg_write(dev, VFIOD_BAR0, entry_at(LOW), 8, 0x5000);
	ck_assert_uint_eq(entry(LOW), 0x5000);
	assert_no_map(LOW, -ENOENT);
}
END_TEST

/* Bits 45:12 are the frame; others are kept but mean nothing. */
START_TEST(ignored_bits)
{
	reg_write(dev, VFIOD_BAR0, entry_at(HIGH), 8, UINT64_C(0xffffc00000003fff));
	ck_assert_uint_eq(entry(HIGH), UINT64_C(0xffffc00000003fff));
	assert_maps(HIGH, 0x3000);
	reg_write(dev, VFIOD_BAR0, entry_at(HIGH), 8, UINT64_MAX);
	assert_maps(HIGH + 0xfff, UINT64_C(0x3fffffffffff));
}
END_TEST

/* The first half zeroes the other and maps nothing; the other half completes the entry. */
START_TEST(entry_in_two_halves)
{
	unsigned first = _i ? 4 : 0;
	uint64_t at = entry_at(LOW);
	uint32_t half[2] = {0x7001, 0x0};

	reg_write(dev, VFIOD_BAR0, at, 8, UINT64_C(0x111100002001));
	assert_maps(LOW, UINT64_C(0x111100002000));
	half[1] = 0x12;
	reg_write(dev, VFIOD_BAR0, at + first, 4, half[first / 4]);
	ck_assert_uint_eq(entry(LOW), (uint64_t)half[first / 4] << (8 * first));
	assert_no_map(LOW, -ENOENT);
	/* The same half again replaces it. */
	half[first / 4] += 0x1000;
	reg_write(dev, VFIOD_BAR0, at + first, 4, half[first / 4]);
	ck_assert_uint_eq(entry(LOW), (uint64_t)half[first / 4] << (8 * first));
	assert_no_map(LOW, -ENOENT);
	reg_write(dev, VFIOD_BAR0, at + (first ^ 4), 4, half[1 - first / 4]);
	ck_assert_uint_eq(entry(LOW), half[0] | (uint64_t)half[1] << 32);
	assert_maps(LOW, (uint64_t)half[1] << 32 | (half[0] & ~1u));
}
END_TEST

START_TEST(whole_write_ends_a_half_one)
{
	reg_write(dev, VFIOD_BAR0, entry_at(LOW), 4, 0x9001);
	reg_write(dev, VFIOD_BAR0, entry_at(LOW), 8, 0x3001);
	assert_maps(LOW, 0x3000);
	/* So the next half is a first half. */
	reg_write(dev, VFIOD_BAR0, entry_at(LOW) + 4, 4, 0x1);
	ck_assert_uint_eq(entry(LOW), UINT64_C(0x100000000));
	assert_no_map(LOW, -ENOENT);
}
END_TEST

START_TEST(halves_of_neighbours)
{
	/* Low halves of two entries, then the high ones. */
	reg_write(dev, VFIOD_BAR0, entry_at(LOW), 4, 0x1001);
	reg_write(dev, VFIOD_BAR0, entry_at(LOW + 0x1000), 4, 0x2001);
	reg_write(dev, VFIOD_BAR0, entry_at(LOW) + 4, 4, 0);
	assert_maps(LOW, 0x1000);
	assert_no_map(LOW + 0x1000, -ENOENT);
	reg_write(dev, VFIOD_BAR0, entry_at(LOW + 0x1000) + 4, 4, 0);
	assert_maps(LOW + 0x1000, 0x2000);
}
END_TEST

static const unsigned narrow_widths[] = {1, 2};

START_TEST(narrow_access)
{
	ck_assert_int_eq(reg_read_error(dev, VFIOD_BAR0, entry_at(LOW), narrow_widths[_i]),
			 -EINVAL);
	ck_assert_int_eq(reg_write_error(dev, VFIOD_BAR0, entry_at(LOW), narrow_widths[_i], 1),
			 -EINVAL);
	ck_assert_int_eq(reg_write_error(dev, VFIOD_BAR0, entry_at(0), narrow_widths[_i], 1),
			 -EINVAL);
	ck_assert_uint_eq(entry(LOW), 0);
}
END_TEST

static const uint64_t foreign_pages[] = {
	0, LOW - 0x1000, LOW + (64 << 20), HIGH - 0x1000, HIGH + (384 << 20), UINT64_C(0xfffff000),
};

START_TEST(foreign_entries)
{
	uint64_t gm = foreign_pages[_i];

	map(gm, 0x1000);
	ck_assert_uint_eq(entry(gm), 0);
	reg_write(dev, VFIOD_BAR0, entry_at(gm), 4, 0x1001);
	reg_write(dev, VFIOD_BAR0, entry_at(gm) + 4, 4, 0);
	ck_assert_uint_eq(entry(gm), 0);
	ck_assert_uint_eq(reg_read(dev, VFIOD_BAR0, entry_at(gm), 4), 0);
	assert_no_map(gm, -EFAULT);
}
END_TEST

static const uint64_t edge_pages[] = {
	LOW,
	LOW + (64 << 20) - 0x1000,
	HIGH,
	HIGH + (384 << 20) - 0x1000,
};

START_TEST(edges_of_slices)
{
	map(edge_pages[_i], 0x5000);
	ck_assert_uint_eq(entry(edge_pages[_i]), 0x5001);
	assert_maps(edge_pages[_i] + 0xfff, 0x5fff);
}
END_TEST

START_TEST(whole_table_by_default)
{
	struct fake_host host;
	struct vfiod_device *all = fake_device(&host, &gvt_model, NULL, 4096);
	uint64_t bus;

	reg_write(all, VFIOD_BAR0, TABLE, 8, 0x1001);
	reg_write(all, VFIOD_BAR0, TABLE * 2 - 8, 8, 0x2001);
	ck_assert_int_eq(gvt_ggtt_translate(all->state, 0, &bus), 0);
	ck_assert_uint_eq(bus, 0x1000);
	ck_assert_int_eq(gvt_ggtt_translate(all->state, UINT64_C(0xffffffff), &bus), 0);
	ck_assert_uint_eq(bus, 0x2fff);
	ck_assert_int_eq(gvt_ggtt_translate(all->state, UINT64_C(0x100000000), &bus), -EFAULT);
	fake_device_free(all);
}
END_TEST

START_TEST(reset_unmaps)
{
	map(LOW, 0x1000);
	reg_write(dev, VFIOD_BAR0, entry_at(HIGH), 4, 0x1001);
	fake.memory[0x1000] = 0x55;
	gvt_model.reset(dev);
	assert_no_map(LOW, -ENOENT);
	/* The half that was there is forgotten as well. */
	reg_write(dev, VFIOD_BAR0, entry_at(HIGH) + 4, 4, 0x1);
	assert_no_map(HIGH, -ENOENT);
	ck_assert_uint_eq(fake.memory[0x1000], 0x55);
}
END_TEST

START_TEST(gt_reset_keeps_entries)
{
	map(LOW, 0x1000);
	reg_write(dev, VFIOD_BAR0, 0x941c, 4, 1);
	assert_maps(LOW, 0x1000);
}
END_TEST

/* Aperture; loop 1 has no mapping of bus memory, so that bytes go through bus_read and bus_write. */

START_TEST(aperture_across_pages)
{
	uint8_t buffer[0x3000], back[0x3000];

	fake.map_refused = _i;
	/* Pages in an order that can't be copied in one go. */
	map(LOW, 0x7000);
	map(LOW + 0x1000, 0x8000);
	map(LOW + 0x2000, 0x3000);
	for (unsigned i = 0; i < sizeof(buffer); i++)
		buffer[i] = (uint8_t)(i * 7 + i / 256);
	ck_assert_int_eq(in(LOW, buffer, sizeof(buffer)), 0);
	ck_assert_int_eq(memcmp(fake.memory + 0x7000, buffer, 0x2000), 0);
	ck_assert_int_eq(memcmp(fake.memory + 0x3000, buffer + 0x2000, 0x1000), 0);
	ck_assert_int_eq(out(LOW, back, sizeof(back)), 0);
	ck_assert_int_eq(memcmp(buffer, back, sizeof(back)), 0);
	/* An odd piece over a border. */
	memset(back, 0, sizeof(back));
	ck_assert_int_eq(out(LOW + 0x1ffd, back, 7), 0);
	ck_assert_int_eq(memcmp(buffer + 0x1ffd, back, 7), 0);
	ck_assert_int_eq(in(LOW + 0x1ffe, "wxyz", 4), 0);
	ck_assert_int_eq(memcmp(fake.memory + 0x8ffe, "wx", 2), 0);
	ck_assert_int_eq(memcmp(fake.memory + 0x3000, "yz", 2), 0);
	ck_assert_uint_eq(fake.memory[0x9000], 0);
}
END_TEST

START_TEST(aperture_unmapped_pages)
{
	uint8_t buffer[0x3000];

	fake.map_refused = _i;
	memset(fake.memory, 0x11, MEMORY);
	map(LOW, 0x1000);
	map(LOW + 0x2000, 0x2000);
	/* A half-written entry maps nothing. */
	reg_write(dev, VFIOD_BAR0, entry_at(LOW + 0x1000), 4, 0x5001);
	memset(buffer, 0xee, sizeof(buffer));
	ck_assert_int_eq(out(LOW, buffer, sizeof(buffer)), 0);
	for (unsigned i = 0; i < sizeof(buffer); i++)
		ck_assert_uint_eq(buffer[i], i / 0x1000 == 1 ? 0 : 0x11);
	memset(buffer, 0x22, sizeof(buffer));
	ck_assert_int_eq(in(LOW, buffer, sizeof(buffer)), 0);
	for (unsigned i = 0; i < 0x8000; i++)
		ck_assert_uint_eq(fake.memory[i], i / 0x1000 == 1 || i / 0x1000 == 2 ? 0x22 : 0x11);
}
END_TEST

/* Three pages in a row, of which the bus has only the first. */
START_TEST(aperture_unbacked_pages)
{
	uint8_t buffer[0x3000];

	fake.map_refused = _i;
	memset(fake.memory, 0x11, MEMORY);
	for (unsigned i = 0; i < 3; i++)
		map(LOW + 0x1000 * i, MEMORY - 0x1000 + 0x1000 * i);
	memset(buffer, 0xee, sizeof(buffer));
	ck_assert_int_eq(out(LOW, buffer, sizeof(buffer)), 0);
	for (unsigned i = 0; i < sizeof(buffer); i++)
		ck_assert_uint_eq(buffer[i], i < 0x1000 ? 0x11 : 0);
	memset(buffer, 0x33, sizeof(buffer));
	ck_assert_int_eq(in(LOW, buffer, sizeof(buffer)), 0);
	ck_assert_uint_eq(fake.memory[MEMORY - 0x1001], 0x11);
	ck_assert_uint_eq(fake.memory[MEMORY - 0x1000], 0x33);
	ck_assert_uint_eq(fake.memory[MEMORY - 1], 0x33);
	/* Reads of one byte far from any memory. */
	map(LOW, UINT64_C(0x3ffffffff000));
	ck_assert_int_eq(out(LOW + 0xfff, buffer, 1), 0);
	ck_assert_uint_eq(buffer[0], 0);
}
END_TEST

static const struct {
	bool map_refused, tiled;
} unbacked[] = {{false, false}, {true, false}, {false, true}, {true, true}};

/* The reason is told once, and once more after a reset, whoever reads or writes. */
START_TEST(aperture_unbacked_is_told_once)
{
	uint8_t buffer[0x1000] = {0};

	fake.map_refused = unbacked[_i].map_refused;
	for (unsigned round = 1; round <= 2; round++) {
		/* Pages that no entry maps are nothing to tell of. */
		ck_assert_int_eq(out(LOW, buffer, sizeof(buffer)), 0);
		ck_assert_uint_eq(fake.log_lines, round - 1);
		map(LOW, MEMORY + 0x7000);
		/* A fence: X tiles, 512 bytes a row, one page. */
		if (unbacked[_i].tiled)
			reg_write(dev, VFIOD_BAR0, 0x100000, 8,
				  (uint64_t)(LOW | 3) << 32 | LOW | 1);
		for (unsigned i = 0; i < 3; i++) {
			ck_assert_int_eq(round == 1 ? out(LOW, buffer, sizeof(buffer))
						    : in(LOW, buffer, sizeof(buffer)),
					 0);
			ck_assert_int_eq(in(LOW + 4, buffer, 4), 0);
		}
		ck_assert_uint_eq(fake.log_lines, round);
		ck_assert_ptr_nonnull(strstr(fake.log, "107000"));
		gvt_model.reset(dev);
	}
}
END_TEST

static const struct {
	uint64_t pos;
	size_t length;
	int error;
} accesses[] = {
	{0, 4, -EFAULT},
	{LOW - 1, 1, -EFAULT},
	{LOW - 1, 2, -EFAULT},
	{LOW, 1, 0},
	{LOW + (64 << 20) - 4, 4, 0},
	{LOW + (64 << 20) - 4, 5, -EFAULT},
	{LOW + (64 << 20), 1, -EFAULT},
	{0x0ffffffc, 4, -EFAULT},
};

START_TEST(aperture_outside_the_slice)
{
	uint8_t buffer[8];

	map(LOW, 0x1000);
	map(LOW + (64 << 20) - 0x1000, 0x2000);
	memset(fake.memory, 0x11, MEMORY);
	memset(buffer, 0xee, sizeof(buffer));
	ck_assert_int_eq(out(accesses[_i].pos, buffer, accesses[_i].length), accesses[_i].error);
	ck_assert_uint_eq(buffer[0], accesses[_i].error ? 0xee : 0x11);
	memset(buffer, 0x22, sizeof(buffer));
	ck_assert_int_eq(in(accesses[_i].pos, buffer, accesses[_i].length), accesses[_i].error);
	ck_assert_ptr_eq(memchr(fake.memory, 0x22, MEMORY) ? NULL : fake.memory,
			 accesses[_i].error ? fake.memory : NULL);
}
END_TEST

/* The hidden part of graphics memory is not reached through BAR2, whatever is mapped there. */
START_TEST(two_views_of_a_page)
{
	uint32_t value = 0;

	map(LOW, 0x4000);
	map(LOW + 0x5000, 0x4000);
	ck_assert_int_eq(in(LOW + 0x10, "abcd", 4), 0);
	ck_assert_int_eq(out(LOW + 0x5010, &value, 4), 0);
	ck_assert_int_eq(memcmp(&value, "abcd", 4), 0);
}
END_TEST

Suite *
gvt_ggtt_suite(void)
{
	Suite *suite = suite_create("gvt_ggtt");
	TCase *tests = tcase_create("ggtt");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, entry_of_8_bytes);
	tcase_add_test(tests, ignored_bits);
	tcase_add_loop_test(tests, entry_in_two_halves, 0, 2);
	tcase_add_test(tests, whole_write_ends_a_half_one);
	tcase_add_test(tests, halves_of_neighbours);
	ALL(tests, narrow_access, narrow_widths);
	ALL(tests, foreign_entries, foreign_pages);
	ALL(tests, edges_of_slices, edge_pages);
	tcase_add_test(tests, whole_table_by_default);
	tcase_add_test(tests, reset_unmaps);
	tcase_add_test(tests, gt_reset_keeps_entries);
	suite_add_tcase(suite, tests);

	tests = tcase_create("aperture");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, aperture_across_pages, 0, 2);
	tcase_add_loop_test(tests, aperture_unmapped_pages, 0, 2);
	tcase_add_loop_test(tests, aperture_unbacked_pages, 0, 2);
	tcase_add_loop_test(tests, aperture_unbacked_is_told_once, 0, 4);
	ALL(tests, aperture_outside_the_slice, accesses);
	tcase_add_test(tests, two_views_of_a_page);
	suite_add_tcase(suite, tests);
	return suite;
}
