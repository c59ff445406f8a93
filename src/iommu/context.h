/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One open of /dev/iommu: its objects, and the client memory that its mappings share.
 *
 * Order of locks: a device's lock, an IOAS's lock, its list of page tables, then those of the context.
 * Only the first two are ever held while a client's memory is touched, by DMA; so a client who lets that
 * wait for ever holds up nobody but his own devices and address space.
 */
#ifndef IOMMU_CONTEXT_H
#define IOMMU_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>

#include "iommu/iommu.h"
#include "iommu/limits.h"
#include "iommu/objects.h"
#include "memory/client_file.h"
#include "memory/client_memory.h"

/** Address spaces and files kept for the next mapping. */
#define CONTEXT_MEMORIES 8u
#define CONTEXT_FILES    1024u

struct iommu_context {
	atomic_uint references;
	struct user *user;
	struct objects objects;

	pthread_mutex_t lock;  /**< for all that follows */
	struct object *compat; /**< the IOAS that the VFIO ioctls work on, referenced; or NULL */
	bool process_mode;     /**< IOMMU_OPTION_RLIMIT_MODE; has no effect here */
	struct client_memory *memory[CONTEXT_MEMORIES];
	struct client_file **file;
	unsigned files;
};

/** The caller's address space, referenced. 0, -EFAULT, -ENOMEM. */
int context_memory(struct iommu_context *context, struct caller *caller,
		   struct client_memory **memory);

/**
 * A file of the caller's, referenced: one that is mapped already or a new one. 0, -EBADF, -EINVAL,
 * -ENOMEM, -EPERM if @a write and it can't be written.
 */
int context_file(struct iommu_context *context, struct caller *caller, int fd, bool write,
		 struct client_file **file);

/** Drops files and address spaces that no mapping uses any more. */
void context_trim(struct iommu_context *context);

#endif
