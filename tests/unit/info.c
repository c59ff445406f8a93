/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The information ioctls: argsz rules, growth of capability chains, answers. */
#include "recorder.h"
#include "unit.h"

#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

static struct vfio_device *device;
static struct vfio_file *file;
static uint8_t argument[256];
static size_t copied_back;

static void
setup(void)
{
	device = recorder_new();
	ck_assert_ptr_nonnull(device);
	file = vfio_open(device);
	memset(argument, 0xee, sizeof(argument));
}

static void
teardown(void)
{
	vfio_close(file);
	vfio_device_free(device);
}

/* What a carrier does: fetch what is asked for, call again, copy back. */
static int
call(unsigned command)
{
	uint8_t out[CALL_MAX_OUT];
	struct call request = {.command = command, .out = out};

	for (int round = 0; vfio_ioctl(file, &request) == CALL_MORE; round++) {
		ck_assert_int_lt(round, 4);
		ck_assert_uint_le(request.want_in, CALL_MAX_IN);
		ck_assert_uint_le(request.want_out, CALL_MAX_OUT);
		request.in = argument;
		request.in_size = request.want_in;
		request.out_size = request.want_out;
	}
	copied_back = request.out_used;
	memcpy(argument, out, copied_back);
	return request.result;
}

static void
put(unsigned index, uint32_t value)
{
	memcpy(argument + 4 * index, &value, sizeof(value));
}

static uint32_t
get(unsigned index)
{
	uint32_t value;

	memcpy(&value, argument + 4 * index, sizeof(value));
	return value;
}

static uint64_t
get64(unsigned offset)
{
	uint64_t value;

	memcpy(&value, argument + offset, sizeof(value));
	return value;
}

START_TEST(device_info_argsz)
{
	static const struct {
		uint32_t argsz;
		int result;
		size_t back;
	} cases[] = {
		{0, -EINVAL, 0}, {15, -EINVAL, 0}, {16, 0, 16}, {20, 0, 20}, {24, 0, 24},
		{4096, 0, 24},
	};

	put(0, cases[_i].argsz);
	ck_assert_int_eq(call(VFIO_DEVICE_GET_INFO), cases[_i].result);
	ck_assert_uint_eq(copied_back, cases[_i].back);
	if (cases[_i].result)
		return;
	ck_assert_uint_eq(get(0), cases[_i].argsz);
	ck_assert_uint_eq(get(1), 0x3); /* RESET, PCI */
	ck_assert_uint_eq(get(2), 10);
	ck_assert_uint_eq(get(3), 5);
	if (cases[_i].argsz >= 24)
		ck_assert_uint_eq(get(4), 0);
	ck_assert_uint_eq(argument[cases[_i].back], 0xee);
}
END_TEST

START_TEST(standard_regions)
{
	static const struct {
		uint64_t size;
		uint32_t flags;
	} expected[] = {
		{8192, 3}, {64, 3}, {8192, 3}, {0, 0}, {0, 0}, {0, 0}, {2048, 1}, {4096, 3},
	};

	for (unsigned i = 0; i < 8; i++) {
		put(0, 32);
		put(2, i);
		put(3, 0x5a5a5a5a);
		ck_assert_int_eq(call(VFIO_DEVICE_GET_REGION_INFO), 0);
		ck_assert_uint_eq(copied_back, 32);
		ck_assert_uint_eq(get(0), 32);
		ck_assert_uint_eq(get(1), expected[i].flags);
		ck_assert_uint_eq(get(2), i);
		/* Without capabilities the kernel echoes cap_offset. */
		ck_assert_uint_eq(get(3), 0x5a5a5a5a);
		ck_assert_uint_eq(get64(16), expected[i].size);
		ck_assert_uint_eq(get64(24), (uint64_t)i << 40);
	}
}
END_TEST

START_TEST(region_indices_that_fail)
{
	static const uint32_t indices[] = {VFIO_PCI_VGA_REGION_INDEX, 10, 11, 0x80000000, 0xffffffff};

	put(0, 32);
	put(2, indices[_i]);
	ck_assert_int_eq(call(VFIO_DEVICE_GET_REGION_INFO), -EINVAL);
	put(0, 31);
	put(2, 0);
	ck_assert_int_eq(call(VFIO_DEVICE_GET_REGION_INFO), -EINVAL);
}
END_TEST

START_TEST(capability_chain_grows)
{
	static const struct {
		uint32_t argsz, argsz_back, cap_offset;
		size_t back;
	} cases[] = {
		{32, 48, 0, 32}, {47, 48, 0, 32}, {48, 48, 32, 48}, {49, 49, 32, 48},
		{4096, 4096, 32, 48},
	};

	put(0, cases[_i].argsz);
	put(2, 9);
	ck_assert_int_eq(call(VFIO_DEVICE_GET_REGION_INFO), 0);
	ck_assert_uint_eq(copied_back, cases[_i].back);
	ck_assert_uint_eq(get(0), cases[_i].argsz_back);
	ck_assert_uint_eq(get(1), 1 | 8); /* READ, CAPS */
	ck_assert_uint_eq(get(3), cases[_i].cap_offset);
	ck_assert_uint_eq(argument[cases[_i].back], 0xee);
	if (!cases[_i].cap_offset)
		return;
	ck_assert_uint_eq(get(8), 1 << 16 | 2); /* version 1, id TYPE */
	ck_assert_uint_eq(get(9), 0);
	ck_assert_uint_eq(get(10), 0x80001234);
	ck_assert_uint_eq(get(11), 7);
}
END_TEST

START_TEST(irq_info)
{
	static const struct {
		uint32_t flags, count;
	} expected[] = {{7, 1}, {9, 4}, {9, 4}, {9, 1}, {9, 1}};

	for (unsigned i = 0; i < 5; i++) {
		put(0, 16);
		put(2, i);
		ck_assert_int_eq(call(VFIO_DEVICE_GET_IRQ_INFO), 0);
		ck_assert_uint_eq(copied_back, 16);
		ck_assert_uint_eq(get(1), expected[i].flags);
		ck_assert_uint_eq(get(3), expected[i].count);
	}
	put(2, 5);
	ck_assert_int_eq(call(VFIO_DEVICE_GET_IRQ_INFO), -EINVAL);
	put(2, 0);
	put(0, 15);
	ck_assert_int_eq(call(VFIO_DEVICE_GET_IRQ_INFO), -EINVAL);
}
END_TEST

START_TEST(feature_checks)
{
	static const struct {
		uint32_t argsz, flags;
		int result;
	} cases[] = {
		{7, 1 << 16, -EINVAL},         {8, 1 << 19, -EINVAL},
		{8, 3 << 16 | 1, -EINVAL},     {8, 3 << 16 | 1 << 18 | 1, -ENOTTY},
		{8, 1 << 16 | 1, -ENOTTY},     {8, 1 << 18 | 99, -ENOTTY},
		{64, 1 << 17 | 0, -ENOTTY},
	};

	put(0, cases[_i].argsz);
	put(1, cases[_i].flags);
	ck_assert_int_eq(call(VFIO_DEVICE_FEATURE), cases[_i].result);
}
END_TEST

START_TEST(unknown_ioctls)
{
	static const unsigned commands[] = {
		0, VFIO_GET_API_VERSION, VFIO_GROUP_GET_STATUS, VFIO_DEVICE_QUERY_GFX_PLANE,
		0x3b79, 0x3bff, 0xc0186b6b, 0xffffffff,
	};

	for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		ck_assert_int_eq(call(commands[i]), -ENOTTY);
}
END_TEST

START_TEST(reset_needs_no_argument)
{
	struct call request = {.command = VFIO_DEVICE_RESET};

	ck_assert_int_eq(vfio_ioctl(file, &request), CALL_DONE);
	ck_assert_int_eq(request.result, 0);
	ck_assert_uint_eq(recorder_of(device)->resets, 1);
}
END_TEST

Suite *
info_suite(void)
{
	Suite *suite = suite_create("info");
	TCase *tcase = tcase_create("ioctls");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, device_info_argsz, 0, 6);
	tcase_add_test(tcase, standard_regions);
	tcase_add_loop_test(tcase, region_indices_that_fail, 0, 5);
	tcase_add_loop_test(tcase, capability_chain_grows, 0, 5);
	tcase_add_test(tcase, irq_info);
	tcase_add_loop_test(tcase, feature_checks, 0, 7);
	tcase_add_test(tcase, unknown_ioctls);
	tcase_add_test(tcase, reset_needs_no_argument);
	suite_add_tcase(suite, tcase);
	return suite;
}
