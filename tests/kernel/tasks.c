/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Callers of all sorts: other namespaces and users, short lives, thread ids that come again. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

/* Writes and reads at a place of the number's own. Returns 0, or which step failed. */
static int
access_own(int fd, unsigned number)
{
	off_t offset = AT(EDU_MEMORY, (uint64_t)number * 64 + 1);
	uint8_t bytes[32], got[32] = {0};

	pattern_fill(bytes, sizeof(bytes), number);
	if (pwrite(fd, bytes, sizeof(bytes), offset) != sizeof(bytes))
		return 1;
	if (pread(fd, got, sizeof(got), offset) != sizeof(got))
		return 2;
	return memcmp(bytes, got, sizeof(got)) ? 3 : 0;
}

static void
assert_all_there(int fd, unsigned count)
{
	uint8_t got[32];

	for (unsigned i = 0; i < count; i++) {
		assert_returns(pread(fd, got, sizeof(got), AT(EDU_MEMORY, i * UINT64_C(64) + 1)),
			       sizeof(got));
		ck_assert_msg(pattern_is(got, sizeof(got), i), "access %u went elsewhere", i);
	}
}

static void
assert_child_good(pid_t child)
{
	int status;

	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "child: status 0x%x", status);
}

static void *
one_access(void *arg)
{
	int *job = arg;

	job[2] = access_own(job[0], (unsigned)job[1]);
	return NULL;
}

START_TEST(short_lived_threads)
{
	int fd = node_open_reset();
	enum { MANY = 150 };
	int jobs[MANY][3];

	for (int i = 0; i < MANY; i++) {
		pthread_t thread;

		memcpy(jobs[i], (int[]){fd, i, -1}, sizeof(jobs[i]));
		ck_assert_int_eq(pthread_create(&thread, NULL, one_access, jobs[i]), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_int_eq(jobs[i][2], 0);
	}
	assert_all_there(fd, MANY);
}
END_TEST

START_TEST(short_lived_children)
{
	int fd = node_open_reset();

	for (unsigned i = 0; i < 60; i++) {
		pid_t child = fork();

		if (!child)
			_exit(access_own(fd, i));
		assert_child_good(child);
	}
	assert_all_there(fd, 60);
}
END_TEST

/* The same thread id again and again: ns_last_pid says which one comes next. */
START_TEST(thread_id_comes_again)
{
	int fd = node_open_reset(),
	    last = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	unsigned same = 0;
	pid_t first = 0;

	ck_assert_int_ge(last, 0);
	for (unsigned i = 0; i < 40; i++) {
		pid_t child;

		if (first) {
			char text[16];
			int length = snprintf(text, sizeof(text), "%d", (int)first - 1);

			/* A sysctl takes a number at offset 0 only. */
			assert_returns(pwrite(last, text, (size_t)length, 0), length);
		}
		child = fork();
		if (!child)
			_exit(access_own(fd, i));
		assert_child_good(child);
		if (!first)
			first = child;
		same += child == first;
	}
	ck_assert_uint_gt(same, 10);
	assert_all_there(fd, 40);
}
END_TEST

START_TEST(pid_namespace)
{
	int fd = node_open_reset();
	pid_t outer = fork();

	if (!outer) {
		int status = -1;
		pid_t inner;

		if (unshare(CLONE_NEWPID) < 0)
			_exit(10);
		inner = fork(); /* number 1 in there */
		if (!inner) {
			pid_t innermost = fork();

			if (!innermost)
				_exit(access_own(fd, 1));
			waitpid(innermost, &status, 0);
			_exit(status || getpid() != 1 ? 11 : access_own(fd, 0));
		}
		waitpid(inner, &status, 0);
		_exit(status ? 12 : access_own(fd, 2));
	}
	assert_child_good(outer);
	assert_all_there(fd, 3);
}
END_TEST

START_TEST(user_namespace)
{
	int fd = node_open_reset();
	pid_t child = fork();

	if (!child)
		_exit(unshare(CLONE_NEWUSER) < 0 ? 10 : access_own(fd, 0));
	assert_child_good(child);
	assert_all_there(fd, 1);
}
END_TEST

START_TEST(another_user)
{
	int fd = node_open_reset();
	pid_t child = fork();

	if (!child)
		_exit(setgid(65534) || setuid(65534) ? 10 : access_own(fd, 0));
	assert_child_good(child);
	assert_all_there(fd, 1);
}
END_TEST

/* Its files in /proc belong to root then, and nobody of its user may look. */
START_TEST(not_dumpable)
{
	int fd = node_open_reset();
	pid_t child = fork();

	if (!child) {
		if (setgid(65534) || setuid(65534) || prctl(PR_SET_DUMPABLE, 0))
			_exit(10);
		_exit(access_own(fd, 0));
	}
	assert_child_good(child);
	assert_all_there(fd, 1);
}
END_TEST

/* Under a debugger that stops it at every system call. */
START_TEST(traced)
{
	int fd = node_open_reset(), status;
	pid_t child = fork();
	unsigned stops = 0;

	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(access_own(fd, 0));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	while (!WIFEXITED(status)) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		stops++;
	}
	ck_assert_int_eq(status, 0);
	ck_assert_uint_gt(stops, 4);
	assert_all_there(fd, 1);
}
END_TEST

static char **
environment(void)
{
	static char *none[] = {NULL};

	return none;
}

/* A process that has replaced its program keeps its id and its open file. */
START_TEST(after_exec)
{
	int fd = node_open_reset();
	pid_t child = fork();

	node_put(fd, EDU_MEMORY, 0, 4, 0x64636261);
	if (!child) {
		char *argv[] = {(char[]){"dd"}, (char[]){"bs=4"}, (char[]){"count=1"},
				(char[]){"status=none"}, NULL};

		if (access_own(fd, 5))
			_exit(10);
		dup2(fd, STDIN_FILENO);
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execve("/bin/dd", argv, environment());
		_exit(11);
	}
	assert_child_good(child);
}
END_TEST

Suite *
tasks_suite(void)
{
	Suite *suite = suite_create("tasks");
	TCase *edu = served_case("edu", serve_edu, 120);

	tcase_add_test(edu, short_lived_threads);
	tcase_add_test(edu, short_lived_children);
	tcase_add_test(edu, thread_id_comes_again);
	tcase_add_test(edu, pid_namespace);
	tcase_add_test(edu, user_namespace);
	tcase_add_test(edu, another_user);
	tcase_add_test(edu, not_dumpable);
	tcase_add_test(edu, traced);
	tcase_add_test(edu, after_exec);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
