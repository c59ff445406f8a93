/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfio/ioeventfd.h"

#include <endian.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "vfio/device.h"

/* epoll's name of the descriptor that ends the thread; entries are numbered from 1. */
#define STOP 0u

struct ioeventfd {
	struct ioeventfd *next;
	struct ioeventfd_write write;
	uint64_t serial;
	int fd;
	const void *owner;
};

static bool
same(const struct ioeventfd_write *a, const struct ioeventfd_write *b)
{
	return a->offset == b->offset && a->data == b->data && a->width == b->width;
}

void
ioeventfds_init(struct ioeventfds *all)
{
	*all = (struct ioeventfds){.next_serial = STOP + 1, .epoll_fd = -1, .stop_fd = -1};
}

static void
drop(struct ioeventfds *all, struct ioeventfd **at)
{
	struct ioeventfd *entry = *at;

	*at = entry->next;
	all->count--;
	epoll_ctl(all->epoll_fd, EPOLL_CTL_DEL, entry->fd, NULL);
	close(entry->fd);
	free(entry);
}

void
ioeventfds_destroy(struct ioeventfds *all)
{
	if (all->started && eventfd_write(all->stop_fd, 1) == 0)
		pthread_join(all->thread, NULL);
	while (all->list)
		drop(all, &all->list);
	if (all->stop_fd >= 0)
		close(all->stop_fd);
	if (all->epoll_fd >= 0)
		close(all->epoll_fd);
}

bool
ioeventfds_has(const struct ioeventfds *all, const struct ioeventfd_write *write)
{
	for (const struct ioeventfd *entry = all->list; entry; entry = entry->next)
		if (same(&entry->write, write))
			return true;
	return false;
}

/* The entry may be gone since the event was seen; the eventfd may have been emptied by its owner. */
static void
on_signal(struct vfio_device *device, uint64_t serial)
{
	struct ioeventfd *entry = device->ioeventfds.list;
	uint64_t count, data;
	struct iovec into = {.iov_base = &count, .iov_len = sizeof(count)};

	while (entry && entry->serial != serial)
		entry = entry->next;
	if (!entry || preadv2(entry->fd, &into, 1, -1, RWF_NOWAIT) != sizeof(count))
		return;
	data = htole64(entry->write.data);
	vfio_write_locked(device, entry->write.offset, &data, entry->write.width);
}

static void *
watch(void *arg)
{
	struct vfio_device *device = arg;
	struct epoll_event event;

	for (;;) {
		if (epoll_wait(device->ioeventfds.epoll_fd, &event, 1, -1) != 1)
			continue;
		if (event.data.u64 == STOP)
			return NULL;
		lock_take(&device->lock);
		on_signal(device, event.data.u64);
		lock_release(&device->lock);
	}
}

static int
start(struct vfio_device *device)
{
	struct ioeventfds *all = &device->ioeventfds;
	struct epoll_event stop = {.events = EPOLLIN, .data.u64 = STOP};

	if (all->started)
		return 0;
	if (all->epoll_fd < 0)
		all->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (all->stop_fd < 0)
		all->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (all->epoll_fd < 0 || all->stop_fd < 0)
		return -errno;
	if (epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, all->stop_fd, &stop) < 0 && errno != EEXIST)
		return -errno;
	all->started = !pthread_create(&all->thread, NULL, watch, device);
	return all->started ? 0 : -ENOMEM;
}

int
ioeventfds_add(struct vfio_device *device, const struct ioeventfd_write *write, int fd,
	       const void *owner)
{
	struct ioeventfds *all = &device->ioeventfds;
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = all->next_serial};
	struct ioeventfd *entry;
	int error = start(device);

	if (error)
		return error;
	entry = malloc(sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	if (epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		error = -errno;
		free(entry);
		return error;
	}
	*entry = (struct ioeventfd){.next = all->list,
				    .write = *write,
				    .serial = all->next_serial++,
				    .fd = fd,
				    .owner = owner};
	all->list = entry;
	all->count++;
	return 0;
}

void
ioeventfds_remove(struct ioeventfds *all, const struct ioeventfd_write *write)
{
	for (struct ioeventfd **at = &all->list; *at; at = &(*at)->next)
		if (same(&(*at)->write, write)) {
			drop(all, at);
			return;
		}
}

void
ioeventfds_release(struct ioeventfds *all, const void *owner)
{
	for (struct ioeventfd **at = &all->list; *at;)
		if ((*at)->owner == owner)
			drop(all, at);
		else
			at = &(*at)->next;
}
