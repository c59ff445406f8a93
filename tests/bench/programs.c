/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts vfiod and the null device, and ends them. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Emulated machines take seconds to start a program. */
#define START_TIMEOUT_MS 60000
#define STEP_MS          20

#define NAME_MAX_LENGTH  64

static pid_t
start(char *const argv[])
{
	pid_t pid = fork();

	if (pid < 0)
		perror("bench: fork");
	if (pid)
		return pid;
	/* However the benchmark ends, no daemon is left behind. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execv(argv[0], argv);
	fprintf(stderr, "bench: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* The node comes when its program is ready; a program that ends first has said why. */
static int
open_node(const char *name, pid_t *pid)
{
	char path[256];
	int fd, status;

	snprintf(path, sizeof(path), "/dev/%s", name);
	for (int waited = 0; waited < START_TIMEOUT_MS; waited += STEP_MS) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		if (waitpid(*pid, &status, WNOHANG) == *pid) {
			fprintf(stderr, "bench: the program behind %s ended\n", path);
			*pid = 0;
			return -1;
		}
		nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000}, NULL);
	}
	fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
	return -1;
}

bool
programs_start(struct programs *programs, const char *vfiod, const char *null_cuse,
	       const char *offsets, struct node node[NUM_NODES])
{
	char name[NUM_NODES][NAME_MAX_LENGTH], device[NAME_MAX_LENGTH + 32];
	char program[2][4096], mechanism[32], option[48];
	char *vfiod_argv[] = {program[0], (char[]){"--config=/dev/null"},
			      (char[]){"--log-level=warning"}, option, device, NULL};
	char *null_argv[] = {program[1], name[NULL_NODE], name[PROC_NODE], mechanism, NULL};

	snprintf(program[0], sizeof(program[0]), "%s", vfiod);
	snprintf(program[1], sizeof(program[1]), "%s", null_cuse);
	snprintf(name[VFIOD], NAME_MAX_LENGTH, "vfiod-bench-%d", (int)getpid());
	snprintf(name[NULL_NODE], NAME_MAX_LENGTH, "vfiod-bench-%d-null", (int)getpid());
	snprintf(name[PROC_NODE], NAME_MAX_LENGTH, "vfiod-bench-%d-proc", (int)getpid());
	snprintf(mechanism, sizeof(mechanism), "%s", offsets);
	snprintf(option, sizeof(option), "--offsets=%s", offsets);
	snprintf(device, sizeof(device), "--device=vgpu,name=%s", name[VFIOD]);
	programs->pid[0] = start(vfiod_argv);
	programs->pid[1] = start(null_argv);
	for (int i = 0; i < NUM_NODES; i++) {
		node[i].fd = open_node(name[i], &programs->pid[i != VFIOD]);
		if (node[i].fd < 0)
			return false;
	}
	return true;
}

void
programs_stop(struct programs *programs)
{
	for (int i = 0; i < 2; i++) {
		if (programs->pid[i] <= 0)
			continue;
		kill(programs->pid[i], SIGTERM);
		waitpid(programs->pid[i], NULL, 0);
		programs->pid[i] = 0;
	}
}
