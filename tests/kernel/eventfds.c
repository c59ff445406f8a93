/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Eventfds of clients: which are taken, exact sums, who loses them when. */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dump.h"
#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

START_TEST(what_is_no_eventfd)
{
	int fd = node_open_reset(), pipes[2], event = event_new(), gone = dup(event);
	int others[5];

	ck_assert_int_eq(pipe(pipes), 0);
	others[0] = pipes[0];
	others[1] = pipes[1];
	others[2] = open("/dev/null", O_RDWR);
	others[3] = epoll_create1(0);
	others[4] = fd;
	close(gone);
	for (uint32_t index = INTX; index <= REQ; index++) {
		if (index == MSIX || index == ERR) /* edu has none */
			continue;
		for (unsigned i = 0; i < 5; i++)
			ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 0, others[i]), -EINVAL);
		ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 0, gone), -EBADF);
		ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 0, 100000), -EBADF);
		ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 0, INT32_MAX), -EBADF);
	}
	/* Nothing has been enabled by all that. */
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 1), -EINVAL);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), -EINVAL);
	ck_assert_int_eq(irq_none(fd, REQ, TRIGGER, 0, 1), -EINVAL);
	ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, -2), -EINVAL);
}
END_TEST

START_TEST(sums_are_exact)
{
	static const uint32_t indices[] = {INTX, MSI, REQ};
	int fd = node_open_reset(), event = event_new();
	uint8_t yes = 0xff, no = 0;

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(irq_arm(fd, indices[i], TRIGGER, 0, event), 0);
		ck_assert_uint_eq(event_take(event), 0);
		for (unsigned n = 0; n < 100; n++)
			ck_assert_int_eq(irq_none(fd, indices[i], TRIGGER, 0, 1), 0);
		ck_assert_uint_eq(event_take(event), 100);
		for (unsigned n = 0; n < 10; n++) {
			ck_assert_int_eq(irq_set(fd, indices[i], BOOL | TRIGGER, 0, 1, &yes), 0);
			ck_assert_int_eq(irq_set(fd, indices[i], BOOL | TRIGGER, 0, 1, &no), 0);
		}
		ck_assert_uint_eq(event_take(event), 10);
		ck_assert_int_eq(irq_none(fd, indices[i], TRIGGER, 0, 0), 0);
		ck_assert_uint_eq(event_take(event), 0);
	}
}
END_TEST

START_TEST(single_slots)
{
	int fd = node_open_reset(), first = event_new(), second = event_new();
	uint8_t yes = 1;

	/* Accepted without an eventfd: only BOOL. */
	ck_assert_int_eq(irq_set(fd, REQ, BOOL | TRIGGER, 0, 1, &yes), 0);
	ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, -1), 0);
	ck_assert_int_eq(irq_none(fd, REQ, TRIGGER, 0, 0), -EINVAL);
	ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, first), 0);
	ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, second), 0);
	ck_assert_int_eq(irq_none(fd, REQ, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(first), 0);
	ck_assert_uint_eq(event_take(second), 1);
	ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, -1), 0);
	ck_assert_int_eq(irq_none(fd, REQ, TRIGGER, 0, 1), -EINVAL);
	/* REQ is independent of the mode. */
	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, first), 0);
	ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, second), 0);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), 0);
	ck_assert_int_eq(irq_none(fd, REQ, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(first), 1);
	ck_assert_uint_eq(event_take(second), 1);
}
END_TEST

/* A counter that can't grow must not make the daemon wait. */
START_TEST(full_counter)
{
	int fd = node_open_reset(), event = event_new(), blocking = eventfd(0, EFD_CLOEXEC);
	const uint64_t most = UINT64_MAX - 1;

	ck_assert_int_eq(write(event, &most, sizeof(most)), sizeof(most));
	ck_assert_int_eq(write(blocking, &most, sizeof(most)), sizeof(most));
	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, blocking), 0);
	for (unsigned i = 0; i < 20; i++) {
		ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), 0);
		ck_assert_int_eq(irq_none(fd, REQ, TRIGGER, 0, 1), 0);
	}
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	ck_assert_uint_ge(event_take(event), most);
	ck_assert_uint_ge(event_take(blocking), most);
}
END_TEST

START_TEST(semaphore_eventfd)
{
	int fd = node_open_reset(), event = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);

	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), 0);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 1);
	ck_assert_uint_eq(event_take(event), 1);
	ck_assert_uint_eq(event_take(event), 0);
}
END_TEST

START_TEST(closed_by_the_client)
{
	int fd = node_open_reset(), event = event_new(), keep = dup(event);

	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	close(event);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), 0);
	/* It is the same eventfd under the other number. */
	ck_assert_uint_eq(event_take(keep), 1);
	close(keep);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), 0);
	node_put(fd, BAR0, EDU_IRQ_RAISE, 4, 1);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_IRQ_STATUS, 4), 1);
}
END_TEST

static void *
arm_from_thread(void *arg)
{
	const int *fds = arg;

	return (void *)(intptr_t)irq_arm(fds[0], MSI, TRIGGER, 0, fds[1]);
}

START_TEST(armed_by_another_thread)
{
	int fds[2] = {node_open_reset(), event_new()};
	pthread_t thread;
	void *result;

	ck_assert_int_eq(pthread_create(&thread, NULL, arm_from_thread, fds), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, NULL);
	ck_assert_int_eq(irq_none(fds[0], MSI, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(fds[1]), 1);
}
END_TEST

/* The number counts in the table of the process that calls, not of the one that has opened. */
START_TEST(armed_by_a_child)
{
	int fd = node_open_reset(), event = event_new(), number = 200, status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child) {
		dup2(event, number);
		close(event);
		_exit(irq_arm(fd, MSI, TRIGGER, 0, event) == -EBADF &&
				      irq_arm(fd, MSI, TRIGGER, 0, number) == 0
			      ? 0
			      : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, number), -EBADF);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 1);
}
END_TEST

START_TEST(close_drops_them)
{
	int owner = node_open_reset(), other = node_open(SERVED_NODE);
	int event = event_new();

	ck_assert_int_eq(irq_arm(owner, MSI, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_arm(owner, REQ, TRIGGER, 0, event), 0);
	/* Somebody else's close is none of its business. */
	close(node_open(SERVED_NODE));
	ck_assert_int_eq(irq_none(other, MSI, TRIGGER, 0, 1), 0);
	ck_assert_int_eq(irq_none(other, REQ, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 2);
	close(owner);
	ck_assert_int_eq(irq_none(other, MSI, TRIGGER, 0, 1), -EINVAL);
	ck_assert_int_eq(irq_none(other, REQ, TRIGGER, 0, 1), -EINVAL);
	ck_assert_int_eq(irq_arm(other, INTX, TRIGGER, 0, event), 0);
}
END_TEST

/* Two opens armed one index each: each takes along its own. */
START_TEST(close_drops_only_its_own)
{
	int first = node_open_reset(), second = node_open(SERVED_NODE);
	int event = event_new();

	ck_assert_int_eq(irq_arm(first, MSI, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_arm(second, REQ, TRIGGER, 0, event), 0);
	close(first);
	ck_assert_int_eq(irq_none(second, MSI, TRIGGER, 0, 1), -EINVAL);
	ck_assert_int_eq(irq_none(second, REQ, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 1);
}
END_TEST

START_TEST(close_of_the_later_one)
{
	int first = node_open_reset(), second = node_open(SERVED_NODE);
	int event = event_new();

	ck_assert_int_eq(irq_arm(first, MSI, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_arm(second, REQ, TRIGGER, 0, event), 0);
	close(second);
	ck_assert_int_eq(irq_none(first, REQ, TRIGGER, 0, 1), -EINVAL);
	ck_assert_int_eq(irq_none(first, MSI, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 1);
}
END_TEST

START_TEST(duplicate_keeps_them)
{
	int fd = node_open_reset(), copy = dup(fd), event = event_new();

	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	close(fd);
	ck_assert_int_eq(irq_none(copy, MSI, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 1);
}
END_TEST

START_TEST(reset_keeps_them)
{
	int fd = node_open_reset(), event = event_new();

	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET), 0);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), 0);
	node_put(fd, BAR0, EDU_IRQ_RAISE, 4, 1);
	ck_assert_uint_eq(event_take(event), 2);
}
END_TEST

Suite *
eventfds_suite(void)
{
	Suite *suite = suite_create("eventfds");
	TCase *edu = served_case("edu", serve_edu, 120);

	tcase_add_test(edu, what_is_no_eventfd);
	tcase_add_test(edu, sums_are_exact);
	tcase_add_test(edu, single_slots);
	tcase_add_test(edu, full_counter);
	tcase_add_test(edu, semaphore_eventfd);
	tcase_add_test(edu, closed_by_the_client);
	tcase_add_test(edu, armed_by_another_thread);
	tcase_add_test(edu, armed_by_a_child);
	tcase_add_test(edu, close_drops_them);
	tcase_add_test(edu, close_drops_only_its_own);
	tcase_add_test(edu, close_of_the_later_one);
	tcase_add_test(edu, duplicate_keeps_them);
	tcase_add_test(edu, reset_keeps_them);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
