/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the daemon recovers offsets: what it says, what it falls back to, which callers it can tell apart. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <linux/capability.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define NOBODY 65534

static void
lose_bpf(void)
{
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) ||
	    prctl(PR_CAPBSET_DROP, CAP_BPF, 0, 0, 0) ||
	    prctl(PR_CAPBSET_DROP, CAP_PERFMON, 0, 0, 0))
		_exit(99);
}

static void
assert_serves(void)
{
	int fd = node_open(SERVED_NODE);

	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	ck_assert_uint_eq(node_get(fd, CONFIG, 0, 4), 0x11e81234);
	close(fd);
}

static void
start_and_stop(const char *offsets, void (*prepare)(void), const char *line)
{
	struct daemon daemon;

	daemon_spawn(&daemon, ARGS("--offsets", offsets, "-d", "edu,name=" SERVED_NODE), prepare);
	daemon_wait_ready(&daemon);
	ck_assert_msg(daemon_log_lines(&daemon, "vfiod: offsets by ") == 1 &&
			      daemon_log_lines(&daemon, line) == 1,
		      "no line '%s' in:\n%s", line, daemon_log(&daemon));
	assert_serves();
	daemon_stop(&daemon, SIGTERM);
}

START_TEST(proc_is_told)
{
	start_and_stop("proc", NULL, "vfiod: offsets by proc: ");
}
END_TEST

START_TEST(bpf_is_told)
{
	start_and_stop("bpf", NULL, "vfiod: offsets by bpf: ");
	start_and_stop("auto", NULL, "vfiod: offsets by bpf: ");
}
END_TEST

/* Without the right to load a program: another way, said with the reason. */
START_TEST(falls_back)
{
	start_and_stop("auto", lose_bpf, "vfiod: offsets by proc: ");
	start_and_stop("auto", lose_bpf, "vfiod: offsets not by bpf: cannot load");
}
END_TEST

START_TEST(only_bpf_and_no_right)
{
	struct daemon daemon;

	ck_assert_int_eq(
		daemon_run(&daemon, ARGS("--offsets=bpf", "-d", "edu,name=" SERVED_NODE), lose_bpf),
		EX_NOPERM);
	ck_assert_ptr_nonnull(strstr(daemon_log(&daemon), "CAP_SYS_ADMIN"));
	ck_assert_uint_eq(daemon_log_lines(&daemon, "offsets by"), 0);
}
END_TEST

START_TEST(unknown_mechanism)
{
	struct daemon daemon;

	ck_assert_int_eq(daemon_run(&daemon, ARGS("--offsets=guess"), NULL), EX_USAGE);
	ck_assert_ptr_nonnull(strstr(daemon_log(&daemon), "guess"));
}
END_TEST

static void
lose_ptrace(void)
{
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0))
		_exit(99);
}

/* eBPF needs no right over the callers. */
START_TEST(strangers_without_ptrace)
{
	struct daemon daemon;
	pid_t child;
	int fd, status;

	daemon_spawn(&daemon, ARGS("--offsets=bpf", "-d", "edu,name=" SERVED_NODE), lose_ptrace);
	daemon_wait_ready(&daemon);
	ck_assert_uint_eq(daemon_log_lines(&daemon, "warning: without CAP_SYS_PTRACE"), 1);
	fd = node_open(SERVED_NODE);
	child = fork();
	if (!child) {
		uint32_t id = 0;

		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(10);
		_exit(pread(fd, &id, 4, AT(CONFIG, 0)) == 4 && id == 0x11e81234 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

/* ------------------------------------------------ the daemon in a pid namespace -- */

static pid_t inner;

static void
pass_on(int signal)
{
	kill(inner, signal);
}

/* This process stays outside and ends as the daemon does, which is number 1 inside. */
static void
enter_namespace(void)
{
	int status;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		_exit(99);
	inner = fork();
	if (!inner) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getpid() != 1 || mount("proc", "/proc", "proc", 0, NULL))
			_exit(99);
		return;
	}
	signal(SIGTERM, pass_on);
	while (waitpid(inner, &status, 0) < 0)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

static int
access_memory(int fd, unsigned number)
{
	const uint64_t wrote = 0x0123456789abcdef + number;
	uint64_t got = 0;

	if (pwrite(fd, &wrote, 8, AT(EDU_MEMORY, number * 8)) != 8)
		return errno == EOPNOTSUPP ? 20 : 1;
	if (pread(fd, &got, 8, AT(EDU_MEMORY, number * 8)) != 8)
		return 2;
	return got == wrote ? 0 : 3;
}

/* Clients in its namespace, and in one below that; those outside have no number in it. */
static void
daemon_in_namespace(const char *offsets)
{
	struct daemon daemon;
	int status, fd, space;
	char path[64];
	pid_t child;

	daemon_spawn(&daemon, ARGS("--offsets", offsets, "-d", "edu,name=" SERVED_NODE),
		     enter_namespace);
	daemon_wait_ready(&daemon);
	fd = node_open(SERVED_NODE);
	snprintf(path, sizeof(path), "/proc/%d/ns/pid_for_children", (int)daemon.pid);
	space = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(space, 0);
	child = fork();
	if (!child) {
		pid_t inside;

		if (access_memory(fd, 1) != 20)
			_exit(10);
		if (setns(space, CLONE_NEWPID))
			_exit(11);
		inside = fork();
		if (!inside) {
			pid_t below;

			if (access_memory(fd, 2))
				_exit(12);
			if (unshare(CLONE_NEWPID))
				_exit(13);
			below = fork();
			if (!below)
				_exit(getpid() == 1 ? access_memory(fd, 3) : 14);
			waitpid(below, &status, 0);
			_exit(status ? 15 : access_memory(fd, 4));
		}
		waitpid(inside, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 16);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "child: status 0x%x; the log:\n%s", status, daemon_log(&daemon));
	ck_assert_uint_eq(daemon_log_lines(&daemon, "in a pid namespace that vfiod doesn't see"),
			  1);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
}

START_TEST(in_namespace_by_proc)
{
	daemon_in_namespace("proc");
}
END_TEST

START_TEST(in_namespace_by_bpf)
{
	daemon_in_namespace("bpf");
}
END_TEST

/* ------------------------------------------------------- ids that share a record -- */

#define APART  65536
#define ROUNDS 400

static void
write_number(const char *path, int number)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), length;
	char text[16];

	ck_assert_int_ge(fd, 0);
	length = snprintf(text, sizeof(text), "%d", number);
	assert_returns(pwrite(fd, text, (size_t)length, 0), length);
	close(fd);
}

/* Place after place with a value of its own, and back: anything astray is seen by one of the two. */
static int
access_rounds(int fd, unsigned half)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		off_t at = AT(EDU_MEMORY, (uint64_t)half << 20 | i * 16);
		uint64_t value = (uint64_t)half << 32 | i, got = 0;

		if (pwrite(fd, &value, 8, at) != 8 || pread(fd, &got, 8, at) != 8 || got != value)
			return 1;
	}
	return 0;
}

static void
end_child(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

/* Two processes whose ids lie so far apart that they share a record, each at work in its half. */
static void
start_apart(int fd, pid_t child[2])
{
	for (unsigned tries = 0; tries < 10; tries++) {
		for (unsigned i = 0; i < 2; i++) {
			if (i)
				write_number("/proc/sys/kernel/ns_last_pid",
					     (int)child[0] + APART - 1);
			child[i] = fork();
			if (!child[i])
				_exit(access_rounds(fd, i + 1));
		}
		if (child[1] == child[0] + APART)
			return;
		/* Something else has forked in between. */
		end_child(child[0]);
		end_child(child[1]);
	}
	ck_abort_msg("others take the process ids");
}

START_TEST(ids_that_share_a_record)
{
	struct daemon daemon;
	pid_t child[2];
	int fd;

	write_number("/proc/sys/kernel/pid_max", 4194304);
	daemon_start(&daemon, ARGS("--offsets=bpf", "-d", "edu,name=" SERVED_NODE));
	fd = node_open(SERVED_NODE);
	start_apart(fd, child);
	end_child(child[0]);
	end_child(child[1]);
	for (unsigned half = 1; half <= 2; half++)
		for (unsigned i = 0; i < ROUNDS; i++)
			ck_assert_uint_eq(
				node_get(fd, EDU_MEMORY, (uint64_t)half << 20 | i * 16, 8),
				(uint64_t)half << 32 | i);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

/* ---------------------------------------------------------- many at the same time -- */

struct job {
	int fd;
	unsigned half;
	int result;
};

static void *
job_rounds(void *arg)
{
	struct job *job = arg;

	job->result = access_rounds(job->fd, job->half);
	return NULL;
}

/* Two daemons, four devices: every one's program sees the calls of all. */
START_TEST(two_daemons)
{
	static const char *const nodes[] = {SERVED_NODE, SERVED_OTHER, SERVED_NODE "-3",
					    SERVED_NODE "-4"};
	struct daemon daemon[2];
	pthread_t thread[4];
	struct job job[4];

	daemon_start(&daemon[0],
		     ARGS("-d", "edu,name=" SERVED_NODE, "-d", "edu,name=" SERVED_OTHER));
	daemon_start(&daemon[1],
		     ARGS("-d", "edu,name=" SERVED_NODE "-3", "-d", "edu,name=" SERVED_NODE "-4"));
	for (unsigned i = 0; i < 4; i++) {
		job[i] = (struct job){.fd = node_open(nodes[i]), .half = i + 1};
		ck_assert_int_eq(pthread_create(&thread[i], NULL, job_rounds, &job[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
		ck_assert_int_eq(job[i].result, 0);
	}
	/* One thread at all four in turns. */
	for (unsigned i = 0; i < 200; i++)
		node_put(job[i % 4].fd, EDU_MEMORY, 8 * i, 8, i);
	for (unsigned i = 0; i < 200; i++)
		ck_assert_uint_eq(node_get(job[i % 4].fd, EDU_MEMORY, 8 * i, 8), i);
	for (unsigned i = 0; i < 4; i++)
		close(job[i].fd);
	for (unsigned i = 0; i < 2; i++)
		daemon_stop(&daemon[i], SIGTERM);
}
END_TEST

/* A call that fails before a request is made must not lend its offset to the next one. */
START_TEST(after_a_call_without_request)
{
	struct daemon daemon;
	int fd;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	fd = node_open(SERVED_NODE);
	node_put(fd, EDU_MEMORY, 0x500, 8, 0x5555555555555555);
	for (unsigned i = 0; i < 50; i++) {
		assert_fails(pread(fd, null_pointer, 8, AT(EDU_MEMORY, 0x500)), EFAULT);
		assert_returns(pread(fd, null_pointer, 0, AT(EDU_MEMORY, 0x500)), 0);
		ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
		assert_fails(pwrite(fd, null_pointer, 8, AT(EDU_MEMORY, 0x500)), EFAULT);
		node_put(fd, EDU_MEMORY, 0x600 + 8 * i, 8, i);
	}
	ck_assert_uint_eq(node_get(fd, EDU_MEMORY, 0x500, 8), 0x5555555555555555);
	for (unsigned i = 0; i < 50; i++)
		ck_assert_uint_eq(node_get(fd, EDU_MEMORY, 0x600 + 8 * i, 8), i);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

Suite *
mechanism_suite(void)
{
	Suite *suite = suite_create("mechanism");
	TCase *tcase = tcase_create("mechanism");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, proc_is_told);
	tcase_add_test(tcase, unknown_mechanism);
	tcase_add_test(tcase, in_namespace_by_proc);
	tcase_add_test(tcase, two_daemons);
	tcase_add_test(tcase, after_a_call_without_request);
	if (daemon_has_bpf()) {
		tcase_add_test(tcase, bpf_is_told);
		tcase_add_test(tcase, falls_back);
		tcase_add_test(tcase, only_bpf_and_no_right);
		tcase_add_test(tcase, strangers_without_ptrace);
		tcase_add_test(tcase, in_namespace_by_bpf);
		tcase_add_test(tcase, ids_that_share_a_record);
	}
	suite_add_tcase(suite, tcase);
	return suite;
}
