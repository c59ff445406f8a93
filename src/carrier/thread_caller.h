/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread behind a request, reached through its id while it waits for our answer. */
#ifndef CARRIER_CALLER_H
#define CARRIER_CALLER_H

#include <sys/types.h>

#include "vfio/device.h"

struct thread_caller {
	struct caller caller;
	pid_t tid;
};

void thread_caller_init(struct thread_caller *caller, pid_t tid);

#endif
