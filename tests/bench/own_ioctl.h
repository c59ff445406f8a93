/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ioctl as a carrier does it, for a caller that is this very process. */
#ifndef BENCH_OWN_IOCTL_H
#define BENCH_OWN_IOCTL_H

#include "iommu/iommu.h"

typedef enum call_state own_ioctl_handler(void *object, struct call *call);

/** @a context: whom the caller's iommufd descriptors stand for. 0 or more, or -1 and errno. */
int own_ioctl(own_ioctl_handler *handle, void *object, unsigned long command, void *argument,
	      struct iommu_context *context);

#endif
