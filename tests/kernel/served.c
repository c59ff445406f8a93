/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "served.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dump.h"
#include "node.h"

struct daemon served;

static unsigned failures;

void
serve_edu(void)
{
	daemon_start(&served, ARGS("--device", "edu,name=" SERVED_NODE));
}

void
serve_strict(void)
{
	daemon_start(&served, ARGS("--device", "edu,msix=8,access=strict,name=" SERVED_NODE));
}

void
serve_edu_by_proc(void)
{
	daemon_start(&served, ARGS("--offsets=proc", "--device", "edu,name=" SERVED_NODE));
}

void
serve_two_edus_by_bpf(void)
{
	daemon_start(&served, ARGS("--offsets=bpf", "--device", "edu,name=" SERVED_NODE, "--device",
				   "edu,name=" SERVED_OTHER));
}

void
serve_two_edus(void)
{
	daemon_start(&served, ARGS("--device", "edu,name=" SERVED_NODE, "--device",
				   "edu,name=" SERVED_OTHER));
}

void
serve_express(void)
{
	const char *dump = dump_express();
	char device[256];

	snprintf(device, sizeof(device),
		 "clone,name=" SERVED_NODE ",from=%s,bar0=1M,bar2=1M,bar4=32", dump);
	daemon_start(&served, ARGS("--device", device));
	unlink(dump);
}

void
serve_vgpu(void)
{
	daemon_start(&served, ARGS("--device", "vgpu,name=" SERVED_NODE));
}

/* Runs in the runner, whose child the daemon is. Check drops what fails here: so it is counted. */
static void
stop_served(void)
{
	int code;

	kill(served.pid, SIGTERM);
	code = daemon_wait(&served);
	if (code) {
		failures++;
		fprintf(stderr, "a shared daemon ended with %d; its log:\n%s\n", code,
			daemon_log(&served));
	}
	close(served.log_fd);
}

unsigned
served_failures(void)
{
	return failures;
}

START_TEST(daemon_is_well_and_ends)
{
	int pidfd = (int)syscall(SYS_pidfd_open, served.pid, 0);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	daemon_assert_alive(&served);
	daemon_assert_clean(&served);
	ck_assert_int_eq(kill(served.pid, SIGTERM), 0);
	ck_assert_int_eq(poll(&end, 1, DAEMON_PATIENCE_S * 1000), 1);
	daemon_assert_clean(&served);
	ck_assert_msg(daemon_log_lines(&served, "vfiod: ended") == 1, "its log:\n%s",
		      daemon_log(&served));
	ck_assert_int_eq(access(node_path(SERVED_NODE), F_OK), -1);
}
END_TEST

TCase *
served_case(const char *name, void (*serve)(void), unsigned seconds)
{
	TCase *tcase = tcase_create(name);

	tcase_add_unchecked_fixture(tcase, serve, stop_served);
	tcase_set_timeout(tcase, seconds);
	return tcase;
}

void
served_last(TCase *tcase)
{
	tcase_add_test(tcase, daemon_is_well_and_ends);
}
