/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's iommufd (/dev/iommu) as a client sees it: contexts with numbered objects, I/O address
 * spaces that map IOVAs to client memory, hardware page tables, and devices that are attached to them.
 * Semantics and errno are those of drivers/iommu/iommufd of Linux 7.2 with a simulated IOMMU: 48-bit
 * IOVAs, 4 KiB pages, the x86 MSI window fee00000h..feefffffh reserved, dirty tracking supported.
 *
 * Everything here may be called from any thread.
 */
#ifndef IOMMU_IOMMU_H
#define IOMMU_IOMMU_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "call/call.h"
#include "vfiod/dma.h"

/** One open of /dev/iommu. It lives as long as somebody holds a reference. */
struct iommu_context;

/** A context of user @a uid, whose share of the daemon's memory it uses. NULL: out of memory. */
struct iommu_context *iommu_context_new(uid_t uid);
struct iommu_context *iommu_context_get(struct iommu_context *context);
/** Drops a reference; with the last one all objects go. */
void iommu_context_put(struct iommu_context *context);

/** An ioctl on /dev/iommu. -EBUSY when too many of the same user are being answered. */
enum call_state iommu_ioctl(struct iommu_context *context, struct call *call);

struct iommu_hwpt;

/** Ranges that can be mapped for writing at the same time. */
#define IOMMU_MAX_WRITTEN 16

/** The side of a device: part of the device, good in all states (unbound, bound, attached). */
struct iommu_device {
	pthread_rwlock_t lock;         /**< written to change what follows; read around each DMA */
	struct iommu_context *context; /**< NULL: not bound */
	struct iommu_hwpt *hwpt;       /**< NULL: not attached */
	uint32_t id;                   /**< object id while bound */

	atomic_uintptr_t
		held; /**< by which thread, between iommu_map() and iommu_release(); or 0 */
	struct {
		uint64_t first, last;
	} written[IOMMU_MAX_WRITTEN]; /**< what it may have written through its pointers */
	unsigned written_count;
};

/** Returns 0 or a negative errno. */
int iommu_device_init(struct iommu_device *device);
/** Unbinds if need be. */
void iommu_device_destroy(struct iommu_device *device);

/** Makes the device an object of the context, which is referenced. 0, -ENOMEM, -EINVAL if bound. */
int iommu_bind(struct iommu_device *device, struct iommu_context *context);
/** Detaches and gives the id back. Nothing if not bound. */
void iommu_unbind(struct iommu_device *device);

/**
 * VFIO_DEVICE_ATTACH_IOMMUFD_PT: to an IOAS (a page table is found or made automatically) or a HWPT; an
 * attachment made before is replaced. @a pt_id becomes the HWPT's id. 0, -ENOENT, -EINVAL, -EADDRINUSE, -EFAULT,
 * -ENOMEM.
 */
int iommu_attach(struct iommu_device *device, uint32_t *pt_id);
/** Nothing if not attached. */
void iommu_detach(struct iommu_device *device);

/**
 * DMA by the device at an IOVA. 0, or -EFAULT when not attached or when part of the range is not mapped
 * with the right to read or write it; then nothing has been moved. When the memory behind a mapping
 * proves bad half-way, what came before may have been moved.
 */
int iommu_read(struct iommu_device *device, uint64_t iova, void *buffer, size_t length);
int iommu_write(struct iommu_device *device, uint64_t iova, const void *buffer, size_t length);

/**
 * Many pieces at once, with as few system calls as the memory behind allows. A piece that fails is marked
 * so; the others are done all the same. Returns 0 or -EFAULT if any failed.
 */
int iommu_transfer(struct iommu_device *device, bool write, struct vfiod_piece *piece,
		   unsigned count);

/**
 * Where the client has given a file (IOMMU_IOAS_MAP_FILE): a pointer to @a length bytes at @a iova, NULL
 * if there is none, as for anything but one file mapped with the right to read or @a write. Good until
 * iommu_release(), which the same thread must call soon: meanwhile the mapping stays, and who unmaps it
 * waits. Only one thread can do so at a time, which may call it several times and DMA in between.
 */
void *iommu_map(struct iommu_device *device, uint64_t iova, size_t length, bool write);
/** All pointers of this thread's; nothing if it has none. Pages mapped for writing are marked dirty. */
void iommu_release(struct iommu_device *device);

/**
 * Mappings of files on a file system (st_dev) are refused as memory for DMA with -EFAULT, as the kernel
 * refuses a device's BAR. Accepting undoes one refusing. Returns 0 or -ENOMEM.
 */
int iommu_refuse_device(dev_t device);
void iommu_accept_device(dev_t device);

#endif
