/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of the iommufd for tests: this very process, whose memory is reached as a real client's is,
 * through the kernel.
 */
#ifndef IOMMU_CLIENT_H
#define IOMMU_CLIENT_H

#include <check.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "iommu/abi.h"
#include "iommu/iommu.h"

#define PAGE UINT64_C(4096)

extern struct iommu_context *context;

/** Opens and closes a context; as a checked fixture. */
void iommu_setup(void);
void iommu_teardown(void);

/** An ioctl as a carrier does it. Returns what ioctl() would: a number or a negative errno. */
int iommu_call(struct iommu_context *of, unsigned command, void *argument);
/** On the context, with the size filled in. */
#define CALL(number, argument)                                                                     \
	((argument)->size = sizeof(*(argument)), iommu_call(context, _IO(';', number), (argument)))

/** What takes the place of this process as the one who calls; 0: itself. */
extern pid_t iommu_process;
/** Calls of open_memory() so far, and whether to refuse. */
extern unsigned iommu_opened;
extern int iommu_open_error;

/** Where alone ioctls may write; NULL: anywhere. */
extern void *iommu_writable;
extern size_t iommu_writable_size;

/** Shorthands, which fail the test if the ioctl fails. */
uint32_t new_ioas(void);
uint64_t map_fixed(uint32_t ioas, const void *memory, uint64_t length, uint64_t iova,
		   uint32_t flags);
/** And these give its errno. */
int try_map(uint32_t ioas, const void *memory, uint64_t length, uint64_t *iova, uint32_t flags);
int try_unmap(uint32_t ioas, uint64_t iova, uint64_t *length);
int try_map_file(uint32_t ioas, int fd, uint64_t start, uint64_t length, uint64_t *iova,
		 uint32_t flags);
int try_copy(uint32_t to, uint64_t *to_iova, uint32_t from, uint64_t from_iova, uint64_t length,
	     uint32_t flags);
int destroy(uint32_t id);

#define FIXED ABI_MAP_FIXED
#define W     ABI_MAP_WRITEABLE
#define R     ABI_MAP_READABLE

/** Memory of whole pages, filled with a pattern; freed by free_pages(). */
uint8_t *new_pages(unsigned count);
void free_pages(void *memory, unsigned count);

/** A bound device. */
void new_device(struct iommu_device *device);
/** Attached to the object of an id. */
void new_attached(struct iommu_device *device, uint32_t id);

#endif
