/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts threads that have only the capabilities of privileges_keep_serving(). Giving up the others takes
 * some eighty system calls; a thread that has done so once starts all that are to have as few.
 */
#ifndef CARRIER_SPAWNER_H
#define CARRIER_SPAWNER_H

#include <pthread.h>
#include <signal.h>

/**
 * pthread_create() by the thread that has few. The new one inherits @a mask, that of the first call, as
 * its blocked signals. For one caller at a time. Returns 0 or an errno.
 */
int spawner_create(pthread_t *thread, const sigset_t *mask, void *(*run)(void *), void *arg);

/** Ends that thread; those that it has started go on. */
void spawner_end(void);

#endif
