/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thousand uses leave behind in the daemon: nothing; and its log stays short. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define OPENS     1000
#define SLACK_KIB 1024ul

/* AddressSanitizer keeps freed memory for a while. */
#define SLACK_SANITIZED_KIB 65536ul

/* The daemon's descriptors once it has heard of all closes, which takes it a moment. */
static unsigned
settled_num_fds(void)
{
	unsigned now = daemon_num_fds(&served), before;

	do {
		before = now;
		pause_ms(300);
		now = daemon_num_fds(&served);
	} while (now != before);
	return now;
}

static unsigned long
slack_kib(void)
{
	char command[64];

	snprintf(command, sizeof(command), "grep -q libasan /proc/%d/maps", (int)served.pid);
	return system(command) ? SLACK_KIB : SLACK_SANITIZED_KIB;
}

static void
use(int event)
{
	int fd = node_open(SERVED_NODE);

	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	close(fd);
}

START_TEST(opens_and_closes)
{
	int event = event_new();
	unsigned long resident;
	unsigned fds;

	for (unsigned i = 0; i < 50; i++)
		use(event);
	fds = settled_num_fds();
	resident = daemon_resident_kib(&served);
	for (unsigned i = 0; i < OPENS; i++)
		use(event);
	ck_assert_uint_eq(settled_num_fds(), fds);
	ck_assert_uint_le(daemon_resident_kib(&served), resident + slack_kib());
}
END_TEST

START_TEST(many_opens_at_once)
{
	enum { MANY = 200 };
	int fds[MANY];
	unsigned before = settled_num_fds();

	for (unsigned i = 0; i < MANY; i++)
		fds[i] = node_open(SERVED_NODE);
	node_put(fds[0], BAR0, EDU_LIVENESS, 4, 1);
	ck_assert_uint_eq(node_get(fds[MANY - 1], BAR0, EDU_LIVENESS, 4), 0xfffffffe);
	for (unsigned i = 0; i < MANY; i++)
		close(fds[i]);
	ck_assert_uint_le(settled_num_fds(), before);
}
END_TEST

/* Eventfds replaced and refused: each costs the daemon a descriptor for a moment only. */
START_TEST(eventfds)
{
	int fd = node_open_reset(), event = event_new(), unmasker = event_new();
	unsigned before;

	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, unmasker), 0);
	before = daemon_num_fds(&served);
	for (unsigned i = 0; i < 100; i++) {
		ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), 0);
		ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, unmasker), -EBUSY);
		ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, fd), -EINVAL);
		ck_assert_int_eq(irq_arm(fd, REQ, TRIGGER, 0, 9999), -EBADF);
	}
	ck_assert_uint_eq(daemon_num_fds(&served), before);
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 0), 0);
	ck_assert_uint_eq(daemon_num_fds(&served), before - 2);
}
END_TEST

static void *
one_read(void *arg)
{
	uint8_t byte;

	return pread(*(int *)arg, &byte, 1, AT(CONFIG, 0)) == 1 ? NULL : arg;
}

/* The daemon keeps a descriptor for some callers: a bounded number, none after the last close. */
START_TEST(callers)
{
	int fd = node_open_reset();
	unsigned after_close, most;

	for (unsigned i = 0; i < 150; i++) {
		pthread_t thread;
		void *result;

		ck_assert_int_eq(pthread_create(&thread, NULL, one_read, &fd), 0);
		ck_assert_int_eq(pthread_join(thread, &result), 0);
		ck_assert_ptr_eq(result, NULL);
	}
	most = daemon_num_fds(&served);
	close(fd);
	after_close = settled_num_fds();
	ck_assert_uint_le(most - after_close, 64);
	fd = node_open(SERVED_NODE);
	close(fd);
	ck_assert_uint_eq(settled_num_fds(), after_close);
}
END_TEST

/* Errors that a client can make as fast as it likes. */
START_TEST(errors_don_t_flood_the_log)
{
	unsigned before = daemon_log_lines(&served, "vfiod:");
	int fd = node_open_reset();
	uint8_t bytes[8] = {0};

	for (unsigned i = 0; i < 120; i++) {
		struct vfio_region_info info = {.argsz = i % 40, .index = i};

		assert_fails(pread(fd, bytes, 8, AT(VGA, i)), EINVAL);
		assert_fails(pwrite(fd, bytes, 8, AT(CONFIG, 0x1000)), EFAULT);
		ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info);
		assert_fails(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO - 5), ENOTTY);
		irq_arm(fd, i % 7, TRIGGER, i, (int)i);
		/* DMA that goes nowhere: the device's own complaint. */
		node_put(fd, BAR0, EDU_DMA_COUNT, 8, 1u << 20);
		node_put(fd, BAR0, EDU_DMA_COMMAND, 8, 1);
	}
	ck_assert_uint_le(daemon_log_lines(&served, "vfiod:") - before, 20 + 30);
}
END_TEST

Suite *
leaks_suite(void)
{
	Suite *suite = suite_create("leaks");
	TCase *edu = served_case("edu", serve_edu, 300);

	tcase_add_test(edu, opens_and_closes);
	tcase_add_test(edu, many_opens_at_once);
	tcase_add_test(edu, eventfds);
	tcase_add_test(edu, callers);
	tcase_add_test(edu, errors_don_t_flood_the_log);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
