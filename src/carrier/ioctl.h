/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ioctl whose argument is moved through the caller's memory, without the kernel's help. */
#ifndef CARRIER_IOCTL_H
#define CARRIER_IOCTL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "call/call.h"

/** What answers the ioctls of an open file. */
typedef enum call_state (*ioctl_handler)(void *file, struct call *call);

/**
 * Has @a handle answer the ioctl @a command of thread @a tid with this @a argument. @a result becomes what
 * ioctl() returns, or a negative errno. Returns false if the argument could not be read; nothing has
 * happened then.
 */
bool ioctl_through_memory(pid_t tid, unsigned command, void *argument, ioctl_handler handle,
			  void *file, int *result);

#endif
