/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read() and write(): the file position of an open, which starts at 0 and moves. */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define BAR_SIZE ((size_t)1 << 20)

/* BAR0 of the express device is memory: filled here with a pattern that tells every place. */
static uint8_t *
fill_bar(void)
{
	uint8_t *pattern = malloc(BAR_SIZE);
	int fd = node_open_reset();

	ck_assert_ptr_nonnull(pattern);
	pattern_fill(pattern, BAR_SIZE, 1234);
	assert_returns(pwrite(fd, pattern, BAR_SIZE, AT(BAR0, 0)), BAR_SIZE);
	close(fd);
	return pattern;
}

static void
assert_next(int fd, const uint8_t *pattern, size_t at, size_t length)
{
	uint8_t *got = malloc(length);

	ck_assert_ptr_nonnull(got);
	assert_returns(read(fd, got, length), length);
	ck_assert_msg(!memcmp(got, pattern + at, length), "%zu bytes are not those at %zu", length,
		      at);
	free(got);
}

START_TEST(starts_at_zero_and_advances)
{
	static const size_t lengths[] = {1, 3, 4, 8, 4096, 131072, 131073, 300001, 1};
	uint8_t *pattern = fill_bar();
	int fd = node_open(SERVED_NODE);
	size_t at = 0;

	for (unsigned i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		assert_next(fd, pattern, at, lengths[i]);
		at += lengths[i];
	}
}
END_TEST

START_TEST(ends_at_the_end_of_the_bar)
{
	uint8_t *pattern = fill_bar(), byte;
	uint8_t *room = malloc(2 * BAR_SIZE);
	int fd = node_open(SERVED_NODE);

	assert_next(fd, pattern, 0, 4);
	assert_returns(read(fd, room, 2 * BAR_SIZE), BAR_SIZE - 4);
	ck_assert_mem_eq(room, pattern + 4, BAR_SIZE - 4);
	/* At the end, as with pread there; and again, for the position stays. */
	assert_fails(read(fd, &byte, 1), EINVAL);
	assert_fails(write(fd, &byte, 1), EINVAL);
	assert_fails(read(fd, &byte, 1), EINVAL);
	free(room);
}
END_TEST

START_TEST(writes_advance)
{
	uint8_t *pattern = fill_bar(), *other = malloc(400000), *got = malloc(400000);
	int fd = node_open(SERVED_NODE);

	pattern_fill(other, 400000, 77);
	assert_returns(write(fd, other, 100), 100);
	assert_returns(write(fd, other + 100, 299900), 299900);
	assert_next(fd, pattern, 300000, 16);
	assert_returns(pread(fd, got, 300000, AT(BAR0, 0)), 300000);
	ck_assert_mem_eq(got, other, 300000);
	free(got);
	free(other);
}
END_TEST

START_TEST(vectors_advance)
{
	uint8_t *pattern = fill_bar(), got[300];
	struct iovec iov[2] = {{.iov_base = got, .iov_len = 100},
			       {.iov_base = got + 100, .iov_len = 200}};
	int fd = node_open(SERVED_NODE);

	assert_returns(readv(fd, iov, 2), 300);
	ck_assert_mem_eq(got, pattern, 300);
	assert_returns(preadv2(fd, iov, 2, -1, 0), 300);
	ck_assert_mem_eq(got, pattern + 300, 300);
	assert_returns(writev(fd, iov, 2), 300);
	assert_returns(pwritev2(fd, iov, 2, -1, 0), 300);
	assert_next(fd, pattern, 1200, 10);
	assert_returns(pread(fd, got, 300, AT(BAR0, 600)), 300);
	ck_assert_mem_eq(got, pattern + 300, 300);
	assert_returns(pread(fd, got, 300, AT(BAR0, 900)), 300);
	ck_assert_mem_eq(got, pattern + 300, 300);
}
END_TEST

START_TEST(calls_with_offset_leave_it)
{
	uint8_t *pattern = fill_bar(), got[64];
	int fd = node_open(SERVED_NODE);

	assert_next(fd, pattern, 0, 10);
	assert_returns(pread(fd, got, 64, AT(BAR0, 5000)), 64);
	assert_returns(pwrite(fd, got, 64, AT(BAR2, 0)), 64);
	assert_fails(pread(fd, got, 64, AT(BAR1, 0)), EINVAL);
	assert_fails(read(fd, null_pointer, 64), EFAULT);
	assert_next(fd, pattern, 10, 10);
}
END_TEST

START_TEST(each_open_has_its_own)
{
	uint8_t *pattern = fill_bar();
	int first = node_open(SERVED_NODE), second = node_open(SERVED_NODE), shared;

	assert_next(first, pattern, 0, 1000);
	assert_next(second, pattern, 0, 17);
	assert_next(first, pattern, 1000, 200000);
	assert_next(second, pattern, 17, 200000);
	/* A duplicate is the same open. */
	shared = dup(first);
	assert_next(shared, pattern, 201000, 5);
	assert_next(first, pattern, 201005, 5);
	assert_next(second, pattern, 200017, 5);
}
END_TEST

START_TEST(child_shares_it)
{
	uint8_t *pattern = fill_bar(), got[20];
	int fd = node_open(SERVED_NODE), status;
	pid_t child;

	assert_next(fd, pattern, 0, 20);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child)
		_exit(read(fd, got, 20) == 20 && !memcmp(got, pattern + 20, 20) ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	assert_next(fd, pattern, 40, 20);
}
END_TEST

/* A kernel VFIO file says ESPIPE; CUSE can't, its seek does nothing. */
START_TEST(seek_does_nothing)
{
	uint8_t *pattern = fill_bar();
	int fd = node_open(SERVED_NODE);

	assert_next(fd, pattern, 0, 8);
	lseek(fd, 4096, SEEK_SET);
	assert_next(fd, pattern, 8, 8);
}
END_TEST

Suite *
position_suite(void)
{
	Suite *suite = suite_create("position");
	TCase *tcase = served_case("express", serve_express, 60);

	tcase_add_test(tcase, starts_at_zero_and_advances);
	tcase_add_test(tcase, ends_at_the_end_of_the_bar);
	tcase_add_test(tcase, writes_advance);
	tcase_add_test(tcase, vectors_advance);
	tcase_add_test(tcase, calls_with_offset_leave_it);
	tcase_add_test(tcase, each_open_has_its_own);
	tcase_add_test(tcase, child_shares_it);
	tcase_add_test(tcase, seek_does_nothing);
	served_last(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
