/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a client's descriptor is a file of the kernel's own shared memory (memfd, tmpfs, hugetlbfs).
 * Asked without a word to the file itself: its file system may be the client's.
 */
#ifndef CARRIER_SHARED_MEMORY_H
#define CARRIER_SHARED_MEMORY_H

#include <sys/types.h>

/**
 * 0, -EBADF if thread @a tid has no such descriptor, -EINVAL if it is another kind of file. @a device
 * becomes the number of the file's file system.
 */
int shared_memory_check_theirs(pid_t tid, int fd, dev_t *device);

/** Whether a descriptor of ours is a regular file there: 0, -EBADF, -EINVAL. */
int shared_memory_check(int fd, dev_t device);

#endif
