/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/eventfd.h"

#include <errno.h>
#include <fcntl.h>
#include <libaio.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "util/privileges.h"

/* Completions that may pile up before they are collected: one system call in so many signals. */
#define AIO_DEPTH 256

struct watch {
	int fd;
	void (*wake)(void *arg);
	void *arg;
	struct watch *next;
};

static struct {
	io_context_t aio;
	int null_fd;
	int epoll_fd, stop_fd;
	pthread_t thread;
	pthread_mutex_t lock; /* the list, and held while a wake function runs */
	struct watch *list;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .null_fd = -1, .epoll_fd = -1, .stop_fd = -1};

int
eventfd_check_link(const char *path)
{
	char target[64];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0)
		return -EBADF;
	target[length] = '\0';
	return strcmp(target, "anon_inode:[eventfd]") ? -EINVAL : 0;
}

int
eventfd_check(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return eventfd_check_link(path);
}

/*
 * write() to a full counter blocks and whether it does is up to the client, who shares the file. The
 * completion of an asynchronous read signals an eventfd from inside the kernel, which never blocks: so
 * that is what each signal is, a read of nothing from /dev/null.
 */
void
eventfd_signal(int fd)
{
	struct iocb request, *requests[] = {&request};
	struct io_event done[AIO_DEPTH];
	struct timespec now = {0};
	char nothing;

	io_prep_pread(&request, all.null_fd, &nothing, 0, 0);
	io_set_eventfd(&request, fd);
	while (io_submit(all.aio, 1, requests) == -EAGAIN)
		io_getevents(all.aio, 0, AIO_DEPTH, done, &now);
}

static struct watch *
find_watch(int fd)
{
	for (struct watch *watch = all.list; watch; watch = watch->next)
		if (watch->fd == fd)
			return watch;
	return NULL;
}

static void *
watcher(void *unused)
{
	struct epoll_event event;

	(void)unused;
	/* It needs none; without the right to drop them it never had them. */
	privileges_keep(NULL, 0);
	for (;;) {
		struct watch *watch;
		uint64_t count;
		struct iovec into = {.iov_base = &count, .iov_len = sizeof(count)};

		if (epoll_wait(all.epoll_fd, &event, 1, -1) < 0)
			continue;
		if (event.data.fd == all.stop_fd)
			return NULL;
		pthread_mutex_lock(&all.lock);
		watch = find_watch(event.data.fd);
		/* Whoever shares the eventfd may have emptied it meanwhile: never wait for it. */
		if (watch && preadv2(watch->fd, &into, 1, -1, RWF_NOWAIT) == sizeof(count))
			watch->wake(watch->arg);
		pthread_mutex_unlock(&all.lock);
	}
}

int
eventfd_start(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int error = io_setup(AIO_DEPTH, &all.aio);

	if (error)
		return error;
	all.null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	all.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	all.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (all.null_fd < 0 || all.epoll_fd < 0 || all.stop_fd < 0)
		return -errno;
	event.data.fd = all.stop_fd;
	if (epoll_ctl(all.epoll_fd, EPOLL_CTL_ADD, all.stop_fd, &event) < 0)
		return -errno;
	return -pthread_create(&all.thread, NULL, watcher, NULL);
}

void
eventfd_stop(void)
{
	if (!all.aio)
		return;
	if (eventfd_write(all.stop_fd, 1) == 0)
		pthread_join(all.thread, NULL);
	close(all.stop_fd);
	close(all.epoll_fd);
	close(all.null_fd);
	io_destroy(all.aio);
	all.aio = NULL;
}

int
eventfd_watch(int fd, void (*wake)(void *arg), void *arg)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	struct watch *watch = malloc(sizeof(*watch));
	int error = 0;

	if (!watch)
		return -ENOMEM;
	*watch = (struct watch){.fd = fd, .wake = wake, .arg = arg};
	pthread_mutex_lock(&all.lock);
	if (epoll_ctl(all.epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		error = -errno;
		free(watch);
	} else {
		watch->next = all.list;
		all.list = watch;
	}
	pthread_mutex_unlock(&all.lock);
	return error;
}

void
eventfd_unwatch(int fd)
{
	pthread_mutex_lock(&all.lock);
	for (struct watch **at = &all.list; *at; at = &(*at)->next)
		if ((*at)->fd == fd) {
			struct watch *watch = *at;

			*at = watch->next;
			epoll_ctl(all.epoll_fd, EPOLL_CTL_DEL, fd, NULL);
			free(watch);
			break;
		}
	pthread_mutex_unlock(&all.lock);
}
