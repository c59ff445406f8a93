/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/eventfd.h"

/* pidfd_open(2) of a thread that doesn't lead its process: PIDFD_THREAD, since Linux 6.9. */
#define PIDFD_FOR_THREAD O_EXCL

/* Files that wait to be closed; with so many no more are taken. */
#define MAX_CLOSING 16

static atomic_int closing;

static int
pidfd_open_raw(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

/* The process of a thread, from the Tgid line of /proc/TID/status; negative errno. */
static pid_t
process_of(pid_t tid)
{
	char path[64], line[128];
	pid_t tgid = -ESRCH;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	status = fopen(path, "re");
	if (!status)
		return -errno;
	while (fgets(line, sizeof(line), status))
		if (!strncmp(line, "Tgid:", strlen("Tgid:"))) {
			tgid = (pid_t)strtol(line + strlen("Tgid:"), NULL, 10);
			break;
		}
	fclose(status);
	return tgid;
}

/*
 * A pidfd through which the thread's descriptors are seen. Before Linux 6.9 that is its process's,
 * which is the same as long as the thread shares the process's descriptor table.
 */
static int
open_caller(pid_t tid)
{
	int pidfd = pidfd_open_raw(tid, PIDFD_FOR_THREAD);
	pid_t tgid;

	if (pidfd >= 0)
		return pidfd;
	tgid = process_of(tid);
	if (tgid < 0)
		return tgid;
	if (tgid != tid && syscall(SYS_kcmp, tgid, tid, KCMP_FILES, 0, 0) != 0)
		return -EBADF;
	pidfd = pidfd_open_raw(tgid, 0);
	return pidfd < 0 ? -errno : pidfd;
}

/* What the thread's descriptor leads to, without opening it: 0 for an eventfd, else the errno. */
static int
check_theirs(pid_t tid, int theirs)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)tid, theirs);
	return eventfd_check_link(path);
}

static void *
close_in_thread(void *arg)
{
	close((int)(intptr_t)arg);
	atomic_fetch_sub(&closing, 1);
	return NULL;
}

/*
 * Closing somebody's file can wait for its file system, which may be the client's, or ourselves. It
 * comes to that only if the client swapped the descriptor while we looked.
 */
static void
close_elsewhere(int fd)
{
	pthread_t thread;

	atomic_fetch_add(&closing, 1);
	if (pthread_create(&thread, NULL, close_in_thread, (void *)(intptr_t)fd) == 0)
		pthread_detach(thread);
}

static int
take_eventfd(struct vfio_caller *base, int theirs)
{
	struct thread_caller *caller = (struct thread_caller *)base;
	int error = check_theirs(caller->tid, theirs), pidfd, fd;

	if (error)
		return error;
	if (atomic_load(&closing) >= MAX_CLOSING)
		return -EMFILE;
	pidfd = open_caller(caller->tid);
	/* Whatever the reason that we can't look: to the caller its number leads nowhere. */
	if (pidfd < 0)
		return -EBADF;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	if (fd < 0)
		fd = errno == EMFILE || errno == ENFILE ? -errno : -EBADF;
	close(pidfd);
	if (fd < 0)
		return fd;
	error = eventfd_check(fd);
	if (error) {
		close_elsewhere(fd);
		return error;
	}
	return fd;
}

void
thread_caller_init(struct thread_caller *caller, pid_t tid)
{
	*caller = (struct thread_caller){.caller = {.take_eventfd = take_eventfd}, .tid = tid};
}
