/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients that are killed inside their requests: the daemon must not mind. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define ROUNDS  40
#define CLIENTS 4

/* Everything that a client can do, until somebody ends it. */
static __attribute__((noreturn)) void
hammer(unsigned seed)
{
	uint8_t *buffer = malloc(300000);
	int event = event_new();

	for (;;) {
		int fd = node_open(SERVED_NODE);

		for (unsigned i = 0; i < 5; i++) {
			struct vfio_irq_info info = {.argsz = sizeof(info)};

			if (pread(fd, buffer, 4096, AT(EDU_MEMORY, seed * 0x10000)) < 0 ||
			    pwrite(fd, buffer, 300000, AT(EDU_MEMORY, 0x200000)) < 0 ||
			    read(fd, buffer, 200000) < 0 ||
			    ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &info) < 0)
				_exit(1);
			irq_arm(fd, MSI, TRIGGER, 0, event);
			irq_none(fd, MSI, TRIGGER, 0, 1);
		}
		close(fd);
	}
}

START_TEST(killed_at_any_time)
{
	int fd = node_open_reset(), event = event_new();
	unsigned fds = daemon_num_fds(&served);
	uint32_t random = 12345;

	for (unsigned round = 0; round < ROUNDS; round++) {
		pid_t children[CLIENTS];

		for (unsigned i = 0; i < CLIENTS; i++) {
			children[i] = fork();
			ck_assert_int_ge(children[i], 0);
			if (!children[i])
				hammer(i);
		}
		random = random * 1664525 + 1013904223;
		nanosleep(&(struct timespec){.tv_nsec = 1000000 + random / 128}, NULL);
		for (unsigned i = 0; i < CLIENTS; i++) {
			int status;

			kill(children[i], SIGKILL);
			ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
			ck_assert_msg(WIFSIGNALED(status), "a client ended by itself: status 0x%x",
				      status);
		}
		ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	}
	daemon_assert_alive(&served);
	daemon_assert_clean(&served);
	/* Nothing of theirs is left armed. */
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), 0);
	close(fd);
	ck_assert_uint_le(daemon_num_fds(&served), fds + 4);
}
END_TEST

/* Killed right after opening: the open may be answered when nobody waits any more. */
START_TEST(killed_while_opening)
{
	unsigned fds = daemon_num_fds(&served);

	for (unsigned i = 0; i < 60; i++) {
		pid_t child = fork();

		ck_assert_int_ge(child, 0);
		if (!child)
			for (;;)
				close(node_open(SERVED_NODE));
		nanosleep(&(struct timespec){.tv_nsec = 3000000 + i * 91000}, NULL);
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
	}
	close(node_open(SERVED_NODE));
	daemon_assert_alive(&served);
	ck_assert_uint_le(daemon_num_fds(&served), fds);
}
END_TEST

Suite *
clients_suite(void)
{
	Suite *suite = suite_create("clients");
	TCase *edu = served_case("edu", serve_edu, 300);

	tcase_add_test(edu, killed_at_any_time);
	tcase_add_test(edu, killed_while_opening);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
