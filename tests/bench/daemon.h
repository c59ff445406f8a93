/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that serve devices: started, waited for until they are ready, ended. */
#ifndef BENCH_DAEMON_H
#define BENCH_DAEMON_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct daemon {
	pid_t pid;
	int log;         /**< a memfd with what it wrote to stderr */
	double start_ns; /**< from its start until it was ready */
};

/**
 * Starts argv[0] and waits until it has written a line that contains "ready". On failure it has shown what the
 * program had to say.
 */
bool daemon_start(struct daemon *daemon, char *const argv[]);
/** Fine also when it did not start. */
void daemon_stop(struct daemon *daemon);

/** The path behind " at " in the line of vfiod's log that has @a mark. False after saying it isn't there. */
bool daemon_path(const struct daemon *daemon, const char *mark, char path[PATH_MAX]);

/** Bytes of memory that would be free without it (proportional set size), or -1. */
double daemon_memory(const struct daemon *daemon);
/** Seconds of processor time that it has used, or -1. */
double daemon_cpu(const struct daemon *daemon);

#endif
