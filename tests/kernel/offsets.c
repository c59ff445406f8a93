/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every call that carries an offset reaches the place that it names. */
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define LENGTH 48

typedef ssize_t move(int fd, void *buffer, size_t length, off_t offset);

static ssize_t
with_pread(int fd, void *buffer, size_t length, off_t offset)
{
	return pread(fd, buffer, length, offset);
}

static ssize_t
with_pwrite(int fd, void *buffer, size_t length, off_t offset)
{
	return pwrite(fd, buffer, length, offset);
}

/* Three pieces, one of them empty. */
static void
cut(struct iovec iov[3], void *buffer, size_t length)
{
	iov[0] = (struct iovec){.iov_base = buffer, .iov_len = 5};
	iov[1] = (struct iovec){.iov_base = NULL, .iov_len = 0};
	iov[2] = (struct iovec){.iov_base = (uint8_t *)buffer + 5, .iov_len = length - 5};
}

static ssize_t
with_preadv(int fd, void *buffer, size_t length, off_t offset)
{
	struct iovec iov[3];

	cut(iov, buffer, length);
	return preadv(fd, iov, 3, offset);
}

static ssize_t
with_pwritev(int fd, void *buffer, size_t length, off_t offset)
{
	struct iovec iov[3];

	cut(iov, buffer, length);
	return pwritev(fd, iov, 3, offset);
}

static ssize_t
with_preadv2(int fd, void *buffer, size_t length, off_t offset)
{
	struct iovec iov[3];

	cut(iov, buffer, length);
	return preadv2(fd, iov, 3, offset, 0);
}

static ssize_t
with_pwritev2(int fd, void *buffer, size_t length, off_t offset)
{
	struct iovec iov[3];

	cut(iov, buffer, length);
	return pwritev2(fd, iov, 3, offset, 0);
}

static ssize_t
with_preadv2_hipri(int fd, void *buffer, size_t length, off_t offset)
{
	struct iovec iov[3];

	cut(iov, buffer, length);
	return preadv2(fd, iov, 3, offset, RWF_HIPRI);
}

static ssize_t
with_pwritev2_hipri(int fd, void *buffer, size_t length, off_t offset)
{
	struct iovec iov[3];

	cut(iov, buffer, length);
	return pwritev2(fd, iov, 3, offset, RWF_HIPRI);
}

static const struct {
	move *in, *out;
} ways[] = {
	{with_pread, with_pwrite},
	{with_preadv, with_pwritev},
	{with_preadv2, with_pwritev2},
	{with_preadv2_hipri, with_pwritev2_hipri},
};

static const uint64_t positions[] = {
	0, 1, 4095, 4096, 0x10001, 0x123456, EDU_MEMORY_SIZE / 2, EDU_MEMORY_SIZE - LENGTH,
};
#define NUM_POSITIONS (sizeof(positions) / sizeof(*positions))

/* Each way of writing is read by each way of reading. */
START_TEST(every_way_to_every_place)
{
	int fd = node_open_reset();
	uint8_t buffer[LENGTH];

	for (unsigned way = 0; way < sizeof(ways) / sizeof(*ways); way++)
		for (unsigned i = 0; i < NUM_POSITIONS; i++) {
			off_t at = AT(EDU_MEMORY, positions[i]);

			pattern_fill(buffer, LENGTH, (uint64_t)_i * 1000 + way * 100 + i);
			assert_returns(ways[_i].out(fd, buffer, LENGTH, at), LENGTH);
			memset(buffer, 0, LENGTH);
			assert_returns(ways[way].in(fd, buffer, LENGTH, at), LENGTH);
			ck_assert(pattern_is(buffer, LENGTH, (uint64_t)_i * 1000 + way * 100 + i));
		}
}
END_TEST

/* The region index is in the upper bits: each region is met by the same low ones. */
START_TEST(every_region)
{
	int fd = node_open_reset();
	uint32_t value;

	for (unsigned way = 0; way < sizeof(ways) / sizeof(*ways); way++) {
		uint8_t bytes[8];

		assert_returns(ways[way].in(fd, bytes, 8, AT(CONFIG, 0)), 8);
		ck_assert_mem_eq(bytes, "\x34\x12\xe8\x11", 4);
		/* A vector's first piece has 5 bytes: only plain calls can reach one register. */
		assert_fails(ways[way].in(fd, bytes, 8, AT(BAR1, 0)), EINVAL);
		assert_fails(ways[way].out(fd, bytes, 8, AT(VGA, 0)), EINVAL);
		assert_fails(ways[way].in(fd, bytes, 8, AT(CONFIG, 249)), EFAULT);
	}
	assert_returns(pread(fd, &value, 4, AT(BAR0, 0)), 4);
	ck_assert_uint_eq(value, 0x010000ed);
}
END_TEST

/* What a kernel VFIO file answers, whose files have no read_iter: no flag but HIPRI. */
START_TEST(flags_that_vfio_files_lack)
{
	static const int for_reads[] = {RWF_DSYNC, RWF_SYNC, RWF_NOWAIT,           RWF_APPEND,
					0x100,     1 << 30,  RWF_HIPRI | RWF_DSYNC};
	int fd = node_open_reset();
	uint8_t byte = 0x99;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};

	node_put(fd, EDU_MEMORY, 0, 1, 0x11);
	for (unsigned i = 0; i < sizeof(for_reads) / sizeof(*for_reads); i++) {
		assert_fails(preadv2(fd, &iov, 1, AT(EDU_MEMORY, 0), for_reads[i]), EOPNOTSUPP);
		assert_fails(pwritev2(fd, &iov, 1, AT(EDU_MEMORY, 0), for_reads[i]), EOPNOTSUPP);
	}
	ck_assert_uint_eq(byte, 0x99);
	ck_assert_uint_eq(node_get(fd, EDU_MEMORY, 0, 1), 0x11);
}
END_TEST

/* On a file that is open so, no call asks for them. */
START_TEST(flags_of_the_file)
{
	static const int flags[] = {O_APPEND, O_DSYNC, O_SYNC, O_NONBLOCK};

	close(node_open_reset());
	for (unsigned i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		int fd = open(node_path(SERVED_NODE), O_RDWR | flags[i]);
		struct iovec iov = {.iov_base = &fd, .iov_len = sizeof(fd)};

		ck_assert_int_ge(fd, 0);
		/* CUSE leaves the offset alone with O_APPEND too. */
		node_put(fd, EDU_MEMORY, 0x40 + 8 * i, 8, i);
		ck_assert_uint_eq(node_get(fd, EDU_MEMORY, 0x40 + 8 * i, 8), i);
		if (!(flags[i] & O_DSYNC))
			assert_fails(pwritev2(fd, &iov, 1, AT(EDU_MEMORY, 0), RWF_DSYNC), EOPNOTSUPP);
		close(fd);
	}
}
END_TEST

START_TEST(many_pieces)
{
	struct iovec iov[1024];
	uint8_t bytes[1024];
	volatile int too_many = 1025;
	int fd = node_open_reset();

	pattern_fill(bytes, sizeof(bytes), 5);
	for (unsigned i = 0; i < 1024; i++)
		iov[i] = (struct iovec){.iov_base = &bytes[i], .iov_len = 1};
	assert_returns(pwritev(fd, iov, 1024, AT(EDU_MEMORY, 0x777)), 1024);
	memset(bytes, 0, sizeof(bytes));
	assert_returns(pread(fd, bytes, sizeof(bytes), AT(EDU_MEMORY, 0x777)), sizeof(bytes));
	ck_assert(pattern_is(bytes, sizeof(bytes), 5));
	assert_fails(preadv(fd, iov, too_many, AT(EDU_MEMORY, 0)), EINVAL);
	assert_returns(preadv(fd, iov, 0, AT(EDU_MEMORY, 0)), 0);
}
END_TEST

START_TEST(nonblocking_open)
{
	int fd = open(node_path(SERVED_NODE), O_RDWR | O_NONBLOCK);

	ck_assert_int_ge(fd, 0);
	node_put(fd, EDU_MEMORY, 0x123, 8, 0x0123456789abcdef);
	ck_assert_uint_eq(node_get(fd, EDU_MEMORY, 0x123, 8), 0x0123456789abcdef);
}
END_TEST

Suite *
offsets_suite(void)
{
	Suite *suite = suite_create("offsets");
	TCase *edu = served_case("edu", serve_edu, 60);

	tcase_add_loop_test(edu, every_way_to_every_place, 0, sizeof(ways) / sizeof(*ways));
	tcase_add_test(edu, every_region);
	tcase_add_test(edu, flags_that_vfio_files_lack);
	tcase_add_test(edu, flags_of_the_file);
	tcase_add_test(edu, many_pieces);
	tcase_add_test(edu, nonblocking_open);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
