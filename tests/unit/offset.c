/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of /proc/TID/syscall and what they mean. Numbers: syscall_64.tbl, syscall_32.tbl, proc(5). */
#include "unit.h"

#include <errno.h>

#include "carrier/offset.h"
#include "carrier/stream.h"

#define TAIL " 0x7ffd3b0f5e28 0x7f2b1c5e9a47\n"

static const struct {
	const char *line;
	bool write;
	enum offset_refusal refusal;
	bool at_position;
	uint64_t offset, count;
} lines[] = {
	/* x86-64: pread64, pwrite64 */
	{"17 0x3 0x7ffd 0x4 0x70000000010 0x0 0x0" TAIL, false, OFFSET_OK, false, 0x70000000010, 4},
	{"18 0x3 0x7ffd 0x4 0x44200 0x0 0x0" TAIL, true, OFFSET_OK, false, 0x44200, 4},
	/* preadv, pwritev: the fifth argument (high half) counts on 32-bit machines only */
	{"295 0x3 0x7ffd 0x2 0x70000000000 0x5 0x0" TAIL, false, OFFSET_OK, false, 0x70000000000,
	 UINT64_MAX},
	{"296 0x3 0x7ffd 0x2 0x8 0x0 0x0" TAIL, true, OFFSET_OK, false, 8, UINT64_MAX},
	/* preadv2, pwritev2 */
	{"327 0x3 0x7ffd 0x1 0x10 0x0 0x0" TAIL, false, OFFSET_OK, false, 0x10, UINT64_MAX},
	{"328 0x3 0x7ffd 0x1 0x10 0x0 0x0" TAIL, true, OFFSET_OK, false, 0x10, UINT64_MAX},
	{"327 0x3 0x7ffd 0x1 0xffffffffffffffff 0x0 0x0" TAIL, false, OFFSET_OK, true, 0,
	 UINT64_MAX},
	{"327 0x3 0x7ffd 0x1 0x10 0x0 0x1" TAIL, false, OFFSET_OK, false, 0x10, UINT64_MAX},
	{"327 0x3 0x7ffd 0x1 0x10 0x0 0x8" TAIL, false, OFFSET_BAD_FLAGS, false, 0, 0},
	{"328 0x3 0x7ffd 0x1 0x10 0x0 0x10" TAIL, true, OFFSET_BAD_FLAGS, false, 0, 0},
	/* read, write, readv, writev */
	{"0 0x3 0x7ffd 0x100 0x77 0x0 0x0" TAIL, false, OFFSET_OK, true, 0, 0x100},
	{"1 0x3 0x7ffd 0x100 0x77 0x0 0x0" TAIL, true, OFFSET_OK, true, 0, 0x100},
	{"19 0x3 0x7ffd 0x1 0x77 0x0 0x0" TAIL, false, OFFSET_OK, true, 0, UINT64_MAX},
	{"20 0x3 0x7ffd 0x1 0x77 0x0 0x0" TAIL, true, OFFSET_OK, true, 0, UINT64_MAX},
	/* i386: offsets in two halves */
	{"180 0x3 0xffcd 0x4 0x10 0x700 0x0 0xffcd0000 0xf7f0a579\n", false, OFFSET_OK, false,
	 0x70000000010, 4},
	{"181 0x3 0xffcd 0x4 0xfffffff0 0x6ff 0x0 0xffcd0000 0xf7f0a579\n", true, OFFSET_OK, false,
	 0x6fffffffff0, 4},
	{"333 0x3 0xffcd 0x1 0x0 0x700 0x0" TAIL, false, OFFSET_OK, false, 0x70000000000,
	 UINT64_MAX},
	{"334 0x3 0xffcd 0x1 0x0 0x700 0x0" TAIL, true, OFFSET_OK, false, 0x70000000000, UINT64_MAX},
	{"378 0x3 0xffcd 0x1 0xffffffff 0xffffffff 0x0" TAIL, false, OFFSET_OK, true, 0, UINT64_MAX},
	{"379 0x3 0xffcd 0x1 0x0 0x1 0x4" TAIL, true, OFFSET_BAD_FLAGS, false, 0, 0},
	{"3 0x3 0xffcd 0x8 0x0 0x0 0x0" TAIL, false, OFFSET_OK, true, 0, 8},
	{"4 0x3 0xffcd 0x8 0x0 0x0 0x0" TAIL, true, OFFSET_OK, true, 0, 8},
	/* A count is cut to MAX_RW_COUNT before the driver sees it. */
	{"17 0x3 0x7ffd 0xffffffff 0x0 0x0 0x0" TAIL, false, OFFSET_OK, false, 0, 0x7ffff000},
	/* Not what the request is: another direction, another call, no call. */
	{"18 0x3 0x7ffd 0x4 0x10 0x0 0x0" TAIL, false, OFFSET_OTHER_CALL, false, 0, 0},
	{"17 0x3 0x7ffd 0x4 0x10 0x0 0x0" TAIL, true, OFFSET_OTHER_CALL, false, 0, 0},
	{"426 0x4 0x1 0x1 0x1 0x0 0x8" TAIL, false, OFFSET_OTHER_CALL, false, 0, 0}, /* io_uring_enter */
	{"209 0x7f 0x1 0x7ffd 0x0 0x0 0x0" TAIL, true, OFFSET_OTHER_CALL, false, 0, 0}, /* io_submit */
	{"-1 0x7ffd3b0f5e28 0x7f2b1c5e9a47\n", false, OFFSET_OTHER_CALL, false, 0, 0},
	/* Not a line of that file at all. */
	{"", false, OFFSET_ERROR, false, 0, 0},
	{"17", false, OFFSET_ERROR, false, 0, 0},
	{"17 0x3 0x7ffd", false, OFFSET_ERROR, false, 0, 0},
	{"nonsense 1 2 3", false, OFFSET_ERROR, false, 0, 0},
};

START_TEST(decode)
{
	struct offset_call call = {0};

	ck_assert_int_eq(offset_decode(lines[_i].line, lines[_i].write, &call), lines[_i].refusal);
	if (lines[_i].refusal)
		return;
	ck_assert_int_eq(call.at_position, lines[_i].at_position);
	ck_assert_uint_eq(call.offset, lines[_i].offset);
	ck_assert_uint_eq(call.count, lines[_i].count);
}
END_TEST

START_TEST(running_is_told_apart)
{
	ck_assert(offset_line_running("running\n"));
	ck_assert(!offset_line_running("17 0x3 0x0 0x4 0x10 0x0 0x0" TAIL));
}
END_TEST

START_TEST(every_refusal_has_words_and_errno)
{
	for (int refusal = OFFSET_NOT_VISIBLE; refusal <= OFFSET_ERROR; refusal++) {
		ck_assert_int_eq(offset_refusal_errno(refusal), EOPNOTSUPP);
		ck_assert_uint_gt(strlen(offset_refusal_text(refusal)), 20);
	}
}
END_TEST

START_TEST(unseen_caller_is_refused)
{
	struct offset_cache cache;
	struct offset_call call;

	offset_cache_init(&cache);
	ck_assert_int_eq(offset_recover(&cache, &(struct offset_request){.tid = 0}, &call),
			 OFFSET_NOT_VISIBLE);
	ck_assert_int_ne(offset_recover(&cache, &(struct offset_request){.tid = 0x3ffffff0}, &call),
			 OFFSET_OK);
	/* kthreadd never makes a system call. */
	ck_assert_int_eq(offset_recover(&cache, &(struct offset_request){.tid = 2}, &call),
			 OFFSET_KERNEL_WORKER);
	offset_cache_clear(&cache);
}
END_TEST

/* Only the number and the -1 of preadv2 tell read() from a pread at 0. */
static const struct {
	long number;
	bool write, r10_end, si_end, at_position;
} positions[] = {
	{0, false, false, false, true},    {1, true, false, false, true},
	{17, false, false, false, false},  {18, true, false, false, false},
	{19, false, false, false, true},   {20, true, false, false, true},
	{295, false, true, true, false},   {327, false, false, true, false},
	{327, false, true, false, true},   {328, true, true, false, true},
	{3, false, false, false, true},    {180, false, false, false, false},
	{378, false, true, false, false},  {378, false, false, true, true},
	{379, true, false, true, true},    {0, true, false, false, false},
	{426, false, true, true, false},   {209, false, true, true, false},
};

START_TEST(calls_at_the_position)
{
	ck_assert_int_eq(offset_syscall_at_position(positions[_i].number, positions[_i].write,
						    positions[_i].r10_end, positions[_i].si_end),
			 positions[_i].at_position);
}
END_TEST

START_TEST(mechanisms_by_name)
{
	ck_assert(offset_choose("proc"));
	ck_assert(offset_wanted(&offset_proc));
	ck_assert(!offset_choose("nonsense"));
	ck_assert(!offset_choose(""));
	ck_assert(offset_choose("auto"));
	for (unsigned i = 0; offset_mechanisms[i]; i++)
		ck_assert(offset_wanted(offset_mechanisms[i]));
	/* What nobody has chosen. */
	ck_assert_ptr_eq(offset_used(), &offset_proc);
}
END_TEST

START_TEST(stream_goes_on_where_it_was)
{
	struct stream_calls calls = {0};
	uint64_t begin = 0;
	int file_a = 0, file_b = 0;

	stream_begin(&calls, 10, &file_a, 0x1000);
	stream_advance(&calls, 10, &file_a, 131072);
	ck_assert(stream_find(&calls, 10, &file_a, 131072, &begin));
	ck_assert_uint_eq(begin, 0x1000);
	/* Another thread, another file, a part that doesn't follow. */
	ck_assert(!stream_find(&calls, 11, &file_a, 131072, &begin));
	ck_assert(!stream_find(&calls, 10, &file_b, 131072, &begin));
	ck_assert(!stream_find(&calls, 10, &file_a, 262144, &begin));
	/* A new call of the same thread replaces the old one. */
	stream_begin(&calls, 10, &file_a, 0x2000);
	ck_assert(!stream_find(&calls, 10, &file_a, 131072, &begin));
}
END_TEST

START_TEST(stream_forgets_the_oldest_only)
{
	struct stream_calls calls = {0};
	uint64_t begin;
	int file = 0;

	for (pid_t tid = 1; tid <= (pid_t)STREAM_CALLS + 1; tid++) {
		stream_begin(&calls, tid, &file, (uint64_t)tid);
		stream_advance(&calls, tid, &file, 4096);
	}
	ck_assert(!stream_find(&calls, 1, &file, 4096, &begin));
	for (pid_t tid = 2; tid <= (pid_t)STREAM_CALLS + 1; tid++) {
		ck_assert(stream_find(&calls, tid, &file, 4096, &begin));
		ck_assert_uint_eq(begin, (uint64_t)tid);
	}
}
END_TEST

Suite *
offset_suite(void)
{
	Suite *suite = suite_create("offset");
	TCase *tcase = tcase_create("recovery");

	tcase_add_loop_test(tcase, decode, 0, sizeof(lines) / sizeof(*lines));
	tcase_add_loop_test(tcase, calls_at_the_position, 0, sizeof(positions) / sizeof(*positions));
	tcase_add_test(tcase, mechanisms_by_name);
	tcase_add_test(tcase, running_is_told_apart);
	tcase_add_test(tcase, every_refusal_has_words_and_errno);
	tcase_add_test(tcase, unseen_caller_is_refused);
	tcase_add_test(tcase, stream_goes_on_where_it_was);
	tcase_add_test(tcase, stream_forgets_the_oldest_only);
	suite_add_tcase(suite, tcase);
	return suite;
}
