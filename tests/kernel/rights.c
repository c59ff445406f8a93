/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon needs of the machine, what it says when that is missing, what it gives up. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <linux/capability.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define YAMA   "/proc/sys/kernel/yama/ptrace_scope"
#define NOBODY 65534

static void
become_nobody(void)
{
	if (setgid(NOBODY) || setuid(NOBODY))
		_exit(99);
}

START_TEST(ordinary_user)
{
	struct daemon daemon;

	daemon_use_public_copy();
	ck_assert_int_eq(daemon_run(&daemon,
				    ARGS("--carrier", "cuse", "-d", "edu,name=" SERVED_NODE),
				    become_nobody),
			 EX_NOPERM);
	ck_assert_ptr_nonnull(strstr(daemon_log(&daemon), "/dev/cuse"));
	ck_assert_ptr_nonnull(strstr(daemon_log(&daemon), "root"));
}
END_TEST

/* An empty file system over /dev, seen by the daemon only. */
static void
hide_dev(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/dev", "tmpfs", 0, NULL))
		_exit(99);
}

START_TEST(no_cuse)
{
	struct daemon daemon;

	ck_assert_int_eq(daemon_run(&daemon,
				    ARGS("--carrier", "cuse", "-d", "edu,name=" SERVED_NODE),
				    hide_dev),
			 EX_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(daemon_log(&daemon), "modprobe cuse"));
}
END_TEST

/* Without /proc no offset can be had: the proof at the start says so. */
static void
hide_proc(void)
{
	/* A sanitized daemon can't look for leaks without /proc, and reads only there that it needn't. */
	static const char options[] = "ASAN_OPTIONS=detect_leaks=0";
	int fd;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", 0, NULL) || mkdir("/proc/self", 0755))
		_exit(99);
	fd = open("/proc/self/environ", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, options, sizeof(options)) != sizeof(options))
		_exit(99);
}

START_TEST(no_proc)
{
	struct daemon daemon;
	int code = daemon_run(&daemon, ARGS("--carrier=cuse", "-d", "edu,name=" SERVED_NODE),
			      hide_proc);

	ck_assert_int_ne(code, 0);
	ck_assert_int_lt(code, 127);
	ck_assert_uint_ge(daemon_log_lines(&daemon, "error"), 1);
	ck_assert_int_eq(access(node_path(SERVED_NODE), F_OK), -1);
}
END_TEST

/* For a program started later: root without the right to look at everybody. */
static void
drop_ptrace(void)
{
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0))
		_exit(99);
}

static void
set_yama(char scope)
{
	int fd = open(YAMA, O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, &scope, 1), 1);
	close(fd);
}

START_TEST(no_ptrace_and_yama)
{
	struct daemon daemon;

	if (access(YAMA, F_OK))
		return;
	set_yama('1');
	daemon_spawn(&daemon, ARGS("--offsets=proc", "-d", "edu,name=" SERVED_NODE), drop_ptrace);
	ck_assert_int_eq(daemon_wait(&daemon), EX_NOPERM);
	set_yama('0');
	ck_assert_ptr_nonnull(strstr(daemon_log(&daemon), "CAP_SYS_PTRACE"));
}
END_TEST

/* It starts with a warning, and refuses those that it may not look at. */
START_TEST(no_ptrace)
{
	struct daemon daemon;
	int fd, status;
	pid_t child;

	daemon_spawn(&daemon, ARGS("--offsets=proc", "-d", "edu,name=" SERVED_NODE), drop_ptrace);
	daemon_wait_ready(&daemon);
	ck_assert_uint_eq(daemon_log_lines(&daemon, "warning: without CAP_SYS_PTRACE"), 1);
	fd = node_open(SERVED_NODE);
	child = fork();
	if (!child) {
		uint32_t id = 0;

		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(10);
		_exit(pread(fd, &id, 4, AT(BAR0, EDU_ID)) == -1 && errno == EOPNOTSUPP ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(daemon_log_lines(&daemon, "no ptrace right"), 1);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

/* While serving it keeps two capabilities, two more to make nodes when told, and can't get others. */
START_TEST(capabilities_are_dropped)
{
	const unsigned long long serving = 1ull << CAP_SYS_PTRACE | 1ull << CAP_DAC_READ_SEARCH;
	const unsigned long long kept =
		_i ? serving | 1ull << CAP_CHOWN | 1ull << CAP_FOWNER : serving;
	struct daemon daemon;
	char path[64], line[128];
	unsigned seen = 0;
	FILE *file;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE, "--control",
				   _i ? "/run/vfiod-kernel-tests.rights" : "none"));
	snprintf(path, sizeof(path), "/proc/%d/status", (int)daemon.pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		unsigned long long set;

		if (sscanf(line, "CapEff: %llx", &set) == 1 ||
		    sscanf(line, "CapPrm: %llx", &set) == 1 ||
		    sscanf(line, "CapBnd: %llx", &set) == 1) {
			seen++;
			ck_assert_msg(set == kept, "%s", line);
		}
	}
	ck_assert_uint_eq(seen, 3);
	fclose(file);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

/* Its threads too, of which one or another needs even less. */
START_TEST(capabilities_of_threads)
{
	const unsigned long long kept = 1ull << CAP_SYS_PTRACE | 1ull << CAP_DAC_READ_SEARCH;
	struct daemon daemon;
	unsigned threads = 0;
	char command[128], line[128];
	FILE *lines;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE, "--control", "none"));
	snprintf(command, sizeof(command), "grep -h ^CapPrm /proc/%d/task/*/status", daemon.pid);
	lines = popen(command, "re");
	ck_assert_ptr_nonnull(lines);
	for (; fgets(line, sizeof(line), lines); threads++)
		ck_assert_msg(!(strtoull(line + strlen("CapPrm:"), NULL, 16) & ~kept), "%s", line);
	pclose(lines);
	ck_assert_uint_ge(threads, 2);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

/* A client needs the rights of the node, nothing more. */
START_TEST(rights_of_the_node)
{
	struct daemon daemon;
	pid_t child;
	int status;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE, "-d",
				   "edu,name=" SERVED_OTHER ",owner=nobody"));
	child = fork();
	if (!child) {
		uint32_t id = 0;
		int fd;

		become_nobody();
		if (open(node_path(SERVED_NODE), O_RDWR) >= 0 || errno != EACCES)
			_exit(1);
		fd = open(node_path(SERVED_OTHER), O_RDWR);
		_exit(pread(fd, &id, 4, AT(BAR0, EDU_ID)) == 4 && id == 0x010000ed ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

Suite *
rights_suite(void)
{
	Suite *suite = suite_create("rights");
	TCase *tcase = tcase_create("rights");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, ordinary_user);
	tcase_add_test(tcase, no_cuse);
	tcase_add_test(tcase, no_proc);
	tcase_add_test(tcase, no_ptrace_and_yama);
	tcase_add_test(tcase, no_ptrace);
	tcase_add_loop_test(tcase, capabilities_are_dropped, 0, 2);
	tcase_add_test(tcase, capabilities_of_threads);
	tcase_add_test(tcase, rights_of_the_node);
	suite_add_tcase(suite, tcase);
	return suite;
}
