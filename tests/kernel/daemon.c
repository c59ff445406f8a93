/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
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

#define MAX_ARGS 32
#define STEP_NS  5000000

const char *
daemon_path(void)
{
	const char *path = getenv("VFIOD");

	return path ? path : "src/vfiod";
}

static char public_copy[64];
static pid_t copier;

static void
remove_public_copy(void)
{
	if (getpid() == copier)
		unlink(public_copy);
}

void
daemon_use_public_copy(void)
{
	char command[600];

	if (copier != getpid()) {
		copier = getpid();
		snprintf(public_copy, sizeof(public_copy), "/tmp/vfiod-public-copy-%d", (int)copier);
		atexit(remove_public_copy);
	}
	snprintf(command, sizeof(command), "cp '%s' %s && chmod 0755 %s", daemon_path(), public_copy,
		 public_copy);
	ck_assert_int_eq(system(command), 0);
	setenv("VFIOD", public_copy, 1);
}

bool
daemon_carrier_is_fuse(void)
{
	const char *carrier = getenv("VFIOD_CARRIER");

	return carrier && !strcmp(carrier, "fuse");
}

const char *
daemon_offsets(void)
{
	const char *offsets = getenv("VFIOD_OFFSETS");

	return offsets && *offsets ? offsets : "auto";
}

bool
daemon_has_bpf(void)
{
#ifdef HAVE_BPF
	return strcmp(daemon_offsets(), "proc") != 0;
#else
	return false;
#endif
}

static void
become_daemon(const struct daemon *daemon, const char *const args[], void (*prepare)(void))
{
	char *argv[MAX_ARGS + 6] = {strdup(daemon_path())};
	unsigned n = 1;

	if (daemon_carrier_is_fuse()) {
		argv[n++] = strdup("--carrier");
		argv[n++] = strdup("fuse");
	} else {
		argv[n++] = strdup("--offsets");
		argv[n++] = strdup(daemon_offsets());
	}
	for (unsigned i = 0; i < MAX_ARGS && args[i]; i++)
		argv[n++] = strdup(args[i]);
	/* A test that fails leaves its daemon behind: not for long. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Whenever the kernel likes, it makes one page of 2 MiB out of few: that would look like a leak. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	dup2(daemon->log_fd, STDOUT_FILENO);
	dup2(daemon->log_fd, STDERR_FILENO);
	if (prepare)
		prepare();
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "cannot start %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

void
daemon_spawn(struct daemon *daemon, const char *const args[], void (*prepare)(void))
{
	daemon->log_fd = memfd_create("vfiod-log", MFD_CLOEXEC);
	ck_assert_int_ge(daemon->log_fd, 0);
	ck_assert_int_ge(fcntl(daemon->log_fd, F_SETFL, O_APPEND), 0);
	daemon->pid = fork();
	ck_assert_int_ge(daemon->pid, 0);
	if (!daemon->pid)
		become_daemon(daemon, args, prepare);
}

const char *
daemon_log(const struct daemon *daemon)
{
	static char *text;
	struct stat st;
	ssize_t length;

	ck_assert_int_eq(fstat(daemon->log_fd, &st), 0);
	free(text);
	text = malloc((size_t)st.st_size + 1);
	ck_assert_ptr_nonnull(text);
	length = pread(daemon->log_fd, text, (size_t)st.st_size, 0);
	text[length < 0 ? 0 : length] = '\0';
	return text;
}

unsigned
daemon_log_lines(const struct daemon *daemon, const char *text)
{
	unsigned lines = 0;

	for (const char *at = strstr(daemon_log(daemon), text); at; at = strstr(at, text)) {
		lines++;
		at = strchr(at, '\n');
		if (!at)
			break;
	}
	return lines;
}

void
daemon_assert_clean(const struct daemon *daemon)
{
	static const char *const marks[] = {"Sanitizer", "runtime error:", "*** stack smashing",
					    "free():",   "malloc():",      "corrupted"};

	for (unsigned i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		ck_assert_msg(!strstr(daemon_log(daemon), marks[i]), "the daemon's log:\n%s",
			      daemon_log(daemon));
}

/* Its end, seen by anybody: a pidfd is readable then. */
static bool
has_ended(const struct daemon *daemon, int timeout_ms)
{
	int pidfd = (int)syscall(SYS_pidfd_open, daemon->pid, 0);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	int ready;

	if (pidfd < 0)
		return true;
	ready = poll(&end, 1, timeout_ms);
	close(pidfd);
	return ready > 0;
}

void
daemon_assert_alive(const struct daemon *daemon)
{
	ck_assert_msg(!has_ended(daemon, 0), "the daemon has ended; its log:\n%s",
		      daemon_log(daemon));
}

void
daemon_wait_ready(struct daemon *daemon)
{
	for (long waited = 0; waited < DAEMON_PATIENCE_S * 1000000000L; waited += STEP_NS) {
		bool ended = has_ended(daemon, 0);

		if (strstr(daemon_log(daemon), "vfiod: ready"))
			return;
		if (ended)
			break;
		nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
	}
	ck_abort_msg("the daemon is not ready; its log:\n%s", daemon_log(daemon));
}

void
daemon_start(struct daemon *daemon, const char *const args[])
{
	daemon_spawn(daemon, args, NULL);
	daemon_wait_ready(daemon);
}

int
daemon_wait(struct daemon *daemon)
{
	int status;

	if (!has_ended(daemon, DAEMON_PATIENCE_S * 1000)) {
		kill(daemon->pid, SIGABRT);
		waitpid(daemon->pid, &status, 0);
		ck_abort_msg("the daemon doesn't end; its log:\n%s", daemon_log(daemon));
	}
	ck_assert_int_eq(waitpid(daemon->pid, &status, 0), daemon->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
daemon_run(struct daemon *daemon, const char *const args[], void (*prepare)(void))
{
	int code;

	daemon_spawn(daemon, args, prepare);
	code = daemon_wait(daemon);
	daemon_assert_clean(daemon);
	return code;
}

void
daemon_stop(struct daemon *daemon, int signal)
{
	int code;

	ck_assert_int_eq(kill(daemon->pid, signal), 0);
	code = daemon_wait(daemon);
	ck_assert_msg(code == 0, "exit code %d; the daemon's log:\n%s", code, daemon_log(daemon));
	daemon_assert_clean(daemon);
	close(daemon->log_fd);
}

unsigned
daemon_num_fds(const struct daemon *daemon)
{
	char path[64];
	unsigned count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)daemon->pid);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

unsigned long
daemon_resident_kib(const struct daemon *daemon)
{
	char path[64], line[128];
	unsigned long kib = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)daemon->pid);
	status = fopen(path, "re");
	ck_assert_ptr_nonnull(status);
	while (!kib && fgets(line, sizeof(line), status))
		sscanf(line, "RssAnon: %lu", &kib);
	fclose(status);
	ck_assert_uint_gt(kib, 0);
	return kib;
}
