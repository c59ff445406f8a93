/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/command.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/log.h"

/* Sent to us they are meant for the command. */
static const int passed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

/* Processes left behind get so long to end by themselves, and so long altogether. */
#define POLITE_MS  2000
#define PATIENT_MS 5000

int
command_prepare(struct command_state *state, const sigset_t *others)
{
	struct sigaction usual = {.sa_handler = SIG_DFL}, ignore = {.sa_handler = SIG_IGN};
	sigset_t set = *others;
	int fd;

	for (unsigned i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++)
		sigaddset(&set, passed_on[i]);
	sigaddset(&set, SIGCHLD);
	getrlimit(RLIMIT_NOFILE, &state->files);
	pthread_sigmask(SIG_BLOCK, &set, &state->mask);
	/* An inherited SIG_IGN would lose the exit code. */
	sigaction(SIGCHLD, &usual, &state->on_child);
	/* A reader of our log that goes away must not end us. */
	sigaction(SIGPIPE, &ignore, &state->on_pipe);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -errno;
	return fd;
}

/* In the child of a process with threads: nothing here takes a lock. */
static void
become(char *const argv[], const struct command_state *state, pid_t parent)
{
	char line[256];
	int error, length;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(128 + SIGKILL);
	setrlimit(RLIMIT_NOFILE, &state->files);
	sigaction(SIGCHLD, &state->on_child, NULL);
	sigaction(SIGPIPE, &state->on_pipe, NULL);
	pthread_sigmask(SIG_SETMASK, &state->mask, NULL);
	execvp(argv[0], argv);
	error = errno;
	length = snprintf(line, sizeof(line), "vfiod: error: cannot run %.128s: %s\n", argv[0],
			  strerrordesc_np(error));
	if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
		_exit(COMMAND_NOT_EXECUTABLE);
	_exit(error == ENOENT || error == ENOTDIR ? COMMAND_NOT_FOUND : COMMAND_NOT_EXECUTABLE);
}

pid_t
command_start(char *const argv[], const struct command_state *state)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(argv, state, parent);
	return pid < 0 ? -errno : pid;
}

/* Takes leave of all children that have ended; returns whether @a pid, if any, was among them. */
static bool
reap(pid_t pid, int *status)
{
	bool found = false;
	int its;

	for (pid_t ended; (ended = waitpid(-1, &its, WNOHANG)) > 0;)
		if (ended == pid) {
			*status = its;
			found = true;
		}
	return found;
}

static bool
is_passed_on(int number)
{
	for (unsigned i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++)
		if (passed_on[i] == number)
			return true;
	return false;
}

int
command_wait(pid_t pid, int signals, void (*on_other)(void *arg, int signal), void *arg)
{
	struct signalfd_siginfo info;
	int status;

	while (!reap(pid, &status)) {
		if (read(signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (is_passed_on((int)info.ssi_signo)) {
			/* What a terminal sends, it sends to the command as well. */
			if (info.ssi_code != SI_KERNEL)
				kill(pid, (int)info.ssi_signo);
		} else if (info.ssi_signo != SIGCHLD) {
			on_other(arg, (int)info.ssi_signo);
		}
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The parent of a process, from the fourth word of /proc/PID/stat; 0 if it can't be told. */
static pid_t
parent_of(const char *pid)
{
	char path[300], text[512], *end;
	int parent = 0;
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	/* The second word is a name in brackets that may hold anything. */
	end = strrchr(text, ')');
	return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

static void
signal_children(int number)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		long pid = strtol(entry->d_name, NULL, 10);

		/* A child of ours can't be somebody else by now: we haven't waited for it. */
		if (pid > 1 && parent_of(entry->d_name) == getpid()) {
			kill((pid_t)pid, number);
			kill((pid_t)pid, SIGCONT);
		}
	}
	closedir(folder);
}

static long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether there are children, living or dead. */
static bool
have_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void
command_end_leftovers(int signals)
{
	long start = now_ms(), passed = 0;
	struct signalfd_siginfo info;
	int unused;

	for (reap(0, &unused); have_children() && passed < PATIENT_MS; passed = now_ms() - start) {
		struct pollfd wait = {.fd = signals, .events = POLLIN};

		/* Again and again: the children of those that end become ours. */
		signal_children(passed < POLITE_MS ? SIGTERM : SIGKILL);
		if (poll(&wait, 1, 100) > 0 && read(signals, &info, sizeof(info)) < 0)
			break;
		reap(0, &unused);
	}
	if (have_children())
		log_line(LOG_WARNING, "processes that the command has left can't be ended");
}
