/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a user may have of the daemon's memory, descriptors and threads, over all his contexts: as the
 * kernel accounts the memory that iommufd locks.
 */
#ifndef IOMMU_LIMITS_H
#define IOMMU_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum limited {
	LIMIT_CONTEXTS,   /**< 4096 */
	LIMIT_OBJECTS,    /**< 65,536 */
	LIMIT_AREAS,      /**< mappings and allowed ranges: 1,048,576 */
	LIMIT_MEMORIES,   /**< address spaces held open: 512 descriptors */
	LIMIT_FILES,      /**< files mapped: 1024 */
	LIMIT_FILE_PAGES, /**< 4 KiB each, mapped of files: 16 TiB of the daemon's 128 TiB */
	LIMIT_DIRTY,      /**< pieces of dirty tracking, 512 bytes for 16 MiB: 262,144 */
	LIMIT_CALLS,      /**< ioctls at the same time: 48, of 64 threads that serve a node */
	LIMIT_COUNT
};

struct user;

/** The account of a user, referenced. NULL: out of memory. */
struct user *user_get(uid_t uid);
void user_put(struct user *user);
uid_t user_id(const struct user *user);

/** Takes @a amount off what is left; false, and nothing taken, if it isn't there. Any thread. */
bool user_take(struct user *user, enum limited limited, uint64_t amount);
void user_give(struct user *user, enum limited limited, uint64_t amount);

#endif
