/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A daemon that ends under its clients: they get an error, none hangs, another can follow. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define CLIENTS    8
#define PATIENCE_S 30

/* What a client may see of a daemon that is gone. */
static bool
is_loss(int error)
{
	return error == ENOTCONN || error == ECONNABORTED || error == EIO || error == ENODEV;
}

/* Accesses until an error; exit code 0 if it's a loss that stays. */
static __attribute__((noreturn)) void
hammer_until_lost(unsigned number)
{
	int fd = open(node_path(SERVED_NODE), O_RDWR);
	static uint8_t buffer[200000];
	ssize_t done = fd;

	alarm(PATIENCE_S);
	while (done >= 0) {
		struct vfio_irq_info info = {.argsz = sizeof(info)};

		if (number % 4 == 0)
			done = pread(fd, buffer, 4, AT(BAR0, 0));
		else if (number % 4 == 1)
			done = pwrite(fd, buffer, sizeof(buffer), AT(EDU_MEMORY, 0));
		else if (number % 4 == 2)
			done = ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &info);
		else
			done = read(fd, buffer, 8) == 8 ? 0 : -1;
		/* Cut off inside a long transfer, the first part counts. */
		if (number % 4 == 1 && done >= 0 && done < (ssize_t)sizeof(buffer))
			done = pwrite(fd, buffer, 1, AT(EDU_MEMORY, 0));
	}
	if (!is_loss(errno))
		_exit(2);
	_exit(pread(fd, buffer, 4, AT(BAR0, 0)) < 0 && is_loss(errno) ? 0 : 3);
}

static void
assert_all_lost(const pid_t *children)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		int status;

		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_msg(!WIFSIGNALED(status), "client %u hangs (signal %d)", i,
			      WTERMSIG(status));
		ck_assert_msg(status == 0, "client %u: exit code %d", i, WEXITSTATUS(status));
	}
}

START_TEST(ends_under_load)
{
	int how = _i ? SIGKILL : SIGTERM;
	struct daemon daemon;
	pid_t children[CLIENTS];
	int fd;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	for (unsigned i = 0; i < CLIENTS; i++) {
		children[i] = fork();
		ck_assert_int_ge(children[i], 0);
		if (!children[i])
			hammer_until_lost(i);
	}
	pause_ms(500);
	kill(daemon.pid, how);
	ck_assert_int_eq(daemon_wait(&daemon), how == SIGTERM ? 0 : 128 + SIGKILL);
	assert_all_lost(children);
	daemon_assert_clean(&daemon);
	/* A mount outlives its daemon; a device doesn't. */
	if (!daemon_carrier_is_fuse() || how == SIGTERM)
		ck_assert_int_eq(access(node_path(SERVED_NODE), F_OK), -1);
	/* Its successor takes the same name. */
	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	fd = node_open(SERVED_NODE);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

/* Files that were open all the time: they stay dead beside the new device. */
START_TEST(old_files_after_a_restart)
{
	struct daemon daemon;
	int old, fd, event = event_new();
	uint8_t byte;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	old = node_open(SERVED_NODE);
	ck_assert_int_eq(irq_arm(old, MSI, TRIGGER, 0, event), 0);
	daemon_stop(&daemon, SIGTERM);
	ck_assert_int_eq(pread(old, &byte, 1, AT(BAR0, 0)), -1);
	ck_assert(is_loss(errno));
	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	ck_assert_int_eq(ioctl(old, VFIO_DEVICE_RESET), -1);
	ck_assert(is_loss(errno));
	ck_assert_int_eq(close(old), 0);
	fd = node_open(SERVED_NODE);
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 1);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

/* An eventfd that the daemon watches when it ends. */
START_TEST(ends_with_everything_armed)
{
	struct daemon daemon;
	int fd, event = event_new(), unmasker = event_new();

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	fd = node_open(SERVED_NODE);
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, unmasker), 0);
	ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, event), 0);
	daemon_stop(&daemon, SIGINT);
	close(fd);
}
END_TEST

Suite *
daemons_suite(void)
{
	Suite *suite = suite_create("daemons");
	TCase *tcase = tcase_create("ends");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, ends_under_load, 0, 2);
	tcase_add_test(tcase, old_files_after_a_restart);
	tcase_add_test(tcase, ends_with_everything_armed);
	suite_add_tcase(suite, tcase);
	return suite;
}
