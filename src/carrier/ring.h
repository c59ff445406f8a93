/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CARRIER_RING_H
#define CARRIER_RING_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * Whether the thread has an io_uring instance among its descriptors; true also when that can't be
 * seen. On a file opened with O_NONBLOCK the kernel may carry out a ring's request inside whatever
 * system call the thread is just leaving: then that call's offset is not the request's.
 */
bool thread_has_ring(pid_t tid);

#endif
