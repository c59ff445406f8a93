/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One VFIO device: a model with everything around it that the kernel's vfio-pci has. It knows the
 * ABI, and neither how requests arrive nor what the device does.
 *
 * All functions may be called from any thread; a device does one thing at a time.
 */
#ifndef VFIO_DEVICE_H
#define VFIO_DEVICE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "call/call.h"
#include "iommu/iommu.h"
#include "memory/memory.h"
#include "pci/address.h"
#include "util/lock.h"
#include "util/log.h"
#include "util/sigbus.h"
#include "util/timer.h"
#include "vfio/ioeventfd.h"
#include "vfio/irqs.h"
#include "vfiod/device.h"

/** Region index and position in a file offset, drivers/vfio/pci (VFIO_PCI_OFFSET_SHIFT). */
#define VFIO_OFFSET_SHIFT 40

struct vfio_device {
	struct vfiod_device dev;
	struct vfiod_host host;
	struct lock lock;          /**< held around each call into the model */
	struct timer timer;        /**< for the model's timer() */
	struct irqs irqs;
	struct ioeventfds ioeventfds;
	struct memory memory;      /**< the device's system memory */
	/**
	 * The regions that are plain memory are windows on one sparse file, at the offsets at which
	 * clients see them, so that a carrier can hand the file to whoever maps the node.
	 */
	struct memory window[VFIOD_MAX_REGIONS];
	int window_fd;             /**< -1: there is no such region */
	bool windows_limited;      /**< that file can't take more memory than the windows need */
	bool can_map;              /**< clients can map windows, see vfio_allow_mapping() */
	struct sigbus_range *watch[VFIOD_MAX_REGIONS];
	struct iommu_device iommu;
	struct vfio_file *bound;   /**< the open file that is bound to an iommufd, or NULL */
	atomic_bool translated;    /**< bound: bus addresses are IOVAs, not positions in memory */
	bool low_power;            /**< by VFIO_DEVICE_FEATURE */
	bool strict;               /**< nothing before BIND, as the kernel's */
	struct pci_address address;
	uint32_t reachable;        /**< bit n: COMMAND and power state let region n be reached */
	unsigned pm, msi;          /**< where these capabilities are in config space; 0: not there */
	int msix_bar;              /**< BAR with the MSI-X table, -1: none */
	uint64_t msix_start, msix_end;
	struct log_limit log_limit;
	struct vfio_file *files; /**< all open ones */
	bool retired;            /**< nobody may open it any more */
};

/** One open of the node. */
struct vfio_file {
	struct vfio_device *device;
	struct vfio_file *next;
	uint64_t position; /**< where read() and write() go next; starts at 0 as the kernel's does */
	unsigned refused;  /**< carriers: kinds of refusal logged already */
};

/**
 * Makes a device of @a model called @a name, the @a number-th of its daemon. @a options must stay as they
 * are until vfio_device_free(). On failure returns NULL, having logged why. It is `open`; a device that
 * behaves as the kernel's is made by setting strict before anybody opens it.
 */
struct vfio_device *vfio_device_new(const struct vfiod_model *model, const char *name,
				    unsigned number, const struct vfiod_options *options);
void vfio_device_free(struct vfio_device *device);

/** Whether there is something that clients could map. */
bool vfio_has_mappable(const struct vfio_device *device);

/**
 * The carrier, before anybody has opened the device: it hands window_fd to clients that map the node.
 * Returns 0, or -EPERM when there was no right to make a file that clients can't use to fill all memory,
 * or -ENOMEM.
 */
int vfio_allow_mapping(struct vfio_device *device);

/**
 * Lets nobody open the device from now on, if nobody has it open. Returns 0, or -EBUSY if somebody has,
 * or keeps it so busy that this can't be told in a second.
 */
int vfio_retire(struct vfio_device *device);

/** Whether somebody has it open, as far as this can be told without waiting. */
bool vfio_is_open(struct vfio_device *device);

/** Opens the device; NULL with errno when out of memory (ENOMEM) or retired (ENODEV). Files still open when it is freed go with it. */
struct vfio_file *vfio_open(struct vfio_device *device);
void vfio_close(struct vfio_file *file);

/**
 * Region access at a file offset, with the errno and short-transfer rules of vfio-pci. Returns the
 * number of bytes done or a negative errno.
 */
ssize_t vfio_read(struct vfio_file *file, uint64_t offset, void *buffer, size_t length);
ssize_t vfio_write(struct vfio_file *file, uint64_t offset, const void *buffer, size_t length);

/**
 * The same as vfio_read() without a copy: up to *@a count vectors of @a vector are filled with where the
 * bytes are. Then the device is locked until vfio_read_end(). Returns their number, or 0 if that is not
 * possible, or would end in an error: then vfio_read() is to be called.
 */
size_t vfio_read_in_place(struct vfio_file *file, uint64_t offset, size_t length,
			  struct iovec *vector, unsigned *count);
void vfio_read_end(struct vfio_file *file);

enum call_state vfio_ioctl(struct vfio_file *file, struct call *request);

/* Inside this layer, with the lock held ---------------------------------------------------------- */

/** Makes the memory of the regions that are plain memory. Returns 0 or a negative errno. */
int vfio_windows_create(struct vfio_device *device);
void vfio_windows_destroy(struct vfio_device *device);

/** Takes back what clients have used of the file beside the windows, and mends these if it was missing there. */
void vfio_windows_repair(struct vfio_device *device);

/** Whether a client may map a region. */
bool vfio_region_mappable(const struct vfio_device *device, unsigned index);

/** The functions that the model is given. */
void vfio_host_init(struct vfio_device *device);

/** To be called after the model: lets go of client memory that it has looked at. */
static inline void
vfio_model_done(struct vfio_device *device)
{
	if (atomic_load_explicit(&device->iommu.held, memory_order_relaxed))
		iommu_release(&device->iommu);
}

/** Whether a file may do anything but BIND. */
static inline bool
vfio_usable(const struct vfio_file *file)
{
	return !file->device->strict || file->device->bound == file;
}

/** VFIO_DEVICE_BIND_IOMMUFD, _ATTACH_IOMMUFD_PT, _DETACH_IOMMUFD_PT. */
enum call_state vfio_bind(struct vfio_file *file, struct call *request);
enum call_state vfio_attach(struct vfio_file *file, struct call *request);
enum call_state vfio_detach(struct vfio_file *file, struct call *request);
/** The file is closed: undoes BIND. */
void vfio_unbind(struct vfio_file *file);

/** VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, VFIO_DEVICE_PCI_HOT_RESET. */
enum call_state vfio_hot_reset_info(struct vfio_file *file, struct call *request);
enum call_state vfio_hot_reset(struct vfio_file *file, struct call *request);

/** VFIO_DEVICE_IOEVENTFD. */
enum call_state vfio_ioeventfd(struct vfio_file *file, struct call *call);

/** VFIO_DEVICE_QUERY_GFX_PLANE. */
enum call_state vfio_query_plane(struct vfio_file *file, struct call *call);

/** vfio_write() for those who hold the lock and need no file. */
ssize_t vfio_write_locked(struct vfio_device *device, uint64_t offset, const void *buffer,
			  size_t length);

/** VFIO_DEVICE_FEATURE. */
enum call_state vfio_feature(struct vfio_file *file, struct call *request);

/**
 * VFIO_DEVICE_RESET: the function goes back to its power-on state, but what vfio-pci saves before a reset
 * and restores after it stays: config space, but for the power state, and what SET_IRQS has armed.
 */
void vfio_reset(struct vfio_device *device);

/** A reset of config space too, to what create() left, enabled as by pci_enable_device(). */
void vfio_start_afresh(struct vfio_device *device);

/** Shows in config space whether SET_IRQS has MSI or MSI-X on, as the kernel sets it in hardware. */
void vfio_show_modes(struct vfio_device *device);

/** What the kernel does when it enables a PCI device: decoding on, MSI as SET_IRQS left it. */
void vfio_enable(struct vfio_device *device);

#endif
