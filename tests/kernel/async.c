/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways in whose offset /proc can't tell: io_uring and Linux AIO. They must fail, move nothing, and be
 * told once in the log. Splice and sendfile fail in the kernel, as on a VFIO file.
 */
#include <fcntl.h>
#include <libaio.h>
#include <liburing.h>
#include <pthread.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define MARK  0x3c
#define PLACE AT(EDU_MEMORY, 0x4321)

/* What the daemon's line about a refusal contains. */
#define REFUSED "refused"

struct target {
	int fd, flags;
	int plain; /* another open, for looking at what has happened */
	uint8_t buffer[64];
	unsigned lines;
};

/* An open whose memory and buffer hold different marks, so that any transfer is seen. */
static struct target
new_target(int flags)
{
	struct target target = {.fd = open(node_path(SERVED_NODE), O_RDWR | flags), .flags = flags};

	ck_assert_int_ge(target.fd, 0);
	target.plain = node_open(SERVED_NODE);
	memset(target.buffer, MARK, sizeof(target.buffer));
	assert_returns(pwrite(target.plain, target.buffer, sizeof(target.buffer), PLACE),
		       sizeof(target.buffer));
	/* BAR0's registers are where a lost offset would lead. */
	node_put(target.plain, BAR0, EDU_LIVENESS, 4, 0x12345678);
	memset(target.buffer, 0, sizeof(target.buffer));
	target.lines = daemon_log_lines(&served, REFUSED);
	return target;
}

static void
assert_untouched(const struct target *target)
{
	uint8_t got[sizeof(target->buffer)];
	/* Without waiting, some requests go a way of their own: one line for each reason. */
	unsigned most = target->flags & O_NONBLOCK ? 2 : 1, lines;

	for (unsigned i = 0; i < sizeof(target->buffer); i++)
		ck_assert_uint_eq(target->buffer[i], 0);
	assert_returns(pread(target->plain, got, sizeof(got), PLACE), sizeof(got));
	for (unsigned i = 0; i < sizeof(got); i++)
		ck_assert_uint_eq(got[i], MARK);
	ck_assert_uint_eq(node_get(target->plain, BAR0, EDU_LIVENESS, 4), ~0x12345678u);
	lines = daemon_log_lines(&served, REFUSED) - target->lines;
	ck_assert_msg(lines >= 1 && lines <= most, "%u lines; the log:\n%s", lines,
		      daemon_log(&served));
}

enum operation { READ, WRITE, READV, WRITEV };

static void
prepare(struct io_uring_sqe *sqe, enum operation operation, struct target *target,
	struct iovec *iov)
{
	*iov = (struct iovec){.iov_base = target->buffer, .iov_len = sizeof(target->buffer)};
	switch (operation) {
	case READ:
		io_uring_prep_read(sqe, target->fd, iov->iov_base, sizeof(target->buffer), PLACE);
		break;
	case WRITE:
		io_uring_prep_write(sqe, target->fd, iov->iov_base, sizeof(target->buffer), PLACE);
		break;
	case READV:
		io_uring_prep_readv(sqe, target->fd, iov, 1, PLACE);
		break;
	case WRITEV:
		io_uring_prep_writev(sqe, target->fd, iov, 1, PLACE);
		break;
	}
}

static void
submit(struct io_uring *ring, enum operation operation, struct target *target, unsigned flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	struct io_uring_cqe *cqe;
	struct iovec iov;

	prepare(sqe, operation, target, &iov);
	sqe->flags |= (uint8_t)flags;
	ck_assert_int_ge(io_uring_submit(ring), 1);
	ck_assert_int_eq(io_uring_wait_cqe(ring, &cqe), 0);
	ck_assert_int_eq(cqe->res, -EOPNOTSUPP);
	io_uring_cqe_seen(ring, cqe);
}

static const struct {
	unsigned setup, flags;
	int open_flags;
} uring_ways[] = {
	{0, 0, 0},
	{0, IOSQE_ASYNC, 0},
	{0, 0, O_NONBLOCK},
	{0, IOSQE_ASYNC, O_NONBLOCK},
	{IORING_SETUP_SQPOLL, 0, 0},
	{IORING_SETUP_SQPOLL, 0, O_NONBLOCK},
};

START_TEST(uring)
{
	struct target target = new_target(uring_ways[_i].open_flags);
	struct io_uring ring;

	ck_assert_int_eq(io_uring_queue_init(8, &ring, uring_ways[_i].setup), 0);
	for (unsigned round = 0; round < 5; round++)
		for (enum operation operation = READ; operation <= WRITEV; operation++)
			submit(&ring, operation, &target, uring_ways[_i].flags);
	assert_untouched(&target);
	io_uring_queue_exit(&ring);
}
END_TEST

/* While the submitter itself is inside a pread, which has an offset, of the same open. */
static void *
read_on(void *arg)
{
	const int *fds = arg;

	for (unsigned i = 0; i < 300; i++)
		if (node_get(fds[0], EDU_MEMORY, 0x8000, 8) != 0x1122334455667788)
			return (void *)1;
	return NULL;
}

START_TEST(uring_beside_reads)
{
	struct target target = new_target(0);
	struct io_uring ring;
	pthread_t thread;
	void *result;

	node_put(target.fd, EDU_MEMORY, 0x8000, 8, 0x1122334455667788);
	ck_assert_int_eq(io_uring_queue_init(8, &ring, 0), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, read_on, &target.fd), 0);
	for (unsigned round = 0; round < 25; round++)
		for (enum operation operation = READ; operation <= WRITEV; operation++)
			submit(&ring, operation, &target, round % 2 ? IOSQE_ASYNC : 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, NULL);
	assert_untouched(&target);
	io_uring_queue_exit(&ring);
}
END_TEST

/* Whose call is it? With a ring in the process and no waiting for the file, nobody can tell. */
START_TEST(nonblocking_beside_a_ring)
{
	struct target target = new_target(0);
	struct io_uring ring;
	pid_t child;
	int status;

	ck_assert_int_eq(io_uring_queue_init(8, &ring, 0), 0);
	assert_returns(pread(target.fd, target.buffer, 4, AT(CONFIG, 0)), 4);
	ck_assert_int_eq(fcntl(target.fd, F_SETFL, O_NONBLOCK), 0);
	target.flags = O_NONBLOCK;
	memset(target.buffer, 0, sizeof(target.buffer));
	assert_fails(pread(target.fd, target.buffer, 4, PLACE), EOPNOTSUPP);
	assert_fails(pwrite(target.fd, target.buffer, 4, PLACE), EOPNOTSUPP);
	assert_untouched(&target);
	/* A process without a ring may. */
	child = fork();
	if (!child) {
		io_uring_queue_exit(&ring);
		_exit(pread(target.fd, target.buffer, 4, PLACE) == 4 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	io_uring_queue_exit(&ring);
	assert_returns(pread(target.fd, target.buffer, 4, PLACE), 4);
}
END_TEST

START_TEST(aio)
{
	struct target target = new_target(0);
	io_context_t context = 0;
	struct iocb request, *requests[] = {&request};
	struct io_event event;

	ck_assert_int_eq(io_setup(4, &context), 0);
	for (unsigned i = 0; i < 6; i++) {
		if (i % 2)
			io_prep_pread(&request, target.fd, target.buffer, sizeof(target.buffer),
				      PLACE);
		else
			io_prep_pwrite(&request, target.fd, target.buffer, sizeof(target.buffer),
				       PLACE);
		ck_assert_int_eq(io_submit(context, 1, requests), 1);
		ck_assert_int_eq(io_getevents(context, 1, 1, &event, NULL), 1);
		ck_assert_int_eq((long)event.res, -EOPNOTSUPP);
	}
	assert_untouched(&target);
	ck_assert_int_eq(io_destroy(context), 0);
}
END_TEST

START_TEST(splice_and_sendfile)
{
	int fd = node_open_reset(), pipes[2], file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	off_t offset = PLACE;

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(write(pipes[1], "abcd", 4), 4);
	ck_assert_int_eq(write(file, "abcd", 4), 4);
	assert_fails(splice(fd, NULL, pipes[1], NULL, 4, 0), EINVAL);
	assert_fails(splice(fd, &offset, pipes[1], NULL, 4, 0), EINVAL);
	assert_fails(splice(pipes[0], NULL, fd, NULL, 4, 0), EINVAL);
	assert_fails(sendfile(file, fd, &offset, 4), EINVAL);
	offset = 0;
	assert_fails(sendfile(fd, file, &offset, 4), EINVAL);
	ck_assert_uint_eq(daemon_log_lines(&served, REFUSED), 0);
}
END_TEST

Suite *
async_suite(void)
{
	Suite *suite = suite_create("async");
	TCase *edu = served_case("edu", serve_edu_by_proc, 120);

	tcase_add_test(edu, splice_and_sendfile);
	tcase_add_loop_test(edu, uring, 0, sizeof(uring_ways) / sizeof(*uring_ways));
	tcase_add_test(edu, uring_beside_reads);
	tcase_add_test(edu, nonblocking_beside_a_ring);
	tcase_add_test(edu, aio);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
