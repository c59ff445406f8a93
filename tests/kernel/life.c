/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start and end: options, exit codes (<sysexits.h>), readiness, signals. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

START_TEST(information)
{
	struct daemon daemon;

	ck_assert_int_eq(daemon_run(&daemon, ARGS("--help"), NULL), 0);
	ck_assert_ptr_nonnull(strstr(daemon_log(&daemon), "--device"));
	ck_assert_int_eq(daemon_run(&daemon, ARGS("--version"), NULL), 0);
	ck_assert_int_eq(strncmp(daemon_log(&daemon), "vfiod ", 6), 0);
	ck_assert_int_eq(daemon_run(&daemon, ARGS("--list-models"), NULL), 0);
	ck_assert_uint_ge(daemon_log_lines(&daemon, "edu"), 1);
	ck_assert_uint_ge(daemon_log_lines(&daemon, "clone"), 1);
	ck_assert_uint_ge(daemon_log_lines(&daemon, "vgpu"), 1);
}
END_TEST

/* Each refused for the way it is called, in words that name the culprit. */
static const struct {
	const char *args[3];
	const char *word;
} wrong[] = {
	{{"--nonsense"}, "nonsense"},
	{{"-d"}, "argument"},
	{{"stray"}, "stray"},
	{{"-l", "loud"}, "loud"},
	{{"--carrier", "pigeon"}, "pigeon"},
	{{"-d", "nosuchmodel"}, "nosuchmodel"},
	{{"-d", ""}, "model"},
	{{"-d", "edu,wrong=1"}, "wrong"},
	{{"-d", "edu,name"}, "name"},
	{{"-d", "edu,mode=9"}, "mode=9"},
	{{"-d", "edu,mode=01777"}, "mode=01777"},
	{{"-d", "edu,owner=nosuchuser"}, "nosuchuser"},
	{{"-d", "edu,group=nosuchgroup"}, "nosuchgroup"},
	{{"-d", "edu,name=.."}, "name=.."},
	{{"-d", "edu,name=a/../b"}, "name=a/../b"},
	{{"-d", "edu,name=a//b"}, "name=a//b"},
	{{"-d", "edu,name=/etc/x"}, "name=/etc/x"},
	{{"-d", "edu,name=a b"}, "name=a b"},
	{{"-d", "edu,name="}, "name="},
};

START_TEST(wrong_usage)
{
	struct daemon daemon;
	int code = daemon_run(&daemon, wrong[_i].args, NULL);

	ck_assert_msg(code == EX_USAGE, "exit code %d; the log:\n%s", code, daemon_log(&daemon));
	ck_assert_msg(strstr(daemon_log(&daemon), wrong[_i].word), "no '%s' in the log:\n%s",
		      wrong[_i].word, daemon_log(&daemon));
}
END_TEST

START_TEST(same_name_twice)
{
	struct daemon daemon;

	ck_assert_int_eq(
		daemon_run(&daemon, ARGS("-d", "edu,name=twin", "-d", "edu,name=twin"), NULL),
		EX_USAGE);
	ck_assert_ptr_nonnull(strstr(daemon_log(&daemon), "twin"));
	ck_assert_int_eq(access("/dev/twin", F_OK), -1);
}
END_TEST

START_TEST(devices_that_cannot_be_made)
{
	static const char *const devices[] = {"edu,memory=3", "edu,memory=0", "edu,memory=much",
					      "clone", "clone,from=/nonexistent"};
	struct daemon daemon;

	for (unsigned i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		int code = daemon_run(&daemon, ARGS("-d", devices[i]), NULL);

		ck_assert_msg(code == EX_CONFIG || code == EX_USAGE, "%s: exit code %d", devices[i],
			      code);
		ck_assert_uint_ge(daemon_log_lines(&daemon, "error"), 1);
	}
}
END_TEST

START_TEST(memory_option)
{
	struct daemon daemon;
	int fd;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE ",memory=1M"));
	fd = node_open(SERVED_NODE);
	ck_assert_uint_eq(node_region(fd, EDU_MEMORY).info.size, 1 << 20);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

START_TEST(ends_on_a_signal)
{
	const int signals[] = {SIGTERM, SIGINT};
	struct daemon daemon;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	ck_assert_uint_eq(daemon_log_lines(&daemon, "ready"), 1);
	ck_assert_int_eq(access(node_path(SERVED_NODE), F_OK), 0);
	ck_assert_int_eq(access("/sys/class/cuse/" SERVED_NODE, F_OK), 0);
	daemon_stop(&daemon, signals[_i]);
	ck_assert_int_eq(access(node_path(SERVED_NODE), F_OK), -1);
	ck_assert_int_eq(access("/sys/class/cuse/" SERVED_NODE, F_OK), -1);
}
END_TEST

/* The node of the start-up's own test must not stay, nor be left by a start that fails later. */
static void
assert_no_probe_left(void)
{
	ck_assert_int_ne(system("ls /sys/class/cuse | grep -q vfiod-probe"), 0);
}

START_TEST(nothing_is_left)
{
	struct daemon daemon;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	assert_no_probe_left();
	ck_assert_int_eq(daemon_run(&(struct daemon){0},
				    ARGS("-d", "edu,name=first", "-d", "edu,name=" SERVED_NODE),
				    NULL),
			 EX_CANTCREAT);
	assert_no_probe_left();
	ck_assert_int_eq(access("/dev/first", F_OK), -1);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

#define SOCKET "/run/vfiod-kernel-tests-notify"

static void
set_notify_socket(void)
{
	setenv("NOTIFY_SOCKET", SOCKET, 1);
}

static void
assert_notified(int fd, const char *what)
{
	char text[256];
	ssize_t length = recv(fd, text, sizeof(text) - 1, 0);

	ck_assert_int_gt(length, 0);
	text[length] = '\0';
	ck_assert_msg(strstr(text, what), "'%s' in place of %s", text, what);
}

START_TEST(tells_systemd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct timeval patience = {.tv_sec = DAEMON_PATIENCE_S};
	struct daemon daemon;

	unlink(SOCKET);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	daemon_spawn(&daemon, ARGS("-d", "edu,name=" SERVED_NODE), set_notify_socket);
	assert_notified(fd, "READY=1");
	/* Ready means that the node is there. */
	close(node_open(SERVED_NODE));
	daemon_stop(&daemon, SIGTERM);
	assert_notified(fd, "STOPPING=1");
	unlink(SOCKET);
}
END_TEST

static void
break_stderr(void)
{
	int pipes[2];

	if (pipe(pipes))
		_exit(99);
	close(pipes[0]);
	dup2(pipes[1], STDERR_FILENO);
	close(pipes[1]);
}

/* The reader of the log has gone away. */
START_TEST(nobody_reads_the_log)
{
	struct daemon daemon;
	int fd;

	daemon_spawn(&daemon, ARGS("-l", "debug", "-d", "edu,name=" SERVED_NODE), break_stderr);
	for (unsigned i = 0; i < 3000 && access(node_path(SERVED_NODE), F_OK); i++)
		pause_ms(10);
	pause_ms(100);
	fd = node_open(SERVED_NODE);
	node_put(fd, BAR0, EDU_DMA_COMMAND, 8, 1);
	close(fd);
	kill(daemon.pid, SIGTERM);
	ck_assert_int_eq(daemon_wait(&daemon), 0);
}
END_TEST

Suite *
life_suite(void)
{
	Suite *suite = suite_create("life");
	TCase *tcase = tcase_create("life");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, information);
	tcase_add_loop_test(tcase, wrong_usage, 0, sizeof(wrong) / sizeof(*wrong));
	tcase_add_test(tcase, same_name_twice);
	tcase_add_test(tcase, devices_that_cannot_be_made);
	tcase_add_test(tcase, memory_option);
	tcase_add_loop_test(tcase, ends_on_a_signal, 0, 2);
	tcase_add_test(tcase, nothing_is_left);
	tcase_add_test(tcase, tells_systemd);
	tcase_add_test(tcase, nobody_reads_the_log);
	suite_add_tcase(suite, tcase);
	return suite;
}
