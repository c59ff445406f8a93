/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's view of the iommufd and of binding: numbers and layouts of Linux 7.2's <linux/iommufd.h> and
 * <linux/vfio.h>, which Debian 12's headers are older than.
 */
#ifndef KERNEL_IOMMUFD_H
#define KERNEL_IOMMUFD_H

#include <stdint.h>

#include "daemon.h"

#define IOMMU_DESTROY       0x3b80
#define IOMMU_IOAS_ALLOC    0x3b81
#define IOMMU_IOAS_MAP      0x3b85
#define IOMMU_IOAS_UNMAP    0x3b86
#define IOMMU_IOAS_MAP_FILE 0x3b8f

#define MAP_FIXED_IOVA 1u
#define MAP_WRITEABLE  2u
#define MAP_READABLE   4u

#define BIND_IOMMUFD      0x3b76
#define ATTACH_IOMMUFD_PT 0x3b77
#define DETACH_IOMMUFD_PT 0x3b78

struct bind_iommufd {
	uint32_t argsz, flags;
	int32_t iommufd;
	uint32_t out_devid;
	uint64_t token;
};

struct attach_pt {
	uint32_t argsz, flags, pt_id, pasid;
};

struct detach_pt {
	uint32_t argsz, flags, pasid;
};

/** Path of the daemon's iommufd, from its log. Valid until the next call. */
const char *iommufd_path(const struct daemon *daemon);
/** Opens it. */
int iommufd_open(const struct daemon *daemon);

/** -1 and errno, or 0 */
int device_bind(int device, int iommufd, uint32_t *devid);
int device_attach(int device, uint32_t *pt_id);
int device_detach(int device);

/** An IOAS's id; fails the test on an error. */
uint32_t ioas_new(int iommufd);
/** At a fixed IOVA, with these MAP_ flags besides. -1 and errno, or 0. */
int ioas_map(int iommufd, uint32_t ioas, void *memory, uint64_t length, uint64_t iova, uint32_t flags);
int ioas_map_file(int iommufd, uint32_t ioas, int fd, uint64_t start, uint64_t length, uint64_t iova,
		  uint32_t flags);
/** Returns the bytes unmapped, or -1 and errno. */
long long ioas_unmap(int iommufd, uint32_t ioas, uint64_t iova, uint64_t length);
int iommufd_destroy(int iommufd, uint32_t id);

/** A device bound and attached to a new IOAS of a new iommufd. */
struct attached {
	int device, iommufd;
	uint32_t devid, ioas, hwpt;
};
struct attached device_attached(const struct daemon *daemon, const char *name);
void device_close_attached(struct attached *attached);

#endif
