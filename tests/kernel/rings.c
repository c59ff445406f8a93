/* SPDX-License-Identifier: GPL-2.0-or-later */
/* With eBPF, io_uring and Linux AIO reach the place that they name, as on a kernel VFIO file. */
#include <fcntl.h>
#include <libaio.h>
#include <liburing.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

/* Requests in flight at a time, and bytes of each. */
#define MANY   8
#define LENGTH 48

static const struct {
	unsigned setup, flags;
	int open_flags;
} ways[] = {
	{0, 0, 0},
	{0, IOSQE_ASYNC, 0},
	{0, 0, O_NONBLOCK},
	{0, IOSQE_ASYNC, O_NONBLOCK},
	{IORING_SETUP_SQPOLL, 0, 0},
	{IORING_SETUP_SQPOLL, 0, O_NONBLOCK},
};
#define NUM_WAYS (sizeof(ways) / sizeof(*ways))

enum operation { WRITE, WRITEV, WRITE_FIXED, READ, READV, READ_FIXED, NUM_OPERATIONS };

static off_t
place(unsigned round, unsigned i)
{
	return AT(EDU_MEMORY, (round * MANY + i) * UINT64_C(4099) + 1);
}

static int
open_flagged(int flags)
{
	int fd = node_open_reset();

	close(fd);
	fd = open(node_path(SERVED_NODE), O_RDWR | flags);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/*
 * The kernel's thread of IORING_SETUP_SQPOLL may answer a request before it frees its entry, which
 * io_uring_submit() then counts again.
 */
static struct io_uring_sqe *
next_entry(struct io_uring *ring)
{
	struct io_uring_sqe *sqe;

	while (!(sqe = io_uring_get_sqe(ring)))
		ck_assert_int_ge(io_uring_sqring_wait(ring), 0);
	return sqe;
}

static void
prepare(struct io_uring_sqe *sqe, enum operation operation, int fd, struct iovec *iov, off_t at)
{
	switch (operation) {
	case WRITE:
		io_uring_prep_write(sqe, fd, iov->iov_base, LENGTH, (uint64_t)at);
		break;
	case WRITEV:
		io_uring_prep_writev(sqe, fd, iov, 1, (uint64_t)at);
		break;
	case WRITE_FIXED:
		io_uring_prep_write_fixed(sqe, fd, iov->iov_base, LENGTH, (uint64_t)at, 0);
		break;
	case READ:
		io_uring_prep_read(sqe, fd, iov->iov_base, LENGTH, (uint64_t)at);
		break;
	case READV:
		io_uring_prep_readv(sqe, fd, iov, 1, (uint64_t)at);
		break;
	case READ_FIXED:
	case NUM_OPERATIONS:
		io_uring_prep_read_fixed(sqe, fd, iov->iov_base, LENGTH, (uint64_t)at, 0);
		break;
	}
}

static void
reap(struct io_uring *ring, unsigned count, int want)
{
	struct io_uring_cqe *cqe;

	while (count--) {
		ck_assert_int_eq(io_uring_wait_cqe(ring, &cqe), 0);
		ck_assert_int_eq(cqe->res, want);
		io_uring_cqe_seen(ring, cqe);
	}
}

/* MANY of one kind at once, each at a place of its own; by pread or pwrite we see where they went. */
START_TEST(uring)
{
	int fd = open_flagged(ways[_i].open_flags), plain = node_open(SERVED_NODE);
	uint8_t buffer[MANY][LENGTH], other[LENGTH];
	struct iovec whole = {.iov_base = buffer, .iov_len = sizeof(buffer)}, iov[MANY];
	struct io_uring ring;

	ck_assert_int_eq(io_uring_queue_init(MANY, &ring, ways[_i].setup), 0);
	ck_assert_int_eq(io_uring_register_buffers(&ring, &whole, 1), 0);
	for (unsigned round = 0; round < 5 * NUM_OPERATIONS; round++) {
		enum operation operation = round % NUM_OPERATIONS;
		bool write = operation < READ;

		for (unsigned i = 0; i < MANY; i++) {
			struct io_uring_sqe *sqe = next_entry(&ring);
			uint64_t seed = round * 100 + i;

			iov[i] = (struct iovec){.iov_base = buffer[i], .iov_len = LENGTH};
			pattern_fill(write ? buffer[i] : other, LENGTH, seed);
			if (!write)
				assert_returns(pwrite(plain, other, LENGTH, place(round, i)),
					       LENGTH);
			prepare(sqe, operation, fd, &iov[i], place(round, i));
			sqe->flags |= (uint8_t)ways[_i].flags;
		}
		ck_assert_int_ge(io_uring_submit(&ring), MANY);
		reap(&ring, MANY, LENGTH);
		for (unsigned i = 0; i < MANY; i++) {
			if (write)
				assert_returns(pread(plain, other, LENGTH, place(round, i)),
					       LENGTH);
			ck_assert_msg(
				pattern_is(write ? other : buffer[i], LENGTH, round * 100 + i),
				"operation %u, number %u", operation, i);
		}
	}
	io_uring_queue_exit(&ring);
	close(fd);
	close(plain);
}
END_TEST

static int
uring_once(struct io_uring *ring, int fd, void *buffer, unsigned length, off_t at, bool write)
{
	struct io_uring_sqe *sqe = next_entry(ring);
	struct io_uring_cqe *cqe;
	int result;

	if (write)
		io_uring_prep_write(sqe, fd, buffer, length, (uint64_t)at);
	else
		io_uring_prep_read(sqe, fd, buffer, length, (uint64_t)at);
	ck_assert_int_ge(io_uring_submit(ring), 1);
	ck_assert_int_eq(io_uring_wait_cqe(ring, &cqe), 0);
	result = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return result;
}

/* Errors of the device, and requests that the kernel splits. */
START_TEST(uring_answers)
{
	int fd = open_flagged(ways[_i].open_flags);
	static uint8_t large[300000];
	struct io_uring ring;
	uint32_t id = 0;

	ck_assert_int_eq(io_uring_queue_init(8, &ring, ways[_i].setup), 0);
	ck_assert_int_eq(uring_once(&ring, fd, &id, 4, AT(BAR1, 0), false), -EINVAL);
	ck_assert_int_eq(uring_once(&ring, fd, &id, 4, AT(CONFIG, 254), false), -EFAULT);
	ck_assert_int_eq(uring_once(&ring, fd, null_pointer, 4, AT(CONFIG, 0), false), -EFAULT);
	/* Offset 0 is BAR0's first register, whatever position read() has left. */
	assert_returns(read(fd, &id, 4), 4);
	id = 0;
	ck_assert_int_eq(uring_once(&ring, fd, &id, 4, AT(BAR0, 0), false), 4);
	ck_assert_uint_eq(id, 0x010000ed);
	pattern_fill(large, sizeof(large), 9);
	ck_assert_int_eq(uring_once(&ring, fd, large, sizeof(large), AT(EDU_MEMORY, 0x1003), true),
			 sizeof(large));
	memset(large, 0, sizeof(large));
	assert_returns(pread(fd, large, sizeof(large), AT(EDU_MEMORY, 0x1003)), sizeof(large));
	ck_assert(pattern_is(large, sizeof(large), 9));
	memset(large, 0, sizeof(large));
	ck_assert_int_eq(uring_once(&ring, fd, large, sizeof(large), AT(EDU_MEMORY, 0x1003), false),
			 sizeof(large));
	ck_assert(pattern_is(large, sizeof(large), 9));
	io_uring_queue_exit(&ring);
	close(fd);
}
END_TEST

/*
 * On a file that doesn't wait, the kernel may carry out a ring's request inside a system call that the
 * thread is just leaving. Offset 0, where that call's number could mislead: it is a read() here.
 */
START_TEST(ring_inside_of_calls)
{
	int fd = open_flagged(O_NONBLOCK), zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct io_uring ring;
	struct io_uring_cqe *cqe;
	uint32_t id[MANY];
	char byte;

	ck_assert_int_eq(io_uring_queue_init(MANY, &ring, 0), 0);
	/* Were an access taken for one at the position, it would go to register 4. */
	assert_returns(read(fd, &id[0], 4), 4);
	for (unsigned round = 0; round < 30; round++) {
		memset(id, 0, sizeof(id));
		for (unsigned i = 0; i < MANY; i++) {
			struct io_uring_sqe *sqe = next_entry(&ring);

			io_uring_prep_read(sqe, fd, &id[i], 4, (uint64_t)AT(BAR0, 0));
			sqe->flags |= round % 2 ? IOSQE_ASYNC : 0;
		}
		ck_assert_int_eq(io_uring_submit(&ring), MANY);
		for (unsigned i = 0; i < MANY; i++) {
			assert_returns(read(zero, &byte, 1), 1);
			ck_assert_int_eq(io_uring_wait_cqe(&ring, &cqe), 0);
			ck_assert_int_eq(cqe->res, 4);
			io_uring_cqe_seen(&ring, cqe);
		}
		for (unsigned i = 0; i < MANY; i++)
			ck_assert_uint_eq(id[i], 0x010000ed);
	}
	io_uring_queue_exit(&ring);
	close(zero);
	close(fd);
}
END_TEST

/* What the process does beside its ring, also where the file doesn't wait. */
START_TEST(calls_beside_a_ring)
{
	int fd = open_flagged(O_NONBLOCK);
	struct io_uring ring;
	uint8_t bytes[64];

	ck_assert_int_eq(io_uring_queue_init(8, &ring, 0), 0);
	for (unsigned i = 0; i < 20; i++) {
		node_put(fd, EDU_MEMORY, 0x8000 + 8 * i, 8, i);
		memset(bytes, (int)i, sizeof(bytes));
		ck_assert_int_eq(uring_once(&ring, fd, bytes, 64, AT(EDU_MEMORY, 64 * i), true),
				 64);
		ck_assert_uint_eq(node_get(fd, EDU_MEMORY, 0x8000 + 8 * i, 8), i);
		ck_assert_uint_eq(node_get(fd, EDU_MEMORY, 64 * i + 5, 1), i);
	}
	io_uring_queue_exit(&ring);
	close(fd);
}
END_TEST

START_TEST(aio)
{
	int fd = open_flagged(_i ? O_NONBLOCK : 0);
	uint8_t buffer[4][LENGTH];
	struct iocb request[4], *requests[4];
	struct io_event event[4];
	io_context_t context = 0;

	ck_assert_int_eq(io_setup(4, &context), 0);
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 4; i++) {
			requests[i] = &request[i];
			if (round % 2)
				memset(buffer[i], 0, LENGTH);
			else
				pattern_fill(buffer[i], LENGTH, round * 10 + i);
			if (round % 2)
				io_prep_pread(&request[i], fd, buffer[i], LENGTH,
					      place(round / 2, i));
			else
				io_prep_pwrite(&request[i], fd, buffer[i], LENGTH,
					       place(round / 2, i));
		}
		ck_assert_int_eq(io_submit(context, 4, requests), 4);
		ck_assert_int_eq(io_getevents(context, 4, 4, event, NULL), 4);
		for (unsigned i = 0; i < 4; i++) {
			ck_assert_int_eq((long)event[i].res, LENGTH);
			ck_assert(pattern_is(buffer[i], LENGTH, round / 2 * 20 + i));
		}
		for (unsigned i = 0; i < 4; i++) {
			assert_returns(pread(fd, buffer[i], LENGTH, place(round / 2, i)), LENGTH);
			ck_assert(pattern_is(buffer[i], LENGTH, round / 2 * 20 + i));
		}
	}
	ck_assert_int_eq(io_destroy(context), 0);
	close(fd);
}
END_TEST

START_TEST(nothing_was_refused)
{
	ck_assert_uint_eq(daemon_log_lines(&served, "refused"), 0);
}
END_TEST

Suite *
rings_suite(void)
{
	Suite *suite = suite_create("rings");
	TCase *edu;

	/* main() tells when it isn't there. */
	if (!daemon_has_bpf())
		return suite;
	edu = served_case("edu", serve_two_edus_by_bpf, 600);
	tcase_add_loop_test(edu, uring, 0, NUM_WAYS);
	tcase_add_loop_test(edu, uring_answers, 0, NUM_WAYS);
	tcase_add_test(edu, ring_inside_of_calls);
	tcase_add_test(edu, calls_beside_a_ring);
	tcase_add_loop_test(edu, aio, 0, 2);
	rings_mixed(edu);
	tcase_add_test(edu, nothing_was_refused);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
