/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run_command.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"
#include "node.h"

#define NOBODY   65534
#define MAX_ARGS 32

struct run run_last;

unsigned
run_users(void)
{
	return daemon_carrier_is_fuse() ? NUM_USERS : AS_NOBODY;
}

static int
new_output(void)
{
	int fd = memfd_create("vfiod-run", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(fcntl(fd, F_SETFL, O_APPEND), 0);
	return fd;
}

static void
become_user(unsigned user)
{
	if (user == AS_NOBODY && (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)))
		_exit(99);
}

static void
become_run(const struct run *run, unsigned user, const char *const args[], void (*prepare)(void))
{
	/* By descriptor: the build may be below a folder that only root may enter. */
	int program = open(daemon_path(), O_RDONLY | O_CLOEXEC);
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char *argv[MAX_ARGS + 8] = {strdup("vfiod"), strdup("run"), strdup("--carrier")}, path[32];
	unsigned n = 3;

	argv[n++] = strdup(daemon_carrier_is_fuse() ? "fuse" : "cuse");
	for (unsigned i = 0; i < MAX_ARGS && args[i]; i++) {
		argv[n++] = strdup(args[i]);
		if (strcmp(args[i], INSIDE))
			continue;
		/* A number that is nobody's, so that the command's descriptors can be looked at. */
		self = dup2(self, 100);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", self);
		argv[n - 1] = strdup(path);
		argv[n++] = strdup(INSIDE_OPTION);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(run->out_fd, STDOUT_FILENO);
	dup2(run->error_fd, STDERR_FILENO);
	/* What the tests were started with is not ours to judge. */
	close_range(3, 99, CLOSE_RANGE_CLOEXEC);
	close_range(101, ~0u, CLOSE_RANGE_CLOEXEC);
	setenv("LC_ALL", "C", 1);
	if (prepare)
		prepare();
	become_user(user);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (chdir("/"))
		_exit(99);
	fexecve(program, argv, environ);
	dprintf(STDERR_FILENO, "cannot start %s: %s\n", daemon_path(), strerror(errno));
	_exit(99);
}

void
run_start(struct run *run, unsigned user, const char *const args[], void (*prepare)(void))
{
	run->out_fd = new_output();
	run->error_fd = new_output();
	run->pid = fork();
	ck_assert_int_ge(run->pid, 0);
	if (!run->pid)
		become_run(run, user, args, prepare);
}

static const char *
text_of(int fd, char **text)
{
	struct stat st;
	ssize_t length;

	ck_assert_int_eq(fstat(fd, &st), 0);
	free(*text);
	*text = malloc((size_t)st.st_size + 1);
	ck_assert_ptr_nonnull(*text);
	length = pread(fd, *text, (size_t)st.st_size, 0);
	(*text)[length < 0 ? 0 : length] = '\0';
	return *text;
}

const char *
run_output(const struct run *run)
{
	static char *text;

	return text_of(run->out_fd, &text);
}

const char *
run_errors(const struct run *run)
{
	static char *text;

	return text_of(run->error_fd, &text);
}

int
run_wait(struct run *run)
{
	int pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0), status;
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	if (pidfd >= 0 && poll(&end, 1, DAEMON_PATIENCE_S * 1000) <= 0) {
		kill(run->pid, SIGABRT);
		waitpid(run->pid, &status, 0);
		ck_abort_msg("it doesn't end; output:\n%s%s", run_output(run), run_errors(run));
	}
	close(pidfd);
	ck_assert_int_eq(waitpid(run->pid, &status, 0), run->pid);
	ck_assert_msg(!strstr(run_errors(run), "Sanitizer") &&
			      !strstr(run_errors(run), "runtime error:"),
		      "%s", run_errors(run));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
run_expect(int code, unsigned user, const char *const args[])
{
	int got;

	run_start(&run_last, user, args, NULL);
	got = run_wait(&run_last);
	ck_assert_msg(got == code, "exit code %d instead of %d; output:\n%s%s", got, code,
		      run_output(&run_last), run_errors(&run_last));
}

void
run_wait_output(const struct run *run, const char *text)
{
	for (unsigned waited = 0; waited < DAEMON_PATIENCE_S * 1000; waited += 5) {
		if (strstr(run_output(run), text))
			return;
		pause_ms(5);
	}
	ck_abort_msg("it doesn't print '%s'; output:\n%s%s", text, run_output(run),
		     run_errors(run));
}
