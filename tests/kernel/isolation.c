/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two devices of one daemon: separate state, and neither waits for the other's clients. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

static uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

START_TEST(separate_state)
{
	int first = node_open_reset(), second = node_open(SERVED_OTHER);
	int events[2] = {event_new(), event_new()};

	assert_returns(ioctl(second, VFIO_DEVICE_RESET), 0);
	node_put(first, BAR0, EDU_LIVENESS, 4, 0);
	node_put(first, EDU_MEMORY, 0x100, 8, 0x1111111111111111);
	node_put(second, EDU_MEMORY, 0x100, 8, 0x2222222222222222);
	ck_assert_uint_eq(node_get(second, BAR0, EDU_LIVENESS, 4), 0);
	ck_assert_uint_eq(node_get(first, EDU_MEMORY, 0x100, 8), 0x1111111111111111);
	node_put(second, CONFIG, 4, 2, 0);
	ck_assert_uint_eq(node_get(first, BAR0, EDU_LIVENESS, 4), 0xffffffff);
	assert_returns(ioctl(second, VFIO_DEVICE_RESET), 0);
	node_put(second, CONFIG, 4, 2, 2);
	ck_assert_uint_eq(node_get(first, BAR0, EDU_LIVENESS, 4), 0xffffffff);
	/* Interrupts: another mode on each. */
	ck_assert_int_eq(irq_arm(first, MSI, TRIGGER, 0, events[0]), 0);
	ck_assert_int_eq(irq_arm(second, INTX, TRIGGER, 0, events[1]), 0);
	node_put(first, BAR0, EDU_IRQ_RAISE, 4, 1);
	ck_assert_uint_eq(event_take(events[0]), 1);
	ck_assert_uint_eq(event_take(events[1]), 0);
	node_put(second, BAR0, EDU_IRQ_RAISE, 4, 1);
	ck_assert_uint_eq(event_take(events[0]), 0);
	ck_assert_uint_eq(event_take(events[1]), 1);
	close(first);
	ck_assert_int_eq(irq_none(second, INTX, TRIGGER, 0, 1), 0);
}
END_TEST

static __attribute__((noreturn)) void
hammer(const char *name)
{
	static uint8_t buffer[100000];
	int fd = node_open(name);

	for (;;)
		if (pread(fd, buffer, sizeof(buffer), AT(EDU_MEMORY, 0)) < 0)
			_exit(1);
}

/* A client stopped at a random moment, most likely inside a request. */
START_TEST(stopped_client)
{
	int other = node_open(SERVED_OTHER), same;

	for (unsigned round = 0; round < 10; round++) {
		pid_t child = fork();
		uint64_t start;

		ck_assert_int_ge(child, 0);
		if (!child)
			hammer(SERVED_NODE);
		pause_ms(40 + round);
		kill(child, SIGSTOP);
		ck_assert_int_eq(waitpid(child, NULL, WUNTRACED), child);
		start = now_ms();
		for (unsigned i = 0; i < 20; i++)
			ck_assert_uint_eq(node_get(other, BAR0, EDU_ID, 4), 0x010000ed);
		/* Even the same device goes on. */
		same = node_open(SERVED_NODE);
		ck_assert_uint_eq(node_get(same, BAR0, EDU_ID, 4), 0x010000ed);
		close(same);
		ck_assert_uint_lt(now_ms() - start, 4000);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}
END_TEST

/* The freezer of control groups stops a thread inside the kernel too, not only on its way out. */
static bool
freeze(const char *group, const char *state)
{
	char path[128];
	int fd;
	bool good;

	snprintf(path, sizeof(path), "%s/cgroup.freeze", group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, state, 1) == 1;
	close(fd);
	return good;
}

#define CGROUPS "/run/vfiod-kernel-tests-cgroup"
#define GROUP   CGROUPS "/frozen"

static void
enter_group(void)
{
	int fd = open(GROUP "/cgroup.procs", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(3);
	close(fd);
}

START_TEST(frozen_client)
{
	int other = node_open(SERVED_OTHER);

	mkdir(CGROUPS, 0700);
	ck_assert_int_eq(mount("none", CGROUPS, "cgroup2", 0, NULL), 0);
	ck_assert(mkdir(GROUP, 0700) == 0 || errno == EEXIST);
	for (unsigned round = 0; round < 6; round++) {
		pid_t child = fork();
		uint64_t start;

		ck_assert_int_ge(child, 0);
		if (!child) {
			enter_group();
			hammer(SERVED_NODE);
		}
		pause_ms(100 + round * 7);
		ck_assert(freeze(GROUP, "1"));
		pause_ms(20);
		start = now_ms();
		for (unsigned i = 0; i < 20; i++)
			ck_assert_uint_eq(node_get(other, BAR0, EDU_ID, 4), 0x010000ed);
		ck_assert_uint_lt(now_ms() - start, 4000);
		ck_assert(freeze(GROUP, "0"));
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
	}
	rmdir(GROUP);
	umount(CGROUPS);
	rmdir(CGROUPS);
}
END_TEST

/* Both at once: each client's data come from its own device. */
START_TEST(both_at_once)
{
	const char *const names[] = {SERVED_NODE, SERVED_OTHER};
	pid_t children[2];

	for (unsigned i = 0; i < 2; i++) {
		children[i] = fork();
		ck_assert_int_ge(children[i], 0);
		if (!children[i]) {
			int fd = node_open(names[i]);

			for (uint64_t n = 0; n < 400; n++) {
				node_put(fd, EDU_MEMORY, n * 8, 8, n * 2 + i);
				if (node_get(fd, EDU_MEMORY, n * 8, 8) != n * 2 + i)
					_exit(1);
			}
			_exit(0);
		}
	}
	for (unsigned i = 0; i < 2; i++) {
		int status;

		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

Suite *
isolation_suite(void)
{
	Suite *suite = suite_create("isolation");
	TCase *two = served_case("two", serve_two_edus, 300);

	tcase_add_test(two, separate_state);
	tcase_add_test(two, both_at_once);
	tcase_add_test(two, stopped_client);
	tcase_add_test(two, frozen_client);
	served_last(two);
	suite_add_tcase(suite, two);
	return suite;
}
