/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signalling and watching eventfds that belong to a client. A client may fill its counter so that a
 * write() would block, and may clear O_NONBLOCK at any time; nothing here blocks all the same.
 */
#ifndef UTIL_EVENTFD_H
#define UTIL_EVENTFD_H

#include <stdbool.h>

/** Once per process, before the rest. Returns 0 or a negative errno. Stopping what was not started is fine. */
int eventfd_start(void);
void eventfd_stop(void);

/** 0 if @a fd is an eventfd, -EINVAL if it is something else, -EBADF if it is not open. */
int eventfd_check(int fd);

/** The same for a link below /proc/TID/fd: a descriptor of somebody else's, left where it is. */
int eventfd_check_link(const char *path);

/** Adds 1 to the counter as the kernel's own drivers do; a full counter stays full. */
void eventfd_signal(int fd);

/**
 * Calls @a wake(arg) in another thread whenever @a fd has been signalled, having set its counter to 0;
 * at once if it is readable now. Returns 0 or a negative errno. After eventfd_unwatch() returned, wake
 * is not running and won't be called; don't call it from within wake.
 */
int eventfd_watch(int fd, void (*wake)(void *arg), void *arg);
void eventfd_unwatch(int fd);

#endif
