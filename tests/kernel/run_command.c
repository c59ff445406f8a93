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

/* Programs are started by descriptor: the build may be below a folder that only root may enter. */
enum { SELF_FD = 100, PROGRAM_FD, FIRST_OTHER_FD };

static void
open_at(int fd, const char *path)
{
	int opened = open(path, O_RDONLY);

	if (opened < 0 || dup2(opened, fd) < 0)
		_exit(99);
	close(opened);
}

static unsigned
add_run(char *argv[], const char *program)
{
	argv[0] = strdup(program);
	argv[1] = strdup("run");
	argv[2] = strdup("--carrier");
	argv[3] = strdup(daemon_carrier_is_fuse() ? "fuse" : "cuse");
	return 4;
}

static unsigned
add_self(char *argv[])
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", SELF_FD);
	argv[0] = strdup(path);
	argv[1] = strdup(INSIDE_OPTION);
	return 2;
}

static void
become_run(const struct run *run, unsigned user, const char *const args[], void (*prepare)(void))
{
	char *argv[MAX_ARGS + 8] = {NULL}, path[32];
	unsigned n;

	open_at(SELF_FD, "/proc/self/exe");
	open_at(PROGRAM_FD, daemon_path());
	snprintf(path, sizeof(path), "/proc/self/fd/%d", PROGRAM_FD);
	n = add_run(argv, path);
	for (unsigned i = 0; args[i] && n < MAX_ARGS; i++) {
		if (!strcmp(args[i], INSIDE))
			n += add_self(&argv[n]);
		else if (!strcmp(args[i], RUN))
			n += add_run(&argv[n], path);
		else
			argv[n++] = strdup(args[i]);
	}
	dup2(run->out_fd, STDOUT_FILENO);
	dup2(run->error_fd, STDERR_FILENO);
	/* What the tests were started with is not the command's to have. */
	close_range(3, SELF_FD - 1, CLOSE_RANGE_CLOEXEC);
	close_range(FIRST_OTHER_FD, ~0u, CLOSE_RANGE_CLOEXEC);
	setenv("LC_ALL", "C", 1);
	if (prepare)
		prepare();
	become_user(user);
	/* A test that fails leaves it behind: not for long. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (chdir("/"))
		_exit(99);
	execv(path, argv);
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
