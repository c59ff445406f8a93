/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Eventfds whose signal writes a register: VFIO_DEVICE_IOEVENTFD. */
#ifndef VFIO_IOEVENTFD_H
#define VFIO_IOEVENTFD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** Most entries of a device (VFIO_PCI_IOEVENTFD_MAX, drivers/vfio/pci/vfio_pci_core.c). */
#define IOEVENTFDS_MAX 1000u

struct vfio_device;
struct ioeventfd;

/** Guarded by the device's lock. The thread is made with the first entry. */
struct ioeventfds {
	struct ioeventfd *list;
	unsigned count;
	uint64_t next_serial;
	int epoll_fd, stop_fd;
	pthread_t thread;
	bool started;
};

/** One register write: a file offset, 1, 2 or 4 bytes, and the value. */
struct ioeventfd_write {
	uint64_t offset, data;
	unsigned width;
};

void ioeventfds_init(struct ioeventfds *all);
/** Without the device's lock. */
void ioeventfds_destroy(struct ioeventfds *all);

/** Whether there is an entry for exactly this write. */
bool ioeventfds_has(const struct ioeventfds *all, const struct ioeventfd_write *write);

/** Adds an entry, which takes @a fd over on success. 0 or a negative errno. */
int ioeventfds_add(struct vfio_device *device, const struct ioeventfd_write *write, int fd,
		   const void *owner);
void ioeventfds_remove(struct ioeventfds *all, const struct ioeventfd_write *write);
/** Removes all entries that @a owner has added. */
void ioeventfds_release(struct ioeventfds *all, const void *owner);

#endif
