/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>

#include "util/log.h"
#include "vfiod/options.h"

static const struct {
	const char *text;
	int error;
	uint64_t size;
} sizes[] = {
	{"0", 0, 0},
	{"4096", 0, 4096},
	{"0x1000", 0, 4096},
	{"4K", 0, 4096},
	{"4k", 0, 4096},
	{"64M", 0, UINT64_C(64) << 20},
	{"2G", 0, UINT64_C(2) << 30},
	{"1T", 0, UINT64_C(1) << 40},
	{"16777215T", 0, UINT64_C(16777215) << 40},
	{"", -EINVAL, 0},
	{"K", -EINVAL, 0},
	{"-1", -EINVAL, 0},
	{" 1", -EINVAL, 0},
	{"+1", -EINVAL, 0},
	{"1X", -EINVAL, 0},
	{"1MB", -EINVAL, 0},
	{"1.5G", -EINVAL, 0},
	{"16777216T", -ERANGE, 0},
	{"18446744073709551616", -ERANGE, 0},
};

START_TEST(parse_size)
{
	uint64_t size = 0;

	ck_assert_int_eq(vfiod_parse_size(sizes[_i].text, &size), sizes[_i].error);
	ck_assert_uint_eq(size, sizes[_i].size);
}
END_TEST

START_TEST(last_setting_wins)
{
	struct vfiod_options options = {
		.setting = {{(char[]){"a"}, (char[]){"1"}}, {(char[]){"b"}, (char[]){"2"}},
			    {(char[]){"a"}, (char[]){"3"}}},
		.count = 3,
	};

	ck_assert_str_eq(vfiod_option(&options, "a"), "3");
	ck_assert_str_eq(vfiod_option(&options, "b"), "2");
	ck_assert_ptr_null(vfiod_option(&options, "c"));
}
END_TEST

START_TEST(log_levels_have_names)
{
	ck_assert_int_eq(log_level_by_name("error"), LOG_ERR);
	ck_assert_int_eq(log_level_by_name("Debug"), LOG_DEBUG);
	ck_assert_int_eq(log_level_by_name("loud"), -1);
}
END_TEST

START_TEST(log_is_limited)
{
	struct log_limit limit = {0};
	unsigned dropped, passed = 0;

	for (unsigned i = 0; i < 1000; i++)
		passed += log_limit_pass(&limit, 5, &dropped);
	ck_assert_uint_eq(passed, LOG_BURST);
	ck_assert(!log_limit_pass(&limit, 5 + LOG_INTERVAL_MS - 1, &dropped));
	ck_assert(log_limit_pass(&limit, 5 + LOG_INTERVAL_MS, &dropped));
	ck_assert_uint_eq(dropped, 1000 - LOG_BURST + 1);
	ck_assert(!log_limit_pass(&limit, 5 + LOG_INTERVAL_MS, &dropped));
	/* A long silence fills the bucket, but not higher than the burst. */
	passed = 0;
	for (unsigned i = 0; i < 100; i++)
		passed += log_limit_pass(&limit, 100000000, &dropped);
	ck_assert_uint_eq(passed, LOG_BURST);
}
END_TEST

Suite *
options_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options and log");

	tcase_add_loop_test(tcase, parse_size, 0, sizeof(sizes) / sizeof(*sizes));
	tcase_add_test(tcase, last_setting_wins);
	tcase_add_test(tcase, log_levels_have_names);
	tcase_add_test(tcase, log_is_limited);
	suite_add_tcase(suite, tcase);
	return suite;
}
