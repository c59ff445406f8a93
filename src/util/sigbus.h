/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Survives SIGBUS in mappings of files that belong to clients, who may cut them short at any time: the
 * whole mapping is replaced by zeros of our own, and the thread goes on. A SIGBUS anywhere else ends the
 * process as ever.
 */
#ifndef UTIL_SIGBUS_H
#define UTIL_SIGBUS_H

#include <stdbool.h>
#include <stddef.h>

/** A mapping that is watched. */
struct sigbus_range;

/**
 * Watches the mapping [start, start + size) until sigbus_unwatch(). The first call installs the handler.
 * NULL: out of memory. Any thread.
 */
struct sigbus_range *sigbus_watch(void *start, size_t size);
void sigbus_unwatch(struct sigbus_range *range);

/** Before a thread reaches into any such mapping: threads may have been started with SIGBUS blocked. */
void sigbus_prepare_thread(void);

/** Whether it has been replaced. */
bool sigbus_hit(const struct sigbus_range *range);

#endif
