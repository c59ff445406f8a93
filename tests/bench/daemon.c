/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plan.h"

/* Emulated machines take seconds to start a program, and minutes for hundreds of devices. */
#define START_TIMEOUT_S 300
#define STEP_NS         1000000

/* More than the lines of 256 devices. */
#define LOG_ROOM (256u << 10)

/* How many of them are shown when a start fails. */
#define SHOWN_LINES 6

static char *
read_log(const struct daemon *daemon)
{
	char *text = malloc(LOG_ROOM);
	ssize_t length = text ? pread(daemon->log, text, LOG_ROOM - 1, 0) : -1;

	if (text)
		text[length > 0 ? length : 0] = '\0';
	return text;
}

static bool
log_has(const struct daemon *daemon, const char *what)
{
	char *text = read_log(daemon);
	bool has = text && strstr(text, what);

	free(text);
	return has;
}

/* The end of it tells why. */
static void
show_log(const struct daemon *daemon, const char *program)
{
	char *text = read_log(daemon), *from = text ? text + strlen(text) : NULL;
	unsigned lines = 0;

	while (from && from > text && (from[-1] != '\n' || lines++ < SHOWN_LINES))
		from--;
	fprintf(stderr, "bench: %s did not get ready:\n%s", program, from ? from : "");
	free(text);
}

static void
become(int log, char *const argv[])
{
	/* However the benchmark ends, no daemon is left behind. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dup2(log, STDERR_FILENO);
	execv(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

bool
daemon_start(struct daemon *daemon, char *const argv[])
{
	double start = now_ns();
	int status;

	daemon->log = memfd_create("vfiod-bench-log", MFD_CLOEXEC);
	daemon->pid = daemon->log < 0 ? -1 : fork();
	if (!daemon->pid)
		become(daemon->log, argv);
	if (daemon->pid < 0) {
		perror("bench: fork");
		return false;
	}
	while (now_ns() - start < START_TIMEOUT_S * 1e9) {
		if (log_has(daemon, "ready")) {
			daemon->start_ns = now_ns() - start;
			return true;
		}
		if (waitpid(daemon->pid, &status, WNOHANG) == daemon->pid) {
			daemon->pid = 0;
			break;
		}
		nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
	}
	show_log(daemon, argv[0]);
	return false;
}

void
daemon_stop(struct daemon *daemon)
{
	if (daemon->pid > 0) {
		kill(daemon->pid, SIGTERM);
		waitpid(daemon->pid, NULL, 0);
	}
	if (daemon->log > 0)
		close(daemon->log);
	*daemon = (struct daemon){0};
}

bool
daemon_path(const struct daemon *daemon, const char *mark, char path[PATH_MAX])
{
	char *text = read_log(daemon), *at = text ? strstr(text, mark) : NULL;
	bool found = false;

	while (at && at > text && at[-1] != '\n')
		at--;
	at = at ? strstr(at, " at ") : NULL;
	if (at) {
		at += strlen(" at ");
		snprintf(path, PATH_MAX, "%.*s", (int)strcspn(at, "\n"), at);
		found = true;
	}
	free(text);
	if (!found)
		fprintf(stderr, "bench: the daemon's log does not tell where %.*s is\n",
			(int)strcspn(mark, "\n"), mark);
	return found;
}

double
daemon_memory(const struct daemon *daemon)
{
	char path[64], line[256];
	double kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)daemon->pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "Pss:", 4))
			kib = strtod(line + 4, NULL);
	if (file)
		fclose(file);
	return kib < 0 ? -1 : kib * 1024;
}

double
daemon_cpu(const struct daemon *daemon)
{
	unsigned long user, system;
	char path[64], line[1024], *name_end;
	FILE *file;
	bool got;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)daemon->pid);
	file = fopen(path, "re");
	got = file && fgets(line, sizeof(line), file);
	if (file)
		fclose(file);
	name_end = got ? strrchr(line, ')') : NULL;
	if (!name_end || sscanf(name_end + 1, "%*s %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				&user, &system) != 2)
		return -1;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}
