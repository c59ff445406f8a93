/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client whose memory doesn't come, as on a network that is down: only the client waits. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define PAGES 64 /* more than the kernel sends in one request */

struct stalled {
	pthread_t thread;
	int fd, way, faults;
	uint8_t *pages;
	long result;
	int error;
};

/* Pages that nobody fills until told. */
static void
make_pages(struct stalled *stalled)
{
	const size_t length = PAGES * page_size();
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};

	stalled->pages =
		mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(stalled->pages, MAP_FAILED);
	stalled->faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	ck_assert_msg(stalled->faults >= 0, "no userfaultfd: errno %d", errno);
	range.range.start = (uintptr_t)stalled->pages;
	range.range.len = length;
	assert_returns(ioctl(stalled->faults, UFFDIO_API, &api), 0);
	assert_returns(ioctl(stalled->faults, UFFDIO_REGISTER, &range), 0);
}

static void
fill_pages(struct stalled *stalled, size_t from, size_t count)
{
	struct uffdio_zeropage zero = {.range.start =
					       (uintptr_t)stalled->pages + from * page_size(),
				       .range.len = count * page_size()};

	assert_returns(ioctl(stalled->faults, UFFDIO_ZEROPAGE, &zero), 0);
}

static void *
call(void *arg)
{
	struct stalled *stalled = arg;
	const size_t length = PAGES * page_size();

	/* Root's arguments are reached as those of a file; this thread alone becomes somebody else. */
	if (stalled->way == 2 && !daemon_carrier_is_fuse())
		syscall(SYS_setresuid, 65534, 65534, 65534);
	errno = 0;
	if (stalled->way == 0)
		stalled->result = pread(stalled->fd, stalled->pages, length, AT(EDU_MEMORY, 0));
	else if (stalled->way == 1)
		stalled->result = pwrite(stalled->fd, stalled->pages, length, AT(EDU_MEMORY, 0));
	else
		stalled->result = ioctl(stalled->fd, VFIO_DEVICE_GET_INFO, stalled->pages);
	stalled->error = errno;
	return NULL;
}

/* Waits until somebody waits for a page. */
static void
await_fault(const struct stalled *stalled)
{
	struct uffd_msg message;

	for (unsigned i = 0; i < 3000; i++) {
		if (read(stalled->faults, &message, sizeof(message)) == sizeof(message))
			return;
		pause_ms(10);
	}
	ck_abort_msg("nobody touches the page");
}

static void
assert_served(const char *name)
{
	int fd = node_open(name);

	for (unsigned i = 0; i < 20; i++)
		ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	close(fd);
}

START_TEST(memory_that_does_not_come)
{
	struct stalled stalled = {.fd = node_open_reset(), .way = _i};

	make_pages(&stalled);
	/* In the second half the transfer is under way when it stops. */
	fill_pages(&stalled, PAGES / 2, PAGES / 2);
	if (stalled.way < 2)
		fill_pages(&stalled, 0, PAGES / 4);
	ck_assert_int_eq(pthread_create(&stalled.thread, NULL, call, &stalled), 0);
	await_fault(&stalled);
	assert_served(SERVED_OTHER);
	assert_served(SERVED_NODE);
	fill_pages(&stalled, stalled.way < 2 ? PAGES / 4 : 0,
		   stalled.way < 2 ? PAGES / 4 : PAGES / 2);
	ck_assert_int_eq(pthread_join(stalled.thread, NULL), 0);
	if (stalled.way == 2) {
		/* Zeros: argsz 0. */
		ck_assert_int_eq(stalled.result, -1);
		ck_assert_int_eq(stalled.error, EINVAL);
	} else {
		ck_assert_int_eq(stalled.result, (long)(PAGES * page_size()));
	}
}
END_TEST

/* An ioctl's argument is reached through the caller's memory there: the device waits, nobody else. */
START_TEST(file_waits_alone)
{
	struct stalled stalled = {.way = 2};
	struct daemon daemon;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE, "-d", "edu,name=" SERVED_OTHER));
	stalled.fd = node_open(SERVED_NODE);
	make_pages(&stalled);
	ck_assert_int_eq(pthread_create(&stalled.thread, NULL, call, &stalled), 0);
	await_fault(&stalled);
	assert_served(SERVED_OTHER);
	/* Nor can it keep the daemon from ending. */
	ck_assert_int_eq(kill(daemon.pid, SIGTERM), 0);
	ck_assert_int_eq(daemon_wait(&daemon), 0);
	ck_assert_uint_eq(daemon_log_lines(&daemon, "a client holds it up"), 1);
	daemon_assert_clean(&daemon);
	ck_assert_int_eq(access(node_path(SERVED_NODE), F_OK), -1);
	ck_assert_int_eq(pthread_join(stalled.thread, NULL), 0);
	ck_assert_int_eq(stalled.result, -1);
}
END_TEST

Suite *
stalled_suite(void)
{
	Suite *suite = suite_create("stalled");
	TCase *two;

	if (daemon_carrier_is_fuse()) {
		two = tcase_create("file");
		tcase_set_timeout(two, 120);
		tcase_add_test(two, file_waits_alone);
		suite_add_tcase(suite, two);
		return suite;
	}
	two = served_case("two", serve_two_edus, 300);
	tcase_add_loop_test(two, memory_that_does_not_come, 0, 3);
	served_last(two);
	suite_add_tcase(suite, two);
	return suite;
}
