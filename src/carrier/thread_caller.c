/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/thread_caller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "carrier/iommu_node.h"
#include "carrier/shared_memory.h"
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

/* Whether it leads its process; this costs much less than to read the number. */
static bool
leads(pid_t tid)
{
	/* Only a thread that is in the process of its own number is found; no signal is sent. */
	return syscall(SYS_tgkill, tid, tid, 0) == 0 || errno == EPERM;
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

/* The thread's descriptor as a link, to see what it leads to without opening it. */
static void
fd_link(char *path, size_t size, pid_t tid, int fd)
{
	snprintf(path, size, "/proc/%d/fd/%d", (int)tid, fd);
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

static pid_t
tid_of(struct caller *base)
{
	return ((struct thread_caller *)base)->tid;
}

/* A copy of the caller's descriptor, for which check() answers 0; else the check's errno. */
static int
take(struct caller *base, int theirs, int (*check)(int fd, dev_t device), dev_t device)
{
	int pidfd, fd, error;

	if (atomic_load(&closing) >= MAX_CLOSING)
		return -EMFILE;
	pidfd = open_caller(tid_of(base));
	/* Whatever the reason that we can't look: to the caller its number leads nowhere. */
	if (pidfd < 0)
		return -EBADF;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	if (fd < 0)
		fd = errno == EMFILE || errno == ENFILE ? -errno : -EBADF;
	close(pidfd);
	if (fd < 0)
		return fd;
	error = check(fd, device);
	if (error) {
		close_elsewhere(fd);
		return error;
	}
	return fd;
}

static int
check_eventfd(int fd, dev_t device)
{
	(void)device;
	return eventfd_check(fd);
}

static int
take_eventfd(struct caller *base, int theirs)
{
	char path[64];
	int error;

	fd_link(path, sizeof(path), tid_of(base), theirs);
	error = eventfd_check_link(path);
	return error ? error : take(base, theirs, check_eventfd, 0);
}

static int
take_memory_file(struct caller *base, int theirs)
{
	dev_t device;
	int error = shared_memory_check_theirs(tid_of(base), theirs, &device);

	return error ? error : take(base, theirs, shared_memory_check, device);
}

static int
check_iommu(int fd, dev_t device)
{
	(void)device;
	return iommu_node_check(fd);
}

static int
take_iommu(struct caller *base, int theirs, struct iommu_context **context)
{
	char path[64];
	int error, fd;

	fd_link(path, sizeof(path), tid_of(base), theirs);
	error = iommu_node_check_link(path);
	if (error)
		return error;
	fd = take(base, theirs, check_iommu, 0);
	if (fd < 0)
		return fd;
	*context = iommu_node_context(fd);
	close(fd);
	return *context ? 0 : -EBADFD;
}

static int
read_memory(struct caller *base, uint64_t address, void *buffer, size_t length)
{
	struct iovec from = {.iov_base = (void *)(uintptr_t)address, .iov_len = length};
	struct iovec to = {.iov_base = buffer, .iov_len = length};
	ssize_t done = process_vm_readv(tid_of(base), &to, 1, &from, 1, 0);

	return done == (ssize_t)length ? 0 : -EFAULT;
}

static int
write_memory(struct caller *base, uint64_t address, const void *buffer, size_t length)
{
	struct iovec to = {.iov_base = (void *)(uintptr_t)address, .iov_len = length};
	struct iovec from = {.iov_base = (void *)(uintptr_t)buffer, .iov_len = length};
	ssize_t done = process_vm_writev(tid_of(base), &from, 1, &to, 1, 0);

	return done == (ssize_t)length ? 0 : -EFAULT;
}

static pid_t
process(struct caller *base)
{
	pid_t tid = tid_of(base);

	return leads(tid) ? tid : process_of(tid);
}

static int
open_memory(struct caller *base)
{
	char path[64];
	int fd;

	/* The thread's own entry: the process's is empty once its first thread has ended. */
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)tid_of(base));
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void
thread_caller_init(struct thread_caller *caller, pid_t tid)
{
	*caller = (struct thread_caller){
		.caller = {.take_eventfd = take_eventfd,
			   .take_memory_file = take_memory_file,
			   .take_iommu = take_iommu,
			   .read_memory = read_memory,
			   .write_memory = write_memory,
			   .process = process,
			   .open_memory = open_memory},
		.tid = tid};
}
