/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One VFIO device: a model with everything around it that the kernel's vfio-pci has. It knows the
 * ABI, and neither how requests arrive nor what the device does.
 *
 * All functions are called from one thread at a time.
 */
#ifndef VFIO_DEVICE_H
#define VFIO_DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "memory/memory.h"
#include "util/log.h"
#include "vfio/irqs.h"
#include "vfiod/device.h"

/** Region index and position in a file offset, drivers/vfio/pci (VFIO_PCI_OFFSET_SHIFT). */
#define VFIO_OFFSET_SHIFT 40

struct vfio_device {
	struct vfiod_device dev;
	struct vfiod_host host;
	struct irqs irqs;
	struct memory memory;      /**< the device's system memory */
	int msix_bar;              /**< BAR with the MSI-X table, -1: none */
	uint64_t msix_start, msix_end;
	struct log_limit log_limit;
	struct vfio_file *files; /**< all open ones */
};

/** One open of the node. */
struct vfio_file {
	struct vfio_device *device;
	struct vfio_file *next;
	uint64_t position; /**< where read() and write() go next; starts at 0 as the kernel's does */
	unsigned refused;  /**< carriers: kinds of refusal logged already */
};

/** Somebody who can hand us his eventfds. */
struct vfio_caller {
	/** One of ours, -EBADF if he has no such descriptor, -EINVAL if it is no eventfd. */
	int (*take_eventfd)(struct vfio_caller *caller, int fd);
};

/**
 * An ioctl whose argument may not have been fetched yet. The carrier calls vfio_ioctl(); when the
 * answer is VFIO_IOCTL_MORE it fetches want_in bytes of the argument, makes room for want_out, and
 * calls again. Nothing has happened to the device before the answer is VFIO_IOCTL_DONE.
 */
struct vfio_ioctl {
	unsigned command;
	const void *in;
	size_t in_size;
	void *out; /**< goes back to the argument's start */
	size_t out_size;
	struct vfio_caller *caller;

	size_t want_in, want_out;
	size_t out_used; /**< bytes of out to copy back */
	int result;      /**< what ioctl() returns, or a negative errno */
};

enum vfio_ioctl_answer { VFIO_IOCTL_DONE, VFIO_IOCTL_MORE };

/** Room that no ioctl's answer exceeds, and the most that one takes in. */
#define VFIO_IOCTL_MAX_OUT 256u
#define VFIO_IOCTL_MAX_IN  (20u + IRQS_MAX_VECTORS * 4u)

/**
 * Makes a device of @a model called @a name. @a options must stay as they are until vfio_device_free().
 * On failure returns NULL, having logged why.
 */
struct vfio_device *vfio_device_new(const struct vfiod_model *model, const char *name,
				    const struct vfiod_options *options);
void vfio_device_free(struct vfio_device *device);

/** Opens the device; NULL when out of memory. Files still open when it is freed go with it. */
struct vfio_file *vfio_open(struct vfio_device *device);
void vfio_close(struct vfio_file *file);

/**
 * Region access at a file offset, with the errno and short-transfer rules of vfio-pci. Returns the
 * number of bytes done or a negative errno.
 */
ssize_t vfio_read(struct vfio_device *device, uint64_t offset, void *buffer, size_t length);
ssize_t vfio_write(struct vfio_device *device, uint64_t offset, const void *buffer, size_t length);

enum vfio_ioctl_answer vfio_ioctl(struct vfio_file *file, struct vfio_ioctl *request);

/** VFIO_DEVICE_RESET. */
void vfio_reset(struct vfio_device *device);

/** Shows in config space whether SET_IRQS has MSI or MSI-X on, as the kernel sets it in hardware. */
void vfio_show_modes(struct vfio_device *device);

/** What the kernel does when it enables a PCI device: decoding on, MSI as SET_IRQS left it. */
void vfio_enable(struct vfio_device *device);

#endif
