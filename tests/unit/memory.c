/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/limited_file.h"
#include "memory/memory.h"
#include "models/models.h"
#include "vfio/device.h"

START_TEST(bounds)
{
	struct memory memory;

	ck_assert_int_eq(memory_create(&memory, "test", 8192), 0);
	ck_assert_ptr_eq(memory_at(&memory, 0, 8192), memory.base);
	ck_assert_ptr_eq(memory_at(&memory, 8191, 1), memory.base + 8191);
	ck_assert_ptr_null(memory_at(&memory, 8191, 2));
	ck_assert_ptr_null(memory_at(&memory, 8193, 0));
	ck_assert_ptr_null(memory_at(&memory, UINT64_MAX, 2));
	ck_assert_ptr_null(memory_at(&memory, 1, SIZE_MAX));
	memory_destroy(&memory);
}
END_TEST

START_TEST(untouched_memory_costs_nothing)
{
	struct memory memory;
	struct stat st;

	ck_assert_int_eq(memory_create(&memory, "test", UINT64_C(64) << 30), 0);
	memory.base[UINT64_C(40) << 30] = 1;
	ck_assert_int_eq(fstat(memory.fd, &st), 0);
	/* One page, or one huge page where those are used for shared memory. */
	ck_assert_int_le(st.st_blocks * 512, 2 << 20);
	memory_destroy(&memory);
}
END_TEST

START_TEST(limited_file_keeps_its_limit)
{
	int fd = limited_file(UINT64_C(16) << 40, 8192);

	if (fd == -EPERM) {
		printf("limited_file_keeps_its_limit: SKIPPED: no right to mount\n");
		return;
	}
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 16L << 40);
	ck_assert_int_eq(pwrite(fd, "x", 1, 0), 1);
	ck_assert_int_eq(pwrite(fd, "x", 1, 15L << 40), 1);
	ck_assert_int_eq(pwrite(fd, "x", 1, 4096), -1);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_int_eq(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 16L << 40), 0);
	ck_assert_int_eq(pwrite(fd, "x", 1, 4096), 1);
	close(fd);
}
END_TEST

START_TEST(system_memory_is_the_bus)
{
	struct vfiod_options options = {.setting = {{(char[]){"memory"}, (char[]){"1M"}}}, .count = 1};
	struct vfio_device *device = vfio_device_new(model_by_name("edu"), "edu0", 0, &options);
	const struct vfiod_host *host;
	char text[8] = {0};

	ck_assert_ptr_nonnull(device);
	host = device->dev.host;
	ck_assert_uint_eq(device->dev.region[9].size, 1 << 20);
	ck_assert_int_eq(device_write(device, (UINT64_C(9) << 40) + 100, "vfiod", 5), 5);
	ck_assert_int_eq(host->bus_read(host->ctx, 100, text, 5), 0);
	ck_assert_str_eq(text, "vfiod");
	ck_assert_int_eq(host->bus_write(host->ctx, (1 << 20) - 4, "last", 4), 0);
	ck_assert_int_eq(device_read(device, (UINT64_C(9) << 40) + (1 << 20) - 4, text, 8), 4);
	ck_assert_mem_eq(text, "last", 4);
	ck_assert_int_eq(host->bus_write(host->ctx, (1 << 20) - 4, "beyond", 6), -EFAULT);
	ck_assert_int_eq(host->bus_read(host->ctx, UINT64_MAX, text, 8), -EFAULT);
	ck_assert_ptr_null(host->bus_map(host->ctx, 1 << 20, 1, false));
	vfio_device_free(device);
}
END_TEST

START_TEST(bad_sizes_are_refused)
{
	static const char *const texts[] = {"0", "100", "x", "2T", "4097"};
	struct vfiod_options options = {.count = 1};

	options.setting[0].key = (char[]){"memory"};
	options.setting[0].value = strdupa(texts[_i]);
	ck_assert_ptr_null(vfio_device_new(model_by_name("edu"), "edu0", 0, &options));
}
END_TEST

Suite *
memory_suite(void)
{
	Suite *suite = suite_create("memory");
	TCase *tcase = tcase_create("memory");

	tcase_add_test(tcase, bounds);
	tcase_add_test(tcase, untouched_memory_costs_nothing);
	tcase_add_test(tcase, limited_file_keeps_its_limit);
	tcase_add_test(tcase, system_memory_is_the_bus);
	tcase_add_loop_test(tcase, bad_sizes_are_refused, 0, 5);
	suite_add_tcase(suite, tcase);
	return suite;
}
