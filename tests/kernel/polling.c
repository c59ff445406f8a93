/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices whose thread polls for requests: answers are the same, and it sleeps when there are none. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define POLLED   "kernel-polled"
#define REQUESTS 300u

/* Processor time that it has used so far, in clock ticks. */
static unsigned long
ticks(const struct daemon *daemon)
{
	unsigned long user, system;
	char path[64], line[1024], *after;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)daemon->pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	fclose(file);
	after = strrchr(line, ')');
	ck_assert_ptr_nonnull(after);
	ck_assert_int_eq(sscanf(after + 1, "%*s %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				&user, &system),
			 2);
	return user + system;
}

/* Were it still polling, it would take most of a second. */
static void
assert_sleeps(const struct daemon *daemon)
{
	unsigned long before;

	usleep(100000);
	before = ticks(daemon);
	sleep(1);
	ck_assert_uint_lt(ticks(daemon) - before, (unsigned long)sysconf(_SC_CLK_TCK) / 4);
}

/* Fast, slower than it may poll, and fast again. */
static void
use(int fd)
{
	for (unsigned i = 0; i < REQUESTS; i++) {
		uint32_t value = i * 0x01010101u, got = 0;

		assert_returns(pwrite(fd, &value, 4, AT(BAR0, EDU_LIVENESS)), 4);
		assert_returns(pread(fd, &got, 4, AT(BAR0, EDU_LIVENESS)), 4);
		ck_assert_uint_eq(got, ~value);
		if (i >= REQUESTS / 3 && i < REQUESTS / 3 + 10)
			usleep(20000);
	}
}

START_TEST(polls_and_sleeps)
{
	struct daemon daemon;
	int fd;

	daemon_start(&daemon, ARGS("--device=edu,name=" POLLED ",poll-us=10000"));
	fd = open(node_path(POLLED), O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	use(fd);
	assert_sleeps(&daemon);
	use(fd);
	close(fd);
	assert_sleeps(&daemon);
	/* One that comes later is served as well. */
	fd = open(node_path(POLLED), O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	use(fd);
	/* While a client has it open, and its thread polls. */
	daemon_stop(&daemon, SIGTERM);
	close(fd);
}
END_TEST

Suite *
polling_suite(void)
{
	Suite *suite = suite_create("polling");
	TCase *tcase = tcase_create("polling");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, polls_and_sleeps);
	suite_add_tcase(suite, tcase);
	return suite;
}
